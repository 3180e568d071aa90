"""Paper forms: looked up by the number on them, read by whoever holds the stub."""

from __future__ import annotations

from typing import Annotated, Any, Final
from unicodedata import normalize
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.bodies import FORM, body
from api.books import Book
from api.negotiation import LANGUAGES, in_language
from api.numbers import bare
from api.own import own_file
from api.problems import Faulty
from api.rendering import page
from domain.counted import counted_words
from domain.fields import NUMBER
from domain.lifecycle import UNOPENED
from domain.polls import SEALED
from domain.readers import NAMELESS, STUB
from ledger.showing import Looking
from ledger.stubs import opens
from projections.forms import ChosenFace, FormFace, chosen, form_face, head_of
from projections.ledgers import Opened, View, face, view
from projections.own import Own, own_rows
from projections.polls import items_of, summary, wording_of

MAX_CODE: Final = 1024
router = APIRouter()


@router.get("/api/v1/ledgers/{code}/polls/{poll}/forms/{form}", tags=["reading"], summary="One paper form")
def form_json(response: Response, opened: Book, poll: str, form: str) -> FormFace:
    """Whether the form is on the ledger and counts, and if not, why; never a choice."""
    response.headers["cache-control"] = "no-cache"
    return _found(view(opened), opened, poll, form)


@router.get("/c/{code}/polls/{poll}/forms", include_in_schema=False)
def look_up(request: Request, opened: Book, poll: str, number: str = "") -> Response:
    """The way from a number on paper to its form."""
    wanted = bare(number).lstrip("0")
    return RedirectResponse(
        in_language(request, f"/c/{opened.home.code}/polls/{quote(poll)}/forms/{quote(wanted, safe='')[:20]}"), 303
    )


@router.get("/c/{code}/polls/{poll}/forms/{form}", include_in_schema=False)
def form_page(request: Request, opened: Book, poll: str, form: str) -> HTMLResponse:
    """What became of a form."""
    return _page(request, opened, view(opened), poll, form)


@router.post("/c/{code}/polls/{poll}/forms/{form}", include_in_schema=False)
def stub_page(
    request: Request, opened: Book, poll: str, form: str, raw: Annotated[bytes, Depends(body(FORM, MAX_CODE))]
) -> HTMLResponse:
    """The same with the choice that was recorded, for whoever holds the stub."""
    seen, typed = view(opened), _typed(raw)
    _found(seen, opened, poll, form)
    if not opens(opened.door.vault.keys, poll, form, typed):
        return _page(request, opened, seen, poll, form, wrong=True, status=403)
    looking = Looking(opened.door, NAMELESS, STUB)
    shown = chosen(seen, poll, form, looking)
    looking.keep()  # on record before it is told
    return _page(request, opened, seen, poll, form, shown=shown, typed=typed)


@router.post("/c/{code}/polls/{poll}/forms/{form}/rows.json", include_in_schema=False)
def stub_rows(opened: Book, poll: str, form: str, raw: Annotated[bytes, Depends(body(FORM, MAX_CODE))]) -> Response:
    """The counted rows of the form's head, as a file to keep, for whoever holds the stub."""
    seen = view(opened)
    _found(seen, opened, poll, form)
    if not opens(opened.door.vault.keys, poll, form, _typed(raw)):
        raise Faulty("stub-wrong")
    looking = Looking(opened.door, NAMELESS, STUB)
    found = own_rows(opened, poll, (head_of(seen, poll, form),), looking)
    looking.keep()
    if not isinstance(found, Own):
        raise Faulty("rows-unavailable")
    return own_file(opened, poll, found)


def _typed(raw: bytes) -> str:
    return normalize("NFKC", parse_qs(raw.decode("utf-8", "replace")).get("code", [""])[0])


def _found(seen: View, opened: Opened, poll: str, form: str) -> FormFace:
    found = form_face(seen, poll, form) if NUMBER.fullmatch(form) else None
    if found is None:
        raise Faulty("form-unknown", ledger=opened.home.code, poll=poll, form=form)
    return found


def _page(request: Request, opened: Opened, seen: View, poll: str, form: str, *, shown: tuple[ChosenFace, ...] = (), typed: str = "",
          wrong: bool = False, status: int = 200) -> HTMLResponse:  # fmt: skip
    found, about = _found(seen, opened, poll, form), summary(seen, poll)
    public = seen.state["poll", poll].ballots != SEALED
    if public and found.standing != "waiting":  # whoever keys it again looks at the paper, not here
        shown = shown or chosen(seen, poll, form, _nothing)
    asked = wording_of(seen, poll)
    told: dict[str, Any] = {
        "form": found, "poll": about, "public": public, "typed": typed, "wrong": wrong, "said": _said(shown),
        "questions": [(item, asked.get(f"question/{item}")) for item in items_of(seen, poll) if item in found.marks],
        "shown": {one.item: one for one in shown},
    }  # fmt: skip
    headers = {"cache-control": "no-store"} if shown or wrong else {}
    return page(request, "form.html", status=status, headers=headers, ledger=face(opened), **told)


def _nothing(_leaf: bytes, _name: str) -> Any:
    """What anybody may open of what is restricted."""
    return UNOPENED


def _said(shown: tuple[ChosenFace, ...]) -> dict[str, dict[str, str]]:
    """How each item was counted, in words."""
    counted = ((one.item, one.counted_as, one.area) for one in shown if one.counted_as)
    return {item: dict(zip(LANGUAGES, counted_words(name, area), strict=True)) for item, name, area in counted}
