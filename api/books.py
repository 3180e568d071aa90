"""What the routes ask for by name: the ledger of a code, the place of an entry, a page of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import BeforeValidator
from starlette.requests import Request

from api.problems import Faulty
from projections.entries import PAGE, entry_at
from projections.ledgers import Opened
from tlog import spelling
from tlog.errors import Malformed


def ledgers_of(request: Request) -> Mapping[str, Opened]:
    """Every ledger that is open here, by its code."""
    ledgers: Mapping[str, Opened] = request.app.state.ledgers
    return ledgers


def book(request: Request, code: Annotated[str, Path(description="the ledger's code")]) -> Opened:
    """The ledger of this code; Faulty `ledger-unknown`."""
    opened = ledgers_of(request).get(code)
    if opened is None:
        raise Faulty("ledger-unknown", ledger=code)
    return opened


def place(opened: Book, index: Annotated[str, Path(description="the entry's number, from 0")]) -> int:
    """The number of an entry that is there, in its only spelling; Faulty `entry-unknown`."""
    try:
        number = spelling.decimal(index, "index")
    except Malformed:
        number = -1
    if entry_at(opened, number) is None:
        raise Faulty("entry-unknown", ledger=opened.home.code, index=index)
    return number


def _decimal(value: Any) -> Any:
    return spelling.decimal(value, "number") if isinstance(value, str) else value


Book = Annotated[Opened, Depends(book)]
Ledgers = Annotated[Mapping[str, Opened], Depends(ledgers_of)]
Place = Annotated[int, Depends(place)]
After = Annotated[int | None, BeforeValidator(_decimal), Query(ge=0, description="entries above this number")]
Limit = Annotated[int, BeforeValidator(_decimal), Query(ge=1, description=f"at most so many, and at most {PAGE}")]
Start = Annotated[int | None, BeforeValidator(_decimal), Query(alias="from", ge=0)]
