"""Stories played in memory, once each; and their logs admitted again by a fold that has never seen them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from domain.acts import opened_names
from domain.authority import matter_of
from domain.fold import Fold
from domain.lifecycle import UNOPENED, Act, Held, Unopened
from domain.state import act_of
from keys.enrolment import proved
from ledger.clock import StoryClock
from scripts.stories.player import Play, Step, moment, seeded
from tests.acts import explained, log_key
from tests.memory import MemoryDoor
from tlog.merkle import root
from tlog.opening import reveal


@dataclass(frozen=True, slots=True)
class Told:
    """A story that was played to its end."""

    door: MemoryDoor
    play: Play

    def now(self, *key: object) -> object:
        """What the state says at the end."""
        return self.door.fold.state.get(key)

    def flags(self, name: str) -> set[str]:
        """The codes of the flags of the report that the story calls so; also of a vote that is final."""
        leaf = self.play.leaves[name]
        return {flag.code for key, flag in self.door.past.items() if key[0] == "flag" and key[1][1] == leaf}

    def refusals(self) -> list[tuple[str, str]]:
        """What was refused, in the order of the story: kind and code."""
        for _, why in self.play.refusals:
            explained(why)
        return [(step.kind, why.code) for step, why in self.play.refusals]

    def act(self, name: str) -> Act:
        """The act of the entry that the story calls so."""
        return act_of(self.door.entries[self.door.leaves.index(self.play.leaves[name])]).act


Scenes = Callable[..., Iterator[tuple[str, str, Iterator[Step]]]]


@cache
def told(story: ModuleType) -> Told:
    """The story, played once: whoever looks at it changes nothing."""
    return told_anew(story)


def told_anew(story: ModuleType) -> Told:
    """The story, to be gone on with."""
    clock = StoryClock(moment(story.START))
    door = MemoryDoor(story.ORIGIN, clock)
    play = Play(door, clock, seeded(7))
    for _, _, steps in story.scenes(play, log_key(story.ORIGIN), door.opening):
        for _ in play.play(steps):
            pass
    return Told(door, play)


def admitted_again(one: Told, forgotten: Collection[bytes] = ()) -> Fold:
    """A fold of its own that judges every entry with its openings; of those that are forgotten, by leaf, it has none."""
    leaves, opened = list[bytes](), dict[bytes, dict[str, object]]()
    acts = [act_of(entry).act for entry in one.door.entries]
    fold = Fold(proved, lambda size: root(leaves[:size]), act_at=acts.__getitem__)
    for entry in one.door.entries:
        recorded, draft = act_of(entry), fold.draft()
        act = recorded.act
        raws = () if act.leaf in forgotten else one.door.kept(act.leaf)[1]
        opened[act.leaf] = dict(opened_names(act, raws, reveal(act.sealed, raws, act.ledger, act.stream, act.prev)))
        judged = draft.judge(act, recorded.recorded_at, lambda leaf, name: opened[leaf].get(name, UNOPENED))
        dark = act.leaf in forgotten or act.about in forgotten
        assert isinstance(judged.found, Unopened if dark else Held), (act.kind, matter_of(act))
        draft.lay(act, judged.context, judged.flags)
        fold.keep(draft)
        leaves.append(act.leaf)
    return fold
