"""Trials: processes that write a ledger are killed; afterwards nothing acknowledged is lost and nothing stands twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from domain.errors import Refused
from ledger.points import COMMITTED, POINTS
from ledger.submission import prepare
from scripts.homes import close
from tests.ledger.crowd import AT, Crowd
from tests.ledger.invariants import check
from tlog.codec import pack

ROOT: Final = Path(__file__).parents[2]
KILLED: Final = -9
STEPS: Final = POINTS[1:]
MODES: Final = ("lost", "reported lost")


@dataclass
class Writer:
    """A process that sends statements, and what it was answered."""

    statements: Sequence[bytes]
    process: subprocess.Popen[bytes]
    acknowledged: dict[bytes, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    worst_ms: int | None = None

    def opened(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"open\n"

    def ended(self) -> int:
        """Reads what it said until its end; the exit code, negative for a signal."""
        said, _ = self.process.communicate(timeout=120)
        for line in said.decode().splitlines():
            word, answer = line.split(" ", 1)
            if word == "worst":
                self.worst_ms = int(answer)
            elif answer.isdecimal():
                self.acknowledged[bytes.fromhex(word)] = int(answer)
            else:
                self.refused.append(answer)
        return self.process.returncode


def started(crowd: Crowd, statements: Sequence[bytes], group: int, point: str = "", nth: int = 0) -> Writer:
    """A new process that sends these statements, and kills itself when it reaches the point for the nth time."""
    file = crowd.home.path.parent.with_name(f"statements-{prepare(statements[0]).hash.hex()}")
    file.write_bytes(pack(tuple(statements)))
    words = [str(crowd.home.path), crowd.dsn or "-", str(AT), str(file), str(group)] + ([point, str(nth)] if point else [])
    env = {**os.environ, **({"LIUCHI_ANCHOR": crowd.home.anchor} if crowd.home.anchor else {})}
    command = [sys.executable, "-m", "tests.ledger.crash", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=env, bufsize=0, stdout=subprocess.PIPE)
    return Writer(statements, process)


def point_of(step: str, mode: str) -> str:
    """Where a process dies to break a step: at the point before it the step is lost, at its own it is done and reported lost."""
    return step if mode == "reported lost" else POINTS[POINTS.index(step) - 1]


def killed_at(crowd: Crowd, point: str, chance: random.Random) -> None:
    """A process kills itself at a point, the group and the occurrence are by chance; everything is checked."""
    group, nth = chance.choice((1, 2)), chance.randint(1, 3)
    writer = started(crowd, crowd.take(3 * 2 * group), group, point, nth)  # every second statement has openings
    writer.opened()
    assert writer.ended() == KILLED, f"{point} was not reached {nth} times"
    assert not writer.refused
    assert recovered(crowd, [writer]) == (group if POINTS.index(point) >= POINTS.index(COMMITTED) else 0)


def killed_under_load(crowd: Crowd, chance: random.Random, each: int = 12) -> int:
    """Three processes write; one or all are killed at a moment of chance; everything is checked; how many died before their end."""
    writers = [started(crowd, crowd.take(each), chance.choice((1, 1, 4))) for _ in range(3)]
    for writer in writers:
        writer.opened()
    victims = chance.sample(writers, chance.choice((1, 1, 3)))
    time.sleep(chance.uniform(0, 0.2))
    for writer in victims:
        writer.process.kill()
    ends = [writer.ended() for writer in writers]
    assert all(end == 0 or (end == KILLED and writer in victims) for end, writer in zip(ends, writers, strict=True))
    assert not any(writer.refused for writer in writers)
    recovered(crowd, writers)
    return ends.count(KILLED)


def recovered(crowd: Crowd, writers: Sequence[Writer]) -> int:
    """A new process opens the ledger: all holds; all that was sent is sent again and has one place; all holds again.

    How many statements were recorded though nobody was told.
    """
    acknowledged = {statement: place for writer in writers for statement, place in writer.acknowledged.items()}
    sent = [raw for writer in writers for raw in writer.statements]
    hashes = [prepare(raw).hash for raw in sent]
    door = crowd.open()
    try:
        before = check(door, crowd.home, crowd.dsn, acknowledged)
        answers = door.submit_all(sent)
        places = {
            one: None if isinstance(answer, Refused) else answer.index for one, answer in zip(hashes, answers, strict=True)
        }
        after = check(door, crowd.home, crowd.dsn, before)
        assert places == {one: after[one] for one in hashes}
        assert len(after) == len(before) + len(set(hashes) - set(before))
        return len(set(hashes) & set(before) - set(acknowledged))
    finally:
        close(door)
