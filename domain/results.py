"""A vote's result: what the ballots of the closed tree come to, certified only if it equals the fold, and announced in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.ballots import (
    CONFLICTED,
    ELECTRONIC,
    HIDDEN,
    INVALID,
    PAPER,
    UNCLEAR,
    Mark,
    Said,
    mark,
    opened,
    papers_of,
    returned,
)  # fmt: skip
from domain.calendar import day_of, due_day
from domain.counting import Counted, Tally, Weight, tally
from domain.deadlines import done, owe
from domain.flags import flags_below
from domain.lifecycle import (
    UNOPENED,
    Act,
    Breach,
    Changes,
    Context,
    Found,
    Held,
    Openings,
    Read,
    Subject,
    Transition,
    Unopened,
)  # fmt: skip
from domain.polls import SEALED, Item, Poll, Running, Verdict, class_of, poll_of, verdict
from domain.roll import Roll, area_of, opened_rows
from domain.rulesets import ABSTAIN, AGAINST, AGREE, CHOICES
from domain.seats import counts_not_own, figures_kept
from tlog.result import Row, counted_root, nonce

ANNOUNCE: Final = "R-MEET-5"
SET_ASIDE: Final = (CONFLICTED, INVALID, UNCLEAR, HIDDEN)


@dataclass(frozen=True, slots=True)
class Result:
    """A certified result: the leaf, when it was certified (ms), and each item's figures and verdict as certified."""

    stage: str
    leaf: bytes
    certified_at: int
    items: Mapping[str, Any]
    announced: bytes | None = None


# --- the fold -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Voted:
    """One head of the electorate at the count: its area (0.01 m²), and what its ballots in the closed tree come to on each item."""

    tag: bytes
    area: int
    marks: Mapping[str, Mark]


Box = tuple[Voted, ...]
Marked = Counter[tuple[str, str]]  # heads by mark and channel


def returned_by(read: Read, poll: str, tag: bytes) -> tuple[Said, ...]:
    """A head's ballots as the log shows them. All that came in time lie in the closed tree: closing leaves none out."""
    return returned(read.get(("ballot", (poll, tag))), papers_of(read, poll, tag))


def open_box(read: Read, name: str, openings: Openings) -> Box | Unopened:
    """The heads and their ballots, opened as far as the openings reach; the rows of the roll must all be there."""
    roll: Roll = read["roll", read["poll", name].roll]
    rows = opened_rows(roll.tags, openings)
    if isinstance(rows, Unopened):
        return rows
    items = [item.id for item in read["poll", name].items]
    said = ((tag, [opened(read, name, one, openings) for one in returned_by(read, name, tag)]) for tag, _ in roll.tags)
    return tuple(Voted(tag, area_of(rows[tag]), {item: mark(own, item) for item in items}) for tag, own in said)


def recount(box: Box, poll: Poll, item: str, hidden: str = HIDDEN) -> Tally:
    """One item's tally; areas come from nowhere else. `hidden` says what ballots that nobody could open are taken for."""
    said = ((one.area, one.marks[item].name) for one in box)
    return tally((Counted(area, hidden if name == HIDDEN else name) for area, name in said), poll.silence).tally


def marked(box: Box, item: str) -> Marked:
    """How many heads come to each mark on an item, by channel."""
    return Counter((found.name, found.channel) for found in (one.marks[item] for one in box))


def counted_rows(box: Box, poll: Poll, count_key: bytes) -> tuple[Row, ...]:
    """One row for every head and item, by item and tag: what the certified root covers and each owner's path leads to."""
    return tuple(
        Row(found.leaf, item, one.tag, one.area, found.name, nonce(count_key, item, one.tag))
        for item in sorted(item.id for item in poll.items)
        for one in box
        for found in (one.marks[item],)
    )


def figures(count: Tally, marks: Marked, poll: Poll, item: Item) -> dict[str, Any]:
    """One item's part of `result-certified/1` from its tally and its marks."""
    return {
        **{name: _figure(getattr(count, name)) for name in CHOICES}, **judged(count, poll, item), "channels": channels(marks),
        **{name: sum(heads for (found, _), heads in marks.items() if found == name) for name in SET_ASIDE},
    }  # fmt: skip


def judged(count: Tally, poll: Poll, item: Item) -> dict[str, Any]:
    """What the law makes of a tally."""
    found = verdict(count, item.matter, poll.law, poll.edition.laws)
    return {"class": class_of(item.matter, poll.law, poll.edition.laws), "participating": _figure(count.participating),
            "passed": found.passed, "quorate": found.quorate}  # fmt: skip


def channels(marks: Marked) -> dict[str, int]:
    """The heads whose ballots count, or might when they are opened, by the channel of the one that decides."""
    return {channel: sum(marks[name, channel] for name in (*CHOICES, HIDDEN)) for channel in (ELECTRONIC, PAPER)}


def certifiable(read: Read, name: str, box: Box, count_key: bytes) -> dict[str, Any]:
    """The body of `result-certified/1` that equals the fold."""
    poll: Poll = read["poll", name]
    running: Running = read["running", name]
    return {
        "bound_late": running.late, "counted": _counted(box, poll, count_key),
        "electorate": _figure(read["roll", poll.roll].total), "flags": flags_below(read, name, poll.size),
        "items": {item.id: figures(recount(box, poll, item.id), marked(box, item.id), poll, item) for item in poll.items},
        "poll": name,
    }  # fmt: skip


def missing(box: Box, item: str) -> tuple[bytes, ...]:
    """The ballots of heads that answer an item and were not opened, by the leaf of the one that decides."""
    marks = (one.marks[item] for one in box)
    return tuple(found.leaf for found in marks if found.name == HIDDEN and found.leaf)


def _counted(box: Box, poll: Poll, count_key: bytes) -> dict[str, Any]:
    rows = counted_rows(box, poll, count_key)
    return {"root": counted_root(rows), "size": len(rows)}


def _figure(weight: Weight) -> dict[str, int]:
    return {"area": weight.area, "heads": weight.heads}


def _weight(figure: Mapping[str, int]) -> Weight:
    return Weight(figure["heads"], figure["area"])


# --- guards ---------------------------------------------------------------------------------------------------------------------


def poll_closed(read: Read, act: Act, _context: Context) -> Breach | None:
    """A result belongs to a vote that is closed."""
    poll: Poll | None = read.get(("poll", act.body["poll"]))
    stage = poll.stage if poll else "–"
    return None if stage == "closed" else Breach("wrong-stage", {"subject": "poll", "stage": stage, "needed": "closed"})


def figures_are_the_fold(read: Read, act: Act, _context: Context) -> Breach | None:
    """All that is public equals the fold: electorate, heads, channels, marks, late bindings, flags, rows counted."""
    for name, claimed, folded in _public(read, act.body):
        if claimed != folded:
            return Breach("figures-differ", {"field": name})
    return None


def _public(read: Read, body: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    name, poll = body["poll"], read["poll", body["poll"]]
    electorate: Weight = read["roll", poll.roll].total
    yield "items", set(body["items"]), {item.id for item in poll.items}
    yield "electorate", _weight(body["electorate"]), electorate
    yield "counted.size", body["counted"]["size"], electorate.heads * len(poll.items)
    yield "bound_late", body["bound_late"], read["running", name].late
    yield "flags", body["flags"], flags_below(read, name, poll.size)
    for item in poll.items:
        marks = Counter({key[1:]: heads for key, heads in read["running", name].heads.items() if key[0] == item.id})
        yield from _public_item(item.id, poll, body["items"][item.id], marks)


def _public_item(item: str, poll: Poll, result: Mapping[str, Any], marks: Marked) -> Iterable[tuple[str, Any, Any]]:
    """Of open ballots every mark is public; of sealed ones how many answered, by channel, and what was set aside in clear."""
    claimed = {**{choice: result[choice]["heads"] for choice in CHOICES}, **{name: result[name] for name in SET_ASIDE}}
    public = {name: marks[name, ELECTRONIC] + marks[name, PAPER] for name in claimed}
    if poll.ballots == SEALED:
        yield f"{item} heads", sum(claimed.values()), sum(public.values())
        yield f"{item} marks", claimed["invalid"], public["invalid"]
        yield f"{item} unclear", claimed["unclear"] >= public["unclear"], True
        yield f"{item} channels", all(result["channels"][name] <= heads for name, heads in channels(marks).items()), True
    else:
        yield f"{item} heads", {name: claimed[name] for name in CHOICES}, {name: public[name] for name in CHOICES}
        yield f"{item} marks", {name: claimed[name] for name in SET_ASIDE}, {name: public[name] for name in SET_ASIDE}
        yield f"{item} channels", dict(result["channels"]), channels(marks)
    counting = sum(claimed[name] for name in (*CHOICES, HIDDEN))
    yield f"{item} channels", sum(result["channels"].values()), counting


def verdict_follows(read: Read, act: Act, _context: Context) -> Breach | None:
    """Participation is the sum of the choices, and the verdict is what the pinned law makes of the figures."""
    poll = poll_of(read, act)
    for item in poll.items:
        claimed = act.body["items"][item.id]
        choices = [_weight(claimed[choice]) for choice in (AGREE, AGAINST, ABSTAIN)]
        count = Tally(_weight(act.body["electorate"]), sum(choices, Weight()), *choices)
        for name, expected in judged(count, poll, item).items():
            if claimed[name] != expected:
                return Breach("verdict-differs", {"item": item.id, "field": name})
    return None


def announces_the_result(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is announced is the certified result, by its leaf."""
    result: Result = read["result", act.body["poll"]]
    return None if act.body["result"] == result.leaf else Breach("result-unknown")


def announced_in_time(read: Read, act: Act, context: Context) -> Breach | None:
    """The result is announced within its period (R-MEET-5); the later of the claimed and the recorded day counts."""
    due = read["due", (act.body["poll"], ANNOUNCE)]
    day = max(act.body["at"], day_of(context.now))
    return Breach("announced-late", {"due": due, "day": day}) if day > due else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def certify(read: Read, act: Act, context: Context) -> Changes:
    """The outcome stands; its announcement is due."""
    poll = poll_of(read, act)
    due = due_day(day_of(context.now), poll.edition.days("announce"), poll.edition.calendar)
    result = Result("certified", act.leaf, context.now, act.body["items"])
    return {("result", act.body["poll"]): result, **owe(act.body["poll"], ANNOUNCE, due), **figures_kept(read, act)}


def announce(read: Read, act: Act, _context: Context) -> Changes:
    """The duty to announce is done."""
    result: Result = read["result", act.body["poll"]]
    return {("result", act.body["poll"]): replace(result, announced=act.leaf), **done(read, act.body["poll"], ANNOUNCE)}


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck(read: Read, act: Act, openings: Openings) -> Found:
    """Areas, sealed choices and the counted root, counted again from the opened roll, ballots and count key."""
    poll, box = poll_of(read, act), open_box(read, act.body["poll"], openings)
    if isinstance(box, Unopened):
        return box
    for item in poll.items:
        hidden = missing(box, item.id)
        if len(hidden) > act.body["items"][item.id][HIDDEN]:  # more than nobody could open: they were not given to this reader
            return Unopened(tuple(f"choices of {leaf.hex()}" for leaf in hidden))
        if breach := _differs(box, poll, item, act.body["items"][item.id]):
            return breach
    count_key = openings(act.leaf, "count-key")
    if count_key is UNOPENED:
        return Unopened(("count-key",))
    return Held() if act.body["counted"] == _counted(box, poll, count_key) else Breach("counted-root-differs")


def _differs(box: Box, poll: Poll, item: Item, claimed: Mapping[str, Any]) -> Breach | None:
    """A figure that the recount does not give, or a verdict that ballots nobody could open might still turn."""
    found = figures(recount(box, poll, item.id), marked(box, item.id), poll, item)
    for name in (*SET_ASIDE, *CHOICES, "channels"):
        if claimed[name] != found[name]:
            if name in CHOICES:
                return Breach("areas-differ", {"item": item.id, "choice": name})
            return Breach("figures-differ", {"field": f"{item.id} {name}"})
    outcomes = {(outcome.quorate, outcome.passed) for outcome in _outcomes(box, poll, item)}
    return Breach("unopened-decide", {"item": item.id}) if len(outcomes) > 1 else None


def _outcomes(box: Box, poll: Poll, item: Item) -> Iterable[Verdict]:
    """The verdicts with all unopened ballots as agree, as against, and as absent."""
    for taken_for in (AGREE, AGAINST, "none") if missing(box, item.id) else ("none",):
        yield verdict(recount(box, poll, item.id, taken_for), item.matter, poll.law, poll.edition.laws)


RESULTS: Final = Subject("result", lambda act: ("result", act.body["poll"]), (
    Transition("result-certified/1", (None,), "certified", (counts_not_own, poll_closed, figures_are_the_fold, verdict_follows),
               effect=certify, recheck=recheck),
    Transition("result-announced/1", ("certified",), "announced", (announces_the_result,), (announced_in_time,),
               effect=announce),
))  # fmt: skip
