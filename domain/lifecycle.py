"""The life-cycle engine: a subject is a table of transitions with named guards; decide and evolve follow from the table.

A guard looks at the state, the act and its context and names what is broken, or nothing. The first broken guard refuses the
act. A report also has *rules*: each one broken becomes a flag with its rule id, and the report is admitted (design §1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.errors import Refused

Key = tuple[str, Any]
Read = Mapping[Key, Any]
Changes = dict[Key, Any]
Openings = Callable[[bytes, str], Any]  # (leaf, name) -> value or UNOPENED


class _Mark:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


_ABSENT: Final = _Mark("ABSENT")
GONE: Final = _Mark("GONE")  # a change that takes its key out of the state
UNOPENED: Final = _Mark("UNOPENED")  # an opening that the reader was not given; None is a value that may be sealed


class Layered(Mapping[Key, Any]):
    """Changes over a state; what is GONE above is absent."""

    __slots__ = ("above", "below")

    def __init__(self, above: Read, below: Read) -> None:
        self.above, self.below = above, below

    def get(self, key: Any, default: Any = None) -> Any:
        value = self.above.get(key, _ABSENT)
        if value is _ABSENT:
            return self.below.get(key, default)
        return default if value is GONE else value

    def __getitem__(self, key: Key) -> Any:
        value = self.above.get(key, _ABSENT)
        if value is _ABSENT:
            return self.below[key]
        if value is GONE:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self.get(key, _ABSENT) is not _ABSENT

    def __iter__(self) -> Iterator[Key]:
        return (key for key in {**self.below, **self.above} if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Act:
    """A statement decoded into its typed form, with the leaf hash of its entry."""

    leaf: bytes
    kind: str
    ledger: str
    stream: str
    prev: bytes | None
    about: bytes | None
    by: bytes
    at: int
    until: int
    seen: tuple[int, bytes] | None
    sealed: tuple[bytes, ...]
    body: Mapping[str, Any]


def no_roots(_size: int) -> bytes | None:
    """The `root_at` of a log without entries."""
    return None


def no_acts(_index: int) -> Act | None:
    """The `act_at` of a log without entries."""
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What an entry brings with it besides the act; door and audit compute it before `decide`, which knows no cryptography.

    recorded_at, done_at: Unix ms. index, done_index: places in the log; `done_…` are those of the entry that completes the act.
    act_at: the act of an earlier entry by its index.
    """

    recorded_at: int
    index: int
    done_at: int | None = None
    done_index: int | None = None
    root_at: Callable[[int], bytes | None] = no_roots
    proved: frozenset[bytes] = frozenset()
    act_at: Callable[[int], Act | None] = no_acts

    @property
    def now(self) -> int:
        """When the act takes effect: clocks and deadlines run from here."""
        return self.recorded_at if self.done_at is None else self.done_at

    @property
    def place(self) -> int:
        """The log index at which the act takes effect."""
        return self.index if self.done_index is None else self.done_index


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken rule: a code of the refusals table and what its sentence needs."""

    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def refuse(self) -> Refused:
        return Refused(self.code, **self.detail)


@dataclass(frozen=True, slots=True)
class Unopened:
    """What could not be checked again because these openings were not given."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that needs openings was opened and holds."""


Found = Held | Breach | Unopened
Guard = Callable[[Read, Act, Context], Breach | None]
Effect = Callable[[Read, Act, Context], Changes]
Recheck = Callable[[Read, Act, Openings], Found]


def nothing(_read: Read, _act: Act, _context: Context) -> Changes:
    """No further change than the stage."""
    return {}


def unhindered(_read: Read, _act: Act, _context: Context) -> None:
    """Nothing is in the way."""


def held(_read: Read, _act: Act, _openings: Openings) -> Found:
    """No rule of this kind needs an opening."""
    return Held()


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a life cycle. `before` None: the thing does not exist yet; `begin` is what a pending act already changes.

    `undo` takes that back when the act is declined, unless `stands` says of the refusal why it cannot be. What `lasts` does not
    expire. The author of what is `by_entry` is judged when it is recorded, and not again at its completion.
    """

    kind: str
    before: tuple[str | None, ...]
    after: str
    guards: tuple[Guard, ...] = ()  # refuse the act
    rules: tuple[Guard, ...] = ()  # of a report: each broken one becomes a flag
    effect: Effect = nothing
    recheck: Recheck = held
    begin: Effect = nothing
    undo: Effect = nothing
    stands: Guard = unhindered
    lasts: bool = False
    by_entry: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A life cycle: `key` finds the thing that an act is about; its value has a `stage`."""

    name: str
    key: Callable[[Act], Key]
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """The smallest value with a stage: for subjects of which nothing but the stage matters."""

    stage: str
    leaf: bytes


def judge(subject: Subject, step: Transition, read: Read, act: Act, context: Context) -> tuple[Breach, ...]:
    """The flags that a report earns; raises Refused at the first guard that names a breach, the life cycle's own first."""
    if wrong := _wrong_stage(subject, step, read.get(subject.key(act))):
        raise wrong.refuse()
    for guard in step.guards:
        if breach := guard(read, act, context):
            raise breach.refuse()
    return tuple(breach for rule in step.rules if (breach := rule(read, act, context)))


def _wrong_stage(subject: Subject, step: Transition, now: Any) -> Breach | None:
    stage = now.stage if now is not None else None
    if stage in step.before:
        return None
    if stage is None:
        return Breach("unknown-matter", {"subject": subject.name})
    if step.before == (None,):
        return Breach("already-exists", {"subject": subject.name})
    return Breach("wrong-stage", {"subject": subject.name, "stage": stage, "needed": "/".join(filter(None, step.before))})


def at_stage(read: Read, subject: str, ident: str, *stages: str) -> Breach | None:
    """Another thing than the act's own, `(subject, ident)`, is there and at one of these stages."""
    thing = read.get((subject, ident))
    if thing is None:
        return Breach("unknown-matter", {"subject": subject})
    needed = {"subject": subject, "stage": thing.stage, "needed": "/".join(stages)}
    return None if thing.stage in stages else Breach("wrong-stage", needed)


def apply(subject: Subject, step: Transition, read: Read, act: Act, context: Context) -> Changes:
    """What one transition changes: its effect, and the thing's stage."""
    changes = step.effect(read, act, context)
    key = subject.key(act)
    value = changes.get(key, read.get(key))
    if value is None:
        value = Thing(step.after, act.leaf)
    changes[key] = value if value.stage == step.after else replace(value, stage=step.after)
    return changes
