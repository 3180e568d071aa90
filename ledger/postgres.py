"""One ledger in one PostgreSQL schema: the same promises as SQLite, through the same library calls.

Tables are made by `migrate` before any process starts: concurrent first starts of the library race for them. The schema bears the
ledger's origin, so that nobody takes another ledger's for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any, Final

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresFactory
from eventsourcing.utils import Environment, EnvType
from psycopg import sql
from psycopg.rows import dict_row

from ledger.points import LEAF_INDEX, PREFIX, ROWS
from ledger.store import LARGEST, Append, Shelf, StoreFailed, VaultRow, columns, first_line

TABLES = (
    "leaves (i BIGINT PRIMARY KEY, statement BYTEA NOT NULL UNIQUE, stream TEXT NOT NULL, place BIGINT NOT NULL)",
    "tiles (level INT, n BIGINT, hashes BYTEA NOT NULL, PRIMARY KEY (level, n))",
    "checkpoints (size BIGINT PRIMARY KEY, root BYTEA NOT NULL, note TEXT NOT NULL)",
    "vault (leaf BYTEA, digest BYTEA, i BIGINT, subject TEXT, nonce BYTEA, sealed BYTEA, PRIMARY KEY (leaf, digest))",
    "accesses (n BIGINT PRIMARY KEY, record BYTEA NOT NULL)",
)
ARRAYS: Final = {
    "leaves": ("bigint", "bytea", "text", "bigint"),
    "vault": ("bytea", "bytea", "bigint", "text", "bytea", "bytea"),
}
MARK: Final = "ledger (origin TEXT NOT NULL)"
EVENTS: Final = "ledger_events"
LOCK_TIMEOUT = 30  # s
PATIENCE = 3  # s for a connection: the library tries an append ten times, and meanwhile this process's writers wait
POOL = 10


class WholeDsn(PostgresFactory):
    """The library's factory, which knows five words of a DSN; its connections keep the others too: TLS, service, options."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore.pool.conninfo = self.env["POSTGRES_DSN"]
        self.datastore.pool.kwargs = {"row_factory": dict_row}


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
            with curs.connection.cursor() as own:  # in a pipeline a late answer to an insert may be taken for this cursor's
                return {row["size"]: bytes(row["root"]) for row in own.execute(query, sizes).fetchall()}

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
        arrays = ", ".join(f"%b::{kind}[]" for kind in ARRAYS[table])
        curs.execute(self._named(f"INSERT INTO {{schema}}.{table} SELECT * FROM unnest({arrays})"), [*map(list, given)])  # noqa: S608


class _OwnLine:
    """A thread's own connection, which ends with the thread."""

    def __init__(self, dsn: str) -> None:
        self.db = psycopg.connect(dsn, autocommit=True)

    def __del__(self) -> None:
        if hasattr(self, "db"):  # it may never have come about
            self.db.close()


class PostgresShelf:
    """The shelf of a schema; one connection for each thread."""

    def __init__(self, dsn: str, schema: str, events: str) -> None:
        self.dsn, self.schema, self.events, self._own = dsn, schema, events, local()

    def _all(self, text: str, *params: Any) -> list[tuple[Any, ...]]:
        query = sql.SQL(text).format(schema=sql.Identifier(self.schema), events=sql.Identifier(self.events))
        old = hasattr(self._own, "line")
        try:
            if not old:
                self._own.line = _OwnLine(self.dsn)
            return list(self._own.line.db.execute(query, params).fetchall())
        except psycopg.Error as why:
            self.close()
            if old:  # the server may have dropped an idle connection: a read can be asked again on a new one
                return self._all(text, *params)
            raise StoreFailed(f"PostgreSQL: {first_line(why)}") from why

    def close(self) -> None:
        if hasattr(self._own, "line"):
            self._own.line.db.close()
            del self._own.line

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
        return self._rows("leaf", leaf)

    def under(self, subject: str) -> list[VaultRow]:
        return self._rows("subject", subject)

    def _rows(self, column: str, value: bytes | str) -> list[VaultRow]:
        rows = self._all(f"SELECT leaf, digest, i, subject, nonce, sealed FROM {{schema}}.vault WHERE {column} = %s", value)  # noqa: S608
        return [VaultRow(bytes(a), bytes(b), i, subject, bytes(c), bytes(d)) for a, b, i, subject, c, d in rows]

    def subjects(self) -> set[str]:
        return {row[0] for row in self._all("SELECT DISTINCT subject FROM {schema}.vault")}

    def accesses(self, start: int, count: int) -> list[bytes]:
        rows = self._all("SELECT record FROM {schema}.accesses WHERE n >= %s AND n < %s ORDER BY n", start, start + count)
        return [bytes(row[0]) for row in rows]


class PostgresStore:
    """A ledger's schema in the database of a DSN; writers on all hosts queue on an advisory lock."""

    failures: tuple[type[Exception], ...] = (PersistenceError, psycopg.Error)

    def __init__(self, dsn: str, schema: str) -> None:
        self.dsn, self.schema = dsn, schema
        self.shelf: Shelf = PostgresShelf(dsn, schema, EVENTS)
        self._line: psycopg.Connection[Any] | None = None
        self._queue = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)

    @property
    def environment(self) -> Mapping[str, str]:
        unused = dict.fromkeys(("POSTGRES_DBNAME", "POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD"), "")  # but asked for
        return {**unused, "PERSISTENCE_MODULE": "ledger.postgres:WholeDsn", "POSTGRES_DSN": self.dsn, "POSTGRES_SCHEMA": self.schema,
                "POSTGRES_LOCK_TIMEOUT": str(LOCK_TIMEOUT), "POSTGRES_CONNECT_TIMEOUT": str(PATIENCE),
                "POSTGRES_POOL_SIZE": "1", "POSTGRES_MAX_OVERFLOW": str(POOL), "POSTGRES_ENABLE_DB_FUNCTIONS": "n", "CREATE_TABLE": "n",
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
            raise StoreFailed(f"PostgreSQL: {first_line(why)}") from why
        return self._line

    def _leave(self) -> None:
        """Close the queue's connection: whatever it still holds goes with it."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def rewrite(self, gone: Sequence[tuple[bytes, bytes]], anew: Sequence[VaultRow]) -> None:
        with self._by_hand() as db:
            with db.transaction(), db.cursor() as curs:
                curs.executemany(self._named("DELETE FROM {schema}.vault WHERE leaf = %s AND digest = %s"), gone)
                renewed = [(row.subject, row.nonce, row.sealed, row.leaf, row.digest) for row in anew]
                curs.executemany(self._named("UPDATE {schema}.vault SET subject = %s, nonce = %s, sealed = %s "
                                             "WHERE leaf = %s AND digest = %s"), renewed)  # fmt: skip
            db.execute(
                self._named("VACUUM {schema}.vault")
            )  # as far as a client reaches; what a file still holds has lost its key

    def note(self, made: Callable[[int, bytes | None], Sequence[bytes]]) -> None:
        with self._by_hand() as db, db.transaction(), db.cursor() as curs:
            curs.execute(self._named("LOCK TABLE {schema}.accesses IN EXCLUSIVE MODE"))
            last = curs.execute(self._named("SELECT n, record FROM {schema}.accesses ORDER BY n DESC LIMIT 1")).fetchone()
            number = last[0] + 1 if last else 0
            records = made(number, bytes(last[1]) if last else None)
            curs.executemany(self._named("INSERT INTO {schema}.accesses VALUES (%s, %s)"), [*enumerate(records, number)])

    @contextmanager
    def _by_hand(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection beside the library's, for what is no entry."""
        try:
            with psycopg.connect(self.dsn, autocommit=True) as db:
                db.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}s'")
                yield db
        except psycopg.Error as why:
            raise StoreFailed(f"PostgreSQL: {why}") from why

    def _named(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(schema=sql.Identifier(self.schema))

    def close(self) -> None:
        self.shelf.close()
        self._leave()


# --- schemas

COLUMN: Final = re.compile(r"(\w+) (?:BIGINT|INT|BYTEA|TEXT)")
COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    **{table.split(" ", 1)[0]: frozenset(COLUMN.findall(table)) for table in (*TABLES, MARK)},
    EVENTS: frozenset(("originator_id", "originator_version", "topic", "state", "notification_id")),
}


def migrate(dsn: str, schema: str, origin: str) -> bool:
    """Make a ledger's schema and its tables, or check them; whether anything was made. Run once, before the processes start.

    Raises StoreFailed: what stands there and is not certainly this ledger's is left alone.
    """
    with _told(dsn) as db:
        db.execute("SELECT pg_advisory_lock(hashtext(%s))", (schema,))  # until this connection ends
        if standing(dsn, schema, origin):
            return False
        if not _there(db, schema):
            with db.transaction():
                name = sql.Identifier(schema)
                db.execute(sql.SQL("CREATE SCHEMA {}").format(name))
                db.execute(sql.SQL("CREATE TABLE {}." + MARK).format(name))
                db.execute(sql.SQL("INSERT INTO {}.ledger VALUES (%s)").format(name), (origin,))
        _make_tables(dsn, schema)
        return True


def _make_tables(dsn: str, schema: str) -> None:
    class Ledger(Application[str]):
        """Bears the name from which the library makes its table's."""

    try:
        Ledger({**PostgresStore(dsn, schema).environment, "CREATE_TABLE": "y", "ORIGINATOR_ID_TYPE": "text"}).close()
    except (PersistenceError, psycopg.Error) as why:
        raise StoreFailed(f"PostgreSQL: {first_line(why)}") from why


def standing(dsn: str, schema: str, origin: str) -> frozenset[str]:
    """The tables of a ledger's schema that are there; none where there is no schema, or where making it was interrupted.

    Raises StoreFailed when the schema is another ledger's or nobody knows whose, when it is not as this program writes it, and when
    the server answers before what it was told is on disk.
    """
    with _told(dsn) as db:
        _check_durable(db)
        if not _there(db, schema):
            return frozenset()
        found = _columns(db, schema)
        _check_owner(db, schema, origin, found)
        one = sql.SQL("SELECT 1 FROM {}.leaves LIMIT 1").format(sql.Identifier(schema))
        entries = "leaves" in found and db.execute(one).fetchone()
    wrong = [name for name in COLUMNS if (name in found or entries) and found.get(name) != COLUMNS[name]]
    if wrong:
        raise StoreFailed(f"PostgreSQL: schema {schema} is not as this program writes it: {', '.join(sorted(wrong))}")
    return frozenset(found) if found.keys() >= COLUMNS.keys() else frozenset()


def _check_durable(db: psycopg.Connection[Any]) -> None:
    said = {name: db.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in ("fsync", "synchronous_commit")}
    for name, row in said.items():
        if row == ("off",):
            raise StoreFailed(f"PostgreSQL: {name} is off: what is acknowledged would be lost when the machine stops")


def _there(db: psycopg.Connection[Any], schema: str) -> bool:
    return db.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None


def _columns(db: psycopg.Connection[Any], schema: str) -> dict[str, frozenset[str]]:
    query = "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns WHERE table_schema = %s GROUP BY 1"
    return {table: frozenset(names) for table, names in db.execute(query, (schema,)).fetchall()}


def _check_owner(db: psycopg.Connection[Any], schema: str, origin: str, found: Mapping[str, frozenset[str]]) -> None:
    marked = found.get("ledger") == COLUMNS["ledger"]
    rows = db.execute(sql.SQL("SELECT origin FROM {}.ledger").format(sql.Identifier(schema))).fetchall() if marked else []
    if rows != [(origin,)]:
        whose = f"belongs to {rows[0][0]}" if rows else "was not made by liuchi"
        raise StoreFailed(f"PostgreSQL: schema {schema} {whose}: {origin} needs another database")


def drop(dsn: str, schema: str, origin: str) -> None:
    """Take a ledger's schema away: only for a founding that failed, or a demo that is played again. Raises StoreFailed."""
    with _told(dsn) as db:
        if _there(db, schema):
            _check_owner(db, schema, origin, _columns(db, schema))
            db.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def same_database(one: str, other: str) -> bool:
    """Whether two DSNs lead to one database. Raises StoreFailed."""
    query = "SELECT oid, pg_postmaster_start_time() FROM pg_database WHERE datname = current_database()"

    def identity(dsn: str) -> tuple[Any, ...] | None:
        with _told(dsn) as db:
            return db.execute(query).fetchone()

    return identity(one) == identity(other)


@contextmanager
def _told(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with psycopg.connect(dsn, autocommit=True) as db:
            yield db
    except psycopg.Error as why:
        raise StoreFailed(f"PostgreSQL: {first_line(why)}") from why
