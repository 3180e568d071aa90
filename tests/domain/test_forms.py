"""Hints on a ballot form before it is noticed: R-BAL-6, R-VOTE-7, R-ROLL-9."""

from __future__ import annotations

import re

import pytest

from domain.forms import HINTS, KEYWORDS, NONE_OF_THESE, Question, lint
from domain.rulesets import ESTATE, MATTERS
from tests.acts import ITEMS
from tests.moves.counting import LIFT, OF_STACK


def codes(*questions: Question, scopes: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(one.item, one.code) for one in lint(questions, scopes)]


def asked(text: str, matter: str = "use-maintenance-fund", scope: str = ESTATE, *options: str) -> Question:
    return Question("a", matter, scope, text, options or ("agree", "against", "abstain"))


FUND = "是否动用维修资金更换电梯?"


@pytest.mark.parametrize(("question", "expected"), [
    pytest.param(asked(FUND), [], id="a fair question"),
    pytest.param(asked(FUND, "use-maintenance-fund", ESTATE, "plan-a", "plan-b", "abstain"), ["no-way-to-reject"],
                 id="plan A, plan B or abstain R-BAL-6"),
    pytest.param(asked(FUND, "use-maintenance-fund", ESTATE, "plan-a", "plan-b", NONE_OF_THESE), [], id="none of these R-BAL-6"),
    pytest.param(asked(FUND, "use-maintenance-fund", ESTATE, "agree", "against"), ["no-way-to-reject"], id="no abstention"),
    pytest.param(asked("  ?"), ["no-question"], id="nothing is asked"),
    pytest.param(asked("是否动用维修资金更换电梯?是否粉刷外墙?"), ["several-questions"], id="two questions R-VOTE-7"),
    pytest.param(asked("是否动用维修资金更换电梯，并授权业委会签约？"), ["several-questions"], id="two matters in one R-VOTE-7"),
    pytest.param(asked("是否动用维修资金合并两个水箱?"), [], id="a word that only looks like it"),
    pytest.param(asked("是否更换电梯?"), ["not-of-its-matter"], id="the matter is not named"),
    pytest.param(asked("是否更换电梯?", "other-major"), [], id="a matter without words of its own"),
    pytest.param(asked("是否动用维修资金更换3栋电梯?"), ["scope-missing"], id="one building, asked of all R-ROLL-9"),
    pytest.param(asked("是否动用维修资金更换3栋电梯?", "use-maintenance-fund", "b3"), ["scope-not-defined"], id="a scope nobody defined"),
])  # fmt: skip
def test_a_form_is_looked_over_before_it_is_noticed(question: Question, expected: list[str]) -> None:
    assert codes(question) == [("a", code) for code in expected]


def test_two_items_of_one_text_or_one_id_are_told_apart_by_nobody() -> None:
    one = asked(FUND)
    assert codes(one, Question("b", one.matter, ESTATE, FUND.replace("?", " ？"))) == [("b", "asked-twice")]
    assert codes(one, Question("a", "other-major", ESTATE, "是否设秋千?")) == [("a", "asked-twice")]
    empty = (Question("a", "other-major", ESTATE, ""), Question("b", "other-major", ESTATE, ""))
    assert codes(*empty) == [("a", "no-question"), ("b", "no-question")]


def test_the_forms_of_these_tests_are_fair() -> None:
    assert codes(*(Question(item, matter, ESTATE, text) for item, (matter, text) in ITEMS.items())) == []
    lift = (Question(item, matter, OF_STACK.get(item, ESTATE), text) for item, (matter, text) in LIFT.items())
    assert codes(*lift, scopes=("stack",)) == []


def test_every_hint_is_said_in_two_languages_and_every_keyword_is_of_a_matter() -> None:
    assert set(KEYWORDS) < set(MATTERS)
    for zh, en in HINTS.values():
        assert re.fullmatch(r".*[一-鿿].*。", zh)
        assert re.fullmatch(r"[A-Z].*\.", en)
