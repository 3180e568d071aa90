"""Own rows: whoever has a head on the roll gets her rows of the result and their paths, also of old votes; what is lost is said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from api.own import own_file, own_page
from api.rendering import make_site, read_words
from domain.lifecycle import UNOPENED
from domain.state import act_of
from projections.ledgers import policy_of, view
from projections.own import Lost, Own, own_rows, tag_of_unit, tags_of_key, tags_of_person
from projections.polls import poll_face
from projections.verification import check_receipt
from scripts.stories import estate
from scripts.stories.player import Step
from tests.api.conftest import UNITS, Estate
from tests.projections.own_vectors import FILE, vectors


def go(world: Estate, *steps: Iterable[Step]) -> None:
    for one in steps:
        list(world.play.play(one))


def rows_of(served: Estate, *heads: int) -> Own:
    found = own_rows(served.opened, "lifts", [served.play.tag(UNITS[head - 1].unit) for head in heads])
    assert isinstance(found, Own)
    return found


def lose(estate: Estate, monkeypatch: pytest.MonkeyPatch, leaf: bytes, name: str) -> None:
    """This opening cannot be opened any more."""
    opening = estate.opened.door.opening
    monkeypatch.setattr(
        estate.opened.door, "opening", lambda of, word: UNOPENED if (of, word) == (leaf, name) else opening(of, word)
    )


def test_the_shared_vectors_are_what_the_program_makes(fresh: Estate) -> None:
    made = json.loads(json.dumps(vectors(view(fresh.opened), fresh.opened, fresh.play)))
    assert json.loads(FILE.read_text("utf-8")) == made, "python -m tests.projections.own_vectors"


def test_a_head_has_a_row_for_each_item_and_each_is_proven_under_the_certified_root(fresh: Estate) -> None:
    found = rows_of(fresh, 1)
    index = fresh.index("lifts-result")
    counted = act_of(fresh.opened.door.shelf.entries(index, 1)[0]).act.body["counted"]
    assert [own.proven(counted["size"], counted["root"]) for own in found.rows] == list(found.told)
    assert [(row.item, row.counted_as) for row in found.told] == [("raise", "agree"), ("use", "abstain")]
    assert found.result.index == index


def test_whose_rows_they_are_follows_from_the_roll_and_from_the_keys(fresh: Estate) -> None:
    seen, tag = view(fresh.opened), fresh.play.tag(UNITS[2].unit)
    head = fresh.play.people["head-03"]
    assert tags_of_key(seen.state, "lifts", head.key.id) == (tag,)
    assert tags_of_person(seen.state, "lifts", head.person) == (tag,)
    assert tag_of_unit(seen, "lifts", UNITS[2].unit) == tag
    assert tags_of_key(seen.state, "lifts", bytes(32)) == ()
    assert tags_of_key(seen.state, "lifts", fresh.play.people["clerk"].key.id) == ()
    assert tag_of_unit(seen, "lifts", "none-such") is None


def test_while_nothing_is_certified_there_are_no_rows(fresh: Estate) -> None:
    assert own_rows(fresh.opened, "garden", [fresh.play.tag(UNITS[0].unit)]) is None


@pytest.mark.parametrize("name", ["count-key", "row"])
def test_what_was_erased_or_lost_is_said(fresh: Estate, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    seen, tag = view(fresh.opened), fresh.play.tag(UNITS[4].unit)
    leaf = fresh.play.leaves["lifts-result"] if name == "count-key" else seen.state["roll", "r"].pages[0]
    word = name if name == "count-key" else f"row/{tag.hex()}"
    lose(fresh, monkeypatch, leaf, word)
    assert own_rows(fresh.opened, "lifts", [fresh.play.tag(UNITS[0].unit)]) == Lost((word,))
    if name == "row":
        assert tag_of_unit(seen, "lifts", "none-such") == Lost((word,))


def test_rows_that_are_no_longer_those_certified_are_not_given(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = fresh.opened.door.opening
    monkeypatch.setattr(fresh.opened.door, "opening", lambda of, word: bytes(32) if word == "count-key" else opening(of, word))
    assert own_rows(fresh.opened, "lifts", [fresh.play.tag(UNITS[0].unit)]) == Lost(("choices",))


def test_a_tree_that_was_built_serves_the_others_when_one_owners_row_is_erased(
    fresh: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(fresh, 1)
    page, tag = view(fresh.opened).state["roll", "r"].pages[0], fresh.play.tag(UNITS[4].unit)
    lose(fresh, monkeypatch, page, f"row/{tag.hex()}")
    assert rows_of(fresh, 1) == before
    assert own_rows(fresh.opened, "lifts", [tag]) == Lost((f"row/{tag.hex()}",))


def test_a_form_corrected_after_the_result_takes_nobodys_path_away_r_dis_4(fresh: Estate) -> None:
    """An objection to the count is upheld and a form corrected: until it is counted again, the result is what it was."""
    play, first = fresh.play, UNITS[0].unit
    form = (first, {"use": "agree"})
    go(fresh, estate.notice("2026-10-22 09:00", "kiln", "r", {"use": ("use-maintenance-fund", "修窑?")}, "2026-11-12 09:00",
                            "2026-11-20 20:00", "修窑", "rules-12", ("electronic", "paper")),
       estate.posted("2026-10-22 10:00", "kiln", 1, "hall", "2026-10-22", "2026-12-01"), estate.open_poll("2026-11-12 09:00", "kiln"),
       [estate.paper_page("2026-11-13 10:00", "kiln", "kiln-1", [form]), estate.keyed("2026-11-13 11:00", "kiln", "kiln-1", [form])],
       estate.close("2026-11-20 20:30", "kiln"), estate.certify("2026-11-21 10:00", "kiln", fresh.opened.door.opening))  # fmt: skip
    tags = [play.tag(first)]
    before = own_rows(fresh.opened, "kiln", tags)
    objection = {
        "ground": "counting",
        "id": "x",
        "of": play.leaves["kiln-result"],
        "snapshot": "r",
        "tag": play.tag(UNITS[1].unit),
    }
    wrong, observed = (first, {"use": "against"}), {"person": play.people["observer"].person}
    go(fresh, [Step("2026-11-22 10:00", "head-02", "objection-raised/1", objection, {"text": "看错一格(示例)"}),
               Step("2026-11-22 11:00", "street", "objection-answered/1", {"id": "x", "outcome": "upheld"}, {"answer": "属实(示例)"}),
               estate.correction("2026-11-22 12:00", "kiln", "kiln-2", "kiln-1", [first], [wrong], "看错一格", observed=True),
               estate.keyed("2026-11-22 13:00", "kiln", "kiln-2", [wrong]),
               Step("2026-11-22 14:00", "observer", "confirmed/1", observed, about="kiln-2")])  # fmt: skip
    fresh.opened.trees.clear()
    after = own_rows(fresh.opened, "kiln", tags)
    assert isinstance(before, Own)
    assert isinstance(after, Own)
    assert (after.rows, after.told[0].counted_as) == (before.rows, "agree")


def test_a_row_that_is_no_longer_the_one_in_the_tree_is_not_given(fresh: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    rows_of(fresh, 1)
    opening = fresh.opened.door.opening
    monkeypatch.setattr(fresh.opened.door, "opening", lambda of, word: bytes(32) if word == "count-key" else opening(of, word))
    assert own_rows(fresh.opened, "lifts", [fresh.play.tag(UNITS[0].unit)]) == Lost(("choices",))


# --- checked by the site


@pytest.mark.parametrize("case", json.loads(FILE.read_text("utf-8"))["accept"], ids=lambda case: case["case"])
def test_the_site_checks_an_owners_rows(fresh: Estate, case: Any) -> None:
    checked = check_receipt(json.dumps(case["file"]), policy_of(fresh.opened), [fresh.opened])
    assert checked.ok
    said = [step.says["said"]["zh"] for step in checked.steps if step.name == "own-row"]
    assert said == [row["zh"] for row in case["rows"]]
    answer = fresh.client.post("/verify", data={"receipt": json.dumps(case["file"]), "policy": policy_of(fresh.opened)})
    assert all(text in answer.text for text in said)
    english = fresh.client.post("/verify?lang=en", data={"receipt": json.dumps(case["file"]), "policy": ""})
    assert all(row["en"] in english.text for row in case["rows"])


@pytest.mark.parametrize("case", json.loads(FILE.read_text("utf-8"))["refuse"], ids=lambda case: case["case"])
def test_the_site_refuses_rows_that_do_not_hold(fresh: Estate, case: Any) -> None:
    checked = check_receipt(json.dumps(case["file"]), policy_of(fresh.opened), [fresh.opened])
    assert case["failed"] in [step.name for step in checked.steps if not step.ok]


def test_the_site_reads_nothing_else_as_rows(fresh: Estate) -> None:
    good = json.loads(FILE.read_text("utf-8"))["accept"][0]["file"]
    for file in ({**good, "rows": []}, {**good, "result": []}, {**good, "result": {**good["result"], "entry": "AAAA"}}):
        assert not check_receipt(json.dumps(file), policy_of(fresh.opened), [fresh.opened]).ok


# --- shown


def client(estate: Estate, found: Any) -> TestClient:
    """An application with nothing but the page of own rows; the real route asks a session who it is."""
    app = FastAPI()
    app.state.site = make_site(read_words())

    @app.get("/page")
    def shown(request: Request) -> Response:
        return own_page(request, estate.opened, view(estate.opened), "lifts", found, "/file")

    @app.get("/file")
    def kept() -> Response:
        return own_file(estate.opened, "lifts", found)

    return TestClient(app)


def test_the_page_says_how_each_item_was_counted_and_gives_the_file(fresh: Estate) -> None:
    found = rows_of(fresh, 1)
    site = client(fresh, found)
    text = site.get("/page").text
    assert "计为弃权，80.01㎡" in text
    assert "计为同意，80.01㎡" in text
    assert "是否同意使用维修资金?" in text
    assert "counted as abstain, 80.01 m²" in site.get("/page?lang=en").text
    answer = site.get("/file")
    assert answer.json() == json.loads(json.dumps(found.document()))
    assert answer.headers["cache-control"] == site.get("/page").headers["cache-control"] == "no-store"
    assert "own-440307-001-lifts.json" in answer.headers["content-disposition"]


@pytest.mark.parametrize(("found", "said"), [
    (Lost(("count-key",)), "1 项已删除或遗失"), (None, "结果还没有核定"),
])  # fmt: skip
def test_the_page_says_why_there_is_nothing(fresh: Estate, found: Any, said: str) -> None:
    assert said in client(fresh, found).get("/page").text


def test_the_page_says_when_a_key_stands_for_nobody(fresh: Estate) -> None:
    found = own_rows(fresh.opened, "lifts", [])
    assert "没有与您的密钥关联" in client(fresh, found).get("/page").text
    assert poll_face(view(fresh.opened), "lifts") is not None
