"""Helpers: a yes is a check that held in a process of our own; whatever goes wrong with one is no answer."""

from __future__ import annotations

import gc
import io
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgpack import packb

from keys import helpers
from keys.helpers import AHEAD, LENGTH, Helpers, main
from tests.machine import await_ready, listening

CHUNKS = [[(b"%d-%d" % (chunk, n), "even" if n % 2 else "odd") for n in range(3)] for chunk in range(2 * AHEAD + 1)]
YES_WHERE_ODD = b"\1\0\1"


def odd(_raw: bytes, word: str) -> bool:
    """The check of these tests, found by its name."""
    return word == "odd"


def unhurried(_raw: bytes, _word: str) -> bool:
    time.sleep(0.1)
    return True


def slow(_raw: bytes, _word: str) -> bool:
    time.sleep(60)
    return True


def framed(questions: list[tuple[bytes, str]]) -> bytes:
    raw = packb(questions)
    return len(raw).to_bytes(LENGTH, "big") + raw


@pytest.fixture
def pair() -> Iterator[Helpers]:
    """Two that listen."""
    with listening("tests.keys.test_helpers:odd") as found:
        yield found


def test_answers_come_in_the_order_of_the_questions(pair: Helpers) -> None:
    assert b"".join(pair.answers(iter(CHUNKS))) == YES_WHERE_ODD * len(CHUNKS)


def test_one_thread_at_a_time_has_them(pair: Helpers) -> None:
    with pair.borrowed() as first, pair.borrowed() as second:
        assert (first, second) == (pair, None)


def test_where_there_is_one_core_there_are_none() -> None:
    with Helpers("tests.keys.test_helpers:odd", 1).borrowed() as found:
        assert found is None


def test_a_fork_has_none_and_leaves_its_parents_alone(pair: Helpers, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as fork:
        fork.setattr(helpers, "os", SimpleNamespace(getpid=lambda: -1))
        with pair.borrowed() as found:
            assert found is None
        pair.close()
    assert list(pair.answers(CHUNKS[:1])) == [YES_WHERE_ODD]


def test_a_check_that_is_not_there_leaves_nobody_waiting() -> None:
    found = Helpers("tests.keys.test_helpers:missing", 2)
    with found.borrowed() as first:
        assert first is None
    deadline = time.monotonic() + 20
    while found._started and time.monotonic() < deadline:
        with found.borrowed() as ready:
            assert ready is None
    with found.borrowed() as ready:
        assert ready is None
    assert not found._started


def test_a_helper_that_dies_before_it_answers_says_yes_to_nothing(pair: Helpers) -> None:
    answers = pair.answers(iter(CHUNKS))
    begun = next(answers)
    assert begun[:3] == YES_WHERE_ODD
    for helper in pair._started:
        os.kill(helper._process.pid, signal.SIGKILL)
        helper._process.wait()
    rest = b"".join(answers)
    assert len(begun + rest) == 3 * len(CHUNKS)
    assert rest[-3:] == bytes(3)
    assert not pair._started
    await_ready(pair)
    assert list(pair.answers(CHUNKS[:1])) == [YES_WHERE_ODD]


def test_a_helper_that_stands_still_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Helpers("tests.keys.test_helpers:slow", 2)
    await_ready(found)
    monkeypatch.setattr(helpers, "PATIENCE", 0.05)
    assert b"".join(found.answers(CHUNKS[:2])) == bytes(6)
    assert not found._started


def test_a_pipe_that_takes_no_more_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Helpers("tests.keys.test_helpers:slow", 2)
    await_ready(found)
    monkeypatch.setattr(helpers, "PATIENCE", 0.05)
    assert list(found.answers([[(bytes(1 << 22), "odd")]])) == [bytes(1)]
    assert not found._started


def test_questions_left_half_way_end_the_helpers_that_would_still_answer_them() -> None:
    found = Helpers("tests.keys.test_helpers:unhurried", 2)
    await_ready(found)
    answers = found.answers(iter(CHUNKS[:8]))
    assert len(next(answers)) < 24
    answers.close()
    assert not found._started


@pytest.fixture
def within(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[bytes], Path]]:
    """This process as a helper that is told these bytes; the file holds what it says."""
    before, rarely = signal.getsignal(signal.SIGINT), gc.get_threshold()

    def told(raw: bytes) -> Path:
        monkeypatch.setattr(sys, "argv", ["helpers", "tests.keys.test_helpers:odd"])
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(fileno=said.fileno))
        return tmp_path / "said"

    with (tmp_path / "said").open("wb") as said:
        yield told
    signal.signal(signal.SIGINT, before)
    gc.set_threshold(*rarely)


@pytest.mark.parametrize("end", [b"", b"\0\0\0\x09\x91"], ids=["whole", "cut short"])
def test_a_helper_answers_frames_until_its_asker_is_gone(within: Callable[[bytes], Path], end: bytes) -> None:
    said = within(framed(CHUNKS[0]) + framed(CHUNKS[1][:1]) + end)
    main("tests.keys.test_helpers:odd")
    assert said.read_bytes() == b"\1" + YES_WHERE_ODD + b"\1"


def test_a_helper_whose_asker_is_gone_says_nothing_of_it(
    within: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    within(framed(CHUNKS[0]))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(fileno=lambda: writing))
    main("tests.keys.test_helpers:odd")
    os.close(writing)


def test_it_is_started_as_a_module(within: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    said = within(b"")
    monkeypatch.delitem(sys.modules, "keys.helpers")
    runpy.run_module("keys.helpers", run_name="__main__")
    assert said.read_bytes() == b"\1"


def test_where_nothing_can_be_started_nobody_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Helpers("tests.keys.test_helpers:odd", 2)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert not found.start()
    monkeypatch.undo()
    assert not found.start()


ASKER = """
import time
from keys.helpers import Helpers
found = Helpers("tests.keys.test_helpers:odd", 2)
found.start()
print(*(helper._process.pid for helper in found._started), flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks the kernel by its /proc")
def test_helpers_do_not_outlive_an_asker_that_is_killed() -> None:
    paths = os.pathsep.join(str(Path(path).absolute()) for path in sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", ASKER], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}
    ) as asker:
        assert asker.stdout is not None
        pids = [int(pid) for pid in asker.stdout.readline().split()]
        asker.kill()
    deadline = time.monotonic() + 20
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(pids) == 2
    assert not any(map(is_running, pids))
