"""One owners' decision: when it passes, and its life from notice to closing (Civil Code art. 278).

A decision passes when enough owners took part and enough of them agreed, by heads AND by area, in exact integers:

    quorum     participating >= 2/3 of all          heads and area   R-VOTE-1
    ordinary   agree          > 1/2 of participating heads and area   R-VOTE-2
    special    agree         >= 3/4 of participating heads and area   R-VOTE-3

These are the numbers since 2021; they are data, `LAWS` in rulesets.py, where the law before it has another base and no quorum.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.acts import KINDS, MAX_OUTAGES, MAX_POSTINGS
from domain.authority import matter_of
from domain.calendar import DAY_MS, day_of, days_between
from domain.counting import Tally, Weight
from domain.flags import answered, despite_all, despite_open
from domain.founding import edition_of
from domain.joining import has_assembly
from domain.lifecycle import Act, Breach, Changes, Context, Read, Subject, Transition, at_stage
from domain.roll import LAST_FROZEN, roll_is_frozen, votes_on
from domain.rulesets import ESTATE, LAWS, Edition, edition_named, law_on, reaches
from domain.scopes import Scope, in_scope
from domain.seats import counts_not_own, moved_by_organisers, names_candidates, vote_pinned

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
        return reaches(self.part, self.whole, {"op": self.op, "share": self.share})


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


HOUR_MS: Final = 3_600_000
SEALED: Final = "sealed"  # what a notice calls ballots whose choices are opened to the counters after closing
VOTING: Final = ("noticed", "open")  # stages of a vote that goes on
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True, slots=True)
class Item:
    """One question: what it decides, and over which part of the estate."""

    id: str
    matter: str
    scope: str


def covered(spans: Iterable[tuple[int, int]]) -> int:
    """How long some spans of time are together; what two of them share is counted once."""
    total, until = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total


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
    extended: int = -1  # the index with which closing was put off
    reposted: bool = False  # a notice was posted since
    outages: tuple[tuple[int, int], ...] = ()  # of the last evening, as reported: from, to
    outage: int = -1  # the index of the last such report

    @property
    def ends(self) -> int:
        """Until when ballots are admitted: closing time, and what an outage of the last evening took from the voters."""
        return self.closes + self.grace

    @property
    def grace(self) -> int:
        """The length of the outages in ms, up to the edition's most."""
        if not self.outages:
            return 0
        return min(covered(self.outages), int(self.edition.value("outage_grace_hours")) * HOUR_MS)

    @property
    def deems(self) -> bool:
        """Whether a silence policy counts anybody who chose nothing, or otherwise than they chose (R-BAL-3)."""
        return self.silence != "none"

    @property
    def plain(self) -> bool:
        """All owners decide every item, and nobody is deemed anything: what a result of the first kind can say."""
        return not self.deems and all(item.scope == ESTATE for item in self.items)

    @property
    def law(self) -> str:
        """The law of the day on which the vote closes (R-SRC-1)."""
        return law_on(day_of(self.closes), self.edition.laws)

    def abandoned(self, now: int) -> bool:
        """It was withdrawn, or never opened and can be no more."""
        return self.stage == WITHDRAWN or (self.opening is None and now > self.closes)


@dataclass(frozen=True, slots=True)
class Running:
    """Counters while ballots come in: the index of the last one, heads that voted, those by keys bound late.

    `heads` counts, per item, what the heads' ballots publicly come to and by which channel (domain/ballots.py, `Mark`).
    """

    last: int = -1
    voted: int = 0
    late: int = 0
    heads: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outages:
    """The outages that were reported of a vote: from, to in Unix ms."""

    stage: str
    spans: tuple[tuple[int, int], ...]


def scope_of(read: Read, poll: Poll, item: Item) -> Scope | None:
    """The part of the estate that decides an item; None where all owners do."""
    scope: Scope | None = None if item.scope == ESTATE else read["scope", (poll.roll, item.scope)]
    return scope


def electorate_of(read: Read, poll: Poll, item: Item) -> Weight:
    """The heads and the area that decide an item (R-VOTE-7, R-ROLL-9)."""
    scope = scope_of(read, poll, item)
    total: Weight = (scope or read["roll", poll.roll]).total
    return total


def decided_by(read: Read, poll: Poll, tag: bytes) -> tuple[Item, ...]:
    """The items that a head decides, in the order of the notice (R-ROLL-9)."""
    return tuple(item for item in poll.items if in_scope(scope_of(read, poll, item), tag))


def outside_scope(read: Read, poll: Poll, tag: bytes, items: Collection[str]) -> Breach | None:
    """A head answers only what it decides (R-ROLL-9)."""
    answered = [item for item in poll.items if item.scope != ESTATE and item.id in items]
    strange = [item.id for item in answered if not in_scope(scope_of(read, poll, item), tag)]
    return Breach("item-out-of-scope", {"items": ", ".join(strange)}) if strange else None


def provably_served(read: Read, poll: str, tag: bytes) -> bool:
    """The ballot was handed to this head in a way that the edition accepts as proof (R-BAL-3)."""
    served = read.get(("served", (poll, tag)))
    return served is not None and served.method in read["poll", poll].edition.value("service_methods")


def poll_of(read: Read, act: Act) -> Poll:
    """The poll that an act belongs to."""
    poll: Poll = read["poll", matter_of(act)]
    return poll


# --- guards ---------------------------------------------------------------------------------------------------------------------


def pinned_rules_know(read: Read, act: Act, _context: Context) -> Breach | None:
    """The edition that the notice pinned has this kind (R-SRC-1)."""
    edition = poll_of(read, act).edition
    missing = Breach("kind-not-offered", {"kind": act.kind, "ruleset": edition.ruleset})
    return missing if edition.engine < KINDS[act.kind].engine else None


def poll_known(read: Read, act: Act, _context: Context) -> Breach | None:
    """A report about a vote names one that was noticed."""
    return None if ("poll", act.body["poll"]) in read else Breach("unknown-matter", {"subject": "poll"})


def roll_is_whole(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nothing of the roll's pages was erased: without a row no area can be counted (R-ROLL-8)."""
    gone = any(("erasure", page) in read for page in read["roll", act.body["roll"]].pages)
    return Breach("roll-erased", {"roll": act.body["roll"]}) if gone else None


def roll_is_newest(read: Read, act: Act, _context: Context) -> Breach | None:
    """Whoever convenes does not choose among electorates: a roll that a newer one replaced is noticed no more (R-ROLL-8)."""
    last: str = read[LAST_FROZEN]
    stale = edition_of(read).engine >= 3 and act.body["roll"] != last
    return Breach("roll-superseded", {"last": last}) if stale else None


def rules_pinned(read: Read, act: Act, _context: Context) -> Breach | None:
    """The notice pins the edition in force (R-SRC-1)."""
    return None if edition_named(act.body["edition"]) == edition_of(read) else Breach("edition-not-in-force")


def form_is_offered(read: Read, act: Act, _context: Context) -> Breach | None:
    """Silence and scope are ones that the edition's engine counts; open ballots and a silence policy cite their clause (R-BAL-3)."""
    body, offered = act.body, edition_of(read).engine >= 3
    if body["silence"] != "none" and not offered:
        return Breach("form-not-offered", {"field": "silence"})
    if body["clause"] is None and (body["ballots"] == "open" or body["silence"] != "none"):
        return Breach("clause-missing")
    if any(item["scope"] != ESTATE for item in body["items"]) and not offered:
        return Breach("form-not-offered", {"field": "scope"})
    ids = [item["id"] for item in body["items"]]
    return Breach("item-twice") if len(set(ids)) < len(ids) else None


def scopes_defined(read: Read, act: Act, _context: Context) -> Breach | None:
    """Each part of the estate that an item names is defined on the vote's roll, and its units can be opened (R-ROLL-9)."""
    for name in sorted({item["scope"] for item in act.body["items"]} - {ESTATE}):
        scope: Scope | None = read.get(("scope", (act.body["roll"], name)))
        if scope is None:
            return Breach("scope-unknown", {"scope": name})
        if ("erasure", scope.leaf) in read:
            return Breach("roll-erased", {"roll": act.body["roll"]})
    return None


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


def silence_warned(read: Read, act: Act, _context: Context) -> Breach | None:
    """Owners were told what it means to return nothing, before they could return anything (R-BAL-3)."""
    untold = poll_of(read, act).deems and ("warned", act.body["poll"]) not in read
    return Breach("silence-unwarned") if untold else None


def warns_in_time(read: Read, act: Act, _context: Context) -> Breach | None:
    """The warning belongs to a noticed vote with a silence policy, and comes before its opening (R-BAL-3)."""
    poll: Poll | None = read.get(("poll", act.body["poll"]))
    if poll is None:
        return Breach("unknown-matter", {"subject": "poll"})
    return at_stage(read, "poll", act.body["poll"], "noticed") if poll.deems else Breach("silence-not-counted")


def extends_once(read: Read, act: Act, context: Context) -> Breach | None:
    """Closing is put off once, before it has come, and not for longer than the edition allows (R-BAL-7)."""
    poll, closes = poll_of(read, act), act.body["closes"]
    if poll.extended >= 0:
        return Breach("poll-extended-twice")
    if context.now > poll.closes:
        return Breach("outside-window", {"opens": poll.opens, "closes": poll.closes})
    days = int(poll.edition.value("extension_days"))
    if closes <= poll.closes:
        return Breach("window-backwards")
    return None if closes <= poll.closes + days * DAY_MS else Breach("extension-too-long", {"days": days})


def can_be_posted_again(read: Read, act: Act, _context: Context) -> Breach | None:
    """A posting's number is free for the new notice, without which the result is never certified (R-BAL-7)."""
    streams = (f"posted/{act.body['poll']}/{n}" for n in range(1, MAX_POSTINGS + 1))
    return Breach("postings-used-up", {"most": MAX_POSTINGS}) if all(("stream", one) in read for one in streams) else None


def still_to_decide(read: Read, act: Act, context: Context) -> Breach | None:
    """A vote is withdrawn before its closing time: nobody knows yet how it goes (R-BAL-7)."""
    poll = poll_of(read, act)
    over = context.now > poll.ends
    return Breach("outside-window", {"opens": poll.opens, "closes": poll.ends}) if over else None


def outage_is_past(read: Read, act: Act, context: Context) -> Breach | None:
    """An outage is reported when it is over, with its beginning before its end."""
    backwards = not act.body["from"] < act.body["to"] <= context.recorded_at
    return Breach("outage-backwards") if backwards else poll_known(read, act, context)


def few_outages(read: Read, act: Act, _context: Context) -> Breach | None:
    """All flags of a vote's reports fit into its result."""
    known: Outages | None = read.get(("outage", act.body["poll"]))
    return Breach("outages-too-many", {"most": MAX_OUTAGES}) if known and len(known.spans) >= MAX_OUTAGES else None


def closes_truly(read: Read, act: Act, context: Context) -> Breach | None:
    """Closing comes after closing time and fixes the tree that holds every ballot and page of ballots recorded by then."""
    poll, size = poll_of(read, act), act.body["size"]
    if context.recorded_at <= poll.ends:
        return Breach("poll-still-open", {"closes": poll.ends})
    if size > context.index or context.root_at(size) != act.body["root"]:
        return Breach("root-differs", {"size": size})
    last = max(read["running", act.body["poll"]].last, poll.outage)
    return None if last < size else Breach("ballots-left-out", {"last": last})


# --- rules of reports -----------------------------------------------------------------------------------------------------------


def provable_day(read: Read, act: Act, context: Context) -> str:
    """The day that a notice's clock runs from: the claimed one, or the recorded one when it was claimed too long after."""
    return day_of(context.now) if backdated(read, act, context) else claimed_day(act)


def claimed_day(act: Act) -> str:
    """The day on which a report says that it happened, or began."""
    return str(act.body["from"] if "from" in act.body else act.body["day"])


def backdated(read: Read, act: Act, context: Context) -> Breach | None:
    """A day claimed earlier than recorded by more than the tolerance (R-TIME-4)."""
    days, tolerance = days_between(claimed_day(act), day_of(context.now)), edition_of(read).days("backdating_tolerance")
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


def late_by_outage(read: Read, act: Act, _context: Context) -> Breach | None:
    """Whatever an outage does to a vote's hours stands in its result and is answered for; ballots meanwhile speak against it (R-BAL-7)."""
    start, end, poll = act.body["from"], act.body["to"], poll_of(read, act)
    standing = (read.get(("ballot", (act.body["poll"], tag))) for tag, _ in read["roll", poll.roll].tags)
    meanwhile = sum(1 for ballot in standing if ballot is not None and start < ballot.at < end)
    minutes, grace = (end - start) // 60_000, _with_outage(poll, act).grace // 60_000
    return Breach("late-by-outage", {"minutes": minutes, "grace": grace, "ballots": meanwhile})


# --- effects --------------------------------------------------------------------------------------------------------------------


def notice(read: Read, act: Act, context: Context) -> Changes:
    """What the notice says is pinned for the whole process."""
    body, edition = act.body, edition_named(act.body["edition"])
    assert edition is not None
    items = tuple(Item(item["id"], item["matter"], item["scope"]) for item in body["items"])
    votes = (*votes_on(read, body["roll"]), body["poll"])
    dated: Changes = {("notice-day", body["poll"]): day_of(context.now)} if edition.engine >= 3 else {}
    return {**dated, **vote_pinned(read, act), ("votes-on", body["roll"]): votes, ("poll", body["poll"]): Poll(
        "noticed", act.leaf, items, body["opens"], body["closes"], body["roll"], body["ballots"], body["channels"],
        body["silence"], body["clause"], edition,
    )}  # fmt: skip


def post(read: Read, act: Act, context: Context) -> Changes:
    """One more place where the notice hangs; after an extension it is the new notice."""
    poll = poll_of(read, act)
    again = poll.reposted or -1 < poll.extended < context.index
    return {("poll", act.body["poll"]): replace(poll, postings=poll.postings + 1, reposted=again)}


def answer(read: Read, act: Act, _context: Context) -> Changes:
    """The named flags are answered by this act."""
    return answered(read, act)


def open_(read: Read, act: Act, _context: Context) -> Changes:
    """Ballots point at this entry."""
    changes: Changes = {("poll", act.body["poll"]): replace(poll_of(read, act), opening=act.leaf)}
    return changes | {("running", act.body["poll"]): Running()} | answered(read, act)


def close(read: Read, act: Act, _context: Context) -> Changes:
    """The tree of that size holds every ballot that counts."""
    name, poll = act.body["poll"], poll_of(read, act)
    changes: Changes = {("poll", name): replace(poll, closing=act.leaf, size=act.body["size"])}
    if poll.deems:  # who was served later was not asked in time
        changes["served-heads", name] = tuple(
            tag for tag, _ in read["roll", poll.roll].tags if provably_served(read, name, tag)
        )
    return changes


def extend(read: Read, act: Act, context: Context) -> Changes:
    """The vote closes later, and its notice has to hang again; what is no longer its last evening has taken nothing from it."""
    later = replace(poll_of(read, act), closes=act.body["closes"], extended=context.place)
    still = tuple(span for span in later.outages if _on_last_evening(later, span))
    return {("poll", act.body["poll"]): replace(later, outages=still)}


def lose_hours(read: Read, act: Act, context: Context) -> Changes:
    """While the vote is open and the outage fell on its last evening, ballots are admitted for as long after closing."""
    poll = poll_of(read, act)
    longer = _with_outage(poll, act)
    spans = (*read.get(("outage", act.body["poll"]), Outages("", ())).spans, (act.body["from"], act.body["to"]))
    changes: Changes = {("outage", act.body["poll"]): Outages("recorded", spans)}
    if longer is not poll:
        changes["poll", act.body["poll"]] = replace(longer, outage=context.place)
    return changes


def _with_outage(poll: Poll, act: Act) -> Poll:
    """The vote with the hours that this outage took from it, if it did."""
    span = act.body["from"], act.body["to"]
    took = poll.stage == "open" and poll.edition.engine >= 3 and _on_last_evening(poll, span)
    return replace(poll, outages=(*poll.outages, span)) if took else poll


def _on_last_evening(poll: Poll, span: tuple[int, int]) -> bool:
    """The span touches the last hours before closing time."""
    evening = poll.closes - int(poll.edition.value("outage_last_hours")) * HOUR_MS
    return span[0] <= poll.closes and span[1] > evening


POLLS: Final = Subject("poll", lambda act: ("poll", act.body["poll"]), (
    Transition("poll-noticed/1", (None,), "noticed",
               (has_assembly, roll_is_frozen, roll_is_newest, roll_is_whole, rules_pinned, names_candidates, form_is_offered,
                scopes_defined, notice_long_enough), effect=notice),
    Transition("poll-opened/1", ("noticed",), "open", (may_open_now, silence_warned, despite_all), effect=open_),
    Transition("poll-extended/1", ("open",), "open",
               (moved_by_organisers, pinned_rules_know, extends_once, can_be_posted_again), effect=extend),
    Transition("poll-withdrawn/1", ("noticed", "open"), WITHDRAWN, (moved_by_organisers, still_to_decide)),
    Transition("poll-closed/1", ("open",), "closed", (counts_not_own, closes_truly), effect=close),
))  # fmt: skip
POSTINGS: Final = Subject("posting", lambda act: ("posting", (act.body["poll"], act.body["n"])), (
    Transition("notice-posted/1", (None,), "posted", (poll_known,), (backdated, posted_in_time, hung_to_the_end), effect=post),
))  # fmt: skip
ANSWERS: Final = Subject("answer", lambda act: ("answer", (act.body["poll"], act.body["n"])), (
    Transition("flags-answered/1", (None,), "answered", (poll_known, despite_open), effect=answer),
))  # fmt: skip
WARNINGS: Final = Subject("warning", lambda act: ("warned", act.body["poll"]), (
    Transition("silence-warned/1", (None,), "warned", (warns_in_time,)),
))  # fmt: skip
OUTAGES: Final = Subject("outage", lambda act: ("outage", act.body["poll"]), (
    Transition("outage-recorded/1", (None, "recorded"), "recorded", (outage_is_past, few_outages), (late_by_outage,), effect=lose_hours),
))  # fmt: skip
