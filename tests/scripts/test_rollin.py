"""`liuchi roll import`: what a spreadsheet says becomes a roll; each change is listed, each doubt asked, each mistake placed."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from domain.roll import Unit, heads_of
from scripts.certificates import check_digit
from scripts.normalise import AREA, BUILDING, NAME, UNIT, WORD, normalised, shaped, stack_matches
from scripts.rollin import roll_table
from scripts.tables import read_roll
from tests.scripts.conftest import liuchi, printed
from tests.scripts.test_certificates import CARD, FIRM
from tests.scripts.test_sheets import workbook

HEADER = ("房号", "业主", "身份证号", "建筑面积", "状态")


def card(number: int, born: str = "19800101") -> str:
    body = f"440307{born}{number:03}"
    return body + check_digit(body)


def sheet(path: Path, *rows: Sequence[object], header: Sequence[str] = HEADER, name: str = "owners.csv") -> Path:
    with (path / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path / name


def run(path: Path, *words: object, file: str = "owners.csv") -> Any:
    return liuchi("roll", "import", path / file, "--out", path / "roll.csv", *words)


def imported(path: Path, *words: object, file: str = "owners.csv") -> Any:
    found = run(path, "--json", *words, file=file)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def units(path: Path) -> dict[str, Unit]:
    return {unit.unit: unit for unit in read_roll(path / "roll.csv")}


def beside(path: Path, what: str) -> list[dict[str, str]]:
    with (path / f"roll.{what}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- what becomes of a row ----------------------------------------------------------------------------------------------------------


def test_a_spreadsheet_becomes_a_roll_that_the_other_commands_read(tmp_path: Path) -> None:
    workbook(tmp_path / "owners.xlsx", ["国展苑业主名册"], ["楼栋", "单元", "房号", "业主姓名", "证件号码", "建筑面积（㎡）", "销售状态"],
             ["３栋", "1单元", 501, "张 三；李四", f"{card(1)}；{card(2)}", 89.37, "已售"],
             ["3栋", "1单元", "502", None, None, 100, "未售"])  # fmt: skip
    found = imported(tmp_path, file="owners.xlsx")
    assert (found["heads"], found["area"], found["units"], found["co_owned"], found["roll"]) == (
        2,
        18_937,
        2,
        1,
        str(tmp_path / "roll.csv"),
    )
    one, other = read_roll(tmp_path / "roll.csv")
    assert (one.unit, one.building, one.area, one.status, len(one.owners)) == ("3-1-501", "3", 8937, "sold", 2)
    assert (other.unit, other.owners, other.status) == ("3-1-502", frozenset(), "unsold")
    assert {row["name"] for row in beside(tmp_path, "owners")} == {"张三", "李四"}
    dry = liuchi("roll", tmp_path / "roll.csv", "--snapshot", "r", "--ledger", "none", "--dry-run")
    assert "N = 2 heads · 总面积 A = 189.37 m²" in dry.stdout


def test_no_certificate_number_leaves_the_file(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "张三", f" {card(1)}", "80", "已售"), ("1-2", "李四", "110105491231002", "80", "已售"))
    said = run(tmp_path)
    assert said.exit_code == 0
    for text in (said.output, *(path.read_text("utf-8") for path in tmp_path.glob("roll*"))):
        assert not any(number in text for number in (card(1), "110105491231002", CARD, card(1)[:14]))
    assert [row["rule"] for row in beside(tmp_path, "changes") if row["column"] == "身份证号"] == [
        "certificate-form",
        "old-card",
    ]
    for path in (*tmp_path.glob("roll*"), tmp_path / "liuchi.pepper"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_pepper_gives_the_same_people_and_another_others(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "张三", card(1), "80", "已售"))
    ids = []
    for out, pepper in (("a.csv", "one"), ("b.csv", "one"), ("c.csv", "other")):
        liuchi("roll", "import", tmp_path / "owners.csv", "--out", tmp_path / out, "--pepper", tmp_path / pepper)
        ids.append(next(iter(read_roll(tmp_path / out)[0].owners)))
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("p-")


def test_every_change_is_listed_by_row_column_and_rule(tmp_path: Path) -> None:
    sheet(tmp_path, ("３栋５０１房", "张三先生、李四等2人", "", "1,089.37㎡", "已售"))
    imported(tmp_path)
    assert [(row["row"], row["column"], row["before"], row["after"], row["rule"]) for row in beside(tmp_path, "changes")] == [
        ("2", "房号", "３栋５０１房", "3栋501房", "width"), ("2", "房号", "3栋501房", "3-501房", "part"),
        ("2", "房号", "3-501房", "3-501", "tail"),
        ("2", "建筑面积", "1,089.37㎡", "1,089.37", "square"), ("2", "建筑面积", "1,089.37", "1089.37", "thousands"),
        ("2", "状态", "已售", "sold", "word"),
        ("2", "业主", "张三先生、李四等2人", "张三先生;李四等2人", "split"), ("2", "业主", "张三先生", "张三先生", "noted-title"),
        ("2", "业主", "李四等2人", "李四等2人", "noted-others"),
    ]  # fmt: skip


def test_no_cell_of_a_report_is_a_formula_where_it_is_opened(tmp_path: Path) -> None:
    sheet(tmp_path, ("-1-1", "李四", "", "80", "已售"))
    imported(tmp_path)
    assert next(row["before"] for row in beside(tmp_path, "changes") if row["rule"] == "dashes") == "'-1-1"
    sheet(tmp_path, ("1-1", "=cmd()", "", "80", "已售"))
    assert "line 2, column B 业主: expected text and not a formula" in run(tmp_path, "--dry-run").stderr


@pytest.mark.parametrize(("text", "unit"), [
    ("3-1-501", "3-1-501"), ("３－１－５０１", "3-1-501"), ("3栋1单元501房", "3-1-501"), ("3号楼1单元501室", "3-1-501"),
    ("3幢501", "3-501"),
    ("第三栋 二单元 501", "3-2-501"), ("三十二栋501", "32-501"), ("a座12b", "A-12B"), ("3号501", "3-501"), ("3—1—501", "3-1-501"),
    ("地下车位023", "P-023"), ("3栋2座1单元501号房", "3-2-1-501"),
])  # fmt: skip
def test_units_have_one_spelling(text: str, unit: str) -> None:
    assert normalised(text, UNIT)[0] == unit


def test_the_estates_name_is_stripped_and_its_pattern_kept(tmp_path: Path) -> None:
    sheet(tmp_path, ("国展苑3栋501", "张三", "", "80", "已售"))
    (tmp_path / "m.json").write_text(json.dumps({"columns": {"房号": "unit", "业主": "owners", "建筑面积": "area"},
                                                 "strip": ["国展苑"], "pattern": "B{building}-{room}"}))  # fmt: skip
    imported(tmp_path, "--map", tmp_path / "m.json")
    assert list(units(tmp_path)) == ["B3-501"]
    assert shaped("501", "{building}-{room}") is None
    assert shaped("3-1-501", "{building}-{room}") is None  # nothing is left out silently


def test_registry_comes_before_survey_before_contract_r_roll_2(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "甲", "80", "81", "82"), ("1-2", "乙", "", "81", "82"), ("1-3", "丙", "", "", "82"),
          header=("房号", "业主", "登记面积", "实测面积", "合同面积"))  # fmt: skip
    found = imported(tmp_path)
    assert {source: one["area"] for source, one in found["sources"].items()} == {
        "registry": 8000,
        "survey": 8100,
        "contract": 8200,
        "unsaid": 0,
    }
    assert [(row["unit"], row["source"]) for row in beside(tmp_path, "areas")] == [
        ("1-1", "registry"),
        ("1-2", "survey"),
        ("1-3", "contract"),
    ]


def test_an_areas_source_is_said_for_a_file_that_does_not_r_roll_2(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "甲", "", "80", "已售"))
    assert imported(tmp_path, "--area-source", "survey")["sources"]["survey"] == {"units": 1, "area": 8000}


def test_developer_and_a_buyer_of_three_are_a_head_each_t13(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (f"1-{n}", f"业主{n}", card(n % 1000, f"19{80 + n // 1000}0101"), "50", "已售") for n in range(1, 448)
    ]
    rows += [(f"2-{n}", "某某置业有限公司", "", "60", "未售") for n in range(40)] + [
        (f"3-{n}", f"买受人{n}", "", "60", "未交付") for n in range(10)
    ]
    rows += [(f"4-{n}", "大户", card(999), area, "已售") for n, area in enumerate(("80.00", "90.00", "100.00"))]
    sheet(tmp_path, *rows)
    found = imported(tmp_path)
    assert (found["units"], found["heads"], found["unanswered"]) == (500, 447 + 1 + 1, 0)
    own = [head for head in heads_of(read_roll(tmp_path / "roll.csv")).values() if head[0].unit == "4-0"]
    assert [sum(unit.area for unit in head) for head in own] == [27_000]


def test_parking_spaces_count_only_by_a_clause_r_roll_6(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "甲", card(1), "80", "住宅"), ("B1-7", "甲", card(1), "12.5", "车位"), ("地下车位8", "乙", card(2), "12.5", ""),
          header=("房号", "业主", "身份证号", "建筑面积", "用途"))  # fmt: skip
    found = imported(tmp_path, "--dry-run")
    assert (found["area"], found["parking"], found["changes"]["parking-left-out"]) == (8000, 2, 2)
    found = imported(tmp_path, "--parking-clause", "rules-12")
    assert (found["area"], found["parking"], found["parking_clause"]) == (10_500, 2, "rules-12")
    assert list(units(tmp_path)) == ["1-1", "B1-7", "P-8"]


def test_guardians_and_representatives_stand_beside_the_roll_r_roll_7(tmp_path: Path) -> None:
    child, grown = card(1, "20150101"), card(2, "20080601")
    sheet(tmp_path, ("1-1", "甲", child, "80", "乙", ""), ("1-2", "丙", child[:-4] + card(3, "20150101")[-4:], "80", "", ""),
          ("1-3", "丁", grown, "80", "", ""), ("1-4", "某公司", FIRM, "80", "", ""), ("1-5", "某公司", FIRM, "80", "", "戊"),
          header=("房号", "业主", "证件号码", "建筑面积", "监护人", "授权代表"))  # fmt: skip
    found = imported(tmp_path, "--on", "2026-06-01")
    assert (found["minors"], found["legal_persons"], found["represented"]) == (["1-2"], ["1-4"], 2)
    assert beside(tmp_path, "representatives") == [
        {"unit": "1-1", "kind": "guardian", "name": "乙"},
        {"unit": "1-5", "kind": "agent", "name": "戊"},
    ]
    (tmp_path / "roll.csv").unlink()
    assert imported(tmp_path, "--on", "2026-05-31")["minors"] == ["1-2", "1-3"]


def test_several_sheets_are_one_roll(tmp_path: Path) -> None:
    book = Workbook()
    for name, unit in (("1栋", "1-1"), ("2栋", "2-1")):
        book.create_sheet(name)
        for row in (["房号", "业主", "建筑面积"], [unit, "张三", 80]):
            book[name].append(row)
    book.save(tmp_path / "a.xlsx")
    found = run(tmp_path, "--sheet", "1栋", "--sheet", "2栋", file="a.xlsx")
    assert (found.exit_code, beside(tmp_path, "questions")[0]["rows"]) == (1, "a.xlsx [1栋]:2;a.xlsx [2栋]:2")
    book["2栋"]["C2"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert (
        "a.xlsx [2栋], line 2, column C 建筑面积: expected an area"
        in run(tmp_path, "--sheet", "1栋", "--sheet", "2栋", file="a.xlsx").stderr
    )


def test_several_files_are_one_roll(tmp_path: Path) -> None:
    one = sheet(tmp_path, ("1-1", "甲", card(1), "80", "已售"), name="one.csv")
    other = sheet(tmp_path, ("2-1", "甲", card(1), "80", "已售"), name="two.csv")
    assert printed("roll", "import", one, "--out", tmp_path / "x.csv", "--dry-run")["heads"] == 1
    found = liuchi("roll", "import", one, other, "--out", tmp_path / "roll.csv", "--json")
    assert json.loads(found.stdout)["several"] == [["1-1", "2-1"]]
    again = liuchi("roll", "import", one, one, "--out", tmp_path / "again.csv")
    assert (again.exit_code, "each unit once; 1-1 stands in" in again.stderr) == (3, True)


def test_the_kind_of_a_certificate_may_be_named(tmp_path: Path) -> None:
    header = ("房号", "业主", "证件类型", "证件号码", "建筑面积")
    sheet(
        tmp_path,
        ("1-1", "甲；乙", "护照；身份证", f"x0001；{card(1)}", "80"),
        ("1-2", "丙；丁", "护照", "x0001；无", "80"),
        header=header,
    )
    assert asked(tmp_path) == [("2;3", "甲;丙", "")]
    for kinds, expected in (
        ("名片", "expected one of 居民身份证"),
        ("护照；护照；护照", "expected one kind for all owners, or one for each (2)"),
    ):
        sheet(tmp_path, ("1-1", "甲；乙", kinds, f"x0001；{card(1)}", "80"), header=header)
        assert (run(tmp_path).exit_code, f"line 2, column C 证件类型: {expected}" in run(tmp_path).stderr) == (3, True)


def test_what_does_not_agree_with_the_owners_is_noted_and_left(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "甲；乙；甲", "单独所有", "80"), header=("房号", "业主", "共有情况", "建筑面积"))
    found = imported(tmp_path)
    assert (found["co_owned"], found["duplicates"], found["changes"]["noted-sharing"]) == (1, 1, 1)
    assert beside(tmp_path, "areas") == [{"unit": "1-1", "area_m2": "80.00", "source": "unsaid", "sharing": "单独所有"}]
    (tmp_path / "roll.csv").unlink()
    assert (
        "请核对 to look at: 2\n  2 业主: 甲；乙；甲 (named-twice)\n  2 共有情况: 单独所有 (noted-sharing)\n"
        in run(tmp_path).stdout
    )


@pytest.mark.parametrize(("row", "column"), [
    (("1-1", "o-\t1", "80", "1"), "B owners"), (("1-1", "o-1;o-1", "80", "1"), "B owners"), (("1-1", "o-1", "80", ""), "D building"),
    (("1-1", "o-1", "80", "b" * 61), "D building"),
])  # fmt: skip
def test_ids_that_no_roll_may_have_are_refused(tmp_path: Path, row: Sequence[str], column: str) -> None:
    sheet(tmp_path, row, header=("unit", "owners", "area_m2", "building"))
    found = run(tmp_path)
    assert (found.exit_code, f"line 2, column {column}: " in found.stderr, (tmp_path / "roll.csv").exists()) == (3, True, False)


# --- the map ------------------------------------------------------------------------------------------------------------------------


def test_a_map_is_proposed_kept_beside_the_file_and_used_again(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "张三", "80", "x"), header=("房屋坐落", "权利人", "专有面积", "联系电话"))
    kept = printed("roll", "map", tmp_path / "owners.csv")
    assert (kept["columns"], kept["unsure"], kept["left_out"]) == (
        {"房屋坐落": "unit", "权利人": "owners", "专有面积": "area"},
        [],
        ["联系电话"],
    )
    imported(tmp_path)
    assert list(units(tmp_path)) == ["1-1"]
    assert liuchi("roll", "map", tmp_path / "owners.csv").exit_code == 2  # it stands there already


def test_while_the_map_is_unsure_nothing_is_imported(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "张三", "80"), header=("房号", "现在的业主", "建筑面积"))
    said = liuchi("roll", "map", tmp_path / "owners.csv")
    assert (said.exit_code, "B  现在的业主 → owners  ？请核对 unsure" in said.stdout) == (1, True)
    refused = run(tmp_path)
    assert (refused.exit_code, "look at 现在的业主" in refused.stderr, (tmp_path / "roll.csv").exists()) == (1, True, False)
    path = tmp_path / "owners.csv.map.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"unsure": []}))
    assert imported(tmp_path)["heads"] == 1


def test_two_columns_that_claim_one_field_are_unsure(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "张三", "李四", "80"), header=("房号", "业主", "产权人", "建筑面积"))
    said = liuchi("roll", "map", tmp_path / "owners.csv")
    assert (said.exit_code, "C  产权人 ？" in said.stdout) == (1, True)


def test_a_map_that_lacks_a_column_says_so(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "80"), header=("房号", "建筑面积"))
    said = liuchi("roll", "map", tmp_path / "owners.csv")
    assert (said.exit_code, "缺少 missing: owners" in said.stdout) == (1, True)
    found = run(tmp_path)
    assert (found.exit_code, "line 1, column owners: expected a column for it, such as 业主" in found.stderr) == (3, True)


@pytest.mark.parametrize(("map_", "expected"), [
    ([], "the whole: expected a map with header, columns"), ({"columns": {"房号": "flat"}}, "field columns: expected headers"),
    ({"columns": {"房号": "unit", "业主": "unit"}}, "each field once"),
    ({"columns": {}, "header": 0}, "field header: expected a row's number"),
    ({"columns": {}, "strip": "国"}, "field strip: expected a list of texts"),
    ({"columns": {}, "sheet": 1}, "field sheet: expected a text"),
    ({"columns": {}, "pattern": "{flat}"}, "field pattern: expected null, or"),
    ({"columns": {}, "more": 1}, "the whole: expected a map with"),
])  # fmt: skip
def test_a_malformed_map_is_named_by_field(tmp_path: Path, map_: Any, expected: str) -> None:
    sheet(tmp_path, ("1-1", "张三", "", "80", "已售"))
    (tmp_path / "m.json").write_text(json.dumps(map_))
    found = run(tmp_path, "--map", tmp_path / "m.json")
    assert (found.exit_code, found.stderr.count("\n"), expected in found.stderr) == (3, 1, True), found.stderr


# --- questions ----------------------------------------------------------------------------------------------------------------------


def answer(path: Path, *answers: str, encoding: str = "utf-8-sig") -> None:
    rows = beside(path, "questions")
    with (path / "roll.questions.csv").open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"answer": said} for row, said in zip(rows, answers, strict=True))


def asked(path: Path) -> list[tuple[str, str, str]]:
    found = run(path)
    assert (found.exit_code, (path / "roll.csv").exists()) == (1, False)
    return [(row["rows"], row["names"], row["answer"]) for row in beside(path, "questions")]


@pytest.mark.parametrize(("said", "heads"), [("same", 1), ("different", 2), ("同一人", 1), ("不同人", 2), (" Same ", 1)])
def test_one_name_without_certificate_is_asked_about_and_never_merged_silently(tmp_path: Path, said: str, heads: int) -> None:
    sheet(tmp_path, ("1-1", "张三", "", "80", "已售"), ("1-2", "张三", "", "80", "已售"))
    assert asked(tmp_path) == [("2;3", "张三", "")]
    assert asked(tmp_path) == [("2;3", "张三", "")]  # and again, until it is answered
    answer(tmp_path, said, encoding="gb18030")  # as a spreadsheet may save it
    assert imported(tmp_path)["heads"] == heads


def test_a_name_with_and_without_certificate_is_asked_about(tmp_path: Path) -> None:
    sheet(
        tmp_path,
        ("1-1", "张三", card(1), "80", "已售"),
        ("1-2", "张三", "无", "80", "已售"),
        ("1-3", "张三", card(2), "80", "已售"),
    )
    assert asked(tmp_path) == [("3;2", "张三", ""), ("3;4", "张三", "")]
    answer(tmp_path, "same", "same")
    both = run(tmp_path)
    assert (both.exit_code, "at most one of them same" in both.stderr) == (3, True)
    answer(tmp_path, "same", "different")
    assert imported(tmp_path)["several"] == [["1-1", "1-2"]]


def test_who_is_nobody_with_a_certificate_is_asked_about_among_themselves(tmp_path: Path) -> None:
    sheet(
        tmp_path, ("1-1", "张三", card(1), "80", "已售"), ("1-2", "张三", "", "80", "已售"), ("1-3", "张三", "", "80", "已售")
    )
    assert len(asked(tmp_path)) == 2
    answer(tmp_path, "different", "different")
    assert [row[0] for row in asked(tmp_path)] == ["3;2", "4;2", "3;4"]
    answer(tmp_path, "different", "different", "same")
    assert imported(tmp_path)["several"] == [["1-2", "1-3"]]


@pytest.mark.parametrize(("said", "heads"), [("same", 1), ("different", 2)])
def test_one_certificate_with_two_names_is_asked_about(tmp_path: Path, said: str, heads: int) -> None:
    sheet(tmp_path, ("1-1", "张三", card(1), "80", "已售"), ("1-2", "张叁", card(1), "80", "已售"))
    assert asked(tmp_path) == [("2;3", "张三;张叁", "")]
    answer(tmp_path, said)
    assert imported(tmp_path)["heads"] == heads


def test_a_dry_run_counts_the_questions_and_writes_nothing(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "张三", "", "80", "已售"), ("1-2", "张三", "", "80", "已售"))
    found = run(tmp_path, "--dry-run", "--json")
    said = json.loads(found.stdout)
    assert (found.exit_code, said["questions"], said["unanswered"], said["roll"]) == (1, 1, 1, None)
    assert [path.name for path in tmp_path.iterdir()] == ["owners.csv"]
    assert "A dry run: nothing was written" in run(tmp_path, "--dry-run").stdout


def test_an_answer_that_is_none_is_named_by_row(tmp_path: Path) -> None:
    sheet(tmp_path, ("1-1", "张三", "", "80", "已售"), ("1-2", "张三", "", "80", "已售"))
    asked(tmp_path)
    answer(tmp_path, "maybe")
    found = run(tmp_path)
    assert (found.exit_code, "roll.questions.csv, line 2, column F answer: expected same" in found.stderr) == (3, True)
    (tmp_path / "roll.questions.csv").write_text("a,b\n")
    assert "line 1, column A: expected the header question," in run(tmp_path).stderr


# --- what is malformed --------------------------------------------------------------------------------------------------------------

GOOD = ("1-1", "张三", card(1), "80", "已售")
SQUARE = "expected an area in m² above 0 and below 1000000000, with at most 2 decimals, such as 89.37"


@pytest.mark.parametrize(("row", "where", "expected"), [
    pytest.param(("1-2", "李四", "", "89.375", "已售"), "D 建筑面积", SQUARE, id="three decimals"),
    pytest.param(("1-2", "李四", "", "-80", "已售"), "D 建筑面积", SQUARE, id="negative"),
    pytest.param(("1-2", "李四", "", "8.9E+01", "已售"), "D 建筑面积", SQUARE, id="scientific"),
    pytest.param(("1-2", "李四", "", "", "已售"), "D 建筑面积", SQUARE, id="no area"),
    pytest.param(("1-2", "李四", "", "0", "已售"), "D 建筑面积", SQUARE, id="nothing"),
    pytest.param(("1-1", "李四", "", "80", "已售"), "unit", "expected each unit once; 1-1 stands in", id="a unit twice"),
    pytest.param(("１栋１", "李四", "", "80", "已售"), "unit", "expected each unit once; 1-1 stands in", id="a unit twice in other words"),
    pytest.param(("国展苑1", "李四", "", "80", "已售"), "A 房号", "expected a unit such as 3-1-501", id="no unit"),
    pytest.param(("501", "李四", "", "80", "已售"), "A 房号", "expected its building too, such as 3-501", id="no building"),
    pytest.param(("", "李四", "", "80", "已售"), "A 房号", "expected a unit such as 3-1-501", id="an empty unit"),
    pytest.param(("1-2", "", "", "80", "已售"), "B 业主", "expected at least one owner, because the unit is sold", id="sold to nobody"),
    pytest.param(("1-2", "张三 李四", "", "80", "已售"), "B 业主", "expected names separated by ；", id="a blank between two names"),
    pytest.param(("1-2", "李四13800000000", "", "80", "已售"), "B 业主", "without numbers of certificates", id="a number in a name"),
    pytest.param(("1-2", "李\u202e四", "", "80", "已售"), "B 业主", "expected printable characters only", id="a change of direction"),
    pytest.param(("1-2", "李四", card(2)[:-1] + "z", "80", "已售"), "C 身份证号", "expected a certificate number with", id="a check digit"),
    pytest.param(("1-2", "李四", "4.40307E+17", "80", "已售"), "C 身份证号", "the spreadsheet has rounded it", id="a rounded number"),
    pytest.param(("1-2", "李四;王五", card(2), "80", "已售"), "C 身份证号", "expected as many certificates as owners (2)", id="too few"),
    pytest.param(("1-2", "李四", "", "80", "空置"), "E 状态", "expected one of sold, unsold, undelivered", id="a status unknown"),
    pytest.param((), "A", "expected no empty row between rows; delete it", id="an empty row"),
])  # fmt: skip
def test_a_malformed_row_is_one_line_with_row_and_column(
    tmp_path: Path, row: Sequence[object], where: str, expected: str
) -> None:
    sheet(tmp_path, GOOD, row, ("1-9", "王五", card(9), "80", "已售"))
    printed("roll", "map", tmp_path / "owners.csv")
    for words in ((), ("--dry-run",)):
        found = run(tmp_path, *words)
        assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (3, "", 1), found.output
        assert found.stderr.startswith(f"{tmp_path}/owners.csv, line 3, column {where}: ")
        assert expected in found.stderr
        assert not (tmp_path / "roll.csv").exists()
    if len(row) > 2 and row[2]:
        assert str(row[2]) not in found.stderr


@pytest.mark.parametrize(("cell", "expected"), [
    ("=40+40", "this formula has none stored with it"), (True, "text and not a truth value"), (8.9e22, SQUARE), (80.125, SQUARE),
])  # fmt: skip
def test_a_malformed_cell_of_a_workbook_is_named(tmp_path: Path, cell: object, expected: str) -> None:
    workbook(tmp_path / "a.xlsx", ["房号", "业主", "建筑面积"], ["1-1", "张三", cell])
    found = run(tmp_path, "--dry-run", file="a.xlsx")
    assert (found.exit_code, "a.xlsx, line 2, column C 建筑面积: " in found.stderr, expected in found.stderr) == (
        3,
        True,
        True,
    ), found.stderr


@pytest.mark.parametrize("cells", ["A1:B1", "A1:A2", "B2:B3"])
def test_merged_cells_are_refused_unless_they_stand_above_the_header(tmp_path: Path, cells: str) -> None:
    rows = ["房号", "业主", "建筑面积"], ["1-1", "张三", 80], ["1-2", "李四", 80]
    workbook(tmp_path / "a.xlsx", *rows, make=lambda sheet: sheet.merge_cells(cells))
    printed("roll", "map", workbook(tmp_path / "b.xlsx", *rows), "--out", tmp_path / "m.json")
    found = run(tmp_path, "--map", tmp_path / "m.json", file="a.xlsx")
    assert (found.exit_code, found.stderr.count("\n"), f"column {cells}: expected cells of their own" in found.stderr) == (
        3,
        1,
        True,
    )


def test_a_missing_column_and_a_second_one_are_named(tmp_path: Path) -> None:
    sheet(tmp_path, GOOD)
    printed("roll", "map", tmp_path / "owners.csv", "--out", tmp_path / "m.json")
    for header, count in ((("房号", "业主", "证件", "建筑面积", "状态"), 0), ((*HEADER[:3], "身份证号", "状态"), 2)):
        sheet(tmp_path, GOOD, header=header)
        found = run(tmp_path, "--map", tmp_path / "m.json")
        column = "身份证号"
        assert (found.exit_code, f"line 1, column {column}: expected one column with this header" in found.stderr) == (
            3,
            True,
        ), found.stderr
        assert f"not {count}" in found.stderr


def test_a_header_alone_is_no_roll(tmp_path: Path) -> None:
    sheet(tmp_path)
    assert "expected at least one unit below the header" in run(tmp_path).stderr


@pytest.mark.parametrize(("words", "option"), [
    (("--area-source", "guess"), "--area-source"), (("--parking-clause", "第12条"), "--parking-clause"), (("--on", "today"), "--on"),
    (("--out", "owners.csv"), "--out"), (("--report", "owners.csv"), "--out"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str], option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    sheet(tmp_path, GOOD)
    before = (tmp_path / "owners.csv").read_bytes()
    found = liuchi("roll", "import", "owners.csv", *words)
    assert (found.exit_code, option in found.stderr, (tmp_path / "owners.csv").read_bytes()) == (2, True, before)


def test_a_pepper_that_others_may_read_is_refused(tmp_path: Path) -> None:
    sheet(tmp_path, GOOD)
    (tmp_path / "liuchi.pepper").write_text("00" * 32)
    (tmp_path / "liuchi.pepper").chmod(0o644)
    assert (run(tmp_path).exit_code, "chmod 600" in run(tmp_path).stderr) == (3, True)


# --- properties ---------------------------------------------------------------------------------------------------------------------

cells = st.text("0123456789AaBb３５一二三十栋幢座号楼单元室房层第-－—/ 　\u200b.,㎡张三李四先生等;；、", max_size=20)
ids = st.integers(1, 30).map("p-{:032x}".format)
statuses = st.sampled_from(["sold", "unsold", "undelivered"])
unit_lists = st.lists(st.tuples(st.sets(ids, min_size=1, max_size=3), st.integers(1, 10**7), statuses),
                      min_size=1, max_size=20)  # fmt: skip


@pytest.mark.parametrize("rules", [UNIT, BUILDING, NAME, AREA, WORD])
@given(text=cells)
def test_normalising_twice_changes_nothing_more(rules: Mapping[str, Any], text: str) -> None:
    once = normalised(text, rules)[0]
    assert normalised(once, rules) == (once, [])


@settings(deadline=None, max_examples=30)
@given(listed=unit_lists)
def test_a_roll_that_is_imported_again_is_the_same_roll(tmp_path_factory: pytest.TempPathFactory, listed: Any) -> None:
    made = tuple(Unit(f"{n % 3 + 1}-{n // 3 + 1:02}", str(n % 3 + 1), frozenset(owners), area, status)
                 for n, (owners, area, status) in enumerate(listed))  # fmt: skip
    path = tmp_path_factory.mktemp("again")
    (path / "old.csv").write_bytes(roll_table(made))
    found = imported(path, file="old.csv")
    assert (path / "roll.csv").read_bytes() == (path / "old.csv").read_bytes()
    assert read_roll(path / "roll.csv") == made
    assert (found["heads"], found["area"]) == (len(heads_of(made)), sum(unit.area for unit in made))
    assert printed("roll", "diff", path / "old.csv", path / "roll.csv") | {"before": 0, "after": 0} == {
        "before": 0, "after": 0, "new": [], "removed": [], "transfers": [], "areas": [], "statuses": [], "buildings": [], "merged": [],
        "split": [],
    }  # fmt: skip


@pytest.mark.parametrize(("unit", "stack", "is_"), [
    ("3-1-501", "3-*-01", True), ("3-2-1701", "3-*-01", True), ("3-1-502", "3-*-01", False), ("4-1-501", "3-*-01", False),
    ("3-501", "3-*-01", False), ("3-501", "3-01", True), ("1-0101", "1-01", True),
])  # fmt: skip
def test_a_stack_is_units_one_above_the_other(unit: str, stack: str, is_: bool) -> None:
    assert stack_matches(unit, stack) is is_


def test_five_thousand_units_take_a_few_seconds(tmp_path: Path) -> None:
    rows = [[f"{n // 500 + 1}栋{n % 500 // 20 + 1}{n % 20 + 1:02}", f"业主{n}",
             card(n % 1000, f"19{80 + n // 1000}0101"), (6000 + n) / 100, "已售"]
            for n in range(5000)]  # fmt: skip
    workbook(tmp_path / "owners.xlsx", list(HEADER), *rows)
    began = perf_counter()
    assert imported(tmp_path, file="owners.xlsx")["heads"] == 5000
    assert perf_counter() - began < 20
