"""The outside record as a row in another database: the promises of the file, for writers on several hosts.

The table has one row for each ledger. A row moves only forward, under its lock; a COMMIT is answered when it is on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Final, TypeVar

import psycopg

from ledger.anchor import AnchorBroken
from ledger.points import REPLACED, STAGED, Reached, unwatched
from ledger.store import StoreFailed, first_line
from tlog.merkle import EMPTY

T = TypeVar("T")
TABLE: Final = (
    "liuchi_outside (origin TEXT PRIMARY KEY, size BIGINT NOT NULL CHECK (size > 0), "
    "root BYTEA NOT NULL CHECK (octet_length(root) = 32))"
)
TIMEOUT: Final = 30  # s
MOVE: Final = (
    "INSERT INTO liuchi_outside AS had (origin, size, root) VALUES (%s, %s, %s) "
    "ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root WHERE had.size < excluded.size"
)
# a server that answers a COMMIT before it is on disk is told to wait; one that waits for more is left alone
DURABLE: Final = (
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')"
)


class PostgresAnchor:
    """The outside record in a table; one connection, made again when the server has dropped it."""

    name = "the outside checkpoint in PostgreSQL"

    def __init__(self, dsn: str, origin: str) -> None:
        self.dsn, self.origin = dsn, origin
        self._lock = RLock()
        self._own: psycopg.Connection[Any] | None = None

    def read(self) -> tuple[int, bytes]:
        query = "SELECT size, root FROM liuchi_outside WHERE origin = %s"
        rows = self._asked(lambda db: db.execute(query, (self.origin,)).fetchall())
        return (rows[0][0], bytes(rows[0][1])) if rows else (0, EMPTY)

    def advance(self, size: int, root: bytes, reached: Reached = unwatched) -> None:
        def move(db: psycopg.Connection[Any]) -> bool:
            with db.transaction():
                moved = db.execute(MOVE, (self.origin, size, root)).rowcount > 0
                if moved:
                    reached(STAGED)
            return moved

        if self._asked(move):
            reached(REPLACED)

    def spelled(self) -> bytes | None:
        try:
            size, root = self.read()
        except (AnchorBroken, StoreFailed):
            return None
        return f"{size} {root.hex()}\n".encode("ascii") if size else None

    def forget(self) -> None:
        self._asked(lambda db: db.execute("DELETE FROM liuchi_outside WHERE origin = %s", (self.origin,)).rowcount)

    def close(self) -> None:
        with self._lock:
            if self._own is not None:
                self._own.close()
                self._own = None

    def _asked(self, ask: Callable[[psycopg.Connection[Any]], T]) -> T:
        """What a connection answers; asked again on a new one when an old one fails: reading and moving may both be repeated."""
        with self._lock:
            old = self._own is not None
            try:
                if self._own is None:
                    self._own = connect(self.dsn)
                return ask(self._own)
            except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as why:
                raise AnchorBroken(
                    f"{self.name} cannot be read: {why.diag.message_primary}; `liuchi migrate` makes its table"
                ) from why
            except psycopg.Error as why:
                self.close()
                if old:
                    return self._asked(ask)
                raise StoreFailed(f"{self.name}: {first_line(why)}") from why


def connect(dsn: str) -> psycopg.Connection[Any]:
    """A connection whose commits are durable and that does not wait for ever. Raises psycopg.Error."""
    patience = psycopg.conninfo.conninfo_to_dict(dsn).get("connect_timeout") or TIMEOUT
    db = psycopg.connect(psycopg.conninfo.make_conninfo(dsn, connect_timeout=patience), autocommit=True)
    db.execute(f"SET statement_timeout = '{TIMEOUT}s'")
    db.execute(DURABLE)
    return db


def make_table(dsn: str) -> bool:
    """Make the table where there is none; whether it was made. Raises StoreFailed."""
    try:
        with connect(dsn) as db, db.transaction():
            db.execute("SELECT pg_advisory_xact_lock(hashtext('liuchi_outside'))")  # two that make it at once would collide
            there = has_table(db)
            if not there:
                db.execute("CREATE TABLE " + TABLE)
            return not there
    except psycopg.Error as why:
        raise StoreFailed(f"{PostgresAnchor.name}: {first_line(why)}") from why


def has_table(db: psycopg.Connection[Any]) -> bool:
    """Whether the table is there."""
    found = db.execute("SELECT to_regclass('liuchi_outside') IS NOT NULL").fetchone()
    return found is not None and bool(found[0])
