"""What an estate brings along is attested and carried over once; where no assembly can be, no owners' subject begins (design §6)."""

from __future__ import annotations

from typing import Any

import pytest

import tests.moves  # noqa: F401  # the stages
from domain.authority import holds
from domain.rulesets import LATEST
from domain.seats import COMMITTEE, OWN, VACANCY
from scripts.stories import estate as e
from scripts.stories.player import moment
from tests.acts import Case, Given, case, first, freeze, given, page, post
from tests.acts import notice as other_notice
from tests.moves.elections import (
    begin,
    carry,
    classify,
    committee,
    declare,
    end,
    file_with,
    notice,
    officers,
    person,
)  # fmt: skip

FIGURES: list[tuple[str, dict[str, Any]]] = [
    ("rules", {"adopted": "2021-05-01", "digest": bytes(32)}),
    ("covenant", {"adopted": "2021-05-01", "digest": bytes(32)}),
    ("contract", {"from": "2024-01-01", "to": "2026-12-31"}),
    ("price", {"cents": 390, "from": "2024-01-01"}),
    ("account", {"cents": -120, "on": "2026-07-31"}),
    ("decision", {"day": "2025-03-02", "matter": "use-maintenance-fund", "passed": True}),
]
CONTRACT = carry("contract", {"from": "2024-01-01", "to": "2026-12-31"})

REFUSED = [
    case("no-assembly", "no roll R-SRC-1", "staffed", classify("self-built"), page()),
    case("no-assembly", "no vote", "roll frozen", classify("enterprise"), other_notice()),
    case("no-assembly", "no election", "branch", classify("self-built"), begin()),
    case("carried-twice", "a second contract", "staffed", CONTRACT, CONTRACT.but(id="old-2")),
    case("carried-twice", "a second committee", "carried over", committee().but(id="old-2")),
    case("already-exists", "an account under an id that is taken", "staffed",
         carry("account", {"cents": 1, "on": "2026-07-31"}), carry("account", {"cents": 2, "on": "2026-07-31"})),
    case("carried-too-late", "a committee was elected here", "in office", committee()),
    case("carried-too-late", "an election was begun here", "election begun", committee()),
    case("carried-figures", "it ended before it began", "staffed", carry("contract", {"from": "2026-01-02", "to": "2026-01-01"})),
    case("carried-figures", "a term that runs backwards", "staffed", committee(to="2024-08-31")),
    case("carried-figures", "a committee that has not begun", "staffed", committee(start="2026-12-01")),
    case("carried-figures", "five on four seats", "staffed", committee(seats=4)),
    case("carried-figures", "a chair who does not sit", "staffed", committee(chair="o6")),
    case("same-person", "the street office confirms itself", "staffed", committee().confirmed_by("street")),
    case("not-authorised", "a supervisor alone", "staffed", committee().by("bureau")),
    case("not-authorised", "an owner classes the area", "staffed", classify("garden").by("o1")),
    case("body-malformed", "figures of another subject", "staffed",
         carry("price", {"cents": 390}).stating(stream="carried/old-1")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_joining(case: Case) -> None:
    case.check()


@pytest.mark.parametrize(("subject", "figures"), FIGURES)
def test_it_stands_as_attested_with_its_figures(subject: str, figures: dict[str, Any]) -> None:
    world = given("staffed").when(carry(subject, figures)).then("carried")
    assert world.state["carried", (subject, "old-1")].figures == figures


@pytest.mark.parametrize(("subject", "figures"), FIGURES[-2:])
def test_accounts_and_decisions_are_carried_over_each_under_its_id(subject: str, figures: dict[str, Any]) -> None:
    given("staffed").when(carry(subject, figures), carry(subject, figures, "old-2")).then("carried")


def test_a_committee_in_the_third_year_of_its_term_is_attested_and_holds_its_posts_r_com_13() -> None:
    world = given("carried over")
    found = world.state[COMMITTEE]
    assert (found.attested, found.seats, found.start, found.end) == (True, 5, "2024-09-01", "2029-08-31")
    assert found.chair == person(world.play, "o1")
    assert world.state["due", ("election/old-committee", "R-COM-13")] == "2029-05-31"
    assert ("due", (OWN, VACANCY)) not in world.state
    for post_, who, day, there in (
        ("committee", "o1", "2029-08-31", True), ("committee", "o1", "2029-09-01", False),
        ("committee-member", "o5", "2026-08-16", True), ("committee", "o2", "2026-08-16", False),
    ):  # fmt: skip
        assert (holds(world.state, person(world.play, who), (post_,), None, moment(f"{day} 12:00")) is not None) == there


def test_a_committee_that_has_expired_before_joining_holds_no_post_and_is_followed_r_com_13() -> None:
    world = given("roll frozen", at="2026-08-20 10:00").when(committee(start="2021-08-01", to="2026-08-01")).then("carried")
    for post_ in ("committee", "committee-member"):
        assert holds(world.state, person(world.play, "o1"), (post_,), None, world.play.clock.at) is None
    world.when(begin("e1", "by-election", seats=1, term=None, to="2026-09-01")).refused("term-over", end="2026-08-01")
    world.when(begin("e1", "re-election", to="2026-09-01")).then("begun")


def test_a_committee_without_a_chair_elects_one_and_a_thin_one_needs_an_election_r_com_12() -> None:
    world = given("staffed").when(committee("o1", "o2", chair=None)).then("carried")
    assert world.state[COMMITTEE].chair is None
    assert ("due", (OWN, VACANCY)) in world.state
    world.when(officers("o2", signing=("o1", "o2"), election="old-committee")).then("elected")
    world.when(file_with(by="o1", election="old-committee")).refused("unknown-matter")


def test_a_member_carried_over_is_recalled_under_the_persons_own_id_r_com_10() -> None:
    world = given("carried over", at="2026-08-20 10:00")
    item = f"recall-{person(world.play, 'o2').hex()}"
    vote = notice(item, vote="v1", opens="2026-09-18 09:00", closes="2026-09-28 20:00")
    world.when(vote, first(lambda _: e.posted("", "v1", 1, "gate", "2026-08-20", "2026-09-30"))).admitted()
    world.at("2026-09-18 09:00").when(first(lambda _: e.open_poll("", "v1"))).then("open")
    world.at("2026-09-28 20:30").when(first(lambda _: e.close("", "v1"))).then("closed")
    world.when(end("o2", "recalled", vote="v1")).refused("recall-unfounded")


def test_who_was_carried_over_resigns_and_a_by_election_follows_r_com_12() -> None:
    world = given("carried over", at="2026-08-20 10:00").when(end("o2")).then("ended")
    assert person(world.play, "o2") not in world.state[COMMITTEE].members
    world.when(begin("e1", "by-election", seats=1, term=None, to="2026-09-01")).then("begun")


def test_the_committee_carried_over_may_convene_and_begins_no_re_election() -> None:
    world = given("carried over", at="2026-08-20 10:00")
    vote = notice("x", vote="v9", matter="other-major", opens="2026-09-18 09:00", closes="2026-09-28 20:00")
    world.when(vote.by("o1")).then("noticed")
    world.when(begin("e1", "re-election", by="o1", to="2026-09-01")).refused("not-authorised")
    world.when(begin("e1", "re-election", to="2026-09-01")).then("begun")


def areas(world: Given) -> str:
    klass: str = world.state["area", ""].klass
    return klass


def test_an_area_is_classed_again_and_a_garden_estate_has_its_assembly() -> None:
    world = given("staffed").when(classify("enterprise"), classify("garden"), page()).then("recorded")
    assert areas(world) == "garden"
    assert LATEST.engine == 3


def test_what_has_begun_goes_on_after_the_area_was_classed() -> None:
    given("bound", at="2026-08-15 10:00").when(classify("self-built"), freeze()).then("frozen")
    given("noticed").when(classify("self-built"), post()).then("posted")
    given("elected", at="2026-09-30 10:00").when(classify("self-built"), declare()).then("declared")
