"""Sheets for a printer: a stub says what it belongs to and promises no more than the vote keeps; two forms are a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.printing import Sheet, forms_html
from tests.machine import browser

MM = 96 / 25.4
PAPER, PHONE = {"width": round(190 * MM), "height": round(277 * MM)}, {"width": 360, "height": 800}
TITLE = "试苑业主大会关于使用专项维修资金更换电梯的表决"
QUESTIONS = {
    "use": "是否同意使用建筑物及其附属设施的维修资金更换全部27部电梯（预算1,280万元）？",
    "levy": "是否同意筹集建筑物及其附属设施的维修资金，用于补足更换电梯的差额？",
}
CLOSES = 1_789_646_400_000  # 2026-09-17 20:00


def sheets(ballots: str = "sealed") -> str:
    texts = {"title": TITLE, **{f"question/{item}": words for item, words in QUESTIONS.items()}}
    notice = {"ballots": ballots, "closes": CLOSES, "items": [*QUESTIONS], "texts": texts}
    forms = [Sheet(str(n), "2", (f"2-{n}",), "ABCDE-FGH7K") for n in range(1126, 1129)]
    return forms_html({"zh": "试苑", "en": "Trial"}, "https://ledger.example.org/c/440307-001/polls/2026-lifts", notice, forms)


def stub(page: str) -> str:
    found = re.search(r'<div class="stub">(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_a_stub_says_estate_vote_and_closing_time() -> None:
    said = stub(sheets())
    assert all(words in said for words in ("试苑", TITLE, "截止 Closes：2026-09-17 20:00", "№ 1126", "ABCDE-FGH7K"))


def test_a_stub_promises_secrecy_only_where_ballots_are_sealed() -> None:
    sealed, cast = stub(sheets()), stub(sheets("open"))
    assert ("就等于给别人看您的选择" in sealed, "任何人都能看到每张票" in sealed) == (True, False)
    assert ("就等于给别人看您的选择" in cast, "本次表决记名公开，任何人都能看到每张票" in cast) == (False, True)
    assert "This vote is open: anybody can see each ballot." in cast


def test_what_is_not_counted_is_said_in_both_languages() -> None:
    zh, en = re.findall(r'<p class="rules"[^>]*>(.*?)</p>', sheets())[:2]
    assert all(word in zh for word in ("逾期", "涂改", "未签名", "委托书", "2026-09-17 20:00"))
    assert all(word in en for word in ("later", "altered", "unsigned", "proxy", "2026-09-17 20:00"))


# --- as a browser lays it out -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The sheets in a browser."""
    file = tmp_path_factory.mktemp("sheets") / "forms.html"
    file.write_text(sheets(), "utf-8")
    with browser() as found:
        page = found.new_page()
        page.goto(file.as_uri())
        yield page


def test_two_forms_are_a_page_with_room_to_sign_and_print_that_can_be_read(laid_out: Any, tmp_path: Path) -> None:
    laid_out.emulate_media(media="print")
    laid_out.set_viewport_size(PAPER)
    heights = laid_out.evaluate("[...document.querySelectorAll('.sheet')].map(one => one.getBoundingClientRect().height)")
    assert sum(heights[:2]) <= 277 * MM
    assert laid_out.evaluate("document.querySelector('.sign .name').getBoundingClientRect().width") >= 60 * MM
    sizes = {
        name: round(laid_out.evaluate(f"parseFloat(getComputedStyle(document.querySelector('{name}')).fontSize)") * 0.75, 2)
        for name in (".rules", ".url", ".foot p")
    }
    assert (sizes[".rules"] >= 11, sizes[".url"] >= 10, sizes[".foot p"] >= 10) == (True, True, True), sizes
    laid_out.pdf(path=tmp_path / "forms.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", (tmp_path / "forms.pdf").read_bytes())) == 2


def test_on_a_phone_nothing_overlaps_and_nothing_is_cut_off(laid_out: Any) -> None:
    laid_out.emulate_media(media="screen")
    laid_out.set_viewport_size(PHONE)
    assert laid_out.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    ballot, own = (
        laid_out.evaluate(f"document.querySelector('{name}').getBoundingClientRect().toJSON()") for name in (".ballot", ".stub")
    )
    assert ballot["bottom"] <= own["top"]
