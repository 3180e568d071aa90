"""A vote's result: what the ballots of the closed tree come to, certified only if it equals the fold, and announced in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.calendar import day_of, due_day
from domain.counting import Counted, Returned, Tally, Weight, settle, tally
from domain.flags import despite_all, flags_of
from domain.lifecycle import (
    GONE,
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
from domain.polls import Ballot, Item, Poll, Running, class_of, poll_of, verdict
from domain.roll import Roll, area_of, opened_rows
from domain.rulesets import ABSTAIN, AGAINST, AGREE, CHOICES
from tlog.result import Row, counted_root, nonce

ANNOUNCE: Final = "R-MEET-5"


@dataclass(frozen=True, slots=True)
class Result:
    """A certified result: the leaf, when it was certified (ms), and each item's figures and verdict as certified."""

    stage: str
    leaf: bytes
    certified_at: int
    items: Mapping[str, Any]
    announced: bytes | None = None


# --- the fold -------------------------------------------------------------------------------------------------------------------


def ballots_of(read: Read, name: str) -> tuple[tuple[bytes, bytes, Ballot | None], ...]:
    """Every head of the electorate: its tag, the leaf of its roll page, and the ballot that stands for it in the closed tree."""
    poll: Poll = read["poll", name]
    roll: Roll = read["roll", poll.roll]
    return tuple((tag, page, _within(read.get(("ballot", (name, tag))), poll.size)) for tag, page in roll.tags)


def _within(ballot: Ballot | None, size: int) -> Ballot | None:
    return ballot if ballot is not None and ballot.index < size else None


def counted_as(ballot: Ballot | None, item: str) -> str:
    """What one head counts as for one item: a choice, `blank` where it answered other items only, or `none`."""
    if ballot is None:
        return "none"
    choice = ballot.choice(item)
    return settle((Returned(choice, ballot.channel, ballot.at),)).counted_as if choice else "blank"


def heads_by_choice(read: Read, name: str, item: str) -> dict[str, int]:
    """Heads per choice by the running counters; all ballots of the vote lie in the closed tree."""
    running: Running = read["running", name]
    return {choice: running.heads.get((item, choice), 0) for choice in CHOICES}


def recount(read: Read, name: str, rows: Mapping[bytes, Mapping[str, Any]]) -> dict[str, Tally]:
    """Each item's tally from the ballots and the opened rows of the roll; areas come from nowhere else."""
    poll: Poll = read["poll", name]
    ballots = ballots_of(read, name)
    return {
        item.id: tally(
            (Counted(area_of(rows[tag]), counted_as(ballot, item.id)) for tag, _, ballot in ballots), poll.silence
        ).tally
        for item in poll.items
    }


def counted_rows(read: Read, name: str, rows: Mapping[bytes, Mapping[str, Any]], count_key: bytes) -> tuple[Row, ...]:
    """One row for every head and item, by item and tag: what the certified root covers and each owner's path leads to."""
    poll: Poll = read["poll", name]
    items = sorted(item.id for item in poll.items)
    return tuple(
        Row(
            ballot.leaf if ballot else None,
            item,
            tag,
            area_of(rows[tag]),
            counted_as(ballot, item),
            nonce(count_key, item, tag),
        )
        for item in items
        for tag, _, ballot in ballots_of(read, name)
    )


def figures(count: Tally, poll: Poll, item: Item) -> dict[str, Any]:
    """One item's part of `result-certified/1` from its tally."""
    found = verdict(count, item.matter, poll.law, poll.edition.laws)
    return {
        **{name: _figure(getattr(count, name)) for name in (ABSTAIN, AGAINST, AGREE, "participating")},
        "channels": {"electronic": count.participating.heads, "paper": 0},
        "class": class_of(item.matter, poll.law, poll.edition.laws),
        "conflicted": 0, "invalid": 0, "passed": found.passed, "quorate": found.quorate, "unclear": 0, "unopened": 0,
    }  # fmt: skip


def certifiable(read: Read, name: str, rows: Mapping[bytes, Mapping[str, Any]], count_key: bytes) -> dict[str, Any]:
    """The body of `result-certified/1` that equals the fold."""
    poll: Poll = read["poll", name]
    tallies = recount(read, name, rows)
    root, size = _counted(read, name, rows, count_key)
    running: Running = read["running", name]
    return {
        "bound_late": running.late, "counted": {"root": root, "size": size},
        "electorate": _figure(read["roll", poll.roll].total), "flags": flags_of(read, name),
        "items": {item.id: figures(tallies[item.id], poll, item) for item in poll.items}, "poll": name,
    }  # fmt: skip


def _counted(read: Read, name: str, rows: Mapping[bytes, Mapping[str, Any]], count_key: bytes) -> tuple[bytes, int]:
    counted = counted_rows(read, name, rows, count_key)
    return counted_root(counted), len(counted)


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
    yield "flags", body["flags"], flags_of(read, name)
    for item in poll.items:
        result, heads = body["items"][item.id], heads_by_choice(read, name, item.id)
        yield f"{item.id} heads", {choice: result[choice]["heads"] for choice in CHOICES}, heads
        yield f"{item.id} channels", dict(result["channels"]), {"electronic": sum(heads.values()), "paper": 0}
        yield f"{item.id} marks", [result[mark] for mark in ("conflicted", "invalid", "unclear", "unopened")], [0, 0, 0, 0]


def verdict_follows(read: Read, act: Act, _context: Context) -> Breach | None:
    """Participation is the sum of the choices, and the verdict is what the pinned law makes of the figures."""
    poll = poll_of(read, act)
    for item in poll.items:
        claimed = act.body["items"][item.id]
        choices = [_weight(claimed[choice]) for choice in (AGREE, AGAINST, ABSTAIN)]
        count = Tally(_weight(act.body["electorate"]), sum(choices, Weight()), *choices)
        expected = figures(count, poll, item)
        for name in ("participating", "class", "quorate", "passed"):
            if claimed[name] != expected[name]:
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
    return {("result", act.body["poll"]): result, ("due", (act.body["poll"], ANNOUNCE)): due}


def announce(read: Read, act: Act, _context: Context) -> Changes:
    """The duty to announce is done."""
    result: Result = read["result", act.body["poll"]]
    return {("result", act.body["poll"]): replace(result, announced=act.leaf), ("due", (act.body["poll"], ANNOUNCE)): GONE}


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck(read: Read, act: Act, openings: Openings) -> Found:
    """Areas and the counted root, counted again from the opened roll and the count key."""
    name = act.body["poll"]
    rows = opened_rows(((tag, page) for tag, page, _ in ballots_of(read, name)), openings)
    if isinstance(rows, Unopened):
        return rows
    tallies = recount(read, name, rows)
    for item in poll_of(read, act).items:
        claimed, count = act.body["items"][item.id], tallies[item.id]
        for choice in CHOICES:
            if _weight(claimed[choice]) != getattr(count, choice):
                return Breach("areas-differ", {"item": item.id, "choice": choice})
    count_key = openings(act.leaf, "count-key")
    if count_key is UNOPENED:
        return Unopened(("count-key",))
    root, size = _counted(read, name, rows, count_key)
    return Held() if act.body["counted"] == {"root": root, "size": size} else Breach("counted-root-differs")


RESULTS: Final = Subject("result", lambda act: ("result", act.body["poll"]), (
    Transition("result-certified/1", (None,), "certified", (poll_closed, despite_all, figures_are_the_fold, verdict_follows),
               effect=certify, recheck=recheck),
    Transition("result-announced/1", ("certified",), "announced", (announces_the_result,), (announced_in_time,),
               effect=announce),
))  # fmt: skip
