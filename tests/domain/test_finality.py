"""Final matters: when a vote's window is over its inner keys leave the state, and nothing is added to it any more (R-ACT-FINAL)."""

from __future__ import annotations

import pytest

from domain.calendar import day_of
from domain.confirmations import next_place
from domain.finality import ENDINGS, REMEMBERED, Outcome, matter_of_key
from domain.lifecycle import GONE
from domain.rulesets import LATEST, Edition
from tests.acts import (
    DECOY,
    NO,
    YES,
    Case,
    Given,
    admit,
    adopt,
    announce,
    answer,
    case,
    certify,
    close,
    confirm,
    decline,
    envelope,
    give,
    given,
    key_again,
    mend,
    notice,
    open_,
    paper,
    post,
    reopen,
    revoke,
    said,
    vote,
)  # fmt: skip
from tests.moves.rights import name_agent, object_, reply, serve

# Announced on 19 September: fifteen days end on 4 October, within the holidays; the window is moved behind them, to 8 October.
LAST, AFTER = "2026-10-08 23:59", "2026-10-09 00:00"
# Certified on 18 September, due by the 28th behind two holidays; fifteen days later is 13 October.
UNANNOUNCED_LAST, UNANNOUNCED_AFTER = "2026-10-13 23:59", "2026-10-14 00:00"

FIRST = {"at": AFTER}
LATER = {"at": "2026-10-20 10:00"}
WAITS = answer("p-posted-2").confirmed_by().named("w")

SERVED = ("1-2", "handed", "2026-08-20")

REFUSED = [
    *(case("matter-final", f"{why}, by the first entry after the window", "announced", move, **FIRST) for why, move in (
        ("a posting", post(3)), ("a second notice of the same id", notice()), ("a second opening", open_()),
        ("a ballot", vote("o1").stating(about=bytes(32))), ("a second closing", close().but(root=bytes(32), size=1)),
        ("announced twice", announce()), ("a posting as if it were the first", post(3).stating(prev=None)))),
    *(case("matter-final", f"{why}, when it has left the state", "announced", admit("newcomer"), move, **LATER) for why, move in (
        ("a posting", post(3)), ("a posting's number again", post(1)), ("a second notice of the same id", notice()),
        ("a second opening", open_()), ("a ballot", vote("o1").stating(about=bytes(32))), ("announced twice", announce()))),
    case("matter-final", "a result that nobody announced, announced twice", "certified", admit("newcomer"), announce(), announce(),
         **LATER),
    case("nothing-pending", "confirmed twice, as if for the first time", "noticed",
         confirm("bureau", "p-notice").stating(until=lambda play: play.clock.at)),
    case("nothing-pending", "confirmed, and declined when it is complete", "noticed", decline("bureau", "p-notice")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_added_to_a_final_matter(case: Case) -> None:
    case.check()


def inner(world: Given) -> set[str]:
    """The subjects of the keys that a vote named p has in the state."""
    mine = set()
    for subject, ident in world.state:
        stream = subject == "stream" and ident.split("/")[0] in {
            "poll",
            "posted",
            "answered",
            "announced",
            "ballot",
            "paper",
            "opened",
            "warned",
            "outage",
        }
        if stream or matter_of_key((subject, ident)) == "p":
            mine.add(subject)
    return mine


def test_until_its_last_moment_everything_stands_and_one_entry_later_only_the_outcome() -> None:
    world = given("announced", at=LAST).when(admit("newcomer").confirmed_by()).admitted()
    assert inner(world) == {"poll", "running", "result", "posting", "ballot", "stream"}
    assert day_of(world.state[ENDINGS][0][0]) == "2026-10-09"
    result = world.state["result", "p"]
    world.at(AFTER).when(confirm("bureau")).admitted()
    assert inner(world) == set()
    assert ENDINGS not in world.state
    assert world.state["outcome", "p"] == Outcome(result.leaf, result.certified_at, {"levy": True, "use": True})
    assert world.state["roll", "r1"].total.heads == 9  # the roll is no part of the vote


def test_a_result_that_is_not_announced_waits_from_the_day_it_was_due_and_what_is_owed_stays() -> None:
    world = given("certified", at=UNANNOUNCED_LAST).when(admit("newcomer").confirmed_by()).admitted()
    assert "ballot" in inner(world)
    world.at(UNANNOUNCED_AFTER).when(confirm("bureau")).admitted()
    assert inner(world) == {"result"}
    assert world.state["due", ("p", "R-MEET-5")] == "2026-09-28"
    world.at("2026-10-20 10:00").when(announce("2026-10-20")).flagged("R-MEET-5")
    assert inner(world) == {"flag", "flags", "result", "stream"}
    world.when(revoke("o1")).admitted()
    assert inner(world) == set()
    assert ("due", ("p", "R-MEET-5")) not in world.state
    assert world.state["outcome", "p"].result == world.play.leaves["p-result"]


def test_an_announcement_that_is_owed_may_be_the_first_entry_after_the_window() -> None:
    world = given("certified", at=UNANNOUNCED_AFTER).when(announce("2026-10-14")).flagged("R-MEET-5")
    world.when(revoke("o1")).admitted()
    assert inner(world) == set()


def test_a_late_announcement_within_the_window_begins_it_anew() -> None:
    world = given("certified", at=UNANNOUNCED_LAST).when(announce("2026-10-13")).flagged("R-MEET-5")
    world.at("2026-10-28 23:59").when(revoke("o1")).admitted()
    assert "ballot" in inner(world)
    world.at("2026-10-29 00:00").when(revoke("o2")).admitted()
    assert inner(world) == set()


def test_what_waits_in_a_final_matter_goes_with_it_and_with_what_was_said_about_it() -> None:
    world = (
        given("announced", at="2026-10-01 10:00")
        .when(post(2, "2026-09-10", "2026-09-11"))
        .flagged("R-DIS-2", "R-MEET-2", "R-TIME-4")
    )
    world.at("2026-10-08 10:00").when(WAITS).pending()
    world.at(AFTER).when(confirm("bureau", "w")).refused("matter-final")
    world.when(decline("street", "w", "withdrawn")).refused("matter-final")
    world.when(revoke("o1")).admitted()
    assert not [key for key in world.state if key[0] in {"pending", "flag", "flags"}]
    world.when(confirm("bureau", "w")).refused("nothing-pending")


def test_who_confirmed_what_still_waits_goes_with_a_final_matter() -> None:
    world = given("closed", at="2026-09-18 10:00").when(certify().confirmed_by("counter-2")).admitted()
    leaf = world.play.leaves["it"]
    assert [key for key in world.state if key[0] == "confirmation"] == [
        ("confirmation", (leaf, world.play.people["counter-2"].person))
    ]
    world.when(confirm("observer", "p-result")).admitted()
    assert not [key for key in world.state if key[0] == "confirmation" or str(key[1]).startswith("confirmation/")]


def test_what_was_said_about_an_act_that_expired_goes_with_it() -> None:
    world = given("closed", at="2026-09-18 10:00").when(certify().confirmed_by("counter-2")).admitted()
    world.at("2026-10-18 10:01").when(certify().confirmed_by()).pending()
    assert not [key for key in world.state if key[0] == "confirmation" or str(key[1]).startswith("confirmation/")]


@pytest.mark.parametrize("reason", ["withdrawn", "not-as-agreed"])
def test_a_declined_act_leaves_nothing_of_what_was_said(reason: str) -> None:
    who = "counter-1" if reason == "withdrawn" else "observer"
    world = (
        given("closed", at="2026-09-18 10:00").when(certify().confirmed_by("counter-2"), decline(who, reason=reason)).admitted()
    )
    assert not [key for key in world.state if key[0] in {"pending", "confirmation"} or str(key[1]).startswith("confirmation/")]
    assert world.state["stream", "poll/p"].pending is None


def test_a_vote_noticed_under_the_first_edition_is_never_final() -> None:
    first = Edition("cn-sz-1", LATEST.calendar).named()
    world = given("roll frozen", at="2026-08-17 10:00").when(adopt(first), notice().but(edition=first), post()).admitted()
    world.at("2026-09-03 09:00").when(open_(), vote("o1")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce()).admitted()
    world.at("2027-08-01 10:00").when(revoke("o1")).admitted()
    assert inner(world) == {"poll", "running", "result", "posting", "ballot", "stream"}
    assert ENDINGS not in world.state


def test_an_entry_that_ends_nothing_names_no_key_that_was_not_there() -> None:
    world = given("closed", at="2026-09-18 10:00").when(certify().confirmed_by("counter-2")).admitted()
    before = set(world.state)
    world.when(confirm("observer", "p-result")).admitted()
    gone = {key for key, value in world.door.changes[-1].items() if value is GONE}
    assert gone
    assert gone <= before


@pytest.mark.parametrize("post_", ["clerk", "observer"])
def test_a_post_for_a_final_matter_is_no_act_of_it(post_: str) -> None:
    given("announced", at=AFTER).when(give(post_, "o2").but(matter="p")).admitted()


def test_the_place_of_a_stream_that_is_gone_would_be_the_first_again() -> None:
    """Why the rule must refuse before the place is asked for: the store's primary key would refuse it for ever."""
    world = given("announced", at=AFTER).when(revoke("o1")).admitted()
    assert next_place(world.state, "poll/p") == 1
    assert {"poll", "ballot"} <= REMEMBERED


def test_paper_leaves_with_its_vote_and_the_ids_of_its_pages_stay_taken() -> None:
    world = given("open, sealed paper").at("2026-09-04 10:00").when(envelope("o1").named("sealed-1")).admitted()
    world.when(
        paper(("1-2", YES)), key_again(("1-2", YES)), mend(("1-2", NO)), key_again(("1-2", NO), page="mended-1")
    ).admitted()
    world.when(paper(("1-6", YES), page="never-keyed")).pending()
    world.when(
        mend(("1-2", YES), page="never-seen", wrong="mended-1", observed=True), key_again(("1-2", YES), page="never-seen")
    ).admitted()
    world.at("2026-09-17 20:30").when(close(), reopen("o1", "sealed-1"), certify(), announce("2026-09-18")).admitted()
    assert {"paper", "opened", "pages"} <= {key[0] for key in world.state}
    world.at("2026-12-01 10:00").when(revoke("o1")).admitted()
    assert inner(world) == set()
    assert not [key for key in world.state if key[0] in {"pages", "pending", "keyed"}]
    assert {key[1] for key in world.state if key[0] == "paper-page"} == {
        "page-1", "mended-1", "never-keyed", "never-seen",
    }  # fmt: skip
    rows = {"poll": "p", "person": world.play.people["counter-2"].person, "rows": ()}
    world.when(said("counter-2", "page-keyed/1", lambda _: rows, about="never-keyed")).refused("matter-final")
    form = {
        "body": {"items": ("use",), "poll": "p", "tag": bytes(16)},
        "for": bytes(16),
        "form": "1",
        "kind": "ballot-sealed/1",
    }
    page = {"poll": "p", "page": "page-3", "rows": (form,)}
    sealing = {"choices/1": {"use": "agree"}, "scan": DECOY}
    world.when(said("clerk", "paper-page/1", lambda _: page, sealed=lambda _: sealing)).refused("matter-final")


def test_nothing_else_of_a_vote_is_left_in_a_state_that_had_every_kind_of_act() -> None:
    world = given("flagged", at="2026-09-03 09:00").when(open_("p-posted-2"), vote("o1")).admitted()
    world.when(post(4, "2026-08-30", "2026-09-17").named("p4"), answer("p4", n=7), name_agent(), serve(SERVED)).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce("2026-09-18")).admitted()
    world.when(object_(of="p-result"), reply()).admitted()
    before = {key[0] for key in world.state if matter_of_key(key)}
    assert before == REMEMBERED - {"paper", "opened", "outage", "served-heads", "warned"}
    world.at("2026-12-01 10:00").when(revoke("o1")).admitted()
    assert inner(world) == set()
