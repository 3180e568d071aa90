"""One owners' decision: when it passes, and its life from notice to closing (Civil Code art. 278).

A decision passes when enough owners took part and enough of them agreed, by heads AND by area, in exact integers:

    quorum     participating >= 2/3 of all          heads and area   R-VOTE-1
    ordinary   agree          > 1/2 of participating heads and area   R-VOTE-2
    special    agree         >= 3/4 of participating heads and area   R-VOTE-3

These are the numbers since 2021; they are data, `LAWS` in rulesets.py, where the law before it has another base and no quorum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.authority import matter_of
from domain.calendar import day_of, days_between
from domain.counting import Tally, Weight
from domain.flags import answered, despite_all, despite_open
from domain.founding import edition_of
from domain.joining import has_assembly
from domain.lifecycle import Act, Breach, Changes, Context, Read, Subject, Transition
from domain.roll import votes_on
from domain.rulesets import LAWS, OPERATORS, Edition, edition_named, law_on
from domain.seats import counts_not_own, names_candidates, vote_pinned

# --- when a vote passes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ratio:
    """One of the four tests of a vote: `part` of `whole` held against `share`, never rounded."""

    test: str  # quorum | approval
    basis: str  # heads | area
    part: int
    whole: int
    share: tuple[int, int]
    op: str

    @property
    def met(self) -> bool:
        return OPERATORS[self.op](self.part * self.share[1], self.whole * self.share[0])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the law makes of a tally; `quorate` is None where the law knows no quorum of its own."""

    ratios: tuple[Ratio, ...]

    @property
    def quorate(self) -> bool | None:
        tests = [ratio.met for ratio in self.ratios if ratio.test == "quorum"]
        return all(tests) if tests else None

    @property
    def passed(self) -> bool:
        return all(ratio.met for ratio in self.ratios)


def class_of(matter: str, law: str, laws: Mapping[str, Any] = LAWS) -> str:
    """`ordinary` or `special` (Civil Code art. 278 para 2)."""
    return str(laws[law]["class"][matter])


def verdict(tally: Tally, matter: str, law: str, laws: Mapping[str, Any] = LAWS) -> Verdict:
    """The tests of one matter under one law, by heads and by area; all must be met (R-VOTE-1…3, R-VOTE-8)."""
    rules = laws[law]
    return Verdict((
        *_ratios("quorum", tally.participating, tally.total, rules["quorum"]),
        *_ratios("approval", tally.agree, getattr(tally, rules["base"]), rules[class_of(matter, law, laws)]),
    ))  # fmt: skip


def _ratios(test: str, part: Weight, whole: Weight, rule: Mapping[str, Any] | None) -> tuple[Ratio, ...]:
    if rule is None:
        return ()
    share, op = tuple(rule["share"]), rule["op"]
    return (
        Ratio(test, "heads", part.heads, whole.heads, share, op),
        Ratio(test, "area", part.area, whole.area, share, op),
    )


# --- the life of a poll ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One question: what it decides, and over which part of the estate."""

    id: str
    matter: str
    scope: str


@dataclass(frozen=True, slots=True)
class Poll:
    """What the notice pinned, and how far the vote has come; times in Unix ms."""

    stage: str
    notice: bytes
    items: tuple[Item, ...]
    opens: int
    closes: int
    roll: str
    ballots: str
    channels: tuple[str, ...]
    silence: str
    clause: str | None
    edition: Edition
    postings: int = 0
    opening: bytes | None = None
    closing: bytes | None = None
    size: int = 0

    @property
    def law(self) -> str:
        """The law of the day on which the vote closes (R-SRC-1)."""
        return law_on(day_of(self.closes), self.edition.laws)

    def abandoned(self, now: int) -> bool:
        """It was never opened, and can be no more."""
        return self.opening is None and now > self.closes


SEALED: Final = "sealed"  # what a notice calls ballots whose choices are opened to the counters after closing


@dataclass(frozen=True, slots=True)
class Running:
    """Counters while ballots come in: the index of the last one, heads that voted, those by keys bound late.

    `heads` counts, per item, what the heads' ballots publicly come to and by which channel (domain/ballots.py, `Mark`).
    """

    last: int = -1
    voted: int = 0
    late: int = 0
    heads: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


def poll_of(read: Read, act: Act) -> Poll:
    """The poll that an act belongs to."""
    poll: Poll = read["poll", matter_of(act)]
    return poll


# --- guards ---------------------------------------------------------------------------------------------------------------------


def poll_known(read: Read, act: Act, _context: Context) -> Breach | None:
    """A report about a vote names one that was noticed."""
    return None if ("poll", act.body["poll"]) in read else Breach("unknown-matter", {"subject": "poll"})


def roll_is_frozen(read: Read, act: Act, _context: Context) -> Breach | None:
    """A vote is noticed on a frozen roll (R-ROLL-8)."""
    return None if ("roll", act.body["roll"]) in read else Breach("roll-not-frozen", {"roll": act.body["roll"]})


def roll_is_whole(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nothing of the roll's pages was erased: without a row no area can be counted (R-ROLL-8)."""
    gone = any(("erasure", page) in read for page in read["roll", act.body["roll"]].pages)
    return Breach("roll-erased", {"roll": act.body["roll"]}) if gone else None


def rules_pinned(read: Read, act: Act, _context: Context) -> Breach | None:
    """The notice pins the edition in force (R-SRC-1)."""
    return None if edition_named(act.body["edition"]) == edition_of(read) else Breach("edition-not-in-force")


def form_is_offered(_read: Read, act: Act, _context: Context) -> Breach | None:
    """Silence and scope are ones that this edition's engine counts; open ballots cite their clause."""
    body = act.body
    if body["ballots"] == "open" and body["clause"] is None:
        return Breach("clause-missing")
    if body["silence"] != "none":
        return Breach("form-not-offered", {"field": "silence"})
    if any(item["scope"] != "estate" for item in body["items"]):
        return Breach("form-not-offered", {"field": "scope"})
    ids = [item["id"] for item in body["items"]]
    return Breach("item-twice") if len(set(ids)) < len(ids) else None


def notice_long_enough(read: Read, act: Act, context: Context) -> Breach | None:
    """Fifteen clear days lie between the notice and the opening (R-MEET-2, R-TIME-2 strict reading)."""
    if act.body["opens"] >= act.body["closes"]:
        return Breach("window-backwards")
    edition = edition_of(read)
    needed = edition.days("notice") + edition.days("notice_strict_extra")
    days = days_between(day_of(context.now), day_of(act.body["opens"]))
    return None if days >= needed else Breach("notice-too-short", {"days": days, "needed": needed})


def may_open_now(read: Read, act: Act, context: Context) -> Breach | None:
    """The noticed hour has come and not gone, and the notice hangs."""
    poll = poll_of(read, act)
    if not poll.opens <= context.now <= poll.closes:
        return Breach("outside-window", {"opens": poll.opens, "closes": poll.closes})
    return None if poll.postings else Breach("notice-not-posted")


def closes_truly(read: Read, act: Act, context: Context) -> Breach | None:
    """Closing comes after closing time and fixes the tree that holds every ballot and page of ballots recorded by then."""
    poll, size = poll_of(read, act), act.body["size"]
    if context.recorded_at <= poll.closes:
        return Breach("poll-still-open", {"closes": poll.closes})
    if size > context.index or context.root_at(size) != act.body["root"]:
        return Breach("root-differs", {"size": size})
    running: Running = read["running", act.body["poll"]]
    return None if running.last < size else Breach("ballots-left-out", {"last": running.last})


# --- rules of reports -----------------------------------------------------------------------------------------------------------


def provable_day(read: Read, act: Act, context: Context) -> str:
    """The day that a notice's clock runs from: the claimed one, or the recorded one when it was claimed too long after."""
    return day_of(context.now) if backdated(read, act, context) else str(act.body["from"])


def backdated(read: Read, act: Act, context: Context) -> Breach | None:
    """A day claimed earlier than recorded by more than the tolerance (R-TIME-4)."""
    days, tolerance = days_between(act.body["from"], day_of(context.now)), edition_of(read).days("backdating_tolerance")
    return Breach("backdated", {"days": days, "tolerance": tolerance}) if days > tolerance else None


def posted_in_time(read: Read, act: Act, context: Context) -> Breach | None:
    """The notice hung fifteen days before opening; the gap day between the two readings is flagged by itself."""
    edition = edition_of(read)
    needed, days = edition.days("notice"), days_between(provable_day(read, act, context), day_of(poll_of(read, act).opens))
    if days < needed:
        return Breach("posted-late", {"days": days, "needed": needed})
    return Breach("posted-gap-day", {"days": days}) if days < needed + edition.days("notice_strict_extra") else None


def hung_to_the_end(read: Read, act: Act, context: Context) -> Breach | None:
    """A notice that is taken down before its fifteen days is early removal (R-DIS-2)."""
    days, needed = days_between(provable_day(read, act, context), act.body["to"]), edition_of(read).days("notice")
    return None if days >= needed else Breach("removed-early", {"days": days, "needed": needed})


# --- effects --------------------------------------------------------------------------------------------------------------------


def notice(read: Read, act: Act, _context: Context) -> Changes:
    """What the notice says is pinned for the whole process."""
    body, edition = act.body, edition_named(act.body["edition"])
    assert edition is not None
    items = tuple(Item(item["id"], item["matter"], item["scope"]) for item in body["items"])
    votes = (*votes_on(read, body["roll"]), body["poll"])
    return {**vote_pinned(read, act), ("votes-on", body["roll"]): votes, ("poll", body["poll"]): Poll(
        "noticed", act.leaf, items, body["opens"], body["closes"], body["roll"], body["ballots"], body["channels"],
        body["silence"], body["clause"], edition,
    )}  # fmt: skip


def post(read: Read, act: Act, _context: Context) -> Changes:
    """One more place where the notice hangs."""
    poll = poll_of(read, act)
    return {("poll", act.body["poll"]): replace(poll, postings=poll.postings + 1)}


def answer(read: Read, act: Act, _context: Context) -> Changes:
    """The named flags are answered by this act."""
    return answered(read, act)


def open_(read: Read, act: Act, _context: Context) -> Changes:
    """Ballots point at this entry."""
    changes: Changes = {("poll", act.body["poll"]): replace(poll_of(read, act), opening=act.leaf)}
    return changes | {("running", act.body["poll"]): Running()} | answered(read, act)


def close(read: Read, act: Act, _context: Context) -> Changes:
    """The tree of that size holds every ballot that counts."""
    poll = poll_of(read, act)
    return {("poll", act.body["poll"]): replace(poll, closing=act.leaf, size=act.body["size"])}


POLLS: Final = Subject("poll", lambda act: ("poll", act.body["poll"]), (
    Transition("poll-noticed/1", (None,), "noticed",
               (has_assembly, roll_is_frozen, roll_is_whole, rules_pinned, names_candidates, form_is_offered, notice_long_enough),
               effect=notice),
    Transition("poll-opened/1", ("noticed",), "open", (may_open_now, despite_all), effect=open_),
    Transition("poll-closed/1", ("open",), "closed", (counts_not_own, closes_truly), effect=close),
))  # fmt: skip
POSTINGS: Final = Subject("posting", lambda act: ("posting", (act.body["poll"], act.body["n"])), (
    Transition("notice-posted/1", (None,), "posted", (poll_known,), (backdated, posted_in_time, hung_to_the_end), effect=post),
))  # fmt: skip
ANSWERS: Final = Subject("answer", lambda act: ("answer", (act.body["poll"], act.body["n"])), (
    Transition("flags-answered/1", (None,), "answered", (poll_known, despite_open), effect=answer),
))  # fmt: skip
