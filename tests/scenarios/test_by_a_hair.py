"""The story of four questions that fail by one head or by 0.01 m², each on one limb alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from scripts.stories import by_a_hair as story
from scripts.stories.player import Play
from tests.memory import MemoryDoor
from tests.scenarios.stories import flags, played, retold

TWO_THIRDS, HALF, THREE_QUARTERS = Fraction(2, 3), Fraction(1, 2), Fraction(3, 4)


@pytest.fixture(scope="module")
def told() -> tuple[MemoryDoor, Play]:
    return played(story)[:2]


def claimed(told: tuple[MemoryDoor, Play], item: str) -> Any:
    poll = next(poll for poll, items in story.ITEMS.items() if item in items)
    return told[0].past["result", poll].items[item]


def weigh(numbers: tuple[int, ...]) -> dict[str, int]:
    """Heads and area of these flats."""
    return {"area": sum(story.AREAS[number - 1] for number in numbers), "heads": len(numbers)}


TOTAL = weigh(tuple(range(1, 13)))


def test_the_story_is_admitted_again_flags_nothing_and_reads_well() -> None:
    retold(story)
    assert flags(played(story)[0].past) == {}


@pytest.mark.parametrize("item", story.SAID)
def test_the_certified_figures_are_those_of_the_story_and_every_question_fails_r_vote_1(
    item: str, told: tuple[MemoryDoor, Play]
) -> None:
    agree, against = (weigh(tuple(own)) for own in story.SAID[item])
    found = claimed(told, item)
    assert (found["agree"], found["against"]) == (agree, against)
    assert found["participating"] == {limb: agree[limb] + against[limb] for limb in agree}
    assert found["passed"] is False


def test_a_quorum_fails_by_one_head_where_the_area_is_exactly_two_thirds_r_vote_1(told: tuple[MemoryDoor, Play]) -> None:
    part = claimed(told, "bench")["participating"]
    assert Fraction(part["area"], TOTAL["area"]) == TWO_THIRDS
    assert Fraction(part["heads"], TOTAL["heads"]) < TWO_THIRDS <= Fraction(part["heads"] + 1, TOTAL["heads"])
    assert claimed(told, "bench")["quorate"] is False


def test_a_majority_fails_by_one_head_where_the_area_is_more_than_half_r_vote_2(told: tuple[MemoryDoor, Play]) -> None:
    found = claimed(told, "lamps")
    agree, whole = found["agree"], found["participating"]
    assert Fraction(agree["area"], whole["area"]) > HALF
    assert Fraction(agree["heads"], whole["heads"]) == HALF < Fraction(agree["heads"] + 1, whole["heads"])
    assert (found["class"], found["quorate"]) == ("ordinary", True)


def test_a_quorum_fails_by_a_hundredth_of_a_square_metre_where_the_heads_are_exactly_two_thirds_r_vote_1(
    told: tuple[MemoryDoor, Play],
) -> None:
    part = claimed(told, "doors")["participating"]
    assert Fraction(part["heads"], TOTAL["heads"]) == TWO_THIRDS
    assert Fraction(part["area"], TOTAL["area"]) < TWO_THIRDS == Fraction(part["area"] + 1, TOTAL["area"])
    assert claimed(told, "doors")["quorate"] is False


def test_three_quarters_fail_by_a_hundredth_of_a_square_metre_where_the_heads_are_more_r_vote_3(
    told: tuple[MemoryDoor, Play],
) -> None:
    found = claimed(told, "roof")
    agree, whole = found["agree"], found["participating"]
    assert Fraction(agree["heads"], whole["heads"]) > THREE_QUARTERS
    assert Fraction(agree["area"], whole["area"]) < THREE_QUARTERS == Fraction(agree["area"] + 1, whole["area"])
    assert (found["class"], found["quorate"]) == ("special", True)


def test_the_other_limb_would_have_been_enough_each_time_r_vote_8(told: tuple[MemoryDoor, Play]) -> None:
    """One question for each test and limb: quorum by heads and by area, approval by heads and by area."""
    missed = []
    for item, share in (("bench", HALF), ("lamps", HALF), ("doors", HALF), ("roof", THREE_QUARTERS)):
        found = claimed(told, item)
        for limb in ("heads", "area"):
            quorum = Fraction(found["participating"][limb], TOTAL[limb]) >= TWO_THIRDS
            ratio = Fraction(found["agree"][limb], found["participating"][limb])
            approved = ratio > share if share == HALF else ratio >= share
            missed += [(item, test, limb) for test, met in (("quorum", quorum), ("approval", approved)) if not met]
    assert missed == [("bench", "quorum", "heads"), ("lamps", "approval", "heads"), ("doors", "quorum", "area"),
                      ("roof", "approval", "area")]  # fmt: skip
