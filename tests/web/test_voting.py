"""An owner votes on her phone with a passkey, in a real browser with an authenticator in software; nothing else is simulated.

Needs Chromium and Playwright, as test_pages.py does.
"""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from keys.suites import verify_statement
from ledger.mirror import write_mirror
from scripts.cli import app as liuchi
from tests.machine import lacking
from tests.web.voting import CODE, MAKE_KEY, POLL, SHARED, UNITS, Voting, voting, with_authenticator
from tlog.entry import Entry, Statement

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.49"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voting]:
    with voting(tmp_path_factory.mktemp("voting") / "data") as found:
        yield found


@contextmanager
def phone(chromium: Any, served: Voting, *refusals: str, **more: Any) -> Iterator[Any]:
    """A page of a phone on which nothing goes wrong but the refusals that are expected, and from which nothing goes elsewhere."""
    context = chromium.new_context(**{"locale": "zh-CN", "viewport": PHONE, "accept_downloads": True, **more})
    page, troubles = context.new_page(), list[str]()
    page.on("pageerror", lambda why: troubles.append(str(why)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith((served.url, "data:", "blob:")) else troubles.append(sent.url))
    yield page
    context.close()
    assert [one for one in troubles if not any(part in one for part in refusals)] == []


def shown(page: Any, part: str) -> str:
    """The words of a part of the page, once it is shown."""
    page.wait_for_selector(f"#{part}:not([hidden])")
    return str(page.inner_text(f"#{part}"))


def enrolled(page: Any, served: Voting, n: int, *more: int) -> None:
    """The owner of head n made a key in this browser; clerk and supervisor admitted it and bound it to her head."""
    with_authenticator(page)
    page.goto(served.page)
    made = page.evaluate(MAKE_KEY, served.asked(n))
    served.admit(made, n)
    served.bind(made, n, *more)
    page.goto(served.page)


def chosen(page: Any, *choices: str) -> str:
    """The summary, after each question was answered."""
    shown(page, "vote-form")
    for choice in choices:
        page.check(f"fieldset:not([hidden]) input[value={choice}]")
        page.click("#vote-next")
    return shown(page, "vote-summary")


def signed(page: Any) -> str:
    page.click("#vote-sign")
    return shown(page, "vote-done")


def saved(page: Any, folder: Path) -> Path:
    """The file that the voter keeps."""
    with page.expect_download() as download:
        page.click("#done-save")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_an_owner_votes_sees_her_receipt_and_replaces_her_ballot_r_bal_5(chromium: Any, served: Voting, tmp_path: Path) -> None:
    with phone(chromium, served) as page:
        enrolled(page, served, 1)
        summary = chosen(page, "agree", "against")
        assert ("您将投" in summary, "同意" in summary, "反对" in summary, "替换" in summary) == (True, True, True, False)
        told = signed(page)
        first = json.loads(saved(page, tmp_path).read_text("utf-8"))
        index = first["receipt"]["index"]
        assert f"已登记，第{index}条" in told
        assert (f"与台账第{index}条一致" in told, "真实" in told) == (True, False)
        assert page.locator("#vote-done li.failed").count() == 0
        assert served.choices(index) == {"lift": "agree", "roof": "against"}
        page.click("#vote-again")
        assert f"您已经投过一张票，登记为第{index}条" in shown(page, "vote-form")
        assert f"将替换第{index}条" in chosen(page, "abstain", "agree")
        signed(page)
        again = json.loads(saved(page, tmp_path).read_text("utf-8"))
        entry = Entry.parse(b64decode(again["receipt"]["entry"]))
        said = Statement.parse(entry.statement)
        assert said.prev == bytes.fromhex(first["receipt"]["leaf"])
        assert said.seen is not None
        key = served.opened.door.fold.state["key", said.by]
        verify_statement(entry.suite, key.public, entry.statement, entry.signature)
        assert served.choices(again["receipt"]["index"]) == {"lift": "abstain", "roof": "agree"}
        page.click("#done-look")
        page.wait_for_load_state()
        assert page.url.endswith(f"/c/{CODE}/entries/{again['receipt']['index']}")


def test_the_file_that_she_keeps_is_checked_offline_and_on_the_page(chromium: Any, served: Voting, tmp_path: Path) -> None:
    with phone(chromium, served) as page:
        enrolled(page, served, 2)
        chosen(page, "agree", "agree")
        signed(page)
        kept = saved(page, tmp_path)
        index = json.loads(kept.read_text("utf-8"))["receipt"]["index"]
        policy = tmp_path / "policy.txt"
        policy.write_text(f"log {served.opened.home.vkey}\nquorum none\n")
        checked = CliRunner().invoke(liuchi, ["verify", str(kept), "--policy", str(policy)])
        assert checked.exit_code == 0, checked.output
        page.goto(f"{served.url}/verify")
        page.set_input_files("#receipt-file", str(kept))
        page.wait_for_function("document.getElementById('receipt-input').value !== ''")
        page.click("#verify-button")
        page.wait_for_function("document.querySelectorAll('#verify-result li').length > 3")
        assert f"与台账第{index}条一致" in page.inner_text("#verify-result")
    with phone(chromium, served, java_script_enabled=False) as page:
        page.goto(f"{served.url}/verify")
        page.fill("#receipt-input", kept.read_text("utf-8"))
        page.click("#verify-button")
        assert f"第{index}条" in page.inner_text("#verify-result")


def test_a_log_with_passkeys_holds_to_both_verifiers(chromium: Any, served: Voting, tmp_path: Path) -> None:
    with phone(chromium, served) as page:
        enrolled(page, served, 3)
        chosen(page, "against", "abstain")
        signed(page)
    mirror = tmp_path / "mirror"
    write_mirror(served.opened.door, served.opened.home, mirror)
    audited = CliRunner().invoke(liuchi, ["audit", str(mirror), "--json"])
    assert audited.exit_code == 0, audited.output
    program = Path(__file__).parents[1] / "foreign" / ".build" / "verify"
    if not program.is_file():
        lacking("the second verifier is not built (tests/foreign/build.sh)", "LIUCHI_REQUIRE_FOREIGN")
    done = subprocess.run([program, "mirror", str(mirror)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "ok"), done.stdout


def test_a_key_that_waits_for_its_head_or_its_admission_is_told_so(chromium: Any, served: Voting) -> None:
    with phone(chromium, served) as page:
        with_authenticator(page)
        page.goto(served.page)
        assert "本机没有登记过的密钥" in shown(page, "vote-why")
        made = page.evaluate(MAKE_KEY, served.asked(4))
        page.goto(served.page)
        assert "还没有生效" in shown(page, "vote-why")
        served.admit(made, 4)
        page.goto(served.page)
        assert "没有对应的业主" in shown(page, "vote-why")
        served.bind(made, 4)
        page.goto(f"{served.url}/c/{CODE}/polls/later/vote")
        assert "表决尚未开始" in shown(page, "vote-why")
        page.goto(f"{served.url}/c/{CODE}/polls/later/vote?lang=en")
        assert "has not been opened" in shown(page, "vote-why")


def test_another_browser_without_the_key_is_told_what_to_do(chromium: Any, served: Voting) -> None:
    with phone(chromium, served, viewport=DESK, locale="en-GB") as page:
        page.goto(f"{served.page}?lang=en")
        told = shown(page, "vote-why")
        assert ("no key of yours" in told, "On paper" in told, "By letter" in told) == (True, True, True)
        links = [one.get_attribute("href") for one in page.locator("#vote-why a:visible").all()]
        assert links == [f"/c/{CODE}/enrol?lang=en", f"/c/{CODE}/polls/{POLL}?lang=en#paper"]


def test_inside_wechat_the_page_leads_to_the_browser(chromium: Any, served: Voting) -> None:
    with phone(chromium, served, user_agent=WECHAT) as page:
        page.goto(served.page)
        assert "请用手机自带的浏览器打开" in shown(page, "vote-why")


def test_without_javascript_the_page_says_what_to_do_instead(chromium: Any, served: Voting) -> None:
    with phone(chromium, served, java_script_enabled=False) as page:
        page.goto(served.page)
        told = page.inner_text("main")
        assert ("需要 JavaScript" in told, "填写纸质票" in told, "下一项" in told) == (True, True, False)


def test_a_refusal_is_shown_in_her_language_and_nothing_is_recorded(chromium: Any, served: Voting) -> None:
    with phone(chromium, served, "409") as page:
        enrolled(page, served, 5)
        chosen(page, "agree", "agree")
        page.evaluate(
            "async () => { const { kept } = await import('/static/js/keychain.js'); const act = await import('/static/js/act.js');"
            "const { composeBallot } = await import('/static/js/ballot.js');"
            "const { read } = await import('/static/js/desk.js'); const { hex } = await import('/static/js/bytes.js');"
            "const root = document.getElementById('vote').dataset; const [key] = kept(root.ledger);"
            "const needed = await read(`${root.code}/polls/${root.poll}/ballot?key=${hex(key.keyId)}`, 'zh');"
            "const choices = new Map([['lift', 'against']]);"
            "const made = await composeBallot(needed, needed.tags[0], choices, key, true);"
            "await act.handIn(root.code, 'zh', await act.signAct(made, key), key); }"
        )
        size = served.opened.door.checkpoint()[0]
        page.click("#vote-sign")
        assert "已有新的记录" in shown(page, "vote-problem")
        assert served.opened.door.checkpoint()[0] == size
        signed(page)  # pressed again, it stands on what is newest


def test_whoever_cancels_the_fingerprint_has_sent_nothing(chromium: Any, served: Voting) -> None:
    with phone(chromium, served) as page:
        enrolled(page, served, 6)
        chosen(page, "agree", "agree")
        size = served.opened.door.checkpoint()[0]
        page.evaluate(
            "() => { navigator.credentials.get = async () => { throw new DOMException('cancelled', 'NotAllowedError'); }; }"
        )
        page.click("#vote-sign")
        assert "没有完成签署" in shown(page, "vote-problem")
        assert served.opened.door.checkpoint()[0] == size


def test_who_stands_for_two_heads_votes_for_one_after_the_other_r_bal_5(chromium: Any, served: Voting, tmp_path: Path) -> None:
    with phone(chromium, served) as page:
        enrolled(page, served, 8, SHARED)
        assert "您要为哪一户投票" in shown(page, "vote-heads")
        shared = served.play.tag(UNITS[SHARED - 1].unit)
        page.click(f"#heads-list button:has-text('{shared.hex()[:8]}')")
        chosen(page, "agree", "abstain")
        signed(page)
        receipt = json.loads(saved(page, tmp_path).read_text("utf-8"))["receipt"]
        said = Statement.parse(Entry.parse(b64decode(receipt["entry"])).statement)
        assert said.body["tag"] == shared
        page.click("#vote-again")
        assert f"已投，第{receipt['index']}条" in shown(page, "vote-heads")


def test_a_log_key_that_is_not_the_one_remembered_is_signed_for_by_nobody(chromium: Any, served: Voting) -> None:
    with phone(chromium, served) as page:
        page.goto(served.page)
        shown(page, "vote-why")
        page.evaluate(
            "([key, ledger]) => localStorage.setItem('liuchi/keys/v1', JSON.stringify([{ credential: '00', key, ledger, public: '00',"
            "rp: 'localhost', vkey: 'another' }]))",
            [served.owner(12).key.id.hex(), served.opened.home.origin],
        )
        page.goto(served.page)
        assert "与本机记下的不一致" in shown(page, "vote-why")


def test_the_enter_key_asks_for_the_next_question(chromium: Any, served: Voting) -> None:
    with phone(chromium, served) as page:
        enrolled(page, served, 9)
        shown(page, "vote-form")
        page.press("fieldset:not([hidden]) input[value=agree]", "Enter")
        assert "请先选一项" in shown(page, "vote-pick")
        page.check("fieldset:not([hidden]) input[value=agree]")
        page.press("fieldset:not([hidden]) input[value=agree]", "Enter")
        assert "第2项，共2项" in shown(page, "vote-form")


def test_her_passkey_opens_the_page_of_her_own_rows(chromium: Any, served: Voting) -> None:
    with phone(chromium, served, "401") as page:
        enrolled(page, served, 7)
        own = f"{served.url}/c/{CODE}/polls/{POLL}/own"
        page.goto(own)
        shown(page, "enter")
        with page.expect_response(lambda answer: answer.url == own and answer.status == 200):
            page.click("#enter-go")
        assert "结果还没有核定" in page.inner_text("main")
    with phone(chromium, served, "401") as page:
        page.goto(own)
        assert (page.is_hidden("#enter"), "经办人" in page.inner_text("main")) == (True, True)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [{"width": 320, "height": 640}, DESK], ids=["narrow", "desk"])
def test_the_page_fits_every_width(chromium: Any, served: Voting, size: dict[str, int], lang: str) -> None:
    with phone(chromium, served, viewport=size) as page:
        page.goto(f"{served.page}?lang={lang}")
        shown(page, "vote-why")
        for part in ("vote-form", "vote-summary", "vote-done"):
            page.evaluate("(id) => { document.getElementById(id).hidden = false; }", part)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
