"""Parts of an estate that decide by themselves: a building, a stack of units, as heads and units of a frozen roll (R-ROLL-9, T15)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.counting import Weight
from domain.lifecycle import Act, Breach, Changes, Context, Found, Held, Openings, Read, Subject, Transition, Unopened
from domain.roll import Roll, opened_rows, roll_is_frozen
from domain.rulesets import ESTATE

UNITS: Final = "units"  # the opening that names the units


@dataclass(frozen=True, slots=True)
class Scope:
    """The heads that own something in a part of the estate, ascending, and what they own there."""

    leaf: bytes
    tags: tuple[bytes, ...]
    total: Weight
    stage: str = "defined"


def in_scope(scope: Scope | None, tag: bytes) -> bool:
    """Whether a head decides in this scope; None is the whole estate."""
    if scope is None:
        return True
    place = bisect_left(scope.tags, tag)
    return place < len(scope.tags) and scope.tags[place] == tag


def area_within(row: Mapping[str, Any], units: frozenset[str]) -> int:
    """The area of a roll's row that lies in these units, in 0.01 m²."""
    return sum(area for unit, area in zip(row["units"], row["area"], strict=True) if unit in units)


# --- guards ---------------------------------------------------------------------------------------------------------------------


def not_the_estate(_read: Read, act: Act, _context: Context) -> Breach | None:
    """`estate` is what every roll is as a whole."""
    return Breach("scope-reserved") if act.body["scope"] == ESTATE else None


def heads_listed(read: Read, act: Act, _context: Context) -> Breach | None:
    """The scope counts its tags, and each is a head of the roll."""
    heads, tags = act.body["heads"], act.body["tags"]
    if heads != len(tags):
        return Breach("page-miscounted", {"rows": len(tags), "heads": heads})
    strangers = (tag for tag in tags if ("head", (act.body["snapshot"], tag)) not in read)
    stranger = next(strangers, None)
    return None if stranger is None else Breach("head-unknown", {"tag": stranger.hex()})


# --- effects --------------------------------------------------------------------------------------------------------------------


def define(_read: Read, act: Act, _context: Context) -> Changes:
    """Notices on this roll may name the scope."""
    body = act.body
    return {("scope", (body["snapshot"], body["scope"])): Scope(act.leaf, body["tags"], Weight(body["heads"], body["area"]))}


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck_units(read: Read, act: Act, openings: Openings) -> Found:
    """The tags are exactly the heads that own any of the sealed units, and the area is that of exactly these units."""
    roll: Roll = read["roll", act.body["snapshot"]]
    units, rows = frozenset(openings(act.leaf, UNITS)), opened_rows(roll.tags, openings)
    if isinstance(rows, Unopened):
        return rows
    if units - _known(rows.values()):
        return Breach("scope-differs", {"field": UNITS})
    areas = {tag: area for tag, row in rows.items() if (area := area_within(row, units))}
    if tuple(sorted(areas)) != act.body["tags"]:
        return Breach("scope-differs", {"field": "tags"})
    return Held() if sum(areas.values()) == act.body["area"] else Breach("scope-differs", {"field": "area"})


def _known(rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(unit for row in rows for unit in row["units"])


SCOPES: Final = Subject("scope", lambda act: ("scope", (act.body["snapshot"], act.body["scope"])), (
    Transition("scope-defined/1", (None,), "defined", (roll_is_frozen, not_the_estate, heads_listed), effect=define,
               recheck=recheck_units),
))  # fmt: skip
