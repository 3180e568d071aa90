from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tlog.signing import check_note, key, keys_of, signer
from tests.tlog.vectors import each, load
from tlog import note
from tlog.errors import Malformed, Unproven, Unsound
from tlog.note import Line, Vkey, add, open_note, signature_line, split

VECTORS = load("signed-note")
SEED, OTHER = b"\x21" * 32, b"\x22" * 32
KEY = key("log.example/a", SEED)
ANOTHER = key("log.example/b", OTHER)
TEXT = "one line\n"
SIGNED = TEXT + "\n" + signature_line(KEY, signer(SEED)(TEXT.encode()))


@each(VECTORS["accept"])
def test_a_note_is_opened_with_the_keys_one_trusts(case: dict[str, Any]) -> None:
    trusted = [Vkey.parse(text) for text in case["trusted_vkeys"]]
    for raw in case["note"], case["note"].encode():
        opened = open_note(raw, trusted, check_note)
        assert opened.text == case["text"]
        assert [vkey.name for vkey, _ in opened.verified] == case["verified_names"]
        assert {vkey for vkey, _ in opened.verified} <= set(trusted)


@pytest.mark.parametrize("case", VECTORS["keys"], ids=lambda case: case["role"])
def test_a_key_has_one_spelling(case: dict[str, Any]) -> None:
    vkey = Vkey.parse(case["vkey"])
    assert (vkey.name, vkey.type, vkey.public.hex()) == (case["name"], case["type"], case["public_hex"])
    assert vkey.key_id.hex() == case["key_id_hex"]
    assert str(vkey) == case["vkey"]
    assert vkey in {vkey for vkey, _ in keys_of(VECTORS).values()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+",
        "a+00000000",
        "\ud800+00000000+AA==",
        "a+00000000+",
        "a+00000000+!",
        "a\0b+00000000+AA==",
        "a\x85b+00000000+AA==",
        "a+0000000g+AA==",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Vkey.parse(text)


@pytest.mark.parametrize(
    "raw", [b"", b"\x02" + bytes(32), b"\x04" + bytes(31), b"\x06" + bytes(32), b"\xff" + bytes(32), b"\x01"]
)
def test_a_key_of_another_type_or_length_is_refused(raw: bytes) -> None:
    vkey = Vkey("a", raw[0] if raw else 1, raw[1:])
    text = str(vkey) if raw else f"a+{vkey.key_id.hex()}+"
    with pytest.raises(Malformed):
        Vkey.parse(text)


@pytest.mark.parametrize(
    ("name", "held"),
    [("a", True), ("街道办/甲", True), ("", False), ("a+", False)]
    + [(f"a{space}b", False) for space in " \t\n\r\0\x1f\x85\xa0\u2003\u2028\u3000"],
)
def test_a_name_has_no_space_no_plus_and_no_control_character(name: str, held: bool) -> None:
    assert note.is_name(name) is held
    if held:
        assert Vkey.parse(str(key(name, SEED))) == key(name, SEED)
    else:
        with pytest.raises(Malformed):
            Vkey.parse(str(key(name, SEED)))


@pytest.mark.parametrize("count", [1, 16, 63, 64, 65])
def test_a_note_has_at_most_64_signature_lines(count: int) -> None:
    raw = SIGNED + "".join(signature_line(ANOTHER, bytes([n]) * 64) for n in range(count - 1))
    if count <= 64:
        assert len(split(raw)[1]) == count
        assert open_note(raw, [KEY], check_note).verified == ((KEY, signer(SEED)(TEXT.encode())),)
    else:
        with pytest.raises(Malformed):
            split(raw)


def test_lone_surrogates_are_no_text() -> None:
    with pytest.raises(Malformed):
        open_note("\ud800" + SIGNED, [KEY], check_note)


def test_a_key_id_alone_is_no_signature_though_its_key_is_unknown() -> None:
    assert Line.parse("— a AAAAAAA=").blob == b"\0"
    with pytest.raises(Malformed):
        split(SIGNED + "— a AAAAAA==\n")


def test_of_several_lines_of_one_key_the_first_is_kept_and_all_must_verify() -> None:
    raw = TEXT + "\n" + signature_line(KEY, b"\1" * 64) + signature_line(KEY, b"\2" * 64)
    assert open_note(raw, [KEY], lambda *_: True).verified == ((KEY, b"\1" * 64),)
    with pytest.raises(Unproven):
        open_note(raw, [KEY], lambda _type, _public, _message, signature: signature != b"\2" * 64)


def test_two_trusted_keys_must_be_told_apart() -> None:
    """Four bytes of key id: a second key under the same name and id can be found by trying."""

    class Twin(Vkey):
        key_id = KEY.key_id

    with pytest.raises(Malformed, match="share"):
        open_note(SIGNED, [KEY, Twin(KEY.name, KEY.type, ANOTHER.public)], check_note)
    assert open_note(SIGNED, [KEY, KEY], check_note).text == TEXT


@pytest.mark.parametrize("key_type", [note.COSIGNATURE, note.ML_DSA_44])
def test_a_cosigner_s_key_signs_no_plain_note(key_type: int) -> None:
    cosigner = Vkey(KEY.name, key_type, bytes(note.PUBLIC_SIZE[key_type]))
    raw = TEXT + "\n" + signature_line(cosigner, bytes(note.BLOB_SIZE[key_type]))
    with pytest.raises(Unproven, match="checkpoints only"):
        open_note(raw, [cosigner], lambda *_: True)


def test_a_signature_of_another_length_never_reaches_the_mathematics() -> None:
    raw = TEXT + "\n" + signature_line(KEY, bytes(63))
    with pytest.raises(Unproven, match="length"):
        open_note(raw, [KEY], lambda *_: True)


def test_lines_are_added_and_a_newer_line_of_a_key_replaces_the_older() -> None:
    more = signature_line(ANOTHER, signer(OTHER)(TEXT.encode()))
    both = add(SIGNED, more)
    assert [vkey for vkey, _ in open_note(both, [KEY, ANOTHER], check_note).verified] == [KEY, ANOTHER]
    assert add(both, more) == both
    assert add(add(SIGNED, signature_line(ANOTHER, b"old")), more) == both
    with pytest.raises(Malformed):
        add(SIGNED, more + more)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary(min_size=4, max_size=4), st.binary(min_size=1))
def test_whatever_line_is_read_is_written_the_same(name: str, key_id: bytes, blob: bytes) -> None:
    line = str(Line(name, key_id, blob))
    try:
        assert str(Line.parse(line[:-1])) == line
    except Malformed:
        assert not note.is_name(name)


@given(st.integers(0, len(SIGNED.encode()) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused(at: int, byte: int) -> None:
    raw = SIGNED.encode()
    changed = raw[:at] + bytes([byte]) + raw[at + 1 :]
    if changed != raw:
        with pytest.raises(Unsound):
            open_note(changed, [KEY], check_note)
