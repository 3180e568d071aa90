"""Stories played in memory, and what is asked of every one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from domain.fold import Fold
from domain.lifecycle import GONE, Changes, Held
from domain.state import act_of
from keys.enrolment import proved
from ledger.clock import StoryClock
from scripts import stories
from scripts.stories.player import Play, moment, seeded
from tests.acts import explained, log_key
from tests.memory import MemoryDoor
from tlog.merkle import root


def modules() -> list[ModuleType]:
    """Every module of scripts/stories that tells a story."""
    (folder,) = stories.__path__
    names = sorted(path.stem for path in Path(folder).glob("*.py"))
    return [one for one in (import_module(f"scripts.stories.{name}") for name in names if name != "__init__") if _told(one)]


def _told(module: ModuleType) -> bool:
    """A rehearsal has scenes too, of an estate that somebody brings."""
    return hasattr(module, "scenes") and len(signature(module.scenes).parameters) == len(("play", "log_key", "openings"))


@cache
def played(story: ModuleType) -> tuple[MemoryDoor, Play, tuple[tuple[str, str], ...]]:
    """A story played to its end: the door, the play, and the titles of its scenes."""
    clock = StoryClock(moment(story.START))
    door = MemoryDoor(story.ORIGIN, clock)
    play, titles = Play(door, clock, seeded(7)), []
    for zh, en, steps in story.scenes(play, log_key(story.ORIGIN), door.opening):
        titles.append((zh, en))
        for _ in play.play(steps):
            pass
    return door, play, tuple(titles)


Flags = dict[Any, Any]  # (matter, leaf, rule) -> flag as it stood last


def flags(past: Mapping[Any, Any]) -> Flags:
    """Every flag among values by key."""
    return {key[1]: flag for key, flag in past.items() if key[0] == "flag"}


def decided(door: MemoryDoor) -> Flags:
    """Every flag that `decide` raises over the log's bytes, without any opening; also those of votes that left the state."""
    leaves: list[bytes] = []
    raised: Flags = {}

    def follow(_first: int, changes: Sequence[Changes]) -> None:
        for each in changes:
            raised.update(flags({key: value for key, value in each.items() if value is not GONE}))

    acts = [act_of(entry).act for entry in door.entries]
    fold = Fold(proved, lambda size: root(leaves[:size]), follow, act_at=acts.__getitem__)
    leaves.extend(fold.read(entry).act.leaf for entry in door.entries)
    return raised


def judged_again(door: MemoryDoor) -> Fold:
    """A fold that admits the log entry by entry with everything that it sealed: each of them holds."""
    leaves: list[bytes] = []
    acts = [act_of(entry).act for entry in door.entries]
    fold = Fold(proved, lambda size: root(leaves[:size]), act_at=acts.__getitem__)
    for entry, act in zip(door.entries, acts, strict=True):
        draft = fold.draft()
        judged = draft.judge(act, act_of(entry).recorded_at, door.opening)
        assert judged.found == Held(), (act.kind, judged.found)
        draft.lay(act, judged.context, judged.flags)
        fold.keep(draft)
        leaves.append(act.leaf)
    return fold


def retold(story: ModuleType) -> None:
    """What holds of every story: the log is admitted again, `decide` flags the same, refusals are in words, titles end well."""
    door, play, titles = played(story)
    again = judged_again(door)
    assert (again.state, again.head.root) == (door.fold.state, root(door.leaves))
    assert decided(door) == flags(door.past)
    for _, why in play.refusals:
        explained(why)
    for zh, en in titles:
        assert zh[-1] not in "。，；：、", zh
        assert en[-1] not in ".,;:", en
        assert en[0].isupper() or en[0].isdigit(), en
        assert all(mark not in zh for mark in ";:()?!"), zh
