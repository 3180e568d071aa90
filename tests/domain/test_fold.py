"""The fold: the same entries give the same state, counters equal a recount, and a refusal changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.confirmations import Stream
from domain.errors import Refused
from domain.fold import Fold
from domain.lifecycle import UNOPENED, Held, Unopened
from domain.polls import Running
from domain.state import act_of, evolve
from keys.enrolment import proved
from ledger.submission import prepare
from scripts.stories.player import moment
from tests.acts import HEADS, ITEMS, Given, given, notice, revoke, submission, vote
from tlog.entry import Entry
from tlog.errors import Malformed
from tlog.merkle import leaf_hash, root

VOTERS = ("o1", "o1-twin", "o2", "o3", "o6", "o7", "o8", "o9")


BALLOTS = st.lists(
    st.tuples(
        st.sampled_from(VOTERS),
        st.dictionaries(st.sampled_from(sorted(ITEMS)), st.sampled_from(("agree", "against", "abstain")), min_size=1),
        st.integers(0, 200_000_000),
        st.booleans(),
    ),
    max_size=14,
)


def history(ballots: list[tuple[str, dict[str, str], int, bool]]) -> Given:
    """A vote on which these ballots were tried, each some ms after the one before and some on a stale state."""
    world = given("open")
    for who, choices, later, stale in ballots:
        world.play.clock.at += later
        move = vote(who, **choices)
        world.when(move.stating(prev=None) if stale else move)
    return world


def read_again(world: Given) -> Fold:
    """A second fold of the same log's bytes."""
    leaves: list[bytes] = []
    fold = Fold(proved, lambda size: root(leaves[:size]) if size <= len(leaves) else None)
    leaves.extend(fold.read(entry).act.leaf for entry in world.door.entries)
    return fold


@settings(max_examples=60, deadline=None)
@for_all(BALLOTS)
def test_running_counters_equal_a_recount_and_no_head_counts_twice_r_bal_5(
    ballots: list[tuple[str, dict[str, str], int, bool]],
) -> None:
    world = history(ballots)
    standing = {key[1][1]: value for key, value in world.state.items() if key[0] == "ballot"}
    cast = [act_of(entry) for entry in world.door.entries if act_of(entry).act.kind == "ballot-cast/1"]
    last = {one.act.body["tag"]: one for one in cast}  # the later of a head replaces the earlier
    assert {tag: dict(ballot.choices) for tag, ballot in standing.items()} == {
        tag: one.act.body["choices"] for tag, one in last.items()
    }
    running: Running = world.state["running", "p"]
    chosen = Counter(pair for one in last.values() for pair in one.act.body["choices"].items())
    assert {key[:2]: heads for key, heads in running.heads.items() if heads} == dict(chosen)
    assert running.voted == len(last) <= HEADS
    assert running.late == sum(ballot.late for ballot in standing.values())
    assert all(
        sum(running.heads.get((item, choice, "electronic"), 0) for choice in ("agree", "against", "abstain")) <= HEADS
        for item in ITEMS
    )
    assert running.last == max((ballot.index for ballot in standing.values()), default=-1)
    assert all(moment("2026-09-03 09:00") <= one.recorded_at <= moment("2026-09-17 20:00") for one in cast)


@settings(max_examples=25, deadline=None)
@for_all(BALLOTS)
def test_the_same_bytes_give_the_same_state(ballots: list[tuple[str, dict[str, str], int, bool]]) -> None:
    world = history(ballots)
    fold = read_again(world)
    assert fold.state == world.state
    assert (fold.head, fold.last) == (world.door.fold.head, world.door.fold.last)


@pytest.mark.parametrize("stage", ["founding", "staffed", "flagged", "announced"])
def test_a_log_read_again_stands_at_the_same_stage(stage: str) -> None:
    world = given(stage)
    fold = read_again(world)
    assert fold.state == world.state
    assert fold.head.root == root(world.door.leaves) == world.door.root_at(len(world.door.leaves))


@pytest.mark.parametrize("stage", ["voted", "announced"])
def test_evolve_changes_nothing_by_itself(stage: str) -> None:
    world = given(stage)
    leaves: list[bytes] = []
    fold = Fold(proved, lambda size: root(leaves[:size]))
    for entry in world.door.entries:
        recorded, draft = act_of(entry), fold.draft()
        before = repr(fold.state)
        judged = draft.judge(recorded.act, recorded.recorded_at, world.door.opening)
        once, again = (evolve(draft.state, recorded.act, judged.context, judged.flags) for _ in range(2))
        assert once == again
        assert repr(fold.state) == before
        assert judged.found == Held()
        draft.lay(recorded.act, judged.context, judged.flags)
        assert repr(fold.state) == before
        fold.keep(draft)
        leaves.append(recorded.act.leaf)
    assert fold.state == world.state


def test_a_draft_that_is_dropped_was_never_there() -> None:
    world = given("open")
    state, head = dict(world.state), world.door.fold.head
    draft = world.door.fold.draft()
    _, raw = submission(world.play, vote("o1"))
    one = prepare(raw)
    act = one.act(one.entry(world.play.clock.at))
    draft.take(act, world.play.clock.at)
    assert ("ballot", ("p", world.play.tag("1-1"))) in draft.state
    assert draft.context(act, 0).root_at(draft.head.size) == draft.head.root
    assert (world.state, world.door.fold.head) == (state, head)


def test_a_first_entry_that_founds_nothing_is_refused() -> None:
    with pytest.raises(Refused, match="not-founded"):
        Fold(proved, lambda _size: None).read(given("founded").door.entries[-1])


def test_an_entry_out_of_its_order_is_refused_and_changes_nothing() -> None:
    world, fold = given("staffed"), Fold(proved, lambda _size: None)
    fold.read(world.door.entries[0])
    state = dict(fold.state)
    with pytest.raises(Refused, match="nothing-pending"):
        fold.read(world.door.entries[4])
    assert (fold.state, fold.head.size) == (state, 1)


@pytest.mark.parametrize("raw", [b"", b"\xc0", bytes(70_000)])
def test_bytes_that_are_no_entry_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Fold(proved, lambda _size: None).read(raw)


def test_an_entry_whose_statement_is_none_is_malformed() -> None:
    entry = Entry.parse(given("founded").door.entries[0])
    with pytest.raises(Malformed):
        Fold(proved, lambda _size: None).read(replace(entry, statement=b"\x80").raw())


def test_an_auditor_without_openings_judges_and_says_what_was_not_opened() -> None:
    world = given("closed")
    recorded = act_of(given("certified").door.entries[-3])
    judged = world.door.fold.draft().judge(recorded.act, recorded.recorded_at, lambda _leaf, _name: UNOPENED)
    assert isinstance(judged.found, Unopened)


def test_an_auditor_who_opens_something_else_is_told_the_rule() -> None:
    world = given("closed")
    recorded = act_of(given("certified").door.entries[-3])
    with pytest.raises(Refused, match="counted-root-differs"):
        world.door.fold.draft().judge(recorded.act, recorded.recorded_at,
                                      lambda leaf, name: bytes(32) if name == "count-key" else world.door.opening(leaf, name))  # fmt: skip


def test_an_entry_that_the_rules_did_not_admit_keeps_its_place_and_nothing_else() -> None:
    world = given("voted")
    stream = "ballot/p/" + world.play.tag("1-1").hex()
    first = world.state["stream", stream]
    act = replace(act_of(world.door.entries[-1]).act, leaf=leaf_hash(b"unlawful"), stream=stream)
    draft = world.door.fold.draft()
    draft.place(act, world.play.clock.at)
    assert draft.state["stream", stream] == Stream(act.leaf, first.place + 1, None)
    assert draft.changes.keys() == {("stream", stream)}
    fresh = replace(act, stream="ballot/p/none")
    draft.place(fresh, world.play.clock.at)
    assert draft.state["stream", "ballot/p/none"] == Stream(act.leaf, 1, None)
    assert draft.head.size == world.door.fold.head.size + 2


def test_an_unlawful_entry_in_a_stream_where_an_act_waits_leaves_it_waiting() -> None:
    world = given("roll frozen").when(notice().confirmed_by()).pending()
    draft = world.door.fold.draft()
    act = replace(act_of(world.door.entries[-1]).act, leaf=leaf_hash(b"unlawful"))
    draft.place(act, world.play.clock.at)
    assert draft.state["stream", "poll/p"].pending == world.play.leaves["it"]


def test_what_goes_is_there_until_what_stands_in_its_place_is() -> None:
    """A reader beside the fold finds a vote or its outcome, at every moment."""
    world, seen = given("announced", at="2026-12-01 10:00"), list[bool]()

    class Watched(dict[Any, Any]):
        def pop(self, key: Any, *default: Any) -> Any:
            seen.append(("outcome", "p") in self)
            return super().pop(key, *default)

    world.door.fold.state = Watched(world.state)
    world.when(revoke("o1")).admitted()
    assert ("poll", "p") not in world.state
    assert set(seen) == {True}
