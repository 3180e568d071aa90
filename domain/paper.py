"""Acts on paper (代录): the clerk records numbered forms in pages, a second person of another organisation keys them again blind.

A row is judged as its kind's act of the head that `for` names, by the page's own place and time. What the two keyings say
differently is unclear and counts as nothing. A clerk's mistake is corrected by a page of its own; both stay visible.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from domain import paper_acts
from domain.acts import INVALID_ROW, NO_SUCH_FORM, RESULT_KINDS
from domain.ballots import (
    BALLOT_KINDS,
    CORRECTED,
    MISSING,
    PAPER,
    Paper,
    answered_items,
    fits,
    papers_of,
    recounted,
    returned,
    unknown_items,
)  # fmt: skip
from domain.confirmations import Keyed, Pending, Stream, confirm, may_confirm, own_person, waiting
from domain.lifecycle import Act, Breach, Changes, Context, Found, Held, Openings, Read, Subject, Thing, Transition
from domain.paper_acts import of_acts, of_votes
from domain.polls import WITHDRAWN, Poll, outside_scope, poll_of
from domain.results import Result, objections_upheld
from domain.roll import Roll
from domain.seats import counts_not_own
from tlog.codec import pack

Row = Mapping[str, Any]
OF_VOTES: Final = (*BALLOT_KINDS, INVALID_ROW)


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
    """The vote was opened, takes paper, and no result of it is certified; what is counted again may be corrected first."""
    poll: Poll | None = read.get(("poll", act.body["poll"]))
    if poll is None or poll.opening is None or context.recorded_at < poll.opens:
        return Breach("poll-not-open")
    if PAPER not in poll.channels:
        return Breach("channel-not-offered", {"channel": PAPER})
    result: Result | None = read.get(("result", act.body["poll"]))
    if result is None:
        over = poll.stage == WITHDRAWN
        return Breach("wrong-stage", {"subject": "poll", "stage": WITHDRAWN, "needed": "open/closed"}) if over else None
    again = act.kind == "entered-in-error/1" and objections_upheld(read, act.body["poll"])
    return None if again else Breach("wrong-stage", {"subject": "poll", "stage": "certified", "needed": "open/closed"})


def no_count_waits(read: Read, act: Act, context: Context) -> Breach | None:
    """While a certification waits its count stands still: a page that comes then is late, and could only overturn it (R-BAL-8)."""
    name = f"poll/{act.body['poll']}"
    stream: Stream = read["stream", name]
    waits = waiting(read, stream.pending, context.recorded_at)
    counted = waits is not None and waits.act.kind in RESULT_KINDS and waits.index < context.index
    return Breach("pending-first", {"stream": name}) if counted else None


def rows_fit(read: Read, act: Act, _context: Context) -> Breach | None:
    """Each row is a ballot of this vote by the head to which its form was issued, and speaks once on an item (R-BAL-4)."""
    poll = poll_of(read, act)
    roll: Roll = read["roll", poll.roll]
    if stray := next((row for row in act.body["rows"] if row["kind"] not in OF_VOTES), None):
        return Breach("row-misplaced", {"form": stray["form"]})
    for form, rows in forms_of(act.body["rows"]).items():
        items = [item for row in rows for item in _items(row)]
        if len(set(items)) < len(items) or len(_valid(rows)) > 1:
            return Breach("form-twice", {"form": form})
        for row in rows:
            if breach := _row_fits(poll, roll, act.body["poll"], row) or outside_scope(read, poll, row["for"], _items(row)):
                return breach
    return None


def _row_fits(poll: Poll, roll: Roll, name: str, row: Row) -> Breach | None:
    body, tag = row["body"], row["for"]
    if (body["poll"], body["tag"]) != (name, tag) or tag_of(roll, row["form"]) != tag:
        return Breach("form-wrong", {"form": row["form"]})
    return unknown_items(poll, body["items"]) if row["kind"] == INVALID_ROW else fits(poll, row["kind"], _items(row))


def _items(row: Row) -> tuple[str, ...]:
    """The items that a row speaks on; other acts than ballots speak on none."""
    if row["kind"] not in BALLOT_KINDS:
        return tuple(row["body"].get("items", ()))
    return answered_items(row["kind"], row["body"])


def forms_new(read: Read, act: Act, context: Context) -> Breach | None:
    """A form is recorded once; what was recorded wrongly is corrected, a lost form replaced by one of another number."""
    for form, rows in forms_of(act.body["rows"]).items():
        if any(
            one.form == form and one.index < context.index and one.stage != MISSING
            for one in _standing(read, act, rows[0]["for"])
        ):
            return Breach("form-known", {"form": form})
    return None


def _standing(read: Read, act: Act, tag: bytes) -> list[Paper]:
    return [one for one in papers_of(read, act.body["poll"], tag) if one.stage != CORRECTED]


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
    late = context.now > poll_of(read, act).ends
    return Breach("observer-needed") if late and not act.body["observed"] else None


def same_forms(read: Read, act: Act, context: Context) -> Breach | None:
    """The second keying names exactly the forms of the page, each row well formed; what they say may differ."""
    pending: Pending = read["pending", act.about]
    if pending.act.body["poll"] is None:
        return paper_acts.rows_again(read, pending, act, context)
    first, second = ((one.body["poll"], forms_of(one.body["rows"]).keys()) for one in (pending.act, act))
    return rows_fit(read, act, context) if first == second else Breach("forms-differ")


def page_stands(read: Read, act: Act, context: Context) -> Breach | None:
    """A page is keyed or corrected, never declined; its author withdraws it while its forms can be recorded again in time."""
    page: Pending = read["pending", act.about]
    own = page.parties[0][0] == act.body["person"]
    if page.act.body["poll"] is None:
        in_time = paper_acts.may_go(read, page.act, context)
    else:
        in_time = context.recorded_at <= poll_of(read, page.act).ends
    return None if own and in_time else Breach("page-stands")


# --- effects --------------------------------------------------------------------------------------------------------------------


def record(read: Read, act: Act, context: Context) -> Changes:
    """The page's forms, or its objections, are known and wait for the second keying."""
    if act.body["poll"] is None:
        return paper_acts.wait(read, act, context)
    poll = poll_of(read, act)
    overdue, grace = context.recorded_at > poll.ends, poll.closes < context.recorded_at <= poll.ends
    fresh: dict[bytes, tuple[Paper, ...]] = {}
    for form, rows in forms_of(act.body["rows"]).items():
        tag = rows[0]["for"]
        one = _paper(form, rows, act.leaf, (context.index, context.recorded_at), overdue=overdue, grace=grace)
        fresh[tag] = (*(fresh.get(tag) or papers_of(read, act.body["poll"], tag)), one)
    changes = _with_papers(read, act, fresh) | listed(read, act, context)
    if not overdue:
        changes["running", act.body["poll"]] = replace(changes["running", act.body["poll"]], last=context.index)
    return changes


def listed(read: Read, act: Act, _context: Context) -> Changes:
    """The page is one of its vote's, and its id is taken for good, whatever becomes of it: its stream begins once."""
    name, page = act.body["poll"], act.body["page"]
    return {("pages", name): (*read.get(("pages", name), ()), page), ("paper-page", page): Thing("begun", act.leaf)}


def key_again(read: Read, act: Act, context: Context) -> Changes:
    """What the second person reads differently, or does not find, is remembered until the page takes effect."""
    assert act.about is not None
    first, second = (forms_of(rows) for rows in (read["pending", act.about].act.body["rows"], act.body["rows"]))
    pairs = {form: (rows, second.get(form, ())) for form, rows in first.items()}
    missing = tuple(form for form, (one, other) in pairs.items() if _not_found(one) or _not_found(other))
    differing = {form: _items_of(*pair) for form, pair in pairs.items() if not _same(*pair)}
    waits = confirm(read, act, context)["pending", act.about]
    return {("pending", act.about): replace(waits, keyed=Keyed(act.leaf, missing, differing))}


def settle_page(read: Read, act: Act, context: Context) -> Changes:
    """The forms that wait on this page count from here, or are unclear; other acts take effect, or never were."""
    if act.body["poll"] is None:
        return paper_acts.settle_rows(read, act, context)
    keyed: Keyed = read["pending", act.leaf].keyed
    heads = {row["for"]: papers_of(read, act.body["poll"], row["for"]) for row in act.body["rows"]}
    return _with_papers(read, act, {tag: tuple(_settled(one, act.leaf, keyed) for one in own) for tag, own in heads.items()})


def correct(read: Read, act: Act, _context: Context) -> Changes:
    """The new rows take the place of the old at the old rows' time; the old stay visible."""
    keyed: Keyed = read["pending", act.leaf].keyed
    roll, rows = read["roll", poll_of(read, act).roll], forms_of(act.body["rows"])
    heads: dict[bytes, tuple[Paper, ...]] = {}
    for form in act.body["forms"]:
        tag = tag_of(roll, form) or b""
        papers = heads.get(tag) or papers_of(read, act.body["poll"], tag)
        old = next(one for one in papers if (one.form, one.page) == (form, act.about) and one.stage != CORRECTED)
        gone = tuple(replace(one, stage=CORRECTED) if one is old else one for one in papers)
        place, again = (old.index, old.at), rows.get(form)
        new = [_paper(form, again, act.leaf, place, overdue=old.overdue, grace=old.grace)] if again else []
        heads[tag] = (*gone, *(_settled(one, act.leaf, keyed) for one in new))
    return _with_papers(read, act, heads)


def take_back(read: Read, act: Act, context: Context) -> Changes:
    """A page that was withdrawn before closing: its forms can be recorded on another."""
    if act.body["poll"] is None:
        return paper_acts.withdraw(read, act, context)
    tags = {row["for"] for row in act.body["rows"]}
    kept = {tag: tuple(one for one in papers_of(read, act.body["poll"], tag) if one.page != act.leaf) for tag in tags}
    return _with_papers(read, act, kept)


def _with_papers(read: Read, act: Act, heads: Mapping[bytes, tuple[Paper, ...]]) -> Changes:
    """The forms of these heads are these from now on, and the counters follow."""
    name, poll = act.body["poll"], poll_of(read, act)
    running = read["running", name]
    for tag, papers in heads.items():
        ballot = read.get(("ballot", (name, tag)))
        running = recounted(running, poll, returned(ballot, papers_of(read, name, tag)), returned(ballot, papers))
    changes: Changes = {("paper", (name, tag)): papers for tag, papers in heads.items()}
    return changes | {("running", name): running}


def _paper(form: str, rows: Sequence[Row], page: bytes, place: tuple[int, int], *, overdue: bool, grace: bool) -> Paper:
    """A form as its rows record it, at a place (index, time) of the log."""
    said = _valid(rows)
    items = _items(said[0]) if said else ()
    choices = said[0]["body"].get("choices") if said else {}
    invalid = {item: row["body"]["reason"] for row in rows if row["kind"] == INVALID_ROW for item in _items(row)}
    return Paper(page, form, *place, items, choices, invalid, overdue, grace=grace)


def _settled(one: Paper, page: bytes, keyed: Keyed) -> Paper:
    if one.page != page or one.stage != "waiting":
        return one
    if one.form in keyed.missing:
        return replace(one, stage=MISSING, second=keyed.leaf)
    if one.form in keyed.differing:
        return replace(one, stage="unclear", items=keyed.differing[one.form], choices=None, invalid={}, second=keyed.leaf)
    return replace(one, stage="keyed", second=keyed.leaf)


def _valid(rows: Sequence[Row]) -> list[Row]:
    """The row of a form that speaks; a form has at most one, beside those that set items aside."""
    return [row for row in rows if row["kind"] != INVALID_ROW]


def _not_found(rows: Sequence[Row]) -> bool:
    return all(row["kind"] == INVALID_ROW and row["body"]["reason"] == NO_SUCH_FORM for row in rows)


def _same(first: Sequence[Row], second: Sequence[Row]) -> bool:
    """The same rows, in whatever order."""
    return sorted(map(pack, first)) == sorted(map(pack, second))


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
    Transition("paper-page/1", (None,), "recorded",
               (*map(of_votes, (paper_is_offered, counts_not_own, no_count_waits, rows_fit, forms_new)),
                *map(of_acts, (paper_acts.rows_numbered, paper_acts.rows_belong, paper_acts.rows_admitted))),
               effect=settle_page, recheck=recheck_rows, begin=record, undo=take_back, stands=page_stands, lasts=True,
               by_entry=True),
    Transition("entered-in-error/1", (None,), "recorded",
               (paper_is_offered, counts_not_own, rows_fit, forms_to_correct, observed_after_closing), effect=correct,
               recheck=recheck_rows, begin=listed, by_entry=True),
))  # fmt: skip
KEYINGS: Final = Subject("confirmation", lambda act: ("confirmation", (act.about, act.body["person"])), (
    Transition("page-keyed/1", (None,), "confirmed", (own_person, may_confirm, counts_not_own, same_forms), effect=key_again,
               recheck=recheck_rows),
))  # fmt: skip
