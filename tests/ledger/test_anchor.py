"""The checkpoint outside the database, in a file or in another database: monotone, one spelling, never guessed, shared by all who write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger.anchor import Anchor, AnchorBroken, Outside
from ledger.anchor_postgres import PostgresAnchor, connect, make_table
from ledger.points import REPLACED, STAGED
from ledger.store import StoreFailed
from tlog.merkle import EMPTY

ORIGIN = "demo.example.org/log/440307-001/1"
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
Place = Callable[[], Outside]


@pytest.fixture(params=["file", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """One contract, both forms: makes a process's view of the same record."""
    made: list[Outside] = []
    dsn = request.getfixturevalue("database") if request.param == "postgres" else None
    if dsn is not None:
        assert make_table(dsn)

    def view() -> Outside:
        made.append(Anchor(tmp_path / "a" / "x.checkpoint") if dsn is None else PostgresAnchor(dsn, ORIGIN))
        return made[-1]

    yield view
    for one in made:
        one.close()


def root(size: int) -> bytes:
    return size.to_bytes(32, "big")


# --- both


def test_before_the_first_commit_it_is_the_empty_tree(place: Place) -> None:
    assert place().read() == (0, EMPTY)
    assert place().spelled() is None


def test_it_moves_forward_and_never_back(place: Place) -> None:
    anchor = place()
    anchor.advance(5, root(5))
    anchor.advance(3, root(3))
    anchor.advance(5, root(99))  # another root of the same size is not forward
    assert anchor.read() == place().read() == (5, root(5))
    assert anchor.spelled() == f"5 {root(5).hex()}\n".encode()


def test_writers_at_once_leave_the_furthest(place: Place) -> None:
    views = [place() for _ in range(4)]

    def write(number: int) -> None:
        for size in range(number + 1, 41, 4):
            views[number].advance(size, root(size))
            assert views[number].read()[0] >= size

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert place().read() == (40, root(40))


def test_it_is_reached_twice_when_it_moves_and_never_when_it_stays(place: Place) -> None:
    anchor, reached = place(), list[str]()
    anchor.advance(5, root(5), reached.append)
    anchor.advance(4, root(4), reached.append)
    assert reached == [STAGED, REPLACED]


def test_what_is_interrupted_before_it_is_put_in_place_never_was(place: Place) -> None:
    anchor = place()
    anchor.advance(5, root(5))

    def reached(_point: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        anchor.advance(6, root(6), reached)
    assert place().read() == (5, root(5))
    anchor.advance(7, root(7))
    assert place().read() == (7, root(7))


def test_what_is_forgotten_is_as_if_it_never_was(place: Place) -> None:
    anchor = place()
    anchor.advance(5, root(5))
    anchor.forget()
    anchor.forget()
    assert place().read() == (0, EMPTY)


# --- the file


@pytest.mark.parametrize(
    "text", ["", "5", "5 ", f"05 {'00' * 32}\n", f"+5 {'00' * 32}\n", f"5 {'0A' * 32}\n", f"5 {'00' * 32}", f"5 {'00' * 31}\n"]
)
def test_anything_but_its_one_spelling_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.checkpoint"
    path.write_text(text)
    with pytest.raises(AnchorBroken, match=r"x\.checkpoint"):
        Anchor(path).read()


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.checkpoint"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(AnchorBroken):
        Anchor(path).read()


def test_looking_at_a_record_makes_no_folder(tmp_path: Path) -> None:
    Anchor(tmp_path / "a" / "x.checkpoint").read()
    assert not (tmp_path / "a").exists()


# --- the row


def test_ledgers_share_a_table_and_nothing_else(database: str) -> None:
    make_table(database)
    one, other = PostgresAnchor(database, ORIGIN), PostgresAnchor(database, ORIGIN + "1")
    one.advance(5, root(5))
    other.advance(3, root(3))
    assert (one.read(), other.read()) == ((5, root(5)), (3, root(3)))
    one.close()
    other.close()


@pytest.mark.parametrize(
    "row", ["5, '\\x00'", "0, decode(repeat('00', 32), 'hex')", "-1, decode(repeat('00', 32), 'hex')", "NULL, NULL"]
)
def test_the_table_takes_nothing_that_is_no_checkpoint(database: str, row: str) -> None:
    make_table(database)
    with psycopg.connect(database) as db, pytest.raises(psycopg.IntegrityError):
        db.execute(f"INSERT INTO liuchi_outside VALUES ('{ORIGIN}', {row})")


def test_without_its_table_it_is_broken_and_not_empty(database: str) -> None:
    with closing(PostgresAnchor(database, ORIGIN)) as anchor:
        for ask in (anchor.read, lambda: anchor.advance(1, root(1)), anchor.forget):
            with pytest.raises(AnchorBroken, match="liuchi migrate"):
                ask()
        assert anchor.spelled() is None


def test_a_server_that_cannot_be_reached_is_a_store_that_failed(tmp_path: Path) -> None:
    anchor = PostgresAnchor(f"host={tmp_path} dbname=x", ORIGIN)
    with pytest.raises(StoreFailed):
        anchor.read()
    assert anchor.spelled() is None
    with pytest.raises(StoreFailed):
        make_table(f"host={tmp_path} dbname=x")


def test_a_connection_that_the_server_dropped_is_made_anew(database: str) -> None:
    make_table(database)
    with closing(PostgresAnchor(database, ORIGIN)) as anchor, psycopg.connect(database, autocommit=True) as db:
        for size in (1, 2):
            anchor.advance(size, root(size))
            db.execute("SELECT pg_terminate_backend(pid) " + OTHERS)
        assert anchor.read() == (2, root(2))


def test_the_table_is_made_once_however_many_make_it(database: str) -> None:
    made = list[bool]()
    threads = [threading.Thread(target=lambda: made.append(make_table(database))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(made) == [False] * 5 + [True]


@pytest.mark.parametrize(("told", "waits"), [("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
def test_it_is_answered_when_it_is_on_disk_whatever_the_server_is_set_to(database: str, told: str, waits: str) -> None:
    with connect(psycopg.conninfo.make_conninfo(database, options=f"-csynchronous_commit={told}")) as db:
        assert db.execute("SHOW synchronous_commit").fetchone() == (waits,)
