"""The failures that the rulebook's section 8 tells of, tried here: each is refused, or admitted and shown for ever."""

from __future__ import annotations

from domain.founding import LOG
from scripts.stories.player import moment
from tests.acts import (
    CLOSES,
    OPENS,
    Given,
    admit,
    bind,
    certify,
    close,
    confirm,
    decline,
    found,
    give,
    given,
    notice,
    open_,
    page,
    post,
    revoke,
    rotate,
    vote,
)
from tests.moves.keys import called, sampled


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


def test_no_signature_is_added_after_the_vote_to_reach_two_thirds_r_bal_8() -> None:
    world = given("voted")
    before = agreeing(world)
    world.at("2026-09-17 20:01").when(vote("o2")).refused("outside-window")
    world.when(close(), vote("o2")).refused("outside-window")
    world.when(certify(), vote("o2")).refused("outside-window")
    assert agreeing(world) == before


def test_neither_hours_nor_channels_nor_questions_change_midway_r_bal_7() -> None:
    world = given("open")
    later = notice().but(closes=lambda _: moment("2026-10-07 20:00"))
    world.when(later).refused("already-exists")
    world.when(later.stating(prev=None)).refused("stream-moved")
    world.when(vote("o1", use="agree", pool="agree")).refused("item-unknown")
    assert world.state["poll", "p"].closes == moment(CLOSES)


def test_three_units_of_one_buyer_are_one_voice_r_roll_3() -> None:
    world = given("open").when(vote("o9", "1-8"), vote("o9", "1-9")).then("cast")
    assert agreeing(world) == 1


def test_co_owners_are_one_voice_and_the_last_word_is_theirs_together_r_roll_4() -> None:
    world = given("open").when(vote("o7"), vote("o8")).then("cast")
    assert agreeing(world) == 1
    world.when(vote("o7", use="against")).then("cast")
    assert agreeing(world) == 0


def test_the_enterprise_neither_counts_nor_observes_nor_carries_notices_r_bal_9() -> None:
    for post_ in ("counter", "observer", "clerk", "posting-witness"):
        given("staffed").when(give(post_, "manager")).refused("post-barred")


def test_a_back_dated_notice_is_shown_and_its_clock_runs_from_the_record_r_time_4() -> None:
    world = given("noticed", at="2026-08-28 10:00").when(post(1, "2026-08-17")).flagged("R-TIME-4", "R-MEET-2")
    world.at(OPENS).when(open_()).refused("flags-unanswered")


def test_a_disputed_roll_is_corrected_by_another_and_the_vote_keeps_its_own_r_roll_8() -> None:
    world = given("noticed")
    world.when(page(3)).refused("roll-frozen")
    assert world.state["poll", "p"].roll == "r1"


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
