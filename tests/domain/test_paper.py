"""Paper in pages: numbered forms recorded by the clerk, keyed again blind, corrected in the open, counted beside electronic ballots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.ballots import mark, returned
from domain.confirmations import next_place
from domain.counting import Returned, settle
from domain.errors import Refused
from domain.fields import NUMBER
from domain.lifecycle import UNOPENED, Unopened
from domain.paper import place_of, tag_of
from domain.results import missing, open_box, recheck
from domain.state import act_of
from scripts.stories import estate as e
from scripts.stories.player import Play
from tests.acts import (
    CLOSES,
    DECOY,
    HEADS,
    ITEMS,
    NO,
    YES,
    Case,
    Given,
    Move,
    announce,
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
    paper,
    reopen,
    revoke,
    rotate,
    said,
    vote,
)

Filled = tuple[tuple[str, Mapping[str, str]], ...]
LATE = "2026-09-17 20:01"
COUNT = "2026-09-18 10:00"


def row(change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Move:
    """A page whose only row is changed so."""
    return paper(("1-2", YES)).amend(lambda _play, body: {"rows": (change(body["rows"][0]),)})


def within(**more: Any) -> Move:
    """A page whose only row has other values in its body."""
    return row(lambda one: {**one, "body": {**one["body"], **more}})


def twice(_play: Play, body: dict[str, Any]) -> Mapping[str, Any]:
    return {"rows": body["rows"] * 2}


BOTH = (("1-2", YES), ("1-3", NO))
REFUSED = [
    case("poll-not-open", "before anybody opened it", "posted", paper(("1-2", YES))),
    case("poll-not-open", "a vote that there is not", "open, paper", paper(("1-2", YES)).but(poll="q")),
    case("channel-not-offered", "paper where the notice has none R-BAL-7", "open", paper(("1-2", YES))),
    case("wrong-stage", "a page after the result R-BAL-8", "certified, paper", paper(("1-6", YES), page="page-2")),
    case("form-wrong", "the form of somebody else R-BAL-4", "open, paper", row(lambda one: {**one, "form": "9"})),
    case("form-wrong", "a number beyond the roll", "open, paper", row(lambda one: {**one, "form": "99"})),
    case("form-wrong", "for one, of another", "open, paper", within(tag=bytes(16))),
    case("form-wrong", "of another vote", "open, paper", within(poll="q")),
    case("item-unknown", "an item that is not on the form", "open, paper", paper(("1-2", {"use": "agree", "other": "agree"}))),
    case("item-unknown", "an item set aside that is not on the form", "open, paper", paper(("1-2", {"other": "altered"}))),
    case("wrong-ballot-kind", "sealed rows where ballots are open", "open, paper",
         row(lambda one: {**one, "kind": "ballot-sealed/1", "body": {"items": ("levy", "use"), "poll": "p", "tag": one["for"]}})
         .sealing(**{"choices/2": None})),
    case("form-twice", "one form twice on a page", "open, paper", paper(("1-2", YES)).amend(twice)),
    case("form-twice", "two rows that speak", "open, paper", paper(("1-2", {"use": "agree"})).amend(lambda _play, body: {"rows": (
        *body["rows"], {**body["rows"][0], "body": {**body["rows"][0]["body"], "choices": {"levy": "agree"}}})})),
    case("form-twice", "a choice and its being set aside", "open, paper", paper(("1-2", YES)).amend(
        lambda _play, body: {"rows": (*body["rows"], {**body["rows"][0], "kind": "ballot-invalid/1", "body": {
            "items": ("use",), "poll": "p", "reason": "altered", "tag": body["rows"][0]["for"]}})})),
    case("form-known", "a form that stands on another page", "paper waits", paper(("1-2", YES), page="page-2")),
    case("already-exists", "the number of a page again", "paper keyed", paper(("1-6", YES))),
    case("already-exists", "the number of a page that was withdrawn R-ACT-STAGE", "paper waits",
         decline("clerk", "page-1", "withdrawn"), paper(("1-6", YES))),
    case("already-exists", "the number of a correction that was declined R-ACT-STAGE", "paper keyed",
         mend(("1-2", NO)), decline("counter-2", "mended-1"), mend(("1-2", NO))),
    case("pending-first", "a page while a certification waits R-BAL-8", "closed, paper",
         certify().confirmed_by(), paper(("1-6", YES), page="page-2"), at=COUNT),
    case("same-person", "the clerk keys her own page again", "paper waits", key_again(*BOTH, who="clerk")),
    case("same-organisation", "a counter of the clerk's organisation", "paper waits", key_again(*BOTH, who="counter-1")),
    case("not-a-confirmer", "an owner", "paper waits", key_again(*BOTH, who="o1")),
    case("other-confirmation", "a page is keyed, not waved through", "paper waits", confirm("counter-2", "page-1")),
    case("other-confirmation", "a roll is confirmed, not keyed", "frozen, waiting",
         said("bureau", "page-keyed/1", lambda play: {"poll": "p", "person": play.people["bureau"].person, "rows": ()}, about="roll-r1")),
    case("forms-differ", "a form is missing in the second keying", "paper waits", key_again(("1-2", YES))),
    case("forms-differ", "of another vote", "paper waits", key_again(*BOTH).but(poll="q")),
    case("item-unknown", "the second keying speaks of another item", "paper waits",
         key_again(("1-2", YES), ("1-3", {"other": "agree"}))),
    case("nothing-pending", "keyed twice", "paper keyed", key_again(*BOTH, who="observer")),
    case("form-not-there", "a form that is not on that page", "paper keyed", mend(("1-6", YES))),
    case("form-not-there", "a form that is corrected already", "paper keyed",
         mend(("1-2", NO)), key_again(("1-2", NO), page="mended-1"), mend(("1-2", YES), page="mended-2")),
    case("form-not-named", "a row beside the forms that are corrected", "paper keyed", mend(("1-2", NO), ("1-3", YES), units=("1-2",))),
    case("observer-needed", "a correction after closing without an observer R-DIS-3", "paper keyed", mend(("1-2", NO)), at=COUNT),
    case("page-stands", "a page is not taken back after closing R-BAL-8", "paper waits", decline("clerk", "page-1", "withdrawn"), at=LATE),
    case("page-stands", "nor declined", "paper waits", decline("counter-2", "page-1"), at=LATE),
    case("page-stands", "before closing it is keyed or corrected, not declined R-BAL-8", "paper waits", decline("counter-2", "page-1")),
    case("page-stands", "an observer takes no forms away R-BAL-8", "paper waits", decline("observer", "page-1", "withdrawn")),
    case("channel-not-offered", "an electronic ballot where the notice has paper alone", "open, paper alone", vote("o1")),
    case("wrong-stage", "a ballot is opened before closing", "voted, sealed", reopen("o1", "sealed-1")),
    case("unknown-matter", "a ballot of no vote", "closed, sealed", reopen("o1", "sealed-1").but(poll="q")),
    case("not-your-head", "somebody else opens it", "closed, sealed", reopen("o3", "sealed-1").but(tag=lambda play: play.tag("1-1"))),
    case("about-wrong", "what is opened is no ballot of hers", "closed, sealed",
         reopen("o3", "sealed-1")),
    case("opens-nothing", "another opening than the one that was sealed", "closed, sealed", reopen("o1", "sealed-1", opening=b"\xc0")),
    case("opens-nothing", "what is no entry", "closed, sealed", reopen("o1", "sealed-1", entry=b"\xc0")),
    case("opens-nothing", "another entry", "closed, sealed", reopen("o1", "sealed-1").amend(lambda _play, body: body).sealing(
        ballot=lambda play: {"entry": play.door.entries[-1], "opening": b"x"})),
    case("already-exists", "it is open already", "closed, sealed", reopen("o1", "sealed-1"), reopen("o1", "sealed-1").stating(
        stream=lambda play: "opened/" + play.leaves["sealed-1"].hex())),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_paper(case: Case) -> None:
    case.check()


# --- forms ----------------------------------------------------------------------------------------------------------------------


def test_a_form_bears_its_heads_place_on_the_roll_and_leads_back_to_it_r_bal_4() -> None:
    world = given("open, paper")
    roll = world.state["roll", "r1"]
    for number, (tag, _) in enumerate(roll.tags, 1):
        assert place_of(roll, tag) == number
        assert tag_of(roll, str(number)) == tag_of(roll, f"{number}-2") == tag
    assert place_of(roll, bytes(16)) is place_of(roll, b"\xff" * 16) is None
    assert tag_of(roll, str(HEADS + 1)) is None


@pytest.mark.parametrize(
    ("text", "number"), [("1", True), ("99999-9", True), ("0", False), ("01", False), ("1-1", False), ("1-10", False)]
)
def test_a_number_has_one_spelling(text: str, number: bool) -> None:
    assert bool(NUMBER.fullmatch(text)) == number


# --- what forms come to ---------------------------------------------------------------------------------------------------------


def recorded(
    *filled: tuple[str, Mapping[str, str]], again: Filled = (), page: str = "page-1", world: Given | None = None
) -> Given:
    """An open vote with one page keyed twice; `again` is what the second person read instead."""
    world = world or given("open, paper").at("2026-09-04 10:00")
    second = {**dict(filled), **dict(again)}
    return world.when(paper(*filled, page=page), key_again(*second.items(), page=page)).admitted()


def figures(world: Given, item: str = "use") -> dict[str, Any]:
    """What an item comes to when the vote is closed now and certified."""
    world.at("2026-09-17 20:30").when(close()).admitted().at(COUNT).when(certify()).admitted()
    found: dict[str, Any] = world.state["result", "p"].items[item]
    return found


def public(world: Given, unit: str, item: str = "use") -> str:
    """The mark of a head as the log alone shows it."""
    place = ("p", world.play.tag(unit))
    return mark(returned(world.state.get(("ballot", place)), world.state.get(("paper", place), ())), item).name


def test_paper_and_electronic_ballots_are_one_tally_r_bal_5() -> None:
    world = recorded(("1-2", YES), ("1-3", NO), ("1-6", YES))
    world.when(vote("o1"), vote("o4", use="against"), vote("o5", use="abstain")).admitted()
    assert world.state["running", "p"].voted == 6
    found = figures(world)
    assert (found["agree"], found["against"]["heads"], found["abstain"]["heads"]) == ({"area": 50_000, "heads": 3}, 2, 1)
    assert found["channels"] == {"electronic": 3, "paper": 3}


def test_a_page_counts_when_it_is_keyed_again_and_not_before_t08() -> None:
    world = given("open, paper").at("2026-09-04 10:00").when(paper(*BOTH)).pending()
    assert world.state["running", "p"].voted == 0
    assert public(world, "1-2") == "unopened"
    world.when(key_again(*BOTH)).admitted()
    assert world.state["running", "p"].voted == 2
    assert (public(world, "1-2"), public(world, "1-3")) == ("agree", "against")


def test_paper_yes_and_electronic_no_conflict_and_are_never_two_heads_t28_r_bal_5() -> None:
    world = recorded(("1-1", YES)).when(vote("o1", use="against", levy="agree")).admitted()
    assert public(world, "1-1") == "conflicted"
    assert public(world, "1-1", "levy") == "agree"
    found = figures(world)
    assert (found["conflicted"], found["participating"]["heads"]) == (1, 0)
    assert world.state["running", "p"].voted == 1


def test_paper_that_says_the_same_as_the_electronic_ballot_counts_once_r_bal_5() -> None:
    found = figures(recorded(("1-1", YES)).when(vote("o1")).admitted())
    assert (found["agree"]["heads"], found["channels"]) == (1, {"electronic": 1, "paper": 0})


def test_beside_paper_an_electronic_ballot_that_was_replaced_still_speaks_r_bal_5() -> None:
    world = given("open, paper").at("2026-09-04 09:00").when(vote("o1", use="against"), vote("o1", use="agree")).admitted()
    assert public(recorded(("1-1", {"use": "agree"}), world=world), "1-1") == "conflicted"


def test_an_item_left_blank_by_the_last_electronic_ballot_is_blank_and_paper_speaks_for_it() -> None:
    world = given("open, paper").at("2026-09-04 09:00").when(vote("o1", use="against"), vote("o1", levy="agree")).admitted()
    assert public(world, "1-1") == "blank"
    assert public(recorded(("1-1", {"use": "agree"}), world=world), "1-1") == "agree"


def test_two_forms_of_one_head_that_differ_conflict() -> None:
    world = recorded(("1-2", YES))
    second = paper(("1-2", NO), page="page-2").amend(lambda _play, body: {"rows": tuple(
        {**one, "form": one["form"] + "-2"} for one in body["rows"])})  # fmt: skip
    again = key_again(("1-2", NO), page="page-2").amend(lambda _play, body: {"rows": tuple(
        {**one, "form": one["form"] + "-2"} for one in body["rows"])})  # fmt: skip
    world.when(second, again).admitted()
    assert public(world, "1-2") == "conflicted"


def test_what_is_set_aside_is_public_with_its_reason_and_counts_as_nothing_r_bal_4() -> None:
    world = recorded(("1-2", {"use": "several-marked", "levy": "agree"}), ("1-3", {"use": "unsigned", "levy": "unsigned"}))
    (form,) = world.state["paper", ("p", world.play.tag("1-2"))]
    assert (dict(form.invalid), form.items) == ({"use": "several-marked"}, ("levy",))
    assert (public(world, "1-2"), public(world, "1-2", "levy"), public(world, "1-3")) == ("invalid", "agree", "invalid")
    found = figures(world)
    assert (found["invalid"], found["participating"]["heads"]) == (2, 0)


def test_a_form_that_is_set_aside_leaves_the_electronic_ballot_alone() -> None:
    assert public(recorded(("1-1", {"use": "unsigned", "levy": "unsigned"})).when(vote("o1")).admitted(), "1-1") == "agree"


def test_what_two_people_read_differently_is_unclear_and_counts_as_nothing() -> None:
    world = recorded(*BOTH, again=(("1-2", {"use": "against", "levy": "agree"}),))
    assert (public(world, "1-2"), public(world, "1-2", "levy"), public(world, "1-3")) == ("unclear", "unclear", "against")
    found = figures(world)
    assert (found["unclear"], found["against"]["heads"], found["participating"]["heads"]) == (1, 1, 1)


NOT_THERE = {"use": "no-such-form", "levy": "no-such-form"}


@pytest.mark.parametrize(("first", "second"), [(YES, NOT_THERE), (NOT_THERE, YES), (NOT_THERE, NOT_THERE)])
def test_a_form_that_one_of_the_two_does_not_find_is_no_ballot_and_takes_none_away_r_bal_5(
    first: Mapping[str, str], second: Mapping[str, str]
) -> None:
    """A form that a clerk makes up must not cost its head the ballot that she cast by phone."""
    world = recorded(("1-1", first), again=(("1-1", second),)).when(vote("o1")).admitted()
    assert [one.stage for one in world.state["paper", ("p", world.play.tag("1-1"))]] == ["missing"]
    assert (public(world, "1-1"), world.state["running", "p"].voted) == ("agree", 1)
    world.when(paper(("1-1", NO), page="page-2"), key_again(("1-1", NO), page="page-2")).admitted()
    assert public(world, "1-1") == "conflicted"  # it was in the box after all


def test_a_form_that_was_overlooked_is_corrected_under_an_observers_eyes() -> None:
    world = recorded(*BOTH, again=(("1-2", NOT_THERE),)).at("2026-09-17 20:30").when(close()).admitted().at(COUNT)
    world.when(
        mend(("1-2", YES), observed=True), key_again(("1-2", YES), page="mended-1"), confirm("observer", "mended-1")
    ).admitted()
    assert public(world, "1-2") == "agree"


def test_in_whatever_order_two_people_key_what_is_set_aside_they_agree() -> None:
    world = given("open, paper").at("2026-09-04 10:00").when(paper(("1-2", {"use": "altered", "levy": "unsigned"}))).pending()
    world.when(key_again(("1-2", {"use": "altered", "levy": "unsigned"})).amend(
        lambda _play, body: {"rows": body["rows"][::-1]})).admitted()  # fmt: skip
    assert public(world, "1-2") == "invalid"


def test_forms_recorded_after_closing_are_late_and_never_counted_r_bal_8() -> None:
    world = recorded(("1-2", YES), world=given("open, paper").at(LATE))
    assert public(world, "1-2") == "late"
    assert world.state["running", "p"].voted == 0
    assert figures(world)["participating"]["heads"] == 0


def test_a_page_in_time_may_be_keyed_after_closing_and_counts_by_its_own_time_r_bal_8() -> None:
    world = given("open, paper").at(CLOSES).when(paper(*BOTH)).pending().at("2026-09-17 20:30").when(close()).admitted()
    world.at("2026-09-18 09:00").when(key_again(*BOTH)).admitted()
    world.at(COUNT).when(certify()).admitted()
    assert world.state["result", "p"].items["use"]["participating"]["heads"] == 2


def test_a_closing_leaves_no_page_out_that_was_recorded_in_time_r_bal_8() -> None:
    world = given("open, paper").at(CLOSES)
    size = world.door.fold.head.size
    world.when(paper(*BOTH)).pending().at("2026-09-17 20:30")
    world.when(close().but(size=size, root=lambda _: world.door.root_at(size))).refused("ballots-left-out")


def test_pages_that_nobody_keyed_count_as_unopened_and_hold_up_what_they_could_decide() -> None:
    world = given("open, paper").at("2026-09-04 10:00")
    for who in ("o1", "o3", "o4", "o5", "o6"):
        world.when(vote(who)).admitted()
    world.when(paper(("1-2", YES), ("1-8", YES))).pending().at("2026-09-17 20:30").when(close()).admitted()
    world.at(COUNT).when(certify()).refused("unopened-decide")
    world.when(key_again(("1-2", YES), ("1-8", YES))).admitted()
    assert world.when(certify()).admitted().state["result", "p"].items["use"]["agree"]["heads"] == 7


def test_unopened_pages_that_decide_nothing_are_said_in_the_result_and_can_be_keyed_no_more() -> None:
    world = given("open, paper").at("2026-09-04 10:00").when(paper(("1-2", YES))).pending()
    found = figures(world)
    assert (found["unopened"], found["passed"], found["channels"]) == (1, False, {"electronic": 0, "paper": 1})
    world.when(key_again(("1-2", YES))).refused("wrong-stage")


def test_a_page_that_is_taken_back_before_closing_leaves_nothing_and_its_forms_are_free() -> None:
    world = given("paper waits", at="2026-09-05 10:00").when(decline("clerk", "page-1", "withdrawn")).admitted()
    assert {value for key, value in world.state.items() if key[0] == "paper"} == {()}
    assert {key: n for key, n in world.state["running", "p"].heads.items() if n} == {}
    assert public(recorded(*BOTH, page="page-2", world=world), "1-3") == "against"


def test_a_clerk_with_another_key_withdraws_her_page_until_the_last_moment_r_bal_8() -> None:
    world = given("paper waits").when(rotate("clerk", "clerk-new")).admitted()
    world.at(CLOSES).when(decline("clerk-new", "page-1", "withdrawn")).admitted()
    assert public(world, "1-2") == "none"


@pytest.mark.parametrize("lost", [revoke("clerk"), rotate("clerk", "clerk-new"), give("clerk", "clerk", to="2026-09-04")])
def test_a_page_is_signed_when_it_is_recorded_whatever_becomes_of_its_clerk(lost: Move) -> None:
    world = given("paper waits").when(lost).admitted().at("2026-09-18 09:00").when(key_again(*BOTH)).admitted()
    assert (public(world, "1-2"), public(world, "1-3")) == ("agree", "against")


def test_so_is_a_correction_and_an_act_that_is_none_of_paper_is_not() -> None:
    world = given("paper keyed").when(mend(("1-2", NO))).pending()
    world.when(give("clerk", "o1").confirmed_by(), give("observer", "o1", by="street").confirmed_by().named("given")).pending()
    world.when(revoke("clerk"), key_again(("1-2", NO), page="mended-1")).admitted()
    assert public(world, "1-2") == "against"
    world.when(revoke("street"), confirm("bureau", "given")).refused("key-unknown")


# --- page ids -------------------------------------------------------------------------------------------------------------------


def second_vote(world: Given, opens: str) -> Given:
    """A vote `q` on the same roll, noticed on the day of the count and open from this time on."""
    channels = ("electronic", "paper")
    for steps in (e.notice(COUNT, "q", "r1", ITEMS, opens, "2026-11-24 20:00", "第二次表决", "rules-12", channels),
                  e.posted(COUNT, "q", 1, "gate", "2026-09-18", "2026-11-24"), e.open_poll(opens, "q")):  # fmt: skip
        list(world.play.play(steps))
    return world


def of_q(*filled: tuple[str, Mapping[str, str]], page: str) -> Move:
    return Move(lambda _: e.paper_page("", "q", page, filled)).sealing(scan=DECOY)


def test_a_page_id_is_used_once_in_the_ledger_also_when_its_vote_is_final_r_act_stage() -> None:
    world = given("paper waits").when(decline("clerk", "page-1", "withdrawn")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce("2026-09-17")).admitted()
    second_vote(world, "2026-11-10 09:00").when(revoke("o7")).admitted()
    assert ("outcome", "p") in world.state
    assert next_place(world.state, "paper/page-1") == 1  # its first place is taken in the store
    world.when(of_q(("1-2", YES), page="page-1")).refused("already-exists")


def test_a_vote_that_becomes_final_leaves_the_pages_of_another_waiting() -> None:
    world = given("paper waits").when(decline("clerk", "page-1", "withdrawn")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify(), announce("2026-09-17")).admitted()
    second_vote(world, "2026-10-08 09:00").when(of_q(("1-2", YES), page="page-1")).refused("already-exists")
    world.when(of_q(("1-2", YES), page="page-2")).pending()
    assert (world.state["pages", "p"], world.state["pages", "q"]) == (("page-1",), ("page-2",))
    keyed = Move(lambda _: e.keyed("", "q", "page-2", (("1-2", YES),)))
    world.at("2026-11-15 10:00").when(revoke("o7"), keyed).admitted()
    assert ("outcome", "p") in world.state
    assert [one.stage for one in world.state["paper", ("q", world.play.tag("1-2"))]] == ["keyed"]


# --- pages and the count --------------------------------------------------------------------------------------------------------


def test_a_late_page_cannot_overturn_a_certification_that_waits_r_bal_8() -> None:
    world = given("closed, paper", at=COUNT).when(certify().confirmed_by("counter-2")).pending()
    world.when(paper(("1-6", YES), page="late")).refused("pending-first", stream="poll/p")
    world.when(confirm("observer", "p-result")).admitted()
    assert world.state["result", "p"].stage == "certified"


def test_a_certification_that_was_declined_or_has_expired_holds_up_no_page() -> None:
    world = given("closed, paper", at=COUNT).when(certify().confirmed_by(), decline("counter-2", "p-result")).admitted()
    world.when(paper(("1-6", YES), page="late")).pending()
    world = given("closed, paper", at=COUNT).when(certify().confirmed_by()).pending()
    world.at("2026-10-19 10:00").when(paper(("1-6", YES), page="late"), key_again(("1-6", YES), page="late")).admitted()
    assert public(world, "1-6") == "late"


def test_a_page_in_time_is_keyed_while_a_certification_waits_and_the_count_is_made_again_r_vote_8() -> None:
    world = given("open, paper").at(CLOSES).when(paper(*BOTH)).pending().at("2026-09-17 20:30").when(close()).admitted()
    world.at(COUNT).when(certify().confirmed_by("counter-2")).admitted()
    world.when(key_again(*BOTH, who="observer")).admitted()
    world.when(confirm("observer", "p-result")).refused("figures-differ")
    world.when(decline("observer", "p-result"), certify()).admitted()


# --- ballots that paper is held against -----------------------------------------------------------------------------------------


def earlier(world: Given) -> list[Any]:
    return [one.choices and dict(one.choices) for one in world.state["ballot", ("p", world.play.tag("1-1"))].earlier]


def test_beside_paper_one_ballot_is_kept_of_each_that_said_something_else_r_bal_5() -> None:
    world = given("open, paper").at("2026-09-04 09:00")
    for use in ("agree", "against", "agree", "agree", "against", "abstain"):
        world.when(vote("o1", use=use)).admitted()
    assert earlier(world) == [{"use": "agree"}, {"use": "against"}]
    world.when(vote("o1", use="agree")).admitted()
    assert earlier(world) == [{"use": "against"}, {"use": "abstain"}]
    assert public(recorded(("1-1", {"use": "agree"}), world=world), "1-1") == "conflicted"


def test_of_sealed_ballots_beside_paper_each_is_kept_because_nobody_knows_what_it_says_r_priv_3() -> None:
    world = given("open, sealed paper").at("2026-09-04 09:00").when(*([envelope("o1")] * 5)).admitted()
    assert earlier(world) == [None] * 4


# --- corrections ----------------------------------------------------------------------------------------------------------------


def test_before_closing_a_correction_replaces_and_both_stay_visible_r_dis_3() -> None:
    world = given("paper keyed").when(mend(("1-2", NO)), key_again(("1-2", NO), page="mended-1")).admitted()
    old, new = world.state["paper", ("p", world.play.tag("1-2"))]
    assert (old.stage, new.stage, new.at, new.index) == ("corrected", "keyed", old.at, old.index)
    assert (public(world, "1-2"), world.state["running", "p"].voted) == ("against", 2)
    assert ("keyed", new.page) not in world.state


def test_a_correction_waits_for_its_second_keying_and_may_be_declined() -> None:
    world = given("paper keyed").when(mend(("1-2", NO))).pending()
    assert public(world, "1-2") == "agree"
    world.when(decline("counter-2", "mended-1")).admitted()
    assert (public(world, "1-2"), [key for key in world.state if key[0] == "keyed"]) == ("agree", [])


def test_a_form_that_never_was_is_taken_out_and_another_heads_stays() -> None:
    world = given("paper keyed").when(mend(units=("1-2",)), key_again(page="mended-1")).admitted()
    assert (public(world, "1-2"), public(world, "1-3"), world.state["running", "p"].voted) == ("none", "against", 1)


def test_after_closing_a_correction_is_an_observed_recount_by_three_people_r_dis_3() -> None:
    world = given("paper keyed", at="2026-09-17 20:30").when(close()).admitted().at(COUNT)
    world.when(mend(("1-2", NO), observed=True), key_again(("1-2", NO), page="mended-1")).admitted()
    assert public(world, "1-2") == "agree"
    world.when(confirm("counter-2", "mended-1")).refused("already-exists")
    world.when(confirm("clerk", "mended-1")).refused("same-person")
    world.when(confirm("observer", "mended-1")).admitted()
    assert public(world, "1-2") == "against"
    assert world.when(certify()).admitted().state["result", "p"].items["use"]["against"]["heads"] == 2


def test_a_correction_begun_before_closing_and_keyed_after_it_needs_the_observer_too() -> None:
    world = given("paper keyed", at="2026-09-17 19:59").when(mend(("1-2", NO))).pending()
    world.at(LATE).when(key_again(("1-2", NO), page="mended-1")).refused("observer-needed")


def test_a_correction_of_a_late_form_stays_late() -> None:
    world = recorded(("1-2", YES), world=given("open, paper").at(LATE))
    world.when(
        mend(("1-2", NO), observed=True), key_again(("1-2", NO), page="mended-1"), confirm("observer", "mended-1")
    ).admitted()
    assert public(world, "1-2") == "late"


def test_a_page_that_is_corrected_while_it_waits_settles_only_what_still_waits() -> None:
    world = given("paper waits").when(mend(("1-2", NO)), key_again(("1-2", NO), page="mended-1"), key_again(*BOTH)).admitted()
    assert (public(world, "1-2"), public(world, "1-3")) == ("against", "against")


# --- sealed paper ---------------------------------------------------------------------------------------------------------------


def sealed(*filled: tuple[str, Mapping[str, str]], again: Filled = ()) -> Given:
    return recorded(*filled, again=again, world=given("open, sealed paper").at("2026-09-04 10:00"))


def test_sealed_forms_show_their_items_and_no_choice_until_they_are_counted_r_priv_3() -> None:
    world = sealed(("1-2", YES), ("1-3", {"use": "against"}))
    assert "agree" not in repr({key: value for key, value in world.state.items() if key[0] in {"paper", "running"}})
    assert (public(world, "1-2"), public(world, "1-3", "levy")) == ("unopened", "blank")
    assert (figures(world)["agree"]["heads"], world.state["result", "p"].items["use"]["against"]["heads"]) == (1, 1)


def test_sealed_keyings_that_differ_are_unclear_for_whoever_opens_both() -> None:
    world = sealed(*BOTH, again=(("1-2", {"use": "against", "levy": "agree"}),))
    assert public(world, "1-2") == "unopened"
    found = figures(world)
    assert (found["unclear"], found["against"]["heads"], found["unopened"]) == (1, 1, 0)


def test_sealed_paper_and_a_sealed_ballot_of_one_head_conflict_only_when_they_are_opened_t28() -> None:
    world = sealed(("1-1", YES)).when(envelope("o1", use="against", levy="agree")).admitted()
    assert public(world, "1-1") == "unopened"
    found = figures(world)
    assert (found["conflicted"], world.state["result", "p"].items["levy"]["agree"]["heads"]) == (1, 1)


@pytest.mark.parametrize("kind", ["page", "keying"])
def test_the_sealed_choices_answer_exactly_the_items_of_their_row_r_bal_4(kind: str) -> None:
    world = given("open, sealed paper").at("2026-09-04 10:00")
    number = str(place_of(world.state["roll", "r1"], world.play.tag("1-2")))
    inside = {f"choices/{number}": {"use": "agree"}}
    first, second = paper(("1-2", YES)), key_again(("1-2", YES))
    if kind == "page":
        world.when(first.sealing(**inside)).refused("choices-differ")
    else:
        world.when(first, second.sealing(**inside)).refused("choices-differ")


def test_an_auditor_without_the_second_keying_is_told_that_choices_are_missing() -> None:
    world = sealed(*BOTH)
    figures(world)
    act = act_of(world.door.entries[-3]).act
    keyed = next(leaf for leaf, entry in zip(world.door.leaves, world.door.entries, strict=True)
                 if act_of(entry).act.kind == "page-keyed/1")  # fmt: skip
    found = recheck(world.state, act, lambda leaf, name: UNOPENED if leaf == keyed else world.door.opening(leaf, name))
    assert isinstance(found, Unopened)
    assert len(found.names) == 2


@pytest.mark.parametrize("change", [
    {"invalid": 1}, {"channels": {"electronic": 1, "paper": 1}}, {"channels": {"electronic": 0, "paper": 1}}, {"unopened": 1},
])  # fmt: skip
def test_what_is_public_of_sealed_paper_is_checked_without_openings_r_vote_8(change: Mapping[str, Any]) -> None:
    world = sealed(*BOTH).at("2026-09-17 20:30").when(close()).admitted().at(COUNT)
    move = certify().amend(lambda _play, body: {"items": {**body["items"], "use": {**body["items"]["use"], **change}}})
    world.when(move).refused("figures-differ")


def test_a_public_disagreement_of_the_two_keyings_cannot_be_hidden_in_a_sealed_result() -> None:
    world = (
        sealed(("1-2", {"use": "agree"}), ("1-3", NO), again=(("1-2", YES),)).at("2026-09-17 20:30").when(close()).admitted()
    )
    move = certify().amend(
        lambda _play, body: {"items": {**body["items"], "use": {**body["items"]["use"], "unclear": 0, "conflicted": 1}}}
    )
    world.at(COUNT).when(move).refused("figures-differ")


# --- a ballot that its owner opens ----------------------------------------------------------------------------------------------


def test_an_owner_opens_the_ballot_that_the_ledger_lost_and_it_counts() -> None:
    world = given("closed, sealed", at=COUNT)
    world.door.erase(world.play.leaves["sealed-1"])
    box = open_box(world.state, "p", world.door.opening)
    assert not isinstance(box, Unopened)
    assert missing(box, "use") == (world.play.leaves["sealed-1"],)
    world.when(reopen("o1", "sealed-1")).then("opened")
    found = world.when(certify()).admitted().state["result", "p"].items["use"]
    assert (found["agree"], found["unopened"]) == ({"area": 10_001, "heads": 1}, 0)


def test_an_owners_opening_that_is_lost_too_leaves_the_ballot_unopened() -> None:
    world = given("closed, sealed", at=COUNT).when(reopen("o1", "sealed-1")).admitted()
    box = open_box(
        world.state, "p", lambda leaf, name: UNOPENED if name in {"choices", "ballot"} else world.door.opening(leaf, name)
    )
    assert not isinstance(box, Unopened)
    assert len(missing(box, "use")) == 1


# --- over any history -----------------------------------------------------------------------------------------------------------


UNITS = ("1-1", "1-3", "1-6")
WHO = {"1-1": "o1", "1-3": "o3", "1-6": "o6"}
STEP = st.tuples(st.sampled_from(["electronic", "paper", "unclear", "invalid", "late"]), st.sampled_from(UNITS),
                 st.sampled_from(["agree", "against", "abstain"]))  # fmt: skip


@settings(max_examples=60, deadline=None)
@over(history=st.lists(STEP, max_size=9), hidden=st.booleans())
def test_the_count_is_every_heads_rows_settled(history: list[tuple[str, str, str]], *, hidden: bool) -> None:
    """The result equals settling all of a head's rows as `count` does; the running counters equal a recount."""
    world = given("open, sealed paper" if hidden else "open, paper").at("2026-09-04 10:00")
    rows: dict[str, list[tuple[str, str]]] = {unit: [] for unit in UNITS}
    overdue = sorted(history, key=lambda step: step[0] == "late")
    forms = dict.fromkeys(UNITS, 0)
    for number, (channel, unit, choice) in enumerate(overdue):
        if channel == "late":
            world.at(LATE)
        if channel == "electronic":
            ballot = envelope if hidden else vote
            world.when(ballot(WHO[unit], use=choice)).admitted()
        elif forms[unit] > 8:
            continue
        else:
            forms[unit] += 1
            suffix = "" if forms[unit] == 1 else f"-{forms[unit]}"
            word = "unsigned" if channel == "invalid" else choice
            again = OTHER[choice] if channel == "unclear" else word

            def numbered(_play: Play, body: dict[str, Any], suffix: str = suffix) -> Mapping[str, Any]:
                return {"rows": tuple({**one, "form": one["form"] + suffix} for one in body["rows"])}

            page = f"page-{number}"
            first, second = paper((unit, {"use": word}), page=page), key_again((unit, {"use": again}), page=page)
            if hidden:
                first, second = (_renamed(move, suffix) for move in (first, second))
            world.when(first.amend(numbered), second.amend(numbered)).admitted()
        rows[unit].append((channel, choice))
    found = figures(world)
    expected = [_expected(own) for own in rows.values()]
    assert {name: found[name]["heads"] for name in ("agree", "against", "abstain")} == {
        name: expected.count(name) for name in ("agree", "against", "abstain")
    }  # fmt: skip
    assert [found[name] for name in ("conflicted", "invalid", "unclear")] == [
        expected.count(n) for n in ("conflicted", "invalid", "unclear")
    ]
    assert found["channels"]["electronic"] + found["channels"]["paper"] == found["participating"]["heads"]


OTHER: Mapping[str, str] = {"agree": "against", "against": "abstain", "abstain": "agree"}


def _renamed(move: Move, suffix: str) -> Move:
    """Openings that follow the form's number."""
    inner = move.make

    def make(play: Play) -> Any:
        step = inner(play)
        openings = step.openings(play) if callable(step.openings) else step.openings
        return replace(
            step, openings={f"{name}{suffix}" if name.startswith("choices/") else name: one for name, one in openings.items()}
        )

    return Move(make, sealed=move.sealed)


def _expected(own: list[tuple[str, str]]) -> str:
    """Settled by the rules of `count`, with an unclear form hiding its head."""
    in_time = [one for one in own if one[0] not in {"late", "invalid"}]
    if any(channel == "unclear" for channel, _ in in_time):
        return "unclear"
    if not in_time:
        return "invalid" if any(channel == "invalid" for channel, _ in own) else "none"
    settled = settle([Returned(choice, channel, at) for at, (channel, choice) in enumerate(in_time)])
    return settled.counted_as


def test_a_page_does_not_expire_while_its_vote_is_open_or_counted() -> None:
    """Its forms could not be recorded again in time: it waits until it is keyed, or the vote is final."""
    world = (
        given("open, paper").at("2026-09-04 10:00").when(paper(*BOTH)).pending().at("2026-09-17 20:30").when(close()).admitted()
    )
    world.at("2026-11-05 10:00").when(paper(("1-6", YES))).refused("pending-first")
    world.when(key_again(*BOTH)).admitted()
    found = world.when(certify()).admitted().state["result", "p"].items["use"]
    assert (found["agree"]["heads"], found["against"]["heads"], found["unopened"]) == (1, 1, 0)


def test_a_correction_that_is_not_observed_in_thirty_days_leaves_nothing() -> None:
    world = given("mended, keyed", at="2026-10-20 10:00").when(mend(("1-2", NO), page="mended-2", observed=True)).pending()
    assert public(world, "1-2") == "agree"
    world.when(confirm("observer", "mended-1")).refused("nothing-pending")
    world.when(key_again(("1-2", NO), page="mended-2"), confirm("observer", "mended-2")).admitted()
    assert public(world, "1-2") == "against"


ROW = st.tuples(st.sampled_from(["cast", "invalid"]), st.sampled_from(["use", "levy"]), st.sampled_from(["agree", "against"]),
                st.sampled_from(["altered", "unsigned", "no-such-form"]))  # fmt: skip


def rows_of(world: Given, drawn: list[tuple[str, str, str, str]]) -> tuple[dict[str, Any], ...]:
    """Rows of one form, lawful or not."""
    tag = world.play.tag("1-2")
    number = str(place_of(world.state["roll", "r1"], tag))
    head = {"poll": "p", "tag": tag}
    bodies = [({"choices": {item: choice}, **head}, "ballot-cast/1") if sort == "cast" else
              ({"items": (item,), "reason": reason, **head}, "ballot-invalid/1") for sort, item, choice, reason in drawn]  # fmt: skip
    return tuple({"body": body, "for": tag, "form": number, "kind": kind} for body, kind in bodies)


@settings(max_examples=80, deadline=None)
@over(first=st.lists(ROW, min_size=1, max_size=3), second=st.lists(ROW, min_size=1, max_size=3))
def test_whatever_rows_two_people_key_they_are_refused_or_come_to_something(first: list[Any], second: list[Any]) -> None:
    world = given("open, paper").at("2026-09-04 10:00")
    page = world.when(paper().but(rows=lambda _: rows_of(world, first)))
    if isinstance(page.answer, Refused):
        assert page.answer.code in {"form-twice", "item-unknown"}
        return
    keyed = world.when(key_again().but(rows=lambda _: rows_of(world, second)))
    if not isinstance(keyed.answer, Refused):
        stage = world.state["paper", ("p", world.play.tag("1-2"))][0].stage
        assert stage == (
            "missing"
            if {"no-such-form"} in (said_by(first), said_by(second))
            else "keyed"
            if agree(first, second)
            else "unclear"
        )
        figures(world)


def said_by(drawn: list[tuple[str, str, str, str]]) -> set[str]:
    return {reason if sort == "invalid" else choice for sort, _, choice, reason in drawn}


def agree(first: list[Any], second: list[Any]) -> bool:
    """Whether two keyings say the same, in whatever order."""
    one, other = ({(*row[:2], row[2 if row[0] == "cast" else 3]) for row in rows} for rows in (first, second))
    return one == other
