"""All stories together use every kind of act there is: none exists that nobody has ever seen happen."""

from __future__ import annotations

from types import ModuleType

import pytest

from domain.acts import KINDS
from domain.state import act_of
from tests.scenarios.stories import modules, played, retold


@pytest.mark.parametrize("story", modules(), ids=lambda story: story.__name__.rpartition(".")[2])
def test_a_story_is_admitted_again_flags_the_same_and_reads_well(story: ModuleType) -> None:
    retold(story)


def test_every_kind_of_act_happens_in_some_story() -> None:
    told = {act_of(entry).act.kind for story in modules() for entry in played(story)[0].entries}
    assert " ".join(sorted(KINDS.keys() - told)) == ""
    assert told <= KINDS.keys()


def test_every_story_is_a_ledger_of_its_own() -> None:
    origins = [story.ORIGIN for story in modules()]
    assert len(set(origins)) == len(origins)
