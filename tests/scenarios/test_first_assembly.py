"""The story of a first assembly: from the owners' request to the filing of the committee that they elected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

import pytest

from domain.roll import heads_of
from domain.state import act_of
from scripts.stories import first_assembly as story
from scripts.stories import small
from scripts.stories.player import Play
from tests.memory import MemoryDoor
from tests.scenarios.stories import flags, played, retold


@pytest.fixture(scope="module")
def told() -> tuple[MemoryDoor, Play]:
    return played(story)[:2]


def persons(play: Play, candidates: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(play.people[story.STANDING[one]].person for one in candidates)


def test_the_story_is_admitted_again_flags_nothing_and_reads_well() -> None:
    retold(story)
    assert flags(played(story)[0].past) == {}


def test_what_must_be_refused_is_refused(told: tuple[MemoryDoor, Play]) -> None:
    assert [why.code for _, why in told[1].refusals] == [
        "key-unknown", "not-your-head", "request-below-threshold", "group-even", "group-owners-few", "objection-open",
        "consent-missing", "nomination-over", "checked-already", "candidates-not-posted", "served-already", "agent-candidate",
        "not-your-head", "objection-open", "declaration-differs", "not-a-member", "signers-too-few", "reserved-to-owners",
        "agenda-too-late", "not-authorised",
    ]  # fmt: skip


def test_a_fifth_by_area_is_enough_for_a_group_r_sz_2(told: tuple[MemoryDoor, Play]) -> None:
    """Four heads of 22 are less than a fifth; their 570 m² of 2,536 are more. Three had 443.50 m²."""
    every = heads_of(story.units())
    area = {own[0].unit: sum(one.area for one in own) for own in every.values()}
    first, last = ("1-0101", "1-0203", "1-0303"), ("1-0101", "1-0203", "1-0303", "1-0403")
    share = [Fraction(sum(map(area.__getitem__, signed)), sum(area.values())) for signed in (first, last)]
    assert (len(every), Fraction(4, 22) < Fraction(1, 5)) == (22, True)
    assert share[0] < Fraction(1, 5) <= share[1]
    assert told[0].past["request", "group"].stage == "met"


@pytest.mark.parametrize("item", story.ITEMS)
def test_the_certified_figures_are_those_of_a_recount_in_fractions_r_vote_1_r_vote_2(
    item: str, told: tuple[MemoryDoor, Play]
) -> None:
    area = {own[0].unit: sum(unit.area for unit in own) for own in heads_of(story.units_sold_on()).values()}
    heads, areas = Counter[str](), Counter[str]()
    for unit in story.voters():
        heads[story.choices(unit)[item]] += 1
        areas[story.choices(unit)[item]] += area[unit]
    claimed = told[0].past["result", story.POLL].items[item]
    assert {one: claimed[one] for one in heads} == {one: {"area": areas[one], "heads": heads[one]} for one in heads}
    quorate = all(part >= Fraction(2, 3) for part in (Fraction(18, 22), Fraction(areas.total(), sum(area.values()))))
    agree = Fraction(heads["agree"], 18), Fraction(areas["agree"], areas.total())
    assert (claimed["quorate"], claimed["passed"]) == (quorate, quorate and all(one > Fraction(1, 2) for one in agree))


def test_the_five_with_most_are_elected_two_are_alternates_and_the_branchs_second_is_not_r_com_4(
    told: tuple[MemoryDoor, Play],
) -> None:
    door, play = told
    agreed = Counter(one for unit in story.voters() for one in story.ON_LIST if story.choices(unit)[one] == "agree")
    ranked = [one for one, heads in agreed.most_common() if 2 * heads > len(story.voters())]
    assert ranked == ["c3", "c7", "c1", "c2", "c6", "c4", "c5"]
    committee = door.fold.state["committee", ""]
    assert (committee.members, committee.alternates) == (persons(play, ranked[:5]), persons(play, ranked[5:]))


def test_somebody_who_was_recommended_and_not_elected_is_no_chair_t32(told: tuple[MemoryDoor, Play]) -> None:
    door, play = told
    (refused,) = (step for step, why in play.refusals if why.code == "not-a-member")
    body = refused.body(play) if callable(refused.body) else refused.body
    assert body["chair"] == play.people[story.STANDING["c8"]].person
    assert door.fold.state["committee", ""].chair == play.people[story.CHAIR].person


def test_her_check_was_answered_by_a_supervisor_and_done_again_r_com_2(told: tuple[MemoryDoor, Play]) -> None:
    found = told[0].past["objection", "fees-1-0203"]
    assert (found.stage, found.outcome) == ("answered", "upheld")
    assert told[0].past["candidate", "c2"].qualified is True


def test_every_head_was_served_and_a_refusal_to_sign_is_service_r_bal_3(told: tuple[MemoryDoor, Play]) -> None:
    door, play = told
    served = {unit: door.past["served", (story.POLL, play.tag(unit))].method for unit in small.owned(story.units_sold_on())}
    assert Counter(served.values()) == {"handed": 17, "posted-by-mail": 3, "refused": 1}
    assert served[story.REFUSES] == "refused"


def test_one_head_voted_by_its_agent_and_the_buyer_for_the_flat_that_was_sold_r_bal_9(told: tuple[MemoryDoor, Play]) -> None:
    door, play = told
    by = {act.body["tag"]: act.by for act in (act_of(entry).act for entry in door.entries) if act.kind == "ballot-sealed/1"}
    assert by[play.tag(story.BY_AGENT)] == play.people["relative"].key.id
    assert by[play.tag(story.SOLD_ON)] == play.people["buyer"].key.id


def test_an_agent_named_on_paper_is_dismissed_by_key_and_the_owners_own_form_counts_r_bal_9(
    told: tuple[MemoryDoor, Play],
) -> None:
    door, play = told
    place = (story.POLL, play.tag(story.DISMISSES))
    assert door.past["proxy", place].stage == "ended"
    assert [form.stage for form in door.past["paper", place]] == ["keyed"]


def test_an_objection_on_paper_holds_up_the_declaration_until_it_is_answered_r_dis_4(told: tuple[MemoryDoor, Play]) -> None:
    found = told[0].past["objection", "count-1-0401"]
    assert (found.stage, found.outcome) == ("answered", "rejected")


def test_the_committee_is_filed_with_both_authorities_and_owes_nothing_but_its_re_election_r_com_5(
    told: tuple[MemoryDoor, Play],
) -> None:
    door, _ = told
    owed = {key[1]: day for key, day in door.fold.state.items() if key[0] == "due"}
    assert owed == {(f"election/{story.ELECTION}", "R-COM-13"): "2031-03-03"}
    decided = {item: door.past["decided", (story.MEETING, item)].passed for item in story.AGENDA}
    assert decided == {"filing": True, "secretary": False}
