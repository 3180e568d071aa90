"""How ballots are counted and when a vote passes: rulebook §1.2–1.4 and the worked examples T01–T15, T26–T28."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.counting import Counted, Returned, Settled, Tally, Weight, leading, settle, tally
from domain.polls import class_of, verdict
from domain.roll import DEVELOPER, Unit, heads_of
from domain.rulesets import CHOICES, MATTERS, SILENCES, law_on

HEADS, AREA = 300, 3_000_000  # the base community: 300 heads, 30,000.00 m²
CODE, OLD = "civil_code_2021", "property_law_2007"
ORDINARY, SPECIAL = "use-maintenance-fund", "raise-maintenance-fund"
Figures = tuple[int, int]  # heads, area in 0.01 m²


def voted(part: Figures, agree: Figures, total: Figures = (HEADS, AREA)) -> Tally:
    return Tally(total=Weight(*total), participating=Weight(*part), agree=Weight(*agree))


# --- when a vote passes


@pytest.mark.parametrize(("part", "quorate"), [
    pytest.param((200, 2_000_000), True, id="T01 exactly two thirds of both"),
    pytest.param((200, 1_999_999), False, id="T02 one hundredth of a square metre short"),
    pytest.param((199, 2_500_000), False, id="T03 one head short"),
    pytest.param((201, 2_000_000), True, id="heads above"),
    pytest.param((200, 2_000_001), True, id="area above"),
    pytest.param((0, 0), False, id="nobody"),
])  # fmt: skip
def test_two_thirds_of_heads_and_area_must_take_part_r_vote_1(part: Figures, quorate: bool) -> None:
    for matter in MATTERS:
        assert verdict(voted(part, part), matter, CODE).quorate is quorate


@pytest.mark.parametrize(("heads", "quorate"), [(200, False), (201, True), (202, True)])
def test_t04_of_301_heads_201_are_needed(heads: int, quorate: bool) -> None:
    tally = voted((heads, AREA), (heads, AREA), total=(301, AREA))
    assert verdict(tally, ORDINARY, CODE).quorate is quorate


@pytest.mark.parametrize(("agree", "passed"), [
    pytest.param((100, 1_200_000), False, id="T05 half of the heads is not more than half"),
    pytest.param((101, 1_000_000), False, id="T06 half of the area is not more than half"),
    pytest.param((101, 1_000_001), True, id="T07 more than half of both"),
    pytest.param((99, 1_200_000), False, id="heads below"),
    pytest.param((101, 999_999), False, id="area below"),
])  # fmt: skip
def test_an_ordinary_matter_needs_more_than_half_of_those_taking_part_r_vote_2(agree: Figures, passed: bool) -> None:
    assert verdict(voted((200, 2_000_000), agree), ORDINARY, CODE).passed is passed


@pytest.mark.parametrize(("part", "agree", "passed"), [
    pytest.param((201, 2_010_000), (150, 1_507_500), False, id="T08 600 of 603"),
    pytest.param((201, 2_010_000), (151, 1_507_500), True, id="T09 area exactly three quarters"),
    pytest.param((201, 2_010_000), (151, 1_507_499), False, id="T10 area just below"),
    pytest.param((201, 2_010_000), (151, 1_507_501), True, id="area above"),
    pytest.param((200, 2_010_000), (150, 1_507_500), True, id="heads exactly three quarters"),
    pytest.param((200, 2_010_000), (149, 1_507_500), False, id="heads just below"),
])  # fmt: skip
def test_a_special_matter_needs_three_quarters_of_those_taking_part_r_vote_3(
    part: Figures, agree: Figures, passed: bool
) -> None:
    assert verdict(voted(part, agree), SPECIAL, CODE).passed is passed


def test_t11_those_who_abstain_take_part_and_agree_with_nothing_r_bal_2() -> None:
    counted = tally(heads_counted(agree=98, against=60, abstain=42)).tally
    assert (counted.participating.heads, counted.agree.heads, counted.against.heads) == (200, 98, 60)
    found = verdict(counted, ORDINARY, CODE)
    assert (found.quorate, found.passed) == (True, False)


def test_t12_under_the_property_law_of_2007_the_base_is_all_owners_r_src_2() -> None:
    t07 = voted((200, 2_000_000), (101, 1_000_001))
    found = verdict(t07, "other-major", OLD)
    assert (found.quorate, found.passed) == (None, False)
    assert [(ratio.test, ratio.basis, ratio.part, ratio.whole, ratio.met) for ratio in found.ratios] == [
        ("approval", "heads", 101, 300, False), ("approval", "area", 1_000_001, 3_000_000, False),
    ]  # fmt: skip


@pytest.mark.parametrize(("matter", "agree", "passed"), [
    ("elect-committee", (151, 1_500_001), True),
    ("elect-committee", (150, 1_500_001), False),
    ("elect-committee", (151, 1_500_000), False),
    ("change-common-parts", (151, 1_500_001), True),
    ("use-maintenance-fund", (200, 2_000_000), True),
    ("use-maintenance-fund", (199, 2_000_000), False),
    ("use-maintenance-fund", (200, 1_999_999), False),
    ("raise-maintenance-fund", (199, 3_000_000), False),
    ("rebuild", (200, 1_999_999), False),
    ("rebuild", (201, 2_000_001), True),
])  # fmt: skip
def test_before_2021_the_fund_and_rebuilding_need_two_thirds_of_all_and_the_rest_more_than_half(
    matter: str, agree: Figures, passed: bool
) -> None:
    assert verdict(voted(agree, agree), matter, OLD).passed is passed


@pytest.mark.parametrize(("day", "law"), [
    ("1999-12-31", OLD), ("2007-10-01", OLD), ("2020-12-31", OLD),
    ("2021-01-01", CODE), ("2021-01-02", CODE), ("2026-11-22", CODE),
])  # fmt: skip
def test_the_law_is_that_of_the_decisions_day_r_src_1(day: str, law: str) -> None:
    assert law_on(day) == law


def test_more_than_a_third_of_all_can_carry_an_ordinary_matter_and_half_a_special_one_r_vote_5() -> None:
    part = (200, 2_000_000)
    assert verdict(voted(part, (101, 1_000_001)), ORDINARY, CODE).passed
    assert verdict(voted(part, (150, 1_500_000)), SPECIAL, CODE).passed
    assert not verdict(voted(part, (149, 1_500_000)), SPECIAL, CODE).passed


@pytest.mark.parametrize(("matter", "share", "op"), [(ORDINARY, (1, 2), "gt"), (SPECIAL, (3, 4), "ge")])
def test_four_ratios_are_reported_each_with_its_operator_r_vote_4_r_vote_8(matter: str, share: Figures, op: str) -> None:
    found = verdict(voted((201, 2_010_000), (151, 1_507_500)), matter, CODE)
    assert [(ratio.test, ratio.basis, ratio.share, ratio.op) for ratio in found.ratios] == [
        ("quorum", "heads", (2, 3), "ge"), ("quorum", "area", (2, 3), "ge"),
        ("approval", "heads", share, op), ("approval", "area", share, op),
    ]  # fmt: skip


@pytest.mark.parametrize(("matter", "kind"), [
    pytest.param("use-maintenance-fund", "ordinary", id="T15 paid from the existing fund"),
    pytest.param("raise-maintenance-fund", "special", id="T15 raising money"),
    pytest.param("change-common-parts", "special", id="T15 another use of the lift lobby"),
    ("make-rules", "ordinary"),
    ("amend-covenant", "ordinary"),
    ("elect-committee", "ordinary"),
    ("hire-or-dismiss-provider", "ordinary"),
    ("rebuild", "special"),
    ("other-major", "ordinary"),
])  # fmt: skip
def test_t15_the_class_of_each_matter_of_article_278(matter: str, kind: str) -> None:
    assert class_of(matter, CODE) == kind


def test_t26_two_hundred_of_three_hundred_are_two_thirds_though_not_in_floats() -> None:
    assert not 200 / 300 >= 0.6667
    assert 0.6667 * 300 > 200
    assert verdict(voted((200, 2_000_000), (200, 2_000_000)), ORDINARY, CODE).passed


# --- who is a head


def unit(name: str, *owners: str, area: int = 8_000, status: str = "sold", building: str = "B1") -> Unit:
    return Unit(name, building, frozenset(owners), area, status)


def test_t13_the_developers_remainder_is_one_head_and_a_buyer_of_three_units_is_one_r_roll_3() -> None:
    roll = [unit(f"u-{n}", area=10_000, status="unsold") for n in range(40)]
    roll += [unit(f"d-{n}", f"buyer-{n}", area=10_000, status="undelivered") for n in range(10)]
    roll += [unit(f"b-{n}", "three", area=area) for n, area in enumerate((8_000, 9_000, 10_000))]
    roll += [unit(f"s-{n}", f"owner-{n}") for n in range(447)]
    heads = heads_of(roll)
    assert len(roll) == 500
    assert len(heads) == 447 + 1 + 1
    assert sum(one.area for one in heads[frozenset({"three"})]) == 27_000
    assert len(heads[DEVELOPER]) == 50


def test_a_head_is_a_set_of_owners_whatever_their_order_r_roll_4_r_roll_5() -> None:
    heads = heads_of([unit("1", "x", "y"), unit("2", "y", "x"), unit("3", "x"), unit("4", "y")])
    assert {head: [one.unit for one in units] for head, units in heads.items()} == {
        frozenset("xy"): ["1", "2"], frozenset("x"): ["3"], frozenset("y"): ["4"],
    }  # fmt: skip


# --- one head's ballots


def paper(choice: str, at: int = 0) -> Returned:
    return Returned(choice, "paper", at)


def electronic(choice: str, at: int = 0) -> Returned:
    return Returned(choice, "electronic", at)


@pytest.mark.parametrize(("ballots", "counted_as"), [
    pytest.param([], "none", id="nothing came back"),
    pytest.param([paper("agree")], "agree", id="one on paper"),
    pytest.param([electronic("against")], "against", id="one electronic"),
    pytest.param([paper("agree"), paper("against")], "conflicted", id="T27 co-owners differ on paper"),
    pytest.param([paper("agree", 3), electronic("against", 5)], "conflicted", id="T28 paper yes on day 3, e-vote no on day 5"),
    pytest.param([electronic("against", 5), paper("agree", 3)], "conflicted", id="T28 whichever was recorded first"),
    pytest.param([paper("agree", 3), electronic("agree", 5)], "agree", id="paper and electronic say the same"),
    pytest.param([paper("abstain"), paper("abstain"), paper("abstain")], "abstain", id="the same three times on paper"),
    pytest.param([electronic("agree", 1), electronic("against", 2)], "against", id="the later electronic one"),
    pytest.param([electronic("agree", 2), electronic("against", 1)], "agree", id="the later electronic one, recorded first"),
    pytest.param([electronic("agree", 1), electronic("against", 1)], "against", id="of equal times the later row"),
    pytest.param([electronic("agree"), electronic("against"), paper("agree")], "conflicted", id="not all the same"),
])  # fmt: skip
def test_one_head_one_ballot_r_bal_5(ballots: Sequence[Returned], counted_as: str) -> None:
    assert settle(ballots).counted_as == counted_as


def test_what_does_not_count_is_named_by_its_reason() -> None:
    first, second, third = electronic("agree", 1), electronic("against", 3), electronic("agree", 2)
    assert settle([first, second, third]) == Settled(second, replaced=(first, third))
    yes, no = paper("agree"), paper("against")
    assert settle([yes, no]) == Settled(conflicted=(yes, no))


@settings(deadline=None)
@given(st.lists(st.builds(Returned, st.sampled_from(CHOICES), st.sampled_from(("paper", "electronic")), st.integers(0, 3))))
def test_every_ballot_of_a_head_has_one_fate(ballots: list[Returned]) -> None:
    found = settle(ballots)
    fates = [*([found.counts] if found.counts else []), *found.replaced, *found.conflicted]
    assert sorted(fates, key=repr) == sorted(ballots, key=repr)
    assert (found.counts is None) == (not ballots or bool(found.conflicted))


# --- adding up


def heads_counted(silent: int = 0, each: int = 10_000, **choices: int) -> list[Counted]:
    """That many heads of each choice and that many served and silent; the rest of 300 not served."""
    counted = [Counted(each, choice) for choice, n in choices.items() for _ in range(n)]
    counted += [Counted(each, "none", silent=True)] * silent
    return counted + [Counted(each, "none")] * (HEADS - len(counted))


@pytest.mark.parametrize(("silence", "participating", "agree", "quorate", "passed"), [
    ("none", 150, 80, False, False),
    ("deemed-participation", 220, 80, True, False),
    ("silent-follows-majority", 220, 150, True, True),
    ("abstain-follows-majority", 150, 90, False, False),
])  # fmt: skip
def test_t14_one_box_of_ballots_has_a_result_for_each_silence_policy_r_bal_3(
    silence: str, participating: int, agree: int, quorate: bool, passed: bool
) -> None:
    count = tally(heads_counted(agree=80, against=60, abstain=10, silent=70), silence)
    assert (count.tally.participating.heads, count.tally.agree.heads) == (participating, agree)
    found = verdict(count.tally, ORDINARY, CODE)
    assert (found.quorate, found.passed) == (quorate, passed)
    assert count.without_deeming == tally(heads_counted(agree=80, against=60, abstain=10, silent=70)).tally


def test_nobody_is_given_a_choice_when_none_leads_in_both() -> None:
    voices = ((100, "agree"), (100, "agree"), (900, "against"), (50, "abstain"))
    split = [*(Counted(area, choice) for area, choice in voices), Counted(70, "none", silent=True)]
    silent, abstaining = (tally(split, silence) for silence in ("silent-follows-majority", "abstain-follows-majority"))
    assert silent.majority is abstaining.majority is None
    assert silent.tally == Tally(Weight(5, 1220), Weight(5, 1220), Weight(2, 200), Weight(1, 900), Weight(1, 50))
    assert abstaining.tally == abstaining.without_deeming


@pytest.mark.parametrize(("agree", "against", "leads"), [
    ((2, 20), (1, 10), "agree"),
    ((1, 10), (2, 20), "against"),
    ((2, 10), (1, 20), None),
    ((1, 20), (2, 10), None),
    ((2, 20), (2, 10), None),
    ((2, 20), (1, 20), None),
    ((0, 0), (0, 0), None),
])  # fmt: skip
def test_the_majority_leads_in_heads_and_in_area(agree: Figures, against: Figures, leads: str | None) -> None:
    assert leading(Tally(agree=Weight(*agree), against=Weight(*against))) == leads


@pytest.mark.parametrize("out", ["none", "conflicted", "invalid", "late", "blank"])
def test_an_item_left_blank_or_a_ballot_that_does_not_count_takes_no_part_in_it_r_vote_7(out: str) -> None:
    counted = tally([Counted(8_937, "agree"), Counted(10_205, out)]).tally
    assert counted == Tally(Weight(2, 19_142), Weight(1, 8_937), Weight(1, 8_937))


COUNTED = st.builds(Counted, st.integers(1, 10**6), st.sampled_from((*CHOICES, "none", "conflicted", "blank")))
SILENT = st.builds(Counted, st.integers(1, 10**6), st.just("none"), st.just(True))


@settings(deadline=None)
@given(st.lists(COUNTED | SILENT, max_size=30), st.sampled_from(SILENCES), st.randoms(use_true_random=False))
def test_every_head_and_every_square_metre_is_counted_once_in_any_order_r_vote_6(
    heads: list[Counted], silence: str, chance: Random
) -> None:
    count = tally(heads, silence)
    assert count.tally.total == Weight(len(heads), sum(head.area for head in heads))
    for counted in (count.tally, count.without_deeming):
        voices = counted.agree + counted.against + counted.abstain
        assert voices.heads <= counted.participating.heads <= counted.total.heads
        assert voices.area <= counted.participating.area <= counted.total.area
    chance.shuffle(heads)
    assert tally(heads, silence) == count


@settings(deadline=None)
@given(st.lists(COUNTED | SILENT, max_size=30), st.sampled_from(SILENCES))
def test_deeming_never_takes_a_returned_voice_away(heads: list[Counted], silence: str) -> None:
    count = tally(heads, silence)
    for choice in ("agree", "against"):
        assert getattr(count.tally, choice).heads >= getattr(count.without_deeming, choice).heads
    assert count.tally.participating.area >= count.without_deeming.participating.area
