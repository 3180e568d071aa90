"""Making a statement: what the kind does not seal cannot be sealed, what it may seal and does not is a decoy."""

from __future__ import annotations

import pytest

from domain.acts import KINDS
from keys.authoring import compose
from keys.identity import SigningKey
from tests.keys.composed_vectors import FILE, vectors
from tlog.entry import Statement
from tlog.opening import Opening

KEY = SigningKey.from_seed(bytes(32))
BODY = {"despite": (bytes(32),), "poll": "p"}


def test_a_name_that_the_kind_does_not_seal_is_refused() -> None:
    with pytest.raises(KeyError, match="nickname"):
        compose("poll-opened/1", BODY, KEY, ledger="example.org/log/a/1", at=0, openings={"nickname": "x"})


def test_a_name_that_is_left_out_is_a_decoy() -> None:
    made = compose("poll-opened/1", BODY, KEY, ledger="example.org/log/a/1", at=0)
    assert len(Statement.parse(made.statement).sealed) == len(KINDS["poll-opened/1"].opens(BODY)) == 1
    assert Opening.parse(made.openings[0]).name == ""


def test_the_vectors_that_the_browser_composes_are_what_is_composed_here() -> None:
    assert FILE.read_text("utf-8") == vectors(), "python -m tests.keys.composed_vectors"
