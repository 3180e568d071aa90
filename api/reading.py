"""What anybody may read as JSON: the ledgers, their kinds, entries, proofs, public texts and votes."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.books import After, Book, Ledgers, Limit, Place
from api.problems import Faulty
from api.sessions import CLOSED, AnyReader
from projections.entries import PAGE, EntryFace, entries_after, entry_at, entry_face
from projections.kinds import KindFace, kind_faces
from projections.ledgers import LedgerFace, face, view
from projections.polls import PollFace, PollSummary, poll_face, summaries
from projections.texts import ErasedFace, OpeningFace, opening_faces

FOREVER: Final = "public, max-age=31536000, immutable"
FRESH: Final = "no-cache"

router = APIRouter(prefix="/api/v1/ledgers", tags=["reading"])


@router.get("", summary="The ledgers that are open here")
def ledgers(response: Response, every: Ledgers) -> list[LedgerFace]:
    """Each with its name, keys and size."""
    response.headers["cache-control"] = FRESH
    return [face(opened) for opened in every.values()]


@router.get("/{code}", summary="One ledger")
def ledger(response: Response, opened: Book) -> LedgerFace:
    """Its name, keys and size."""
    response.headers["cache-control"] = FRESH
    return face(opened)


@router.get("/{code}/kinds", summary="The kinds of acts")
def kinds(response: Response, opened: Book) -> dict[str, KindFace]:  # noqa: ARG001  # an unknown ledger has no kinds
    """JSON Schema of each body, its stream, who signs, who confirms, what may be sealed and who reads that."""
    response.headers["cache-control"] = "public, max-age=300"
    return kind_faces()


@router.get("/{code}/entries", summary="Entries in order", response_model=list[EntryFace])
def entries(request: Request, response: Response, opened: Book, after: After = None, limit: Limit = 100) -> Any:
    """A full page never changes; the last page has an ETag and answers 304 until something is appended."""
    limit = min(limit, PAGE)
    found = entries_after(opened, -1 if after is None else after, limit)
    full = len(found) == limit
    tag = f'"{found[-1].leaf}-{len(found)}"' if found else '"none"'
    headers = {"etag": tag, "cache-control": FOREVER if full else FRESH}
    if full:
        headers["link"] = f'</api/v1/ledgers/{opened.home.code}/entries?after={found[-1].index}&limit={limit}>; rel="next"'
    if tag in (one.strip() for one in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return found


@router.get("/{code}/entries/{index}", summary="One entry")
def entry(response: Response, opened: Book, index: Place) -> EntryFace:
    """The leaf's bytes, and the same decoded."""
    response.headers["cache-control"] = FOREVER
    raw = entry_at(opened, index)
    assert raw is not None
    return entry_face(index, raw)


@router.get("/{code}/entries/{index}/proof", summary="The proof of an entry", response_class=PlainTextResponse)
def proof(opened: Book, index: Place) -> PlainTextResponse:
    """A C2SP tlog-proof under the newest checkpoint."""
    return PlainTextResponse(opened.door.receipt(index).proof, headers={"cache-control": FRESH})


@router.get("/{code}/entries/{index}/openings", summary="What an entry seals, as far as the reader may read it")
def openings(response: Response, opened: Book, index: Place, who: AnyReader) -> list[OpeningFace | ErasedFace]:
    """Everybody gets the public texts; a session also what its roles give now, after an access record is kept.

    Each opening was checked against the entry's digests; what was erased stands there with the act that erased it.
    """
    response.headers.update(CLOSED if who else {"cache-control": FRESH, "vary": CLOSED["vary"]})
    return opening_faces(opened.door, index, who)


@router.get("/{code}/polls", summary="The votes")
def polls(response: Response, opened: Book) -> list[PollSummary]:
    """Every vote in short, the newest notice first."""
    response.headers["cache-control"] = FRESH
    return summaries(view(opened))


@router.get("/{code}/polls/{poll}", summary="One vote")
def poll(response: Response, opened: Book, poll: str) -> PollFace:
    """Questions, stage, turnout, postings, flags, acts; figures once they are certified."""
    response.headers["cache-control"] = FRESH
    found = poll_face(view(opened), poll)
    if found is None:
        raise Faulty("poll-unknown", ledger=opened.home.code, poll=poll)
    return found
