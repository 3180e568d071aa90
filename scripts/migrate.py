"""`liuchi migrate`: makes or checks what processes need before they start: schemas, tables, and the outside checkpoint of each ledger.

    liuchi migrate --data liuchi-data --store service=liuchi --anchor service=liuchi-outside
    liuchi migrate 440307-001 --check                    # says what is missing and makes nothing
    liuchi migrate 440307-001 --anchor /mnt/elsewhere    # moves an outside checkpoint that lies beside the data folder; stop servers first
    liuchi migrate 440307-001 --new-anchor               # it is lost for good: begin again with what the store holds

Nothing is guessed: a schema of another ledger, tables of another form, and an empty schema where entries are known are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from ledger.anchor import AnchorBroken
from ledger.anchor import Outside as Record
from ledger.home import BESIDE, ELSEWHERE, Home, anchor_of, anchor_words, is_dsn, schema_of, store_of, write_home
from ledger.store import StoreFailed
from scripts.homes import addresses, check_anchor_place, check_places, folder, located, no_ledger, read_homes
from scripts.shell import CHECK_FAILED, Blocked, Data, Json, Outside, Store, require, say

STORE_WORDS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
STANDS = {
    "holds": ("✓", "外部检查点", "outside checkpoint"),
    "behind": ("✗", "落后于外部检查点，不会登记", "behind its outside checkpoint: nothing will be recorded"),
    "parted": (
        "✗",
        "与外部检查点是两份历史，不会登记",
        "another history than its outside checkpoint: nothing will be recorded",
    ),
    "none": ("✗", "没有外部检查点，不会登记", "no outside checkpoint: nothing will be recorded"),
    "unreadable": ("✗", "外部检查点无法读取，不会登记", "the outside checkpoint cannot be read: nothing will be recorded"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ledger stands: what was made or is missing, how many entries it has, and how many are recorded outside."""

    code: str
    store: str
    place: str
    made: tuple[str, ...]
    missing: tuple[str, ...]
    size: int
    anchor: str
    outside: str
    recorded: int

    @property
    def ready(self) -> bool:
        return self.outside == "holds" and not self.missing


def migrate_command(
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE]...", help="these ledgers only")] = None,
    check: Annotated[bool, typer.Option("--check", help="say what is missing and make nothing")] = False,
    new_anchor: Annotated[
        bool, typer.Option("--new-anchor", help="the outside checkpoint is lost for good: begin one with what the store holds")
    ] = False,
    data: Data = Path("liuchi-data"),
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Make or check schemas and outside checkpoints before processes start."""
    whole, given = folder(data), addresses(store, anchor)
    known = {home.code: home for home in read_homes(whole)}
    if not known and not codes and given[1] is not None and is_dsn(given[1]):
        made = not check and _table(given[1])
        say(
            {"made": made}, f"✓ 外部检查点的表{'已建立 made' if made else '已就绪 as it must be'} · liuchi_outside", json_=json_
        )
        return
    if not known:
        raise no_ledger(whole)
    require(set(codes or ()) <= known.keys(), "CODE", "ledgers of this folder: " + ", ".join(known))
    homes = [known[code] for code in codes or known]
    found = [settled(home, *given, check=check, new_anchor=new_anchor) for home in homes]
    say({"ledgers": [asdict(one) for one in found]}, _words(found), json_=json_)
    if not all(one.ready for one in found):
        raise typer.Exit(CHECK_FAILED)


def settled(home: Home, store: str | None, anchor: str | None, *, check: bool, new_anchor: bool) -> Standing:
    """Make what is missing, unless it is only to be looked for; how the ledger then stands. Raises Blocked."""
    moves = home.outside == BESIDE and anchor is not None
    here = located(home, store, None if moves else anchor)
    try:
        made, missing = _schema(here, check=check)
        target = replace(here, anchor=anchor, outside=ELSEWHERE) if moves else here
        made, missing = made + _recorded(target, check=check), missing + tuple(_files(here))
        if _place(here) not in missing:
            check_places(target)
        if moves and not check:
            _move(here, target)
            made += ("outside checkpoint, moved",)
        return _standing(target if moves and not check else here, made, missing, new_anchor=new_anchor and not check)
    except (StoreFailed, AnchorBroken, OSError) as why:
        raise Blocked(f"{home.code}: {why}") from why


def _files(home: Home) -> Iterator[str]:
    names = ("log.key", "datakeys.sqlite", *(("ledger.sqlite",) if home.dsn is None else ()))
    return (str(home.path / name) for name in names if not (home.path / name).is_file())


def _place(home: Home) -> str:
    return f"schema {schema_of(home)}" if home.dsn else str(home.path / "ledger.sqlite")


def _schema(home: Home, *, check: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was made of a ledger's schema, and what is missing."""
    if home.dsn is None:
        return (), ()
    from ledger.postgres import migrate, standing

    name = _place(home)
    if standing(home.dsn, schema_of(home), home.origin):
        return (), ()
    size = _size_outside(home)
    if size:
        raise Blocked(f"台账 {home.code} 有 {size} 条记录，但此数据库中没有：请核对地址，或用 liuchi restore 恢复；未作任何改动。"
                      f"Ledger {home.code} has {size} entries, and this database has none of them: check its address, or restore it; "
                      "nothing was changed")  # fmt: skip
    if check:
        return (), (name,)
    migrate(home.dsn, schema_of(home), home.origin)
    return (name,), ()


def _size_outside(home: Home) -> int:
    with suppress(AnchorBroken), closing(anchor_of(home)) as outside:  # its table may not be there yet
        return outside.read()[0]
    return 0


def _recorded(home: Home, *, check: bool) -> tuple[str, ...]:
    """What was made for an outside checkpoint."""
    check_anchor_place(home)
    if home.anchor is None or not is_dsn(home.anchor) or check or not _table(home.anchor):
        return ()
    return ("table liuchi_outside",)


def _table(dsn: str) -> bool:
    from ledger.anchor_postgres import make_table

    return make_table(dsn)


def _move(here: Home, there: Home) -> None:
    """The record goes to its new place before the home says so; the old one goes last. Raises Blocked."""
    with closing(anchor_of(here)) as old, closing(anchor_of(there)) as new:
        _carry(here, old, there, new)


def _carry(here: Home, old: Record, there: Home, new: Record) -> None:
    (size, root), (theirs, their_root) = old.read(), new.read()
    with closing(store_of(here)) as store:  # an earlier one of ours was left by a move that was interrupted
        ours = theirs == 0 or (theirs <= size and store.shelf.root_at(theirs) == their_root)
    if not ours:
        raise Blocked(f"{anchor_words(there)} 中已有 {here.code} 的另一检查点；未作任何改动。"
                      f"Another checkpoint of {here.code} stands in {anchor_words(there)}; nothing was changed")  # fmt: skip
    if size:
        new.advance(size, root)
    write_home(there)
    old.forget()


def _standing(home: Home, made: tuple[str, ...], missing: tuple[str, ...], *, new_anchor: bool) -> Standing:
    place = _place(home)
    size, stands, recorded = 0, "holds", 0
    if place not in missing:
        with closing(store_of(home)) as store, closing(anchor_of(home)) as outside:
            newest = store.shelf.checkpoint()
            size = newest[0] if newest else 0
            if newest and new_anchor and outside.read()[0] == 0:
                outside.advance(*newest[:2])
                made += ("outside checkpoint",)
            stands, recorded = _beside(outside, size, store.shelf.root_at)
    return Standing(home.code, home.store, place, made, missing, size, anchor_words(home), stands, recorded)


def _beside(outside: Record, size: int, root_at: Callable[[int], bytes | None]) -> tuple[str, int]:
    """How a store of so many entries stands to its outside checkpoint, and how many that has."""
    try:
        recorded, root = outside.read()
    except AnchorBroken:
        return "unreadable", 0
    if not recorded:
        return ("none" if size else "holds"), 0
    if recorded > size:
        return "behind", recorded
    return ("holds" if root_at(recorded) == root else "parted"), recorded


def _words(found: Sequence[Standing]) -> Iterator[str]:
    for one in found:
        sign, zh, en = STANDS[one.outside]
        yield f"{'✓' if one.ready else '✗'} {one.code} · {STORE_WORDS[one.store]} · {one.place} · {one.size} 条 entries"
        yield from (f"  + 已建立 made: {name}" for name in one.made)
        yield from (f"  ✗ 缺少 missing: {name}" for name in one.missing)
        if one.place not in one.missing:
            yield f"  {sign} {zh} {en}: {one.anchor} · {one.recorded} 条 entries"
        if one.outside == "none":
            yield "    请先放回；确已遗失的，加 --new-anchor。Bring it back, or where it is lost for good add --new-anchor"
