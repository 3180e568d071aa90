"""Static tree files (c2sp.org/tlog-tiles v0.1.0): paths, bundles of entries, and readers that believe only the root.

tile/0/x001/234.p/17      width 17 of tile 1234 on level 0: leaf hashes
tile/1/000                256 roots of full level-0 tiles
tile/entries/000.p/2      0005 68656c6c6f 0005 776f726c64
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from tlog.entry import MAX_ENTRY
from tlog.errors import Malformed, Unproven
from tlog.merkle import TILE_WIDTH, Head, Read, hashes, leaf_hash, pyramid
from tlog.spelling import HASH_SIZE, LARGEST

Level: TypeAlias = int | Literal["entries"]
Fetch: TypeAlias = Callable[[Level, int, int], bytes]
"""(level, number, width) -> the file's bytes."""

Rows: TypeAlias = Sequence[Sequence[bytes]]
"""The hashes of a tile, then the roots of its subtrees of 2, 4, 8 ... hashes."""

MAX_LEVEL = 63
LAST_TILE = LARGEST >> 8

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


def tile_path(level: Level, number: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile or bundle below the log's prefix; width 256 is a full one."""
    if not (level == "entries" or 0 <= level <= MAX_LEVEL) or not 0 <= number <= LAST_TILE or not 1 <= width <= TILE_WIDTH:
        raise Malformed("tile", f"level {level}, number {number}, width {width}")
    groups = f"{number:,}".split(",")
    name = "/".join([f"x{group:0>3}" for group in groups[:-1]] + [f"{groups[-1]:0>3}"])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < TILE_WIDTH else "")


def parse_path(path: str) -> tuple[Level, int, int]:
    """Level, number and width of a path in its only spelling."""
    if not (match := _PATH.fullmatch(path)):
        raise Malformed("tile path", path)
    level: Level = "entries" if match[1] == "entries" else int(match[1])
    parsed = level, int(re.sub("[x/]", "", match[2])), int(match[3] or TILE_WIDTH)
    if tile_path(*parsed) != path:
        raise Malformed("tile path", path)
    return parsed


def layout(size: int) -> list[tuple[int, int, int]]:
    """(level, number of full tiles, width of the partial one or 0) for each level of a tree."""
    return [(level, *divmod(size >> 8 * level, TILE_WIDTH)) for level in range((size.bit_length() + 7) // 8)]


def tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, number, width) of every tile that a tree of this size serves."""
    for level, full, partial in layout(size):
        yield from ((level, number, TILE_WIDTH) for number in range(full))
        if partial:
            yield level, full, partial


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as one file, each after its length in two bytes."""
    return b"".join(_counted(entry) for entry in entries)


def _counted(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY:
        raise Malformed("entry", f"longer than {MAX_ENTRY} bytes")
    return len(entry).to_bytes(2, "big") + entry


def parse_bundle(raw: bytes, width: int) -> tuple[bytes, ...]:
    """The `width` entries of a bundle, nothing between or after them."""
    entries, at = [], 0
    while at < len(raw):
        start = at + 2
        end = start + int.from_bytes(raw[at:start], "big")
        if end > len(raw):
            raise Malformed("bundle", "cut short")
        entries.append(raw[start:end])
        at = end
    if len(entries) != width:
        raise Malformed("bundle", f"{len(entries)} entries in place of {width}")
    return tuple(entries)


def parse_tile(raw: bytes, width: int) -> tuple[bytes, ...]:
    """The `width` hashes of a tile."""
    if len(raw) != width * HASH_SIZE or not width:
        raise Malformed("tile", f"{len(raw)} bytes in place of {width} hashes")
    return tuple(hashes(raw))


def subtree_reader(fetch: Fetch, size: int) -> Read:
    """Reads the roots of complete subtrees from one's own tiles, believing them: for building proofs."""

    def found(level: int, number: int) -> Rows:
        width = _width(size, level, number)
        return pyramid(parse_tile(fetch(level, number, width), width))

    return _reader(size, found)


def node_reader(fetch: Fetch, size: int, root: bytes) -> Read:
    """Reads the roots of complete subtrees from anybody's tiles, believing only the root of a signed checkpoint.

    Each full tile used is hashed and compared with its place in the tile above, up to the right edge, which gives the
    root. Unproven if anything differs, and nothing is returned before that.
    """
    edge = Head.restore(size, lambda level, number: _exact(fetch, level, number, _width(size, level, number)))
    if edge.root != root:
        raise Unproven("tiles", "the right edge does not lead to the root")

    def bound(level: int, number: int) -> Rows:
        if number == size >> 8 * (level + 1):
            return pyramid(hashes(edge.edge[level]))
        rows = pyramid(parse_tile(fetch(level, number, TILE_WIDTH), TILE_WIDTH))
        # Tile by tile, never by counting subtrees: several subtrees of the right edge share one tile (CVE-2026-56865).
        if rows[8][0] != read(8 * (level + 1), number):
            raise Unproven(tile_path(level, number), "is not the tile of this tree")
        return rows

    read = _reader(size, bound)
    return read


def bundle_reader(fetch: Fetch, size: int, root: bytes) -> Callable[[int], tuple[bytes, ...]]:
    """Reads bundles from anybody's files: number -> entries, each compared with its leaf under the signed root."""
    read = node_reader(fetch, size, root)

    def entries(number: int) -> tuple[bytes, ...]:
        width = _width(size, 0, number)
        found = parse_bundle(fetch("entries", number, width), width)
        if any(leaf_hash(entry) != read(0, index) for index, entry in enumerate(found, number * TILE_WIDTH)):
            raise Unproven(tile_path("entries", number, width), "holds an entry that is not in this tree")
        return found

    return entries


def _reader(size: int, rows: Callable[[int, int], Rows]) -> Read:
    kept = lru_cache(maxsize=64)(rows)

    def read(level: int, index: int) -> bytes:
        if not 0 <= level <= MAX_LEVEL or not 0 <= index < size >> level:
            raise Malformed("subtree", f"no complete subtree {index} of 2^{level} leaves in a tree of {size}")
        tile_level, step = divmod(level, 8)
        number, place = divmod(index << step, TILE_WIDTH)
        return kept(tile_level, number)[step][place >> step]

    return read


def _exact(fetch: Fetch, level: int, number: int, width: int) -> bytes:
    return b"".join(parse_tile(fetch(level, number, width), width))


def _width(size: int, level: int, number: int) -> int:
    if not 0 <= number * TILE_WIDTH < size >> 8 * level:
        raise Malformed("tile", f"no tile {number} on level {level} in a tree of {size}")
    return min(TILE_WIDTH, (size >> 8 * level) - number * TILE_WIDTH)
