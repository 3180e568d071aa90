"""A vote from its notice to its closing: R-MEET-2, R-TIME-2, R-BAL-5, R-BAL-7, R-BAL-8, R-PRIV-3, R-SRC-1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.polls import Running
from domain.rulesets import LATEST
from scripts.stories.player import moment
from tests.acts import (
    CLOSES,
    Case,
    Given,
    bind,
    case,
    close,
    confirm,
    erase,
    give,
    given,
    notice,
    open_,
    revoke,
    rotate,
    vote,
)

AT_LAST, AFTER = CLOSES, "2026-09-17 20:01"


def scoped(scope: str) -> Any:
    return notice().amend(lambda _, body: {"items": tuple({**item, "scope": scope} for item in body["items"])})


REFUSED = [
    case("roll-not-frozen", "a roll that is still posted R-ROLL-8", "bound", notice()),
    case("roll-not-frozen", "no such roll", "roll frozen", notice().but(roll="r9")),
    case("roll-erased", "a roll of which a row was erased R-ROLL-8", "roll frozen", erase(of="roll-r1-1"), notice()),
    case("roll-erased", "a row that is erased while the notice waits", "roll frozen",
         notice().confirmed_by().named("n"), erase(of="roll-r1-2"), confirm("bureau", "n")),
    case("ballots-too-many", "a hundred and one ballots of a head R-BAL-5", "open", *([vote("o1")] * 101)),
    case("edition-not-in-force", "an edition that this program has not R-SRC-1", "roll frozen",
         notice().but(edition={**LATEST.named(), "engine": 9})),
    case("scope-unknown", "one building that nobody has defined R-ROLL-9", "roll frozen", scoped("b1")),
    case("clause-missing", "named ballots of owners without the clause that demands them R-PRIV-3", "roll frozen",
         notice().but(clause=None)),
    case("item-twice", "two questions of one id", "roll frozen",
         notice().amend(lambda _, body: {"items": (*body["items"], body["items"][0])})),
    case("window-backwards", "closes when it opens", "roll frozen", notice().but(closes=lambda _: moment("2026-09-03 09:00"))),
    case("window-backwards", "closes before it opens", "roll frozen", notice().but(closes=lambda _: moment("2026-09-02 09:00"))),
    case("notice-too-short", "fifteen days before is not fifteen clear days R-MEET-2 R-TIME-2", "roll frozen",
         notice(), at="2026-08-19 00:00"),
    case("already-exists", "noticed again R-BAL-7", "noticed", notice()),
    case("already-exists", "other hours once it is open R-BAL-7", "open", notice().but(closes=lambda _: moment("2026-10-17 20:00"))),
    case("stream-moved", "the same on the state before R-BAL-7", "open", notice().stating(prev=None)),
    case("not-authorised", "a clerk calls no vote", "roll frozen", notice().by("clerk")),
    case("unknown-matter", "opened without a notice", "roll frozen", open_()),
    case("notice-not-posted", "noticed and never posted", "noticed", open_(), at="2026-09-03 09:00"),
    case("outside-window", "opened the minute before R-BAL-7", "posted", open_(), at="2026-09-03 08:59"),
    case("outside-window", "opened after its hours R-BAL-7", "posted", open_(), at=AFTER),
    case("wrong-stage", "opened twice", "open", open_()),
    case("flags-unanswered", "a late posting is not passed over", "flagged", open_(), at="2026-09-03 09:00"),
    case("poll-not-open", "before the convener opened it R-BAL-7", "posted", vote("o1").stating(about=bytes(32)), at="2026-09-03 09:00"),
    case("poll-not-open", "a vote that nobody called", "open", vote("o1").but(poll="q")),
    case("outside-window", "a minute after closing time R-BAL-8", "open", vote("o1"), at=AFTER),
    case("outside-window", "once it is closed R-BAL-8", "closed", vote("o2")),
    case("about-wrong", "answers the notice", "open", vote("o1").stating(about=lambda play: play.leaves["p-notice"])),
    case("item-unknown", "an item that the notice has not R-MEET-2", "open", vote("o1", use="agree", gate="agree")),
    case("head-unknown", "a tag that the roll has not", "open", vote("o1").but(tag=bytes(16))),
    case("not-your-head", "a neighbour's R-BAL-5", "open", vote("o1", "1-2")),
    case("not-your-head", "a tenant", "open", vote("tenant", "1-1")),
    case("not-your-head", "the developer's, by nobody", "open", vote("o1", "1-10")),
    case("not-your-head", "a rotated key votes for no other head", "open", rotate("o2", "o2-new"), vote("o2-new", "1-1")),
    case("key-unknown", "a revoked key R-SIG-6", "open", revoke("o1"), vote("o1")),
    case("key-unknown", "the old key after its rotation", "open", rotate("o1", "o1-new"), vote("o1")),
    case("stream-moved", "a co-owner's ballot on the state before R-BAL-5", "open", vote("o7"), vote("o8", "1-7").stating(prev=None)),
    case("poll-still-open", "closed at its last moment R-BAL-8", "voted", close(), at=AT_LAST),
    case("root-differs", "another root", "voted", close().but(root=bytes(32)), at=AFTER),
    case("root-differs", "a tree that is not there yet", "voted", close().amend(lambda _, body: {"size": body["size"] + 1}), at=AFTER),
    case("ballots-left-out", "a tree without the last ballot R-BAL-8", "voted",
         close().but(size=36, root=lambda play: play.door.fold.root_at(36)), at=AFTER),
    case("wrong-stage", "closed before it was open", "posted", close(), at=AFTER),
    case("unknown-matter", "closed without a notice", "roll frozen", close(), at=AFTER),
    case("not-authorised", "a convener does not close", "voted", close().by("street"), at=AFTER),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_vote(case: Case) -> None:
    case.check()


# --- its hours


@pytest.mark.parametrize("at", ["2026-08-18 23:59", "2026-08-17 10:00"])
def test_sixteen_days_before_leave_fifteen_clear_days_r_meet_2_r_time_2(at: str) -> None:
    given("roll frozen", at=at).when(notice()).admitted()


@pytest.mark.parametrize("at", ["2026-09-03 09:00", CLOSES])
def test_a_vote_may_be_opened_from_its_first_moment_to_its_last(at: str) -> None:
    given("posted", at=at).when(open_()).then("open")


@pytest.mark.parametrize("at", ["2026-09-03 09:00", CLOSES])
def test_both_ends_of_its_hours_are_within_them_r_bal_8(at: str) -> None:
    given("open", at=at).when(vote("o1")).then("cast")


def test_a_moment_after_closing_time_is_too_late_to_vote_and_in_time_to_close_r_bal_8() -> None:
    world = given("voted", at=CLOSES)
    world.play.clock.at += 1
    world.when(vote("o2")).refused("outside-window")
    world.when(close()).admitted()
    assert world.state["poll", "p"].stage == "closed"


def test_a_ballot_recorded_while_the_closing_waits_for_its_supervisor_is_outside_r_bal_8() -> None:
    world = given("voted", at=AFTER).when(close().confirmed_by()).pending()
    world.when(vote("o2")).refused("outside-window")


def test_a_vote_pinned_by_its_notice_stays_what_it_was_r_bal_7() -> None:
    noticed, closed = (given(stage).state["poll", "p"] for stage in ("noticed", "closed"))
    for name in ("items", "opens", "closes", "roll", "ballots", "channels", "silence", "clause", "edition", "notice"):
        assert getattr(noticed, name) == getattr(closed, name)


def test_a_vote_is_judged_by_the_law_of_the_day_on_which_it_closes_r_src_1() -> None:
    poll = given("noticed").state["poll", "p"]
    assert poll.law == "civil_code_2021"
    assert replace(poll, closes=moment("2020-12-31 23:59")).law == "property_law_2007"


# --- one head, one ballot


def counted(world: Given) -> tuple[int, Mapping[Any, int]]:
    running: Running = world.state["running", "p"]
    return running.voted, {key[:2]: heads for key, heads in running.heads.items() if heads}


def test_a_later_ballot_replaces_the_earlier_and_counts_once_r_bal_5() -> None:
    world = given("open").when(vote("o1"), vote("o1", use="against"), vote("o1", use="against", levy="abstain")).then("cast")
    assert counted(world) == (1, {("use", "against"): 1, ("levy", "abstain"): 1})


def test_without_paper_nothing_is_kept_of_the_ballots_that_were_replaced_r_bal_5() -> None:
    world = given("open").when(vote("o1"), vote("o1", use="against"), vote("o1", use="abstain")).then("cast")
    assert world.state["ballot", ("p", world.play.tag("1-1"))].earlier == ()


def test_a_head_may_vote_a_hundred_times_and_another_head_is_not_held_up_r_bal_5() -> None:
    world = given("open").when(*([vote("o1")] * 99), vote("o1", use="against")).then("cast")
    assert counted(world) == (1, {("use", "against"): 1})
    world.when(vote("o1")).refused("ballots-too-many", most=100)
    world.when(vote("o2")).then("cast")


def test_items_left_blank_are_not_counted_r_vote_7() -> None:
    world = given("open").when(vote("o1", use="agree"), vote("o2", levy="against")).then("cast")
    assert counted(world) == (2, {("use", "agree"): 1, ("levy", "against"): 1})


def test_two_keys_of_a_head_share_its_stream_and_the_later_counts_r_bal_5() -> None:
    world = given("open").when(vote("o7", use="agree"), vote("o8", "1-7", use="against")).then("cast")
    assert counted(world) == (1, {("use", "against"): 1})
    streams = [value for key, value in world.state.items() if key[0] == "stream" and key[1].startswith("ballot/")]
    assert [stream.place for stream in streams] == [2]


def test_two_keys_of_one_person_are_one_head_r_bal_5() -> None:
    world = given("open").when(vote("o1", use="agree"), vote("o1-twin", use="agree")).then("cast")
    assert counted(world) == (1, {("use", "agree"): 1})


def test_an_owner_of_two_units_votes_once_for_both_r_roll_3() -> None:
    world = given("open").when(vote("o9", "1-8"), vote("o9", "1-9", use="against")).then("cast")
    assert counted(world) == (1, {("use", "against"): 1})


def test_a_rotated_key_still_votes_for_its_head_and_replaces_its_ballot_r_sig_6() -> None:
    world = given("voted").when(rotate("o1", "o1-new"), vote("o1-new", "1-1", use="against")).then("cast")
    assert counted(world)[0] == 7
    assert dict(world.state["ballot", ("p", world.play.tag("1-1"))].choices) == {"use": "against"}
    world.when(rotate("o1-new", "o1-newer"), vote("o1-newer", "1-1")).then("cast")


def test_a_late_key_that_was_rotated_is_late_still() -> None:
    world = given("open").when(rotate("o9", "o9-new"), vote("o9-new", "1-8")).then("cast")
    assert world.state["running", "p"].late == 1


def test_ballots_of_a_key_that_is_then_revoked_stand_r_sig_6() -> None:
    world = given("voted")
    before = counted(world)
    world.when(revoke("o1", reason="compromised")).then("revoked")
    assert counted(world) == before


def test_a_head_whose_only_key_is_revoked_gets_another_by_a_late_binding() -> None:
    world = given("open").when(revoke("o1")).then("revoked")
    world.when(vote("newcomer")).refused("key-unknown")
    world.when(bind("1-1", "o1-twin"), vote("o1-twin")).then("cast")
    assert world.state["running", "p"].late == 0


def test_ballots_by_keys_bound_after_the_freeze_are_counted_as_such_once() -> None:
    world = given("open").when(vote("o9"), vote("o9", use="against"), vote("o1")).then("cast")
    assert world.state["running", "p"].late == 1


def test_the_key_of_the_ballot_that_stands_says_whether_it_is_late() -> None:
    world = given("open").when(vote("o8")).then("cast")
    assert world.state["running", "p"].late == 1
    world.when(vote("o7")).then("cast")
    assert world.state["running", "p"].late == 0
    world.when(vote("o8", use="against")).then("cast")
    assert (world.state["running", "p"].late, world.state["running", "p"].voted) == (1, 1)


def test_a_convener_of_another_vote_does_not_open_this_one() -> None:
    world = given("posted").when(give("preparatory-group", "o1", by="bureau", confirm="party").but(matter="q")).admitted()
    world.at("2026-09-03 09:00").when(open_().by("o1")).refused("not-authorised")
