"""The story of a committee that is elected anew, loses members and has too few left."""

from __future__ import annotations

from domain.calendar import day_of
from domain.deadlines import owed
from domain.lifecycle import Act
from domain.seats import COMMITTEE
from scripts.stories import afterwards
from scripts.stories import changing as story
from tests.scenarios.stories import retold
from tests.told import Told, told


def person(one: Told, candidate: str) -> bytes:
    return one.play.people[story.STANDING[candidate]].person


def test_what_must_be_refused_is_refused_in_words() -> None:
    assert told(story).refusals() == [
        ("election-begun/1", "not-authorised"),
        ("candidate-nominated/1", "nominated-twice"),
        ("candidates-final/1", "candidates-differ"),
        ("poll-noticed/1", "candidates-differ"),
        ("election-declared/1", "declaration-differs"),
        ("officers-elected/1", "not-a-member"),
        ("alternate-seated/1", "not-next-alternate"),
        ("request-verified/1", "request-below-threshold"),
        ("request-signed/1", "not-your-head"),
        ("seat-ended/1", "recall-unfounded"),
        ("meeting-requested/1", "not-authorised"),
        ("committee-filed/1", "not-authorised"),
        ("alternate-seated/1", "wrong-stage"),
    ]


def test_the_ranks_are_those_that_the_story_gives_by_heads_r_com_4() -> None:
    """Counted from what each head was told to choose, not from what the ledger made of it."""
    one = told(story)
    agreed = {name: len(story.VOTERS) - len(units.split()) for name, units in story.AGAINST.items()}
    passed = [name for name, heads in agreed.items() if 2 * heads > len(story.VOTERS)]
    declared = one.act(f"{story.ELECTION}-declared").body
    rounds = [act.body for act in _declarations(one)]
    assert (rounds[0]["elected"], rounds[0]["tied"]) == (tuple(passed[:4]), story.TIED)
    assert agreed["c5"] == agreed["c6"]
    assert "c8" not in passed
    assert (declared["elected"], declared["alternates"]) == (("c1", "c2", "c3", "c4", "c5"), ("c6", "c7"))


def _declarations(one: Told) -> list[Act]:
    return [act for act in one.acts() if act.kind == "election-declared/1"]


def test_who_owes_fees_was_told_why_and_never_voted_on_r_sz_8() -> None:
    one = told(story)
    candidate = one.door.fold.state["candidate", story.DEBTOR[0]]
    assert (candidate.stage, candidate.qualified) == ("checked", False)
    assert story.DEBTOR[0] not in one.act(f"{story.ELECTION}-final").body["candidates"]


def test_both_parts_of_the_handover_came_late_and_the_duty_is_done_r_com_11() -> None:
    one = told(story)
    assert one.flags("handover-1") == one.flags("handover-2") == {"handover-late"}
    assert one.flags("handover-3") == set()
    assert ("due", (f"election/{story.ELECTION}", "R-COM-11")) not in one.door.fold.state


def test_filing_with_both_authorities_in_time_ends_the_duty_r_com_5() -> None:
    one = told(story)
    filing = one.door.fold.state["filed", story.ELECTION]
    assert set(filing.authorities) == {"bureau-longgang", "street-guojian"}
    assert one.flags(f"{story.ELECTION}-filed-street-guojian") == set()
    assert not {rule for matter, rule in owed(one.door.fold.state) if matter == f"election/{story.ELECTION}"} & {
        "R-COM-5",
        "R-COM-1",
    }


def test_seats_end_by_resignation_and_recall_and_are_filled_in_rank_order_r_com_12_r_com_10() -> None:
    one = told(story)
    stages = {name: one.door.fold.state["seat", person(one, name)].stage for name in ("c1", "c2", "c3", "c4", "c5", "c6", "c7")}
    assert stages == {"c1": "seated", "c6": "seated", **dict.fromkeys(("c2", "c3", "c4", "c5", "c7"), "ended")}
    post = one.door.fold.state["post", ("committee-member", person(one, "c2"), None)]
    assert post.to == "2027-02-02"  # the day before the seat ended


def test_a_fifth_of_the_area_exactly_is_enough_for_a_request_r_com_10() -> None:
    one = told(story)
    body = one.act(f"request-{story.RECALL_REQUEST}-verified").body
    total = one.door.fold.state["roll", afterwards.FIRST_ROLL].total
    assert (5 * body["heads"], 5 * body["area"], body["limb"]) == (total.heads, total.area, "both")


def test_with_two_of_five_members_left_a_new_election_is_due_r_com_12() -> None:
    one = told(story)
    committee = one.door.fold.state[COMMITTEE]
    assert (committee.seats, committee.members) == (5, (person(one, "c1"), person(one, "c6")))
    assert one.door.fold.state["due", ("committee", "R-COM-12")] > day_of(one.play.clock.at)
    assert one.door.fold.state["election", story.NEXT].stage == "begun"


def test_the_story_is_admitted_again_by_a_fold_that_has_never_seen_it_and_reads_well() -> None:
    retold(story)
