"""The owner roll: which units are which heads, its pages, its posting and its freeze (R-ROLL-1…9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.authority import KeyRow, stands_for
from domain.calendar import day_of, days_after, days_between
from domain.contestable import all_answered, contestable, not_contestable
from domain.counting import Weight
from domain.founding import edition_of
from domain.joining import has_assembly
from domain.lifecycle import (
    GONE,
    UNOPENED,
    Act,
    Breach,
    Changes,
    Context,
    Found,
    Held,
    Openings,
    Read,
    Subject,
    Transition,
    Unopened,
)  # fmt: skip
from domain.rulesets import SOLD

HeadKey = frozenset[str]
DEVELOPER: Final[HeadKey] = frozenset()  # all that is unsold or not delivered is one head together
ON_PAPER: Final = b""  # in the place of a key: no act of the log is signed with it
LAST_FROZEN: Final = ("roll-last", "")


@dataclass(frozen=True, slots=True)
class Unit:
    """One exclusive unit of the roll; area in 0.01 m², owners as a set because their order means nothing (R-ROLL-5)."""

    unit: str
    building: str
    owners: frozenset[str]
    area: int
    status: str

    @property
    def head(self) -> HeadKey:
        return self.owners if self.status == SOLD else DEVELOPER


def heads_of(units: Iterable[Unit]) -> Mapping[HeadKey, tuple[Unit, ...]]:
    """Units gathered by head: one set of owners is one head, the developer's remainder is one (R-ROLL-3, R-ROLL-4)."""
    heads: dict[HeadKey, list[Unit]] = {}
    for unit in units:
        heads.setdefault(unit.head, []).append(unit)
    return {head: tuple(own) for head, own in heads.items()}


# --- the roll on the log --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a snapshot: its rows are sealed, its tags random and fresh."""

    leaf: bytes
    tags: tuple[bytes, ...]
    total: Weight
    day: str  # on which it was recorded
    stage: str = "recorded"


@dataclass(frozen=True, slots=True)
class Roll:
    """A frozen snapshot: the electorate of every vote that names it."""

    leaf: bytes
    pages: tuple[bytes, ...]
    tags: tuple[tuple[bytes, bytes], ...]  # (tag, leaf of its page), ascending
    total: Weight
    stage: str = "frozen"


@dataclass(frozen=True, slots=True)
class Replaced:
    """Why a new snapshot takes the place of an older one; the words are sealed by `leaf`."""

    leaf: bytes
    reason: str
    replaces: str
    stage: str = "given"


@dataclass(frozen=True, slots=True)
class Head:
    """One head of a snapshot and the keys that vote for it; those bound after the freeze are flagged."""

    page: bytes
    keys: tuple[bytes, ...] = ()
    late: tuple[bytes, ...] = ()


def units_of(row: Mapping[str, Any]) -> tuple[Unit, ...]:
    """The units of one opened row; its area, building, status and units are parallel lists."""
    columns = zip(row["units"], row["building"], row["area"], row["status"], strict=True)
    return tuple(Unit(unit, building, frozenset(row["owners"]), area, status) for unit, building, area, status in columns)


def row_of(units: tuple[Unit, ...]) -> dict[str, Any]:
    """One head's units as the row that is sealed; the developer's remainder has no owners' names."""
    owners = units[0].owners if units[0].head else frozenset()
    return {
        "area": tuple(unit.area for unit in units), "building": tuple(unit.building for unit in units),
        "owners": tuple(sorted(owners)), "status": tuple(unit.status for unit in units),
        "units": tuple(unit.unit for unit in units),
    }  # fmt: skip


def area_of(row: Mapping[str, Any]) -> int:
    """A row's area in 0.01 m²."""
    return sum(row["area"])


def key_of_head(read: Read, place: tuple[str, bytes], key: bytes) -> Breach | None:
    """The key is bound to that head, (snapshot, tag), or took the place of one that is; a row of paper comes without key (b"")."""
    head: Head | None = read.get(("head", place))
    if head is None:
        return Breach("head-unknown", {"tag": place[1].hex()})
    return None if key == ON_PAPER or stands_for(read, key, head.keys) else Breach("not-your-head")


def matter_of_roll(snapshot: str) -> str:
    """The matter to which objections to a snapshot's pages belong."""
    return f"roll/{snapshot}"


# --- guards ---------------------------------------------------------------------------------------------------------------------


def not_frozen(read: Read, act: Act, _context: Context) -> Breach | None:
    """A frozen snapshot takes no further page; a corrected roll is a new snapshot (R-ROLL-8)."""
    return Breach("roll-frozen") if read.get(("roll", act.body["snapshot"])) is not None else None


def roll_is_frozen(read: Read, act: Act, _context: Context) -> Breach | None:
    """What rests on a roll rests on one that changes no more (R-ROLL-8)."""
    snapshot = act.body["roll"] if "roll" in act.body else act.body["snapshot"]
    return None if ("roll", snapshot) in read else Breach("roll-not-frozen", {"roll": snapshot})


def not_begun(read: Read, act: Act, context: Context) -> Breach | None:
    """The reason for a new snapshot comes before its first page."""
    begun = ("roll-pages", act.body["snapshot"]) in read
    return Breach("roll-reason-late") if begun else not_frozen(read, act, context)


def older_known(read: Read, act: Act, _context: Context) -> Breach | None:
    """The snapshot that is replaced has pages or is frozen."""
    known = any((name, act.body["replaces"]) in read for name in ("roll", "roll-pages"))
    return None if known else Breach("unknown-matter", {"subject": "roll"})


def reason_given(read: Read, act: Act, _context: Context) -> Breach | None:
    """After the first frozen roll every new one says why there is another (R-ROLL-8)."""
    needed = edition_of(read).engine >= 3 and LAST_FROZEN in read
    missing = needed and ("roll-reason", act.body["snapshot"]) not in read
    return Breach("roll-reason-missing", {"last": read[LAST_FROZEN]}) if missing else None


def objections_answered(read: Read, act: Act, _context: Context) -> Breach | None:
    """No objection to the posted roll waits for its answer (R-DIS-4)."""
    return all_answered(read, matter_of_roll(act.body["snapshot"])) if edition_of(read).engine >= 3 else None


def tags_fresh(read: Read, act: Act, _context: Context) -> Breach | None:
    """A tag stands once in a snapshot, and the page counts its rows."""
    if act.body["heads"] != len(act.body["tags"]):
        return Breach("page-miscounted", {"rows": len(act.body["tags"]), "heads": act.body["heads"]})
    snapshot = act.body["snapshot"]
    return Breach("tag-known") if any(read.get(("head", (snapshot, tag))) for tag in act.body["tags"]) else None


def pages_complete(read: Read, act: Act, _context: Context) -> Breach | None:
    """The freeze names pages of its snapshot in their order, and its totals are theirs; a page it leaves out is void."""
    body, pages = act.body, pages_named(read, act)
    if tuple(page.leaf for page in pages) != body["pages"]:
        return Breach("pages-differ")
    total = sum((page.total for page in pages), Weight())
    return None if total == Weight(body["heads"], body["area"]) else Breach("totals-differ")


def pages_named(read: Read, act: Act) -> tuple[Page, ...]:
    """The pages of the snapshot that a freeze names, as they were recorded."""
    return tuple(page for page in read.get(("roll-pages", act.body["snapshot"]), ()) if page.leaf in act.body["pages"])


def posted_long_enough(read: Read, act: Act, context: Context) -> Breach | None:
    """The roll hung for its posting period before the freeze (R-DIS-2, R-ROLL-8); the posting is over."""
    posted, edition = act.body["posted"], edition_of(read)
    recorded = max(page.day for page in pages_named(read, act))
    # The later provable day (R-TIME-4).
    start = max(posted["from"], days_after(recorded, -edition.days("backdating_tolerance")))
    days = edition.days("roll_posting")
    if posted["to"] >= day_of(context.now):  # objections are accepted until the last day is over (R-TIME-3)
        return Breach("posting-not-over", {"to": posted["to"]})
    hung = days_between(start, posted["to"])
    return None if hung >= days else Breach("posting-too-short", {"days": hung, "needed": days})


def heads_and_keys_known(read: Read, act: Act, _context: Context) -> Breach | None:
    """Each row names a head of the snapshot and an active key."""
    for tag, key in act.body["rows"]:
        if read.get(("head", (act.body["snapshot"], tag))) is None:
            return Breach("head-unknown", {"tag": tag.hex()})
        row: KeyRow | None = read.get(("key", key))
        if row is None or row.stage != "active":
            return Breach("bound-key-unknown", {"key": key.hex()})
    return None


# --- effects --------------------------------------------------------------------------------------------------------------------


def record_page(read: Read, act: Act, context: Context) -> Changes:
    """The page and its heads; no key votes for them yet."""
    body = act.body
    page = Page(act.leaf, body["tags"], Weight(body["heads"], body["area"]), day_of(context.now))
    changes: Changes = {("head", (body["snapshot"], tag)): Head(act.leaf) for tag in body["tags"]}
    changes["roll-page", (body["snapshot"], body["page"])] = page
    changes["roll-pages", body["snapshot"]] = (*read.get(("roll-pages", body["snapshot"]), ()), page)
    open_to_objections = edition_of(read).engine >= 3
    return changes | (contestable(act.leaf, matter_of_roll(body["snapshot"])) if open_to_objections else {})


def freeze(read: Read, act: Act, _context: Context) -> Changes:
    """The snapshot is immutable from here."""
    snapshot = act.body["snapshot"]
    pages = pages_named(read, act)
    tags = sorted((tag, page.leaf) for page in pages for tag in page.tags)
    void = (tag for page in read["roll-pages", snapshot] if page not in pages for tag in page.tags)
    total = Weight(act.body["heads"], act.body["area"])
    changes: Changes = {("head", (snapshot, tag)): GONE for tag in void}
    return {
        **changes,
        **not_contestable(*(page.leaf for page in read["roll-pages", snapshot])),
        LAST_FROZEN: snapshot,
        ("roll", snapshot): Roll(act.leaf, act.body["pages"], tuple(tags), total),
        ("roll-pages", snapshot): GONE,
    }


def give_reason(_read: Read, act: Act, _context: Context) -> Changes:
    """The new snapshot may begin."""
    body = act.body
    return {("roll-reason", body["snapshot"]): Replaced(act.leaf, body["reason"], body["replaces"])}


def bind(read: Read, act: Act, _context: Context) -> Changes:
    """Each key votes for its head from here; after the freeze the binding is remembered as late."""
    snapshot = act.body["snapshot"]
    late = read.get(("roll", snapshot)) is not None
    changes: Changes = {}
    for tag, key in act.body["rows"]:
        place = ("head", (snapshot, tag))
        head: Head = changes.get(place) or read[place]
        if key not in head.keys:
            changes[place] = replace(head, keys=(*head.keys, key), late=(*head.late, key) if late else head.late)
            own = ("heads-of", key)
            changes[own] = (*(changes.get(own) or read.get(own, ())), (snapshot, tag))
    return changes


def heads_of_person(read: Read, person: bytes, snapshot: str | None = None) -> tuple[tuple[str, bytes], ...]:
    """The heads to which any key that a person has or had was bound, as (snapshot, tag); of one snapshot if it is named."""
    heads = (place for key in read.get(("keys-of", person), ()) for place in read.get(("heads-of", key), ()))
    return tuple(dict.fromkeys(place for place in heads if snapshot in (None, place[0]) and ("head", place) in read))


def votes_on(read: Read, snapshot: str) -> tuple[str, ...]:
    """The votes that were noticed on a snapshot, final ones too, in the order of their notices."""
    votes: tuple[str, ...] = read.get(("votes-on", snapshot), ())
    return votes


# --- what needs openings --------------------------------------------------------------------------------------------------------


def opened_rows(pairs: Iterable[tuple[bytes, bytes]], openings: Openings) -> dict[bytes, Mapping[str, Any]] | Unopened:
    """The rows of these (tag, page leaf) pairs by tag, or the names that are missing."""
    rows = {tag: openings(page, f"row/{tag.hex()}") for tag, page in pairs}
    missing = tuple(f"row/{tag.hex()}" for tag, row in rows.items() if row is UNOPENED)
    return Unopened(missing) if missing else rows


def recheck_page(_read: Read, act: Act, openings: Openings) -> Found:
    """The page's area is the sum of its rows."""
    rows = opened_rows(((tag, act.leaf) for tag in act.body["tags"]), openings)
    if isinstance(rows, Unopened):
        return rows
    if any(len({len(row[name]) for name in ("area", "building", "status", "units")}) > 1 for row in rows.values()):
        return Breach("row-columns-differ")
    return Held() if sum(map(area_of, rows.values())) == act.body["area"] else Breach("totals-differ")


def recheck_heads(read: Read, act: Act, openings: Openings) -> Found:
    """One set of owners is one head, the developer's remainder is one head, no unit stands twice (R-ROLL-3, R-ROLL-5)."""
    pages = pages_named(read, act)
    rows = opened_rows(((tag, page.leaf) for page in pages for tag in page.tags), openings)
    if isinstance(rows, Unopened):
        return rows
    units = [units_of(row) for row in rows.values()]
    if any(len({unit.head for unit in own}) > 1 for own in units):
        return Breach("row-mixes-heads")
    everything = [unit for own in units for unit in own]
    if len({unit.unit for unit in everything}) < len(everything):
        return Breach("unit-twice")
    return Held() if len(heads_of(everything)) == len(units) else Breach("head-twice")


def recheck_binding(read: Read, act: Act, openings: Openings) -> Found:
    """The sealed holder of each key is among the owners of its head's row."""
    missing: list[str] = []
    for tag, key in act.body["rows"]:
        head: Head = read["head", (act.body["snapshot"], tag)]
        row = openings(head.page, f"row/{tag.hex()}")
        holder = openings(read["key", key].page, f"holder/{key.hex()}")
        gone = [name for name, value in ((f"row/{tag.hex()}", row), (f"holder/{key.hex()}", holder)) if value is UNOPENED]
        missing += gone
        if not gone and holder["id"] not in row["owners"]:
            return Breach("holder-not-owner", {"key": key.hex()})
    return Unopened(tuple(missing)) if missing else Held()


PAGES: Final = Subject("roll-page", lambda act: ("roll-page", (act.body["snapshot"], act.body["page"])), (
    Transition("roll-page/1", (None,), "recorded", (has_assembly, not_frozen, reason_given, tags_fresh), effect=record_page,
               recheck=recheck_page),
))  # fmt: skip
ROLLS: Final = Subject("roll", lambda act: ("roll", act.body["snapshot"]), (
    Transition("roll-frozen/1", (None,), "frozen", (pages_complete, posted_long_enough, objections_answered), effect=freeze,
               recheck=recheck_heads),
))  # fmt: skip
REASONS: Final = Subject("roll reason", lambda act: ("roll-reason", act.body["snapshot"]), (
    Transition("roll-replaced/1", (None,), "given", (not_begun, older_known), effect=give_reason),
))  # fmt: skip
BINDINGS: Final = Subject("binding", lambda act: ("binding", (act.body["snapshot"], act.body["page"])), (
    Transition("heads-bound/1", (None,), "bound", (heads_and_keys_known,), effect=bind, recheck=recheck_binding),
))  # fmt: skip
