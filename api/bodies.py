"""Bodies read with a limit: type first, then no byte more than allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request

from api.problems import Faulty

MSGPACK: Final = "application/msgpack"
FORM: Final = "application/x-www-form-urlencoded"


def body(expected: str, most: int) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency that gives a body of this media type and at most so many bytes."""

    async def read(request: Request) -> bytes:
        if media_type(request) != expected:
            raise Faulty("media-type-unsupported", expected=expected)
        return await limited(request, most)

    return read


def media_type(request: Request) -> str:
    """The body's media type without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def limited(request: Request, most: int) -> bytes:
    """The body, of at most so many bytes."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and len(length) > len(str(most)) + 1:
        raise Faulty("body-too-large", most=most)
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise Faulty("body-too-large", most=most)
            parts.append(part)
    except ClientDisconnect as why:
        raise Faulty("request-malformed", why="cut short") from why
    return b"".join(parts)
