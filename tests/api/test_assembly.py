"""Elections, the committee, objections, requests, duties and what was joined, as JSON and as pages: the same facts, nobody's id."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import tests.moves
from api.app import create_app
from domain.acts import KINDS
from tests.acts import LAWFUL, Given, Move, given
from tests.api.conftest import BASE, CODE
from tests.api.test_pages import LINK
from tests.moves import board, counting, elections, rights
from tests.served import opened

C = f"/c/{CODE}"
assert tests.moves

PROOF = "回执与原始字节"
Serve = Callable[[Given], TestClient]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """A client of the application over a ledger in memory."""
    return lambda world: TestClient(create_app({CODE: opened(world.door, tmp_path / "data")}, ("testserver",)))


def text_of(client: TestClient, path: str, lang: str = "zh") -> str:
    """A page's words as one line, without marks."""
    answer = client.get(path, params={"lang": lang})
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def named(move: Move, name: str, unit: str) -> Move:
    return move.sealing(profile={**elections.PROFILE, "name": name, "unit": unit})


# --- every kind -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(LAWFUL))
def test_a_lawful_act_of_each_kind_has_its_page_in_both_languages(serve: Serve, kind: str) -> None:
    stage, move, when = LAWFUL[kind]
    world = given(stage, at=when).when(move).admitted()
    client, index = serve(world), world.door.leaves.index(world.play.leaves.get("it", world.door.leaves[-1]))
    for lang, name in (("zh", KINDS[kind].zh), ("en", KINDS[kind].en)):
        text = text_of(client, f"{C}/entries/{index}", lang)
        assert name in text
        assert "{" not in text.replace('{"', "")
        assert text_of(client, C, lang)


@pytest.mark.parametrize(("kind", "shown", "hidden"), [
    ("candidate-nominated/1", ("竞选说明 愿为大家服务。", "候选人 业主（示例）", "选举 首次选举"), ("c1",)),
    ("candidate-checked/1", ("不合格理由 欠缴物业费", "所属事项 首次选举"), ("c1",)),
    ("election-declared/1", ("所依据的表决 选举业主委员会",), ("c1", "v1")),
    ("committee-filed/1", ("备案机关 住房建设部门",), ("bureau-longgang",)),
    ("committee-noticed/1", ("列席人员 监票人（社区党委）", "会议 2026年8月20日业主委员会会议"), ()),
    ("committee-voted/1", ("事项 1 更换路灯（示例） 同意",), ("lamps",)),
    ("seal-used/1", ("决定 2026年8月20日业主委员会会议 · 第22条",), ("m1",)),
    ("carried-over/1", ("委员 1（期初登记，只作记载，未经本台账核查）",), ()),
    ("objection-answered/1", ("所属事项 异议 x", "答复结论 不成立"), ()),
    ("request-signed/1", ("提议 成立首次业主大会筹备组", "签署 业主 状态"), ()),
    ("group-formed/1", ("组长 监督单位（街道办事处）",), ("业主1",)),
])  # fmt: skip
def test_ids_are_said_in_words_on_a_record(serve: Serve, kind: str, shown: tuple[str, ...], hidden: tuple[str, ...]) -> None:
    stage, move, when = LAWFUL[kind]
    world = given(stage, at=when).when(move).admitted()
    text = text_of(serve(world), f"{C}/entries/{world.door.leaves.index(world.play.leaves['it'])}")
    for words in shown:
        assert words in text, words
    said = text[text.index(" 内容 ") : text.index(PROOF)]
    assert not [one for one in hidden if re.search(rf"(?<![\w-]){one}(?![\w-])", said)]


def test_a_vote_that_was_annulled_or_counted_again_says_so_in_a_banner(serve: Serve) -> None:
    world = given("certified", at="2026-09-21 10:00").when(counting.annul()).admitted()
    assert "这项结果已被撤销，不再有效" in text_of(serve(world), f"{C}/polls/p")


def test_a_recount_leads_to_the_first_result_and_shows_the_objection(serve: Serve) -> None:
    world = given("upheld", at="2026-09-20 10:00").when(counting.recount()).admitted()
    text = text_of(serve(world), f"{C}/polls/p")
    assert "这是复核后的结果" in text
    assert "异议成立" in text
