"""The roll: pages, posting, freeze, and which key stands for which head (R-ROLL-3…5, R-ROLL-8, R-DIS-2, R-SIG-5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import tests.moves  # noqa: F401  # every subject's stages
from domain.counting import Weight
from domain.lifecycle import UNOPENED, Breach, Unopened
from domain.roll import Unit, row_of, units_of
from domain.state import STEPS, act_of
from scripts.stories.player import Play
from tests.acts import AREA, HEADS, Case, Move, bind, case, confirm, freeze, given, page, revoke, said


def unit(name: str, *owners: str, area: int = 10_000, status: str = "sold") -> Unit:
    return Unit(name, "1", frozenset(owners), area, status)


def sheet(number: int, *heads: Sequence[Unit], **changes: Any) -> Move:
    """A page of snapshot r2 with a row for each of these heads; `changes` go into every row."""
    rows = {bytes([number, n]) * 8: row_of(tuple(units)) | changes for n, units in enumerate(heads)}
    body = {"area": sum(one.area for units in heads for one in units), "heads": len(rows), "page": str(number), "snapshot": "r2",
            "tags": tuple(rows)}  # fmt: skip
    return said("clerk", "roll-page/1", lambda _: body, sealed=lambda _: {f"row/{tag.hex()}": row for tag, row in rows.items()})


def freeze_r2() -> Move:
    """The freeze of all pages of snapshot r2."""

    def body(play: Play) -> dict[str, Any]:
        pages = play.door.fold.state["roll-pages", "r2"]
        total = sum((one.total for one in pages), Weight())
        return {"area": total.area, "heads": total.heads, "pages": tuple(one.leaf for one in pages),
                "posted": {"from": "2026-08-07", "to": "2026-08-14"}, "snapshot": "r2"}  # fmt: skip

    return said("clerk", "roll-frozen/1", body, confirm=("bureau",)).on(POSTED)


TWO = (unit("2-1", "x"), unit("2-2", "x"))
POSTED = "2026-08-15 10:00"

REFUSED = [
    case("roll-frozen", "no page after the freeze R-ROLL-8", "roll frozen", page(3, [unit("9-9", "x")])),
    case("already-exists", "frozen once R-ROLL-8", "roll frozen", freeze()),
    case("already-exists", "a page of that name", "paged", page(2)),
    case("page-miscounted", "a row too few", "staffed", page().but(heads=HEADS + 1)),
    case("tag-known", "a head on another page of this snapshot", "paged", page(3)),
    case("not-authorised", "the convener keeps no roll", "staffed", page().by("street")),
    case("totals-differ", "the page's area is not that of its rows R-ROLL-3", "staffed", page().but(area=AREA + 1)),
    case("row-columns-differ", "an area for two units", "staffed", sheet(1, TWO, area=(20_000,))),
    case("row-columns-differ", "a building for one of them", "staffed", sheet(1, TWO, building=("1",))),
    case("opening-malformed", "one owner twice", "staffed", sheet(1, TWO, owners=("x", "x"))),
    case("row-mixes-heads", "sold and unsold in one row R-ROLL-5", "staffed",
         sheet(1, (TWO[0], unit("2-2", "x", status="unsold"))), freeze_r2()),
    case("unit-twice", "in one row", "staffed", sheet(1, (TWO[0], TWO[0])), freeze_r2()),
    case("unit-twice", "on two pages", "staffed", sheet(1, TWO), sheet(2, [unit("2-1", "y")]), freeze_r2()),
    case("head-twice", "one set of owners in two rows R-ROLL-5", "staffed",
         sheet(1, [unit("2-1", "x", "y")], [unit("2-2", "y", "x")]), freeze_r2()),
    case("head-twice", "the developer's remainder on two pages R-ROLL-3", "staffed",
         sheet(1, [unit("2-1", status="unsold")]), sheet(2, [unit("2-2", "z", status="undelivered")]), freeze_r2()),
    case("totals-differ", "a page left out", "bound", freeze().amend(lambda _, body: {"pages": body["pages"][:1]}), at=POSTED),
    case("pages-differ", "in another order", "bound", freeze().amend(lambda _, body: {"pages": body["pages"][::-1]}), at=POSTED),
    case("pages-differ", "of a snapshot without pages", "bound", freeze().but(snapshot="r2"), at=POSTED),
    case("totals-differ", "a head too many R-ROLL-3", "bound", freeze().but(heads=HEADS + 1), at=POSTED),
    case("totals-differ", "a hundredth of a square metre too many", "bound", freeze().but(area=AREA + 1), at=POSTED),
    case("posting-not-over", "still hanging R-DIS-2", "bound", freeze().but(posted={"from": "2026-08-07", "to": "2026-08-15"}), at=POSTED),
    case("posting-too-short", "six days R-DIS-2", "bound", freeze().but(posted={"from": "2026-08-08", "to": "2026-08-14"}), at=POSTED),
    case("head-unknown", "a tag that the snapshot has not", "bound", bind("9-9", "o1")),
    case("head-unknown", "no such snapshot", "bound", bind("1-1", "o1").but(snapshot="r2")),
    case("bound-key-unknown", "a key that was never admitted", "bound", bind("1-1", "newcomer")),
    case("bound-key-unknown", "a key that is revoked R-SIG-6", "bound", revoke("o1"), bind("1-1", "o1")),
    case("holder-not-owner", "a tenant R-SIG-5", "bound", bind("1-1", "tenant")),
    case("holder-not-owner", "a neighbour R-SIG-5", "bound", bind("1-1", "o2")),
    case("holder-not-owner", "the developer's remainder has nobody's name", "bound", bind("1-10", "o1")),
    case("already-exists", "a page of that name", "bound", bind("1-1", "o1", 9), bind("1-2", "o2", 9)),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_the_roll(case: Case) -> None:
    case.check()


def test_a_roll_is_frozen_with_its_heads_and_its_area_r_roll_3_r_roll_8() -> None:
    roll = given("roll frozen").state["roll", "r1"]
    assert roll.total == Weight(HEADS, AREA)
    assert [tag for tag, _ in roll.tags] == sorted({tag for tag, _ in roll.tags})
    assert len(roll.tags) == HEADS


def test_a_roll_posted_for_exactly_its_seven_days_is_frozen_on_the_last_r_dis_2() -> None:
    given("bound", at="2026-08-15 00:00").when(freeze()).then("frozen")


def test_units_of_one_owner_alone_and_with_another_are_two_heads_r_roll_4_r_roll_5() -> None:
    rows = [[unit("2-1", "x")], [unit("2-2", "x", "y")], [unit("2-3", "y")], [unit("2-4", status="unsold")]]
    world = given("staffed").when(sheet(1, *rows), freeze_r2()).admitted()
    assert world.state["roll", "r2"].total == Weight(4, 40_000)


def test_a_page_that_came_after_the_freeze_was_signed_is_void_and_cannot_hold_it_up() -> None:
    world = given("bound", at=POSTED).when(freeze().confirmed_by().named("freeze"), page(3, [unit("9-9", "x")])).admitted()
    world.when(confirm("bureau", "freeze")).admitted()
    assert world.state["roll", "r1"].total.heads == HEADS
    assert ("head", ("r1", world.play.tag("9-9"))) not in world.state


def test_a_roll_claimed_to_have_hung_before_its_pages_were_recorded_hung_from_then_r_time_4() -> None:
    """R-TIME-4: pages recorded on the 15th, with three days of tolerance, hang from the 12th at the earliest."""
    world = given("staffed", at="2026-08-15 09:00").when(sheet(1, TWO)).admitted()
    world.when(freeze_r2().on("2026-08-18 09:00")).refused("posting-too-short", days=2, needed=7)
    late = freeze_r2().but(posted={"from": "2026-08-07", "to": "2026-08-19"})
    world.when(late.on("2026-08-20 09:00")).then("frozen")


def test_a_corrected_roll_is_a_new_snapshot_r_roll_8() -> None:
    posted = {"from": "2026-08-15", "to": "2026-08-22"}
    world = given("second roll").when(sheet(1, TWO), freeze_r2().but(posted=posted).on("2026-08-23 10:00")).admitted()
    assert (world.state["roll", "r1"].total.heads, world.state["roll", "r2"].total.heads) == (HEADS, 1)


def test_a_row_survives_its_spelling() -> None:
    assert units_of(row_of(TWO)) == TWO
    assert row_of((unit("2-1", "x", status="undelivered"),))["owners"] == ()


def test_a_key_bound_before_the_freeze_is_in_time_and_after_it_late() -> None:
    world = given("roll frozen")
    heads = {unit: world.state["head", ("r1", world.play.tag(unit))] for unit in ("1-1", "1-8")}
    assert {unit: bool(head.late) for unit, head in heads.items()} == {"1-1": False, "1-8": True}


def test_several_keys_may_stand_for_one_head_and_one_key_for_several_r_bal_5() -> None:
    world = given("bound")
    assert len(world.state["head", ("r1", world.play.tag("1-1"))].keys) == 2
    tag = world.play.tag("1-1")
    world.when(bind("1-1", "o1").amend(lambda play, _: {"rows": ((tag, play.people["o1"].key.id),) * 2})).admitted()
    assert len(world.state["head", ("r1", tag)].keys) == 2


def test_a_binding_that_was_late_once_is_not_made_early_by_another() -> None:
    world = given("roll frozen").when(bind("1-8", "o9")).then("bound")
    head = world.state["head", ("r1", world.play.tag("1-8"))]
    assert head.keys == head.late == (world.play.people["o9"].key.id,)


def test_without_the_rows_it_rests_on_the_door_admits_nothing() -> None:
    for move in (freeze(), bind("1-1", "o1")):
        world = given("bound", at=POSTED)
        world.door.erase(world.state["head", ("r1", world.play.tag("1-1"))].page)
        world.when(move).refused("sealed-not-opened")


def test_a_binding_rests_on_the_rows_it_names_alone() -> None:
    world = given("bound")
    pages = {world.play.leaves["roll-r1-1"], world.play.leaves["roll-r1-2"]}
    world.door.erase((pages - {world.state["head", ("r1", world.play.tag("1-1"))].page}).pop())
    world.when(bind("1-1", "o1")).then("bound")


@pytest.mark.parametrize(("kind", "names"), [
    ("roll-page/1", {"row"}), ("roll-frozen/1", {"row"}), ("heads-bound/1", {"row", "holder"}),
])  # fmt: skip
def test_an_auditor_without_openings_is_told_which_are_missing(kind: str, names: set[str]) -> None:
    world = given("bound")
    act = next(one for one in map(act_of, given("roll frozen").door.entries) if one.act.kind == kind).act
    found = STEPS[kind][1].recheck(world.state, act, lambda _leaf, _name: UNOPENED)
    assert isinstance(found, Unopened)
    assert {name.split("/")[0] for name in found.names} == names


def test_what_was_opened_and_is_wrong_is_found_beside_what_was_not_opened() -> None:
    world = given("bound")
    act = next(one for one in map(act_of, world.door.entries) if one.act.kind == "heads-bound/1").act
    first, second = (key.hex() for _, key in act.body["rows"][:2])

    def some(leaf: bytes, name: str) -> Any:
        if name == f"holder/{first}":
            return UNOPENED
        return {"id": "somebody", "name": "x"} if name == f"holder/{second}" else world.door.opening(leaf, name)

    found = STEPS["heads-bound/1"][1].recheck(world.state, act, some)
    assert found == Breach("holder-not-owner", {"key": second})
