"""Processes of our own that check many things at once, where the interpreter's lock would keep threads on one core.

A helper is `python -m keys.helpers module:check`. It says one byte when it is ready, reads frames of questions from its standard
input and answers each question with one byte, 1 for yes. It ends at end of file, so that it never outlives the process that asks.

Only a yes counts: whoever gets any other byte checks for himself and finds out why. So a helper that cannot be started, dies or
stands still costs time and nothing else.

    frame = length (4 bytes, big endian), then a msgpack array of questions, each an array of the check's arguments
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import os
import select
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

from msgpack import packb, unpackb

Question = tuple[bytes | str, ...]

CORES: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
AHEAD: Final = 32  # frames under way at most
PATIENCE: Final = 30  # s
ROOM: Final = 1 << 20  # bytes of questions that a pipe may hold
LENGTH: Final = 4
YES: Final = 1
RARELY: Final = 20_000, 20, 100  # entries and states make no circles: looking for them seldom is often enough


class Helper:
    """One process; every wait for it has an end. Raises OSError, and then must not be asked again."""

    def __init__(self, check: str) -> None:
        paths = os.pathsep.join(str(Path(path).absolute()) for path in sys.path)
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-P", "-m", __name__, check],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking, self._answering = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._asking, False)
        with suppress(OSError, AttributeError):  # where a pipe's size is fixed, who asks waits more often
            fcntl.fcntl(self._asking, fcntl.F_SETPIPE_SZ, ROOM)
        self.ready = False

    def look(self, patience: float) -> bool:
        """Whether it has begun to listen, or does within this time (s)."""
        self.ready = self.ready or (_is_open(self._answering, select.POLLIN, patience) and self.answer(1) == b"\1")
        return self.ready

    def ask(self, questions: Sequence[Question]) -> None:
        raw = packb(questions)
        left = memoryview(len(raw).to_bytes(LENGTH, "big") + raw)
        while left:
            _wait(self._asking, select.POLLOUT)
            left = left[os.write(self._asking, left) :]

    def has_answered(self) -> bool:
        return _is_open(self._answering, select.POLLIN, 0)

    def answer(self, count: int) -> bytes:
        raw = b""
        while len(raw) < count:
            _wait(self._answering, select.POLLIN)
            some = os.read(self._answering, count - len(raw))
            if not some:
                raise BrokenPipeError("a helper has ended")
            raw += some
        return raw

    def end(self) -> None:
        """It holds nothing that could be lost."""
        self._process.kill()
        with self._process:  # closes the pipes and waits
            pass


def _wait(pipe: int, event: int) -> None:
    if not _is_open(pipe, event, PATIENCE):
        raise TimeoutError("a helper stands still")


def _is_open(pipe: int, event: int, patience: float) -> bool:
    poll = select.poll()
    poll.register(pipe, event)
    return bool(poll.poll(patience * 1000))


class Helpers:
    """A helper for each core, started when first wanted and used by one thread at a time."""

    def __init__(self, check: str, count: int = CORES) -> None:
        self._check, self._count = check, count if count > 1 else 0
        self._lock, self._owner = Lock(), os.getpid()
        self._started: list[Helper] = []

    def start(self) -> bool:
        """Whether there are any; nobody waits until they are ready."""
        try:
            while len(self._started) < self._count:
                self._started.append(Helper(self._check))
                atexit.register(self.close)
        except OSError:
            self._give_up()
        return bool(self._started)

    @contextmanager
    def borrowed(self, patience: float = 0) -> Iterator[Helpers | None]:
        """The helpers; None where there are none, while they start for longer than one will wait (s), or another thread has them."""
        if self._owner != os.getpid() or not self._lock.acquire(blocking=False):  # a fork shares its parent's pipes
            yield None
            return
        try:
            yield self if self._are_ready(patience) else None
        finally:
            self._lock.release()

    def answers(self, chunks: Iterable[Sequence[Question]]) -> Generator[bytes, None, None]:
        """One byte a question, in order and as many at once as have come; later chunks are worked on while these are used."""
        asked = deque[tuple[Helper | None, int]]()
        try:
            for number, chunk in enumerate(chunks):
                asked.append((self._asked(number, chunk), len(chunk)))
                if len(asked) == AHEAD:
                    yield self._come(asked)
            while asked:
                yield self._come(asked)
        finally:
            if asked:  # left half-way: what is still to come would be taken for other answers
                self.close()

    def _come(self, asked: deque[tuple[Helper | None, int]]) -> bytes:
        """The next chunk's answers, and those behind them that are there."""
        answers = [self._answer(*asked.popleft())]
        while asked and self._is_there(asked[0][0]):
            answers.append(self._answer(*asked.popleft()))
        return b"".join(answers)

    def _asked(self, number: int, chunk: Sequence[Question]) -> Helper | None:
        with suppress(OSError):
            if self._started:
                helper = self._started[number % self._count]
                helper.ask(chunk)
                return helper
        self.close()
        return None

    def _is_there(self, helper: Helper | None) -> bool:
        return helper is None or helper not in self._started or helper.has_answered()

    def _answer(self, helper: Helper | None, count: int) -> bytes:
        if helper in self._started:
            with suppress(OSError):
                return helper.answer(count)
            self.close()
        return bytes(count)

    def _are_ready(self, patience: float) -> bool:
        try:
            return self.start() and all(helper.look(patience) for helper in self._started)
        except OSError:
            self._give_up()
            return False

    def _give_up(self) -> None:
        self.close()
        self._count = 0

    def close(self) -> None:
        """Whoever still waits for an answer gets none; who asks again starts new ones."""
        atexit.unregister(self.close)
        while self._started and self._owner == os.getpid():
            self._started.pop().end()


def serve(check: Callable[..., bool]) -> None:
    """Answer frames until there are no more, or the last one is cut short: then nobody asks any longer."""
    asked, answered = sys.stdin.buffer, sys.stdout.fileno()
    os.write(answered, b"\1")
    while length := int.from_bytes(asked.read(LENGTH), "big"):
        raw = asked.read(length)
        if len(raw) < length:
            return
        questions: Any = unpackb(raw)
        os.write(answered, bytes(check(*one) for one in questions))


def main(name: str) -> None:
    """Serve the check of this name, `module:function`."""
    gc.set_threshold(*RARELY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells it to everybody; we end when our asker does
    module, _, function = name.partition(":")
    with suppress(BrokenPipeError):
        serve(getattr(importlib.import_module(module), function))


if __name__ == "__main__":
    main(sys.argv[1])
