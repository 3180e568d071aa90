"""Clocks given to the door: the system's for a real ledger, a story's for a demo. All times are Unix ms."""

from __future__ import annotations

import time
from collections.abc import Callable

from domain.errors import Refused

TOLERANCE_MS = 300_000
Clock = Callable[[], int]


def system_clock() -> Clock:
    """The wall clock, checked against this process's monotonic clock; Refused `clock-suspect` when they part by 5 minutes."""
    offset = time.time_ns() - time.monotonic_ns()

    def now() -> int:
        if abs(time.time_ns() - time.monotonic_ns() - offset) > TOLERANCE_MS * 1_000_000:
            raise Refused("clock-suspect")
        return time.time_ns() // 1_000_000

    return now


def running_clock(start: int) -> Clock:
    """A demo's clock after its story: it runs on from the last entry, so that visitors can act."""
    began = time.monotonic_ns()
    return lambda: start + (time.monotonic_ns() - began) // 1_000_000


class StoryClock:
    """A clock that stands still until the story moves it."""

    def __init__(self, start: int) -> None:
        self.at = start

    def __call__(self) -> int:
        return self.at

    def move_to(self, at: int) -> None:
        """Moves only forward."""
        self.at = max(self.at, at)


def stamp(clock: Clock, last: int) -> int:
    """`recorded_at` for the next entry: never before the last; Refused `clock-suspect` if the clock fell 5 minutes behind."""
    now = clock()
    if now < last - TOLERANCE_MS:
        raise Refused("clock-suspect")
    return max(now, last)
