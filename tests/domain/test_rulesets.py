"""Editions of the rules: published ones are frozen, each number has its source, each operator its legal word."""

from __future__ import annotations

import pytest

from domain import rulesets
from domain.holidays import CALENDARS
from domain.rulesets import EDITIONS, LATEST, LAWS, MATTERS, OBJECTION, OPERATORS, PERIODS, Edition, digest, edition_named

# What ledgers have named can never change: a mended rule is a new edition with a row of its own here.
PUBLISHED = {
    "cn-sz-1": "33dbf952585b87efea1620586466b2c03dfc1411223c010fa923300b01ac4d95",
    "cn-sz-2": "3b320305ba4817a5275d09ee10870c06669df67760ac3e8ad29bfe57bae0defa",
    "cn-sz-3": "ca7b3d4d3cb255a34cf1125a47f244b8bbda033fdf7b67e99fa7912e9d84ccde",
    "calendar-cn-2026-1": "32c26f91bfd4c2de296c497c8721c267a18e0c4adba871b6e8fa632503a87b6f",
    "calendar-cn-2026-2": "89a94c05516a0e477859bfbbce461c61f4c27ccd1ccb3409c678f1cd1ea292b2",
}


@pytest.mark.parametrize(("word", "name", "below", "at", "above"), [
    ("以上、届满", "ge", False, True, True),
    ("超过、过半数", "gt", False, False, True),
    ("以下、以内", "le", True, True, False),
    ("不满、不足", "lt", True, False, False),
])  # fmt: skip
def test_each_legal_word_has_its_operator_r_vote_4(word: str, name: str, below: bool, at: bool, above: bool) -> None:
    compare = OPERATORS[name]
    assert [compare(1, 2), compare(2, 2), compare(3, 2)] == [below, at, above]
    assert word


def test_there_are_no_other_operators_r_vote_4() -> None:
    assert set(OPERATORS) == {"ge", "gt", "le", "lt"}


def _tables() -> dict[str, rulesets.Table]:
    return {**EDITIONS, **{f"calendar-{name}": table for name, table in CALENDARS.items()}}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_edition_is_frozen_r_src_1(name: str) -> None:
    assert digest(_tables()[name]).hex() == PUBLISHED[name]


def test_every_edition_is_published() -> None:
    assert _tables().keys() == PUBLISHED.keys()


@pytest.mark.parametrize("calendar", CALENDARS)
@pytest.mark.parametrize("ruleset", EDITIONS)
def test_an_edition_is_found_by_exactly_its_digests_r_src_1(ruleset: str, calendar: str) -> None:
    named = Edition(ruleset, calendar).named()
    assert edition_named(named) == Edition(ruleset, calendar)
    for field, other in (("calendar", bytes(32)), ("engine", 9), ("ruleset", "cn-sz-0"), ("ruleset_sha256", bytes(32))):
        assert edition_named({**named, field: other}) is None


def test_the_latest_edition_is_one_of_them() -> None:
    assert edition_named(LATEST.named()) == LATEST


@pytest.mark.parametrize("law", LAWS)
def test_a_law_classes_every_matter_and_gives_its_source(law: str) -> None:
    table = LAWS[law]
    assert tuple(table["class"]) == MATTERS
    assert set(table["class"].values()) == {"ordinary", "special"}
    assert table["source"]
    for name in ("ordinary", "special", "quorum"):
        assert table[name] is None or (table[name]["op"] in OPERATORS and 0 < table[name]["share"][0] < table[name]["share"][1])


@pytest.mark.parametrize("period", {**PERIODS, **OBJECTION})
def test_a_period_has_its_rule_source_and_confidence(period: str) -> None:
    row = EDITIONS[LATEST.ruleset]["periods"][period]
    assert row["rule"].startswith("R-")
    assert row["source"]
    assert row["confidence"] in {"found", "K-high", "K-med", "D"}
    assert LATEST.days(period) == row["value"] > 0


def test_the_first_edition_knows_no_window_for_objections() -> None:
    assert (Edition("cn-sz-1", LATEST.calendar).period("objection"), LATEST.period("objection")) == (None, 15)
