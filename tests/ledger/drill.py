"""Kills writing processes many times over, at every step and at moments of chance, and checks everything after each kill.

    python -m tests.ledger.drill --kills 10 --random 50 --seed 1 [--store sqlite|postgres]

PostgreSQL is the server of $LIUCHI_TEST_PG_DSN, or one that is started from this machine's own binaries. Ends at the first breach.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import _started
from tests.ledger.breaking import MODES, STEPS, killed_at, killed_under_load, point_of
from tests.ledger.crowd import Crowd, built, cloned

PER_CLONE = 6  # trials on one clone of the estate: its statements do not last longer


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--kills", type=int, default=10, help="kills at each step, for each of the two ways to break it")
    options.add_argument("--random", type=int, default=50, help="kills at moments of chance, under load from three processes")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--store", choices=("sqlite", "postgres"), action="append")
    given = options.parse_args()
    print(f"seed {given.seed}, {given.kills} kills at each step and way, {given.random} at moments of chance, for each store")
    for store in given.store or ("sqlite", "postgres"):
        with tempfile.TemporaryDirectory() as folder, server(store) as dsn, built(Path(folder) / "base", dsn) as base:
            drill(store, base, Path(folder), given)
    print("all invariants held after every kill")


@contextmanager
def server(store: str) -> Iterator[str | None]:
    if store == "sqlite":
        yield None
    elif dsn := os.environ.get("LIUCHI_TEST_PG_DSN"):
        yield dsn
    else:
        yield from _started(max(Path("/usr/lib/postgresql").glob("*/bin")))


def drill(store: str, base: Crowd, folder: Path, given: argparse.Namespace) -> None:
    chance, began = random.Random(given.seed), time.monotonic()
    print(f"\n{store:<10}{'step':<16}{'lost':>6}{'done, reported lost':>22}", flush=True)
    for step in STEPS:
        hits = [trials(base, folder, given.kills, at_point(point_of(step, mode), chance)) for mode in MODES]
        print(f"{'':<10}{step:<16}{hits[0]:>6}{hits[1]:>22}", flush=True)
    hits_by_chance = trials(base, folder, given.random, lambda crowd: killed_under_load(crowd, chance))
    print(f"{'':<10}{'by chance':<16}{hits_by_chance:>6}{'':>22}   {time.monotonic() - began:.0f} s", flush=True)


def at_point(point: str, chance: random.Random) -> Callable[[Crowd], int]:
    def trial(crowd: Crowd) -> int:
        killed_at(crowd, point, chance)
        return 1

    return trial


def trials(base: Crowd, folder: Path, wanted: int, trial: Callable[[Crowd], int]) -> int:
    """Trials until so many processes were killed before their end; how many were."""
    hits = 0
    while hits < wanted:
        with tempfile.TemporaryDirectory(dir=folder) as own, cloned(base, Path(own) / "data") as crowd:
            for _ in range(PER_CLONE):
                hits += trial(crowd) if hits < wanted else 0
    return hits


if __name__ == "__main__":
    main()
