"""Other acts than ballots on paper: judged as their kinds, keyed twice, effective where two people read the same (代录)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

import tests.moves  # noqa: F401  # every subject's stages
from domain.acts import EXTRAORDINARY
from domain.contestable import unanswered
from domain.errors import Refused
from domain.requests import signers
from domain.rulesets import Edition
from tests.acts import (
    LATEST,
    YES,
    Case,
    Given,
    Move,
    adopt,
    case,
    decline,
    freeze,
    given,
    key_again,
    paper,
    revoke,
    said,
    vote,
)  # fmt: skip
from tests.moves.rights import (
    counted,
    dismiss_agent,
    escalate,
    name_agent,
    object_,
    paper_agent,
    paper_dismissal,
    paper_objection,
    paper_signature,
    reply,
    request,
    sheet,
    sheet_again,
    sign,
    unsign,
    verify,
)  # fmt: skip

FROZEN = "2026-08-15 10:00"
X = paper_objection()
BALLOT = ("1-2", "ballot-cast/1", {"choices": YES, "poll": "p"})
SIGNED = paper_signature("1-1"), paper_signature("1-3")


def changed(move: Move, number: int = 0, **more: Any) -> Move:
    """The page with one row made differently."""

    def rows(_play: object, body: dict[str, Any]) -> dict[str, Any]:
        return {"rows": tuple({**one, **more} if n == number else one for n, one in enumerate(body["rows"]))}

    return move.amend(rows)


REFUSED = [
    case("row-misplaced", "a ballot on a page of no vote", "open, paper", sheet(BALLOT)),
    case("row-misplaced", "a ballot beside another act", "open, paper", sheet(paper_agent("1-3"), BALLOT)),
    case("row-misplaced", "another act on a page of ballots", "open, paper", sheet(paper_agent("1-2")).but(poll="p")),
    case("row-misplaced", "for one head, of another", "bound", changed(sheet(X), **{"for": bytes(16)})),
    case("row-misnumbered", "the first row is the second", "bound", changed(sheet(paper_signature("1-1")), form="2")),
    case("row-misnumbered", "two rows of one number", "request opened", changed(sheet(*SIGNED), 1, form="1")),
    case("not-authorised", "the convener records no paper", "bound", sheet(X).by("street")),
    case("pending-first", "the number of a page that waits", "sheet waits", sheet(paper_objection(name="y"))),
    case("already-exists", "the number of a page again", "sheet waits", sheet_again(X), sheet(paper_objection("1-3", "y"))),
    case("head-unknown", "a head that the roll has not", "bound", sheet(paper_objection("9-9"))),
    case("not-contestable", "an objection to what is none", "roll frozen", sheet(X)),
    case("objection-late", "an objection after the window R-DIS-4", "announced",
         sheet(paper_objection(of="p-result")), at="2026-10-09 00:00"),
    case("already-exists", "an id that is taken", "objected", sheet(paper_objection("1-3"))),
    case("objection-twice", "one objection twice on a page", "bound", sheet(X, paper_objection(name="y"))),
    case("objection-twice", "by the phone what waits on paper", "sheet waits", object_(name="y")),
    case("wrong-stage", "a signature twice on a page", "request opened", sheet(paper_signature("1-1"), paper_signature("1-1"))),
    case("wrong-stage", "a head that has signed by its key", "request signed", sheet(paper_signature("1-1"))),
    case("unknown-matter", "a signature to nothing", "roll frozen", sheet(paper_signature("1-1"))),
    case("agent-barred", "the enterprise's manager as an agent R-BAL-9", "open", sheet(paper_agent("1-2", "manager"))),
    case("agent-full", "a fourth head for one agent on a page R-BAL-9", "open",
         sheet(*(paper_agent(f"1-{n}") for n in range(2, 6)))),
    case("proxy-late", "an agent after closing time", "open", sheet(paper_agent("1-2")), at="2026-09-17 20:01"),
    case("unknown-matter", "an agent dismissed who is none", "open", sheet(paper_dismissal("1-2"))),
    case("opening-malformed", "an objection without its words", "bound", sheet(X).sealing(text__1="")),
    case("same-person", "the clerk keys her own page again", "sheet waits", sheet_again(X, who="clerk")),
    case("same-organisation", "a counter of the clerk's organisation", "sheet waits", sheet_again(X, who="counter-1")),
    case("forms-differ", "a row that the page has not", "sheet waits", sheet_again(X, paper_objection("1-3", "y"))),
    case("forms-differ", "a row twice", "sheet waits", changed(sheet_again(X, X), 1, form="1")),
    case("forms-differ", "as a page of a vote", "sheet waits", sheet_again(X).but(poll="p")),
    case("row-misplaced", "keyed for another head", "sheet waits", changed(sheet_again(X), **{"for": bytes(16)})),
    case("wrong-stage", "signed by the key before the page was keyed R-BAL-5", "request opened",
         sheet(paper_signature("1-1")), sign("o1"), sheet_again(paper_signature("1-1"))),
    case("pending-first", "keyed while a verification waits", "request signed",
         sheet(paper_signature("1-4")), verify(confirm=()).named("v"), sheet_again(paper_signature("1-4"))),
    case("page-stands", "declined by the second person", "sheet waits", decline("counter-2", "sheet-1")),
    case("page-stands", "withdrawn when its objection could not be raised again R-DIS-4", "announced",
         sheet(paper_objection(of="p-result")).on("2026-10-08 23:00"), decline("clerk", "sheet-1", "withdrawn").on("2026-10-09 00:00")),
    case("nothing-pending", "keyed when it is withdrawn", "sheet waits", decline("clerk", "sheet-1", "withdrawn"), sheet_again(X)),
    case("wrong-stage", "an answer before it was keyed again", "sheet waits", reply()),
    case("objection-open", "a roll is not frozen while an objection waits to be keyed R-DIS-4", "sheet waits", freeze(), at=FROZEN),
    case("poll-not-open", "a correction of a page of no vote", "sheet waits", sheet_again(X),
         said("clerk", "entered-in-error/1", lambda _: {"forms": ("1",), "observed": False, "page": "mended-1", "poll": None, "rows": ()},
              about="sheet-1").sealing(reason="看错一行(示例)")),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_other_acts_on_paper(case: Case) -> None:
    case.check()


def test_an_objection_on_paper_keeps_its_time_and_its_answer_is_due_when_it_was_keyed_again_r_dis_4() -> None:
    world = given("sheet waits")
    row = world.state["objection", "x"]
    assert (row.stage, row.text, row.due) == ("waiting", "text/1", "")
    assert world.door.opening(row.leaf, row.text) == "纸质异议(示例)"
    world.at("2026-08-12 10:00").when(sheet_again(X)).admitted()
    row = world.state["objection", "x"]
    assert (row.stage, row.due, world.state["due", ("objection/x", "R-DIS-4")]) == ("raised", "2026-08-19", "2026-08-19")
    world.at("2026-08-20 10:00").when(escalate()).then("escalated").when(reply("bureau")).then("answered")


def test_an_objection_on_paper_within_the_window_holds_the_result_up_however_late_it_is_keyed_r_dis_4() -> None:
    late = paper_objection(of="p-result", ground="counting")
    world = given("announced", at="2026-10-08 23:00").when(sheet(late)).pending()
    world.at("2026-10-20 10:00").when(revoke("o1"), sheet_again(late)).admitted()
    assert ("poll", "p") in world.state
    world.when(reply(), revoke("o3")).admitted()
    assert ("poll", "p") not in world.state


@pytest.mark.parametrize("again", [(), (paper_objection(ground="other"),), (paper_objection(name="y"),)],
                         ids=["not found", "another ground", "another id"])  # fmt: skip
def test_an_objection_that_two_people_read_differently_was_never_raised(again: tuple[Any, ...]) -> None:
    world = given("sheet waits").when(sheet_again(*again)).admitted()
    assert not [key for key in world.state if key[0] in {"objection", "objections"}]
    world.when(object_()).then("raised")


def test_an_objection_on_a_page_that_is_withdrawn_was_never_raised() -> None:
    world = given("bound").when(object_("o3", name="y"), sheet(X, paper_objection("1-4", "z"))).pending()
    assert unanswered(world.state, "roll/r1") == ("y", "x", "z")
    world.at("2027-03-01 10:00").when(decline("clerk", "sheet-1", "withdrawn")).admitted()
    assert unanswered(world.state, "roll/r1") == ("y",)


def test_signatures_on_paper_and_by_keys_are_one_count_r_bal_5() -> None:
    world = given("request opened").when(sign("o4"), sheet(*SIGNED)).pending()
    assert world.state["request", "q"].heads == 1
    world.when(sheet_again(*SIGNED)).admitted()
    assert world.state["request", "q"].heads == len(signers(world.state, "q")) == counted(world.play)[0] == 3
    world.when(unsign("o1"), verify()).then("verified")


def test_of_a_page_only_the_rows_that_agree_have_effect() -> None:
    first = (*SIGNED, paper_signature("1-4"))
    world = given("request opened").when(sheet(*first)).pending()
    world.when(changed(sheet_again(*first[:2]), 1, **{"for": world.play.tag("1-9"), "body": {
        "request": "q", "tag": world.play.tag("1-9")}})).admitted()  # fmt: skip
    assert [tag for tag, _ in signers(world.state, "q")] == [world.play.tag("1-1")]


def test_a_row_that_two_people_read_differently_is_not_judged_again() -> None:
    """Its head has signed by key meanwhile; the rest of the page takes effect all the same."""
    world = given("request opened").when(sheet(*SIGNED), sign("o3"), sheet_again(SIGNED[0])).admitted()
    assert world.state["request", "q"].heads == 2


def test_an_agent_is_named_and_dismissed_on_paper_r_bal_9() -> None:
    named, ended = paper_agent("1-2"), paper_dismissal("1-2")
    world = given("open").when(sheet(named), sheet_again(named), vote("tenant", "1-2")).then("cast")
    world.when(sheet(ended, page="sheet-2"), sheet_again(ended, page="sheet-2")).admitted()
    world.when(vote("tenant", "1-2")).refused("not-your-head")
    world.when(name_agent(), dismiss_agent()).then("ended")


def test_an_agent_recorded_in_time_votes_from_the_second_keying_and_not_before_r_bal_9() -> None:
    named = paper_agent("1-2")
    world = given("open").when(sheet(named)).pending()
    world.when(vote("tenant", "1-2")).refused("not-your-head")
    world.when(sheet_again(named), vote("tenant", "1-2")).then("cast")


def test_a_page_of_ballots_is_as_it_was() -> None:
    given("open, paper").when(paper(("1-2", YES)), key_again(("1-2", YES))).admitted()


def test_an_older_edition_has_no_other_acts_on_paper_r_src_1() -> None:
    second = Edition("cn-sz-2", LATEST.calendar).named()
    given("bound").when(adopt(second), sheet(X)).refused("kind-not-offered", kind="objection-raised/1")


def test_no_edition_comes_back_that_does_not_know_a_waiting_page_r_src_1() -> None:
    given("sheet waits").when(adopt(Edition("cn-sz-2", LATEST.calendar).named())).refused("edition-behind", ruleset="cn-sz-2")


PAGE_ROW = st.sampled_from(["1-1", "1-2", "1-3", "1-6", "9-9"])


@settings(max_examples=60, deadline=None)
@over(first=st.lists(PAGE_ROW, min_size=1, max_size=4), second=st.lists(PAGE_ROW, max_size=4),
      keys=st.sets(st.sampled_from(["o1", "o2", "o3"])))  # fmt: skip
def test_whatever_two_people_key_no_head_signs_twice_r_bal_5(first: list[str], second: list[str], keys: set[str]) -> None:
    world: Given = given("roll frozen").when(request(purpose=EXTRAORDINARY)).admitted()
    page = world.when(sheet(*map(paper_signature, first)))
    if isinstance(page.answer, Refused):
        assert page.answer.code in {"wrong-stage", "head-unknown"}
        return
    for who in keys:
        world.when(sign(who)).admitted()
    keyed = world.when(sheet_again(*map(paper_signature, second)))
    if isinstance(keyed.answer, Refused):
        assert keyed.answer.code in {"forms-differ", "wrong-stage"}
    assert world.state["request", "q"].heads == len(signers(world.state, "q")) == counted(world.play)[0]
