"""How a row of level 1 is written: at which entry a copy is spoilt, which entry an audit must name, and the smallest ways to spoil."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from keys.identity import SigningKey
from tests.foreign.forging import Copy, Tampering
from tests.foreign.trial import Log
from tlog.merkle import TILE_WIDTH

Make = Callable[[Copy, int], None]
Where = Callable[[Log], int]
Bad = Callable[[Log, int], int | None]
STRANGER: Final = SigningKey.from_seed(b"a key that nobody ever admitted.")
NOWHERE: Final = sha256(b"no leaf, no root").digest()
SALT: Final = b"salt of attacker"

# --- at which entry -------------------------------------------------------------------------------------------------------------


def nth(kind: str, n: int) -> Where:
    """The index of the n-th entry of a kind, counted from 0."""
    return lambda log: [index for index, act in enumerate(log.acts) if act.kind == kind][n]


def at(index: int) -> Where:
    """This index."""
    return lambda _log: index


def last(log: Log) -> int:
    """The index of the last entry."""
    return log.size - 1


def end(log: Log) -> int:
    """The index behind the last entry."""
    return log.size


FIRST: Final = at(0)
PARTIAL: Final = at(TILE_WIDTH)  # the first entry of the partial tile
BALLOT: Final = nth("ballot-cast/1", 70)  # a head's second; it votes twice more
NEXT_BALLOT: Final = nth("ballot-cast/1", 130)  # its third
STANDING: Final = nth("ballot-cast/1", 190)  # its last
LAST_BALLOT: Final = nth("ballot-cast/1", 230)  # another head's last, in the partial tile
FIRST_BALLOT: Final = nth("ballot-cast/1", 10)  # the first of its stream
EVENING: Final = nth("ballot-cast/1", 59)  # the last of the first day
NOTICE: Final = nth("poll-noticed/1", 0)
OPENING: Final = nth("poll-opened/1", 0)
POSTED: Final = nth("notice-posted/1", 0)


def itself(_log: Log, index: int) -> int | None:
    """The entry that was touched."""
    return index


def nobody(_log: Log, _index: int) -> int | None:
    """No entry is to blame."""
    return None


def following(_log: Log, index: int) -> int | None:
    """The entry behind it."""
    return index + 1


def announcement(log: Log, _index: int) -> int | None:
    """The last entry: its author said which tree she had seen."""
    return last(log)


def row(name: str, did: str, make: Make, where: Where = FIRST, bad: Bad = itself, *, resigned: bool = True) -> Tampering:
    """A row of level 1; `make` spoils a fresh copy at the index that `where` gives."""

    def forge(log: Log) -> Copy:
        copy = Copy(log)
        make(copy, where(log))
        return copy

    return Tampering(name, did, 1, resigned, forge, lambda log: bad(log, where(log)))


def files_only(name: str, did: str, make: Make, where: Where = FIRST, bad: Bad = itself) -> Tampering:
    """A row whose attacker has the files and not the log's key."""
    return row(name, did, make, where, bad, resigned=False)


# --- one entry in another's place -----------------------------------------------------------------------------------------------


def in_tile(change: Callable[[Log, int], bytes]) -> Make:
    """Another entry in bundle and tile; what was signed above stays."""
    return lambda copy, index: copy.put_both(index, change(copy.log, index))


def in_tree(change: Callable[[Log, int], bytes]) -> Make:
    """Another entry, and the whole tree signed anew."""
    return lambda copy, index: copy.replace(index, change(copy.log, index))
