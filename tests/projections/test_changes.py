"""The table of changes: the state at any size, what an entry did, old votes as they were; written once, and disposable."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refused
from domain.finality import Outcome
from domain.fold import Fold
from domain.lifecycle import GONE
from domain.paper import place_of
from domain.state import act_of
from keys.enrolment import proved
from ledger.clock import StoryClock
from ledger.door import Ledger
from ledger.home import open_ledger, read_home
from ledger.store import StoreFailed
from projections import changes, values
from projections.ballots import Fate, fate_of
from projections.changes import FILE, Change, Past, Remembered, Table
from projections.forms import form_face
from projections.ledgers import Opened, View, keep_up, view
from projections.polls import poll_face, poll_names, summary
from scripts.stories import estate as story
from scripts.stories.player import moment
from tests.api.conftest import CODE, ITEMS, UNITS, Estate

C = f"/c/{CODE}"
ROOT = Path(__file__).parents[2]


def states(door: Ledger) -> Iterator[dict[Any, Any]]:
    """The state when the log had no entry, one, two and so on, from the log's bytes alone."""
    fold = Fold(proved, door.root_at)
    yield {}
    for entry in door.shelf.entries(0, door.fold.head.size):
        fold.read(entry)
        yield dict(fold.state)


def table(estate: Estate) -> Table:
    """The estate's table, caught up."""
    view(estate.opened)
    estate.opened.past.keep_up()
    assert estate.opened.past.table is not None
    return estate.opened.past.table


def rows(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return [*db.execute("SELECT * FROM changes ORDER BY since, key"), *db.execute("SELECT * FROM position")]


def file_of(estate: Estate) -> Path:
    return estate.opened.home.path / FILE


def again(estate: Estate) -> Opened:
    """The same ledger, opened as another process would."""
    home = read_home(estate.opened.home.path)
    return Opened(home, open_ledger(home, "x", StoryClock(moment("2026-10-21 10:00"))))


# --- what stands in it


def test_it_holds_the_state_at_every_size(fresh: Estate) -> None:
    past = table(fresh)
    for size, state in enumerate(states(fresh.opened.door)):
        assert past.state(size) == state
    assert past.state() == fresh.opened.door.fold.state
    assert past.size == fresh.opened.door.fold.head.size


def test_what_each_entry_changed_leads_from_one_state_to_the_next(fresh: Estate) -> None:
    past, every = table(fresh), [*states(fresh.opened.door)]
    for index, (before, after) in enumerate(itertools.pairwise(every)):
        for change in past.of_entry(index):
            assert change == Change(change.key, before.get(change.key, GONE), after.get(change.key, GONE))
        assert {change.key for change in past.of_entry(index)} >= {
            key for key in before.keys() | after.keys() if before.get(key, GONE) != after.get(key, GONE)
        }


def test_a_key_at_a_size_and_its_last_value_when_it_has_gone(fresh: Estate) -> None:
    past, certified = table(fresh), fresh.index("lifts-result")
    assert past.at(("result", "lifts")) is GONE
    assert past.at(("result", "lifts"), certified) is GONE
    assert past.last(("result", "lifts")).stage == "announced"
    assert past.at(("outcome", "lifts")) == Outcome(
        fresh.play.leaves["lifts-result"], past.last(("result", "lifts")).certified_at, {"raise": False, "use": True}
    )
    assert past.last(("result", "none-such")) is GONE


def test_all_keys_that_begin_alike_at_a_size(fresh: Estate) -> None:
    past = table(fresh)
    opened, closed = fresh.index("lifts-opening"), fresh.index("lifts-closing")
    assert past.under("ballot", "lifts", size=opened + 1) == {}
    voted = past.under("ballot", "lifts", size=closed)
    assert set(voted) == {("ballot", ("lifts", fresh.play.tag(unit.unit))) for unit in UNITS[:10]}
    assert past.under("ballot", "lifts") == {}
    assert set(past.under("ballot")) == {key for key in fresh.opened.door.fold.state if key[0] == "ballot"}


# --- how it is written


def test_what_the_door_tells_is_what_a_refilled_table_holds(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    table(fresh)
    with monkeypatch.context() as patch:
        patch.setattr(Past, "_fill", lambda *_: pytest.fail("the log was folded a second time"))
        for n in (3, 4, 5):
            fresh.opened.door.submit(fresh.vote(n))
            table(fresh)
        fresh.opened.door.submit_all([fresh.vote(n) for n in (6, 7, 8)])
        table(fresh)
    followed = rows(file_of(fresh))
    file_of(fresh).unlink()
    table(fresh)
    assert rows(file_of(fresh)) == followed
    assert len({row[:2] for row in followed}) == len(followed)


def test_a_file_deleted_under_a_running_process_is_filled_again(fresh: Estate) -> None:
    whole = table(fresh).state()
    file_of(fresh).unlink()
    assert table(fresh).state() == whole


def test_many_entries_that_nobody_wrote_are_folded_again(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    view(fresh.opened)
    monkeypatch.setattr(changes, "MOST", 1)
    monkeypatch.setattr(changes, "CHUNK", 7)
    for n in (3, 4, 5, 6):
        fresh.opened.door.submit(fresh.vote(n))
    assert table(fresh).state() == fresh.opened.door.fold.state


def test_of_several_processes_one_writes_each_entry(fresh: Estate) -> None:
    others = [again(fresh) for _ in range(3)]
    table(fresh)
    for n in (3, 4, 5, 6):
        fresh.opened.door.submit(fresh.vote(n))
    stop = threading.Event()
    threads = [threading.Thread(target=keep_up, args=((one,), stop, 0.001)) for one in (fresh.opened, *others)]
    for thread in threads:
        thread.start()
    for n in (7, 8):
        fresh.opened.door.submit(fresh.vote(n))
    while table(fresh).size < fresh.opened.door.fold.head.size:
        stop.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    followed = rows(file_of(fresh))
    assert table(fresh).state() == fresh.opened.door.fold.state
    file_of(fresh).unlink()
    table(fresh)
    assert rows(file_of(fresh)) == followed
    for other in others:
        other.past.close()
        other.door.close()


def test_rows_and_position_are_one_transaction(fresh: Estate) -> None:
    past = table(fresh)
    before = rows(file_of(fresh))
    with closing(sqlite3.connect(file_of(fresh))) as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON position BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    fresh.opened.door.submit(fresh.vote(3))
    with pytest.raises(StoreFailed, match="the disk is full"):
        fresh.opened.past.keep_up()
    assert rows(file_of(fresh)) == before
    with closing(sqlite3.connect(file_of(fresh))) as db:
        db.execute("DROP TRIGGER full")
    assert table(fresh).state() == fresh.opened.door.fold.state
    assert past.size == fresh.opened.door.fold.head.size


FILLING = """
import sys
from pathlib import Path
from ledger.clock import StoryClock
from ledger.home import open_ledger, read_home
from projections import changes
from projections.changes import FILE, Past
home = read_home(Path(sys.argv[1]))
door = open_ledger(home, "x", StoryClock(0))
changes.CHUNK = 1
while True:
    past = Past().follow(home.path / FILE, door)
    past.keep_up()
    past.close()
    (home.path / FILE).unlink()
    print("filled", flush=True)
"""


def test_a_process_killed_while_it_writes_leaves_whole_entries(fresh: Estate) -> None:
    every, reached = [*states(fresh.opened.door)], set()
    words = [sys.executable, "-c", FILLING, str(fresh.opened.home.path)]
    for moment_ms in (3, 11, 17):
        with subprocess.Popen(words, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            threading.Event().wait(moment_ms / 1000)
            process.kill()
        left = Table(file_of(fresh))
        assert left.state() == every[left.size]
        reached.add(left.size)
        left.close()
    print("killed with this many entries written:", sorted(reached))
    assert table(fresh).state() == every[-1]


def test_a_file_that_cannot_be_written_stops_neither_the_ledger_nor_its_other_pages(fresh: Estate) -> None:
    file_of(fresh).mkdir()
    assert fresh.client.get(f"{C}/polls/garden").status_code == 200
    assert fresh.client.get(f"{C}/polls/lifts").status_code == 503
    fresh.opened.door.submit(fresh.vote(3))
    file_of(fresh).rmdir()
    assert fresh.client.get(f"{C}/polls/lifts").status_code == 200
    assert table(fresh).state() == fresh.opened.door.fold.state


def test_a_table_of_another_history_is_begun_again(fresh: Estate, tmp_path: Path) -> None:
    past = Table(file_of(fresh))
    past.write(0, [{("log", ""): "another"}] * 3, lambda _size: bytes(32))
    past.close()
    assert table(fresh).state() == fresh.opened.door.fold.state
    longer = Table(tmp_path / FILE)
    longer.write(0, [{}] * 1000, lambda _size: bytes(32))
    longer.begin_again_unless(fresh.opened.door.root_at)
    assert longer.size == 0


def test_a_table_that_was_written_in_another_shape_is_begun_again(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    past = table(fresh)
    monkeypatch.setattr(changes, "SHAPE", bytes(32))
    with pytest.raises(StoreFailed, match="another version"):
        past.write(past.size, [{}], fresh.opened.door.root_at)
    past.close()
    assert past.size == 0
    fresh.opened.past.keep_up()
    assert past.state() == fresh.opened.door.fold.state


# --- a poisoned entry


def test_an_entry_that_cannot_be_written_stops_the_table_and_nothing_else(
    fresh: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(values._READ, Outcome)
    past = table(fresh)
    stopped = fresh.opened.past.stopped
    assert stopped is not None
    assert "Outcome" in stopped.why
    assert past.size == stopped.index < fresh.opened.door.fold.head.size
    assert past.state() == [*states(fresh.opened.door)][stopped.index]
    assert fresh.client.get("/readyz").json()["stopped"] == {CODE: {"index": stopped.index, "why": stopped.why}}
    fresh.opened.door.submit(fresh.vote(3))
    assert fresh.client.get(f"{C}/polls/garden").status_code == 200
    fresh.opened.past.keep_up()
    assert past.size == stopped.index


def test_a_log_with_an_entry_that_the_rules_do_not_admit_is_written_up_to_it(
    fresh: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Fold.read

    def strict(fold: Fold, entry: bytes) -> Any:
        if fold.head.size == 20:
            raise Refused("matter-final", matter="x")
        return read(fold, entry)

    monkeypatch.setattr(Fold, "read", strict)
    past = table(fresh)
    assert fresh.opened.past.stopped is not None
    assert (past.size, fresh.opened.past.stopped.index) == (20, 20)
    assert "matter-final" in fresh.opened.past.stopped.why


def test_a_door_can_be_written_by_a_poller_that_says_once_what_fails(
    fresh: Estate, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of(fresh).mkdir()
    stop = threading.Event()
    thread = threading.Thread(target=keep_up, args=((fresh.opened,), stop, 0.001))
    thread.start()
    while not caplog.records:
        stop.wait(0.01)
    stop.wait(0.05)
    file_of(fresh).rmdir()
    while not file_of(fresh).is_file():
        stop.wait(0.01)
    stop.set()
    thread.join()
    assert [record.name for record in caplog.records] == ["liuchi.changes"]
    assert table(fresh).state() == fresh.opened.door.fold.state


# --- old votes


def as_it_was(fresh: Estate, size: int) -> View:
    """What a reader sees now, over the state as it was when the log had this many entries."""
    seen = view(fresh.opened)
    return View(seen.door, [*states(fresh.opened.door)][size], seen.journal, seen.now)


def test_a_final_vote_is_read_exactly_as_before_it_left_the_state(fresh: Estate) -> None:
    seen = view(fresh.opened)
    assert ("poll", "lifts") not in seen.door.fold.state
    left = next(size for size, state in enumerate(states(seen.door)) if ("outcome", "lifts") in state)
    before = as_it_was(fresh, left - 1)
    face, was = poll_face(seen, "lifts"), poll_face(before, "lifts")
    assert face is not None
    assert was is not None
    assert asdict(face) == asdict(was)
    assert summary(seen, "lifts") == summary(before, "lifts")
    assert "lifts" in poll_names(seen)


def test_the_fate_of_an_old_ballot_is_read_as_before(fresh: Estate) -> None:
    seen = view(fresh.opened)
    acts = [act_of(entry).act for entry in seen.door.shelf.entries(0, seen.door.fold.head.size)]
    fates = [fate_of(seen, act) for act in acts if act.body.get("poll") == "lifts" and act.kind == "ballot-cast/1"]
    assert [fate.name for fate in fates if fate] == ["replaced", *["counted"] * 10]
    assert fate_of(seen, acts[0]) is None
    replaced = fates[0]
    assert isinstance(replaced, Fate)
    assert act_of(seen.door.shelf.entries(replaced.by or 0, 1)[0]).act.body["choices"]["use"] == "abstain"


def test_what_is_not_of_a_final_vote_is_not_remembered(fresh: Estate) -> None:
    seen = view(fresh.opened)
    assert isinstance(seen.state, Remembered)
    assert ("due", ("lifts", "R-MEET-5")) not in seen.state
    assert ("pending", fresh.play.leaves["lifts-result"]) not in seen.state
    assert ("result", "garden") not in seen.state
    assert ("ballot", ("lifts", fresh.play.tag(UNITS[11].unit))) not in seen.state
    with pytest.raises(KeyError):
        seen.state["result", "garden"]
    assert (len(seen.state), list(seen.state)) == (len(seen.door.fold.state), list(seen.door.fold.state))


def test_a_past_that_follows_no_door_remembers_nothing() -> None:
    past = Past()
    assert past.last(("poll", "p")) is GONE
    past.close()


def paper_vote(estate: Estate) -> None:
    """A vote on paper from its notice to its announcement; of its two pages one is withdrawn."""
    play, yes = estate.play, {"use": "agree", "raise": "agree"}
    list(play.play(story.notice("2026-10-21 10:00", "paper", "r", ITEMS, "2026-11-07 09:00", "2026-11-20 20:00", "纸质表决",
                                "rules-12", ("electronic", "paper"))))  # fmt: skip
    list(play.play(story.posted("2026-10-21 11:00", "paper", 1, "east-gate", "2026-10-21", "2026-11-20")))
    list(play.play(story.open_poll("2026-11-07 09:00", "paper")))
    list(play.play([story.ballot(play, "2026-11-08 09:00", "paper", UNITS[0].unit, "head-01", yes),
                    story.paper_page("2026-11-08 10:00", "paper", "slip", [(UNITS[1].unit, yes)])]))  # fmt: skip
    said = {"person": play.people["clerk"].person, "reason": "withdrawn"}
    estate.opened.door.submit(play.compose("clerk", "declined/1", said, about=play.leaves["slip"]))
    list(play.play(story.close("2026-11-20 20:30", "paper")))
    list(play.play(story.certify("2026-11-21 10:00", "paper", estate.opened.door.opening)))
    list(play.play(story.announce("2026-11-22 10:00", "paper", "2026-11-22", "gate")))


def make_final(estate: Estate) -> None:
    estate.clock.move_to(moment("2026-12-28 10:00"))
    estate.opened.door.submit(estate.vote(9))
    assert ("outcome", "paper") in estate.opened.door.fold.state


def test_a_page_that_was_withdrawn_does_not_come_back_when_its_vote_is_final(fresh: Estate) -> None:
    paper_vote(fresh)
    withdrawn = ("paper", ("paper", fresh.play.tag(UNITS[1].unit)))
    seen = view(fresh.opened)
    form = str(place_of(seen.state["roll", "r"], withdrawn[1][1]))
    face, before = form_face(seen, "paper", form), seen.state[withdrawn]
    make_final(fresh)
    seen = view(fresh.opened)
    assert seen.state[withdrawn] == before == ()
    assert table(fresh).at(withdrawn) is GONE
    assert form_face(seen, "paper", form) == face


def test_a_vote_is_read_at_every_moment_of_its_becoming_final(fresh: Estate) -> None:
    paper_vote(fresh)
    table(fresh)
    faces = list[Any]()

    class Watched(dict[Any, Any]):
        def pop(self, key: Any, *default: Any) -> Any:
            value = super().pop(key, *default)
            faces.append(poll_face(seen, "paper"))
            return value

    fresh.opened.door.fold.state = Watched(fresh.opened.door.fold.state)
    seen = view(fresh.opened)
    make_final(fresh)
    assert faces
    assert None not in faces
