"""A vote's result: what the ballots of the closed tree come to, certified only if it equals the fold, and announced in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.calendar import day_of, due_day
from domain.counting import Counted, Returned, Tally, Weight, settle, tally
from domain.flags import flags_below
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
from domain.polls import SEALED, Ballot, Item, Poll, Running, Verdict, class_of, poll_of, verdict
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


@dataclass(frozen=True, slots=True)
class Voted:
    """One head of the electorate at the count: its area (0.01 m²), its ballot in the closed tree, and what that says.

    `choices` is None where the ballot is sealed and was not opened.
    """

    tag: bytes
    area: int
    ballot: Ballot | None
    choices: Mapping[str, str] | None

    def counted_as(self, item: str) -> str:
        """A choice, `blank` where it answered other items only, `unopened`, or `none` where nothing was returned."""
        if self.ballot is None:
            return "none"
        if item not in self.ballot.items:
            return "blank"
        if self.choices is None:
            return "unopened"
        return settle((Returned(self.choices[item], self.ballot.channel, self.ballot.at),)).counted_as


Box = tuple[Voted, ...]


def ballots_of(read: Read, name: str) -> tuple[tuple[bytes, bytes, Ballot | None], ...]:
    """Every head of the electorate: its tag, the leaf of its roll page, and the ballot that stands for it.

    All of them lie in the closed tree: closing is refused while one is left out.
    """
    poll: Poll = read["poll", name]
    roll: Roll = read["roll", poll.roll]
    return tuple((tag, page, read.get(("ballot", (name, tag)))) for tag, page in roll.tags)


def open_box(read: Read, name: str, openings: Openings) -> Box | Unopened:
    """The heads and their ballots, opened as far as the openings reach; the rows of the roll must all be there."""
    ballots = ballots_of(read, name)
    rows = opened_rows(((tag, page) for tag, page, _ in ballots), openings)
    if isinstance(rows, Unopened):
        return rows
    return tuple(Voted(tag, area_of(rows[tag]), ballot, _choices(ballot, openings)) for tag, _, ballot in ballots)


def _choices(ballot: Ballot | None, openings: Openings) -> Mapping[str, str] | None:
    if ballot is None or ballot.choices is not None:
        return ballot.choices if ballot else None
    choices = openings(ballot.leaf, "choices")
    return None if choices is UNOPENED else choices


def recount(box: Box, poll: Poll, item: str, unopened: str = "unopened") -> Tally:
    """One item's tally; areas come from nowhere else. `unopened` says what ballots that nobody could open are taken for."""
    said = ((one.area, one.counted_as(item)) for one in box)
    return tally((Counted(area, unopened if choice == "unopened" else choice) for area, choice in said), poll.silence).tally


def counted_rows(box: Box, poll: Poll, count_key: bytes) -> tuple[Row, ...]:
    """One row for every head and item, by item and tag: what the certified root covers and each owner's path leads to."""
    return tuple(
        Row(
            one.ballot.leaf if one.ballot else None,
            item,
            one.tag,
            one.area,
            one.counted_as(item),
            nonce(count_key, item, one.tag),
        )
        for item in sorted(item.id for item in poll.items)
        for one in box
    )


def figures(count: Tally, unopened: int, poll: Poll, item: Item) -> dict[str, Any]:
    """One item's part of `result-certified/1` from its tally and the heads whose ballots nobody could open."""
    found = verdict(count, item.matter, poll.law, poll.edition.laws)
    return {
        **{name: _figure(getattr(count, name)) for name in (ABSTAIN, AGAINST, AGREE, "participating")},
        "channels": {"electronic": count.participating.heads + unopened, "paper": 0},
        "class": class_of(item.matter, poll.law, poll.edition.laws),
        "conflicted": 0, "invalid": 0, "passed": found.passed, "quorate": found.quorate, "unclear": 0, "unopened": unopened,
    }  # fmt: skip


def certifiable(read: Read, name: str, box: Box, count_key: bytes) -> dict[str, Any]:
    """The body of `result-certified/1` that equals the fold."""
    poll: Poll = read["poll", name]
    running: Running = read["running", name]
    return {
        "bound_late": running.late, "counted": _counted(box, poll, count_key),
        "electorate": _figure(read["roll", poll.roll].total), "flags": flags_below(read, name, poll.size),
        "items": {item.id: figures(recount(box, poll, item.id), len(missing(box, item.id)), poll, item) for item in poll.items},
        "poll": name,
    }  # fmt: skip


def missing(box: Box, item: str) -> tuple[bytes, ...]:
    """The leaves of ballots that answer an item and were not opened."""
    return tuple(one.ballot.leaf for one in box if one.ballot and one.counted_as(item) == "unopened")


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
        yield from _public_item(item.id, poll, body["items"][item.id], read["running", name].heads)


def _public_item(
    item: str, poll: Poll, result: Mapping[str, Any], heads: Mapping[tuple[str, str], int]
) -> Iterable[tuple[str, Any, Any]]:
    """Of open ballots the heads of each choice are public; of sealed ones only how many answered the item."""
    claimed = {choice: result[choice]["heads"] for choice in CHOICES}
    if poll.ballots == SEALED:
        answered = heads.get((item, SEALED), 0)
        yield f"{item} heads", sum(claimed.values()) + result["unopened"], answered
    else:
        by_choice = {choice: heads.get((item, choice), 0) for choice in CHOICES}
        answered = sum(by_choice.values())
        yield f"{item} heads", (claimed, result["unopened"]), (by_choice, 0)
    yield f"{item} channels", dict(result["channels"]), {"electronic": answered, "paper": 0}
    yield f"{item} marks", [result[mark] for mark in ("conflicted", "invalid", "unclear")], [0, 0, 0]


def verdict_follows(read: Read, act: Act, _context: Context) -> Breach | None:
    """Participation is the sum of the choices, and the verdict is what the pinned law makes of the figures."""
    poll = poll_of(read, act)
    for item in poll.items:
        claimed = act.body["items"][item.id]
        choices = [_weight(claimed[choice]) for choice in (AGREE, AGAINST, ABSTAIN)]
        count = Tally(_weight(act.body["electorate"]), sum(choices, Weight()), *choices)
        expected = figures(count, claimed["unopened"], poll, item)
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
    """Areas, sealed choices and the counted root, counted again from the opened roll, ballots and count key."""
    poll, box = poll_of(read, act), open_box(read, act.body["poll"], openings)
    if isinstance(box, Unopened):
        return box
    for item in poll.items:
        closed = missing(box, item.id)
        if (
            len(closed) > act.body["items"][item.id]["unopened"]
        ):  # more than nobody could open: they were not given to this reader
            return Unopened(tuple(f"choices of {leaf.hex()}" for leaf in closed))
        if breach := _differs(box, poll, item, act.body["items"][item.id]):
            return breach
    count_key = openings(act.leaf, "count-key")
    if count_key is UNOPENED:
        return Unopened(("count-key",))
    return Held() if act.body["counted"] == _counted(box, poll, count_key) else Breach("counted-root-differs")


def _differs(box: Box, poll: Poll, item: Item, claimed: Mapping[str, Any]) -> Breach | None:
    """A figure that the recount does not give, or a verdict that ballots nobody could open might still turn."""
    count = recount(box, poll, item.id)
    if claimed["unopened"] != len(missing(box, item.id)):
        return Breach("figures-differ", {"field": f"{item.id} unopened"})
    for choice in CHOICES:
        if _weight(claimed[choice]) != getattr(count, choice):
            return Breach("areas-differ", {"item": item.id, "choice": choice})
    outcomes = {(found.quorate, found.passed) for found in _outcomes(box, poll, item)}
    return Breach("unopened-decide", {"item": item.id}) if len(outcomes) > 1 else None


def _outcomes(box: Box, poll: Poll, item: Item) -> Iterable[Verdict]:
    """The verdicts with all unopened ballots as agree, as against, and as absent."""
    for taken_for in (AGREE, AGAINST, "none") if missing(box, item.id) else ("none",):
        yield verdict(recount(box, poll, item.id, taken_for), item.matter, poll.law, poll.edition.laws)


RESULTS: Final = Subject("result", lambda act: ("result", act.body["poll"]), (
    Transition("result-certified/1", (None,), "certified", (poll_closed, figures_are_the_fold, verdict_follows),
               effect=certify, recheck=recheck),
    Transition("result-announced/1", ("certified",), "announced", (announces_the_result,), (announced_in_time,),
               effect=announce),
))  # fmt: skip
