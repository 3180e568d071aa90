"""Clocks: never backwards, never a jump unnoticed."""

from __future__ import annotations

import time

import pytest

from domain.errors import Refused
from ledger.clock import StoryClock, running_clock, stamp, system_clock


def test_the_system_clock_is_the_wall_clock() -> None:
    assert abs(system_clock()() - time.time_ns() // 1_000_000) < 1000


def test_a_wall_clock_that_leaves_the_monotonic_one_is_suspect(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, now = system_clock(), time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 301_000_000_000)
    with pytest.raises(Refused) as why:
        clock()
    assert why.value.code == "clock-suspect"


def test_a_demo_runs_on_from_its_last_entry() -> None:
    assert 0 <= running_clock(1_000)() - 1_000 < 1_000


def test_a_story_moves_only_forward() -> None:
    clock = StoryClock(10)
    clock.move_to(5)
    assert clock() == 10


@pytest.mark.parametrize(("now", "last", "stamped"), [(10, 5, 10), (5, 10, 10), (10, 300_010, 300_010)])
def test_recorded_at_is_the_later_of_clock_and_last_entry(now: int, last: int, stamped: int) -> None:
    assert stamp(lambda: now, last) == stamped


def test_five_minutes_behind_the_last_entry_is_suspect() -> None:
    with pytest.raises(Refused):
        stamp(lambda: 10, 300_011)
