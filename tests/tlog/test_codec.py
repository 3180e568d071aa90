from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tlog.vectors import each, load, value
from tlog.codec import MAX_DEPTH, pack, unpack
from tlog.errors import Malformed

VECTORS = load("canonical-msgpack")

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5).map(tuple) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=30,
)


def large(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["head_hex"]) + bytes.fromhex(case["repeat_hex"]) * case["count"]


def nested(depth: int) -> Any:
    inner: Any = 0
    for _ in range(depth):
        inner = [inner]
    return inner


def kinds(found: Any) -> Any:
    """A value with the type of every part, since True == 1."""
    if isinstance(found, dict):
        return {key: kinds(inner) for key, inner in found.items()}
    return tuple(map(kinds, found)) if isinstance(found, tuple) else (type(found), found)


@each(VECTORS["accept"])
def test_a_value_has_one_spelling(case: dict[str, Any]) -> None:
    raw, expected = bytes.fromhex(case["hex"]), value(case["value"])
    assert kinds(unpack(raw)) == kinds(expected)
    assert pack(expected) == raw


@each(VECTORS["refuse"])
def test_every_other_spelling_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="msgpack: "):
        unpack(bytes.fromhex(case["hex"]))


@each(VECTORS["accept_large"])
def test_large_values_are_read(case: dict[str, Any]) -> None:
    raw = large(case)
    assert sha256(raw).hexdigest() == case["sha256"]
    assert pack(unpack(raw)) == raw


@each(VECTORS["refuse_large"])
def test_large_misspellings_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        unpack(large(case))


class Choice(StrEnum):
    AGREE = "agree"


UNPACKABLE: dict[str, Any] = {
    "float": 1.0,
    "int 2^64": 2**64,
    "int -2^63-1": -(2**63) - 1,
    "str with a lone surrogate (U+D800)": "\ud800",
    "map with an integer key": {1: 2},
    "depth 17": nested(MAX_DEPTH + 1),
    "date or time object": datetime(2026, 1, 1, tzinfo=UTC),
}
MORE_UNPACKABLE: dict[str, Any] = {
    "map with keys of two types": {1: 2, "a": 3},
    "map with a bytes key": {b"a": 1},
    "map key with a lone surrogate": {"\udc00": 1},
    "float in an unsorted map": {"b": 1, "a": [1.0]},
    "set": {1},
    "bytearray": bytearray(b"a"),
    "enumeration": Choice.AGREE,
    "enumeration inside": [Choice.AGREE],
}


@each(VECTORS["encoder_must_refuse"])
def test_what_has_no_form_is_not_written(case: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        pack(UNPACKABLE[case["name"]])


@pytest.mark.parametrize("what", MORE_UNPACKABLE.values(), ids=MORE_UNPACKABLE)
def test_what_only_looks_like_a_value_is_not_written(what: Any) -> None:
    with pytest.raises(Malformed):
        pack(what)


def test_sixteen_containers_may_be_open() -> None:
    assert unpack(pack(nested(MAX_DEPTH))) == ((((((((((((((((0,),),),),),),),),),),),),),),),)


def test_keys_are_sorted_at_every_depth() -> None:
    assert pack({"b": [{"d": 1, "c": 2}], "a": ({},)}) == pack({"a": [{}], "b": ({"c": 2, "d": 1},)})


def test_the_caller_s_value_is_left_as_it_is() -> None:
    inner = {"d": 1, "c": 2}
    outer = {"b": 1, "a": inner}
    pack(outer)
    assert [*outer, *inner] == ["b", "a", "d", "c"]


@given(VALUES)
def test_a_round_trip_goes_round(found: Any) -> None:
    assert kinds(unpack(pack(found))) == kinds(found)


@given(st.binary(max_size=60))
def test_whatever_is_read_is_written_the_same(raw: bytes) -> None:
    try:
        found = unpack(raw)
    except Malformed:
        return
    assert pack(found) == raw


@given(VALUES.map(pack), st.data())
def test_a_changed_byte_is_refused_or_another_value(raw: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] + bytes([data.draw(st.integers(0, 255))]) + raw[at + 1 :]
    try:
        assert pack(unpack(changed)) == changed
    except Malformed:
        assert changed != raw


def test_a_length_is_not_believed_before_its_elements_are_seen() -> None:
    """A thousand nested arrays, each claiming 60,000 elements, would reserve half a gigabyte."""
    raw = b"\xdd\x00\x00\xea\x60" * 1000 + b"\xc0" * 60_000
    tracemalloc.start()
    with pytest.raises(Malformed):
        unpack(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
