"""The checkpoint outside the database: monotone, one spelling, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.anchor import Anchor, AnchorBroken
from tlog.merkle import EMPTY


def test_before_the_first_commit_it_is_the_empty_tree(tmp_path: Path) -> None:
    assert Anchor(tmp_path / "a" / "x.checkpoint").read() == (0, EMPTY)


def test_it_moves_forward_and_never_back(tmp_path: Path) -> None:
    anchor = Anchor(tmp_path / "x.checkpoint")
    anchor.advance(5, bytes([5]) * 32)
    anchor.advance(3, bytes([3]) * 32)
    assert anchor.read() == (5, bytes([5]) * 32)


@pytest.mark.parametrize(
    "text", ["", "5", "5 ", f"05 {'00' * 32}\n", f"+5 {'00' * 32}\n", f"5 {'0A' * 32}\n", f"5 {'00' * 32}", f"5 {'00' * 31}\n"]
)
def test_anything_but_its_one_spelling_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.checkpoint"
    path.write_text(text)
    with pytest.raises(AnchorBroken, match=r"x\.checkpoint"):
        Anchor(path).read()


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.checkpoint"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(AnchorBroken):
        Anchor(path).read()
