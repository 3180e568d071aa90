"""Whether the process runs, whether its stores can be read, and how large its ledgers are."""

from __future__ import annotations

import sqlite3
from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from api.books import Ledgers
from api.problems import Faulty
from projections.ledgers import Opened

router = APIRouter(tags=["operation"])


@router.get("/healthz", summary="The process runs")
def healthz() -> dict[str, str]:
    """Asks no store."""
    return {"status": "ok"}


@router.get("/readyz", summary="The stores can be read")
def readyz(every: Ledgers) -> dict[str, Any]:
    """Size of each ledger; problem `not-ready` names the first whose store cannot be read."""
    return {"status": "ready", "ledgers": {code: _size(opened) for code, opened in every.items()}}


@router.get("/metrics", summary="Sizes, in the text format of Prometheus", response_class=PlainTextResponse)
def metrics(every: Ledgers) -> PlainTextResponse:
    """Entries recorded, by ledger."""
    lines = ["# HELP liuchi_entries Entries recorded.", "# TYPE liuchi_entries gauge"]
    lines += [f'liuchi_entries{{ledger="{code}"}} {_size(opened)}' for code, opened in every.items()]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _size(opened: Opened) -> int:
    try:
        return opened.door.checkpoint()[0]
    except sqlite3.Error as why:
        raise Faulty("not-ready", ledger=opened.home.code) from why
