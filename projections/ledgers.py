"""The ledgers that are open here, and what each says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from domain.errors import Refused
from domain.founding import LOG, Log
from domain.lifecycle import Read
from ledger.door import Ledger
from ledger.home import Home
from projections.journal import Journal
from projections.texts import texts_at
from tlog import spelling

QUORUM: Final = "none"  # no log witness is configured: shown to people as not witnessed


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger that is open here: its home, its door, and the journal that its readers share."""

    home: Home
    door: Ledger
    journal: Journal = field(default_factory=Journal, compare=False, repr=False)


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
    """A ledger as one reader sees it now: its state, its journal, and the reader's time (Unix ms)."""

    door: Ledger
    state: Read
    journal: Journal
    now: int


def view(opened: Opened) -> View:
    """The ledger after every committed entry, whichever process appended it."""
    door = opened.door
    committed = door.shelf.checkpoint()
    if committed and committed[0] > door.fold.head.size:
        door.catch_up()
    return View(door, door.fold.state, opened.journal.read(door), _now(door))


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
