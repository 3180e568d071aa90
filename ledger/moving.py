"""A ledger's rows from one store to the other: a PostgreSQL schema as the SQLite file that a backup holds, and such a file as a schema.

Both stores have the same tables, and the same columns but for what PostgreSQL finds entries by; what is copied follows from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import PersistenceError
from psycopg import sql

from ledger.postgres import EVENTS
from ledger.sqlite import TABLES, SQLiteStore
from ledger.store import StoreFailed, first_line

NAMES: Final = tuple(table.split(" ", 1)[0] for table in TABLES)
EVENT: Final = ("originator_id", "originator_version", "topic", "state")
MANY: Final = 1000
WHOLE: Final = "SELECT {columns} FROM {schema}."
BY_LEAF: Final = (
    "SELECT e.originator_id, e.originator_version, e.topic, e.state FROM {schema}.leaves l JOIN {schema}.{events} e "
    "ON e.originator_id = l.stream AND e.originator_version = l.place ORDER BY l.i"
)

WITH_PLACES: Final = (
    "SELECT i, statement, originator_id, originator_version FROM leaves LEFT JOIN stored_events s ON s.rowid = i + 1"
)


def to_file(dsn: str, schema: str, path: Path) -> None:
    """A new SQLite file with all that is committed at one moment, while others write. Raises StoreFailed, sqlite3.Error, OSError."""
    _make_file(path)
    with _asked(dsn) as db, closing(sqlite3.connect(path)) as file, file:
        db.isolation_level, db.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        for table in NAMES:
            columns = _columns(file, table)
            _insert(file, table, columns, _rows(db, schema, WHOLE + table, columns))
        _insert(file, "stored_events", EVENT, _rows(db, schema, BY_LEAF, EVENT))  # rowids are the places in the log


def from_file(path: Path, dsn: str, schema: str) -> None:
    """Fill a schema that `migrate` made, in one transaction. Raises StoreFailed, sqlite3.Error."""
    with _asked(dsn) as db, closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file, db.transaction():
        for table in NAMES:
            columns = _columns(file, table)
            rows = file.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608  # names of our own tables
            if table == "leaves":
                columns = (*columns, "stream", "place")
                rows = file.execute(WITH_PLACES)
            _copy(db, schema, table, columns, rows)
        _copy(db, schema, EVENTS, EVENT, file.execute(f"SELECT {', '.join(EVENT)} FROM stored_events ORDER BY rowid"))  # noqa: S608


def _make_file(path: Path) -> None:
    try:
        Application[str]({**SQLiteStore(path).environment, "ORIGINATOR_ID_TYPE": "text"}).close()
    except PersistenceError as why:
        raise StoreFailed(f"{path.name}: {why}") from why


def _columns(file: sqlite3.Connection, table: str) -> tuple[str, ...]:
    return tuple(row[1] for row in file.execute(f"PRAGMA table_info({table})"))


def _rows(db: psycopg.Connection[Any], schema: str, text: str, columns: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with db.cursor(name="rows") as cursor:
        cursor.itersize = MANY
        cursor.execute(sql.SQL(text).format(schema=sql.Identifier(schema), events=sql.Identifier(EVENTS), columns=names))
        yield from cursor


def _insert(file: sqlite3.Connection, table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    places = ", ".join("?" for _ in columns)
    file.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)  # noqa: S608


def _copy(
    db: psycopg.Connection[Any], schema: str, table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    into = sql.SQL("COPY {}.{} ({}) FROM STDIN").format(sql.Identifier(schema), sql.Identifier(table), names)
    with db.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _asked(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with psycopg.connect(dsn) as db:
            yield db
    except psycopg.Error as why:
        raise StoreFailed(f"PostgreSQL: {first_line(why)}") from why
