"""Schemas of PostgreSQL: made once, bearing their ledger's name, and nobody else's taken for it."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import Home, is_dsn, make_home, open_ledger, read_home, schema_of
from ledger.postgres import COLUMNS, PostgresShelf, drop, migrate, same_database, standing
from ledger.store import StoreFailed
from scripts.homes import check_places, close
from scripts.stories.player import moment
from tests.ledger.crowd import Crowd
from tlog.note import Vkey

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
ORIGIN, NAME = "ledger.example.org/log/a-1/1", "ledger_a_1_1"


def run(dsn: str, text: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute(text)


def home(code: str, generation: int = 1) -> Home:
    origin = f"ledger.example.org/log/{code}/{generation}"
    return Home(Path("x"), code, origin, "estate", Vkey(origin, 1, bytes(32)))


def test_it_is_made_once_and_then_checked(database: str) -> None:
    assert standing(database, NAME, ORIGIN) == frozenset()
    assert migrate(database, NAME, ORIGIN)
    assert not migrate(database, NAME, ORIGIN)
    assert standing(database, NAME, ORIGIN) == frozenset(COLUMNS)


@pytest.mark.timeout(120)
def test_processes_that_make_it_at_once_make_it_once(database: str) -> None:
    failed = list[StoreFailed]()

    def make() -> None:
        try:
            migrate(database, NAME, ORIGIN)
        except StoreFailed as why:
            failed.append(why)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert standing(database, NAME, ORIGIN) == frozenset(COLUMNS)


def test_what_was_interrupted_is_made_whole(database: str) -> None:
    run(
        database,
        f"CREATE SCHEMA {NAME}; CREATE TABLE {NAME}.ledger (origin TEXT NOT NULL); INSERT INTO {NAME}.ledger VALUES ('{ORIGIN}')",
    )
    assert standing(database, NAME, ORIGIN) == frozenset()
    assert migrate(database, NAME, ORIGIN)
    assert standing(database, NAME, ORIGIN) == frozenset(COLUMNS)


@pytest.mark.parametrize(("before", "said"), [
    (f"CREATE SCHEMA {NAME}", "was not made by liuchi"),
    (f"CREATE SCHEMA {NAME}; CREATE TABLE {NAME}.ledger (x INT)", "was not made by liuchi"),
    (f"UPDATE {NAME}.ledger SET origin = 'demo.example.org/log/a-1/1'", "belongs to demo.example.org/log/a-1/1"),
    (f"ALTER TABLE {NAME}.tiles ADD COLUMN more INT", "not as this program writes it: tiles"),
    (f"DROP TABLE {NAME}.vault; INSERT INTO {NAME}.leaves VALUES (0, '', '', 1)", "not as this program writes it: vault"),
])  # fmt: skip
def test_what_stands_there_and_is_not_certainly_this_ledgers_is_left_alone(database: str, before: str, said: str) -> None:
    if not before.startswith("CREATE"):
        migrate(database, NAME, ORIGIN)
    run(database, before)
    for ask in (migrate, standing):
        with pytest.raises(StoreFailed, match=said):
            ask(database, NAME, ORIGIN)


def test_only_a_ledgers_own_schema_is_taken_away(database: str) -> None:
    migrate(database, NAME, ORIGIN)
    with pytest.raises(StoreFailed, match="belongs to"):
        drop(database, NAME, "demo.example.org/log/a-1/1")
    drop(database, NAME, ORIGIN)
    drop(database, NAME, ORIGIN)
    assert standing(database, NAME, ORIGIN) == frozenset()


def test_a_server_that_answers_before_it_wrote_is_refused(database: str) -> None:
    with pytest.raises(StoreFailed, match="synchronous_commit is off"):
        migrate(make_conninfo(database, options="-csynchronous_commit=off"), NAME, ORIGIN)


def test_schemas_of_long_codes_stay_apart() -> None:
    codes = ["a" * 64, "a" * 63 + "b"]
    names = {schema_of(home(code, generation)) for code in codes for generation in (1, 2)}
    assert len(names) == 4
    assert {len(name) for name in names} == {63}
    assert schema_of(home("440307-001")) == "ledger_440307_001_1"


def test_two_addresses_of_one_database_are_one(database: str, postgres: str) -> None:
    assert same_database(database, make_conninfo(database, application_name="other"))
    assert not same_database(database, postgres)


@pytest.mark.parametrize("estate_of_many", ["postgres"], indirect=True)  # a file has no address
def test_every_connection_keeps_every_word_of_the_address(estate_of_many: Crowd) -> None:
    assert estate_of_many.dsn is not None
    dsn = make_conninfo(estate_of_many.dsn, application_name="liuchi-words")
    with Crowd(estate_of_many.home, dsn, ()).opened() as door:
        door.recorder.max_notification_id()  # the library's connection
        door.checkpoint()  # the shelf's
        with door.store.turn(), psycopg.connect(estate_of_many.dsn) as db:  # and the queue's
            query = f"SELECT count(*), count(*) FILTER (WHERE application_name = 'liuchi-words') {OTHERS}"
            found = db.execute(query).fetchone()
    assert found is not None
    assert found[0] == found[1] >= 3


@pytest.mark.parametrize(("where", "so"), [
    ("postgresql://u@h/d", True), ("postgres://h", True), ("service=liuchi", True), (" host=h dbname=d", True), ("/mnt/x", False),
    ("far", False), ("./a=b", False), ("C:\\x", False), ("http://h", False),
])  # fmt: skip
def test_an_address_is_told_from_a_path(where: str, *, so: bool) -> None:
    assert is_dsn(where) is so


def test_a_ledger_that_lies_in_a_database_is_opened_nowhere_else(tmp_path: Path) -> None:
    made = make_home(tmp_path, ORIGIN, "estate", SigningKey.from_seed(bytes(32)), "x", 2, dsn="dbname=none host=/nowhere")
    with pytest.raises(StoreFailed):
        check_places(made)
    with pytest.raises(StoreFailed, match="no DSN is given"):
        open_ledger(read_home(made.path), "x", StoryClock(0))
    assert not (made.path / "ledger.sqlite").exists()
    assert "nowhere" not in (made.path / "ledger.json").read_text()
    assert "nowhere" not in repr(made)


def test_a_ledger_opens_in_the_database_that_its_home_names(tmp_path: Path, database: str) -> None:
    made = make_home(tmp_path, ORIGIN, "estate", SigningKey.from_seed(bytes(32)), "x", 2, dsn=database)
    migrate(database, schema_of(made), made.origin)
    door = open_ledger(made, "x", StoryClock(moment("2026-08-03 09:00")))
    assert door.checkpoint()[0] == 0
    close(door)
    assert not (made.path / "ledger.sqlite").exists()


@pytest.mark.timeout(60)
def test_a_threads_own_connection_ends_with_the_thread(database: str) -> None:
    migrate(database, NAME, ORIGIN)
    shelf = PostgresShelf(database, NAME, "events")
    reader = threading.Thread(target=shelf.checkpoint)
    reader.start()
    reader.join(30)
    gc.collect()
    with psycopg.connect(database, autocommit=True) as db:
        for _ in range(100):  # the server notices a moment later
            if not (left := db.execute(f"SELECT count(*) {OTHERS}").fetchone()) or left[0] == 0:  # our own words
                break
            time.sleep(0.05)
        assert left == (0,)
