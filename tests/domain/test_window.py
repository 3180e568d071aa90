"""How the hours of a vote may lawfully change: extension with a new notice, outage on the last evening, withdrawal (R-BAL-7, R-BAL-8)."""

from __future__ import annotations

import pytest

from domain.acts import MAX_FLAGS, MAX_OUTAGES, MAX_POSTINGS
from domain.flags import open_flags
from domain.polls import covered
from domain.rulesets import LATEST
from domain.state import act_of
from scripts.stories.player import Play, moment
from tests.acts import (
    CLOSES,
    NO,
    YES,
    Case,
    Given,
    adopt,
    announce,
    answer,
    case,
    certify,
    close,
    confirm,
    erase,
    given,
    key_again,
    mend,
    open_,
    paper,
    post,
    revoke,
    vote,
)
from tests.moves.counting import LATER, extend, outage, withdraw

EVENING, COUNT_AT = "2026-09-17 20:40", "2026-09-18 10:00"
FIRST, LAST = "2026-09-17 20:40", "2026-09-17 22:30"  # closing at 20:00, and two hours and a half that were lost

REFUSED = [
    case("wrong-stage", "put off before it was opened", "posted", extend(), at="2026-09-01 10:00"),
    case("wrong-stage", "put off after it was closed", "closed", extend()),
    case("outside-window", "put off when closing time has come R-BAL-8", "voted", extend(), at="2026-09-17 20:01"),
    case("outside-window", "the supervisor confirms too late R-BAL-8", "voted",
         extend().confirmed_by().named("x").on("2026-09-17 19:59"), confirm("bureau", "x").on("2026-09-17 20:01")),
    case("window-backwards", "closing earlier than noticed R-BAL-7", "open", extend("2026-09-16 20:00")),
    case("window-backwards", "closing as noticed R-BAL-7", "open", extend(CLOSES)),
    case("extension-too-long", "a minute more than fifteen days R-BAL-7", "open", extend("2026-10-02 20:01")),
    case("poll-extended-twice", "put off again R-BAL-7", "extended", extend("2026-09-28 20:00")),
    case("kind-not-offered", "a vote noticed under the edition before this one R-SRC-1", "open, older", extend()),
    case("not-authorised", "a clerk does not move hours", "open", extend().by("clerk")),
    case("poll-still-open", "closed at the hour first noticed R-BAL-7", "extended", close(), at="2026-09-17 20:30"),
    case("extension-not-posted", "certified though the new notice never hung R-BAL-7", "extended",
         close(), certify(), at="2026-09-27 20:30"),
    case("extension-not-posted", "what was recorded before the extension is the old notice R-BAL-7", "open",
         post(2, "2026-09-14", "2026-10-30").confirmed_by().on("2026-09-14 10:00"), extend(), confirm("witness", "p-posted-2"),
         close().on("2026-09-27 20:30"), certify()),
    case("postings-used-up", "the new notice could not be recorded any more R-BAL-7", "posted",
         *(post(n) for n in range(2, MAX_POSTINGS + 1)), open_().on("2026-09-03 09:00"), extend()),
    case("outage-backwards", "it ends before it begins", "voted", outage("2026-09-17 20:30", "2026-09-17 18:00"), at=EVENING),
    case("outage-backwards", "it is not over yet", "voted", outage("2026-09-17 18:00", "2026-09-17 21:00"), at=EVENING),
    case("outages-too-many", "a twenty-first", "voted",
         *(outage(f"2026-09-10 {n:02}:00", f"2026-09-10 {n:02}:30") for n in range(1, 22)), at=EVENING),
    case("unknown-matter", "an outage of a vote that nobody called", "roll frozen", outage("2026-08-15 08:00", "2026-08-15 09:00")),
    case("not-authorised", "an outage is the operator's to report", "voted", outage().by("street"), at=EVENING),
    case("poll-still-open", "closed before the hours that were lost are given back", "outage", close(), at="2026-09-17 22:30"),
    case("ballots-left-out", "a tree without the report of the outage", "outage",
         close().but(size=38, root=lambda play: play.door.fold.root_at(38)), at="2026-09-17 22:31"),
    case("outside-window", "after the hours that were given back R-BAL-8", "outage", vote("o2"), at="2026-09-17 22:31"),
    case("outside-window", "a minute after closing where nothing was lost R-BAL-8", "voted", vote("o2"), at="2026-09-17 20:01"),
    case("flags-unanswered", "nobody has answered for the outage", "outage", close(), certify(), at="2026-09-17 22:31"),
    case("outside-window", "withdrawn when closing time has come", "voted", withdraw(), at="2026-09-17 20:01"),
    case("wrong-stage", "withdrawn after it was closed", "closed", withdraw()),
    case("wrong-stage", "opened after it was withdrawn", "posted", withdraw(), open_(), at="2026-09-03 09:00"),
    case("outside-window", "a ballot after it was withdrawn", "open", withdraw(), vote("o1")),
    case("wrong-stage", "closed after it was withdrawn", "open", withdraw(), close().on("2026-09-17 20:30")),
    case("wrong-stage", "a page after it was withdrawn", "open, paper", withdraw(), paper(("1-2", YES))),
    case("not-authorised", "a clerk withdraws no vote", "open", withdraw().by("clerk")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_hours(case: Case) -> None:
    case.check()


# --- an extension


def test_a_vote_that_was_put_off_takes_ballots_until_then_and_shows_it_r_bal_7() -> None:
    world = given("extended", at=LATER).when(vote("o1")).then("cast")
    assert not world.state["ballot", ("p", world.play.tag("1-1"))].grace
    assert world.state["poll", "p"].closes == moment(LATER)
    world.play.clock.at += 1
    world.when(vote("o2")).refused("outside-window")


@pytest.mark.parametrize("closes", ["2026-09-17 20:01", "2026-10-02 20:00"])
def test_an_extension_is_of_fifteen_days_at_most_r_bal_7(closes: str) -> None:
    given("open").when(extend(closes)).then("open")


def test_the_new_notice_hangs_before_the_result_and_is_flagged_where_it_hangs_late_r_bal_7() -> None:
    world = given("extended").when(post(2, "2026-09-15", "2026-10-30")).flagged("R-MEET-2")
    assert world.state["poll", "p"].reposted
    world.at("2026-09-27 20:30").when(close(), certify()).then("certified")


def test_a_notice_that_hangs_after_closing_is_one_too_r_bal_7() -> None:
    world = given("extended", at="2026-09-27 20:30").when(close(), certify()).refused("extension-not-posted")
    world.when(post(2, "2026-09-27", "2026-10-30"), certify()).then("certified")


@pytest.mark.parametrize(("closes", "minutes"), [("2026-09-17 21:00", 20), ("2026-09-18 12:00", 0)])
def test_an_outage_counts_as_long_as_it_lies_on_the_last_evening_r_bal_7(closes: str, minutes: int) -> None:
    world = (
        given("voted", at="2026-09-17 19:30").when(outage("2026-09-17 19:00", "2026-09-17 19:20"), extend(closes)).admitted()
    )
    assert world.state["poll", "p"].ends == moment(closes) + minutes * 60_000


# --- an outage


def flagged(world: Given) -> tuple[object, ...]:
    return next(
        tuple(act.body["flags"])
        for act in (act_of(entry).act for entry in world.door.entries)
        if act.kind == "result-certified/1"
    )


FLAGGED = [
    pytest.param("2026-09-17 18:00", "2026-09-17 20:30", 150, ("late-by-outage",), id="over closing time"),
    pytest.param("2026-09-17 19:00", "2026-09-17 19:20", 20, ("late-by-outage",), id="on the last evening"),
    pytest.param("2026-09-17 07:00", "2026-09-17 08:01", 61, ("late-by-outage",), id="into the last twelve hours"),
    pytest.param("2026-09-17 07:00", "2026-09-17 08:00", 0, ("late-by-outage",), id="it ended twelve hours before"),
    pytest.param("2026-09-10 07:00", "2026-09-10 19:00", 0, ("late-by-outage",), id="days before"),
    pytest.param("2026-09-17 20:01", "2026-09-17 20:30", 0, ("late-by-outage",), id="it began after closing time"),
    pytest.param("2026-09-16 08:00", "2026-09-17 19:00", 24 * 60, ("late-by-outage",), id="never more than a day"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "end", "minutes", "codes"), FLAGGED)
def test_an_outage_gives_back_what_it_took_of_the_last_evening_r_bal_7(
    start: str, end: str, minutes: int, codes: tuple[str, ...]
) -> None:
    world = given("voted", at=EVENING).when(outage(start, end)).flagged("R-BAL-7")
    poll = world.state["poll", "p"]
    assert (poll.closes, poll.ends) == (moment(CLOSES), moment(CLOSES) + minutes * 60_000)
    flag = world.state["flag", ("p", world.play.leaves["outage"], "R-BAL-7")]
    assert (flag.code, flag.detail["grace"]) == (codes[0], minutes)


@pytest.mark.parametrize("at", [FIRST, LAST])
def test_a_ballot_in_the_hours_given_back_is_counted_and_marked_r_bal_7(at: str) -> None:
    world = given("outage", at=at).when(vote("o2", use="against")).then("cast")
    assert world.state["ballot", ("p", world.play.tag("1-2"))].grace
    assert not world.state["ballot", ("p", world.play.tag("1-1"))].grace
    world.at("2026-09-17 22:31").when(close(), answer("outage"), certify()).then("certified")
    assert world.state["result", "p"].items["use"]["against"]["heads"] == 2
    assert flagged(world) == ((world.play.leaves["outage"], "R-BAL-7"),)


def test_paper_of_those_hours_is_counted_marked_and_corrected_as_such_r_bal_7() -> None:
    world = given("open, paper", at=EVENING).when(outage(), paper(("1-2", YES)), key_again(("1-2", YES))).admitted()
    world.when(mend(("1-2", NO)), key_again(("1-2", NO), page="mended-1")).admitted()
    forms = world.state["paper", ("p", world.play.tag("1-2"))]
    assert [(one.grace, one.overdue, one.stage) for one in forms] == [(True, False, "corrected"), (True, False, "keyed")]
    world.at("2026-09-17 22:31").when(paper(("1-3", YES), page="late")).pending()
    assert world.state["paper", ("p", world.play.tag("1-3"))][0].overdue


def test_a_ballot_that_was_recorded_meanwhile_speaks_against_the_outage_r_bal_7() -> None:
    world = given("voted", at="2026-09-17 19:00").when(vote("o2"), vote("o1")).admitted()
    world.at(EVENING).when(outage()).admitted()
    assert world.state["flag", ("p", world.play.leaves["outage"], "R-BAL-7")].detail["ballots"] == 2
    assert given("outage").state["flags", "p"]


def test_two_outages_give_back_what_they_took_together_and_both_are_answered_r_bal_7() -> None:
    world = (
        given("outage", at="2026-09-17 20:50").when(outage("2026-09-17 19:30", "2026-09-17 20:45").named("second")).admitted()
    )
    assert world.state["poll", "p"].ends == moment(CLOSES) + 165 * 60_000
    assert len(world.state["outage", "p"].spans) == 2
    world.at("2026-09-17 23:00").when(close(), answer("outage"), certify()).refused("flags-unanswered")
    world.when(answer("second", n=2), certify()).then("certified")
    assert len(flagged(world)) == 2


@pytest.mark.parametrize(
    ("spans", "length"), [((), 0), (((0, 10), (20, 30)), 20), (((0, 10), (5, 30)), 30), (((0, 30), (5, 10)), 30)]
)
def test_what_two_outages_share_is_lost_once(spans: tuple[tuple[int, int], ...], length: int) -> None:
    assert covered(spans) == length


def test_an_outage_reported_after_closing_changes_nothing_and_stands_with_the_vote_r_bal_7() -> None:
    world = given("closed").when(outage("2026-09-17 18:00", "2026-09-17 19:00")).flagged("R-BAL-7")
    assert world.state["poll", "p"].ends == moment(CLOSES)
    world.when(certify()).then("certified")


def test_an_outage_of_a_vote_under_the_edition_before_this_one_gives_no_hours_r_src_1() -> None:
    world = given("open, older", at=EVENING).when(adopt(LATEST.named()), outage()).flagged("R-BAL-7")
    assert world.state["poll", "p"].ends == moment(CLOSES)
    world.when(extend()).refused("kind-not-offered")


def test_what_was_reported_of_an_outage_leaves_with_the_vote() -> None:
    world = given("outage", at="2026-09-17 22:31").when(close(), answer("outage"), certify(), announce("2026-09-18")).admitted()
    world.at("2026-12-01 10:00").when(revoke("o1")).admitted()
    assert not [key for key in world.state if key in {("outage", "p"), ("stream", "outage/p")}]


# --- a withdrawal


@pytest.mark.parametrize(("stage", "at"), [("noticed", "2026-08-20 10:00"), ("posted", "2026-09-10 10:00"), ("voted", CLOSES)])
def test_a_mistaken_notice_does_not_trap_the_estate_r_bal_7(stage: str, at: str) -> None:
    world = given(stage, at=at).when(withdraw().confirmed_by().named("w")).pending()
    world.when(confirm("bureau", "w")).admitted()
    assert world.state["poll", "p"].stage == "withdrawn"
    world.when(post(7, "2026-08-20", "2026-09-30")).admitted()


def test_the_texts_of_a_withdrawn_vote_may_be_erased_r_priv_2() -> None:
    world = given("open").when(erase("title", basis="unlawful", until="2026-11-01")).refused("erasure-undecided")
    world.when(withdraw(), erase("title", basis="unlawful", until="2026-11-01")).admitted()


def unanswered(play: Play) -> tuple[bytes, ...]:
    return open_flags(play.door.fold.state, "p")


def test_every_flag_that_reports_of_a_vote_can_earn_fits_into_its_result_r_meet_5() -> None:
    """Whoever may report cannot make a result too long to be certified."""
    world = given("posted", at="2026-08-31 10:00")
    world.when(*(post(n, "2026-08-20", "2026-08-21") for n in range(2, MAX_POSTINGS + 1))).flagged(
        "R-TIME-4", "R-MEET-2", "R-DIS-2"
    )
    world.at("2026-09-03 09:00").when(answer().but(despite=unanswered), open_()).then("open")
    world.at("2026-09-04 10:00").when(
        *(outage("2026-09-04 09:00", f"2026-09-04 09:{n + 1:02}") for n in range(MAX_OUTAGES))
    ).admitted()
    world.at("2026-09-17 20:30").when(close(), certify()).then("certified")
    assert len(world.state["flags", "p"]) == MAX_FLAGS - 3  # the first notice hung in time
