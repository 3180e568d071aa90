from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.tlog.signing import check_note, key, keys_of, signer
from tests.tlog.vectors import each, load
from tlog import note
from tlog.checkpoint import (
    Checkpoint,
    cosign,
    cosignature_message,
    cosigned_at,
    open_checkpoint,
    sign_checkpoint,
)
from tlog.errors import Malformed, Unproven, Unsound
from tlog.merkle import EMPTY
from tlog.note import Vkey, signature_line

VECTORS = load("checkpoint")
KEYS = {vkey.name: (vkey, sign) for vkey, sign in keys_of(VECTORS).values()}
FIRST = VECTORS["cases"][0]
LOG, LOG_SIGN = next(iter(keys_of(VECTORS).values()))
WITNESS, WITNESS_SIGN = KEYS["witness.street.example.cn/w1"]
TRUSTED = [LOG, *(vkey for vkey, _ in KEYS.values() if vkey.type != note.ED25519)]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@each(VECTORS["cases"])
def test_a_checkpoint_is_read_and_opened(case: dict[str, Any]) -> None:
    for raw in case["note"], case["note"].encode():
        checkpoint, opened = open_checkpoint(raw, TRUSTED, check_note)
        assert (checkpoint.origin, checkpoint.size, checkpoint.root.hex()) == (case["origin"], case["size"], case["root_hex"])
        assert str(checkpoint) == opened.text == case["text"]
        times = [(vkey.name, vkey.type, cosigned_at(blob)) for vkey, blob in opened.verified if vkey.type != note.ED25519]
        assert times == [(each["name"], each["type"], each["timestamp"]) for each in case["cosignatures"]]
    assert bool(checkpoint.extensions) == (case["name"] == "extension line")


@pytest.mark.parametrize("case", FIRST["cosignatures"], ids=lambda case: case["name"])
def test_a_witness_signs_the_whole_text_and_a_time(case: dict[str, Any]) -> None:
    vkey, sign = KEYS[case["name"]]
    checkpoint = Checkpoint.parse(FIRST["text"])
    assert cosignature_message(checkpoint, case["timestamp"], vkey).hex() == case["signed_message_hex"]
    line = cosign(checkpoint, case["timestamp"], sign, vkey)
    assert line in FIRST["note"]
    assert note.Line.parse(line[:-1]).key_id.hex() + note.Line.parse(line[:-1]).blob.hex() == case["blob_hex"]


def test_a_log_signs_under_its_origin() -> None:
    checkpoint = Checkpoint.parse(FIRST["text"])
    signed = sign_checkpoint(checkpoint, LOG_SIGN, LOG)
    assert FIRST["note"].startswith(signed)
    assert open_checkpoint(signed, [LOG], check_note)[0] == checkpoint


@pytest.mark.parametrize("vkey", [replace(LOG, name="other.example/log"), replace(LOG, type=note.COSIGNATURE)])
def test_a_log_signs_with_no_other_name_or_type(vkey: Vkey) -> None:
    with pytest.raises(Malformed):
        sign_checkpoint(Checkpoint.parse(FIRST["text"]), LOG_SIGN, vkey)


def test_a_post_quantum_witness_signs_name_time_origin_size_and_root() -> None:
    private = MLDSA44PrivateKey.from_seed_bytes(b"\x04" * 32)
    vkey = Vkey("w.example/pq", note.ML_DSA_44, private.public_key().public_bytes_raw())
    checkpoint = Checkpoint("log.example/1", 300, bytes(range(32)), ("an extension",))
    assert cosignature_message(checkpoint, 1_700_000_000, vkey) == (
        b"subtree/v1\n\x00"
        b"\x0cw.example/pq"
        b"\x00\x00\x00\x00\x65\x53\xf1\x00"
        b"\x0dlog.example/1"
        b"\x00\x00\x00\x00\x00\x00\x00\x00"
        b"\x00\x00\x00\x00\x00\x00\x01\x2c" + bytes(range(32))
    )
    raw = f"{checkpoint}\n{cosign(checkpoint, 1_700_000_000, private.sign, vkey)}"
    assert open_checkpoint(raw, [vkey], check_note)[0] == checkpoint
    for change in "301", "299":
        with pytest.raises(Unproven):
            open_checkpoint(raw.replace("\n300\n", f"\n{change}\n"), [vkey], check_note)
    assert open_checkpoint(raw.replace("an ext", "the ext"), [vkey], check_note)[0].extensions == ("the extension",)


@pytest.mark.parametrize("vkey", [WITNESS, Vkey("w", note.ML_DSA_44, bytes(1312))])
@pytest.mark.parametrize("timestamp", [0, 2**63])
def test_no_cosignature_without_a_time(vkey: Vkey, timestamp: int) -> None:
    with pytest.raises(Unproven):
        cosignature_message(Checkpoint.parse(FIRST["text"]), timestamp, vkey)


@pytest.mark.parametrize("timestamp", [1, 2**63 - 1])
def test_a_time_is_bounded(timestamp: int) -> None:
    checkpoint = Checkpoint.parse(FIRST["text"])
    raw = f"{checkpoint}\n{cosign(checkpoint, timestamp, WITNESS_SIGN, WITNESS)}"
    ((_, blob),) = open_checkpoint(raw, [WITNESS], check_note)[1].verified
    assert cosigned_at(blob) == timestamp


@pytest.mark.parametrize(
    ("name", "origin", "held"), [("a" * 255, "b" * 255, True), ("a" * 256, "b", False), ("a", "b" * 256, False)]
)
def test_a_post_quantum_message_has_names_of_at_most_255_bytes(name: str, origin: str, held: bool) -> None:
    checkpoint, vkey = Checkpoint(origin, 1, bytes(32)), Vkey(name, note.ML_DSA_44, bytes(1312))
    if held:
        assert name.encode() in cosignature_message(checkpoint, 1, vkey)
    else:
        with pytest.raises(Malformed):
            cosignature_message(checkpoint, 1, vkey)


@pytest.mark.parametrize("text", ["a\r\n0\n\n", "a\n", "\n\n\n", "a\x00\n1\n" + FIRST["text"].split("\n")[2] + "\n"])
def test_control_characters_and_empty_lines_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


@pytest.mark.parametrize("extension", ["", "an extension"])
def test_a_text_ends_with_a_newline(extension: str) -> None:
    text = FIRST["text"] + (extension and extension + "\n")
    assert str(Checkpoint.parse(text)) == text
    for cut in text[:-1], text + "x", text[:-1] + "\r":
        with pytest.raises(Malformed):
            Checkpoint.parse(cut)


def test_a_log_s_key_must_not_cosign_as_a_witness() -> None:
    """The message of a cosignature differs from that of a log's signature, so no signature fits both."""
    checkpoint = Checkpoint.parse(FIRST["text"])
    both = key(LOG.name, b"\x01" * 32, note.COSIGNATURE)
    blob = (1).to_bytes(8, "big") + signer(b"\x01" * 32)(str(checkpoint).encode())
    with pytest.raises(Unproven):
        open_checkpoint(f"{checkpoint}\n{signature_line(both, blob)}", [both], check_note)


@given(TEXTS, st.integers(0, 2**64), st.binary(min_size=31, max_size=33), st.lists(TEXTS, max_size=2))
def test_whatever_is_read_is_written_the_same(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root if size else EMPTY, tuple(extensions))
    try:
        parsed = Checkpoint.parse(str(checkpoint))
    except Unsound:
        return
    assert str(parsed) == str(checkpoint)
