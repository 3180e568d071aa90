"""What an entry seals, for whoever may read it; each opening checked against the digests that the author signed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.erasures import erased_of
from domain.fields import to_json
from domain.lifecycle import Act
from domain.readers import Reader
from domain.state import act_of
from ledger.door import Ledger
from ledger.showing import shown
from tlog.opening import Opening, context, digest


@dataclass(frozen=True, slots=True)
class OpeningFace:
    """One text: its name, its value as JSON spells it, and the opening's bytes in base64."""

    name: str
    value: Any
    opening: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """By which entry it was erased, on which day, on which legal basis, and until when a key backup may exist."""

    by: int
    basis: str
    day: str
    keys_until: str


@dataclass(frozen=True, slots=True)
class ErasedFace:
    """A text that is no more."""

    name: str
    erased: Erasure


def openings_for(door: Ledger, index: int, reader: Reader | None = None) -> list[tuple[Opening, bytes]]:
    """The openings of an entry that this reader may read and their bytes, in the order of its digests; decoys never."""
    act = act_of(door.shelf.entries(index, 1)[0]).act
    opened = ((Opening.parse(raw), raw) for raw in shown(door, index, act, reader) if opens(act, raw))
    return [(opening, raw) for opening, raw in opened if opening.name]


def opens(act: Act, raw: bytes) -> bool:
    """Whether an opening's bytes are what one of the act's digests stands for."""
    return digest(context(act.ledger, act.stream, act.prev), raw) in act.sealed


def texts_at(door: Ledger, index: int) -> Mapping[str, Any]:
    """The public texts of an entry by name; none beyond the end of the log."""
    if not 0 <= index < door.checkpoint()[0]:
        return {}
    return {opening.name: opening.value for opening, _ in openings_for(door, index)}


def opening_faces(door: Ledger, index: int, reader: Reader | None = None) -> list[OpeningFace | ErasedFace]:
    """What a reader is served of an entry: the openings that are theirs to read, then what was erased of it, for everybody."""
    held = (
        OpeningFace(one.name, to_json(one.value), b64encode(raw).decode()) for one, raw in openings_for(door, index, reader)
    )
    return [*held, *erased_at(door, index)]


def erased_at(door: Ledger, index: int) -> list[ErasedFace]:
    """What was erased of an entry."""
    found = erased_of(door.fold.state, act_of(door.shelf.entries(index, 1)[0]).act)
    return [ErasedFace(name, Erasure(one.done, one.basis, one.day, one.keys_until)) for name, one in found.items()]
