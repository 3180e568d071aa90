"""A paper form as anybody may look it up by its number, and as its holder may read it with the code on its stub.

Whoever has the number sees whether the form is on the ledger and whether it counts, never a choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.ballots import CONFLICTED, COUNTERS, INVALID, UNCLEAR, Ballot, Paper, Said, mark, opened, papers_of, returned
from domain.lifecycle import UNOPENED, Openings
from domain.paper import tag_of
from domain.polls import SEALED, Poll
from domain.results import Result
from domain.roll import Roll, area_of
from domain.state import act_of
from projections.ledgers import View
from projections.polls import Moment, Place, moment

NOT_CHOICES = frozenset((CONFLICTED, INVALID, UNCLEAR))


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
class FormFace:
    """A form: its recordings in order, whether its head returned anything else, and what each item of the head comes to.

    `standing`: absent, waiting, recorded, unclear, missing, late or corrected. `marks`, by item: `recorded` before there is a result and
    `counted` after it, where a choice is known to count or counts when it is opened; else blank, conflicted, unclear, invalid, late, none.
    """

    poll: str
    form: str
    standing: str
    recordings: tuple[RecordingFace, ...]
    electronic: bool
    others: tuple[str, ...]
    marks: dict[str, str]
    result: Place | None


@dataclass(frozen=True, slots=True)
class ChosenFace:
    """One item for the holder of the stub: what each of the two keyings says, and how the head was counted, with its area.

    None where nothing is said, cannot be opened any more, or there is no result yet; area in 0.01 m².
    """

    item: str
    first: str | None
    second: str | None
    counted_as: str | None
    area: int | None


def form_face(seen: View, poll: str, form: str) -> FormFace | None:
    """A form by its number, or None when no head has a form of that number."""
    head = _head(seen, poll, form)
    if head is None:
        return None
    tag, pinned = head
    papers, cast = papers_of(seen.state, poll, tag), seen.state.get(("ballot", (poll, tag)))
    own = [one for one in papers if one.form == form]
    result: Result | None = seen.state.get(("result", poll))
    said = returned(cast, papers)
    marks = {item.id: _mark(said, item.id, decided=result is not None) for item in pinned.items}
    others = tuple(dict.fromkeys(one.form for one in papers if one.form != form and one.stage != "corrected"))
    return FormFace(poll, form, _standing(own), tuple(_recording(seen, one) for one in own), cast is not None, others, marks,
                    _place(seen, result.leaf if result else None))  # fmt: skip


def chosen(seen: View, poll: str, form: str, openings: Openings) -> tuple[ChosenFace, ...]:
    """What the form's holder may read: her recorded choices, and after the result how her head was counted."""
    head = _head(seen, poll, form)
    assert head is not None
    tag, pinned = head
    papers, cast = papers_of(seen.state, poll, tag), seen.state.get(("ballot", (poll, tag)))
    own = [one for one in papers if one.form == form and one.stage != "corrected"]
    keyings = tuple(_keyed(seen, one, which, openings) for one in own[-1:] for which in (0, 1)) or ({}, {})
    counted = _counted(seen, poll, cast, papers, openings)
    area = _area(seen, poll, tag, openings) if counted else None
    return tuple(
        ChosenFace(item.id, keyings[0].get(item.id), keyings[1].get(item.id), counted.get(item.id), area)
        for item in pinned.items
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
    if found in COUNTERS - NOT_CHOICES:
        return "waiting" if waiting else "counted" if decided else "recorded"
    return found


def _recording(seen: View, one: Paper) -> RecordingFace:
    line = seen.journal.line(one.page)
    return RecordingFace(_place(seen, one.page), moment(line.recorded_at) if line else None, _place(seen, one.second), one.stage,
                         one.overdue, one.items, dict(one.invalid))  # fmt: skip


def _place(seen: View, leaf: bytes | None) -> Place | None:
    line = seen.journal.line(leaf)
    return Place(line.index, line.leaf.hex()) if line else None


def _keyed(seen: View, one: Paper, which: int, openings: Openings) -> dict[str, Any]:
    """What the first (0) or second (1) person typed, choices and reasons; nothing where nobody did or it cannot be opened."""
    leaf = (one.page, one.second)[which]
    if leaf is None:
        return {}
    rows = [row for row in _rows(seen, leaf) if row["form"] == one.form]
    typed: dict[str, Any] = {}
    for row in rows:
        body = row["body"]
        sealed = openings(leaf, f"choices/{one.form}") if row["kind"] == "ballot-sealed/1" else None
        typed |= body.get("choices") or (sealed if sealed not in (None, UNOPENED) else {})
        typed |= dict.fromkeys(body["items"], body["reason"]) if "reason" in body else {}
    return typed


def _rows(seen: View, leaf: bytes) -> tuple[dict[str, Any], ...]:
    line = seen.journal.line(leaf)
    assert line is not None
    rows: tuple[dict[str, Any], ...] = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body["rows"]
    return rows


def _counted(seen: View, poll: str, cast: Ballot | None, papers: tuple[Paper, ...], openings: Openings) -> dict[str, str]:
    """How the head was counted, by item; nothing before there is a result."""
    if ("result", poll) not in seen.state:
        return {}
    pinned: Poll = seen.state["poll", poll]
    said = returned(cast, papers)
    if pinned.ballots == SEALED:
        said = tuple(opened(seen.state, poll, one, openings) for one in said)
    return {item.id: mark(said, item.id).name for item in pinned.items}


def _area(seen: View, poll: str, tag: bytes, openings: Openings) -> int | None:
    roll: Roll = seen.state["roll", seen.state["poll", poll].roll]
    page = next(leaf for one, leaf in roll.tags if one == tag)
    row = openings(page, f"row/{tag.hex()}")
    return None if row is UNOPENED else area_of(row)
