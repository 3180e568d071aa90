"""Keys and values as bytes: whatever an act puts into the state comes back as it was, and has one spelling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

import tests.moves  # noqa: F401  # every subject's acts
from domain.counting import Weight
from domain.lifecycle import GONE, Key
from domain.polls import Item, Running
from projections.values import TYPES, Unspeakable, key_bytes, key_of, prefix_bytes, value_bytes, value_of
from tests.acts import LAWFUL, STAGES, given
from tests.domain.test_confirmations import WAITING
from tests.scenarios.test_guozhanyuan import played
from tlog.codec import unpack


@cache
def everything() -> dict[Key, list[Any]]:
    """Every key that the stories put into a state, and every value it ever had."""
    doors = [played()[0], *(given(stage).door for stage in STAGES), given("roll frozen").when(WAITING).pending().door]
    doors += [given(stage, at=at).when(move).admitted().door for stage, move, at in LAWFUL.values()]
    values: dict[Key, list[Any]] = {}
    for door in doors:
        for changes in door.changes:
            for key, value in changes.items():
                values.setdefault(key, []).append(value)
    return values


def test_every_value_that_a_story_puts_into_the_state_comes_back_and_is_spelled_the_same_again() -> None:
    for values in everything().values():
        for value in values:
            if value is not GONE:
                raw = value_bytes(value)
                again = value_of(raw)
                assert (again, type(again), value_bytes(again)) == (value, type(value), raw)


def test_every_key_comes_back_and_no_two_share_a_spelling() -> None:
    keys = everything()
    assert all(key_of(key_bytes(key)) == key for key in keys)
    assert len({key_bytes(key) for key in keys}) == len(keys)


def _types(value: Any) -> set[str]:
    if isinstance(value, list | tuple | frozenset):
        return set().union(*map(_types, value))
    if isinstance(value, dict):
        return set().union(*map(_types, value), *map(_types, value.values()))
    known = type(value).__name__
    return {known}.union(*(_types(getattr(value, name)) for name in type(value).__slots__)) if known in TYPES else set()


def test_no_row_of_the_table_of_types_is_idle() -> None:
    assert set().union(*map(_types, everything().values())) == set(TYPES)


SMALL = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5) | st.binary(max_size=5)
VALUES = st.recursive(
    SMALL,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.frozensets(st.binary(max_size=4), max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.dictionaries(st.tuples(st.text(max_size=2), st.integers(0, 9)), inner, max_size=3)
        | st.builds(Weight, st.integers(0, 9), st.integers(0, 9))
        | st.builds(Item, st.text(max_size=2), st.text(max_size=2), st.text(max_size=2))
    ),
    max_leaves=8,
)


@for_all(VALUES)
def test_any_value_of_these_forms_comes_back(value: Any) -> None:
    raw = value_bytes(value)
    unpack(raw)  # canonical
    assert repr(value_of(raw)) == repr(value_of(value_bytes(value_of(raw))))
    assert value_of(raw) == value
    assert value_bytes(value_of(raw)) == raw


def test_the_order_in_which_a_map_was_filled_leaves_no_trace() -> None:
    one, other = Running(heads={("a", "x"): 1, ("b", "y"): 2}), Running(heads={("b", "y"): 2, ("a", "x"): 1})
    assert value_bytes(one) == value_bytes(other)


@dataclass(frozen=True)
class Stranger:
    """A value that nobody has entered into the table."""

    stage: str


@pytest.mark.parametrize("value", [Stranger("new"), 1.5, [1], (Stranger("new"),), {1: {2, 3}}, 2**64], ids=repr)
def test_what_has_no_spelling_is_said_and_not_guessed(value: Any) -> None:
    with pytest.raises(Unspeakable):
        value_bytes(value)


def test_keys_that_begin_alike_stand_together() -> None:
    start = prefix_bytes("ballot", "p")
    assert key_bytes(("ballot", ("p", b"tag"))).startswith(start)
    for other in (("ballot", ("pp", b"tag")), ("ballots", ("p", b"tag")), ("running", "p")):
        assert not key_bytes(other).startswith(start)
