"""`liuchi paper`: forms are printed, typed by two people from two files, and corrected; what does not fit is said by its place."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from domain.acts import MAX_ROWS
from domain.errors import Refused
from domain.roll import Unit
from keys.custody import write_key
from keys.identity import SigningKey
from ledger.clock import StoryClock
from ledger.home import find_homes, make_home, open_ledger
from scripts.keying import Failed
from scripts.paper import delivery
from scripts.printing import Sheet
from scripts.shell import Problem
from scripts.stories import estate as e
from scripts.stories.player import Play, moment, seeded
from tests.scripts.conftest import CHEAP, WORD, liuchi, printed

ORIGIN = "demo.example.org/log/440307-001/1"

UNITS = [Unit(f"1-{n:03}", "1", frozenset([f"owner-{n:03}"]), 8000 + n, "sold") for n in range(1, 121)]
ITEMS = {"use": ("use-maintenance-fund", "用吗?"), "levy": ("raise-maintenance-fund", "筹吗?")}


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo ledger of 120 heads with a sealed vote that takes paper, and key files of clerk, counters and observer."""
    path = tmp_path_factory.mktemp("forms")
    home = make_home(path / "data", ORIGIN, "estate", SigningKey.from_seed(bytes(32)), WORD, CHEAP)
    clock = StoryClock(moment("2026-08-03 09:00"))
    door = open_ledger(home, WORD, clock)
    play = Play(door, clock, seeded(5))
    e.meet_officials(play)
    for steps in (
        e.found(play, "2026-08-03 09:00", str(home.vkey), {"zh": "试苑", "en": "Trial"}, demo=True),
        e.admit(play, "2026-08-03 10:00", "staff", e.STAFF), e.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03"),
        e.roll_pages(play, "2026-08-05 09:00", "r", UNITS), e.freeze("2026-08-14 09:00", "r", UNITS, ("2026-08-05", "2026-08-13"), 1),
        e.notice("2026-08-17 09:00", "p", "r", ITEMS, "2026-09-03 09:00", "2026-09-17 20:00", "表决", None, ("electronic", "paper")),
        e.posted("2026-08-17 10:00", "p", 1, "gate", "2026-08-17", "2026-09-17"), e.open_poll("2026-09-03 09:00", "p"),
    ):  # fmt: skip
        list(play.play(steps))
    door.close()
    for who in ("clerk", "counter-1", "counter-2", "observer"):
        write_key(path / f"{who}.key", play.people[who].key, WORD, CHEAP)
    return path


@pytest.fixture
def desk(opened: Path, tmp_path: Path) -> Path:
    shutil.copytree(opened, tmp_path / "desk")
    return tmp_path / "desk"


def here(desk: Path, by: str | None = None) -> list[object]:
    return ["--data", desk / "data", "--ledger", "440307-001", "--poll", "p", *(["--key", desk / f"{by}.key"] if by else [])]


def typed(desk: Path, *lines: str, name: str = "typed.csv") -> Path:
    path = desk / name
    path.write_text("".join(f"{line}\n" for line in ("form,use,levy", *lines)), "utf-8")
    return path


def state(desk: Path) -> dict[Any, Any]:
    door = open_ledger(find_homes(desk / "data")[0], WORD, StoryClock(moment("2026-09-04 09:00")))
    found = dict(door.fold.state)
    door.close()
    return found


def kept(desk: Path, *lines: str) -> int:
    """The index of a page that two people have keyed alike."""
    file = typed(desk, *lines, name="kept.csv")
    (page,) = printed("paper", "record", file, *here(desk, "clerk"))
    printed("paper", "key", file, *here(desk, "counter-2"))
    index: int = page["index"]
    return index


def stages(desk: Path) -> dict[str, str]:
    return {one.form: one.stage for key, papers in state(desk).items() if key[0] == "paper" for one in papers}


# --- forms ----------------------------------------------------------------------------------------------------------------------


def test_every_head_gets_a_numbered_form_with_a_stub_whose_code_is_its_own(desk: Path) -> None:
    out = desk / "forms.html"
    found = printed("paper", "forms", *here(desk), "--url", "https://ledger.example.org/", "--out", out)
    text = out.read_text("utf-8")
    assert found["forms"] == text.count('class="sheet"') == len(UNITS)
    codes = re.findall(r'class="code">([0-9A-Z]{5}-[0-9A-Z]{5})<', text)
    assert len(set(codes)) == len(UNITS)
    assert all(unit.unit in text for unit in UNITS)
    assert "https://ledger.example.org/c/440307-001/polls/p/forms/120" in text
    assert "用吗?" in text
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_forms_are_printed_again_with_the_same_codes_and_a_replacement_with_another(desk: Path) -> None:
    def codes(name: str, only: str) -> list[str]:
        printed("paper", "forms", *here(desk), "--url", "http://h", "--out", desk / name, "--only", only)
        return re.findall(r'class="code">([^<]+)<', (desk / name).read_text("utf-8"))

    first, again = codes("a.html", "7"), codes("b.html", "7,7-2")
    assert again[0] == first[0] != again[1]


def test_sheets_lie_in_the_order_of_delivery_and_unknown_heads_come_last() -> None:
    sheets = [Sheet("1", "", (), ""), Sheet("2", "10栋", ("10-101",), ""), Sheet("3", "2栋", ("2-1002",), ""),
              Sheet("4-2", "2栋", ("2-902", "11-101"), ""), Sheet("4", "2栋", ("2-902", "11-101"), "")]  # fmt: skip
    assert [one.form for one in sorted(sheets, key=delivery)] == ["4", "4-2", "3", "2", "1"]


def test_the_forms_of_a_file_are_in_the_order_of_their_units(desk: Path) -> None:
    printed("paper", "forms", *here(desk), "--url", "http://h", "--out", desk / "forms.html")
    units = re.findall(r"Owner：(1-[0-9]{3})", (desk / "forms.html").read_text("utf-8"))
    assert units == [unit.unit for unit in UNITS]


@pytest.mark.parametrize(("words", "said"), [
    (("--only", "121"), "--only"), (("--only", "0"), "--only"), (("--only", "x"), "--only"), (("--url", "ftp://h"), "--url"),
    (("--poll", "none"), "--poll"), (("--out", "."), "--out"),
])  # fmt: skip
def test_what_does_not_fit_is_said_before_anything_is_written(desk: Path, words: tuple[str, ...], said: str) -> None:
    found = liuchi("paper", "forms", *here(desk), "--url", "http://h", "--out", desk / "forms.html", *words)
    assert (found.exit_code, said in found.stderr) == (2, True), found.output
    assert not (desk / "forms.html").exists()


def test_help_says_what_each_command_does_in_whole_sentences() -> None:
    said = liuchi("paper", "--help", env={"COLUMNS": "80"}).stdout
    lines = said.partition("Commands:\n")[2].splitlines()
    assert [line.endswith(".") and not line.endswith("...") for line in lines] == [True] * 4, said


# --- record, key, correct -------------------------------------------------------------------------------------------------------


def test_two_people_type_two_files_and_what_they_agree_on_is_keyed(desk: Path) -> None:
    first = typed(desk, "1,agree,反对", "2,同意,", "3,unsigned,unsigned", "4,agree,agree")
    (receipt,) = printed("paper", "record", first, *here(desk, "clerk"))
    assert set(stages(desk).values()) == {"waiting"}
    second = typed(desk, "4,agree,agree", "3,unsigned,unsigned", "2,agree,弃权", "1,agree,against", name="second.csv")
    done = printed("paper", "key", second, *here(desk, "counter-2"))
    assert [(one["page"], one["index"], one["unclear"]) for one in done["recorded"]] == [
        (receipt["index"], receipt["index"] + 1, ["2"])
    ]
    assert done["refused"] == []
    assert stages(desk) == {"1": "keyed", "2": "unclear", "3": "keyed", "4": "keyed"}


def test_scans_are_deposited_and_sealed_with_their_page(desk: Path) -> None:
    scans = [desk / name for name in ("1.pdf", "2.jpg")]
    for number, scan in enumerate(scans):
        scan.write_bytes(b"scan %d" % number)
    words = [word for scan in scans for word in ("--scan", scan)]
    (page,) = printed("paper", "record", typed(desk, "1,agree,agree"), *here(desk, "clerk"), *words)
    ledger = ("--data", desk / "data", "--ledger", "440307-001")
    sealed = printed("act", "--read", page["index"], *ledger)["openings"]["scan"]
    assert [one[1:] for one in sealed] == [[6, "application/pdf"], [6, "image/jpeg"]]
    printed("document", "--get", sealed[1][0], "--out", desk / "back.jpg", *ledger)
    assert (desk / "back.jpg").read_bytes() == b"scan 1"


def test_scans_belong_to_one_page_and_are_of_a_kind_that_is_kept(desk: Path) -> None:
    (desk / "1.pdf").write_bytes(b"scan")
    (desk / "1.exe").write_bytes(b"scan")
    many = typed(desk, *(f"{n},agree,agree" for n in range(1, 121)))
    for file, scan in ((many, "1.pdf"), (typed(desk, "1,agree,agree", name="one.csv"), "1.exe")):
        found = liuchi("paper", "record", file, *here(desk, "clerk"), "--scan", desk / scan)
        assert (found.exit_code, "Invalid value for --scan" in found.stderr) == (2, True), found.output
    assert stages(desk) == {}


def test_more_than_a_hundred_forms_are_several_pages_all_keyed_from_one_file(desk: Path) -> None:
    file = typed(desk, *(f"{n},agree,agree" for n in range(1, 121)))
    assert len(printed("paper", "record", file, *here(desk, "clerk"))) == -(-120 // MAX_ROWS)
    found = liuchi("paper", "key", file, *here(desk, "counter-2"))
    assert (found.exit_code, "复录了 2 页" in found.stdout) == (0, True), found.output
    assert set(stages(desk).values()) == {"keyed"}


def test_where_a_later_page_is_refused_those_before_it_are_named(desk: Path) -> None:
    printed("paper", "record", typed(desk, "110,agree,agree", name="one.csv"), *here(desk, "clerk"))
    found = liuchi("paper", "record", typed(desk, *(f"{n},agree,agree" for n in range(1, 121))), *here(desk, "clerk"))
    assert (found.exit_code, "form-known" in found.stderr or "R-BAL-4" in found.stderr) == (1, True), found.output
    assert "在此之前已录入 recorded before it: 第" in found.stderr
    assert len(stages(desk)) == 1 + MAX_ROWS


def test_a_mistake_is_corrected_and_keyed_again(desk: Path) -> None:
    file = typed(desk, "1,agree,agree", "2,agree,agree")
    (page,) = printed("paper", "record", file, *here(desk, "clerk"))
    printed("paper", "key", file, *here(desk, "counter-2"))
    mended = typed(desk, "1,against,agree", name="mended.csv")
    correction = printed(
        "paper", "correct", mended, *here(desk, "clerk"), "--page", page["index"], "--reason", "看错一行", "--remove", "2"
    )
    assert correction["index"] == page["index"] + 2
    printed("paper", "key", mended, *here(desk, "counter-2"))
    found = state(desk)
    papers = [(one.form, one.stage) for key, value in sorted(found.items(), key=str) if key[0] == "paper" for one in value]
    assert sorted(papers) == [("1", "corrected"), ("1", "keyed"), ("2", "corrected")]


def test_a_correction_that_only_takes_forms_out_is_keyed_by_its_index(desk: Path) -> None:
    page = kept(desk, "1,agree,agree", "2,agree,agree")
    said = liuchi("paper", "correct", *here(desk, "clerk"), "--page", page, "--reason", "没有这张票", "--remove", "2")
    assert f"liuchi paper key --page {page + 2} --poll p --ledger 440307-001 --key …" in said.stdout, said.output
    found = liuchi("paper", "key", *here(desk, "counter-2"), "--page", page + 2)
    assert (found.exit_code, "取消的票 forms taken out: 2" in found.stdout) == (0, True), found.output
    assert stages(desk) == {"1": "keyed", "2": "corrected"}


def test_a_page_that_is_named_wants_exactly_its_forms(desk: Path) -> None:
    (first,) = printed("paper", "record", typed(desk, "1,agree,agree", "2,agree,agree"), *here(desk, "clerk"))
    (second,) = printed("paper", "record", typed(desk, "3,agree,agree"), *here(desk, "clerk"))
    both = typed(desk, "1,agree,agree", "3,agree,agree", name="both.csv")
    found = liuchi("paper", "key", both, *here(desk, "counter-2"), "--page", second["index"])
    assert (found.exit_code, "不同的是 1。" in found.stderr) == (2, True), found.output
    found = liuchi("paper", "key", both, *here(desk, "counter-2"))
    assert (found.exit_code, f"entry {first['index']} has also 2" in found.stderr) == (2, True), found.output
    found = liuchi("paper", "key", both, *here(desk, "counter-2"), "--page", first["index"] - 1)
    assert (found.exit_code, f"等待的是 {first['index']}、{second['index']}。" in found.stderr) == (2, True), found.output
    printed("paper", "key", typed(desk, "3,agree,agree"), *here(desk, "counter-2"), "--page", second["index"])
    assert stages(desk) == {"1": "waiting", "2": "waiting", "3": "keyed"}


def test_what_the_two_keyings_publicly_read_differently_is_named(desk: Path) -> None:
    page = printed("paper", "record", typed(desk, "1,agree,agree", "2,agree,", "3,agree,agree"), *here(desk, "clerk"))[0][
        "index"
    ]
    again = typed(desk, "1,against,agree", "2,agree,agree", "3,没有这张票,没有这张票", name="again.csv")
    found = liuchi("paper", "key", again, *here(desk, "counter-2"))
    assert f"第{page}条 entry {page}：两次录入不一致 the two keyings read differently: 2\n" in found.stdout, found.output
    assert f"第{page}条 entry {page}：有一方没有找到 one of the two did not find: 3\n" in found.stdout


def test_what_an_observed_correction_still_needs_is_said_with_what_reads_differently(desk: Path) -> None:
    page = kept(desk, "1,agree,agree")
    mended = typed(desk, "1,unsigned,agree", name="mended.csv")
    liuchi("paper", "correct", mended, *here(desk, "clerk"), "--page", page, "--reason", "未签名", "--observed")
    found = liuchi("paper", "key", typed(desk, "1,agree,agree"), *here(desk, "counter-2"))
    assert "read differently: 1\n" in found.stdout, found.output
    assert f"liuchi act --confirm {page + 2}" in found.stdout


@pytest.mark.parametrize(("code", "never"), [("form-not-there", True), ("observer-needed", True), ("same-person", False)])
def test_only_a_page_that_nobody_could_complete_is_to_be_withdrawn(code: str, never: bool) -> None:
    said = "\n".join(Failed(7, Problem.of(Refused(code, form="1"))).words("440307-001"))
    assert ("--decline 7 --reason withdrawn" in said) == never


def test_a_second_correction_of_a_form_is_refused_while_the_first_waits(desk: Path) -> None:
    page = kept(desk, "1,agree,agree")
    mended = typed(desk, "1,against,agree", name="mended.csv")
    words = ("paper", "correct", mended, *here(desk, "clerk"), "--page", page, "--reason", "看错一行")
    first = printed(*words)["index"]
    found = liuchi(*words)
    assert (found.exit_code, f"liuchi act --decline {first} --reason withdrawn" in found.stderr) == (2, True), found.output


def test_a_page_that_is_refused_does_not_stop_the_others_and_the_way_out_is_said(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = kept(desk, "1,agree,agree")
    mended = typed(desk, "1,against,agree", name="mended.csv")
    monkeypatch.setattr("scripts.paper.correction_of", lambda *_: None)
    words = ("paper", "correct", mended, *here(desk, "clerk"), "--page", page, "--reason", "看错一行")
    first, second = (printed(*words)["index"] for _ in range(2))
    (third,) = printed("paper", "record", typed(desk, "2,agree,agree"), *here(desk, "clerk"))
    both = typed(desk, "1,against,agree", "2,agree,agree")
    found = liuchi("paper", "key", both, *here(desk, "counter-2"))
    assert found.exit_code == 1
    assert f"复录了 2 页 pages keyed again: 第{first}条、第{third['index']}条" in found.stdout
    assert "form-not-there" in found.stderr
    assert f"liuchi act --decline {second} --reason withdrawn --key … --ledger 440307-001" in found.stderr
    again = liuchi("paper", "key", mended, *here(desk, "counter-2"), "--json")
    said = json.loads(again.stdout)
    assert (again.exit_code, said["recorded"]) == (1, [])
    assert [(one["page"], one["code"], one["never"]) for one in said["refused"]] == [(second, "form-not-there", True)]
    withdrawn = ("act", "--decline", second, "--reason", "withdrawn", "--key", desk / "clerk.key", "--data", desk / "data")
    printed(*withdrawn, "--ledger", "440307-001")
    assert liuchi("paper", "key", mended, *here(desk, "counter-2")).exit_code == 2


@pytest.mark.parametrize("verb", ["record", "key"])
def test_a_file_without_forms_is_a_usage_error(desk: Path, verb: str) -> None:
    printed("paper", "record", typed(desk, "1,agree,agree"), *here(desk, "clerk"))
    found = liuchi("paper", verb, typed(desk), *here(desk, "clerk"))
    assert (found.exit_code, "文件里没有一张票" in found.stderr) == (2, True), found.output


def test_keying_is_a_usage_error_where_nothing_waits_or_nothing_is_named(desk: Path) -> None:
    found = liuchi("paper", "key", typed(desk, "1,agree,agree"), *here(desk, "counter-2"))
    assert (found.exit_code, "没有等待复录" in found.stderr) == (2, True), found.output
    found = liuchi("paper", "key", *here(desk, "counter-2"))
    assert (found.exit_code, "--page" in found.stderr) == (2, True), found.output


def test_what_waits_to_be_keyed_sends_nobody_to_the_first_keying(desk: Path) -> None:
    (page,) = printed("paper", "record", typed(desk, "1,agree,agree"), *here(desk, "clerk"))
    ledger = ("--data", desk / "data", "--ledger", "440307-001")
    said = liuchi("act", "--pending", *ledger).stdout
    command = "liuchi paper key FILE.csv --poll p --ledger 440307-001 --key …"
    assert ("先不要看原录" in said, command in said, "--read" in said, "--confirm" in said) == (True, True, False, False), said
    found = liuchi("act", "--confirm", page["index"], "--key", desk / "counter-2.key", *ledger)
    assert (found.exit_code, "other-confirmation" in found.stderr, command in found.stderr) == (1, True, True), found.output


def test_an_observed_correction_waits_for_its_keying_and_for_the_observer(desk: Path) -> None:
    page = kept(desk, "1,agree,agree")
    words = ("--page", page, "--reason", "没有这张票", "--remove", "1", "--observed")
    printed("paper", "correct", *here(desk, "clerk"), *words)
    said = liuchi("act", "--pending", "--data", desk / "data", "--ledger", "440307-001").stdout
    assert f"liuchi paper key --page {page + 2} --poll p" in said
    assert f"另须 and besides: liuchi act --confirm {page + 2}" in said


@pytest.mark.parametrize(("lines", "where"), [
    (("1,agree",), "line 2, column levy"), (("x,agree,agree",), "line 2, column form"), (("1,perhaps,agree",), "line 2, column use"),
    (("1,agree,agree", "1,agree,agree"), "line 3, column form"), (("1,,",), "line 2, column use"),
    (("1,agree,agree", "121,agree,agree"), "line 3, column form"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_by_line_and_column(desk: Path, lines: tuple[str, ...], where: str) -> None:
    found = liuchi("paper", "record", typed(desk, *lines), *here(desk, "clerk"))
    assert (found.exit_code, where in found.stderr) == (3, True), found.output
    assert stages(desk) == {}


@pytest.mark.parametrize(("by", "code"), [("clerk", "same-person"), ("counter-1", "same-organisation")])
def test_who_recorded_a_page_or_works_where_she_works_does_not_key_it_again(desk: Path, by: str, code: str) -> None:
    file = typed(desk, "1,agree,agree")
    printed("paper", "record", file, *here(desk, "clerk"))
    found = liuchi("paper", "key", file, *here(desk, by), "--json")
    assert (found.exit_code, [one["code"] for one in json.loads(found.stdout)["refused"]]) == (1, [code])


def test_forms_that_no_waiting_page_has_are_named(desk: Path) -> None:
    printed("paper", "record", typed(desk, "1,agree,agree"), *here(desk, "clerk"))
    found = liuchi("paper", "key", typed(desk, "1,agree,agree", "9,agree,agree", name="b.csv"), *here(desk, "counter-2"))
    assert (found.exit_code, "9" in found.stderr) == (2, True), found.output


@pytest.mark.parametrize(("words", "said"), [
    (("--page", "999", "--reason", "x", "--remove", "1"), "--page"), (("--page", "0", "--reason", "x", "--remove", "y"), "--remove"),
    (("--page", "0", "--reason", "x"), "FILE.csv"),
])  # fmt: skip
def test_a_correction_that_says_too_little_is_refused_by_the_command(desk: Path, words: tuple[str, ...], said: str) -> None:
    found = liuchi("paper", "correct", *here(desk, "clerk"), *words)
    assert (found.exit_code, said in found.stderr) == (2, True), found.output
