"""A small true log with everything in it that somebody may tamper with: one vote of sixty heads, played through the real door.

More than 256 entries, so that the mirror has a full tile, a partial one and a tile of level 1. Scene by scene, so that a history
can be told anew from any of them (tests/foreign/forging.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

from domain.lifecycle import Act
from domain.roll import Unit
from domain.state import act_of
from keys.authoring import compose
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import make_home, open_ledger
from ledger.mirror import handed_out, write_mirror
from scripts.stories import estate
from scripts.stories.player import Door, Play, Step, moment, seeded
from tlog.note import Vkey

ORIGIN: Final = "demo.example.org/log/440307-001/1"
LOG_KEY: Final = SigningKey.from_seed(b"the key of the log in this trial")
VKEY: Final = Vkey(ORIGIN, 1, LOG_KEY.public)
LIGHT_SCRYPT: Final = 2
HEADS: Final = 60
OWNERS: Final = tuple(f"owner-{n:02}" for n in range(1, HEADS + 1))
HOME: Final = {owner: f"1-{owner[-2:]}" for owner in OWNERS}
UNITS: Final = (*(Unit(HOME[owner], "1", frozenset({owner}), 8_000 + n, "sold") for n, owner in enumerate(OWNERS)),
                Unit("1-99", "1", frozenset(), 5_000, "unsold"))  # fmt: skip
ITEMS: Final = {"use": ("use-maintenance-fund", "动用维修资金更换电梯?")}
OPENS, CLOSES = "2026-09-03 09:00", "2026-09-17 20:00"
ROUNDS: Final = 4  # heads change their mind


class Opening(Protocol):
    """A door that opens what its entries seal, as the ledger's and the forger's do."""

    def opening(self, leaf: bytes, name: str) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A true log, and all that an attacker can lay hands on: its mirror, what it sealed, the people with their keys.

    `marks` tells before which entry each scene began.
    """

    files: Mapping[str, bytes]
    entries: tuple[bytes, ...]
    acts: tuple[Act, ...]
    sealed: Mapping[bytes, tuple[bytes, ...]]
    marks: Mapping[str, int]
    play: Play

    @property
    def size(self) -> int:
        return len(self.entries)


def true_log(folder: Path) -> Log:
    """Play the trial in this folder and publish it."""
    home = make_home(folder / "data", ORIGIN, "estate", LOG_KEY, "x", LIGHT_SCRYPT)
    clock = StoryClock(moment("2026-08-03 09:00"))
    door = open_ledger(home, "x", clock)
    play, marks = people(door, clock), dict[str, int]()
    for name, scene in SCENES.items():
        marks[name] = door.fold.head.size
        scene(play)
    write_mirror(door, home, folder / "mirror")
    entries = tuple(door.shelf.entries(0, door.fold.head.size))
    sealed = {bytes.fromhex(leaf): tuple(raws) for leaf, raws in handed_out(door).items()}
    door.close()
    return Log(read_files(folder / "mirror"), entries, tuple(act_of(entry).act for entry in entries), sealed, marks, play)


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def people(door: Door, clock: StoryClock) -> Play:
    """Everybody who acts, with keys that repeat themselves."""
    play = Play(door, clock, seeded(7))
    estate.meet_officials(play)
    for owner in OWNERS:
        play.meet(owner, None, f"业主{owner[-2:]}(示例)")
    for name, org in (("stranger", None), ("newcomer", None), ("manager", "enterprise-bangmu")):
        play.meet(name, org, f"{name}(示例)")
    return play


def run(play: Play, steps: Iterable[Step]) -> None:
    """Play these steps."""
    for _ in play.play(steps):
        pass


def choice(number: int, round_: int) -> str:
    """What the head of this number chose in this round: in the end most agree."""
    return "abstain" if number % 11 == 3 else "against" if (number + round_) % 4 == 1 else "agree"


def ballot(play: Play, at: str, owner: str, said: str, unit: str | None = None) -> Step:
    """A ballot of an owner's, by default for the own head."""
    return estate.ballot(play, at, "p", unit or HOME[owner], owner, {"use": said})


def notice(at: str, poll: str, opens: str = OPENS, closes: str = CLOSES) -> Step:
    return next(iter(estate.notice(at, poll, "r", ITEMS, opens, closes, "关于电梯的表决", "rules-12")))


def certify(play: Play, at: str = "2026-09-18 10:00") -> Step:
    return next(iter(estate.certify(at, "p", cast("Opening", play.door).opening)))


def announce(play: Play) -> None:
    """The result on the board; the convener says which checkpoint she had seen."""
    play.clock.move_to(moment("2026-09-19 09:00"))
    head, body = play.door.fold.head, {"at": "2026-09-19", "place": "gate", "poll": "p", "result": play.leaves["p-result"]}
    said = compose("result-announced/1", body, play.people["street"].key, ledger=ORIGIN, at=play.clock.at,
                   seen=(head.size, head.root), salt=play.chance)  # fmt: skip
    play.door.submit_all([said.raw()])


def _votes(play: Play) -> None:
    for round_ in range(ROUNDS):
        at = f"2026-09-{4 + round_:02} 10:00"
        run(play, (ballot(play, at, owner, choice(n, round_)) for n, owner in enumerate(OWNERS)))


def _steps(make: Callable[[Play], Iterable[Step]]) -> Callable[[Play], None]:
    return lambda play: run(play, make(play))


SCENES: Final[Mapping[str, Callable[[Play], None]]] = {
    "founded": _steps(lambda play: estate.found(play, "2026-08-03 09:00", str(VKEY), {"zh": "试", "en": "Trial"}, demo=True)),
    "staffed": _steps(lambda play: estate.admit(play, "2026-08-03 10:00", "staff", [*estate.STAFF, "manager"])),
    "posts given": _steps(lambda play: estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03")),
    "admitted": _steps(lambda play: estate.admit(play, "2026-08-04 10:00", "owners", [*OWNERS, "stranger"], by="clerk")),
    "paged": _steps(lambda play: estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS)),
    "bound": _steps(lambda play: estate.bind(play, "2026-08-06 09:00", "r", "b", [(HOME[owner], owner) for owner in OWNERS])),
    "frozen": _steps(lambda _: estate.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1)),
    "noticed": _steps(lambda _: [notice("2026-08-17 09:00", "p")]),
    "posted": _steps(lambda _: estate.posted("2026-08-17 10:00", "p", 1, "gate", "2026-08-17", "2026-09-17")),
    "another noticed": _steps(lambda _: [notice("2026-08-17 11:00", "q"),
                                         *estate.posted("2026-08-17 12:00", "q", 1, "gate", "2026-08-17", "2026-09-17")]),
    "posted late": _steps(lambda _: estate.posted("2026-08-25 10:00", "p", 2, "hall", "2026-08-25", "2026-09-17")),
    "opened": _steps(lambda _: estate.open_poll(OPENS, "p", ["p-posted-2"], "其余公告已按期张贴")),
    "another opened": _steps(lambda _: estate.open_poll("2026-09-03 10:00", "q")),
    "voted": _votes,
    "closed": _steps(lambda _: estate.close("2026-09-17 20:30", "p")),
    "certified": _steps(lambda play: [certify(play)]),
    "announced": announce,
}  # fmt: skip
