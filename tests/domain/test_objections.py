"""Objections of owners: who may raise them, who answers, what they hold up, and why a roll is replaced (R-DIS-4, R-ROLL-8)."""

from __future__ import annotations

import pytest

import tests.moves  # noqa: F401  # every subject's stages
from domain.contestable import contestable, not_contestable, unanswered
from domain.finality import ENDINGS, is_final
from domain.lifecycle import GONE
from domain.rulesets import Edition
from scripts.stories import estate as e
from scripts.stories.player import moment
from tests.acts import (
    LATEST,
    NOTHING,
    UNITS,
    Case,
    Given,
    adopt,
    announce,
    bind,
    case,
    certify,
    close,
    confirm,
    first,
    freeze,
    give,
    given,
    notice,
    open_,
    page,
    post,
    revoke,
    rotate,
    vote,
)  # fmt: skip
from tests.moves.rights import escalate, object_, replace_roll, reply

FROZEN = "2026-08-15 10:00"
OVERDUE = "2026-08-18 00:00"
LAST, AFTER = "2026-10-08 23:59", "2026-10-09 00:00"  # of the window of the announced result

FREEZE_SECOND = first(lambda _: e.freeze("", "r2", UNITS, ("2026-08-16", "2026-08-24"), 1))
NOTICE = notice().but(opens=moment("2026-09-13 09:00"))
SECOND = Edition("cn-sz-2", LATEST.calendar).named()

REFUSED = [
    case("not-your-head", "a neighbour objects for another head", "bound", object_("o3", unit="1-2")),
    case("not-your-head", "a tenant is no owner", "bound", object_("tenant", unit="1-2")),
    case("not-your-head", "an enterprise's manager is none", "bound", object_("manager", unit="1-2")),
    case("head-unknown", "a head that the roll has not", "bound", object_("o2", unit="9-9")),
    case("head-unknown", "on a roll that there is not", "bound", object_().but(snapshot="r9")),
    case("key-unknown", "a key that was revoked R-SIG-6", "bound", revoke("o2"), object_()),
    case("wrong-ledger", "made for another estate", "bound", object_().stating(ledger="demo.example.org/log/440307-002/1")),
    case("not-contestable", "the page of keys is none of it", "bound", object_().but(of=bytes(32))),
    case("not-contestable", "a page of a roll that is frozen R-ROLL-8", "roll frozen", object_()),
    case("not-contestable", "a vote is no result", "certified", object_(of="p-opening")),
    case("objection-late", "a result after its window R-DIS-4", "announced", object_(of="p-result"), at=AFTER),
    case("not-contestable", "a result that is final", "announced", revoke("o1"), object_(of="p-result"), at=AFTER),
    case("objection-other-roll", "a result, as an owner on another roll than the vote's", "announced",
         replace_roll(), page(9, snapshot="r2"), bind("1-2", "o2").but(snapshot="r2"),
         object_(of="p-result").but(snapshot="r2")),
    case("roll-superseded", "a vote on the owners of before an objection that was upheld R-ROLL-8", "second roll",
         page(1, snapshot="r2"), FREEZE_SECOND.on("2026-08-25 10:00"), NOTICE),
    case("kind-not-offered", "under an edition without objections R-SRC-1", "paged", adopt(SECOND), object_()),
    case("objection-twice", "by the same head against the same page", "objected", object_(name="y")),
    case("objection-twice", "again when it is answered", "objected", reply(), object_(name="y")),
    case("already-exists", "under an id that is taken", "objected", object_("o3").stating(prev=lambda play: play.leaves["objection-x"])),
    case("sealed-count", "without words", "bound", object_().sealing(text=NOTHING)),
    case("unknown-matter", "an answer to nothing", "bound", reply()),
    case("not-authorised", "an owner answers", "objected", reply("o3")),
    case("not-authorised", "the clerk answers", "objected", reply("clerk")),
    case("same-person", "the objector answers himself as a convener R-DIS-4", "objected",
         give("preparatory-group", "o2", by="party"), reply("o2")),
    case("wrong-stage", "answered twice", "objected", reply(), reply()),
    case("not-authorised", "a convener answers what was taken to the supervisors", "escalated",
         give("preparatory-group", "o3", by="party"), reply("o3")),
    case("objection-not-due", "on the last day of the answer", "objected", escalate(), at="2026-08-17 23:59"),
    case("not-your-head", "taken further by somebody else", "objected", escalate("o3"), at=OVERDUE),
    case("wrong-stage", "taken further when it is answered", "objected", reply(), escalate(), at=OVERDUE),
    case("wrong-stage", "taken further twice", "escalated", escalate()),
    case("objection-open", "a roll is not frozen while an objection waits R-DIS-4", "objected", freeze(), at=FROZEN),
    case("objection-open", "nor when one came before the supervisor confirmed R-DIS-4", "bound",
         freeze().confirmed_by().named("f"), object_(), confirm("bureau", "f"), at=FROZEN),
    case("roll-reason-missing", "a second roll without its reason R-ROLL-8", "roll frozen", page(9, snapshot="r2")),
    case("roll-reason-late", "a reason after the first page", "paged", replace_roll("r1", "r1")),
    case("roll-frozen", "a reason for a roll that is frozen", "roll frozen", replace_roll("r1", "r1")),
    case("unknown-matter", "in the place of a roll that there is not", "roll frozen", replace_roll("r2", "r9")),
    case("already-exists", "a second reason", "second roll", replace_roll()),
    case("not-authorised", "the convener keeps no roll", "roll frozen", replace_roll().by("street")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_objections(case: Case) -> None:
    case.check()


def test_an_objection_waits_seven_days_for_its_answer_r_dis_4() -> None:
    world = given("objected")
    assert world.state["due", ("objection/x", "R-DIS-4")] == "2026-08-17"
    assert unanswered(world.state, "roll/r1") == ("x",)
    world.when(reply(outcome="upheld")).then("answered")
    assert ("due", ("objection/x", "R-DIS-4")) not in world.state
    assert (unanswered(world.state, "roll/r1"), world.state["objection", "x"].outcome) == ((), "upheld")
    world.at(FROZEN).when(freeze()).then("frozen")


@pytest.mark.parametrize("who", ["street", "bureau", "party"])
def test_any_convener_or_supervisor_answers_r_dis_4(who: str) -> None:
    given("objected").when(reply(who)).then("answered")


@pytest.mark.parametrize("who", ["bureau", "party", "street"])
def test_what_is_overdue_is_taken_to_the_supervisors_who_answer_it_r_dis_4(who: str) -> None:
    given("objected", at=OVERDUE).when(escalate()).then("escalated").when(reply(who)).then("answered")


def test_a_rotated_key_objects_and_escalates_for_its_head() -> None:
    world = given("bound").when(rotate("o2", "o2-new"), object_().by("o2-new")).then("raised")
    world.at("2026-09-20 10:00").when(escalate().by("o2-new")).then("escalated")


def test_two_heads_object_to_the_same_page() -> None:
    world = given("objected").when(object_("o3", name="y")).then("raised")
    assert unanswered(world.state, "roll/r1") == ("x", "y")


def test_another_page_is_another_objection() -> None:
    given("objected").when(object_(of="roll-r1-2", name="y")).then("raised")


def test_who_stands_on_the_old_roll_alone_may_object_to_the_new_one_r_roll_8() -> None:
    """Whoever was left out is on no page of it."""
    world = given("second roll").when(page(9, snapshot="r2").named("new-page"), object_(of="new-page")).then("raised")
    assert unanswered(world.state, "roll/r2") == ("x",)


def test_a_new_roll_with_its_reason_is_admitted_r_roll_8() -> None:
    world = given("second roll").when(page(9, snapshot="r2")).then("recorded")
    row = world.state["roll-reason", "r2"]
    assert (row.reason, row.replaces) == ("transfer", "r1")


def test_under_the_second_edition_rolls_need_no_reason_and_meet_no_objections() -> None:
    world = given("paged").when(adopt(SECOND)).admitted()
    world.at(FROZEN).when(freeze(), page(9, snapshot="r2").named("r2")).admitted()
    assert ("contestable", world.play.leaves["r2"]) not in world.state


# --- results --------------------------------------------------------------------------------------------------------------------


def test_a_result_with_an_open_objection_is_not_final_until_the_entry_after_its_answer_r_dis_4() -> None:
    world = given("result objected", at=AFTER).when(revoke("o1")).admitted()
    assert ("poll", "p") in world.state
    assert not is_final(world.state, "p", moment("2026-12-01 10:00"))
    world.at("2026-10-20 10:00").when(post(3, "2026-10-20", "2026-11-30")).flagged("R-MEET-2")
    world.when(reply()).then("answered")
    assert is_final(world.state, "p", moment("2026-10-20 10:00"))
    assert ("poll", "p") in world.state
    world.when(post(4)).refused("matter-final")
    world.when(revoke("o3")).admitted()
    assert not {("poll", "p"), ("objections", "p"), ("contestable", world.play.leaves["p-result"]), ENDINGS} & set(world.state)
    assert world.state["outcome", "p"].objections == ("x",)
    assert (world.state["objection", "x"].outcome, world.state["objection", "x"].stage) == ("rejected", "answered")


def test_the_outcome_names_its_objections_also_when_the_announcement_comes_last() -> None:
    world = given("certified", at="2026-10-01 10:00").when(object_(of="p-result"), reply()).admitted()
    world.at("2026-10-14 00:00").when(revoke("o1")).admitted()
    assert world.state["outcome", "p"].objections == ("x",)
    world.when(announce("2026-10-14")).flagged("R-MEET-5").when(revoke("o3")).admitted()
    assert world.state["outcome", "p"].objections == ("x",)


def test_an_objection_whose_vote_is_final_keeps_its_id_for_ever() -> None:
    world = given("result objected").when(reply()).admitted().at(AFTER).when(revoke("o1")).admitted()
    world.when(object_("o3", of="p-result")).refused("already-exists")
    world.when(object_("o3", of="p-result").stating(prev=None)).refused("stream-moved")


def test_an_objection_in_the_last_moment_of_the_window_holds_the_result_up_r_dis_4() -> None:
    world = given("announced", at=LAST).when(object_(of="p-result")).then("raised")
    world.at(AFTER).when(revoke("o1")).admitted()
    assert ("poll", "p") in world.state


def test_what_may_be_objected_to_until_a_day_may_be_until_its_last_moment() -> None:
    """For other subjects: candidates and checks that are posted."""
    world = given("paged").when(bind("1-2", "o2")).admitted()
    world.state.update(contestable(bytes(32), "election/e", "2026-08-20"))
    world.at("2026-08-20 23:59").when(object_().but(of=bytes(32))).then("raised")
    world.at("2026-08-21 00:00").when(object_(name="y").but(of=bytes(32))).refused("objection-late", last="2026-08-20")
    assert not_contestable(bytes(32)) == {("contestable", bytes(32)): GONE}


def test_a_result_that_was_not_announced_is_open_to_objections_from_its_due_day_r_meet_5() -> None:
    world = given("certified", at="2026-10-13 23:59").when(object_(of="p-result")).then("raised")
    world.when(announce("2026-10-13")).flagged("R-MEET-5")
    world.at("2026-10-28 23:59").when(object_("o3", of="p-result", name="y")).then("raised")
    world.at("2026-10-29 00:00").when(object_("o4", of="p-result", name="z")).refused("objection-late", last="2026-10-28")


def test_two_votes_end_each_by_itself_whatever_is_objected_to_the_other() -> None:
    world = given("result objected")
    world.state[ENDINGS] = (*world.state[ENDINGS], (world.state[ENDINGS][0][0] + 1, "other"))
    world.at(AFTER)
    assert is_final(world.state, "other", world.play.clock.at + 1)
    assert not is_final(world.state, "p", world.play.clock.at + 1)


def test_a_vote_that_an_older_edition_judges_meets_no_objections() -> None:
    world: Given = (
        given("roll frozen", at="2026-08-17 10:00").when(adopt(SECOND), notice().but(edition=SECOND), post()).admitted()
    )
    world.when(adopt(LATEST.named())).admitted()
    world.at("2026-09-03 09:00").when(open_(), vote("o1")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify()).admitted()
    world.when(object_(of="p-result")).refused("not-contestable")


def test_a_vote_is_noticed_on_the_roll_that_was_frozen_last_r_roll_8() -> None:
    world = given("second roll").when(page(1, snapshot="r2"), FREEZE_SECOND.on("2026-08-25 10:00")).then("frozen")
    world.when(NOTICE.but(roll="r2")).then("noticed")


def test_a_vote_that_was_noticed_goes_on_when_a_newer_roll_is_frozen_r_roll_8() -> None:
    world = given("second roll", at="2026-08-17 10:00").when(page(1, snapshot="r2"), notice(), post()).admitted()
    world.when(FREEZE_SECOND.on("2026-08-25 10:00")).then("frozen").at("2026-09-03 09:00").when(open_()).then("open")
