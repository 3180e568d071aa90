"""Bad input, through the door: late, twice, by a wrong or revoked key, from another estate, with a weight, or by the wrong hands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from ledger.clock import StoryClock
from scripts.stories import estate as e
from scripts.stories.player import Play, moment
from tests.acts import (
    Case,
    Given,
    Move,
    bind,
    case,
    certify,
    close,
    first,
    give,
    given,
    key_again,
    notice,
    paper,
    revoke,
    rotate,
    submission,
    vote,
)
from tests.memory import MemoryDoor, Placed
from tests.moves.rights import name_agent

AFTER, CLOSED = "2026-09-17 20:01", "2026-09-18 10:00"
ELECTED = "2026-09-28 20:30"
OTHER = "demo.example.org/log/440307-002/1"


def close_election() -> Move:
    return first(lambda _: e.close("", "v1"))


def certify_election() -> Move:
    return first(lambda play: e.certify("", "v1", cast("MemoryDoor", play.door).opening))


def use(**changed: Any) -> Move:
    """A result that says something else of the first item."""
    return certify().amend(lambda _play, body: {"items": {**body["items"], "use": {**body["items"]["use"], **changed}}})


REFUSED = [
    # late
    case("outside-window", "a ballot after closing time R-BAL-8", "voted", vote("o1", use="against"), at=AFTER),
    case("poll-not-open", "a ballot for a vote that is only noticed R-BAL-7", "posted",
         vote("o1").stating(about=lambda play: play.leaves["p-notice"]), at="2026-09-03 09:30"),
    case("out-of-date", "a statement past its date", "open", vote("o1").stating(until=moment("2026-09-02 09:00"))),
    # twice
    case("stream-moved", "a first ballot once more R-BAL-5", "voted", vote("o1", use="against").stating(prev=None)),
    case("form-known", "a form on two pages R-BAL-5", "open, paper", paper(("1-2", {"use": "agree"})), key_again(("1-2", {"use": "agree"})),
         paper(("1-2", {"use": "agree"}), page="page-2"), at="2026-09-04 10:00"),
    # a wrong key
    case("bad-signature", "signed with another key than is named R-SIG-2", "open",
         vote("o1").stating(by=lambda play: play.people["o2"].key.id)),
    case("bad-signature", "signed by nobody R-SIG-4", "open", vote("o1").stating(signature=bytes(64))),
    case("key-unknown", "a key that was never admitted R-SIG-5", "open", vote("newcomer")),
    case("not-your-head", "a neighbour's key R-BAL-5", "open", vote("o2", "1-1")),
    case("not-your-head", "a tenant's key R-ROLL-1", "open", vote("tenant", "1-1")),
    case("holder-not-owner", "a key bound to somebody else's head R-SIG-5", "open", bind("1-1", "o2")),
    # a revoked key
    case("key-unknown", "a key that was revoked R-SIG-6", "open", revoke("o2"), vote("o2")),
    case("key-unknown", "a key that was renewed R-SIG-6", "open", rotate("o6", "o6-new"), vote("o6")),
    # from elsewhere
    case("wrong-ledger", "a ballot made for another estate R-SIG-2", "open", vote("o1").stating(ledger=OTHER)),
    case("about-wrong", "a ballot that answers another entry than the opening R-SIG-2", "open",
         vote("o1").stating(about=lambda play: play.leaves["p-notice"])),
    case("wrong-stream", "a ballot put into a neighbour's stream R-BAL-5", "open",
         vote("o1").stating(stream=lambda play: f"ballot/p/{play.tag('1-2').hex()}")),
    # weight
    case("body-malformed", "area claimed by the voter R-VOTE-6", "open", vote("o1").but(area=999_999)),
    case("body-malformed", "heads claimed by the voter R-ROLL-3", "open", vote("o1").but(heads=9)),
    case("body-malformed", "a choice with a weight R-BAL-6", "open", vote("o1").but(choices={"use": {"agree": 9}})),
    # the notice
    case("already-exists", "another closing time after opening R-BAL-7", "open", notice().but(closes=moment("2026-10-07 20:00"))),
    case("already-exists", "another channel after opening R-BAL-7", "open", notice().but(channels=("electronic", "paper"))),
    # the result
    case("figures-differ", "heads that the fold does not have R-VOTE-8", "closed", use(agree={"area": 50_001, "heads": 9}), at=CLOSED),
    case("verdict-differs", "passed, and it did not R-VOTE-2", "closed", use(passed=False), at=CLOSED),
    case("figures-differ", "another electorate R-ROLL-8", "closed", certify().but(electorate={"area": 120_000, "heads": 8}), at=CLOSED),
    # whose hands
    case("counter-is-candidate", "a counter who stands R-BAL-9", "voting", give("counter", "o3"), close_election(),
         certify_election().by("o3"), at=ELECTED),
    case("counter-is-candidate", "an observer who stands R-BAL-9", "voting", give("observer", "o3"), close_election(),
         certify_election().confirmed_by("counter-2", "o3"), at=ELECTED),
    case("post-barred", "the enterprise as clerk R-BAL-9", "staffed", give("clerk", "manager")),
    case("not-authorised", "the enterprise's manager closes a vote R-BAL-9", "voted", close().by("manager"), at="2026-09-17 20:30"),
    case("agent-barred", "the enterprise's manager as agent R-BAL-9", "open", name_agent("o2", "manager")),
]  # fmt: skip


@pytest.mark.parametrize("row", REFUSED)
def test_it_is_refused(row: Case) -> None:
    row.check()


def test_the_same_bytes_twice_are_one_ballot_with_one_receipt_r_bal_5() -> None:
    world = given("open")
    _, raw = submission(world.play, vote("o1"))
    first_, again = world.submit(raw, raw)
    assert isinstance(first_, Placed)
    assert again == first_ == world.submit(raw)[0]
    assert world.state["running", "p"].voted == 1


def test_a_ballot_of_one_estate_says_nothing_in_another_r_sig_2() -> None:
    """Both estates have the same owners with the same keys, and a vote that is called the same."""
    here = given("open")
    _, raw = submission(here.play, vote("o1"))
    there = elsewhere(here.play)
    (answer,) = there.submit(raw)
    assert str(answer).startswith("wrong-ledger")
    assert isinstance(here.submit(raw)[0], Placed)


def elsewhere(play: Play) -> Given:
    """A ledger at another address with the same state as this one, as if its clerk had copied everything."""
    clock = StoryClock(play.clock.at)
    door = cast("MemoryDoor", play.door).copy(clock)
    door.origin = OTHER
    log = door.fold.state["log", ""]
    door.fold.state["log", ""] = replace(log, ledger=OTHER)
    twin = Play(door, clock)
    twin.people, twin.leaves, twin.tags = dict(play.people), dict(play.leaves), dict(play.tags)
    return Given(twin)
