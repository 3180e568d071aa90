"""Processes that write are killed at every numbered step: nothing acknowledged is lost, nothing stands twice.

A kill at a point does two things to the steps: its own is done and reported lost, the one after it is lost before it began.
`python -m tests.ledger.drill` does the same many times over.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from ledger.points import ADVANCED, COMMITTED, POINTS, REPLACED, STAGED
from tests.ledger.breaking import MODES, STEPS, killed_at, killed_under_load, point_of
from tests.ledger.crowd import Crowd, anchored, cloned


@pytest.fixture(scope="module")
def trial(estate_of_many: Crowd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """One ledger that goes on through all kills of this module."""
    with cloned(estate_of_many, tmp_path_factory.mktemp("trial") / "data") as clone:
        yield clone


def test_each_step_is_broken_twice_by_a_kill_at_every_point() -> None:
    broken = {(step, mode): point_of(step, mode) for step in STEPS for mode in MODES}
    assert set(broken.values()) == set(POINTS)
    assert all(broken[step, "lost"] != broken[step, "reported lost"] for step in STEPS)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_is_killed_at_a_point_loses_nothing_that_it_acknowledged(trial: Crowd, point: str) -> None:
    killed_at(trial, point, random.Random(f"{point} {trial.dsn is None}"))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("point", [COMMITTED, STAGED, REPLACED, ADVANCED])
def test_nor_one_whose_checkpoint_outside_lies_in_another_database(crowd: Crowd, database: str, point: str) -> None:
    killed_at(anchored(crowd, database), point, random.Random(point))


@pytest.mark.timeout(120)
def test_nor_does_one_that_is_killed_at_any_moment_while_others_write(trial: Crowd) -> None:
    killed_under_load(trial, random.Random(3))
