"""Keys and posts: who is admitted, who gives up a key, who is given which post (R-SIG-5, R-SIG-6, R-BAL-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.authority import GIVERS, posts_of
from scripts.stories.player import Play
from tests.acts import Case, Move, admit, admit_rows, case, confirm, give, given, post, revoke, rotate, vote


def newcomer(**changes: Any) -> Move:
    """A page with the newcomer's key row, something in it changed."""
    return admit_rows(lambda play: ({**play.people["newcomer"].row(play.door.origin), **changes},))


def of_o1(play: Play) -> tuple[Mapping[str, Any], ...]:
    """A second key for the owner o1, this time of an organisation."""
    other = replace(play.people["newcomer"], person=play.people["o1"].person, org="owners-guozhanyuan")
    return (other.row(play.door.origin),)


def twice(play: Play) -> tuple[Mapping[str, Any], ...]:
    row = play.people["newcomer"].row(play.door.origin)
    return (row, row)


REFUSED = [
    case("not-authorised", "an owner admits no keys", "staffed", admit("newcomer").by("o1")),
    case("key-known", "admitted already", "staffed", admit("o1")),
    case("key-known", "twice in a page", "staffed", admit_rows(twice)),
    case("key-known", "revoked, and so never again R-SIG-6", "staffed", revoke("o1"), admit("o1")),
    case("key-known", "rotated to a key that is there", "staffed", rotate("o1", "o1-twin")),
    case("possession-unproved", "no proof", "staffed", newcomer(possession=bytes(64))),
    case("possession-unproved", "a proof for another person", "staffed", newcomer(person=bytes(16))),
    case("possession-unproved", "a suite that nobody knows", "staffed", newcomer(suite="sm2-v1")),
    case("possession-unproved", "a key of no strength", "staffed", newcomer(public=bytes(32))),
    case("person-org-differs", "a known person of another organisation", "staffed", admit_rows(of_o1)),
    case("organisation-unknown", "an organisation of no known class", "staffed", newcomer(org="club-guojian")),
    case("already-exists", "a page of that name", "staffed", admit("newcomer"), newcomer(suite="sm2-v1")),
    case("same-organisation", "clerk and supervisor from one organisation", "staffed",
         give("supervisor", "counter-1", by="bureau", confirm="party", to=None), admit("newcomer").confirmed_by("counter-1")),
    case("unknown-matter", "revocation of a key that never was", "staffed", revoke("newcomer", by="bureau")),
    case("wrong-stage", "revoked twice", "staffed", revoke("o1"), revoke("o1", by="bureau")),
    case("wrong-stage", "rotated after it was revoked", "staffed", revoke("o1"), rotate("o1", "o1-new", by="bureau", confirm="party")),
    case("not-authorised", "another owner's key", "staffed", revoke("o1", by="o2")),
    case("not-authorised", "another owner's key rotated", "staffed", rotate("o1", "o1-new", by="o2")),
    case("rotation-changes-person", "a new holder R-SIG-5", "staffed", rotate("o1", "o1-new", person=bytes(16))),
    case("rotation-changes-person", "its holder's organisation", "staffed", rotate("o1", "o1-new", org="owners-guozhanyuan")),
    case("not-authorised", "a clerk gives no posts", "staffed", give("observer", "o1", by="clerk")),
    case("not-authorised", "a supervisor is no convener", "staffed", give("clerk", "o1", by="bureau", confirm="party")),
    case("not-authorised", "nobody gives the operator's post", "staffed", give("operator", "clerk")),
    case("same-person", "a post for oneself", "staffed", give("clerk", "street")),
    case("person-org-differs", "a person without a key", "staffed", give("observer", "newcomer")),
    case("person-org-differs", "for another organisation than the key's", "staffed", give("observer", "o1").but(org="owners-x")),
    case("post-barred", "the enterprise counts no votes R-BAL-9", "staffed", give("counter", "manager")),
    case("term-missing", "a clerk without a last day", "staffed", give("clerk", "o1", to=None)),
    case("term-backwards", "over before it begins", "staffed", give("clerk", "o1", to="2026-08-03")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_keys_and_posts(case: Case) -> None:
    case.check()


def test_a_key_signs_from_the_completion_of_its_page_r_sig_5() -> None:
    world = given("staffed").when(admit("newcomer").confirmed_by()).pending()
    world.when(revoke("newcomer")).refused("key-unknown")
    world.when(confirm("bureau")).admitted()
    world.when(revoke("newcomer")).then("revoked")


def test_a_person_may_have_two_keys_and_lose_one() -> None:
    world = given("staffed").when(revoke("o1")).then("revoked")
    row = world.state["key", world.play.people["o1"].key.id]
    assert (row.stage, row.until, row.person) == ("revoked", world.door.fold.head.size - 1, world.play.people["o1-twin"].person)
    assert world.state["key", world.play.people["o1-twin"].key.id].stage == "active"


def test_a_lost_key_is_revoked_by_another_key_of_its_holder() -> None:
    given("staffed").when(revoke("o1").by("o1-twin")).then("revoked")


def test_the_key_of_the_dead_is_revoked_by_two_supervisors() -> None:
    world = given("staffed").when(revoke("o1", by="bureau", reason="deceased").confirmed_by()).pending()
    assert world.state["key", world.play.people["o1"].key.id].stage == "active"
    world.when(confirm("party")).admitted()
    assert world.state["key", world.play.people["o1"].key.id].stage == "revoked"


def test_one_supervisor_alone_stops_nobody() -> None:
    given("staffed").when(revoke("o1", by="bureau").confirmed_by("bureau-twin")).refused("same-person")
    given("staffed").when(revoke("o1").by("bureau")).refused("not-authorised")


def test_a_revocation_does_not_wait_for_a_rotation_that_waits() -> None:
    """A thief's pending rotation cannot keep the holder from stopping the key."""
    world = (
        given("staffed").when(rotate("o1", "o1-new").confirmed_by().named("theft"), revoke("o1").by("o1-twin")).then("revoked")
    )
    world.when(confirm("bureau", "theft")).refused("nothing-pending")


def test_nobody_is_given_a_further_key_by_others_while_one_is_active_r_sig_5() -> None:
    """Otherwise a clerk and one supervisor could act in anybody's name."""
    world = given("staffed")
    world.play.people["o2-new"] = replace(world.play.people["o2"], key=world.play.people["newcomer"].key)
    world.when(admit("o2-new")).refused("person-has-key")
    world.when(revoke("o2"), admit("o2-new")).then("admitted")


def test_one_human_is_one_person_r_sig_5() -> None:
    """The sealed holder of a key is no other person's, and a person's keys have one holder."""
    world = given("staffed")
    world.play.people["newcomer"] = replace(world.play.people["newcomer"], holder=world.play.people["o2"].holder)
    world.when(admit("newcomer")).refused("holder-differs")
    world = given("staffed")
    other = replace(world.play.people["o2"], holder={"id": "tenant", "name": "x"}, key=world.play.people["newcomer"].key)
    world.play.people["o2-new"] = other
    world.when(rotate("o2", "o2-new")).refused("holder-differs")


def test_who_is_appointed_does_not_confirm_it_herself() -> None:
    world = given("staffed").when(give("preparatory-group", "party", by="bureau", confirm="street")).admitted()
    world.when(give("clerk", "party", by="street").confirmed_by("party")).refused("same-person")


def test_a_rotation_takes_the_old_key_out_when_a_supervisor_has_confirmed_r_sig_5() -> None:
    world = given("staffed").when(rotate("o1", "o1-new").confirmed_by()).pending()
    old, new = (world.play.people[name].key.id for name in ("o1", "o1-new"))
    assert world.state["key", old].stage == "active"
    assert ("key", new) not in world.state
    world.when(confirm("bureau")).admitted()
    assert (world.state["key", old].stage, world.state["key", new].replaces) == ("revoked", old)
    world.when(revoke("o1", by="o1-new")).refused("wrong-stage", stage="revoked", needed="active")


def test_only_the_holder_rotates_a_key() -> None:
    given("staffed").when(rotate("o1", "o1-new", by="bureau")).refused("not-authorised")


@pytest.mark.parametrize(("post", "by", "confirm", "to"), [
    ("clerk", "street", "bureau", "2027-08-03"),
    ("preparatory-group", "bureau", "party", "2027-08-03"),
    ("supervisor", "bureau", "party", None),
    ("supervisor", "parent", "bureau", None),
    ("observer", "street", "bureau", "2026-08-04"),
])  # fmt: skip
def test_a_post_is_given_by_whom_its_row_names_for_a_term_of_at_least_a_day(
    post: str, by: str, confirm: str, to: str | None
) -> None:
    world = given("staffed").when(give(post, "o1", by=by, confirm=confirm, to=to)).then("given")
    assert world.state["post", (post, world.play.people["o1"].person, None)].to == to


def test_everybody_may_be_given_each_post_that_somebody_may_give() -> None:
    assert {post for post, givers in GIVERS.items() if not givers} == {"committee-member", "operator", "parent"}


def test_a_refusal_names_the_posts_that_may_sign() -> None:
    given("staffed").when(give("operator", "clerk")).refused("not-authorised", kind="post-given/1", posts="–")
    given("staffed").when(admit("newcomer").by("o1")).refused("not-authorised", posts="operator/clerk")


def test_a_second_term_replaces_the_first() -> None:
    world = given("staffed").when(give("clerk", "clerk", to="2028-08-03")).then("given")
    person = world.play.people["clerk"].person
    assert world.state["post", ("clerk", person, None)].to == "2028-08-03"
    assert posts_of(world.state, person) == (("clerk", None),)


def test_a_post_for_one_matter_leaves_those_for_others_and_for_any_as_they_are() -> None:
    world = given("noticed", at="2026-08-17 12:00").when(give("clerk", "clerk").but(matter="q")).admitted()
    person = world.play.people["clerk"].person
    assert posts_of(world.state, person) == (("clerk", None), ("clerk", "q"))
    world.when(give("clerk", "o1").but(matter="p"), give("clerk", "o1").but(matter="q")).admitted()
    world.when(post().confirmed_by()).pending()
    world.when(post(2).by("o1").confirmed_by()).pending()
    ended = give("clerk", "o1").but(matter="p", to="2026-08-17")
    world.when(ended).admitted().at("2026-08-18 00:00").when(post(3).by("o1").confirmed_by()).refused("not-authorised")


@pytest.mark.parametrize(("day", "code"), [("2027-08-03 23:59", None), ("2027-08-04 00:00", "not-authorised")])
def test_a_post_ends_with_its_last_day(day: str, code: str | None) -> None:
    answer = given("staffed").at(day).when(admit("newcomer").confirmed_by())
    assert answer.refused(code) if code else answer.pending()


@pytest.mark.parametrize(("start", "code"), [("2026-08-06", None), ("2026-08-07", "not-authorised")])
def test_a_post_begins_with_its_first_day(start: str, code: str | None) -> None:
    world = given("staffed", at="2026-08-06 11:00").when(give("clerk", "o1").but(**{"from": start})).admitted()
    answer = world.when(admit("newcomer", by="o1").confirmed_by())
    assert answer.refused(code) if code else answer.pending()


@pytest.mark.parametrize(("matter", "code"), [("q", "not-authorised"), ("p", None), (None, None)])
def test_a_post_for_one_matter_serves_no_other(matter: str | None, code: str | None) -> None:
    world = given("noticed", at="2026-08-17 12:00").when(give("clerk", "o1").but(matter=matter)).admitted()
    answer = world.when(post().by("o1").confirmed_by())
    assert answer.refused(code) if code else answer.pending()


@pytest.mark.parametrize(("matter", "code"), [("p", None), ("q", "not-authorised"), (None, "not-authorised")])
def test_a_convener_for_one_matter_gives_posts_for_that_matter_alone(matter: str | None, code: str | None) -> None:
    convener = give("re-election-group", "tenant", by="bureau", confirm="party").but(matter="p")
    answer = given("staffed").when(convener, give("observer", "o1", by="tenant").but(matter=matter).confirmed_by())
    assert answer.refused(code) if code else answer.pending()


def test_a_key_signs_nothing_recorded_after_its_revocation_r_sig_6() -> None:
    world = given("voted").when(revoke("o1")).then("revoked")
    world.when(vote("o1", use="against")).refused("key-unknown")
    assert dict(world.state["ballot", ("p", world.play.tag("1-1"))].choices)["use"] == "agree"


def test_an_erased_holder_does_not_stop_the_keys_that_come_after() -> None:
    world = given("staffed")
    world.door.erase(world.state["key", world.play.people["o2"].key.id].page)
    world.when(admit("newcomer")).then("admitted")
