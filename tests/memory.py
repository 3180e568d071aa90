"""A ledger in memory: the rules of the one door without store, vault and checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.acts import KINDS
from domain.errors import Refused
from domain.fold import Draft, Fold
from domain.lifecycle import UNOPENED, Act, Breach, Held
from domain.state import decide, recheck
from keys.enrolment import proved
from ledger.clock import Clock, stamp
from ledger.submission import Prepared, lookup, prepare, verify
from tlog.merkle import root


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry's place in the log and its bytes."""

    index: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class Fresh:
    """An entry that is admitted and not yet committed, with what it opened."""

    placed: Placed
    leaf: bytes
    opened: Mapping[str, Any]


class MemoryDoor:
    """Admits statements as the ledger's door does, and forgets everything when it is dropped."""

    def __init__(self, origin: str, clock: Clock) -> None:
        self.origin, self.clock = origin, clock
        self.fold = Fold(proved, self.root_at)
        self.entries: list[bytes] = []
        self.leaves: list[bytes] = []
        self._receipts: dict[bytes, Placed] = {}
        self._opened: dict[bytes, Mapping[str, Any]] = {}

    def copy(self, clock: Clock) -> MemoryDoor:
        """The same ledger once more; state is a table of frozen values, so its table is all that is copied."""
        twin = MemoryDoor(self.origin, clock)
        twin.fold.state = dict(self.fold.state)
        twin.fold.head, twin.fold.last = self.fold.head, self.fold.last
        twin.entries, twin.leaves = [*self.entries], [*self.leaves]
        twin._receipts, twin._opened = dict(self._receipts), dict(self._opened)
        return twin

    def submit_all(self, waiting: Sequence[bytes]) -> list[Placed | Refused]:
        """Each submission gets its receipt or its refusal, in order; all that are admitted are committed together."""
        draft, fresh = self.fold.draft(), dict[bytes, Fresh]()
        answers = [self._answered(draft, fresh, raw) for raw in waiting]
        self.fold.keep(draft)
        for statement, one in fresh.items():
            self.entries.append(one.placed.entry)
            self.leaves.append(one.leaf)
            self._receipts[statement], self._opened[one.leaf] = one.placed, one.opened
        return answers

    def opening(self, leaf: bytes, name: str) -> Any:
        """The value that an entry seals under a name; UNOPENED when it was erased."""
        return self._opened.get(leaf, {}).get(name, UNOPENED)

    def erase(self, leaf: bytes) -> None:
        """Nobody can open what this entry sealed any more."""
        self._opened.pop(leaf)

    def root_at(self, size: int) -> bytes | None:
        """This log's root at an earlier size, or None."""
        return root(self.leaves[:size]) if 0 <= size <= len(self.leaves) else None

    def _answered(self, draft: Draft, fresh: dict[bytes, Fresh], raw: bytes) -> Placed | Refused:
        try:
            one = prepare(raw)
            if one.hash in self._receipts:  # a repetition gets its first receipt, whatever came with it
                return self._receipts[one.hash]
            verify(one, self._key_of)
            if one.hash not in fresh:
                fresh[one.hash] = self._admitted(draft, one)
        except Refused as why:
            return why
        return fresh[one.hash].placed

    def _key_of(self, key: bytes) -> tuple[str, bytes] | None:
        row = self.fold.state.get(("key", key))
        return (row.suite, row.public) if row else None

    def _admitted(self, draft: Draft, one: Prepared) -> Fresh:
        recorded_at = stamp(self.clock, draft.last)
        entry = one.entry(recorded_at)
        act, index = one.act(entry), draft.head.size
        context = draft.context(act, recorded_at)
        flags = decide(draft.state, act, context)
        self._openings_hold(draft, one, act)
        draft.lay(act, context, flags)
        return Fresh(Placed(index, entry), act.leaf, {**dict.fromkeys(KINDS[act.kind].opens(act.body)), **one.opened})

    def _openings_hold(self, draft: Draft, one: Prepared, act: Act) -> None:
        if strangers := one.opened.keys() - KINDS[act.kind].opens(act.body).keys():
            raise Refused("sealed-not-opened", why=f"no {', '.join(sorted(strangers))} belongs here")
        found = recheck(draft.state, act, lookup(one, act, self.opening))
        if isinstance(found, Breach):
            raise found.refuse()
        if not isinstance(found, Held):
            raise Refused("sealed-not-opened", why=f"{len(found.names)} openings are missing, first {found.names[0]}")
