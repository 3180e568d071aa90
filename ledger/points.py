"""The crash points of an append, in their order, and what a process that dies there leaves; each is tested (test_crash.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Reached = Callable[[str], None]

TURN: Final = "2 turn"  # nothing; the system frees the turn of a dead process
DATA_KEYS: Final = "3 data keys"  # keys that no row uses: swept at a later opening
DECIDED: Final = "3 decided"  # nothing of the entries themselves
LEAF_INDEX: Final = "4a leaf index"  # nothing: the store rolls an open transaction back
PREFIX: Final = "4b prefix"  # nothing, the same
ROWS: Final = "4c rows"  # nothing, the same: our rows and the library's go together
COMMITTED: Final = "5 committed"  # entries that nobody was told of; the outside record is behind: who comes next advances it
STAGED: Final = "6a staged"  # the same, and a draft beside the outside record that the next one writes over
REPLACED: Final = "6b replaced"  # the entries; after a power cut the record may be the earlier one, which is a prefix too
ADVANCED: Final = "6 advanced"  # the entries, recorded outside, told to nobody: a repetition gets its first place
ANSWER: Final = "7 answer"  # the same: the receipt is made and not sent

POINTS: Final = (TURN, DATA_KEYS, DECIDED, LEAF_INDEX, PREFIX, ROWS, COMMITTED, STAGED, REPLACED, ADVANCED, ANSWER)


def unwatched(_point: str) -> None:
    """Nobody looks: the hook of every ledger but a test's."""
