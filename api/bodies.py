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
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != expected:
            raise Faulty("media-type-unsupported", expected=expected)
        length = request.headers.get("content-length", "")
        if length.isdecimal() and len(length) > len(str(most)) + 1:
            raise Faulty("body-too-large", most=most)
        return await _read(request, most)

    return read


async def _read(request: Request, most: int) -> bytes:
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
