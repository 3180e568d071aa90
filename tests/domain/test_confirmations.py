"""Pending, confirmed, declined, expired, withdrawn: who must agree besides the author, and until when (docs/spec/state.md §4)."""

from __future__ import annotations

import pytest

from domain.confirmations import ENDS
from tests.acts import Case, admit, case, certify, close, confirm, decline, found, give, given, notice, post, revoke, rotate

WAITING = notice().confirmed_by().named("n")

REFUSED = [
    case("same-person", "its author", "roll frozen", notice().confirmed_by("street")),
    case("same-person", "its author by another key", "staffed", give("preparatory-group", "o1", by="bureau").confirmed_by("bureau-twin")),
    case("same-organisation", "a witness from the clerk's organisation", "noticed",
         give("posting-witness", "counter-1"), post().confirmed_by("counter-1")),
    case("same-organisation", "a witness of no organisation", "noticed", give("posting-witness", "o1"), post().confirmed_by("o1")),
    case("not-a-confirmer", "holds no post", "roll frozen", notice().confirmed_by("tenant")),
    case("not-a-confirmer", "holds another post", "roll frozen", notice().confirmed_by("clerk")),
    case("not-a-confirmer", "his need is filled", "closed", give("counter", "o1"), certify().confirmed_by("counter-2", "o1")),
    case("not-a-confirmer", "a stranger declines", "roll frozen", WAITING, decline("tenant")),
    case("nothing-pending", "complete already", "noticed", confirm("party", "p-notice")),
    case("nothing-pending", "no act of that leaf", "noticed", confirm("party", "p-notice").stating(about=bytes(32))),
    case("nothing-pending", "confirmed after it was declined", "roll frozen", WAITING, decline("party"), confirm("bureau")),
    case("nothing-pending", "declined after it was declined", "roll frozen", WAITING, decline("party"), decline("bureau")),
    case("not-your-person", "in another supervisor's name", "roll frozen",
         WAITING, confirm("party").but(person=lambda play: play.people["bureau"].person)),
    case("withdraw-only", "its author gives another reason", "roll frozen", WAITING, decline("street", reason="not-as-agreed")),
    case("already-exists", "said twice", "closed", certify().confirmed_by("counter-2"), confirm("counter-2")),
    case("stream-moved", "said twice, as if for the first time", "closed",
         certify().confirmed_by("counter-2"), confirm("counter-2").stating(prev=None, until=lambda play: play.clock.at)),
    case("already-exists", "confirmed, then declined", "closed", certify().confirmed_by("counter-2"), decline("counter-2")),
    case("pending-first", "one act at a time in a stream", "voted", close().confirmed_by(), close(), at="2026-09-17 20:30"),
    case("key-unknown", "its author's key was revoked in the meantime R-SIG-6", "roll frozen",
         WAITING, revoke("street", by="bureau"), confirm("party", "n")),
    case("key-unknown", "its author's key was rotated in the meantime", "roll frozen",
         WAITING, rotate("street", "street-new"), confirm("party", "n")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_who_may_confirm_and_decline(case: Case) -> None:
    case.check()


def test_a_pending_act_has_its_place_in_the_stream_and_no_effect() -> None:
    world = given("roll frozen").when(WAITING).pending()
    assert world.state["stream", "poll/p"].leaf == world.play.leaves["n"]
    assert ("poll", "p") not in world.state


def test_it_takes_effect_at_the_entry_that_completes_it() -> None:
    world = given("roll frozen").when(WAITING, confirm("party")).admitted()
    assert world.state["poll", "p"].stage == "noticed"
    assert not [key for key in world.state if key[0] == "pending"]
    assert world.state["stream", "poll/p"].pending is None


def test_three_persons_certify_in_either_order_of_the_other_two() -> None:
    for order in (("counter-2", "observer"), ("observer", "counter-2")):
        given("closed").when(certify().confirmed_by(*order)).admitted().when(
            confirm("party", "p-result")).refused("nothing-pending")  # fmt: skip


@pytest.mark.parametrize("alone", [(), ("counter-2",), ("observer",)])
def test_a_counter_alone_certifies_nothing_nor_with_one_other(alone: tuple[str, ...]) -> None:
    world = given("closed").when(certify().confirmed_by(*alone)).admitted()
    assert ("pending", world.play.leaves["it"]) in world.state
    assert ("result", "p") not in world.state


@pytest.mark.parametrize(
    ("who", "reason"), [("street", "withdrawn"), ("bureau", "evidence-missing"), ("party", "figures-differ")]
)
def test_an_act_declined_by_whom_its_row_admits_or_withdrawn_never_has_effect_and_frees_its_stream(
    who: str, reason: str
) -> None:
    world = given("roll frozen").when(WAITING, decline(who, reason=reason)).admitted()
    assert ("poll", "p") not in world.state
    assert ("pending", world.play.leaves["n"]) not in world.state
    world.when(notice()).admitted()
    assert world.state["poll", "p"].notice == world.play.leaves["it"]


def test_until_its_last_moment_an_act_waits_and_bars_its_stream() -> None:
    world = given("roll frozen", at="2026-08-15 10:00").when(admit("newcomer").confirmed_by().named("n")).pending()
    world.at("2026-09-14 10:00").when(admit("newcomer")).refused("pending-first")
    world.when(confirm("bureau", "n")).admitted()


def test_after_thirty_days_it_has_expired_and_the_next_act_of_its_stream_takes_its_row_away() -> None:
    world = given("roll frozen", at="2026-08-15 10:00").when(admit("newcomer").confirmed_by().named("n")).pending()
    world.at("2026-09-14 10:01").when(confirm("bureau", "n")).refused("nothing-pending")
    world.when(decline("clerk", "n", "withdrawn")).refused("nothing-pending")
    world.when(admit("newcomer").confirmed_by()).pending()
    assert ("pending", world.play.leaves["n"]) not in world.state
    world.when(confirm("bureau")).admitted()
    assert world.state["key", world.play.people["newcomer"].key.id].stage == "active"


@pytest.mark.parametrize(("second", "code"), [
    ("2026-08-18 23:59", None),
    ("2026-08-19 00:00", "notice-too-short"),
])  # fmt: skip
def test_clocks_run_from_the_completing_entry(second: str, code: str | None) -> None:
    world = given("roll frozen", at="2026-08-18 10:00").when(WAITING).pending()
    answer = world.at(second).when(confirm("bureau"))
    assert answer.refused(code) if code else answer.admitted()


def test_an_authors_post_must_last_until_completion() -> None:
    world = given("staffed").when(give("clerk", "witness", to="2026-08-15")).at("2026-08-15 10:00").when(
        admit("newcomer", by="witness").confirmed_by().named("n")).pending()  # fmt: skip
    world.at("2026-08-16 00:00").when(confirm("bureau", "n")).refused("not-authorised")


def test_what_a_refused_completion_leaves_waiting_can_still_be_declined() -> None:
    world = given("roll frozen", at="2026-08-18 10:00").when(WAITING).at("2026-08-19 10:00")
    world.when(confirm("bureau")).refused("notice-too-short")
    world.when(decline("bureau")).admitted()


def test_what_needs_openings_is_checked_again_by_the_confirmation_that_completes_it_and_by_no_other() -> None:
    world = given("closed").when(certify().confirmed_by()).pending()
    result = world.play.leaves["p-result"]
    world.door.erase(world.play.leaves["roll-r1-1"])
    world.when(confirm("counter-2", "p-result")).then("confirmed")
    world.when(confirm("observer", "p-result")).refused("sealed-not-opened")
    assert ("pending", result) in world.state


def test_one_person_of_two_posts_fills_one_need() -> None:
    world = given("closed").when(give("observer", "counter-2"), certify().confirmed_by("counter-2")).admitted()
    world.when(confirm("observer")).admitted()
    assert world.state["result", "p"].stage == "certified"


def test_what_has_expired_leaves_the_state_with_the_next_entry_and_frees_its_stream() -> None:
    first = give("observer", "witness").confirmed_by().named("first")
    second = give("clerk", "witness").confirmed_by().on("2026-08-20 10:00").named("second")
    world = given("staffed", at="2026-08-08 10:00").when(first, second).pending()
    assert world.state[ENDS] == (1, 2)
    stream = f"post/observer/{world.play.people['witness'].person.hex()}"
    world.at("2026-09-08 10:00").when(revoke("o1")).then("revoked")
    assert ("pending", world.play.leaves["first"]) not in world.state
    assert ("pending", world.play.leaves["second"]) in world.state
    assert (world.state["stream", stream].pending, world.state[ENDS]) == (None, (2, 2))
    world.when(confirm("bureau", "first")).refused("nothing-pending")
    world.when(give("observer", "witness")).then("given")
    world.at("2026-10-20 10:00").when(revoke("o2")).then("revoked")
    assert not [key for key in world.state if key[0] in ("pending", "expiring", "expiring-ends")]


def test_what_was_said_of_an_act_that_expired_goes_with_it() -> None:
    world = given("empty").when(found().confirmed_by(), confirm("bureau", "founding")).admitted()
    place = ("confirmation", (world.play.leaves["founding"], world.play.people["bureau"].person))
    assert place in world.state
    world.at("2026-09-20 10:00").when(confirm("party", "founding")).refused("nothing-pending")


def test_an_act_that_was_settled_in_its_days_is_passed_over() -> None:
    world = given("staffed").when(
        give("observer", "witness"), give("clerk", "o1").confirmed_by(), decline("street", reason="withdrawn")
    )
    state = world.admitted().state
    assert [key for key in state if key[0] == "pending"] == []
    assert ENDS not in world.when(revoke("o1")).then("revoked").state
