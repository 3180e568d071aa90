"""What is owed, by whom and by when: every duty with a day that an act has written and none has taken away.

Acts write a duty with `owe` and take it away with `done`: state `("due", (matter, rule)) → ISO day`. Whatever changes one of these
keys changes the list `("dues", "")` too, so that a reader need not go through the whole state. A day that passes is no entry; who
reads compares it with her own day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.authority import CONVENERS
from domain.calendar import days_between, due_day
from domain.founding import edition_of
from domain.lifecycle import GONE, Changes, Key, Read

DUES: Final[Key] = ("dues", "")
Owed = tuple[str, str]  # matter, rule


@dataclass(frozen=True, slots=True)
class Duty:
    """What a rule demands: the posts that owe it, its words in 中文 and English, and the kind of the act that fulfils it."""

    posts: tuple[str, ...]
    zh: str
    en: str
    kind: str | None


DUTIES: Final[Mapping[str, Duty]] = {
    "R-MEET-5": Duty(CONVENERS, "公告表决结果", "Announce the result of the vote", "result-announced/1"),
    # --- duties: assembly
    "R-DIS-4": Duty((*CONVENERS, "supervisor"), "答复业主异议", "Answer an owner's objection", "objection-answered/1"),
    "R-PREP-2": Duty(("street-office",), "成立首次业主大会筹备组", "Form the preparatory group", "group-formed/1"),
    "R-PREP-5": Duty(("preparatory-group",), "召开首次业主大会", "Hold the first assembly and elect the committee", "election-declared/1"),
    # --- duties: elections
    "R-COM-1": Duty(("committee-member",), "召开首次会议，推选主任", "Hold the first meeting and elect the chair", "officers-elected/1"),
    "R-COM-5": Duty(("committee", "committee-member"), "办理选举备案", "File the election", "committee-filed/1"),
    "R-COM-11": Duty(("committee-member",), "移交档案、印章和财物", "Hand over archives and seal and property", "handover-recorded/1"),
    "R-COM-12": Duty(("street-office",), "委员不足半数，重新选举", "Elect anew because too few members are left", "election-begun/1"),
    "R-COM-13": Duty(("street-office", "re-election-group"), "完成业主委员会换届选举", "Hold the committee's re-election",
                     "election-declared/1"),
    # --- duties: committee
    "R-COM-6": Duty(("committee",), "召集业主委员会会议", "Call the meeting that members asked for", "committee-noticed/1"),
    "R-COM-7": Duty(("clerk", "secretary", "committee"), "公告业主委员会决定", "Post the committee's decisions", "decision-posted/1"),
    # --- duties: end
}  # fmt: skip
OTHER: Final = Duty((), "履行该条规则规定的义务", "Do what this rule demands", None)  # of a rule without a row


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


def last_day(read: Read, start: str, period: str) -> str:
    """The last day of a period of the edition in force, moved behind days off (R-TIME-1)."""
    edition = edition_of(read)
    return due_day(start, edition.value(period), edition.calendar)


def owe(matter: str, rule: str, day: str) -> Changes:
    """The duty is owed by this day."""
    return {("due", (matter, rule)): day}


def done(read: Read, matter: str, rule: str) -> Changes:
    """The duty is done; nothing changes where it was not owed."""
    return {("due", (matter, rule)): GONE} if due(read, matter, rule) else {}


def due(read: Read, matter: str | None, rule: str) -> str | None:
    """The last day of the duty, None where it is not owed."""
    day: str | None = read.get(("due", (matter, rule)))
    return day


def listed(read: Read, changes: Changes) -> Changes:
    """The list of what is owed after these changes; nothing where no duty is among them."""
    touched = {key[1]: value for key, value in changes.items() if key[0] == "due"}
    if not touched:
        return {}
    kept = {one for one in owed(read) if one not in touched}
    every = tuple(sorted(kept | {one for one, value in touched.items() if value is not GONE}))
    return {DUES: every or GONE}


# --- read by everybody ----------------------------------------------------------------------------------------------------------


def deadlines(read: Read, day: str) -> tuple[Deadline, ...]:
    """Every duty that is not done, as it stands on a day: the earliest first."""
    calendar = edition_of(read).calendar
    found = (_deadline(matter, rule, read["due", (matter, rule)], day, calendar) for matter, rule in owed(read))
    return tuple(sorted(found, key=lambda one: (one.day, one.matter, one.rule)))


def _deadline(matter: str, rule: str, last: str, day: str, calendar: str) -> Deadline:
    moved = due_day(last, 0, calendar)
    overdue = max(0, days_between(last, day))
    return Deadline(matter, rule, last, moved, overdue, max(0, days_between(moved, day)), DUTIES.get(rule, OTHER))
