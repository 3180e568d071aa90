"""Disks, files and backups that fail a ledger: each has its refusal and its sentence, reading goes on, nothing is lost."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest

from domain.errors import Refused
from keys.custody import KeyFileMissing
from ledger.anchor_postgres import PostgresAnchor
from ledger.door import Ledger
from ledger.home import anchor_path
from scripts.homes import close, look
from tests.ledger.crowd import CODE, Crowd, anchored, cloned
from tests.ledger.invariants import check

NOBODY = 65534
SQLITE = pytest.mark.parametrize("estate_of_many", ["sqlite"], indirect=True)
BALLOT, SEALED = 0, 1  # a crowd's statements in turn
TABLES = ("leaves", "tiles", "checkpoints", "vault")


def refused(door: Ledger, raw: bytes, code: str = "store-unavailable") -> None:
    """Refused so, in both languages, and without a trace; what is recorded can be read all the same."""
    before, state, head = door.checkpoint(), dict(door.fold.state), door.fold.head
    with pytest.raises(Refused) as why:
        door.submit(raw)
    assert why.value.code == code
    assert all(why.value.sentence(language) and why.value.remedy(language) for language in ("zh", "en"))
    assert (door.checkpoint(), door.fold.state, door.fold.head) == (before, state, head)
    assert door.receipt(0).entry == door.shelf.entries(0, 1)[0]


def goes_on(crowd: Crowd, door: Ledger, raw: bytes) -> None:
    """The same door records the statement once, and all holds."""
    size = crowd.size()
    assert door.submit(raw).index == door.submit(raw).index == size
    check(door, crowd.home, crowd.dsn, {})


# --- disks


@pytest.fixture
def on_small_disk(estate_of_many: Crowd, tmp_path: Path) -> Iterator[Crowd]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=False, capture_output=True)
    if mounted.returncode:  # only root may mount; a file that may not grow, below, meets the same refusal for everybody
        pytest.skip("no small disk can be mounted here; the limit on a file's size stands for it")
    try:
        with cloned(estate_of_many, disk / "data") as clone:
            yield clone
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


@SQLITE
@pytest.mark.parametrize("which", [BALLOT, SEALED])
def test_a_full_disk_records_nothing_until_there_is_room(on_small_disk: Crowd, which: int) -> None:
    with on_small_disk.opened() as door:
        raws = on_small_disk.take(60)[which::2]
        filler = fill(on_small_disk.home.path.parent.parent)
        full = next(raw for raw in raws if isinstance(door.submit_all([raw])[0], Refused))  # there may be room in a page yet
        filler.unlink()
        goes_on(on_small_disk, door, full)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@SQLITE
@pytest.mark.parametrize("name", ["ledger.sqlite-wal", "datakeys.sqlite-wal"])
def test_a_file_that_cannot_grow_records_nothing_until_it_can(crowd: Crowd, name: str) -> None:
    with crowd.opened() as door:
        first, second = crowd.take(4)[SEALED::2]
        door.submit(first)
        with files_no_larger_than((crowd.home.path / name).stat().st_size):
            refused(door, second)
        goes_on(crowd, door, second)


# --- permissions


@pytest.fixture
def in_the_open(estate_of_many: Crowd) -> Iterator[Crowd]:
    """In a folder that nobody in particular may use; the test's own folders are the superuser's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        with cloned(estate_of_many, folder / "data") as clone:
            for path in folder.rglob("*"):
                path.chmod(0o777 if path.is_dir() else 0o666)
            yield clone
    finally:
        shutil.rmtree(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions are not the superuser's concern."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@SQLITE
def test_a_folder_that_became_read_only_is_read_and_not_written(in_the_open: Crowd) -> None:
    home, raw = in_the_open.home.path, in_the_open.take(1)[0]
    with in_the_open.opened() as door:
        door.submit(in_the_open.take(1)[0])
        (home / "ledger.turn").chmod(0o444)
        home.chmod(0o555)
        with as_nobody():
            refused(door, raw)
        (home / "ledger.turn").chmod(0o666)
        home.chmod(0o777)
        goes_on(in_the_open, door, raw)


@SQLITE
def test_a_database_file_that_is_read_only_opens_for_reading(in_the_open: Crowd) -> None:
    file, raw = in_the_open.home.path / "ledger.sqlite", in_the_open.take(1)[0]
    file.chmod(0o444)
    with as_nobody(), in_the_open.opened() as door:
        refused(door, raw)
        refused(door, raw)
    file.chmod(0o666)
    with in_the_open.opened() as door:
        goes_on(in_the_open, door, raw)


# --- the same on a server


SERVER = pytest.mark.parametrize("estate_of_many", ["postgres"], indirect=True)
FULL = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON vault EXECUTE FUNCTION full_disk()"""  # what a server answers then


@SERVER
@pytest.mark.timeout(60)
def test_a_server_whose_disk_is_full_records_nothing_until_there_is_room(crowd: Crowd) -> None:
    with crowd.opened() as door:
        ballot, page = crowd.take(2)
        crowd.behind(FULL)
        refused(door, page)
        assert door.submit(ballot).index == crowd.size() - 1  # what needs no room there goes on
        crowd.behind("DROP TRIGGER full_disk ON vault")
        goes_on(crowd, door, page)


def set_on_database(crowd: Crowd, text: str) -> None:
    """Change a setting for every new connection, and end those there are."""
    assert crowd.dsn is not None
    with psycopg.connect(crowd.dsn, autocommit=True, options="-cdefault_transaction_read_only=off") as db:
        name = db.info.dbname
        db.execute(f'ALTER DATABASE "{name}" {text}')
        db.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        )


@SERVER
def test_a_server_that_became_read_only_is_read_and_not_written(crowd: Crowd) -> None:
    with crowd.opened() as door:
        raw = crowd.take(1)[0]
        set_on_database(crowd, "SET default_transaction_read_only = on")
        refused(door, raw)
        with crowd.opened() as other:  # one that starts now opens for reading
            refused(other, raw)
        set_on_database(crowd, "RESET default_transaction_read_only")
        goes_on(crowd, door, raw)


# --- the record outside


@pytest.mark.timeout(60)
def test_an_outside_record_on_another_server_that_cannot_be_reached_stops_writing_not_reading(
    crowd: Crowd, database: str, postgres: str
) -> None:
    with anchored(crowd, database).opened() as door, psycopg.connect(postgres, autocommit=True) as db:
        first, second = crowd.take(2)
        door.submit(first)
        name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
        db.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        db.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        refused(door, second)
        db.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        goes_on(crowd, door, second)


def test_an_outside_record_on_another_server_that_is_ahead_stops_writing(crowd: Crowd, database: str) -> None:
    with anchored(crowd, database).opened() as door:
        raw, size = crowd.take(1)[0], crowd.size()
        with closing(PostgresAnchor(database, door.origin)) as ahead:
            ahead.advance(size + 1, bytes(32))
        refused(door, raw, "store-behind")
        assert histories(crowd)


def block(crowd: Crowd) -> Path:
    """A folder in the place of the draft: the record can be read and not replaced."""
    draft = anchor_path(crowd.home.path.parent, CODE).with_suffix(".new")
    draft.mkdir()
    return draft


def test_what_cannot_be_recorded_outside_is_not_told_and_nothing_more_is_recorded(crowd: Crowd) -> None:
    with crowd.opened() as door:
        first, second, size = *crowd.take(2), crowd.size()
        blocked, before = block(crowd), door.checkpoint()
        assert [str(one) for one in door.submit_all([first])] == [str(Refused("store-unavailable"))]
        assert (crowd.size(), door.checkpoint()) == (size + 1, before)  # committed: the next who comes records it outside
        refused(door, second)
        refused(door, first)  # recorded, but it must not be told yet
        assert crowd.size() == size + 1
        blocked.rmdir()
        assert door.submit(first).index == size
        goes_on(crowd, door, second)


def test_what_another_process_has_not_recorded_outside_is_not_told(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    with crowd.opened() as door, crowd.opened() as other:
        raw, size, blocked = crowd.take(1)[0], crowd.size(), block(crowd)
        monkeypatch.setattr(door.store, "turn", nullcontext)  # the turn is only a queue
        catch_up, late = door.catch_up, iter([lambda: other.submit_all([raw])])

        def overtaken() -> None:
            catch_up()
            next(late, list)()

        monkeypatch.setattr(door, "catch_up", overtaken)
        with pytest.raises(Refused, match="store-unavailable"):
            door.submit(raw)
        assert crowd.size() == size + 1
        blocked.rmdir()
        assert door.submit(raw).index == size


def test_a_checkpoint_is_told_only_when_it_is_recorded_outside(crowd: Crowd) -> None:
    with crowd.opened() as door, crowd.opened() as reader:
        told = []
        door.reached = lambda _point: told.append(reader.checkpoint()[0])
        index = door.submit(crowd.take(1)[0]).index
        assert set(told) == {index, index + 1}
        assert told == sorted(told)
        assert told[-1] == index + 1


def test_opening_for_writing_records_outside_what_a_crash_left(crowd: Crowd) -> None:
    with crowd.opened() as door:
        blocked = block(crowd)
        door.submit_all(crowd.take(1))
        blocked.rmdir()
        assert door.anchor.read()[0] == crowd.size() - 1
    with crowd.opened() as door:
        assert door.anchor.read() == door.checkpoint()[:2] == (crowd.size(), door.fold.head.root)


# --- keys


def test_lost_data_keys_refuse_what_needs_them_and_are_not_made_anew(crowd: Crowd) -> None:
    file, raws = crowd.home.path / "datakeys.sqlite", crowd.take(4)
    aside = file.with_name("aside")
    with crowd.opened() as door:
        file.rename(aside)
        refused(door, raws[SEALED])
        assert door.submit(raws[BALLOT]).index == crowd.size() - 1
        assert door.openings_of(0) == []  # nothing is shown that cannot be opened
        assert not file.exists()
    with crowd.opened() as door:
        refused(door, raws[SEALED])
        assert not file.exists()
        aside.rename(file)
        goes_on(crowd, door, raws[SEALED])


def test_without_the_log_key_a_ledger_is_read_and_not_opened_for_writing(crowd: Crowd) -> None:
    key = crowd.home.path / "log.key"
    aside, (first, second) = key.with_name("aside"), crowd.take(2)
    with crowd.opened() as door:
        key.rename(aside)
        goes_on(crowd, door, first)  # who has opened it holds the key
    with pytest.raises(KeyFileMissing, match=r"log\.key"):
        crowd.open()
    if crowd.dsn is None:
        reader = look(crowd.home)
        assert reader.receipt(0).index == 0
        with pytest.raises(Refused, match="store-unavailable"):
            reader.submit(second)
        close(reader)
    aside.rename(key)
    with crowd.opened() as door:
        goes_on(crowd, door, second)


# --- backups that come back


def backup(crowd: Crowd) -> None:
    for table in (*TABLES, "stored_events" if crowd.dsn is None else "ledger_events"):
        crowd.behind(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")


def exchange(crowd: Crowd, to: str, aside: str) -> None:
    """The rows of the tables, as they stand in the copies `to`; what stood there goes into copies `aside`."""
    for table in (*TABLES, "stored_events" if crowd.dsn is None else "ledger_events"):
        crowd.behind(f"CREATE TABLE {aside}_{table} AS SELECT * FROM {table}")
        crowd.behind(f"DELETE FROM {table}")
        crowd.behind(f"INSERT INTO {table} SELECT * FROM {to}_{table}")


def histories(crowd: Crowd) -> list[Path]:
    return sorted((crowd.home.path / "evidence").glob("*.history"))


@pytest.mark.parametrize("process", ["stopped", "running"])
def test_a_restored_backup_is_read_and_not_written_until_the_missing_entries_are_back(crowd: Crowd, process: str) -> None:
    old, known, fresh = crowd.take(3)
    with crowd.opened() as door:
        door.submit(old)
        backup(crowd)
        first = door.submit(known).index
        if process == "running":
            exchange(crowd, "old", "new")
            refused(door, fresh, "store-behind")
            refused(door, known, "store-behind")
    if process == "stopped":
        exchange(crowd, "old", "new")
    with crowd.opened() as door:
        assert crowd.size() == first
        refused(door, fresh, "store-behind")
        refused(door, known, "store-behind")
        assert histories(crowd)
        assert crowd.size() == first
    exchange(crowd, "new", "older")
    with crowd.opened() as door:
        assert door.submit(known).index == first
        goes_on(crowd, door, fresh)


def replaced(file: Path, copy: Path) -> None:
    """A copy takes the place of a database that processes have open."""
    for leftover in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        file.with_name(leftover).unlink()
    copy.replace(file)


def copied(file: Path) -> Path:
    copy = file.with_name("copy")
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(copy)) as target:
        live.backup(target)
    return copy


@SQLITE
def test_an_older_file_that_takes_the_database_s_place_under_a_running_process_is_not_written(crowd: Crowd) -> None:
    file, (known, fresh) = crowd.home.path / "ledger.sqlite", crowd.take(2)
    with crowd.opened() as door:
        copy, first = copied(file), door.submit(known).index
        replaced(file, copy)
        refused(door, fresh, "store-behind")
        refused(door, known, "store-behind")
        assert crowd.size() == first


@SQLITE
def test_nothing_is_written_into_a_file_that_has_lost_its_name(crowd: Crowd) -> None:
    file, (known, fresh) = crowd.home.path / "ledger.sqlite", crowd.take(2)
    with crowd.opened() as door:
        door.submit(known)
        replaced(file, copied(file))
        refused(door, fresh)
        goes_on(crowd, door, fresh)


@SQLITE
def test_a_database_file_that_vanished_is_neither_made_anew_nor_written(crowd: Crowd) -> None:
    file, raw = crowd.home.path / "ledger.sqlite", crowd.take(1)[0]
    with crowd.opened() as door:
        door.submit(crowd.take(1)[0])
        file.rename(file.with_name("aside"))
        with pytest.raises(Refused, match="store-unavailable"):
            door.submit(raw)
        file.with_name("aside").rename(file)
        goes_on(crowd, door, raw)
