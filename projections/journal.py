"""A journal of who did what about what: every act but ballots, by leaf and by matter, read from the log as it grows.

Disposable: it is derived from the entries alone and holds no rule. Ballots are left out because a matter has thousands of
them; whoever wants one finds it by its index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from domain.acts import KINDS
from domain.authority import Need, matter_of, needs_of
from domain.confirmations import ANSWERING
from domain.state import act_of
from ledger.door import Ledger
from tlog.entry import statement_hash

TOPICS: Final = tuple(kind for kind in KINDS if not kind.startswith("ballot-"))
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One act: where it stands, who signed it, which matter it belongs to and which confirmations it needs; time in Unix ms."""

    index: int
    leaf: bytes
    kind: str
    by: bytes
    about: bytes | None
    matter: str | None
    recorded_at: int
    needs: tuple[Need, ...]


class Journal:
    """The lines of one ledger so far; `read` brings it up to date."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._seen = 0
        self._by_leaf: dict[bytes, Line] = {}
        self._answers: dict[bytes, list[Line]] = {}
        self._matters: dict[str, list[Line]] = {}

    def read(self, door: Ledger) -> Journal:
        """This journal, up to date with what is committed."""
        with self._turn:
            newest = door.recorder.max_notification_id() or 0
            while self._seen < newest:
                news = door.recorder.select_notifications(self._seen, CHUNK, newest, TOPICS, inclusive_of_start=False)
                for one in news:
                    self._note(door, bytes(one.state))
                self._seen = newest if len(news) < CHUNK else news[-1].id
        return self

    def _note(self, door: Ledger, entry: bytes) -> None:
        recorded = act_of(entry)
        hashed = statement_hash(recorded.statement)
        act, index = recorded.act, door.shelf.places((hashed,)).get(hashed)
        assert index is not None
        answered = self._by_leaf.get(act.about or b"") if act.kind in ANSWERING else None
        matter = answered.matter if answered else matter_of(act)
        line = Line(index, act.leaf, act.kind, act.by, act.about, matter, recorded.recorded_at, needs_of(act))
        self._by_leaf[act.leaf] = line
        if answered:
            self._answers.setdefault(answered.leaf, []).append(line)
        if matter:
            self._matters.setdefault(matter, []).append(line)

    def line(self, leaf: bytes | None) -> Line | None:
        """The act of a leaf, unless it is a ballot or unknown."""
        return self._by_leaf.get(leaf or b"")

    def answers(self, leaf: bytes) -> Sequence[Line]:
        """The confirmations and refusals of an act, in order."""
        return tuple(self._answers.get(leaf, ()))

    def about(self, matter: str) -> Sequence[Line]:
        """Every act of a matter, confirmations included, in order."""
        return tuple(self._matters.get(matter, ()))

    def of_kind(self, *kinds: str) -> Sequence[Line]:
        """Every act of these kinds, in order."""
        return tuple(line for line in tuple(self._by_leaf.values()) if line.kind in kinds)

    def needing(self) -> Sequence[Line]:
        """Every act that needed a confirmation, in order."""
        return tuple(line for line in tuple(self._by_leaf.values()) if line.needs)
