"""What is owed, by whom and by when: every duty with a day, those that acts write and those that follow from a term's end.

Acts write a duty with `owe` and take it away with `done`: state `("due", (matter, rule)) → ISO day`, and `("dues", "")` lists them,
so that a reader need not go through the whole state. A day that passes is no entry; who reads compares it with her own day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.calendar import days_between, due_day, months_before
from domain.founding import edition_of
from domain.lifecycle import GONE, Changes, Key, Read
from domain.seats import committee_of

DUES: Final[Key] = ("dues", "")
Owed = tuple[str, str]  # matter, rule


@dataclass(frozen=True, slots=True)
class Duty:
    """What a rule demands: the posts that owe it, its words in 中文 and English, and the kind of the act that fulfils it."""

    posts: tuple[str, ...]
    zh: str
    en: str
    kind: str | None


CONVENING: Final = ("street-office", "committee", "preparatory-group", "re-election-group")
DUTIES: Final[Mapping[str, Duty]] = {
    "R-MEET-5": Duty(CONVENING, "公告表决结果", "Announce the result of the vote", "result-announced/1"),
    # --- duties: assembly
    # --- duties: elections
    "R-COM-13": Duty(("street-office",), "组织业主委员会换届", "Begin the committee's re-election", "post-given/1"),
    # --- duties: committee
    "R-COM-6": Duty(("committee",), "召集业主委员会会议", "Call the meeting that members asked for", "committee-noticed/1"),
    "R-COM-7": Duty(("clerk", "secretary", "committee"), "公告业主委员会决定", "Post the committee's decisions", "decision-posted/1"),
    # --- duties: end
}  # fmt: skip
OTHER: Final = Duty((), "履行该条规则规定的义务", "Do what this rule demands", None)  # of a rule without a row
RE_ELECTION: Final[Owed] = ("committee", "R-COM-13")


@dataclass(frozen=True, slots=True)
class Deadline:
    """One duty that is not done: its last day, that day moved behind days off (art. 203), and how many days it is overdue by either."""

    matter: str
    rule: str
    day: str
    moved: str
    overdue: int
    overdue_moved: int
    duty: Duty


# --- written by acts ------------------------------------------------------------------------------------------------------------


def owed(read: Read) -> tuple[Owed, ...]:
    """Every duty that an act has written and none has taken away, ascending."""
    dues: tuple[Owed, ...] = read.get(DUES, ())
    return dues


def owe(read: Read, matter: str, rule: str, day: str) -> Changes:
    """The duty is owed by this day."""
    return {("due", (matter, rule)): day, DUES: tuple(sorted({*owed(read), (matter, rule)}))}


def done(read: Read, matter: str, rule: str) -> Changes:
    """The duty is done; nothing changes where it was not owed."""
    if ("due", (matter, rule)) not in read:
        return {}
    others = tuple(one for one in owed(read) if one != (matter, rule))
    return {("due", (matter, rule)): GONE, DUES: others or GONE}


# --- read by everybody ----------------------------------------------------------------------------------------------------------


def deadlines(read: Read, day: str) -> tuple[Deadline, ...]:
    """Every duty that is not done at a day, the earliest first: what acts wrote, and the re-election that a term's end demands."""
    calendar = edition_of(read).calendar
    found = (_deadline(*one, last, day, calendar) for one, last in _days(read))
    return tuple(sorted(found, key=lambda one: (one.day, one.matter, one.rule)))


def re_election_day(read: Read) -> str | None:
    """The last day for the re-election meeting, three months before the committee's term ends (R-COM-13, T24)."""
    committee, edition = committee_of(read), edition_of(read)
    return months_before(committee.end, edition.value("re_election_months")) if committee and edition.engine >= 3 else None


def _days(read: Read) -> Iterator[tuple[Owed, str]]:
    written = owed(read)
    yield from ((one, read["due", one]) for one in written)
    last = re_election_day(read)
    if last is not None and RE_ELECTION not in written:
        yield RE_ELECTION, last


def _deadline(matter: str, rule: str, last: str, day: str, calendar: str) -> Deadline:
    moved = due_day(last, 0, calendar)
    late, later = (max(0, days_between(one, day)) for one in (last, moved))
    return Deadline(matter, rule, last, moved, late, later, DUTIES.get(rule, OTHER))
