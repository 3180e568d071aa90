"""A small estate played once and served: a vote that is decided, one that runs, one to come, acts that wait or were declined."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.testclient import TestClient

from api.app import Opened, create_app
from domain.acts import KINDS
from domain.roll import Unit
from domain.state import act_of
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import make_home, open_ledger, read_home, schema_of
from ledger.postgres import migrate
from scripts.stories import estate
from scripts.stories.player import Play, Step, moment, seeded
from tlog.opening import Opening

ORIGIN: Final = "demo.example.org/log/440307-001/1"
CODE: Final = "440307-001"
BASE: Final = f"/api/v1/ledgers/{CODE}"
LOG: Final = "/log/440307-001/1"
HEADS: Final = 12
UNITS: Final = [
    Unit(f"密室{n:02}", "密楼甲", frozenset([f"secret-owner-{n:02}"]), 8000 + n, "sold") for n in range(1, HEADS + 1)
]
TITLE: Final = "关于更换电梯的表决"
REASON: Final = "东门已按期张贴,住户另逐户送达"
ITEMS: Final = {
    "use": ("use-maintenance-fund", "是否同意使用维修资金?"),
    "raise": ("raise-maintenance-fund", "是否同意补充筹集?"),
}


@dataclass
class Estate:
    """An opened ledger, the play that can go on with it, and a client of the application that serves it."""

    opened: Opened
    play: Play
    clock: StoryClock
    client: TestClient

    def vote(self, n: int, choice: str = "agree") -> bytes:
        """A ballot of head n in the vote that runs, ready to be sent."""
        step = estate.ballot(self.play, "2026-10-21 10:00", "garden", UNITS[n - 1].unit, f"head-{n:02}", {"swing": choice})
        return self.play.submission(step)

    def index(self, name: str) -> int:
        """Where a named act of the story stands."""
        line = self.opened.journal.read(self.opened.door).line(self.play.leaves[name])
        assert line is not None
        return line.index


def _officials(play: Play) -> None:
    for name, (org, _) in estate.OFFICIALS.items():
        play.meet(name, org, f"机密姓名-{name}", f"secret-id-{name}")
    for n in range(1, HEADS + 1):
        play.meet(f"head-{n:02}", None, f"机密业主-{n:02}", f"secret-owner-{n:02}")


def _begin(play: Play, log_key: str) -> Iterator[Step]:
    heads = [f"head-{n:02}" for n in range(1, HEADS + 1)]
    yield from estate.found(play, "2026-08-03 09:00", log_key, {"zh": "六尺苑", "en": "Six Feet Garden"}, demo=True)
    yield from estate.admit(play, "2026-08-03 10:00", "staff", estate.STAFF)
    yield from estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03")
    yield from estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS)
    yield from estate.admit(play, "2026-08-06 09:00", "owners", heads, by="clerk")
    yield from estate.bind(
        play, "2026-08-07 09:00", "r", "b", [(unit.unit, head) for unit, head in zip(UNITS, heads, strict=True)]
    )
    yield from estate.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1)


def _decided(play: Play, openings: Any) -> Iterator[Step]:
    yield from estate.notice("2026-08-17 09:00", "lifts", "r", ITEMS, "2026-09-03 09:00", "2026-09-17 20:00", TITLE, "rules-12")
    yield from estate.posted("2026-08-17 10:00", "lifts", 1, "east-gate", "2026-08-17", "2026-09-17")
    yield from estate.posted("2026-08-25 10:00", "lifts", 2, "hall", "2026-08-25", "2026-09-17")
    yield from estate.open_poll("2026-09-03 09:00", "lifts", ["lifts-posted-2"], REASON)
    for n in range(1, 11):
        choices = {"use": "agree", "raise": "agree" if n < 7 else "against"}
        yield estate.ballot(play, "2026-09-04 10:00", "lifts", UNITS[n - 1].unit, f"head-{n:02}", choices)
    yield estate.ballot(play, "2026-09-05 10:00", "lifts", UNITS[0].unit, "head-01", {"use": "abstain", "raise": "agree"})
    yield from estate.close("2026-09-17 20:30", "lifts")
    yield from estate.certify("2026-09-18 10:00", "lifts", openings)
    yield from estate.announce("2026-09-19 10:00", "lifts", "2026-09-19", "east-gate")


def _others(play: Play) -> Iterator[Step]:
    swing, wall = {"swing": ("other-major", "是否设秋千?")}, {"wall": ("other-major", "是否刷墙?")}
    yield from estate.notice(
        "2026-09-28 09:00", "garden", "r", swing, "2026-10-20 09:00", "2026-12-31 20:00", "秋千", "rules-12"
    )
    yield from estate.posted("2026-09-28 10:00", "garden", 1, "east-gate", "2026-09-28", "2026-12-31")
    yield from estate.open_poll("2026-10-20 09:00", "garden")
    for n, choice in ((1, "agree"), (2, "against")):
        yield estate.ballot(play, "2026-10-20 10:00", "garden", UNITS[n - 1].unit, f"head-{n:02}", {"swing": choice})
    yield from estate.notice("2026-10-20 11:00", "wall", "r", wall, "2026-11-20 09:00", "2026-12-20 20:00", "刷墙", "rules-12")
    for post, who in (("clerk", "observer"), ("observer", "clerk")):
        one = play.people[who]
        body = {"from": "2026-10-20", "matter": None, "org": one.org, "person": one.person, "post": post, "to": "2027-10-19"}
        yield Step("2026-10-20 12:00", "street", "post-given/1", body, name=f"{post}-given")


def play_story(data: Path, dsn: str | None = None) -> Play:
    """Play the story into a data folder, or into the database of a DSN; the same bytes every time."""
    home = make_home(data, ORIGIN, "estate", SigningKey.from_seed(bytes(32)), "x", 2)
    if dsn is not None:
        migrate(dsn, schema_of(home), home.origin)
    clock = StoryClock(moment("2026-08-03 09:00"))
    door = open_ledger(home, "x", clock, dsn)
    play = Play(door, clock, seeded(11))
    _officials(play)
    for steps in (_begin(play, str(home.vkey)), _decided(play, door.opening), _others(play)):
        list(play.play(steps))
    declined = {"person": play.people["bureau"].person, "reason": "not-as-agreed"}
    door.submit(play.compose("bureau", "declined/1", declined, about=play.leaves["observer-given"]))
    door.close()
    return play


def reopen(data: Path, play: Play, dsn: str | None = None) -> Iterator[Estate]:
    """The estate of a data folder, served."""
    home, clock = read_home(data / CODE), StoryClock(moment("2026-10-21 10:00"))
    door = open_ledger(home, "x", clock, dsn)
    going_on = Play(door, clock, seeded(12))
    going_on.people, going_on.leaves, going_on.tags = play.people, dict(play.leaves), dict(play.tags)
    opened = Opened(home, door)
    with TestClient(create_app({CODE: opened}, ("testserver",))) as client:  # one event loop for all its requests
        yield Estate(opened, going_on, clock, client)
    door.close()


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Play]:
    """The data folder after the story, and the play."""
    data = tmp_path_factory.mktemp("served") / "data"
    return data, play_story(data)


@pytest.fixture(scope="session")
def served(played: tuple[Path, Play]) -> Iterator[Estate]:
    """The estate for reading; nothing is recorded in it."""
    yield from reopen(played[0], played[1])


@pytest.fixture
def fresh(played: tuple[Path, Play], tmp_path: Path) -> Iterator[Estate]:
    """A copy of the estate of one's own, to be written to."""
    data = tmp_path / "data"
    shutil.copytree(played[0], data)
    shutil.copytree(played[0].with_name("data-anchor"), tmp_path / "data-anchor")
    yield from reopen(data, played[1])


@pytest.fixture(scope="session")
def client(served: Estate) -> TestClient:
    return served.client


@pytest.fixture(scope="session")
def secrets(served: Estate) -> list[bytes]:
    """Every value that is sealed and not public: texts as they are, bytes raw and in hex and base64."""
    found: set[bytes] = set()
    for index, entry in enumerate(served.opened.door.shelf.entries(0, 1000)):
        act = act_of(entry).act
        names = KINDS[act.kind].opens(act.body)
        for opening in map(Opening.parse, served.opened.door.openings_of(index)):
            if opening.name and names[opening.name].audience != "public":
                found |= set(_spellings(opening.value))
    assert len(found) > 40
    return sorted(found)


def _spellings(value: Any) -> Iterator[bytes]:
    match value:
        case bytes():
            yield from (value, value.hex().encode())
        case str() if value != "sold":
            yield value.encode()
        case dict():
            for part in value.values():
                yield from _spellings(part)
        case tuple():
            for part in value:
                yield from _spellings(part)
