"""Results: certified only if every figure equals the fold, by three persons, and announced (R-VOTE-1…8, R-EVID-1, R-MEET-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from domain.counting import Weight
from domain.lifecycle import UNOPENED, Breach, Held, Unopened
from domain.results import Box, certifiable, counted_rows, figures, marked, open_box, recheck, recount
from domain.state import act_of
from scripts.stories.player import Play
from tests.acts import AREA, HEADS, Case, Given, Move, announce, bind, case, certify, close, given, open_, post, said, vote
from tlog.merkle import leaf_hash
from tlog.result import path_in, row_levels, verify_row

Figures = Mapping[str, Any]


def item(name: str = "use", /, **changes: Any) -> Move:
    """A result in which one item's part says something else; a change may be made from the part as it is."""

    def change(_play: Play, body: Mapping[str, Any]) -> dict[str, Any]:
        part = body["items"][name]
        return {
            "items": {**body["items"], name: {**part, **{key: to(part) if callable(to) else to for key, to in changes.items()}}}
        }

    return certify().amend(change)


def more(choice: str, heads: int = 0, area: int = 0) -> Any:
    return lambda part: {"area": part[choice]["area"] + area, "heads": part[choice]["heads"] + heads}


def counted(**changes: Any) -> Move:
    return certify().amend(lambda _, body: {"counted": {**body["counted"], **changes}})


REFUSED = [
    case("figures-differ", "an item left out", "closed", certify().amend(lambda _, body: {"items": {"use": body["items"]["use"]}})),
    case("figures-differ", "an item that was not voted on", "closed",
         certify().amend(lambda _, body: {"items": {**body["items"], "gate": body["items"]["use"]}})),
    case("figures-differ", "a head fewer in the electorate R-ROLL-3", "closed",
         certify().but(electorate={"area": AREA, "heads": HEADS - 1})),
    case("figures-differ", "less area in the electorate", "closed", certify().but(electorate={"area": AREA - 1, "heads": HEADS})),
    case("figures-differ", "fewer rows counted", "closed", counted(size=HEADS)),
    case("figures-differ", "no late binding", "closed", certify().but(bound_late=0)),
    case("figures-differ", "a flag that nobody raised", "closed", certify().but(flags=((bytes(32), "R-MEET-2"),))),
    *(case("figures-differ", f"a head more for {choice}", "closed", item(**{choice: more(choice, heads=1)}))
      for choice in ("agree", "against", "abstain")),
    case("figures-differ", "a head moved from against to agree", "closed",
         item(agree=more("agree", heads=1), against=more("against", heads=-1))),
    case("figures-differ", "a channel that nobody used", "closed", item(channels={"electronic": 6, "paper": 1})),
    *(case("figures-differ", f"one {mark}", "closed", item(**{mark: 1})) for mark in ("conflicted", "invalid", "unclear", "unopened")),
    case("verdict-differs", "participation without those who abstain R-BAL-2", "closed", item(participating={"area": 80_001, "heads": 6})),
    case("verdict-differs", "area that is no choice's", "closed", item(participating=more("participating", area=1))),
    case("verdict-differs", "a special matter as an ordinary one R-VOTE-3", "closed", item("levy", **{"class": "ordinary"})),
    case("verdict-differs", "not quorate R-VOTE-1", "closed", item(quorate=False)),
    case("verdict-differs", "no word on the quorum", "closed", item(quorate=None)),
    case("verdict-differs", "not passed R-VOTE-2", "closed", item(passed=False)),
    *(case("areas-differ", f"a hundredth of a square metre more for {choice} R-VOTE-6", "closed",
           item(**{choice: more(choice, area=1), "participating": more("participating", area=1)}))
      for choice in ("agree", "against", "abstain")),
    case("areas-differ", "area moved from against to agree R-VOTE-6", "closed",
         item(agree=more("agree", area=100), against=more("against", area=-100))),
    case("counted-root-differs", "another root R-EVID-1", "closed", counted(root=bytes(32))),
    case("counted-root-differs", "another count key R-EVID-1", "closed", certify().sealing(**{"count-key": bytes(32)})),
    case("opening-malformed", "a short count key", "closed", certify().sealing(**{"count-key": bytes(31)})),
    case("wrong-stage", "certified while it is open R-BAL-8", "voted", certify(), at="2026-09-17 20:30"),
    case("wrong-stage", "a vote that nobody called", "closed", certify().but(poll="q")),
    case("already-exists", "certified twice", "certified", certify()),
    case("not-authorised", "an observer does not count", "closed", certify().by("observer")),
    case("unknown-matter", "announced before it is certified", "closed",
         said("street", "result-announced/1", lambda _: {"at": "2026-09-19", "place": "gate", "poll": "p", "result": bytes(32)})),
    case("result-unknown", "another result announced R-MEET-5", "certified", announce().but(result=bytes(32))),
    case("wrong-stage", "announced twice", "announced", announce()),
    case("not-authorised", "announced by the clerk", "certified", announce().by("clerk")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_result(case: Case) -> None:
    case.check()


# --- verdicts of whole votes


def voted(**choices: str) -> Given:
    """A vote on which these owners answered the ordinary item `use` and the special item `levy` alike."""
    world = given("open").when(bind("1-8", "o9")).admitted()
    for who, choice in choices.items():
        world.when(vote(who, use=choice, levy=choice)).admitted()
    return world.at("2026-09-17 20:30").when(close(), certify()).admitted()


def owners(choice: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, choice)


SIX = ("o1", "o2", "o3", "o4", "o5", "o6")  # exactly two thirds of heads and of area
VERDICTS = [
    # who agrees, who is against, who abstains -> quorate, use passes, levy passes
    pytest.param((), (), (), (False, False, False), id="nobody votes"),
    pytest.param(SIX, (), (), (True, True, True), id="exactly two thirds of both take part R-VOTE-1"),
    pytest.param(("o2", "o3", "o4", "o5", "o6", "o7"), (), (), (False, False, False), id="a hundredth of a square metre short R-VOTE-1"),
    pytest.param(("o1", "o3", "o4", "o5", "o6", "o7"), (), (), (True, True, True), id="a hundredth of a square metre more R-VOTE-1"),
    pytest.param(("o1", "o3", "o4", "o5", "o6"), (), (), (False, False, False), id="a head short R-VOTE-1"),
    pytest.param(("o1", "o2", "o3", "o4", "o5", "o7", "o9"), (), (), (False, False, False), id="heads enough, area not R-VOTE-8"),
    pytest.param(("o6", "o1", "o2"), ("o3", "o4", "o5"), (), (True, False, False), id="half of the heads is not more than half R-VOTE-2"),
    pytest.param(("o1", "o2", "o3", "o4"), ("o5", "o6"), (), (True, False, False), id="half of the area is not more than half R-VOTE-2"),
    pytest.param(("o1", "o7", "o3", "o4"), ("o5", "o6"), (), (True, True, False), id="a hundredth more than half of both R-VOTE-2"),
    pytest.param(("o6", "o1", "o3", "o4"), ("o5", "o2"), (), (True, True, False), id="two thirds do not carry a special matter R-VOTE-3"),
    pytest.param(("o6", "o1", "o3", "o4", "o2"), ("o5",), (), (True, True, True), id="five of six carry a special matter R-VOTE-3"),
    pytest.param(("o1", "o2", "o3", "o4", "o5", "o6"), ("o7", "o9"), (), (True, True, True),
                 id="exactly three quarters of the heads R-VOTE-3"),
    pytest.param(("o1", "o2", "o3", "o4", "o5", "o7"), ("o6", "o9"), (), (True, True, False),
                 id="three quarters of the heads, not of the area R-VOTE-3"),
    pytest.param(("o6", "o1", "o3"), (), ("o2", "o4", "o5"), (True, False, False), id="those who abstain take part R-BAL-2"),
    pytest.param(("o1", "o2"), ("o3",), ("o4", "o5", "o6"), (True, False, False), id="more for than against, and yet not passed R-BAL-2"),
]  # fmt: skip


@pytest.mark.parametrize(("agree", "against", "abstain", "expected"), VERDICTS)
def test_a_votes_verdict_follows_from_its_ballots(
    agree: tuple[str, ...], against: tuple[str, ...], abstain: tuple[str, ...], expected: tuple[bool, bool, bool]
) -> None:
    choices = owners("agree", *agree) | owners("against", *against) | owners("abstain", *abstain)
    items = voted(**choices).state["result", "p"].items
    assert (items["use"]["quorate"], items["use"]["passed"], items["levy"]["passed"]) == expected
    assert items["use"]["quorate"] == items["levy"]["quorate"]


def test_each_item_has_a_quorum_of_its_own_r_vote_7() -> None:
    world = given("open")
    for who in SIX:
        world.when(vote(who, use="agree")).admitted()
    world.when(vote("o6", use="agree", levy="agree"), vote("o7", levy="agree")).admitted()
    items = world.at("2026-09-17 20:30").when(close(), certify()).admitted().state["result", "p"].items
    assert (items["use"]["participating"], items["use"]["quorate"]) == ({"area": 80_000, "heads": 6}, True)
    assert (items["levy"]["participating"], items["levy"]["quorate"]) == ({"area": 40_000, "heads": 2}, False)


def test_the_figures_of_the_story() -> None:
    world = given("certified")
    use = world.state["result", "p"].items["use"]
    assert use == {
        "abstain": {"area": 10_000, "heads": 1}, "against": {"area": 30_000, "heads": 1}, "agree": {"area": 50_001, "heads": 5},
        "channels": {"electronic": 7, "paper": 0}, "class": "ordinary", "conflicted": 0, "invalid": 0,
        "participating": {"area": 90_001, "heads": 7}, "passed": True, "quorate": True, "unclear": 0, "unopened": 0,
    }  # fmt: skip
    assert act_of(world.door.entries[-3]).act.body["bound_late"] == 1


# --- what every owner can check


def box_of(world: Given) -> Box:
    box = open_box(world.state, "p", world.door.opening)
    assert not isinstance(box, Unopened)
    return box


def test_every_owner_finds_her_row_under_the_certified_root_r_evid_1() -> None:
    world = given("certified")
    body, key = act_of(world.door.entries[-3]).act.body, world.door.opening(world.play.leaves["p-result"], "count-key")
    rows = counted_rows(box_of(world), world.state["poll", "p"], key)
    assert len(rows) == body["counted"]["size"] == 2 * HEADS
    own = next(n for n, row in enumerate(rows) if (row.item, row.tag) == ("use", world.play.tag("1-6")))
    found = verify_row(rows[own].raw(), own, len(rows), path_in(row_levels(rows), own), body["counted"]["root"])
    assert (found.area, found.counted_as) == (30_000, "against")
    assert found.ballot in {leaf_hash(entry) for entry in world.door.entries}


def test_a_head_that_returned_nothing_counts_as_none_and_an_item_left_blank_as_blank_r_vote_7() -> None:
    world = given("open").when(vote("o1", use="agree")).at("2026-09-17 20:30").when(close()).admitted()
    words = {(row.item, row.tag): row.counted_as for row in counted_rows(box_of(world), world.state["poll", "p"], bytes(32))}
    tag = world.play.tag("1-1")
    assert (words["use", tag], words["levy", tag], words["use", world.play.tag("1-2")]) == ("agree", "blank", "none")


def test_a_recount_from_the_opened_roll_gives_the_same() -> None:
    world = given("certified")
    poll = world.state["poll", "p"]
    for item in poll.items:
        tally = recount(box_of(world), poll, item.id).tally
        assert figures(tally, marked(box_of(world), item.id), poll, item) == world.state["result", "p"].items[item.id]
        assert tally.total == Weight(HEADS, AREA)


def test_without_the_roll_or_the_count_key_a_result_is_not_called_checked() -> None:
    world = given("certified")
    act = act_of(world.door.entries[-3]).act
    assert recheck(world.state, act, world.door.opening) == Held()
    no_key = recheck(world.state, act, lambda leaf, name: UNOPENED if name == "count-key" else world.door.opening(leaf, name))
    assert no_key == Unopened(("count-key",))
    nothing = recheck(world.state, act, lambda _leaf, _name: UNOPENED)
    assert isinstance(nothing, Unopened)
    assert len(nothing.names) == HEADS


def test_an_auditor_with_the_openings_finds_an_area_that_was_not_counted() -> None:
    world = given("certified")
    act = act_of(world.door.entries[-3]).act

    def grown(leaf: bytes, name: str) -> Any:
        value = world.door.opening(leaf, name)
        return value if name == "count-key" else {**value, "area": tuple(area + 1 for area in value["area"])}

    found = recheck(world.state, act, grown)
    assert isinstance(found, Breach)
    assert found.code == "areas-differ"


def test_when_a_row_of_the_roll_was_erased_nobody_certifies() -> None:
    world = given("closed")
    body, key = certified_body(world)
    world.door.erase(world.play.leaves["roll-r1-1"])
    move = said("counter-1", "result-certified/1", lambda _: body, sealed=lambda _: key)
    world.when(move).refused("sealed-not-opened")


def certified_body(world: Given) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a counter would sign now, and its count key."""
    key = {"count-key": bytes(32)}
    return certifiable(world.state, "p", box_of(world), key["count-key"]), key


def test_flags_of_a_vote_are_part_of_its_result() -> None:
    world = (
        given("flagged", at="2026-09-03 09:00")
        .when(open_("p-posted-2"))
        .at("2026-09-17 20:30")
        .when(close(), certify())
        .admitted()
    )
    leaf = world.play.leaves["p-result"]
    body = next(one.act.body for one in map(act_of, world.door.entries) if one.act.leaf == leaf)
    assert body["flags"] == ((world.play.leaves["p-posted-2"], "R-MEET-2"),)
    world.when(post(3, "2026-09-17", "2026-10-30")).flagged("R-MEET-2")
