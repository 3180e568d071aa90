"""The table of changes, `changes(key, since, value)`: what each entry did to the state, and the state as it was at any size.

One file beside each ledger, whichever store keeps its entries. Disposable: it follows from the log alone, and a file that is gone
or was written in another shape is filled again. Rows and position are one transaction, so that every entry's rows stand there
once, whichever process writes them. A process takes them from its own door's fold, and folds the log a second time only to fill
what was written before it listened. An entry that cannot be written stops the table, is shown, and stops nothing else.
"""

from __future__ import annotations

import logging
import sqlite3
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final

from domain.errors import Refused
from domain.finality import matter_of_key
from domain.fold import Fold, RootAt
from domain.lifecycle import GONE, Changes, Key, Read
from keys.enrolment import proved
from ledger.door import Ledger
from ledger.files import identity
from ledger.store import LARGEST, StoreFailed
from projections.values import SHAPE, Unspeakable, key_bytes, key_of, prefix_bytes, value_bytes, value_of
from tlog.errors import Malformed
from tlog.merkle import EMPTY

FILE: Final = "changes.sqlite"
CHUNK: Final = 1000  # entries that share a transaction
MOST: Final = 50_000  # entries that wait in memory; of more none is kept, and they are folded again
LOCK_TIMEOUT: Final = 30  # s
LOG: Final = logging.getLogger("liuchi.changes")

TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS changes (key BLOB, since INTEGER, value BLOB, PRIMARY KEY (key, since)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS entries ON changes (since)",
    "CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 0), size INTEGER, root BLOB, shape BLOB)",
)
_NEWEST: Final = "SELECT value FROM changes WHERE key = ? AND since < ? {} ORDER BY since DESC LIMIT 1"
_UNDER: Final = (
    "SELECT key, value FROM changes AS c WHERE key >= ? AND key < ? AND value IS NOT NULL"
    " AND since = (SELECT max(since) FROM changes WHERE key = c.key AND since < ?)"
)
Row = tuple[bytes, int, bytes | None]


class _Ahead(Exception):
    """The rows at hand begin after the table's end."""


@dataclass(frozen=True, slots=True)
class Poison:
    """The entry at which a table stopped, and why; another program, or a mended one, may go on from there."""

    index: int
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry did to one key; GONE where there is nothing before or after."""

    key: Key
    before: Any
    after: Any


# --- the table ------------------------------------------------------------------------------------------------------------------


class Table:
    """One ledger's changes in a file. Its reads and writes raise StoreFailed, but for `write`'s Unspeakable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = RLock()
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """How many entries' changes stand here."""
        rows = self._all("SELECT size FROM position")
        return int(rows[0][0])

    def at(self, key: Key, size: int = LARGEST) -> Any:
        """A key's value when the log had this many entries; GONE when it was not in the state."""
        return _value(self._all(_NEWEST.format(""), key_bytes(key), size))

    def last(self, key: Key) -> Any:
        """A key's last value, whether or not it has left the state since; GONE when it never had one."""
        return _value(self._all(_NEWEST.format("AND value IS NOT NULL"), key_bytes(key), LARGEST))

    def under(self, *parts: Any, size: int = LARGEST) -> dict[Key, Any]:
        """Every key of this subject, whose id begins with these parts, and its value when the log had this many entries."""
        start = prefix_bytes(*parts)
        return {key_of(bytes(key)): value_of(bytes(value)) for key, value in self._all(_UNDER, start, _after(start), size)}

    def state(self, size: int = LARGEST) -> dict[Key, Any]:
        """The whole state when the log had this many entries."""
        rows = self._all(_UNDER, b"", b"\xff", size)
        return {key_of(bytes(key)): value_of(bytes(value)) for key, value in rows}

    def of_entry(self, index: int) -> list[Change]:
        """What an entry changed, by the keys' bytes."""
        rows = self._all("SELECT key, value FROM changes WHERE since = ? ORDER BY key", index)
        return [Change(key := key_of(bytes(raw)), self.at(key, index), _value([(value,)])) for raw, value in rows]

    def write(self, first: int, laid: Sequence[Changes], root_at: RootAt) -> None:
        """Take in what entries from `first` on changed, as far as nobody has; raises _Ahead when some are missing before them."""
        with self._transaction() as db:
            size, shape = db.execute("SELECT size, shape FROM position").fetchone()
            if bytes(shape) != SHAPE:
                raise StoreFailed(f"{self.path.name} is written by another version of this program")
            if first > size:
                raise _Ahead
            if (end := first + len(laid)) > size:
                rows = (row for since, changes in enumerate(laid[size - first :], size) for row in _rows(since, changes))
                db.executemany("INSERT INTO changes VALUES (?, ?, ?)", rows)
                db.execute("UPDATE position SET size = ?, root = ?", (end, root_at(end)))

    def begin_again_unless(self, root_at: RootAt) -> None:
        """Empty the table when it holds another history than this log's: a database may have been restored beside it."""
        with self._transaction() as db:
            size, root = db.execute("SELECT size, root FROM position").fetchone()
            if root_at(size) != bytes(root):
                _empty(db)

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            if self._db is not None:
                self._db.close()
            self._db = self._file = None

    def _all(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self._turn:
            try:
                return self._connected().execute(sql, params).fetchall()
            except sqlite3.Error as why:
                raise StoreFailed(f"{self.path.name}: {why}") from why

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its beginning, so that what is read in it is still so when it ends."""
        with self._turn:
            try:
                db = self._connected()
                with _immediately(db):
                    yield db
            except sqlite3.Error as why:
                raise StoreFailed(f"{self.path.name}: {why}") from why

    def _connected(self) -> sqlite3.Connection:
        """The connection to the file that stands at the path now; without one a new file is made."""
        if self._db is None or self._file != identity(self.path):
            self.close()
            self._db = self._opened()
            self._file = identity(self.path)
        return self._db

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, db.close)
        try:
            db.execute("PRAGMA journal_mode = TRUNCATE")  # one file: whoever deletes it leaves no log that would bring it back
            db.execute("PRAGMA synchronous = OFF")  # what a power cut takes is folded again
            with _immediately(db):
                _prepare(db)
        except sqlite3.Error:
            db.close()
            raise
        return db


@contextmanager
def _immediately(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _prepare(db: sqlite3.Connection) -> None:
    """The tables, empty when they were not there or of another shape."""
    for table in TABLES:
        db.execute(table)
    if db.execute("SELECT 1 FROM position WHERE shape = ?", (SHAPE,)).fetchone() is None:
        _empty(db)


def _empty(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM changes")
    db.execute("INSERT OR REPLACE INTO position VALUES (0, 0, ?, ?)", (EMPTY, SHAPE))


def _rows(since: int, changes: Changes) -> Iterator[Row]:
    for key, value in changes.items():
        yield key_bytes(key), since, None if value is GONE else value_bytes(value)


def _value(rows: Sequence[tuple[Any, ...]]) -> Any:
    return value_of(bytes(rows[0][0])) if rows and rows[0][0] is not None else GONE


def _after(start: bytes) -> bytes:
    """The first bytes that do not begin with these; a key's bytes never begin with ff, so there are some."""
    return start[:-1] + bytes((start[-1] + 1,)) if start[-1] < 0xFF else _after(start[:-1])


# --- who fills it ---------------------------------------------------------------------------------------------------------------


class Past:
    """A ledger's table of changes, kept up with its door: what the fold tells is written when somebody reads, or a poller asks."""

    def __init__(self) -> None:
        self._turn, self._feed = RLock(), Lock()
        self._waiting: deque[Changes] = deque()
        self._agreed = False  # the table holds this log's history
        self._reached = -1  # how far the table was found to reach
        self._next = 0  # the index of the entry after the last that waits
        self._door: Ledger | None = None
        self.table: Table | None = None
        self.stopped: Poison | None = None

    def follow(self, path: Path, door: Ledger) -> Past:
        """This past, following a door; nobody waits here for a table that is being filled."""
        if self._door is None:
            with self._turn:
                if self._door is None:
                    self.table = Table(path)
                    self._next = door.follow(self._heed)
                    self._door = door
        return self

    def last(self, key: Key) -> Any:
        """A key's last value, from a table that has caught up; GONE when it never had one. Raises StoreFailed."""
        if self._reached != self._next:
            self.keep_up()
        return self.table.last(key) if self.table else GONE

    def keep_up(self) -> None:
        """Write what waits; after a failure of the file everything is tried again. Raises StoreFailed."""
        with self._turn:
            if self._door is None or self.table is None:
                return
            if not self._agreed:
                self.table.begin_again_unless(self._door.root_at)
                self._agreed = True
            while not self.stopped:
                first, laid = self._taken()
                if not laid and self.table.size >= first:
                    self._reached = first
                    return
                try:
                    self._written(first, laid, self._door.root_at)
                except _Ahead:
                    self._fill(self._door)
                except StoreFailed:
                    self._put_back(first, laid)
                    raise

    def close(self) -> None:
        """Let go of the file."""
        if self.table:
            self.table.close()

    def _heed(self, first: int, laid: Sequence[Changes]) -> None:
        """Called by the door while others wait for it: nothing is done here but remembering."""
        with self._feed:
            if len(self._waiting) > MOST:
                self._waiting.clear()
            self._waiting.extend(laid)
            self._next = first + len(laid)

    def _taken(self) -> tuple[int, list[Changes]]:
        """What waits, at most a chunk of it, and the index that it begins at; it waits no more."""
        with self._feed:
            first = self._next - len(self._waiting)
            return first, [self._waiting.popleft() for _ in range(min(len(self._waiting), CHUNK))]

    def _put_back(self, first: int, laid: list[Changes]) -> None:
        with self._feed:
            if self._next - len(self._waiting) == first + len(laid):  # else they were too many, and are folded again
                self._waiting.extendleft(reversed(laid))

    def _fill(self, door: Ledger) -> None:
        """Fold the committed log from its beginning and write what is missing, up to what this process will be told."""
        assert self.table is not None
        laid: list[Changes] = []
        fold = Fold(proved, door.root_at, lambda _first, changes: laid.extend(changes), act_at=door.act_at)
        first = 0
        while not self.stopped and (entries := door.shelf.entries(first, min(CHUNK, self._next - first))):
            poison = _read_in(fold, entries)
            self._written(first, laid, door.root_at)
            first += len(laid)
            laid.clear()
            if poison:
                self._stop(first, poison)

    def _written(self, first: int, laid: Sequence[Changes], root_at: RootAt) -> None:
        """Write these; where one of them has no spelling, those before it, and no more from there on."""
        assert self.table is not None
        try:
            self.table.write(first, laid, root_at)
        except Unspeakable:
            for index, changes in enumerate(laid, first):
                try:
                    self.table.write(index, (changes,), root_at)
                except Unspeakable as why:
                    self._stop(index, why)
                    return

    def _stop(self, index: int, why: Exception) -> None:
        self.stopped = Poison(index, f"{type(why).__name__}: {why}")
        LOG.error("the table of changes stops before entry %s: %s", index, self.stopped.why)


def _read_in(fold: Fold, entries: Sequence[bytes]) -> Exception | None:
    """Fold these entries; why it stopped, if one of them is not admitted."""
    try:
        for entry in entries:
            fold.read(entry)
    except (Refused, Malformed) as why:
        return why
    return None


# --- who reads it ---------------------------------------------------------------------------------------------------------------


class Remembered(Mapping[Key, Any]):
    """The state now, and of votes that are final what stood in it last: a reader of old votes reads as if they had never left."""

    __slots__ = ("live", "past")

    def __init__(self, live: Read, past: Past) -> None:
        self.live, self.past = live, past

    def get(self, key: Any, default: Any = None) -> Any:
        value = self.live.get(key, GONE)
        if value is GONE and self._is_final(key):
            value = self.past.last(key)
        return default if value is GONE else value

    def __getitem__(self, key: Key) -> Any:
        value = self.get(key, GONE)
        if value is GONE:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self.get(key, GONE) is not GONE

    def __iter__(self) -> Iterator[Key]:
        return iter(self.live)

    def __len__(self) -> int:
        return len(self.live)

    def _is_final(self, key: Key) -> bool:
        matter = matter_of_key(key)
        return matter is not None and ("outcome", matter) in self.live
