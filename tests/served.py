"""A ledger in memory behind the pages: what the application asks of a ledger's door, answered from what a story has played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from api.app import Opened
from domain.lifecycle import GONE, UNOPENED, Act
from domain.state import act_of
from keys.identity import SigningKey
from ledger.home import make_home
from projections.changes import Past
from tests.memory import MemoryDoor
from tlog.entry import Entry, statement_hash
from tlog.merkle import leaf_hash, root


@dataclass(frozen=True)
class Proved:
    """A receipt whose proof nobody checks."""

    index: int
    entry: bytes
    proof: str = "c2sp.org/tlog-proof@v1\n"

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.entry)


class Shelf:
    """The entries of a ledger in memory."""

    def __init__(self, door: MemoryDoor) -> None:
        self._door = door

    def entries(self, start: int, count: int) -> list[bytes]:
        return self._door.entries[start : start + count]

    def checkpoint(self) -> tuple[int, bytes, str]:
        return len(self._door.entries), root(self._door.leaves), ""

    def places(self, statements: Sequence[bytes]) -> dict[bytes, int]:
        found = {statement_hash(Entry.parse(entry).statement): index for index, entry in enumerate(self._door.entries)}
        return {one: found[one] for one in statements if one in found}


class Shown:
    """A ledger's door for reading, over one in memory."""

    def __init__(self, door: MemoryDoor) -> None:
        self._door = door
        self.origin, self.clock, self.fold, self.shelf = door.origin, door.clock, door.fold, Shelf(door)
        self.recorder = SimpleNamespace(max_notification_id=lambda: len(door.entries), select_notifications=self._news)
        self.store = SimpleNamespace(note=lambda made: made(0, None))

    def _news(self, start: int, limit: int, stop: int, topics: Sequence[str], *, inclusive_of_start: bool) -> list[Any]:
        assert not inclusive_of_start
        rows = ((number, raw) for number, raw in enumerate(self._door.entries[:stop], 1) if number > start)
        return [SimpleNamespace(id=number, state=raw) for number, raw in rows if act_of(raw).act.kind in topics][:limit]

    def checkpoint(self) -> tuple[int, bytes, str]:
        return self.shelf.checkpoint()

    def receipt(self, index: int) -> Proved:
        return Proved(index, self._door.entries[index])

    def openings_of(self, index: int) -> list[bytes]:
        leaf = self._door.leaves[index]
        return [] if self._door.opening(leaf, "") is UNOPENED and leaf not in self._door._opened else [*self._door._raws[leaf]]

    def opening(self, leaf: bytes, name: str) -> Any:
        return self._door.opening(leaf, name)

    def act_at(self, index: int) -> Act:
        return act_of(self._door.entries[index]).act


class Memory:
    """The past of a ledger in memory: the last value of every key."""

    def __init__(self, past: Mapping[Any, Any]) -> None:
        self._past = past

    def follow(self, _path: Path, _door: Any) -> Memory:
        return self

    def last(self, key: Any) -> Any:
        return self._past.get(key, GONE)

    def keep_up(self) -> None:
        """Nothing waits."""


def opened(door: MemoryDoor, data: Path) -> Opened:
    """The ledger as an application opens it; its home lies in this folder and holds nothing but its name."""
    home = make_home(data, door.origin, "estate", SigningKey.from_seed(bytes(32)), "x", 2)
    return Opened(home, cast("Any", Shown(door)), past=cast("Past", Memory(door.past)))
