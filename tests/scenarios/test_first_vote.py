"""One estate's first vote from founding to announcement, in which every kind of act is admitted at least once."""

from __future__ import annotations

from collections import Counter

import pytest

from domain.acts import KINDS
from domain.founding import LOG
from domain.rulesets import Edition
from domain.state import act_of
from scripts.stories import estate
from tests.acts import (
    HEADS,
    OPENS,
    STAGES,
    Given,
    Move,
    adopt,
    announce,
    answer,
    bind,
    certify,
    close,
    decline,
    erase,
    first,
    found,
    freeze,
    given,
    notice,
    open_,
    page,
    post,
    publish_next_edition,
    revoke,
    rotate,
    vote,
)  # fmt: skip


def staff(world: Given) -> None:
    """Clerk, counters, observer and witness get keys and posts, then the owners get keys."""
    for _ in world.play.play(STAGES["staffed"][1](world.play)):
        pass


@pytest.fixture
def next_edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    return publish_next_edition(monkeypatch)


def test_a_first_vote_with_every_kind_of_act(next_edition: Edition) -> None:
    # Founded by the operator and two supervisors; the newest edition is adopted.
    world = given("empty").when(found()).admitted()
    staff(world)
    world.when(adopt(next_edition.named())).admitted()
    assert (world.state[LOG].stage, world.state[LOG].edition) == ("founded", next_edition)

    # The roll is posted for seven days; a first freeze has a mistake in it, which a supervisor sees.
    world.at("2026-08-07 09:00").when(page(1).named("roll-r1-1")).then("recorded")
    world.at("2026-08-08 10:00")
    for owner, unit in (("o1", "1-1"), ("o2", "1-2"), ("o3", "1-3"), ("o4", "1-4"), ("o5", "1-5"), ("o6", "1-6")):
        world.when(bind(unit, owner, int(owner[1:]))).then("bound")
    early = freeze(1).but(posted={"from": "2026-08-06", "to": "2026-08-14"})
    world.at("2026-08-15 10:00").when(early.confirmed_by(), decline("bureau", reason="evidence-missing")).admitted()
    world.when(freeze(1)).admitted()
    assert world.state["roll", "r1"].total.heads == HEADS

    # Noticed with the edition in force, posted in time at the gate and a week late in the hall.
    world.at("2026-08-17 10:00").when(notice().but(edition=next_edition.named()), post(1)).flagged()
    world.at("2026-08-25 10:00").when(post(2, "2026-08-25")).flagged("R-MEET-2")
    world.when(answer("p-posted-2")).then("answered")
    world.at("2026-08-27 10:00").when(bind("1-7", "o7", 7), bind("1-8", "o9", 8)).then("bound")

    # Eight heads vote; a key is lost and its owner votes with another, one is renewed, one changes his mind.
    world.at(OPENS).when(open_()).then("open")
    for owner in ("o1", "o2", "o3", "o4", "o7", "o9"):
        world.when(vote(owner)).then("cast")
    world.when(vote("o5", use="against", levy="against"), revoke("o5", by="bureau")).then("revoked")
    world.when(vote("o5")).refused("key-unknown")
    world.when(rotate("o6", "o6-new"), vote("o6-new", "1-6", use="agree", levy="against")).then("cast")
    world.when(vote("o2", use="against", levy="abstain")).then("cast")

    # Closed, certified by three persons, announced in time.
    world.at("2026-09-17 20:30").when(close()).admitted()
    world.at("2026-09-18 10:00").when(certify(), announce("2026-09-18")).then("announced")
    result = world.state["result", "p"].items
    assert {name: (part["agree"]["heads"], part["against"]["heads"], part["abstain"]["heads"]) for name, part in result.items()} == {
        "use": (6, 2, 0), "levy": (5, 2, 1),
    }  # fmt: skip
    assert (result["use"]["passed"], result["levy"]["passed"]) == (True, False)
    assert world.state["running", "p"].late == 2

    # A name had slipped into the published title; it is erased, and the vote stands.
    world.at("2026-09-20 10:00").when(erase("title", basis="unlawful", until="2026-10-20")).then("erased")

    kinds = Counter(act_of(entry).act.kind for entry in world.door.entries)
    assert (
        kinds.keys() == OF_A_VOTE - {"ballot-sealed/1", "ballot-opened/1"} - PAPER
    )  # tests/domain/test_sealed.py, test_paper.py


OF_A_VOTE = {name for name, kind in KINDS.items() if kind.engine < 3}
PAPER = {"paper-page/1", "page-keyed/1", "entered-in-error/1"}


def vote_on_q(who: str, unit: str) -> Move:
    return first(lambda play: [estate.ballot(play, "", "q", unit, who, {"gate": "agree"})])


def test_a_second_vote_on_the_same_roll_counts_for_itself() -> None:
    world = given("announced")
    items = {"gate": ("other-major", "是否更换大门?")}
    world.at("2026-10-08 10:00").when(
        first(
            lambda _: estate.notice("", "q", "r1", items, "2026-10-26 09:00", "2026-11-09 20:00", "关于大门的表决", "rules-12")
        ),
        first(lambda _: estate.posted("", "q", 1, "gate", "2026-10-08", "2026-11-09")),
    ).flagged()
    world.at("2026-10-26 09:00").when(first(lambda _: estate.open_poll("", "q"))).then("open")
    world.when(vote_on_q("o1", "1-1"), vote_on_q("o7", "1-7"), vote_on_q("o8", "1-7")).then("cast")
    assert (world.state["running", "q"].voted, world.door.past["running", "p"].voted) == (2, 7)


def test_a_vote_that_nobody_answered_is_certified_as_not_quorate() -> None:
    world = given("open", at="2026-09-17 20:30").when(close(), certify()).admitted()
    assert all(not part["quorate"] and not part["passed"] for part in world.state["result", "p"].items.values())
