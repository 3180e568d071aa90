"""One ledger in one PostgreSQL schema: the same promises as SQLite, through the same library calls.

Tables are made by `migrate` before any process starts: concurrent first starts of the library race for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import sql

from ledger.points import LEAF_INDEX, PREFIX, ROWS
from ledger.store import LARGEST, Append, Shelf, StoreFailed, VaultRow, columns

TABLES = (
    "leaves (i BIGINT PRIMARY KEY, statement BYTEA NOT NULL UNIQUE, stream TEXT NOT NULL, place BIGINT NOT NULL)",
    "tiles (level INT, n BIGINT, hashes BYTEA NOT NULL, PRIMARY KEY (level, n))",
    "checkpoints (size BIGINT PRIMARY KEY, root BYTEA NOT NULL, note TEXT NOT NULL)",
    "vault (leaf BYTEA, digest BYTEA, i BIGINT, subject TEXT, nonce BYTEA, sealed BYTEA, PRIMARY KEY (leaf, digest))",
)
COLUMNS = {"leaves": ("bigint", "bytea", "text", "bigint"), "vault": ("bytea", "bytea", "bigint", "text", "bytea", "bytea")}
LOCK_TIMEOUT = 30  # s
POOL = 10


class PostgresRecorder(PostgresApplicationRecorder):
    """The library's recorder, which also writes our tables."""

    def _named(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(schema=sql.Identifier(self.datastore.schema))

    def _create_table(self, curs: Any) -> None:
        super()._create_table(curs)
        for table in TABLES:
            curs.execute(self._named("CREATE TABLE IF NOT EXISTS {schema}." + table))

    def _insert_events(self, curs: Any, stored_events: Sequence[StoredEvent], **more: Any) -> None:
        try:
            self._write(curs, stored_events, more["append"])
        except psycopg.errors.LockNotAvailable as why:  # as the driver's error the library would wait ten times as long
            raise StoreFailed(f"PostgreSQL: somebody has held the entries for {LOCK_TIMEOUT} s") from why

    def _write(self, curs: Any, stored_events: Sequence[StoredEvent], append: Append) -> None:
        self._lock_table(curs)  # before anything is read: then id order = commit order = leaf order
        streams, places = zip(*((event.originator_id, event.originator_version) for event in stored_events), strict=True)
        indexes = range(append.base.size, append.head.size)
        self._insert(curs, "leaves", (indexes, append.statements, streams, places))  # 4a. compare-and-swap
        append.reached(LEAF_INDEX)

        def roots(sizes: tuple[int, int]) -> Mapping[int, bytes]:
            query = self._named("SELECT size, root FROM {schema}.checkpoints WHERE size IN (%s, %s)")
            return {row["size"]: bytes(row["root"]) for row in curs.execute(query, sizes).fetchall()}

        append.check_prefix(roots)  # 4b. a backup may come back under a running process
        append.reached(PREFIX)
        tiles = [(level, n, hashes) for (level, n), hashes in append.tiles.items()]
        curs.executemany(self._named("INSERT INTO {schema}.tiles VALUES (%s, %s, %s) ON CONFLICT (level, n) "
                                     "DO UPDATE SET hashes = excluded.hashes"), tiles)  # 4c.  # fmt: skip
        if append.vault:
            self._insert(curs, "vault", zip(*map(columns, append.vault), strict=True))
        curs.execute(self._named("INSERT INTO {schema}.checkpoints VALUES (%s, %s, %s)"),
                     (append.head.size, append.head.root, append.note))  # fmt: skip
        append.reached(ROWS)

    def _insert(self, curs: Any, table: str, given: Iterable[Sequence[Any]]) -> None:
        """Many rows in one statement, column by column."""
        arrays = ", ".join(f"%b::{kind}[]" for kind in COLUMNS[table])
        curs.execute(self._named(f"INSERT INTO {{schema}}.{table} SELECT * FROM unnest({arrays})"), [*map(list, given)])  # noqa: S608


class PostgresShelf:
    """The shelf of a schema; one connection for each thread."""

    def __init__(self, dsn: str, schema: str, events: str) -> None:
        self.dsn, self.schema, self.events, self._own = dsn, schema, events, local()

    def _all(self, text: str, *params: Any) -> list[tuple[Any, ...]]:
        query = sql.SQL(text).format(schema=sql.Identifier(self.schema), events=sql.Identifier(self.events))
        old = hasattr(self._own, "db")
        try:
            if not old:
                self._own.db = psycopg.connect(self.dsn, autocommit=True)
            return list(self._own.db.execute(query, params).fetchall())
        except psycopg.Error as why:
            self.close()
            if old:  # the server may have dropped an idle connection: a read can be asked again on a new one
                return self._all(text, *params)
            raise StoreFailed(f"PostgreSQL: {why}") from why

    def close(self) -> None:
        if hasattr(self._own, "db"):
            self._own.db.close()
            del self._own.db

    def checkpoint(self, most: int = LARGEST) -> tuple[int, bytes, str] | None:
        rows = self._all("SELECT size, root, note FROM {schema}.checkpoints WHERE size <= %s ORDER BY size DESC LIMIT 1", most)
        return (rows[0][0], bytes(rows[0][1]), rows[0][2]) if rows else None

    def root_at(self, size: int) -> bytes | None:
        rows = self._all("SELECT root FROM {schema}.checkpoints WHERE size = %s", size)
        return bytes(rows[0][0]) if rows else None

    def places(self, statements: Sequence[bytes]) -> dict[bytes, int]:
        rows = self._all("SELECT statement, i FROM {schema}.leaves WHERE statement = ANY(%b)", list(statements))
        return {bytes(row[0]): row[1] for row in rows}

    def statement(self, index: int) -> bytes | None:
        rows = self._all("SELECT statement FROM {schema}.leaves WHERE i = %s", index)
        return bytes(rows[0][0]) if rows else None

    def entries(self, start: int, count: int) -> list[bytes]:
        """By leaf index: the library's own ids have gaps where an insert was aborted."""
        rows = self._all("SELECT e.state FROM {schema}.leaves l JOIN {schema}.{events} e ON e.originator_id = l.stream AND "
                         "e.originator_version = l.place WHERE l.i >= %s AND l.i < %s ORDER BY l.i", start, start + count)  # fmt: skip
        return [bytes(row[0]) for row in rows]

    def tile(self, level: int, number: int) -> bytes | None:
        rows = self._all("SELECT hashes FROM {schema}.tiles WHERE level = %s AND n = %s", level, number)
        return bytes(rows[0][0]) if rows else None

    def vault(self, leaf: bytes) -> list[VaultRow]:
        rows = self._all("SELECT leaf, digest, i, subject, nonce, sealed FROM {schema}.vault WHERE leaf = %s", leaf)
        return [VaultRow(bytes(a), bytes(b), i, subject, bytes(c), bytes(d)) for a, b, i, subject, c, d in rows]

    def subjects(self) -> set[str]:
        return {row[0] for row in self._all("SELECT DISTINCT subject FROM {schema}.vault")}


class PostgresStore:
    """A ledger's schema in the database of a DSN; writers on all hosts queue on an advisory lock."""

    failures: tuple[type[Exception], ...] = (PersistenceError, psycopg.Error)

    def __init__(self, dsn: str, schema: str) -> None:
        self.dsn, self.schema = dsn, schema
        self.shelf: Shelf = PostgresShelf(dsn, schema, "ledger_events")
        self._line: psycopg.Connection[Any] | None = None
        self._queue = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)

    @property
    def environment(self) -> Mapping[str, str]:
        told = psycopg.conninfo.conninfo_to_dict(self.dsn)
        words = {"DBNAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
        given = {f"POSTGRES_{name}": str(told.get(word) or "") for name, word in words.items()}
        given["POSTGRES_PORT"] = given["POSTGRES_PORT"] or "5432"
        return {**given, "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_SCHEMA": self.schema,
                "POSTGRES_LOCK_TIMEOUT": str(LOCK_TIMEOUT), "POSTGRES_POOL_SIZE": "1", "POSTGRES_MAX_OVERFLOW": str(POOL),
                "POSTGRES_ENABLE_DB_FUNCTIONS": "n", "CREATE_TABLE": "n",
                "APPLICATION_RECORDER_TOPIC": "ledger.postgres:PostgresRecorder"}  # fmt: skip

    @contextmanager
    def turn(self) -> Iterator[None]:
        """On a connection of its own: the server frees the lock when the process or the connection dies."""
        queue = self._waited()
        try:
            yield
        finally:
            try:
                queue.execute("SELECT pg_advisory_unlock(%s)", (self._queue,))
            except psycopg.Error:
                self._leave()

    def _waited(self) -> psycopg.Connection[Any]:
        old = self._line is not None
        try:
            if self._line is None:
                self._line = psycopg.connect(self.dsn, autocommit=True)
                self._line.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}s'")
            self._line.execute("SELECT pg_advisory_lock(%s)", (self._queue,))
        except psycopg.errors.LockNotAvailable as why:
            raise StoreFailed(f"another process has held the turn for {LOCK_TIMEOUT} s") from why
        except psycopg.Error as why:
            self._leave()
            if old:  # the server may have dropped an idle connection
                return self._waited()
            raise StoreFailed(f"PostgreSQL: {why}") from why
        return self._line

    def _leave(self) -> None:
        """Close the queue's connection: whatever it still holds goes with it."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def close(self) -> None:
        self.shelf.close()
        self._leave()


def migrate(dsn: str, schema: str) -> None:
    """Make the schema and its tables; run once, before the processes start. Raises StoreFailed."""
    try:
        with psycopg.connect(dsn, autocommit=True) as db:
            db.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    except psycopg.Error as why:
        raise StoreFailed(f"PostgreSQL: {why}") from why

    class Ledger(Application[str]):
        """Bears the name from which the library makes its table's."""

    maker = Ledger({**PostgresStore(dsn, schema).environment, "CREATE_TABLE": "y", "ORIGINATOR_ID_TYPE": "text"})
    maker.close()
