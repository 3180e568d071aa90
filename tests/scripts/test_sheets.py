"""Spreadsheets are read strictly and bounded: what is malformed is named by file, row and column, with what was expected."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from scripts.sheets import DATE, FORMULA, MAX_COLUMNS, MAX_ROWS, NOT_A_SHEET, TRUTH, WRONG, letters, read_sheet
from scripts.tables import Unreadable

Make = Callable[[Any], None]


def workbook(path: Path, *rows: list[Any], make: Make | None = None) -> Path:
    """An .xlsx of one sheet."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    if make:
        make(book.active)
    book.save(path)
    return path


def repacked(path: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> Path:
    """The workbook with its parts changed, and further ones."""
    with zipfile.ZipFile(path) as old:
        parts = {name: change(name, old.read(name)) for name in old.namelist()} | more
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, raw in parts.items():
            new.writestr(name, raw)
    return path


def refused(path: Path, sheet: str | None = None) -> tuple[int, str, str]:
    with pytest.raises(Unreadable) as why:
        read_sheet(path, sheet)
    said = str(why.value)
    assert said.startswith(f"{path}, line ")
    assert said.isprintable()
    return why.value.line, why.value.column, why.value.expected


# --- what is well formed


@pytest.mark.parametrize(("raw", "cells"), [
    ("房号,业主\n1-1,张三\n".encode(), ("1-1", "张三")),
    ("\ufeff房号,业主\r\n1-1,张三\r\n".encode(), ("1-1", "张三")),
    ("房号,业主\n1-1,张三\n".encode("gb18030"), ("1-1", "张三")),
    ('房号,业主\n1-1,"张三\n李四"\n'.encode(), ("1-1", "张三\n李四")),
    ("房号,业主\n1-1,䶮\n".encode("gb18030"), ("1-1", "䶮")),
], ids=["UTF-8", "BOM and CRLF", "GB18030", "a line break in quotes", "a rare name"])  # fmt: skip
def test_csv_is_read_as_utf_8_before_gb18030(tmp_path: Path, raw: bytes, cells: tuple[str, ...]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    assert read_sheet(path).rows == ((1, ("房号", "业主")), (2, cells))


@pytest.mark.parametrize(("written", "text"), [
    ("89.37", "89.37"), ("89.370000000000005", "89.37"), ("90", "90"), ("90.0", "90"), ("-5.5", "-5.5"),
    ("0.30000000000000004", "0.30000000000000004"), ("1e22", "1.000000E+22"), ("4.4030719800101E+17", "4.403072E+17"),
    ("440307198001010012", "440307198001010012"), ("0.00001", "1.000000E-05"),
])  # fmt: skip
def test_numbers_are_their_shortest_decimal(tmp_path: Path, written: str, text: str) -> None:
    path = workbook(tmp_path / "a.xlsx", [7])
    repacked(path, lambda _, raw: raw.replace(b"<v>7</v>", f"<v>{written}</v>".encode()))
    assert read_sheet(path).rows == ((1, (text,)),)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20))
def test_every_area_of_two_decimals_survives_a_spreadsheets_floats(
    tmp_path_factory: pytest.TempPathFactory, areas: list[int]
) -> None:
    path = workbook(tmp_path_factory.getbasetemp() / "areas.xlsx", [area / 100 for area in areas])
    read = [str(cell) for cell in read_sheet(path).rows[0][1]]
    assert [round(float(text) * 100) for text in read] == areas
    assert all(re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", text) for text in read)


def test_what_has_no_text_of_its_own_is_said_only_where_it_is_used(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [date(2026, 12, 2), datetime(2026, 1, 1), True, "=1+1", "#REF!", None, "x"])
    assert read_sheet(path).rows[0][1] == (DATE, DATE, TRUTH, FORMULA, WRONG, "", "x")


def test_a_formula_counts_by_the_value_stored_with_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["=40+49.37"])
    repacked(
        path,
        lambda _, raw: (
            raw.replace(b"<v></v>", b"<v>89.37</v>").replace(b"<v />", b"<v>89.37</v>").replace(b"<v/>", b"<v>89.37</v>")
        ),
    )
    assert read_sheet(path).rows == ((1, ("89.37",)),)


def test_empty_rows_and_cells_at_the_end_are_not_there(tmp_path: Path) -> None:
    def make(sheet: Any) -> None:
        sheet["A500"] = "  "

    assert read_sheet(workbook(tmp_path / "a.xlsx", ["a", None, ""], [], ["b"], make=make)).rows == (
        (1, ("a",)),
        (2, ()),
        (3, ("b",)),
    )


def test_merged_cells_are_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["a"], make=lambda sheet: sheet.merge_cells("B2:C4"))
    assert read_sheet(path).merged == ((2, 4, "B2:C4"),)


def test_the_sheet_is_named_where_there_are_several(tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet("名册").append(["x"])
    book.save(tmp_path / "a.xlsx")
    assert read_sheet(tmp_path / "a.xlsx", "名册").rows == ((1, ("x",)),)
    assert refused(tmp_path / "a.xlsx") == (1, "A", "--sheet with one of: Sheet, 名册")
    assert refused(tmp_path / "a.xlsx", "other")[2] == "--sheet with one of: Sheet, 名册"


def test_columns_have_letters() -> None:
    assert [letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


# --- what is malformed


@pytest.mark.parametrize(("raw", "line", "expected"), [
    (b"a,b\n1,\xff\n", 2, "UTF-8 or GB18030; byte 7 of the file is neither"),
    ("a,b\n1,张".encode("utf-16"), 1, "UTF-8 or GB18030; byte 1 of the file is neither"),
    (b"a\n\x00\n", 2, "text in UTF-8 or GB18030, not the character U+0000"),
    (b'a,"b\n1,2\n', 2, "cells separated by commas, their quotes closed (unexpected end of data)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 1, NOT_A_SHEET),
    (b"PK\x03\x04 no workbook", 1, NOT_A_SHEET),
    (b"x\n" * (MAX_ROWS + 1), MAX_ROWS + 1, f"at most {MAX_ROWS} rows"),
], ids=["neither encoding", "UTF-16", "NUL", "an open quote", "an old .xls", "half a workbook", "too many rows"])  # fmt: skip
def test_a_malformed_file_is_named_by_line(tmp_path: Path, raw: bytes, line: int, expected: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    assert refused(path) == (line, "A", expected)


def test_a_file_that_is_not_there_or_too_large_is_said(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.xlsx")[2] == "a file that can be read (No such file or directory)"
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(33 * 2**20)
    assert refused(tmp_path / "big.csv")[2] == f"a file of at most {32 * 2**20} bytes, not {33 * 2**20}"


def test_more_columns_than_anybody_needs_are_refused(tmp_path: Path) -> None:
    assert refused(workbook(tmp_path / "a.xlsx", ["x"] * (MAX_COLUMNS + 1))) == (1, "CW", f"at most {MAX_COLUMNS} columns")

    def far(sheet: Any) -> None:
        sheet["XFD2"] = " "

    assert refused(workbook(tmp_path / "b.xlsx", ["x"], make=far)) == (
        2,
        "XFD",
        f"at most {MAX_COLUMNS} columns; delete the empty ones beside them",
    )


def test_a_size_that_the_file_only_claims_costs_nothing(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["x"])
    repacked(path, lambda _, raw: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', raw))
    assert read_sheet(path).rows == ((1, ("x",)),)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = repacked(workbook(tmp_path / "a.xlsx", ["x"]), lambda _, raw: raw, **{"xl/media/bomb.bin": bytes(200 * 2**20)})
    assert path.stat().st_size < 2**20
    assert refused(path)[2].startswith("a workbook of at most 134217728 bytes unpacked")
    many = repacked(workbook(tmp_path / "b.xlsx", ["x"]), lambda _, raw: raw, **{f"xl/{n}": b"" for n in range(1001)})
    assert "in at most 1000 parts" in refused(many)[2]


def test_a_part_that_is_longer_than_it_claims_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["x"])
    raw = bytearray(path.read_bytes())
    for found in re.finditer(b"PK\x01\x02", bytes(raw)):
        raw[found.start() + 24 : found.start() + 28] = (10).to_bytes(4, "little")  # the size in the directory
    path.write_bytes(raw)
    assert refused(path)[2] == NOT_A_SHEET


def test_links_to_other_files_and_declarations_are_refused(tmp_path: Path) -> None:
    linked = repacked(
        workbook(tmp_path / "a.xlsx", ["x"]), lambda _, raw: raw, **{"xl/externalLinks/externalLink1.xml": b"<x/>"}
    )
    assert refused(linked)[2].startswith("a workbook without links to other files")
    bomb = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>'
    declared = repacked(workbook(tmp_path / "b.xlsx", ["x"]), lambda name, raw: bomb if "sheet1" in name else raw)
    assert refused(declared)[2] == "a workbook without declarations of its own, in UTF-8"


def test_a_workbook_whose_parts_are_broken_is_one_line(tmp_path: Path) -> None:
    broken = repacked(workbook(tmp_path / "a.xlsx", ["x"]), lambda name, raw: raw[:-20] if "sheet1" in name else raw)
    assert refused(broken)[2].startswith(NOT_A_SHEET)
    twice = workbook(tmp_path / "b.xlsx", ["x"])
    raw = io.BytesIO(twice.read_bytes())
    with zipfile.ZipFile(raw, "a") as packed, pytest.warns(UserWarning, match="Duplicate name"):
        packed.writestr("xl/workbook.xml", b"<x/>")
    twice.write_bytes(raw.getvalue())
    assert refused(twice)[2] == "a workbook that has each of its parts once"


@settings(deadline=None)
@given(data=st.binary(max_size=80))
def test_no_bytes_whatever_bring_the_reader_down(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.xlsx"
    for start in (b"", b"PK\x03\x04", b"a,b\n"):
        path.write_bytes(start + data)
        with suppress(Unreadable):
            assert len(read_sheet(path).rows) <= data.count(b"\n") + data.count(b"\r") + 2
