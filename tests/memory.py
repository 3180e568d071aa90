"""A ledger in memory: the rules of the one door without store, vault and checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.acts import KINDS
from domain.confirmations import next_place
from domain.errors import Refused
from domain.fold import Draft, Fold
from domain.lifecycle import GONE, UNOPENED, Changes, Key, Unopened
from domain.state import act_of
from keys.enrolment import proved
from ledger.clock import Clock, stamp
from ledger.submission import Prepared, lookup, prepare, verify
from tlog.merkle import root
from tlog.opening import Opening


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry's place in the log and its bytes."""

    index: int
    entry: bytes


Opened = dict[bytes, Mapping[str, Any]]  # leaf -> what its entry sealed, in the order of the log


class MemoryDoor:
    """Admits statements as the ledger's door does, and forgets everything when it is dropped."""

    def __init__(self, origin: str, clock: Clock) -> None:
        self.origin, self.clock = origin, clock
        self.fold = Fold(proved, self.root_at, self._follow, act_at=lambda index: act_of(self.entries[index]).act)
        self.past: dict[Key, Any] = {}  # the last value of every key that was ever in the state
        self.changes: list[Changes] = []  # of every entry
        self.entries: list[bytes] = []
        self.leaves: list[bytes] = []
        self._receipts: dict[bytes, Placed] = {}
        self._opened: Opened = {}
        self._raws: dict[bytes, tuple[bytes, ...]] = {}
        self._places: set[tuple[str, int]] = set()
        self.names: dict[bytes, dict[str, bytes]] = {}  # leaf -> the digest under which its entry seals each name

    def copy(self, clock: Clock) -> MemoryDoor:
        """The same ledger once more; state is a table of frozen values, so its table is all that is copied."""
        twin = MemoryDoor(self.origin, clock)
        twin.fold.state = dict(self.fold.state)
        twin.fold.head, twin.fold.last = self.fold.head, self.fold.last
        twin.past, twin.changes = dict(self.past), [*self.changes]
        twin.entries, twin.leaves = [*self.entries], [*self.leaves]
        twin._places, twin.names = set(self._places), dict(self.names)
        twin._receipts, twin._opened, twin._raws = dict(self._receipts), dict(self._opened), dict(self._raws)
        return twin

    def submit_all(self, waiting: Sequence[bytes]) -> list[Placed | Refused]:
        """Each submission gets its receipt or its refusal, in order; all that are admitted are committed together."""
        draft, fresh, opened = self.fold.draft(), dict[bytes, Placed](), Opened()
        answers = [self._answered(draft, fresh, opened, raw) for raw in waiting]
        self.fold.keep(draft)
        self.entries += [placed.entry for placed in fresh.values()]
        self.leaves += opened
        self._receipts |= fresh
        self._opened |= opened
        return answers

    def opening(self, leaf: bytes, name: str) -> Any:
        """The value that an entry seals under a name; UNOPENED when it was erased."""
        return self._opened.get(leaf, {}).get(name, UNOPENED)

    def kept(self, leaf: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """What an author keeps of an act: the entry's bytes, and the openings as they were submitted."""
        return self.entries[self.leaves.index(leaf)], self._raws[leaf]

    def erase(self, leaf: bytes) -> None:
        """Nobody can open what this entry sealed any more."""
        self._opened.pop(leaf)

    def root_at(self, size: int) -> bytes | None:
        """This log's root at an earlier size, or None."""
        return root(self.leaves[:size]) if 0 <= size <= len(self.leaves) else None

    def _follow(self, first: int, changes: Sequence[Changes]) -> None:
        assert first == len(self.changes)
        self.changes += changes
        for each in changes:
            self.past |= {key: value for key, value in each.items() if value is not GONE}

    def _answered(self, draft: Draft, fresh: dict[bytes, Placed], opened: Opened, raw: bytes) -> Placed | Refused:
        try:
            one = prepare(raw)
            if one.hash in self._receipts:  # a repetition gets its first receipt, whatever came with it
                return self._receipts[one.hash]
            verify(one, self._key_of)
            if one.hash not in fresh:
                fresh[one.hash] = self._admitted(draft, one, opened)
        except Refused as why:
            return why
        return fresh[one.hash]

    def _key_of(self, key: bytes) -> tuple[str, bytes] | None:
        row = self.fold.state.get(("key", key))
        return (row.suite, row.public) if row else None

    def _admitted(self, draft: Draft, one: Prepared, opened: Opened) -> Placed:
        recorded_at, index = stamp(self.clock, draft.last), draft.head.size
        entry = one.entry(recorded_at)
        act = one.act(entry)
        judged = draft.judge(act, recorded_at, lookup(one, act, opened, self.opening))
        names = KINDS[act.kind].opens(act.body)
        if strangers := one.opened.keys() - names.keys():
            raise Refused("sealed-not-opened", why=f"no {', '.join(sorted(strangers))} belongs here")
        if isinstance(judged.found, Unopened):
            raise Refused("sealed-not-opened", why=f"{judged.found.names[0]} cannot be opened any more")
        place = (act.stream, next_place(draft.state, act.stream))
        assert place not in self._places, f"{place} is taken: a store's primary key would refuse it for ever"
        self._places.add(place)
        draft.lay(act, judged.context, judged.flags)
        opened[act.leaf] = {**dict.fromkeys(names), **one.opened}
        self._raws[act.leaf] = one.sent.openings
        self.names[act.leaf] = {Opening.parse(raw).name: seal for seal, raw in zip(act.sealed, one.sent.openings, strict=True)}
        return Placed(index, entry)
