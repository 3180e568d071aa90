"""What anybody may read as JSON about self-government beside votes: elections, the committee, objections, requests, duties."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.books import Book
from api.problems import Faulty
from api.reading import FRESH
from projections.committee import CommitteeFace, MeetingFace, MeetingSummary, committee_face, meeting_face, meeting_summaries
from projections.duties import DutyFace, duties
from projections.elections import ElectionFace, ElectionSummary, election_face, election_summaries
from projections.joined import JoinedFace, joined_face
from projections.ledgers import view
from projections.objections import ObjectionFace, objections, objections_in
from projections.requests import GroupFace, RequestFace, groups, request_face, requests


def fresh(response: Response) -> None:
    """Whatever is computed from the newest entries is asked for again each time."""
    response.headers["cache-control"] = FRESH


router = APIRouter(prefix="/api/v1/ledgers/{code}", tags=["self-government"], dependencies=[Depends(fresh)])


@router.get("/elections", summary="The elections")
def read_elections(opened: Book) -> list[ElectionSummary]:
    """Every election in short, the newest first."""
    return election_summaries(view(opened))


@router.get("/elections/{election}", summary="One election")
def read_election(opened: Book, election: str) -> ElectionFace:
    """Steps, candidates with what they publish, findings, postings, votes, figures, outcome, officers, filing, duties, acts."""
    found = election_face(view(opened), election)
    if found is None:
        raise Faulty("election-unknown", ledger=opened.home.code, election=election)
    return found


@router.get("/committee", summary="The owners' committee")
def read_committee(opened: Book) -> CommitteeFace:
    """Members in office, term, vacancies, alternates, duties, meetings, and the register of the seal."""
    return committee_face(view(opened))


@router.get("/meetings", summary="The committee's meetings")
def read_meetings(opened: Book) -> list[MeetingSummary]:
    """Every meeting in short, the newest call first."""
    return meeting_summaries(view(opened))


@router.get("/meetings/{meeting}", summary="One meeting of the committee")
def read_meeting(opened: Book, meeting: str) -> MeetingFace:
    """Agenda, who was in office and present, each member's votes, the tests of each decision, minutes, postings."""
    found = meeting_face(view(opened), meeting)
    if found is None:
        raise Faulty("meeting-unknown", ledger=opened.home.code, meeting=meeting)
    return found


@router.get("/objections", summary="Objections of owners")
def read_objections(opened: Book, matter: str | None = None) -> list[ObjectionFace]:
    """Every objection, the newest first; or those of one matter: a vote's id, `election/<id>`, `roll/<id>`."""
    seen = view(opened)
    return list(objections(seen) if matter is None else objections_in(seen, matter))


@router.get("/joined", summary="What was carried over or counted elsewhere")
def read_joined(opened: Book) -> JoinedFace:
    """Attested by two organisations, not checked by this ledger."""
    return joined_face(view(opened))


@router.get("/deadlines", summary="What is owed, by whom and until when")
def read_deadlines(opened: Book) -> list[DutyFace]:
    """Every duty that is not done, the earliest first, by both readings of its period."""
    return list(duties(view(opened)))


@router.get("/requests", summary="What owners ask for together")
def read_requests(opened: Book) -> list[RequestFace]:
    """Every request, the newest first."""
    return requests(view(opened))


@router.get("/requests/{request}", summary="One request")
def read_request(opened: Book, request: str) -> RequestFace:
    """How many heads signed, what is lacking, how it was verified, and the group that was formed."""
    found = request_face(view(opened), request)
    if found is None:
        raise Faulty("request-unknown", ledger=opened.home.code, request=request)
    return found


@router.get("/groups", summary="Preparatory and re-election groups")
def read_groups(opened: Book) -> list[GroupFace]:
    """Each with how many of its members stand for whom."""
    return groups(view(opened))
