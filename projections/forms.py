"""A paper form as anybody may look it up by its number, and as its holder may read it with the code on its stub.

Whoever has the number sees whether the form is on the ledger and whether it counts, never a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.authority import matter_of
from domain.ballots import (
    CONFLICTED,
    COUNTERS,
    HIDDEN,
    INVALID,
    UNCLEAR,
    Ballot,
    Paper,
    Said,
    mark,
    opened,
    papers_of,
    returned,
)
from domain.lifecycle import UNOPENED, Act, Openings
from domain.paper import forms_of, tag_of
from domain.polls import SEALED, Item, Poll, decided_by, scope_of
from domain.results import Result
from domain.roll import Roll, area_of
from domain.scopes import UNITS, area_within
from domain.state import act_of
from projections.entries import Standing, standing_of
from projections.journal import Line
from projections.ledgers import View
from projections.polls import Moment, Place, moment, place_of

NOT_CHOICES = frozenset((CONFLICTED, INVALID, UNCLEAR))
PAGE, KEYING, CORRECTION = PAPER_KINDS = ("paper-page/1", "page-keyed/1", "entered-in-error/1")
SPEAKS = frozenset(("waiting", "recorded", "unclear"))  # standings of a form that is a ballot of its head


@dataclass(frozen=True, slots=True)
class RecordingFace:
    """One recording of a form: the page, when, who keyed it again and what became of it; `late` after closing.

    `stage`: waiting, keyed, unclear, missing or corrected. `invalid`: the reason by item that was set aside.
    """

    page: Place | None
    recorded_at: Moment | None
    second: Place | None
    stage: str
    late: bool
    items: tuple[str, ...]
    invalid: dict[str, str]


@dataclass(frozen=True, slots=True)
class RefusedFace:
    """A page that names the form and never took effect: the page, and the entry by which it was declined or withdrawn."""

    page: Place
    by: int | None


@dataclass(frozen=True, slots=True)
class FormFace:
    """A form: its recordings in order, whether its head returned anything else, and what each item comes to.

    `standing`: absent, declined, waiting, recorded, unclear, missing, late or corrected. `marks`, by item, of the form's head while
    the form is one of its ballots, else of the form alone: `recorded` before there is a result; after it `counted` where everybody
    sees that it was, `sealed` where only opened choices tell, `unopened` where nobody keyed the form again; else blank, conflicted,
    unclear, invalid, late, none. `correcting`: corrections that wait. `declined`: pages with the form that never took effect.
    """

    poll: str
    form: str
    standing: str
    recordings: tuple[RecordingFace, ...]
    electronic: bool
    others: tuple[str, ...]
    marks: dict[str, str]
    result: Place | None
    correcting: tuple[Place, ...]
    declined: tuple[RefusedFace, ...]


@dataclass(frozen=True, slots=True)
class ChosenFace:
    """One item for the holder of the stub: what each of the two keyings says, and how the head was counted, with its area; `before`
    is what was recorded at first where that was corrected.

    None where nothing is said, cannot be opened any more, or there is no result yet; area in 0.01 m².
    """

    item: str
    first: str | None
    second: str | None
    counted_as: str | None
    area: int | None
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowFace:
    """One form as a page has it: by item the choice, `sealed`, or the reason why the item is set aside."""

    form: str
    said: dict[str, str]


def rows_of(act: Act) -> tuple[RowFace, ...]:
    """The forms of a page of a vote, of its second keying or of a correction; none of any other act."""
    if act.kind not in PAPER_KINDS or act.body["poll"] is None:
        return ()
    return tuple(
        RowFace(form, {item: word for row in rows for item, word in _said(row["body"])})
        for form, rows in forms_of(act.body["rows"]).items()
    )


def _said(body: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return body["choices"].items() if "choices" in body else ((item, body.get("reason", SEALED)) for item in body["items"])


def corrections_of(seen: View, act: Act) -> tuple[tuple[int, Standing], ...]:
    """The corrections of a page, each with what became of it."""
    found = (line for line in seen.journal.about(matter_of(act) or "") if line.kind == CORRECTION and line.about == act.leaf)
    return tuple((line.index, standing_of(seen, line)) for line in found)


def form_face(seen: View, poll: str, form: str) -> FormFace | None:
    """A form by its number, or None when no head has a form of that number."""
    head = _head(seen, poll, form)
    if head is None:
        return None
    tag, pinned = head
    papers, cast = papers_of(seen.state, poll, tag), seen.state.get(("ballot", (poll, tag)))
    own = [one for one in papers if one.form == form]
    result: Result | None = seen.state.get(("result", poll))
    pages = _pages(seen, poll, form)
    declined = tuple(RefusedFace(place_of(line), standing_of(seen, line).settled) for line in pages["declined"])
    standing = _standing(own) if own or not declined else "declined"
    said = returned(cast, papers) if standing in SPEAKS else returned(None, own)
    marks = {item.id: _mark(said, item.id, decided=result is not None) for item in decided_by(seen.state, pinned, tag)}
    others = tuple(dict.fromkeys(one.form for one in papers if one.form != form and one.stage != "corrected"))
    return FormFace(poll, form, standing, tuple(_recording(seen, one) for one in own), cast is not None, others, marks,
                    _place(seen, result.leaf if result else None), tuple(map(place_of, pages["correcting"])), declined)  # fmt: skip


def chosen(seen: View, poll: str, form: str, openings: Openings) -> tuple[ChosenFace, ...]:
    """What the form's holder may read: her recorded choices, and after the result how her head was counted."""
    head = _head(seen, poll, form)
    assert head is not None
    tag, pinned = head
    papers, cast = papers_of(seen.state, poll, tag), seen.state.get(("ballot", (poll, tag)))
    own = [one for one in papers if one.form == form]
    standing = [one for one in own if one.stage != "corrected"]
    before = [_keyed(seen, one, 0, openings) for one in own if one.stage == "corrected"]
    keyings = tuple(_keyed(seen, one, which, openings) for one in standing[-1:] for which in (0, 1)) or ({}, {})
    items = decided_by(seen.state, pinned, tag)
    counted = _counted(seen, poll, cast, papers, openings)
    row = _row(seen, pinned, tag, openings) if counted else None
    return tuple(
        ChosenFace(
            item.id,
            keyings[0].get(item.id),
            keyings[1].get(item.id),
            counted.get(item.id),
            _area(seen, pinned, item, row),
            tuple(said[item.id] for said in before if item.id in said),
        )
        for item in items
    )


def head_of(seen: View, poll: str, form: str) -> bytes:
    """The tag of the head to which a form was issued."""
    head = _head(seen, poll, form)
    assert head is not None
    return head[0]


# --- pieces ---------------------------------------------------------------------------------------------------------------------


def _head(seen: View, poll: str, form: str) -> tuple[bytes, Poll] | None:
    pinned: Poll | None = seen.state.get(("poll", poll))
    if pinned is None:
        return None
    roll: Roll = seen.state["roll", pinned.roll]
    tag = tag_of(roll, form)
    return (tag, pinned) if tag else None


def _standing(own: Iterable[Paper]) -> str:
    standing = "absent"
    for one in own:
        word = "recorded" if one.stage == "keyed" else one.stage
        standing = "late" if one.overdue and word == "recorded" else word
    return standing


def _mark(said: tuple[Said, ...], item: str, *, decided: bool) -> str:
    found = mark(said, item).name
    waiting = any(one.waiting and item in one.items for one in said)
    if found not in COUNTERS - NOT_CHOICES:
        return found
    if not decided:
        return "waiting" if waiting else "recorded"
    return "counted" if found != HIDDEN else HIDDEN if waiting else "sealed"


def _pages(seen: View, poll: str, form: str) -> dict[str, list[Line]]:
    """Pages with this form that wait to correct it (`correcting`) or never took effect (`declined`)."""
    found: dict[str, list[Line]] = {"correcting": [], "declined": []}
    for line in seen.journal.about(poll):
        word = _word(seen, line)
        if word and form in _forms(seen, line.leaf):
            found[word].append(line)
    return found


def _word(seen: View, line: Line) -> str:
    if line.kind not in (PAGE, CORRECTION):
        return ""
    standing = standing_of(seen, line).name
    waits = standing == "waiting" and line.kind == CORRECTION
    return "correcting" if waits else "declined" if standing == "declined" else ""


def _forms(seen: View, leaf: bytes) -> set[str]:
    """The forms of a page, or those that a correction names."""
    body = _body(seen, leaf)
    return {*body.get("forms", ()), *(row["form"] for row in body["rows"])}


def _recording(seen: View, one: Paper) -> RecordingFace:
    line = seen.journal.line(one.page)
    return RecordingFace(_place(seen, one.page), moment(line.recorded_at) if line else None, _place(seen, one.second), one.stage,
                         one.overdue, one.items, dict(one.invalid))  # fmt: skip


def _place(seen: View, leaf: bytes | None) -> Place | None:
    line = seen.journal.line(leaf)
    return place_of(line) if line else None


def _keyed(seen: View, one: Paper, which: int, openings: Openings) -> dict[str, Any]:
    """What the first (0) or second (1) person typed, choices and reasons; nothing where nobody did or it cannot be opened."""
    leaf = (one.page, one.second)[which]
    if leaf is None:
        return {}
    rows = [row for row in _body(seen, leaf)["rows"] if row["form"] == one.form]
    typed: dict[str, Any] = {}
    for row in rows:
        body = row["body"]
        sealed = openings(leaf, f"choices/{one.form}") if row["kind"] == "ballot-sealed/1" else None
        typed |= body.get("choices") or (sealed if sealed not in (None, UNOPENED) else {})
        typed |= dict.fromkeys(body["items"], body["reason"]) if "reason" in body else {}
    return typed


def _body(seen: View, leaf: bytes) -> Mapping[str, Any]:
    line = seen.journal.line(leaf)
    assert line is not None
    return act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body


def _counted(seen: View, poll: str, cast: Ballot | None, papers: tuple[Paper, ...], openings: Openings) -> dict[str, str]:
    """How the head was counted, by item; nothing before there is a result."""
    if ("result", poll) not in seen.state:
        return {}
    pinned: Poll = seen.state["poll", poll]
    said = returned(cast, papers)
    if pinned.ballots == SEALED:
        said = tuple(opened(seen.state, poll, one, openings) for one in said)
    return {item.id: mark(said, item.id).name for item in pinned.items}


def _row(seen: View, pinned: Poll, tag: bytes, openings: Openings) -> Mapping[str, Any] | None:
    """The head's row of the roll, if it can be opened."""
    roll: Roll = seen.state["roll", pinned.roll]
    page = next(leaf for one, leaf in roll.tags if one == tag)
    row: Any = openings(page, f"row/{tag.hex()}")
    return None if row is UNOPENED else row


def _area(seen: View, pinned: Poll, item: Item, row: Mapping[str, Any] | None) -> int | None:
    """The area with which a row counts on an item: in its scope, if it has one."""
    scope = scope_of(seen.state, pinned, item)
    if row is None or scope is None:
        return None if row is None else area_of(row)
    units = seen.door.opening(scope.leaf, UNITS)  # of which only what is her own is said
    return None if units is UNOPENED else area_within(row, frozenset(units))
