"""`liuchi keys`: a key file is made once, shown without its passphrase, and proves possession for one ledger."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from keys.custody import read_key
from keys.suites import BadSignature, verify_possession
from tests.scripts.conftest import ORIGIN, WORD, Estate, liuchi, printed


def test_a_new_key_is_encrypted_private_and_shown_without_its_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "street.key"
    made = printed("keys", "new", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.delenv("LIUCHI_PASSPHRASE")
    assert printed("keys", "show", path) == made
    key = read_key(path, WORD)
    assert made == {"file": str(path), "key_id": key.id.hex(), "public": key.public.hex(), "suite": "ed25519-v1"}
    assert made["key_id"] in liuchi("keys", "show", path).stdout


def test_a_passphrase_is_asked_twice_for_a_new_key_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIUCHI_PASSPHRASE")
    found = liuchi("keys", "new", tmp_path / "a.key", input="one\nother\nsame\nsame\n")
    assert found.exit_code == 0
    assert "same" not in found.output
    assert read_key(tmp_path / "a.key", "same").public.hex() in found.stdout


def test_without_a_passphrase_there_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUCHI_PASSPHRASE", "")
    found = liuchi("keys", "new", tmp_path / "a.key", input="")
    assert (found.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "set LIUCHI_PASSPHRASE or type it when asked" in " ".join(found.stderr.split())


@pytest.mark.parametrize("name", ["operator.key", "founders.json", "gone/new.key"])
def test_a_key_never_takes_the_place_of_a_file_or_lies_where_no_folder_is(bare: Estate, name: str) -> None:
    path = bare.path / name
    before = path.read_bytes() if path.exists() else None
    found = liuchi("keys", "new", path)
    assert (found.exit_code, found.stdout, path.read_bytes() if path.exists() else None) == (2, "", before)


def row(*words: object) -> dict[str, Any]:
    found = liuchi("keys", "row", *words)
    assert found.exit_code == 0, found.output
    document: dict[str, Any] = json.loads(found.stdout)
    return document


def test_a_row_proves_the_key_for_its_person_and_ledger_alone(bare: Estate) -> None:
    found = row(bare.key("street"), "--ledger", ORIGIN, "--org", "street-guojian")
    assert found.keys() == {"org", "person", "possession", "public", "suite"}
    person, public, possession = (bytes.fromhex(found[name]) for name in ("person", "public", "possession"))
    verify_possession(ORIGIN, person, found["suite"], public, possession)
    with pytest.raises(BadSignature):
        verify_possession(ORIGIN + "0", person, found["suite"], public, possession)
    assert (found["org"], len(person)) == ("street-guojian", 16)


def test_a_person_is_new_unless_given_and_an_owner_has_no_organisation(bare: Estate) -> None:
    rows = [row(bare.key("street"), "--ledger", ORIGIN) for _ in range(2)]
    assert rows[0]["person"] != rows[1]["person"]
    assert rows[0]["org"] is None
    assert row(bare.key("street"), "--ledger", ORIGIN, "--person", "0a" * 16)["person"] == "0a" * 16


@pytest.mark.parametrize(("words", "option"), [
    (("--ledger", "440307-001"), "--ledger"),
    (("--ledger", ORIGIN, "--person", "0a" * 15), "--person"),
    (("--ledger", ORIGIN, "--person", "0A" * 16), "--person"),
    (("--ledger", ORIGIN, "--org", "friends-of-ours"), "--org"),
    (("--ledger", ORIGIN, "--org", "street guojian"), "--org"),
])  # fmt: skip
def test_what_no_row_can_hold_is_a_usage_error(bare: Estate, words: tuple[str, ...], option: str) -> None:
    found = liuchi("keys", "row", bare.key("street"), *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"Invalid value for {option}" in found.stderr


@pytest.mark.parametrize("name", ["gone.key", "founders.json", "."])
def test_what_is_no_key_file_is_one_line_and_exit_3(bare: Estate, name: str) -> None:
    for verb in (("show",), ("row", "--ledger", ORIGIN)):
        found = liuchi("keys", verb[0], bare.path / name, *verb[1:])
        assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (3, "", 1)
        assert found.stderr.startswith(f"{bare.path / name}, the whole: expected ")


def test_a_key_file_whose_id_is_anothers_is_not_shown(bare: Estate) -> None:
    text = bare.key("street").read_text()
    forged = text.replace(printed("keys", "show", bare.key("street"))["key_id"], "00" * 32)
    assert liuchi("keys", "show", bare.write("forged.key", forged)).exit_code == 3
