"""Posts that end, keys that are lost, supervisors who are all gone: nobody is locked out for ever, and nobody slips in (design §6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

import tests.moves  # noqa: F401  # its stages and acts
from domain.authority import stands_for
from domain.founding import KEY_ROWS
from scripts import level1
from tests.acts import LATEST, Case, admit, adopt, bind, case, confirm, decline, give, given, revoke, rotate, vote
from tests.moves.keys import end, gone, restore

LONG = "2026-08-22 10:00"  # fifteen days after the supervisors of `one supervisor left` were gone

REFUSED = [
    case("unknown-matter", "a post that was never given", "staffed", end("clerk", "o1", "2026-12-31")),
    case("not-authorised", "by another clerk", "staffed", end("clerk", "clerk", "2026-12-31", by="counter-1")),
    case("not-authorised", "a supervisor gives no clerk's post", "staffed", end("clerk", "clerk", "2026-12-31", by="party")),
    case("not-authorised", "nobody ends the operator's post", "staffed", end("operator", "operator", "2026-12-31", by="operator")),
    case("not-authorised", "a convener ends no supervisor's post", "staffed", end("supervisor", "party", "2026-12-31", by="clerk")),
    case("same-organisation", "one organisation alone ends no supervisor's post", "staffed",
         give("supervisor", "counter-1", by="bureau", confirm="party", to=None),
         give("supervisor", "clerk", by="bureau", confirm="party", to=None),
         end("supervisor", "party", "2026-12-31", by="clerk", confirm="counter-1")),
    case("seat-by-election-only", "two supervisors end the chair's post R-COM-1", "in office", end("committee", "o1", "2026-10-20")),
    case("term-backwards", "before it began", "staffed", end("clerk", "clerk", "2026-08-03")),
    case("term-not-shorter", "on its last day anyway", "staffed", end("clerk", "clerk", "2027-08-03")),
    case("term-not-shorter", "ended before, on an earlier day", "staffed", end("clerk", "clerk", "2026-12-31"),
         end("clerk", "clerk", "2027-01-01")),
    case("supervisors-stand", "the parent tries while supervisors are there", "staffed", restore()),
    case("supervisors-stand", "two organisations are left", "staffed", *gone("street"), restore()),
    case("silence-not-over", "the last one has had no time to decline", "one supervisor left", restore()),
    case("silence-not-over", "fourteen days", "one supervisor left", restore().confirmed_by().named("r"),
         confirm("operator", "r").on("2026-08-21 23:59")),
    case("not-authorised", "by the operator", "no supervisor left", restore(by="operator")),
    case("not-a-confirmer", "confirmed by the clerk", "no supervisor left", restore(confirm="clerk")),
    case("same-person", "confirmed by the parent itself", "no supervisor left", restore(confirm="parent")),
    case("same-organisation", "somebody of the parent authority", "no supervisor left", restore(org="bureau-shenzhen")),
    case("same-organisation", "somebody of the operator", "no supervisor left", restore(org="operator-district")),
    case("post-barred", "somebody of the enterprise", "no supervisor left", restore(org="enterprise-bangmu")),
    case("person-org-differs", "another person's key", "no supervisor left", restore(person=bytes(16))),
    case("possession-unproved", "a key that nobody holds", "no supervisor left", restore(possession=bytes(64))),
    case("term-backwards", "over before it begins", "no supervisor left", restore().but(to="2026-08-05")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_posts_and_the_last_supervisor(case: Case) -> None:
    case.check()


def test_who_convened_for_a_committee_before_this_edition_can_be_asked_to_go_r_com_1() -> None:
    """Under the second edition the post was given; beside an elected chair it would stand until its term ends."""
    world = (
        given("staffed, older").when(give("committee", "o1", by="bureau", confirm="street"), adopt(LATEST.named())).admitted()
    )
    world.when(end("committee", "o1", "2026-08-09", by="street")).then("ended")


@pytest.mark.parametrize(("by", "confirm"), [("street", "bureau"), ("clerk", "bureau"), ("clerk", "street")])
def test_a_post_is_ended_by_its_giver_or_given_back_by_its_holder(by: str, confirm: str) -> None:
    world = given("staffed").when(end("clerk", "clerk", "2026-08-09", by=by, confirm=confirm)).then("ended")
    world.at("2026-08-09 23:59").when(admit("newcomer")).then("admitted")
    world.at("2026-08-10 00:00").when(bind("1-1", "newcomer")).refused("not-authorised")


def test_a_post_is_handed_over_by_two_acts() -> None:
    """The new holder's term begins the day after the old one's ends."""
    after = give("clerk", "counter-2").but(**{"from": "2026-08-10"})
    world = given("staffed").when(end("clerk", "clerk", "2026-08-09"), after).then("given").at("2026-08-10 09:00")
    world.when(admit("newcomer").confirmed_by()).refused("not-authorised")
    world.when(admit("newcomer", by="counter-2")).then("admitted")


def test_a_post_that_ended_may_be_given_again_and_shortened_again() -> None:
    world = given("staffed").when(end("clerk", "clerk", "2026-12-31"), end("clerk", "clerk", "2026-11-30")).then("ended")
    person = world.play.people["clerk"].person
    assert world.state["post", ("clerk", person, None)].to == "2026-11-30"
    world.when(give("clerk", "clerk")).then("given")
    assert world.state["post", ("clerk", person, None)].to == "2027-08-03"


def test_a_post_for_one_matter_ends_for_that_matter_alone() -> None:
    world = (
        given("staffed")
        .when(give("clerk", "clerk").but(matter="p"), end("clerk", "clerk", "2026-08-09", matter="p"))
        .then("ended")
    )
    person = world.play.people["clerk"].person
    assert [world.state["post", ("clerk", person, matter)].to for matter in (None, "p")] == ["2027-08-03", "2026-08-09"]


def test_two_organisations_end_a_supervisors_post() -> None:
    ended = end("supervisor", "party", "2026-08-09", by="bureau", confirm="street")
    world = given("staffed").when(ended).then("ended").at("2026-08-10 09:00")
    world.when(admit("newcomer").confirmed_by("party")).refused("not-a-confirmer")


def test_whoever_checks_signatures_alone_knows_every_kind_that_carries_keys() -> None:
    """The level that knows no rules has a table of its own (docs/spec/audit.md)."""
    assert dict(KEY_ROWS) == level1.ROWS


# --- lost phones ----------------------------------------------------------------------------------------------------------------


def test_a_revoked_key_leaves_its_heads_to_nobody_r_sig_6() -> None:
    """A new key after a loss stands for nothing until it is bound itself, and that is shown as late."""
    world = given("open").when(revoke("o1", by="bureau"), revoke("o1-twin", by="bureau")).admitted()
    world.play.people["o1-new"] = replace(world.play.people["o1"], key=world.play.people["newcomer"].key)
    world.when(admit("o1-new")).then("admitted")
    new, place = world.play.people["o1-new"].key.id, ("head", ("r1", world.play.tag("1-1")))
    assert not stands_for(world.state, new, world.state[place].keys)
    world.when(vote("o1-new", unit="1-1")).refused("not-your-head")
    world.when(bind("1-1", "o1-new")).then("bound")
    assert world.state[place].late == (new,)
    world.when(vote("o1-new", unit="1-1")).then("cast")


def test_a_rotated_key_keeps_its_heads_r_sig_6() -> None:
    world = given("open").when(rotate("o1", "o1-new")).admitted()
    head = world.state["head", ("r1", world.play.tag("1-1"))]
    assert stands_for(world.state, world.play.people["o1-new"].key.id, head.keys)
    assert head.late == ()
    world.when(vote("o1-new", unit="1-1")).then("cast")


def test_what_a_lost_key_signed_before_stays_valid_r_sig_6() -> None:
    world = given("voted").when(revoke("o1", by="bureau"), revoke("o1-twin", by="bureau")).admitted()
    assert dict(world.state["ballot", ("p", world.play.tag("1-1"))].choices)["use"] == "agree"
    world.when(vote("o1", use="against")).refused("key-unknown")


# --- supervisors who are all gone -----------------------------------------------------------------------------------------------


def test_without_supervisors_nothing_that_they_confirm_goes_on() -> None:
    world = given("no supervisor left")
    world.when(admit("newcomer").confirmed_by("bureau")).refused("key-unknown")
    world.when(give("supervisor", "o1", by="parent", to=None).confirmed_by("operator")).refused("not-a-confirmer")


def test_the_parent_authority_and_the_operator_fill_the_last_post_again() -> None:
    world = given("no supervisor left").when(restore().confirmed_by().named("r")).pending()
    row = world.play.people["newcomer"].key.id
    assert ("key", row) not in world.state
    world.when(confirm("operator", "r")).admitted()
    assert world.state["key", row].stage == "active"
    world.play.people["restored"] = replace(world.play.people["newcomer"], org="street-buji")
    world.when(give("supervisor", "counter-2", by="parent", confirm="restored", to=None)).then("given")
    world.when(restore(org="party-buji")).refused("supervisors-stand", orgs=2)


def test_the_last_supervisor_may_decline_what_would_go_over_her_head() -> None:
    world = given("one supervisor left").when(restore().confirmed_by().named("r")).pending()
    world.when(decline("party", "r")).admitted()
    world.at(LONG).when(confirm("operator", "r")).refused("nothing-pending")


def test_a_last_supervisor_who_is_silent_for_fifteen_days_stops_nothing() -> None:
    world = given("one supervisor left").when(restore().confirmed_by().named("r")).pending()
    world.at(LONG).when(confirm("operator", "r")).admitted()
    assert world.state["post", ("supervisor", world.play.people["newcomer"].person, None)].stage == "given"


def test_of_two_who_wait_the_second_waits_for_the_first() -> None:
    world = given("no supervisor left").when(restore().confirmed_by().named("first")).pending()
    world.play.meet("newcomer", None, "另一位（示例）", "o98")
    world.when(restore(org="party-buji").confirmed_by().named("second")).pending()
    world.when(confirm("operator", "first")).admitted()
    world.when(confirm("operator", "second")).refused("silence-not-over", days=0, needed=15)


def test_a_supervisor_without_an_active_key_is_not_in_the_way() -> None:
    """Nor is one whose term is over."""
    short = give("supervisor", "counter-1", by="bureau", confirm="party", to="2026-08-08")
    world = given("staffed").when(short, *gone("street", "party", "bureau", "bureau-twin")).admitted()
    world.when(restore().confirmed_by().named("r")).pending()
    world.at("2026-08-09 00:00").when(confirm("operator", "r")).admitted()
