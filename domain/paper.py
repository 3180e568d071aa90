"""Acts on paper (代录): the clerk records numbered forms in pages, a second person of another organisation keys them again blind.

A row is judged as its kind's act of the head that `for` names, by the page's own place and time. What the two keyings say
differently is unclear and counts as nothing. A clerk's mistake is corrected by a page of its own; both stay visible.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final

from domain.acts import INVALID_ROW
from domain.authority import matter_of
from domain.ballots import PAPER, Paper, answered_items, fits, papers_of, recounted, returned, unknown_items
from domain.confirmations import confirm, may_confirm, own_person
from domain.lifecycle import GONE, Act, Breach, Changes, Context, Found, Held, Openings, Read, Subject, Transition
from domain.polls import Poll, poll_of
from domain.roll import Roll

Row = Mapping[str, Any]
CORRECTED: Final = "corrected"


def forms_of(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    """The rows of a page by the number of their form, in the page's order."""
    forms: dict[str, tuple[Row, ...]] = {}
    for row in rows:
        forms[row["form"]] = (*forms.get(row["form"], ()), row)
    return forms


def place_of(roll: Roll, tag: bytes) -> int | None:
    """The place of a head on the frozen roll, from 1: the number that its form bears."""
    place = bisect_left(roll.tags, (tag, b""))
    return place + 1 if place < len(roll.tags) and roll.tags[place][0] == tag else None


def tag_of(roll: Roll, form: str) -> bytes | None:
    """The head to which a form of this number was issued; a replacement bears the same number with -2, -3 … behind it."""
    place = int(form.partition("-")[0])
    return roll.tags[place - 1][0] if place <= len(roll.tags) else None


# --- guards ---------------------------------------------------------------------------------------------------------------------


def paper_is_offered(read: Read, act: Act, context: Context) -> Breach | None:
    """The vote was opened, takes paper, and no result of it is certified."""
    poll: Poll | None = read.get(("poll", matter_of(act)))
    if poll is None or poll.opening is None or context.recorded_at < poll.opens:
        return Breach("poll-not-open")
    if PAPER not in poll.channels:
        return Breach("channel-not-offered", {"channel": PAPER})
    certified = read.get(("result", matter_of(act))) is not None
    return Breach("wrong-stage", {"subject": "poll", "stage": "certified", "needed": "open/closed"}) if certified else None


def rows_fit(read: Read, act: Act, _context: Context) -> Breach | None:
    """Each row is a ballot of this vote by the head to which its form was issued, and speaks once on an item (R-BAL-4)."""
    poll = poll_of(read, act)
    roll: Roll = read["roll", poll.roll]
    for form, rows in forms_of(act.body["rows"]).items():
        items = [item for row in rows for item in _items(row)]
        if len(set(items)) < len(items):
            return Breach("form-twice", {"form": form})
        if breach := next(filter(None, (_row_fits(poll, roll, matter_of(act), row) for row in rows)), None):
            return breach
    return None


def _row_fits(poll: Poll, roll: Roll, matter: str | None, row: Row) -> Breach | None:
    body, tag = row["body"], row["for"]
    if (body["poll"], body["tag"]) != (matter, tag) or tag_of(roll, row["form"]) != tag:
        return Breach("form-wrong", {"form": row["form"]})
    return unknown_items(poll, body["items"]) if row["kind"] == INVALID_ROW else fits(poll, row["kind"], _items(row))


def _items(row: Row) -> tuple[str, ...]:
    return tuple(row["body"]["items"]) if row["kind"] == INVALID_ROW else answered_items(row["kind"], row["body"])


def forms_new(read: Read, act: Act, context: Context) -> Breach | None:
    """A form is recorded once; what was recorded wrongly is corrected, a lost form replaced by one of another number."""
    for form, rows in forms_of(act.body["rows"]).items():
        if any(one.form == form and one.index < context.index for one in _standing(read, act, rows[0]["for"])):
            return Breach("form-known", {"form": form})
    return None


def _standing(read: Read, act: Act, tag: bytes) -> list[Paper]:
    return [one for one in papers_of(read, _matter(act), tag) if one.stage != CORRECTED]


def forms_to_correct(read: Read, act: Act, _context: Context) -> Breach | None:
    """What is corrected stands on the page that the correction is about, and the new rows speak of nothing else."""
    roll: Roll = read["roll", poll_of(read, act).roll]
    forms = act.body["forms"]
    if strangers := forms_of(act.body["rows"]).keys() - set(forms):
        return Breach("form-not-named", {"form": min(strangers)})
    for form in forms:
        tag = tag_of(roll, form)
        if tag is None or not any((one.form, one.page) == (form, act.about) for one in _standing(read, act, tag)):
            return Breach("form-not-there", {"form": form})
    return None


def observed_after_closing(read: Read, act: Act, context: Context) -> Breach | None:
    """A correction that takes effect after closing time is a recount under the eyes of an observer (R-DIS-3)."""
    late = context.now > poll_of(read, act).closes
    return Breach("observer-needed") if late and not act.body["observed"] else None


def same_forms(read: Read, act: Act, context: Context) -> Breach | None:
    """The second keying names exactly the forms of the page, each row well formed; what they say may differ."""
    page: Act = read["pending", act.about].act
    first, second = ((one.body["matter"], forms_of(one.body["rows"]).keys()) for one in (page, act))
    return rows_fit(read, act, context) if first == second else Breach("forms-differ")


def page_stands(read: Read, act: Act, context: Context) -> Breach | None:
    """After closing time a page is keyed or corrected, never taken back: its forms could not be recorded again in time."""
    late = context.recorded_at > poll_of(read, act).closes
    return Breach("page-stands") if late else None


# --- effects --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keyed:
    """The second keying of a page: its leaf, and of each form that it reads differently the items on either."""

    leaf: bytes
    differing: Mapping[str, tuple[str, ...]]


def record(read: Read, act: Act, context: Context) -> Changes:
    """The page's forms are known and wait for the second keying."""
    overdue = context.recorded_at > poll_of(read, act).closes
    fresh: dict[bytes, tuple[Paper, ...]] = {}
    for form, rows in forms_of(act.body["rows"]).items():
        tag = rows[0]["for"]
        one = _paper(form, rows, act.leaf, (context.index, context.recorded_at), overdue=overdue)
        fresh[tag] = (*(fresh.get(tag) or papers_of(read, _matter(act), tag)), one)
    changes = _with_papers(read, act, fresh) | listed(read, act, context)
    if not overdue:
        changes["running", _matter(act)] = replace(changes["running", _matter(act)], last=context.index)
    return changes


def listed(read: Read, act: Act, _context: Context) -> Changes:
    """The page is one of its vote's."""
    return {("pages", _matter(act)): (*read.get(("pages", _matter(act)), ()), act.body["page"])}


def key_again(read: Read, act: Act, context: Context) -> Changes:
    """What the second person reads differently is remembered until the page takes effect."""
    assert act.about is not None
    first, second = (forms_of(rows) for rows in (read["pending", act.about].act.body["rows"], act.body["rows"]))
    differing = {form: _items_of(first[form], second[form]) for form in first if not _same(first[form], second[form])}
    return {**confirm(read, act, context), ("keyed", act.about): Keyed(act.leaf, differing)}


def settle_page(read: Read, act: Act, _context: Context) -> Changes:
    """The forms that wait on this page count from here, or are unclear."""
    keyed: Keyed = read["keyed", act.leaf]
    heads = {row["for"]: papers_of(read, _matter(act), row["for"]) for row in act.body["rows"]}
    settled = {tag: tuple(_settled(one, act.leaf, keyed) for one in papers) for tag, papers in heads.items()}
    return {**_with_papers(read, act, settled), ("keyed", act.leaf): GONE}


def correct(read: Read, act: Act, _context: Context) -> Changes:
    """The new rows take the place of the old at the old rows' time; the old stay visible."""
    keyed: Keyed = read["keyed", act.leaf]
    roll, rows = read["roll", poll_of(read, act).roll], forms_of(act.body["rows"])
    heads: dict[bytes, tuple[Paper, ...]] = {}
    for form in act.body["forms"]:
        tag = tag_of(roll, form) or b""
        papers = heads.get(tag) or papers_of(read, _matter(act), tag)
        old = next(one for one in papers if (one.form, one.page) == (form, act.about) and one.stage != CORRECTED)
        gone = tuple(replace(one, stage=CORRECTED) if one is old else one for one in papers)
        place = (old.index, old.at)
        new = [_paper(form, rows[form], act.leaf, place, overdue=old.overdue)] if form in rows else []
        heads[tag] = (*gone, *(_settled(one, act.leaf, keyed) for one in new))
    return {**_with_papers(read, act, heads), ("keyed", act.leaf): GONE}


def take_back(read: Read, act: Act, _context: Context) -> Changes:
    """A page that was declined before closing: its forms can be recorded on another."""
    tags = {row["for"] for row in act.body["rows"]}
    kept = {tag: tuple(one for one in papers_of(read, _matter(act), tag) if one.page != act.leaf) for tag in tags}
    return _with_papers(read, act, kept)


def drop_keying(_read: Read, act: Act, _context: Context) -> Changes:
    """A correction that was declined leaves nothing."""
    return {("keyed", act.leaf): GONE}


def _matter(act: Act) -> str:
    return matter_of(act) or ""


def _with_papers(read: Read, act: Act, heads: Mapping[bytes, tuple[Paper, ...]]) -> Changes:
    """The forms of these heads are these from now on, and the counters follow."""
    name, poll = _matter(act), poll_of(read, act)
    running = read["running", name]
    for tag, papers in heads.items():
        ballot = read.get(("ballot", (name, tag)))
        running = recounted(running, poll, returned(ballot, papers_of(read, name, tag)), returned(ballot, papers))
    changes: Changes = {("paper", (name, tag)): papers or GONE for tag, papers in heads.items()}
    return changes | {("running", name): running}


def _paper(form: str, rows: Sequence[Row], page: bytes, place: tuple[int, int], *, overdue: bool) -> Paper:
    """A form as its rows record it, at a place (index, time) of the log."""
    said = [row for row in rows if row["kind"] != INVALID_ROW]
    items = tuple(sorted(item for row in said for item in _items(row)))
    choices = said[0]["body"].get("choices") if said else {}
    invalid = {item: row["body"]["reason"] for row in rows if row["kind"] == INVALID_ROW for item in _items(row)}
    return Paper(page, form, *place, items, choices, invalid, overdue)


def _settled(one: Paper, page: bytes, keyed: Keyed) -> Paper:
    if one.page != page or one.stage != "waiting":
        return one
    if one.form in keyed.differing:
        return replace(one, stage="unclear", items=keyed.differing[one.form], choices=None, invalid={}, second=keyed.leaf)
    return replace(one, stage="keyed", second=keyed.leaf)


def _same(first: Sequence[Row], second: Sequence[Row]) -> bool:
    return sorted(first, key=itemgetter("kind")) == sorted(second, key=itemgetter("kind"))


def _items_of(*keyings: Sequence[Row]) -> tuple[str, ...]:
    return tuple(sorted({item for rows in keyings for row in rows for item in _items(row)}))


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck_rows(_read: Read, act: Act, openings: Openings) -> Found:
    """The sealed choices of each form answer exactly the items that its row answers in clear."""
    for row in act.body["rows"]:
        if (
            row["kind"] == "ballot-sealed/1"
            and tuple(sorted(openings(act.leaf, f"choices/{row['form']}"))) != row["body"]["items"]
        ):
            return Breach("choices-differ")
    return Held()


PAGES: Final = Subject("paper page", lambda act: ("paper-page", act.body["page"]), (
    Transition("paper-page/1", (None,), "recorded", (paper_is_offered, rows_fit, forms_new), effect=settle_page,
               recheck=recheck_rows, begin=record, undo=take_back, stands=page_stands),
    Transition("entered-in-error/1", (None,), "recorded",
               (paper_is_offered, rows_fit, forms_to_correct, observed_after_closing), effect=correct, recheck=recheck_rows,
               begin=listed, undo=drop_keying),
))  # fmt: skip
KEYINGS: Final = Subject("confirmation", lambda act: ("confirmation", (act.about, act.body["person"])), (
    Transition("page-keyed/1", (None,), "confirmed", (own_person, may_confirm, same_forms), effect=key_again,
               recheck=recheck_rows),
))  # fmt: skip
