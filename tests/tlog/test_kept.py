"""The file that a voter keeps is checked by its receipt, and holds what the receipt's entry seals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tlog.vectors import load
from tlog.errors import Unsound
from tlog.kept import kept_receipt
from tlog.spelling import base64

BALLOT = next(case for case in load("statement")["accept"] if case["openings_hex"])
RECEIPT = {"entry": base64(bytes.fromhex(BALLOT["entry_hex"])), "index": 1}
KEPT: dict[str, Any] = {"openings": BALLOT["openings_hex"], "receipt": RECEIPT, "statement": BALLOT["statement_hex"]}


def test_a_kept_ballot_is_checked_by_its_receipt() -> None:
    assert kept_receipt(KEPT) is RECEIPT


@pytest.mark.parametrize("other", [None, 7, [], {}, RECEIPT, {**KEPT, "more": 1}])
def test_any_other_file_is_itself(other: Any) -> None:
    assert kept_receipt(other) is other


@pytest.mark.parametrize("but", [
    {"openings": []}, {"openings": ["93c0a0c0"]}, {"openings": ["x"]}, {"openings": [7]}, {"openings": 7}, {"statement": "00"},
    {"statement": None}, {"receipt": None}, {"receipt": {"entry": "AA=="}}, {"receipt": {"entry": "!"}}, {"receipt": {"entry": 7}},
])  # fmt: skip
def test_a_kept_ballot_that_does_not_hold_what_it_seals_is_refused(but: dict[str, Any]) -> None:
    with pytest.raises(Unsound):
        kept_receipt({**KEPT, **but})
