"""Broken rules of reports: flags of a matter, answered by a reason that convener and supervisor sign (design §1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from domain.acts import MAX_FLAGS
from domain.authority import matter_of
from domain.errors import REFUSALS
from domain.lifecycle import Act, Breach, Changes, Context, Read

Flagged = tuple[bytes, str]  # leaf of the report, rule id
FULL: Final = 2 * MAX_FLAGS  # flags in one row of the state; a vote never has so many


@dataclass(frozen=True, slots=True)
class Flag:
    """One broken rule of one report; `answered` is the leaf of the act that went on despite it."""

    code: str
    detail: Mapping[str, Any]
    index: int  # of the entry with which the report took effect
    answered: bytes | None = None


def flags_of(read: Read, matter: str) -> tuple[Flagged, ...]:
    """Every flag of a matter, ascending by leaf and rule."""
    newest: tuple[Flagged, ...] = read.get(("flags", matter), ())
    older = _full(read, matter)
    return tuple(sorted(chain(*older, newest))) if older else newest


def _full(read: Read, matter: str) -> list[tuple[Flagged, ...]]:
    """The rows of a matter's flags that take no more."""
    rows: list[tuple[Flagged, ...]] = []
    while (row := read.get(("flags-full", (matter, len(rows))))) is not None:
        rows.append(row)
    return rows


def flags_below(read: Read, matter: str, size: int) -> tuple[Flagged, ...]:
    """The flags raised within the first `size` entries: those that a closed vote's result lists."""
    return tuple((leaf, rule) for leaf, rule in flags_of(read, matter) if read["flag", (matter, leaf, rule)].index < size)


def open_flags(read: Read, matter: str) -> tuple[bytes, ...]:
    """The leaves of reports with a flag that nobody has answered yet, ascending."""
    unanswered = {leaf for leaf, rule in flags_of(read, matter) if read["flag", (matter, leaf, rule)].answered is None}
    return tuple(sorted(unanswered))


def raised(read: Read, act: Act, context: Context, breaches: tuple[Breach, ...]) -> Changes:
    """The flags that a report's broken rules become."""
    matter = matter_of(act)
    if matter is None or not breaches:
        return {}
    rows = {(act.leaf, REFUSALS[breach.code].rule): Flag(breach.code, breach.detail, context.place) for breach in breaches}
    changes: Changes = {("flag", (matter, leaf, rule)): flag for (leaf, rule), flag in rows.items()}
    newest = tuple(sorted({*read.get(("flags", matter), ()), *rows}))
    if len(newest) > FULL:  # reports of the seal or of keys come without end: no row of the state grows with them
        changes["flags-full", (matter, len(_full(read, matter)))], newest = newest, ()
    return {**changes, ("flags", matter): newest}


def answered(read: Read, act: Act) -> Changes:
    """The flags that an act names in `despite`, now answered by it."""
    matter = matter_of(act) or ""
    return {
        ("flag", (matter, leaf, rule)): replace(read["flag", (matter, leaf, rule)], answered=act.leaf)
        for leaf, rule in flags_of(read, matter)
        if leaf in act.body.get("despite", ())
    }


def despite_open(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is answered is open."""
    strangers = set(act.body["despite"]) - set(open_flags(read, matter_of(act) or ""))
    return Breach("flags-not-open", {"leaves": ", ".join(sorted(leaf.hex()[:12] for leaf in strangers))}) if strangers else None


def despite_all(read: Read, act: Act, _context: Context) -> Breach | None:
    """The effect that rests on the reports of its matter lists every open flag of theirs in `despite`."""
    unanswered = open_flags(read, matter_of(act) or "")
    if unanswered == act.body.get("despite", ()):
        return None
    return Breach("flags-unanswered", {"leaves": ", ".join(leaf.hex()[:12] for leaf in unanswered) or "–"})
