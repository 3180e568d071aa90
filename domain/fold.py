"""One ledger folded from its entries: the loop that door, catch-up, audit and rebuild share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.acts import check_body
from domain.confirmations import Stream, next_place
from domain.founding import KEY_ROWS
from domain.lifecycle import GONE, Act, Breach, Changes, Context, Held, Layered, Openings, Unopened, no_acts
from domain.state import Flags, Recorded, act_of, decide, evolve, recheck
from tlog.merkle import Head, Tiles

Proved = Callable[[Act], frozenset[bytes]]
RootAt = Callable[[int], bytes | None]
Follow = Callable[[int, Sequence[Changes]], None]  # the first entry's index, and what each entry from there on changed
ActAt = Callable[[int], Act | None]


def unfollowed(_first: int, _changes: Sequence[Changes]) -> None:
    """Nobody keeps what entries changed."""


@dataclass(slots=True)
class Fold:
    """The state after the entries read so far, the tree's right edge, and the time of the last entry (ms).

    `proved` tells which new keys' possession was proved; `root_at` gives this log's root at an earlier size, or None; `act_at` the
    act of an entry that was read, by its index. `follow` is told what entries changed when they are in the state; it raises nothing.
    """

    proved: Proved
    root_at: RootAt
    follow: Follow = unfollowed
    state: dict[Any, Any] = field(default_factory=dict)
    head: Head = field(default_factory=Head)
    last: int = 0
    act_at: ActAt = no_acts

    def draft(self) -> Draft:
        """A place to decide a batch: nothing of it is in the state before `keep`."""
        return Draft(self)

    def read(self, entry: bytes) -> Recorded:
        """Take in the next entry of the log; raises Refused when the rules do not admit it, tlog's Malformed for bad bytes."""
        draft, recorded = self.draft(), act_of(entry)
        draft.take(recorded.act, recorded.recorded_at)
        self.keep(draft)
        return recorded

    def keep(self, draft: Draft) -> None:
        """Merge a draft whose entries are committed; for whoever reads meanwhile nothing goes before what stands in its place."""
        gone = [key for key, value in draft.changes.items() if value is GONE]
        self.state.update((key, value) for key, value in draft.changes.items() if value is not GONE)
        for key in gone:
            self.state.pop(key, None)
        first, self.head, self.last = self.head.size, draft.head, draft.last
        self.follow(first, draft.laid)


@dataclass(frozen=True, slots=True)
class Judged:
    """An act that the rules admit in this context, its flags, and whether everything that needs openings was opened."""

    context: Context
    flags: Flags
    found: Held | Unopened


class Draft:
    """Entries decided one after another over the same changes; dropped when the commit fails."""

    def __init__(self, fold: Fold) -> None:
        self.fold, self.last = fold, fold.last
        self.changes: Changes = {}
        self.state = Layered(self.changes, fold.state)
        self.laid: list[Changes] = []  # the changes, entry by entry
        self.acts: list[Act] = []
        self.tiles: Tiles = {}  # as `head` leaves them
        self._head, self._leaves = fold.head, list[bytes]()

    @property
    def size(self) -> int:
        """How many entries the log has with those of this draft."""
        return self._head.size + len(self._leaves)

    @property
    def head(self) -> Head:
        """The tree's right edge; it grows by many leaves at once, when somebody looks."""
        if self._leaves:
            self._head = self._head.extended(self._leaves, self.tiles)
            self._leaves.clear()
        return self._head

    def context(self, act: Act, recorded_at: int) -> Context:
        """What the next entry brings with it besides the act; raises Refused when an act with keys has not its kind's form."""
        if act.kind not in KEY_ROWS:
            return Context(recorded_at, self.size, root_at=self._root_at, act_at=self._act_at)
        check_body(act)  # possession is proved before decide looks at the form
        return Context(recorded_at, self.size, root_at=self._root_at, proved=self.fold.proved(act), act_at=self._act_at)

    def take(self, act: Act, recorded_at: int) -> None:
        """Decide and lay the changes over the draft; raises Refused and then has changed nothing."""
        context = self.context(act, recorded_at)
        self.lay(act, context, decide(self.state, act, context))

    def judge(self, act: Act, recorded_at: int, openings: Openings) -> Judged:
        """What decide and recheck say of the next act; raises Refused, also for what an opening shows to be wrong."""
        context = self.context(act, recorded_at)
        flags = decide(self.state, act, context)
        found = recheck(self.state, act, openings)
        if isinstance(found, Breach):
            raise found.refuse()
        return Judged(context, flags, found)

    def place(self, act: Act, recorded_at: int) -> None:
        """Give an entry its place that the rules did not admit: it is its stream's last, and changes nothing else."""
        old: Stream | None = self.state.get(("stream", act.stream))
        last = Stream(act.leaf, next_place(self.state, act.stream), old.pending if old else None)
        self._grow(act, recorded_at, {("stream", act.stream): last})

    def lay(self, act: Act, context: Context, flags: Flags) -> None:
        """Take in an act that was decided in this context."""
        self._grow(act, context.recorded_at, evolve(self.state, act, context, flags))

    def _grow(self, act: Act, recorded_at: int, changes: Changes) -> None:
        self.changes |= changes
        self.laid.append(changes)
        self.acts.append(act)
        self._leaves.append(act.leaf)
        self.last = recorded_at

    def _root_at(self, size: int) -> bytes | None:
        if size >= self.size:
            return self.head.root if size == self.size else None
        return self.fold.root_at(size)

    def _act_at(self, index: int) -> Act | None:
        first = self.fold.head.size
        if index < first:
            return self.fold.act_at(index)
        return self.acts[index - first] if index < self.size else None
