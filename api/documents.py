"""Documents: deposited by whoever has a key, fetched by whoever may read an act that names them (docs/spec/documents.md)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import limited, media_type
from api.books import Book
from api.problems import Faulty
from api.reading import FOREVER
from api.sessions import CLOSED, AnyReader, KnownReader, bearer
from domain.readers import Reader
from ledger.documents import MEDIA, MOST, OF_A_PERSON, WAITING_MOST
from ledger.showing import document_shown
from projections.ledgers import view

SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
AT_A_TIME: Final = 4  # bodies in memory; others wait their turn
SHOWN: Final = frozenset(one for one in MEDIA if one.startswith("image/"))  # browsers show no PDF in a sandbox
HARMLESS: Final[Mapping[str, str]] = {  # whoever named it chose the bytes and the type: they must never run as a page of ours
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox", "x-content-type-options": "nosniff",
}  # fmt: skip
BINARY: Final[Mapping[str, Any]] = {one: {"schema": {"type": "string", "format": "binary"}} for one in MEDIA}

router = APIRouter(prefix="/api/v1/ledgers", tags=["documents"])


@dataclass(frozen=True, slots=True)
class Sent:
    """A document as it came, and who sent it."""

    person: bytes
    media: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class DocumentFace:
    """A document as an act names it: `[sha256, size, media type]`."""

    sha256: str
    size: int
    media: str


def digest(sha256: Annotated[str, Path(description="SHA-256 of the document, lower-case hex")]) -> bytes:
    """The hash in the address, in its only spelling; Faulty `document-unknown`."""
    if not SHA256.fullmatch(sha256):
        raise Faulty("document-unknown")
    return bytes.fromhex(sha256)


Digest = Annotated[bytes, Depends(digest)]


def depositor(request: Request, who: KnownReader) -> Reader:
    """Somebody with a session whose token came in the header: no other site can make a browser deposit anything."""
    if not who.key or not bearer(request):
        raise Faulty("session-needed")
    return who


async def uploaded(request: Request, who: Annotated[Reader, Depends(depositor)]) -> Sent:
    """What is sent, read with a limit once it is known who sends them."""
    media = media_type(request)
    if media not in MEDIA:
        raise Faulty("media-type-unsupported", expected=", ".join(MEDIA))
    turn: asyncio.Semaphore = request.app.state.uploads
    async with turn:
        return Sent(who.person, media, await limited(request, MOST))


@router.put("/{code}/documents/{sha256}", status_code=201, summary="Deposit a document",
            openapi_extra={"requestBody": {"required": True, "content": dict(BINARY)}})  # fmt: skip
def put(response: Response, opened: Book, wanted: Digest, sent: Annotated[Sent, Depends(uploaded)]) -> DocumentFace:
    """Its bytes must hash to its name. It stays if an act names it within a day, before or after."""
    raw, door = sent.raw, opened.door
    response.headers.update(CLOSED)
    if sha256(raw).digest() != wanted:
        raise Faulty("document-differs")
    waiting = door.waiting_documents()
    if waiting.total() + len(raw) > WAITING_MOST or waiting.total(sent.person) + len(raw) > OF_A_PERSON:
        raise Faulty("documents-full")
    door.documents.put(raw, sent.person)
    return DocumentFace(wanted.hex(), len(raw), sent.media)


@router.get("/{code}/documents/{sha256}", summary="Fetch a document", response_class=Response,
            responses={200: {"content": dict(BINARY)}})  # fmt: skip
def get(opened: Book, wanted: Digest, who: AnyReader) -> Response:
    """What a body names is for everybody; what only an opening names is for those who may read that, after an access record.

    To everybody else it is not there.
    """
    view(opened)  # after every committed entry
    found = document_shown(opened.door, wanted, who)
    if found is None:
        raise Faulty("document-unknown")
    document, raw, public = found
    caching = {"cache-control": FOREVER} if public else CLOSED
    media = document.media if document.media in MEDIA else "application/octet-stream"
    disposition = "inline" if media in SHOWN else "attachment"
    return Response(raw, headers={**caching, **HARMLESS, "content-disposition": disposition}, media_type=media)
