"""Any act is shown as its bytes say it and signed with a passkey on the page /sign, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.web.test_voting import WECHAT, enrolled, phone, shown
from tests.web.voting import CODE, MAKE_KEY, POLL, UNITS, Voting, voting, with_authenticator


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voting]:
    with voting(tmp_path_factory.mktemp("signing") / "data") as found:
        yield found


def ballot(served: Voting, n: int, **choices: str) -> dict[str, Any]:
    body = {"items": sorted(choices), "poll": POLL, "tag": served.play.tag(UNITS[n - 1].unit).hex()}
    opening = served.opened.journal.read(served.opened.door).line(served.play.leaves[f"{POLL}-opening"])
    assert opening is not None
    return {"kind": "ballot-sealed/1", "body": body, "openings": {"choices": choices}, "about": opening.index}


def test_an_act_is_shown_with_what_it_seals_and_then_signed(chromium: Any, served: Voting) -> None:
    with phone(chromium, served) as page:
        enrolled(page, served, 1)
        page.goto(f"{served.url}/sign?ledger={CODE}#{quote(json.dumps(ballot(served, 1, lift='agree', roof='against')))}")
        told = shown(page, "sign-shown")
        assert [word for word in ("密封投票", "针对第", "表决开始", "同意", "反对", POLL, "演示") if word not in told] == []
        page.click("#sign-go")
        told = shown(page, "sign-done")
        assert ("已登记" in told, page.locator("#sign-done li.failed").count()) == (True, 0)
        index = served.opened.door.checkpoint()[0] - 1
        assert served.choices(index) == {"lift": "agree", "roof": "against"}


def test_a_supervisor_confirms_from_the_page_of_what_waits(chromium: Any, served: Voting) -> None:
    with phone(chromium, served) as page:
        with_authenticator(page)
        page.goto(f"{served.url}/c/{CODE}")
        served.rotate(page.evaluate(MAKE_KEY, served.asked("party")), "party", "bureau")
        index = served.waits()
        page.goto(f"{served.url}/c/{CODE}/entries/{index}")
        page.click("a[href^='/sign']")
        told = shown(page, "sign-shown")
        assert ("复核同意" in told, f"针对第{index}条：岗位任命" in told) == (True, True)
        page.click("#sign-go")
        assert "已登记" in shown(page, "sign-done")
        page.goto(f"{served.url}/c/{CODE}/entries/{index}")
        assert page.locator("a[href^='/sign']").count() == 0


def test_a_refusal_leads_back_to_what_was_typed(chromium: Any, served: Voting) -> None:
    with phone(chromium, served, "403", "400") as page:
        enrolled(page, served, 2)
        page.goto(f"{served.url}/sign?lang=en")
        shown(page, "sign-form")
        page.fill("#sign-input", "not json")
        page.click("#sign-read")
        assert "nothing that can be signed" in shown(page, "sign-problem")
        page.fill("#sign-input", json.dumps({"kind": "ballot-sealed/1", "body": {"poll": "p"}, "about": 0}))
        page.click("#sign-read")
        assert "does not fit" in shown(page, "sign-problem")
        page.fill("#sign-input", json.dumps(ballot(served, 9, lift="agree")))
        page.click("#sign-read")
        shown(page, "sign-shown")
        page.click("#sign-go")
        assert "not bound to this head" in shown(page, "sign-problem")
        assert "ballot-sealed/1" in page.input_value("#sign-input")


def test_without_a_key_nothing_can_be_signed(chromium: Any, served: Voting) -> None:
    with phone(chromium, served) as page:
        page.goto(f"{served.url}/sign#{quote(json.dumps(ballot(served, 3, lift='agree')))}")
        assert "本机没有登记过的密钥" in shown(page, "sign-problem")
    with phone(chromium, served, user_agent=WECHAT) as page:
        page.goto(f"{served.url}/sign")
        assert "在浏览器打开" in shown(page, "sign-browser")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_fits_every_width(chromium: Any, served: Voting, width: int, lang: str) -> None:
    with phone(chromium, served, viewport={"width": width, "height": 800}) as page:
        page.goto(f"{served.url}/sign?lang={lang}")
        for part in ("sign-form", "sign-shown", "sign-done", "sign-browser"):
            page.evaluate("(id) => { document.getElementById(id).hidden = false; }", part)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
