"""What counts as proof that new keys are in their holders' hands."""

from __future__ import annotations

from dataclasses import replace

from domain.lifecycle import Act
from keys.enrolment import fingerprint, proved
from keys.identity import SigningKey
from keys.suites import ED25519

LEDGER, PERSON = "demo.example.org/log/440307-001/1", bytes(16)
KEY, OTHER = SigningKey.from_seed(bytes(32)), SigningKey.from_seed(b"another seed of exactly 32 bytes")
PAGE = Act(bytes(32), "keys-admitted/1", LEDGER, "keys/p", None, None, bytes(32), 0, 0, None, (), {
    "page": "p", "rows": ({"org": None, "person": PERSON, "possession": KEY.possession(LEDGER, PERSON), "public": KEY.public,
                           "suite": ED25519},),
})  # fmt: skip


def test_a_key_whose_holder_signed_for_person_and_ledger_is_proved() -> None:
    assert proved(PAGE) == {KEY.id}


def test_a_key_that_somebody_else_signed_for_is_not() -> None:
    row = {**PAGE.body["rows"][0], "possession": OTHER.possession(LEDGER, PERSON)}
    assert proved(replace(PAGE, body={"page": "p", "rows": (row,)})) == frozenset()


def test_a_proof_for_another_ledger_is_none() -> None:
    assert proved(replace(PAGE, ledger="demo.example.org/log/440307-002/1")) == frozenset()


def test_an_act_that_carries_no_keys_proves_none() -> None:
    assert proved(replace(PAGE, kind="roll-page/1")) == frozenset()


def test_a_fingerprint_is_eight_groups_of_five_digits() -> None:
    assert fingerprint(bytes(range(32))) == ("00001", "00515", "01029", "01543", "02057", "02571", "03085", "03599")
    assert fingerprint(b"\xff" * 32) == ("65535",) * 8
