"""The counted rows of a certified result: one for every head in scope and item, under a root in the act.

row   = [ballot leaf: bin32 or nil, item: str, tag: bin16, area: int of 0.01 m2, counted_as: str, nonce: bin16]
nonce = HMAC-SHA256(count key, item 00 tag)[:16]      leaf = SHA-256(00 row), rows ordered by item, then tag
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tlog import merkle
from tlog.codec import pack, unpack
from tlog.errors import Malformed
from tlog.spelling import HASH_SIZE

Levels = Sequence[Sequence[bytes]]
TAG_SIZE = 16
COUNTED_AS = frozenset(("agree", "against", "abstain", "blank", "conflicted", "invalid", "unclear", "unopened", "late", "none"))


@dataclass(frozen=True, slots=True)
class Row:
    """How one head's word on one item was counted; `ballot` is nil where nothing was returned."""

    ballot: bytes | None
    item: str
    tag: bytes
    area: int
    counted_as: str
    nonce: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Row:
        """The row of canonical bytes."""
        match unpack(raw):
            case (bytes() | None as ballot, str(item), bytes(tag), int(area), str(counted_as), bytes(secret)):
                row = cls(ballot, item, tag, area, counted_as, secret)
                if _is_row(row):
                    return row
        raise Malformed("counted row", "[ballot leaf or nil, item, tag, area, counted_as, nonce]")

    def raw(self) -> bytes:
        """The bytes that are hashed."""
        return pack((self.ballot, self.item, self.tag, self.area, self.counted_as, self.nonce))

    @property
    def place(self) -> tuple[str, bytes]:
        """What orders the rows: the item (its code points, so its UTF-8 bytes), then the tag."""
        return self.item, self.tag


def _is_row(row: Row) -> bool:
    return (
        (row.ballot is None or len(row.ballot) == HASH_SIZE)
        and len(row.tag) == len(row.nonce) == TAG_SIZE
        and not isinstance(row.area, bool)
        and row.area >= 0
        and row.counted_as in COUNTED_AS
    )


def nonce(count_key: bytes, item: str, tag: bytes) -> bytes:
    """What keeps a neighbour's row from being guessed: a function of the count key, item and tag."""
    return hmac.digest(count_key, item.encode() + b"\0" + tag, "sha256")[:16]


def ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows by item and tag; Malformed if a head has two rows for an item."""
    row = tuple(sorted(rows, key=lambda row: row.place))
    _check_order(row)
    return row


def counted_root(rows: Sequence[Row]) -> bytes:
    """The root over rows in their order."""
    _check_order(rows)
    return merkle.root(_leaves(rows))


def row_levels(rows: Sequence[Row]) -> Levels:
    """The tree over rows in their order, the leaves first: all that paths are made of, and nothing that a row says."""
    _check_order(rows)
    return merkle.pyramid(_leaves(rows))


def path_in(levels: Levels, index: int) -> tuple[bytes, ...]:
    """The path of row `index` in a tree of rows, for its owner."""
    return merkle.inclusion_proof(index, len(levels[0]), lambda level, number: levels[level][number])


def verify_row(raw: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> Row:
    """The row which these bytes are, proven to be number `index` of `size` under `root` of the certified act."""
    row = Row.parse(raw)
    merkle.verify_inclusion(index, size, merkle.leaf_hash(raw), path, root)
    return row


def _leaves(rows: Iterable[Row]) -> list[bytes]:
    return [merkle.leaf_hash(row.raw()) for row in rows]


def _check_order(rows: Iterable[Row]) -> None:
    if any(left.place >= right.place for left, right in pairwise(rows)):
        raise Malformed("counted rows", "by item, then tag, each once")
