"""Requests of owners and the groups that follow: who signs, what is counted, which share is reached (R-SZ-2, R-MEET-1, R-PREP-2…5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

import tests.moves  # noqa: F401  # every subject's stages
from domain.acts import EXTRAORDINARY, PREP_GROUP, RECALL
from domain.counting import Weight
from domain.errors import Refused
from domain.lifecycle import UNOPENED, Unopened
from domain.proxies import GIVEN, agents_of
from domain.requests import FIRST_ASSEMBLY, FORMATION, MAX_OPENED, Request, limb_met, signers
from domain.rulesets import EDITIONS, LATEST
from domain.state import STEPS, act_of
from tests.acts import HOME, Case, Given, Move, case, confirm, decline, given, notice, open_, post, revoke, rotate, vote
from tests.moves.rights import (
    MEMBERS,
    counted,
    dismiss_agent,
    form,
    name_agent,
    request,
    sign,
    unsign,
    verify,
)  # fmt: skip

LATER = "2026-08-18 10:00"
FIVE = [("o1", "owner"), ("o3", "owner"), ("street", "street"), ("clerk", "community"), ("party", "party")]

REFUSED = [
    case("roll-not-frozen", "on a roll that is still posted R-ROLL-8", "bound", request()),
    case("not-your-head", "a tenant opens one", "roll frozen", request("tenant", unit="1-1")),
    case("head-unknown", "a head that the roll has not", "roll frozen", request("o1", unit="9-9")),
    case("already-exists", "under an id that is taken", "request opened", request("o3")),
    case("requests-too-many", "an eleventh by one head", "roll frozen", *(request(name=f"q{n}") for n in range(MAX_OPENED + 1))),
    case("unknown-matter", "signing what nobody opened", "roll frozen", sign("o1")),
    case("not-your-head", "signing for a neighbour", "request opened", sign("o3", unit="1-1")),
    case("not-your-head", "a tenant signs", "request opened", sign("tenant", unit="1-1")),
    case("not-your-head", "an enterprise's manager signs", "request opened", sign("manager", unit="1-1")),
    case("key-unknown", "a key that was revoked R-SIG-6", "request opened", revoke("o1"), sign("o1")),
    case("wrong-ledger", "made for another estate", "request opened",
         sign("o1").stating(ledger="demo.example.org/log/440307-002/1")),
    case("head-unknown", "a head that the roll has not, signing", "request opened", sign("o1", unit="9-9")),
    case("wrong-stage", "a head signs twice", "request signed", sign("o1")),
    case("wrong-stage", "the other key of the same head signs too", "request signed", sign("o1-twin")),
    case("unknown-matter", "withdrawn without having been signed", "request signed", unsign("o4")),
    case("wrong-stage", "withdrawn twice", "request signed", unsign("o1"), unsign("o1")),
    case("not-your-head", "a neighbour withdraws it", "request signed", unsign("o4").but(tag=lambda play: play.tag("1-1"))),
    case("wrong-stage", "signed when it is verified", "request verified", sign("o4")),
    case("unknown-matter", "withdrawn when it is verified", "request verified", unsign("o1")),
    case("pending-first", "signed while its verification waits", "request signed", verify(confirm=()), sign("o4")),
    case("pending-first", "withdrawn while its verification waits", "request signed", verify(confirm=()), unsign("o1")),
    case("totals-differ", "more heads than signed R-SZ-2", "request signed", verify().but(heads=3)),
    case("totals-differ", "more area than the roll has for them R-SZ-2", "request signed", verify("both").but(area=24_000)),
    case("request-below-threshold", "one head of nine, an eleventh of the area R-SZ-2", "request opened", sign("o1"), verify()),
    case("request-below-threshold", "nobody", "request opened", verify()),
    case("request-limb-differs", "both limbs claimed where one is reached R-MEET-1", "request signed", verify("both")),
    case("wrong-stage", "verified twice", "request verified", verify()),
    case("not-authorised", "a committee does not verify", "request signed", verify(who="bureau")),
    case("not-a-confirmer", "an owner confirms", "request signed", verify(confirm=("o1",))),
    case("same-person", "the street office alone", "request signed", verify(confirm=("street",))),
    case("group-request-wrong", "a preparatory group without a request R-PREP-2", "request verified", form(request=None)),
    case("group-request-wrong", "on a request that there is not", "request verified", form(request="r")),
    case("group-request-wrong", "on one that is not verified R-PREP-2", "request signed", form()),
    case("group-request-wrong", "on one that was used R-PREP-2", "request verified",
         form(), form().but(group="h")),
    case("group-request-wrong", "a re-election group rests on none", "request verified", form(purpose="re-election")),
    case("group-even", "four members R-PREP-3", "request verified", form(*MEMBERS[:2], *MEMBERS[3:])),
    case("group-owners-few", "two owners of five R-PREP-3", "request verified", form(*FIVE)),
    case("group-member-twice", "one named twice", "request verified", form(*MEMBERS[:4], ("o1", "owner"))),
    case("group-side-wrong", "a tenant as an owner R-PREP-3", "request verified", form(("tenant", "owner"), *MEMBERS[1:])),
    case("group-side-wrong", "the enterprise as the developer", "request verified", form(*MEMBERS[:4], ("manager", "developer"))),
    case("group-side-wrong", "somebody without a key", "request verified", form(*MEMBERS[:4], ("newcomer", "party"))),
    case("group-leader-wrong", "an owner leads R-PREP-3", "request verified", form(leader="o1")),
    case("group-leader-wrong", "the leader is no member", "request verified",
         form(*MEMBERS[:3], ("clerk", "community"), ("party", "party"))),
    case("term-backwards", "a term that has ended", "request verified", form(to="2026-08-01")),
    case("already-exists", "a group of that id", "request verified", form(), form(purpose="re-election", request=None)),
    case("not-authorised", "owners form no group", "request verified", form().by("o1")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_requests(case: Case) -> None:
    case.check()


# --- which share is reached -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heads", "area", "found"), [
    (60, 1_000, "heads"), (59, 1_000, None), (60, 2_000, "both"), (59, 2_000, "area"), (59, 1_999, None), (300, 10_000, "both"),
])  # fmt: skip
def test_a_share_of_twenty_per_cent_includes_the_number_r_sz_2_t31(heads: int, area: int, found: str | None) -> None:
    assert limb_met(Weight(heads, area), Weight(300, 10_000), (1, 5)) == found


def reached(purpose: str, *who: str, limb: str = "heads") -> Any:
    """A request for this purpose, signed by these, and verified."""
    return given("roll frozen").when(request(purpose=purpose), *map(sign, who), verify(limb))


def test_either_limb_carries_a_preparatory_group_and_both_an_extraordinary_meeting_t31() -> None:
    """Two of nine heads with a sixth of the area: R-SZ-2 takes either, 274 art. 21 demands both (R-MEET-1)."""
    world = reached(PREP_GROUP, "o1", "o3").then("verified")
    assert world.state["request", "q"].limb == "heads"
    reached(EXTRAORDINARY, "o1", "o3").refused("request-below-threshold", found="heads", demanded="both")
    assert reached(EXTRAORDINARY, "o1", "o6", limb="both").then("verified").state["request", "q"].limb == "both"


def test_an_edition_may_ask_either_limb_of_an_extraordinary_meeting_t31(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EDITIONS[LATEST.ruleset]["parameters"]["extraordinary_limbs"], "value", "either")
    assert reached(EXTRAORDINARY, "o1", "o3").then("verified").state["request", "q"].limb == "heads"


def test_area_alone_carries_a_recall_and_a_preparatory_group_r_com_10_r_sz_2() -> None:
    for purpose in (RECALL, PREP_GROUP):
        assert reached(purpose, "o6", limb="area").then("verified").state["request", "q"].limb == "area"


def test_heads_alone_carry_no_recall_r_com_10() -> None:
    reached(RECALL, "o1", "o3").refused("request-below-threshold", found="heads", demanded="area")


# --- what follows ---------------------------------------------------------------------------------------------------------------


def test_a_group_is_due_sixty_days_after_the_request_was_opened_r_prep_2() -> None:
    """Opened on 16 August: sixty days later is 15 October, a Thursday."""
    world = given("request verified")
    assert world.state["due", ("request/q", FORMATION)] == "2026-10-15"
    world.at(LATER).when(form()).then("formed")
    assert ("due", ("request/q", FORMATION)) not in world.state
    assert world.state["request", "q"].stage == "met"


def test_only_a_preparatory_group_is_due_by_a_request() -> None:
    assert ("due", ("request/q", FORMATION)) not in reached(RECALL, "o6", limb="area").admitted().state


def test_a_group_convenes_until_its_term_ends_and_owes_the_first_assembly_r_prep_5() -> None:
    """Ninety days after 18 August is Monday, 16 November."""
    world = given("request verified", at=LATER).when(form()).admitted()
    street = world.play.people["street"]
    term = world.state["post", ("preparatory-group", street.person, None)]
    assert (term.start, term.to, term.org) == ("2026-08-18", "2027-08-01", street.org)
    assert world.state["due", ("group/g", FIRST_ASSEMBLY)] == "2026-11-16"
    assert world.state["group", "g"].members == tuple(world.play.people[who].person for who, _ in MEMBERS)


def test_a_second_preparatory_group_takes_over_what_the_first_owed_r_prep_5() -> None:
    """Only one first assembly is owed: nothing would ever take the first group's duty away."""
    world = given("request verified", at=LATER).when(form()).admitted()
    world.when(request("o3", name="q2"), sign("o1", "q2"), sign("o3", "q2"), verify(name="q2")).admitted()
    world.when(form(request="q2").but(group="g2")).admitted()
    assert ("due", ("group/g", FIRST_ASSEMBLY)) not in world.state
    assert world.state["due", ("group/g2", FIRST_ASSEMBLY)] == "2026-11-16"


def test_a_re_election_group_rests_on_no_request_and_owes_no_first_assembly() -> None:
    world = given("roll frozen").when(form(purpose="re-election", request=None)).then("formed")
    assert ("post", ("re-election-group", world.play.people["street"].person, None)) in world.state
    assert ("due", ("group/g", FIRST_ASSEMBLY)) not in world.state


def test_a_group_that_waits_is_judged_again_when_it_is_confirmed_r_prep_2() -> None:
    world = given("request verified").when(form().confirmed_by().named("one"), form().but(group="h")).admitted()
    world.when(confirm("bureau", "one")).refused("group-request-wrong")


def test_signatures_leave_the_state_when_they_are_verified() -> None:
    world = given("request verified")
    assert not [key for key in world.state if key[0] == "signed" or str(key[1]).startswith("signed/")]
    assert (world.state["request", "q"].heads, world.state["request", "q"].stage) == (2, "verified")


def test_a_declined_verification_lets_owners_sign_again() -> None:
    world = (
        given("request signed").when(verify(confirm=()), decline("bureau", "it"), sign("o4"), verify("both")).then("verified")
    )
    assert world.state["request", "q"].heads == 3


def test_a_rotated_key_withdraws_what_the_old_one_signed() -> None:
    given("request signed").when(rotate("o1", "o1-new"), unsign("o1").by("o1-new")).then("withdrawn")


def test_without_the_rows_of_those_who_signed_the_area_is_not_checked() -> None:
    world = given("request signed")
    act = next(one for one in map(act_of, given("request verified").door.entries) if one.act.kind == "request-verified/1").act
    found = STEPS[act.kind][1].recheck(world.state, act, lambda _leaf, _name: UNOPENED)
    assert isinstance(found, Unopened)
    assert len(found.names) == 2


# --- no head is counted twice, whatever is done ---------------------------------------------------------------------------------

WHO = ("o1", "o1-twin", "o2", "o3", "o6", "o7", "o8", "o9", "tenant")
DEED = st.one_of(
    st.tuples(st.sampled_from(["sign", "unsign", "dismiss", "vote"]), st.sampled_from(WHO), st.just("")),
    st.tuples(st.sampled_from(["name", "vote as"]), st.sampled_from(WHO), st.sampled_from(WHO)),
)


def begun() -> Given:
    """A vote that is open beside a request that can be signed."""
    world = given("request opened").at("2026-08-17 10:00").when(notice(), post()).admitted()
    return world.at("2026-09-03 09:00").when(open_()).admitted()


def move(deed: str, who: str, other: str) -> Move:
    home = HOME.get(who, "1-2")
    return {
        "sign": lambda: sign(who, unit=home),
        "unsign": lambda: unsign(who if who in HOME else "o2"),
        "dismiss": lambda: dismiss_agent(who, unit=home),
        "name": lambda: name_agent(who, other, unit=home),
        "vote": lambda: vote(who, home),
        "vote as": lambda: vote(who, HOME.get(other, "1-2")),
    }[deed]()


def heads(world: Given) -> Iterator[tuple[str, bytes]]:
    for tag, _ in world.state["roll", "r1"].tags:
        yield tag.hex(), tag


@settings(max_examples=60, deadline=None)
@over(st.lists(DEED, max_size=25))
def test_no_head_is_counted_twice_and_running_numbers_equal_a_recount_r_bal_5(deeds: list[tuple[str, str, str]]) -> None:
    world, said = begun(), dict[str, bool]()
    agents: dict[str, str] = {}
    for deed, who, other in deeds:
        admitted = not isinstance(world.when(move(deed, who, other)).answer, Refused)
        home = HOME.get(who, "1-2")
        if deed in {"sign", "unsign"}:
            owns = who != "tenant" if deed == "sign" else True
            assert admitted == (owns and said.get(home, False) == (deed == "unsign"))
            said[home] = (deed == "sign") if admitted else said.get(home, False)
        if deed in {"name", "dismiss"} and admitted:
            assert who != "tenant"
            agents = {**agents, home: other} if deed == "name" else {one: agent for one, agent in agents.items() if one != home}
        if deed == "vote as":
            stands = world.play.people[agents[HOME.get(other, "1-2")]].person if HOME.get(other, "1-2") in agents else None
            own = who != "tenant" and HOME[who] == HOME.get(other, "1-2")
            assert admitted == (own or stands == world.play.people[who].person)
    running: Request = world.state["request", "q"]
    assert running.heads == len(signers(world.state, "q")) == counted(world.play)[0] == sum(said.values())
    proxies = [world.state.get(("proxy", ("p", tag))) for _, tag in heads(world)]
    for person in {world.play.people[who].person for who in WHO}:
        own = sum(one is not None and one.stage == GIVEN and one.agent == person for one in proxies)
        assert agents_of(world.state, "p", person) == own <= 3
    assert world.state["running", "p"].voted == sum(("ballot", ("p", tag)) in world.state for _, tag in heads(world))
