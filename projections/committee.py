"""The owners' committee as people read it: who sits, until when, what it decided and how, and what its seal was used for.

A member's votes in a meeting are public. Who sits is shown by the name published with a candidacy; a member carried over by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.calendar import day_of, days_between
from domain.committee import Decided, Meeting, members_on, posting_days, signed_votes
from domain.lifecycle import Act
from domain.polls import Ratio
from domain.results import Result
from domain.rulesets import AGREE, MEMBER_CHOICES
from domain.seats import Committee, committee_of
from domain.state import act_of
from projections.duties import DutyFace, duties, duties_of
from projections.entries import standing_of
from projections.journal import Line
from projections.ledgers import View
from projections.people import Who, everybody, who_of
from projections.polls import (
    ActFace,
    FlagFace,
    Moment,
    Place,
    RatioFace,
    act_faces,
    done_at,
    flags_in,
    moment,
    place_of,
    ratio_face,
    texts_of,
)  # fmt: skip
from projections.signers import Signer, signer_of

REGISTER: Final = "seal/register"
EXPIRED: Final = "TERM_EXPIRED"


@dataclass(frozen=True, slots=True)
class Member:
    """A member in office: chair, deputy or member."""

    who: Who
    office: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A seat that ended: whose, on which day, for which reason, and the vote that recalled, if one did."""

    who: Who
    day: str
    reason: str
    vote: str | None
    entry: Place


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A report that things were handed over, by a member or by the committee before."""

    who: Who | None
    day: str
    items: tuple[str, ...]
    entry: Place


@dataclass(frozen=True, slots=True)
class MeetingSummary:
    """One line of the list of meetings; `passed` counts its decisions once it is minuted."""

    meeting: str
    stage: str
    starts: Moment
    items: int
    passed: int | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Rests:
    """What a use of the seal names: an item of a meeting or of a vote, its words, and whether it passed, once that is decided.

    `known` is false where this ledger has no such meeting or vote.
    """

    of: str
    id: str
    item: str
    known: bool
    text: str | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class SealUse:
    """One use of the seal, as reported."""

    n: int
    day: str
    purpose: str
    title: str | None
    rests: Rests | None
    entry: Place
    flags: tuple[FlagFace, ...]


@dataclass(frozen=True, slots=True)
class CommitteeFace:
    """The committee in office or last in office; everything is empty where there has been none.

    `flag` is TERM_EXPIRED when its term is over: it hands over and has itself replaced, and decides nothing else (R-COM-13).
    `attested`: carried over from before the ledger, registered and not checked by it.
    """

    there: bool
    attested: bool
    election: str | None
    start: str | None
    end: str | None
    days_left: int | None
    flag: str | None
    seats: int
    vacancies: int
    members: tuple[Member, ...]
    alternates: tuple[Who, ...]
    ended: tuple[Ended, ...]
    handovers: tuple[HandedOver, ...]
    duties: tuple[DutyFace, ...]
    meetings: tuple[MeetingSummary, ...]
    seal: tuple[SealUse, ...]


@dataclass(frozen=True, slots=True)
class CommitteeCard:
    """The committee in short: its term, how many sit, who is in the chair, and its last meeting."""

    start: str
    end: str
    days_left: int
    flag: str | None
    seats: int
    members: int
    chair: Who | None
    met: Moment | None


@dataclass(frozen=True, slots=True)
class ItemDecided:
    """One item of an agenda: its words, who said what, whether it passed, and the two tests of it (R-COM-8)."""

    id: str
    matter: str
    text: str | None
    votes: dict[str, tuple[Who, ...]]
    passed: bool | None
    ratios: tuple[RatioFace, ...]


@dataclass(frozen=True, slots=True)
class DecisionPosted:
    """A report that the decisions were posted, and whether it was late."""

    day: str
    place: str
    entry: Place
    standing: str
    flags: tuple[FlagFace, ...]


@dataclass(frozen=True, slots=True)
class MeetingFace:
    """One meeting, whole. `in_office` is how many members were in office on its day; `absent` is empty where that cannot be told.

    `post_by` are the last days to post its decisions, as the period is counted and by art. 203.
    """

    meeting: str
    stage: str
    starts: Moment
    called_by: Signer | None
    called: Place | None
    items: tuple[ItemDecided, ...]
    in_office: int
    present: tuple[Who, ...]
    absent: tuple[Who, ...]
    on_paper: tuple[Who, ...]
    observers: tuple[Who, ...]
    minutes: str | None
    minuted: Moment | None
    minutes_entry: Place | None
    post_by: tuple[str, str]
    postings: tuple[DecisionPosted, ...]
    duties: tuple[DutyFace, ...]
    flags: tuple[FlagFace, ...]
    acts: tuple[ActFace, ...]


# --- the committee ------------------------------------------------------------------------------------------------------------------


def committee_card(seen: View) -> CommitteeCard | None:
    """The committee in short, or None where there has been none."""
    found, today = committee_of(seen.state), day_of(seen.now)
    if found is None:
        return None
    over, called = found.expired(today), _told(seen, "committee-noticed/1")
    met = moment(called[-1][1]["starts"]) if called else None
    return CommitteeCard(
        found.start, found.end, 0 if over else days_between(today, found.end), EXPIRED if over else None, found.seats,
        len(found.members), who_of(seen, found.chair) if found.chair else None, met,
    )  # fmt: skip


def committee_face(seen: View) -> CommitteeFace:
    """The committee with its members, duties, meetings and seal."""
    found, today = committee_of(seen.state), day_of(seen.now)
    more = _ended(seen), _handovers(seen), _duties(seen, found), tuple(meeting_summaries(seen)), seal_uses(seen)
    if found is None:
        return CommitteeFace(False, False, None, None, None, None, None, 0, 0, (), (), *more)
    over = found.expired(today)
    return CommitteeFace(
        True, found.attested, found.election, found.start, found.end, 0 if over else days_between(today, found.end),
        EXPIRED if over else None, found.seats, found.vacancies, _members(seen, found), everybody(seen, found.alternates), *more,
    )  # fmt: skip


def _members(seen: View, found: Committee) -> tuple[Member, ...]:
    """The chair first, then the deputies, then by rank."""
    ranks = {**dict.fromkeys(found.members, "member"), **dict.fromkeys(found.deputies, "deputy")}
    if found.chair is not None:
        ranks[found.chair] = "chair"
    order = sorted(found.members, key=lambda one: ("chair", "deputy", "member").index(ranks[one]))
    return tuple(Member(who_of(seen, one), ranks[one]) for one in order)


def _duties(seen: View, found: Committee | None) -> tuple[DutyFace, ...]:
    own = ("election", found.election) if found else None
    kinds = ("committee", "seat", "meeting")
    return tuple(one for one in duties(seen) if one.subject.kind in kinds or own == (one.subject.kind, one.subject.id))


def _told(seen: View, kind: str) -> list[tuple[Line, Mapping[str, Any]]]:
    """The acts of a kind that are in force, with their bodies."""
    return [(line, _act(seen, line).body) for line in seen.journal.of_kind(kind) if standing_of(seen, line).name == "complete"]


def _act(seen: View, line: Line) -> Act:
    return act_of(seen.door.shelf.entries(line.index, 1)[0]).act


def _ended(seen: View) -> tuple[Ended, ...]:
    return tuple(Ended(who_of(seen, body["person"]), body["day"], body["reason"], body["vote"], place_of(line))
                 for line, body in _told(seen, "seat-ended/1"))  # fmt: skip


def _handovers(seen: View) -> tuple[HandedOver, ...]:
    return tuple(HandedOver(who_of(seen, body["person"]) if body["person"] else None, body["day"], body["items"], place_of(line))
                 for line, body in _told(seen, "handover-recorded/1"))  # fmt: skip


# --- the seal -----------------------------------------------------------------------------------------------------------------------


def seal_uses(seen: View) -> tuple[SealUse, ...]:
    """The register of the seal, the newest use first."""
    flags = flags_in(seen, REGISTER)
    return tuple(_use(seen, line, body, flags) for line, body in reversed(_told(seen, "seal-used/1")))


def _use(seen: View, line: Line, body: Mapping[str, Any], flags: tuple[FlagFace, ...]) -> SealUse:
    rests = _rests(seen, body["decision"]) if body["decision"] else None
    own = tuple(one for one in flags if one.report == place_of(line))
    return SealUse(body["n"], body["day"], body["purpose"], texts_of(seen, line.leaf).get("title"), rests, place_of(line), own)


def _rests(seen: View, named: Mapping[str, Any]) -> Rests:
    """What a decision that a use of the seal names came to."""
    of, ident, item = named["of"], named["id"], named["item"]
    thing = seen.state.get((of, ident))
    if thing is None:
        return Rests(of, ident, item, False, None, None)
    if of == "poll":
        result: Result | None = seen.state.get(("result", ident))
        figures = result.items.get(item) if result else None
        return Rests(of, ident, item, True, texts_of(seen, thing.notice).get("title"), figures["passed"] if figures else None)
    made: Decided | None = seen.state.get(("decided", (ident, item)))
    return Rests(of, ident, item, True, texts_of(seen, thing.leaf).get(f"agenda/{item}"), made.passed if made else None)


# --- meetings -----------------------------------------------------------------------------------------------------------------------


def meeting_summaries(seen: View) -> list[MeetingSummary]:
    """Every meeting in short, the newest call first."""
    names = [body["meeting"] for _, body in _told(seen, "committee-noticed/1")]
    return [_summary(seen, name) for name in reversed(names)]


def _summary(seen: View, name: str) -> MeetingSummary:
    meeting: Meeting = seen.state["meeting", name]
    passed = sum(seen.state["decided", (name, item)].passed for item in meeting.items) if meeting.minutes else None
    late = any(one.overdue for one in duties_of(seen, (("meeting", name),)))
    return MeetingSummary(name, meeting.stage, moment(meeting.starts), len(meeting.items), passed, late)


def meeting_face(seen: View, name: str) -> MeetingFace | None:
    """A meeting, or None when none of that name was called."""
    meeting: Meeting | None = seen.state.get(("meeting", name))
    if meeting is None:
        return None
    lines, called = seen.journal.about(f"meeting/{name}"), seen.journal.line(meeting.leaf)
    minutes, written = _minutes(seen, name, meeting), seen.journal.line(meeting.minutes)
    texts = texts_of(seen, meeting.leaf)
    return MeetingFace(
        name, meeting.stage, moment(meeting.starts), signer_of(seen, called) if called else None, place_of(called) if called else None,
        tuple(_item(seen, meeting, item, texts, minutes) for item in meeting.items), minutes["in_office"],
        _ranked(seen, meeting, minutes["present"]), _ranked(seen, meeting, _absent(seen, meeting, minutes)),
        _ranked(seen, meeting, minutes["paper"]),
        everybody(seen, minutes["observers"] if written else meeting.observers),
        texts_of(seen, meeting.minutes).get("minutes"), done_at(seen, meeting.minutes), place_of(written) if written else None,
        posting_days(meeting), tuple(_posted(seen, name, line) for line in lines if line.kind == "decision-posted/1"),
        duties_of(seen, (("meeting", name),)), flags_in(seen, f"meeting/{name}"), act_faces(seen, lines),
    )  # fmt: skip


def _minutes(seen: View, name: str, meeting: Meeting) -> Mapping[str, Any]:
    """The minutes; before them what members have signed so far, which decides nothing yet."""
    line = seen.journal.line(meeting.minutes)
    if line is not None:
        return _act(seen, line).body
    votes = signed_votes(seen.state, name)
    lists = {item: {choice: tuple(sorted(one for one, said in votes.items() if said.get(item) == choice)) for choice in MEMBER_CHOICES}
             for item in meeting.items}  # fmt: skip
    return {
        "in_office": len(members_on(seen.state, meeting)),
        "items": lists,
        "observers": (),
        "paper": (),
        "present": tuple(sorted(votes)),
    }


def _absent(seen: View, meeting: Meeting, minutes: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The members who did not come: known as long as the terms of that day stand in the state."""
    there = members_on(seen.state, meeting)
    away = tuple(one for one in there if one not in minutes["present"])
    return away if len(away) + len(minutes["present"]) == minutes["in_office"] else ()


def _ranked(seen: View, meeting: Meeting, persons: Iterable[bytes]) -> tuple[Who, ...]:
    """These members in the order of their rank; whoever came after the call last."""
    ranks = {one: rank for rank, one in enumerate(meeting.members)}
    return everybody(seen, sorted(persons, key=lambda one: ranks.get(one, len(ranks))))


def _item(seen: View, meeting: Meeting, item: str, texts: Mapping[str, Any], minutes: Mapping[str, Any]) -> ItemDecided:
    said = minutes["items"][item]
    votes = {choice: _ranked(seen, meeting, said[choice]) for choice in MEMBER_CHOICES}
    passed = said.get("passed")
    ratios = () if passed is None else _ratios(meeting, len(minutes["present"]), len(said[AGREE]), minutes["in_office"])
    return ItemDecided(item, meeting.items[item], texts.get(f"agenda/{item}"), votes, passed, ratios)


def _ratios(meeting: Meeting, present: int, agree: int, in_office: int) -> tuple[RatioFace, ...]:
    """Presence and agreement, both of all members in office."""
    parts = (("presence", present, "committee_presence"), ("decision", agree, "committee_decision"))
    rules = ((test, part, meeting.edition.value(name)) for test, part, name in parts)
    return tuple(
        ratio_face(Ratio(test, "members", part, in_office, tuple(rule["share"]), rule["op"])) for test, part, rule in rules
    )


def _posted(seen: View, name: str, line: Line) -> DecisionPosted:
    body = _act(seen, line).body
    flags = tuple(one for one in flags_in(seen, f"meeting/{name}") if one.report == place_of(line))
    return DecisionPosted(body["day"], body["place"], place_of(line), standing_of(seen, line).name, flags)
