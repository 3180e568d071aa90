"""The second keying of paper: which pages and corrections wait for it, which of them a file has whole, and what came of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.ballots import MISSING, UNCLEAR, papers_of
from domain.confirmations import Pending
from domain.errors import Refused
from domain.lifecycle import Read
from domain.paper import forms_of
from keys.identity import SigningKey
from ledger.door import Ledger
from scripts.act import Order, submission
from scripts.desk import Here, Receipt
from scripts.forms import Typed, page_rows
from scripts.shell import Problem
from scripts.waiting import needs_left

CORRECTION: Final = "entered-in-error/1"
PAGES: Final = ("paper-page/1", CORRECTION)
NEVER: Final = ("form-not-there", "form-known", "observer-needed")  # what stands in a page's way for ever


@dataclass(frozen=True, slots=True)
class Done:
    """A page that was keyed again: what everybody can see of it now, and what it still needs, if anything."""

    page: int
    receipt: Receipt
    unclear: tuple[str, ...]
    missing: tuple[str, ...]
    gone: tuple[str, ...]
    needs: str | None

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"page": self.page, "unclear": list(self.unclear), "missing": list(self.missing), **self.receipt}

    def words(self) -> Iterator[str]:
        """What somebody should know or look up; nothing where the two keyings publicly agree."""
        head = f"  第{self.page}条 entry {self.page}："
        if self.gone:
            yield f"{head}取消的票 forms taken out: {'、'.join(self.gone)}"
        if self.unclear:
            yield f"{head}两次录入不一致 the two keyings read differently: {'、'.join(self.unclear)}"
        if self.missing:
            yield f"{head}有一方没有找到 one of the two did not find: {'、'.join(self.missing)}"
        if self.needs:
            yield f"{head}还需 still needs: {self.needs} · liuchi act --confirm {self.page}"


@dataclass(frozen=True, slots=True)
class Failed:
    """A page that was refused."""

    page: int
    problem: Problem

    @property
    def never(self) -> bool:
        """Whether no keying can complete the page any more."""
        return self.problem.code in NEVER

    @property
    def out_of_reach(self) -> bool:
        return self.problem.status == 503

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"page": self.page, "never": self.never, **self.problem.document()}

    def words(self, code: str) -> Iterator[str]:
        """The refusal, and the way out where there is only one."""
        yield f"✗ 第{self.page}条没有复录 entry {self.page} was not keyed again"
        yield self.problem.words()
        if self.never:
            yield f"  第{self.page}条不能再生效，请登记人撤回 entry {self.page} can never be completed; its author withdraws it:"
            yield f"  liuchi act --decline {self.page} --reason withdrawn --key … --ledger {code}"


# --- what waits -----------------------------------------------------------------------------------------------------------------


def waiting_pages(door: Ledger, poll: str) -> list[Pending]:
    """The pages and corrections of a vote that are not in force yet, the oldest first."""
    now = max(door.clock(), door.fold.last)
    waits = (one for (subject, _), one in door.fold.state.items() if subject == "pending" and now <= one.expires)
    own = (one for one in waits if one.act.kind in PAGES and one.act.body["poll"] == poll)
    return sorted(own, key=lambda one: one.index)


def unkeyed_pages(door: Ledger, poll: str) -> list[Pending]:
    """Those of them that nobody has keyed again."""
    return [one for one in waiting_pages(door, poll) if one.keyed is None]


def forms_on(one: Pending) -> list[str]:
    """The forms that have rows on a page, in its order."""
    return list(forms_of(one.act.body["rows"]))


def whole_pages(waits: Sequence[Pending], typed: Typed) -> list[Pending]:
    """The pages of which all forms were typed; one without rows is keyed by its index only."""
    return [one for one in waits if (own := forms_on(one)) and typed.keys() >= {*own}]


def correction_of(door: Ledger, poll: str, forms: Sequence[str]) -> tuple[Pending, list[str]] | None:
    """A correction that waits and names some of these forms already."""
    for one in waiting_pages(door, poll):
        if one.act.kind == CORRECTION and (same := sorted({*forms} & {*one.act.body["forms"]})):
            return one, same
    return None


# --- keying it again ------------------------------------------------------------------------------------------------------------


def key_page(desk: Here, poll: str, one: Pending, typed: Typed, signing: SigningKey) -> Done | Failed:
    """Hand in the second keying of one page."""
    own = forms_on(one)
    rows, openings = page_rows(desk.door.fold.state, poll, {form: typed[form] for form in own})
    body: Mapping[str, Any] = {"poll": poll, "person": desk.person_of(signing.id) or bytes(16), "rows": rows}
    try:
        receipt = desk.submit(submission(desk, Order("page-keyed/1", body, openings, one.act.leaf), signing))
    except Refused as why:
        return Failed(one.index, Problem.of(why))
    unclear, missing = _unlike(desk.door.fold.state, poll, one)
    gone = tuple(form for form in one.act.body.get("forms", ()) if form not in own)
    return Done(one.index, receipt, unclear, missing, gone, needs_left(desk.door, one.act.leaf))


def _unlike(read: Read, poll: str, one: Pending) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The forms that are unclear and missing, in force or, where an observer is still awaited, as they will be."""
    waits: Pending | None = read.get(("pending", one.act.leaf))
    if waits is not None and waits.keyed is not None:
        return tuple(form for form in waits.keyed.differing if form not in waits.keyed.missing), waits.keyed.missing
    tags = {form: rows[0]["for"] for form, rows in forms_of(one.act.body["rows"]).items()}
    stage = {
        paper.form: paper.stage for tag in tags.values() for paper in papers_of(read, poll, tag) if paper.page == one.act.leaf
    }
    unclear, missing = (tuple(form for form in tags if stage.get(form) == word) for word in (UNCLEAR, MISSING))
    return unclear, missing
