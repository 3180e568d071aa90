"""`liuchi backup` and `liuchi restore`: one file, taken while others write; it serves, audits, and never forks."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import threading
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.door import Receipt
from scripts.bench_estates import PASSPHRASE, admit, standing
from scripts.bench_estates import Estate as Bench
from scripts.homes import close, home_at, look, open_door, unlock
from tests.scripts.conftest import CODE, Estate, liuchi, printed


def backed_up(estate: Estate, *words: object) -> Path:
    file = estate.path / "backup.zip"
    printed("backup", CODE, "--to", file, *words, "--data", estate.data)
    return file


def lost(estate: Estate) -> None:
    shutil.rmtree(estate.data / CODE)


def another_post(estate: Estate) -> Any:
    """One more act: the street names a counter."""
    body = json.loads((estate.path / "post.json").read_text()) | {"post": "counter"}
    return estate.act("post-given/1", "--body", estate.write("counter.json", body), "--json", by="street")


def test_a_restored_ledger_is_the_same_audits_and_is_written_on(estate: Estate) -> None:
    before = printed("audit", _mirror(estate, "before"))
    file = backed_up(estate)
    shutil.copy(estate.data / CODE / "datakeys.sqlite", estate.path / "kept.sqlite")
    lost(estate)
    done = printed("restore", file, "--data", estate.data)
    assert (done["size"], done["root"], done["outside"], done["keys"]) == (before["size"], before["root"], "holds", False)
    shutil.copy(estate.path / "kept.sqlite", estate.data / CODE / "datakeys.sqlite")
    assert printed("audit", _mirror(estate, "after")) == before
    assert another_post(estate).exit_code == 0


def _mirror(estate: Estate, name: str) -> Path:
    printed("export", CODE, "--mirror", estate.path / name, "--data", estate.data)
    return estate.path / name


def test_behind_the_outside_checkpoint_a_restored_ledger_is_read_and_not_written(estate: Estate) -> None:
    file = backed_up(estate)
    assert another_post(estate).exit_code == 0
    lost(estate)
    assert printed("restore", file, "--data", estate.data)["outside"] == "behind"
    refused = another_post(estate)
    assert (refused.exit_code, json.loads(refused.stdout)["code"]) == (4, "store-behind")
    assert printed("audit", _mirror(estate, "behind"))["broken"] == []


def test_without_an_outside_checkpoint_a_restore_says_so(estate: Estate) -> None:
    file = backed_up(estate)
    assert printed("restore", file, "--data", estate.path / "elsewhere")["outside"] == "none"
    assert not (estate.path / "elsewhere-anchor" / f"{CODE}.checkpoint").exists()


def test_the_data_keys_travel_only_when_asked_for_and_with_a_warning(estate: Estate) -> None:
    file = backed_up(estate)
    assert (sorted(zipfile.ZipFile(file).namelist()), stat.S_IMODE(file.stat().st_mode)) == (
        ["backup.json", "ledger.json", "ledger.sqlite", "log.key"], 0o600)  # fmt: skip
    found = liuchi("backup", CODE, "--to", estate.path / "keys.zip", "--with-keys", "--data", estate.data)
    assert (found.exit_code, "data keys" in found.stderr) == (0, True)
    assert "datakeys.sqlite" in zipfile.ZipFile(estate.path / "keys.zip").namelist()


def test_with_the_keys_what_was_sealed_opens_again(estate: Estate) -> None:
    found = liuchi("backup", CODE, "--to", estate.path / "keys.zip", "--with-keys", "--data", estate.data)
    assert found.exit_code == 0
    lost(estate)
    printed("restore", estate.path / "keys.zip", "--data", estate.data)
    pack = estate.path / "all.openings"
    printed("export", CODE, "--openings", pack, "--data", estate.data)
    assert printed("audit", _mirror(estate, "m"), "--openings", pack)["verdict"] == "ok"


def test_a_destroyed_key_is_not_in_a_backup_with_keys(estate: Estate) -> None:
    with closing(sqlite3.connect(estate.data / CODE / "datakeys.sqlite")) as keys, keys:
        subject, key = keys.execute("SELECT subject, key FROM data_keys").fetchone()
        keys.execute("DELETE FROM data_keys WHERE subject = ?", (subject,))
    liuchi("backup", CODE, "--to", estate.path / "keys.zip", "--with-keys", "--data", estate.data)
    assert bytes(key) not in zipfile.ZipFile(estate.path / "keys.zip").read("datakeys.sqlite")


def test_no_sealed_value_and_no_outside_checkpoint_stands_in_a_backup(estate: Estate) -> None:
    evidence = estate.data / CODE / "evidence"
    evidence.mkdir()
    (evidence / "x.submission").write_text("经办人")  # as submitted: its openings are in clear
    bundle = zipfile.ZipFile(backed_up(estate))
    held = b"".join(bundle.read(name) for name in bundle.namelist())
    assert b"ledger-founded/1" in held
    for secret in ("经办人", "clerk-7", "工作人员"):
        assert secret.encode() not in held
    assert "checkpoint" not in " ".join(bundle.namelist())


def test_a_backup_taken_while_others_write_is_one_moment_of_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUCHI_PASSPHRASE", PASSPHRASE)
    with standing(tmp_path, 60) as one:
        one.polls("p")
        raws = one.ballots("p", one.units)
        writer = threading.Thread(target=_one_by_one, args=(one, raws))
        writer.start()
        data, files = one.home.path.parent, [tmp_path / f"{n}.zip" for n in range(3)]
        sizes = [printed("backup", one.home.code, "--to", file, "--data", data)["size"] for file in files]
        writer.join()
        whole = one.door.fold.head.size
    assert sizes == sorted(sizes)
    for n, file in enumerate(files):
        done = printed("restore", file, "--data", tmp_path / f"restored-{n}")
        assert done["size"] == sizes[n] <= whole


def _one_by_one(one: Bench, raws: list[bytes]) -> None:
    for raw in raws:
        admit(one.door, [raw])
    one.door.shelf.close()


def test_a_restored_ledger_answers_as_before(estate: Estate) -> None:
    file = backed_up(estate)
    door = unlock(home_at(estate.data, CODE))
    entry = door.receipt(0).entry
    close(door)
    lost(estate)
    printed("restore", file, "--data", estate.data)
    again = unlock(home_at(estate.data, CODE))
    found: Receipt = again.receipt(0)
    close(again)
    assert found.entry == entry


def test_nothing_that_stands_is_replaced(estate: Estate) -> None:
    file = backed_up(estate)
    before = estate.files()
    assert liuchi("backup", CODE, "--to", file, "--data", estate.data).exit_code == 2
    assert liuchi("restore", file, "--data", estate.data).exit_code == 2
    assert estate.files() == before


def _without(path: Path, gone: str, **instead: bytes) -> Path:
    """The same bundle without a file, or with other bytes in its place."""
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            if name != gone or name in instead:
                target.writestr(name, instead.get(name, source.read(name)))
    return changed


@pytest.mark.parametrize(("name", "raw"), [
    ("ledger.sqlite", None),
    ("backup.json", None),
    ("backup.json", b"[]"),
    ("backup.json", b"{}"),
    ("ledger.json", b"{}"),
    ("ledger.json", b'{"code": "..", "origin": "o", "kind": "estate", "vkey": ""}'),
    ("ledger.sqlite", b"no database"),
])  # fmt: skip
def test_a_broken_backup_is_unreadable_input_and_leaves_nothing(estate: Estate, name: str, raw: bytes | None) -> None:
    file = _without(backed_up(estate), name, **({name: raw} if raw is not None else {}))
    target = estate.path / "elsewhere"
    found = liuchi("restore", file, "--data", target)
    assert (found.exit_code, len(found.stderr.splitlines())) == (3, 1), found.output
    assert not [path for path in target.rglob("*") if path.is_file()]


def test_a_backup_whose_entries_do_not_lead_to_its_root_is_refused(estate: Estate) -> None:
    file = backed_up(estate)
    manifest = json.loads(zipfile.ZipFile(file).read("backup.json"))
    forged = _without(file, "backup.json", **{"backup.json": json.dumps(manifest | {"root": "00" * 32}).encode()})
    found = liuchi("restore", forged, "--data", estate.path / "elsewhere")
    assert found.exit_code == 3
    assert not (estate.path / "elsewhere" / CODE).exists()


def test_a_ledger_whose_file_is_lost_cannot_be_backed_up(estate: Estate) -> None:
    (estate.data / CODE / "ledger.sqlite").unlink()
    found = liuchi("backup", CODE, "--to", estate.path / "x.zip", "--data", estate.data)
    assert (found.exit_code, "has no ledger.sqlite" in found.stderr) == (4, True)
    assert not (estate.path / "x.zip").exists()


def test_documents_come_back_with_the_ledger_and_are_read_with_its_keys(estate: Estate) -> None:
    scan = estate.path / "scan.pdf"
    scan.write_bytes(b"%PDF scan")
    reference = printed("document", scan, "--ledger", CODE, "--data", estate.data)
    file = backed_up(estate)
    with zipfile.ZipFile(file) as bundle:
        names = [name for name in bundle.namelist() if name.startswith("documents/")]
        assert len(names) == 1
        assert reference["reference"][0] not in names[0]
        assert b"scan" not in bundle.read(names[0])
    shutil.copy(estate.data / CODE / "datakeys.sqlite", estate.path / "kept.sqlite")
    lost(estate)
    printed("restore", file, "--data", estate.data)
    shutil.copy(estate.path / "kept.sqlite", estate.data / CODE / "datakeys.sqlite")
    home = home_at(estate.data, CODE)
    with open_door(look(home)) as door:
        assert door.documents.get(bytes.fromhex(reference["reference"][0])) == b"%PDF scan"


def test_an_older_backup_brings_back_nothing_that_was_erased(estate: Estate) -> None:
    page = estate.acted("--read", 3)
    [(name, digest)] = page["digests"].items()
    file = backed_up(estate)
    key = {"key": name.removeprefix("holder/"), "own": False, "reason": "left-post", "since": 0}
    revoked = estate.acted("key-revoked/1", "--body", estate.write("revoked.json", key), by="bureau")
    estate.acted("--confirm", revoked["index"], by="party")
    body = {"basis": "purpose-ended", "index": 3, "keys_until": "2026-08-20", "openings": [[digest, name]]}
    files = ("--body", estate.write("erase.json", body), "--openings", estate.write("why.json", {"reason": "经办人离任"}))
    done = estate.acted("openings-erased/1", *files, "--about", 3, by="street")
    estate.acted("--confirm", done["index"], by="bureau")
    shutil.copy(estate.data / CODE / "datakeys.sqlite", estate.path / "kept.sqlite")
    lost(estate)
    printed("restore", file, "--data", estate.data)
    shutil.copy(estate.path / "kept.sqlite", estate.data / CODE / "datakeys.sqlite")
    assert estate.acted("--read", 0)["openings"]
    read = estate.acted("--read", 3)
    assert (read["openings"], read["erased"], read["lost"]) == ({}, [], 1)  # the old copy does not know why
