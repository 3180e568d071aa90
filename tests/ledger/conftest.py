"""A small estate played through the real door: thirty heads, one vote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.roll import Unit
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.door import Ledger
from ledger.home import Home, make_home, open_ledger, schema_of
from ledger.postgres import migrate
from scripts.stories import estate
from scripts.stories.player import Play, Step, moment, seeded
from tests.ledger.crowd import Crowd, built, cloned
from tests.ledger.invariants import behind

ORIGIN = "demo.example.org/log/440307-001/1"
HEADS = 12
UNITS = [Unit(f"1-{n:02}", "1", frozenset([f"owner-{n:02}"]), 8000 + n, "sold") for n in range(1, HEADS + 1)]
SECRET = "机密姓名甲乙丙"  # stands in sealed values only


@dataclass
class Small:
    """The door, the play that acts through it, and how to open the same ledger again."""

    home: Home
    door: Ledger
    play: Play
    clock: StoryClock
    dsn: str | None

    def run(self, steps: Iterator[Step]) -> list[Step]:
        return list(self.play.play(steps))

    def again(self) -> Ledger:
        return open_ledger(self.home, "x", self.clock, self.dsn)

    def behind(self, text: str) -> list[tuple[Any, ...]]:
        """Run a statement on the database behind the door's back."""
        return behind(self.home, self.dsn, text)

    def ballot(self, n: int, choice: str = "agree", at: str = "2026-09-03 10:00") -> Step:
        unit = f"1-{n:02}"
        return estate.ballot(self.play, at, "p", unit, f"owner-{n:02}", {"use": choice})


@pytest.fixture(params=["sqlite", "postgres"])
def dsn(request: pytest.FixtureRequest) -> str | None:
    """One contract, every store: the DSN of a fresh database, or None for a SQLite file."""
    return request.getfixturevalue("database") if request.param == "postgres" else None


@pytest.fixture
def fresh(tmp_path: Path, dsn: str | None) -> Iterator[Small]:
    """A home without entries."""
    key = SigningKey.from_seed(bytes(32))
    home = make_home(tmp_path / "data", ORIGIN, "estate", key, "x", 2)
    clock = StoryClock(moment("2026-08-03 09:00"))
    if dsn is not None:
        migrate(dsn, schema_of(home), home.origin)
    door = open_ledger(home, "x", clock, dsn)
    play = Play(door, clock, seeded(7))
    estate.meet_officials(play)
    for n in range(1, HEADS + 1):
        play.meet(f"owner-{n:02}", None, SECRET)
    yield Small(home, door, play, clock, dsn)
    door.close()
    door.shelf.close()


@pytest.fixture
def founded(fresh: Small) -> Small:
    """Founded, staffed, keys admitted."""
    owners = [f"owner-{n:02}" for n in range(1, HEADS + 1)]
    fresh.run(estate.found(fresh.play, "2026-08-03 09:00", str(fresh.home.vkey), {"zh": "试", "en": "Trial"}, demo=True))
    fresh.run(estate.admit(fresh.play, "2026-08-03 10:00", "staff", estate.STAFF))
    fresh.run(estate.give_posts(fresh.play, "2026-08-04 09:00", "2026-08-04", "2027-08-03"))
    fresh.run(estate.admit(fresh.play, "2026-08-04 10:00", "owners", owners, by="clerk"))
    return fresh


@pytest.fixture
def voting(founded: Small) -> Small:
    """A vote is open."""
    play, run = founded.play, founded.run
    run(estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS))
    run(estate.bind(play, "2026-08-06 09:00", "r", "b", [(unit.unit, f"owner-{unit.unit[2:]}") for unit in UNITS]))
    run(estate.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1))
    items = {"use": ("use-maintenance-fund", "用吗?")}
    run(estate.notice("2026-08-17 09:00", "p", "r", items, "2026-09-03 09:00", "2026-09-17 20:00", "表决", "rules-12"))
    run(estate.posted("2026-08-17 10:00", "p", 1, "gate", "2026-08-17", "2026-09-17"))
    run(estate.open_poll("2026-09-03 09:00", "p"))
    return founded


@pytest.fixture
def opened_again() -> Iterator[Callable[[Small], Ledger]]:
    """Opens the same ledger as another process would, and closes it at the end."""
    doors: list[Ledger] = []

    def open_(small: Small) -> Ledger:
        doors.append(small.again())
        return doors[-1]

    yield open_
    for door in doors:
        door.close()
        door.shelf.close()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def estate_of_many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Many heads and an open vote, on both stores; never written, only cloned."""
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    with built(tmp_path_factory.mktemp("many") / "data", server) as base:
        yield base


@pytest.fixture
def crowd(estate_of_many: Crowd, tmp_path: Path) -> Iterator[Crowd]:
    """A clone of it."""
    with cloned(estate_of_many, tmp_path / "data") as clone:
        yield clone
