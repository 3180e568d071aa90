"""Data keys: durable before they are used, never made in the place of lost ones, swept when nothing was recorded under them."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import ledger.postgres
import ledger.sqlite
from domain.errors import Refused
from ledger.points import DATA_KEYS
from ledger.store import StoreFailed
from ledger.vault import FRESH_S, DataKeys, make_data_keys
from tests.ledger.crowd import Crowd
from tests.ledger.invariants import check

SEALED = 1  # of a crowd's statements in turn


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[DataKeys]:
    make_data_keys(tmp_path / "keys.sqlite")
    keys = DataKeys(tmp_path / "keys.sqlite")
    yield keys
    keys.close()


def subjects(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {row[0] for row in db.execute("SELECT subject FROM data_keys")}


def aged(path: Path, seconds: int) -> None:
    """As if every key had been made that much earlier."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE data_keys SET fresh = fresh - ?", (seconds,))


def test_a_subject_keeps_its_key(keys: DataKeys) -> None:
    first = keys.ensure(["a", "b", "a"])
    assert keys.ensure(["b"]) == {"b": first["b"]}
    assert (keys.find("a"), keys.find("c")) == (first["a"], None)
    assert {len(key) for key in first.values()} == {32}


def test_the_file_is_its_owner_s_alone_and_made_once(keys: DataKeys) -> None:
    keys.ensure(["a"])
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys.path.parent.iterdir()} == {0o600}
    with pytest.raises(FileExistsError):
        make_data_keys(keys.path)


def test_a_lost_file_gives_no_key_and_takes_none_and_is_not_made_anew(keys: DataKeys) -> None:
    key = keys.ensure(["a"])["a"]
    keys.path.rename(keys.path.with_name("aside"))
    assert keys.find("a") is None
    for asked in (lambda: keys.ensure(["a"]), keys.check, lambda: keys.sweep(set)):
        with pytest.raises(StoreFailed, match=r"keys\.sqlite"):
            asked()
    assert not keys.path.exists()
    keys.path.with_name("aside").rename(keys.path)
    assert keys.find("a") == key


def test_a_key_that_cannot_be_made_durable_leaves_the_keys_usable(keys: DataKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.vault.LOCK_TIMEOUT", 0.2)
    with closing(sqlite3.connect(keys.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed, match="locked"):
            keys.ensure(["a"])
    assert keys.ensure(["a"])["a"] == keys.find("a")


def test_a_transaction_that_was_cut_short_blocks_the_keys_once_at_most(keys: DataKeys) -> None:
    keys._db.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailed, match="within a transaction"):
        keys.ensure(["a"])
    assert keys.ensure(["a"])["a"] == keys.find("a")


@pytest.mark.parametrize(("age", "left"), [(FRESH_S - 5, {"used", "unused"}), (FRESH_S, {"used"}), (FRESH_S + 5, {"used"})])
def test_a_sweep_takes_old_keys_that_no_row_uses(keys: DataKeys, age: int, left: set[str]) -> None:
    keys.ensure(["used", "unused"])
    aged(keys.path, age)
    assert keys.sweep(lambda: {"used", "of another file"}) == 2 - len(left)
    assert subjects(keys.path) == left


def test_what_a_sweep_found_in_use_no_later_sweep_takes(keys: DataKeys) -> None:
    keys.ensure(["a"])
    aged(keys.path, FRESH_S)
    assert keys.sweep(lambda: {"a"}) == 0
    keys.ensure(["a"])
    aged(keys.path, FRESH_S)
    assert keys.sweep(set) == 0
    assert subjects(keys.path) == {"a"}


def test_an_orphan_that_is_asked_for_again_is_fresh_again(keys: DataKeys) -> None:
    key = keys.ensure(["a"])
    aged(keys.path, FRESH_S)
    assert keys.ensure(["a"]) == key
    assert keys.sweep(set) == 0


# --- at the opening of a ledger


@contextmanager
def orphaned(crowd: Crowd) -> Iterator[tuple[Path, set[str]]]:
    """A ledger with data keys that no row uses, all of them old."""
    file = crowd.home.path / "datakeys.sqlite"
    used = subjects(file)
    with crowd.opened() as door:
        door.vault.keys.ensure(["row/orphan"])
    aged(file, FRESH_S)
    yield file, used


def test_opening_for_writing_sweeps_orphans_and_nothing_else(crowd: Crowd) -> None:
    with orphaned(crowd) as (file, used), crowd.opened() as door:
        assert subjects(file) == used
        check(door, crowd.home, crowd.dsn, {})


@pytest.mark.parametrize("record", ["ahead", "unreadable"])
def test_nothing_is_swept_where_the_database_may_be_behind(crowd: Crowd, record: str) -> None:
    with orphaned(crowd) as (file, used):
        with crowd.opened() as door:
            door.vault.keys.ensure(["row/of-an-entry-that-the-backup-lacks"])
        aged(file, FRESH_S)
        size, root, _ = door.checkpoint()
        door.anchor.path.write_text(f"{size + 1} {root.hex()}\n" if record == "ahead" else "?")
        with crowd.opened():
            assert subjects(file) == used | {"row/of-an-entry-that-the-backup-lacks"}


def test_a_sweep_waits_its_turn_and_gives_up_when_it_does_not_come(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    for store in (ledger.sqlite, ledger.postgres):
        monkeypatch.setattr(store, "LOCK_TIMEOUT", 1)
    file, raw = crowd.home.path / "datakeys.sqlite", crowd.take(2)[SEALED]
    with crowd.opened() as door:
        before = subjects(file)

        def meanwhile(point: str) -> None:
            if point == DATA_KEYS:  # this process has the turn, its keys are durable, its rows are not there yet
                aged(file, FRESH_S)
                with crowd.opened():
                    assert len(subjects(file) - before) == 1

        door.reached = meanwhile
        index = door.submit(raw).index
        assert len(door.openings_of(index)) == 1
        check(door, crowd.home, crowd.dsn, {})


def test_a_row_under_another_key_than_its_subject_has_now_is_unopened(crowd: Crowd) -> None:
    with crowd.opened() as door:
        index = door.submit(crowd.take(2)[SEALED]).index
        (row,) = door.shelf.vault(door.receipt(index).leaf)
        with closing(sqlite3.connect(door.vault.keys.path)) as db, db:
            db.execute("UPDATE data_keys SET key = ? WHERE subject = ?", (bytes(32), row.subject))
        assert door.openings_of(index) == []
        assert repr(door.opening(row.leaf, row.subject)) == "UNOPENED"
        assert not isinstance(door.submit_all(crowd.take(1))[0], Refused)
