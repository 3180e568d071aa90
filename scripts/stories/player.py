"""Plays stories: people with keys act through a door at story time; demo and tests use the same player.

A story is data: `Step`s that say when, who, what kind, and with which body; what only the play knows (a leaf, a root, a tag) is
a function of the play.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from domain.calendar import SHANGHAI
from domain.errors import Refused
from domain.fold import Fold
from keys.authoring import Salt, compose, stream_of
from keys.identity import SigningKey
from ledger.clock import StoryClock
from tlog.entry import Submission
from tlog.merkle import leaf_hash


class Receipt(Protocol):
    """What a door answers."""

    @property
    def index(self) -> int: ...

    @property
    def entry(self) -> bytes: ...


class Door(Protocol):
    """Where a story's acts go: the ledger's door, or one in memory."""

    origin: str
    fold: Fold

    def submit_all(self, waiting: Sequence[bytes]) -> Sequence[Receipt | Refused]: ...


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of a story: who they are to the vault, their organisation, and their key."""

    person: bytes
    org: str | None
    holder: Mapping[str, str]
    key: SigningKey

    def row(self, ledger: str) -> dict[str, Any]:
        """Their key row, with the proof that the key is in their hands."""
        return {"org": self.org, "person": self.person, "possession": self.key.possession(ledger, self.person),
                "public": self.key.public, "suite": self.key.suite}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a story. `confirm` names who confirms it; `refused` the code that it must meet; `name` what its leaf is called.

    Body and openings are values, or functions of the play for what only the play knows.
    """

    at: str
    who: str
    kind: str
    body: Mapping[str, Any] | Callable[[Play], Mapping[str, Any]]
    openings: Mapping[str, Any] | Callable[[Play], Mapping[str, Any]] = field(default_factory=dict)
    about: str | None = None
    confirm: tuple[str, ...] = ()
    name: str | None = None
    refused: str | None = None


class StoryBroken(AssertionError):
    """A step did not meet what the story expects of it."""


def moment(at: str) -> int:
    """Story time `2026-09-03 09:00` in Asia/Shanghai as Unix ms."""
    return int(datetime.fromisoformat(at).replace(tzinfo=SHANGHAI).timestamp()) * 1000


def seeded(seed: int) -> Salt:
    """Chance that repeats itself, for tests."""
    return random.Random(seed).randbytes  # noqa: S311  # keys and salts of tests protect nothing


class Play:
    """A story being played: its people, the leaves by name, and the door it acts through."""

    def __init__(self, door: Door, clock: StoryClock, chance: Salt = secrets.token_bytes) -> None:
        self.door, self.clock, self.chance = door, clock, chance
        self.people: dict[str, Someone] = {}
        self.leaves: dict[str, bytes] = {}
        self.tags: dict[str, bytes] = {}
        self.kept: dict[
            str, tuple[bytes, tuple[bytes, ...]]
        ] = {}  # what an author keeps of an act by name: its entry, its openings
        self.refusals: list[tuple[Step, Refused]] = []

    def meet(self, name: str, org: str | None, words: str, ident: str | None = None) -> Someone:
        """A new person with a fresh key."""
        holder = {"id": ident or name, "name": words}
        someone = Someone(self.chance(16), org, holder, SigningKey.from_seed(self.chance(32)))
        self.people[name] = someone
        return someone

    def tag(self, unit: str) -> bytes:
        """The random tag of the head that owns a unit."""
        return self.tags.setdefault(unit, self.chance(16))

    def play(self, steps: Iterable[Step], group: int = 64) -> Iterator[Step]:
        """Play the steps, in groups that share a commit where nothing hangs on their answers; yields each step done."""
        waiting: list[Step] = []
        for step in steps:
            if waiting and (not _plain(step) or not _plain(waiting[0]) or len(waiting) >= group or step.at != waiting[0].at):
                yield from self._together(waiting)
                waiting = []
            waiting.append(step)
        yield from self._together(waiting)

    def _together(self, steps: Sequence[Step]) -> Iterator[Step]:
        if not steps:
            return
        self.clock.move_to(moment(steps[0].at))
        sent = [self.submission(step) for step in steps]
        answers = self.door.submit_all(sent)
        for step, raw, answer in zip(steps, sent, answers, strict=True):
            self._expect(step, raw, answer)
            yield step

    def submission(self, step: Step) -> bytes:
        """The bytes that the step's person sends."""
        body = step.body(self) if callable(step.body) else step.body
        openings = step.openings(self) if callable(step.openings) else step.openings
        return self.compose(step.who, step.kind, body, openings, self.leaves[step.about] if step.about else None)

    def compose(self, who: str, kind: str, body: Mapping[str, Any], openings: Mapping[str, Any] | None = None,
                about: bytes | None = None) -> bytes:  # fmt: skip
        """A submission of somebody's, made on the newest state."""
        last = self.door.fold.state.get(("stream", stream_of(kind, body, about)))
        return compose(kind, body, self.people[who].key, ledger=self.door.origin, at=self.clock.at, about=about,
                       prev=last.leaf if last else None, openings=openings, salt=self.chance).raw()  # fmt: skip

    def _expect(self, step: Step, raw: bytes, answer: Receipt | Refused) -> None:
        if isinstance(answer, Refused):
            if answer.code != step.refused:
                raise StoryBroken(f"{step.at} {step.who} {step.kind}: {answer}") from answer
            self.refusals.append((step, answer))
            return
        if step.refused:
            raise StoryBroken(f"{step.at} {step.who} {step.kind}: admitted, expected {step.refused}")
        leaf = leaf_hash(answer.entry)
        if step.name:
            self.leaves[step.name] = leaf
            self.kept[step.name] = answer.entry, Submission.parse(raw).openings
        for who in step.confirm:
            self._say(who, "confirmed/1", leaf)

    def _say(self, who: str, kind: str, leaf: bytes, **more: Any) -> None:
        raw = self.compose(who, kind, {"person": self.people[who].person, **more}, about=leaf)
        answer = self.door.submit_all([raw])[0]
        if isinstance(answer, Refused):
            raise StoryBroken(f"{who} {kind}: {answer}") from answer


def _plain(step: Step) -> bool:
    return not step.confirm and not step.name
