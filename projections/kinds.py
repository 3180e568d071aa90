"""The table of kinds as programs read it: JSON Schema of each body, its stream, who signs, who confirms, what may be sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.acts import KINDS, Kind
from domain.authority import AUTHORITY, Need
from domain.fields import Bytes, Choice, Day, Field, ListOf, MapOf, Maybe, Record, Schema, Tuple, Variant, Whole, YesNo
from domain.lifecycle import Act
from projections.ledgers import Name


@dataclass(frozen=True, slots=True)
class SealedFace:
    """A name that may be sealed; `word/<id>` where an id of the body follows the word."""

    name: str
    audience: str
    required: bool
    value: Schema


@dataclass(frozen=True, slots=True)
class NeedFace:
    """One confirmation: its kind, any of these posts; `when` names the field that it depends on, or null for always."""

    kind: str
    posts: tuple[str, ...]
    other_organisation: bool
    when: str | None


@dataclass(frozen=True, slots=True)
class KindFace:
    """One kind. `stream` has fields in braces; no `authors` where a rule of the subject decides who may sign."""

    kind: str
    label: Name
    sort: str
    stream: str
    about: bool
    authors: tuple[str, ...]
    confirmed_by: tuple[NeedFace, ...]
    body: Schema
    openings: tuple[SealedFace, ...]


class _Named(str):
    """A field's name in braces, where the stream's name expects the field's value."""

    __slots__ = ()

    def hex(self) -> str:
        return str(self)


def kind_face(kind: Kind) -> KindFace:
    """One row of the table."""
    return KindFace(kind.name, Name(kind.zh, kind.en), kind.sort, stream_template(kind), kind.about, AUTHORITY[kind.name].authors,
                    _needs(kind), kind.body.schema(), _openings(kind))  # fmt: skip


def kind_faces() -> dict[str, KindFace]:
    """Every kind by its name."""
    return {name: kind_face(kind) for name, kind in KINDS.items()}


def stream_template(kind: Kind) -> str:
    """How the stream's name follows from the body, such as `ballot/{poll}/{tag}`."""
    body = {name: _Named(f"{{{name}}}") for name in kind.body.of}
    about: Any = _Named("{about}")
    return kind.stream(Act(b"", kind.name, "", "", None, about, b"", 0, 0, None, (), body))


def sample(of: Field) -> Any:
    """A small value of a field's type, with one element in every list: what a body looks like."""
    match of:
        case Record():
            return {name: sample(own) for name, own in of.of.items()}
        case ListOf():
            return (sample(of.of),) * max(1, of.least)
        case MapOf():
            return {sample(of.key): sample(of.of)}
        case Tuple():
            return tuple(sample(own) for own in of.of)
        case Variant():
            return sample(next(iter(of.records().values())))
        case _:
            return _small(of)


def _small(of: Field) -> Any:
    match of:
        case Choice():
            return of.of[0]
        case Whole():
            return of.least
        case Bytes():
            return bytes(of.least)
        case YesNo():
            return False
        case Maybe():
            return None
        case Day():
            return "2026-01-01"
        case _:
            return "id"


def _openings(kind: Kind) -> tuple[SealedFace, ...]:
    names = {_general(name): sealed for name, sealed in kind.opens(sample(kind.body)).items()}
    return tuple(SealedFace(name, sealed.audience, sealed.required, sealed.of.schema()) for name, sealed in names.items())


def _general(name: str) -> str:
    word, slash, _ = name.partition("/")
    return f"{word}/<id>" if slash else word


def _needs(kind: Kind) -> tuple[NeedFace, ...]:
    body, needs = sample(kind.body), AUTHORITY[kind.name].needs
    depending = ((name, needs({**body, name: value})) for name, value in varied(kind.body))
    when, found = (
        (_condition(kind, body), needs(body)) if needs(body) else next((one for one in depending if one[1]), (None, ()))
    )
    return tuple(NeedFace(need.by, need.posts, need.other_org, when) for need in found)


def varied(body: Record) -> Iterator[tuple[str, Any]]:
    """Other values than the sample's for fields of a body: each further choice, true, and one more than the least."""
    for name, own in body.of.items():
        match own:
            case Choice(of):
                yield from ((name, one) for one in of[1:])
            case YesNo():
                yield name, True
            case Whole(least):
                yield name, least + 1


def _condition(kind: Kind, body: Mapping[str, Any]) -> str | None:
    """The list in the body without which nothing needs confirming."""
    needs: tuple[Need, ...] = AUTHORITY[kind.name].needs(body)
    lists = (name for name, value in body.items() if isinstance(value, tuple) and needs)
    return next((name for name in lists if not AUTHORITY[kind.name].needs({**body, name: ()})), None)
