"""`python3 run.py`: which command its words stand for."""

from __future__ import annotations

import pytest

import run


@pytest.mark.parametrize(("words", "module"), [
    ([], ["scripts.cli", "demo"]),
    (["--fresh"], ["scripts.cli", "demo", "--fresh"]),
    (["--port", "8001"], ["scripts.cli", "demo", "--port", "8001"]),
    (["--help"], ["scripts.cli", "--help"]),
    (["audit", "mirror"], ["scripts.cli", "audit", "mirror"]),
    (["test", "-q"], ["pytest", "-n", "auto", "-q"]),
])  # fmt: skip
def test_words_that_begin_with_an_option_are_the_demos(words: list[str], module: list[str]) -> None:
    assert run.command(words) == module
