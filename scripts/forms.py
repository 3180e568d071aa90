"""Paper as two people type it: marks by form and item, turned into the rows and openings of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domain.acts import INVALID_ROW
from domain.lifecycle import Read
from domain.paper import place_of, tag_of
from domain.polls import SEALED, Poll
from domain.roll import Roll
from domain.rulesets import CHOICES

Marks = Mapping[str, str]  # item -> choice, or the reason why the item is set aside
Typed = Mapping[str, Marks]  # form -> marks


def number_of(read: Read, poll: str, tag: bytes) -> str:
    """The number of the form issued to a head for a vote: its place on the frozen roll."""
    roll: Roll = read["roll", read["poll", poll].roll]
    return str(place_of(roll, tag))


def number_order(form: str) -> tuple[int, str]:
    """Forms in the order of their numbers, each before those in its place."""
    number, _, place = form.partition("-")
    return int(number), place


def page_rows(read: Read, poll: str, typed: Typed) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """Rows and openings of these forms, which were issued, in the order in which they were typed."""
    pinned: Poll = read["poll", poll]
    roll: Roll = read["roll", pinned.roll]
    rows: list[dict[str, Any]] = []
    openings: dict[str, Any] = {}
    for form, marks in typed.items():
        tag = tag_of(roll, form)
        assert tag is not None
        chosen = {item: mark for item, mark in marks.items() if mark in CHOICES}
        head = {"poll": poll, "tag": tag}
        if chosen and pinned.ballots == SEALED:
            openings[f"choices/{form}"] = chosen
        if chosen:
            rows.append(_row(form, tag, *_ballot(head, chosen, sealed=pinned.ballots == SEALED)))
        rows += [_row(form, tag, INVALID_ROW, {**head, "items": items, "reason": reason}) for reason, items in _invalid(marks)]
    return tuple(rows), openings


def _row(form: str, tag: bytes, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"body": dict(body), "for": tag, "form": form, "kind": kind}


def _ballot(head: Mapping[str, Any], chosen: Marks, *, sealed: bool) -> tuple[str, dict[str, Any]]:
    if sealed:
        return "ballot-sealed/1", {**head, "items": tuple(sorted(chosen))}
    return "ballot-cast/1", {**head, "choices": dict(chosen)}


def _invalid(marks: Marks) -> Iterable[tuple[str, tuple[str, ...]]]:
    for reason in sorted({mark for mark in marks.values() if mark not in CHOICES}):
        yield reason, tuple(sorted(item for item, mark in marks.items() if mark == reason))
