"""What an estate brought along, and decisions that were counted elsewhere: registered as attested, not checked by this ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.decisions import reported_tally
from domain.founding import edition_of
from domain.joining import AREA, Area
from domain.polls import verdict
from domain.rulesets import CHOICES, law_on
from domain.state import act_of
from projections.entries import standing_of
from projections.journal import Line
from projections.ledgers import View
from projections.polls import FlagFace, Place, WeightFace, flags_in, place_at, place_of, texts_of
from projections.signers import Signer, signer_of

PERSONS = ("chair", "members")  # of a committee: only how many


@dataclass(frozen=True, slots=True)
class DocumentFace:
    """A document that an act names: SHA-256 in hex, size in bytes, media type."""

    sha256: str
    size: int
    media: str


@dataclass(frozen=True, slots=True)
class CarriedFace:
    """One thing carried over: what it is about, its figures, its documents; signed by one organisation, confirmed by another."""

    subject: str
    id: str
    figures: dict[str, Any]
    members: int | None
    note: str | None
    documents: tuple[DocumentFace, ...]
    entry: Place
    signer: Signer
    confirmed: tuple[Signer, ...]


@dataclass(frozen=True, slots=True)
class DecisionFace:
    """A decision counted elsewhere: what was reported, and what the law of that day makes of the reported figures.

    `channel` is `external`: this ledger has seen none of its ballots.
    """

    id: str
    channel: str
    title: str | None
    matter: str
    platform: str
    day: str
    figures: dict[str, WeightFace]
    claimed: bool
    law: str
    by_law: bool
    document: DocumentFace
    entry: Place
    signer: Signer
    confirmed: tuple[Signer, ...]
    flags: tuple[FlagFace, ...]


@dataclass(frozen=True, slots=True)
class JoinedFace:
    """Everything attested: the class of the area, what was carried over, and decisions from elsewhere."""

    area: str | None
    area_entry: Place | None
    carried: tuple[CarriedFace, ...]
    decisions: tuple[DecisionFace, ...]


def joined_face(seen: View) -> JoinedFace:
    """What is registered as attested, in the order of the log."""
    area: Area | None = seen.state.get(AREA)
    return JoinedFace(
        area.klass if area else None, place_at(seen, area.leaf) if area else None,
        tuple(_carried(seen, line) for line in _in_force(seen, "carried-over/1")),
        tuple(_decision(seen, line) for line in _in_force(seen, "decision-reported/1")),
    )  # fmt: skip


def joined_counted(seen: View) -> tuple[int, int]:
    """How many things were carried over, the class of the area among them, and how many decisions reported."""
    return len(_in_force(seen, "carried-over/1")) + (AREA in seen.state), len(_in_force(seen, "decision-reported/1"))


def _in_force(seen: View, kind: str) -> list[Line]:
    return [line for line in seen.journal.of_kind(kind) if standing_of(seen, line).name == "complete"]


def _carried(seen: View, line: Line) -> CarriedFace:
    body = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body
    figures: Mapping[str, Any] = body["what"]["figures"]
    shown = {name: value.hex() if isinstance(value, bytes) else value for name, value in figures.items() if name not in PERSONS}
    return CarriedFace(
        body["what"]["subject"], body["id"], shown, len(figures["members"]) if "members" in figures else None,
        texts_of(seen, line.leaf).get("note"), tuple(_document(one) for one in body["documents"]), place_of(line),
        signer_of(seen, line), _confirmed(seen, line),
    )  # fmt: skip


def _decision(seen: View, line: Line) -> DecisionFace:
    act = act_of(seen.door.shelf.entries(line.index, 1)[0]).act
    body, laws = act.body, edition_of(seen.state).laws
    law, name = law_on(body["day"], laws), body["decision"]
    figures = {part: WeightFace(**body[part]) for part in ("electorate", "participating", *CHOICES)}
    return DecisionFace(
        name, seen.state["decision", name].channel, texts_of(seen, line.leaf).get("title"), body["matter"], body["platform"],
        body["day"], figures, body["claimed"], law, verdict(reported_tally(act), body["matter"], law, laws).passed,
        _document(body["document"]), place_of(line), signer_of(seen, line), _confirmed(seen, line),
        flags_in(seen, f"decision/{name}"),
    )  # fmt: skip


def _document(named: tuple[bytes, int, str]) -> DocumentFace:
    digest, size, media = named
    return DocumentFace(digest.hex(), size, media)


def _confirmed(seen: View, line: Line) -> tuple[Signer, ...]:
    return tuple(signer_of(seen, one) for one in seen.journal.answers(line.leaf) if one.kind == "confirmed/1")
