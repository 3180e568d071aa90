"""Whether the process runs, whether its stores can be read, and how large its ledgers are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from api.books import Ledgers
from projections.ledgers import Opened

router = APIRouter(tags=["operation"])


@router.get("/healthz", summary="The process runs")
def healthz() -> dict[str, str]:
    """Asks no store."""
    return {"status": "ok"}


@router.get("/readyz", summary="The stores can be read")
def readyz(every: Ledgers) -> dict[str, Any]:
    """Size of each ledger, and which tables of changes stopped where and why; `not-ready` while a store cannot be read.

    A table that stopped stops nothing else: the ledger is written, and what is not past is read, as before.
    """
    stopped = {code: asdict(opened.past.stopped) for code, opened in every.items() if opened.past.stopped}
    return {"status": "ready", "ledgers": {code: _size(opened) for code, opened in every.items()}, "stopped": stopped}


@router.get("/metrics", summary="Sizes, in the text format of Prometheus", response_class=PlainTextResponse)
def metrics(every: Ledgers) -> PlainTextResponse:
    """Entries recorded, by ledger."""
    lines = ["# HELP liuchi_entries Entries recorded.", "# TYPE liuchi_entries gauge"]
    lines += [f'liuchi_entries{{ledger="{code}"}} {_size(opened)}' for code, opened in every.items()]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _size(opened: Opened) -> int:
    return opened.door.checkpoint()[0]
