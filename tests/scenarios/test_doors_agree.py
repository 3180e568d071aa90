"""One contract, every door: in memory and in a database the same submissions get the same places and the same refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import tests.moves  # noqa: F401  # every subject's acts
from domain.errors import Refused
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import make_home, open_ledger
from scripts.stories.player import Door, Play, moment
from tests.acts import BEGIN, LAWFUL, ORIGIN, STAGES, Move, notice, people, rotate, submission, vote
from tests.memory import MemoryDoor

STORY = (
    "founded",
    "staffed",
    "paged",
    "bound",
    "roll frozen",
    "noticed",
    "posted",
    "open",
    "voted",
    "closed",
    "certified",
    "announced",
)
TRIED: dict[str, tuple[Move, ...]] = {  # after a stage: what both doors must answer alike
    "staffed": (LAWFUL["keys-admitted/1"][1].but(rows=()).stating(stream="keys/more-1"), LAWFUL["key-rotated/1"][1].by("o2")),
    "roll frozen": (notice().but(clause=None), notice().sealing(title=""), notice().stating(seen=(2, bytes(32)))),
    "open": (vote("o1", "1-2"), vote("o1").stating(prev=bytes(32)), vote("newcomer"), vote("o1").stating(kind="x/1", stream="x"),
             vote("o1").stating(signature=bytes(64)), rotate("o1", "o1-twin")),
    "closed": (vote("o2"),),
}  # fmt: skip


def played(door: Door, clock: StoryClock) -> Iterator[object]:
    """The first vote through this door: the entries' places and bytes, and the codes of what was tried in between."""
    play = people(door, clock)
    for stage in STORY:
        for step in play.play(STAGES[stage][1](play)):
            yield stage, step.kind, door.fold.head.root
        yield from (tried(play, move) for move in TRIED.get(stage, ()))


def tried(play: Play, move: Move) -> object:
    _, raw = submission(play, move)
    return [answer.code if isinstance(answer, Refused) else answer.index for answer in play.door.submit_all([raw, raw])]


def test_a_door_in_memory_answers_as_the_ledgers_own(tmp_path: Path) -> None:
    clocks = [StoryClock(moment(BEGIN)) for _ in range(2)]
    home = make_home(tmp_path / "data", ORIGIN, "estate", SigningKey.from_seed(bytes(32)), "x", 2)
    ledger = open_ledger(home, "x", clocks[1])
    memory = MemoryDoor(ORIGIN, clocks[0])
    assert list(played(memory, clocks[0])) == list(played(ledger, clocks[1]))
    assert (memory.fold.state, memory.fold.head) == (ledger.fold.state, ledger.fold.head)
    assert [memory.root_at(size) for size in range(40)] == [ledger.root_at(size) for size in range(40)]
    ledger.close()
