"""The pages about self-government beside votes: an election, the committee and its meetings, objections, requests, what was joined."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.books import Book
from api.pages import address, soon
from api.problems import Faulty
from api.rendering import page
from projections.committee import committee_face, meeting_face
from projections.duties import subject_of
from projections.elections import election_face
from projections.joined import joined_face
from projections.ledgers import face, view
from projections.objections import objections
from projections.requests import request_face

router = APIRouter(include_in_schema=False)


@router.get("/c/{code}/elections/{election}")
def election_page(request: Request, opened: Book, election: str) -> HTMLResponse:
    """An election: how far it has come, who stands, what was found, the votes, the outcome, and who signed what."""
    seen = view(opened)
    found = election_face(seen, election)
    if found is None:
        raise Faulty("election-unknown", ledger=opened.home.code, election=election)
    url, code = address(request, f"/c/{opened.home.code}/elections/{election}")
    return page(request, "election.html", ledger=face(opened), election=found, url=url, code=code, soon=soon(seen))


@router.get("/c/{code}/committee")
def committee_page(request: Request, opened: Book) -> HTMLResponse:
    """The committee in office, its term, duties and meetings, and the register of its seal."""
    seen = view(opened)
    found = committee_face(seen)
    elected = subject_of(seen, f"election/{found.election}")
    return page(request, "committee.html", ledger=face(opened), committee=found, elected=elected, soon=soon(seen))


@router.get("/c/{code}/meetings/{meeting}")
def meeting_page(request: Request, opened: Book, meeting: str) -> HTMLResponse:
    """A meeting of the committee: agenda, votes by member, the tests of each decision, minutes and postings."""
    seen = view(opened)
    found = meeting_face(seen, meeting)
    if found is None:
        raise Faulty("meeting-unknown", ledger=opened.home.code, meeting=meeting)
    return page(request, "meeting.html", ledger=face(opened), meeting=found, soon=soon(seen))


@router.get("/c/{code}/objections")
def objections_page(request: Request, opened: Book) -> HTMLResponse:
    """Every objection and its answer."""
    return page(request, "objections.html", ledger=face(opened), objections=objections(view(opened)))


@router.get("/c/{code}/joined")
def joined_page(request: Request, opened: Book) -> HTMLResponse:
    """What was carried over and what was counted elsewhere."""
    return page(request, "joined.html", ledger=face(opened), joined=joined_face(view(opened)))


@router.get("/c/{code}/requests/{wanted}")
def request_page(request: Request, opened: Book, wanted: str) -> HTMLResponse:
    """A request of owners: how many signed, what is lacking, and the group that was formed."""
    seen = view(opened)
    found = request_face(seen, wanted)
    if found is None:
        raise Faulty("request-unknown", ledger=opened.home.code, request=wanted)
    return page(request, "request.html", ledger=face(opened), asked=found, soon=soon(seen))
