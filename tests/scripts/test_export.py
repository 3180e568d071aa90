"""`liuchi export`: a copy that strangers can audit, without a passphrase, and packs that replace nothing but packs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.scripts.conftest import CODE, Estate, liuchi, printed
from tlog.codec import unpack


def export(estate: Estate, *words: object) -> object:
    return printed("export", CODE, *words, "--data", estate.data)


def test_a_mirror_is_written_without_a_passphrase_and_audits(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIUCHI_PASSPHRASE")
    mirror = estate.path / "public" / CODE
    done = liuchi("export", CODE, "--mirror", mirror, "--data", estate.data)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"liuchi audit {mirror}" in done.stdout
    report = printed("audit", mirror)
    assert (report["verdict"], report["size"], report["anchored"], report["broken"]) == ("unopened", 7, False, [])


def test_the_openings_of_everything_leave_nothing_unopened(estate: Estate) -> None:
    mirror, pack = estate.path / "mirror", estate.path / "all.openings"
    export(estate, "--mirror", mirror, "--openings", pack)
    assert printed("audit", mirror, "--openings", pack)["verdict"] == "ok"
    assert stat.S_IMODE(pack.stat().st_mode) == 0o600
    found = unpack(pack.read_bytes())
    assert isinstance(found, dict)
    assert all(len(leaf) == 64 for leaf in found)


def test_an_earlier_pack_is_replaced_and_no_other_file(estate: Estate) -> None:
    pack = estate.path / "all.openings"
    export(estate, "--openings", pack)
    export(estate, "--openings", pack)
    precious = estate.path / "founders.json"
    before = precious.read_bytes()
    found = liuchi("export", CODE, "--openings", precious, "--data", estate.data)
    assert (found.exit_code, precious.read_bytes()) == (2, before)


@pytest.mark.parametrize(("words", "option"), [
    ((), "--mirror"),
    (("--roll", "2026-08", "x.pack"), "--roll"),
    (("--openings", "gone/x"), "--openings"),
    (("--mirror", "."), "--mirror"),
    (("--mirror", "founders.json"), "--mirror"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error_and_writes_nothing(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], option: str
) -> None:
    monkeypatch.chdir(estate.path)
    before = estate.files()
    found = liuchi("export", CODE, *words, "--data", estate.data)
    assert (found.exit_code, found.stdout) == (2, "")
    assert {name for name in estate.files() - before if not name.endswith(("-wal", "-shm"))} == set()
    assert option in found.stderr


def test_a_mirror_that_another_history_wrote_is_exit_1_and_stays(estate: Estate, grown: Path) -> None:
    mirror = estate.path / "mirror"
    again = estate.acted("--read", 5)["body"]
    assert estate.act("post-given/1", "--body", estate.write("post.json", again), by="street").exit_code == 0
    export(estate, "--mirror", mirror)
    before = {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()}
    found = liuchi("export", CODE, "--mirror", mirror, "--data", grown / "data")
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.startswith("✗ 两份历史 two histories: ")
    assert {path: path.read_bytes() for path in mirror.rglob("*") if path.is_file()} == before
