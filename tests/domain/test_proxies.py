"""Agents: who may name one, who may be one, and whose ballot the agent's is (R-BAL-9)."""

from __future__ import annotations

import pytest

import tests.moves  # noqa: F401  # every subject's stages
from domain.ballots import MOST_BY_AGENT
from domain.proxies import agents_of
from domain.rulesets import Edition
from tests.acts import (
    CLOSES,
    LATEST,
    Case,
    Given,
    Move,
    admit,
    adopt,
    announce,
    case,
    certify,
    close,
    envelope,
    given,
    notice,
    reopen,
    revoke,
    rotate,
    vote,
)  # fmt: skip
from tests.moves.elections import nominate
from tests.moves.rights import dismiss_agent, name_agent

LATE = "2026-09-17 20:01"


def by_agent(who: str = "tenant", unit: str = "1-2", use: str = "agree") -> Move:
    return vote(who, unit, use=use, levy="agree")


REFUSED = [
    case("not-your-head", "a neighbour names an agent for another head", "open", name_agent("o3", unit="1-2")),
    case("not-your-head", "a tenant makes himself agent", "open", name_agent("tenant", unit="1-2")),
    case("not-your-head", "an agent names a sub-agent R-BAL-9", "agent named", dismiss_agent(), name_agent("o2"),
         dismiss_agent("o2"), name_agent("tenant", "o3", unit="1-2")),
    case("not-your-head", "an agent dismisses himself", "agent named", dismiss_agent("tenant", unit="1-2")),
    case("key-unknown", "a key that was revoked R-SIG-6", "open", revoke("o2"), name_agent()),
    case("wrong-ledger", "made for another estate", "open", name_agent().stating(ledger="demo.example.org/log/440307-002/1")),
    case("head-unknown", "a head that the roll has not", "open", name_agent(unit="9-9")),
    case("unknown-matter", "for a vote that nobody called", "open", name_agent().but(poll="q")),
    case("proxy-late", "after closing time", "open", name_agent(), at=LATE),
    case("proxy-late", "when the vote is closed", "closed", name_agent()),
    case("proxy-late", "dismissed after closing time", "agent named", dismiss_agent(), at=LATE),
    case("agent-unknown", "somebody without an admitted key", "open", name_agent(agent="newcomer")),
    case("agent-barred", "the enterprise's manager R-BAL-9", "open", name_agent(agent="manager")),
    case("agent-is-owner", "herself", "open", name_agent(agent="o2")),
    case("agent-is-owner", "the other owner of the same home", "open", name_agent("o7", agent="o8")),
    case("agent-full", "a fourth head for one agent R-BAL-9", "agent named", name_agent("o3"), name_agent("o4"), name_agent("o5")),
    case("wrong-stage", "a second agent beside the first", "agent named", name_agent(agent="o3")),
    case("unknown-matter", "dismissed without having been named", "open", dismiss_agent()),
    case("wrong-stage", "dismissed twice", "agent named", dismiss_agent(), dismiss_agent()),
    case("not-your-head", "an agent votes before he is named", "open", by_agent()),
    case("not-your-head", "an agent votes for another head", "agent named", by_agent(unit="1-3")),
    case("not-your-head", "an agent votes after the proxy ended R-BAL-9", "agent named", dismiss_agent(), by_agent()),
    case("not-your-head", "the first agent votes after another took his place", "agent named",
         dismiss_agent(), name_agent(agent="o3"), by_agent()),
    case("key-unknown", "an agent whose key was revoked", "agent named", revoke("tenant"), by_agent()),
    case("agent-candidate", "who stands for election in this vote R-BAL-9", "voting",
         name_agent("o7", "o1").but(poll="v1")),
    case("agent-candidate", "whom the vote recalls R-BAL-9", "recall noticed", name_agent("o7", "o2").but(poll="v-recall")),
    case("matter-final", "in a vote that is final", "announced", name_agent(), at="2026-12-01 10:00"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_agents(case: Case) -> None:
    case.check()


def counts(world: Given, who: str = "tenant") -> int:
    return agents_of(world.state, "p", world.play.people[who].person)


def test_an_agents_ballot_is_the_heads_and_each_replaces_the_other_r_bal_5_r_bal_9() -> None:
    world = given("agent named").when(by_agent()).then("cast")
    assert world.state["running", "p"].voted == 1
    world.when(vote("o2", use="against", levy="against"), by_agent(use="abstain")).admitted()
    assert world.state["running", "p"].voted == 1
    assert world.state["ballot", ("p", world.play.tag("1-2"))].choices["use"] == "abstain"


def test_an_agents_new_key_acts_for_the_heads_of_the_old_r_bal_9() -> None:
    given("agent named").when(rotate("tenant", "tenant-new"), by_agent("tenant-new")).then("cast")


def test_an_agent_who_is_an_owner_votes_for_both_heads() -> None:
    world = given("agent named").when(dismiss_agent(), name_agent(agent="o3"), by_agent("o3"), vote("o3")).then("cast")
    assert world.state["running", "p"].voted == 2


def test_an_agent_cannot_use_up_the_owners_ballots_r_bal_5() -> None:
    world = given("agent named").when(*[by_agent() for _ in range(MOST_BY_AGENT)]).admitted()
    world.when(by_agent()).refused("ballots-too-many", most=MOST_BY_AGENT)
    world.when(vote("o2")).then("cast").when(dismiss_agent(), name_agent(), by_agent()).refused("ballots-too-many")


def test_what_an_agent_cast_stands_when_he_is_dismissed_until_the_owner_votes() -> None:
    world = given("agent named").when(by_agent(), dismiss_agent()).then("ended")
    assert world.state["running", "p"].heads["use", "agree", "electronic"] == 1
    world.when(vote("o2", use="against")).admitted()
    assert world.state["running", "p"].heads["use", "agree", "electronic"] == 0


def test_an_agent_has_room_again_when_a_proxy_ends_r_bal_9() -> None:
    world = given("agent named").when(name_agent("o3"), name_agent("o4")).admitted()
    assert counts(world) == 3
    world.when(dismiss_agent("o3"), name_agent("o5")).then("given")
    assert counts(world) == 3
    world.when(*map(dismiss_agent, ("o2", "o4", "o5"))).admitted()
    assert ("agents", ("p", world.play.people["tenant"].person)) not in world.state


def test_an_agent_is_named_from_the_notice_on() -> None:
    given("noticed").when(name_agent()).then("given")


def test_an_agent_opens_the_sealed_ballot_that_he_cast() -> None:
    world = given("open, sealed").when(name_agent()).admitted()
    cast = envelope("o2").by("tenant").named("sealed-1")
    world.at("2026-09-04 10:00").when(cast).admitted().at("2026-09-17 20:30").when(close()).admitted()
    world.when(reopen("o2", "sealed-1").by("tenant")).then("opened")


def test_agents_leave_with_the_final_vote() -> None:
    world = given("agent named").when(by_agent(), name_agent("o3"), dismiss_agent("o3"), vote("o1")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce("2026-09-18")).admitted()
    world.at("2026-12-01 10:00").when(admit("newcomer")).admitted()
    assert not [key for key in world.state if key[0] in {"proxy", "agents"} or str(key[1]).startswith("proxy/")]


def test_a_vote_that_an_older_edition_judges_knows_no_agents_r_src_1() -> None:
    second = Edition("cn-sz-2", LATEST.calendar).named()
    world = given("roll frozen", at="2026-08-17 10:00").when(adopt(second), notice().but(edition=second)).admitted()
    world.when(name_agent()).refused("kind-not-offered")
    world.when(adopt(LATEST.named()), name_agent()).refused("kind-not-offered", ruleset="cn-sz-2")


def test_an_agent_is_named_up_to_the_last_moment() -> None:
    given("open", at=CLOSES).when(name_agent(), by_agent()).then("cast")


def test_a_candidate_whose_id_is_an_item_of_another_vote_may_be_an_agent_r_bal_9() -> None:
    """Ids of candidates are chosen by whoever nominates: they keep nobody from standing for an owner elsewhere."""
    world = (
        given("election begun", at="2026-08-18 10:00")
        .when(nominate("use", "o1"), notice(), name_agent(agent="o1"))
        .then("given")
    )
    assert world.state["candidate", "use"].person == world.play.people["o1"].person


def test_an_agent_whom_a_late_key_named_is_flagged_as_that_key_is_r_bal_9() -> None:
    """A key bound after the freeze does not come off the result's count of such heads by naming an agent (o9's was)."""
    world = given("open", at="2026-09-04 10:00").when(name_agent("o9"), by_agent(unit="1-8")).then("cast")
    assert world.state["running", "p"].late == 1
    assert world.when(name_agent("o2", "o3"), by_agent("o3")).then("cast").state["running", "p"].late == 1
    assert world.when(vote("o9")).then("cast").state["running", "p"].late == 1
