"""The pages: whole in both languages, safe, readable without scripts, and silent about what is sealed."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import web
from api.app import Opened, create_app
from api.rendering import area, percent, read_words, short, tenths
from api.security import HEADERS
from domain.acts import BASES, DECLINE_REASONS, INVALID_REASONS, KEY_REASONS, KINDS, POSTS
from domain.authority import ORGANISATIONS
from domain.errors import Refused
from domain.fields import Choice, Field, ListOf, MapOf, Maybe, Record, Tuple, Variant
from domain.rulesets import CHOICES, LAWS, MATTERS, SILENCES, STATUSES
from keys.authoring import compose
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import make_home, open_ledger
from projections.kinds import kind_faces
from projections.signers import Signer, signer
from scripts.stories import estate
from scripts.stories.player import moment
from tests.api.conftest import BASE, CODE, ITEMS, LOG, ORIGIN, REASON, TITLE, UNITS, Estate
from tlog.entry import LARGEST_INTEGER

C = f"/c/{CODE}"
LINK = re.compile(r'(?:href|src|action)="([^"]*)"')
API = ["/api/v1/ledgers", BASE, f"{BASE}/kinds", f"{BASE}/entries?limit=256", f"{BASE}/polls", f"{LOG}/checkpoint",
       f"{LOG}/tile/0/000.p/59", f"{LOG}/tile/entries/000.p/59", f"{LOG}/policy.txt", "/healthz", "/readyz", "/metrics",
       "/api/v1/openapi.json", "/"]  # fmt: skip

Walked = dict[str, Any]


@pytest.fixture(scope="session")
def walked(client: TestClient, served: Estate) -> Walked:
    """Every answer that can be reached by a link from the first page or by the API, in both languages."""
    paths = [*API, *(f"{BASE}/polls/{poll}" for poll in ("lifts", "garden", "wall"))]
    for index, leaf in enumerate(one["leaf"] for one in client.get(f"{BASE}/entries?limit=256").json()):
        paths += [f"{BASE}/entries/{index}{part}" for part in ("", "/proof", "/openings")]
        paths += [
            f"{C}/entries/{index}",
            f"{C}/entries/{index}?lang=en",
            f"{C}/entries/{index}/receipt.json",
            f"{LOG}/openings/{leaf}",
        ]
    found: Walked = {}
    while paths:
        path = paths.pop()
        if path in found:
            continue
        found[path] = client.get(path)
        if found[path].headers["content-type"].startswith("text/html"):
            paths += [one for one in map(unescape, LINK.findall(found[path].text)) if one.startswith("/")]
    return found


def pages(walked: Walked) -> list[str]:
    return [answer.text for answer in walked.values() if answer.headers["content-type"].startswith("text/html")]


# --- all of them ----------------------------------------------------------------------------------------------------------------


def test_no_link_leads_nowhere(walked: Walked) -> None:
    lost = {path: answer.status_code for path, answer in walked.items() if answer.status_code != 200}
    assert all(path.startswith(f"{LOG}/openings/") and status == 404 for path, status in lost.items())
    assert len(pages(walked)) > 150


def test_no_answer_holds_a_sealed_value_that_is_not_public(walked: Walked, secrets: list[bytes]) -> None:
    for path, answer in walked.items():
        told = answer.content + unescape(answer.text).encode() + json.dumps(answer.text, ensure_ascii=False).encode()
        for entry in re.findall(rb'"(?:entry|opening)": ?"([A-Za-z0-9+/=]+)"', answer.content):
            told += b64decode(entry)
        assert not [secret for secret in secrets if secret in told or b64encode(secret) in told], path


def test_every_answer_carries_the_security_headers(walked: Walked) -> None:
    for path, answer in walked.items():
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS), path


def test_pages_load_nothing_from_elsewhere_and_nothing_inline(walked: Walked) -> None:
    for text in pages(walked):
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<iframe|<object|<embed", text)
        assert all(one.startswith(("/", "#", "data:image/svg+xml")) for one in LINK.findall(text))
        assert all("src=" in script for script in re.findall(r"<script[^>]*>", text))


def test_no_page_says_that_what_is_recorded_is_true(walked: Walked) -> None:
    for text in (
        *pages(walked),
        *(path.read_text("utf-8") for path in web.FOLDER.rglob("*.html")),
        web.WORDS.read_text("utf-8"),
    ):
        assert "真实" not in text


def test_every_page_is_marked_as_a_demo_where_its_ledger_is_one(walked: Walked) -> None:
    for path, answer in walked.items():
        if path.startswith("/c/") and answer.headers["content-type"].startswith("text/html"):
            assert ("Demo" if "lang=en" in path else "演示") in answer.text, path


def test_every_page_has_one_heading_a_language_and_landmarks(walked: Walked) -> None:
    for path, answer in walked.items():
        if answer.headers["content-type"].startswith("text/html"):
            lang = "en" if "lang=en" in path else "zh-CN"
            assert f'<html lang="{lang}">' in answer.text
            assert answer.headers["content-language"] == lang
            assert [answer.text.count(tag) for tag in ("<h1>", "<main ", "<header class=", "<footer class=")] == [1, 1, 1, 1], (
                path
            )
            ids = re.findall(r'\sid="([^"]+)"', answer.text)
            assert len(set(ids)) == len(ids), path


def test_english_pages_link_to_english_pages(walked: Walked) -> None:
    for path, answer in walked.items():
        if "lang=en" in path and answer.headers["content-type"].startswith("text/html"):
            links = [unescape(one) for one in re.findall(r'<a [^>]*href="([^"]*)"(?! lang="zh)', answer.text)]
            shown = [one for one in links if one.startswith(("/c/", "/problems/", "/verify")) and not one.endswith(".json")]
            assert all("lang=en" in one for one in shown), path


# --- words ----------------------------------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_words_with_the_same_gaps() -> None:
    words = read_words()
    assert set(words) == {"zh", "en"}
    assert list(words["zh"]) == list(words["en"])
    for key, text in words["zh"].items():
        assert text.strip()
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", words["en"][key])), key


def names_in(field: Field) -> set[str]:
    """Every field name and every word of a choice below a field."""
    match field:
        case Record():
            return {f"field.{name}" for name in field.of} | set().union(*map(names_in, field.of.values()))
        case Variant():
            return set().union(*map(names_in, field.records().values()))
        case ListOf() | Maybe() | MapOf():
            return names_in(field.of)
        case Tuple():
            return set().union(*map(names_in, field.of))
        case Choice():
            return {f"value.{name}" for name in field.of}
    return set()


def test_the_browser_names_every_kind_as_the_ledger_does() -> None:
    script = (web.STATIC / "js/kinds.js").read_text("utf-8")
    assert dict(re.findall(r'\["([^"]+)", "([^"]+)"\]', script)) == {name: kind.zh for name, kind in KINDS.items()}


def test_chinese_words_have_chinese_punctuation() -> None:
    for key, text in read_words()["zh"].items():
        assert not re.search(r"[\u4e00-\u9fff][,:;?!()]|[,:;?!()][\u4e00-\u9fff]", text), key


def test_whatever_the_domain_names_has_a_word() -> None:
    words = read_words()["zh"]
    wanted = set().union(*(names_in(kind.body) for kind in KINDS.values()))
    wanted |= {
        f"value.{one}"
        for one in (*CHOICES, *MATTERS, *SILENCES, *STATUSES, *KEY_REASONS, *DECLINE_REASONS, *INVALID_REASONS, *BASES)
    }
    wanted |= {f"post.{one}" for one in (*POSTS, "owner", "holder")} | {f"org.{one}" for one in ORGANISATIONS}
    wanted |= {f"law.{one}" for one in LAWS}
    wanted |= {
        "opening." + one.name.split("/")[0]
        for face in kind_faces().values()
        for one in face.openings
        if one.audience == "public"
    }
    for law in LAWS.values():
        for rule in (law["quorum"], law["ordinary"], law["special"]):
            wanted |= {f"needed.{rule['op']}.{rule['share'][0]}-{rule['share'][1]}"} if rule else set()
    assert not wanted - words.keys()


# --- one by one -----------------------------------------------------------------------------------------------------------------


def text_of(client: TestClient, path: str) -> str:
    """A page's words as one line, without marks."""
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def test_the_first_page_lists_the_ledgers(client: TestClient) -> None:
    assert "六尺苑" in text_of(client, "/")
    assert "Six Feet Garden" in text_of(client, "/?lang=en")
    assert "这里还没有台账" in text_of(TestClient(create_app({})), "/")


def test_the_estate_shows_votes_waiting_acts_records_and_the_log(client: TestClient, served: Estate) -> None:
    text = text_of(client, C)
    for words in (TITLE, "正在进行", "已有结果", "事项 1 ✓ 通过", "事项 2 ✗ 未通过", "2 / 12 人交了票", "等待复核", "岗位任命",
                  "1 项程序提示", "59 条记录"):  # fmt: skip
        assert words in text, words
    size, _, note = served.opened.door.checkpoint()
    assert note.split("\n")[2] in text
    assert f"第{size - 1}条" in text


def test_a_result_that_nobody_announces_in_time_is_overdue(fresh: Estate) -> None:
    for steps in (
        estate.close("2026-12-31 20:30", "garden"),
        estate.certify("2027-01-01 10:00", "garden", fresh.opened.door.opening),
    ):
        list(fresh.play.play(steps))
    told = fresh.client.get(f"{BASE}/polls/garden").json()
    assert (told["due"], told["overdue"], told["items"][0]["quorate"]) == ("2027-01-08", False, False)
    assert "结果应在 2027年1月8日 前公布" in text_of(fresh.client, C)
    fresh.clock.move_to(moment("2027-01-09 00:00"))
    assert fresh.client.get(f"{BASE}/polls/garden").json()["overdue"] is True
    for path in (C, f"{C}/polls/garden"):
        assert "结果应在 2027年1月8日 前公布，已逾期" in text_of(fresh.client, path)


def test_a_number_from_paper_leads_to_its_record(client: TestClient) -> None:
    answer = client.get(f"{C}/entries?number=26&lang=en", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{C}/entries/26?lang=en")
    for written in (" 26 ", "２６", "第26条", "第 ２６ 条"):
        answer = client.get(f"{C}/entries", params={"number": written}, follow_redirects=False)
        assert answer.headers["location"] == f"{C}/entries/26", written
    strange = client.get(f"{C}/entries", params={"number": "//evil.example/%0d%0a"}, follow_redirects=False)
    assert strange.headers["location"].startswith(f"{C}/entries/%2F%2Fevil")
    assert client.get(f"{C}/entries", params={"number": "x"}).json()["code"] == "entry-unknown"


def test_the_vote_shows_ratios_reasons_flags_and_who_signed(client: TestClient) -> None:
    text = text_of(client, f"{C}/polls/lifts")
    for words in (TITLE, ITEMS["use"][1], REASON, "R-MEET-2", "公告张贴距表决开始仅9天", "没有达到：同意人数、同意面积",
                  "三分之二以上（含）", "过半数（不含一半）", "10 × 3 = 30 ≥ 12 × 2 = 24", "6 × 4 = 24 < 10 × 3 = 30", "约 83.33%",
                  "计票人（居民委员会）", "监票人（社区党委）", "见证人已确认"):  # fmt: skip
        assert words in text, words


def test_what_was_late_is_said_under_the_outcome_in_full_below_and_at_the_record(client: TestClient, served: Estate) -> None:
    text, report, opening = text_of(client, f"{C}/polls/lifts"), served.index("lifts-posted-2"), served.index("lifts-opening")
    late = f"公告张贴迟了：hall 2026年8月25日才张贴，距开始9天，须15天（第{report}条）。"
    assert "⚑ 程序：1 处公告张贴迟了。召集人已说明理由，监督单位已确认。 → 看详情" in text
    assert f"⚑ {late}" in text
    assert f"—— 街道办事处 2026年9月3日 09:00 第{opening}条 确认：监督单位（住房建设部门） 第{opening + 1}条" in text
    assert text.index("程序提示") < text.index("表决事项")
    assert "hall ⚑ 张贴迟了" in text
    assert f"⚑ 程序提示：{late} 已由第{opening}条说明" in text_of(client, f"{C}/entries/{report}")
    assert "程序：没有发现不符合规则的地方" in text_of(client, f"{C}/polls/garden")


def test_ids_that_have_words_are_shown_in_words(client: TestClient, served: Estate) -> None:
    text = text_of(client, f"{C}/polls/lifts")
    assert "小区东门" in text
    assert "深圳规则第三版" in text
    notice = text_of(client, f"{C}/entries/{served.index('lifts-notice')}")
    assert "全小区" in notice
    assert "编号 事项 1" in notice


def test_items_stand_in_the_order_of_the_notice(client: TestClient, served: Estate) -> None:
    for name in ("lifts-notice", "lifts-result"):
        text = text_of(client, f"{C}/entries/{served.index(name)}")
        assert text.index("事项 1") < text.index("事项 2"), name
        assert text.index(ITEMS["use"][1]) < text.index(ITEMS["raise"][1]), name


def test_the_vote_page_has_a_code_that_leads_to_it(client: TestClient) -> None:
    assert client.get(f"{C}/polls/lifts").text.count("data:image/svg+xml") == 2
    assert "http://testserver/c/440307-001/polls/lifts" in client.get(f"{C}/polls/lifts").text
    assert client.get(f"{C}/polls/lifts", headers={"host": "x" * 4000}).text.count("data:image/svg+xml") == 0


def test_the_notice_is_printed_with_its_questions_classes_hours_and_record_r_meet_2(client: TestClient, served: Estate) -> None:
    said = unescape(client.get(f"{C}/polls/lifts/notice").text)
    assert TITLE in said
    assert all(question in said for _, question in ITEMS.values())
    assert f"本公告是台账第{served.index('lifts-notice')}条" in said
    assert "data:image/svg+xml" in said
    assert "特别事项" in said
    assert "复核：监督单位" in said
    assert client.get(f"{C}/polls/none/notice").status_code == 404


def test_a_running_vote_shows_how_many_and_not_what(client: TestClient) -> None:
    text = text_of(client, f"{C}/polls/garden")
    assert "2 / 12 人交了票" in text
    assert "任何人都能在台账上看到它选了什么" in text
    assert not re.search("同意|反对", text.replace("复核同意", ""))


def test_a_record_shows_its_words_and_that_they_agree(client: TestClient, served: Estate) -> None:
    index = served.index("lifts-notice")
    text = text_of(client, f"{C}/entries/{index}")
    for words in (f"台账第{index}条", "表决公告", "街道办事处", TITLE, ITEMS["raise"][1], f"以上文字与台账第{index}条一致",
                  f"由第{index + 1}条完成", "2026年8月17日 09:00"):  # fmt: skip
        assert words in text, words


def test_sealed_values_are_counted_and_not_shown(client: TestClient) -> None:
    text = text_of(client, f"{C}/entries/0")
    assert "另有至多 5 项密封内容" in text
    assert "六尺苑" in text


@pytest.mark.parametrize(("name", "words"), [("clerk-given", "等待复核"), ("observer-given", "复核不同意或已撤回，未生效")])
def test_a_record_tells_what_became_of_it(client: TestClient, served: Estate, name: str, words: str) -> None:
    assert words in text_of(client, f"{C}/entries/{served.index(name)}")


def test_an_act_that_nobody_confirmed_expires(fresh: Estate) -> None:
    fresh.clock.move_to(fresh.clock.at + 40 * 86_400_000)
    assert "逾期未复核" in text_of(fresh.client, f"{C}/entries/{fresh.index('clerk-given')}")
    assert "等待复核" not in text_of(fresh.client, C)


def test_an_expired_act_stays_expired_when_another_takes_its_place(fresh: Estate) -> None:
    index = fresh.index("clerk-given")
    fresh.clock.move_to(fresh.clock.at + 40 * 86_400_000)
    one = fresh.play.people["observer"]
    post = {"from": "2026-12-01", "matter": None, "org": one.org, "person": one.person, "post": "clerk", "to": "2027-10-19"}
    fresh.opened.door.submit(fresh.play.compose("street", "post-given/1", post))
    assert "逾期未复核" in text_of(fresh.client, f"{C}/entries/{index}")


def test_pages_are_read_while_the_clock_is_suspect(fresh: Estate) -> None:
    def suspect() -> int:
        raise Refused("clock-suspect")

    fresh.opened.door.clock = suspect
    assert "2 / 12 人交了票" in text_of(fresh.client, C)


def test_a_ledger_without_entries_has_a_page(tmp_path: Path) -> None:
    home = make_home(tmp_path / "data", "ledger.example.org/log/new/1", "estate", SigningKey.from_seed(bytes(32)), "x", 2)
    door = open_ledger(home, "x", StoryClock(0))
    client = TestClient(create_app({"new": Opened(home, door)}))
    told = client.get("/api/v1/ledgers/new").json()
    assert (told["size"], told["name"]["zh"], told["founded_at"], told["demo"]) == (0, "new", None, False)
    assert "尚待两个监督单位确认设立" in text_of(client, "/c/new")
    assert "演示" not in text_of(client, "/c/new")
    assert "还没有记录" in text_of(client, "/c/new/entries")
    assert client.get("/api/v1/ledgers/new/entries").json() == []
    assert client.get("/api/v1/ledgers/new/polls").json() == []
    for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"):
        assert client.get(f"/log/new/1/{path}").json()["code"] == "file-unknown"
    door.close()


def test_an_author_whose_key_is_unknown_is_nobody() -> None:
    assert signer({}, "roll-page/1", bytes(32), POSTS, None, 0) == Signer("holder", None)


def test_a_ballot_tells_whether_it_counts(client: TestClient, served: Estate) -> None:
    ballots = [
        one["index"] for one in client.get(f"{BASE}/entries?limit=256").json() if one["statement"]["kind"] == "ballot-cast/1"
    ]
    first, last = ballots[0], ballots[10]
    assert f"未计入：同一业主后来又投了票，以第{last}条为准。如不是您本人改投，请立即告诉监督单位并挂失密钥。" in text_of(
        client, f"{C}/entries/{first}"
    )
    assert "计入" in text_of(client, f"{C}/entries/{last}")
    assert "目前有效" in text_of(client, f"{C}/entries/{ballots[-1]}")
    assert ITEMS["use"][1] in text_of(client, f"{C}/entries/{last}")


def test_a_claimed_time_that_no_calendar_reaches_is_shown_as_it_is(fresh: Estate) -> None:
    body = {"choices": {"swing": "agree"}, "poll": "garden", "tag": fresh.play.tag(UNITS[4].unit)}
    sent = compose("ballot-cast/1", body, fresh.play.people["head-05"].key, ledger=ORIGIN, at=LARGEST_INTEGER,
                   until=fresh.clock.at + 1000, about=fresh.play.leaves["garden-opening"])  # fmt: skip
    index = fresh.opened.door.submit(sent.raw()).index
    assert f"签署人所称时间 {LARGEST_INTEGER}" in text_of(fresh.client, f"{C}/entries/{index}")


# --- files and figures ----------------------------------------------------------------------------------------------------------


def test_static_files_are_tagged(client: TestClient) -> None:
    answer = client.get("/static/liuchi.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    again = client.get("/static/liuchi.css", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("part", "whole", "shown"), [
    (2, 3, "66.66"), (1, 2, "50.00"), (0, 0, "0.00"), (0, 7, "0.00"), (7, 7, "100.00"), (99_999, 100_000, "99.99"),
])  # fmt: skip
def test_a_share_is_cut_off_and_never_rounded_up(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown


@pytest.mark.parametrize(("value", "shown"), [(0, "0.00"), (5, "0.05"), (100, "1.00"), (10_356_356, "103,563.56")])
def test_areas_are_shown_in_square_metres(value: int, shown: str) -> None:
    assert area(value) == shown


def test_a_bar_reaches_as_far_as_the_share() -> None:
    assert (tenths(2, 3, 1000), tenths(0, 0, 1000), tenths(3, 3, 1000)) == ("666.6", "0.0", "1000.0")


def test_a_hash_is_shortened_and_a_word_is_not() -> None:
    assert (short("a" * 64), short("a" * 14)) == ("a" * 12 + "…", "a" * 14)
