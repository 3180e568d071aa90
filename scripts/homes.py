"""Opening the ledgers of a data folder: to write, with the log key's passphrase; to read, with none.

Nothing is guessed: a store or an outside checkpoint that is not where it must be is named, and nothing is opened.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from eventsourcing.persistence import PersistenceError

from domain.errors import Refused
from keys.custody import KeyFileBroken, KeyFileMissing
from ledger.anchor import AnchorBroken
from ledger.clock import running_clock, system_clock
from ledger.door import Ledger
from ledger.home import (
    BESIDE,
    CODE,
    ELSEWHERE,
    POSTGRES,
    SQLITE,
    Home,
    HomeBroken,
    anchor_file,
    anchor_of,
    anchor_path,
    find_homes,
    is_dsn,
    open_ledger,
    read_home,
    schema_of,
    store_of,
)
from ledger.store import StoreFailed
from ledger.vault import DataKeys, Vault
from scripts.shell import ANCHOR, DEMO_PASSPHRASE, LOG_PASSPHRASE, STORE, Blocked, passphrase, require
from tlog.checkpoint import Checkpoint
from tlog.errors import Unsound
from tlog.note import Vkey

FAILED = (sqlite3.Error, PersistenceError, StoreFailed, AnchorBroken)
UNUSABLE = (*FAILED, OSError, KeyFileMissing, KeyFileBroken, Unsound, Refused)


def folder(data: Path) -> Path:
    """The data folder by its full path; the outside checkpoint lies beside it, so it has a name."""
    whole = data.resolve()
    require(whole.name != "", "--data", "a folder below the root of the file system")
    return whole


def home_at(data: Path, code: str, store: str | None = None, anchor: str | None = None) -> Home:
    """The home of a ledger, with the addresses of what lies elsewhere. Raises Blocked when there is none."""
    require(CODE.fullmatch(code) is not None, "CODE", f"a ledger's code such as 440307-001, not {code}")
    path = folder(data) / code
    if not (path / "ledger.json").is_file():
        known = ", ".join(one.name for one in sorted(path.parent.glob("*")) if (one / "ledger.json").is_file()) or "none"
        raise Blocked(f"{path.parent} holds no ledger {code}; there: {known}")
    with _blocking():
        home = read_home(path)
    return placed(home, store, anchor)


def homes_in(data: Path, store: str | None = None, anchor: str | None = None) -> list[Home]:
    """Every home of a data folder, with their addresses. Raises Blocked when there is none."""
    whole = folder(data)
    homes = [placed(home, store, anchor) for home in read_homes(whole)]
    if not homes:
        raise no_ledger(whole)
    each_its_anchor(homes)
    return homes


def each_its_anchor(homes: Collection[Home]) -> None:
    """Several ledgers have an outside checkpoint each: in files of their own, where they lie in files."""
    files = {anchor_file(home) for home in homes if home.anchor is None or not is_dsn(home.anchor)}
    require(
        len(files) in (0, len(homes)),
        "--anchor",
        "a folder, because each of several ledgers has an outside checkpoint of its own",
    )


def no_ledger(whole: Path) -> Blocked:
    """What is said of a folder without a ledger."""
    return Blocked(f"{whole} holds no ledger; found one with `liuchi found`, or play the demo with `liuchi demo --once`")


def read_homes(whole: Path) -> list[Home]:
    """Every home of a data folder, as their `ledger.json` say. Raises Blocked."""
    with _blocking():
        return find_homes(whole)


@contextmanager
def _blocking() -> Iterator[None]:
    try:
        yield
    except HomeBroken as why:
        raise Blocked(str(why)) from why


# --- what lies elsewhere --------------------------------------------------------------------------------------------------------


def addresses(store: str | None, anchor: str | None) -> tuple[str | None, str | None]:
    """The addresses given, else those of the environment; checked for form, and never repeated: they may hold passwords."""
    store, anchor = store or os.environ.get(STORE) or None, anchor or os.environ.get(ANCHOR) or None
    require(
        store is None or _parsed(store),
        "--store",
        "a PostgreSQL address such as postgresql://liuchi@host/database or service=liuchi",
    )
    require(anchor is None or not is_dsn(anchor) or _parsed(anchor), "--anchor", "a file, a folder, or a PostgreSQL address")
    return store, anchor


def _parsed(dsn: str) -> bool:
    if find_spec("psycopg") is None:
        raise Blocked("缺少 PostgreSQL 组件 PostgreSQL needs an extra: pip install '.[postgres]'")
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    with suppress(ProgrammingError):
        return is_dsn(dsn) and bool(conninfo_to_dict(dsn))
    return False


def planned(data: Path, origin: str, kind: str, vkey: Vkey, dsn: str | None, anchor: str | None) -> Home:
    """A home that is to be made: in PostgreSQL where an address is given. Raises Blocked."""
    code = origin.split("/")[2]
    home = Home(
        data / code, code, origin, kind, vkey, POSTGRES if dsn else SQLITE, ELSEWHERE if anchor else BESIDE, dsn, anchor
    )
    check_anchor_place(home)
    return home


def placed(home: Home, store: str | None = None, anchor: str | None = None) -> Home:
    """The home with its addresses, those given or the environment's. Raises Blocked as `located` does."""
    return located(home, *addresses(store, anchor))


def located(home: Home, store: str | None, anchor: str | None) -> Home:
    """The home with these addresses. Raises Blocked when one is missing, or is not where its outside checkpoint is."""
    code, beside = home.code, anchor_path(home.path.parent, home.code)
    if home.store == POSTGRES and store is None:
        raise Blocked(f"台账 {code} 存放在 PostgreSQL 中，请用 --store 或 {STORE} 给出地址。"
                      f"Ledger {code} lies in PostgreSQL: give its address with --store or {STORE}")  # fmt: skip
    if home.outside == BESIDE and anchor is not None:
        raise Blocked(f"台账 {code} 的外部检查点在 {beside}；如要迁移，请运行 liuchi migrate --anchor。"
                      f"The outside checkpoint of {code} is {beside}: `liuchi migrate --anchor` moves it")  # fmt: skip
    if home.outside != BESIDE and anchor is None:
        raise Blocked(f"台账 {code} 的外部检查点存放在别处，请用 --anchor 或 {ANCHOR} 给出位置。"
                      f"The outside checkpoint of {code} lies elsewhere: name its place with --anchor or {ANCHOR}")  # fmt: skip
    found = replace(home, dsn=store if home.store == POSTGRES else None, anchor=anchor)
    check_anchor_place(found)
    return found


def check_anchor_place(home: Home) -> None:
    """An outside checkpoint in a file is never in the data folder, nor in a folder that is not there. Raises Blocked."""
    if home.anchor is None or is_dsn(home.anchor):
        return
    file = anchor_file(home).resolve()
    require(
        not file.is_relative_to(home.path.parent), "--anchor", "a place outside the data folder, which a backup brings back"
    )
    if not file.parent.is_dir():
        raise Blocked(f"外部检查点的文件夹不存在：{file.parent} The folder of the outside checkpoint is not there")


def check_places(home: Home) -> None:
    """Raises Blocked, StoreFailed unless the ledger's store is there, is its own, and does not hold its outside checkpoint too."""
    if home.dsn is None:
        if not (home.path / "ledger.sqlite").is_file():
            raise Blocked(f"{home.path} 中没有 ledger.sqlite：从未登记过，或已遗失。"
                          f"{home.path} has no ledger.sqlite: nothing was ever recorded there, or it is lost")  # fmt: skip
        return
    from ledger.postgres import standing

    if not standing(home.dsn, schema_of(home), home.origin):
        raise Blocked(f"数据库中没有台账 {home.code} 的模式 {schema_of(home)}；请运行 liuchi migrate。"
                      f"The database has no schema {schema_of(home)} for ledger {home.code}: run `liuchi migrate`")  # fmt: skip
    _check_apart(home)


def _check_apart(home: Home) -> None:
    """Raises Blocked when the outside checkpoint lies in the ledger's own database, StoreFailed when one cannot be reached."""
    from ledger.postgres import same_database

    if home.dsn is not None and home.anchor is not None and is_dsn(home.anchor) and same_database(home.dsn, home.anchor):
        raise Blocked("外部检查点与台账在同一数据库内，恢复备份会连它一起恢复；请换一个数据库。"
                      "The outside checkpoint lies in the ledger's own database, where a restore would bring it back too: "
                      "name another database with --anchor")  # fmt: skip


def check_free(home: Home) -> None:
    """A new ledger may be made where this home says: nothing is made yet. Raises Blocked."""
    if home.dsn is None:
        return
    from ledger.postgres import standing

    name = schema_of(home)
    try:
        _check_apart(home)
        held = standing(home.dsn, name, home.origin) and newest(home) is not None
    except StoreFailed as why:
        raise Blocked(f"台账不能建在此处。The ledger cannot be made here: {why}") from why
    if held:
        raise Blocked(f"数据库模式 {name} 中已有 {home.origin} 的条目，其文件夹在别处；未作任何改动。"
                      f"Schema {name} holds entries of {home.origin}, whose folder is elsewhere; nothing was changed")  # fmt: skip


@contextmanager
def prepared(home: Home) -> Iterator[None]:
    """The schema and the table that a new home in PostgreSQL needs; the schema goes again when what follows fails.

    Raises Blocked as `check_free` does, StoreFailed.
    """
    check_free(home)
    if home.anchor is not None and is_dsn(home.anchor):
        from ledger.anchor_postgres import make_table

        make_table(home.anchor)
    if home.dsn is None:
        yield
        return
    from ledger.postgres import drop, migrate

    migrate(home.dsn, schema_of(home), home.origin)
    try:
        yield
    except BaseException:
        drop(home.dsn, schema_of(home), home.origin)
        raise


def newest(home: Home) -> tuple[int, bytes, str] | None:
    """Size, root and note of the newest checkpoint that the store holds. Raises StoreFailed."""
    with closing(store_of(home)) as store:
        return store.shelf.checkpoint()


def check_record(home: Home) -> None:
    """A ledger that has entries has an outside checkpoint, or lost it. Raises Blocked, StoreFailed."""
    with suppress(AnchorBroken, StoreFailed), closing(anchor_of(home)) as outside:  # the door will say so to whoever writes
        if outside.read()[0] == 0 and newest(home) is not None:
            raise Blocked(f"台账 {home.code} 没有外部检查点：请先放回；确已遗失的，运行 liuchi migrate --new-anchor。"
                          f"Ledger {home.code} has no outside checkpoint: bring it back, or where it is lost for good run "
                          "`liuchi migrate --new-anchor`")  # fmt: skip


# --- opening --------------------------------------------------------------------------------------------------------------------


def is_demo(origin: str) -> bool:
    """Whether a ledger is a demo's, by its address."""
    return origin.startswith("demo.")


def log_passphrase(data: Path, origin: str, *, new: bool = False) -> str:
    """The passphrase of a log's key: a demo's from DATA/demo.passphrase, any from LIUCHI_LOG_PASSPHRASE or LIUCHI_PASSPHRASE, or asked."""
    file = data / DEMO_PASSPHRASE
    if is_demo(origin) and file.is_file():
        with suppress(OSError, UnicodeDecodeError):
            return file.read_text("utf-8").strip()
    return passphrase(f"{origin} 的台账密钥口令 / passphrase of the log's key", LOG_PASSPHRASE, new=new)


def unlock(home: Home) -> Ledger:
    """A ledger ready to write: the system's clock, or a demo's that runs on from its last entry. Raises Blocked, WrongPassphrase."""
    try:
        check_places(home)
        check_record(home)
        spoken = log_passphrase(home.path.parent, home.origin)
        door = open_ledger(home, spoken, system_clock())
    except UNUSABLE as why:
        raise Blocked(f"{home.path}: the ledger cannot be opened: {why}") from why
    return _timed(door)


def look(home: Home) -> Ledger:
    """A ledger for reading: no passphrase is asked, and nothing can be signed. Raises Blocked."""
    try:
        check_places(home)
        vault = Vault(home.origin, DataKeys(home.path / "datakeys.sqlite"))
        door = Ledger(store_of(home), home.origin, sign=_unsigned, anchor=anchor_of(home), vault=vault, clock=system_clock())
    except UNUSABLE as why:
        raise Blocked(f"{home.path}: the ledger cannot be opened: {why}") from why
    return _timed(door)


def _timed(door: Ledger) -> Ledger:
    if is_demo(door.origin) and door.fold.head.size:
        door.clock = running_clock(door.fold.last)
    return door


def _unsigned(checkpoint: Checkpoint) -> str:
    raise Refused("store-unavailable", why=f"{checkpoint.origin} was opened for reading")


@contextmanager
def open_door(door: Ledger) -> Iterator[Ledger]:
    """The door, closed at the end; what the store cannot do becomes Blocked."""
    try:
        yield door
    except FAILED as why:
        raise Blocked(f"{door.origin}: the store does not answer: {why}") from why
    finally:
        close(door)


def close(door: Ledger) -> None:
    """Give back what a ledger holds open on this thread."""
    door.shelf.close()  # readers first: whoever leaves SQLite last folds its log into the file, and a reader cannot
    door.close()
    door.vault.keys.close()
