"""What may be objected to, and which objections wait for an answer: what is final rests on their being answered (R-DIS-4)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.calendar import days_after, midnight
from domain.lifecycle import GONE, Breach, Changes, Read

WAITING, RAISED, ESCALATED, ANSWERED = "waiting", "raised", "escalated", "answered"
UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class Contestable:
    """An act that owners may object to before `until` (ms, None: as long as this row stands).

    `snapshot` is the roll whose heads it concerns, None where whoever stands on any roll of the estate may speak.
    """

    matter: str
    until: int | None = None
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection of a head, (snapshot, tag), and its answer. Stages: waiting (on a page of paper), raised, escalated, answered.

    `leaf` seals its words under the name `text`; `due` is the day of the answer, empty while it waits to be keyed again.
    """

    leaf: bytes
    of: bytes
    matter: str
    snapshot: str
    tag: bytes
    ground: str
    due: str
    text: str = "text"
    outcome: str | None = None
    answer: bytes | None = None
    stage: str = RAISED


def contestable(leaf: bytes, matter: str, until_day: str | None = None, snapshot: str | None = None) -> Changes:
    """The act of this leaf may be objected to until that day is over, or as long as `not_contestable` has not been said."""
    end = None if until_day is None else midnight(days_after(until_day, 1))
    return {("contestable", leaf): Contestable(matter, end, snapshot)}


def not_contestable(*leaves: bytes) -> Changes:
    """These acts may be objected to no more."""
    return dict.fromkeys((("contestable", leaf) for leaf in leaves), GONE)


def objections_to(read: Read, matter: str) -> tuple[str, ...]:
    """The ids of all objections in a matter, in the order of the log."""
    ids: tuple[str, ...] = read.get(("objections", matter), ())
    return ids


def unanswered(read: Read, matter: str) -> tuple[str, ...]:
    """The objections in a matter that nobody has answered: while there is one, nothing of it becomes final (R-DIS-4)."""
    return tuple(one for one in objections_to(read, matter) if read["objection", one].stage != ANSWERED)


def upheld(read: Read, matter: str, leaf: bytes) -> tuple[str, ...]:
    """The objections in a matter against the act of this leaf that were upheld."""
    found = ((name, read["objection", name]) for name in objections_to(read, matter))
    return tuple(name for name, one in found if (one.of, one.outcome) == (leaf, UPHELD))


def all_answered(read: Read, *matters: str) -> Breach | None:
    """No objection in these matters waits for its answer (R-DIS-4)."""
    waiting = [one for matter in matters for one in unanswered(read, matter)]
    return Breach("objection-open", {"ids": ", ".join(waiting)}) if waiting else None
