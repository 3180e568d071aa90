"""Level 2 over any log: what the rules refuse and what they have no answer to are broken entries, and those after them are judged."""

from __future__ import annotations

from typing import Any

import pytest

import domain.fold
from domain.errors import Refused
from domain.state import decide, evolve
from ledger.submission import prepare
from scripts.level1 import Level1, parsed
from scripts.level2 import Level2, Openings, level2
from tests.acts import LAWFUL, Given, Move, explained, given, submission, vote
from tests.moves.counting import define, recount
from tests.moves.elections import declare, end, seat
from tests.moves.rights import reply, sign, verify
from tlog.merkle import leaf_hash

LAID = ("committee sits", "meeting called", "meeting voted", "meeting minuted")  # stages whose committee no entry seated


def audited(world: Given, *more: bytes) -> Level2:
    """The log of this ledger, and behind it what somebody who holds the log's key has added."""
    log, forged = Level1(), [prepare(raw) for raw in more]
    added = {one.entry(world.play.clock.at): one.sent.openings for one in forged}
    for entry in (*world.door.entries, *added):
        log.take(entry, leaf_hash(entry), parsed(entry))
    handed = {leaf: world.door.kept(leaf)[1] for leaf in world.door.leaves}
    return level2(log, Openings(log.recorded, [handed | {leaf_hash(entry): raws for entry, raws in added.items()}]))


@pytest.mark.parametrize("rule", [decide, evolve])
def test_an_entry_that_the_rules_have_no_answer_to_is_broken_and_stops_no_auditor(
    rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = given("voted")
    index = len(world.door.entries) - 2
    broken = world.door.leaves[index]

    def failing(read: Any, act: Any, *more: Any) -> Any:
        if act.leaf == broken:
            raise KeyError("paper")
        return rule(read, act, *more)

    monkeypatch.setattr(domain.fold, rule.__name__, failing)
    found = audited(world)
    one = found.broken[-1]  # before it entry 0: nobody signed a checkpoint here
    assert (one.index, one.code, one.detail) == (index, "rules-failed", {"why": "KeyError: 'paper'"})
    assert [one.word for one in found.found[1:index]] == ["held"] * (index - 1)
    assert (len(found.found), found.found[-1].word) == (len(world.door.entries), "held")
    explained(Refused("rules-failed", **one.detail))


@pytest.mark.parametrize("kind", [kind for kind, (stage, _, _) in LAWFUL.items() if stage not in LAID])
def test_what_the_door_admits_of_any_kind_holds_in_an_audit(kind: str) -> None:
    stage, move, at = LAWFUL[kind]
    found = audited(given(stage, at=at).when(move).admitted())
    assert {one.word for one in found.found[1:]} == {"held"}


@pytest.mark.parametrize(("stage", "move", "at"), [
    pytest.param("objected", reply("o2"), None, id="an owner answers her own objection"),
    pytest.param("request signed", sign("o3", unit="1-1"), None, id="one head signs twice"),
    pytest.param("request signed", verify().but(area=5), None, id="the area of those who signed"),
    pytest.param("roll frozen", define().but(area=5), "2026-08-16 10:00", id="the area of a part of the estate"),
    pytest.param("agent named", vote("tenant", "1-3"), None, id="an agent votes for another head"),
    pytest.param("upheld", recount().but(bound_late=9), "2026-09-20 10:00", id="late bindings of a recount"),
    pytest.param("upheld", recount("o-2"), "2026-09-20 10:00", id="a recount for no objection"),
    pytest.param("elected", declare().but(elected=("c2", "c1", "c3", "c4", "c5")), "2026-09-30 10:00", id="another first"),
    pytest.param("in office", end("o5", by="o4"), "2026-10-12 10:00", id="a member resigns for another"),
    pytest.param("vacant", seat("o9"), "2026-10-13 10:00", id="the second alternate before the first"),
])  # fmt: skip
def test_what_the_door_refuses_is_broken_in_an_audit_by_the_same_code(stage: str, move: Move, at: str | None) -> None:
    """Whoever holds the log's key can place an entry behind the door; the audit names it."""
    world = given(stage, at=at)
    _, raw = submission(world.play, move)
    one = audited(world, raw).broken[-1]
    (refused,) = world.submit(raw)
    assert isinstance(refused, Refused)
    assert (one.index, one.code) == (len(world.door.entries), refused.code)
