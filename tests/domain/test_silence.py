"""What silence counts for: R-BAL-3, T14; the figures with and without deeming, and the warning that must come first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.counting import Counted, Tally, Weight, deemed, tally
from domain.polls import verdict
from domain.results import counted_rows, deemed_as, open_box
from domain.rulesets import CHOICES, SILENCES
from tests.acts import (
    Case,
    Given,
    Move,
    announce,
    case,
    certify,
    close,
    confirm,
    envelope,
    given,
    key_again,
    mend,
    notice,
    open_,
    paper,
    post,
    revoke,
    vote,
)
from tests.moves.counting import certify_both, handed, scoped_notice, silent_votes, warn, withdraw

COUNT_AT = "2026-09-18 10:00"


def silent(policy: str = "silent-follows-majority", **body: Any) -> Move:
    return notice().but(silence=policy, **body)


def figure(item: str, name: str, **other: int) -> Move:
    """The result with another figure."""

    def change(_play: Any, body: dict[str, Any]) -> dict[str, Any]:
        figures = body["items"][item]
        return {"items": {**body["items"], item: {**figures, name: {**figures[name], **other}}}}

    return certify_both().amend(change)


REFUSED = [
    case("clause-missing", "a policy without the clause that has it", "roll frozen", silent(clause=None, ballots="sealed")),
    case("form-not-offered", "under the edition before this one R-SRC-1", "roll frozen, older",
         silent().amend(lambda play, _: {"edition": play.door.fold.state["log", ""].edition.named()})),
    case("silence-unwarned", "owners were not told", "noticed, silent", post(), open_().on("2026-09-03 09:00"), at="2026-08-18 10:00"),
    case("silence-unwarned", "the warning still waits for its supervisor", "noticed, silent",
         post(), warn().confirmed_by(), open_().on("2026-09-03 09:00"), at="2026-08-18 10:00"),
    case("silence-not-counted", "a warning where silence counts for nothing", "noticed", warn()),
    case("unknown-matter", "a warning about a vote that nobody called", "roll frozen", warn()),
    case("wrong-stage", "told when the vote was withdrawn", "noticed, silent", withdraw(), warn(), at="2026-08-18 10:00"),
    case("already-exists", "told twice", "voted, silent", warn()),
    case("not-authorised", "the clerk does not call votes", "noticed, silent", warn().by("clerk")),
    case("wrong-result-kind", "the result without the tally of what was returned", "closed, silent", certify(), at=COUNT_AT),
    case("figures-differ", "one silent head more", "closed, silent", figure("use", "silent", heads=4), at=COUNT_AT),
    case("figures-differ", "one silent head less", "closed, silent", figure("use", "silent", heads=2), at=COUNT_AT),
    case("areas-differ", "another area of those who were silent", "closed, silent", figure("use", "silent", area=50_001).amend(
        lambda _, body: {"items": {**body["items"], "use": followed(body["items"]["use"])}}), at=COUNT_AT),
    case("verdict-differs", "deemed participation without those who were silent", "closed, silent",
         figure("use", "participating", heads=4, area=40_001), at=COUNT_AT),
    case("verdict-differs", "an agreement that nobody is deemed to have given", "closed, silent",
         figure("use", "agree", heads=4), at=COUNT_AT),
]  # fmt: skip


def followed(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures as they would follow from another area of silence: only the openings tell."""
    more = {**figures["agree"], "area": figures["agree"]["area"] + 1}
    part = {**figures["participating"], "area": figures["participating"]["area"] + 1}
    return {**figures, "agree": more, "participating": part}


@pytest.mark.parametrize("case", REFUSED)
def test_silence(case: Case) -> None:
    case.check()


# --- T14, as figures and through the door


def t14(policy: str) -> tuple[Tally, bool | None, bool]:
    """150 heads of 300 have returned a ballot (80 yes, 60 no, 10 abstain), 70 were served and silent; 100.00 m² each."""
    returned = [Counted(10_000, choice) for choice, heads in zip(CHOICES, (80, 60, 10), strict=True) for _ in range(heads)]
    heads = [*returned, *[Counted(10_000, "none", silent=True)] * 70, *[Counted(10_000, "none")] * 80]
    count = tally(heads, policy)
    assert deemed(count.without_deeming, Weight(70, 700_000), policy) == count.tally
    found = verdict(count.tally, "use-maintenance-fund", "civil_code_2021")
    return count.tally, found.quorate, found.passed


@pytest.mark.parametrize(("policy", "taking_part", "agree", "quorate", "passed"), [
    ("none", 150, 80, False, False), ("deemed-participation", 220, 80, True, False),
    ("silent-follows-majority", 220, 150, True, True), ("abstain-follows-majority", 150, 90, False, False),
])  # fmt: skip
def test_t14_three_results_from_one_box_r_bal_3(policy: str, taking_part: int, agree: int, quorate: bool, passed: bool) -> None:
    count, found, outcome = t14(policy)
    assert (count.participating.heads, count.agree.heads, found, outcome) == (taking_part, agree, quorate, passed)


WEIGHTS = st.builds(Counted, st.integers(1, 30_000), st.sampled_from((*CHOICES, "blank", "late")), st.just(value=False))
SILENT = st.builds(Counted, st.integers(1, 30_000), st.just("none"), st.booleans())


@drawn(st.lists(WEIGHTS | SILENT, max_size=30), st.sampled_from(SILENCES))
def test_what_is_deemed_follows_from_sums_alone_as_from_the_heads_r_bal_3(heads: list[Counted], policy: str) -> None:
    count = tally(heads, policy)
    served = [one.area for one in heads if one.silent]
    assert deemed(count.without_deeming, Weight(len(served), sum(served)), policy) == count.tally


def certified(world: Given) -> dict[str, Any]:
    figures = world.state["result", "p"].items["use"]
    return {"silent": tuple(figures["silent"].values()), "agree": figures["agree"]["heads"], "majority": figures["majority"],
            "passed": figures["passed"], "quorate": figures["quorate"], "without": figures["without"]["passed"],
            "returned": figures["without"]["participating"]["heads"]}  # fmt: skip


def counted(policy: str, votes: dict[str, str], served: tuple[str, ...] = ("1-6", "1-7", "1-8")) -> Given:
    """A vote with this policy in which these heads voted and these were served, certified."""
    world = given("roll frozen")
    assert list(world.play.play(silent_votes(policy, votes)[1](world.play)))
    world.at("2026-09-05 10:00").when(handed(*served)).admitted()
    return world.at("2026-09-17 20:30").when(close(), certify_both()).then("certified")


FOUR = dict.fromkeys(("o1", "o3", "o4", "o5"), "agree")


@pytest.mark.parametrize(("policy", "figures"), [
    pytest.param("deemed-participation", (4, True, False, (50_000, 3)), id="they take part and agree with nothing"),
    pytest.param("silent-follows-majority", (7, True, True, (50_000, 3)), id="they take part and agree"),
    pytest.param("abstain-follows-majority", (4, False, False, (0, 0)), id="they count for nothing"),
])  # fmt: skip
def test_each_policy_gives_its_result_and_shows_the_one_without_it_r_bal_3(policy: str, figures: tuple[Any, ...]) -> None:
    found = certified(counted(policy, FOUR))
    assert (found["agree"], found["quorate"], found["passed"], found["silent"]) == figures
    assert (found["returned"], found["without"], found["majority"]) == (4, False, "agree")


def test_those_who_abstain_follow_the_majority_of_those_who_chose_r_bal_3() -> None:
    votes = {**FOUR, "o6": "agree", "o7": "abstain", "o9": "abstain"}
    found = counted("abstain-follows-majority", votes).state["result", "p"].items["use"]
    assert (found["agree"]["heads"], found["abstain"]["heads"], found["without"]["abstain"]["heads"]) == (7, 0, 2)


def test_where_none_leads_in_heads_and_area_nobody_is_given_a_choice_r_bal_3() -> None:
    votes = {"o1": "agree", "o3": "agree", "o6": "against"}
    found = counted("silent-follows-majority", votes, ("1-4", "1-5")).state["result", "p"].items["use"]
    assert (found["majority"], found["agree"]["heads"], found["against"]["heads"], found["participating"]["heads"]) == (
        None,
        2,
        1,
        5,
    )
    kept = counted("abstain-follows-majority", {**votes, "o7": "abstain"}).state["result", "p"].items["use"]
    assert (kept["majority"], kept["abstain"]["heads"]) == (None, 1)


@pytest.mark.parametrize(("policy", "expected"), [
    ("deemed-participation", {"1-1": None, "1-2": None, "1-6": "present"}),
    ("silent-follows-majority", {"1-1": None, "1-2": None, "1-6": "agree"}),
    ("abstain-follows-majority", {"1-1": None, "1-2": None, "1-6": None}),
])  # fmt: skip
def test_a_head_learns_what_it_was_deemed_r_bal_3(policy: str, expected: dict[str, str | None]) -> None:
    world = counted(policy, FOUR)
    assert deemed_rows(world, tuple(expected)) == expected


def test_who_abstained_learns_whom_she_followed_r_bal_3() -> None:
    world = counted("abstain-follows-majority", {**FOUR, "o6": "agree", "o7": "abstain"}, ("1-8",))
    assert deemed_rows(world, ("1-6", "1-7")) == {"1-6": None, "1-7": "agree"}


def deemed_rows(world: Given, units: tuple[str, ...]) -> dict[str, str | None]:
    box = open_box(world.state, "p", world.door.opening)
    assert isinstance(box, tuple)
    rows = {row.tag: row for row in counted_rows(box, world.state["poll", "p"], bytes(32)) if row.item == "use"}
    return {unit: deemed_as(world.state, "p", rows[world.play.tag(unit)]) for unit in units}


# --- who is silent


def test_served_by_a_way_that_proves_nothing_is_not_served_r_bal_3() -> None:
    world = given("closed, silent")
    assert world.play.tag("1-10") not in world.state["served-heads", "p"]
    assert len(world.state["served-heads", "p"]) == 3


def test_who_was_served_after_the_vote_was_closed_was_not_asked_in_time_r_bal_3() -> None:
    world = (
        given("served, silent", at="2026-09-17 20:30")
        .when(handed("1-2", page="3").confirmed_by().named("late"), close())
        .admitted()
    )
    world.at(COUNT_AT).when(confirm("witness", "late")).refused("wrong-stage")
    assert certified(world.when(certify_both()).then("certified"))["silent"] == (50_000, 3)


def test_who_was_served_and_voted_is_not_silent_r_bal_3() -> None:
    world = given("served, silent").when(vote("o6", use="against")).admitted()
    found = certified(world.at("2026-09-17 20:30").when(close(), certify_both()).then("certified"))
    assert (found["silent"], found["returned"]) == ((20_000, 2), 5)


@pytest.mark.parametrize("at", ["2026-09-05 10:00", "2026-09-17 20:20"])
def test_a_form_that_came_back_breaks_the_silence_even_when_it_came_late_r_bal_3(at: str) -> None:
    world = (
        given("served, silent", at=at)
        .when(paper(("1-6", {"use": "against"})), key_again(("1-6", {"use": "against"})))
        .admitted()
    )
    world.at("2026-09-17 20:30").when(close(), certify_both()).then("certified")
    assert certified(world)["silent"] == (20_000, 2)


def test_one_person_alone_breaks_no_silence_after_closing_r_bal_3_r_bal_8() -> None:
    """A clerk who knows how it went cannot take a head from those deemed by a late page that nobody has keyed again."""
    world = given("closed, silent", at=COUNT_AT).when(paper(("1-6", {"use": "against"}))).pending()
    assert certified(world.when(certify_both()).then("certified"))["silent"] == (50_000, 3)
    assert deemed_rows(world, ("1-2", "1-6")) == {"1-2": None, "1-6": "agree"}


def test_a_form_that_was_recorded_in_error_breaks_no_silence_r_bal_3() -> None:
    filled = ("1-6", {"use": "against"})
    world = given("served, silent").when(paper(filled), key_again(filled)).admitted()
    world.when(mend(units=("1-6",)), key_again(page="mended-1")).admitted()
    assert certified(world.at("2026-09-17 20:30").when(close(), certify_both()).then("certified"))["silent"] == (50_000, 3)


def test_silence_of_a_part_of_the_estate_is_that_of_its_heads_r_bal_3_r_roll_9() -> None:
    world = (
        given("scope defined", at="2026-08-17 10:00")
        .when(scoped_notice(silence="deemed-participation"), post(), warn())
        .admitted()
    )
    world.at("2026-09-03 09:00").when(open_(), vote("o1", fund="agree", levy="agree", lobby="agree")).admitted()
    world.when(handed("1-6", "1-8")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify_both()).then("certified")
    silent = {item: tuple(one["silent"].values()) for item, one in world.state["result", "p"].items.items()}
    assert silent == {"fund": (4_000, 1), "levy": (4_000, 1), "lobby": (40_000, 2)}


def test_what_is_deemed_of_sealed_ballots_is_counted_when_they_are_opened_r_bal_3() -> None:
    world = (
        given("roll frozen", at="2026-08-17 10:00")
        .when(silent("abstain-follows-majority", ballots="sealed"), post(), warn())
        .admitted()
    )
    world.at("2026-09-03 09:00").when(open_(), *(envelope(who) for who in FOUR), envelope("o7", use="abstain")).admitted()
    world.at("2026-09-17 20:30").when(close(), certify_both()).then("certified")
    found = world.state["result", "p"].items["use"]
    assert (found["agree"]["heads"], found["without"]["agree"]["heads"], found["without"]["abstain"]["heads"]) == (5, 4, 1)


# --- the warning


def test_a_vote_that_counts_silence_opens_once_owners_were_told_r_bal_3() -> None:
    world = given("noticed, silent", at="2026-08-18 10:00").when(post(), warn().confirmed_by().named("w")).pending()
    world.when(confirm("bureau", "w")).admitted()
    world.at("2026-09-03 09:00").when(open_()).then("open")


def test_what_was_told_and_who_was_served_leave_with_the_vote() -> None:
    world = given("closed, silent", at=COUNT_AT).when(certify_both(), announce("2026-09-18")).admitted()
    assert {("warned", "p"), ("served-heads", "p"), ("stream", "warned/p")} <= world.state.keys()
    world.at("2026-12-01 10:00").when(revoke("o1")).admitted()
    assert not {("warned", "p"), ("served-heads", "p"), ("stream", "warned/p")} & world.state.keys()
    assert world.state["outcome", "p"].passed == {"levy": True, "use": True}
