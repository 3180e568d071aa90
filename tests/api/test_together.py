"""Readers and writers at once, several processes, another store: the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.home import open_ledger
from projections.entries import entries_after
from projections.ledgers import Opened, face, view
from projections.logfiles import log_file
from projections.polls import poll_face, poll_names, summaries, waiting_acts
from projections.texts import opening_faces
from tests.api.conftest import BASE, CODE, HEADS, LOG, Estate, play_story, reopen

MSGPACK = {"content-type": "application/msgpack"}


@pytest.fixture
def elsewhere(database: str, tmp_path: Path) -> Iterator[Estate]:
    """The same story on PostgreSQL."""
    yield from reopen(tmp_path / "data", play_story(tmp_path / "data", database), database)


def answers(one: Opened) -> list[object]:
    """What a reader is told, on this thread: the connections of worker threads would outlive the database."""
    seen = view(one)
    notice = seen.journal.of_kind("poll-noticed/1")[0]
    files = ("checkpoint", "policy.txt", "tile/0/000.p/59", "tile/entries/000.p/59", f"openings/{notice.leaf.hex()}")
    return [face(one), summaries(seen), [poll_face(seen, name) for name in poll_names(seen)], waiting_acts(seen),
            entries_after(one, -1, 100), [log_file(one, path) for path in files], opening_faces(one.door, 0)]  # fmt: skip


def test_the_answers_are_the_same_on_postgresql(elsewhere: Estate, served: Estate) -> None:
    assert answers(elsewhere.opened) == answers(served.opened)


def test_an_entry_of_another_process_is_seen(fresh: Estate) -> None:
    other = open_ledger(fresh.opened.home, "x", fresh.clock)
    other.submit(fresh.vote(3))
    other.close()
    assert fresh.client.get(f"{BASE}/polls/garden").json()["turnout"]["heads"] == 3


def test_nobody_is_lost_and_nothing_breaks_when_all_come_at_once(fresh: Estate) -> None:
    ballots = [fresh.vote(n) for n in range(3, HEADS + 1)]
    reads = [
        f"{BASE}/polls/garden",
        f"/c/{CODE}",
        f"{BASE}/entries?after=40",
        f"{LOG}/checkpoint",
        f"/c/{CODE}/polls/lifts",
    ] * 4

    def send(raw: bytes) -> int:
        return fresh.client.post(f"{BASE}/statements", content=raw, headers=MSGPACK).status_code

    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(send, raw) for raw in ballots]
        read = list(pool.map(lambda path: fresh.client.get(path).status_code, reads))
    assert {answer.result() for answer in sent} == {201}
    assert set(read) == {200}
    assert fresh.client.get(f"{BASE}/polls/garden").json()["turnout"] == {"heads": HEADS, "of": HEADS}
