"""Documents that acts name, `[sha256, size, media type]`: in a body for everybody, in an opening for those who may read that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.acts import KINDS
from domain.fields import DOCUMENT, Field, ListOf, MapOf, Maybe, Misfit, Record, Tuple
from domain.lifecycle import Act


@dataclass(frozen=True, slots=True)
class Document:
    """A document as an act names it; `size` in bytes."""

    sha256: bytes
    size: int
    media: str


def documents_in(value: Any) -> Iterator[Document]:
    """Every document that a body or an opened value names, at any depth."""
    if _fits(value):
        yield Document(*value)
    elif isinstance(value, Mapping | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from documents_in(inner)


def sealed_documents(act: Act) -> tuple[str, ...]:
    """The names of an act's openings that may hold documents."""
    return tuple(name for name, sealed in KINDS[act.kind].opens(act.body).items() if may_hold(sealed.of))


def may_hold(field: Field) -> bool:
    """Whether a document can stand in a field of this type."""
    match field:
        case Record() | Tuple() if field != DOCUMENT:
            return any(map(may_hold, field.of.values() if isinstance(field, Record) else field.of))
        case ListOf() | MapOf() | Maybe():
            return may_hold(field.of)
    return field == DOCUMENT


def _fits(value: Any) -> bool:
    try:
        DOCUMENT.check(value)
    except Misfit:
        return False
    return True
