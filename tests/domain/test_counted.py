"""How an owner is told what became of her word on an item."""

from __future__ import annotations

from typing import Any

import pytest

from domain.counted import COUNTED, counted_words
from tests.tlog.vectors import load
from tlog.result import COUNTED_AS


def test_every_way_of_being_counted_has_its_words() -> None:
    assert COUNTED.keys() == COUNTED_AS


@pytest.mark.parametrize("case", load("own-rows")["words"], ids=lambda case: f"{case['counted_as']} {case['area']}")
def test_the_words_are_those_of_the_browser(case: dict[str, Any]) -> None:
    assert counted_words(case["counted_as"], case["area"]) == (case["zh"], case["en"])


def test_agreement_names_the_area_and_silence_says_that_nobody_voted() -> None:
    assert counted_words("agree", 8937) == ("计为同意，89.37㎡", "counted as agree, 89.37 m²")
    assert counted_words("none", 8937)[0] == "没有以您的名义登记的选票"


def test_an_area_that_may_not_be_said_is_left_out() -> None:
    assert counted_words("agree", None) == ("计为同意", "counted as agree")
    assert counted_words("none", None) == COUNTED["none"]
