"""What a story's test asks of it: what was refused, which report was flagged, and the acts that the story names."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from domain.lifecycle import Act
from domain.state import act_of
from scripts.stories.player import Play
from tests.memory import MemoryDoor
from tests.scenarios.stories import flags, played


@dataclass(frozen=True, slots=True)
class Told:
    """A story that was played to its end."""

    door: MemoryDoor
    play: Play

    def flags(self, name: str) -> set[str]:
        """The codes of the flags of the report that the story calls so; also of a vote that is final."""
        leaf = self.play.leaves[name]
        return {flag.code for (_, of, _), flag in flags(self.door.past).items() if of == leaf}

    def refusals(self) -> list[tuple[str, str]]:
        """What was refused, in the order of the story: kind and code."""
        return [(step.kind, why.code) for step, why in self.play.refusals]

    def act(self, name: str) -> Act:
        """The act of the entry that the story calls so."""
        return self.acts()[self.door.leaves.index(self.play.leaves[name])]

    def acts(self) -> list[Act]:
        """Every act of the log."""
        return [act_of(entry).act for entry in self.door.entries]


def told(story: ModuleType) -> Told:
    """The story, played once: whoever looks at it changes nothing."""
    door, play, _ = played(story)
    return Told(door, play)
