"""Whatever is asked, the answer is sense or a problem that explains itself: code, rule, what happened, what to do."""

from __future__ import annotations

import re
import shutil
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.problems import FAULTS, ROWS, members
from domain.errors import REFUSALS
from tests.api.conftest import BASE, CODE, LOG, Estate

MEMBERS = {"type", "title", "status", "code", "rule", "detail", "remedy", "instance"}
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told: dict[str, Any] = answer.json()
    assert told.keys() >= MEMBERS
    assert (told["code"], told["status"], told["type"]) == (code, status, f"/problems/{code}")
    return told


@pytest.mark.parametrize(("code", "paths"), [
    ("address-unknown", ["/nothing", "/api", "/api/v1", "/api/v1/ledgers/", f"{BASE}/", "/static/", "/static/none.css", "/docs",
                         "/openapi.json", "/static/../words.json", "/static/%2e%2e/words.json", "/%00", "/%0d%0aset-cookie:a=b",
                         "/" + "a" * 9000]),
    ("ledger-unknown", ["/api/v1/ledgers/none", "/api/v1/ledgers/none/kinds", "/api/v1/ledgers/none/polls", "/c/none", "/c/%ff%fe",
                        "/api/v1/ledgers/none/entries/0", "/api/v1/ledgers/%7B0.__class__%7D"]),
    ("entry-unknown", [f"{BASE}/entries/59", f"/c/{CODE}/entries/59", f"/c/{CODE}/entries/59/receipt.json"]),
    ("poll-unknown", [f"{BASE}/polls/none", f"/c/{CODE}/polls/none"]),
    ("file-unknown", [f"{LOG}/none"]),
    ("problem-unknown", ["/problems/none"]),
])  # fmt: skip
def test_what_is_not_there_is_a_problem(client: TestClient, code: str, paths: list[str]) -> None:
    for path in paths:
        assert problem(client.get(path), 404, code)["remedy"]


@pytest.mark.parametrize("path", ["/", f"/c/{CODE}", "/verify", "/api/v1/ledgers", BASE, f"{BASE}/entries", f"{BASE}/entries/0/proof",
                                  f"{BASE}/polls/lifts", f"{LOG}/checkpoint", "/healthz", "/metrics", "/api/v1/openapi.json"])  # fmt: skip
def test_another_method_is_405_and_names_those_allowed(client: TestClient, path: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
        answer = client.request(method, path)
        problem(answer, 405, "method-not-allowed")
        assert "GET" in answer.headers["allow"]


def test_head_is_no_method_of_these_addresses(client: TestClient) -> None:
    for path in ("/", BASE, f"{LOG}/checkpoint", f"{BASE}/statements"):
        assert client.head(path).status_code == 405


def test_reading_where_one_writes_is_405(client: TestClient) -> None:
    answer = client.get(f"{BASE}/statements")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(("header", "query", "lang"), [
    ("", "", "zh"), ("en", "", "en"), ("en-US,en;q=0.9", "", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "", "zh"),
    ("de,en;q=0.5,zh;q=0.4", "", "en"),
    ("de", "", "zh"), ("*", "", "zh"), ("en;q=0.1,zh;q=0.2", "", "zh"), ("en;q=0,*", "", "zh"), ("EN-gb", "", "en"), ("en;q=x", "", "en"),
    (";;;,,q=1", "", "zh"), ("zh", "?lang=en", "en"), ("en", "?lang=zh", "zh"), ("en", "?lang=fr", "en"), ("zh", "?lang=", "zh"),
    ("en;q=" + "9" * 500, "", "en"),
])  # fmt: skip
def test_the_reader_chooses_the_language(client: TestClient, header: str, query: str, lang: str) -> None:
    answer = client.get(f"/api/v1/ledgers/none{query}", headers={"accept-language": header})
    told = problem(answer, 404, "ledger-unknown")
    assert told["detail"] == {"zh": "这里没有编号为“none”的台账。", "en": "There is no ledger “none” here."}[lang]
    assert answer.headers["content-language"] == lang
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("lang", ["", "?lang=en"])
def test_every_code_has_a_page(client: TestClient, lang: str) -> None:
    for code, row in ROWS.items():
        answer = client.get(f"/problems/{code}{lang}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        text = unescape(answer.text)
        assert f"<code>{code}</code>" in text
        assert f"<code>{row.rule}</code>" in text
        for words in (row.sentence[lang != ""], row.remedy[lang != ""]):
            assert all(part in text for part in re.split(r"\{\w+\}", words))
        assert "{" not in text


def test_our_own_codes_are_none_of_the_rules() -> None:
    assert not FAULTS.keys() & REFUSALS.keys()
    for row in FAULTS.values():
        assert all(text.endswith(("。", ".")) for text in (*row.sentence, *row.remedy))


def test_a_browser_gets_the_problem_as_a_page(client: TestClient) -> None:
    answer = client.get(f"/c/{CODE}/entries/412", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "查无此条" in answer.text
    assert f'href="/c/{CODE}">回到本小区</a>' in answer.text
    english = client.get(f"/c/{CODE}/entries/412?lang=en", headers=BROWSER)
    assert "No such entry" in english.text
    posted = client.request("DELETE", "/", headers=BROWSER)
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET")
    problem(client.get(f"{BASE}/entries/412", headers=BROWSER), 404, "entry-unknown")
    problem(client.get(f"{LOG}/none", headers=BROWSER), 404, "file-unknown")


def test_a_problem_names_posts_and_stages_in_the_readers_words() -> None:
    detail = {"subject": "poll", "stage": "withdrawn", "needed": "open/closed"}
    assert members("wrong-stage", detail, "zh")["detail"] == "该事项（表决）目前处于“已撤回”，须处于“进行中或已截止”。"
    assert members("wrong-stage", detail, "en")["detail"] == "This poll is “withdrawn”; it must be “open/closed”."


def test_a_hostile_name_is_shown_as_text(client: TestClient) -> None:
    answer = client.get("/c/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers=BROWSER)
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in answer.text


def test_a_store_that_is_gone_is_503(fresh: Estate) -> None:
    shutil.rmtree(fresh.opened.home.path)
    for path in ("/readyz", "/metrics", BASE, f"{BASE}/polls", f"{LOG}/checkpoint", f"/c/{CODE}"):
        problem(fresh.client.get(path), 503, "not-ready")
    assert fresh.client.get("/healthz").status_code == 200


def test_an_error_of_ours_says_nothing_of_the_inside() -> None:
    broken: Any = {"broken": "no ledger at all"}
    client = TestClient(create_app(broken), raise_server_exceptions=False)
    answer = client.get("/api/v1/ledgers/broken", headers={"accept-language": "en"})
    told = problem(answer, 500, "internal")
    assert told["detail"] == "Something went wrong here; it was logged."
    assert "attribute" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
