"""The failures that the rulebook's section 8 tells of, tried here: each is refused, or admitted and shown for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.deadlines import deadlines
from domain.founding import LOG
from domain.rulesets import CHOICES
from keys.identity import SigningKey
from scripts.stories.player import moment
from tests.acts import (
    CLOSES,
    HOME,
    ITEMS,
    NO,
    OPENS,
    YES,
    Given,
    Move,
    admit,
    announce,
    bind,
    certify,
    close,
    confirm,
    decline,
    found,
    freeze,
    give,
    given,
    key_again,
    notice,
    open_,
    page,
    paper,
    post,
    revoke,
    rotate,
    vote,
)
from tests.moves.board import use_seal
from tests.moves.counting import certify_both, extend
from tests.moves.elections import committee, hand_over
from tests.moves.keys import called, sampled
from tests.moves.rights import paper_signature, request, serve, sheet, sheet_again, sign, verify


def agreeing(world: Given) -> int:
    return int(world.state["running", "p"].heads.get(("use", "agree", "electronic"), 0))


def test_nobody_votes_for_a_dead_father() -> None:
    world = (
        given("open")
        .when(revoke("o1", by="bureau", reason="deceased"), revoke("o1-twin", by="bureau", reason="deceased"))
        .admitted()
    )
    world.when(vote("o1")).refused("key-unknown")
    world.when(vote("o2", "1-1")).refused("not-your-head")
    world.when(bind("1-1", "o2")).refused("holder-not-owner")


def test_names_on_a_recall_petition_count_when_their_owners_signed_and_not_before_r_com_10_r_sig_4() -> None:
    world = given("roll frozen", at="2026-08-16 10:00").when(request(purpose="recall"), sign("o2")).admitted()
    for forged in (sign("o3").by("tenant"), sign("o2", unit="1-3"), sign("o3").by("o1")):
        world.when(forged).refused("not-your-head")
    world.when(verify().but(heads=9, area=120_000)).refused("totals-differ")
    world.when(verify("area")).refused("request-below-threshold")
    assert world.state["request", "q"].heads == 1


def test_a_signature_that_only_the_clerk_has_seen_is_none_r_com_10() -> None:
    names = [paper_signature(unit) for unit in ("1-3", "1-4")]
    world = given("request opened", at="2026-08-16 11:00").when(sheet(*names)).pending()
    assert world.state["request", "q"].heads == 0
    world.when(sheet_again(names[0])).admitted()
    assert world.state["request", "q"].heads == 1


def test_no_signature_is_added_after_the_vote_to_reach_two_thirds_r_bal_8() -> None:
    world = given("voted")
    before = agreeing(world)
    world.at("2026-09-17 20:01").when(vote("o2")).refused("outside-window")
    world.when(close(), vote("o2")).refused("outside-window")
    world.when(certify(), vote("o2")).refused("outside-window")
    assert agreeing(world) == before


def test_a_form_found_after_closing_is_kept_as_late_and_counts_for_nothing_r_bal_8() -> None:
    world = given("open, paper", at="2026-09-17 20:10").when(paper(("1-2", YES)), key_again(("1-2", YES))).admitted()
    (late,) = world.state["paper", ("p", world.play.tag("1-2"))]
    assert (late.overdue, late.stage) == (True, "keyed")
    assert not any(world.state["running", "p"].heads.values())


def test_neither_hours_nor_channels_nor_questions_change_midway_r_bal_7() -> None:
    world = given("open")
    later = notice().but(closes=lambda _: moment("2026-10-07 20:00"))
    world.when(later).refused("already-exists")
    world.when(later.stating(prev=None)).refused("stream-moved")
    world.when(vote("o1", use="agree", pool="agree")).refused("item-unknown")
    assert world.state["poll", "p"].closes == moment(CLOSES)


def test_no_channel_is_added_while_the_vote_runs_r_bal_7() -> None:
    given("open").when(paper(("1-2", YES))).refused("channel-not-offered", channel="paper")


def test_a_vote_is_put_off_once_for_some_days_and_noticed_again_before_it_is_counted_r_bal_7() -> None:
    world = given("open", at="2026-09-15 10:00").when(extend("2026-11-17 20:00")).refused("extension-too-long")
    world.when(extend(), extend("2026-09-30 20:00")).refused("poll-extended-twice")
    world.at("2026-09-27 20:30").when(close(), certify()).refused("extension-not-posted")


def test_a_result_that_comes_late_is_shown_as_late_r_meet_5() -> None:
    given("certified", at="2026-10-02 10:00").when(announce("2026-10-02")).flagged("R-MEET-5")


def test_there_is_no_ballot_without_a_way_to_reject_everything_r_bal_6() -> None:
    plans = tuple(
        {"id": item, "matter": matter, "options": ("plan-a", "plan-b"), "scope": "estate"}
        for item, (matter, _) in ITEMS.items()
    )
    given("roll frozen").when(notice().but(items=plans)).refused("body-malformed")
    given("open").when(vote("o1", use="plan-a")).refused("body-malformed")
    assert {"against", "abstain"} < set(CHOICES)


def test_a_ballot_left_with_a_tenant_is_no_service_and_silence_on_it_says_nothing_r_bal_3() -> None:
    given("voted, silent", at="2026-09-05 10:00").when(serve(("1-2", "left-with-tenant", "2026-08-18"))).refused(
        "body-malformed"
    )
    world = given("closed, silent", at="2026-09-18 10:00").when(certify_both()).admitted()
    served = {world.play.tag(unit) for unit in ("1-6", "1-7", "1-8")}
    assert set(world.state["served-heads", "p"]) == served
    assert {item["silent"]["heads"] for item in world.state["result", "p"].items.values()} == {len(served)}


def test_more_silence_than_was_served_is_no_result_r_bal_3() -> None:
    def everybody(_play: object, body: dict[str, dict[str, dict[str, object]]]) -> dict[str, object]:
        use = {**body["items"]["use"], "silent": {"area": 70_000, "heads": 5}}
        return {"items": {**body["items"], "use": use}}

    given("closed, silent", at="2026-09-18 10:00").when(certify_both().amend(everybody)).refused(
        "figures-differ", field="use silent"
    )


def test_a_vote_that_counts_silence_does_not_open_before_owners_were_told_so_r_bal_3() -> None:
    world = given("noticed, silent").when(post()).admitted()
    world.at(OPENS).when(open_()).refused("silence-unwarned")


def test_three_units_of_one_buyer_are_one_voice_r_roll_3() -> None:
    world = given("open").when(vote("o9", "1-8"), vote("o9", "1-9")).then("cast")
    assert agreeing(world) == 1


def test_co_owners_are_one_voice_and_the_last_word_is_theirs_together_r_roll_4() -> None:
    world = given("open").when(vote("o7"), vote("o8")).then("cast")
    assert agreeing(world) == 1
    world.when(vote("o7", use="against")).then("cast")
    assert agreeing(world) == 0


def test_a_form_and_a_ballot_that_differ_are_no_voice_until_their_owner_settles_it_r_bal_5_t28() -> None:
    world = given("open, paper", at="2026-09-04 10:00").when(vote("o2"), paper(("1-2", NO)), key_again(("1-2", NO))).admitted()
    counted = {key: heads for key, heads in world.state["running", "p"].heads.items() if key[0] == "use" and heads}
    assert {key[1] for key in counted} == {"conflicted"}
    assert sum(counted.values()) == 1


def test_a_form_is_recorded_once_r_bal_5() -> None:
    world = given("paper keyed", at="2026-09-05 10:00")
    world.when(paper(("1-2", YES), page="page-2")).refused("form-known")


def test_the_enterprise_neither_counts_nor_observes_nor_carries_notices_r_bal_9() -> None:
    for post_ in ("counter", "observer", "clerk", "posting-witness"):
        given("staffed").when(give(post_, "manager")).refused("post-barred")


@pytest.mark.parametrize(("stage", "move", "at"), [
    ("open, paper", paper(("1-2", YES)), "2026-09-04 10:00"),
    ("voted", close(), "2026-09-17 20:30"),
    ("closed", certify(), "2026-09-18 10:00"),
    ("certified", announce(), "2026-09-19 10:00"),
])  # fmt: skip
def test_the_box_never_passes_through_the_enterprise_s_hands_r_bal_9(stage: str, move: Move, at: str) -> None:
    given(stage, at=at).when(move.by("manager").confirmed_by()).refused("not-authorised")


def test_a_back_dated_notice_is_shown_and_its_clock_runs_from_the_record_r_time_4() -> None:
    world = given("noticed", at="2026-08-28 10:00").when(post(1, "2026-08-17")).flagged("R-TIME-4", "R-MEET-2")
    world.at(OPENS).when(open_()).refused("flags-unanswered")


def test_a_disputed_roll_is_corrected_by_another_and_the_vote_keeps_its_own_r_roll_8() -> None:
    world = given("noticed")
    world.when(page(3)).refused("roll-frozen")
    assert world.state["poll", "p"].roll == "r1"


def test_a_disputed_roll_is_not_frozen_while_an_objection_waits_r_dis_4_r_roll_8() -> None:
    given("objected", at="2026-08-15 10:00").when(freeze()).refused("objection-open", ids="x")


def test_a_committee_past_its_term_that_uses_the_seal_is_shown_r_com_13_r_com_14() -> None:
    world = given("roll frozen", at="2026-08-16 10:00").when(committee(start="2022-09-01", to="2026-08-31")).admitted()
    world.at("2026-09-02 10:00").when(use_seal(day="2026-09-02").by("clerk")).flagged("R-COM-13", "R-COM-14")


def test_a_blocked_handover_stays_owed_and_overdue_and_what_comes_late_is_shown_r_com_11() -> None:
    world = (
        given("vacant", at="2026-10-20 10:00").when(hand_over("rolls", "seal", day="2026-10-20", who="o5")).flagged("R-COM-11")
    )
    owed = {duty.matter: duty for duty in deadlines(world.state, "2026-10-20") if duty.rule == "R-COM-11"}
    assert owed[f"seat/{world.play.people['o5'].person.hex()}"].overdue == 5
    world.when(hand_over("accounts", "archives", "property", n=2, day="2026-10-20", who="o5")).flagged("R-COM-11")
    assert not [duty for duty in deadlines(world.state, "2026-10-20") if duty.rule == "R-COM-11"]


def test_counters_cannot_move_a_voice_from_one_side_to_the_other() -> None:
    given("closed").when(certify().amend(_one_voice_moved)).refused("figures-differ", field="use heads")


def _one_voice_moved(_play: object, body: dict[str, dict[str, dict[str, dict[str, int]]]]) -> dict[str, object]:
    use = body["items"]["use"]
    moved = {"agree": {**use["agree"], "heads": 6}, "against": {**use["against"], "heads": 0}}
    return {"items": {**body["items"], "use": {**use, **moved}}}


def test_a_clerk_cannot_leave_the_last_ballots_out_of_the_closing_r_bal_8() -> None:
    world = given("voted", at="2026-09-17 20:30")
    size = world.state["running", "p"].last
    world.when(close().but(size=size, root=lambda play: play.door.fold.root_at(size))).refused("ballots-left-out", last=size)


def test_a_stolen_key_stops_voting_and_its_owner_votes_with_a_new_one_r_sig_6() -> None:
    world = given("open").when(vote("o2", use="against"), revoke("o2", reason="compromised")).then("revoked")
    world.when(vote("o2", use="against")).refused("key-unknown")
    world.when(rotate("o2", "o2-new")).refused("key-unknown")
    world.when(rotate("o2", "o2-new", by="party")).refused("wrong-stage")


def test_a_renewed_key_keeps_its_heads_until_it_is_renewed_again() -> None:
    world = given("open").when(rotate("o2", "o2-new"), vote("o2-new", "1-2"), rotate("o2-new", "o2-newer")).admitted()
    world.when(vote("o2-new", "1-2", use="against")).refused("key-unknown")
    world.when(vote("o2-newer", "1-2", use="against")).then("cast")
    assert agreeing(world) == 0


def test_an_operator_founds_nothing_alone() -> None:
    world = given("empty").when(found().confirmed_by()).pending()
    world.when(admit("newcomer", by="operator")).refused("not-founded")
    world.when(confirm("operator")).refused("same-person")
    world.when(decline("party")).admitted()
    assert world.state[LOG].stage == "never-founded"
    world.when(confirm("bureau")).refused("nothing-pending")


def test_a_key_that_its_owner_never_made_is_found_by_the_call_and_votes_no_more_r_sig_5() -> None:
    world = given("open")
    forged = next(name for name, one in world.play.people.items() if one.key.id == sampled(world.play)[0])
    denies = called(denied=lambda play: sampled(play)[:1])
    world.when(denies).flagged("R-SIG-5")
    world.when(revoke(forged, by="bureau", reason="admitted-in-error")).then("revoked")
    world.when(vote(forged, "1-1")).refused("key-unknown")


def test_what_a_forged_key_has_voted_is_set_aside_and_the_owner_votes_herself_r_sig_5_r_bal_5() -> None:
    world = given("open")
    forged = next(name for name, one in world.play.people.items() if one.key.id == sampled(world.play)[0])
    unit = HOME[forged]
    world.when(vote(forged), called(denied=lambda play: sampled(play)[:1])).flagged("R-SIG-5")
    assert (agreeing(world), world.state["running", "p"].voted) == (1, 1)
    world.when(revoke(forged, by="bureau", reason="admitted-in-error")).then("revoked")
    assert (agreeing(world), world.state["running", "p"].voted) == (0, 0)
    world.play.people["herself"] = replace(world.play.people[forged], key=SigningKey.from_seed(world.play.chance(32)))
    world.when(admit("herself"), bind(unit, "herself"), vote("herself", unit, use="against", levy="agree")).then("cast")
    heads = world.state["running", "p"].heads
    assert [heads[item, choice, "electronic"] for item, choice in (("use", "against"), ("levy", "agree"))] == [1, 1]
    assert agreeing(world) == 0
