"""The story of Guozhanyuan, played in memory: 230 heads sign, 560 hand in paper, and everybody can count lifts and money again."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache

import pytest

from domain.calendar import day_of
from domain.errors import REFUSALS
from domain.fold import Fold
from domain.roll import heads_of
from keys.enrolment import proved
from ledger.clock import StoryClock
from scripts.stories import guozhanyuan as story
from scripts.stories.player import Play, moment, seeded
from tests.acts import explained, log_key
from tests.memory import MemoryDoor
from tlog.merkle import root


@cache
def played() -> tuple[MemoryDoor, Play]:
    clock = StoryClock(moment(story.START))
    door = MemoryDoor(story.ORIGIN, clock)
    play = Play(door, clock, seeded(7))
    for _, _, steps in story.scenes(play, log_key(story.ORIGIN), door.opening):
        for _ in play.play(steps):
            pass
    return door, play


def last_choices() -> dict[str, dict[str, str]]:
    """What the story says each head chose in the end, by one of its units; in the story's own words, not the ledger's."""
    every = [unit for _, unit in story.heads(story.units())[: story.SIGNED + story.ON_PAPER]]
    chosen = {unit: dict(story.choices(number)) for number, unit in enumerate(every)}
    for number in range(29, story.SIGNED, 30):
        chosen[every[number]] = {"raise": "against", "use": "agree"}
    for number in (story.CONFLICTED, story.UNCLEAR, *story.SET_ASIDE):
        del chosen[every[number]]
    return chosen


@pytest.mark.parametrize(("item", "quorum", "share", "strict"), [
    ("use", Fraction(2, 3), Fraction(1, 2), True),
    ("raise", Fraction(2, 3), Fraction(3, 4), False),
])  # fmt: skip
def test_the_certified_figures_are_those_of_a_recount_in_fractions_r_vote_1_r_vote_8(
    item: str, quorum: Fraction, share: Fraction, strict: bool
) -> None:
    door, _ = played()
    area = {own[0].unit: sum(unit.area for unit in own) for own in heads_of(story.units()).values()}
    heads, areas = Counter[str](), Counter[str]()
    for unit, choices in last_choices().items():
        if item in choices:
            heads[choices[item]] += 1
            areas[choices[item]] += area[unit]
    claimed = door.past["result", story.POLL].items[item]
    assert {choice: claimed[choice] for choice in heads} == {
        choice: {"area": areas[choice], "heads": heads[choice]} for choice in heads
    }
    part = Fraction(heads.total(), len(area)), Fraction(areas.total(), sum(area.values()))
    agree = Fraction(heads["agree"], heads.total()), Fraction(areas["agree"], areas.total())
    quorate = all(one >= quorum for one in part)
    carried = all(one > share or (one == share and not strict) for one in agree)
    assert (claimed["quorate"], claimed["passed"]) == (quorate, quorate and carried)


def test_the_fund_may_be_used_and_no_money_is_raised() -> None:
    door, _ = played()
    items = door.past["result", story.POLL].items
    assert (items["use"]["class"], items["use"]["passed"]) == ("ordinary", True)
    assert (items["raise"]["class"], items["raise"]["passed"]) == ("special", False)


def test_one_posting_was_late_answered_and_stays_in_the_result() -> None:
    door, play = played()
    leaf = play.leaves[f"{story.POLL}-posted-3"]
    assert door.past["flags", story.POLL] == ((leaf, "R-MEET-2"),)
    assert door.past["flag", (story.POLL, leaf, "R-MEET-2")].answered == play.leaves[f"{story.POLL}-opening"]


def test_twelve_heads_voted_with_keys_that_were_bound_late() -> None:
    door, _ = played()
    assert door.past["running", story.POLL].late == story.BOUND_LATE


def test_an_impostor_and_a_latecomer_were_refused_in_words() -> None:
    _, play = played()
    assert [why.code for _, why in play.refusals] == ["not-your-head", "outside-window"]
    assert play.refusals[0][0].who == story.STRANGER
    for _, why in play.refusals:
        explained(why)
        assert why.code in REFUSALS


def test_every_way_in_which_a_form_can_fail_stands_in_the_result_r_bal_4() -> None:
    door, _ = played()
    use = door.past["result", story.POLL].items["use"]
    assert {name: use[name] for name in ("conflicted", "invalid", "unclear", "unopened")} == {
        "conflicted": 1, "invalid": len(story.SET_ASIDE), "unclear": 1, "unopened": 0,
    }  # fmt: skip
    assert use["channels"]["electronic"] + use["channels"]["paper"] == use["participating"]["heads"]


def test_the_quorum_is_reached_on_the_last_evening_r_vote_1() -> None:
    """Heads that had voted by the end of each day, out of the log again."""
    door, _ = played()
    leaves: list[bytes] = []
    fold, voted = Fold(proved, lambda size: root(leaves[:size])), dict[str, int]()
    for entry in door.entries:
        recorded = fold.read(entry)
        leaves.append(recorded.act.leaf)
        if running := fold.state.get(("running", story.POLL)):
            voted[day_of(recorded.recorded_at)] = running.voted
    total = door.fold.state["roll", story.ROLL].total.heads
    assert voted["2026-09-16"] * 3 < total * 2 <= voted["2026-09-17"] * 3


def test_a_form_that_was_misread_twice_is_corrected_and_a_late_one_is_known_and_not_counted_r_dis_3_r_bal_8() -> None:
    door, play = played()
    every = [unit for _, unit in story.heads(story.units())]
    wrong, right = door.past["paper", (story.POLL, play.tag(every[story.MISREAD]))]
    assert (wrong.stage, right.stage, right.index) == ("corrected", "keyed", wrong.index)
    (late,) = door.past["paper", (story.POLL, play.tag(every[story.LATE]))]
    assert (late.overdue, late.stage) == (True, "keyed")


def test_the_first_vote_is_final_and_its_outcome_is_all_that_the_state_keeps_of_it() -> None:
    door, play = played()
    left = [key for key in door.fold.state if story.POLL in str(key) and key[0] != "paper-page"]  # page ids stay taken
    assert left == [("outcome", story.POLL)]
    outcome = door.fold.state["outcome", story.POLL]
    assert (outcome.result, outcome.passed) == (play.leaves[f"{story.POLL}-result"], {"use": True, "raise": False})


def test_the_next_vote_is_open() -> None:
    door, _ = played()
    assert door.fold.state["poll", story.NEXT_POLL].stage == "open"


def test_the_whole_log_is_admitted_again_from_its_bytes() -> None:
    door, _ = played()
    leaves: list[bytes] = []
    fold = Fold(proved, lambda size: root(leaves[:size]))
    leaves.extend(fold.read(entry).act.leaf for entry in door.entries)
    assert fold.state == door.fold.state
    assert fold.head.root == root(door.leaves)
