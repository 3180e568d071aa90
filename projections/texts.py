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
class ErasedFace:
    """By which entry an opening was erased, on which day, on which legal basis, and until when a key backup may exist."""

    by: int
    basis: str
    day: str
    keys_until: str


@dataclass(frozen=True, slots=True)
class OpeningFace:
    """One text: its name, its value as JSON spells it, and the opening's bytes in base64; of an erased one only how it was erased."""

    name: str
    value: Any
    opening: str | None
    erased: ErasedFace | None = None


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


def opening_faces(door: Ledger, index: int, reader: Reader | None = None) -> list[OpeningFace]:
    """What a reader is served of an entry: the openings that are theirs to read, then what was erased of it, for everybody."""
    return [
        *(OpeningFace(opening.name, to_json(opening.value), b64encode(raw).decode())
          for opening, raw in openings_for(door, index, reader)),
        *(OpeningFace(name, None, None, face) for name, face in erased_at(door, index).items()),
    ]  # fmt: skip


def erased_at(door: Ledger, index: int) -> dict[str, ErasedFace]:
    """What was erased of an entry, by name."""
    state = door.fold.state
    found = erased_of(state, act_of(door.shelf.entries(index, 1)[0]).act)
    return {name: ErasedFace(one.done, one.basis, one.day, one.keys_until) for name, one in found.items()}
