"""Where a ledger lives, and how one is opened.

DATA/<code>/ledger.json     origin, kind, vkey               DATA-anchor/<code>.checkpoint   the record outside (design §5)
DATA/<code>/ledger.sqlite   entries, tiles, checkpoints, vault
DATA/<code>/datakeys.sqlite data keys of the vault           DATA/<code>/log.key             the log's key, encrypted

Where `ledger.json` says `"store": "postgres"`, entries and vault lie in a schema of a database instead of the SQLite file; where it says
`"anchor": "elsewhere"`, the record outside lies where `--anchor` says. Addresses may hold passwords: they never stand in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from keys.custody import SCRYPT_N, read_key, write_key
from keys.identity import SigningKey
from ledger.anchor import Anchor, Outside
from ledger.clock import Clock
from ledger.door import Ledger
from ledger.files import put
from ledger.sqlite import SQLiteStore
from ledger.store import Store, StoreFailed
from ledger.vault import DataKeys, Vault, make_data_keys
from tlog.checkpoint import Checkpoint, sign_checkpoint
from tlog.note import Vkey

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
ORIGIN = re.compile(r"[a-z0-9.-]{1,200}/log/([a-z0-9][a-z0-9-]{0,63})/[1-9][0-9]{0,5}", re.ASCII)
SQLITE, POSTGRES = STORES = ("sqlite", "postgres")
BESIDE, ELSEWHERE = ANCHORS = ("beside", "elsewhere")
DSN: Final = re.compile(r"postgres(ql)?://|\s*[a-z_]+\s*=", re.ASCII)
LONGEST_NAME: Final = 63  # of a schema: PostgreSQL cuts what is longer


class HomeBroken(Exception):
    """The folder is not a ledger's home; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Home:
    """A ledger's folder, as read from `ledger.json`, and the addresses of what lies elsewhere, which are given to each process."""

    path: Path
    code: str
    origin: str
    kind: str
    vkey: Vkey
    store: str = SQLITE
    outside: str = BESIDE
    dsn: str | None = field(default=None, compare=False, repr=False)
    anchor: str | None = field(default=None, compare=False, repr=False)

    @property
    def log_path(self) -> str:
        """The origin's path, under which checkpoint and tiles are served: `/log/440307-001/1`."""
        return "/" + self.origin.split("/", 1)[1]


def anchor_path(data: Path, code: str) -> Path:
    """Beside the data folder, never in it."""
    return data.with_name(data.name + "-anchor") / f"{code}.checkpoint"


def is_dsn(where: str) -> bool:
    """Whether an address is a PostgreSQL DSN and not a path: `postgresql://…`, `service=liuchi`."""
    return DSN.match(where) is not None


def make_home(data: Path, origin: str, kind: str, log_key: SigningKey, passphrase: str, n: int = SCRYPT_N, *, dsn: str | None = None,
              anchor: str | None = None) -> Home:  # fmt: skip
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
    store, outside = POSTGRES if dsn else SQLITE, ELSEWHERE if anchor else BESIDE
    home = Home(path, match[1], origin, kind, vkey, store, outside, dsn, anchor)
    write_home(home)
    return home


def write_home(home: Home) -> None:
    """Its `ledger.json`, whole or not at all. Raises OSError."""
    words = {"code": home.code, "kind": home.kind, "origin": home.origin, "vkey": str(home.vkey)}
    words |= {"store": home.store} if home.store != SQLITE else {}
    words |= {"anchor": home.outside} if home.outside != BESIDE else {}
    put(home.path / "ledger.json", (json.dumps(words, ensure_ascii=False, indent=1) + "\n").encode())


def find_homes(data: Path) -> list[Home]:
    """Every ledger under a data folder, by code."""
    return [read_home(path.parent) for path in sorted(data.glob("*/ledger.json"))]


def read_home(path: Path) -> Home:
    """The home in this folder; raises HomeBroken."""
    try:
        words = json.loads((path / "ledger.json").read_text("utf-8"))
        store, outside = _one_of(words, "store", STORES), _one_of(words, "anchor", ANCHORS)
        return Home(path, words["code"], words["origin"], words["kind"], Vkey.parse(words["vkey"]), store, outside)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as why:
        raise HomeBroken(f"{path} holds no readable ledger.json: {why}") from why


def _one_of(words: dict[str, Any], name: str, known: tuple[str, ...]) -> str:
    """What it says under this name; where it says nothing, what every home was before there was a choice."""
    said: str = words.get(name, known[0])
    if said not in known:
        raise ValueError(f'"{name}" is one of {", ".join(known)}')
    return said


def store_of(home: Home, dsn: str | None = None) -> Store:
    """Where a home's entries lie: its SQLite file, or its schema in the PostgreSQL database of a DSN. Raises StoreFailed."""
    dsn = dsn or home.dsn
    if dsn is None:
        if home.store != SQLITE:
            raise StoreFailed(f"{home.code} lies in PostgreSQL and no DSN is given")
        return SQLiteStore(home.path / "ledger.sqlite")
    from ledger.postgres import PostgresStore  # noqa: PLC0415  # an extra: who keeps SQLite files needs no driver

    return PostgresStore(dsn, schema_of(home))


def anchor_of(home: Home) -> Outside:
    """The record outside: beside the data folder, or where the home's address says. Raises StoreFailed."""
    if home.anchor is not None and is_dsn(home.anchor):
        from ledger.anchor_postgres import PostgresAnchor  # noqa: PLC0415  # an extra

        return PostgresAnchor(home.anchor, home.origin)
    if home.anchor is None and home.outside != BESIDE:
        raise StoreFailed(f"the outside checkpoint of {home.code} lies elsewhere and no place is given")
    return Anchor(anchor_file(home))


def anchor_file(home: Home) -> Path:
    """The file of the record outside: a given folder holds one for each ledger."""
    if home.anchor is None:
        return anchor_path(home.path.parent, home.code)
    given = Path(home.anchor)
    return given / f"{home.code}.checkpoint" if given.is_dir() else given


def anchor_words(home: Home) -> str:
    """What to call the record outside: its file, or its database without the address, which may hold a password."""
    return "PostgreSQL, table liuchi_outside" if home.anchor is not None and is_dsn(home.anchor) else str(anchor_file(home))


def schema_of(home: Home) -> str:
    """The PostgreSQL schema of a ledger, by code and generation: `ledger_440307_001_1`; a longer name ends in its digest."""
    name = "ledger_{}_{}".format(*home.origin.replace("-", "_").split("/")[2:])
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 17]}_{sha256(name.encode()).hexdigest()[:16]}"


def open_ledger(home: Home, passphrase: str, clock: Clock, dsn: str | None = None) -> Ledger:
    """The ledger of a home, ready to write, with what a crash left set right.

    Raises keys.custody's errors when the log key cannot be unlocked, StoreFailed when nothing can be read. A ledger that can be read
    and not written opens all the same: reading goes on, and what is submitted is refused with the reason.
    """
    key = read_key(home.path / "log.key", passphrase)

    def sign(checkpoint: Checkpoint) -> str:
        return sign_checkpoint(checkpoint, key.sign_note, home.vkey)

    vault = Vault(home.origin, DataKeys(home.path / "datakeys.sqlite"))
    door = Ledger(store_of(home, dsn), home.origin, sign=sign, anchor=anchor_of(home), vault=vault, clock=clock,
                  evidence=home.path / "evidence", vkey=str(home.vkey))  # fmt: skip
    door.settle()
    return door
