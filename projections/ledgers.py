"""The ledgers that are open here, and what each says of itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

from domain.errors import Refused
from domain.founding import LOG, Log
from domain.lifecycle import Read
from ledger.door import Ledger
from ledger.home import Home
from ledger.store import StoreFailed
from projections.changes import FILE, Past, Remembered
from projections.journal import Journal
from projections.texts import texts_at
from tlog import spelling
from tlog.errors import Unsound

WARNINGS: Final = logging.getLogger("liuchi.changes")
EVERY: Final = 1.0  # s between two looks at what was committed
QUORUM: Final = "none"  # no log witness is configured: shown to people as not witnessed


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger that is open here: its home, its door, and what its readers share: the journal, and what is past."""

    home: Home
    door: Ledger
    journal: Journal = field(default_factory=Journal, compare=False, repr=False)
    past: Past = field(default_factory=Past, compare=False, repr=False)
    trees: dict[bytes, Any] = field(default_factory=dict, compare=False, repr=False)  # of results, by leaf: projections/own.py
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # of open votes: projections/turnout.py


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class LedgerFace:
    """What a ledger says of itself; `root` in base64, `founded_at` in Unix ms, null until two supervisors have confirmed."""

    code: str
    origin: str
    log: str
    vkey: str
    kind: str
    name: Name
    size: int
    root: str
    founded_at: int | None
    demo: bool
    witnesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A ledger as one reader sees it now: its state with that of old votes, its journal, and the reader's time (Unix ms)."""

    door: Ledger
    state: Read
    journal: Journal
    now: int
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)


def view(opened: Opened) -> View:
    """The ledger after every committed entry, whichever process appended it."""
    door = opened.door
    committed = door.shelf.checkpoint()
    if committed and committed[0] > door.fold.head.size:
        door.catch_up()
    past = opened.past.follow(opened.home.path / FILE, door)
    return View(door, Remembered(door.fold.state, past), opened.journal.read(door), _now(door), opened.kept)


def keep_up(ledgers: Iterable[Opened], stop: Event, every: float = EVERY) -> None:
    """Until told to stop, read what was committed and write the tables of changes; what fails is tried again."""
    failing: set[str] = set()
    while not stop.wait(every):
        for opened in ledgers:
            _kept_up(opened, failing)


def _kept_up(opened: Opened, failing: set[str]) -> None:
    origin = opened.home.origin
    try:
        view(opened)
        opened.past.keep_up()
    except (StoreFailed, Refused, Unsound) as why:
        if origin not in failing:  # said once, not every second
            WARNINGS.warning("the table of changes of %s falls behind: %s", origin, why)
        failing.add(origin)
    else:
        failing.discard(origin)


def _now(door: Ledger) -> int:
    try:
        return max(door.clock(), door.fold.last)
    except Refused:  # a clock that is suspect tells no time; the last entry's does
        return door.fold.last


def face(opened: Opened) -> LedgerFace:
    """The ledger's name, keys and size."""
    home, seen = opened.home, view(opened)
    log: Log | None = seen.state.get(LOG)
    size, root, _ = opened.door.checkpoint()
    return LedgerFace(
        home.code, home.origin, home.log_path, str(home.vkey), home.kind, name_of(opened), size, spelling.base64(root),
        _founded_at(seen, log), log.demo if log else home.origin.startswith("demo."), (),
    )  # fmt: skip


def name_of(opened: Opened) -> Name:
    """The name that the founding act gives, else the code."""
    name: Any = texts_at(opened.door, 0).get("name")
    return Name(name["zh"], name["en"]) if name else Name(opened.home.code, opened.home.code)


def _founded_at(seen: View, log: Log | None) -> int | None:
    confirmations = seen.journal.answers(log.leaf) if log and log.stage == "founded" else ()
    return confirmations[-1].recorded_at if confirmations else None


def policy_of(*ledgers: Opened) -> str:
    """A tlog-policy that names these logs' keys; the publisher's own word."""
    return "".join(f"log {opened.home.vkey}\n" for opened in ledgers) + f"quorum {QUORUM}\n"
