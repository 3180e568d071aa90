"""Step 1 of the door, outside any lock: size, canonical form, openings, and a signature by a key that is known (design §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.acts import KINDS, Names
from domain.errors import Refused
from domain.lifecycle import UNOPENED, Act, Openings
from keys.suites import BadSignature, UnknownSuite, verify_statement
from tlog.entry import MAX_ENTRY, Entry, Statement, Submission, key_id, statement_hash
from tlog.errors import Malformed, Unsound
from tlog.merkle import leaf_hash
from tlog.opening import Opening, check

MAX_SUBMISSION = 1_048_576
KeyOf = Callable[[bytes], tuple[str, bytes] | None]  # key id -> suite, public key


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission whose form holds; it becomes an entry when it is given its time."""

    hash: bytes
    said: Statement
    sent: Submission
    opened: Mapping[str, Any]

    def entry(self, recorded_at: int) -> bytes:
        """The bytes of the leaf if it is recorded at this time (Unix ms)."""
        return Entry(self.sent.statement, self.sent.suite, self.sent.signature, recorded_at).raw()

    def act(self, entry: bytes) -> Act:
        """The act of these bytes."""
        said = self.said
        return Act(leaf_hash(entry), said.kind, said.ledger, said.stream, said.prev, said.about, said.by, said.at, said.until,
                   said.seen, said.sealed, said.body)  # fmt: skip


def prepare(raw: bytes) -> Prepared:
    """A submission's bytes, taken apart; raises Refused."""
    if len(raw) > MAX_SUBMISSION:
        raise Refused("submission-malformed", why=f"more than {MAX_SUBMISSION} bytes")
    try:
        sent = Submission.parse(raw)
        if len(sent.statement) + len(sent.signature) + len(sent.suite) + 32 > MAX_ENTRY:  # before it is taken apart
            raise Refused("entry-too-large")
        said = Statement.parse(sent.statement)
    except Malformed as why:
        raise Refused("submission-malformed", why=str(why)) from why
    try:
        opened = check(said.sealed, sent.openings, said.ledger, said.stream, said.prev)
    except Unsound as why:
        raise Refused("sealed-not-opened", why=str(why)) from why
    if said.kind not in KINDS:
        raise Refused("unknown-kind", kind=said.kind)
    return Prepared(statement_hash(sent.statement), said, sent, opened)


def sound(raw: bytes, suite: str, public: bytes) -> bool:
    """Whether `prepare` and, under this key, `verify` refuse nothing: what a helper says of a submission (keys/helpers.py)."""
    try:
        verify(prepare(raw), lambda _: (suite, public))
    except Refused:
        return False
    return True


def glance(raw: bytes) -> Prepared | None:
    """What `prepare` gives if it gives anything: not to be believed before a helper has called the submission sound."""
    if len(raw) > MAX_SUBMISSION:
        return None
    try:
        sent = Submission.glance(raw)
        said = Statement.glance(sent.statement)
        opened = {one.name: one.value for one in map(Opening.glance, sent.openings) if one.name}
        return Prepared(statement_hash(sent.statement), said, sent, opened)
    except (ValueError, TypeError):
        return None


def verify(prepared: Prepared, key_of: KeyOf) -> None:
    """The signature under the key that `by` names, in the suite of its row; raises Refused.

    A founding is signed by a key of its own body.
    """
    sent, said = prepared.sent, prepared.said
    key = key_of(said.by) or _own_key(said)
    if key is None or key[0] != sent.suite:
        raise Refused("key-unknown")
    try:
        verify_statement(sent.suite, key[1], sent.statement, sent.signature)
    except (BadSignature, UnknownSuite) as why:
        raise Refused("bad-signature") from why


def _own_key(said: Statement) -> tuple[str, bytes] | None:
    rows = said.body.get("keys") if said.kind == "ledger-founded/1" else ()
    for row in rows if isinstance(rows, tuple) else ():
        suite, public = (row.get("suite"), row.get("public")) if isinstance(row, Mapping) else (None, None)
        if isinstance(suite, str) and isinstance(public, bytes) and key_id(suite, public) == said.by:
            return suite, public
    return None


def lookup(prepared: Prepared, act: Act, batch: Mapping[bytes, Mapping[str, Any]], beneath: Openings) -> Openings:
    """Openings at the door: the submission's own, over those of its batch, over the vault's."""

    names: list[Names] = []  # of this act, once decide has checked its body

    def opening(leaf: bytes, name: str) -> Any:
        if leaf == act.leaf:
            names[:] = names or [KINDS[act.kind].opens(act.body)]
            return prepared.opened.get(name) if name in names[0] else UNOPENED
        return batch[leaf].get(name, UNOPENED) if leaf in batch else beneath(leaf, name)

    return opening
