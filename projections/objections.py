"""Objections of owners: what they say and against what, until when they are answered, and how they were (R-DIS-4).

Who objected is a head of the roll; neither its tag nor its units stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.calendar import day_of, days_between
from domain.contestable import ANSWERED, Objection, objections_to
from domain.erasures import erased
from domain.state import act_of
from projections.duties import Subject, subject_of
from projections.journal import Line
from projections.ledgers import View
from projections.polls import Moment, Place, done_at, place_at, place_of, texts_of
from projections.signers import Signer, signer_of


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an objection: its outcome (upheld, rejected, moot), its words, by whom and when."""

    outcome: str
    text: str | None
    signer: Signer
    done: Moment | None
    entry: Place


@dataclass(frozen=True, slots=True)
class ObjectionFace:
    """One objection: to which act of what subject, on which ground, in which words, and how far it has come.

    `stage`: waiting (on a page of paper that is to be keyed again), raised, escalated, answered. `due` is the day of its answer, null
    while it waits or is answered.
    """

    id: str
    subject: Subject
    against: Place | None
    against_kind: str | None
    ground: str
    text: str | None
    erased: bool
    on_paper: bool
    stage: str
    raised: Moment | None
    entry: Place | None
    due: str | None
    overdue: int
    escalated: Place | None
    reply: Reply | None


def objections_in(seen: View, matter: str) -> tuple[ObjectionFace, ...]:
    """The objections of one matter, in the order of the log."""
    return tuple(_face(seen, one) for one in objections_to(seen.state, matter))


def objections(seen: View) -> tuple[ObjectionFace, ...]:
    """Every objection of the ledger, the newest first."""
    names = dict.fromkeys(name for name in _raised(seen) if ("objection", name) in seen.state)
    return tuple(_face(seen, name) for name in reversed(names))


def objections_counted(seen: View) -> tuple[int, int]:
    """How many objections there are, and how many of them are not answered."""
    found = [seen.state["objection", name] for name in dict.fromkeys(_raised(seen)) if ("objection", name) in seen.state]
    return len(found), sum(one.stage != ANSWERED for one in found)


def _raised(seen: View) -> Iterator[str]:
    for line in seen.journal.of_kind("objection-raised/1", "paper-page/1"):
        if line.matter is None:  # a page of a vote holds no objection
            body = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body
            rows: Iterable[Mapping[str, Any]] = body.get("rows", ({"body": body, "kind": line.kind},))
            yield from (row["body"]["id"] for row in rows if row["kind"] == "objection-raised/1")


def _face(seen: View, name: str) -> ObjectionFace:
    one: Objection = seen.state["objection", name]
    against, line = seen.journal.line(one.of), seen.journal.line(one.leaf)
    open_ = one.stage != ANSWERED and one.due != ""
    return ObjectionFace(
        name, subject_of(seen, one.matter), place_at(seen, one.of), against.kind if against else None, one.ground,
        texts_of(seen, one.leaf).get(one.text), erased(seen.state, one.leaf, one.text) is not None,
        line is not None and line.kind == "paper-page/1", one.stage, done_at(seen, one.leaf), place_at(seen, one.leaf),
        one.due if open_ else None, max(0, days_between(one.due, day_of(seen.now))) if open_ else 0, _escalation(seen, name),
        _reply(seen, one),
    )  # fmt: skip


def _escalation(seen: View, name: str) -> Place | None:
    lines = seen.journal.of_kind("objection-escalated/1")
    return next((place_of(line) for line in lines if _names(seen, line, name)), None)


def _names(seen: View, line: Line, name: str) -> bool:
    return bool(act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body["id"] == name)


def _reply(seen: View, one: Objection) -> Reply | None:
    line = seen.journal.line(one.answer)
    if line is None or one.outcome is None:
        return None
    return Reply(one.outcome, texts_of(seen, one.answer).get("answer"), signer_of(seen, line), done_at(seen, line.leaf),
                 place_of(line))  # fmt: skip
