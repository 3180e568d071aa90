from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tlog.signing import check_note
from tests.tlog.vectors import each, load
from tlog.errors import Malformed, Unproven, Unsound
from tlog.merkle import leaf_hash
from tlog.policy import Policy
from tlog.proof import Proof, verify_proof

VECTORS = load("tlog-proof")
LOG, *WITNESSES = [key["vkey"] for key in VECTORS["keys"][:4]]
POLICY = Policy.parse(
    f"log {LOG}\n"
    + "".join(f"witness w{n} {vkey}\n" for n, vkey in enumerate(WITNESSES))
    + "group any any w0 w1 w2\nquorum any\n"
)
FIRST = VECTORS["cases"][0]


@each(VECTORS["cases"])
def test_a_proof_file_shows_where_an_entry_stands(case: dict[str, Any]) -> None:
    entry = case["entry_utf8"].encode()
    assert leaf_hash(entry).hex() == case["leaf_hash_hex"]
    proof = Proof.parse(case["proof"])
    assert proof == Proof.parse(case["proof"].encode())
    assert str(proof) == case["proof"]
    assert proof.extra == (None if case["extra_base64"] is None else b64decode(case["extra_base64"]))
    verified = verify_proof(entry, proof, POLICY, check_note)
    assert (verified.index, verified.checkpoint.size) == (case["index"], case["size"])
    assert [witness.vkey.name for witness, _ in verified.witnesses] == case["verified_witnesses"]
    with pytest.raises(Unproven):
        verify_proof(entry + b"!", proof, POLICY, check_note)


def test_what_is_not_believed_has_a_code() -> None:
    proof = Proof.parse(FIRST["proof"])
    for policy, code in (replace(POLICY, logs=()), "log"), (replace(POLICY, quorum="nobody"), "quorum"):
        with pytest.raises(Unproven) as refused:
            verify_proof(b"world", proof, policy, check_note)
        assert refused.value.code == code
    with pytest.raises(Malformed, match="no leaf 2 in a tree of 2"):
        verify_proof(b"world", replace(proof, index=2), POLICY, check_note)


def test_extra_is_nobody_s_word() -> None:
    proof = replace(Proof.parse(FIRST["proof"]), extra=b"anything")
    assert verify_proof(b"world", Proof.parse(str(proof)), POLICY, check_note).index == 1


@pytest.mark.parametrize("count", [62, 63, 64])
def test_a_proof_has_at_most_63_hashes(count: int) -> None:
    proof = replace(Proof.parse(FIRST["proof"]), hashes=(bytes(32),) * count)
    if count <= 63:
        assert Proof.parse(str(proof)) == proof
    else:
        with pytest.raises(Malformed):
            Proof.parse(str(proof))


@pytest.mark.parametrize("change", [("\n2\n", "\n02\n"), ("\n2\n", "\n0\n"), ("\n— ", "\n- "), ("\n2\n", "\n\n")])
def test_a_proof_file_holds_a_checkpoint_s_note(change: tuple[str, str]) -> None:
    with pytest.raises(Malformed):
        Proof.parse(FIRST["proof"].replace(*change))


@given(st.integers(0, len(FIRST["proof"].encode()) - 1), st.integers(0, 255))
def test_a_changed_byte_changes_nothing_that_is_proven(at: int, byte: int) -> None:
    """It is refused, or stood in `extra` or in the line of a witness that the quorum does not need."""
    raw = FIRST["proof"].encode()
    changed = raw[:at] + bytes([byte]) + raw[at + 1 :]
    true = verify_proof(b"world", Proof.parse(raw), POLICY, check_note)
    try:
        proof = Proof.parse(changed)
        verified = verify_proof(b"world", proof, POLICY, check_note)
    except Unsound:
        assert changed != raw
    else:
        assert str(proof).encode() == changed
        assert (verified.index, verified.checkpoint) == (true.index, true.checkpoint)
        assert verified.witnesses
