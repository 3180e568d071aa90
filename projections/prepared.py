"""An act prepared for its author to sign: JSON by the kind's fields becomes the bytes that a statement is made of.

Nothing is decided here: whether the act is admitted, the door says when it is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.acts import KINDS, Kind
from domain.errors import Refused
from domain.fields import Misfit
from domain.lifecycle import Act
from domain.state import act_of
from keys.authoring import stream_of
from projections.ledgers import Name, View
from projections.voting import KeyFace, key_face
from tlog.codec import pack


@dataclass(frozen=True, slots=True)
class AboutFace:
    """The entry that an act answers."""

    index: int
    leaf: str
    kind: str
    label: Name


@dataclass(frozen=True, slots=True)
class NamedOpening:
    """One name that the kind seals for this body: its value as canonical msgpack in hex, null for a decoy, and who may read it."""

    name: str
    value: str | None
    audience: str


@dataclass(frozen=True, slots=True)
class PreparedFace:
    """All that a statement needs besides its author's key, clock, salts and signature; `body` is canonical msgpack in hex."""

    ledger: str
    kind: str
    label: Name
    stream: str
    prev: str | None
    about: AboutFace | None
    body: str
    openings: tuple[NamedOpening, ...]
    key: KeyFace | None
    now: int
    checkpoint: str


def prepared(
    seen: View, kind: str, body: Mapping[str, Any], openings: Mapping[str, Any], about: int | None, key: bytes
) -> PreparedFace:
    """The parts of a statement about an entry that is there, or about none; raises Refused where the JSON does not fit the kind."""
    row = KINDS.get(kind)
    if row is None:
        raise Refused("unknown-kind", kind=kind)
    if (about is not None) != row.about:
        raise Refused("about-missing" if row.about else "about-unexpected")
    signer, answered = key_face(seen, key), _answered(seen, about)
    typed = _typed(row, _own(row, body, signer))
    leaf = answered.leaf if answered else None
    stream = stream_of(kind, typed, leaf)
    last = seen.state.get(("stream", stream))
    return PreparedFace(
        seen.door.origin, kind, Name(row.zh, row.en), stream, last.leaf.hex() if last else None,
        _about(about, answered) if about is not None and answered else None, pack(typed).hex(), _openings(row, typed, openings),
        signer, seen.now, seen.door.checkpoint()[2],
    )  # fmt: skip


def _answered(seen: View, about: int | None) -> Act | None:
    if about is None:
        return None
    return act_of(seen.door.shelf.entries(about, 1)[0]).act


def _about(index: int, act: Act) -> AboutFace:
    return AboutFace(index, act.leaf.hex(), act.kind, Name(KINDS[act.kind].zh, KINDS[act.kind].en))


def _own(kind: Kind, body: Mapping[str, Any], signer: KeyFace | None) -> Mapping[str, Any]:
    """Who confirms or declines names themselves: the person of the key, unless the body names one."""
    answers = kind.about and "person" in kind.body.of and "person" not in body
    return {**body, "person": signer.person} if answers and signer else body


def _typed(kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        typed: dict[str, Any] = kind.body.from_json(body)
    except Misfit as why:
        raise Refused("body-malformed", path=why.path or "body", expected=why.expected) from why
    return typed


def _openings(kind: Kind, body: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[NamedOpening, ...]:
    names = kind.opens(body)
    if strangers := given.keys() - names.keys():
        raise Refused("opening-malformed", name=min(strangers), expected="a name that the kind seals")
    found = []
    for name, sealed in names.items():
        if name not in given and sealed.required:
            raise Refused("opening-malformed", name=name, expected="a value")
        try:
            value = pack(sealed.of.from_json(given[name], name)).hex() if name in given else None
        except Misfit as why:
            raise Refused("opening-malformed", name=why.path, expected=why.expected) from why
        found.append(NamedOpening(name, value, sealed.audience))
    return tuple(found)
