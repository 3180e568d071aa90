"""The clerk's desk over HTTP: what a key's person may do now, what paper needs, and the pages on which it is done and signed.

A page is asked for with a key's id, which is public; nobody is shown more for it than the log shows to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.books import Book
from api.pages import LISTING
from api.problems import Faulty
from api.rendering import NO_STORE, page
from api.voting import SPELLED, asking
from domain.acts import DECLINE_REASONS, INVALID_REASONS, KINDS, NO_SUCH_FORM
from domain.fields import HASH, Misfit
from domain.lifecycle import Act
from domain.state import act_of
from projections.desk import (
    DeskFace,
    PaperFace,
    SheetFace,
    StreamFace,
    WaitsFace,
    desk_face,
    paper_face,
    sheet_face,
    stream_face,
)
from projections.forms import CORRECTION, KEYING
from projections.ledgers import Opened, View, face, view
from projections.naming import agenda_of, names_in
from projections.polls import items_of, wording_of
from projections.texts import texts_at
from projections.wording import body_shown

STREAM: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}(/[a-z0-9][a-z0-9-]{0,63}){0,3}", re.ASCII)
REASONS: Final = tuple(one for one in DECLINE_REASONS if one != "withdrawn")
PLACES: Final = ("east-gate", "south-gate", "west-gate", "north-gate", "notice-board", "service-centre")
SIGNED_HERE: Final = ("confirmed/1", "declined/1", "notice-posted/1", "poll-opened/1", "poll-closed/1", "paper-page/1", "page-keyed/1",
                      "entered-in-error/1")  # fmt: skip

router = APIRouter()


def asking_maybe(key: Annotated[str | None, Query(description=SPELLED)] = None) -> bytes | None:
    """The key that asks, if one does; Faulty `request-malformed`."""
    return None if key is None else asking(key)


def leaf_named(leaf: Annotated[str, Path(description="a leaf hash, 32 bytes in lower-case hex")]) -> bytes:
    """The entry of an address by its leaf; Faulty `page-unknown`."""
    try:
        found: bytes = HASH.from_json(leaf, "leaf")
    except Misfit as why:
        raise Faulty("page-unknown") from why
    return found


Asking = Annotated[bytes | None, Depends(asking_maybe)]
Leaf = Annotated[bytes, Depends(leaf_named)]


@router.get("/api/v1/ledgers/{code}/streams", tags=["reading"], summary="Where a stream stands")
def stream(response: Response, opened: Book, name: Annotated[str, Query(description="the stream's name")]) -> StreamFace:
    """The last leaf, which the next statement names as `prev`, and a checkpoint to sign on."""
    response.headers.update(NO_STORE)
    if not STREAM.fullmatch(name):
        raise Faulty("request-malformed", why="name: a stream's name")
    return stream_face(view(opened), name)


@router.get("/api/v1/ledgers/{code}/waiting", tags=["reading"], summary="What a key's person may do now")
def waiting(response: Response, opened: Book, key: Annotated[bytes, Depends(asking)]) -> DeskFace:
    """Acts that its person may confirm, own acts that wait, and what votes wait for from them."""
    response.headers.update(NO_STORE)
    found = desk_face(view(opened), key)
    if found is None:
        raise Faulty("key-not-admitted", ledger=opened.home.code)
    return found


@router.get("/api/v1/ledgers/{code}/polls/{poll}/paper", tags=["reading"], summary="What recording paper needs")
def paper(response: Response, opened: Book, poll: str, key: Asking = None) -> PaperFace:
    """The questions, the tag of each form by its number, and the numbers that stand recorded; never what a form says."""
    response.headers.update(NO_STORE)
    return _paper(view(opened), opened, poll, key)


@router.get("/api/v1/ledgers/{code}/polls/{poll}/paper/{leaf}", tags=["reading"], summary="A page of paper to key again")
def sheet(response: Response, opened: Book, poll: str, leaf: Leaf, key: Asking = None) -> SheetFace:
    """The numbers of its forms and what they have come to; never what they say."""
    response.headers.update(NO_STORE)
    return _sheet(view(opened), poll, leaf, key)


# --- pages ----------------------------------------------------------------------------------------------------------------------


@router.get("/c/{code}/desk", include_in_schema=False)
def desk_page(request: Request, opened: Book, key: Asking = None) -> HTMLResponse:
    """The desk of a key; without one the browser looks for its own, and says what to do where there is none."""
    seen = view(opened)
    found = desk_face(seen, key) if key is not None else None
    shown = {one.leaf: _shown(seen, opened, one) for one in (*found.waiting, *found.own)} if found else {}
    return page(request, "desk.html", headers=NO_STORE, ledger=face(opened), desk=found, asked=key.hex() if key else "", shown=shown,
                reasons=REASONS, places=PLACES, keying=KEYING, kinds=SIGNED_HERE, order=(), names={})  # fmt: skip


@router.get("/c/{code}/polls/{poll}/paper", include_in_schema=False)
def record_page(request: Request, opened: Book, poll: str) -> HTMLResponse:
    """Where a clerk records forms."""
    return _typing(request, opened, poll, None, "record")


@router.get("/c/{code}/polls/{poll}/paper/{leaf}", include_in_schema=False)
def key_page(request: Request, opened: Book, poll: str, leaf: Leaf) -> HTMLResponse:
    """Where a second person keys a page again, blind."""
    return _typing(request, opened, poll, leaf, "key")


@router.get("/c/{code}/polls/{poll}/paper/{leaf}/correct", include_in_schema=False)
def correct_page(request: Request, opened: Book, poll: str, leaf: Leaf) -> HTMLResponse:
    """Where a clerk corrects forms of a page."""
    return _typing(request, opened, poll, leaf, "correct")


# --- pieces ---------------------------------------------------------------------------------------------------------------------


def _paper(seen: View, opened: Opened, poll: str, key: bytes | None) -> PaperFace:
    found = paper_face(seen, poll, key)
    if found is None:
        raise Faulty("poll-unknown", ledger=opened.home.code, poll=poll)
    return found


def _sheet(seen: View, poll: str, leaf: bytes, key: bytes | None) -> SheetFace:
    found = sheet_face(seen, poll, leaf, key)
    if found is None:
        raise Faulty("page-unknown")
    return found


def _typing(request: Request, opened: Book, poll: str, leaf: bytes | None, mode: str) -> HTMLResponse:
    seen = view(opened)
    found, own = _paper(seen, opened, poll, None), _sheet(seen, poll, leaf, None) if leaf else None
    reasons = [one for one in INVALID_REASONS if one != NO_SUCH_FORM or mode == "key"]
    return page(request, "paper.html", headers=NO_STORE, ledger=face(opened), poll=found, sheet=own, mode=mode, reasons=reasons,
                correction=own is not None and own.kind == CORRECTION)  # fmt: skip


def _shown(seen: View, opened: Opened, one: WaitsFace) -> Mapping[str, Any]:
    """What an act says, for whoever is asked to confirm it; of paper nothing, because it is keyed again blind."""
    act: Act = act_of(opened.door.shelf.entries(one.index, 1)[0]).act
    agenda = {f"question/{item}": words for item, words in agenda_of(seen, act.body.get("meeting", "")).items()}
    order = _order(seen, act, one, agenda)
    texts = dict(sorted(texts_at(opened.door, one.index).items(), key=lambda text: _place(text[0], order)))
    hidden = one.forms is not None
    fields = () if hidden else body_shown(KINDS[act.kind].body, act.body, order)
    return {
        "fields": fields,
        "names": names_in(seen, act.kind, fields),
        "texts": texts,
        "order": order,
        "asked": {**(wording_of(seen, one.poll) if one.poll else agenda), **texts},
        "sealed": 0 if hidden else len(act.sealed) - len(texts),
    }


def _order(seen: View, act: Act, one: WaitsFace, agenda: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the items that the act speaks of, in the order of their notice."""
    if one.poll:
        return items_of(seen, one.poll)
    if act.kind in LISTING:
        return tuple(item["id"] for item in act.body["items"])
    return tuple(name.partition("/")[2] for name in agenda)


def _place(name: str, order: Sequence[str]) -> int:
    """Where a public text stands: a title first, then the questions as in the notice."""
    item = name.partition("/")[2]
    return order.index(item) + 1 if item in order else 0
