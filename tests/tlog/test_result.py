from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest

from tests.tlog.vectors import each, load, unhex, value
from tlog.codec import pack
from tlog.errors import Malformed, Unsound
from tlog.merkle import leaf_hash, root
from tlog.result import COUNTED_AS, Row, counted_root, nonce, ordered, path_in, row_levels, verify_row

VECTORS = load("results")
RAWS = unhex(VECTORS["rows_hex"])
ROWS = tuple(map(Row.parse, RAWS))
ROOT = bytes.fromhex(VECTORS["root_hex"])
COUNT_KEY = bytes.fromhex(VECTORS["count_key_hex"])
OWNED = [row for rows in VECTORS["owners"].values() for row in rows]


def test_rows_are_read_and_written() -> None:
    assert tuple(map(astuple, ROWS)) == value(VECTORS["rows"])
    assert tuple(row.raw() for row in ROWS) == RAWS
    assert len(ROWS) == VECTORS["size"]


def test_the_tree_is_a_function_of_the_rows() -> None:
    assert counted_root(ROWS) == ROOT
    assert ordered(reversed(ROWS)) == ROWS
    assert counted_root([]) == root([])


def test_rows_in_another_order_are_refused() -> None:
    by_bytes = sorted(ROWS, key=Row.raw)
    assert root(leaf_hash(row.raw()) for row in by_bytes).hex() == VECTORS["root_of_rows_in_another_order_hex"]
    with pytest.raises(Malformed):
        counted_root(by_bytes)


def test_a_head_has_one_row_for_an_item() -> None:
    with pytest.raises(Malformed):
        ordered([*ROWS, replace(ROWS[3], counted_as="late")])


def test_a_nonce_follows_from_count_key_item_and_tag() -> None:
    assert [nonce(COUNT_KEY, row.item, row.tag) for row in ROWS] == [row.nonce for row in ROWS]


@pytest.mark.parametrize("case", OWNED, ids=lambda case: str(case["row"]))
def test_an_owner_checks_her_rows(case: dict[str, Any]) -> None:
    raw, path = bytes.fromhex(case["row_hex"]), unhex(case["path_hex"])
    assert path_in(row_levels(ROWS), case["row"]) == path
    assert verify_row(raw, case["row"], VECTORS["size"], path, ROOT) == ROWS[case["row"]]


def test_every_row_has_its_path() -> None:
    for index, raw in enumerate(RAWS):
        verify_row(raw, index, len(RAWS), path_in(row_levels(ROWS), index), ROOT)


@each(VECTORS["refuse"])
def test_a_false_row_or_path_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Unsound):
        verify_row(bytes.fromhex(case["row_hex"]), case["row"], case["size"], unhex(case["path_hex"]), ROOT)


@pytest.mark.parametrize("word", sorted(COUNTED_AS))
def test_a_row_says_how_it_was_counted(word: str) -> None:
    row = replace(ROWS[0], counted_as=word)
    assert Row.parse(row.raw()) == row


@pytest.mark.parametrize(
    "change",
    [
        {"ballot": b""},
        {"ballot": bytes(31)},
        {"tag": bytes(15)},
        {"tag": bytes(17)},
        {"nonce": bytes(15)},
        {"nonce": bytes(32)},
        {"area": -1},
        {"area": True},
        {"counted_as": "perhaps"},
    ],
)
def test_a_row_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Row.parse(replace(ROWS[0], **change).raw())


@pytest.mark.parametrize("fields", [None, (), astuple(ROWS[0])[:5], (*astuple(ROWS[0]), 0), ("", *astuple(ROWS[0])[1:])])
def test_what_is_no_row_is_refused(fields: Any) -> None:
    with pytest.raises(Malformed):
        Row.parse(pack(fields))


def test_an_area_may_be_nothing() -> None:
    assert Row.parse(replace(ROWS[0], area=0).raw()).area == 0
