"""The process that a trial kills: opens a ledger, sends prepared statements, says each receipt, and kills itself where it is told to.

    LIUCHI_ANCHOR=… python -m tests.ledger.crash HOME DSN|- AT STATEMENTS GROUP [POINT NTH]

STATEMENTS is a file with a msgpack array of submissions, GROUP how many share a call. Says `open`, then for each statement its hash
and its index or its refusal's code, each line as soon as it is true.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

from domain.errors import Refused
from ledger.clock import StoryClock
from ledger.door import Receipt
from ledger.home import open_ledger, read_home
from ledger.points import Reached
from ledger.submission import prepare
from tlog.codec import unpack


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def killer(point: str, nth: int) -> Reached:
    """Kills this process when the point is reached for the nth time."""
    seen = 0

    def reached(at: str) -> None:
        nonlocal seen
        seen += at == point
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def face(answer: Receipt | Refused) -> str:
    return answer.code if isinstance(answer, Refused) else str(answer.index)


def main(home: str, dsn: str, at: str, statements: str, group: str, point: str = "", nth: str = "0") -> None:
    where = replace(read_home(Path(home)), anchor=os.environ.get("LIUCHI_ANCHOR"))
    door = open_ledger(where, "x", StoryClock(int(at)), None if dsn == "-" else dsn)
    if point:
        door.reached = killer(point, int(nth))
    raws = cast("tuple[bytes, ...]", unpack(Path(statements).read_bytes()))
    say("open")
    worst = 0.0
    for start in range(0, len(raws), int(group)):
        some = raws[start : start + int(group)]
        began = time.monotonic()
        answers = door.submit_all(some)
        worst = max(worst, time.monotonic() - began)
        for raw, answer in zip(some, answers, strict=True):
            say(prepare(raw).hash.hex(), face(answer))
    say("worst", round(worst * 1000))


if __name__ == "__main__":
    main(*sys.argv[1:])
