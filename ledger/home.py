"""Where a ledger lives on disk, and how one is opened.

DATA/<code>/ledger.json     origin, kind, vkey               DATA-anchor/<code>.checkpoint   the record outside (design §5)
DATA/<code>/ledger.sqlite   entries, tiles, checkpoints, vault
DATA/<code>/datakeys.sqlite data keys of the vault           DATA/<code>/log.key             the log's key, encrypted
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from keys.custody import SCRYPT_N, read_key, write_key
from keys.identity import SigningKey
from ledger.anchor import Anchor
from ledger.clock import Clock
from ledger.door import Ledger
from ledger.sqlite import SQLiteStore
from ledger.store import Store
from ledger.vault import DataKeys, Vault, make_data_keys
from tlog.checkpoint import Checkpoint, sign_checkpoint
from tlog.note import Vkey

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
ORIGIN = re.compile(r"[a-z0-9.-]{1,200}/log/([a-z0-9][a-z0-9-]{0,63})/[1-9][0-9]{0,5}", re.ASCII)


class HomeBroken(Exception):
    """The folder is not a ledger's home; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Home:
    """A ledger's folder, as read from `ledger.json`."""

    path: Path
    code: str
    origin: str
    kind: str
    vkey: Vkey

    @property
    def log_path(self) -> str:
        """The origin's path, under which checkpoint and tiles are served: `/log/440307-001/1`."""
        return "/" + self.origin.split("/", 1)[1]


def anchor_path(data: Path, code: str) -> Path:
    """Beside the data folder, never in it."""
    return data.with_name(data.name + "-anchor") / f"{code}.checkpoint"


def make_home(data: Path, origin: str, kind: str, log_key: SigningKey, passphrase: str, n: int = SCRYPT_N) -> Home:
    """A new, empty home; raises HomeBroken when the origin is malformed or the home exists."""
    match = ORIGIN.fullmatch(origin)
    if match is None:
        raise HomeBroken(
            f"an origin is <domain>/log/<code>/<generation>, such as ledger.example.org/log/440307-001/1: {origin}"
        )
    path = data / match[1]
    if path.exists():
        raise HomeBroken(f"{path} exists already")
    path.mkdir(parents=True)
    vkey = Vkey(origin, 1, log_key.public)
    write_key(path / "log.key", log_key, passphrase, n)
    make_data_keys(path / "datakeys.sqlite")
    words = {"code": match[1], "kind": kind, "origin": origin, "vkey": str(vkey)}
    (path / "ledger.json").write_text(json.dumps(words, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return Home(path, match[1], origin, kind, vkey)


def find_homes(data: Path) -> list[Home]:
    """Every ledger under a data folder, by code."""
    return [read_home(path.parent) for path in sorted(data.glob("*/ledger.json"))]


def read_home(path: Path) -> Home:
    """The home in this folder; raises HomeBroken."""
    try:
        words = json.loads((path / "ledger.json").read_text("utf-8"))
        return Home(path, words["code"], words["origin"], words["kind"], Vkey.parse(words["vkey"]))
    except (OSError, ValueError, KeyError, TypeError) as why:
        raise HomeBroken(f"{path} holds no readable ledger.json: {why}") from why


def store_of(home: Home, dsn: str | None = None) -> Store:
    """Where a home's entries lie: its SQLite file, or its schema in the PostgreSQL database of a DSN."""
    if dsn is None:
        return SQLiteStore(home.path / "ledger.sqlite")
    from ledger.postgres import PostgresStore  # noqa: PLC0415  # an extra: who keeps SQLite files needs no driver

    return PostgresStore(dsn, schema_of(home))


def schema_of(home: Home) -> str:
    """The PostgreSQL schema of a ledger, by code and generation: `ledger_440307_001_1`."""
    return "ledger_{}_{}".format(*home.origin.replace("-", "_").split("/")[2:])


def open_ledger(home: Home, passphrase: str, clock: Clock, dsn: str | None = None) -> Ledger:
    """The ledger of a home, ready to write, with what a crash left set right.

    Raises keys.custody's errors when the log key cannot be unlocked, StoreFailed when nothing can be read. A ledger that can be read
    and not written opens all the same: reading goes on, and what is submitted is refused with the reason.
    """
    key = read_key(home.path / "log.key", passphrase)

    def sign(checkpoint: Checkpoint) -> str:
        return sign_checkpoint(checkpoint, key.sign_note, home.vkey)

    vault = Vault(home.origin, DataKeys(home.path / "datakeys.sqlite"))
    anchor = Anchor(anchor_path(home.path.parent, home.code))
    door = Ledger(store_of(home, dsn), home.origin, sign=sign, anchor=anchor, vault=vault, clock=clock,
                  evidence=home.path / "evidence", vkey=str(home.vkey))  # fmt: skip
    door.settle()
    return door
