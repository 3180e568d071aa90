"""What holds of a ledger after whatever happened to the processes that wrote it; computed again from the rows, not from the door."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from hashlib import sha256
from typing import Any

import psycopg

from domain.fold import Fold
from domain.state import act_of
from keys.enrolment import proved
from keys.suites import check_note
from ledger.door import Ledger
from ledger.home import Home, schema_of
from tlog.checkpoint import open_checkpoint
from tlog.entry import Entry, statement_hash
from tlog.merkle import leaf_hash

EVENTS = {True: "stored_events ORDER BY rowid", False: "ledger_events ORDER BY notification_id"}
WIDTH = 256


def behind(home: Home, dsn: str | None, text: str) -> list[tuple[Any, ...]]:
    """Run a statement on the database behind the door's back."""
    if dsn is None:
        with closing(sqlite3.connect(home.path / "ledger.sqlite")) as file, file:
            return list(file.execute(text))
    with psycopg.connect(dsn, autocommit=True, options=f"-csearch_path={schema_of(home)}") as db:
        found = db.execute(text)
        return found.fetchall() if found.description else []


def check(door: Ledger, home: Home, dsn: str | None, acknowledged: Mapping[bytes, int]) -> dict[bytes, int]:
    """Checks everything; the place of each statement by its hash. `door` was opened for writing, `acknowledged` was answered."""
    entries, places = _entries(home, dsn)
    leaves = [leaf_hash(entry) for entry in entries]
    root = _roots(leaves)
    assert door.shelf.entries(0, len(entries) + 1) == entries
    assert {statement: places.get(statement) for statement in acknowledged} == acknowledged, "an acknowledged entry is lost"
    _check_checkpoints(home, dsn, door.origin, len(entries), root)
    _check_tiles(home, dsn, len(entries), root)
    size, recorded = door.anchor.read()
    assert (size, recorded) == (len(entries), root(0, size)), "the outside record is not this tree's"
    assert door.checkpoint()[:2] == (size, recorded)
    _check_vault(door, home, dsn, entries)
    _check_fold(door, entries, root)
    return places


def _entries(home: Home, dsn: str | None) -> tuple[list[bytes], dict[bytes, int]]:
    """In the order in which the library stored them: entries and statements are the same, and the leaf index is dense."""
    entries = [bytes(row[0]) for row in behind(home, dsn, f"SELECT state FROM {EVENTS[dsn is None]}")]
    leaves = [(i, bytes(statement)) for i, statement in behind(home, dsn, "SELECT i, statement FROM leaves ORDER BY i")]
    assert leaves == list(enumerate(statement_hash(Entry.parse(entry).statement) for entry in entries))
    places = {statement: i for i, statement in leaves}
    assert len(places) == len(leaves), "a statement stands twice"
    return entries, places


def _roots(leaves: list[bytes]) -> Any:
    """The recursive definition of RFC 6962 section 2.1, over the leaves start..end-1."""

    @cache
    def root(start: int, end: int) -> bytes:
        if end - start < 2:
            return leaves[start] if end > start else sha256().digest()
        split = 1
        while split * 2 < end - start:
            split *= 2
        return sha256(b"\1" + root(start, start + split) + root(start + split, end)).digest()

    return root


def _check_checkpoints(home: Home, dsn: str | None, origin: str, size: int, root: Any) -> None:
    rows = behind(home, dsn, "SELECT size, root, note FROM checkpoints ORDER BY size")
    for at, hashed, note in rows:
        signed, _ = open_checkpoint(note, [home.vkey], check_note)
        assert (signed.origin, signed.size, signed.root) == (origin, at, bytes(hashed)) == (origin, at, root(0, at))
    assert rows[-1][0] == size, "the last checkpoint does not cover the last entry"


def _check_tiles(home: Home, dsn: str | None, size: int, root: Any) -> None:
    tiles = dict[tuple[int, int], bytes]()
    level, wide = 0, 1
    while wide <= size:
        row = [root(n * wide, (n + 1) * wide) for n in range(size // wide)]
        tiles |= {(level, n): b"".join(row[n * WIDTH : (n + 1) * WIDTH]) for n in range(-(-len(row) // WIDTH))}
        level, wide = level + 1, wide * WIDTH
    assert {(level, n): bytes(raw) for level, n, raw in behind(home, dsn, "SELECT level, n, hashes FROM tiles")} == tiles


def _check_vault(door: Ledger, home: Home, dsn: str | None, entries: list[bytes]) -> None:
    sealed = {digest for entry in entries for digest in act_of(entry).act.sealed}
    rows = [bytes(row[0]) for row in behind(home, dsn, "SELECT digest FROM vault")]
    assert sorted(rows) == sorted(sealed), "the vault's rows are not the entries' digests"
    for index, entry in enumerate(entries):
        assert len(door.openings_of(index)) == len(act_of(entry).act.sealed), "an opening cannot be opened"


def _check_fold(door: Ledger, entries: list[bytes], root: Any) -> None:
    fold = Fold(proved, lambda size: root(0, size) if size <= len(entries) else None)
    for entry in entries:
        fold.read(entry)
    assert (door.fold.state, door.fold.head, door.fold.last) == (fold.state, fold.head, fold.last)
