"""The story of a disputed roll, a misread form and a result that a court annuls."""

from __future__ import annotations

from scripts.stories import disputed_roll as story
from tests.scenarios.stories import retold
from tests.told import told


def test_what_must_be_refused_is_refused_in_words() -> None:
    assert told(story).refusals() == [
        ("objection-raised/1", "not-your-head"),
        ("roll-frozen/1", "objection-open"),
        ("objection-escalated/1", "objection-not-due"),
        ("proxy-given/1", "agent-barred"),
        ("entered-in-error/1", "observer-needed"),
        ("result-announced/1", "result-unknown"),
        ("objection-raised/1", "objection-late"),
        ("result-announced/1", "matter-final"),
    ]


def test_every_objection_to_the_roll_has_its_answer_and_the_first_roll_was_never_frozen_r_dis_4_r_roll_8() -> None:
    one = told(story)
    found = {name: one.door.past["objection", name] for name in ("area", "stall", "spouse")}
    assert {name: (each.stage, each.outcome) for name, each in found.items()} == {
        "area": ("answered", "upheld"), "stall": ("answered", "rejected"), "spouse": ("answered", "upheld"),
    }  # fmt: skip
    assert ("roll", story.DISPUTED) not in one.door.past
    roll = one.door.fold.state["roll", story.MENDED]
    assert (roll.total.heads, roll.total.area) == (len(story.UNITS), sum(unit.area for unit in story.mended_roll()))
    assert one.door.fold.state["roll-reason", story.MENDED].replaces == story.DISPUTED


def test_the_mistaken_vote_was_withdrawn_before_it_opened_r_bal_7() -> None:
    assert told(story).door.past["poll", story.MISTAKEN].stage == "withdrawn"


def test_one_misread_form_turned_the_result_and_the_recount_turned_it_back_r_dis_3_r_dis_4() -> None:
    """Both results against the marks that the story gives to each head, in integers."""
    one = told(story)
    truly = {**story.BY_PHONE, story.BY_AGENT: "agree", **story.ON_PAPER}
    for name, marks in ((f"{story.PIPES}-result", {**truly, story.MISREAD: "agree"}), (f"{story.PIPES}-recount", truly)):
        item = one.act(name).body["items"]["pipes"]
        heads = [unit for unit, mark in marks.items() if mark == "agree"]
        area = {unit.unit: unit.area for unit in story.mended_roll()}
        assert item["agree"] == {"area": sum(area[unit] for unit in heads), "heads": len(heads)}
        assert item["participating"]["heads"] == len(marks)
        assert item["passed"] == (2 * len(heads) > len(marks))
    assert [one.act(f"{story.PIPES}-{name}").body["items"]["pipes"]["passed"] for name in ("result", "recount")] == [
        True,
        False,
    ]
    result = one.door.past["result", story.PIPES]
    assert (result.stage, result.before, result.leaf) == (
        "announced", (one.play.leaves[f"{story.PIPES}-result"],), one.play.leaves[f"{story.PIPES}-recount"],
    )  # fmt: skip


def test_the_form_keeps_what_was_read_first_beside_its_correction_r_dis_3() -> None:
    one = told(story)
    wrong, right = one.door.past["paper", (story.PIPES, one.play.tag(story.MISREAD))]
    assert (wrong.stage, wrong.choices, right.stage, right.choices) == (
        "corrected",
        {"pipes": "agree"},
        "keyed",
        {"pipes": "against"},
    )


def test_the_annulled_result_stays_to_be_read_and_binds_nobody_r_evid_1() -> None:
    one = told(story)
    outcome = one.door.fold.state["outcome", story.GATE]
    assert (outcome.passed, outcome.annulled) == ({"gate": True}, one.play.leaves[f"{story.GATE}-annulment"])


def test_the_story_is_admitted_again_by_a_fold_that_has_never_seen_it_and_reads_well() -> None:
    retold(story)
