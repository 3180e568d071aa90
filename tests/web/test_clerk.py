"""The desk in a real browser: clerk, counter, witness and supervisor each sign with a passkey in software; nothing else is simulated.

Needs Chromium and Playwright, as test_pages.py does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.paper import forms_of, tag_of
from ledger.mirror import write_mirror
from ledger.stubs import code_of, subject_of
from projections.ledgers import view
from scripts.cli import app as liuchi
from scripts.stories import estate
from scripts.stories.player import moment
from tests.api.conftest import CODE
from tests.web.clerking import OPEN, PAPER, acts, desk_of, last, prepare
from tests.web.test_voting import DESK, phone, shown
from tests.web.voting import Voting, voting

SMALL = {"width": 390, "height": 844}
Marks = str  # keys that are pressed for each item, or the reason for which the whole form is set aside


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voting]:
    with voting(tmp_path_factory.mktemp("clerk") / "data") as found:
        prepare(found)
        yield found


@pytest.fixture(scope="module")
def clerk(chromium: Any, served: Voting) -> Iterator[Any]:
    with desk_of(chromium, served, "clerk", phone, viewport=DESK) as page:
        yield page


@pytest.fixture(scope="module")
def counter(chromium: Any, served: Voting) -> Iterator[Any]:
    with desk_of(chromium, served, "counter", phone, viewport=DESK) as page:
        yield page


def opened(page: Any, served: Voting, path: str) -> Any:
    page.goto(f"{served.url}/c/{CODE}{path}")
    return page


def at_desk(page: Any, served: Voting, lang: str = "") -> str:
    """The words of the desk of this browser's key."""
    opened(page, served, f"/desk{lang}")
    page.wait_for_url("**/desk?key=*")
    page.wait_for_function("document.querySelector('#receipts-list').children.length > 0")
    return str(page.inner_text("#desk"))


def typed(page: Any, form: str, marks: Marks) -> None:
    """One form, by the keyboard alone."""
    page.focus("#number")
    page.keyboard.type(form)
    page.keyboard.press("Enter")
    if marks.isdecimal():
        for key in marks:
            page.keyboard.type(key)
    else:
        page.keyboard.type("9")
        page.select_option("#whole", marks)
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('number').value === ''")


def signed(page: Any, button: str) -> str:
    """What is asked before the signature; afterwards the dialogue is closed."""
    page.click(button)
    page.wait_for_selector("#sign-go:not([disabled])")  # until then nothing was read from the statement's bytes
    asked = shown(page, "sign-ask")
    page.click("#sign-go")
    told = shown(page, "sign-done")
    assert ("登记的正是您刚才签署的内容" in told, page.locator("#sign-checks .failed").count()) == (True, 0)
    page.click("#sign-close")
    return asked


def recorded(page: Any, served: Voting, poll: str, forms: dict[str, Marks]) -> Any:
    """The page of paper that these forms became."""
    opened(page, served, f"/polls/{poll}/paper")
    page.wait_for_selector("#paper:not([hidden])")
    for form, marks in forms.items():
        typed(page, form, marks)
    signed(page, "#sign-page")
    assert "等待另一单位的人复录" in shown(page, "paper-done")
    return last(served, "paper-page/1")


def keyed(page: Any, served: Voting, poll: str, leaf: bytes, forms: dict[str, Marks]) -> str:
    opened(page, served, f"/polls/{poll}/paper/{leaf.hex()}")
    page.wait_for_selector("#paper:not([hidden])")
    for form, marks in forms.items():
        typed(page, form, marks)
    signed(page, "#sign-page")
    return shown(page, "paper-done")


def stub(page: Any, served: Voting, poll: str, form: str) -> str:
    """What the holder of a form's stub is shown; in an open vote everybody is, without its code."""
    opened(page, served, f"/polls/{poll}/forms/{form}")
    if poll == PAPER:
        page.fill("#code", code_of(served.opened.door.vault.keys.lasting(subject_of(poll)), poll, form))
        page.click("form.find button")
    return str(page.inner_text("main"))


def test_paper_is_recorded_and_keyed_again_by_two_people_and_the_stubs_tell_its_fate_r_bal_4(
    served: Voting, clerk: Any, counter: Any
) -> None:
    assert ("经办人" in at_desk(clerk, served), "去录入" in clerk.inner_text("#desk")) == (True, True)
    page = recorded(clerk, served, OPEN, {"3": "12", "5": "unsigned", "7": "11"})
    rows = forms_of(page.body["rows"])
    roll = served.opened.door.fold.state["roll", "r"]
    assert {form: own[0]["for"] for form, own in rows.items()} == {form: tag_of(roll, form) for form in ("3", "5", "7")}
    assert rows["3"][0]["body"]["choices"] == {"use": "agree", "raise": "against"}
    assert (rows["5"][0]["kind"], rows["5"][0]["body"]["reason"]) == ("ballot-invalid/1", "unsigned")
    assert (
        f"等您复核的\n\n请对照手里的材料逐项看过，再签署同意或不同意。您没有义务同意。\n\n台账第{_index(served, page)}条"
        in at_desk(counter, served)
    )
    counter.click("text=复录这一页")
    told = keyed(counter, served, OPEN, page.leaf, {"3": "12", "5": "unsigned", "7": "12"})
    assert "两次录入不一致" in told
    assert counter.locator("#done-forms .failed").all_inner_texts() == ["7 两次录入不一致，暂不计入"]
    assert "已登记" in stub(counter, served, OPEN, "3")
    assert "未签名" in stub(counter, served, OPEN, "5")
    assert "两次录入不一致" in stub(counter, served, OPEN, "7")


def test_what_was_read_differently_is_corrected_and_keyed_again_r_dis_3(served: Voting, clerk: Any, counter: Any) -> None:
    page = last(served, "paper-page/1")
    opened(clerk, served, f"/entries/{_index(served, page)}")
    clerk.click("text=更正这一页的票")
    clerk.wait_for_selector("#paper:not([hidden])")
    typed(clerk, "7", "12")
    clerk.click("#sign-page")
    assert "请写明为什么更正" in shown(clerk, "list-said")
    clerk.fill("#reason", "看错一行")
    assert "看错一行" in signed(clerk, "#sign-page")
    assert "更正已登记" in shown(clerk, "paper-done")
    mended = last(served, "entered-in-error/1")
    assert (mended.about, mended.body["forms"], mended.body["observed"]) == (page.leaf, ("7",), False)
    opened(clerk, served, f"/polls/{OPEN}/paper/{page.leaf.hex()}/correct")
    clerk.wait_for_selector("#paper:not([hidden])")
    clerk.fill("#number", "7")
    clerk.keyboard.press("Enter")
    assert "已有一条更正在等复录" in shown(clerk, "number-said")
    assert "两次录入一致" in keyed(counter, served, OPEN, mended.leaf, {"7": "12"})
    assert "两次录入不一致" not in stub(counter, served, OPEN, "7")
    assert "看错一行" in opened(counter, served, f"/entries/{_index(served, mended)}").inner_text("main")


def test_sealed_choices_leave_the_browser_sealed_and_do_not_stay_there(served: Voting, clerk: Any, counter: Any) -> None:
    opened(clerk, served, f"/polls/{PAPER}/paper")
    clerk.wait_for_selector("#paper:not([hidden])")
    typed(clerk, "2", "13")
    clerk.reload()
    clerk.wait_for_selector("#typed:not([hidden])")
    assert "弃权" in clerk.inner_text("#typed")  # what was typed outlives the page
    page = recorded(clerk, served, PAPER, {"4": "20"})
    assert [row["kind"] for row in page.body["rows"]] == ["ballot-sealed/1", "ballot-sealed/1"]
    assert served.opened.door.opening(page.leaf, "choices/2") == {"use": "agree", "raise": "abstain"}
    assert served.opened.door.opening(page.leaf, "choices/4") == {"use": "against"}
    assert served.opened.door.opening(page.leaf, "scan") is None
    stored = clerk.evaluate("JSON.stringify(localStorage)")
    assert ("against" in stored, "abstain" in stored) == (False, False)
    assert "是否一致，截止后" in keyed(counter, served, PAPER, page.leaf, {"2": "13", "4": "20"})
    assert "弃权" in stub(counter, served, PAPER, "2")


def test_scans_are_deposited_and_sealed_with_their_page_r_priv_1(served: Voting, clerk: Any, tmp_path: Path) -> None:
    scan = tmp_path / "page.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\n scan")
    opened(clerk, served, f"/polls/{PAPER}/paper")
    clerk.wait_for_selector("#paper:not([hidden])")
    typed(clerk, "13", "33")
    clerk.set_input_files("#scans", str(scan))
    assert "扫描件（份）\n1" in signed(clerk, "#sign-page")
    shown(clerk, "paper-done")
    page, raw = last(served, "paper-page/1"), scan.read_bytes()
    named = served.opened.door.opening(page.leaf, "scan")
    assert named == ((sha256(raw).digest(), len(raw), "image/png"),)
    assert served.opened.door.documents.get(named[0][0]) == raw


def test_a_number_that_was_not_issued_or_is_recorded_is_refused_at_once_r_bal_4(served: Voting, clerk: Any) -> None:
    recorded(clerk, served, PAPER, {"6": "11"})
    opened(clerk, served, f"/polls/{PAPER}/paper")
    clerk.wait_for_selector("#paper:not([hidden])")
    for number, why in (("99", "没有发过99号票"), ("第６号", "6号票已经登记过"), ("abc", "请输入票号")):
        clerk.fill("#number", number)
        clerk.keyboard.press("Enter")
        assert why in shown(clerk, "number-said")
    typed(clerk, "6-2", "unmarked")
    assert "未勾选" in clerk.inner_text("#typed")
    clerk.click("#typed button:has-text('移除')")
    clerk.click("#sign-page")
    assert "清单是空的" in shown(clerk, "list-said")


def test_marks_are_typed_in_chinese_too_and_nothing_is_left_out_unseen(served: Voting, clerk: Any) -> None:
    opened(clerk, served, f"/polls/{PAPER}/paper")
    clerk.wait_for_selector("#paper:not([hidden])")
    clerk.focus("#number")
    clerk.keyboard.type("8")
    clerk.keyboard.press("Enter")
    clerk.click("#add")
    assert "事项 1还没有录" in shown(clerk, "marks-said")
    clerk.keyboard.insert_text("同")
    clerk.keyboard.type("4")
    clerk.click("#add")
    assert "事项 2不计，请选原因" in shown(clerk, "marks-said")
    clerk.select_option("[data-item=raise] .why-aside", "altered")
    clerk.click("#add")
    assert re.sub(r"\s+", " ", clerk.inner_text("#typed tbody")) == "8 同意 有涂改 改移除"
    clerk.once("dialog", lambda asked: asked.accept())
    clerk.click("#clear")
    assert clerk.is_hidden("#typed")


def test_a_form_is_typed_with_a_thumb_too(chromium: Any, served: Voting) -> None:
    with desk_of(chromium, served, "clerk", phone, viewport=SMALL, has_touch=True, is_mobile=True) as page:
        opened(page, served, f"/polls/{OPEN}/paper")
        page.wait_for_selector("#paper:not([hidden])")
        page.fill("#number", "11")
        page.press("#number", "Enter")
        page.tap("[data-item=use] [data-mark=against]")
        page.tap("[data-item=raise] [data-mark='']")
        page.tap("#add")
        assert re.sub(r"\s+", " ", page.inner_text("#typed tbody")) == "11 反对 未选 改移除"
        signed(page, "#sign-page")
        shown(page, "paper-done")
    assert last(served, "paper-page/1").body["rows"][0]["body"]["choices"] == {"use": "against"}


def test_whoever_may_not_is_refused_in_words_before_typing(served: Voting, clerk: Any, counter: Any) -> None:
    opened(counter, served, f"/polls/{PAPER}/paper")
    assert "签署人没有办理“纸质代录”的岗位（经办人）" in shown(counter, "why")
    waits = last(served, "paper-page/1")
    opened(clerk, served, f"/polls/{OPEN}/paper/{waits.leaf.hex()}")
    assert "复核人须来自另一单位" in shown(clerk, "why")
    assert "#typing" not in clerk.evaluate(
        "[...document.querySelectorAll('form')].filter((one) => one.checkVisibility()).map((one) => '#' + one.id)"
    )


def test_a_posting_is_recorded_by_the_clerk_and_confirmed_by_a_witness_r_meet_2(
    chromium: Any, served: Voting, clerk: Any
) -> None:
    at_desk(clerk, served)
    form = f".turn[data-kind='notice-posted/1'][data-poll='{PAPER}']"
    clerk.click(f"{form} summary")
    clerk.select_option(f"{form} [name=place]", "notice-board")
    clerk.fill(f"{form} [name=from]", "2026-11-07")
    clerk.fill(f"{form} [name=to]", "2026-11-06")
    clerk.click(f"{form} form button")
    assert "止日不能早于起日" in clerk.inner_text(form)
    clerk.fill(f"{form} [name=to]", "2026-12-20")
    assert "小区公告栏" in signed(clerk, f"{form} form button")
    clerk.wait_for_selector("#desk-told:not([hidden])")
    posted = last(served, "notice-posted/1")
    assert (posted.body["place"], posted.body["n"], posted.body["photo"]) == ("notice-board", 2, None)
    with desk_of(chromium, served, "posting-witness", phone, viewport=SMALL) as witness:
        said = at_desk(witness, served)
        assert ("公告张贴" in said, "小区公告栏" in said, "2026年12月20日" in said) == (True, True, True)
        asked = signed(witness, f"[data-leaf='{posted.leaf.hex()}'] [data-does=confirm]")
        assert "同意" in asked
        witness.wait_for_selector("#desk-told:not([hidden])")
        assert ("您同意了" in witness.inner_text("#desk-told"), "复核同意" in witness.inner_text("#receipts-list")) == (
            True,
            True,
        )
    assert ("pending", posted.leaf) not in view(served.opened).state


def test_a_supervisor_confirms_a_notice_that_waits_r_act_authority(chromium: Any, served: Voting) -> None:
    benches = {"benches": ("other-major", "是否增设座椅？")}
    steps = estate.notice("2026-11-07 10:00", "benches", "r", benches, "2026-11-30 09:00", "2026-12-20 20:00", "增设座椅", None)
    list(served.play.play(replace(step, confirm=()) for step in steps))
    noticed = last(served, "poll-noticed/1")
    with desk_of(chromium, served, "supervisor", phone, viewport=DESK) as supervisor:
        said = at_desk(supervisor, served)
        assert [
            word for word in ("表决公告", "街道办事处", "增设座椅", "是否增设座椅", "其他重大事项") if word not in said
        ] == []
        asked = signed(supervisor, f"[data-leaf='{noticed.leaf.hex()}'] [data-does=confirm]")
        assert f"我看过第{_index(served, noticed)}条“表决公告”，同意" in asked
        supervisor.wait_for_selector("#desk-told:not([hidden])")
        assert supervisor.locator(f"[data-leaf='{noticed.leaf.hex()}']").count() == 0
    assert served.opened.door.fold.state["poll", "benches"].stage == "noticed"
    assert last(served, "confirmed/1").about == noticed.leaf


def test_a_supervisor_declines_with_a_reason_and_a_clerk_withdraws(chromium: Any, served: Voting, clerk: Any) -> None:
    lamps = {"lamps": ("other-major", "是否更换路灯？")}
    steps = estate.notice("2026-11-07 10:00", "lamps", "r", lamps, "2026-11-30 09:00", "2026-12-20 20:00", "换路灯", None)
    list(served.play.play(replace(step, confirm=()) for step in steps))
    noticed = last(served, "poll-noticed/1")
    with desk_of(chromium, served, "supervisor", phone, viewport=SMALL) as supervisor:
        assert ("换路灯" in at_desk(supervisor, served), "是否更换路灯" in supervisor.inner_text("#desk")) == (True, True)
        act = f"[data-leaf='{noticed.leaf.hex()}']"
        supervisor.click(f"{act} [data-does=decline]")
        supervisor.select_option(f"{act} .decline select", "figures-differ")
        assert "数字不符" in signed(supervisor, f"{act} [data-does=decline-now]")
        supervisor.wait_for_selector("#desk-told:not([hidden])")
    declined = last(served, "declined/1")
    assert (declined.about, declined.body["reason"]) == (noticed.leaf, "figures-differ")
    page = recorded(clerk, served, PAPER, {"9": "11"})
    at_desk(clerk, served)
    signed(clerk, f"[data-leaf='{page.leaf.hex()}'] [data-does=withdraw]")
    clerk.wait_for_selector("#desk-told:not([hidden])")
    assert (last(served, "declined/1").about, last(served, "declined/1").body["reason"]) == (page.leaf, "withdrawn")


def test_whoever_cancels_has_signed_nothing_and_what_did_not_arrive_is_handed_in_once(served: Voting, clerk: Any) -> None:
    opened(clerk, served, f"/polls/{PAPER}/paper")
    clerk.wait_for_selector("#paper:not([hidden])")
    typed(clerk, "10", "33")
    size = served.opened.door.checkpoint()[0]
    clerk.click("#sign-page")
    clerk.click("#sign-cancel")
    assert clerk.is_visible("#typed")
    clerk.evaluate(
        "() => { const whole = fetch; let down = true; window.fetch = async (...asked) => {"
        " if (down && String(asked[0]).includes('/statements')) { down = false; await whole(...asked); throw new TypeError('down'); }"
        " return whole(...asked); }; }"
    )
    clerk.click("#sign-page")
    clerk.click("#sign-go")
    assert "没有丢失" in shown(clerk, "sign-problem")
    clerk.click("#sign-go")
    shown(clerk, "sign-done")
    clerk.click("#sign-close")
    shown(clerk, "paper-done")
    assert served.opened.door.checkpoint()[0] == size + 1


def test_a_refusal_is_said_in_the_dialogue_and_what_was_typed_stays(chromium: Any, served: Voting) -> None:
    with desk_of(chromium, served, "clerk", phone, "409", "422", viewport=DESK) as page:
        opened(page, served, f"/polls/{OPEN}/paper")
        page.wait_for_selector("#paper:not([hidden])")
        typed(page, "12", "11")
        tags = served.opened.door.fold.state["roll", "r"].tags
        unit = next(name for name, tag in served.play.tags.items() if tag == tags[11][0])
        list(served.play.play([estate.paper_page("2026-11-07 12:30", OPEN, "meanwhile", [(unit, {"use": "agree"})])]))
        size = served.opened.door.checkpoint()[0]
        page.click("#sign-page")
        shown(page, "sign-ask")
        page.click("#sign-go")
        assert "12" in shown(page, "sign-problem")
        page.click("#sign-cancel")
        assert "12" in page.inner_text("#typed")
        assert served.opened.door.checkpoint()[0] == size


def test_votes_are_opened_and_closed_by_whose_turn_it_is(chromium: Any, served: Voting, clerk: Any) -> None:
    gate = {"gate": ("other-major", "是否更换大门？")}
    list(served.play.play([
        *estate.notice("2026-11-07 11:00", "gate", "r", gate, "2026-11-30 09:00", "2026-12-30 20:00", "换大门", None),
        *estate.posted("2026-11-07 12:00", "gate", 1, "east-gate", "2026-11-07", "2026-12-30"),
    ]))  # fmt: skip
    served.clock.move_to(moment("2026-11-30 09:30"))
    opening = ".turn[data-kind='poll-opened/1']"
    with desk_of(chromium, served, "street-office", phone, viewport=DESK) as convener:
        assert "公告尚无张贴记录" in at_desk(convener, served)
        assert convener.locator(f"{opening}[data-poll='later'] [data-does=turn]").count() == 0  # its notice hangs nowhere
        assert "我宣布这次表决开始" in signed(convener, f"{opening}[data-poll='gate'] [data-does=turn]")
        convener.wait_for_selector("#desk-told:not([hidden])")
    assert served.opened.door.fold.state["poll", "gate"].stage == "open"
    served.clock.move_to(moment("2026-12-20 20:30"))
    at_desk(clerk, served)
    closing = f".turn[data-kind='poll-closed/1'][data-poll='{OPEN}'] [data-does=turn]"
    assert "以此刻的台账为准" in signed(clerk, closing)
    clerk.wait_for_selector("#desk-told:not([hidden])")
    closed = last(served, "poll-closed/1")
    assert served.opened.door.root_at(closed.body["size"]) == closed.body["root"]


def test_after_closing_a_correction_is_observed_and_a_new_form_is_late_r_dis_3(
    chromium: Any, served: Voting, clerk: Any, counter: Any
) -> None:
    opened(clerk, served, f"/polls/{PAPER}/paper")
    assert "迟交" in shown(clerk, "paper-late")
    page = next(
        act for act in reversed(acts(served, "paper-page/1")) if [row["form"] for row in act.body["rows"]] == ["2", "4"]
    )
    opened(clerk, served, f"/polls/{PAPER}/paper/{page.leaf.hex()}/correct")
    clerk.wait_for_selector("#paper:not([hidden])")
    typed(clerk, "4", "remove")
    clerk.fill("#reason", "重复录入")
    assert "监票人在场" in signed(clerk, "#sign-page")
    assert "监票人复核后生效" in shown(clerk, "paper-done")
    mended = last(served, "entered-in-error/1")
    assert (mended.body["forms"], mended.body["rows"], mended.body["observed"]) == (("4",), (), True)
    at_desk(counter, served)
    counter.click(f"[data-leaf='{mended.leaf.hex()}'] >> text=复录这一页")
    assert "取消了以下票的登记" in shown(counter, "paper")
    signed(counter, "#sign-page")
    assert "还等监票人复核" in shown(counter, "paper-done")
    with desk_of(chromium, served, "observer", phone, viewport=SMALL) as observer:
        assert "重复录入" in at_desk(observer, served)
        signed(observer, f"[data-leaf='{mended.leaf.hex()}'] [data-does=confirm]")
        observer.wait_for_selector("#desk-told:not([hidden])")
    assert ("pending", mended.leaf) not in view(served.opened).state


def test_the_log_of_the_desk_holds_to_the_audit(served: Voting, tmp_path: Path) -> None:
    write_mirror(served.opened.door, served.opened.home, tmp_path / "mirror")
    audited = CliRunner().invoke(liuchi, ["audit", str(tmp_path / "mirror"), "--json"])
    assert audited.exit_code == 0, audited.output


def test_a_browser_without_a_key_is_told_what_to_do(chromium: Any, served: Voting) -> None:
    with phone(chromium, served, viewport=SMALL) as page:
        opened(page, served, "/desk")
        assert "没有登记过的密钥" in shown(page, "why")
        key = served.play.people["desk-clerk-0"]
        opened(page, served, f"/desk?key={key.key.id.hex()}")
        assert "还没有生效" in shown(page, "why")
        opened(page, served, f"/polls/{PAPER}/paper?lang=en")
        assert "no key of yours" in shown(page, "why")


@pytest.mark.parametrize("lang", ["", "?lang=en"])
@pytest.mark.parametrize("size", [{"width": 320, "height": 640}, SMALL, DESK], ids=["narrow", "phone", "desk"])
def test_the_pages_fit_every_width(served: Voting, clerk: Any, size: dict[str, int], lang: str) -> None:
    clerk.set_viewport_size(size)
    at_desk(clerk, served, lang)
    assert clerk.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    opened(clerk, served, f"/polls/{PAPER}/paper{lang}")
    clerk.wait_for_selector("#paper:not([hidden])")
    clerk.evaluate("for (const id of ['marks', 'paper-done']) document.getElementById(id).hidden = false;")
    assert clerk.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def _index(served: Voting, act: Any) -> int:
    line = view(served.opened).journal.line(act.leaf)
    assert line is not None
    return line.index
