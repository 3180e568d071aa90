"""A vote's result: what the ballots of the closed tree come to, certified only if it equals the fold, and announced in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from domain.contestable import upheld
from domain.counting import COUNTING_SILENT, Count, Counted, Tally, Weight, deemed, leading, tally
from domain.deadlines import done, due, owe
from domain.flags import flags_below, flags_of, open_flags
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
from domain.polls import SEALED, Item, Poll, Running, Verdict, class_of, electorate_of, poll_of, scope_of, verdict
from domain.roll import Roll, area_of, opened_rows
from domain.rulesets import ABSTAIN, AGAINST, AGREE, CHOICES
from domain.scopes import UNITS, Scope, area_within, in_scope
from domain.seats import counts_not_own, elected_anew, figures_kept
from tlog.result import Row, counted_root, nonce

ANNOUNCE: Final = "R-MEET-5"
PLAIN: Final = "result-certified/1"  # of a vote that all owners decide, with nobody deemed to say what they did not
SET_ASIDE: Final = (CONFLICTED, INVALID, UNCLEAR, HIDDEN)


@dataclass(frozen=True, slots=True)
class Result:
    """A certified result: the leaf, when it was certified (ms), and each item's figures and verdict as certified."""

    stage: str
    leaf: bytes
    certified_at: int
    items: Mapping[str, Any]
    announced: bytes | None = None
    before: tuple[bytes, ...] = ()  # results that this one takes the place of, by their leaves
    annulled: bytes | None = None  # the act that recorded its annulment


@dataclass(frozen=True, slots=True)
class Annulled:
    """A court or an authority annulled a result: the act that recorded it, and the day (ISO) from which it binds nobody."""

    leaf: bytes
    day: str
    stage: str = "annulled"


# --- the fold -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Voted:
    """One head of the roll at the count: its area (0.01 m²), and what its ballots in the closed tree come to on each item it decides.

    `parts` gives its area within the scope of an item that not all owners decide; `silent`: served in time, and said nothing.
    """

    tag: bytes
    area: int
    marks: Mapping[str, Mark]
    parts: Mapping[str, int] = field(default_factory=dict)
    silent: bool = False

    def area_on(self, item: str) -> int:
        """The area that counts for an item."""
        return self.parts.get(item, self.area)


Box = tuple[Voted, ...]
Marked = Counter[tuple[str, str]]  # heads by mark and channel
Parts = Mapping[str, tuple[Scope, frozenset[str]]]  # of each item that not all owners decide: its scope, and the units there


def returned_by(read: Read, poll: str, tag: bytes) -> tuple[Said, ...]:
    """A head's ballots as the log shows them. All that came in time lie in the closed tree: closing leaves none out."""
    return returned(read.get(("ballot", (poll, tag))), papers_of(read, poll, tag))


def said_nothing(said: Iterable[Said]) -> bool:
    """No ballot of a head is on the log, not even a late one; what only one person has recorded after closing is none yet (R-BAL-3)."""
    return all(one.overdue and one.waiting for one in said)


def open_box(read: Read, name: str, openings: Openings) -> Box | Unopened:
    """The heads and their ballots, opened as far as the openings reach; roll and scopes must all be there."""
    poll: Poll = read["poll", name]
    roll: Roll = read["roll", poll.roll]
    rows, parts = opened_rows(roll.tags, openings), _parts(read, poll, openings)
    if isinstance(rows, Unopened):
        return rows
    if isinstance(parts, Unopened):
        return parts
    served = served_heads(read, name)
    said = ((tag, [opened(read, name, one, openings) for one in returned_by(read, name, tag)]) for tag, _ in roll.tags)
    box = ((_voted(poll, tag, rows[tag], parts, own), own) for tag, own in said)
    return tuple(replace(one, silent=True) if one.tag in served and said_nothing(own) else one for one, own in box)


def _parts(read: Read, poll: Poll, openings: Openings) -> Parts | Unopened:
    scopes = {item.id: scope for item in poll.items if (scope := scope_of(read, poll, item)) is not None}
    units = {item: openings(scope.leaf, UNITS) for item, scope in scopes.items()}
    if any(value is UNOPENED for value in units.values()):
        return Unopened((UNITS,))
    return {item: (scope, frozenset(units[item])) for item, scope in scopes.items()}


def _voted(poll: Poll, tag: bytes, row: Mapping[str, Any], parts: Parts, own: Sequence[Said]) -> Voted:
    """One head with what it decides: everything, but for the items of a part of the estate in which it owns nothing."""
    deciding = [item.id for item in poll.items if item.id not in parts or in_scope(parts[item.id][0], tag)]
    areas = {item: area_within(row, parts[item][1]) for item in deciding if item in parts}
    return Voted(tag, area_of(row), {item: mark(own, item) for item in deciding}, areas)


def served_heads(read: Read, name: str) -> frozenset[bytes]:
    """The heads that were provably served by the time the vote was closed; known where a silence policy counts them (R-BAL-3)."""
    return frozenset(read.get(("served-heads", name), ()))


def recount(box: Box, poll: Poll, item: str, hidden: str = HIDDEN) -> Count:
    """One item counted; areas come from nowhere else. `hidden` says what ballots that nobody could open are taken for."""
    said = ((one.area_on(item), one.marks[item].name, one.silent) for one in box if item in one.marks)
    return tally((Counted(area, hidden if name == HIDDEN else name, silent) for area, name, silent in said), poll.silence)


def silence_of(box: Box, poll: Poll, item: str) -> Weight:
    """The silent heads that the vote's policy deems to take part in an item."""
    deemed = [one.area_on(item) for one in box if one.silent and item in one.marks and poll.silence in COUNTING_SILENT]
    return Weight(len(deemed), sum(deemed))


def marked(box: Box, item: str) -> Marked:
    """How many heads come to each mark on an item, by channel."""
    return Counter((found.name, found.channel) for one in box if (found := one.marks.get(item)))


def counted_rows(box: Box, poll: Poll, count_key: bytes) -> tuple[Row, ...]:
    """One row for every item and head that decides it, by item and tag: what the certified root covers and each path leads to."""
    return tuple(
        Row(found.leaf, item, one.tag, one.area_on(item), found.name, nonce(count_key, item, one.tag))
        for item in sorted(item.id for item in poll.items)
        for one in box
        if (found := one.marks.get(item))
    )


def deemed_as(read: Read, name: str, row: Row) -> str | None:
    """What the vote's policy counted a row as, otherwise than it says: a choice, `present`, or None where it deems nothing (R-BAL-3)."""
    poll: Poll = read["poll", name]
    majority: str | None = read["result", name].items[row.item].get("majority")
    if row.counted_as == ABSTAIN and poll.silence == "abstain-follows-majority":
        return majority
    unsaid = row.tag in served_heads(read, name) and said_nothing(returned_by(read, name, row.tag))
    silent = unsaid and poll.silence in COUNTING_SILENT
    follows = majority if poll.silence == "silent-follows-majority" else None
    return (follows or "present") if silent else None


def figures(count: Tally, marks: Marked, poll: Poll, item: Item) -> dict[str, Any]:
    """One item's part of `result-certified/1` from its tally and its marks."""
    return {
        **{name: _figure(getattr(count, name)) for name in CHOICES}, **judged(count, poll, item), "channels": channels(marks),
        **{name: sum(heads for (found, _), heads in marks.items() if found == name) for name in SET_ASIDE},
    }  # fmt: skip


def deemed_figures(count: Count, silent: Weight, marks: Marked, poll: Poll, item: Item) -> dict[str, Any]:
    """One item's part of the results that show both tallies: what was returned, and what the silence policy makes of it."""
    without = count.without_deeming
    plain = judged(without, poll, item)
    del plain["class"]
    return {
        **figures(count.tally, marks, poll, item), "electorate": _figure(without.total), "majority": count.majority,
        "silent": _figure(silent), "without": {**{name: _figure(getattr(without, name)) for name in CHOICES}, **plain},
    }  # fmt: skip


def judged(count: Tally, poll: Poll, item: Item) -> dict[str, Any]:
    """What the law makes of a tally."""
    found = verdict(count, item.matter, poll.law, poll.edition.laws)
    return {"class": class_of(item.matter, poll.law, poll.edition.laws), "participating": _figure(count.participating),
            "passed": found.passed, "quorate": found.quorate}  # fmt: skip


def channels(marks: Marked) -> dict[str, int]:
    """The heads whose ballots count, or might when they are opened, by the channel of the one that decides."""
    return {channel: sum(marks[name, channel] for name in (*CHOICES, HIDDEN)) for channel in (ELECTRONIC, PAPER)}


def kind_for(poll: Poll) -> str:
    """The kind by which a vote's result is certified."""
    return PLAIN if poll.plain else "result-certified/2"


def certifiable(read: Read, name: str, box: Box, count_key: bytes, kind: str | None = None) -> dict[str, Any]:
    """The body of the vote's result that equals the fold; of a recount it lacks the objection."""
    poll: Poll = read["poll", name]
    running: Running = read["running", name]
    return {
        "bound_late": running.late, "counted": _counted(box, poll, count_key),
        "electorate": _figure(read["roll", poll.roll].total), "flags": flags_below(read, name, poll.size),
        "items": {item.id: _item(box, poll, item, kind or kind_for(poll)) for item in poll.items},
        "poll": name,
    }  # fmt: skip


def _item(box: Box, poll: Poll, item: Item, kind: str) -> dict[str, Any]:
    """One item's figures as a result of this kind has them."""
    count, marks = recount(box, poll, item.id), marked(box, item.id)
    if kind == PLAIN:
        return figures(count.tally, marks, poll, item)
    return deemed_figures(count, silence_of(box, poll, item.id), marks, poll, item)


def missing(box: Box, item: str) -> tuple[bytes, ...]:
    """The ballots of heads that answer an item and were not opened, by the leaf of the one that decides."""
    marks = (one.marks[item] for one in box if item in one.marks)
    return tuple(found.leaf for found in marks if found.name == HIDDEN and found.leaf)


def _counted(box: Box, poll: Poll, count_key: bytes) -> dict[str, Any]:
    rows = counted_rows(box, poll, count_key)
    return {"root": counted_root(rows), "size": len(rows)}


def _figure(weight: Weight) -> dict[str, int]:
    return {"area": weight.area, "heads": weight.heads}


def _weight(figure: Mapping[str, int]) -> Weight:
    return Weight(figure["heads"], figure["area"])


def returned_of(claimed: Mapping[str, Any]) -> Mapping[str, Any]:
    """An item's figures of what was returned, before anything was deemed."""
    found: Mapping[str, Any] = claimed.get("without", claimed)
    return found


def items_of_all(body: Mapping[str, Any]) -> frozenset[str]:
    """The items of a certified result that every head of the roll decides."""
    everybody = body["electorate"]["heads"]
    return frozenset(
        name for name, item in body["items"].items() if item.get("electorate", body["electorate"])["heads"] == everybody
    )


def tally_of(total: Weight, claimed: Mapping[str, Any]) -> Tally:
    """The tally of certified figures, those deemed to take part without a choice included."""
    return Tally(total, *(_weight(claimed[name]) for name in ("participating", AGREE, AGAINST, ABSTAIN)))


# --- guards ---------------------------------------------------------------------------------------------------------------------


def poll_closed(read: Read, act: Act, _context: Context) -> Breach | None:
    """A result belongs to a vote that is closed."""
    poll: Poll | None = read.get(("poll", act.body["poll"]))
    stage = poll.stage if poll else "–"
    return None if stage == "closed" else Breach("wrong-stage", {"subject": "poll", "stage": stage, "needed": "closed"})


def right_kind(read: Read, act: Act, _context: Context) -> Breach | None:
    """Where not all owners decide, or somebody is deemed, the result shows each electorate and both tallies; elsewhere it does not."""
    kind = kind_for(poll_of(read, act))
    return None if act.kind == kind else Breach("wrong-result-kind", {"kind": kind})


def extension_posted(read: Read, act: Act, _context: Context) -> Breach | None:
    """What was put off was noticed again (R-BAL-7)."""
    poll = poll_of(read, act)
    return Breach("extension-not-posted") if poll.extended >= 0 and not poll.reposted else None


def outages_answered(read: Read, act: Act, _context: Context) -> Breach | None:
    """Convener and supervisor have answered for every outage that let ballots in after closing time (R-BAL-7)."""
    name, poll = act.body["poll"], poll_of(read, act)
    late = {leaf for leaf, rule in flags_of(read, name) if read["flag", (name, leaf, rule)].code == "late-by-outage"}
    waits = sorted(late & set(open_flags(read, name))) if poll.outages else []
    return Breach("flags-unanswered", {"leaves": ", ".join(leaf.hex()[:12] for leaf in waits)}) if waits else None


def figures_are_the_fold(read: Read, act: Act, _context: Context) -> Breach | None:
    """All that is public equals the fold: electorates, heads, channels, marks, silent heads, late bindings, flags, rows counted."""
    for name, claimed, folded in _public(read, act):
        if claimed != folded:
            return Breach("figures-differ", {"field": name})
    return None


def _public(read: Read, act: Act) -> Iterable[tuple[str, Any, Any]]:
    body, poll = act.body, poll_of(read, act)
    name, electorate = body["poll"], {item.id: electorate_of(read, poll, item) for item in poll.items}
    yield "items", set(body["items"]), {item.id for item in poll.items}
    yield "electorate", _weight(body["electorate"]), read["roll", poll.roll].total
    yield "counted.size", body["counted"]["size"], sum(total.heads for total in electorate.values())
    yield "bound_late", body["bound_late"], read["running", name].late
    yield "flags", body["flags"], flags_below(read, name, poll.size)
    for item in poll.items:
        marks = Counter({key[1:]: heads for key, heads in read["running", name].heads.items() if key[0] == item.id})
        result = body["items"][item.id]
        yield from _public_item(item.id, poll, {**result, **returned_of(result)}, marks)
        if act.kind != PLAIN:
            yield f"{item.id} electorate", _weight(result["electorate"]), electorate[item.id]
            yield f"{item.id} silent", result["silent"]["heads"], silent_heads(read, name, item)


def silent_heads(read: Read, name: str, item: Item) -> int:
    """How many heads the policy deems on an item: in scope, served by closing, and nothing of theirs is on the log (R-BAL-3)."""
    poll: Poll = read["poll", name]
    if poll.silence not in COUNTING_SILENT:
        return 0
    scope = scope_of(read, poll, item)
    return sum(in_scope(scope, tag) and said_nothing(returned_by(read, name, tag)) for tag in served_heads(read, name))


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
    """Participation is the sum of the choices, what is deemed follows from the policy, and the law gives each verdict."""
    poll = poll_of(read, act)
    for item in poll.items:
        claimed = act.body["items"][item.id]
        expected = _followed(poll, item, electorate_of(read, poll, item), claimed)
        for name, value in expected.items():
            if claimed[name] != value:
                return Breach("verdict-differs", {"item": item.id, "field": name})
    return None


def _followed(poll: Poll, item: Item, total: Weight, claimed: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the heads and areas of the choices returned, and from those who were silent."""
    choices = [_weight(returned_of(claimed)[choice]) for choice in (AGREE, AGAINST, ABSTAIN)]
    plain = Tally(total, sum(choices, Weight()), *choices)
    if "without" not in claimed:
        return judged(plain, poll, item)
    silent = _weight(claimed["silent"])
    count = Count(deemed(plain, silent, poll.silence), leading(plain), plain)
    found = deemed_figures(count, silent, Counter(), poll, item)
    return {name: found[name] for name in (*CHOICES, "class", "majority", "participating", "passed", "quorate", "without")}


def objections_upheld(read: Read, name: str) -> tuple[str, ...]:
    """The objections to a vote's standing result that were upheld: for any of them it is counted again."""
    result: Result | None = read.get(("result", name))
    return upheld(read, name, result.leaf) if result else ()


def answers_an_objection(read: Read, act: Act, _context: Context) -> Breach | None:
    """A result is counted again for an objection to it that was upheld, and for nothing else."""
    named = act.body["objection"]
    return None if named in objections_upheld(read, act.body["poll"]) else Breach("objection-not-upheld", {"objection": named})


def result_certified(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is annulled is a certified result, final or not."""
    name = act.body["poll"]
    if ("result", name) in read or ("outcome", name) in read:
        return None
    if ("poll", name) not in read:
        return Breach("unknown-matter", {"subject": "poll"})
    return Breach("wrong-stage", {"subject": "poll", "stage": read["poll", name].stage, "needed": "certified"})


def announces_the_result(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is announced is the certified result, by its leaf."""
    result: Result = read["result", act.body["poll"]]
    return None if act.body["result"] == result.leaf else Breach("result-unknown")


def announced_in_time(read: Read, act: Act, context: Context) -> Breach | None:
    """The result is announced within its period (R-MEET-5); the later of the claimed and the recorded day counts."""
    last, day = due(read, act.body["poll"], ANNOUNCE), max(act.body["at"], day_of(context.now))
    return Breach("announced-late", {"due": last, "day": day}) if last is not None and day > last else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def certify(read: Read, act: Act, context: Context) -> Changes:
    """The outcome stands, in the place of one before it; its announcement is due."""
    poll = poll_of(read, act)
    last = due_day(day_of(context.now), poll.edition.days("announce"), poll.edition.calendar)
    old: Result | None = read.get(("result", act.body["poll"]))
    before = (*old.before, old.leaf) if old else ()
    annulled = old.annulled if old else None
    result = Result("certified", act.leaf, context.now, act.body["items"], before=before, annulled=annulled)
    return {("result", act.body["poll"]): result, **owe(act.body["poll"], ANNOUNCE, last), **figures_kept(read, act)}


def announce(read: Read, act: Act, _context: Context) -> Changes:
    """The duty to announce is done."""
    result: Result = read["result", act.body["poll"]]
    return {("result", act.body["poll"]): replace(result, announced=act.leaf), **done(read, act.body["poll"], ANNOUNCE)}


def annul(read: Read, act: Act, context: Context) -> Changes:
    """The result stays to be read and binds nobody any more."""
    places = ((subject, act.body["poll"]) for subject in ("result", "outcome"))
    marked: Changes = {place: replace(read[place], annulled=act.leaf) for place in places if place in read}
    return {**marked, **elected_anew(read, act, context), ("annulled", act.body["poll"]): Annulled(act.leaf, act.body["day"])}


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
        if breach := _differs(box, poll, item, act):
            return breach
    count_key = openings(act.leaf, "count-key")
    if count_key is UNOPENED:
        return Unopened(("count-key",))
    return Held() if act.body["counted"] == _counted(box, poll, count_key) else Breach("counted-root-differs")


def _differs(box: Box, poll: Poll, item: Item, act: Act) -> Breach | None:
    """A figure that the recount does not give, or a verdict that ballots nobody could open might still turn."""
    claimed, found = act.body["items"][item.id], _item(box, poll, item, act.kind)
    for name in (*SET_ASIDE, *CHOICES, "channels", "silent", "without"):
        if name in claimed and claimed[name] != found[name]:
            if name in (*CHOICES, "silent", "without"):
                return Breach("areas-differ", {"item": item.id, "choice": name})
            return Breach("figures-differ", {"field": f"{item.id} {name}"})
    outcomes = {(outcome.quorate, outcome.passed) for outcome in _outcomes(box, poll, item)}
    return Breach("unopened-decide", {"item": item.id}) if len(outcomes) > 1 else None


def _outcomes(box: Box, poll: Poll, item: Item) -> Iterable[Verdict]:
    """The verdicts with all unopened ballots as agree, as against, and as absent."""
    for taken_for in (AGREE, AGAINST, "none") if missing(box, item.id) else ("none",):
        yield verdict(recount(box, poll, item.id, taken_for).tally, item.matter, poll.law, poll.edition.laws)


_COUNTS: Final = (poll_closed, extension_posted, outages_answered, figures_are_the_fold, verdict_follows)
RESULTS: Final = Subject("result", lambda act: ("result", act.body["poll"]), (
    *(Transition(kind, (None,), "certified", (counts_not_own, poll_closed, right_kind, *_COUNTS[1:]), effect=certify,
                 recheck=recheck) for kind in (PLAIN, "result-certified/2")),
    Transition("result-recounted/1", ("certified", "announced"), "certified", (counts_not_own, answers_an_objection, *_COUNTS),
               effect=certify, recheck=recheck),
    Transition("result-announced/1", ("certified",), "announced", (announces_the_result,), (announced_in_time,),
               effect=announce),
))  # fmt: skip
ANNULMENTS: Final = Subject("annulment", lambda act: ("annulled", act.body["poll"]), (
    Transition("poll-annulled/1", (None,), "annulled", (result_certified,), effect=annul),
))  # fmt: skip
