"""Elections, the committee, objections, requests, duties and what was joined, as JSON and as pages: the same facts, nobody's id."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest
from starlette.testclient import TestClient

import tests.moves
from api.app import create_app
from domain.acts import KINDS
from scripts.stories import changing, first_assembly, joining
from tests.acts import LAWFUL, Given, erase, given
from tests.api.assembled import GROUNDS, NAMES, PAGES, TENANT, WORDS, assembled
from tests.api.conftest import BASE, CODE
from tests.api.test_problems import problem
from tests.moves import board, counting, elections, rights
from tests.scenarios.stories import played
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


@pytest.fixture(scope="module")
def world() -> Given:
    """The estate that has governed itself; nothing is recorded in it."""
    return assembled()


@pytest.fixture(scope="module")
def client(world: Given, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return TestClient(create_app({CODE: opened(world.door, tmp_path_factory.mktemp("seen") / "data")}, ("testserver",)))


FACES = ("elections", "elections/e1", "committee", "meetings", "meetings/m1", "objections", "objections?matter=v1", "joined",
         "deadlines", "requests", "requests/q", "groups")  # fmt: skip


# --- an election ----------------------------------------------------------------------------------------------------------------


def test_an_election_tells_how_far_it_has_come(client: TestClient) -> None:
    told = client.get(f"{BASE}/elections/e1").json()
    steps = {one["name"]: one["standing"] for one in told["steps"]}
    assert list(steps) == ["begun", "nominations", "checked", "posted", "final", "vote", "declared", "officers", "filed"]
    assert set(list(steps.values())[:8]) == {"done"}
    assert steps["filed"] == "now"
    short = client.get(f"{BASE}/elections").json()
    assert [(one["election"], one["kind"], one["now"], one["candidates"]) for one in short] == [("e1", "first", "filed", 8)]


def test_candidates_stand_with_what_they_publish_and_what_was_found(client: TestClient) -> None:
    told = {one["id"]: one for one in client.get(f"{BASE}/elections/e1").json()["candidates"]}
    assert told["c1"]["profile"]["name"] == NAMES["c1"]
    assert [told[name]["profile"]["political"] for name in ("c1", "c2")] == [None, "中共党员"]
    assert [told[name]["by"] for name in ("c1", "c8")] == ["self", "party"]
    assert told["c8"]["finding"]["qualified"] is False
    assert "not-an-owner" not in str(told["c8"])
    assert told["c8"]["finding"]["reason"] == GROUNDS
    assert [told[f"c{n}"]["outcome"] for n in range(1, 9)] == ["elected"] * 5 + ["alternate"] * 2 + [None]
    assert told["c1"]["figures"]["agree"] == {"heads": 8, "area": 100_000}
    assert told["c8"]["figures"] is None


def test_the_page_of_an_election_says_it_in_words(client: TestClient) -> None:
    text = text_of(client, f"{C}/elections/e1")
    for words in ("业主委员会首次选举", "当选委员", NAMES["c5"], "候补委员（按顺序）： 业主6（示例） 、 业主7（示例）",
                  "主任 业主1（示例） · 副主任 业主2（示例）",
                  "无论由谁推荐，当选与否由业主投票决定", "党组织推荐 审查不合格", TENANT, "审查认为不符合候选人条件",
                  GROUNDS, WORDS, "异议不成立",
                  "8 人 · 1,000.00 平方米", "逾期 3 天", "办理选举备案", "住房建设部门 2026年10月10日"):  # fmt: skip
        assert words in text, words
    assert text.count("中共党员") == 1


@pytest.mark.parametrize(("stage", "words", "step"), [
    ("branch", None, None),
    ("election begun", "还没有人被提名", "nominations"),
    ("nominated", "待审查", "nominations"),
    ("candidates checked", "审查合格", "posted"),
    ("candidates posted", "提名和审查中", "final"),
    ("candidates final", "候选人已确定", "vote"),
    ("election noticed", "已公告，尚未开始", "vote"),
    ("elected", "得票", "declared"),
    ("seated", "推选主任", "officers"),
    ("in office", "当选委员", "filed"),
    ("run-off", "得票相同，须再次表决： 业主（示例） 、 业主（示例）", "vote"),
    ("run-off voted", "第 2 轮", "declared"),
    ("none elected", "当选人数不足，本次选举没有选出业主委员会", None),
    ("re-election voted", "当选委员", "filed"),
])  # fmt: skip
def test_an_election_is_read_at_every_stage(serve: Serve, stage: str, words: str | None, step: str | None) -> None:
    client = serve(given(stage))
    if words is None:
        assert client.get(f"{BASE}/elections").json() == []
        assert text_of(client, f"{C}/committee").count("还没有业主委员会") == 1
        return
    assert words in text_of(client, f"{C}/elections/e1")
    assert text_of(client, f"{C}/elections/e1", "en")
    now = [one["name"] for one in client.get(f"{BASE}/elections/e1").json()["steps"] if one["standing"] == "now"]
    assert now == ([step] if step else [])


def test_a_posted_list_that_names_a_stranger_is_shown_with_its_flag_r_sz_7(serve: Serve) -> None:
    world = given("candidates checked", at="2026-08-22 10:00").when(elections.hang("c1", "stranger")).admitted()
    client = serve(world)
    assert client.get(f"{BASE}/elections/e1").json()["flags"][0]["code"] == "candidates-left-out"
    assert "候选人 stranger（简介未开示）" in text_of(client, f"{C}/elections/e1")
    assert "stranger" in text_of(client, f"{C}/entries/{world.door.leaves.index(world.play.leaves['it'])}")


def test_a_by_election_has_no_officers_to_elect(serve: Serve) -> None:
    client = serve(given("filling voted"))
    told = client.get(f"{BASE}/elections/e2").json()
    assert "officers" not in {one["name"] for one in told["steps"]}
    assert "任期至本届届满" in text_of(client, f"{C}/elections/e2")
    assert [one["election"] for one in client.get(f"{BASE}/elections").json()] == ["e2", "e1"]


def test_a_candidate_who_withdrew_is_shown_so_with_the_reason(serve: Serve) -> None:
    world = given("nominated", at="2026-08-21 09:00").when(elections.withdraw("c1"), elections.withdraw("c2", "o2")).admitted()
    text = text_of(serve(world), f"{C}/elections/e1")
    assert text.count("已退出") >= 2
    assert "本人书面退出（示例）" in text


def test_a_tied_candidate_is_said_to_be_tied(serve: Serve) -> None:
    told = serve(given("run-off")).get(f"{BASE}/elections/e1").json()
    assert [one["outcome"] for one in told["candidates"]] == ["elected"] * 4 + ["tied"] * 2 + ["alternate"]


# --- the committee --------------------------------------------------------------------------------------------------------------


def test_the_committee_shows_who_sits_and_until_when_r_com_1(client: TestClient) -> None:
    told = client.get(f"{BASE}/committee").json()
    assert [(one["who"]["name"], one["office"]) for one in told["members"]] == [
        (NAMES["c1"], "chair"), (NAMES["c2"], "deputy"), (NAMES["c3"], "member"), (NAMES["c4"], "member")]  # fmt: skip
    assert (told["start"], told["end"], told["flag"], told["vacancies"]) == ("2026-09-30", "2031-09-30", None, 1)
    assert [one["name"] for one in told["alternates"]] == [NAMES["c6"], NAMES["c7"]]
    text = text_of(client, f"{C}/committee")
    for words in ("还有 1,793 天", "在任 4 人，席位 5 个", "空缺 1 席", "2026年10月27日 业主5（示例） 不再担任委员：辞职 · 第115条",
                  "移交档案、印章和财物",
                  "没有依据", "用印时没有可依据的已通过决定", "更换路灯（示例） 通过"):  # fmt: skip
        assert words in text, words


def test_a_term_that_is_over_is_said_in_a_banner_r_com_13(serve: Serve) -> None:
    world = given("in office", at="2031-10-01 09:00")
    client = serve(world)
    assert client.get(f"{BASE}/committee").json()["flag"] == "TERM_EXPIRED"
    assert "任期届满 任期已于 2031年9月30日 届满" in text_of(client, f"{C}/committee")
    assert "任期届满" in text_of(client, C)


def test_members_carried_over_have_numbers_and_no_names(serve: Serve) -> None:
    client = serve(given("carried over"))
    told = client.get(f"{BASE}/committee").json()
    assert told["attested"]
    assert sorted(one["who"]["carried"] for one in told["members"]) == [1, 2, 3, 4, 5]
    assert "主任 委员" in text_of(client, f"{C}/committee")
    assert "期初登记，只作记载，未经本台账核查" in text_of(client, f"{C}/committee")


def test_a_meeting_of_members_carried_over_says_once_that_nobody_checked_them(tmp_path: Path) -> None:
    served = opened(played(joining)[0], tmp_path / "data")
    client = TestClient(create_app({served.home.code: served}, ("testserver",)))
    text = text_of(client, f"/c/{served.home.code}/meetings/2026-lamps")
    assert "委员 1（期初登记）、委员 2（期初登记）" in text
    assert text.count("只作记载，未经本台账核查") == 1


def test_a_meeting_shows_each_members_vote_and_the_arithmetic_r_com_8(client: TestClient) -> None:
    told = client.get(f"{BASE}/meetings/m1").json()
    lamps, reply = told["items"]
    assert (told["in_office"], len(told["present"]), [one["name"] for one in told["absent"]]) == (
        5,
        3,
        [NAMES["c4"], NAMES["c5"]],
    )
    assert (lamps["passed"], reply["passed"]) == (True, False)
    assert [one["name"] for one in reply["votes"]["recused"]] == [NAMES["c3"]]
    assert [(one["part"], one["whole"], one["met"]) for one in reply["ratios"]] == [(3, 5, True), (1, 5, False)]
    assert [(one["day"], one["flags"][0]["rule"]) for one in told["postings"]] == [("2026-10-24", "R-COM-7")]
    text = text_of(client, f"{C}/meetings/m1")
    for words in ("到会 3 人，在任 5 人，要求过半数（不含一半）", "同意 1 人，在任 5 人，要求二分之一以上（含）", "回避 1 人 业主3（示例）",
                  "监票人（社区党委） 列席人员不表决", "会议记录（示例）", "应在 2026年10月22日 前公告", "更换路灯（示例）"):  # fmt: skip
        assert words in text, words


def test_before_the_minutes_a_meeting_shows_votes_and_no_decision(serve: Serve) -> None:
    client = serve(given("meeting voted"))
    told = client.get(f"{BASE}/meetings/m1").json()
    assert {one["passed"] for one in told["items"]} == {None}
    assert len(told["items"][0]["votes"]["agree"]) == 4
    assert "会议记录形成之前" in text_of(client, f"{C}/meetings/m1")
    assert client.get(f"{BASE}/committee").json()["meetings"][0]["passed"] is None


def test_the_seal_rests_on_a_vote_of_the_owners_too_r_com_14(serve: Serve) -> None:
    use = board.use_seal(board.decision("poll", "p", "use", "p-result"), "2026-09-19")
    strange = board.use_seal(board.decision("meeting", "none", "use", "p-result"), "2026-09-19", 2)
    world = given("certified, committee sits", at="2026-09-19 10:00").when(use, strange).admitted()
    client = serve(world)
    told = client.get(f"{BASE}/committee").json()["seal"]
    assert [(one["rests"]["of"], one["rests"]["passed"]) for one in told] == [("meeting", None), ("poll", True)]
    text = text_of(client, f"{C}/committee")
    assert "关于电梯的表决 通过" in text
    assert "业主委员会会议 none" in text


def test_a_committee_without_a_chair_says_so(serve: Serve) -> None:
    client = serve(given("seated"))
    assert "还没有推选主任" in text_of(client, f"{C}/committee")
    assert "待推选主任" in text_of(client, C)


def test_a_profile_that_was_erased_leaves_the_candidates_id_and_says_so(serve: Serve) -> None:
    world = given("election begun", at="2026-08-18 09:00").when(elections.nominate("c1", "o1").named("nomination")).admitted()
    world.at("2026-08-19 09:00").when(erase("profile", of="nomination", basis="unlawful")).admitted()
    world.door.erase(world.play.leaves["nomination"])
    client = serve(world)
    one = client.get(f"{BASE}/elections/e1").json()["candidates"][0]
    assert (one["profile"], one["erased"]) == (None, True)
    assert "已依法删除" in text_of(client, f"{C}/elections/e1")
    index = world.door.leaves.index(world.play.leaves["nomination"])
    assert "候选人 c1（简介已依法删除）" in text_of(client, f"{C}/entries/{index}")


# --- objections, duties, requests, what was joined --------------------------------------------------------------------------------


def test_objections_stand_with_their_answers_and_days_r_dis_4(client: TestClient) -> None:
    told = {one["id"]: one for one in client.get(f"{BASE}/objections").json()}
    assert (told["x-1"]["stage"], told["x-1"]["reply"]["outcome"], told["x-1"]["due"]) == ("answered", "rejected", None)
    assert (told["x-2"]["stage"], told["x-2"]["due"], told["x-2"]["overdue"]) == ("raised", "2026-10-09", 24)
    assert told["x-2"]["against_kind"] == "result-certified/1"
    assert [one["id"] for one in client.get(f"{BASE}/objections", params={"matter": "v1"}).json()] == ["x-2"]
    for path in (f"{C}/objections", f"{C}/polls/v1"):
        assert "请公布每张票的计票明细（示例） 针对： 结果核定" in text_of(client, path)


def test_an_objection_on_paper_waits_to_be_keyed_again(serve: Serve) -> None:
    waiting = serve(given("sheet waits"))
    told = waiting.get(f"{BASE}/objections").json()
    assert [(one["stage"], one["due"], one["on_paper"], one["text"]) for one in told] == [
        ("waiting", None, True, "纸质异议(示例)")
    ]
    assert "纸质异议，等待复录" in text_of(waiting, f"{C}/objections")
    assert "名册 r1" in text_of(waiting, f"{C}/objections")


def test_an_objection_taken_to_the_supervisors_says_so(serve: Serve) -> None:
    told = serve(given("escalated")).get(f"{BASE}/objections").json()
    assert told[0]["stage"] == "escalated"
    assert told[0]["escalated"]["index"] > told[0]["entry"]["index"]


def test_what_is_due_has_its_owers_its_act_and_both_readings_of_its_day(client: TestClient) -> None:
    told = client.get(f"{BASE}/deadlines").json()
    assert [(one["rule"], one["subject"]["kind"], one["day"], one["overdue"], one["act"]) for one in told] == [
        ("R-DIS-4", "objection", "2026-10-09", 24, "objection-answered/1"), ("R-COM-5", "election", "2026-10-30", 3, "committee-filed/1"),
        ("R-COM-11", "seat", "2026-10-30", 3, "handover-recorded/1"), ("R-COM-13", "election", "2031-06-30", 0, "election-declared/1"),
    ]  # fmt: skip
    assert told[2]["subject"] == {
        "kind": "seat",
        "id": None,
        "who": told[2]["subject"]["who"],
        "title": None,
        "sort": None,
        "day": None,
    }
    assert told[2]["subject"]["who"]["name"] == NAMES["c5"]
    text = text_of(client, C)
    for words in ("应办事项", "答复业主异议 逾期 24 天", "办理方式：登记“业委会备案”", "以后到期的事项：1 项"):
        assert words in text, words


def test_a_last_day_off_shows_the_day_it_moves_to_t20(serve: Serve) -> None:
    client = serve(given("meeting minuted"))
    told = client.get(f"{BASE}/deadlines").json()
    assert [(one["rule"], one["day"], one["moved"]) for one in told] == [("R-COM-7", "2026-08-23", "2026-08-24")]
    for path in (C, f"{C}/committee", f"{C}/meetings/m1"):
        assert "最迟 2026年8月23日 最后一日是休息日的，按《民法典》第203条可顺延至 2026年8月24日" in text_of(client, path)


def test_a_request_counts_heads_and_says_how_many_are_lacking_r_sz_2(client: TestClient) -> None:
    told = {one["request"]: one for one in client.get(f"{BASE}/requests").json()}
    assert (told["q2"]["heads"], told["q2"]["needed"]["heads"], told["q2"]["lacking"], told["q2"]["stage"]) == (1, 2, 1, "open")
    assert (told["q"]["lacking"], told["q"]["verified"]["limb"], told["q"]["stage"]) == (None, "heads", "met")
    assert told["q"]["group"]["sides"] == {"owner": 3, "street": 1, "community": 1}
    assert "还差 1 名业主" in text_of(client, f"{C}/requests/q2")
    text = text_of(client, f"{C}/requests/q")
    assert "按人数达到" in text
    assert "业主 3 人、街道办事处 1 人、居民委员会 1 人" in text
    assert [one["group"] for one in client.get(f"{BASE}/groups").json()] == ["g"]


def test_a_re_election_group_without_a_request_stands_on_the_estates_page(serve: Serve) -> None:
    form = rights.form(purpose="re-election", request=None)
    client = serve(given("roll frozen", at="2026-08-16 10:00").when(form).admitted())
    assert "换届" in text_of(client, C)
    assert client.get(f"{BASE}/groups").json()[0]["request"] is None


def test_what_was_joined_is_marked_as_attested_r_vote_8(client: TestClient) -> None:
    told = client.get(f"{BASE}/joined").json()
    assert told["area"] == "garden"
    assert [(one["subject"], one["id"]) for one in told["carried"]] == [
        ("rules", "rules-1"),
        ("account", "account-1"),
        ("contract", "contract-1"),
    ]
    one = told["decisions"][0]
    assert (one["channel"], one["claimed"], one["by_law"], one["platform"]) == ("external", True, True, "city-evoting")
    text = text_of(client, f"{C}/joined")
    for words in (
        "只作记载，未经本台账核查",
        "在别处计票，本台账只登记",
        "12,345.67 元",
        "外部计票：市电子投票平台",
        "所报结论：通过",
        "花园小区",
    ):
        assert words in text, words


def test_a_claim_that_the_law_does_not_bear_out_is_flagged_there(serve: Serve) -> None:
    client = serve(given("staffed").when(counting.report(claimed=False)).admitted())
    told = client.get(f"{BASE}/joined").json()["decisions"][0]
    assert (told["claimed"], told["by_law"], len(told["flags"])) == (False, True, 1)
    assert "应为通过" in text_of(client, f"{C}/joined")


def test_a_committee_that_was_carried_over_is_counted_and_not_named(serve: Serve) -> None:
    told = serve(given("carried over")).get(f"{BASE}/joined").json()["carried"][0]
    assert told["members"] == 5
    assert not {"members", "chair"} & told["figures"].keys()


# --- all of them ----------------------------------------------------------------------------------------------------------------


def test_no_page_and_no_face_holds_the_id_of_a_person_or_a_head(client: TestClient, world: Given) -> None:
    ids = [one.person.hex() for one in world.play.people.values()] + [tag.hex() for tag in world.play.tags.values()]
    for path in (*(f"{C}{one}" for one in PAGES), *(f"{BASE}/{one}" for one in FACES)):
        said = client.get(path).text
        assert not [one for one in ids if one in said or one[:12] in said], path


@pytest.mark.parametrize("story", [changing, first_assembly, joining], ids=lambda story: story.__name__.rpartition(".")[2])
def test_in_a_story_every_page_leads_to_pages_and_names_nobody_by_an_id(story: ModuleType, tmp_path: Path) -> None:
    door, play, _ = played(story)
    served = opened(door, tmp_path / "data")
    client, code = TestClient(create_app({served.home.code: served}, ("testserver",))), served.home.code
    ids = [one.person.hex() for one in play.people.values()]
    paths, seen = [f"/c/{code}"], set[str]()
    while paths:
        path = paths.pop()
        if path not in seen and path.startswith(f"/c/{code}") and "/entries" not in path and "/polls/" not in path:
            seen.add(path)
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert not [one for one in ids if one in answer.text], path
            links = map(unescape, re.findall(r'(?:href|src)="([^"]*)"', answer.text))
            paths += [one.partition("#")[0] for one in links]
    assert len(seen) > 8


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_link_from_these_pages_leads_nowhere(client: TestClient, lang: str) -> None:
    query = "" if lang == "zh" else "?lang=en"
    paths, seen = [f"{C}{one}{query}" for one in PAGES], set[str]()
    while paths:
        path = paths.pop()
        if path in seen or not path.startswith("/c/") or path.endswith("receipt.json"):
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        ids = re.findall(r'\sid="([^"]+)"', answer.text)
        assert len(set(ids)) == len(ids), path
        assert answer.text.count("<h1>") == 1
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text)
        assert "真实" not in answer.text
        links = [unescape(one) for one in re.findall(r'(?:href|src)="([^"]*)"', answer.text)]
        local = {one.partition("#")[2] for one in links if one.startswith("#")}
        assert local <= {*ids}, path
        paths += [one.partition("#")[0] for one in links if lang == "zh" or "lang=en" in one]
    assert len(seen) > 100


@pytest.mark.parametrize(("path", "code", "words"), [
    ("elections/none", "election-unknown", "没有编号为“none”的选举"),
    ("meetings/none", "meeting-unknown", "没有编号为“none”的业主委员会会议"),
    ("requests/none", "request-unknown", "没有编号为“none”的业主联名"),
])  # fmt: skip
def test_what_is_not_there_is_a_problem_in_both_languages(client: TestClient, path: str, code: str, words: str) -> None:
    for address in (f"{BASE}/{path}", f"{C}/{path}"):
        assert words in problem(client.get(address), 404, code)["detail"]
        assert "none" in problem(client.get(address, headers={"accept-language": "en"}), 404, code)["detail"]


def test_a_ledger_on_which_nothing_of_this_has_happened_has_these_pages(serve: Serve) -> None:
    client = serve(given("founded"))
    for lang in ("zh", "en"):
        for path in ("/committee", "/objections", "/joined", ""):
            assert text_of(client, f"{C}{path}", lang)
    assert client.get(f"{BASE}/committee").json()["there"] is False
    assert [client.get(f"{BASE}/{one}").json() for one in ("deadlines", "requests", "groups", "meetings")] == [[], [], [], []]


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
    ("candidate-checked/1", ("所属事项 首次选举",), ("c1", "fee-default")),
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


def test_the_vote_of_an_election_names_its_candidates_and_leads_to_it(client: TestClient) -> None:
    text = text_of(client, f"{C}/polls/v1")
    for words in (
        "当选结果见： 首次选举",
        "通过不等于当选",
        "事项 7 · 业主7（示例）",
        "选举业主委员会或更换成员 · 业主1（示例）",
    ):
        assert words in text, words
    assert "7 项中 7 项通过" in text_of(client, C)


def test_a_recount_leads_to_the_first_result_and_shows_the_objection(serve: Serve) -> None:
    world = given("upheld", at="2026-09-20 10:00").when(counting.recount()).admitted()
    text = text_of(serve(world), f"{C}/polls/p")
    assert "这是复核后的结果" in text
    assert "异议成立" in text
