"""The pages' own files, read once when the application is made: nothing else of the disk can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import web
from api.problems import Faulty

TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
    ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".woff2": "font/woff2",
}  # fmt: skip

router = APIRouter(prefix="/static", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file's bytes, its media type and its strong tag."""

    content: bytes
    media_type: str
    tag: str


def read_static() -> dict[str, StaticFile]:
    """Every static file of a known type by its path below `/static/`."""
    paths = (path for path in sorted(web.STATIC.rglob("*")) if path.suffix in TYPES)
    return {path.relative_to(web.STATIC).as_posix(): _file(path.read_bytes(), TYPES[path.suffix]) for path in paths}


def _file(content: bytes, media_type: str) -> StaticFile:
    return StaticFile(content, media_type, f'"{sha256(content).hexdigest()[:32]}"')


@router.get("/{path:path}")
def static(request: Request, path: str) -> Response:
    """The file; 304 when the browser has it already."""
    files: Mapping[str, StaticFile] = request.app.state.static
    found = files.get(path)
    if found is None:
        raise Faulty("address-unknown")
    headers = {"cache-control": "public, max-age=300", "etag": found.tag}
    if request.headers.get("if-none-match") == found.tag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
