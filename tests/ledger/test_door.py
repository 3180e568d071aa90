"""The door: all or nothing, one place for a statement, one history."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import zip_longest
from typing import Any, cast

import pytest
from eventsourcing.persistence import OperationalError

from domain.erasures import erasures
from domain.errors import Refused
from domain.lifecycle import UNOPENED
from keys.authoring import compose
from keys.helpers import Helpers
from keys.identity import SigningKey
from keys.suites import check_note
from ledger import door as door_module
from ledger.door import CHUNK, Ledger, Receipt
from ledger.evidence import OF_A_KEY
from ledger.points import ADVANCED, COMMITTED, POINTS, TURN
from ledger.submission import MAX_SUBMISSION
from scripts.stories import estate
from scripts.stories.player import Step, StoryBroken, moment
from tests.ledger.conftest import HEADS, SECRET, UNITS, Small
from tests.machine import listening
from tlog.checkpoint import Checkpoint
from tlog.codec import pack, unpack
from tlog.entry import Statement, Submission
from tlog.merkle import leaf_hash, root, verify_inclusion
from tlog.note import Vkey, split
from tlog.opening import Opening
from tlog.policy import Policy
from tlog.proof import Proof, verify_proof

Again = Callable[[Small], Ledger]


def code_of(door: Ledger, raw: bytes) -> str:
    with pytest.raises(Refused) as why:
        door.submit(raw)
    return why.value.code


def ballot(small: Small, n: int, choice: str = "agree", at: str = "2026-09-03 10:00") -> bytes:
    small.clock.move_to(moment(at))
    return small.play.submission(small.ballot(n, choice, at))


def test_a_receipt_proves_its_entry_under_the_log_key_alone(voting: Small) -> None:
    receipt = voting.door.submit(ballot(voting, 1))
    policy = Policy.parse(f"log {voting.home.vkey}\nquorum none\n")
    verified = verify_proof(receipt.entry, Proof.parse(receipt.proof), policy, check_note)
    assert (verified.index, verified.checkpoint.size) == (receipt.index, receipt.index + 1)


def test_stored_is_signed_is_hashed(voting: Small) -> None:
    raw = ballot(voting, 1)
    receipt = voting.door.submit(raw)
    assert voting.door.shelf.entries(receipt.index, 1) == [receipt.entry]
    assert unpack(receipt.entry)[0] == Submission.parse(raw).statement


def test_the_same_statement_keeps_its_first_place_whatever_comes_with_it(voting: Small) -> None:
    raw = ballot(voting, 1)
    first = voting.door.submit(raw)
    other_signature = replace(Submission.parse(raw), signature=bytes(64)).raw()
    later = voting.door.submit(ballot(voting, 2))
    assert voting.door.submit(raw).index == voting.door.submit(other_signature).index == first.index < later.index


def test_a_repetition_inside_one_group_is_one_entry(voting: Small) -> None:
    raw, size = ballot(voting, 1), voting.door.fold.head.size
    answers = voting.door.submit_all([raw, raw])
    assert [answer.index for answer in answers if not isinstance(answer, Refused)] == [size, size]
    assert voting.door.fold.head.size == size + 1


def test_a_refused_statement_leaves_no_trace(voting: Small) -> None:
    before, state = voting.door.checkpoint(), dict(voting.door.fold.state)
    voting.clock.move_to(moment("2026-09-17 20:01"))
    assert code_of(voting.door, voting.play.submission(voting.ballot(1))) == "outside-window"
    assert voting.door.checkpoint() == before
    assert voting.door.fold.state == state


def test_a_batch_answers_in_order_and_one_refusal_does_not_hurt_the_others(voting: Small) -> None:
    good, bad = ballot(voting, 1), b"\xc1"
    wrong_head = compose("ballot-cast/1", {"choices": {"use": "agree"}, "poll": "p", "tag": voting.play.tag("1-03")},
                         voting.play.people["owner-02"].key, ledger=voting.door.origin, at=voting.clock.at,
                         about=voting.play.leaves["p-opening"]).raw()  # fmt: skip
    answers = voting.door.submit_all([bad, good, wrong_head, ballot(voting, 4)])
    found = [answer.code if isinstance(answer, Refused) else answer.index for answer in answers]
    size = voting.door.fold.head.size
    assert found == ["submission-malformed", size - 2, "not-your-head", size - 1]


def test_what_one_group_seals_can_be_rechecked_in_it(founded: Small) -> None:
    play = founded.play
    founded.clock.move_to(moment("2026-08-05 09:00"))
    (page,) = estate.roll_pages(play, "2026-08-05 09:00", "r", UNITS)
    raw = play.submission(page)
    entry = unpack(founded.door.submit(raw).entry)
    assert leaf_hash(pack(entry)) == founded.door.fold.state["roll-pages", "r"][0].leaf
    play.leaves["roll-r-1"] = founded.door.fold.state["roll-pages", "r"][0].leaf
    founded.clock.move_to(moment("2026-08-14 09:00"))
    (freeze,) = estate.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1)
    assert founded.door.submit(play.submission(freeze)).index == founded.door.fold.head.size - 1


def test_opened_again_the_state_is_the_same_fold(voting: Small, opened_again: Again) -> None:
    voting.run(iter([voting.ballot(n) for n in (1, 2, 3)]))
    again = opened_again(voting)
    assert (again.fold.state, again.fold.head, again.fold.last) == (
        voting.door.fold.state,
        voting.door.fold.head,
        voting.door.fold.last,
    )


def test_the_tree_is_that_of_the_entries(voting: Small) -> None:
    entries = voting.door.shelf.entries(0, 1000)
    leaves = [leaf_hash(entry) for entry in entries]
    assert voting.door.checkpoint()[:2] == (len(entries), root(leaves))
    assert [voting.door.root_at(n) for n in range(len(leaves) + 1)] == [root(leaves[:n]) for n in range(len(leaves) + 1)]
    assert voting.door.root_at(len(leaves) + 1) is None


def test_two_doors_on_one_ledger_take_turns(voting: Small, opened_again: Again) -> None:
    other = opened_again(voting)
    first = voting.door.submit(ballot(voting, 1))
    second = other.submit(ballot(voting, 2))
    third = voting.door.submit(ballot(voting, 3))
    assert [first.index + 1, first.index + 2] == [second.index, third.index]
    other.catch_up()
    assert other.fold.state == voting.door.fold.state


def test_who_decided_on_an_old_state_decides_again(voting: Small, opened_again: Again, monkeypatch: pytest.MonkeyPatch) -> None:
    other, size = opened_again(voting), voting.door.fold.head.size
    mine, theirs = ballot(voting, 1), ballot(voting, 2)
    monkeypatch.setattr(other.store, "turn", nullcontext)  # the turn is only a queue: correctness must not rest on it
    catch_up, late = voting.door.catch_up, iter([lambda: other.submit(theirs)])

    def overtaken() -> None:
        catch_up()
        next(late, lambda: None)()

    monkeypatch.setattr(voting.door, "catch_up", overtaken)
    assert voting.door.submit(mine).index == size + 1
    assert voting.door.fold.head.size == size + 2


def test_a_commit_that_fails_leaves_nothing_behind(voting: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    before, state, raw = voting.door.checkpoint(), dict(voting.door.fold.state), ballot(voting, 1)

    def lost(*_: object, **__: object) -> None:
        raise OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(voting.door, "save", lost)
        assert code_of(voting.door, raw) == "store-unavailable"
    assert (voting.door.checkpoint(), voting.door.fold.state) == (before, state)
    assert voting.door.submit(raw).index == before[0]


def test_a_commit_that_was_done_but_reported_lost_is_found_again(voting: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, size, save = ballot(voting, 1), voting.door.fold.head.size, voting.door.save

    def reported_lost(*args: Any, **more: Any) -> None:
        save(*args, **more)
        raise OperationalError("connection lost after COMMIT")

    with monkeypatch.context() as broken:
        broken.setattr(voting.door, "save", reported_lost)
        assert code_of(voting.door, raw) == "store-unavailable"
    assert voting.door.submit(raw).index == size
    assert voting.door.fold.head.size == size + 1


def test_a_database_behind_the_outside_checkpoint_is_not_written(voting: Small) -> None:
    voting.door.anchor.advance(voting.door.fold.head.size + 1, bytes(32))
    assert code_of(voting.door, ballot(voting, 1)) == "store-behind"


def test_an_outside_checkpoint_of_another_history_is_not_written_over(voting: Small) -> None:
    voting.door.anchor.path.write_text(f"{voting.door.fold.head.size} {'11' * 32}\n")
    assert code_of(voting.door, ballot(voting, 1)) == "store-behind"


def test_an_unreadable_outside_checkpoint_stops_writing_not_reading(voting: Small) -> None:
    voting.door.anchor.path.write_text("12 nonsense\n")
    assert code_of(voting.door, ballot(voting, 1)) == "store-behind"
    assert voting.door.receipt(0).index == 0


def test_rows_that_vanished_under_a_running_door_are_noticed(voting: Small) -> None:
    raw, size = ballot(voting, 1), voting.door.fold.head.size
    voting.behind(f"DELETE FROM leaves WHERE i >= {size - 1}")
    voting.behind(f"DELETE FROM checkpoints WHERE size >= {size - 1}")
    assert code_of(voting.door, raw) in ("store-behind", "store-unavailable")


def test_a_wrong_signature_is_refused_before_any_rule(voting: Small) -> None:
    raw = replace(Submission.parse(ballot(voting, 1)), signature=bytes(64)).raw()
    assert code_of(voting.door, raw) == "bad-signature"


def test_a_key_that_nobody_admitted_is_unknown(voting: Small) -> None:
    voting.play.meet("nobody", None, "无")
    voting.clock.move_to(moment("2026-09-03 10:00"))
    with pytest.raises(StoryBroken, match="key-unknown"):
        voting.run(iter([estate.ballot(voting.play, "2026-09-03 10:00", "p", "1-01", "nobody", {"use": "agree"})]))


def test_a_clock_that_fell_behind_stops_the_door(voting: Small) -> None:
    voting.run(iter([voting.ballot(1)]))
    raw = ballot(voting, 2)
    voting.clock.at -= 300_001
    assert code_of(voting.door, raw) == "clock-suspect"


def test_recorded_at_never_decreases(voting: Small) -> None:
    first = voting.door.submit(ballot(voting, 1))
    raw = ballot(voting, 2)
    voting.clock.at -= 200_000
    assert unpack(voting.door.submit(raw).entry)[3] == unpack(first.entry)[3]


def test_sealed_values_are_nowhere_in_clear(voting: Small) -> None:
    voting.door.submit(ballot(voting, 1))
    files = [path for path in voting.home.path.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"datakeys.sqlite", "log.key"}
    for path in files:
        assert SECRET.encode() not in path.read_bytes(), path.name
    sealed = voting.behind("SELECT sealed FROM vault")
    assert sealed
    assert not any(SECRET.encode() in bytes(row[0]) for row in sealed)


def test_sealed_values_are_opened_again_from_the_vault(voting: Small) -> None:
    page = voting.door.fold.state["roll", "r"].pages[0]
    tag = voting.play.tag("1-01")
    assert voting.door.opening(page, f"row/{tag.hex()}")["owners"] == ("owner-01",)


def test_a_destroyed_data_key_closes_its_opening_for_ever(voting: Small, opened_again: Again) -> None:
    tag, page = voting.play.tag("1-01"), voting.door.fold.state["roll", "r"].pages[0]
    with sqlite3.connect(voting.home.path / "datakeys.sqlite") as db:
        db.execute("DELETE FROM data_keys WHERE subject = ?", (f"row/{tag.hex()}",))
    db.close()
    again = opened_again(voting)
    assert repr(again.opening(page, f"row/{tag.hex()}")) == "UNOPENED"
    assert again.opening(page, f"row/{voting.play.tag('1-02').hex()}")["owners"] == ("owner-02",)


def test_a_statement_that_saw_another_tree_is_refused_and_kept_as_evidence(voting: Small) -> None:
    voting.clock.move_to(moment("2026-09-03 10:00"))
    body = {"choices": {"use": "agree"}, "poll": "p", "tag": voting.play.tag("1-02")}
    raw = compose("ballot-cast/1", body, voting.play.people["owner-02"].key, ledger=voting.door.origin, at=voting.clock.at,
                  about=voting.play.leaves["p-opening"], seen=(5, bytes(32))).raw()  # fmt: skip
    assert code_of(voting.door, raw) == "forked-view"
    (kept,) = (Submission.parse(path.read_bytes()) for path in (voting.home.path / "evidence").iterdir())
    assert kept == replace(Submission.parse(raw), openings=())


def blind(small: Small, who: str, n: int) -> bytes:
    """A statement that saw a tree which was never there."""
    small.clock.move_to(moment("2026-09-03 10:00"))
    key = small.play.people[who].key.id
    body = {"key": key, "own": True, "reason": "lost", "since": 0}
    return compose("key-revoked/1", body, small.play.people[who].key, ledger=small.door.origin, at=small.clock.at,
                   seen=(5, bytes([n]) * 32)).raw()  # fmt: skip


def test_few_statements_of_one_key_are_kept_and_others_find_room(voting: Small) -> None:
    for n in range(OF_A_KEY + 3):
        assert code_of(voting.door, blind(voting, "owner-01", n)) == "forked-view"
    assert code_of(voting.door, blind(voting, "owner-02", 0)) == "forked-view"
    kept = [path.name[:64] for path in (voting.home.path / "evidence").iterdir()]
    first, second = (voting.play.people[who].key.id.hex() for who in ("owner-01", "owner-02"))
    assert sorted(kept) == sorted([first] * OF_A_KEY + [second])


def test_a_revoked_key_leaves_no_evidence(voting: Small) -> None:
    body = {"key": voting.play.people["owner-01"].key.id, "own": True, "reason": "lost", "since": 0}
    voting.run(iter([Step("2026-09-03 09:30", "owner-01", "key-revoked/1", body)]))
    assert code_of(voting.door, blind(voting, "owner-01", 1)) in ("forked-view", "stream-moved", "key-unknown")
    assert not (voting.home.path / "evidence").exists()


@pytest.mark.parametrize("signer", ["stranger", "operator"])
def test_a_further_founding_is_refused_before_anything_else_and_leaves_nothing_r_act_stage(voting: Small, signer: str) -> None:
    """It is signed by a key of its own body: anybody can make one."""
    key = voting.play.people["operator"].key if signer == "operator" else SigningKey.from_seed(b"\7" * 32)
    body = dict(voting.door.act_at(0).body)
    row = {"org": None, "person": bytes(16), "possession": bytes(64), "public": key.public, "suite": key.suite}
    raw = compose("ledger-founded/1", {**body, "keys": (row, *body["keys"])}, key, ledger=voting.door.origin, at=voting.clock.at,
                  seen=(5, bytes(32))).raw()  # fmt: skip
    assert code_of(voting.door, raw) == "already-exists"
    assert not (voting.home.path / "evidence").exists()


def test_an_erased_opening_comes_back_by_no_reader_s_race_r_priv_2(voting: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    door, leaf, open_ = voting.door, voting.door.act_at(0).leaf, voting.door._open
    door._opened.clear()
    digests = {Opening.parse(raw).name: digest for digest, raw in door._held(0)}
    body = {"basis": "unlawful", "index": 0, "keys_until": "2026-10-30", "openings": ((digests["name"], "name"),)}
    voting.play.leaves["founding-act"] = leaf
    gone = Step(
        "2026-09-03 11:00", "clerk", "openings-erased/1", body, {"reason": "依申请"}, about="founding-act", confirm=("bureau",)
    )

    def slow(of: bytes) -> Any:
        found = open_(of)
        if of == leaf and not erasures(door.fold.state):  # erased and destroyed while a reader holds it
            voting.run(iter([gone]))
        return found

    monkeypatch.setattr(door, "_open", slow)
    assert door.opening(leaf, "name") is UNOPENED
    monkeypatch.undo()
    assert erasures(door.fold.state)
    assert door.opening(leaf, "name") is UNOPENED
    assert "name" not in door._opened.get(leaf, {})


def test_a_statement_that_saw_this_tree_is_admitted(voting: Small) -> None:
    voting.clock.move_to(moment("2026-09-03 10:00"))
    body = {"choices": {"use": "agree"}, "poll": "p", "tag": voting.play.tag("1-02")}
    size, root_ = 5, voting.door.root_at(5)
    assert root_ is not None
    raw = compose("ballot-cast/1", body, voting.play.people["owner-02"].key, ledger=voting.door.origin, at=voting.clock.at,
                  about=voting.play.leaves["p-opening"], seen=(size, root_)).raw()  # fmt: skip
    assert voting.door.submit(raw).index == voting.door.fold.head.size - 1


def test_a_founding_of_another_ledger_is_refused_by_a_door_that_is_not_founded_yet(fresh: Small) -> None:
    """Otherwise a stranger's founding, or the public demo's, would take entry 0 for ever."""
    (step,) = estate.found(fresh.play, "2026-08-03 09:00", str(fresh.home.vkey), {"zh": "试", "en": "Trial"}, demo=True)
    raw = Submission.parse(fresh.play.submission(step))
    said = Statement.parse(raw.statement)
    assert isinstance(step.openings, dict)
    elsewhere = compose(said.kind, said.body, fresh.play.people["operator"].key, ledger="demo.evil.example/log/x/1",
                        at=fresh.clock.at, openings=step.openings)  # fmt: skip
    assert code_of(fresh.door, elsewhere.raw()) == "wrong-ledger"


def test_a_founding_names_the_key_with_which_this_log_signs(fresh: Small) -> None:
    other = Vkey(fresh.home.origin, 1, bytes(32))
    (step,) = estate.found(fresh.play, "2026-08-03 09:00", str(other), {"zh": "试", "en": "Trial"}, demo=True)
    assert code_of(fresh.door, fresh.play.submission(step)) == "log-key-differs"


def test_in_a_batch_checked_by_threads_the_forged_one_alone_is_refused(voting: Small) -> None:
    raw, other = ballot(voting, 1), ballot(voting, 2)
    forged = replace(Submission.parse(other), signature=bytes(64)).raw()
    batch = [raw] * CHUNK + [b"no submission", forged, other] + [raw] * CHUNK
    answers = voting.door.submit_all(batch)
    size = voting.door.fold.head.size
    codes = [answer.code if isinstance(answer, Refused) else answer.index for answer in answers]
    assert codes == [size - 2] * CHUNK + ["submission-malformed", "bad-signature", size - 1] + [size - 2] * CHUNK


def test_a_receipt_proves_under_the_checkpoint_of_its_commit_however_long_the_log_grew(voting: Small) -> None:
    first = voting.door.submit(ballot(voting, 1))
    size, root_, _ = voting.door.checkpoint()
    for n in range(2, HEADS + 1):
        voting.door.submit(ballot(voting, n))
    proof = Proof.parse(first.proof)
    verify_inclusion(first.index, size, first.leaf, proof.hashes, root_)
    assert Checkpoint.parse(split(proof.checkpoint)[0]).size == size


def test_the_data_keys_of_a_commit_are_made_together_and_before_it(voting: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[set[str]] = []
    ensure, save = voting.door.vault.keys.ensure, voting.door.save

    def seen(subjects: Iterable[str]) -> dict[str, bytes]:
        made.append(set(subjects))
        return ensure(made[-1])

    def saved(*args: Any, **more: Any) -> Any:
        assert len(made) == 1
        return save(*args, **more)

    monkeypatch.setattr(voting.door.vault.keys, "ensure", seen)
    monkeypatch.setattr(voting.door, "save", saved)
    reason = {"reason": "transfer", "replaces": "r", "snapshot": "second"}
    assert not isinstance(
        voting.door.submit_all([voting.play.compose("clerk", "roll-replaced/1", reason, {"reason": "转让"})])[0], Refused
    )
    made.clear()
    voting.play.tags.clear()  # tags are fresh for each snapshot
    steps = estate.roll_pages(voting.play, "2026-09-03 09:30", "second", UNITS, HEADS // 2)
    answers = voting.door.submit_all([voting.play.submission(step) for step in steps])
    assert not [answer for answer in answers if isinstance(answer, Refused)]
    assert len(made[0]) == HEADS


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Helpers]:
    """Every batch of two is checked by helpers."""
    with listening("ledger.submission:sound") as found:
        monkeypatch.setattr(door_module, "HELPERS", found)
        monkeypatch.setattr(door_module, "MANY", 2)
        monkeypatch.setattr(door_module, "SHARE", 3)
        yield found


def broken_batch(small: Small) -> list[bytes]:
    """Submissions that hold, and one of each sort that does not."""
    good = [ballot(small, n) for n in range(1, 9)]
    spoilt = ballot(small, 9)  # never handed in whole: a repetition would get its first place
    sent, fields = Submission.parse(spoilt), cast("dict[str, Any]", unpack(spoilt))
    elsewhere = replace(Statement.parse(sent.statement), ledger="demo.example.org/log/440307-002/1").raw()
    stranger = replace(Statement.parse(sent.statement), by=bytes(32)).raw()
    bad = [
        b"", b"\xc1", pack(7), pack({}), pack({**fields, "signature": bytes(64)}),
        replace(sent, statement=elsewhere).raw(), replace(sent, statement=stranger).raw(),
        replace(sent, openings=(b"\xc0",)).raw(), replace(sent, suite="other-v1").raw(), spoilt + b"\0",
        bytes(MAX_SUBMISSION + 1), pack({"openings": [], "signature": b"", "statement": pack({"by": [1]}), "suite": "x"}),
    ]  # fmt: skip
    return [one for pair in zip_longest(good, bad) for one in pair if one is not None] + good[:2]


def told(answers: Iterable[Receipt | Refused]) -> list[object]:
    return [answer.code if isinstance(answer, Refused) else answer.index for answer in answers]


def test_with_helpers_every_answer_is_the_same(voting: Small, helped: Helpers, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, size = broken_batch(voting), voting.door.fold.head.size
    vouched = told(voting.door.submit_all(batch))
    assert [each for each in vouched if isinstance(each, int)] == [*range(size, size + 8), size, size + 1]
    monkeypatch.setattr(door_module, "MANY", len(batch) + 1)
    assert told(voting.door.submit_all(batch)) == vouched


def test_helpers_that_die_cost_nobody_an_answer(voting: Small, helped: Helpers) -> None:
    for helper in helped._started:
        os.kill(helper._process.pid, signal.SIGKILL)
        helper._process.wait()
    assert all(isinstance(answer, Receipt) for answer in voting.door.submit_all([ballot(voting, n) for n in range(1, 9)]))


def test_what_a_helper_has_not_called_sound_is_checked_here(voting: Small, helped: Helpers) -> None:
    forged = replace(Submission.parse(ballot(voting, 1)), signature=bytes(64)).raw()
    assert told(voting.door.submit_all([forged, ballot(voting, 2)])) == ["bad-signature", voting.door.fold.head.size - 1]


def test_what_the_store_can_never_take_is_refused_alone_r_act_store(voting: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    voting.door.submit(ballot(voting, 1))
    poison, good, size = ballot(voting, 1, "against"), [ballot(voting, n) for n in (2, 3)], voting.door.fold.head.size
    taken, points = Submission.parse(poison).statement, list[str]()
    stream, place_of = Statement.parse(taken).stream, door_module.next_place
    monkeypatch.setattr(door_module, "next_place", lambda read, name: place_of(read, name) - (name == stream))
    voting.door.reached = points.append
    for _ in range(2):  # again and again it is the only one
        answers = voting.door.submit_all([good[0], poison, good[1]])
        assert [one.code if isinstance(one, Refused) else one.index for one in answers] == [size, "store-unavailable", size + 1]
    ends = [place for place, point in enumerate(points) if point == ADVANCED]
    began = [max(place for place in range(end) if points[place] == TURN) for end in ends]
    appends = [points[start : end + 1] for start, end in zip(began, ends, strict=True)]
    assert [(one, COMMITTED in one) for one in appends] == [(sorted(one, key=POINTS.index), True) for one in appends]
    assert len(appends) == 2
    monkeypatch.undo()
    assert voting.door.submit(poison).index == size + 2


def test_the_founding_again_gets_its_first_receipt(fresh: Small) -> None:
    (step,) = estate.found(fresh.play, "2026-08-03 09:00", str(fresh.home.vkey), {"zh": "试", "en": "Trial"}, demo=True)
    raw = fresh.play.submission(step)
    assert [fresh.door.submit(raw).index for _ in range(2)] == [0, 0]
