"""What owners do on paper beside voting: the rows of a page that belongs to no vote (代录).

A row is judged as its kind's act of the head that `for` names, by the page's place and time, and takes effect when a second
person has keyed the same. An objection holds its time from the page on; what the two keyings say differently has no effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, Final

from domain.acts import KINDS
from domain.confirmations import Keyed, Pending, completing
from domain.contestable import Contestable
from domain.founding import edition_of
from domain.lifecycle import (
    Act,
    Breach,
    Changes,
    Context,
    Guard,
    Layered,
    Read,
    Subject,
    Thing,
    Transition,
    apply,
    judge,
)  # fmt: skip
from domain.objections import OBJECTIONS, dropped, keyed_again, put_on_page
from domain.proxies import PROXIES
from domain.requests import SIGNATURES
from domain.roll import ON_PAPER

Row = Mapping[str, Any]
OBJECTION: Final = "objection-raised/1"
ON_PAGES: Final = (OBJECTION, "proxy-given/1", "proxy-ended/1", "request-signed/1")
ROWS: Final[Mapping[str, tuple[Subject, Transition]]] = {
    step.kind: (subject, step)
    for subject in (OBJECTIONS, PROXIES, SIGNATURES)
    for step in subject.transitions
    if step.kind in ON_PAGES
}


def of_votes(guard: Guard) -> Guard:
    """A guard for pages of ballots alone."""

    @wraps(guard)
    def asked(read: Read, act: Act, context: Context) -> Breach | None:
        return None if act.body["poll"] is None else guard(read, act, context)

    return asked


def of_acts(guard: Guard) -> Guard:
    """A guard for pages of other acts alone."""

    @wraps(guard)
    def asked(read: Read, act: Act, context: Context) -> Breach | None:
        return guard(read, act, context) if act.body["poll"] is None else None

    return asked


def row_act(page: Act, row: Row) -> Act:
    """A row as the act that it stands for; no key signed it."""
    return replace(page, kind=row["kind"], by=ON_PAPER, body=row["body"])


# --- guards ---------------------------------------------------------------------------------------------------------------------


def rows_numbered(_read: Read, act: Act, _context: Context) -> Breach | None:
    """The rows are numbered from 1 in their order."""
    numbers = [row["form"] for row in act.body["rows"]]
    return None if numbers == [str(n) for n in range(1, len(numbers) + 1)] else Breach("row-misnumbered")


def rows_belong(read: Read, act: Act, _context: Context) -> Breach | None:
    """Each row is an act of the head it names, of a kind that the edition in force has; ballots stand on pages of their own."""
    edition = edition_of(read)
    for row in act.body["rows"]:
        if row["kind"] not in ON_PAGES or row["for"] != row["body"]["tag"]:
            return Breach("row-misplaced", {"form": row["form"]})
        if KINDS[row["kind"]].engine > edition.engine:
            return Breach("kind-not-offered", {"kind": row["kind"], "ruleset": edition.ruleset})
    return None


def rows_admitted(read: Read, act: Act, context: Context) -> Breach | None:
    """Each row would be admitted now, one after another; raises Refused. When the page completes, its second keying has asked."""
    if context.done_at is None:
        _judged(read, act, act.body["rows"], context)
    return None


def rows_again(read: Read, pending: Pending, act: Act, context: Context) -> Breach | None:
    """The second keying has rows of the page alone, and those that agree are admitted still; raises Refused."""
    page, numbers = pending.act, [row["form"] for row in act.body["rows"]]
    if act.body["poll"] is not None or len(set(numbers)) < len(numbers) or not set(numbers) <= {*_forms(page)}:
        return Breach("forms-differ")
    if breach := rows_belong(read, act, context):
        return breach
    alike = [row for row in page.body["rows"] if row in act.body["rows"] and row["kind"] != OBJECTION]
    _judged(read, page, alike, completing(pending, context))
    return None


def may_go(read: Read, page: Act, context: Context) -> bool:
    """A page is withdrawn while what stands on it can still be said: its objections keep their time by it alone (R-DIS-4)."""
    about: list[Contestable | None] = [read.get(("contestable", row["body"]["of"])) for row in _objections(page)]
    return all(one is not None and (one.until is None or context.recorded_at < one.until) for one in about)


def _forms(page: Act) -> Iterator[str]:
    return (row["form"] for row in page.body["rows"])


def _judged(read: Read, page: Act, rows: Iterable[Row], context: Context) -> None:
    """Every row is judged after what the rows before it change."""
    changes: Changes = {}
    for row in rows:
        (subject, step), after = ROWS[row["kind"]], Layered(changes, read)
        judge(subject, step, after, row_act(page, row), context)
        changes |= apply(subject, step, after, row_act(page, row), context)


# --- effects --------------------------------------------------------------------------------------------------------------------


def wait(read: Read, act: Act, _context: Context) -> Changes:
    """The page's id is taken, and its objections keep their time."""
    changes: Changes = {("paper-page", act.body["page"]): Thing("begun", act.leaf)}
    for row in _objections(act):
        changes |= put_on_page(Layered(changes, read), row_act(act, row), f"text/{row['form']}")
    return changes


def settle_rows(read: Read, act: Act, context: Context) -> Changes:
    """The rows that two people read alike have their effect; an objection that they read differently was never raised."""
    keyed: Keyed = read["pending", act.leaf].keyed
    changes: Changes = {}
    for row in act.body["rows"]:
        changes |= _settled(Layered(changes, read), act, row, context, alike=_alike(keyed, row["form"]))
    return changes


def withdraw(read: Read, act: Act, _context: Context) -> Changes:
    """A page that its author withdrew: its objections were never raised."""
    changes: Changes = {}
    for row in _objections(act):
        changes |= dropped(Layered(changes, read), row["body"]["id"])
    return changes


def _settled(read: Read, page: Act, row: Row, context: Context, *, alike: bool) -> Changes:
    if row["kind"] == OBJECTION:
        return keyed_again(read, row["body"]["id"], context) if alike else dropped(read, row["body"]["id"])
    subject, step = ROWS[row["kind"]]
    return apply(subject, step, read, row_act(page, row), context) if alike else {}


def _alike(keyed: Keyed, form: str) -> bool:
    return form not in keyed.missing and form not in keyed.differing


def _objections(page: Act) -> Iterator[Row]:
    return (row for row in page.body["rows"] if row["kind"] == OBJECTION)
