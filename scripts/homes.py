"""Opening the ledgers of a data folder: to write, with the log key's passphrase; to read, with none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from eventsourcing.persistence import PersistenceError

from domain.errors import Refused
from keys.custody import KeyFileBroken, KeyFileMissing
from ledger.anchor import Anchor, AnchorBroken
from ledger.clock import running_clock, system_clock
from ledger.door import Ledger
from ledger.home import CODE, Home, HomeBroken, anchor_path, open_ledger, read_home, store_of
from ledger.store import StoreFailed
from ledger.vault import DataKeys, Vault
from scripts.shell import DEMO_PASSPHRASE, LOG_PASSPHRASE, Blocked, passphrase, require
from tlog.checkpoint import Checkpoint
from tlog.errors import Unsound

FAILED = (sqlite3.Error, PersistenceError, StoreFailed, AnchorBroken)
UNUSABLE = (*FAILED, OSError, KeyFileMissing, KeyFileBroken, Unsound, Refused)


def folder(data: Path) -> Path:
    """The data folder by its full path; the outside checkpoint lies beside it, so it has a name."""
    whole = data.resolve()
    require(whole.name != "", "--data", "a folder below the root of the file system")
    return whole


def home_at(data: Path, code: str) -> Home:
    """The home of a ledger. Raises Blocked when there is none."""
    require(CODE.fullmatch(code) is not None, "CODE", f"a ledger's code such as 440307-001, not {code}")
    path = folder(data) / code
    if not (path / "ledger.json").is_file():
        known = ", ".join(one.name for one in sorted(path.parent.glob("*")) if (one / "ledger.json").is_file()) or "none"
        raise Blocked(f"{path.parent} holds no ledger {code}; there: {known}")
    return _read(path)


def homes_in(data: Path) -> list[Home]:
    """Every home of a data folder. Raises Blocked when there is none."""
    whole = folder(data)
    homes = [_read(home.parent) for home in sorted(whole.glob("*/ledger.json"))]
    if not homes:
        raise Blocked(f"{whole} holds no ledger; found one with `liuchi found`, or play the demo with `liuchi demo --once`")
    return homes


def _read(path: Path) -> Home:
    try:
        return read_home(path)
    except (HomeBroken, AttributeError) as why:  # a vkey that is no text
        raise Blocked(f"{path} holds no readable ledger.json: {why}") from why


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
    spoken = log_passphrase(home.path.parent, home.origin)
    try:
        door = open_ledger(home, spoken, system_clock())
    except UNUSABLE as why:
        raise Blocked(f"{home.path}: the ledger cannot be opened: {why}") from why
    return _timed(door)


def look(home: Home) -> Ledger:
    """A ledger for reading: no passphrase is asked, and nothing can be signed. Raises Blocked."""
    if not (home.path / "ledger.sqlite").is_file():
        raise Blocked(f"{home.path} has no ledger.sqlite: nothing was ever recorded there")
    try:
        vault = Vault(home.origin, DataKeys(home.path / "datakeys.sqlite"))
        anchor = Anchor(anchor_path(home.path.parent, home.code))
        door = Ledger(store_of(home), home.origin, sign=_unsigned, anchor=anchor, vault=vault, clock=system_clock())
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
