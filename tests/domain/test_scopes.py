"""A part of the estate that decides by itself: R-ROLL-9, T15, and each item's own electorate (R-VOTE-7)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.acts import RESULT_KINDS
from domain.polls import decided_by
from domain.results import certifiable, counted_rows, items_of_all, open_box, recount
from domain.scopes import Scope, in_scope
from domain.state import act_of
from tests.acts import (
    DECOY,
    UNITS,
    Case,
    Given,
    Move,
    case,
    certify,
    close,
    confirm,
    erase,
    given,
    key_again,
    mend,
    notice,
    open_,
    paper,
    post,
    vote,
)
from tests.moves.counting import LIFT, OF_STACK, STACK, certify_both, define, in_stack, scoped_notice

COUNT_AT = "2026-09-18 10:00"


def items(change: Any) -> Any:
    """The result with items changed: a function of the item's id and its figures."""
    return lambda _play, body: {"items": {name: change(name, dict(figures)) for name, figures in body["items"].items()}}


def raised(name: str, key: str) -> Move:
    """The result with one more head somewhere in an item."""

    def change(item: str, figures: dict[str, Any]) -> dict[str, Any]:
        place = figures[key] if item == name else None
        return {**figures, key: {**place, "heads": place["heads"] + 1}} if place else figures

    return certify_both().amend(items(change))


REFUSED = [
    case("roll-not-frozen", "a roll that is still posted", "paged", define()),
    case("scope-reserved", "the estate is every roll's already", "roll frozen", define(UNITS, "estate")),
    case("already-exists", "defined again", "scope defined", define()),
    case("page-miscounted", "more heads than tags", "roll frozen", define().but(heads=6)),
    case("head-unknown", "a tag of no head", "roll frozen", define().but(tags=(bytes(16),), heads=1)),
    case("scope-differs", "a unit that the roll has not", "roll frozen",
         define().sealing(units=("1-1", "1-2", "1-3", "1-4", "1-8", "9-9"))),
    case("scope-differs", "a head too many", "roll frozen", define().sealing(units=("1-1", "1-2", "1-3", "1-4"))),
    case("scope-differs", "a head too few", "roll frozen", define().sealing(units=("1-1", "1-2", "1-3", "1-4", "1-5", "1-8"))),
    case("scope-differs", "an area that is not theirs", "roll frozen", define().but(area=44_001)),
    case("scope-differs", "a head's whole area where it has one unit of two there", "roll frozen", define().but(area=50_000)),
    case("not-authorised", "by whom its row does not name", "roll frozen", define().by("street")),
    case("scope-unknown", "a part that nobody has defined", "roll frozen", scoped_notice()),
    case("scope-unknown", "another name", "scope defined", scoped_notice({"fund": "stack-2"})),
    case("roll-erased", "what the scope's units were is erased R-ROLL-8", "scope defined", erase(of="scope-stack"), scoped_notice()),
    case("form-not-offered", "a part of the estate under the edition before this one R-SRC-1", "roll frozen, older",
         scoped_notice().amend(lambda play, _: {"edition": play.door.fold.state["log", ""].edition.named()})),
    case("kind-not-offered", "a scope under the edition before this one R-SRC-1", "roll frozen, older", define()),
    case("item-out-of-scope", "a neighbour answers what the stack decides", "open, scoped", in_stack("o5", fund="agree")),
    case("item-out-of-scope", "beside what she does decide", "open, scoped", in_stack("o5", lobby="agree", levy="agree")),
    case("wrong-result-kind", "the result without its electorates", "closed, scoped", certify(), at=COUNT_AT),
    case("wrong-result-kind", "electorates where all owners decide", "closed", certify_both(), at=COUNT_AT),
    case("figures-differ", "an electorate that is not the scope's", "closed, scoped", raised("fund", "electorate"), at=COUNT_AT),
    case("figures-differ", "a silent head where silence counts for nothing", "closed, scoped", raised("fund", "silent"), at=COUNT_AT),
    case("figures-differ", "rows for heads out of scope", "closed, scoped",
         certify_both().amend(lambda _, body: {"counted": {**body["counted"], "size": 27}}), at=COUNT_AT),
    case("verdict-differs", "a verdict without deeming that the law does not give", "closed, scoped",
         certify_both().amend(items(lambda _, one: {**one, "without": {**one["without"], "passed": not one["passed"]}})), at=COUNT_AT),
    case("wrong-stage", "before it is closed", "voted, scoped", certify_both()),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_scope(case: Case) -> None:
    case.check()


def test_a_scope_is_the_heads_that_own_something_there_with_what_they_own_there_r_roll_9() -> None:
    scope = given("scope defined").state["scope", ("r1", "stack")]
    assert (scope.total.heads, scope.total.area, scope.stage) == (5, 44_000, "defined")
    assert all(in_scope(scope, tag) for tag in scope.tags)
    assert not in_scope(scope, bytes(16))
    assert not in_scope(scope, bytes([255] * 16))
    assert in_scope(None, bytes(16))


def test_a_scope_takes_effect_with_the_supervisors_confirmation_r_roll_9() -> None:
    world = given("roll frozen", at="2026-08-16 10:00").when(define().confirmed_by().named("s")).pending()
    world.when(scoped_notice()).refused("scope-unknown")
    world.when(confirm("bureau", "s"), scoped_notice()).admitted()


def test_two_parts_of_one_roll_may_decide_in_one_vote_r_vote_7() -> None:
    world = given("scope defined", at="2026-08-16 11:00").when(define(STACK[:2], "floor")).admitted()
    world.when(scoped_notice({"fund": "stack", "levy": "floor"})).admitted()
    assert [item.scope for item in world.state["poll", "p"].items] == ["stack", "floor", "estate"]


def outcomes(world: Given) -> dict[str, tuple[Any, ...]]:
    result = world.state["result", "p"].items
    return {item: (one["class"], one["electorate"]["heads"], one["electorate"]["area"], one["participating"]["heads"], one["quorate"],
                   one["passed"]) for item, one in result.items()}  # fmt: skip


def test_t15_the_fund_is_used_by_the_stack_money_is_raised_by_three_quarters_and_the_lobby_is_everybodys_r_roll_9() -> None:
    assert outcomes(given("certified, scoped")) == {
        "fund": ("ordinary", 5, 44_000, 5, True, True),
        "levy": ("special", 5, 44_000, 5, True, False),
        "lobby": ("special", 9, 120_000, 8, True, False),
    }


def test_t15_the_same_ballots_decide_otherwise_where_all_owners_are_asked_r_roll_9() -> None:
    """Of the stack 4 of 5 agree to the fund; of the estate only 5 of 9 have answered, and no quorum is there."""
    world = given("closed, scoped")
    poll, tally_of = world.state["poll", "p"], world.state["scope", ("r1", "stack")].total
    box = open_box(world.state, "p", world.door.opening)
    assert isinstance(box, tuple)
    assert [recount(box, poll, item).tally.total for item in ("fund", "lobby")] == [tally_of, world.state["roll", "r1"].total]


def test_a_head_counts_with_its_area_in_the_scope_and_elsewhere_with_all_of_it_r_roll_9() -> None:
    world = given("closed, scoped")
    poll, tag = world.state["poll", "p"], world.play.tag("1-8")
    box = open_box(world.state, "p", world.door.opening)
    assert isinstance(box, tuple)
    rows = {row.item: row for row in counted_rows(box, poll, bytes(32)) if row.tag == tag}
    assert {item: row.area for item, row in rows.items()} == {"fund": 4_000, "levy": 4_000, "lobby": 10_000}


def test_a_head_out_of_scope_has_no_row_for_what_it_does_not_decide_r_roll_9() -> None:
    world = given("closed, scoped")
    box = open_box(world.state, "p", world.door.opening)
    assert isinstance(box, tuple)
    rows = counted_rows(box, world.state["poll", "p"], bytes(32))
    assert len(rows) == 5 + 5 + 9
    assert {row.item for row in rows if row.tag == world.play.tag("1-6")} == {"lobby"}


def test_without_the_scopes_units_no_area_can_be_counted_r_roll_9() -> None:
    world = given("certified, scoped")
    leaf = world.play.leaves["scope-stack"]
    world.door.erase(leaf)
    box = open_box(world.state, "p", world.door.opening)
    assert not isinstance(box, tuple)
    assert box.names == ("units",)


def test_what_a_scope_is_made_of_stays_as_long_as_a_result_rests_on_it_r_dis_7() -> None:
    world = given("certified, scoped", at="2026-09-20 10:00")
    world.when(erase(of="scope-stack")).refused("erasure-retained")
    given("open, scoped").when(erase(of="scope-stack")).refused("erasure-undecided")


def test_a_result_by_scope_has_the_figures_of_the_first_kind_and_each_electorate_r_vote_8() -> None:
    world = given("closed, scoped")
    box = open_box(world.state, "p", world.door.opening)
    assert isinstance(box, tuple)
    body = certifiable(world.state, "p", box, bytes(32))
    assert set(body["items"]) == set(LIFT)
    plain = certifiable(world.state, "p", box, bytes(32), "result-certified/1")["items"]
    for item, figures in body["items"].items():
        assert {name: figures[name] for name in plain[item]} == plain[item]
        assert (figures["silent"], figures["without"]["agree"]) == ({"area": 0, "heads": 0}, figures["agree"])


def test_a_result_says_itself_which_items_all_heads_decide_r_roll_9() -> None:
    of_all = {stage: items_of_all(next(act.body for act in acts if act.kind in RESULT_KINDS)) for stage, acts in (
        (stage, [act_of(entry).act for entry in given(stage).door.entries]) for stage in ("certified", "certified, scoped"))}  # fmt: skip
    assert of_all == {"certified": {"use", "levy"}, "certified, scoped": {"lobby"}}


PAPER_NOTICE = scoped_notice(OF_STACK).but(channels=("electronic", "paper"))


def test_a_page_with_a_form_that_answers_what_its_head_does_not_decide_is_refused_r_roll_9() -> None:
    world = given("scope defined", at="2026-08-17 10:00").when(PAPER_NOTICE, post()).admitted()
    world.at("2026-09-03 09:00").when(open_()).admitted()
    inside, outside = dict.fromkeys(LIFT, "agree"), {"lobby": "agree", "fund": "agree"}
    world.when(paper(("1-5", outside)).sealing(scan=DECOY)).refused("item-out-of-scope", items="fund")
    world.when(
        paper(("1-1", inside), ("1-5", {"lobby": "agree"})), key_again(("1-1", inside), ("1-5", {"lobby": "agree"}))
    ).admitted()
    world.when(mend(("1-5", outside))).refused("item-out-of-scope")
    world.at("2026-09-17 20:30").when(close(), certify_both()).admitted()
    assert outcomes(world)["fund"][3] == 1


def test_a_head_decides_what_its_scopes_hold_r_roll_9() -> None:
    world = given("open, scoped")
    items = {who: [one.id for one in decided_by(world.state, world.state["poll", "p"], world.play.tag(unit))] for who, unit in
             (("o1", "1-1"), ("o6", "1-6"), ("o9", "1-9"))}  # fmt: skip
    assert items == {"o1": ["fund", "levy", "lobby"], "o6": ["lobby"], "o9": ["fund", "levy", "lobby"]}


def test_a_vote_of_the_estate_alone_is_certified_as_ever_r_roll_9() -> None:
    world = given("roll frozen", at="2026-08-17 10:00").when(notice()).admitted()
    assert world.state["poll", "p"].plain
    assert "electorate" not in given("certified").state["result", "p"].items["use"]
    given("open").when(vote("o6")).then("cast")


def test_the_state_keeps_a_scope_with_its_roll() -> None:
    scope = given("certified, scoped").state["scope", ("r1", "stack")]
    assert isinstance(scope, Scope)


def test_where_a_row_of_the_roll_is_gone_no_scope_can_be_checked_r_roll_9() -> None:
    world = given("roll frozen", at="2026-08-16 10:00")
    world.door.erase(world.play.leaves["roll-r1-1"])
    world.when(define()).refused("sealed-not-opened")
