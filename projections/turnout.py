"""How much is still lacking to the quorum of an open vote, by heads and by area; what anybody chose is not looked at.

The area comes from the roll's rows, which the server can open; where one is gone, only heads are said. What was computed is kept
until the next ballot comes in.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.ballots import HIDDEN, mark
from domain.lifecycle import UNOPENED, Unopened
from domain.polls import Item, Poll, Running, electorate_of, scope_of
from domain.results import returned_by
from domain.roll import Roll, area_of, opened_rows
from domain.rulesets import CHOICES, reaches
from domain.scopes import UNITS, area_within
from projections.ledgers import View

TAKING_PART: Final = frozenset((*CHOICES, HIDDEN))  # what will count, or may when it is opened
Areas = Sequence[int]


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many heads and how much area (0.01 m²) are still to take part; area is null where the roll cannot be opened."""

    heads: int
    area: int | None


def lacking(seen: View, name: str, item: Item) -> Lacking | None:
    """What an item of an open vote still lacks to its quorum; None where nothing is open, or the law knows no quorum."""
    poll: Poll = seen.state["poll", name]
    rule = poll.edition.laws[poll.law]["quorum"]
    if poll.stage != "open" or rule is None:
        return None
    running: Running = seen.state["running", name]
    kept = seen.kept.get(("lacking", name, item.id))
    if kept is None or kept[0] != running:
        total = electorate_of(seen.state, poll, item)
        heads = sum(count for (one, found, _), count in running.heads.items() if one == item.id and found in TAKING_PART)
        area = _area(seen, name, poll, item)
        more = None if area is None else _short(area, total.area, rule)
        kept = running, Lacking(_short(heads, total.heads, rule), more)
        seen.kept["lacking", name, item.id] = kept
    found: Lacking = kept[1]
    return found


def _short(part: int, whole: int, rule: Mapping[str, Any]) -> int:
    """How much more it takes until `part` of `whole` reaches the share."""
    over, under = rule["share"]
    needed: int = -(-whole * over // under)
    return max(0, needed + (not reaches(needed, whole, rule)) - part)


def _area(seen: View, name: str, poll: Poll, item: Item) -> int | None:
    areas = _areas(seen, poll, item)
    if areas is None:
        return None
    roll: Roll = seen.state["roll", poll.roll]
    said = ((area, returned_by(seen.state, name, tag)) for (tag, _), area in zip(roll.tags, areas, strict=True) if area)
    return sum(area for area, own in said if own and mark(own, item.id).name in TAKING_PART)


def _areas(seen: View, poll: Poll, item: Item) -> Areas | None:
    """The area on an item of each head, in the roll's order; 0 where it does not decide. A roll and its scopes never change."""
    place = "areas", poll.roll, item.scope
    if place not in seen.kept:
        roll: Roll = seen.state["roll", poll.roll]
        scope, rows = scope_of(seen.state, poll, item), opened_rows(roll.tags, seen.door.opening)
        units = seen.door.opening(scope.leaf, UNITS) if scope else ()
        if isinstance(rows, Unopened) or units is UNOPENED:
            return None
        within = frozenset(units)
        found = (area_within(rows[tag], within) if scope else area_of(rows[tag]) for tag, _ in roll.tags)
        seen.kept[place] = array("Q", found)  # eight bytes a head: many ledgers are open at once
    areas: Areas = seen.kept[place]
    return areas
