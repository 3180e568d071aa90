"""Meetings of the owners' committee: called, voted on, minuted and posted; and what its seal was used for (R-COM-6…9, R-COM-14, R-COM-16).

    presence   present  > 1/2 of the members in office   过半数
    decision   agree   >= 1/2 of the members in office   全体委员半数以上

Both are measured on all members in office on the meeting's day: a vacant seat is no member, and whoever is absent, abstains or
is recused stays in the whole. The numbers are data, pinned by the notice: `committee_presence` and `committee_decision` in rulesets.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.authority import Post, author_of, holds, matter_of
from domain.calendar import day_of, days_between, posted_within
from domain.confirmations import Stream, own_person, waiting
from domain.deadlines import done, due, last_day, owe
from domain.finality import Outcome
from domain.founding import edition_of
from domain.lifecycle import GONE, Act, Breach, Changes, Context, Key, Read, Subject, Transition, at_stage
from domain.polls import backdated, provable_day
from domain.results import Annulled, Result
from domain.rulesets import AGREE, MATTERS, MEMBER_CHOICES, Edition, reaches
from domain.seats import CHAIR, COMMITTEE, MEMBER, OWN, Committee, Seat, committee_of, term_over

CALL, POSTING = "R-COM-6", "R-COM-7"  # rules with a duty that has a day
ASKING: Final[Key] = ("asking", "")
MAX_ASKED: Final = 10  # meetings that one member asks for before one is called
Votes = Mapping[bytes, Mapping[str, str]]  # member -> item -> what she said


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of the committee: what its notice pinned, and the leaf of its minutes. `members` were in office when it was called."""

    stage: str
    leaf: bytes
    items: Mapping[str, str]  # id -> matter
    starts: int
    members: tuple[bytes, ...]
    observers: tuple[bytes, ...]
    edition: Edition
    minutes: bytes | None = None

    @property
    def day(self) -> str:
        """The day on which it is held: members in office, and the period to post its decisions, go by it."""
        return day_of(self.starts)


@dataclass(frozen=True, slots=True)
class Signed:
    """A member's signed vote as it stands: on each item that she answered her choice."""

    leaf: bytes
    choices: Mapping[str, str]
    stage: str = "voted"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a meeting made of one item: the leaf of the minutes, whether it passed, and the meeting's day."""

    leaf: bytes
    passed: bool
    matter: str
    day: str
    stage: str = "decided"


# --- the fold -------------------------------------------------------------------------------------------------------------------


def passes(agree: int, present: int, in_office: int, edition: Edition) -> bool:
    """Enough members came, and enough of all in office agreed (R-COM-8)."""
    came = reaches(present, in_office, edition.value("committee_presence"))
    return came and reaches(agree, in_office, edition.value("committee_decision"))


def serves(read: Read, person: bytes, day: str) -> bool:
    """The person is a committee member in office on that day."""
    term: Post | None = read.get(("post", (MEMBER, person, None)))
    return term is not None and term.on(day)


def members_on(read: Read, meeting: Meeting) -> tuple[bytes, ...]:
    """The members in office on the meeting's day, ascending: those who were when it was called, or have come since (R-COM-8).

    Whose seat ended when the meeting had begun was a member, whatever day the act says: nobody is taken out of a vote that went on.
    """
    now: Committee = read[COMMITTEE]
    known = {*meeting.members, *now.members}
    return tuple(sorted(one for one in known if serves(read, one, meeting.day) or _left_since(read, one, meeting.starts)))


def _left_since(read: Read, person: bytes, moment: int) -> bool:
    """The end of the person's seat was recorded after that moment (Unix ms)."""
    seat: Seat | None = read.get(("seat", person))
    return seat is not None and seat.ended is not None and seat.ended > moment


def signed_votes(read: Read, name: str) -> Votes:
    """What the members in office said with their keys."""
    votes = ((one, read.get(("committee-vote", (name, one)))) for one in members_on(read, read["meeting", name]))
    return {one: vote.choices for one, vote in votes if vote is not None}


def minutes(read: Read, name: str, by_hand: Votes, observers: Iterable[bytes] = ()) -> dict[str, Any]:
    """The body of `meeting-minuted/1` that equals the fold; what a member signed with her key goes before what she signed by hand."""
    meeting: Meeting = read["meeting", name]
    votes = {**by_hand, **signed_votes(read, name)}
    in_office = len(members_on(read, meeting))
    items = {item: _lists(votes, item) for item in meeting.items}
    verdicts = {item: passes(len(lists[AGREE]), len(votes), in_office, meeting.edition) for item, lists in items.items()}
    return {
        "in_office": in_office, "items": {item: {**lists, "passed": verdicts[item]} for item, lists in items.items()},
        "meeting": name, "observers": tuple(sorted(observers)), "paper": tuple(sorted(by_hand)), "present": tuple(sorted(votes)),
    }  # fmt: skip


def _lists(votes: Votes, item: str) -> dict[str, tuple[bytes, ...]]:
    return {choice: tuple(sorted(one for one, said in votes.items() if said.get(item) == choice)) for choice in MEMBER_CHOICES}


def posting_days(meeting: Meeting) -> tuple[str, str]:
    """The last day to post its decisions, as it stands and if art. 203 moves it (R-COM-7, T20): the first is owed, both are shown."""
    return posted_within(meeting.day, meeting.edition.value("decision_posting_days"), meeting.edition.calendar)


# --- guards: calling a meeting --------------------------------------------------------------------------------------------------


def in_term(read: Read, day: str) -> Breach | None:
    """A committee is in office on that day; after its term it only hands over (R-COM-13)."""
    committee = committee_of(read)
    if committee is None or day < committee.start:
        return Breach("no-committee", {"day": day})
    return term_over(committee, day)


def called_in_term(read: Read, act: Act, _context: Context) -> Breach | None:
    """The meeting falls into the committee's term (R-COM-13)."""
    return in_term(read, day_of(act.body["starts"]))


def convener_may(read: Read, act: Act, context: Context) -> Breach | None:
    """The chair calls; the street office has a member call when there is no chair, or when she did not in time (R-COM-6)."""
    if holds(read, author_of(read, act).person, (CHAIR,), matter_of(act), context.now):
        return None
    today, last = day_of(context.now), due(read, OWN, CALL)
    chair = read[COMMITTEE].chair
    without = chair is None or not serves(read, chair, today)
    return None if without or (last is not None and last < today) else Breach("chair-first")


def agenda_in_time(read: Read, act: Act, context: Context) -> Breach | None:
    """The agenda is known seven days before the meeting (R-COM-7)."""
    days, needed = days_between(day_of(context.now), day_of(act.body["starts"])), edition_of(read).value("agenda_days")
    return None if days >= needed else Breach("agenda-too-late", {"days": days, "needed": needed})


def agenda_lawful(_read: Read, act: Act, _context: Context) -> Breach | None:
    """Each item has an id of its own, and none is for the owners to decide (R-COM-16, Civil Code art. 278)."""
    items = act.body["items"]
    if len({item["id"] for item in items}) < len(items):
        return Breach("item-twice")
    reserved = [item["id"] for item in items if item["matter"] in MATTERS]
    return Breach("reserved-to-owners", {"item": ", ".join(reserved)}) if reserved else None


def observers_known(read: Read, act: Act, _context: Context) -> Breach | None:
    """Who is invited to observe is somebody whom the ledger knows."""
    stranger = next((one for one in act.body["observers"] if ("person", one) not in read), None)
    return Breach("person-org-differs", {"person": stranger.hex()}) if stranger else None


def member_asks(read: Read, act: Act, context: Context) -> Breach | None:
    """Who asks for a meeting sits on the committee in office (R-COM-6)."""
    day = day_of(context.now)
    if breach := in_term(read, day):
        return breach
    inside = act.body["person"] in read[COMMITTEE].members
    return None if inside else Breach("not-in-office", {"person": act.body["person"].hex(), "day": day})


def asks_seldom(read: Read, act: Act, _context: Context) -> Breach | None:
    """A member asks for few meetings before one is called: all that were asked for stand in one row of the state (R-COM-6)."""
    asked = sum(person == act.body["person"] for _, person in read.get(ASKING, ()))
    return Breach("meetings-asked", {"most": MAX_ASKED}) if asked >= MAX_ASKED else None


# --- guards: voting -------------------------------------------------------------------------------------------------------------


def no_proxy(read: Read, act: Act, _context: Context) -> Breach | None:
    """A member votes for herself alone (R-COM-8)."""
    return None if author_of(read, act).person == act.body["person"] else Breach("no-proxy")


def meeting_runs(read: Read, act: Act, context: Context) -> Breach | None:
    """Members vote from the meeting's start until its minutes are written; while those wait, votes stand as they are."""
    if breach := at_stage(read, "meeting", act.body["meeting"], "noticed"):
        return breach
    stream: Stream = read["stream", f"meeting/{act.body['meeting']}"]
    return Breach("minutes-waiting") if waiting(read, stream.pending, context.now) else begun(read, act, context)


def begun(read: Read, act: Act, context: Context) -> Breach | None:
    """The meeting has begun."""
    return Breach("meeting-not-begun") if context.now < read["meeting", act.body["meeting"]].starts else None


def votes_in_office(read: Read, act: Act, _context: Context) -> Breach | None:
    """Who votes was in office on the meeting's day, and answers its agenda only."""
    meeting, person = read["meeting", act.body["meeting"]], act.body["person"]
    if person not in members_on(read, meeting):
        return Breach("not-in-office", {"person": person.hex(), "day": meeting.day})
    strangers = sorted(act.body["choices"].keys() - meeting.items.keys())
    return Breach("not-on-agenda", {"items": ", ".join(strangers)}) if strangers else None


# --- guards: minutes ------------------------------------------------------------------------------------------------------------


def present_in_office(read: Read, act: Act, _context: Context) -> Breach | None:
    """Whoever is present is a member in office, and signed a vote or the minutes; observers count nowhere (R-COM-8, M22)."""
    meeting: Meeting = read["meeting", act.body["meeting"]]
    members, proved = members_on(read, meeting), {*signed_votes(read, act.body["meeting"]), *act.body["paper"]}
    for person in act.body["present"]:
        if person not in members:
            return Breach("not-in-office", {"person": person.hex(), "day": meeting.day})
        if person not in proved:
            return Breach("presence-unproved", {"person": person.hex()})
    return None


def observers_invited(read: Read, act: Act, _context: Context) -> Breach | None:
    """Who observed was invited with the agenda (M22, R-COM-7)."""
    invited = read["meeting", act.body["meeting"]].observers
    stranger = next((one for one in act.body["observers"] if one not in invited), None)
    return Breach("observer-not-invited", {"person": stranger.hex()}) if stranger else None


def counted_once(_read: Read, act: Act, _context: Context) -> Breach | None:
    """One person counts once on each item, and is a member or an observer, not both."""
    for lists in (_all_of(figures) for figures in act.body["items"].values()):
        if twice := {one for one in lists if lists.count(one) > 1}:
            return Breach("member-twice", {"person": min(twice).hex()})
    both = {*act.body["present"]} & {*act.body["observers"]}
    return Breach("member-twice", {"person": min(both).hex()}) if both else None


def _all_of(figures: Mapping[str, Any]) -> tuple[bytes, ...]:
    return tuple(one for choice in MEMBER_CHOICES for one in figures[choice])


def minutes_are_the_fold(read: Read, act: Act, _context: Context) -> Breach | None:
    """Members in office, presence, signed votes and verdicts are what the log shows; only who signed by hand adds to them (R-COM-8)."""
    by_hand = {one: _said(act.body, one) for one in act.body["paper"]}
    folded = minutes(read, act.body["meeting"], by_hand, act.body["observers"])
    for name, claimed, found in _pairs(act.body, folded):
        if claimed != found:
            return Breach("minutes-differ", {"field": name})
    return None


def over(read: Read, act: Act, context: Context) -> Breach | None:
    """Without presence a meeting is minuted when its day is over: two members cannot close it before the others come (R-COM-8)."""
    meeting: Meeting = read["meeting", act.body["meeting"]]
    came = reaches(len(act.body["present"]), act.body["in_office"], meeting.edition.value("committee_presence"))
    return None if came or day_of(context.now) > meeting.day else Breach("meeting-not-over")


def _said(body: Mapping[str, Any], person: bytes) -> dict[str, str]:
    """What the minutes say that a member said."""
    return {item: choice for item, figures in body["items"].items() for choice in MEMBER_CHOICES if person in figures[choice]}


def _pairs(claimed: Mapping[str, Any], found: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    yield from ((name, claimed[name], found[name]) for name in ("in_office", "present"))
    yield "items", claimed["items"].keys(), found["items"].keys()
    for item, figures in found["items"].items():
        yield from ((f"{item} {name}", claimed["items"][item][name], one) for name, one in figures.items())


def meeting_minuted(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is posted are the decisions of a meeting whose minutes stand."""
    return at_stage(read, "meeting", act.body["meeting"], "minuted")


# --- rules of reports -----------------------------------------------------------------------------------------------------------


def decision_in_time(read: Read, act: Act, context: Context) -> Breach | None:
    """Decisions are posted within three days of the meeting; the first posting counts (R-COM-7)."""
    last, day = due(read, matter_of(act), POSTING), provable_day(read, act, context)
    return Breach("decision-posted-late", {"due": last, "day": day}) if last is not None and day > last else None


def seal_decided(read: Read, act: Act, context: Context) -> Breach | None:
    """The seal is used on a decision that had passed by that day and stood: of the committee, or of the owners (R-COM-14)."""
    day, decision = provable_day(read, act, context), act.body["decision"]
    passed_on = _passed_on(read, decision) if decision else None
    stood = passed_on is not None and passed_on <= day and not _annulled_by(read, decision, day)
    return None if stood else Breach("seal-without-decision", {"day": day})


def _annulled_by(read: Read, decision: Mapping[str, Any], day: str) -> bool:
    """The owners' decision had been annulled by that day (Civil Code art. 280)."""
    annulled: Annulled | None = read.get(("annulled", decision["id"])) if decision["of"] == "poll" else None
    return annulled is not None and annulled.day <= day


def _passed_on(read: Read, decision: Mapping[str, Any]) -> str | None:
    """The day on which this item of these minutes, or of this certified result, passed; None if it did not."""
    if decision["of"] == "poll":
        return _owners_passed_on(read, decision["id"], decision["item"], decision["leaf"])
    made: Decided | None = read.get(("decided", (decision["id"], decision["item"])))
    return made.day if made is not None and made.passed and made.leaf == decision["leaf"] else None


def _owners_passed_on(read: Read, poll: str, item: str, leaf: bytes) -> str | None:
    result: Result | None = read.get(("result", poll))
    if result is not None and result.leaf == leaf:
        return day_of(result.certified_at) if item in result.items and result.items[item]["passed"] else None
    outcome: Outcome | None = read.get(("outcome", poll))
    passed = outcome is not None and outcome.result == leaf and outcome.passed.get(item, False)
    return day_of(outcome.certified_at) if outcome is not None and passed else None


def seal_in_term(read: Read, act: Act, context: Context) -> Breach | None:
    """A committee was in office to use its seal (R-COM-13)."""
    day = provable_day(read, act, context)
    return Breach("seal-after-term", {"day": day}) if in_term(read, day) else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def call(read: Read, act: Act, _context: Context) -> Changes:
    """The meeting stands with its agenda, its observers and the rules in force; who asked for one has it."""
    body = act.body
    items = {item["id"]: item["matter"] for item in body["items"]}
    meeting = Meeting("noticed", act.leaf, items, body["starts"], read[COMMITTEE].members, body["observers"], edition_of(read))
    return {("meeting", body["meeting"]): meeting, ASKING: GONE, **done(read, OWN, CALL)}


def ask(read: Read, act: Act, context: Context) -> Changes:
    """One more member asks; when a third of those in office have, the chair must call within seven days (R-COM-6)."""
    edition, members = edition_of(read), read[COMMITTEE].members
    asking = (*read.get(ASKING, ()), (act.body["request"], act.body["person"]))
    heard = {person for request, person in asking if request == act.body["request"] and person in members}
    enough = reaches(len(heard), len(members), edition.value("committee_request"))
    if not enough or due(read, OWN, CALL):
        return {ASKING: asking}
    return {ASKING: asking, **owe(OWN, CALL, last_day(read, day_of(context.now), "call_days"))}


def vote(_read: Read, act: Act, _context: Context) -> Changes:
    """The member's vote stands in place of the one before."""
    return {("committee-vote", (act.body["meeting"], act.body["person"])): Signed(act.leaf, act.body["choices"])}


def minute(read: Read, act: Act, _context: Context) -> Changes:
    """The decisions stand, and are to be posted."""
    name, meeting = act.body["meeting"], read["meeting", act.body["meeting"]]
    changes: Changes = {("meeting", name): replace(meeting, minutes=act.leaf)}
    for item, figures in act.body["items"].items():
        changes["decided", (name, item)] = Decided(act.leaf, figures["passed"], meeting.items[item], meeting.day)
    return changes | owe(f"meeting/{name}", POSTING, posting_days(meeting)[0])


def hang(read: Read, act: Act, _context: Context) -> Changes:
    """The duty to post is done."""
    return done(read, f"meeting/{act.body['meeting']}", POSTING)


MEETINGS: Final = Subject("meeting", lambda act: ("meeting", act.body["meeting"]), (
    Transition("committee-noticed/1", (None,), "noticed",
               (called_in_term, convener_may, agenda_in_time, agenda_lawful, observers_known), effect=call),
    Transition("meeting-minuted/1", ("noticed",), "minuted",
               (begun, present_in_office, observers_invited, counted_once, minutes_are_the_fold, over), effect=minute),
))  # fmt: skip
REQUESTS: Final = Subject("meeting-request", lambda act: ("meeting-request", (act.body["request"], act.body["person"])), (
    Transition("meeting-requested/1", (None,), "requested", (own_person, member_asks, asks_seldom), effect=ask),
))  # fmt: skip
VOTES: Final = Subject("committee-vote", lambda act: ("committee-vote", (act.body["meeting"], act.body["person"])), (
    Transition("committee-voted/1", (None, "voted"), "voted", (no_proxy, meeting_runs, votes_in_office), effect=vote),
))  # fmt: skip
POSTINGS: Final = Subject("decision-posting", lambda act: ("decision-posting", act.body["meeting"]), (
    Transition("decision-posted/1", (None, "posted"), "posted", (meeting_minuted,), (backdated, decision_in_time), effect=hang),
))  # fmt: skip
SEALS: Final = Subject("seal", lambda act: ("seal", act.body["n"]), (
    Transition("seal-used/1", (None,), "used", (), (backdated, seal_decided, seal_in_term)),
))  # fmt: skip
