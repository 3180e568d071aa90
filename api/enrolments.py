"""Keys by letter: the waiting room for what owners send, and what the log says of each key (docs/spec/enrolment.md).

Nothing here is an act: a clerk and a supervisor of another organisation admit what waits. Keys of heads are public on the log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.bodies import FORM, body
from api.books import Book
from api.negotiation import JSON
from api.problems import Faulty
from api.rendering import NO_STORE, page
from api.sessions import CLOSED, AnyReader
from domain.fields import HEX, IDENT, Bytes, Field, Misfit, Record, Text, Whole
from domain.roll import heads_of_person
from keys.enrolment import fingerprint, proves
from ledger.letters import Box, Letter, LetterRefused, masked
from projections.keys import KeyStanding, key_standing, keys_of_head
from projections.ledgers import Opened, face, view
from tlog.entry import key_id

MAX_BODY: Final = 8192
NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
TYPED: Final = Text(re.compile(r"[ -~·]{1,40}"), "the code on the letter")
LOOKUP: Final[Mapping[str, Field]] = {"code": TYPED, "letter": Whole(1, 10**9)}
ENROL: Final[Mapping[str, Field]] = {**LOOKUP, "possession": Bytes(1, 1024), "public": Bytes(1, 512), "suite": IDENT}
DEVICES: Final = (("HarmonyOS", "HarmonyOS"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
                  ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip

router = APIRouter()


@dataclass(frozen=True, slots=True)
class LetterFace:
    """What an opened letter is about: units masked, the person in hex, the key that came with it if one did; `expires` in Unix ms."""

    ledger: str
    person: str
    units: tuple[str, ...]
    expires: int
    key: str | None


@dataclass(frozen=True, slots=True)
class EnrolledFace:
    """A key that waits for clerk and supervisor: its id, and the groups of digits to compare at the door."""

    key: str
    fingerprint: tuple[str, ...]
    standing: str


def box_of(opened: Opened) -> Box:
    """A ledger's letters and waiting keys."""
    return Box(opened.home.path, opened.door.vault.keys, opened.home.origin)


def _takes(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {JSON: {"schema": Record(fields).schema()}}}}


@router.post(
    "/api/v1/ledgers/{code}/enrolments/lookup",
    response_model=LetterFace,
    tags=["keys"],
    summary="What a letter is about",
    openapi_extra=_takes(LOOKUP),
)
def lookup(request: Request, opened: Book, raw: Annotated[bytes, Depends(body(JSON, MAX_BODY))]) -> Response:
    """For whoever holds the letter; five wrong codes lock it."""
    asked, box = _asked(raw, LOOKUP), box_of(opened)
    letter = _opened(box, opened, asked, request)
    came = box.key_of(letter.number)
    told = LetterFace(
        opened.home.origin, letter.person.hex(), tuple(map(masked, letter.units)), letter.expires, came.hex() if came else None
    )
    return JSONResponse(asdict(told), headers=dict(NO_STORE))


@router.post("/api/v1/ledgers/{code}/enrolments", status_code=201, response_model=EnrolledFace, tags=["keys"],
             summary="Hand in a key with a letter", openapi_extra=_takes(ENROL))  # fmt: skip
def enrol(request: Request, opened: Book, raw: Annotated[bytes, Depends(body(JSON, MAX_BODY))]) -> Response:
    """The key waits until a clerk and a supervisor admit it; the same again changes nothing."""
    asked, box = _asked(raw, ENROL), box_of(opened)
    letter = _opened(box, opened, asked, request)
    row = {"org": None, "person": letter.person, **{name: asked[name] for name in ("possession", "public", "suite")}}
    if not proves(opened.home.origin, row):
        raise Faulty("key-unproved")
    key, seen = key_id(row["suite"], row["public"]), view(opened)
    if ("key", key) in seen.state:
        raise Faulty("key-there")
    try:
        box.enrol(letter, key, row, _device(request), _address(request), seen.now)
    except LetterRefused as why:
        raise Faulty(why.code) from why
    return JSONResponse(asdict(EnrolledFace(key.hex(), fingerprint(key), "waiting")), 201, dict(NO_STORE))


@router.get("/api/v1/ledgers/{code}/enrolments/{key}", tags=["keys"], summary="What became of a key")
def key(response: Response, opened: Book, key: str) -> KeyStanding:
    """Unknown, waiting, admitted, bound or revoked, with its heads; the log's own words."""
    response.headers["cache-control"] = "no-cache"
    raw = bytes.fromhex(key) if HEX.fullmatch(key) and len(key) == 64 else b""
    return key_standing(view(opened), raw, waits=box_of(opened).has(raw))


@router.get("/api/v1/ledgers/{code}/heads/{snapshot}/{tag}", tags=["keys"], summary="The keys that stand for a head")
def head(response: Response, opened: Book, snapshot: str, tag: str) -> list[KeyStanding]:
    """Public on the log: since when, who admitted each, which were bound after the freeze."""
    response.headers["cache-control"] = "no-cache"
    raw = bytes.fromhex(tag) if HEX.fullmatch(tag) and len(tag) == 32 else b""
    found = keys_of_head(view(opened), snapshot, raw)
    if found is None:
        raise Faulty("head-unknown-here", snapshot=snapshot)
    return [*found]


# --- pages ------------------------------------------------------------------------------------------------------------------------


@router.get("/c/{code}/enrol", include_in_schema=False)
def enrol_page(request: Request, opened: Book) -> HTMLResponse:
    """Where the code on a letter leads: number, code, fingerprint; and afterwards what became of the key."""
    return page(request, "enrol.html", ledger=face(opened))


@router.get("/c/{code}/keys", include_in_schema=False)
def keys_page(request: Request, opened: Book, who: AnyReader) -> HTMLResponse:
    """The keys that stand for the reader's own heads; without a session, the way there by a letter."""
    heads = heads_of_person(view(opened).state, who.person) if who else ()
    return _keys_page(request, opened, heads if who else None)


@router.post("/c/{code}/keys", include_in_schema=False)
def keys_by_letter(request: Request, opened: Book, raw: Annotated[bytes, Depends(body(FORM, MAX_BODY))]) -> HTMLResponse:
    """The same for whoever holds a letter."""
    typed = parse_qs(raw.decode("utf-8", "replace"))
    number, code = (typed.get(name, [""])[0].strip() for name in ("letter", "code"))
    letters, wanted = box_of(opened), int(number) if NUMBER.fullmatch(number) else 0
    try:
        letter = letters.opened(wanted, code, _address(request), view(opened).now)
    except LetterRefused as why:
        return _keys_page(request, opened, None, wrong=why.code)
    return _keys_page(request, opened, [(letter.snapshot, tag) for tag, _ in letter.heads], letter)


def _keys_page(request: Request, opened: Opened, heads: Iterable[tuple[str, bytes]] | None, letter: Letter | None = None,
               wrong: str | None = None) -> HTMLResponse:  # fmt: skip
    seen = view(opened)
    units = {tag: tuple(map(masked, units)) for tag, units in letter.heads} if letter else {}
    shown = [{"snapshot": snapshot, "tag": tag.hex(), "units": units.get(tag, ()), "keys": keys_of_head(seen, snapshot, tag) or ()}
             for snapshot, tag in heads or ()]  # fmt: skip
    return page(request, "keys.html", status=403 if wrong else 200, headers=CLOSED, ledger=face(opened), asked=heads is not None,
                heads=shown, wrong=wrong)  # fmt: skip


# --- pieces -----------------------------------------------------------------------------------------------------------------------


def _asked(raw: bytes, fields: Mapping[str, Field]) -> dict[str, Any]:
    try:
        asked: dict[str, Any] = Record(fields).from_json(json.loads(raw))
    except (ValueError, RecursionError) as why:  # Misfit is a ValueError
        raise Faulty("request-malformed", why=why if isinstance(why, Misfit) else "no JSON") from why
    return asked


def _opened(box: Box, opened: Opened, asked: Mapping[str, Any], request: Request) -> Letter:
    try:
        return box.opened(asked["letter"], asked["code"], _address(request), view(opened).now)
    except LetterRefused as why:
        raise Faulty(why.code) from why


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _device(request: Request) -> str:
    """The kind of device, as far as it says: no more is kept of it."""
    said = request.headers.get("user-agent", "")
    return next((name for word, name in DEVICES if word in said), "other")
