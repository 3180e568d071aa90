"""The story of an estate that joins in the third year of its committee's term."""

from __future__ import annotations

from domain.deadlines import deadlines
from domain.joining import AREA
from domain.seats import COMMITTEE
from scripts.stories import afterwards
from scripts.stories import joining as story
from tests.scenarios.stories import retold
from tests.told import told


def test_what_must_be_refused_is_refused_in_words() -> None:
    assert told(story).refusals() == [
        ("carried-over/1", "carried-twice"),
        ("objection-raised/1", "key-unknown"),
        ("committee-noticed/1", "chair-first"),
        ("committee-noticed/1", "agenda-too-late"),
        ("committee-noticed/1", "reserved-to-owners"),
        ("committee-voted/1", "no-proxy"),
        ("post-given/1", "post-barred"),
        ("committee-noticed/1", "not-authorised"),
        ("meeting-requested/1", "not-authorised"),
        ("poll-noticed/1", "not-authorised"),
        ("committee-noticed/1", "term-over"),
        ("election-begun/1", "term-over"),
    ]


def test_what_was_before_is_attested_and_never_shown_as_counted_here() -> None:
    one = told(story)
    assert one.door.fold.state[AREA].klass == "garden"
    for name, (subject, figures, _) in story.CARRIED.items():
        carried = one.door.fold.state["carried", (subject, name)]
        assert (carried.stage, carried.figures) == ("carried", figures)
    committee = one.door.past[COMMITTEE]
    assert (committee.attested, committee.seats, len(committee.members)) == (True, 5, 5)
    for name in ("pump-2025", "gate-2026"):
        found = one.door.fold.state["decision", name]
        assert (found.stage, found.channel, found.platform) == ("attested", "external", "city-evoting")
        assert ("result", name) not in one.door.past


def test_a_decision_counted_elsewhere_is_flagged_when_its_figures_do_not_add_up_r_bal_2() -> None:
    assert told(story).flags("decision-pump-2025") == set()
    assert told(story).flags("decision-gate-2026") == {"external-figures-differ"}


def test_a_key_that_its_owner_never_made_is_found_by_the_call_and_a_true_one_takes_its_place_r_sig_5() -> None:
    one = told(story)
    assert one.flags(f"called-{afterwards.OWNERS_PAGE}") == {"key-denied"}
    forged = one.play.people[story.FORGER].key.id
    assert one.door.fold.state["key", forged].stage == "revoked"
    (who,) = (
        name
        for name, other in one.play.people.items()
        if other.person == one.play.people[story.FORGER].person and name != story.FORGER
    )
    head = one.door.fold.state["head", (afterwards.FIRST_ROLL, one.play.tag(who))]
    assert one.play.people[who].key.id in head.keys


def test_the_meeting_decides_by_members_in_office_two_of_them_on_paper_r_com_8() -> None:
    one = told(story)
    body = one.act(f"{story.MEETING}-minutes").body
    assert (body["in_office"], len(body["present"]), len(body["paper"])) == (5, 4, 2)
    assert {item: figures["passed"] for item, figures in body["items"].items()} == {"lamps": True, "letter": False}


def test_a_decision_posted_on_the_fourth_day_is_flagged_r_com_7_t20() -> None:
    assert told(story).flags(f"{story.MEETING}-posted") == {"decision-posted-late"}


def test_each_use_of_the_seal_names_what_it_rests_on_or_is_flagged_r_com_14_r_com_13() -> None:
    one = told(story)
    assert one.flags("seal-1") == set()
    assert one.flags("seal-2") == {"seal-without-decision"}
    assert one.flags("seal-3") == {"seal-without-decision", "seal-after-term"}


def test_the_clock_of_the_reelection_runs_from_joining_on_r_com_13_t24() -> None:
    one = told(story)
    found = {duty.rule: duty for duty in deadlines(one.door.fold.state, "2027-07-06")}
    assert (found["R-COM-13"].day, found["R-COM-13"].overdue) == ("2027-03-30", 98)
    assert one.door.fold.state["election", "committee-2027"].kind == "re-election"


def test_the_story_is_admitted_again_by_a_fold_that_has_never_seen_it_and_reads_well() -> None:
    retold(story)
