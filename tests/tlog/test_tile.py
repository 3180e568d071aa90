from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tlog.vectors import load, unhex
from tlog.entry import MAX_ENTRY
from tlog.errors import Malformed, Unproven, Unsound
from tlog.merkle import EMPTY, Head, Tiles, consistency_proof, inclusion_proof, leaf_hash, root, verify_inclusion
from tlog.tile import (
    Fetch,
    Level,
    bundle,
    bundle_reader,
    layout,
    node_reader,
    parse_bundle,
    parse_path,
    parse_tile,
    subtree_reader,
    tile_path,
    tiles,
)

VECTORS = load("tiles")
FORGERY = load("tile-forgery")
THREE_HUNDRED = VECTORS["entries_300"]

Files = dict[str, bytes]


def entries_of(size: int) -> list[bytes]:
    return [f"entry {n}".encode() for n in range(size)]


def files_of(entries: list[bytes]) -> Files:
    """Every file that a log of these entries serves at its newest size."""
    rows: Tiles = {}
    Head().extended(map(leaf_hash, entries), rows)
    served = {tile_path(level, number, width): rows[level, number] for level, number, width in tiles(len(entries))}
    for level, number, width in tiles(len(entries)):
        if level == 0:
            served[tile_path("entries", number, width)] = bundle(entries[256 * number :][:width])
    return served


def fetched(files: Files) -> Fetch:
    return lambda level, number, width: files[tile_path(level, number, width)]


def swapped(raw: bytes, number: int, new: bytes) -> bytes:
    return raw[: 32 * number] + new + raw[32 * (number + 1) :]


@pytest.mark.parametrize("case", VECTORS["paths"], ids=lambda case: case["path"])
def test_a_tile_has_one_path(case: dict[str, Any]) -> None:
    level: Level = "entries" if case["level"] == -1 else case["level"]
    assert tile_path(level, case["index"], case["width"]) == case["path"]
    assert parse_path(case["path"]) == (level, case["index"], case["width"])


@given(st.just("entries") | st.integers(0, 63), st.integers(0, 2**55 - 1), st.integers(1, 256))
def test_a_path_goes_round(level: Level, number: int, width: int) -> None:
    assert parse_path(tile_path(level, number, width)) == (level, number, width)


@pytest.mark.parametrize(
    ("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**55, 1), (0, 0, 0), (0, 0, 257), ("entries", 0, 0)]
)
def test_no_path_for_what_is_no_tile(level: Level, number: int, width: int) -> None:
    with pytest.raises(Malformed):
        tile_path(level, number, width)


@pytest.mark.parametrize("path", ["tile/0/x036/x028/x797/x018/x963/968", "tile/0/" + "x999/" * 2000 + "999", "tile/0/000\n"])
def test_a_path_beyond_all_trees_is_refused(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


@pytest.mark.parametrize("size", VECTORS["layouts"])
def test_a_size_has_its_tiles(size: str) -> None:
    expected = [(row["level"], row["full"], row["partial_width"]) for row in VECTORS["layouts"][size]]
    assert layout(int(size)) == expected
    assert len(list(tiles(int(size)))) == sum(full + (partial > 0) for _, full, partial in expected)


def test_an_empty_tree_has_no_tiles() -> None:
    assert layout(0) == list(tiles(0)) == []


def test_70_000_entries_make_277_tiles() -> None:
    assert len(list(tiles(70_000))) == 277
    assert list(tiles(300)) == [(0, 0, 256), (0, 1, 44), (1, 0, 1)]


def test_two_entries_make_two_files() -> None:
    case = VECTORS["hello_world"]
    entries = [text.encode() for text in case["entries_utf8"]]
    files = files_of(entries)
    assert {path: raw.hex() for path, raw in files.items()} == case["files_hex"]
    assert parse_bundle(files["tile/entries/000.p/2"], 2) == tuple(entries)
    assert parse_tile(files["tile/0/000.p/2"], 2) == tuple(map(leaf_hash, entries))
    assert root(map(leaf_hash, entries)).hex() == case["root_hex"]


def test_300_entries_make_five_files() -> None:
    files = files_of(entries_of(300))
    described = [{"path": path, "bytes": len(raw), "sha256": sha256(raw).hexdigest()} for path, raw in sorted(files.items())]
    assert described == sorted(THREE_HUNDRED["files"], key=lambda file: str(file["path"]))
    for size, expected in THREE_HUNDRED["roots_hex"].items():
        assert Head().extended(map(leaf_hash, entries_of(int(size))), {}).root.hex() == expected


def test_an_entry_may_be_empty() -> None:
    case = VECTORS["empty_entry"]
    entries = unhex(case["entries_hex"])
    assert bundle(entries).hex() == case["bundle_hex"]
    assert parse_bundle(bundle(entries), len(entries)) == entries
    assert root(map(leaf_hash, entries)).hex() == case["root_hex"]


def test_a_bundle_holds_entries_of_65_535_bytes_and_no_longer_ones() -> None:
    longest = bytes(MAX_ENTRY)
    assert parse_bundle(bundle([longest, b"a"]), 2) == (longest, b"a")
    with pytest.raises(Malformed):
        bundle([longest + b"a"])


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(0, 3))
def test_a_bundle_goes_round_and_cut_short_it_is_refused(entries: list[bytes], cut: int) -> None:
    raw = bundle(entries)
    assert parse_bundle(raw, len(entries)) == tuple(entries)
    if 0 < cut < len(raw):
        with pytest.raises(Malformed):
            parse_bundle(raw[:-cut], len(entries))


def test_an_empty_tile_is_never_served() -> None:
    with pytest.raises(Malformed):
        parse_tile(b"", 0)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 511, 512, 1000])
def test_both_readers_give_every_complete_subtree(size: int) -> None:
    entries = entries_of(size)
    files, leaves = files_of(entries), [leaf_hash(entry) for entry in entries]
    own, believing_the_root = subtree_reader(fetched(files), size), node_reader(fetched(files), size, root(leaves))
    for level in range(size.bit_length()):
        for index in range(size >> level):
            expected = root(leaves[index << level : (index + 1) << level])
            assert own(level, index) == believing_the_root(level, index) == expected
        with pytest.raises(Malformed):
            own(level, size >> level)
    entries_by_bundle = bundle_reader(fetched(files), size, root(leaves))
    assert [entry for number in range((size + 255) // 256) for entry in entries_by_bundle(number)] == entries


@pytest.mark.parametrize(("level", "index"), [(-1, 0), (64, 0), (0, -1), (0, 300), (9, 0), (10**9, 0)])
def test_a_reader_knows_complete_subtrees_only(level: int, index: int) -> None:
    read = subtree_reader(fetched(files_of(entries_of(300))), 300)
    with pytest.raises(Malformed):
        read(level, index)


def test_a_tree_without_leaves_needs_no_files() -> None:
    read = node_reader(fetched({}), 0, EMPTY)
    with pytest.raises(Malformed):
        read(0, 0)
    with pytest.raises(Unproven):
        node_reader(fetched({}), 0, bytes(32))


@pytest.mark.parametrize("number", [-1, 2, 3])
def test_there_is_no_bundle_beyond_the_last_entry(number: int) -> None:
    read = bundle_reader(fetched(files_of(entries_of(300))), 300, root(map(leaf_hash, entries_of(300))))
    with pytest.raises(Malformed, match=f"no tile {number} on level 0"):
        read(number)


def test_a_tile_is_fetched_once() -> None:
    files, asked = files_of(entries_of(600)), list[tuple[Level, int, int]]()

    def fetch(level: Level, number: int, width: int) -> bytes:
        asked.append((level, number, width))
        return fetched(files)(level, number, width)

    read = node_reader(fetch, 600, root(map(leaf_hash, entries_of(600))))
    for index in range(600):
        inclusion_proof(index, 600, read)
    assert sorted(asked) == [(0, 0, 256), (0, 1, 256), (0, 2, 88), (1, 0, 2)]


# The tile forgery (CVE-2026-56865): a permanent negative test


def the_files() -> Files:
    return files_of(entries_of(FORGERY["signed_size"]))


def the_forgery() -> Files:
    files, replaced = the_files(), FORGERY["replace"]
    entries = entries_of(256)
    entries[FORGERY["index"]] = FORGERY["forged_entry"].encode()
    files["tile/entries/000"] = bundle(entries)
    new = bytes.fromhex(replaced["tile/0/000"]["new_hash_hex"])
    assert new == leaf_hash(FORGERY["forged_entry"].encode())
    files["tile/0/000"] = swapped(files["tile/0/000"], FORGERY["index"], new)
    for path, described in replaced.items():
        assert (len(files[path]), sha256(files[path]).hexdigest()) == (described["bytes"], described["sha256"])
    return files


SIGNED_ROOT = bytes.fromhex(FORGERY["signed_root_hex"])
SIGNED_SIZE = FORGERY["signed_size"]


@pytest.mark.parametrize("index", [FORGERY["index"], 0, 4, 6, 128, 255])
def test_no_hash_of_a_forged_tile_is_believed(index: int) -> None:
    read = node_reader(fetched(the_forgery()), SIGNED_SIZE, SIGNED_ROOT)
    with pytest.raises(Unproven, match="tile/0/000"):
        read(0, index)
    with pytest.raises(Unproven, match="tile/0/000"):
        inclusion_proof(index, SIGNED_SIZE, read)
    with pytest.raises(Unproven, match="tile/0/000"):
        read(7, 0)


def test_no_entry_of_a_forged_bundle_is_believed() -> None:
    read = bundle_reader(fetched(the_forgery()), SIGNED_SIZE, SIGNED_ROOT)
    with pytest.raises(Unproven):
        read(0)


@pytest.mark.parametrize("index", [256, 257, 299])
def test_beside_a_forged_tile_only_the_truth_is_told(index: int) -> None:
    read, true = node_reader(fetched(the_forgery()), SIGNED_SIZE, SIGNED_ROOT), entries_of(300)
    assert read(0, index) == leaf_hash(true[index])
    proof = inclusion_proof(index, SIGNED_SIZE, read)
    verify_inclusion(index, SIGNED_SIZE, leaf_hash(true[index]), proof, SIGNED_ROOT)
    assert bundle_reader(fetched(the_forgery()), SIGNED_SIZE, SIGNED_ROOT)(1)[index - 256] == true[index]


def test_a_proof_through_a_forged_tile_is_refused_even_where_only_its_sibling_is_needed() -> None:
    read = node_reader(fetched(the_forgery()), SIGNED_SIZE, SIGNED_ROOT)
    with pytest.raises(Unproven):
        consistency_proof(128, SIGNED_SIZE, read)


def test_a_replay_of_forged_entries_gives_another_root() -> None:
    files = the_forgery()
    entries = (*parse_bundle(files["tile/entries/000"], 256), *parse_bundle(files["tile/entries/001.p/44"], 44))
    assert root(map(leaf_hash, entries)) != SIGNED_ROOT
    assert root(map(leaf_hash, entries_of(300))) == SIGNED_ROOT


@pytest.mark.parametrize("case", FORGERY["more"], ids=lambda case: case["name"])
def test_every_other_forgery_is_refused_too(case: dict[str, Any]) -> None:
    files = the_files()
    if "replace_hash" in case:
        path, _, number = case["replace_hash"].split(" ")
        files[path] = swapped(files[path], int(number), bytes.fromhex(case["by_hex"]))
        with pytest.raises(Unproven, match="right edge"):
            node_reader(fetched(files), SIGNED_SIZE, SIGNED_ROOT)
    else:
        entries = entries_of(256)
        entries[5] = case["by_utf8"].encode()
        files["tile/entries/000"] = bundle(entries)
        read = bundle_reader(fetched(files), SIGNED_SIZE, SIGNED_ROOT)
        with pytest.raises(Unproven, match="tile/entries/000"):
            read(0)


BIG = 70_000
BIG_LEAVES = [leaf_hash(f"entry {n}".encode()) for n in range(BIG)]
BIG_TILES: Tiles = {}
BIG_ROOT = Head().extended(BIG_LEAVES, BIG_TILES).root


def big(forged: dict[tuple[int, int], Callable[[bytes], bytes]]) -> Fetch:
    def fetch(level: Level, number: int, width: int) -> bytes:
        assert level != "entries"
        return forged.get((level, number), bytes)(BIG_TILES[level, number])[: 32 * width]

    return fetch


def test_the_forgery_is_refused_in_a_tree_of_70_000_leaves() -> None:
    fetch = big({(0, 10): lambda row: swapped(row, 0, leaf_hash(b"entry X"))})
    read = node_reader(fetch, BIG, BIG_ROOT)
    for index in (2560, 2561, 2815):
        with pytest.raises(Unproven, match="tile/0/010"):
            read(0, index)
    assert read(0, 2559) == BIG_LEAVES[2559]
    assert read(0, 2816) == BIG_LEAVES[2816]


@pytest.mark.parametrize("wanted", [(0, 2560), (0, 0), (0, 65_535), (8, 11), (15, 1)])
def test_a_forged_full_tile_of_the_first_level_is_refused(wanted: tuple[int, int]) -> None:
    """It agrees with the forged tile below; only the tile above shows it."""
    row = swapped(BIG_TILES[0, 10], 0, leaf_hash(b"entry X"))
    top = root(parse_tile(row, 256))
    read = node_reader(big({(0, 10): lambda _: row, (1, 0): lambda above: swapped(above, 10, top)}), BIG, BIG_ROOT)
    with pytest.raises(Unproven, match="tile/1/000"):
        read(*wanted)


@pytest.mark.parametrize(("level", "number"), [(0, 273), (1, 1), (2, 0)])
def test_a_forged_tile_of_the_right_edge_is_refused(level: int, number: int) -> None:
    fetch = big({(level, number): lambda row: swapped(row, 0, bytes(32))})
    with pytest.raises(Unproven, match="right edge"):
        node_reader(fetch, BIG, BIG_ROOT)


@pytest.mark.parametrize("cut", [0, 31, 32, 33])
def test_a_tile_of_another_length_is_refused(cut: int) -> None:
    files = the_files()
    files["tile/0/000"] = files["tile/0/000"][cut:] + b"\0" * (cut == 0)
    read = node_reader(fetched(files), SIGNED_SIZE, SIGNED_ROOT)
    with pytest.raises(Unsound):
        read(0, 0)
