"""Signing any act in the browser: what is prepared is shown there from its own bytes, signed by its author's passkey, handed in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.bodies import body
from api.books import Book, Ledgers
from api.negotiation import JSON
from api.problems import Faulty
from api.rendering import NO_STORE, page
from domain.fields import HASH, Misfit
from ledger.submission import MAX_SUBMISSION
from projections.entries import entry_at
from projections.ledgers import face, view
from projections.prepared import PreparedFace, prepared

MEMBERS: Final = frozenset(("about", "body", "key", "kind", "openings"))
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object", "required": ["body", "key", "kind"], "additionalProperties": False,
    "properties": {"about": {"type": ["integer", "null"]}, "body": {"type": "object"}, "key": HASH.schema(), "kind": {"type": "string"},
                   "openings": {"type": "object"}},
}  # fmt: skip

router = APIRouter()


@router.post("/api/v1/ledgers/{code}/prepared", tags=["statements"], summary="The parts of a statement",
             openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": dict(SCHEMA)}}}})  # fmt: skip
def prepare(response: Response, opened: Book, raw: Annotated[bytes, Depends(body(JSON, MAX_SUBMISSION))]) -> PreparedFace:
    """Kind, body and openings in JSON by the kind's schema become the bytes to be signed; `about` is an entry's number.

    Whoever confirms or declines may leave out `person`: it is that of the key. Nothing is recorded, and nothing kept.
    """
    response.headers.update(NO_STORE)
    asked = _asked(raw)
    about = asked.get("about")
    if about is not None and entry_at(opened, about) is None:
        raise Faulty("entry-unknown", ledger=opened.home.code, index=about)
    return prepared(view(opened), asked["kind"], asked["body"], asked.get("openings", {}), about, asked["key"])


def _asked(raw: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(raw)
        asked["key"] = HASH.from_json(asked["key"], "key")
    except (ValueError, RecursionError, TypeError, KeyError) as why:  # Misfit is a ValueError
        raise Faulty("request-malformed", why=why if isinstance(why, Misfit) else "no JSON with kind, body and key") from why
    about = asked.get("about")
    fits = (
        isinstance(asked.get("kind"), str)
        and isinstance(asked.get("body"), dict)
        and isinstance(asked.get("openings", {}), dict)
    )
    if not fits or asked.keys() - MEMBERS or (about is not None and type(about) is not int):
        raise Faulty("request-malformed", why="kind is a text, body and openings are objects, about is a number")
    return dict(asked)


@router.get("/sign", include_in_schema=False)
def sign(request: Request, every: Ledgers, ledger: str = "") -> HTMLResponse:
    """The page on which an act is shown before it is signed; what is to be signed stands behind the address's # or is pasted."""
    here = [face(opened) for opened in every.values()]
    return page(request, "sign.html", headers=NO_STORE, here=here, chosen=ledger)
