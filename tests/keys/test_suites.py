from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.bindings import crypto_sign

from keys.identity import SigningKey
from keys.suites import (
    ED25519,
    SUITES,
    BadSignature,
    UnknownSuite,
    WeakKey,
    admissible,
    check_note,
    possession_bytes,
    session_bytes,
    verify_possession,
    verify_session,
    verify_statement,
)
from tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from tlog.codec import pack
from tlog.note import Vkey, open_note

VECTORS = Path(__file__).parents[1] / "vectors"
STRICT: list[dict[str, Any]] = json.loads((VECTORS / "ed25519-strict.json").read_text())["cases"]
NOTES: list[dict[str, Any]] = json.loads((VECTORS / "signed-note.json").read_text())["accept"]
STATEMENTS: list[dict[str, Any]] = json.loads((VECTORS / "statement.json").read_text())["accept"]
CHECKPOINTS: dict[str, Any] = json.loads((VECTORS / "checkpoint.json").read_text())

KEY = SigningKey.from_seed(bytes([0x11]) * 32)
SEEDS = st.binary(min_size=32, max_size=32)
LEDGER = "ledger.example.org/log/440307-001/1"
PERSON = bytes(range(16))


def named(case: dict[str, Any]) -> str:
    return str(case["case"])


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8) * (place == bit // 8) for place, byte in enumerate(data))


@pytest.mark.parametrize("case", STRICT, ids=named)
def test_a_signature_is_accepted_exactly_when_the_strict_check_accepts_it(case: dict[str, Any]) -> None:
    public, message, signature = (bytes.fromhex(case[f"{part}_hex"]) for part in ("public_key", "message", "signature"))
    accepted = case["strict"] == "accept"
    assert SUITES[ED25519].check_signature(public, message, signature) is accepted
    assert check_note(0x01, public, message, signature) is accepted
    assert check_note(0x04, public, message, signature) is accepted


@pytest.mark.parametrize("case", STRICT, ids=named)
def test_a_key_may_enrol_exactly_when_it_lies_in_the_prime_order_subgroup(case: dict[str, Any]) -> None:
    public = bytes.fromhex(case["public_key_hex"])
    if case["key_may_enrol"]:
        admissible(ED25519, public)
    else:
        with pytest.raises(WeakKey):
            admissible(ED25519, public)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_a_public_key_of_another_length_may_not_enrol(length: int) -> None:
    with pytest.raises(WeakKey):
        admissible(ED25519, (KEY.public * 2)[:length])


@pytest.mark.parametrize("public", [b"\2" + bytes(31), b"\xed" + b"\xff" * 30 + b"\x7f", b"\xff" * 32])
def test_32_bytes_that_are_no_canonical_point_may_not_enrol(public: bytes) -> None:
    with pytest.raises(WeakKey):
        admissible(ED25519, public)


@pytest.mark.parametrize("case", STATEMENTS, ids=named)
def test_the_vectors_statements_verify_under_the_key_that_signed_them(case: dict[str, Any]) -> None:
    public, statement, signature = (bytes.fromhex(case[f"{part}_hex"]) for part in ("public_key", "statement", "signature"))
    admissible(case["suite"], public)
    verify_statement(case["suite"], public, statement, signature)


@settings(deadline=None)
@given(SEEDS, st.binary(max_size=400))
def test_what_a_key_signs_verifies_under_that_key_here_and_in_openssl(seed: bytes, statement: bytes) -> None:
    key = SigningKey.from_seed(seed)
    signature = key.sign_statement(statement)
    verify_statement(key.suite, key.public, statement, signature)
    peer = Ed25519PrivateKey.from_private_bytes(seed)
    peer.public_key().verify(signature, b"liuchi/statement/v1\0" + statement)
    assert (key.public, signature) == (peer.public_key().public_bytes_raw(), peer.sign(b"liuchi/statement/v1\0" + statement))


def test_any_flipped_bit_of_key_statement_or_signature_refuses() -> None:
    statement = b"\x81\xa4kind\xafballot-cast/1"
    parts = (KEY.public, statement, KEY.sign_statement(statement))
    for place, part in enumerate(parts):
        for bit in range(8 * len(part)):
            public, altered, signature = (flipped(part, bit) if i == place else parts[i] for i in range(3))
            with pytest.raises(BadSignature):
                verify_statement(ED25519, public, altered, signature)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=300), st.data())
def test_any_flipped_bit_of_any_statement_refuses(statement: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, 8 * len(statement) - 1))
    with pytest.raises(BadSignature):
        verify_statement(ED25519, KEY.public, flipped(statement, bit), KEY.sign_statement(statement))


@settings(deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=80))
def test_arbitrary_keys_and_signatures_are_refused_whatever_their_length(public: bytes, signature: bytes) -> None:
    with pytest.raises(BadSignature):
        verify_statement(ED25519, public, b"statement", signature)


def test_a_byte_moved_between_signature_and_message_refuses() -> None:
    signed = crypto_sign(b"message", bytes.fromhex("11" * 32) + KEY.public)
    check = SUITES[ED25519].check_signature
    assert check(KEY.public, signed[64:], signed[:64])
    assert not check(KEY.public, signed[63:], signed[:63])
    assert not check(KEY.public, signed[65:], signed[:65])
    assert not check(KEY.public[:31], signed[64:], signed[:64])
    assert not check(KEY.public + b"\0", signed[64:], signed[:64])


@pytest.mark.parametrize("purpose", [b"", b"liuchi/statement/v1", b"liuchi/session/v1\0", b"liuchi/possession/v1\0"])
def test_a_signature_made_for_another_purpose_is_no_signature_of_a_statement(purpose: bytes) -> None:
    secret = bytes.fromhex("11" * 32) + KEY.public
    with pytest.raises(BadSignature):
        verify_statement(ED25519, KEY.public, b"statement", crypto_sign(purpose + b"statement", secret)[:64])


@pytest.mark.parametrize("suite", ["", "ed25519", "ED25519-V1", "ed25519-v2", "sm2-v1"])
def test_an_unknown_suite_is_refused_by_name(suite: str) -> None:
    for ask in (
        lambda: admissible(suite, KEY.public),
        lambda: verify_statement(suite, KEY.public, b"", KEY.sign_statement(b"")),
        lambda: verify_possession(LEDGER, PERSON, suite, KEY.public, KEY.possession(LEDGER, PERSON)),
    ):
        with pytest.raises(UnknownSuite, match=ED25519):
            ask()


def test_each_row_of_the_table_stands_under_its_own_name() -> None:
    assert {name: suite.name for name, suite in SUITES.items()} == {name: name for name in SUITES}


def test_possession_holds_for_this_ledger_person_and_key_only() -> None:
    other = SigningKey.from_seed(bytes(32))
    possession = KEY.possession(LEDGER, PERSON)
    verify_possession(LEDGER, PERSON, KEY.suite, KEY.public, possession)
    for ledger, person, public in (
        (LEDGER[:-1] + "2", PERSON, KEY.public),
        (LEDGER, bytes(16), KEY.public),
        (LEDGER, PERSON, other.public),
    ):
        with pytest.raises(BadSignature):
            verify_possession(ledger, person, KEY.suite, public, possession)


def test_the_signed_bytes_of_a_possession_are_its_purpose_and_three_packed_values() -> None:
    packed = b"\x93" + b"\xa3l/1" + b"\xc4\x10" + PERSON + b"\xc4\x20" + KEY.id
    assert possession_bytes("l/1", PERSON, KEY.id) == b"liuchi/possession/v1\0" + packed


def checkpoint_lines() -> list[Any]:
    """(note type, public key, message, signature) of every line by a known key, taken apart by hand."""
    keys = {(key["name"], key["key_id_hex"]): key["vkey"] for key in CHECKPOINTS["keys"]}
    found = []
    for case in CHECKPOINTS["cases"]:
        text, lines = case["note"].rsplit("\n\n", 1)
        origin, size, root = text.split("\n")[:3]
        for line in lines.splitlines():
            _, name, blob = line.split(" ")
            raw = b64decode(blob)
            blob, stamp = raw[4:], raw[4:12]
            public = b64decode(keys[name, raw[:4].hex()].split("+", 2)[2])
            at = int.from_bytes(stamp, "big")
            head = bytes([len(name)]) + name.encode() + stamp + bytes([len(origin)]) + origin.encode()
            message, signature = {
                1: (text.encode() + b"\n", blob),
                4: (f"cosignature/v1\ntime {at}\n{text}\n".encode(), blob[8:]),
                6: (b"subtree/v1\n\0" + head + bytes(8) + int(size).to_bytes(8, "big") + b64decode(root), blob[8:]),
            }[public[0]]
            found.append(pytest.param(public[0], public[1:], message, signature, id=f"{case['name']}: {name}"))
    return found


@pytest.mark.parametrize(("note_type", "public", "message", "signature"), checkpoint_lines())
def test_a_note_line_verifies_until_a_bit_of_it_flips(note_type: int, public: bytes, message: bytes, signature: bytes) -> None:
    assert check_note(note_type, public, message, signature)
    for place in (0, len(signature) // 2, len(signature) - 1):
        assert not check_note(note_type, public, message, flipped(signature, 8 * place))
    assert not check_note(note_type, public, flipped(message, 0), signature)
    assert not check_note(note_type, flipped(public, 0), message, signature)


@pytest.mark.parametrize("case", NOTES, ids=lambda case: case["name"])
def test_a_note_opens_under_the_keys_that_signed_it(case: dict[str, Any]) -> None:
    note = open_note(case["note"], map(Vkey.parse, case["trusted_vkeys"]), check_note)
    assert [vkey.name for vkey, _ in note.verified] == case["verified_names"]


def test_a_checkpoint_that_a_note_key_signs_opens_under_its_vkey() -> None:
    vkey = Vkey(LEDGER, 0x01, KEY.public)
    signed = sign_checkpoint(Checkpoint(LEDGER, 1, bytes(32)), KEY.sign_note, vkey)
    assert open_checkpoint(signed, [vkey], check_note)[1].verified[0][0] == vkey


def test_a_log_that_signs_a_note_is_believed_under_both_ed25519_types() -> None:
    message = b"ledger.example.org/log/440307-001/1\n0\n"
    assert check_note(0x01, KEY.public, message, KEY.sign_note(message))
    assert check_note(0x04, KEY.public, message, KEY.sign_note(message))


@pytest.mark.parametrize("change", [-1, 1])
def test_a_post_quantum_line_of_another_length_is_refused(change: int) -> None:
    key = MLDSA44PrivateKey.generate()
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"message")
    assert check_note(0x06, public, b"message", signature)
    assert not check_note(0x06, public, b"message", (signature + b"\0")[: len(signature) + change])
    assert not check_note(0x06, (public + b"\0")[: len(public) + change], b"message", signature)


def test_a_post_quantum_signature_with_a_context_is_refused() -> None:
    key = MLDSA44PrivateKey.generate()
    assert not check_note(0x06, key.public_key().public_bytes_raw(), b"message", key.sign(b"message", b"context"))


@pytest.mark.parametrize("note_type", [-1, 0x00, 0x02, 0x03, 0x05, 0x07, 0xFA, 0xFF, 0x101])
def test_a_note_type_that_is_not_implemented_is_never_believed(note_type: int) -> None:
    assert not check_note(note_type, KEY.public, b"message", KEY.sign_note(b"message"))


# --- sessions


def test_a_session_is_signed_for_one_ledger_host_challenge_and_time() -> None:
    key, challenge = SigningKey.from_seed(bytes(32)), b"c" * 32
    signature = key.session("ledger.example.org/log/x/1", "ledger.example.org", challenge, 1000)
    asked: dict[str, Any] = {
        "ledger": "ledger.example.org/log/x/1", "host": "ledger.example.org", "challenge": challenge, "expires": 1000,
        "suite": key.suite, "public": key.public, "signature": signature,
    }  # fmt: skip
    verify_session(**asked)
    others = {"ledger": "ledger.example.org/log/y/1", "host": "evil.example", "challenge": b"d" * 32, "expires": 1001}
    for name, other in others.items():
        with pytest.raises(BadSignature):
            verify_session(**{**asked, name: other})
    with pytest.raises(UnknownSuite):
        verify_session(**{**asked, "suite": "none-v1"})


def test_the_signed_bytes_of_a_session_are_no_other_ones() -> None:
    assert session_bytes("l", "h", b"c", 1) == b"liuchi/session/v1\0" + pack(["l", "h", b"c", 1])


def test_the_specification_s_example_is_what_a_key_signs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "spec" / "sessions.md").read_text("utf-8")
    asked = (LEDGER, "ledger.example.org", bytes(range(32)), 1_756_173_600_000)
    assert f"signed bytes = {session_bytes(*asked).hex()}\n" in page
    assert f"signature    = {KEY.session(*asked).hex()}\n" in page
