"""Voting with a key: what a key stands for, what its next ballot needs, and the page on which its holder votes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.books import Book
from api.problems import Faulty
from api.rendering import NO_STORE, page
from domain.fields import HASH, Misfit
from projections.ledgers import face, view
from projections.polls import poll_face
from projections.voting import BallotFace, KeyFace, ballot_face, key_face

router = APIRouter()
SPELLED = "a key id, 32 bytes in lower-case hex"


def _key_id(spelled: str) -> bytes:
    try:
        found: bytes = HASH.from_json(spelled, "key")
    except Misfit as why:
        raise Faulty("request-malformed", why=why) from why
    return found


def named(key: Annotated[str, Path(description=SPELLED)]) -> bytes:
    """The key of an address; Faulty `request-malformed`."""
    return _key_id(key)


def asking(key: Annotated[str, Query(description=SPELLED)]) -> bytes:
    """The key that asks; Faulty `request-malformed`."""
    return _key_id(key)


@router.get("/api/v1/ledgers/{code}/keys/{key}", tags=["reading"], summary="One key")
def key(response: Response, opened: Book, key: Annotated[bytes, Depends(named)]) -> KeyFace:
    """Whether it signs, the posts of its person now, and the heads that it stands for; all of it is public in the log."""
    response.headers.update(NO_STORE)
    found = key_face(view(opened), key)
    if found is None:
        raise Faulty("key-not-admitted", ledger=opened.home.code)
    return found


@router.get("/api/v1/ledgers/{code}/polls/{poll}/ballot", tags=["reading"], summary="What a ballot needs")
def ballot(response: Response, opened: Book, poll: str, key: Annotated[bytes, Depends(asking)]) -> BallotFace:
    """Questions, the heads of the key with the last leaf of their streams, a checkpoint, and whether a ballot is taken now."""
    response.headers.update(NO_STORE)
    found = ballot_face(view(opened), poll, key)
    if found is None:
        raise Faulty("poll-unknown", ledger=opened.home.code, poll=poll)
    return found


@router.get("/c/{code}/polls/{poll}/vote", include_in_schema=False)
def vote(request: Request, opened: Book, poll: str) -> HTMLResponse:
    """The questions to answer; choosing, signing and checking happen in the browser, and without it the page says what to do."""
    found = poll_face(view(opened), poll)
    if found is None:
        raise Faulty("poll-unknown", ledger=opened.home.code, poll=poll)
    return page(request, "vote.html", headers=NO_STORE, ledger=face(opened), poll=found)
