"""An owner enrols a key with her letter, in a real browser with an authenticator in software, and votes with it.

Needs Chromium and Playwright, as test_pages.py does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from keys.enrolment import fingerprint
from ledger.letters import FILE, Box, Letter, draw_code, make_box, spelled
from scripts.admission import admissions, bindings, chosen
from scripts.enrolling import owners_of, unbound
from tests.api.conftest import UNITS
from tests.web.voting import CODE, ORIGIN, Voting, voting, with_authenticator

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
DAY = 86_400_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voting]:
    with voting(tmp_path_factory.mktemp("enrolling") / "data") as found:
        make_box(found.opened.home.path / FILE)
        yield found


def box(served: Voting) -> Box:
    return Box(served.opened.home.path, served.opened.door.vault.keys, ORIGIN)


def written(served: Voting, n: int) -> tuple[Letter, str]:
    """A letter for the owner of head n, and its code."""
    owner, unit = served.owner(n), UNITS[n - 1].unit
    heads = ((served.play.tag(unit), (unit,)),)
    letter = Letter(0, owner.holder["id"], owner.person, "r", heads, served.clock.at + 30 * DAY)
    return box(served).issue([letter], served.clock.at)[0]


@contextmanager
def page_of(chromium: Any, viewport: dict[str, int], expected: tuple[str, ...] = ()) -> Iterator[Any]:
    """A page on which nothing goes wrong but what is expected."""
    context = chromium.new_context(locale="zh-CN", viewport=viewport)
    page, troubles = context.new_page(), list[str]()
    page.on("pageerror", lambda why: troubles.append(str(why)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert [one for one in troubles if not any(part in one for part in expected)] == []


def typed(page: Any, served: Voting, letter: Letter, code: str) -> None:
    page.goto(f"{served.url}/c/{CODE}/enrol#{letter.number}")
    page.fill("#code", code)
    page.click("#enrol-next")


def admit(served: Voting) -> None:
    """Clerk and supervisor admit what waits, then bind it: the pages that `liuchi keys admit` composes."""
    for pages in (_admissions, _bindings):
        for order in pages(served):
            raw = served.play.compose("clerk", order.kind, order.body, order.openings)
            leaf = served.opened.door.submit(raw).leaf
            person = served.play.people["bureau"].person
            served.opened.door.submit(served.play.compose("bureau", "confirmed/1", {"person": person}, about=leaf))


def _admissions(served: Voting) -> list[Any]:
    read = served.opened.door.fold.state
    return [*admissions(read, chosen(read, box(served).requests(), None)[0])]


def _bindings(served: Voting) -> list[Any]:
    read, door = served.opened.door.fold.state, served.opened.door
    return [*bindings(read, "r", unbound(read, "r", owners_of(read, "r", door.opening)))]


def test_from_the_letter_to_a_key_that_votes_r_sig_5(chromium: Any, served: Voting) -> None:
    letter, code = written(served, 1)
    with page_of(chromium, PHONE) as page:
        with_authenticator(page)
        typed(page, served, letter, spelled(code).lower())
        page.wait_for_selector("#enrol-mine:not([hidden])")
        assert page.inner_text("#enrol-units") == "密**1"
        page.click("#enrol-make")
        page.wait_for_selector("#enrol-done:not([hidden])")
        (waits,) = box(served).requests()
        assert (waits.letter.number, waits.row["suite"]) == (letter.number, "webauthn-v1")
        assert page.inner_text("#enrol-digits").split() == [*fingerprint(waits.key)]
        assert "等待经办人和监督单位登记" in page.inner_text("#enrol-standing")
        admit(served)
        page.goto(f"{served.url}/c/{CODE}/enrol")  # she comes back another day
        page.wait_for_selector("#enrol-standing[data-standing=bound]")
        assert "可以用来投票" in page.inner_text("#enrol-standing")
        assert page.is_visible("#enrol-votes a")  # and on to the votes
        page.goto(f"{served.url}/c/{CODE}/keys")
        page.click("#enter-go")  # the key shows what stands for her home, without the letter
        page.wait_for_selector("h3.good + ol.digits")
        page.goto(served.page)
        page.wait_for_selector("#vote-form:not([hidden])")  # the vote knows the key


@pytest.mark.parametrize(("typing", "says"), [("a slip", "没有计入次数"), ("wrong", "信函编号或验证码不对")])
def test_a_code_that_is_wrong_is_said_on_the_page(chromium: Any, served: Voting, typing: str, says: str) -> None:
    letter, code = written(served, 2)
    with page_of(chromium, PHONE, ("403",)) as page:
        typed(page, served, letter, draw_code() if typing == "wrong" else code[1] + code[1:])
        page.wait_for_selector("#enrol-problem:not([hidden])")
        assert says in page.inner_text("#enrol-problem")
        assert page.is_visible("#enrol-ask")


def test_whoever_says_no_to_the_phone_s_question_may_try_again(chromium: Any, served: Voting) -> None:
    letter, code = written(served, 3)
    with page_of(chromium, DESK) as page:
        page.add_init_script("navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError'))")
        typed(page, served, letter, code)
        page.click("#enrol-make")
        page.wait_for_selector("#enrol-problem:not([hidden])")
        assert "可以再点一次" in page.inner_text("#enrol-problem")
        assert page.is_enabled("#enrol-make")


def test_without_passkeys_the_page_names_another_browser(chromium: Any, served: Voting) -> None:
    letter, code = written(served, 4)
    with page_of(chromium, PHONE) as page:
        page.add_init_script("delete globalThis.PublicKeyCredential")
        typed(page, served, letter, code)
        page.wait_for_selector("#enrol-problem:not([hidden])")
        assert "在浏览器打开" in page.inner_text("#enrol-problem")


def test_no_key_is_made_at_an_address_that_is_not_the_ledger_s(chromium: Any, served: Voting) -> None:
    letter, code = written(served, 4)
    with page_of(chromium, PHONE) as page:
        page.goto(f"{served.url.replace('localhost', '127.0.0.1')}/c/{CODE}/enrol#{letter.number}")
        page.fill("#code", code)
        page.click("#enrol-next")
        page.wait_for_selector("#enrol-problem:not([hidden])")
        assert "不是台账自己的网址" in page.inner_text("#enrol-problem")


@pytest.mark.parametrize("viewport", [PHONE, DESK])
@pytest.mark.parametrize("lang", ["", "?lang=en"])
@pytest.mark.parametrize("path", ["enrol", "keys"])
def test_pages_fit_phone_and_desk(chromium: Any, served: Voting, path: str, lang: str, viewport: dict[str, int]) -> None:
    with page_of(chromium, viewport) as page:
        page.goto(f"{served.url}/c/{CODE}/{path}{lang}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_letters_print_a_page_each(chromium: Any, tmp_path: Path) -> None:
    from scripts.printing import letters_html

    many = tuple((bytes([n]) * 16, (f"{n}栋-120{n}",)) for n in range(1, 6))
    said = [(Letter(n, "业主1（示例）", bytes(16), "r", many[:n], 1_789_646_400_000), draw_code()) for n in range(1, 6)]
    page = chromium.new_page()
    page.set_content(letters_html({"zh": "试苑", "en": "Trial"}, "https://ledger.example.org/c/440307-001/enrol",
                                  "社区居委会 0755-0000-0000（示例）", said))  # fmt: skip
    raw = page.pdf(path=str(tmp_path / "letters.pdf"), format="A4", prefer_css_page_size=True)
    page.close()
    assert raw.count(b"/Type /Page\n") == len(said)
