"""An owner's own rows as she reads them: how each item of a vote was counted for her, and the file that proves it.

Only for whoever a session shows her to be; what is read for her is put on record before she is answered.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.books import Book
from api.problems import Faulty
from api.rendering import NO_STORE, page
from api.sessions import CLOSED, AnyReader, KnownReader
from domain.counted import counted_words
from domain.readers import Reader
from domain.results import deemed_as
from ledger.showing import Looking
from projections.ledgers import Opened, View, face, view
from projections.own import Lost, Own, own_rows, tags_of_person
from projections.polls import items_of, wording_of

UNKNOWN = {"www-authenticate": "Bearer", **CLOSED}
router = APIRouter()


@router.get("/api/v1/ledgers/{code}/polls/{poll}/own", tags=["reading"], summary="The reader's own rows of a result",
            responses={200: {"content": {"application/json": {}}}})  # fmt: skip
def own(opened: Book, poll: str, who: KnownReader) -> Response:
    """The file of her counted rows with their paths; problem `rows-unavailable` before the result, and for somebody not on the roll."""
    found = _own(opened, poll, who)
    if not isinstance(found, Own) or not found.rows:
        raise Faulty("rows-unavailable")
    return own_file(opened, poll, found)


@router.get("/c/{code}/polls/{poll}/own", include_in_schema=False)
def own_rows_page(request: Request, opened: Book, poll: str, who: AnyReader) -> HTMLResponse:
    """The same to read; without a session, how she comes to her rows all the same."""
    if who is None:
        asked = wording_of(_seen(opened, poll), poll)
        return page(request, "own-how.html", status=401, headers=UNKNOWN, ledger=face(opened), poll=poll, asked=asked)
    found = _own(opened, poll, who)
    return own_page(request, opened, view(opened), poll, found, f"/api/v1/ledgers/{opened.home.code}/polls/{poll}/own")


def _seen(opened: Opened, poll: str) -> View:
    seen = view(opened)
    if ("poll", poll) not in seen.state:
        raise Faulty("poll-unknown", ledger=opened.home.code, poll=poll)
    return seen


def _own(opened: Opened, poll: str, who: Reader) -> Own | Lost | None:
    seen = _seen(opened, poll)
    looking = Looking(opened.door, who, "owner")
    found = own_rows(opened, poll, tags_of_person(seen.state, poll, who.person), looking)
    if isinstance(found, Own):
        looking.keep()
    return found


def own_page(request: Request, opened: Opened, seen: View, poll: str, found: Own | Lost | None, file: str) -> HTMLResponse:
    """Her rows with the words of the questions; `file` is the address of the same rows as a file."""
    asked, order = wording_of(seen, poll), items_of(seen, poll)
    rows = (
        sorted(_rows(seen, poll, found), key=lambda row: (row["tag"], order.index(row["item"])))
        if isinstance(found, Own)
        else []
    )
    return page(request, "own.html", headers=NO_STORE, ledger=face(opened), poll=poll, asked=asked, order=order, rows=rows, file=file,
                lost=len(found.names) if isinstance(found, Lost) else None, clause=seen.state["poll", poll].clause,
                result=found.result.index if isinstance(found, Own) else None)  # fmt: skip


def own_file(opened: Opened, poll: str, found: Own) -> Response:
    """The same rows as a file to keep."""
    name = f"own-{opened.home.code}-{poll}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"', **NO_STORE}
    return Response(json.dumps(found.document(), indent=1) + "\n", media_type="application/json", headers=headers)


def _rows(seen: View, poll: str, found: Own) -> list[dict[str, Any]]:
    told = zip(found.rows, found.told, strict=True)
    return [{**_row(index.index, row), "deemed": deemed_as(seen.state, poll, row)} for index, row in told]


def _row(index: int, row: Any) -> dict[str, Any]:
    zh, en = counted_words(row.counted_as, row.area)
    return {"index": index, "item": row.item, "tag": row.tag.hex(), "zh": zh, "en": en,
            "ballot": row.ballot.hex() if row.ballot else None}  # fmt: skip
