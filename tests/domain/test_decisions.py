"""Decisions counted elsewhere: what is reported is held against the law of its day (R-VOTE-8, R-BAL-2, R-SRC-1)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.authority import matter_of
from domain.errors import REFUSALS
from tests.acts import Case, case, given
from tests.moves.counting import FIGURES, report

REFUSED = [
    case("already-exists", "reported twice", "staffed", report(), report()),
    case("not-authorised", "a clerk reports no decision", "staffed", report().by("clerk")),
    case("body-malformed", "a matter that no law knows", "staffed", report(matter="party")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_decision_counted_elsewhere(case: Case) -> None:
    case.check()


def figures(**heads: int) -> dict[str, Any]:
    return {name: {**FIGURES[name], "heads": number} for name, number in heads.items()}


FLAGGED = [
    pytest.param({}, (), id="T07 101 of 200, more than half of the area"),
    pytest.param({"claimed": False}, ("external-verdict-differs",), id="T07 claimed to have failed"),
    pytest.param({"matter": "raise-maintenance-fund"}, ("external-verdict-differs",), id="more than half is not three quarters"),
    pytest.param({"matter": "raise-maintenance-fund", "claimed": False}, (), id="and is claimed to have failed"),
    pytest.param({"day": "2020-06-01"}, ("external-verdict-differs",), id="T12 of all owners before 2021 R-SRC-1"),
    pytest.param(figures(agree=100, against=61), ("external-verdict-differs",), id="T05 half is not more than half"),
    pytest.param(figures(against=61), ("external-figures-differ",), id="the choices are more than those who took part R-BAL-2"),
    pytest.param(figures(electorate=199), ("external-figures-differ",), id="more took part than there are"),
    pytest.param({"electorate": {"area": 1_999_999, "heads": 300}}, ("external-figures-differ",), id="more area than there is"),
    pytest.param({**figures(electorate=301), "participating": {"area": 2_000_000, "heads": 199}},
                 ("external-figures-differ", "external-verdict-differs"), id="T03 nothing fits"),
]  # fmt: skip


@pytest.mark.parametrize(("other", "codes"), FLAGGED)
def test_what_is_reported_is_held_against_the_law_of_its_day_r_vote_8(other: dict[str, Any], codes: tuple[str, ...]) -> None:
    world = given("staffed").when(report(**other)).flagged(*(REFUSALS[code].rule for code in codes))
    decision = world.state["decision", "d-1"]
    assert (decision.channel, decision.stage, decision.passed) == ("external", "attested", other.get("claimed", True))
    assert {("flags", "decision/d-1")} & world.state.keys() == ({("flags", "decision/d-1")} if codes else set())


def test_its_flags_are_of_its_own_matter_and_not_of_the_matter_that_it_decides() -> None:
    then = given("staffed").when(report())
    assert then.act is not None
    assert matter_of(then.act) == "decision/d-1"
