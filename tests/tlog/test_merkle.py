from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tlog.vectors import each, load, un64, unhex
from tlog.errors import Malformed, Unproven, Unsound
from tlog.merkle import (
    EMPTY,
    Head,
    Read,
    Tiles,
    consistency_proof,
    hashes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    pyramid,
    range_root,
    root,
    verify_consistency,
    verify_inclusion,
)

REFERENCE = load("rfc6962")["reference_tree"]
RANGE = load("rfc6962")["range_tree"]
INCLUSION = load("merkle-inclusion")
CONSISTENCY = load("merkle-consistency")

LEAVES = [leaf_hash(bytes([n])) for n in range(256)]
HUGE = 2**63 - 1


def reader(leaves: list[bytes] | tuple[bytes, ...]) -> Read:
    rows = pyramid(leaves)
    return lambda level, index: rows[level][index]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def many(number: int) -> list[bytes]:
    return [leaf_hash(n.to_bytes(4, "big")) for n in range(number)]


def test_the_reference_tree_has_its_hashes() -> None:
    leaves = [leaf_hash(leaf) for leaf in unhex(REFERENCE["leaves_hex"])]
    assert [leaf.hex() for leaf in leaves] == REFERENCE["leaf_hashes_hex"]
    assert [root(leaves[:size]).hex() for size in range(9)] == REFERENCE["roots_hex"]


@pytest.mark.parametrize("case", REFERENCE["inclusion"], ids=lambda case: f"{case['index']} of {case['size']}")
def test_each_leaf_of_the_reference_tree_is_proven(case: dict[str, Any]) -> None:
    leaves, proof = unhex(REFERENCE["leaf_hashes_hex"][: case["size"]]), unhex(case["proof_hex"])
    assert inclusion_proof(case["index"], case["size"], reader(leaves)) == proof
    verify_inclusion(case["index"], case["size"], leaves[case["index"]], proof, root(leaves))


@pytest.mark.parametrize("case", REFERENCE["consistency"], ids=lambda case: f"{case['old']} to {case['new']}")
def test_each_prefix_of_the_reference_tree_is_proven(case: dict[str, Any]) -> None:
    leaves, proof = unhex(REFERENCE["leaf_hashes_hex"]), unhex(case["proof_hex"])
    assert consistency_proof(case["old"], case["new"], reader(leaves)) == proof
    verify_consistency(case["old"], case["new"], proof, root(leaves[: case["old"]]), root(leaves[: case["new"]]))


def test_every_tree_up_to_256_leaves() -> None:
    """One digest over 257 roots: any change to any of them shows here."""
    roots = [root(LEAVES[:size]) for size in range(257)]
    assert sha256(b"".join(roots)).hexdigest() == RANGE["digest_hex"]
    assert {size: roots[int(size)].hex() for size in RANGE["spot_roots_hex"]} == RANGE["spot_roots_hex"]
    assert roots[:70] == [by_definition(LEAVES[:size]) for size in range(70)]


@each(INCLUSION["cases"] + INCLUSION["own_cases"])
def test_public_inclusion_proofs(case: dict[str, Any]) -> None:
    given = case["leafIdx"], case["treeSize"], b64decode(case["leafHash"]), un64(case["proof"]), b64decode(case["root"])
    if case["our_want_err"]:
        with pytest.raises(Unsound):
            verify_inclusion(*given)
    else:
        verify_inclusion(*given)


@each(CONSISTENCY["cases"] + CONSISTENCY["own_cases"])
def test_public_consistency_proofs(case: dict[str, Any]) -> None:
    given = case["size1"], case["size2"], un64(case["proof"]), b64decode(case["root1"]), b64decode(case["root2"])
    if case["our_want_err"]:
        with pytest.raises(Unsound):
            verify_consistency(*given)
    else:
        verify_consistency(*given)


def test_every_proof_of_every_tree_up_to_33_leaves() -> None:
    for size in range(34):
        read, top = reader(LEAVES[:size]), root(LEAVES[:size])
        assert range_root(0, size, read) == top
        for index in range(size):
            proof = inclusion_proof(index, size, read)
            verify_inclusion(index, size, LEAVES[index], proof, top)
            for wrong in (*proof[1:], bytes(32)), (*proof, bytes(32)), proof[1:]:
                if wrong != proof:
                    with pytest.raises(Unproven):
                        verify_inclusion(index, size, LEAVES[index], wrong, top)
            with pytest.raises(Unproven):
                verify_inclusion(index, size, LEAVES[40], proof, top)
        for old in range(size + 1):
            verify_consistency(old, size, consistency_proof(old, size, read), root(LEAVES[:old]), top)


@given(st.integers(1, HUGE), st.data())
def test_proofs_hold_in_trees_of_any_size(size: int, data: st.DataObject) -> None:
    """All leaves alike, so that every subtree of one height has one root."""
    tops = [leaf_hash(b"")]
    while len(tops) < 64:
        tops.append(node_hash(tops[-1], tops[-1]))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    top = range_root(0, size, lambda level, _: tops[level])
    proof = inclusion_proof(index, size, lambda level, _: tops[level])
    assert len(proof) <= 63
    verify_inclusion(index, size, tops[0], proof, top)
    path = consistency_proof(old, size, lambda level, _: tops[level])
    assert len(path) <= 64
    verify_consistency(old, size, path, range_root(0, old, lambda level, _: tops[level]), top)


@given(st.integers(2, 256), st.data())
def test_a_changed_consistency_proof_is_refused(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    proof, roots = consistency_proof(old, size, reader(LEAVES)), (root(LEAVES[:old]), root(LEAVES[:size]))
    at = data.draw(st.integers(0, len(proof) - 1))
    wrongs = (*proof[:at], bytes(32), *proof[at + 1 :]), (*proof[:at], *proof[at + 1 :]), (*proof, bytes(32)), ()
    for wrong in wrongs:
        with pytest.raises(Unproven):
            verify_consistency(old, size, wrong, *roots)
    for false_roots in (roots[0], bytes(32)), (bytes(32), roots[1]):
        with pytest.raises(Unproven):
            verify_consistency(old, size, proof, *false_roots)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (1, 2), (2, 3), (4, 5), (7, 8)])
def test_a_proof_longer_than_the_tree_is_high_is_refused_though_it_leads_to_the_root(index: int, size: int) -> None:
    """Else a whole tree could pass as a part of another one, with sizes that were never signed."""
    proof = inclusion_proof(index, size, reader(LEAVES))
    for false_root in node_hash(LEAVES[9], root(LEAVES[:size])), node_hash(root(LEAVES[:size]), LEAVES[9]):
        with pytest.raises(Unproven, match="longer"):
            verify_inclusion(index, size, LEAVES[index], (*proof, LEAVES[9]), false_root)


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (5, 4)])
def test_no_proof_of_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(Malformed):
        inclusion_proof(index, size, reader(LEAVES))
    with pytest.raises(Malformed):
        verify_inclusion(index, size, LEAVES[0], (), LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(-1, 1), (2, 1), (1, 0)])
def test_no_proof_that_a_tree_shrinks(old: int, new: int) -> None:
    with pytest.raises(Malformed):
        consistency_proof(old, new, reader(LEAVES))
    with pytest.raises(Malformed):
        verify_consistency(old, new, (), EMPTY, EMPTY)


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (1, 0), (1, 3), (2, 5), (4, 9), (6, 10)])
def test_a_range_that_no_node_covers_has_no_root(start: int, end: int) -> None:
    with pytest.raises(Malformed):
        range_root(start, end, reader(LEAVES))


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 6), (6, 8), (4, 7), (8, 16), (0, 256), (128, 200)])
def test_a_range_has_the_root_of_its_leaves(start: int, end: int) -> None:
    assert range_root(start, end, reader(LEAVES)) == by_definition(LEAVES[start:end])


def tiles_by_definition(leaves: list[bytes]) -> Tiles:
    """Every tile that a tree of these leaves serves, each hash the root of 256^level leaves."""
    found: Tiles = {}
    level, row = 0, leaves
    while row:
        found |= {(level, number // 256): b"".join(row[number : number + 256]) for number in range(0, len(row), 256)}
        full = [row[at : at + 256] for at in range(0, len(row) - 255, 256)]
        level, row = level + 1, [by_definition(each) for each in full]
    return found


def test_the_edge_grows_leaf_by_leaf() -> None:
    head, tiles, leaves = Head(), Tiles(), many(600)
    assert head.root == EMPTY
    for size, leaf in enumerate(leaves, 1):
        before, head = head, head.grown(leaf, tiles)
        assert (before.size, head.size) == (size - 1, size)
        if size % 37 == 0 or size % 256 < 2:
            assert head.root == root(leaves[:size])
            assert tiles == tiles_by_definition(leaves[:size])
            assert Head.restore(size, lambda level, number: tiles[level, number]) == head


def test_the_edge_grows_in_batches_to_the_third_level() -> None:
    leaves = many(66_000)
    tiles, head = Tiles(), Head()
    for start in range(0, len(leaves), 7_777):
        head = head.extended(iter(leaves[start : start + 7_777]), tiles)
    assert head.root == root(leaves)
    assert tiles == tiles_by_definition(leaves)
    for size in (0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000):
        past = Head.restore(size, lambda level, number: tiles[level, number])
        assert past.size == size
        assert past.root == root(leaves[:size])
        assert past.extended(leaves[size:], {}) == head


def test_a_failed_batch_leaves_nothing_behind() -> None:
    first = Head().extended(LEAVES[:100], {})
    kept = Head(first.size, first.edge, first.peaks)
    one, other = first.extended(LEAVES[100:], {}), first.grown(LEAVES[0], {})
    assert first == kept
    assert one.root == root(LEAVES)
    assert other.root == root([*LEAVES[:100], LEAVES[0]])


@given(st.lists(st.integers(0, 300), max_size=6))
def test_batches_do_not_show_in_the_tree(cuts: list[int]) -> None:
    leaves = many(sum(cuts))
    tiles, head, start = Tiles(), Head(), 0
    for cut in cuts:
        head, start = head.extended(leaves[start : start + cut], tiles), start + cut
    whole = Tiles()
    assert head == Head().extended(leaves, whole)
    assert tiles == whole


def test_only_hashes_are_leaves() -> None:
    with pytest.raises(Malformed):
        Head().grown(bytes(31), {})


def test_an_edge_is_not_restored_from_a_tile_cut_short() -> None:
    with pytest.raises(Malformed, match="tile 0/1"):
        Head.restore(300, lambda level, number: bytes(32 * 43))


def test_joined_hashes_come_apart() -> None:
    assert hashes(b"".join(LEAVES[:3])) == LEAVES[:3]
    assert hashes(b"") == []
