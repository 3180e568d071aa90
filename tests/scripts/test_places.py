"""Where ledgers lie: in files or in PostgreSQL, their outside checkpoints beside or elsewhere; every command, and nothing guessed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ledger.anchor_postgres import PostgresAnchor
from ledger.home import POSTGRES, read_home, schema_of, write_home
from scripts.bench_estates import PASSPHRASE, admit, standing
from scripts.cli import VERBS
from scripts.homes import close, home_at, unlock
from scripts.stories import guozhanyuan
from tests.scripts.conftest import CODE, ORIGIN, Estate, founders, liuchi, printed

SCHEMA = "ledger_440307_001_1"
SECRET = "geheimes-Wort"


@pytest.fixture
def named(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store's address in the environment, with a password in it."""
    dsn = psycopg.conninfo.make_conninfo(database, password=SECRET)
    monkeypatch.setenv("LIUCHI_STORE", dsn)
    return dsn


@pytest.fixture
def moved(estate: Estate, named: str) -> Estate:
    """The founded estate, moved into PostgreSQL by backup and restore."""
    file, keys = estate.path / "move.zip", estate.path / "kept.sqlite"
    printed("backup", CODE, "--to", file, "--data", estate.data)
    (estate.data / CODE / "datakeys.sqlite").rename(keys)
    shutil.rmtree(estate.data / CODE)
    done = printed("restore", file, "--data", estate.data)
    assert (done["outside"], read_home(estate.data / CODE).store) == ("holds", "postgres")
    keys.rename(estate.data / CODE / "datakeys.sqlite")
    assert not list((estate.data / CODE).glob("ledger.sqlite*"))
    return estate


def rows(dsn: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as db:
        found = db.execute(text)
        return found.fetchall() if found.description else []


def another_post(estate: Estate, *words: object) -> int:
    body = json.loads((estate.path / "post.json").read_text()) | {"post": "counter"}
    found = estate.act("post-given/1", "--body", estate.write("counter.json", body), "--json", *words, by="street")
    assert found.exit_code == 0, found.output
    return int(json.loads(found.stdout)["index"])


def mirror(estate: Estate, name: str) -> Path:
    printed("export", CODE, "--mirror", estate.path / name, "--data", estate.data)
    return estate.path / name


# --- a ledger in PostgreSQL


def test_a_ledger_is_founded_confirmed_and_read_in_postgresql(bare: Estate, named: str) -> None:
    found = bare.found("--json")
    assert (found.exit_code, found.stderr) == (0, ""), found.output
    for who in ("street", "bureau"):
        bare.acted("--confirm", 0, by=who)
    assert bare.acted("--read", 0)["erased"] == []
    assert rows(named, f"SELECT count(*) FROM {SCHEMA}.leaves") == [(3,)]
    assert not list(bare.data.rglob("ledger.sqlite*"))
    assert printed("audit", mirror(bare, "m"))["broken"] == []
    assert printed("migrate", "--check", "--data", bare.data)["ledgers"][0] == {
        "code": CODE, "store": "postgres", "place": f"schema {SCHEMA}", "made": [], "missing": [], "size": 3,
        "anchor": f"{bare.data}-anchor/{CODE}.checkpoint", "outside": "holds", "recorded": 3,
    }  # fmt: skip


def test_what_is_in_a_database_is_the_same_ledger_and_is_written_on(moved: Estate, named: str) -> None:
    assert another_post(moved) == rows(named, f"SELECT max(i) FROM {SCHEMA}.leaves")[0][0]
    assert moved.acted("--pending")["pending"]
    assert printed("audit", mirror(moved, "m"))["broken"] == []


def test_no_file_and_no_message_holds_the_address(moved: Estate, named: str) -> None:
    said = [liuchi("migrate", "--data", moved.data).output, moved.act("--pending").output]
    printed("backup", CODE, "--to", moved.path / "b.zip", "--data", moved.data)
    rows(named, f"DROP TABLE {SCHEMA}.vault")
    said.append(moved.act("--pending").output)
    said.append(liuchi("migrate", "--data", moved.data, "--store", f"postgresql//u:{SECRET}@h/d").output)
    bundle = zipfile.ZipFile(moved.path / "b.zip")
    held = [path.read_bytes() for path in moved.path.rglob("*") if path.is_file()] + [
        bundle.read(name) for name in bundle.namelist()
    ]
    assert all(said)
    assert not [text for text in said if SECRET in text]
    assert not [raw for raw in held if SECRET.encode() in raw]


def test_a_roll_is_recorded_and_its_rows_are_exported(moved: Estate) -> None:
    csv = moved.write("roll.csv", "unit,owners,area_m2,status,building\n1-0101,owner-1,80.00,sold,1\n")
    words = ["--ledger", CODE, "--snapshot", "2026-08", "--key", moved.key("clerk"), "--tags", moved.path / "t.json"]
    printed("roll", csv, *words, "--data", moved.data)
    printed("export", CODE, "--roll", "2026-08", moved.path / "roll.pack", "--data", moved.data)
    assert (moved.path / "roll.pack").stat().st_size > 100


def test_a_backup_goes_from_either_store_into_either(moved: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    before = printed("audit", mirror(moved, "before"))
    with closing(sqlite3.connect(moved.data / CODE / "datakeys.sqlite")) as keys:
        assert keys.execute("SELECT count(*) FROM data_keys").fetchone()[0]
    found = liuchi("backup", CODE, "--to", moved.path / "b.zip", "--with-keys", "--json", "--data", moved.data)
    assert found.exit_code == 0
    monkeypatch.delenv("LIUCHI_STORE")
    shutil.rmtree(moved.data / CODE)
    assert printed("restore", moved.path / "b.zip", "--data", moved.data)["root"] == before["root"]
    assert read_home(moved.data / CODE).store == "sqlite"
    pack = moved.path / "all.openings"
    printed("export", CODE, "--openings", pack, "--data", moved.data)
    assert printed("audit", mirror(moved, "after"), "--openings", pack)["verdict"] == "ok"
    assert printed("audit", moved.path / "after") == before
    another_post(moved)


def test_an_old_backup_that_comes_back_into_the_database_is_read_and_not_written(moved: Estate, named: str) -> None:
    printed("backup", CODE, "--to", moved.path / "old.zip", "--data", moved.data)
    another_post(moved)
    shutil.rmtree(moved.data / CODE)
    rows(named, f"DROP SCHEMA {SCHEMA} CASCADE")
    assert printed("restore", moved.path / "old.zip", "--data", moved.data)["outside"] == "behind"
    found = moved.act("post-given/1", "--body", moved.path / "counter.json", "--json", by="street")
    assert (found.exit_code, json.loads(found.stdout)["code"]) == (4, "store-behind")
    assert printed("audit", mirror(moved, "behind"))["broken"] == []
    stands = liuchi("migrate", "--data", moved.data)
    assert (stands.exit_code, "落后于外部检查点" in stands.stdout) == (1, True)


def test_a_restore_that_fails_leaves_no_schema_and_no_folder(moved: Estate, named: str) -> None:
    printed("backup", CODE, "--to", moved.path / "b.zip", "--data", moved.data)
    rows(named, f"DROP SCHEMA {SCHEMA} CASCADE")
    shutil.rmtree(moved.data / CODE)
    forged = moved.path / "forged.zip"
    with zipfile.ZipFile(moved.path / "b.zip") as source, zipfile.ZipFile(forged, "w") as target:
        for name in source.namelist():
            raw = source.read(name)
            target.writestr(name, raw if name != "backup.json" else json.dumps(json.loads(raw) | {"root": "00" * 32}))
    assert liuchi("restore", forged, "--data", moved.data).exit_code == 3
    assert not (moved.data / CODE).exists()
    assert rows(named, f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'") == []


def test_a_schema_that_holds_the_ledger_already_is_not_filled_again(moved: Estate, named: str) -> None:
    printed("backup", CODE, "--to", moved.path / "b.zip", "--data", moved.data)
    found = liuchi("restore", moved.path / "b.zip", "--data", moved.path / "elsewhere")
    assert (found.exit_code, "nothing was changed" in found.stderr) == (4, True)
    assert not [path for path in (moved.path / "elsewhere").rglob("*") if path.is_file()]
    another_post(moved)


def test_the_demo_plays_in_postgresql_and_once_more_afresh(tmp_path: Path, named: str) -> None:
    for words in ((), ("--fresh",)):
        found = liuchi("demo", "--once", *words, "--data", tmp_path / "demo")
        assert found.exit_code == 0, found.output[-500:]
    home = home_at(tmp_path / "demo", guozhanyuan.CODE)
    assert (home.store, rows(named, f"SELECT origin FROM {schema_of(home)}.ledger")) == ("postgres", [(guozhanyuan.ORIGIN,)])
    assert not list((tmp_path / "demo").rglob("ledger.sqlite"))


def test_a_backup_taken_from_a_database_while_others_write_is_one_moment_of_the_log(
    tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIUCHI_PASSPHRASE", PASSPHRASE)
    files = [tmp_path / f"{n}.zip" for n in range(3)]
    with standing(tmp_path, 60, named) as one:
        home = replace(one.home, store=POSTGRES, dsn=named)
        write_home(home)
        one.polls("p")
        raws = one.ballots("p", one.units)
        writer = threading.Thread(target=lambda: [admit(one.door, [raw]) for raw in raws] and one.door.shelf.close())
        writer.start()
        sizes = [printed("backup", home.code, "--to", file, "--data", home.path.parent)["size"] for file in files]
        writer.join()
        whole = one.door.fold.head.size
    assert sizes == sorted(sizes)
    monkeypatch.delenv("LIUCHI_STORE")
    for n, file in enumerate(files):
        assert printed("restore", file, "--data", tmp_path / f"restored-{n}")["size"] == sizes[n] <= whole


# --- what is missing is said


@pytest.mark.parametrize("words", [("serve", "--port", 0), ("act", "--pending", "--ledger", CODE), ("export", CODE, "--mirror", "m"),
                                   ("backup", CODE, "--to", "b.zip"), ("migrate",)])  # fmt: skip
def test_without_its_address_a_ledger_in_postgresql_is_opened_by_nobody(
    moved: Estate, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...]
) -> None:
    monkeypatch.delenv("LIUCHI_STORE")
    monkeypatch.chdir(moved.path)
    found = liuchi(*words, "--data", moved.data)
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (4, "", 1)
    assert "存放在 PostgreSQL 中" in found.stderr
    assert "give its address with --store or LIUCHI_STORE" in found.stderr


def test_a_database_without_the_schema_is_named_and_not_filled(moved: Estate, other_database: str) -> None:
    found = moved.act("--pending", "--store", other_database)
    assert (found.exit_code, "run `liuchi migrate`" in found.stderr) == (4, True)
    found = liuchi("migrate", "--data", moved.data, "--store", other_database)
    assert (found.exit_code, "check its address, or restore it" in found.stderr) == (4, True)
    assert rows(other_database, f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'") == []


def test_another_ledgers_schema_is_not_taken_for_this_ones(moved: Estate, named: str) -> None:
    rows(named, f"UPDATE {SCHEMA}.ledger SET origin = 'demo.example.org/log/440307-001/1'")
    for words in (("act", "--pending", "--ledger", CODE), ("migrate",), ("serve", "--port", 0)):
        found = liuchi(*words, "--data", moved.data)
        assert (found.exit_code, "belongs to demo.example.org/log/440307-001/1" in found.stderr) == (4, True)


@pytest.mark.parametrize(("store", "code"), [("nonsense", 2), ("postgresql://u@127.0.0.1:1/d", 4)])
def test_an_address_that_is_none_or_leads_nowhere_founds_nothing(bare: Estate, store: str, code: int) -> None:
    before = bare.files()
    found = bare.found("--store", store)
    assert (found.exit_code, found.stdout, bare.files()) == (code, "", before)


def test_a_founding_that_fails_leaves_no_schema(bare: Estate, named: str) -> None:
    (bare.path / "data-anchor").write_text("a file stands where the folder should")
    assert bare.found().exit_code == 4
    assert rows(named, f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'") == []
    (bare.path / "data-anchor").unlink()
    assert bare.found().exit_code == 0


# --- the outside checkpoint elsewhere

Elsewhere = Callable[[Estate], str]


@pytest.fixture(params=["file", "folder", "postgres"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for the outside checkpoint, in each form."""
    (tmp_path / "far").mkdir()
    if request.param == "postgres":
        return str(request.getfixturevalue("other_database"))
    return str(tmp_path / "far" / "one.checkpoint" if request.param == "file" else tmp_path / "far")


def recorded(where: str) -> int:
    if Path(where).exists():
        path = Path(where)
        return int((path / f"{CODE}.checkpoint" if path.is_dir() else path).read_text().split()[0])
    with closing(PostgresAnchor(where, ORIGIN)) as anchor:
        return anchor.read()[0]


def test_a_ledger_founded_with_it_elsewhere_is_written_only_with_it(bare: Estate, elsewhere: str) -> None:
    assert bare.found("--anchor", elsewhere).exit_code == 0
    assert (recorded(elsewhere), (bare.path / "data-anchor").exists()) == (1, False)
    without = bare.act("--confirm", 0, by="street")
    assert (without.exit_code, "LIUCHI_ANCHOR" in without.stderr) == (4, True)
    assert bare.act("--confirm", 0, "--anchor", elsewhere, by="street").exit_code == 0
    assert recorded(elsewhere) == 2


def test_it_moves_with_its_record_and_the_ledger_remembers(estate: Estate, elsewhere: str) -> None:
    before = another_post(estate) + 1
    given = estate.act("--pending", "--anchor", elsewhere)
    assert (given.exit_code, "`liuchi migrate --anchor` moves it" in given.stderr) == (4, True)
    stands = printed("migrate", "--anchor", elsewhere, "--data", estate.data)["ledgers"][0]
    assert (stands["outside"], stands["recorded"], recorded(elsewhere)) == ("holds", before, before)
    assert not (estate.path / "data-anchor" / f"{CODE}.checkpoint").exists()
    assert printed("migrate", "--anchor", elsewhere, "--data", estate.data)["ledgers"][0]["made"] == []
    assert estate.act("--confirm", before - 1, "--anchor", elsewhere, by="bureau").exit_code == 0
    assert recorded(elsewhere) == before + 1


def test_to_look_moves_nothing(estate: Estate, elsewhere: str) -> None:
    before = (
        (estate.data / CODE / "ledger.json").read_bytes(),
        (estate.path / "data-anchor" / f"{CODE}.checkpoint").read_bytes(),
    )
    liuchi("migrate", "--check", "--anchor", elsewhere, "--data", estate.data)
    after = (estate.data / CODE / "ledger.json").read_bytes(), (estate.path / "data-anchor" / f"{CODE}.checkpoint").read_bytes()
    assert after == before
    another_post(estate)


def test_a_move_that_was_interrupted_goes_on_from_its_own_earlier_record(estate: Estate, tmp_path: Path) -> None:
    there = tmp_path / "there.checkpoint"
    shutil.copy(estate.path / "data-anchor" / f"{CODE}.checkpoint", there)
    size = another_post(estate) + 1
    assert (
        printed("migrate", "--anchor", there, "--data", estate.data)["ledgers"][0]["recorded"] == size == recorded(str(there))
    )


def test_it_moves_into_no_other_ledgers_record(estate: Estate, tmp_path: Path) -> None:
    there = tmp_path / "there.checkpoint"
    there.write_text(f"3 {'11' * 32}\n")
    found = liuchi("migrate", "--anchor", there, "--data", estate.data)
    assert (found.exit_code, "Another checkpoint" in found.stderr) == (4, True)
    another_post(estate)


def test_a_lost_record_is_begun_again_only_when_somebody_says_so(estate: Estate) -> None:
    shutil.rmtree(estate.path / "data-anchor")
    body = estate.write("p.json", json.loads((estate.path / "post.json").read_text()) | {"post": "counter"})
    found = estate.act("post-given/1", "--body", body, by="street")
    assert (found.exit_code, "没有外部检查点" in found.stderr, "--new-anchor" in found.stderr) == (4, True, True)
    assert estate.act("--pending").exit_code == 0  # reading goes on
    assert liuchi("migrate", "--data", estate.data).exit_code == 1
    assert not (estate.path / "data-anchor").exists()
    assert printed("migrate", "--new-anchor", "--data", estate.data)["ledgers"][0]["made"] == ["outside checkpoint"]
    another_post(estate)


def test_a_record_that_is_there_is_not_begun_again(estate: Estate) -> None:
    record = estate.path / "data-anchor" / f"{CODE}.checkpoint"
    size = int(record.read_text().split()[0])
    record.write_text(f"{size + 1} {'00' * 32}\n")
    stands = liuchi("migrate", "--new-anchor", "--data", estate.data)
    assert (stands.exit_code, record.read_text()) == (1, f"{size + 1} {'00' * 32}\n")
    record.write_text(f"{size} {'00' * 32}\n")
    stands = liuchi("migrate", "--new-anchor", "--json", "--data", estate.data)
    assert json.loads(stands.stdout)["ledgers"][0]["outside"] == "parted"
    record.write_text("?")
    stands = liuchi("migrate", "--json", "--data", estate.data)
    assert json.loads(stands.stdout)["ledgers"][0]["outside"] == "unreadable"


def test_it_never_lies_in_the_data_folder_nor_in_one_that_is_not_there(bare: Estate) -> None:
    inside = bare.found("--anchor", bare.data / "x.checkpoint")
    assert (inside.exit_code, bare.data.exists()) == (2, False)
    nowhere = bare.found("--anchor", bare.path / "unmounted" / "x.checkpoint")
    assert (nowhere.exit_code, "外部检查点的文件夹不存在" in nowhere.stderr) == (4, True)


def test_it_never_lies_in_the_ledgers_own_database(moved: Estate, named: str) -> None:
    other = moved.write("founders.json", founders(moved.path, "ledger.example.org/log/440307-002/1"))
    founding = moved.found("--anchor", named, origin="ledger.example.org/log/440307-002/1", founders=other)
    for found in (founding, liuchi("migrate", "--anchor", named, "--data", moved.data)):
        assert (found.exit_code, "在同一数据库内" in found.stderr) == (4, True)
    another_post(moved)


def test_its_table_is_made_before_there_is_a_ledger(tmp_path: Path, other_database: str) -> None:
    assert printed("migrate", "--anchor", other_database, "--data", tmp_path)["made"]
    assert not printed("migrate", "--anchor", other_database, "--data", tmp_path)["made"]


def test_what_is_missing_in_the_folder_is_listed(estate: Estate) -> None:
    (estate.data / CODE / "datakeys.sqlite").unlink()
    (estate.data / CODE / "log.key").unlink()
    found = liuchi("migrate", "--data", estate.data)
    assert found.exit_code == 1
    assert [line.strip() for line in found.stdout.splitlines() if "missing:" in line] == [
        f"✗ 缺少 missing: {estate.data}/{CODE}/{name}" for name in ("log.key", "datakeys.sqlite")]  # fmt: skip


def test_a_server_of_several_ledgers_needs_a_place_for_each(estate: Estate, tmp_path: Path) -> None:
    shutil.copytree(estate.data / CODE, estate.data / "copy")
    for name in (CODE, "copy"):
        path = estate.data / name / "ledger.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"anchor": "elsewhere"}))
    found = liuchi("serve", "--port", 0, "--data", estate.data, "--anchor", tmp_path / "one.checkpoint")
    assert (found.exit_code, "a folder, because each" in " ".join(found.stderr.split())) == (2, True)


def test_every_verb_that_opens_a_ledger_takes_both_addresses() -> None:
    several = (("roll", "record"), *(("paper", one) for one in ("forms", "record", "key", "correct")))
    for verb in (
        *several,
        *((one,) for one in VERBS.keys() - {"audit", "count", "keys", "verify", "bench", "paper", "practice", "roll"}),
    ):
        said = liuchi(*verb, "--help").stdout
        assert "--store" in said, verb
        assert "--anchor" in said, verb


def test_two_processes_on_one_database_see_each_other(moved: Estate) -> None:
    one, other = unlock(home_at(moved.data, CODE)), unlock(home_at(moved.data, CODE))
    index = another_post(moved)
    one.catch_up()
    other.catch_up()
    assert one.fold.head == other.fold.head
    assert one.fold.head.size == index + 1
    close(one)
    close(other)
