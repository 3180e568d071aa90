"""One ledger in one SQLite file: the library's rows and ours in one transaction, and reads on connections of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from threading import local
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder

from ledger.anchor import Anchor
from ledger.vault import VaultRow
from tlog.merkle import Head, Tiles

TABLES = (
    "leaves (i INTEGER PRIMARY KEY, statement BLOB NOT NULL UNIQUE)",  # dense, inserted first: the compare-and-swap
    "tiles (level INT, n BIGINT, hashes BLOB NOT NULL, PRIMARY KEY (level, n)) WITHOUT ROWID",
    "checkpoints (size BIGINT PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL)",
    "vault (leaf BLOB, digest BLOB, i BIGINT, subject TEXT, nonce BLOB, sealed BLOB, PRIMARY KEY (leaf, digest)) WITHOUT ROWID",
)


class Diverged(Exception):
    """The database and the checkpoint recorded outside it tell two histories: refuse to write."""


@dataclass(frozen=True, slots=True)
class Append:
    """What one commit adds beside the library's rows."""

    base: Head
    head: Head
    note: str
    statements: Sequence[bytes]
    tiles: Tiles
    vault: Sequence[VaultRow]
    anchor: Anchor


class SQLiteRecorder(SQLiteApplicationRecorder):
    """The library's recorder, which also writes our tables; its first statement is a write, so SQLite waits for the lock."""

    def _create_table(self, c: Any) -> None:
        super()._create_table(c)
        for table in TABLES:
            c.execute("CREATE TABLE IF NOT EXISTS " + table)

    def _insert_events(self, c: Any, stored_events: Sequence[StoredEvent], **more: Any) -> Sequence[int] | None:
        append: Append = more["append"]
        base = append.base
        c.executemany("INSERT INTO leaves VALUES (?, ?)", enumerate(append.statements, base.size))  # 4a. compare-and-swap
        size, root = append.anchor.read()  # 4b. in every commit: a backup may come back under a running process
        c.execute("SELECT size, root FROM checkpoints WHERE size IN (?, ?)", (size, base.size))
        roots = {0: Head().root} | {row[0]: bytes(row[1]) for row in c.fetchall()}
        if size > base.size or (roots.get(size), roots.get(base.size)) != (root, base.root):
            raise Diverged
        c.executemany(  # 4c. tiles, vault rows and the signed checkpoint with their entries, or none of them
            "INSERT INTO tiles VALUES (?, ?, ?) ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes",
            ((level, n, hashes) for (level, n), hashes in append.tiles.items()),
        )
        c.executemany("INSERT INTO vault VALUES (?, ?, ?, ?, ?, ?)", map(astuple, append.vault))
        c.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (append.head.size, append.head.root, append.note))
        return super()._insert_events(c, stored_events)


class SQLiteShelf:
    """What is committed, read on connections of its own so that readers never wait for a writer; one for each thread."""

    def __init__(self, path: Path) -> None:
        self.path, self._own = path, local()

    def _all(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        if not hasattr(self._own, "db"):
            self._own.db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        return list(self._own.db.execute(sql, params))

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._own, "db"):
            self._own.db.close()
            del self._own.db

    def checkpoint(self) -> tuple[int, bytes, str] | None:
        """Size, root and note of the newest committed checkpoint."""
        rows = self._all("SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1")
        return (rows[0][0], bytes(rows[0][1]), rows[0][2]) if rows else None

    def root_at(self, size: int) -> bytes | None:
        """The root of a size that was a commit's, if it was."""
        rows = self._all("SELECT root FROM checkpoints WHERE size = ?", size)
        return bytes(rows[0][0]) if rows else None

    def index_of(self, statement: bytes) -> int | None:
        """The place of a statement that is recorded, by its hash."""
        rows = self._all("SELECT i FROM leaves WHERE statement = ?", statement)
        return int(rows[0][0]) if rows else None

    def statement(self, index: int) -> bytes | None:
        """The statement hash at a place."""
        rows = self._all("SELECT statement FROM leaves WHERE i = ?", index)
        return bytes(rows[0][0]) if rows else None

    def entries(self, start: int, count: int) -> list[bytes]:
        """Entries from a place on; rowids are dense because nothing is ever deleted."""
        rows = self._all("SELECT state FROM stored_events WHERE rowid > ? AND rowid <= ? ORDER BY rowid", start, start + count)
        return [bytes(row[0]) for row in rows]

    def tile(self, level: int, number: int) -> bytes | None:
        """A hash tile as wide as it is now."""
        rows = self._all("SELECT hashes FROM tiles WHERE level = ? AND n = ?", level, number)
        return bytes(rows[0][0]) if rows else None

    def vault(self, leaf: bytes) -> list[VaultRow]:
        """The encrypted openings of an entry."""
        return [VaultRow(*row) for row in self._all("SELECT * FROM vault WHERE leaf = ?", leaf)]
