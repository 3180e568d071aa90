"""An election as people read it: how far it has come, who stands, what was found of them, the votes, the figures and the outcome.

A candidate's profile is shown because the candidate agreed to it; figures stand here once a vote's result is certified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.authority import organisation
from domain.calendar import day_of
from domain.elections import FILED_WITH, Filing
from domain.erasures import erased
from domain.lifecycle import Act
from domain.results import Result
from domain.seats import Candidate, Election, elections_of
from domain.state import act_of
from projections.duties import DutyFace, duties_of
from projections.entries import standing_of
from projections.journal import Line
from projections.ledgers import View
from projections.objections import ObjectionFace, objections_in
from projections.people import Who, candidate_of, everybody
from projections.polls import (
    ActFace,
    FlagFace,
    Moment,
    Place,
    WeightFace,
    act_faces,
    done_at,
    flags_in,
    phase_of,
    place_at,
    place_of,
    texts_of,
)  # fmt: skip
from projections.signers import Signer, signer_of

STEPS: Final = ("begun", "nominations", "checked", "posted", "final", "vote", "declared", "officers", "filed")
OF_CANDIDATES: Final = ("candidate-checked/1", "candidate-withdrawn/1")
DONE, NOW, AHEAD = "done", "now", "ahead"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a candidate shows of herself; political status only where she gave it."""

    name: str
    unit: str
    occupation: str
    statement: str
    political: str | None


@dataclass(frozen=True, slots=True)
class CandidateFigures:
    """What a certified vote said of one candidate: heads and area (0.01 m²) on each side, and whether she passed."""

    vote: str
    passed: bool
    agree: WeightFace
    against: WeightFace
    abstain: WeightFace


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check of a candidate came to and for which reason; the grounds themselves are sealed (R-PRIV-2)."""

    qualified: bool
    reason: str | None
    signer: Signer
    entry: Place


@dataclass(frozen=True, slots=True)
class CandidateFace:
    """One candidate. `by`: self, owners or party, who only recommends; `stage`: nominated, checked, withdrawn.

    `outcome`: elected, alternate, tied or not-elected, once a round was declared; null for whoever was not voted on.
    """

    id: str
    profile: Profile | None
    erased: bool
    by: str
    stage: str
    nominated: Place | None
    finding: Finding | None
    withdrawn: Place | None
    withdrawal: str | None
    figures: CandidateFigures | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: done, now or ahead; when it was done, or the last day that it runs to."""

    name: str
    standing: str
    done: Moment | None
    until: str | None


@dataclass(frozen=True, slots=True)
class ListPosted:
    """One posting of the list of candidates, as reported."""

    n: int
    place: str
    first: str
    last: str
    candidates: tuple[Who, ...]
    entry: Place
    standing: str


@dataclass(frozen=True, slots=True)
class Round:
    """One vote of the election and what was declared of it: candidates by rank, and those who are tied for a run-off."""

    vote: str
    title: str | None
    phase: str
    declared: Moment | None
    elected: tuple[Who, ...]
    alternates: tuple[Who, ...]
    tied: tuple[Who, ...]
    entry: Place | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Chair and deputies, whom the members elected among themselves."""

    chair: Who
    deputies: tuple[Who, ...]
    signers: int
    done: Moment | None
    entry: Place


@dataclass(frozen=True, slots=True)
class Filed:
    """A report that the election was filed with an authority; `sort` is the class of that organisation."""

    authority: str
    sort: str | None
    day: str
    entry: Place
    flags: tuple[FlagFace, ...]


@dataclass(frozen=True, slots=True)
class ElectionSummary:
    """One line of the list of elections."""

    election: str
    kind: str
    stage: str
    seats: int
    candidates: int
    begun: Moment | None
    now: str | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class ElectionFace:
    """One election, whole."""

    election: str
    kind: str
    stage: str
    seats: int
    alternates: int
    term: int | None
    nominate_to: str
    roll: str
    steps: tuple[Step, ...]
    candidates: tuple[CandidateFace, ...]
    postings: tuple[ListPosted, ...]
    rounds: tuple[Round, ...]
    officers: Chosen | None
    filings: tuple[Filed, ...]
    duties: tuple[DutyFace, ...]
    objections: tuple[ObjectionFace, ...]
    flags: tuple[FlagFace, ...]
    acts: tuple[ActFace, ...]


Known = Mapping[str, Who]  # the candidates by their ids
Told = Sequence[tuple[Line, Act]]  # acts of the election that are in force, and their statements


def election_names(seen: View) -> tuple[str, ...]:
    """The elections that were begun here, the newest first."""
    return tuple(reversed(elections_of(seen.state)))


def election_summaries(seen: View) -> list[ElectionSummary]:
    """Every election in short, the newest first."""
    return [_summary(seen, name) for name in election_names(seen)]


def election_face(seen: View, name: str) -> ElectionFace | None:
    """An election, or None when none of that name was begun."""
    election: Election | None = seen.state.get(("election", name))
    if election is None:
        return None
    lines = _lines(seen, name, election)
    told = [(line, _act(seen, line)) for line in lines if standing_of(seen, line).name == "complete"]
    known = {one: candidate_of(seen, one) for one in election.candidates}
    rounds = _rounds(seen, election, told, known)
    return ElectionFace(
        name, election.kind, election.stage, election.seats, election.alternates, election.term, election.nominate_to,
        election.roll, _steps(seen, name, election, told),
        tuple(_candidate(seen, election, one, rounds, told) for one in election.candidates),
        tuple(_posting(seen, line, known) for line in lines if line.kind == "candidates-posted/1"), rounds, _officers(seen, told),
        tuple(_filing(seen, name, *one) for one in told if one[1].kind == "committee-filed/1"), duties_of(seen, (("election", name),)),
        objections_in(seen, f"election/{name}"), flags_in(seen, f"election/{name}"), act_faces(seen, lines),
    )  # fmt: skip


def _summary(seen: View, name: str) -> ElectionSummary:
    election: Election = seen.state["election", name]
    told = [
        (line, _act(seen, line))
        for line in seen.journal.about(f"election/{name}")
        if standing_of(seen, line).name == "complete"
    ]
    now = next((step.name for step in _steps(seen, name, election, told) if step.standing == NOW), None)
    late = any(one.overdue for one in duties_of(seen, (("election", name),)))
    return ElectionSummary(name, election.kind, election.stage, election.seats, len(election.candidates), done_at(seen, election.leaf),
                           now, late)  # fmt: skip


# --- acts ---------------------------------------------------------------------------------------------------------------------------


def _lines(seen: View, name: str, election: Election) -> list[Line]:
    """Every act of the election and of its candidates with its confirmations, in order."""
    checks = [
        line for line in seen.journal.of_kind(*OF_CANDIDATES) if _act(seen, line).body["candidate"] in election.candidates
    ]
    answers = [answer for line in checks for answer in seen.journal.answers(line.leaf)]
    every = {line.index: line for line in (*seen.journal.about(f"election/{name}"), *checks, *answers)}
    return [every[index] for index in sorted(every)]


def _act(seen: View, line: Line) -> Act:
    return act_of(seen.door.shelf.entries(line.index, 1)[0]).act


def _last(told: Told, kind: str) -> tuple[Line, Act] | None:
    return next((one for one in reversed(told) if one[1].kind == kind), None)


# --- how far it has come ------------------------------------------------------------------------------------------------------------


def _steps(seen: View, name: str, election: Election, told: Told) -> tuple[Step, ...]:
    """The first step that is not done is the one that it has come to; a by-election has no officers to elect."""
    done = _reached(seen, name, election, told)
    names = [step for step in STEPS if step != "officers" or election.kind != "by-election"]
    over = election.stage == "none-elected"
    now = None if over else next((step for step in names if not done[step][0]), None)
    return tuple(
        Step(
            step,
            DONE if done[step][0] else NOW if step == now else AHEAD,
            done[step][1] if done[step][0] else None,
            _until(election, step),
        )
        for step in names
    )


def _reached(seen: View, name: str, election: Election, told: Told) -> Mapping[str, tuple[bool, Moment | None]]:
    """Which steps are done, and when."""
    candidates = [seen.state["candidate", one] for one in election.candidates]
    later = election.stage != "begun"
    result: Result | None = seen.state.get(("result", election.vote)) if election.vote else None
    filing: Filing | None = seen.state.get(("filed", name))
    filed = filing is not None and {organisation(one) for one in filing.authorities} >= FILED_WITH
    last = {kind: done_at(seen, one[0].leaf) if (one := _last(told, kind)) else None for kind in (
        "candidates-posted/1", "candidates-final/1", "election-declared/1", "officers-elected/1", "committee-filed/1")}  # fmt: skip
    decided = election.stage in ("declared", "none-elected")
    return {
        "begun": (True, done_at(seen, election.leaf)),
        "nominations": (later or day_of(seen.now) > election.nominate_to, None),
        "checked": (later or (bool(candidates) and all(one.stage != "nominated" for one in candidates)), None),
        "posted": (later or bool(election.posted), last["candidates-posted/1"]),
        "final": (later, last["candidates-final/1"]),
        "vote": (decided or result is not None, done_at(seen, result.leaf) if result else None),
        "declared": (decided, last["election-declared/1"]),
        "officers": (("officers", name) in seen.state, last["officers-elected/1"]),
        "filed": (filed, last["committee-filed/1"]),
    }


def _until(election: Election, step: str) -> str | None:
    if step == "nominations":
        return election.nominate_to
    return max((to for to, _ in election.posted), default=None) if step == "posted" else None


# --- candidates ---------------------------------------------------------------------------------------------------------------------


def _candidate(seen: View, election: Election, name: str, rounds: Sequence[Round], told: Told) -> CandidateFace:
    one: Candidate = seen.state["candidate", name]
    profile: Mapping[str, Any] | None = texts_of(seen, one.leaf).get("profile")
    shown = Profile(*(profile[part] for part in ("name", "unit", "occupation", "statement", "political"))) if profile else None
    left = next((line for line, act in told if act.kind == "candidate-withdrawn/1" and act.body["candidate"] == name), None)
    figures = _figures(seen, name, rounds)
    return CandidateFace(
        name, shown, erased(seen.state, one.leaf, "profile") is not None, one.by, one.stage, place_at(seen, one.leaf),
        _finding(seen, one), place_of(left) if left else None, texts_of(seen, left.leaf).get("reason") if left else None,
        figures, _outcome(election, name, figures),
    )  # fmt: skip


def _finding(seen: View, one: Candidate) -> Finding | None:
    line = seen.journal.line(one.check)
    if line is None:
        return None
    reason = texts_of(seen, line.leaf).get("reason")
    return Finding(_act(seen, line).body["qualified"], reason, signer_of(seen, line), place_of(line))


def _figures(seen: View, name: str, rounds: Sequence[Round]) -> CandidateFigures | None:
    """Those of the last certified vote in which she stood."""
    for one in reversed(rounds):
        result: Result | None = seen.state.get(("result", one.vote))
        if result is not None and name in result.items and not result.annulled:
            found = result.items[name]
            agree, against, abstain = (WeightFace(**found[choice]) for choice in ("agree", "against", "abstain"))
            return CandidateFigures(one.vote, found["passed"], agree, against, abstain)
    return None


def _outcome(election: Election, name: str, figures: CandidateFigures | None) -> str | None:
    """Once a round was declared: elected and alternates stay so in a run-off; the others are tied or not elected."""
    if election.stage in ("begun", "final"):
        return None
    tied = election.round if election.stage == "run-off" else ()
    places = (("elected", election.elected), ("alternate", election.reserve), ("tied", tied))
    return next((found for found, names in places if name in names), "not-elected" if figures else None)


# --- rounds, officers, filings, postings --------------------------------------------------------------------------------------------


def _rounds(seen: View, election: Election, told: Told, known: Known) -> tuple[Round, ...]:
    declared = {act.body["vote"]: (line, act) for line, act in told if act.kind == "election-declared/1"}
    votes = dict.fromkeys((*declared, *((election.vote,) if election.vote else ())))
    return tuple(_round(seen, vote, declared.get(vote), known) for vote in votes)


def _round(seen: View, vote: str, declared: tuple[Line, Act] | None, known: Known) -> Round:
    poll, result = seen.state["poll", vote], seen.state.get(("result", vote))
    names = declared[1].body if declared else {"alternates": (), "elected": (), "tied": ()}
    elected, alternates, tied = (_said(known, names[part]) for part in ("elected", "alternates", "tied"))
    return Round(vote, texts_of(seen, poll.notice).get("title"), phase_of(poll, result, seen.now),
                 done_at(seen, declared[0].leaf) if declared else None, elected, alternates, tied,
                 place_of(declared[0]) if declared else None)  # fmt: skip


def _said(known: Known, names: Iterable[str]) -> tuple[Who, ...]:
    """These candidates; a report may name somebody who never stood."""
    return tuple(known.get(name, Who(candidate=name)) for name in names)


def _officers(seen: View, told: Told) -> Chosen | None:
    found = _last(told, "officers-elected/1")
    if found is None:
        return None
    line, act = found
    chair, *deputies = everybody(seen, (act.body["chair"], *act.body["deputies"]))
    return Chosen(chair, tuple(deputies), act.body["signers"], done_at(seen, line.leaf), place_of(line))


def _filing(seen: View, name: str, line: Line, act: Act) -> Filed:
    flags = tuple(one for one in flags_in(seen, f"election/{name}") if one.report == place_of(line))
    return Filed(act.body["authority"], organisation(act.body["authority"]), act.body["day"], place_of(line), flags)


def _posting(seen: View, line: Line, known: Known) -> ListPosted:
    body = _act(seen, line).body
    return ListPosted(body["n"], body["place"], body["from"], body["to"], _said(known, body["candidates"]), place_of(line),
                      standing_of(seen, line).name)  # fmt: skip
