from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import custody
from keys.custody import (
    LARGEST_FILE,
    LARGEST_N,
    KeyFileBroken,
    KeyFileExists,
    KeyFileMissing,
    KeyFileRefused,
    WrongPassphrase,
    read_key,
    write_key,
)
from keys.identity import SigningKey

SEED = bytes(range(32))
KEY = SigningKey.from_seed(SEED)
PASSPHRASE = "六尺巷 lane 6"
LIGHT = 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "owner.key"


@pytest.fixture
def written(path: Path) -> Path:
    write_key(path, KEY, PASSPHRASE, LIGHT)
    return path


def spelled(fields: dict[str, Any]) -> str:
    return json.dumps(fields, indent=2, sort_keys=True) + "\n"


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(spelled(fields))


def test_a_key_that_was_written_is_read_back_and_signs_the_same(written: Path) -> None:
    key = read_key(written, PASSPHRASE)
    assert key == KEY
    assert key.sign_statement(b"statement") == KEY.sign_statement(b"statement")


def test_the_default_cost_is_named_in_the_file_and_read_from_it(path: Path) -> None:
    write_key(path, KEY, PASSPHRASE)
    assert json.loads(path.read_text())["kdf"]["n"] == 2**15
    assert read_key(path, PASSPHRASE) == KEY


def test_the_file_is_the_documented_text_and_only_its_owner_may_read_it(written: Path) -> None:
    example = re.escape(re.sub("(?m)^    ", "", (custody.__doc__ or "").split("\n\n")[1]) + "\n")
    pattern = re.sub(r"<(\d+)\\ bytes>", lambda found: f"[0-9a-f]{{{2 * int(found[1])}}}", example).replace("32768", str(LIGHT))
    assert re.fullmatch(pattern, written.read_text())
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert list(written.parent.iterdir()) == [written]


def test_the_seed_does_not_stand_in_the_file_and_no_two_files_are_alike(written: Path) -> None:
    write_key(written.with_name("again.key"), KEY, PASSPHRASE, LIGHT)
    one, two = (json.loads(file.read_text()) for file in (written, written.with_name("again.key")))
    assert SEED.hex() not in written.read_text()
    assert SEED not in written.read_bytes()
    assert one["kdf"]["salt"] != two["kdf"]["salt"]
    assert one["nonce"] != two["nonce"]
    assert one["sealed"] != two["sealed"]


@pytest.mark.parametrize("other", ["", PASSPHRASE + " ", PASSPHRASE.upper(), "六尺巷", "\udcff"])
def test_another_passphrase_does_not_open_the_file(written: Path, other: str) -> None:
    with pytest.raises(WrongPassphrase, match=re.escape(str(written))):
        read_key(written, other)


def test_the_same_characters_in_other_code_points_are_the_same_passphrase(path: Path) -> None:
    write_key(path, KEY, "caf\u00e9", LIGHT)
    assert read_key(path, "cafe\u0301") == KEY


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1))
def test_any_passphrase_opens_what_it_sealed(tmp_path_factory: pytest.TempPathFactory, passphrase: str) -> None:
    path = tmp_path_factory.mktemp("custody") / "key"
    write_key(path, KEY, passphrase, LIGHT)
    assert read_key(path, passphrase) == KEY


def test_an_empty_passphrase_seals_nothing(path: Path) -> None:
    with pytest.raises(ValueError, match="needs a passphrase"):
        write_key(path, KEY, "", LIGHT)
    assert not path.exists()


@pytest.mark.parametrize("existing", [b"", b"something else"])
def test_what_stands_at_the_path_is_never_overwritten(path: Path, existing: bytes) -> None:
    path.write_bytes(existing)
    with pytest.raises(KeyFileExists, match="never overwritten"):
        write_key(path, KEY, PASSPHRASE, LIGHT)
    assert path.read_bytes() == existing
    assert list(path.parent.iterdir()) == [path]


def test_a_link_that_leads_nowhere_is_not_followed(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(KeyFileExists):
        write_key(path, KEY, PASSPHRASE, LIGHT)
    assert not path.with_name("elsewhere").exists()


def test_a_folder_that_does_not_exist_is_not_made(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_key(path / "deeper.key", KEY, PASSPHRASE, LIGHT)


def test_a_missing_file_is_called_missing(path: Path) -> None:
    with pytest.raises(KeyFileMissing, match="no such key file"):
        read_key(path, PASSPHRASE)


def test_every_truncation_is_called_broken(written: Path) -> None:
    whole = written.read_bytes()
    for length in range(len(whole)):
        written.write_bytes(whole[:length])
        with pytest.raises(KeyFileBroken, match="expected"):
            read_key(written, PASSPHRASE)


def test_every_altered_byte_is_refused(written: Path) -> None:
    whole = written.read_bytes()
    for place, byte in enumerate(whole):
        for other in {ord("0"), ord("2"), ord(" "), byte ^ 1, byte ^ 0x20, byte ^ 0x80} - {byte}:
            written.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
            with pytest.raises((KeyFileBroken, WrongPassphrase)):
                read_key(written, PASSPHRASE)


@pytest.mark.parametrize(("field", "value"), [("nonce", "00" * 12), ("sealed", "00" * 48)])
def test_a_field_altered_in_form_is_told_by_the_cipher(written: Path, field: str, value: str) -> None:
    rewrite(written, lambda fields: fields.update({field: value}))
    with pytest.raises(WrongPassphrase, match="or the file was altered"):
        read_key(written, PASSPHRASE)


def test_a_salt_or_cost_altered_in_form_is_told_by_the_cipher(written: Path) -> None:
    for field, value in (("salt", "00" * 16), ("n", 4)):
        rewrite(written, lambda fields, field=field, value=value: fields["kdf"].update({field: value}))
        with pytest.raises(WrongPassphrase):
            read_key(written, PASSPHRASE)


def test_another_public_key_with_its_own_id_is_told_by_the_cipher(written: Path) -> None:
    other = SigningKey.from_seed(bytes(32))
    rewrite(written, lambda fields: fields.update({"public": other.public.hex(), "key_id": other.id.hex()}))
    with pytest.raises(WrongPassphrase):
        read_key(written, PASSPHRASE)


def test_a_seed_sealed_under_another_public_key_is_called_broken(path: Path) -> None:
    other = SigningKey.from_seed(bytes(32))
    liar = SigningKey(KEY.suite, other.public, other.id, other.sign_note, KEY.sealed)
    write_key(path, liar, PASSPHRASE, LIGHT)
    with pytest.raises(KeyFileBroken, match="the seed of the public key"):
        read_key(path, PASSPHRASE)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda fields: fields.pop("sealed"), "a JSON map with"),
        (lambda fields: fields.pop("kdf"), "a JSON map with"),
        (lambda fields: fields.update(kdf=[]), "a JSON map with"),
        (lambda fields: fields.update(public=7), "a JSON map with"),
        (lambda fields: fields.update(public="zz" * 32), "a JSON map with"),
        (lambda fields: fields["kdf"].update(n=2.0), "a JSON map with"),
        (lambda fields: fields["kdf"].update(n="2"), "a JSON map with"),
        (lambda fields: fields["kdf"].update(n=True), "expected"),
        (lambda fields: fields.update(public=fields["public"][2:]), "32, 16, 12 and 48 bytes"),
        (lambda fields: fields.update(nonce=fields["nonce"] + "00"), "32, 16, 12 and 48 bytes"),
        (lambda fields: fields.update(sealed=fields["sealed"][2:]), "32, 16, 12 and 48 bytes"),
        (lambda fields: fields["kdf"].update(salt=""), "32, 16, 12 and 48 bytes"),
        (lambda fields: fields.update(format="liuchi/key/v2"), "format liuchi/key/v1"),
        (lambda fields: fields.update(suite="webauthn-v1"), "suite ed25519-v1"),
        (lambda fields: fields.update(key_id="00" * 32), "the key's own id"),
        (lambda fields: fields.update(nonce="AB" * 12), "one spelling"),
        (lambda fields: fields.update(comment=""), "one spelling"),
        (lambda fields: fields["kdf"].update(name="argon2id"), "scrypt with r 8"),
        (lambda fields: fields["kdf"].update(r=2**20), "scrypt with r 8"),
        (lambda fields: fields["kdf"].update(p=2), "scrypt with r 8"),
    ],
)
def test_a_key_file_of_another_form_is_told_what_was_expected(
    written: Path,
    change: Callable[[dict[str, Any]], object],
    expected: str,
) -> None:
    rewrite(written, change)
    with pytest.raises(KeyFileBroken, match=expected):
        read_key(written, PASSPHRASE)


@pytest.mark.parametrize(
    "respelled",
    [
        lambda text: text.rstrip(),
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: json.dumps(json.loads(text)),
        lambda text: text.replace('"p": 1', '"p": 7,\n    "p": 1'),
        lambda text: text.replace("ed25519", "\\u0065d25519"),
    ],
)
def test_another_spelling_of_the_same_fields_is_called_broken(written: Path, respelled: Callable[[str], str]) -> None:
    text = respelled(written.read_text())
    assert text != written.read_text()
    written.write_bytes(text.encode())
    with pytest.raises(KeyFileBroken):
        read_key(written, PASSPHRASE)


@pytest.mark.parametrize("raw", [b"\xff", b"[]", b"null", b"[" * LARGEST_FILE, b"9" * LARGEST_FILE])
def test_what_is_no_key_file_is_called_broken(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)
    with pytest.raises(KeyFileBroken, match="a JSON map with"):
        read_key(path, PASSPHRASE)


def test_a_file_too_large_for_a_key_is_not_parsed(path: Path) -> None:
    path.write_bytes(b" " * (LARGEST_FILE + 1))
    with pytest.raises(KeyFileBroken, match=f"at most {LARGEST_FILE} bytes"):
        read_key(path, PASSPHRASE)


def test_the_largest_cost_fills_256_mebibytes() -> None:
    assert 128 * 8 * LARGEST_N == 256 * 2**20


def test_the_largest_cost_still_opens(path: Path) -> None:
    write_key(path, KEY, PASSPHRASE, LARGEST_N)
    assert read_key(path, PASSPHRASE) == KEY


@pytest.mark.parametrize("n", [-2, 0, 1, 3, LARGEST_N - 1, LARGEST_N + 1, 2 * LARGEST_N, 2**62])
def test_a_cost_beyond_the_limits_is_neither_written_nor_tried(written: Path, n: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        write_key(written.with_name("other.key"), KEY, PASSPHRASE, n)
    assert not written.with_name("other.key").exists()
    rewrite(written, lambda fields: fields["kdf"].update(n=n))
    with pytest.raises(KeyFileBroken, match="power of two from 2 to 262144"):
        read_key(written, PASSPHRASE)


@pytest.mark.parametrize("why", KeyFileRefused.__subclasses__())
def test_each_refusal_has_a_code_and_names_the_file(why: type[KeyFileRefused]) -> None:
    assert re.fullmatch("[a-z]+(-[a-z]+)+", why.code)
    assert str(why(Path("owner.key"), "why")) == "owner.key: why"
