"""Serving a vote on each owner: who tells of it, which days it can bear, and what is proof (R-BAL-3)."""

from __future__ import annotations

import pytest

import tests.moves  # noqa: F401  # every subject's stages
from domain.rulesets import Edition
from domain.service import Service, provably_served
from tests.acts import (
    LATEST,
    Case,
    Move,
    admit,
    adopt,
    announce,
    case,
    certify,
    close,
    confirm,
    give,
    given,
    notice,
    open_,
    paper,
    post,
    revoke,
    vote,
)  # fmt: skip
from tests.moves.rights import serve

DAY = "2026-08-17"
HANDED = ("1-2", "handed", DAY)
HEAD_OF_BUILDING = give("building-head", "o3")

REFUSED = [
    case("unknown-matter", "of a vote that nobody called", "noticed", serve(HANDED).but(poll="q")),
    case("wrong-stage", "when the vote is closed", "closed", serve(HANDED)),
    case("matter-final", "when it is final", "announced", serve(HANDED), at="2026-12-01 10:00"),
    case("head-unknown", "a head that the roll has not R-BAL-3", "noticed", serve(("9-9", "handed", DAY))),
    case("served-already", "one head twice on a page", "noticed", serve(HANDED, ("1-2", "electronic", DAY))),
    case("served-already", "a head that was provably served R-BAL-3", "noticed", serve(HANDED), serve(HANDED, page="2")),
    case("served-already", "a refused signature is proof", "noticed", serve(("1-2", "refused", DAY)), serve(HANDED, page="2")),
    case("served-day-wrong", "before the notice R-BAL-3", "noticed", serve(("1-2", "handed", "2026-08-16"))),
    case("served-day-wrong", "after the page that tells of it", "noticed", serve(("1-2", "handed", "2026-08-18"))),
    case("already-exists", "a page of that number", "noticed", serve(HANDED), serve(("1-3", "handed", DAY))),
    case("not-authorised", "an owner without a post", "noticed", serve(HANDED, who="o3")),
    case("not-authorised", "the enterprise's manager never serves R-BAL-9", "noticed", serve(HANDED, who="manager")),
    case("not-authorised", "a tenant", "noticed", serve(HANDED, who="tenant")),
    case("key-unknown", "a building head whose key was revoked", "noticed", HEAD_OF_BUILDING, revoke("o3"), serve(HANDED, who="o3")),
    case("wrong-ledger", "made for another estate", "noticed", serve(HANDED).stating(ledger="demo.example.org/log/440307-002/1")),
    case("not-a-confirmer", "a counter confirms", "noticed", serve(HANDED, confirm=("counter-2",))),
    case("same-organisation", "nobody of another organisation", "noticed", give("posting-witness", "counter-1"),
         serve(HANDED, confirm=("counter-1",))),
    case("not-authorised", "a building head serves and reminds, and never records paper R-BAL-3", "open, paper",
         HEAD_OF_BUILDING, paper(("1-2", {"use": "agree"})).by("o3")),
    case("post-barred", "a building head of the enterprise", "noticed", give("building-head", "manager")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_service(case: Case) -> None:
    case.check()


@pytest.mark.parametrize(("method", "proof"), [
    ("handed", True), ("posted-by-mail", True), ("electronic", True), ("refused", True), ("announced", False),
])  # fmt: skip
def test_a_head_is_served_by_a_method_and_only_some_are_proof_r_bal_3(method: str, proof: bool) -> None:
    world = given("noticed").when(serve(("1-2", method, DAY))).then("confirmed")
    tag = world.play.tag("1-2")
    assert world.state["served", ("p", tag)] == Service(method, DAY, world.play.leaves["it"])
    assert provably_served(world.state, "p", tag) == proof
    assert not provably_served(world.state, "p", world.play.tag("1-3"))


def test_a_better_proof_takes_the_place_of_a_weaker_one_r_bal_3() -> None:
    world = given("noticed").when(serve(("1-2", "announced", DAY)), serve(HANDED, page="2")).admitted()
    assert world.state["served", ("p", world.play.tag("1-2"))].method == "handed"


def test_a_building_head_serves_and_the_clerk_confirms_r_bal_3() -> None:
    given("noticed").when(give("building-head", "witness"), serve(HANDED, who="witness", confirm=("clerk",))).then("confirmed")


def test_a_building_head_whose_key_names_no_organisation_cannot_be_confirmed() -> None:
    """Only organisations can be told apart: a building head's key is admitted for the owners' organisation."""
    given("noticed").when(HEAD_OF_BUILDING, serve(HANDED, who="o3", confirm=("clerk",))).refused("same-organisation")


def test_a_page_counts_from_its_confirmation_and_is_judged_again_then() -> None:
    page: Move = serve(HANDED, confirm=()).named("first")
    world = given("noticed").when(page, serve(HANDED, page="2")).admitted()
    world.when(confirm("witness", "first")).refused("served-already")


def test_service_leaves_with_the_final_vote() -> None:
    world = given("open").when(serve(HANDED), serve(("1-3", "announced", DAY), page="2"), vote("o1")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce("2026-09-18")).admitted()
    world.at("2026-12-01 10:00").when(revoke("o1")).admitted()
    left = {"served", "served-page", "served-pages", "notice-day"}
    assert not [key for key in world.state if key[0] in left or str(key[1]).startswith("served/")]


def test_a_vote_that_an_older_edition_judges_knows_no_service_r_src_1() -> None:
    second = Edition("cn-sz-2", LATEST.calendar).named()
    world = given("roll frozen", at="2026-08-17 10:00").when(adopt(second), notice().but(edition=second)).admitted()
    world.when(adopt(LATEST.named()), serve(HANDED)).refused("kind-not-offered", ruleset="cn-sz-2")


def test_a_page_that_nobody_confirmed_leaves_with_the_final_vote() -> None:
    world = (
        given("noticed", at="2026-08-18 10:00").when(serve(("1-2", "handed", "2026-08-18"), page="w").confirmed_by()).pending()
    )
    page = world.play.leaves["it"]
    world.when(post()).admitted().at("2026-09-03 09:00").when(open_(), vote("o1")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce("2026-09-18")).admitted()
    world.at("2026-12-01 10:00").when(admit("newcomer")).admitted()
    assert not {("pending", page), ("stream", "served/p/w"), ("served-pages", "p")} & world.state.keys()
