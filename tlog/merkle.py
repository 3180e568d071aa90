"""The Merkle tree of RFC 6962 over SHA-256, its proofs (verified as in RFC 9162), and the right edge an append needs.

leaf = SHA-256(00 entry)      node = SHA-256(01 left right)      empty tree = SHA-256()
A tree of n leaves splits at the largest power of two below n; a lone right child is promoted, never repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import TypeAlias

from tlog.errors import Malformed, Unproven
from tlog.spelling import HASH_SIZE

Read: TypeAlias = Callable[[int, int], bytes]
"""(level, index) -> root of the complete subtree of 2^level leaves, the index-th from the left."""

Tiles: TypeAlias = dict[tuple[int, int], bytes]
"""(tile level, number) -> up to 256 hashes of 32 bytes, joined."""

EMPTY = sha256().digest()
TILE_WIDTH = 256


def leaf_hash(entry: bytes) -> bytes:
    """The leaf of an entry: a verifier computes it from the entry's bytes and never takes it from a proof's sender."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two hashes."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root of a whole tree, from its leaf hashes."""
    row = list(leaf_hashes)
    while len(row) > 1:
        promoted = row[len(row) & ~1 :]
        row = _parents(row) + promoted
    return row[0] if row else EMPTY


def _parents(row: Sequence[bytes]) -> list[bytes]:
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]


def pyramid(row: Sequence[bytes]) -> tuple[Sequence[bytes], ...]:
    """Under each other the complete subtrees of 1, 2, 4 … of these hashes."""
    rows = [row]
    while len(rows[-1]) > 1:
        rows.append(_parents(rows[-1]))
    return tuple(rows)


def hashes(row: bytes) -> list[bytes]:
    """Joined hashes, taken apart."""
    return [row[at : at + HASH_SIZE] for at in range(0, len(row), HASH_SIZE)]


# Proofs, built


def range_root(start: int, end: int, read: Read) -> bytes:
    """The root over the leaves start..end-1.

    `start` is a multiple of the least power of two that is not below their number, else Malformed.
    """
    width = end - start
    if start < 0 or width < 0 or (width and start % (1 << (width - 1).bit_length())):
        raise Malformed("range", f"{start}..{end} is no part of a tree")
    if not width:
        return EMPTY
    level = width.bit_length() - 1
    left = read(level, start >> level)
    return left if width == 1 << level else node_hash(left, range_root(start + (1 << level), end, read))


def inclusion_proof(index: int, size: int, read: Read) -> tuple[bytes, ...]:
    """The sibling hashes of leaf `index` in the tree of `size` leaves, from the leaf upward (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise Malformed("inclusion proof", f"no leaf {index} in a tree of {size}")
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        near, far = ((start, middle), (middle, end)) if index < middle else ((middle, end), (start, middle))
        proof.append(range_root(*far, read))
        start, end = near
    return tuple(reversed(proof))


def consistency_proof(old: int, new: int, read: Read) -> tuple[bytes, ...]:
    """That the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 6962 section 2.1.2)."""
    if not 0 <= old <= new:
        raise Malformed("consistency proof", f"a tree of {new} does not grow from one of {old}")
    proof, start, end = [], 0, new
    while 0 < old < end:
        middle = start + _split(end - start)
        near, far = ((start, middle), (middle, end)) if old <= middle else ((middle, end), (start, middle))
        proof.append(range_root(*far, read))
        start, end = near
    # The verifier knows the old root; only a part of it must be told.
    if start:
        proof.append(range_root(start, end, read))
    return tuple(reversed(proof))


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


# Proofs, verified


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """That `leaf` is the leaf hash number `index` of `size` under `root` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        raise Malformed("inclusion proof", f"no leaf {index} in a tree of {size}")
    _check_lengths("inclusion proof", leaf, root, *proof)
    top = leaf
    for sibling, is_left in _sides(index, size - 1, proof, "inclusion proof"):
        top = node_hash(sibling, top) if is_left else node_hash(top, sibling)
    if top != root:
        raise Unproven("inclusion proof", "does not lead to the root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """That the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 9162 section 2.1.4.2).

    Every tree grows from the empty one, without proof.
    """
    if not 0 <= old <= new:
        raise Malformed("consistency proof", f"a tree of {new} does not grow from one of {old}")
    _check_lengths("consistency proof", old_root, new_root, *proof)
    if 0 < old < new:
        _verify_growth(old, new, proof, old_root, new_root)
    elif proof:
        raise Unproven("consistency proof", "nothing to prove")
    elif (not old and old_root != EMPTY) or (old == new and old_root != new_root):
        raise Unproven("consistency proof", "one size, two roots")


def _verify_growth(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    # A complete old tree is its own first hash and is not told again.
    path = [old_root, *proof] if old & (old - 1) == 0 else proof
    if not path:
        raise Unproven("consistency proof", "no hashes")
    before = after = path[0]
    levels = _trailing_zeros(old)
    for sibling, is_left in _sides((old - 1) >> levels, (new - 1) >> levels, path[1:], "consistency proof"):
        before = node_hash(sibling, before) if is_left else before
        after = node_hash(sibling, after) if is_left else node_hash(after, sibling)
    if (before, after) != (old_root, new_root):
        raise Unproven("consistency proof", "does not lead to both roots")


def _sides(place: int, last: int, proof: Sequence[bytes], what: str) -> Iterator[tuple[bytes, bool]]:
    """Each sibling and whether it stands to the left; the proof must be just as long as the tree is high."""
    for sibling in proof:
        if not last:
            raise Unproven(what, "longer than the tree is high")
        is_left = place & 1 == 1 or place == last
        yield sibling, is_left
        # On the right edge lone nodes were promoted: levels without a sibling have no hash in the proof.
        levels = 1 + _trailing_zeros(place) if is_left else 1
        place, last = place >> levels, last >> levels
    if last:
        raise Unproven(what, "shorter than the tree is high")


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _check_lengths(what: str, *given: bytes) -> None:
    if any(len(each) != HASH_SIZE for each in given):
        raise Malformed(what, f"a hash has {HASH_SIZE} bytes")


# The right edge


@dataclass(frozen=True, slots=True)
class Head:
    """The right edge of a tree, an immutable value that does not grow with the log: a failed commit leaves nothing behind.

    `edge` is the open tile of each tile level, `peaks` are the roots of the complete subtrees, largest first.
    """

    size: int = 0
    edge: tuple[bytes, ...] = ()
    peaks: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The root at this size."""
        return reduce(lambda right, left: node_hash(left, right), reversed(self.peaks)) if self.peaks else EMPTY

    def grown(self, leaf: bytes, tiles: Tiles) -> Head:
        """The edge after one more leaf hash; the tiles that changed are put into `tiles`."""
        return self.extended((leaf,), tiles)

    def extended(self, leaves: Iterable[bytes], tiles: Tiles) -> Head:
        """The edge after more leaf hashes; `tiles` receives each changed tile as it is in the end."""
        size, edge, peaks = self.size, list(self.edge), list(self.peaks)
        for size, leaf in enumerate(leaves, self.size + 1):
            if len(leaf) != HASH_SIZE:
                raise Malformed("leaf", f"a hash has {HASH_SIZE} bytes")
            top, index, level = leaf, size - 1, 0
            _lay(edge, tiles, 0, index, top)
            # Counting in binary: each carry closes a pair of subtrees, every eighth carry a tile.
            while index & 1:
                top, index, level = sha256(b"\x01" + peaks.pop() + top).digest(), index >> 1, level + 1
                if not level % 8:
                    _lay(edge, tiles, level // 8, index, top)
            peaks.append(top)
        return Head(size, tuple(edge), tuple(peaks))

    @classmethod
    def restore(cls, size: int, read_tile: Callable[[int, int], bytes]) -> Head:
        """The edge at `size` from one's own tiles: `read_tile(level, number)` may be wider than this size needs."""
        edge = []
        for level in range((size.bit_length() + 7) // 8):
            number, width = divmod(size >> 8 * level, TILE_WIDTH)
            row = read_tile(level, number)[: width * HASH_SIZE] if width else b""
            if len(row) != width * HASH_SIZE:
                raise Malformed(f"tile {level}/{number}", f"fewer than {width} hashes")
            edge.append(row)
        return cls(size, tuple(edge), tuple(peak for row in reversed(edge) for peak in _peaks(hashes(row))))


def _lay(edge: list[bytes], tiles: Tiles, level: int, index: int, top: bytes) -> None:
    row = edge[level] + top if level < len(edge) else top
    tiles[level, index >> 8] = row
    edge[level : level + 1] = [row if len(row) < TILE_WIDTH * HASH_SIZE else b""]


def _peaks(row: Sequence[bytes]) -> Iterator[bytes]:
    while row:
        width = 1 << len(row).bit_length() - 1
        yield root(row[:width])
        row = row[width:]
