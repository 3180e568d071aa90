"""A body laid out for reading: each value with the form in which it is shown, following the field table of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.fields import MS, Bytes, Choice, Day, Field, ListOf, MapOf, Maybe, Record, Tuple, Variant, Whole, YesNo
from domain.rulesets import MEMBER_CHOICES

# Ids that pages put into words: the form in which a field's value is shown.
NAMED: Final[Mapping[str, str]] = {
    "place": "place", "clause": "clause", "scope": "scope", "ruleset": "ruleset", "poll": "poll", "id": "item", "items": "item",
    "alternates": "candidate", "candidate": "candidate", "candidates": "candidate", "elected": "candidate", "tied": "candidate",
    "authority": "org", "org": "org", "election": "election", "meeting": "meeting", "request": "request", "vote": "vote",
}  # fmt: skip
PERSONS: Final = frozenset((
    *MEMBER_CHOICES, "agent", "chair", "deputies", "leader", "members", "observers", "paper", "person", "present",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A value and its form.

    Forms: words or one of NAMED, choice, number, area, moment, day, yes-no, bytes, person, nothing; decision, as a use of the seal
    names it; list of Shown; table or map of (name, Shown). The names of a table are fields, those of a map ids that stand in the body.
    """

    form: str
    value: Any


def laid_out(of: Field, value: Any, name: str = "") -> Shown:
    """The value of a field called `name`, ready to be shown."""
    match of:
        case Maybe():
            return Shown("nothing", None) if value is None else laid_out(of.of, value, name)
        case Record() if name == "decision":
            return Shown("decision", {key: one.hex() if isinstance(one, bytes) else one for key, one in value.items()})
        case Record():
            return Shown("table", tuple((key, laid_out(own, value[key], key)) for key, own in of.of.items()))
        case Variant():
            return laid_out(of.records()[value[of.by]], value, name)
        case MapOf():
            return Shown("map", tuple((key, laid_out(of.of, one, key)) for key, one in value.items()))
        case ListOf():
            return Shown("list", tuple(laid_out(of.of, one, name) for one in value))
        case Tuple():
            return Shown("list", tuple(laid_out(own, one) for own, one in zip(of.of, value, strict=True)))
        case _:
            return _single(of, value, name)


def _single(of: Field, value: Any, name: str) -> Shown:
    match of:
        case Choice():
            return Shown("choice", value)
        case YesNo():
            return Shown("yes-no", value)
        case Day():
            return Shown("day", value)
        case Bytes():
            return Shown("person" if name in PERSONS else "bytes", value.hex())
        case Whole():
            return Shown("moment" if of == MS else "area" if name == "area" else "number", value)
        case _:
            return Shown(NAMED.get(name, "words"), value)


def body_shown(of: Record, body: Mapping[str, Any], order: Sequence[str] = ()) -> tuple[tuple[str, Shown], ...]:
    """A body's fields in the order of its kind's table, what it says of items in the order of the vote's notice."""
    rows: tuple[tuple[str, Shown], ...] = laid_out(of, {name: _in_order(value, order) for name, value in body.items()}).value
    return rows


def _in_order(value: Any, order: Sequence[str]) -> Any:
    if not isinstance(value, Mapping) or not value.keys() <= set(order):
        return value
    return {name: value[name] for name in order if name in value}
