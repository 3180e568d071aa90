"""Level 2 over any log: what the rules refuse and what they have no answer to are broken entries, and those after them are judged."""

from __future__ import annotations

from typing import Any

import pytest

import domain.fold
from domain.errors import Refused
from domain.state import decide, evolve
from scripts.level1 import Level1, parsed
from scripts.level2 import Level2, Openings, level2
from tests.acts import Given, explained, given
from tlog.merkle import leaf_hash


def audited(world: Given) -> Level2:
    log = Level1()
    for entry in world.door.entries:
        log.take(entry, leaf_hash(entry), parsed(entry))
    handed = {leaf: world.door.kept(leaf)[1] for leaf in world.door.leaves}
    return level2(log, Openings(log.recorded, [handed]))


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
