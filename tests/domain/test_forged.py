"""A key that never was its owner's: what it cast in a vote that still runs is set aside, and its owner votes herself (R-SIG-5)."""

from __future__ import annotations

from domain.ballots import FORGED, mark, returned
from domain.results import returned_by
from tests.acts import NO, Given, Move, certify, close, given, key_again, paper, revoke, vote


def never_hers(who: str) -> Move:
    """Two organisations say that the key was admitted in error."""
    return revoke(who, by="bureau", reason="admitted-in-error")


def heads(world: Given, choice: str) -> int:
    return int(world.state["running", "p"].heads.get(("use", choice, "electronic"), 0))


def test_a_forged_ballot_is_invalid_in_the_open_and_in_the_certified_result_r_bal_4() -> None:
    world = given("voted").when(never_hers("o1")).then("revoked")
    assert (heads(world, "agree"), heads(world, "invalid")) == (4, 1)
    world.at("2026-09-17 20:30").when(close()).admitted()
    world.at("2026-09-18 10:00").when(certify()).admitted()
    result = world.state["result", "p"].items["use"]
    assert (result["agree"]["heads"], result["invalid"], result["channels"]["electronic"]) == (4, 1, 6)


def test_a_forged_sealed_ballot_is_never_opened() -> None:
    world = given("voted, sealed").when(never_hers("o1")).then("revoked")
    said = returned_by(world.state, "p", world.play.tag("1-1"))
    assert (said[0].sealed, mark(said, "use").name) == ((), "invalid")
    world.at("2026-09-17 20:30").when(close()).admitted()
    world.at("2026-09-18 10:00").when(certify()).admitted()


def test_a_lost_key_and_one_that_its_holder_revokes_leave_their_ballots_as_they_are_r_sig_6() -> None:
    for move in (revoke("o1", by="bureau", reason="lost"), revoke("o1", reason="admitted-in-error")):
        world = given("voted").when(move).then("revoked")
        assert heads(world, "agree") == 5


def test_after_closing_time_nothing_of_a_vote_is_set_aside_r_bal_8() -> None:
    world = given("voted", at="2026-09-17 20:01").when(never_hers("o1")).then("revoked")
    assert heads(world, "agree") == 5


def test_what_her_own_key_had_said_before_counts_again_where_paper_is_offered() -> None:
    world = given("open, paper").when(vote("o1", use="against", levy="against"), vote("o1-twin", "1-1")).then("cast")
    world.when(never_hers("o1-twin")).then("revoked")
    ballot = world.state["ballot", ("p", world.play.tag("1-1"))]
    assert (ballot.stage, ballot.earlier[0].stage) == (FORGED, "cast")
    assert mark(returned(ballot, ()), "use").name == "against"
    world.when(paper(("1-1", NO)), key_again(("1-1", NO))).admitted()
    assert mark(returned_by(world.state, "p", world.play.tag("1-1")), "use").name == "against"
    world.when(never_hers("o1")).then("revoked")
    assert mark(returned_by(world.state, "p", world.play.tag("1-1")), "use").channel == "paper"


def test_a_key_that_cast_nothing_takes_no_ballot_along() -> None:
    world = given("voted").when(never_hers("o1-twin")).then("revoked")
    assert heads(world, "agree") == 5


def test_her_own_ballot_takes_the_forged_one_s_place() -> None:
    world = given("open").when(vote("o1"), never_hers("o1"), vote("o1-twin", "1-1", **NO)).then("cast")
    assert (heads(world, "agree"), heads(world, "against"), heads(world, "invalid")) == (0, 1, 0)
