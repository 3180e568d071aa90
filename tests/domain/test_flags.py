"""Reports are always admitted, every broken rule a flag; effects go on only with a reason that two sign (design §1)."""

from __future__ import annotations

import pytest

from domain.errors import REFUSALS
from domain.state import act_of
from tests.acts import NOTHING, Case, Given, announce, answer, case, certify, close, confirm, given, open_, post

OPENING = "2026-09-03 09:00"
LONG = "2026-10-30"

# what the report says, when it is recorded -> the codes of its flags
FLAGGED = [
    pytest.param("2026-08-18", LONG, "2026-08-18 10:00", (), id="sixteen days before R-MEET-2"),
    pytest.param("2026-08-19", LONG, "2026-08-19 10:00", ("posted-gap-day",), id="the gap day between the two readings R-TIME-2"),
    pytest.param("2026-08-20", LONG, "2026-08-20 10:00", ("posted-late",), id="fourteen days before R-MEET-2"),
    pytest.param("2026-09-10", LONG, "2026-09-10 10:00", ("posted-late",), id="after the opening R-MEET-2"),
    pytest.param("2026-08-15", LONG, "2026-08-18 10:00", (), id="three days before the record are tolerated R-TIME-4"),
    pytest.param("2026-08-14", LONG, "2026-08-18 10:00", ("backdated",), id="four days before the record R-TIME-4"),
    pytest.param("2026-08-15", LONG, "2026-08-19 10:00", ("backdated", "posted-gap-day"),
                 id="the clock runs from the record when the claim is too old R-TIME-4"),
    pytest.param("2026-08-18", LONG, "2026-08-21 10:00", (), id="the clock runs from the claim while it is provable R-TIME-4"),
    pytest.param("2026-08-17", "2026-09-01", "2026-08-17 11:00", (), id="hung for fifteen days R-DIS-2"),
    pytest.param("2026-08-17", "2026-08-31", "2026-08-17 11:00", ("removed-early",), id="taken down after fourteen R-DIS-2"),
    pytest.param("2026-08-14", "2026-09-01", "2026-08-18 10:00", ("backdated", "removed-early"),
                 id="hung for fourteen by the record R-DIS-2 R-TIME-4"),
    pytest.param("2026-08-20", "2026-08-19", "2026-08-25 11:00", ("backdated", "posted-late", "removed-early"), id="everything at once"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "to", "at", "codes"), FLAGGED)
def test_a_posting_is_admitted_and_its_broken_rules_are_flagged(start: str, to: str, at: str, codes: tuple[str, ...]) -> None:
    world = given("noticed", at=at).when(post(1, start, to)).flagged(*(REFUSALS[code].rule for code in codes))
    assert world.state["poll", "p"].postings == 1


ANNOUNCED = [
    pytest.param("2026-09-19", "2026-09-19 10:00", (), id="the next day"),
    pytest.param("2026-09-28", "2026-09-28 23:59", (), id="the seventh day moved behind Mid-Autumn R-TIME-1"),
    pytest.param("2026-09-19", "2026-09-29 00:00", ("announced-late",), id="recorded late, whatever is claimed R-MEET-5"),
    pytest.param("2026-09-29", "2026-09-19 10:00", ("announced-late",), id="claimed for a day too late R-MEET-5"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "at", "codes"), ANNOUNCED)
def test_a_result_is_announced_within_seven_days_or_flagged(day: str, at: str, codes: tuple[str, ...]) -> None:
    world = given("certified", at=at)
    assert world.state["due", ("p", "R-MEET-5")] == "2026-09-28"
    world.when(announce(day)).flagged(*(REFUSALS[code].rule for code in codes))
    assert ("due", ("p", "R-MEET-5")) not in world.state


@pytest.mark.parametrize("stage", ["noticed", "open", "closed", "certified", "announced"])
def test_a_report_is_admitted_at_every_stage_of_its_matter(stage: str) -> None:
    given(stage, at="2026-09-20 10:00").when(post(7, "2026-09-20", LONG)).flagged("R-MEET-2")


REFUSED = [
    case("unknown-matter", "about a vote that nobody called", "roll frozen", post()),
    case("not-authorised", "by whom its row does not name", "noticed", post().by("street")),
    case("already-exists", "under a number that is taken", "posted", post()),
    case("flags-unanswered", "opened without naming the flag", "flagged", open_(), at=OPENING),
    case("flags-unanswered", "a report that has no flag", "flagged", open_("p-posted-1", "p-posted-2"), at=OPENING),
    case("flags-unanswered", "another report", "flagged", open_("p-posted-1"), at=OPENING),
    case("flags-unanswered", "only one of two", "flagged", post(3, "2026-08-25"), open_("p-posted-2"), at=OPENING),
    case("flags-unanswered", "answered already", "flagged", answer("p-posted-2"), open_("p-posted-2"), at=OPENING),
    case("flags-not-open", "answered twice", "flagged", answer("p-posted-2"), answer("p-posted-2", n=2)),
    case("flags-not-open", "a report that broke no rule", "flagged", answer("p-posted-1")),
    case("flags-not-open", "one that did and one that did not", "flagged", answer("p-posted-1", "p-posted-2")),
    case("flags-unanswered", "one more came before the supervisor confirmed", "flagged",
         open_("p-posted-2").confirmed_by().named("o"), post(3, "2026-08-25"), confirm("bureau", "o"), at=OPENING),
    case("sealed-count", "no reason given", "flagged", open_("p-posted-2").sealing(reason=NOTHING), at=OPENING),
    case("same-person", "the convener is also a supervisor", "flagged", open_("p-posted-2").confirmed_by("street"), at=OPENING),
    case("not-a-confirmer", "the clerk is none", "flagged", open_("p-posted-2").confirmed_by("clerk"), at=OPENING),
    case("not-authorised", "the clerk is no convener", "flagged", answer("p-posted-2").by("clerk"), at=OPENING),
    case("unknown-matter", "an answer about a vote that nobody called", "flagged", answer("p-posted-2").but(poll="q")),
    case("already-exists", "an answer of that number", "flagged",
         answer("p-posted-2"), post(3, "2026-08-25"), answer("p-posted-3")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_flags(case: Case) -> None:
    case.check()


def test_the_refusal_names_the_reports_by_the_beginnings_of_their_leaves() -> None:
    world = given("flagged", at=OPENING)
    world.when(open_()).refused("flags-unanswered", leaves=world.play.leaves["p-posted-2"].hex()[:12])
    world.when(answer("p-posted-1")).refused("flags-not-open", leaves=world.play.leaves["p-posted-1"].hex()[:12])
    world.when(answer("p-posted-2"), open_("p-posted-2")).refused("flags-unanswered", leaves="–")


def answered_by(world: Given, report: str, rule: str = "R-MEET-2") -> bytes | None:
    flag = world.state["flag", ("p", world.play.leaves[report], rule)]
    leaf: bytes | None = flag.answered
    return leaf


def test_a_vote_opens_despite_a_flag_when_convener_and_supervisor_sign_the_reason() -> None:
    world = given("flagged", at=OPENING).when(open_("p-posted-2").confirmed_by()).pending()
    assert answered_by(world, "p-posted-2") is None
    world.when(confirm("bureau")).admitted()
    assert world.state["poll", "p"].stage == "open"
    assert answered_by(world, "p-posted-2") == world.play.leaves["p-opening"]


def test_without_flags_a_convener_opens_alone() -> None:
    given("posted", at=OPENING).when(open_()).then("open")


def test_one_of_several_flags_may_be_answered_by_itself() -> None:
    world = given("flagged", at=OPENING).when(post(3, "2026-08-25", LONG), answer("p-posted-3")).then("answered")
    assert (answered_by(world, "p-posted-2"), answered_by(world, "p-posted-3", "R-MEET-2")) == (None, world.play.leaves["it"])
    world.when(open_("p-posted-2")).admitted()


def result_flags(world: Given) -> object:
    return next(
        act.body["flags"] for act in (act_of(entry).act for entry in world.door.entries) if act.kind == "result-certified/1"
    )


def test_a_flag_that_comes_while_a_vote_is_open_holds_nothing_up_and_stands_in_the_result() -> None:
    world = given("voted", at="2026-09-17 20:30").when(post(2, "2026-09-17", LONG)).flagged("R-MEET-2")
    world.when(close(), certify()).admitted()
    assert result_flags(world) == ((world.play.leaves["p-posted-2"], "R-MEET-2"),)
    world.when(announce()).then("announced")


def test_an_answered_flag_stands_in_the_result_too() -> None:
    world = (
        given("voted", at="2026-09-17 20:30")
        .when(post(2, "2026-09-17", LONG), answer("p-posted-2"), close(), certify())
        .admitted()
    )
    assert result_flags(world) == ((world.play.leaves["p-posted-2"], "R-MEET-2"),)


def test_a_result_that_hides_a_flag_is_none() -> None:
    world = given("voted", at="2026-09-17 20:30").when(post(2, "2026-09-17", LONG), close()).admitted()
    world.when(certify().but(flags=())).refused("figures-differ", field="flags")


def test_a_flag_raised_after_the_closed_tree_is_the_matters_and_not_the_results() -> None:
    world = given("closed").when(post(2, "2026-09-18", LONG)).flagged("R-MEET-2")
    leaf = world.play.leaves["p-posted-2"]
    world.when(certify().but(flags=((leaf, "R-MEET-2"),))).refused("figures-differ", field="flags")
    world.when(certify()).admitted()
    assert (result_flags(world), world.state["flags", "p"]) == ((), ((leaf, "R-MEET-2"),))


def test_a_report_counts_from_the_entry_with_which_it_took_effect() -> None:
    world = given("voted", at="2026-09-17 20:30").when(post(2, "2026-09-17", LONG).confirmed_by()).pending()
    world.when(close(), confirm("witness", "p-posted-2"), certify()).admitted()
    assert result_flags(world) == ()


def test_one_report_with_two_flags_is_named_once() -> None:
    world = (
        given("noticed", at="2026-08-25 10:00")
        .when(post(1, "2026-08-20", "2026-08-21"))
        .flagged("R-TIME-4", "R-MEET-2", "R-DIS-2")
    )
    world.at(OPENING).when(open_("p-posted-1")).admitted()
    assert {answered_by(world, "p-posted-1", rule) for rule in ("R-TIME-4", "R-MEET-2", "R-DIS-2")} == {
        world.play.leaves["p-opening"]
    }
