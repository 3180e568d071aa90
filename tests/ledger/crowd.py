"""An estate of many heads with an open vote: built once, cloned for each trial; its statements are ready to be sent."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import psycopg

from domain.roll import Unit, row_of
from keys.identity import SigningKey
from ledger.anchor_postgres import PostgresAnchor, make_table
from ledger.clock import StoryClock
from ledger.door import Ledger
from ledger.home import ELSEWHERE, Home, anchor_of, anchor_path, make_home, open_ledger, read_home, schema_of
from ledger.postgres import migrate
from scripts.homes import close
from scripts.stories import estate
from scripts.stories.player import Play, Step, moment, seeded
from tests.ledger.invariants import behind

CODE: Final = "440307-001"
ORIGIN: Final = f"demo.example.org/log/{CODE}/1"
AT: Final = moment("2026-09-03 10:00")
HEADS: Final = 120
UNITS: Final = [Unit(f"u-{n:03}", "1", frozenset([f"owner-{n:03}"]), 8000 + n, "sold") for n in range(HEADS)]


@dataclass
class Crowd:
    """A ledger's home, its database, and statements that the door admits in any order: ballots and sealed roll pages in turn."""

    home: Home
    dsn: str | None
    statements: tuple[bytes, ...]
    taken: int = field(default=0)

    def open(self) -> Ledger:
        return open_ledger(self.home, "x", StoryClock(AT), self.dsn)

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        """The door, closed at the end."""
        door = self.open()
        try:
            yield door
        finally:
            close(door)

    def behind(self, text: str) -> list[tuple[Any, ...]]:
        """Run a statement on the database behind the door's back."""
        return behind(self.home, self.dsn, text)

    def size(self) -> int:
        """How many entries are committed."""
        return int(self.behind("SELECT count(*) FROM leaves")[0][0])

    def take(self, count: int) -> tuple[bytes, ...]:
        """The next statements that nobody has sent."""
        self.taken += count
        assert self.taken <= len(self.statements)
        return self.statements[self.taken - count : self.taken]


@contextmanager
def built(data: Path, server: str | None) -> Iterator[Crowd]:
    """The estate, ready for the vote; `server` is the DSN of a PostgreSQL server, None for a SQLite file."""
    with database(server, "template1") as dsn:
        home = make_home(data, ORIGIN, "estate", SigningKey.from_seed(bytes(32)), "x", 2)
        if dsn is not None:
            migrate(dsn, schema_of(home), home.origin)
        door = open_ledger(home, "x", StoryClock(moment("2026-08-03 09:00")), dsn)
        statements = tuple(_played(door, home))
        close(door)
        yield Crowd(home, dsn, statements)


@contextmanager
def cloned(base: Crowd, data: Path) -> Iterator[Crowd]:
    """The same estate once more, in a folder and a database of its own."""
    shutil.copytree(base.home.path.parent, data)
    shutil.copytree(anchor_path(base.home.path.parent, CODE).parent, anchor_path(data, CODE).parent)
    template = psycopg.conninfo.conninfo_to_dict(base.dsn)["dbname"] if base.dsn else ""
    with database(base.dsn and psycopg.conninfo.make_conninfo(base.dsn, dbname="postgres"), str(template)) as dsn:
        yield Crowd(read_home(data / CODE), dsn, base.statements)


def anchored(crowd: Crowd, dsn: str) -> Crowd:
    """The same crowd, its outside checkpoint in another database."""
    make_table(dsn)
    with closing(anchor_of(crowd.home)) as beside, closing(PostgresAnchor(dsn, ORIGIN)) as there:
        there.advance(*beside.read())
        beside.forget()
    return replace(crowd, home=replace(crowd.home, outside=ELSEWHERE, anchor=dsn))


@contextmanager
def database(server: str | None, template: str) -> Iterator[str | None]:
    """A database of its own on this server, dropped at the end; None where there is no server."""
    if server is None:
        yield None
        return
    name = "c" + uuid.uuid4().hex[:12]
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield psycopg.conninfo.make_conninfo(server, dbname=name)
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _played(door: Ledger, home: Home) -> Iterator[bytes]:
    assert isinstance(door.clock, StoryClock)
    play = Play(door, door.clock, seeded(7))
    estate.meet_officials(play)
    owners = [min(unit.owners) for unit in UNITS]
    for owner in owners:
        play.meet(owner, None, "业主(示例)")
    for _ in play.play(_steps(play, home, owners)):
        pass
    door.clock.move_to(AT)
    for n, (unit, owner) in enumerate(zip(UNITS, owners, strict=True)):
        yield play.submission(estate.ballot(play, "", "p", unit.unit, owner, {"use": ("agree", "against")[n % 2]}))
        yield _sealed(play, n)


def _steps(play: Play, home: Home, owners: list[str]) -> Iterator[Step]:
    yield from estate.found(play, "2026-08-03 09:00", str(home.vkey), {"zh": "试", "en": "Trial"}, demo=True)
    yield from estate.admit(play, "2026-08-03 10:00", "staff", estate.STAFF)
    yield from estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03")
    yield from estate.admit(play, "2026-08-04 10:00", "owners", owners, by="clerk")
    yield from estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS)
    yield from estate.bind(play, "2026-08-06 09:00", "r", "b", [(unit.unit, min(unit.owners)) for unit in UNITS])
    yield from estate.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1)
    items = {"use": ("use-maintenance-fund", "用吗?")}
    yield from estate.notice("2026-08-17 09:00", "p", "r", items, "2026-09-03 09:00", "2026-09-17 20:00", "表决", "rules-12")
    yield from estate.posted("2026-08-17 10:00", "p", 1, "gate", "2026-08-17", "2026-09-17")
    reason = {"reason": "transfer", "replaces": "r", "snapshot": "s"}
    yield Step("2026-09-02 09:00", "clerk", "roll-replaced/1", reason, {"reason": "过户(示例)"})
    yield from estate.open_poll("2026-09-03 09:00", "p")


def _sealed(play: Play, n: int) -> bytes:
    """A page of the next roll, in a stream of its own: its row lies in the vault under a data key of its own."""
    tag = play.chance(16)
    body = {"area": UNITS[n].area, "heads": 1, "page": f"{n}", "snapshot": "s", "tags": (tag,)}
    return play.compose("clerk", "roll-page/1", body, {f"row/{tag.hex()}": row_of((UNITS[n],))})
