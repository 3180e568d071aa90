"""What is owed, by whom and until when; days off and days overdue by both readings of the period (domain/deadlines.py)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from domain.calendar import day_of
from domain.deadlines import Deadline, deadlines
from projections.ledgers import Name, View
from projections.naming import NAMING
from projections.people import Who, who_of


@dataclass(frozen=True, slots=True)
class Subject:
    """What something belongs to: poll, election, meeting, objection, request, group, roll, committee or seat; and its id.

    Of a seat the id is null and `who` says whose it is; a vote has its title, an election and a request their kind, a meeting its day.
    """

    kind: str
    id: str | None = None
    who: Who | None = None
    title: str | None = None
    sort: str | None = None
    day: str | None = None


@dataclass(frozen=True, slots=True)
class DutyFace:
    """One duty that is not done: who owes it, the kind of the act that does it, its last day and days overdue.

    `day` is the day as the period is counted, `moved` that day put behind days off (Civil Code art. 203): both stand here, and how
    many days it is overdue by either.
    """

    subject: Subject
    rule: str
    sentence: Name
    posts: tuple[str, ...]
    act: str | None
    day: str
    moved: str
    overdue: int
    overdue_moved: int


def duties(seen: View) -> tuple[DutyFace, ...]:
    """Every duty that is not done, the earliest first."""
    return tuple(_duty(seen, one) for one in deadlines(seen.state, day_of(seen.now))) if ("dues", "") in seen.state else ()


def duties_of(seen: View, subjects: Collection[tuple[str, str | None]]) -> tuple[DutyFace, ...]:
    """The duties of these subjects, (kind, id) each."""
    return tuple(one for one in duties(seen) if (one.subject.kind, one.subject.id) in subjects)


def subject_of(seen: View, matter: str) -> Subject:
    """What a matter's name stands for."""
    kind, slash, ident = matter.partition("/")
    if not slash:
        return Subject("committee") if matter == "committee" else _named(seen, "poll", matter)
    return Subject(kind, who=who_of(seen, bytes.fromhex(ident))) if kind == "seat" else _named(seen, kind, ident)


def _named(seen: View, kind: str, ident: str) -> Subject:
    """An election that was not begun here is that of a committee that was carried over."""
    found = NAMING[kind](seen, ident) if kind in NAMING else None
    if found is None:
        return Subject("committee" if kind == "election" else kind, ident)
    return Subject(kind, ident, None, found.title, found.kind, found.day)


def _duty(seen: View, one: Deadline) -> DutyFace:
    duty = one.duty
    return DutyFace(subject_of(seen, one.matter), one.rule, Name(duty.zh, duty.en), duty.posts, duty.kind, one.day, one.moved,
                    one.overdue, one.overdue_moved)  # fmt: skip
