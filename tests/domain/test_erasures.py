"""Erasure of what an entry seals: on a legal basis, by two, and never of what is still needed or must be kept (R-PRIV-2, R-DIS-7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from domain.erasures import Erased, _votes, entry_named, erased, erased_of, erasures
from domain.lifecycle import Act, Breach, Context
from domain.readers import votes_of
from domain.state import act_of
from tests.acts import (
    CLOSES,
    STAGES,
    YES,
    Case,
    Given,
    Move,
    Then,
    admit,
    announce,
    bind,
    case,
    certify,
    close,
    confirm,
    envelope,
    erase,
    give,
    given,
    key_again,
    open_,
    page,
    paper,
    post,
    revoke,
    said,
    vote,
)
from tests.domain.test_sealed import SIX, closed, opened, seal
from tests.moves.board import record
from tests.moves.elections import STANDING, check, declare, end, final, hang, nominate, withdraw
from tests.moves.rights import name_agent, serve

RETIRED = admit("newcomer").named("page")
HOLDER = erase(of="page")
UNLAWFUL = erase("title", basis="unlawful", until="2026-11-01")
LATER = erase(of="roll-r1-1", until="2031-10-01", by="bureau").confirmed_by("party")


def row(snapshot: str = "roll-r1-1", **more: Any) -> Move:
    return erase(of=snapshot, **more)


REFUSED = [
    case("erasure-entry-unknown", "another entry's index", "paged", row().but(index=0)),
    case("erasure-entry-unknown", "an index to come", "paged", row().but(index=999)),
    case("erasure-not-sealed", "a digest of another entry", "paged", row().amend(
        lambda _, body: {"openings": ((bytes(32), body["openings"][0][1]),)})),
    case("erasure-not-sealed", "a name that its kind does not have", "paged", row().amend(
        lambda _, body: {"openings": ((body["openings"][0][0], "title"),)})),
    case("erasure-not-sealed", "one name twice", "paged", row().amend(
        lambda _, body: {"openings": tuple((digest, body["openings"][0][1]) for digest, _ in body["openings"])})),
    case("erasure-done", "again", "paged", row(), row()),
    case("erasure-pending", "a page that waits for its confirmation", "staffed", RETIRED.confirmed_by(), HOLDER),
    case("erasure-undecided", "the texts of a vote", "noticed", erase("title", basis="unlawful")),
    case("erasure-undecided", "the roll of a vote", "closed", row()),
    case("erasure-retained", "the roll that a result rests on", "certified", row()),
    case("erasure-retained", "its last day", "certified", LATER, at="2031-09-18 10:00"),
    case("erasure-retained", "the count key", "certified", erase("count-key", of="p-result", until="2026-10-01")),
    case("erasure-of-record", "a title, for want of purpose", "certified", erase("title")),
    case("erasure-of-record", "the ledger's name", "staffed", erase("name", of="founding")),
    case("erasure-key-active", "whose an active key is", "staffed", RETIRED, HOLDER),
    case("erasure-backups-long", "a key backup for a year", "paged", row(until="2027-08-01")),
    case("not-authorised", "an owner", "paged", row(by="o1")),
    case("same-organisation", "two of one organisation", "paged",
         give("supervisor", "counter-1", by="bureau", confirm="party", to=None), row().confirmed_by("counter-1")),
    case("same-person", "one human with two keys", "paged", row(by="bureau").confirmed_by("bureau-twin")),
    case("not-a-confirmer", "no supervisor beside the clerk", "paged", row().confirmed_by("operator")),
    case("about-missing", "about nothing", "paged", row().stating(about=None, stream="erased/x")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_an_erasure_that_the_rules_forbid(case: Case) -> None:
    case.check()


def acts_of(world: Given, kind: str) -> list[Act]:
    return [one.act for one in map(act_of, world.door.entries) if one.act.kind == kind]


def test_two_erase_what_an_entry_seals_and_it_is_known_who_and_why() -> None:
    world = given("paged").when(row(until="2026-10-01")).then("erased")
    (erasure,), roll = acts_of(world, "openings-erased/1"), acts_of(world, "roll-page/1")[0]
    names = {name: digest for digest, name in erasure.body["openings"]}
    assert {name: found.digest for name, found in erased_of(world.state, roll).items()} == names
    assert erasures(world.state) == tuple((roll.leaf, name) for _, name in erasure.body["openings"])
    found = erased(world.state, roll.leaf, erasure.body["openings"][0][1])
    index = world.door.leaves.index(roll.leaf)
    assert found == Erased(
        erasure.body["openings"][0][0],
        index,
        erasure.leaf,
        len(world.door.leaves) - 2,
        "purpose-ended",
        "2026-08-07",
        "2026-10-01",
    )


def test_nothing_is_erased_before_the_second_approves() -> None:
    world = given("paged").when(row().confirmed_by()).pending()
    assert not erasures(world.state)
    assert len(erasures(world.when(confirm("bureau")).admitted().state)) == 5


def test_the_openings_of_one_entry_are_erased_one_after_another() -> None:
    world = given("paged")
    first, second, *_ = world.door.names[world.play.leaves["roll-r1-1"]]
    world.when(erase(first, of="roll-r1-1"), erase(second, of="roll-r1-1", by="operator")).then("erased")
    assert [name for _, name in erasures(world.state)] == [first, second]


def test_what_is_decided_again_at_the_second_approval_may_have_changed_meanwhile() -> None:
    world = given("staffed").when(RETIRED, revoke("newcomer"), HOLDER.confirmed_by()).pending()
    world.when(HOLDER.confirmed_by()).refused("pending-first")
    world.when(confirm("bureau")).admitted()
    assert len(erasures(world.state)) == 1


def test_the_holder_of_a_revoked_key_is_erased_and_others_are_admitted_after_it() -> None:
    world = given("staffed").when(RETIRED, revoke("newcomer"), HOLDER).admitted()
    world.door.erase(world.play.leaves["page"])
    world.when(page(), bind("1-1", "o1")).admitted()


def test_a_page_that_was_declined_has_no_key_and_its_holders_go() -> None:
    declined = said("bureau", "declined/1", lambda play: {"person": play.people["bureau"].person, "reason": "evidence-missing"},
                    about="page")  # fmt: skip
    world = given("staffed").when(RETIRED.confirmed_by(), declined, HOLDER).admitted()
    assert len(erasures(world.state)) == 1


def test_a_name_that_slipped_into_a_published_text_goes_after_the_result() -> None:
    given("certified").when(UNLAWFUL).then("erased")


def test_after_its_years_the_roll_of_a_vote_goes() -> None:
    given("certified", at="2031-09-19 10:00").when(LATER).then("erased")


def test_a_sealed_ballot_stays_before_and_after_the_result() -> None:
    one = erase(of="ballot")
    opened().at("2026-09-04 10:00").when(seal("o1").named("ballot"), one).refused("erasure-undecided")
    world = closed(**SIX)
    ballot = acts_of(world, "ballot-sealed/1")[0]
    world.play.leaves["ballot"] = ballot.leaf
    world.at("2026-09-18 10:00").when(certify(), erase(of="ballot", until="2026-10-01")).refused("erasure-retained")


def test_a_vote_named_in_the_rows_of_a_page_or_as_its_matter_is_found() -> None:
    notice = acts_of(given("noticed"), "poll-noticed/1")[0]
    rows = cast("dict[str, Any]", {"rows": ({"body": {"poll": "q"}}, {"body": {"poll": 7}})})
    assert votes_of(replace(notice, body=rows)) == {"q"}
    assert votes_of(replace(notice, body={**rows, "matter": "p"})) == {"p", "q"}
    assert votes_of(replace(notice, body={})) == set()


def test_before_the_first_entry_there_is_no_act_to_erase_from() -> None:
    act = acts_of(given("paged").when(row()).admitted(), "openings-erased/1")[0]
    assert entry_named({}, act, Context(0, 0)) == Breach("erasure-entry-unknown", {"index": act.body["index"]})


def test_what_a_result_rests_on_stays_when_its_vote_has_left_the_state_r_dis_7() -> None:
    """The roll, a sealed ballot, a form and its second keying: kept for five years, whatever memory keeps."""
    world = (
        given("open, sealed paper").at("2026-09-04 10:00").when(envelope("o1").named("ballot"), paper(("1-2", YES))).pending()
    )
    world.when(key_again(("1-2", YES)).named("keyed")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce("2026-09-18")).admitted()
    world.at("2026-12-01 10:00").when(revoke("o3")).admitted()
    assert ("poll", "p") not in world.state
    for kept in ("roll-r1-1", "ballot", "page-1", "keyed"):
        names = [name for name in world.door.names[world.play.leaves[kept]] if name]  # not the decoy in the place of a scan
        world.when(erase(*names, of=kept, until="2026-12-31")).refused("erasure-retained")
    world.at("2031-09-17 10:00").when(give("clerk", "clerk", to="2032-01-01").but(**{"from": "2031-09-17"})).admitted()
    late = erase(of="keyed", until="2031-10-01")
    world.when(late).refused("erasure-retained")
    world.at("2031-09-18 10:00").when(late).then("erased")


def test_the_matter_of_a_post_may_be_no_vote_at_all() -> None:
    act = replace(acts_of(given("noticed"), "poll-noticed/1")[0], body={"matter": "m"})
    assert tuple(_votes({}, act, 0)) == ()


def test_a_vote_that_nobody_opened_in_its_time_keeps_no_row_of_its_roll_r_priv_2() -> None:
    world = given("noticed", at=CLOSES).when(row(until="2026-10-01")).refused("erasure-undecided", poll="p")
    world.at("2026-09-17 20:01").when(row(until="2026-10-01")).then("erased")


def test_a_vote_that_was_opened_and_never_counted_keeps_its_roll() -> None:
    given("open", at="2026-12-01 10:00").when(row(until="2026-12-31")).refused("erasure-undecided")


# --- elections, meetings, service and agents


WITHDRAWN = erase("profile", of="c1-nomination", basis="consent-withdrawn", until="2026-10-01")


def test_a_profile_goes_with_the_candidates_consent_when_she_stands_no_more_r_priv_3() -> None:
    world = given("election begun", at="2026-08-18 10:00").when(nominate("c1", "o1").named("c1-nomination"), WITHDRAWN)
    world = world.refused("erasure-of-record", name="profile").when(withdraw("c1", "o1"), WITHDRAWN).then("erased")
    assert erased(world.state, world.play.leaves["c1-nomination"], "profile") is not None


def test_the_profile_of_whoever_sits_stays_until_the_seat_ends_r_priv_1() -> None:
    """A member in office and an alternate; o9 gives the place up."""
    world = given("election begun", at="2026-08-18 10:00")
    world.when(*(nominate(name, who).named(f"{name}-nomination") for name, who in STANDING.items())).admitted()
    world.at("2026-08-21 09:00").when(*map(check, STANDING)).admitted().at("2026-08-22 10:00").when(hang()).admitted()
    world.at("2026-08-31 10:00").when(final()).admitted()
    for stage in ("election noticed", "voting", "elected"):
        list(world.play.play(STAGES[stage][1](world.play)))
    world.at("2026-09-30 10:00").when(declare()).admitted()
    for candidate in ("c1", "c7"):
        profile_of(world, candidate).refused("erasure-of-record")
    world.when(end("o9")).admitted()
    profile_of(world, "c7").then("erased")


def profile_of(world: Given, candidate: str) -> Then:
    return world.when(erase("profile", of=f"{candidate}-nomination", basis="consent-withdrawn", until="2026-10-01"))


def test_what_proves_service_and_agency_is_kept_as_long_as_the_ballots_r_dis_7() -> None:
    """Whether silence counted, and whose ballot an agent's was, rests on these; courts ask within years."""
    scan = (bytes(32), 1000, "application/pdf")
    world = given("noticed", at="2026-08-18 10:00")
    world.when(serve(("1-2", "handed", "2026-08-18")).sealing(proof=(scan,)).named("service")).admitted()
    world.when(name_agent("o3").sealing(authority=scan).named("agency"), post()).admitted()
    world.at("2026-09-03 09:00").when(open_(), vote("o1")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify()).admitted()
    for of in ("service", "agency"):
        world.when(erase(of=of, until="2026-10-01")).refused("erasure-retained", until="2031-09-17")


def test_the_signatures_under_minutes_are_kept_for_five_years_r_dis_7() -> None:
    world = given("meeting voted", at="2026-08-20 21:00").when(record({"o5": {"lamps": "agree"}}).named("minutes")).admitted()
    world.when(erase("scan", of="minutes")).refused("erasure-retained", until="2031-08-20")
