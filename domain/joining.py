"""How an estate joins: what was there before is carried over as attested, and what class of area it is (design §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.calendar import day_of
from domain.founding import edition_of
from domain.lifecycle import Act, Breach, Changes, Context, Key, Layered, Read, Subject, Transition
from domain.seats import COMMITTEE, Committee, chairs, elections_of, manned, reelection_due, sits

AREA: Final[Key] = ("area", "")
ONCE: Final = ("committee", "rules", "covenant", "contract", "price")  # accounts and decisions: once for each id
LASTS: Final = {"committee": ("start", "end"), "contract": ("from", "to")}  # subjects with a first and a last day


@dataclass(frozen=True, slots=True)
class Carried:
    """What two organisations attest of the time before joining; the ledger has not checked it."""

    stage: str
    leaf: bytes
    documents: tuple[Any, ...]
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Area:
    """The class of the area: a garden estate has an owners' assembly, a self-built or enterprise area has none."""

    stage: str
    leaf: bytes
    klass: str


# --- guards ---------------------------------------------------------------------------------------------------------------------


def has_assembly(read: Read, _act: Act, _context: Context) -> Breach | None:
    """Where no owners' assembly can be, no roll, vote or election begins; an area that was never classed is a garden estate."""
    area: Area | None = read.get(AREA)
    if area is None or area.klass == "garden" or edition_of(read).engine < 3:
        return None
    return Breach("no-assembly", {"class": area.klass})


def not_carried(read: Read, act: Act, _context: Context) -> Breach | None:
    """A subject is carried over once, an account or a decision once for each id (design §6)."""
    subject = _subject(act)
    return Breach("carried-twice", {"subject": subject}) if ("carried-once", subject) in read else None


def before_its_first_act(read: Read, act: Act, _context: Context) -> Breach | None:
    """A committee is carried over only where none was elected and no election begun on this ledger (design §6)."""
    begun = COMMITTEE in read or elections_of(read)
    return Breach("carried-too-late") if _subject(act) == "committee" and begun else None


def figures_hold(_read: Read, act: Act, context: Context) -> Breach | None:
    """Days run forward; a committee has begun, no more sit than there are seats, and the chair is one of them."""
    subject, figures = _subject(act), act.body["what"]["figures"]
    if subject in LASTS and figures[LASTS[subject][0]] > figures[LASTS[subject][1]]:
        return Breach("carried-figures", {"field": LASTS[subject][1]})
    if subject != "committee":
        return None
    if figures["start"] > day_of(context.now):
        return Breach("carried-figures", {"field": "start"})
    if len(figures["members"]) > figures["seats"]:
        return Breach("carried-figures", {"field": "members"})
    strange = figures["chair"] not in (None, *figures["members"])
    return Breach("carried-figures", {"field": "chair"}) if strange else None


def _subject(act: Act) -> str:
    subject: str = act.body["what"]["subject"]
    return subject


# --- effects --------------------------------------------------------------------------------------------------------------------


def carry(read: Read, act: Act, context: Context) -> Changes:
    """It stands as attested; a committee takes its seats, with its posts and the day of its re-election."""
    subject, figures = _subject(act), act.body["what"]["figures"]
    changes: Changes = {("carried", (subject, act.body["id"])): Carried("carried", act.leaf, act.body["documents"], figures)}
    if subject in ONCE:
        changes["carried-once", subject] = act.leaf
    return changes | (_seated(read, act, context) if subject == "committee" else {})


def _seated(read: Read, act: Act, context: Context) -> Changes:
    """A member carried over has no candidacy: the person's own id stands for it, also in a recall."""
    figures = act.body["what"]["figures"]
    committee = Committee(act.leaf, act.body["id"], figures["seats"], figures["start"], figures["end"], figures["members"],
                          attested=True)  # fmt: skip
    changes = sits(read, committee, {person: person.hex() for person in figures["members"]}, context)
    if figures["chair"]:
        changes |= chairs(Layered(changes, read), committee, figures["chair"], context)
        committee = replace(committee, chair=figures["chair"])
    return changes | manned(read, committee, context) | reelection_due(read, committee)


def classify(_read: Read, act: Act, _context: Context) -> Changes:
    """The class counts from here; what has begun is ended by its own rules."""
    return {AREA: Area("classed", act.leaf, act.body["class"])}


CARRYING: Final = Subject("carry-over", lambda act: ("carried", (_subject(act), act.body["id"])), (
    Transition("carried-over/1", (None,), "carried", (not_carried, before_its_first_act, figures_hold), effect=carry),
))  # fmt: skip
AREAS: Final = Subject("area", lambda _act: AREA, (
    Transition("area-classed/1", (None, "classed"), "classed", effect=classify),
))  # fmt: skip
