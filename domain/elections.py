"""Elections of the owners' committee: nomination, check, posting, vote, declaration, officers, filing, vacancies, handover (§2.4).

The vote itself is an ordinary one (domain/polls.py) with one item for each candidate; what it needs of candidates and seats is in
domain/seats.py. A declaration is admitted only if it equals what the certified figures come to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.acts import HANDED
from domain.authority import BARRED, CONVENERS, author_of, must_hold, organisation, stands_for
from domain.calendar import day_of, days_between, years_after
from domain.confirmations import own_person
from domain.contestable import all_answered, contestable, not_contestable, upheld
from domain.deadlines import done, due, last_day, owe
from domain.flags import answered, despite_all
from domain.founding import edition_of
from domain.joining import has_assembly
from domain.lifecycle import (
    GONE,
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
    Transition,
    at_stage,
)  # fmt: skip
from domain.polls import backdated, provable_day
from domain.requests import first_assembly_held
from domain.results import ANNOUNCE
from domain.roll import roll_is_frozen
from domain.seats import (
    COMMITTEE,
    ELECTIONS,
    ORGANISERS,
    RECALLS,
    REELECTION,
    Candidate,
    Committee,
    Election,
    Seat,
    chairs,
    committee_of,
    elections_of,
    leaves,
    manned,
    members_of,
    reelection_due,
    sits,
    term_over,
)  # fmt: skip

FIRST_MEETING, FILING, HANDOVER = "R-COM-1", "R-COM-5", "R-COM-11"  # rules with a duty that has a day
FILED_WITH: Final = frozenset(("bureau", "street"))  # R-COM-5: the housing authority and the street office
RANKINGS: Final[Mapping[str, Callable[[int, int], tuple[int, ...]]]] = {"heads-then-area": lambda heads, area: (heads, area)}


@dataclass(frozen=True, slots=True)
class Filing:
    """The filing of an election: the last report's leaf, and of each class that must have it the first authority that does."""

    leaf: bytes
    authorities: tuple[str, ...]
    stage: str = "filed"


# --- what a vote's figures come to ----------------------------------------------------------------------------------------------


Names = tuple[str, ...]  # candidates by rank
Rank = tuple[tuple[str, tuple[int, ...]], ...]  # candidates with what they are ranked by, the first first


@dataclass(frozen=True, slots=True)
class Declared:
    """What a round comes to: the election's stage after it, and candidates by rank; `tied` ascending, for a run-off."""

    stage: str  # declared | run-off | none-elected
    elected: Names = ()
    reserve: Names = ()
    tied: Names = ()


def ranked(election: Election, ranking: str) -> Rank:
    """Those who passed (R-VOTE-2), the most agreement first; equal ones in the order of their nomination (R-COM-4)."""
    passed = {name: RANKINGS[ranking](*figures[1:]) for name, figures in election.figures.items() if figures[0]}
    order = (name for name in election.candidates if name in passed)
    return tuple((name, passed[name]) for name in sorted(order, key=passed.__getitem__, reverse=True))


def placed(rank: Rank, seats: int) -> tuple[Names, Names, Names]:
    """Who has a seat, who is equal at the last of them, and who comes after; a tie takes all that are equal (R-COM-4)."""
    names = tuple(name for name, _ in rank)
    if not 0 < seats < len(rank) or rank[seats - 1][1] != rank[seats][1]:
        return names[: max(seats, 0)], (), names[max(seats, 0) :]
    edge = rank[seats][1]
    tied = tuple(name for name, agreed in rank if agreed == edge)
    first = names.index(tied[0])
    return names[:first], tied, names[first + len(tied) :]


def outcome(read: Read, election: Election) -> Declared:
    """What the certified figures of this round come to, with those whom earlier rounds elected (R-COM-4)."""
    edition, committee = edition_of(read), committee_of(read)
    filling = committee if election.kind == "by-election" else None
    seats = min(election.seats, filling.vacancies) if filling else election.seats
    sitting = filling.members if filling else ()
    before, waiting = (tuple(_not_among(read, sitting, names)) for names in (election.elected, election.reserve))
    rank = ranked(election, edition.value("ranking"))
    free = tuple(_not_among(read, sitting, (name for name, _ in rank)))
    won, tied, after = placed(tuple(one for one in rank if one[0] in free), seats - len(before))
    elected, reserve = (*before[:seats], *won), (*before[seats:], *after, *waiting)
    if tied:
        return Declared("run-off", elected, reserve, tuple(sorted(tied)))
    (part, whole), least = edition.value("committee_half"), edition.value("committee_size_min")
    enough = len(elected) >= least and whole * len(elected) >= part * seats
    if elected and (enough or filling):
        return Declared("declared", elected, reserve[: election.alternates])
    return Declared("none-elected")


def _not_among(read: Read, members: Collection[bytes], names: Iterable[str]) -> Iterable[str]:
    """Those of these candidates who do not sit already, as an alternate who moved up between two rounds does."""
    return (name for name in names if not members or read["candidate", name].person not in members)


def settled(read: Read, vote: str) -> bool:
    """The vote's result is certified, announced and not annulled, whether or not the vote is final."""
    if ("annulled", vote) in read:
        return False
    if ("result", vote) in read:
        return bool(read["result", vote].stage == "announced")
    return ("outcome", vote) in read and not due(read, vote, ANNOUNCE)


def passed(read: Read, vote: str, item: str) -> bool:
    """The settled vote passed this item of it."""
    if ("result", vote) in read:
        return bool(read["result", vote].items[item]["passed"])
    return bool(read["outcome", vote].passed[item])


# --- guards: who and when -------------------------------------------------------------------------------------------------------


def _name(read: Read, act: Act) -> str:
    name: str = act.body["election"] if "election" in act.body else read["candidate", act.body["candidate"]].election
    return name


def election_of(read: Read, act: Act) -> Election:
    """The election that an act belongs to."""
    election: Election = read["election", _name(read, act)]
    return election


def election_known(read: Read, act: Act, _context: Context) -> Breach | None:
    """A report about an election names one that was begun."""
    return None if ("election", act.body["election"]) in read else Breach("unknown-matter", {"subject": "election"})


def candidates_open(read: Read, act: Act, _context: Context) -> Breach | None:
    """Candidates come, are checked and withdraw until they are final."""
    return at_stage(read, "election", _name(read, act), "begun")


def awaits_declaration(read: Read, act: Act, _context: Context) -> Breach | None:
    """A round is declared when its candidates are final, or tied."""
    return at_stage(read, "election", _name(read, act), "final", "run-off")


def was_declared(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nothing is filed before somebody was elected (rulebook §2.4)."""
    return at_stage(read, "election", _name(read, act), "declared")


def organised(read: Read, act: Act, context: Context) -> Breach | None:
    """A group or the street office organises an election; the committee no other than a by-election (R-COM-13)."""
    kind = act.body["kind"] if act.kind == "election-begun/1" else election_of(read, act).kind
    return must_hold(read, act, ORGANISERS[kind], context)


def not_own_election(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nobody checks candidates, makes them final or declares them in an election in which they stand (R-SZ-7)."""
    nominee = ("nominee", (_name(read, act), author_of(read, act).person))
    return Breach("counter-is-candidate") if nominee in read else None


def id_is_free(read: Read, act: Act, _context: Context) -> Breach | None:
    """A committee that was carried over has its id for itself."""
    committee = committee_of(read)
    taken = committee is not None and committee.election == act.body["election"]
    return Breach("already-exists", {"subject": "election"}) if taken else None


def numbers_allowed(read: Read, act: Act, _context: Context) -> Breach | None:
    """Five to eleven members, an odd number, at most five years; a by-election fills seats of the running term (R-COM-1, R-SZ-6)."""
    edition, filling, term = edition_of(read), act.body["kind"] == "by-election", act.body["term"]
    most = edition.value("committee_term_years")
    if (term is None) != filling or (term or 0) > most:
        return Breach("term-out-of-range", {"most": most})
    least, most = edition.value("committee_size_min"), edition.value("committee_size_max")
    fits = least <= act.body["seats"] <= most and act.body["seats"] % 2
    return None if filling or fits else Breach("seats-out-of-range", {"least": least, "most": most})


def follows_on(read: Read, act: Act, context: Context) -> Breach | None:
    """A first committee has none before it, a re-election has, and a by-election fills vacant seats of one in office."""
    kind, committee = act.body["kind"], committee_of(read)
    if kind == "first":
        return Breach("committee-there") if committee else None
    if committee is None:
        return Breach("committee-unknown")
    if kind == "re-election":
        return None
    short = Breach("no-vacancy", {"vacant": committee.vacancies}) if act.body["seats"] > committee.vacancies else None
    return term_over(committee, day_of(context.now)) or short


def nominations_run(read: Read, act: Act, context: Context) -> Breach | None:
    """Nominations come until the last day that the election names (R-COM-3)."""
    last = act.body["nominate_to"] if act.kind == "election-begun/1" else election_of(read, act).nominate_to
    return Breach("nomination-over", {"to": last}) if day_of(context.now) > last else None


def nominations_closed(read: Read, act: Act, context: Context) -> Breach | None:
    """Candidates are not final while others may still be nominated."""
    last = election_of(read, act).nominate_to
    return Breach("nomination-open", {"to": last}) if day_of(context.now) <= last else None


# --- guards: candidates ---------------------------------------------------------------------------------------------------------


def nominates_rightly(read: Read, act: Act, context: Context) -> Breach | None:
    """An owner by the key of her head, the Party branch as a recommendation, or the organisers from paper (R-COM-3, R-SZ-7, M09)."""
    author, by, tag = author_of(read, act), act.body["by"], act.body["tag"]
    if (tag is None) != (by == "party"):
        return Breach("nomination-head")
    if by == "party":
        return must_hold(read, act, ("party-branch",), context)
    head = read.get(("head", (election_of(read, act).roll, tag)))
    if head is None:
        return Breach("head-unknown", {"tag": tag.hex()})
    if organised(read, act, context) is None:
        return None
    if not stands_for(read, act.by, head.keys):
        return Breach("not-your-head")
    return Breach("not-your-person") if by == "self" and author.person != act.body["person"] else None


def nominated_once(read: Read, act: Act, _context: Context) -> Breach | None:
    """A person stands once in an election, and nobody who sits stands for another seat beside it."""
    if ("nominee", (act.body["election"], act.body["person"])) in read:
        return Breach("nominated-twice")
    sitting = election_of(read, act).kind == "by-election" and act.body["person"] in members_of(read)
    return Breach("sits-already") if sitting else None


def few_nominations(read: Read, act: Act, _context: Context) -> Breach | None:
    """A head, or the Party branch, nominates at most for every seat and alternate: without end it would choose who can be voted on."""
    election, place = election_of(read, act), ("nominations", (act.body["election"], act.body["tag"]))
    most = election.seats + election.alternates
    return Breach("nominations-too-many", {"most": most}) if read.get(place, 0) >= most else None


def not_barred(read: Read, act: Act, _context: Context) -> Breach | None:
    """Who is known to work for the enterprise or the developer is never found eligible (R-SZ-8, M09)."""
    person = read["candidate", act.body["candidate"]].person
    barred = act.body["qualified"] and organisation(read.get(("person", person))) in BARRED
    return Breach("post-barred") if barred else None


def checked_anew(read: Read, act: Act, _context: Context) -> Breach | None:
    """A candidate is checked once; again only after an objection against the check was upheld."""
    candidate: Candidate = read["candidate", act.body["candidate"]]
    again = candidate.check is None or upheld(read, f"election/{candidate.election}", candidate.check)
    return None if again else Breach("checked-already")


def own_candidacy(read: Read, act: Act, context: Context) -> Breach | None:
    """The candidate withdraws, or the organisers record it with a supervisor of another organisation."""
    if not act.body["own"]:
        return organised(read, act, context)
    own = author_of(read, act).person == read["candidate", act.body["candidate"]].person
    return None if own else Breach("not-your-person")


def all_checked(read: Read, act: Act, _context: Context) -> Breach | None:
    """Every nomination was checked before candidates are final (R-COM-3)."""
    waiting = [name for name in election_of(read, act).candidates if read["candidate", name].stage == "nominated"]
    return Breach("candidate-unchecked", {"candidates": ", ".join(waiting)}) if waiting else None


def exactly_the_qualified(read: Read, act: Act, _context: Context) -> Breach | None:
    """Final are all that qualified and nobody else: no list is made by choosing (R-SZ-7)."""
    return None if act.body["candidates"] == qualified(read, election_of(read, act)) else Breach("candidates-differ")


def qualified(read: Read, election: Election) -> tuple[str, ...]:
    """The candidates that were found eligible and stand, ascending."""
    found = ((name, read["candidate", name]) for name in election.candidates)
    return tuple(sorted(name for name, one in found if one.stage == "checked" and one.qualified))


def posting_over(read: Read, act: Act, context: Context) -> Breach | None:
    """A list with all of them hung, and its last day is over (R-SZ-7, R-TIME-3)."""
    wanted, day = set(act.body["candidates"]), day_of(context.now)
    over = any(to < day and wanted <= set(names) for to, names in election_of(read, act).posted)
    return None if over else Breach("candidates-not-posted")


# --- guards: objections ---------------------------------------------------------------------------------------------------------


def nothing_contested(read: Read, act: Act, _context: Context) -> Breach | None:
    """Every objection is answered: in the election, and to the result of the vote that the act rests on (R-DIS-4)."""
    return all_answered(read, f"election/{act.body.get('election')}", act.body.get("vote") or "")


# --- guards: declaration --------------------------------------------------------------------------------------------------------


def own_vote(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is declared is the vote that was noticed for this round."""
    return None if act.body["vote"] == election_of(read, act).vote else Breach("not-its-vote")


def result_stands(read: Read, act: Act, _context: Context) -> Breach | None:
    """The vote's result is certified and announced, and was not annulled (R-MEET-5)."""
    return None if settled(read, act.body["vote"]) else Breach("result-not-announced")


def still_follows(read: Read, act: Act, context: Context) -> Breach | None:
    """The committee is the one that the election was begun after, or to fill."""
    election, committee = election_of(read, act), committee_of(read)
    if election.before != (committee.leaf if committee else None):
        return Breach("committee-moved")
    return term_over(committee, day_of(context.now)) if committee and election.kind == "by-election" else None


def declares_the_fold(read: Read, act: Act, _context: Context) -> Breach | None:
    """Elected, alternates and tied are what the certified figures come to (R-COM-4)."""
    found = outcome(read, election_of(read, act))
    for name, folded in (("elected", found.elected), ("alternates", found.reserve), ("tied", found.tied)):
        if act.body[name] != folded:
            return Breach("declaration-differs", {"field": name})
    return None


# --- guards: the committee ------------------------------------------------------------------------------------------------------


def own_committee(read: Read, act: Act, context: Context) -> Breach | None:
    """Officers are those of the committee in office, of the election that seated it."""
    committee = committee_of(read)
    if committee is None or committee.election != act.body["election"]:
        return Breach("committee-unknown")
    return term_over(committee, day_of(context.now))


def officers_are_members(read: Read, act: Act, _context: Context) -> Breach | None:
    """Chair, deputies and all who sign are different members: whoever recommends, the members elect (R-COM-1, M09, T32)."""
    pending = read.get(("pending", act.leaf))
    signed = [person for person, _ in pending.parties] if pending else []
    officers = (act.body["chair"], *act.body["deputies"])
    if strangers := {*officers, *signed} - {*members_of(read)}:
        return Breach("not-a-member", {"person": min(strangers).hex()})
    return Breach("officer-twice") if len(set(officers)) < len(officers) else None


def members_agree(read: Read, act: Act, _context: Context) -> Breach | None:
    """More than half of the members in office sign (过半数, R-COM-1)."""
    signers, members = act.body["signers"], len(members_of(read))
    return None if 2 * signers > members else Breach("signers-too-few", {"signers": signers, "members": members})


def day_has_come(_read: Read, act: Act, context: Context) -> Breach | None:
    """A seat ends on a day that has come."""
    return Breach("seat-day-ahead") if act.body["day"] > day_of(context.now) else None


def ends_rightly(read: Read, act: Act, context: Context) -> Breach | None:
    """A member resigns; any other end is recorded by a convener with a supervisor of another organisation (R-COM-10)."""
    return own_person(read, act, context) if act.body["reason"] == "resigned" else must_hold(read, act, CONVENERS, context)


def recalled_by_vote(read: Read, act: Act, _context: Context) -> Breach | None:
    """A member is recalled by an announced vote that passed the recall of this candidacy, and by nothing else (Civil Code art. 278)."""
    vote, item = act.body["vote"], f"{RECALLS}{read['seat', act.body['person']].candidate}"
    if act.body["reason"] != "recalled":
        return None if vote is None else Breach("recall-unfounded")
    asked = vote is not None and item in read.get(("recalls", vote), ())
    return None if asked and settled(read, vote) and passed(read, vote, item) else Breach("recall-unfounded")


def next_in_rank(read: Read, act: Act, context: Context) -> Breach | None:
    """Alternates fill vacant seats of a running term in the order of their rank (R-COM-12, R-SZ-6)."""
    committee: Committee = read[COMMITTEE]
    if breach := term_over(committee, day_of(context.now)):
        return breach
    if not committee.vacancies:
        return Breach("no-vacancy", {"vacant": 0})
    return None if committee.alternates[0] == act.body["person"] else Breach("not-next-alternate")


def handover_known(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is handed over is that of a member, or of the committee before an election."""
    person = act.body["person"]
    known = ("election", act.body["election"]) in read if person is None else ("seat", person) in read
    return None if known else Breach("unknown-matter", {"subject": "election" if person is None else "seat"})


# --- rules of reports -----------------------------------------------------------------------------------------------------------


def hung_long_enough(read: Read, act: Act, context: Context) -> Breach | None:
    """The list of candidates hangs for its period (R-SZ-7, R-DIS-2)."""
    days = days_between(provable_day(read, act, context), act.body["to"])
    needed = edition_of(read).value("candidates_posting_days")
    return None if days >= needed else Breach("candidates-posted-short", {"days": days, "needed": needed})


def lists_the_qualified(read: Read, act: Act, _context: Context) -> Breach | None:
    """The list names all that were found eligible and nobody else (R-SZ-7)."""
    return None if act.body["candidates"] == qualified(read, election_of(read, act)) else Breach("candidates-left-out")


def filed_in_time(read: Read, act: Act, context: Context) -> Breach | None:
    """An election is filed within its period (R-COM-5, T19)."""
    late = _late(read, act, context, f"election/{act.body['election']}", FILING)
    return Breach("filed-late", late) if late else None


def handed_in_time(read: Read, act: Act, context: Context) -> Breach | None:
    """Archives, seal, property, accounts and rolls are handed over within their period (R-COM-11)."""
    late = _late(read, act, context, _handover(act), HANDOVER)
    return Breach("handover-late", late) if late else None


def _late(read: Read, act: Act, context: Context, matter: str, rule: str) -> dict[str, str]:
    """The day that was due and the day that counts, if that is after it: the later of the claimed and the recorded one."""
    last, day = due(read, matter, rule), max(act.body["day"], day_of(context.now))
    return {"due": last, "day": day} if last is not None and day > last else {}


def _handover(act: Act) -> str:
    person = act.body["person"]
    return f"election/{act.body['election']}" if person is None else f"seat/{person.hex()}"


# --- effects --------------------------------------------------------------------------------------------------------------------


def begin(read: Read, act: Act, _context: Context) -> Changes:
    """The election is open for nominations."""
    body, committee = act.body, committee_of(read)
    election = Election("begun", act.leaf, body["kind"], body["nominate_to"], body["roll"], body["seats"], body["alternates"],
                        body["term"], committee.leaf if committee else None)  # fmt: skip
    return {("election", body["election"]): election, ELECTIONS: (*elections_of(read), body["election"])}


def nominate(read: Read, act: Act, _context: Context) -> Changes:
    """The person stands, to be checked."""
    body, election = act.body, election_of(read, act)
    own = ("nominations", (body["election"], body["tag"]))
    return {
        own: read.get(own, 0) + 1,
        ("candidate", body["candidate"]): Candidate(act.leaf, body["election"], body["person"], body["by"]),
        ("nominee", (body["election"], body["person"])): body["candidate"],
        ("election", body["election"]): replace(election, candidates=(*election.candidates, body["candidate"])),
    }  # fmt: skip


def check(read: Read, act: Act, _context: Context) -> Changes:
    """What was found of the candidate; owners may object to it until candidates are final."""
    candidate: Candidate = read["candidate", act.body["candidate"]]
    found = replace(candidate, check=act.leaf, qualified=act.body["qualified"])
    appeal = contestable(act.leaf, f"election/{candidate.election}", snapshot=election_of(read, act).roll)
    before = not_contestable(*(one for one in (candidate.check,) if one))
    return {("candidate", act.body["candidate"]): found, **before, **appeal}


def withdraw(read: Read, act: Act, _context: Context) -> Changes:
    """The person stands no more, and can be nominated again."""
    candidate: Candidate = read["candidate", act.body["candidate"]]
    return {("nominee", (candidate.election, candidate.person)): GONE}


def hang(read: Read, act: Act, _context: Context) -> Changes:
    """One more posting of the list; owners may object to it while it hangs."""
    election = election_of(read, act)
    objections = contestable(act.leaf, f"election/{act.body['election']}", act.body["to"], election.roll)
    posted = (*election.posted, (act.body["to"], act.body["candidates"]))
    return {("election", act.body["election"]): replace(election, posted=posted), **objections}


def make_final(read: Read, act: Act, _context: Context) -> Changes:
    """The first round's vote is about these."""
    election = replace(election_of(read, act), round=act.body["candidates"])
    checks = (read["candidate", name].check for name in election.candidates)
    over = not_contestable(*(leaf for leaf in checks if leaf))
    return {("election", act.body["election"]): election, **over, **answered(read, act)}


def declare(read: Read, act: Act, context: Context) -> Changes:
    """The round's outcome stands; a run-off has a vote of its own, and who is elected takes the seat at once."""
    election = election_of(read, act)
    found = outcome(read, election)
    vote = None if found.stage == "run-off" else election.vote
    after = replace(election, stage=found.stage, elected=found.elected, reserve=found.reserve, round=found.tied, vote=vote)
    changes: Changes = {("election", act.body["election"]): after}
    if found.stage != "declared":
        return changes
    elected, reserve = ({read["candidate", name].person: name for name in names} for names in (found.elected, found.reserve))
    seat = _fill if election.kind == "by-election" else _succeed
    changes |= first_assembly_held(read) if election.kind == "first" else {}
    return changes | seat(read, act, context, elected, reserve) | _duty(read, act, context, FILING, "committee_filing_days")


People = Mapping[bytes, str]  # persons by rank, and the ids under which they stood


def _fill(read: Read, act: Act, context: Context, elected: People, reserve: People) -> Changes:
    """Members for the rest of the term; further alternates come after those there are."""
    committee: Committee = read[COMMITTEE]
    alternates = [person for person in committee.alternates if person not in elected]
    fresh = {person: name for person, name in reserve.items() if person not in alternates}
    now = replace(committee, members=(*committee.members, *elected), alternates=(*alternates, *fresh))
    return {**_waiting(act, fresh), **sits(read, now, elected, context), **manned(read, now, context)}


def _succeed(read: Read, act: Act, context: Context, elected: People, reserve: People) -> Changes:
    """A new committee for its term from this day; the one before it ends and hands over (R-COM-1, R-COM-11, T24)."""
    election, day, old = election_of(read, act), day_of(context.now), committee_of(read)
    assert election.term is not None
    end = years_after(day, election.term)
    new = Committee(act.leaf, act.body["election"], election.seats, day, end, tuple(elected), tuple(reserve))
    changes = _dissolved(read, act, context, old) if old else {}
    changes |= _waiting(act, reserve) | sits(Layered(changes, read), new, elected, context) | manned(read, new, context)
    return changes | reelection_due(read, new) | _duty(read, act, context, FIRST_MEETING, "first_meeting_days")


def _dissolved(read: Read, act: Act, context: Context, old: Committee) -> Changes:
    """Everybody of the committee before leaves; its re-election is done, its handover due."""
    changes = done(read, f"election/{old.election}", REELECTION)
    for person in (*old.members, *old.alternates):
        changes |= leaves(read, person, day_of(context.now), context)
    return changes | _duty(read, act, context, HANDOVER, "handover_term_days")


def _waiting(act: Act, reserve: People) -> Changes:
    return {("seat", person): Seat(act.leaf, act.body["election"], name, "alternate") for person, name in reserve.items()}


def _duty(read: Read, act: Act, context: Context, rule: str, period: str) -> Changes:
    return owe(f"election/{act.body['election']}", rule, last_day(read, day_of(context.now), period))


def take_office(read: Read, act: Act, context: Context) -> Changes:
    """The first meeting is done; the chair convenes for the committee."""
    committee: Committee = read[COMMITTEE]
    officers = replace(committee, chair=act.body["chair"], deputies=act.body["deputies"])
    met = done(read, f"election/{act.body['election']}", FIRST_MEETING)
    return {**met, **chairs(read, committee, act.body["chair"], context), **manned(read, officers, context)}


def file(read: Read, act: Act, _context: Context) -> Changes:
    """The duty is done when the housing authority and the street office have it (R-COM-5)."""
    name = act.body["election"]
    old: Filing | None = read.get(("filed", name))
    known, authority = old.authorities if old else (), act.body["authority"]
    wanted = FILED_WITH - {organisation(one) for one in known}
    filing = Filing(act.leaf, (*known, authority) if organisation(authority) in wanted else known)
    everywhere = {organisation(one) for one in filing.authorities} >= FILED_WITH
    return {("filed", name): filing, **(done(read, f"election/{name}", FILING) if everywhere else {})}


def end_seat(read: Read, act: Act, context: Context) -> Changes:
    """The person leaves the committee or its alternates, and holds no post of it from that day; no alternate moves up by itself."""
    person, committee = act.body["person"], read[COMMITTEE]
    members, alternates, deputies = (
        tuple(one for one in part if one != person) for part in (committee.members, committee.alternates, committee.deputies)
    )
    chair = None if committee.chair == person else committee.chair
    left = replace(committee, members=members, alternates=alternates, deputies=deputies, chair=chair)
    changes = {**leaves(read, person, act.body["day"], context), **manned(read, left, context)}
    if person in committee.members:
        changes |= owe(f"seat/{person.hex()}", HANDOVER, last_day(read, act.body["day"], "handover_member_days"))
    return changes


def move_up(read: Read, act: Act, context: Context) -> Changes:
    """The alternate is a member for the rest of the term."""
    person, committee = act.body["person"], read[COMMITTEE]
    now = replace(committee, members=(*committee.members, person), alternates=committee.alternates[1:])
    return {**sits(read, now, {person: read["seat", person].candidate}, context), **manned(read, now, context)}


def hand_over(read: Read, act: Act, _context: Context) -> Changes:
    """The duty is done when everything was handed over (R-COM-11)."""
    matter = _handover(act)
    items = tuple(sorted({*read.get(("handed", matter), ()), *act.body["items"]}))
    if items == HANDED:
        return {("handed", matter): GONE, **done(read, matter, HANDOVER)}
    return {("handed", matter): items}


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck_profile(_read: Read, act: Act, openings: Openings) -> Found:
    """A profile is shown to everybody, with the candidate's consent or not at all (R-PRIV-3)."""
    return Held() if openings(act.leaf, "profile")["consent"] else Breach("consent-missing")


ELECTION: Final = Subject("election", lambda act: ("election", act.body["election"]), (
    Transition("election-begun/1", (None,), "begun",
               (has_assembly, organised, id_is_free, numbers_allowed, follows_on, roll_is_frozen, nominations_run), effect=begin),
    Transition("candidates-final/1", ("begun",), "final",
               (organised, not_own_election, nominations_closed, all_checked, exactly_the_qualified, posting_over,
                nothing_contested, despite_all), effect=make_final),
))  # fmt: skip
CANDIDATES: Final = Subject("candidate", lambda act: ("candidate", act.body["candidate"]), (
    Transition("candidate-nominated/1", (None,), "nominated",
               (candidates_open, nominations_run, nominates_rightly, nominated_once, few_nominations), effect=nominate,
               recheck=recheck_profile),
    Transition("candidate-checked/1", ("nominated", "checked"), "checked",
               (candidates_open, organised, not_own_election, not_barred, checked_anew), effect=check),
    Transition("candidate-withdrawn/1", ("nominated", "checked"), "withdrawn", (candidates_open, own_candidacy), effect=withdraw),
))  # fmt: skip
LISTS: Final = Subject("list of candidates", lambda act: ("candidates", (act.body["election"], act.body["n"])), (
    Transition("candidates-posted/1", (None,), "posted", (election_known,),
               (backdated, hung_long_enough, lists_the_qualified), effect=hang),
))  # fmt: skip
DECLARATIONS: Final = Subject("declaration", lambda act: ("declared", (act.body["election"], act.body["vote"])), (
    Transition("election-declared/1", (None,), "declared",
               (awaits_declaration, organised, not_own_election, own_vote, result_stands, nothing_contested,
                still_follows, declares_the_fold), effect=declare),
))  # fmt: skip
OFFICERS: Final = Subject("officers", lambda act: ("officers", act.body["election"]), (
    Transition("officers-elected/1", (None, "elected"), "elected", (own_committee, officers_are_members, members_agree),
               effect=take_office),
))  # fmt: skip
FILINGS: Final = Subject("filing", lambda act: ("filed", act.body["election"]), (
    Transition("committee-filed/1", (None, "filed"), "filed", (was_declared,), (filed_in_time,), effect=file),
))  # fmt: skip
SEATS: Final = Subject("seat", lambda act: ("seat", act.body["person"]), (
    Transition("seat-ended/1", ("seated", "alternate"), "ended",
               (day_has_come, ends_rightly, recalled_by_vote, nothing_contested), effect=end_seat),
    Transition("alternate-seated/1", ("alternate",), "seated", (next_in_rank,), effect=move_up),
))  # fmt: skip
HANDOVERS: Final = Subject("handover", lambda act: ("handover", act.body["n"]), (
    Transition("handover-recorded/1", (None,), "recorded", (handover_known,), (handed_in_time,), effect=hand_over),
))  # fmt: skip
