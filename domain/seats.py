"""The owners' committee as the ledger knows it: the seats fixed at its election, who sits on them, and until when (R-COM-1, R-COM-12).

Below elections and polls: what a vote must know of candidates is here, so that notices, counts and results can be guarded by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from domain.acts import RESULT_KINDS
from domain.authority import CONVENERS, KeyRow, Post, appointed, author_of, holds, must_hold
from domain.calendar import day_of, days_after, months_before
from domain.deadlines import done, due, last_day, owe
from domain.founding import edition_of
from domain.lifecycle import Act, Breach, Changes, Context, Key, Layered, Read

GROUPS: Final = ("street-office", "preparatory-group", "re-election-group")
ORGANISERS: Final = {"first": GROUPS, "re-election": GROUPS, "by-election": CONVENERS}  # a committee elects no successor
COMMITTEE: Final[Key] = ("committee", "")
OWN: Final = "committee"  # the matter of the committee's own duties
ELECTIONS: Final[Key] = ("elections", "")  # the ids of all that were begun here, in order
ELECTING: Final = "elect-committee"  # the matter of items that elect or recall (Civil Code art. 278 item 3)
RECALLS: Final = "recall-"  # in front of a candidate's id: the item that recalls the member
COUNTING_ACTS: Final = ("paper-page/1", "entered-in-error/1", "poll-closed/1", *RESULT_KINDS)
OWNERS: Final = "owners"  # the class of organisation that the chair stands for
MEMBER, CHAIR = "committee-member", "committee"  # the posts: a seat, and the convener that the chair is
OVER: Final = ("declared", "none-elected")  # stages of an election in which nobody stands any more
VACANCY, REELECTION = "R-COM-12", "R-COM-13"  # rules with a duty that has a day


@dataclass(frozen=True, slots=True)
class Committee:
    """The committee in office or last in office; days are ISO and included.

    seats: as fixed at the election, the base of R-COM-12. members: persons in office by rank, the base of R-COM-8; alternates by
    rank. attested: carried over from before joining, not checked. leaf: the act that seated it.
    """

    leaf: bytes
    election: str
    seats: int
    start: str
    end: str
    members: tuple[bytes, ...]
    alternates: tuple[bytes, ...] = ()
    chair: bytes | None = None
    deputies: tuple[bytes, ...] = ()
    attested: bool = False
    stage: str = "seated"

    def expired(self, day: str) -> bool:
        """The term has ended: what it may still do is re-election and handover (R-COM-13)."""
        return day > self.end

    @property
    def vacancies(self) -> int:
        """Seats that nobody holds."""
        return self.seats - len(self.members)


@dataclass(frozen=True, slots=True)
class Seat:
    """What a person holds of the committee: `stage` alternate | seated | ended, and the candidate id by which it is recalled.

    ended: when its end was recorded (ms), whatever day the act says.
    """

    leaf: bytes
    election: str
    candidate: str
    stage: str
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person nominated for one election; `check` is the leaf of the last check of eligibility, None before it."""

    leaf: bytes
    election: str
    person: bytes
    by: str  # self | owners | party
    check: bytes | None = None
    qualified: bool = False
    stage: str = "nominated"  # nominated | checked | withdrawn


Figures = Mapping[str, tuple[bool, int, int]]  # of each item: passed, heads and area (0.01 m²) that agreed


@dataclass(frozen=True, slots=True)
class Election:
    """One election: `stage` begun | final | run-off | declared | none-elected.

    before: the leaf of the committee that it follows or fills. posted: each posting's last day and candidates. round: whom the next
    vote is about. vote: the vote of this round and, once certified, its figures. elected, reserve: candidates by rank.
    """

    stage: str
    leaf: bytes
    kind: str  # first | re-election | by-election
    nominate_to: str
    roll: str
    seats: int
    alternates: int
    term: int | None
    before: bytes | None
    candidates: tuple[str, ...] = ()
    posted: tuple[tuple[str, tuple[str, ...]], ...] = ()
    round: tuple[str, ...] = ()
    vote: str | None = None
    figures: Figures = field(default_factory=dict)
    elected: tuple[str, ...] = ()
    reserve: tuple[str, ...] = ()


def committee_of(read: Read) -> Committee | None:
    """The committee, if the estate has had one."""
    found: Committee | None = read.get(COMMITTEE)
    return found


def members_of(read: Read) -> tuple[bytes, ...]:
    """The persons who sit on the committee, by rank."""
    committee = committee_of(read)
    return committee.members if committee else ()


def elections_of(read: Read) -> tuple[str, ...]:
    """The ids of all elections that were begun on this ledger."""
    found: tuple[str, ...] = read.get(ELECTIONS, ())
    return found


def term_over(committee: Committee, day: str) -> Breach | None:
    """After its last day a committee only hands over and helps to elect anew (R-COM-13)."""
    return Breach("term-over", {"end": committee.end}) if committee.expired(day) else None


# --- guards of a vote -----------------------------------------------------------------------------------------------------------


def names_candidates(read: Read, act: Act, context: Context) -> Breach | None:
    """An electing notice asks about all final candidates of one election and nobody else, or recalls members in office (R-COM-4)."""
    if edition_of(read).engine < 3:
        return None
    names, recalls = _asked(act)
    if any(item["scope"] != "estate" for item in act.body["items"] if item["id"] in names | recalls):
        return Breach("form-not-offered", {"field": "scope"})
    if strangers := recalls - {f"{RECALLS}{read['seat', person].candidate}" for person in members_of(read)}:
        return Breach("recall-of-nobody", {"items": ", ".join(sorted(strangers))})
    return _whole_round(read, act, names, context) if names else None


def _asked(act: Act) -> tuple[set[str], set[str]]:
    """The electing items of a notice: candidates, and recalls."""
    asked = {item["id"] for item in act.body["items"] if item["matter"] == ELECTING}
    recalls = {item for item in asked if item.startswith(RECALLS)}
    return asked - recalls, recalls


def _whole_round(read: Read, act: Act, names: set[str], context: Context) -> Breach | None:
    known = [read["candidate", name].election for name in names if ("candidate", name) in read]
    election: Election | None = read["election", known[0]] if known else None
    if election is None or election.stage not in ("final", "run-off") or names != set(election.round):
        return Breach("candidates-differ")
    if breach := must_hold(read, act, ORGANISERS[election.kind], context, act.body["poll"]):
        return breach
    return None if _votable(read, election, context.now) else Breach("vote-noticed", {"poll": election.vote})


def _votable(read: Read, election: Election, now: int) -> bool:
    """No vote of this round was noticed, or it can never be opened, or its result was annulled."""
    poll = read.get(("poll", election.vote))
    abandoned = poll is not None and poll.abandoned(now)
    return election.vote is None or abandoned or ("annulled", election.vote) in read


def counts_not_own(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nobody records, closes, counts or observes a vote that elects or recalls them, nor confirms such an act (R-BAL-9)."""
    pending = read.get(("pending", act.about)) if act.about else None
    meant = pending.act if pending else act
    poll = read.get(("poll", meant.body.get("poll")))
    if meant.kind not in COUNTING_ACTS or poll is None or poll.edition.engine < 3:
        return None
    return Breach("counter-is-candidate") if author_of(read, act).person in at_stake(read, poll.items) else None


def moved_by_organisers(read: Read, act: Act, context: Context) -> Breach | None:
    """Who stands in a vote, or could not organise its election, neither puts it off nor withdraws it (R-COM-13, R-BAL-9)."""
    poll, person = read["poll", act.body["poll"]], author_of(read, act).person
    if poll.edition.engine < 3:
        return None
    if person in at_stake(read, poll.items):
        return Breach("counter-is-candidate")
    candidates = (read.get(("candidate", item.id)) for item in poll.items if item.matter == ELECTING)
    for kind in {read["election", one.election].kind for one in candidates if one}:
        if holds(read, person, ORGANISERS[kind], act.body["poll"], context.now) is None:
            return Breach("not-authorised", {"kind": act.kind, "posts": "/".join(ORGANISERS[kind])})
    return None


def at_stake(read: Read, items: Iterable[Any]) -> set[bytes]:
    """The persons whom a vote with these items elects or recalls."""
    return {_person_of(read, item.id) for item in items if item.matter == ELECTING}


def _person_of(read: Read, item: str) -> bytes:
    """The person whom an item elects or recalls; one carried over has no candidacy and is named by the person itself."""
    name = item.removeprefix(RECALLS)
    candidate: Candidate | None = read.get(("candidate", name))
    return candidate.person if candidate else bytes.fromhex(name)


# --- what a vote leaves with its election -----------------------------------------------------------------------------------------


def vote_pinned(read: Read, act: Act) -> Changes:
    """The election of a notice's candidates has this vote for its round; whom it recalls is remembered when the vote is final."""
    if edition_of(read).engine < 3:
        return {}
    names, recalls = _asked(act)
    changes: Changes = {("recalls", act.body["poll"]): tuple(sorted(recalls))} if recalls else {}
    if names:
        name = read["candidate", min(names)].election
        changes["election", name] = replace(read["election", name], vote=act.body["poll"], figures={})
    return changes


def figures_kept(read: Read, act: Act) -> Changes:
    """A certified result's figures stay with its election when the vote is final (design §4)."""
    figures = {item: (one["passed"], one["agree"]["heads"], one["agree"]["area"]) for item, one in act.body["items"].items()}
    candidates = (read.get(("candidate", item)) for item in sorted(figures))
    ids = {one.election for one in candidates if one and read["election", one.election].vote == act.body["poll"]}
    elections: dict[str, Election] = {name: read["election", name] for name in ids}
    return {("election", name): replace(one, figures=_of_round(one, figures)) for name, one in elections.items()}


def _of_round(election: Election, figures: Figures) -> Figures:
    """The figures of the round's candidates; of a round that was declared, and is counted again, of those who stood in it."""
    return {item: figures[item] for item in election.round or election.figures}


def elected_anew(read: Read, act: Act, context: Context) -> Changes:
    """When the vote that seated the committee is annulled, its re-election is due as after vacancies (Civil Code art. 280, R-COM-12)."""
    committee = committee_of(read)
    election: Election | None = read.get(("election", committee.election)) if committee else None
    if committee is None or election is None or election.vote != act.body["poll"]:
        return {}
    matter, soon = f"election/{committee.election}", last_day(read, day_of(context.now), "vacancy_election")
    return owe(matter, REELECTION, min(due(read, matter, REELECTION) or soon, soon))


def acts_for(read: Read, key: KeyRow, now: int) -> str | None:
    """The organisation for which an author stands: the key's; the chair, whose key as an owner has none, stands for the owners."""
    chair = key.org is None and edition_of(read).engine >= 3 and holds(read, key.person, (CHAIR,), None, now)
    return OWNERS if chair else key.org


# --- who sits -------------------------------------------------------------------------------------------------------------------


def sits(read: Read, committee: Committee, candidates: Mapping[bytes, str], context: Context) -> Changes:
    """These persons, with their candidate ids, are members now: seats and posts to the end of the term."""
    changes: Changes = {}
    for person, candidate in candidates.items():
        changes["seat", person] = Seat(committee.leaf, committee.election, candidate, "seated")
        term = Post(read.get(("person", person)), day_of(context.now), committee.end)
        changes |= appointed(Layered(changes, read), MEMBER, person, None, term)
    return changes


def chairs(read: Read, committee: Committee, chair: bytes, context: Context) -> Changes:
    """The chair is the convener `committee` to the end of the term; whoever was it before is it no more."""
    day = day_of(context.now)
    changes = _ends(read, CHAIR, committee.chair, day) if committee.chair is not None else {}
    term = Post(read.get(("person", chair)), day, committee.end)
    return changes | appointed(Layered(changes, read), CHAIR, chair, None, term)


def leaves(read: Read, person: bytes, day: str, context: Context) -> Changes:
    """From this day on the person holds no seat and no post of the committee."""
    ended = replace(read["seat", person], stage="ended", ended=context.now)
    return {("seat", person): ended, **_ends(read, MEMBER, person, day), **_ends(read, CHAIR, person, day)}


def _ends(read: Read, post: str, person: bytes, day: str) -> Changes:
    """The post's last day is the one before."""
    place = ("post", (post, person, None))
    term: Post | None = read.get(place)
    return {place: replace(term, to=days_after(day, -1))} if term and (term.to is None or day <= term.to) else {}


def manned(read: Read, committee: Committee, context: Context) -> Changes:
    """The committee as it is now, and whether a new election is due: members below half of the seats (R-COM-12, T17, T18)."""
    short = 2 * len(committee.members) < committee.seats
    last = due(read, OWN, VACANCY) or last_day(read, day_of(context.now), "vacancy_election")
    return {COMMITTEE: committee, **(owe(OWN, VACANCY, last) if short else done(read, OWN, VACANCY))}


def reelection_due(read: Read, committee: Committee) -> Changes:
    """The meeting that elects anew is held three months before the term ends (R-COM-13, T24)."""
    months = edition_of(read).value("reelection_months")
    return owe(f"election/{committee.election}", REELECTION, months_before(committee.end, months))
