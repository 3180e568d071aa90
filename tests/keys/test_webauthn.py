"""Passkeys: the vectors' verdicts, what is flipped or random is refused, and a key enters only the ledger of its own site."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.lifecycle import Act
from keys.enrolment import proved
from keys.suites import (
    SUITES,
    BadSignature,
    ForeignKey,
    WeakKey,
    admissible,
    at_home,
    verify_possession,
    verify_session,
    verify_statement,
)
from keys.webauthn import MAX_CLIENT_DATA, WEBAUTHN
from ledger.submission import sound as submitted
from scripts.believed import sound
from tests.keys.authenticator import Authenticator
from tests.keys.webauthn_vectors import FILE, vectors
from tlog.codec import pack, unpack

VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
SUITE = SUITES[WEBAUTHN]
KEY = Authenticator()
LEDGER, PERSON = "ledger.example.org/log/440307-001/1", bytes(range(16))
DEMO = f"demo.{LEDGER}"
STATEMENT = b"\x81\xa4kind\xafballot-cast/1"


def named(case: dict[str, Any]) -> str:
    return str(case["case"])


def test_the_vectors_are_what_their_program_writes() -> None:
    assert FILE.read_text("utf-8") == vectors(), "python -m tests.keys.webauthn_vectors"


@pytest.mark.parametrize("case", VECTORS["signatures"], ids=named)
def test_a_signature_is_accepted_exactly_as_the_vectors_say(case: dict[str, Any]) -> None:
    public, message, signature = (bytes.fromhex(case[f"{part}_hex"]) for part in ("public_key", "message", "signature"))
    assert SUITE.check_signature(public, message, signature) is (case["verdict"] == "accept")


@pytest.mark.parametrize("case", VECTORS["keys"], ids=named)
def test_a_key_may_enter_exactly_where_the_vectors_say(case: dict[str, Any]) -> None:
    public = bytes.fromhex(case["public_key_hex"])
    assert (SUITE.check_public(public), SUITE.check_home(public, case["ledger"])) == (case["admissible"], case["at_home"])


def test_a_weak_key_and_a_foreign_one_are_refused_by_name() -> None:
    with pytest.raises(WeakKey):
        admissible(WEBAUTHN, KEY.public[:-1])
    with pytest.raises(ForeignKey):
        at_home(WEBAUTHN, KEY.public, "ledger.example.com/log/1/1")
    admissible(WEBAUTHN, KEY.public)
    at_home(WEBAUTHN, KEY.public, LEDGER)


def test_what_is_signed_is_the_assertion_whose_challenge_is_the_statement_s_hash() -> None:
    data, client, rs = unpack(KEY.sign_statement(STATEMENT))
    digest = hashes.Hash(hashes.SHA256())
    digest.update(client)
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), KEY.point)
    der = encode_dss_signature(int.from_bytes(rs[:32], "big"), int.from_bytes(rs[32:], "big"))
    peer.verify(der, data + digest.finalize(), ec.ECDSA(hashes.SHA256()))
    verify_statement(WEBAUTHN, KEY.public, STATEMENT, KEY.sign_statement(STATEMENT))


def test_any_flipped_bit_of_key_statement_or_signature_refuses() -> None:
    parts = (KEY.public, STATEMENT, KEY.sign_statement(STATEMENT))
    for place, part in enumerate(parts):
        for bit in range(8 * len(part)):
            flipped = bytes(byte ^ (1 << bit % 8) * (at == bit // 8) for at, byte in enumerate(part))
            public, statement, signature = (flipped if i == place else parts[i] for i in range(3))
            with pytest.raises(BadSignature):
                verify_statement(WEBAUTHN, public, statement, signature)


@settings(deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_arbitrary_keys_and_signatures_are_refused_whatever_their_form(public: bytes, signature: bytes) -> None:
    assert not SUITE.check_signature(public, b"m", signature)
    assert not SUITE.check_signature(KEY.public, b"m", signature)
    assert not SUITE.check_public(public)
    assert not SUITE.check_home(public, LEDGER)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_arbitrary_client_data_is_refused(client: bytes) -> None:
    assert not SUITE.check_signature(KEY.public, b"m", KEY.asserts(b"m", client=client))


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.booleans() | st.none(), max_size=6))
def test_further_members_of_a_flat_object_change_nothing(more: dict[str, Any]) -> None:
    reserved = {"type", "challenge", "origin", "crossOrigin", "topOrigin"}
    further = {name: value for name, value in more.items() if name not in reserved}
    client = KEY.client(b"m", **further)
    assert SUITE.check_signature(KEY.public, b"m", KEY.asserts(b"m", client=client)) or len(client) > MAX_CLIENT_DATA


def test_possession_and_session_are_assertions_of_their_own() -> None:
    possession = KEY.possession(LEDGER, PERSON)
    verify_possession(LEDGER, PERSON, WEBAUTHN, KEY.public, possession)
    signature = KEY.session(LEDGER, "ledger.example.org", bytes(32), 1)
    verify_session(LEDGER, "ledger.example.org", bytes(32), 1, WEBAUTHN, KEY.public, signature)
    with pytest.raises(BadSignature):
        verify_possession(LEDGER, PERSON, WEBAUTHN, KEY.public, signature)
    with pytest.raises(BadSignature):
        verify_possession(LEDGER, bytes(16), WEBAUTHN, KEY.public, possession)


def test_the_longest_signature_fits_a_key_row_and_a_session() -> None:
    client = KEY.client(b"m", x="")
    longest = KEY.asserts(b"m", x="x" * (MAX_CLIENT_DATA - len(client)))
    assert SUITE.check_signature(KEY.public, b"m", longest)
    assert len(longest) <= 1024


def test_a_helper_finds_a_passkey_s_submission_sound_until_a_bit_of_it_flips() -> None:
    case = json.loads((FILE.parent / "composed.json").read_text("utf-8"))["cases"][0]
    raw = bytes.fromhex(case["submission_hex"])
    assert submitted(raw, WEBAUTHN, KEY.public)
    signature = bytes.fromhex(case["signature_hex"])
    for flipped in (signature[:-1] + bytes((signature[-1] ^ 1,)), KEY.asserts(b"another message"), bytes(64), b""):
        assert not submitted(pack({**unpack(raw), "signature": flipped}), WEBAUTHN, KEY.public)
    assert not submitted(raw, "ed25519-v1", KEY.public)


# --- who may enter


def page(ledger: str, key: Authenticator) -> Act:
    row = {"org": None, "person": PERSON, "possession": key.possession(ledger, PERSON), "public": key.public, "suite": WEBAUTHN}
    return Act(
        bytes(32), "keys-admitted/1", ledger, "keys/p", None, None, bytes(32), 0, 0, None, (), {"page": "p", "rows": (row,)}
    )


@pytest.mark.parametrize(
    ("ledger", "rp_id", "enters"),
    [
        (LEDGER, "ledger.example.org", True),
        (LEDGER, "example.org", True),
        (LEDGER, "example.com", False),
        (LEDGER, "vote.ledger.example.org", False),
        (LEDGER, "localhost", False),
        (DEMO, "localhost", True),
        (DEMO, "ledger.example.org", True),
        (DEMO, "example.com", False),
    ],
)
def test_a_key_enters_the_ledger_of_its_own_site_and_localhost_only_a_demo(ledger: str, rp_id: str, *, enters: bool) -> None:
    key = Authenticator(rp_id)
    act = page(ledger, key)
    assert proved(act) == ({key.id} if enters else frozenset())
    row = act.body["rows"][0]
    assert sound(ledger, row["person"], row["suite"], row["public"], row["possession"]) is enters


def test_a_point_off_the_curve_proves_nothing() -> None:
    act = page(LEDGER, KEY)
    public = pack((KEY.rp_id, KEY.point[:-1] + bytes((KEY.point[-1] ^ 1,))))
    act.body["rows"][0]["public"] = public
    assert proved(act) == frozenset()
