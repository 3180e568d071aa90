"""What may come after a result: it is counted again for an objection that was upheld, or annulled (R-BAL-5, rulebook §1.5)."""

from __future__ import annotations

import pytest

from domain.finality import Outcome
from tests.acts import (
    NO,
    YES,
    Case,
    Move,
    announce,
    case,
    certify,
    confirm,
    given,
    key_again,
    mend,
    paper,
    post,
    revoke,
)
from tests.moves.counting import annul, recount, uphold
from tests.moves.rights import object_, reply

AFTER = "2026-09-20 10:00"
FINAL = "2026-12-01 10:00"
MENDED = mend(("1-2", NO), observed=True)
KEYED = key_again(("1-2", NO), page="mended-1")

REFUSED = [
    case("objection-not-upheld", "nobody has objected", "certified", recount(), at=AFTER),
    case("objection-not-upheld", "another objection", "upheld", recount("o-2"), at=AFTER),
    case("objection-not-upheld", "the same objection once more", "upheld", recount(), recount(), at=AFTER),
    case("unknown-matter", "nothing has been certified", "closed", recount(), at=AFTER),
    case("already-exists", "certified again instead", "upheld", certify(), at=AFTER),
    case("figures-differ", "the recount does not give it", "upheld", recount().but(bound_late=9), at=AFTER),
    case("not-authorised", "a clerk does not count", "upheld", recount().by("clerk"), at=AFTER),
    case("not-a-confirmer", "without an observer", "upheld", recount().confirmed_by("counter-2", "bureau"), at=AFTER),
    case("wrong-stage", "paper corrected after the result, without an objection R-BAL-8", "certified, paper", MENDED, at=AFTER),
    case("wrong-stage", "a new page even so R-BAL-8", "upheld, paper", paper(("1-6", YES), page="page-2"), at=AFTER),
    case("observer-needed", "corrected with nobody looking on R-DIS-3", "upheld, paper", mend(("1-2", NO)), at=AFTER),
    case("wrong-stage", "corrected once it was counted again R-BAL-8", "upheld, paper",
         recount(), mend(("1-2", NO), observed=True), at=AFTER),
    case("matter-final", "the objection came to nothing in time", "upheld", recount(), at=FINAL),
    case("wrong-stage", "nothing is certified yet", "closed", annul(), at=AFTER),
    case("unknown-matter", "a vote that nobody called", "closed", annul().but(poll="q"), at=AFTER),
    case("already-exists", "annulled twice", "certified", annul(), annul(), at=AFTER),
    case("already-exists", "annulled again when it is final", "announced", annul().on(FINAL), annul("authority")),
    case("not-authorised", "a convener annuls nothing", "certified", annul().by("clerk"), at=AFTER),
    case("same-person", "both keys of one supervisor", "certified", annul().confirmed_by("bureau-twin"), at=AFTER),
    case("matter-final", "a final vote takes nothing else", "announced", annul(), post(9, "2026-11-30"), at=FINAL),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_after_a_result(case: Case) -> None:
    case.check()


# --- counted again


def test_a_result_counted_again_takes_the_place_of_the_first_and_begins_its_periods_anew_r_meet_5() -> None:
    world = given("upheld", at="2026-09-19 10:00")
    first = world.play.leaves["p-result"]
    world.when(announce(), recount().on(AFTER)).then("certified")
    result = world.state["result", "p"]
    assert (result.leaf, result.before) == (world.play.leaves["p-result"], (first,))
    assert result.announced is None
    assert world.state["due", ("p", "R-MEET-5")] == "2026-09-28"


def test_it_is_announced_again_and_ends_later_r_meet_5() -> None:
    world = given("upheld", at="2026-09-19 10:00").when(announce(), recount().on(AFTER)).admitted()
    world.when(announce("2026-09-20")).then("announced")
    assert world.state["endings", ""][0][1] == "p"


def test_corrected_paper_is_counted_again_under_the_eyes_of_an_observer_r_dis_3() -> None:
    world = given("upheld, paper", at=AFTER)
    first = world.state["result", "p"].items["use"]
    world.when(MENDED, KEYED, confirm("observer", "mended-1"), recount()).then("certified")
    again = world.state["result", "p"].items["use"]
    assert (first["agree"]["heads"], again["agree"]["heads"], again["against"]["heads"]) == (1, 0, 2)
    assert again["without"]["against"] == again["against"]


def test_while_a_recount_waits_no_page_comes_in_r_bal_8() -> None:
    world = given("upheld, paper", at=AFTER).when(recount().confirmed_by()).pending()
    world.when(paper(("1-6", YES), page="page-2")).refused("wrong-stage")


@pytest.mark.parametrize("moves", [
    pytest.param((), id="nobody has answered it"), pytest.param((reply(name="o-1"),), id="it was rejected"),
    pytest.param((reply(name="o-1", outcome="moot"),), id="it was moot"),
])  # fmt: skip
def test_only_an_objection_that_was_answered_and_upheld_opens_a_recount_r_bal_5(moves: tuple[Move, ...]) -> None:
    world = given("certified", at=AFTER).when(object_(of="p-result", name="o-1", ground="counting"), *moves).admitted()
    world.when(recount()).refused("objection-not-upheld", objection="o-1")


LATE = "2026-10-20 10:00"  # the window of the vote that was announced on the nineteenth ended on the ninth


def test_an_objection_upheld_after_the_window_leaves_time_to_count_again_r_dis_4() -> None:
    world = given("announced", at=AFTER).when(object_(of="p-result", name="o-1", ground="counting")).admitted()
    world.at(LATE).when(reply(name="o-1", outcome="upheld"), recount().on("2026-11-04 20:00")).then("certified")
    assert not [key for key in world.state if key[0] == "contestable" and key[1] != world.play.leaves["p-result"]]


def test_what_was_upheld_and_not_acted_upon_in_time_is_final_r_dis_4() -> None:
    world = given("announced", at=AFTER).when(object_(of="p-result", name="o-1", ground="counting")).admitted()
    world.at(LATE).when(reply(name="o-1", outcome="upheld")).admitted()
    world.at("2026-11-05 00:00").when(recount()).refused("matter-final")


def test_what_is_rejected_after_the_window_gives_no_more_time_r_dis_4() -> None:
    world = given("announced", at=AFTER).when(object_(of="p-result", name="o-1", ground="counting")).admitted()
    world.at(LATE).when(reply(name="o-1"), annul()).admitted()
    assert ("outcome", "p") in world.state


def test_an_objection_upheld_early_shortens_nothing_r_dis_4() -> None:
    world = given("announced", at=AFTER)
    before = world.state["endings", ""]
    world.when(*uphold()).admitted()
    assert world.state["endings", ""] == before


# --- annulled


def test_an_annulled_result_stays_to_be_read_and_says_so() -> None:
    world = given("certified", at=AFTER).when(annul().confirmed_by().named("a")).pending()
    assert world.state["result", "p"].annulled is None
    world.when(confirm("party", "a")).admitted()
    assert world.state["result", "p"].annulled == world.play.leaves["a"]
    assert world.state["result", "p"].items["use"]["passed"] is True
    world.when(announce("2026-09-20")).then("announced")


def test_an_annulment_stays_when_the_vote_is_final() -> None:
    world = given("announced", at=AFTER).when(annul().named("a")).admitted()
    result = world.state["result", "p"]
    world.at(FINAL).when(revoke("o1")).admitted()
    outcome = Outcome(result.leaf, result.certified_at, {"levy": True, "use": True}, annulled=world.play.leaves["a"])
    assert (world.state["outcome", "p"], world.state["annulled", "p"].stage) == (outcome, "annulled")


@pytest.mark.parametrize("stage", ["announced", "certified"])
def test_a_final_vote_may_still_be_annulled(stage: str) -> None:
    world = given(stage, at=FINAL).when(annul("authority").confirmed_by().named("a")).pending()
    world.when(confirm("party", "a")).admitted()
    assert world.state["outcome", "p"].annulled == world.play.leaves["a"]


def test_a_recount_of_an_annulled_result_is_annulled_still() -> None:
    world = given("upheld", at=AFTER).when(annul().named("a"), recount()).admitted()
    assert world.state["result", "p"].annulled == world.play.leaves["a"]
