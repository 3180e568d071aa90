"""An owner's own rows as she reads them: how each item of a vote was counted for her, and the file that proves it.

Whoever puts these behind a route knows who asks: the page and the file say how somebody voted.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.rendering import page
from domain.counted import counted_words
from projections.ledgers import Opened, View, face
from projections.own import Lost, Own
from projections.polls import items_of, wording_of

PRIVATE = {"cache-control": "no-store"}


def own_page(request: Request, opened: Opened, seen: View, poll: str, found: Own | Lost | None, file: str) -> HTMLResponse:
    """Her rows with the words of the questions; `file` is the address of the same rows as a file."""
    asked, order = wording_of(seen, poll), items_of(seen, poll)
    rows = sorted(_rows(found), key=lambda row: (row["tag"], order.index(row["item"]))) if isinstance(found, Own) else []
    return page(request, "own.html", headers=PRIVATE, ledger=face(opened), poll=poll, asked=asked, order=order, rows=rows, file=file,
                lost=len(found.names) if isinstance(found, Lost) else None,
                result=found.result.index if isinstance(found, Own) else None)  # fmt: skip


def own_file(opened: Opened, poll: str, found: Own) -> Response:
    """The same rows as a file to keep."""
    name = f"own-{opened.home.code}-{poll}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"', **PRIVATE}
    return Response(json.dumps(found.document(), indent=1) + "\n", media_type="application/json", headers=headers)


def _rows(found: Own) -> list[dict[str, Any]]:
    return [_row(index.index, row) for index, row in zip(found.rows, found.told, strict=True)]


def _row(index: int, row: Any) -> dict[str, Any]:
    zh, en = counted_words(row.counted_as, row.area)
    return {"index": index, "item": row.item, "tag": row.tag.hex(), "zh": zh, "en": en,
            "ballot": row.ballot.hex() if row.ballot else None}  # fmt: skip
