"""Form and place of any act: refused before its own rules are asked (docs/spec/state.md §2)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.calendar import DAY_MS
from domain.state import act_of
from ledger.submission import MAX_SUBMISSION
from scripts.stories.player import Play
from tests.acts import DECOY, NOTHING, Case, Move, case, found, give, given, notice, revoke, submission, vote
from tlog.merkle import EMPTY


def falls_behind(ms: int, move: Move) -> Move:
    """The act, made when the ledger's clock has fallen behind by so much."""

    def earlier(play: Play, _body: object) -> dict[str, Any]:
        play.clock.at -= ms
        return {}

    return move.amend(earlier)


REFUSED = [
    case("submission-malformed", "the body holds prose", "open", vote("o1").but(poll="第一次表决")),
    case("submission-malformed", "the stream's name is none", "open", vote("o1").stating(stream="Ballot/p")),
    case("entry-too-large", "a body of 70,000 bytes", "open", vote("o1").but(poll="p" * 70_000).stating(stream="ballot/p")),
    case("unknown-kind", "no such kind", "open", vote("o1").stating(kind="ballot-eaten/1", stream="ballot/p")),
    case("body-malformed", "a field too many", "open", vote("o1").but(proxy="o2")),
    case("body-malformed", "a field missing", "open", vote("o1").but(choices=NOTHING)),
    case("body-malformed", "a choice that is none", "open", vote("o1", use="maybe")),
    case("wrong-stream", "a ballot in another head's stream", "open", vote("o1").stating(stream="ballot/p/" + "00" * 16)),
    case("about-missing", "a ballot names the opening", "open", vote("o1").stating(about=None)),
    case("about-unexpected", "a notice answers nothing", "roll frozen", notice().stating(about=bytes(32))),
    case("sealed-count", "an opening missing", "roll frozen", notice().sealing(title=NOTHING)),
    case("sealed-count", "an opening too many", "open", vote("o1").sealing(reason="因为")),
    case("sealed-not-opened", "another value than was sealed", "roll frozen", notice().stating(opened=(b"\x93\xc4\x00\xa1x\xc0",))),
    case("opening-malformed", "an empty title", "roll frozen", notice().sealing(title="")),
    case("opening-malformed", "another name for the title", "roll frozen", notice().sealing(title=NOTHING, titel="关于电梯的表决")),
    case("opening-malformed", "a decoy for what is required", "roll frozen", notice().sealing(title=DECOY)),
    case("bad-signature", "somebody else's", "open", vote("o1").stating(by=lambda play: play.people["o2"].key.id)),
    case("bad-signature", "none at all", "open", vote("o1").stating(signature=bytes(64))),
    case("key-unknown", "a key that was never admitted", "open", vote("newcomer", "1-1")),
    case("key-unknown", "another suite than the key's", "open", vote("o1").stating(suite="sm2-v1")),
    case("not-founded", "two supervisors have yet to confirm", "founding", give("clerk", "clerk")),
    case("wrong-ledger", "made for the next generation", "open", vote("o1").stating(ledger="demo.example.org/log/440307-001/2")),
    case("stream-moved", "the stream has begun already", "voted", vote("o1", use="against").stating(prev=None)),
    case("stream-moved", "the stream has not begun", "open", vote("o1").stating(prev=bytes(32))),
    case("stream-moved", "another notice of the same vote", "open", notice().stating(prev=None)),
    case("pending-first", "a notice waits for its supervisor", "roll frozen", notice().confirmed_by(), notice()),
    case("out-of-date", "recorded after its date", "open", vote("o1").stating(until=lambda play: play.clock.at - 1)),
    case("until-too-far", "valid for thirty days and a moment", "open",
         vote("o1").stating(until=lambda play: play.clock.at + 30 * DAY_MS + 1)),
    case("until-too-far", "founding too", "empty", found().stating(until=lambda play: play.clock.at + 30 * DAY_MS + 1)),
    case("forked-view", "another root at that size", "open", vote("o1").stating(seen=(3, bytes(32)))),
    case("forked-view", "a size that this log has not", "open", vote("o1").stating(seen=(1000, bytes(32)))),
    case("clock-suspect", "the clock fell behind by more than five minutes", "open", falls_behind(300_001, vote("o1"))),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_form_and_place(case: Case) -> None:
    case.check()


def test_what_a_refusal_says_comes_from_the_act() -> None:
    world = given("open")
    world.when(vote("o1").stating(seen=(3, bytes(32)))).refused("forked-view", size=3)
    world.when(vote("o1").stating(until=lambda play: play.clock.at + 31 * DAY_MS)).refused("until-too-far", days=30)
    world.when(vote("o1").but(poll="P").stating(stream="ballot/p")).refused("body-malformed", path="poll")
    world.when(vote("o1").but(proxy="o2")).refused("body-malformed", path="body")
    world.when(vote("o1").sealing(reason="因为")).refused("sealed-count", expected=0)


def test_a_submission_of_more_than_a_mebibyte_is_not_even_read() -> None:
    assert str(given("open").submit(bytes(MAX_SUBMISSION + 1))[0]).startswith("submission-malformed (R-FORM-SUBMISSION)")


@pytest.mark.parametrize("seen", [
    pytest.param(lambda play: (0, EMPTY), id="the empty tree"),
    pytest.param(lambda play: (4, play.door.fold.root_at(4)), id="an earlier tree"),
    pytest.param(lambda play: (play.door.fold.head.size, play.door.fold.head.root), id="the newest tree"),
])  # fmt: skip
def test_a_view_of_this_logs_own_past_is_accepted(seen: Any) -> None:
    given("open").when(vote("o1").stating(seen=seen)).then("cast")


@pytest.mark.parametrize("until", [0, 30 * DAY_MS])
def test_an_act_is_valid_to_the_last_moment_of_its_date_and_at_most_thirty_days(until: int) -> None:
    given("open").when(vote("o1").stating(until=lambda play: play.clock.at + until)).then("cast")


def test_a_clock_that_fell_behind_by_five_minutes_records_at_the_last_time() -> None:
    world = given("open")
    last = world.door.fold.last
    world.when(falls_behind(300_000, vote("o1"))).then("cast")
    assert act_of(world.door.entries[-1]).recorded_at == last == world.door.fold.last


def test_a_statement_sent_again_gets_its_first_receipt_whatever_has_happened_since() -> None:
    world = given("open")
    _, raw = submission(world.play, vote("o1"))
    first, again = world.submit(raw, raw)
    world.when(revoke("o1", by="bureau")).then("revoked")
    size = world.door.fold.head.size
    assert [again, *world.at("2026-09-20 09:00").submit(raw)] == [first, first]
    assert world.door.fold.head.size == size


def test_of_two_ballots_made_on_the_same_state_only_the_first_is_admitted_r_bal_5() -> None:
    world = given("open")
    one, other = (submission(world.play, vote("o1", use=choice))[1] for choice in ("agree", "against"))
    answers = world.submit(one, other)
    assert str(answers[1]).startswith("stream-moved (R-ACT-PREV)")


def test_one_commit_holds_the_acts_of_many() -> None:
    world = given("open")
    raws = [submission(world.play, vote(who))[1] for who in ("o1", "o2", "newcomer", "o3")]
    answers = world.submit(*raws)
    assert [getattr(one, "index", None) for one in answers] == [30, 31, None, 32]
    assert world.state["running", "p"].voted == 3
