"""Public texts: the openings of an entry that everybody may read, each checked against the digests that the author signed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.acts import KINDS
from domain.fields import to_json
from domain.lifecycle import Act
from domain.state import act_of
from ledger.door import Ledger
from tlog.opening import Opening, context, digest


@dataclass(frozen=True, slots=True)
class OpeningFace:
    """One public text: its name, its value as JSON spells it, and the opening's bytes in base64."""

    name: str
    value: Any
    opening: str


def public_openings(door: Ledger, index: int) -> list[tuple[Opening, bytes]]:
    """The public openings of an entry and their bytes, in the order of its digests; decoys never."""
    act = act_of(door.shelf.entries(index, 1)[0]).act
    public = {name for name, sealed in KINDS[act.kind].opens(act.body).items() if sealed.audience == "public"}
    if not public:
        return []
    opened = ((Opening.parse(raw), raw) for raw in door.openings_of(index) if opens(act, raw))
    return [(opening, raw) for opening, raw in opened if opening.name in public]


def opens(act: Act, raw: bytes) -> bool:
    """Whether an opening's bytes are what one of the act's digests stands for."""
    return digest(context(act.ledger, act.stream, act.prev), raw) in act.sealed


def texts_at(door: Ledger, index: int) -> Mapping[str, Any]:
    """The public texts of an entry by name; none beyond the end of the log."""
    if not 0 <= index < door.checkpoint()[0]:
        return {}
    return {opening.name: opening.value for opening, _ in public_openings(door, index)}


def opening_faces(door: Ledger, index: int) -> list[OpeningFace]:
    """The public openings of an entry, ready to be served."""
    return [
        OpeningFace(opening.name, to_json(opening.value), b64encode(raw).decode())
        for opening, raw in public_openings(door, index)
    ]
