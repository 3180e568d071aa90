"""The story of a lift: three questions with three outcomes in one building of two, and a gate where silence is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from domain.calendar import day_of
from scripts.stories import lifts as story
from scripts.stories.player import Play, moment
from tests.memory import MemoryDoor
from tests.scenarios.stories import flags, played, retold

HALF, THREE_QUARTERS, TWO_THIRDS = Fraction(1, 2), Fraction(3, 4), Fraction(2, 3)


@pytest.fixture(scope="module")
def told() -> tuple[MemoryDoor, Play]:
    return played(story)[:2]


def areas(building: str | None = None) -> Counter[str]:
    """Area by head in one building or in both, from the story's own table of areas."""
    found = Counter[str]()
    for name, doors in story.AREAS.items():
        for floor in range(1, 9):
            for door, area in enumerate(doors, 1):
                found[story.head_of(f"{name}-{floor:02}{door:02}")] += area if building in (None, name) else 0
    return +found


def counted(chosen: Mapping[str, str], area: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Heads and area by choice, and together."""
    found = {choice: [unit for unit, said in chosen.items() if said == choice] for choice in ("agree", "against", "abstain")}
    found["participating"] = list(chosen)
    return {choice: {"area": sum(area[unit] for unit in own), "heads": len(own)} for choice, own in found.items()}


def shares(part: Mapping[str, int], whole: Mapping[str, int]) -> list[Fraction]:
    return [Fraction(part[limb], whole[limb]) for limb in ("heads", "area")]


def figures(
    part: Mapping[str, Any], names: tuple[str, ...] = ("agree", "against", "abstain", "participating")
) -> dict[str, Any]:
    return {name: part[name] for name in names}


def test_the_story_is_admitted_again_and_reads_well() -> None:
    retold(story)


def test_what_must_be_refused_is_refused(told: tuple[MemoryDoor, Play]) -> None:
    assert [why.code for _, why in told[1].refusals] == [
        "item-out-of-scope", "outside-window", "outside-window", "served-day-wrong", "extension-too-long",
    ]  # fmt: skip


@pytest.mark.parametrize(("item", "building", "klass", "share", "quorate", "passed"), [
    ("fund", "2", "ordinary", HALF, True, True),
    ("levy", "2", "special", THREE_QUARTERS, True, False),
    ("lobby", None, "special", THREE_QUARTERS, False, False),
])  # fmt: skip
def test_one_lift_three_questions_three_outcomes_t15(
    item: str, building: str | None, klass: str, share: Fraction, quorate: bool, passed: bool, told: tuple[MemoryDoor, Play]
) -> None:
    area = areas(building)
    mine = counted({unit: said[item] for unit, said in story.lift_votes().items() if item in said}, area)
    total = {"area": sum(area.values()), "heads": len(area)}
    claimed = told[0].past["result", story.LIFT].items[item]
    assert (figures(claimed), claimed["electorate"], claimed["class"]) == (mine, total, klass)
    reached = all(one >= TWO_THIRDS for one in shares(mine["participating"], total))
    agreed = shares(mine["agree"], mine["participating"])
    enough = all(one > share for one in agreed) if klass == "ordinary" else all(one >= share for one in agreed)
    assert (claimed["quorate"], claimed["passed"]) == (reached, reached and enough) == (quorate, passed)


def test_the_money_lacks_three_quarters_by_both_limbs_and_the_lobby_a_quorum_by_both_t15(told: tuple[MemoryDoor, Play]) -> None:
    items = told[0].past["result", story.LIFT].items
    assert shares(items["levy"]["agree"], items["levy"]["participating"]) == [Fraction(9, 13), Fraction(84510, 130760)]
    assert shares(items["lobby"]["participating"], items["lobby"]["electorate"]) == [Fraction(17, 31), Fraction(178531, 319480)]


def test_who_owns_in_both_buildings_decides_with_what_she_owns_in_one_r_roll_9(told: tuple[MemoryDoor, Play]) -> None:
    """Her two flats are one head of the estate; in the building's questions her flat there alone counts."""
    assert (areas("2")["1-0801"], areas()["1-0801"]) == (7652, 8937 + 7652)
    assert told[0].past["scope", (story.ROLL, story.SCOPE)].total.area == sum(areas("2").values())


def test_an_outage_gives_its_minutes_back_and_is_answered_for_r_bal_7(told: tuple[MemoryDoor, Play]) -> None:
    door, play = told
    poll = door.past["poll", story.LIFT]
    assert (poll.ends - poll.closes, poll.closes) == (75 * 60_000, moment(f"{story.LIFT_CLOSES} 20:00"))
    assert door.past["ballot", (story.LIFT, play.tag(story.IN_GRACE))].grace is True


def test_the_flags_are_the_outage_and_the_new_notice_of_the_extension_both_answered_r_bal_7_r_meet_2(
    told: tuple[MemoryDoor, Play],
) -> None:
    door, play = told
    raised = flags(door.past)
    assert set(raised) == {
        (story.LIFT, play.leaves[f"{story.LIFT}-outage"], "R-BAL-7"),
        (story.GATE, play.leaves[f"{story.GATE}-posted-2"], "R-MEET-2"),
    }
    assert all(flag.answered for flag in raised.values())


def test_one_box_of_ballots_two_tallies_t14(told: tuple[MemoryDoor, Play]) -> None:
    """Ten heads were provably served and returned nothing: they follow the majority, which is the same by heads and by area."""
    area, said = areas(), story.gate_votes()
    total = {"area": sum(area.values()), "heads": len(area)}
    returned = counted(said, area)
    proved = {story.head_of(unit) for unit, how in story.served() if how == "handed"}
    silent = sorted(proved - said.keys())
    deemed = counted({**said, **dict.fromkeys(silent, "agree")}, area)
    claimed = told[0].past["result", story.GATE].items["gate"]
    assert (figures(claimed["without"]), figures(claimed)) == (returned, deemed)
    assert claimed["silent"] == {"area": sum(area[unit] for unit in silent), "heads": len(silent)}
    assert (len(silent), claimed["majority"]) == (10, "agree")
    assert all(returned["agree"][limb] > returned["against"][limb] for limb in ("heads", "area"))
    verdicts = []
    for tally in (returned, deemed):
        reached = all(one >= TWO_THIRDS for one in shares(tally["participating"], total))
        verdicts.append((reached, reached and all(one > HALF for one in shares(tally["agree"], tally["participating"]))))
    assert verdicts == [(False, False), (True, True)]
    assert [(one["quorate"], one["passed"]) for one in (claimed["without"], claimed)] == verdicts


def test_who_was_told_by_loudspeaker_or_not_reached_is_not_counted_with_the_majority_r_bal_3(
    told: tuple[MemoryDoor, Play],
) -> None:
    door, play = told
    served = {play.tag(unit) for unit, how in story.served() if how == "handed"}
    assert set(door.past["served-heads", story.GATE]) == served
    assert all(play.tag(unit) not in served for unit in (*story.ANNOUNCED, *story.NOT_SERVED))


def test_closing_was_put_off_once_by_ten_days_and_the_notice_hung_again_r_bal_7(told: tuple[MemoryDoor, Play]) -> None:
    poll = told[0].past["poll", story.GATE]
    assert (day_of(poll.closes), poll.reposted) == ("2026-06-18", True)
