"""An audit's short way: a mirror's bytes are taken for what they look like while helpers check each of them (keys/helpers.py).

It can only end in one word, that everything holds; wherever that is not said, the audit begins again and checks in order what it
reads, so that what is wrong is found where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from domain.acts import row_key_id
from domain.founding import KEY_ROWS, key_rows
from domain.lifecycle import Act
from keys.enrolment import proves
from keys.helpers import YES, Helpers, Question
from keys.suites import verify_statement
from scripts.level1 import Level1, Parts, Progress, anchor, checked, parsed, whole
from scripts.sources import Source
from tlog.entry import Entry, Statement
from tlog.errors import Unsound

ENOUGH: Final = 1000  # entries from which on helpers are worth their start
CHUNK: Final = 1024  # questions: the thread that asks is seldom awake, because it waits for the interpreter's lock
START: Final = 20  # s
CHECK: Final = f"{__name__}:sound"


def sound(*question: Any) -> bool:
    """What a helper says of (entry, suite, public key): its form and signature; or of (ledger, key row …): that it may be admitted."""
    if len(question) != 3:
        ledger, person, suite, public, possession = question
        return proves(ledger, {"person": person, "suite": suite, "public": public, "possession": possession})
    entry, suite, public = question
    try:
        outer, _ = parsed(entry)
        verify_statement(suite, public, outer.statement, outer.signature)
    except Unsound:
        return False
    return True


def glanced(entry: bytes) -> Parts:
    """What `parsed` gives, unless `sound` says no."""
    outer = Entry.glance(entry)
    return outer, Statement.glance(outer.statement)


def all_proved(act: Act) -> frozenset[bytes]:
    """The keys that an act carries: helpers are asked for each whether it may be admitted."""
    return frozenset(row_key_id(row) for row in key_rows(act))


@dataclass(frozen=True, slots=True)
class Believed:
    """A mirror as it looks, and whether it is what it looks like."""

    log: Level1
    _held: Future[bool]

    def holds(self) -> bool:
        """Waits for the helpers' last word."""
        return self._held.result()


def believed(source: Source, policy: bytes | None, helpers: Helpers, progress: Progress | None) -> Believed | None:
    """A mirror taken for what it looks like; None where it is small, there are no helpers, or something shows already."""
    log = Level1()
    try:
        anchor(source, policy, log)
        if log.checkpoint is None or log.checkpoint.size < ENOUGH or not helpers.start():
            return None
        signers = [(suite, public) for _, suite, public, _, _ in checked(source, log, progress, glanced)]
        whole(source, log)
        questions = [*_admissions(log), *((entry, *signer) for entry, signer in zip(log.entries, signers, strict=True))]
    except Exception:  # noqa: BLE001  # bytes that nobody has checked can do anything; the long way meets it again and names it
        return None
    asker = ThreadPoolExecutor(1)
    held = asker.submit(_all_held, helpers, questions)
    asker.shutdown(wait=False)
    return Believed(log, held)


def _admissions(log: Level1) -> Iterator[Question]:
    for act in (recorded.act for recorded in log.recorded.values() if recorded.act.kind in KEY_ROWS):
        yield from ((act.ledger, row["person"], row["suite"], row["public"], row["possession"]) for row in key_rows(act))


def _all_held(helpers: Helpers, questions: Sequence[Question]) -> bool:
    chunks = [questions[start : start + CHUNK] for start in range(0, len(questions), CHUNK)]
    with helpers.borrowed(START) as ready:
        answers = b"".join(ready.answers(chunks)) if ready else b""
    return answers == bytes([YES]) * len(questions)
