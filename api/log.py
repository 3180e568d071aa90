"""The log's static files under the origin's own path, for mirrors and foreign verifiers."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from api.books import Ledgers
from api.problems import Faulty
from api.reading import FOREVER
from projections.logfiles import log_file

BRIEF: Final = "public, max-age=5"

router = APIRouter(prefix="/log", tags=["log"])


@router.get(
    "/{code}/{generation}/{path:path}", summary="checkpoint, tile/…, openings/<leaf>, policy.txt", response_class=Response
)
def file(every: Ledgers, code: str, generation: str, path: str) -> Response:
    """C2SP tlog-tiles, the public texts and the policy that names this log's key."""
    opened = every.get(code)
    found = log_file(opened, path) if opened and opened.home.log_path == f"/log/{code}/{generation}" else None
    if found is None:
        raise Faulty("file-unknown")
    media_type = "text/plain; charset=utf-8" if found.text else "application/octet-stream"
    return Response(found.content, media_type=media_type, headers={"cache-control": FOREVER if found.immutable else BRIEF})
