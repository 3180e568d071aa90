from __future__ import annotations

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path
from typing import Any

import pytest

from keys.identity import SigningKey
from keys.suites import ED25519, BadSignature, admissible, verify_statement

VECTORS = Path(__file__).parents[1] / "vectors"
STATEMENT: dict[str, Any] = json.loads((VECTORS / "statement.json").read_text())
CHECKPOINT: dict[str, Any] = json.loads((VECTORS / "checkpoint.json").read_text())
SEED = bytes(range(32))


@pytest.mark.parametrize("case", STATEMENT["accept"], ids=lambda case: case["case"])
def test_the_vectors_seeds_give_their_keys_and_their_signatures_byte_for_byte(case: dict[str, Any]) -> None:
    key = SigningKey.from_seed(bytes.fromhex(STATEMENT["seeds_hex"][case["signer"]]))
    assert (key.suite, key.public.hex(), key.id.hex()) == (case["suite"], case["public_key_hex"], case["key_id_hex"])
    assert key.sign_statement(bytes.fromhex(case["statement_hex"])).hex() == case["signature_hex"]


def test_a_cosigner_signs_the_vectors_message_byte_for_byte() -> None:
    line = CHECKPOINT["cases"][0]["cosignatures"][0]
    key = SigningKey.from_seed(bytes.fromhex(CHECKPOINT["keys"][1]["seed_hex"]))
    assert key.sign_note(bytes.fromhex(line["signed_message_hex"])).hex() == line["blob_hex"][-128:]


def test_every_generated_key_is_another_and_may_enrol() -> None:
    keys = [SigningKey.generate() for _ in range(20)]
    assert len({key.public for key in keys}) == len({key.id for key in keys}) == 20
    for key in keys:
        admissible(key.suite, key.public)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_makes_no_key(length: int) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, not {length}"):
        SigningKey.from_seed(bytes(length))


def test_keys_of_one_seed_are_equal_and_keys_of_two_are_not() -> None:
    assert SigningKey.from_seed(SEED) == SigningKey.from_seed(SEED)
    assert hash(SigningKey.from_seed(SEED)) == hash(SigningKey.from_seed(SEED))
    assert SigningKey.from_seed(SEED) != SigningKey.from_seed(bytes(32))


def test_neither_repr_nor_fields_show_the_seed() -> None:
    key = SigningKey.from_seed(SEED)
    for shown in (repr(key), str(key), repr(asdict(key)), repr(copy.copy(key))):
        assert key.public.hex() in shown or repr(key.public) in shown
        assert SEED.hex() not in shown
        assert repr(SEED)[2:-1] not in shown
    assert not hasattr(key, "seed")
    assert not hasattr(key, "__dict__")


def test_a_key_cannot_be_pickled_or_changed() -> None:
    key = SigningKey.from_seed(SEED)
    with pytest.raises((pickle.PicklingError, AttributeError), match="local object"):
        pickle.dumps(key)
    with pytest.raises(FrozenInstanceError):
        key.public = bytes(32)


def test_the_seed_goes_only_to_the_function_that_seals_it() -> None:
    lent: list[bytes] = []

    def seal(seed: bytes) -> bytes:
        lent.append(seed)
        return b"sealed"

    assert SigningKey.from_seed(SEED).sealed(seal) == b"sealed"
    assert lent == [SEED]


@pytest.mark.parametrize("purpose", ["statement", "possession", "session"])
def test_a_note_key_signs_nothing_that_has_another_purpose(purpose: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        SigningKey.from_seed(SEED).sign_note(f"liuchi/{purpose}/v1\0".encode() + b"statement")


def test_a_signed_note_is_no_signed_statement() -> None:
    key, text = SigningKey.from_seed(SEED), b"ledger.example.org/log/1\n1\n"
    with pytest.raises(BadSignature):
        verify_statement(ED25519, key.public, text, key.sign_note(text))
