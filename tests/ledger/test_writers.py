"""Many writers of one ledger: each statement gets one place, whoever is overtaken, cut off or kept waiting."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

import ledger.postgres
import ledger.sqlite
from domain.errors import Refused
from ledger.door import Ledger, Receipt
from ledger.home import schema_of
from ledger.points import COMMITTED, DECIDED, ROWS
from tests.ledger.breaking import recovered, started
from tests.ledger.crowd import Crowd
from tests.ledger.invariants import check
from tests.ledger.relay import relay


def code(answer: Receipt | Refused) -> str:
    assert isinstance(answer, Refused)
    return answer.code


# --- processes and threads


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("processes", "each", "group"), [(4, 50, 1), (3, 80, 20)])
def test_processes_that_write_at_once_have_each_statement_recorded_once(
    crowd: Crowd, processes: int, each: int, group: int
) -> None:
    writers = [started(crowd, crowd.take(each), group) for _ in range(processes)]
    for writer in writers:
        writer.opened()
    assert [writer.ended() for writer in writers] == [0] * processes
    assert [(len(writer.acknowledged), writer.refused) for writer in writers] == [(each, [])] * processes
    print(f"\n{'SQLite' if crowd.dsn is None else 'PostgreSQL'}, {processes} × {each} by {group}: "
          f"worst wait {max(writer.worst_ms or 0 for writer in writers)} ms")  # fmt: skip
    assert recovered(crowd, writers) == 0


@pytest.mark.timeout(120)
def test_processes_that_send_the_same_statements_get_the_same_places(crowd: Crowd) -> None:
    same = crowd.take(20)
    writers = [started(crowd, same, group) for group in (1, 3, 20)]
    for writer in writers:
        writer.opened()
    assert [writer.ended() for writer in writers] == [0, 0, 0]
    assert writers[0].acknowledged == writers[1].acknowledged == writers[2].acknowledged
    recovered(crowd, writers)


def waited_for(door: Ledger, others: int) -> threading.Event:
    """Holds the first commit back until so many others wait."""
    others_wait, calls = threading.Event(), count()

    def reached(point: str) -> None:
        if point == DECIDED and not next(calls):
            while len(door._waiting) < others:
                others_wait.wait(0.002)

    door.reached = reached
    return others_wait


def submitted_at_once(door: Ledger, raws: Sequence[bytes]) -> list[str]:
    """Each by a thread of its own; the index, the code of the refusal, or that the thread was interrupted."""
    ends: list[str] = []

    def submit(raw: bytes) -> None:
        try:
            ends.append(str(door.submit(raw).index))
        except Refused as why:
            ends.append(why.code)
        except KeyboardInterrupt:
            ends.append("interrupted")
        finally:
            door.shelf.close()

    threads = [threading.Thread(target=submit, args=(raw,)) for raw in raws]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends


def test_threads_share_commits(crowd: Crowd) -> None:
    with crowd.opened() as door:
        before, raws = crowd.size(), crowd.take(8)
        waited_for(door, 7)
        assert sorted(map(int, submitted_at_once(door, raws))) == list(range(before, before + 8))
        sizes = crowd.behind(f"SELECT size FROM checkpoints WHERE size > {before} ORDER BY size")
        assert sizes == [(before + 1,), (before + 8,)]
        check(door, crowd.home, crowd.dsn, {})


def test_a_thread_that_is_interrupted_leaves_nobody_waiting(crowd: Crowd) -> None:
    with crowd.opened() as door:
        raws = crowd.take(4)
        waited_for(door, 3)
        first, calls = door.reached, count()

        def reached(point: str) -> None:
            first(point)
            if point == DECIDED and next(calls) == 1:
                raise KeyboardInterrupt

        door.reached = reached
        ends = submitted_at_once(door, raws)
        assert sorted(ends)[1:] == ["interrupted", "store-unavailable", "store-unavailable"]
        assert not any(isinstance(answer, Refused) for answer in door.submit_all(raws))
        check(door, crowd.home, crowd.dsn, {})


# --- connections that are lost


ON_SERVER = pytest.mark.parametrize("estate_of_many", ["postgres"], indirect=True)  # a file has no connections to lose


def cut(crowd: Crowd) -> None:
    """Ends every other connection to the database."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    crowd.behind(f"SELECT pg_terminate_backend(pid) {others}")


def cut_once(crowd: Crowd, door: Ledger, point: str) -> None:
    """Does so when the point is first reached."""
    calls = count()

    def reached(at: str) -> None:
        if at == point and not next(calls):
            cut(crowd)

    door.reached = reached


@ON_SERVER
@pytest.mark.parametrize("point", [DECIDED, ROWS, COMMITTED])
def test_a_connection_that_the_server_ends_costs_no_statement_and_records_none_twice(crowd: Crowd, point: str) -> None:
    with crowd.opened() as door:
        raw, size = crowd.take(1)[0], crowd.size()
        cut_once(crowd, door, point)
        assert door.submit(raw).index == size == crowd.size() - 1
        assert door.submit(crowd.take(1)[0]).index == size + 1
        check(door, crowd.home, crowd.dsn, {})


@ON_SERVER
def test_idle_connections_that_the_server_ended_are_made_anew(crowd: Crowd) -> None:
    with crowd.opened() as door:
        door.submit(crowd.take(1)[0])
        cut(crowd)
        assert door.receipt(0).index == 0
        cut(crowd)
        assert door.submit(crowd.take(1)[0]).index == crowd.size() - 1


@ON_SERVER
def test_a_commit_whose_answer_is_lost_on_the_way_is_found_again(crowd: Crowd) -> None:
    assert crowd.dsn is not None
    with relay(crowd.dsn) as (by_relay, lose), Crowd(crowd.home, by_relay, ()).opened() as door:
        raw, size = crowd.take(1)[0], crowd.size()
        lose.set()
        assert door.submit(raw).index == size == crowd.size() - 1
        assert not lose.is_set()
        check(door, crowd.home, crowd.dsn, {})


@ON_SERVER
@pytest.mark.timeout(120)
def test_a_server_that_is_gone_in_the_middle_of_an_append_is_not_waited_for_without_end(
    crowd: Crowd, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger.postgres, "PATIENCE", 1)
    assert crowd.dsn is not None
    name = psycopg.conninfo.conninfo_to_dict(crowd.dsn)["dbname"]
    with crowd.opened() as door, psycopg.connect(postgres, autocommit=True) as server:
        raw, size, calls = crowd.take(1)[0], crowd.size(), count()

        def reached(point: str) -> None:
            if point == ROWS and not next(calls):
                server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
                server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

        door.reached, began = reached, time.monotonic()
        assert [code(answer) for answer in door.submit_all([raw])] == ["store-unavailable"]
        assert time.monotonic() - began < 45
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert door.submit(raw).index == size == crowd.size() - 1
        check(door, crowd.home, crowd.dsn, {})


# --- waiting too long


@contextmanager
def held(crowd: Crowd, what: str) -> Iterator[None]:
    """Another process holds the store's write lock, or the ledger's turn."""
    if crowd.dsn is not None:
        with closing(psycopg.connect(crowd.dsn)) as db:
            schema = schema_of(crowd.home)
            number = ledger.postgres.PostgresStore(crowd.dsn, schema)._queue
            db.execute(f"LOCK TABLE {schema}.ledger_events IN EXCLUSIVE MODE" if what == "lock" else
                       f"SELECT pg_advisory_lock({number})")  # fmt: skip
            yield
    elif what == "lock":
        with closing(sqlite3.connect(crowd.home.path / "ledger.sqlite", isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
    else:
        with Path(crowd.home.path / "ledger.turn").open("w") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)
            yield


@pytest.mark.timeout(60)
@pytest.mark.parametrize("what", ["lock", "turn"])
def test_who_waits_too_long_is_refused_and_leaves_no_trace(crowd: Crowd, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    for store in (ledger.sqlite, ledger.postgres):
        monkeypatch.setattr(store, "LOCK_TIMEOUT", 1)
    with crowd.opened() as door:
        raws, before, state = crowd.take(2), door.checkpoint(), dict(door.fold.state)
        with held(crowd, what):
            began = time.monotonic()
            assert [code(answer) for answer in door.submit_all(raws)] == ["store-unavailable"] * 2
            assert time.monotonic() - began < 8  # not ten times over
            assert (door.receipt(0).index, door.checkpoint()) == (0, before)  # reading goes on
        assert (crowd.size(), dict(door.fold.state)) == (before[0], state)
        assert [answer.index for answer in door.submit_all(raws) if isinstance(answer, Receipt)] == [before[0], before[0] + 1]
        check(door, crowd.home, crowd.dsn, {})
