"""Where acts arrive: one submission or a batch; the ledger answers with receipts or with problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.bodies import MSGPACK, body
from api.books import Book
from api.negotiation import JSON, TEXT, language, media
from api.problems import Faulty, refusal
from domain.errors import Refused
from ledger.door import Receipt
from ledger.submission import MAX_SUBMISSION
from projections.entries import ReceiptFace, receipt_face
from tlog.codec import Value, pack, unpack
from tlog.errors import Malformed

MOST: Final = 256
MAX_BATCH: Final = 4 * MAX_SUBMISSION
MEMBERS: Final = tuple(one.name for one in fields(ReceiptFace))

router = APIRouter(prefix="/api/v1/ledgers", tags=["statements"])


def _takes(what: str) -> Mapping[str, Any]:
    content = {MSGPACK: {"schema": {"type": "string", "format": "binary", "description": what}}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/{code}/statements", status_code=201, response_model=ReceiptFace, summary="Record one submission",
             responses={201: {"content": {TEXT: {"schema": {"type": "string", "description": "the tlog-proof"}}}}},
             openapi_extra=dict(_takes("a submission, canonical MessagePack")))  # fmt: skip
def submit(request: Request, opened: Book, raw: Annotated[bytes, Depends(body(MSGPACK, MAX_SUBMISSION))]) -> Response:
    """The receipt; the same statement again gets the receipt of its first recording."""
    receipt = opened.door.submit(raw)
    headers = {"location": f"/api/v1/ledgers/{opened.home.code}/entries/{receipt.index}", "vary": "Accept"}
    if media(request, (JSON, TEXT)) == TEXT:
        return PlainTextResponse(receipt.proof, 201, headers)
    return JSONResponse(receipt_json(receipt), 201, headers)


@router.post("/{code}/statements/batch", response_model=list[ReceiptFace | dict[str, Any]], summary="Record up to 256 submissions",
             openapi_extra=dict(_takes("an array of at most 256 submissions, canonical MessagePack")))  # fmt: skip
def submit_batch(request: Request, opened: Book, raw: Annotated[bytes, Depends(body(MSGPACK, MAX_BATCH))]) -> Response:
    """Receipts or problems, in the order of the submissions; those that are admitted share one commit."""
    lang = language(request)
    answers = opened.door.submit_all([pack(one) for one in read_batch(raw)])
    found = [refusal(one, lang) if isinstance(one, Refused) else receipt_json(one) for one in answers]
    return JSONResponse(found, headers={"vary": "Accept-Language"})


def read_batch(raw: bytes) -> tuple[Value, ...]:
    """The elements of a batch; Refused `submission-malformed`, Faulty `batch-too-large`."""
    if _announced(raw) > MOST:  # before anything is taken apart
        raise Faulty("batch-too-large", most=MOST)
    try:
        batch = unpack(raw)
    except Malformed as why:
        raise Refused("submission-malformed", why=str(why)) from why
    if not isinstance(batch, tuple):
        raise Refused("submission-malformed", why="a batch is an array")
    return batch


def _announced(raw: bytes) -> int:
    """How many elements a MessagePack array of more than fifteen announces; 0 for anything else."""
    return int.from_bytes(raw[1:3] if raw[:1] == b"\xdc" else raw[1:5] if raw[:1] == b"\xdd" else b"", "big")


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt's members."""
    face = receipt_face(receipt)
    return {name: getattr(face, name) for name in MEMBERS}
