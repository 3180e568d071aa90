"""What a head returned, on the phone or on paper, and what that comes to: one head, one ballot (R-BAL-5).

Electronic ballots replace each other. Paper beside anything else must say the same, or nothing of that head counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.authority import stands_for
from domain.confirmations import next_place
from domain.counting import Returned, settle
from domain.lifecycle import (
    UNOPENED,
    Act,
    Breach,
    Changes,
    Context,
    Found,
    Held,
    Layered,
    Openings,
    Read,
    Subject,
    Thing,
    Transition,
    at_stage,
)  # fmt: skip
from domain.polls import SEALED, Poll, Running, outside_scope, poll_of
from domain.proxies import votes_for
from domain.roll import Head, key_of_head, votes_on
from domain.rulesets import CHOICES
from tlog.codec import pack
from tlog.entry import Entry, Statement
from tlog.errors import Unsound
from tlog.merkle import leaf_hash
from tlog.opening import reveal

ELECTRONIC, PAPER = "electronic", "paper"
BALLOT_KINDS: Final[Mapping[str, str]] = {"ballot-cast/1": "open", "ballot-sealed/1": SEALED}
CONFLICTED, UNCLEAR, HIDDEN, INVALID = "conflicted", "unclear", "unopened", "invalid"
CORRECTED, MISSING = NO_BALLOTS = "corrected", "missing"  # stages of a form that says nothing
FORGED: Final = "forged"
MOST: Final = 100  # ballots of one head in one vote
MOST_BY_AGENT: Final = 50  # beyond these only the head's own keys cast: an agent cannot use up the owner's ballots
COUNTERS: Final = frozenset((*CHOICES, CONFLICTED, UNCLEAR, HIDDEN, INVALID))  # what the running counters count
Choices = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ballot:
    """The electronic ballot that stands for a head now, and of those whose place it took what paper is held against, in order.

    `stage`: cast, or forged when its key was revoked during the vote because it never was its owner's.
    """

    leaf: bytes
    index: int
    at: int
    items: tuple[str, ...]
    choices: Choices | None  # None: sealed until closing
    late: bool  # by a key bound after the freeze
    earlier: tuple[Ballot, ...] = ()
    grace: bool = False  # recorded after closing time, for as long as an outage had lasted
    by: bytes = b""  # the key that signed it
    stage: str = "cast"


@dataclass(frozen=True, slots=True)
class Paper:
    """A numbered form as a page records it; `at` and `index` are the page's. Stages: waiting, keyed, unclear, missing, corrected.

    `invalid` gives the reason of each item that was set aside; `second` is the leaf of the second keying, which must agree.
    """

    page: bytes
    form: str
    index: int
    at: int
    items: tuple[str, ...]
    choices: Choices | None  # None: sealed until closing
    invalid: Mapping[str, str]
    overdue: bool  # recorded after closing: known, never counted
    second: bytes | None = None
    grace: bool = False  # recorded after closing time, for as long as an outage had lasted
    stage: str = "waiting"


# --- what a head's ballots come to ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One ballot of a head as far as a reader can see it: its place in the log, `choices` None where they are hidden.

    `sealed` are the places (leaf, name) at which the choices are sealed; all of them must say the same.
    """

    leaf: bytes
    channel: str
    index: int
    items: tuple[str, ...]
    choices: Choices | None
    sealed: tuple[tuple[bytes, str], ...] = ()
    invalid: tuple[str, ...] = ()
    overdue: bool = False
    waiting: bool = False
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What one item of a head comes to: a choice, or why none counts, by which channel, and the ballot that decides it."""

    name: str  # agree | against | abstain | blank | conflicted | invalid | unclear | unopened | late | none
    channel: str = ""
    leaf: bytes | None = None


def returned(ballot: Ballot | None, papers: Sequence[Paper]) -> tuple[Said, ...]:
    """Every ballot of a head in the order of the log, as the log alone shows them; corrected and missing forms are no ballots."""
    cast = (*ballot.earlier, ballot) if ballot else ()
    electronic = [_by_key(one) for one in cast]
    paper = [_on_paper(one) for one in papers if one.stage not in NO_BALLOTS]
    return tuple(sorted((*electronic, *paper), key=lambda said: said.index) if paper else electronic)


def deciding(ballot: Ballot | None, papers: Sequence[Paper]) -> tuple[Said, ...]:
    """Those of a head's ballots that decide: where nothing is on paper, the last one took the place of all before it."""
    return returned(replace(ballot, earlier=()) if ballot and ballot.earlier and not papers else ballot, papers)


def _by_key(one: Ballot) -> Said:
    if one.stage == FORGED:
        return Said(one.leaf, ELECTRONIC, one.index, (), {}, invalid=one.items)
    return Said(one.leaf, ELECTRONIC, one.index, one.items, one.choices, ((one.leaf, "choices"),))


def _on_paper(one: Paper) -> Said:
    name, keyed = f"choices/{one.form}", one.stage == "keyed"
    said = Said(one.page, PAPER, one.index, one.items, None, overdue=one.overdue)
    if not keyed:
        return replace(said, items=(*one.items, *one.invalid), waiting=one.stage == "waiting", unclear=one.stage == "unclear")
    sealed = ((one.page, name), (one.second, name)) if one.second and one.choices is None else ()
    return replace(said, choices=one.choices, sealed=sealed, invalid=tuple(one.invalid))


def mark(said: Sequence[Said], item: str) -> Mark:
    """What these ballots of one head come to on one item (R-BAL-4, R-BAL-5, T28)."""
    in_time = [one for one in said if not one.overdue]
    answering = _answering(in_time, item)
    if not answering:
        return _unanswered(said, in_time, item)
    last = answering[-1]
    if any(one.unclear for one in answering):
        return Mark(UNCLEAR, last.channel, last.leaf)
    if any(one.choices is None for one in answering):
        return Mark(HIDDEN, last.channel, last.leaf)
    if len(answering) == 1 and last.choices:  # most heads answer once
        return Mark(last.choices[item], last.channel, last.leaf)
    settled = settle([Returned(one.choices[item], one.channel, one.index) for one in answering if one.choices])
    return Mark(settled.counted_as, last.channel, last.leaf)


def _answering(in_time: Sequence[Said], item: str) -> Sequence[Said]:
    """The ballots that speak on an item: the last electronic one took the place of those before it, but not before paper."""
    cast = [one for one in in_time if one.channel == ELECTRONIC and not one.invalid]
    paper = [one for one in in_time if one.channel == PAPER and item in one.items]
    if not cast or item not in cast[-1].items:
        return paper
    return [one for one in in_time if item in one.items] if paper else cast[-1:]


def _unanswered(said: Sequence[Said], in_time: Sequence[Said], item: str) -> Mark:
    for one in in_time:
        if item in one.invalid:
            return Mark(INVALID, one.channel, one.leaf)
    if in_time:
        return Mark("blank", in_time[-1].channel, in_time[-1].leaf)
    return Mark("late", said[-1].channel, said[-1].leaf) if said else Mark("none")


def opened(read: Read, poll: str, said: Said, openings: Openings) -> Said:
    """A ballot with its sealed choices, as far as the openings reach; two keyings that differ make it unclear."""
    if said.choices is not None or said.unclear or not said.sealed:
        return said
    values = [_choices(read, poll, leaf, name, openings) for leaf, name in said.sealed]
    if any(value is UNOPENED for value in values):
        return said
    return replace(said, choices=values[0], unclear=any(value != values[0] for value in values))


def _choices(read: Read, poll: str, leaf: bytes, name: str, openings: Openings) -> Any:
    """The sealed choices; where the ledger cannot open them any more, as their owner opened them herself."""
    value = openings(leaf, name)
    again: Thing | None = read.get(("opened", (poll, leaf)))
    if value is UNOPENED and again is not None:
        shown = openings(again.leaf, "ballot")
        return value if shown is UNOPENED else _revealed(leaf, shown)["choices"]
    return value


def _revealed(leaf: bytes, shown: Mapping[str, bytes]) -> Mapping[str, Any]:
    """What an opening says of the ballot with this leaf; raises Unsound when it opens nothing there."""
    act = Statement.parse(Entry.parse(shown["entry"]).statement)
    if leaf_hash(shown["entry"]) != leaf:
        raise Unsound("ballot", "another entry")
    return reveal(act.sealed, (shown["opening"],), act.ledger, act.stream, act.prev)


# --- running counters -----------------------------------------------------------------------------------------------------------


def papers_of(read: Read, poll: str, tag: bytes) -> tuple[Paper, ...]:
    """The forms of a head that pages record, in the order of the log."""
    papers: tuple[Paper, ...] = read.get(("paper", (poll, tag)), ())
    return papers


def recounted(running: Running, poll: Poll, before: Sequence[Said], after: Sequence[Said]) -> Running:
    """The counters when a head's ballots become others."""
    heads = dict(running.heads)
    for said, step in ((before, -1), (after, 1)):
        for place in _public_marks(poll, said):
            heads[place] = heads.get(place, 0) + step
    return Running(running.last, running.voted + _votes(after) - _votes(before), running.late, heads)


def _public_marks(poll: Poll, said: Sequence[Said]) -> Iterable[tuple[str, str, str]]:
    """(item, mark, channel) of what counts or is set aside; blank, late and none need no counter."""
    for item in poll.items if said else ():
        found = mark(said, item.id)
        if found.name in COUNTERS:
            yield item.id, found.name, found.channel


def _votes(said: Sequence[Said]) -> bool:
    """Whether a head has voted: something was recorded in time, and by two people where it is on paper."""
    return any(not one.overdue and not one.waiting and (one.channel == PAPER or not one.invalid) for one in said)


# --- guards ---------------------------------------------------------------------------------------------------------------------


def in_window(read: Read, act: Act, context: Context) -> Breach | None:
    """A ballot counts from opening to closing, both included; an electronic one outside is refused (R-BAL-8)."""
    poll = poll_of(read, act) if ("poll", act.body["poll"]) in read else None
    if poll is None or poll.opening is None:
        return Breach("poll-not-open")
    if poll.stage != "open" or not poll.opens <= context.recorded_at <= poll.ends:
        return Breach("outside-window", {"opens": poll.opens, "closes": poll.ends})
    return None if act.about == poll.opening else Breach("about-wrong")


def channel_offered(read: Read, act: Act, _context: Context) -> Breach | None:
    """The notice fixes by which channels ballots come (R-BAL-7)."""
    return None if ELECTRONIC in poll_of(read, act).channels else Breach("channel-not-offered", {"channel": ELECTRONIC})


def form_fits(read: Read, act: Act, _context: Context) -> Breach | None:
    """The ballot is of the kind that the notice pinned, and answers its items only."""
    return fits(poll_of(read, act), act.kind, answered_items(act.kind, act.body))


def scope_fits(read: Read, act: Act, _context: Context) -> Breach | None:
    """The ballot answers only items that its head decides (R-ROLL-9)."""
    return outside_scope(read, poll_of(read, act), act.body["tag"], answered_items(act.kind, act.body))


def fits(poll: Poll, kind: str, items: Iterable[str]) -> Breach | None:
    """A ballot of this kind that answers these items belongs to this vote."""
    if poll.ballots != BALLOT_KINDS[kind]:
        return Breach("wrong-ballot-kind")
    return unknown_items(poll, items)


def unknown_items(poll: Poll, items: Iterable[str]) -> Breach | None:
    """The notice has all these items."""
    strangers = set(items) - {item.id for item in poll.items}
    return Breach("item-unknown", {"items": ", ".join(sorted(strangers))}) if strangers else None


def answered_items(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """The items that a ballot answers, in clear in both modes."""
    return tuple(sorted(body["choices"])) if kind == "ballot-cast/1" else tuple(body["items"])


def own_head(read: Read, act: Act, _context: Context) -> Breach | None:
    """The key is bound to the head whose tag the ballot names, or its agent's: one head, one ballot (R-BAL-5, R-BAL-9)."""
    breach = key_of_head(read, (poll_of(read, act).roll, act.body["tag"]), act.by)
    by_agent = breach is not None and votes_for(read, act.body["poll"], act.body["tag"], act.by)
    return None if by_agent else breach


def vote_is_over(read: Read, act: Act, _context: Context) -> Breach | None:
    """A sealed ballot is opened by its owner after closing, never before."""
    return at_stage(read, "poll", act.body["poll"], "closed")


def own_ballot(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is opened is a sealed ballot of that head."""
    ballot: Ballot | None = read.get(("ballot", (act.body["poll"], act.body["tag"])))
    cast = (*ballot.earlier, ballot) if ballot else ()
    return None if any(one.leaf == act.about and one.choices is None for one in cast) else Breach("about-wrong")


def few_enough(read: Read, act: Act, _context: Context) -> Breach | None:
    """A head votes again as often as anybody needs to, and no more: each ballot is kept for good (R-BAL-5)."""
    own = key_of_head(read, (poll_of(read, act).roll, act.body["tag"]), act.by) is None
    most = MOST if own else MOST_BY_AGENT
    return Breach("ballots-too-many", {"most": most}) if next_place(read, act.stream) > most else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def cast(read: Read, act: Act, context: Context) -> Changes:
    """The head's ballot stands; the one before it is replaced (R-BAL-5)."""
    name, tag = act.body["poll"], act.body["tag"]
    poll, place = poll_of(read, act), ("ballot", (name, tag))
    old: Ballot | None = read.get(place)
    late = _bound_late(read, act)
    items, choices = answered_items(act.kind, act.body), act.body.get("choices")
    grace = context.recorded_at > poll.closes
    ballot = Ballot(act.leaf, context.index, context.recorded_at, items, choices, late, grace=grace, by=act.by)
    ballot = replace(ballot, earlier=_told_apart(old, ballot)) if old and PAPER in poll.channels else ballot
    papers, running = papers_of(read, name, tag), read["running", name]
    again = recounted(running, poll, deciding(old, papers), deciding(ballot, papers))
    by_late_keys = running.late + late - (old is not None and old.late)
    return {place: ballot, ("running", name): Running(context.index, again.voted, by_late_keys, again.heads)}


def set_aside(read: Read, key: bytes, now: int) -> Changes:
    """What a key that never was its owner's has cast in votes that still run counts as nothing; she can vote again (R-SIG-5)."""
    changes: Changes = {}
    for snapshot, tag in read.get(("heads-of", key), ()):
        for name in votes_on(read, snapshot):
            changes |= _set_aside(Layered(changes, read), name, tag, key, now)
    return changes


def _set_aside(read: Read, name: str, tag: bytes, key: bytes, now: int) -> Changes:
    poll: Poll | None = read.get(("poll", name))
    old: Ballot | None = read.get(("ballot", (name, tag)))
    runs = poll is not None and poll.edition.engine >= 3 and poll.stage == "open" and now <= poll.ends
    if poll is None or old is None or not runs or key not in (one.by for one in (*old.earlier, old)):
        return {}
    new = replace(_forged(old, key), earlier=tuple(_forged(one, key) for one in old.earlier))
    papers, running = papers_of(read, name, tag), read["running", name]
    again = recounted(running, poll, deciding(old, papers), deciding(new, papers))
    return {("ballot", (name, tag)): new, ("running", name): again}


def _forged(one: Ballot, key: bytes) -> Ballot:
    return replace(one, stage=FORGED) if one.by == key else one


def _bound_late(read: Read, act: Act) -> bool:
    """The ballot is by a key of the head that was bound after the freeze, or by an agent whom such a key named."""
    head: Head = read["head", (poll_of(read, act).roll, act.body["tag"])]
    if stands_for(read, act.by, head.keys):
        return stands_for(read, act.by, head.late)
    late: bool = read["proxy", (act.body["poll"], act.body["tag"])].late
    return late


def _told_apart(old: Ballot, new: Ballot) -> tuple[Ballot, ...]:
    """Of the ballots before this one, one of each that says something else: paper is held against all that was said."""
    said = {_word(one): one for one in (*old.earlier, replace(old, earlier=()))}
    said.pop(_word(new), None)
    return tuple(said.values())


def _word(one: Ballot) -> bytes:
    return one.leaf if one.choices is None else pack(one.choices)


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck_sealed(_read: Read, act: Act, openings: Openings) -> Found:
    """The sealed choices answer exactly the items that the ballot answers in clear."""
    choices = openings(act.leaf, "choices")
    return Held() if tuple(sorted(choices)) == act.body["items"] else Breach("choices-differ")


def recheck_opened(_read: Read, act: Act, openings: Openings) -> Found:
    """The owner's opening is one of the digests that her ballot sealed, so that it can be opened only one way."""
    assert act.about is not None
    try:
        said = _revealed(act.about, openings(act.leaf, "ballot"))
    except Unsound:
        return Breach("opens-nothing")
    return Held() if "choices" in said else Breach("opens-nothing")


BALLOTS: Final = Subject("ballot", lambda act: ("ballot", (act.body["poll"], act.body["tag"])), (
    Transition("ballot-cast/1", (None, "cast", FORGED), "cast", (in_window, channel_offered, form_fits, own_head, scope_fits, few_enough),
               effect=cast),
    Transition("ballot-sealed/1", (None, "cast", FORGED), "cast", (in_window, channel_offered, form_fits, own_head, scope_fits, few_enough),
               effect=cast, recheck=recheck_sealed),
))  # fmt: skip
OPENED: Final = Subject("opened ballot", lambda act: ("opened", (act.body["poll"], act.about)), (
    Transition("ballot-opened/1", (None,), "opened", (vote_is_over, own_head, own_ballot), recheck=recheck_opened),
))  # fmt: skip
