"""`liuchi roll diff`, `scope`, `post`: two rolls compared, a part of one, and the list for the notice board."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.roll import Unit
from scripts.posting import Posting, masked, posting_html
from scripts.rollin import roll_table
from scripts.rolls import Diff
from tests.machine import browser
from tests.scripts.conftest import Estate, liuchi, printed

OLD = """unit,owners,area_m2,status,building
3-1-101,o-1,80.00,sold,3
3-1-201,o-2,80.00,sold,3
3-1-102,o-3;o-4,90.00,sold,3
3-1-202,o-3;o-4,90.00,sold,3
4-1-101,,100.00,unsold,4
4-1-201,o-5,100.00,sold,4
"""
NEW = """unit,owners,area_m2,status,building
3-1-101,o-1,80.50,sold,3
3-1-201,o-1,80.00,sold,3
3-1-102,o-3;o-4,90.00,sold,3
3-1-202,o-3,90.00,sold,3
4-1-101,o-6,100.00,sold,4A
4-1-301,,70.00,undelivered,4
"""


def write(path: Path, text: str, name: str = "roll.csv") -> Path:
    (path / name).write_text(text, "utf-8")
    return path / name


# --- diff ---------------------------------------------------------------------------------------------------------------------------


def test_the_reasons_of_a_new_snapshot_r_roll_8(tmp_path: Path) -> None:
    old, new = write(tmp_path, OLD, "old.csv"), write(tmp_path, NEW, "new.csv")
    found = printed("roll", "diff", old, new)
    assert found == {
        "before": {"heads": 5, "area": 54_000, "units": 6}, "after": {"heads": 5, "area": 51_050, "units": 6},
        "new": ["4-1-301"], "removed": ["4-1-201"],
        "transfers": [{"unit": "3-1-201", "before": ["o-2"], "after": ["o-1"]},
                      {"unit": "3-1-202", "before": ["o-3", "o-4"], "after": ["o-3"]},
                      {"unit": "4-1-101", "before": [], "after": ["o-6"]}],
        "areas": [{"unit": "3-1-101", "before": 8000, "after": 8050}],
        "statuses": [{"unit": "4-1-101", "before": "unsold", "after": "sold"}],
        "buildings": [{"unit": "4-1-101", "before": "4", "after": "4A"}],
        "merged": [[["3-1-101"], ["3-1-201"]]], "split": [[["3-1-102"], ["3-1-202"]]],
    }  # fmt: skip
    said = liuchi("roll", "diff", old, new).stdout
    assert "之前 before: N = 5 heads · A = 540.00 m² · 6 套 units" in said
    assert "  4-1-101: 建设单位 developer → o-6" in said
    assert "  3-1-101 | 3-1-201" in said


facts = st.tuples(st.sets(st.sampled_from("abcd"), min_size=1), st.integers(1, 10**6), st.sampled_from(["sold", "unsold"]))
units = st.dictionaries(st.integers(1, 12), facts, min_size=1).map(
    lambda found: {str(n): Unit(str(n), "1", frozenset(owners), area, status) for n, (owners, area, status) in found.items()}
)


@settings(deadline=None)
@given(units, units)
def test_a_diff_backwards_is_the_diff_turned_round(old: Any, new: Any) -> None:
    there, back = Diff(old, new).document(), Diff(new, old).document()
    assert (there["before"], there["new"]) == (back["after"], back["removed"])
    assert len(there["transfers"]) == len(back["transfers"])
    merged, split = ({frozenset(map(frozenset, parts)) for parts in one} for one in (there["merged"], back["split"]))
    assert merged == split


@given(units)
def test_equal_rolls_have_no_difference(old: Any) -> None:
    found = Diff(old, dict(old)).document()
    assert found.pop("before") == found.pop("after")
    assert not any(found.values())


# --- scope --------------------------------------------------------------------------------------------------------------------------


def test_a_stack_is_a_scope_of_heads_units_and_area_r_roll_9(tmp_path: Path) -> None:
    found = printed("roll", "scope", write(tmp_path, OLD), "--stack", "3-*-01")
    assert found["body"] == {"area": 16_000, "heads": 2, "scope": "stack-3-x-01", "snapshot": None, "tags": []}
    assert found["openings"] == {"units": ["3-1-101", "3-1-201"]}
    assert [unit["area"] for unit in found["units"]] == [8000, 8000]
    said = liuchi("roll", "scope", tmp_path / "roll.csv", "--building", "4").stdout
    assert said.startswith("building-4: 2 人 heads · 200.00 m² · 2 套 units\n  4-1-101          100.00 m²  unsold\n")
    assert "name the file that `liuchi roll` kept with --tags" in said


def test_a_scopes_tags_are_those_that_the_clerk_kept(estate: Estate) -> None:
    path, tags = write(estate.path, OLD), estate.path / "tags.json"
    found = liuchi("roll", path, "--snapshot", "2026-08", "--tags", tags, "--key", estate.key("clerk"), *estate.here())
    assert found.exit_code == 0
    kept = {unit: head["tag"] for head in json.loads(tags.read_text())["heads"] for unit in head["units"]}
    body = printed("roll", "scope", path, "--building", "3", "--tags", tags)["body"]
    assert body == {"area": 34_000, "heads": 3, "scope": "building-3", "snapshot": "2026-08",
                    "tags": sorted({kept[unit] for unit in kept if unit[0] == "3"})}  # fmt: skip
    other = liuchi("roll", "scope", write(estate.path, NEW, "new.csv"), "--building", "3", "--tags", tags)
    assert (other.exit_code, other.stderr.count("\n"), "the head of unit 3-1-101 is another" in other.stderr) == (3, 1, True)
    tags.write_text("{}")
    assert liuchi("roll", "scope", path, "--building", "3", "--tags", tags).exit_code == 3


@pytest.mark.parametrize(("words", "option"), [
    ((), "--building"), (("--building", "3", "--stack", "3-01"), "--building"), (("--building", "9"), "--building"),
    (("--stack", "9-*-01"), "--stack"), (("--building", "3", "--scope", "三栋"), "--scope"),
    (("--building", "3", "--scope", "estate"), "--scope"),
])  # fmt: skip
def test_a_scope_that_is_none_is_a_usage_error(tmp_path: Path, words: tuple[str, ...], option: str) -> None:
    found = liuchi("roll", "scope", write(tmp_path, OLD), *words)
    assert (found.exit_code, option in found.stderr) == (2, True)


# --- post ---------------------------------------------------------------------------------------------------------------------------


def test_a_posting_has_units_masked_owners_areas_and_totals_r_priv_1(tmp_path: Path) -> None:
    path = write(tmp_path, OLD)
    write(tmp_path, 'owner,name\no-1,张三\no-3,李四\no-4,王五\no-5,"欧阳<b>六"\n', "roll.owners.csv")
    found = printed(
        "roll", "post", path, "--out", tmp_path / "p.html", "--name", "国展苑", "--from", "2026-09-01", "--contact", "居委会"
    )
    page = (tmp_path / "p.html").read_text("utf-8")
    assert (found["heads"], found["area"], found["to"], found["unnamed"]) == (5, 54_000, "2026-09-08", 1)
    assert all(
        words in page
        for words in (
            "国展苑业主名册公示",
            "540.00 ㎡",
            "2026-09-01 至 to 2026-09-08",
            "居委会",
            "李*、王*",
            "欧*",
            "1 位业主",
            "建设单位",
        )
    )
    assert not any(name in page for name in ("张三", "李四", "王五", "欧阳", "o-1", "o-2"))
    assert re.findall(r"<h2>(\w+)", page) == ["3栋", "4栋"]


def test_without_names_owners_are_only_counted_and_days_left_to_write(tmp_path: Path) -> None:
    said = liuchi("roll", "post", write(tmp_path, OLD), "--out", tmp_path / "p.html")
    assert (said.exit_code, "5 位业主没有姓名" in said.stdout) == (0, True)
    page = (tmp_path / "p.html").read_text("utf-8")
    assert "2 位业主" in page
    assert "＿＿年" in page
    assert masked("张三") == masked("张三丰") == "张*"


@pytest.mark.parametrize(("words", "option"), [
    (("--from", "2026-9-1"), "--from"), (("--to", "2026-09-09"), "--to"), (("--from", "2026-09-01", "--to", "2026-09-07"), "--to"),
    (("--out", "roll.csv"), "--out"),
])  # fmt: skip
def test_a_posting_that_is_too_short_is_a_usage_error_r_dis_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, OLD)
    found = liuchi("roll", "post", "roll.csv", "--out", "p.html", *words)
    assert (found.exit_code, option in found.stderr) == (2, True)


def test_a_malformed_file_of_names_is_named_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, OLD)
    write(tmp_path, "owner,name\no-1,\n", "roll.owners.csv")
    found = liuchi("roll", "post", path, "--out", tmp_path / "p.html")
    assert (found.exit_code, "line 2, column name: expected the owner's name" in found.stderr) == (3, True)


# --- the group ----------------------------------------------------------------------------------------------------------------------


def test_without_a_verb_a_roll_is_recorded_and_with_one_too(tmp_path: Path) -> None:
    path = write(tmp_path, OLD)
    words = ("--snapshot", "r", "--ledger", "none", "--dry-run", "--json")
    assert (
        printed("roll", path, *words[:-1]) == printed("roll", "record", path, *words[:-1]) == printed("roll", *words[:-1], path)
    )
    said = liuchi("roll", "--help").stdout
    assert all(
        re.search(rf"^  {verb}  +\w", said, re.MULTILINE) for verb in ("record", "import", "map", "post", "diff", "scope")
    )


# --- as a browser lays it out -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A posting of 400 units in a browser."""
    path = tmp_path_factory.mktemp("posting") / "p.html"
    listed = [
        Unit(f"{n // 200 + 1}-1-{n // 4 % 50 + 1}{n % 4 + 1:02}", str(n // 200 + 1), frozenset({f"o-{n}"}), 8937, "sold")
        for n in range(400)
    ]
    names = {f"o-{n}": "张三" for n in range(400)}
    path.write_text(posting_html(Posting("国展苑花园", "2026-09-01", "2026-09-08", "社区居委会一楼"), listed, names), "utf-8")
    assert roll_table(listed).count(b"\n") == 401
    with browser() as found:
        page = found.new_page()
        page.goto(path.as_uri())
        yield page


def test_a_posting_fits_a_phone_and_its_print_can_be_read(laid_out: Any, tmp_path: Path) -> None:
    laid_out.set_viewport_size({"width": 360, "height": 800})
    assert laid_out.evaluate("document.documentElement.scrollWidth") <= 360
    laid_out.emulate_media(media="print")
    assert laid_out.evaluate("parseFloat(getComputedStyle(document.querySelector('td')).fontSize)") * 0.75 >= 10
    laid_out.pdf(path=tmp_path / "p.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", (tmp_path / "p.pdf").read_bytes())) <= 6
