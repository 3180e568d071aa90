"""What a reader prefers, language or media type, by `?lang=` and the Accept headers (RFC 9110 §12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.requests import Request

LANGUAGES: Final = ("zh", "en")  # Chinese first
JSON: Final = "application/json"
TEXT: Final = "text/plain"
HTML: Final = "text/html"
QUALITY: Final = re.compile(r"q=[01](\.[0-9]{0,3})?", re.ASCII)


def language(request: Request) -> str:
    """`zh` or `en` for an answer of the API."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else preferred(request.headers.get("accept-language", ""), LANGUAGES)


def page_language(request: Request) -> str:
    """`zh` or `en` for a page: the address alone decides, so that a link shows everybody the same page."""
    return "en" if request.query_params.get("lang") == "en" else "zh"


def in_language(request: Request, path: str) -> str:
    """A path of ours in the language of the page that leads there."""
    return path + ("?lang=en" if page_language(request) == "en" else "")


def media(request: Request, offers: Sequence[str]) -> str:
    """The media type to answer with; the first of the offers when the reader does not mind."""
    return preferred(request.headers.get("accept", ""), offers)


def preferred(header: str, offers: Sequence[str]) -> str:
    """The offer of the highest quality by its most specific range; of equals, and when none is wanted, the first."""
    ranges = tuple(_ranges(header))
    return max(offers, key=lambda offer: _quality(offer, ranges))


def _ranges(header: str) -> Iterable[tuple[str, float]]:
    for part in header.lower().split(",")[:64]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        yield name, next((float(one[2:]) for one in parameters if QUALITY.fullmatch(one)), 1.0)


def _quality(offer: str, ranges: Iterable[tuple[str, float]]) -> float:
    fits = [(_specific(offer, name), quality) for name, quality in ranges]
    return max((fit for fit in fits if fit[0]), default=(0, 0.0))[1]


def _specific(offer: str, name: str) -> int:
    """How closely a range names the offer: 3 itself, 2 a part of it, 1 anything, 0 something else."""
    if name == offer:
        return 3
    if name == offer.partition("/")[0] + "/*" or name.startswith(offer + "-"):
        return 2
    return 1 if name in ("*", "*/*") else 0
