"""One ledger in one SQLite file: the library's rows and ours in one transaction, and reads on connections of their own."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread, local
from typing import IO, Any

from eventsourcing.persistence import OperationalError, PersistenceError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder

from ledger.files import identity
from ledger.points import LEAF_INDEX, PREFIX, ROWS
from ledger.store import LARGEST, Append, Shelf, StoreFailed, VaultRow, columns

TABLES = (
    "leaves (i INTEGER PRIMARY KEY, statement BLOB NOT NULL UNIQUE)",
    "tiles (level INT, n BIGINT, hashes BLOB NOT NULL, PRIMARY KEY (level, n)) WITHOUT ROWID",
    "checkpoints (size BIGINT PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL)",
    "vault (leaf BLOB, digest BLOB, i BIGINT, subject TEXT, nonce BLOB, sealed BLOB, PRIMARY KEY (leaf, digest)) WITHOUT ROWID",
    "accesses (n INTEGER PRIMARY KEY, record BLOB NOT NULL)",
)
LOCK_TIMEOUT = 30  # s
MANY = 500


class SQLiteRecorder(SQLiteApplicationRecorder):
    """The library's recorder, which also writes our tables; its first statement is a write, so SQLite waits for the lock."""

    def _create_table(self, c: Any) -> None:
        super()._create_table(c)
        for table in TABLES:
            c.execute("CREATE TABLE IF NOT EXISTS " + table)
        self._file = self._at_path()

    def _at_path(self) -> tuple[int, int] | None:
        return identity(Path(self.datastore.pool.db_name))

    def _insert_events(self, c: Any, stored_events: Sequence[StoredEvent], **more: Any) -> None:
        """Tells the library no numbers: they are the leaf indexes, and nobody asks for its recordings."""
        append: Append = more["append"]
        if self._at_path() != self._file:  # what is written into a file without a name is lost with the process
            raise OperationalError("another file stands in the place of the database")
        leaves = enumerate(append.statements, append.base.size)
        c.executemany("INSERT INTO leaves VALUES (?, ?)", leaves)  # 4a. compare-and-swap
        append.reached(LEAF_INDEX)

        def roots(sizes: tuple[int, int]) -> Mapping[int, bytes]:
            c.execute("SELECT size, root FROM checkpoints WHERE size IN (?, ?)", sizes)
            return {row[0]: bytes(row[1]) for row in c.fetchall()}

        append.check_prefix(roots)  # 4b. a backup may come back under a running process
        append.reached(PREFIX)
        c.executemany(  # 4c. tiles, vault rows and the signed checkpoint with their entries, or none of them
            "INSERT INTO tiles VALUES (?, ?, ?) ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes",
            ((level, n, hashes) for (level, n), hashes in append.tiles.items()),
        )
        c.executemany("INSERT INTO vault VALUES (?, ?, ?, ?, ?, ?)", map(columns, append.vault))
        c.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (append.head.size, append.head.root, append.note))
        append.reached(ROWS)
        super()._insert_events(c, stored_events)


class SQLiteShelf:
    """The shelf of a SQLite file; one read-only connection for each thread."""

    def __init__(self, path: Path) -> None:
        self.path, self._own = path, local()

    def _all(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        try:
            return list(self._db().execute(sql, params))
        except sqlite3.Error as why:
            raise StoreFailed(f"{self.path.name}: {why}") from why

    def _db(self) -> sqlite3.Connection:
        """This thread's connection to the file that stands at the path now."""
        file = identity(self.path)
        if hasattr(self._own, "db") and self._own.file != file:
            self.close()
        if not hasattr(self._own, "db"):
            self._own.db = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, timeout=LOCK_TIMEOUT)
            self._own.file = file
        connection: sqlite3.Connection = self._own.db
        return connection

    def close(self) -> None:
        if hasattr(self._own, "db"):
            self._own.db.close()
            del self._own.db

    def checkpoint(self, most: int = LARGEST) -> tuple[int, bytes, str] | None:
        rows = self._all("SELECT size, root, note FROM checkpoints WHERE size <= ? ORDER BY size DESC LIMIT 1", most)
        return (rows[0][0], bytes(rows[0][1]), rows[0][2]) if rows else None

    def root_at(self, size: int) -> bytes | None:
        rows = self._all("SELECT root FROM checkpoints WHERE size = ?", size)
        return bytes(rows[0][0]) if rows else None

    def places(self, statements: Sequence[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for start in range(0, len(statements), MANY):
            some = statements[start : start + MANY]
            query = "SELECT statement, i FROM leaves WHERE statement IN (" + ", ".join("?" * len(some)) + ")"  # noqa: S608
            found |= {bytes(statement): i for statement, i in self._all(query, *some)}
        return found

    def statement(self, index: int) -> bytes | None:
        rows = self._all("SELECT statement FROM leaves WHERE i = ?", index)
        return bytes(rows[0][0]) if rows else None

    def entries(self, start: int, count: int) -> list[bytes]:
        """Rowids are dense because nothing is ever deleted."""
        rows = self._all("SELECT state FROM stored_events WHERE rowid > ? AND rowid <= ? ORDER BY rowid", start, start + count)
        return [bytes(row[0]) for row in rows]

    def tile(self, level: int, number: int) -> bytes | None:
        rows = self._all("SELECT hashes FROM tiles WHERE level = ? AND n = ?", level, number)
        return bytes(rows[0][0]) if rows else None

    def vault(self, leaf: bytes) -> list[VaultRow]:
        return [VaultRow(*row) for row in self._all("SELECT * FROM vault WHERE leaf = ?", leaf)]

    def subjects(self) -> set[str]:
        return {row[0] for row in self._all("SELECT DISTINCT subject FROM vault")}

    def under(self, subject: str) -> list[VaultRow]:
        return [VaultRow(*row) for row in self._all("SELECT * FROM vault WHERE subject = ?", subject)]

    def accesses(self, start: int, count: int) -> list[bytes]:
        rows = self._all("SELECT record FROM accesses WHERE n >= ? AND n < ? ORDER BY n", start, start + count)
        return [bytes(row[0]) for row in rows]


class SQLiteStore:
    """A ledger's SQLite file, and the file on which its writers queue."""

    failures: tuple[type[Exception], ...] = (PersistenceError, sqlite3.Error)

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shelf: Shelf = SQLiteShelf(path)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(self.path),
                "SQLITE_LOCK_TIMEOUT": str(LOCK_TIMEOUT), "APPLICATION_RECORDER_TOPIC": "ledger.sqlite:SQLiteRecorder"}  # fmt: skip

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._queue() as queue:
            _wait(queue)
            yield

    def _queue(self) -> IO[str]:
        try:
            return self.path.with_suffix(".turn").open("w", encoding="ascii")
        except OSError as why:
            raise StoreFailed(f"{self.path.name}: no turn can be taken: {why}") from why

    def rewrite(self, gone: Sequence[tuple[bytes, bytes]], anew: Sequence[VaultRow]) -> None:
        with self._by_hand() as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("DELETE FROM vault WHERE leaf = ? AND digest = ?", gone)
            renewed = ((row.subject, row.nonce, row.sealed, row.leaf, row.digest) for row in anew)
            db.executemany("UPDATE vault SET subject = ?, nonce = ?, sealed = ? WHERE leaf = ? AND digest = ?", renewed)
            db.execute("COMMIT")
            forget_log(db)

    def note(self, made: Callable[[int, bytes | None], Sequence[bytes]]) -> None:
        with self._by_hand() as db:
            db.execute("BEGIN IMMEDIATE")  # the number and the record before it are nobody else's until COMMIT
            last = db.execute("SELECT n, record FROM accesses ORDER BY n DESC LIMIT 1").fetchone()
            number = last[0] + 1 if last else 0
            records = made(number, bytes(last[1]) if last else None)
            db.executemany("INSERT INTO accesses VALUES (?, ?)", enumerate(records, number))
            db.execute("COMMIT")

    @contextmanager
    def _by_hand(self) -> Iterator[sqlite3.Connection]:
        """A connection beside the library's, for what is no entry; what it deletes is overwritten. A failure rolls back."""
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None,
                                         timeout=LOCK_TIMEOUT)) as db:  # fmt: skip
                db.execute("PRAGMA secure_delete=ON")
                db.execute("PRAGMA synchronous=FULL")
                yield db
        except sqlite3.Error as why:
            raise StoreFailed(f"{self.path.name}: {why}") from why

    def close(self) -> None:
        self.shelf.close()


def forget_log(db: sqlite3.Connection) -> None:
    """Empty the write-ahead log, in which earlier versions of pages still stand. Raises sqlite3.Error while somebody reads there."""
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("the write-ahead log is being read and cannot be emptied")


def _wait(queue: IO[str]) -> None:
    """Take the lock of an open file, which lets go of it when it is closed; raises StoreFailed when the lock is not had in time."""
    ours = Event()

    def stand() -> None:
        fcntl.flock(queue, fcntl.LOCK_EX)
        ours.set()

    try:
        fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        Thread(target=stand, daemon=True).start()  # flock knows no time limit, and who only looks again and again is overtaken
        if not ours.wait(LOCK_TIMEOUT):
            raise StoreFailed(f"another process has held the turn for {LOCK_TIMEOUT} s") from None
