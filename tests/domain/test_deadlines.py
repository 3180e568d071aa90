"""Duties with a day: written and taken away by acts, listed for whoever reads (R-COM-6, R-COM-7, R-MEET-5)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.acts import KINDS, POSTS
from domain.deadlines import DUES, DUTIES, OTHER, Deadline, deadlines, done, listed, owe, owed
from domain.founding import LOG
from domain.lifecycle import GONE, Layered
from tests.acts import announce, given
from tests.moves.board import ask, hang


def named(found: tuple[Deadline, ...]) -> list[tuple[str, str, str, int]]:
    return [(one.matter, one.rule, one.day, one.overdue) for one in found]


def test_every_duty_that_an_act_writes_is_listed_the_earliest_first() -> None:
    world = given("meeting minuted").when(ask("o2"), ask("o3")).admitted()
    assert named(deadlines(world.state, "2026-08-24")) == [
        ("meeting/m1", "R-COM-7", "2026-08-23", 1), ("committee", "R-COM-6", "2026-08-27", 0),
    ]  # fmt: skip
    world = world.when(hang()).admitted()
    assert named(deadlines(world.state, "2026-08-28")) == [("committee", "R-COM-6", "2026-08-27", 1)]


def test_a_duty_shows_both_readings_of_its_day_and_who_owes_it_t20() -> None:
    (one,) = deadlines(given("meeting minuted").state, "2026-08-25")
    assert (one.day, one.moved, one.overdue, one.overdue_moved) == ("2026-08-23", "2026-08-24", 2, 1)
    assert (one.duty.kind, one.duty.posts, one.duty.zh) == (
        "decision-posted/1",
        ("clerk", "secretary", "committee"),
        "公告业主委员会决定",
    )


def test_the_announcement_of_a_result_is_owed_until_it_is_made_r_meet_5() -> None:
    world = given("certified")
    assert named(deadlines(world.state, "2026-09-29")) == [("p", "R-MEET-5", "2026-09-28", 1)]
    world.when(announce()).admitted()
    assert deadlines(world.state, "2026-09-29") == ()
    assert DUES not in world.state


@pytest.mark.parametrize(
    "stage", ["staffed", "meeting minuted", "certified", "certified, committee sits", "announced", "closed, sealed"]
)
def test_the_list_names_exactly_the_duties_of_the_state(stage: str) -> None:
    state = given(stage).state
    assert set(owed(state)) == {ident for kind, ident in state if kind == "due"}


@pytest.mark.parametrize("rule", DUTIES)
def test_a_duty_is_said_in_two_languages_and_done_by_an_act_that_there_is(rule: str) -> None:
    duty = DUTIES[rule]
    assert duty.kind in KINDS
    assert set(duty.posts) <= set(POSTS)
    assert re.search(r"[一-鿿]", duty.zh)
    assert re.fullmatch(r"[A-Z][A-Za-z' -]+", duty.en)


def test_a_duty_whose_rule_has_no_row_is_listed_too() -> None:
    state = given("staffed").state
    changes = owe("election/e1", "R-TIME-9", "2026-09-01")
    state.update(changes | listed(state, changes))
    (one,) = deadlines(state, "2026-08-31")
    assert (one.matter, one.overdue, one.duty) == ("election/e1", 0, OTHER)


STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from(("R-COM-6", "R-COM-7")), st.integers(1, 28)))


@for_all(STEPS)
def test_owed_and_done_in_any_order_leave_what_is_not_done(steps: list[tuple[bool, str, str, int]]) -> None:
    state: dict[Any, Any] = {LOG: given("founded").state[LOG]}
    left: dict[tuple[str, str], str] = {}
    for begins, matter, rule, n in steps:
        day = f"2026-08-{n:02}"
        changes = owe(matter, rule, day) if begins else done(state, matter, rule)
        if begins:
            left[matter, rule] = day
        else:
            left.pop((matter, rule), None)
        changes |= listed(state, changes)
        state = {key: value for key, value in Layered(changes, state).items() if value is not GONE}
    assert {(one.matter, one.rule): one.day for one in deadlines(state, "2026-08-01")} == left
    assert (DUES in state) is bool(left)
