"""The CSV files are read strictly: what is malformed is named by file, line and column, with what was expected."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.roll import Unit
from scripts.tables import Ballot, Unreadable, area, day, instant, read_ballots, read_roll, read_served

ROLL = "unit,owners,area_m2,status,building\n"
BALLOTS = "voter,choice,channel,at\n"
GOOD = "3-501,o-1;o-2,89.37,sold,B3\n"
CAST = "3-501,agree,paper,2026-11-20T09:30:00+08:00\n"
AT = 1_795_138_200 * 10**9  # 2026-11-20T09:30:00+08:00


def written(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- what is well formed


@pytest.mark.parametrize("text", [
    pytest.param(ROLL + GOOD, id="LF"),
    pytest.param((ROLL + GOOD).replace("\n", "\r\n"), id="CRLF"),
    pytest.param("\ufeff" + ROLL + GOOD, id="BOM"),
    pytest.param((ROLL + GOOD).rstrip("\n"), id="no end of the last line"),
    pytest.param('"unit","owners","area_m2","status","building"\n"3-501","o-1;o-2","89.37","sold","B3"\n', id="quoted"),
    pytest.param(ROLL + "3-501,o-2;o-1,89.37,sold,B3\n", id="owners in another order"),
])  # fmt: skip
def test_a_roll_is_read_whatever_its_dress(tmp_path: Path, text: str) -> None:
    assert read_roll(written(tmp_path, text)) == (Unit("3-501", "B3", frozenset({"o-1", "o-2"}), 8_937, "sold"),)


def test_units_keep_their_order_and_what_is_not_sold_needs_no_owner(tmp_path: Path) -> None:
    path = written(tmp_path, ROLL + '2,,80.0,unsold,B1\n1,o-9,7,undelivered,\n3,"a ""b"", c",0.01,sold,3栋\n')
    assert read_roll(path) == (
        Unit("2", "B1", frozenset(), 8_000, "unsold"),
        Unit("1", "", frozenset({"o-9"}), 700, "undelivered"),
        Unit("3", "3栋", frozenset({'a "b", c'}), 1, "sold"),
    )


def test_ballots_keep_their_order_and_line(tmp_path: Path) -> None:
    path = written(tmp_path, BALLOTS + CAST + "3-502,invalid,electronic,2026-11-20T01:30:00.5Z\n")
    assert read_ballots(path) == (
        Ballot("3-501", "agree", "paper", AT, 2),
        Ballot("3-502", "invalid", "electronic", AT + 500_000_000, 3),
    )


def test_a_table_of_ballots_or_of_served_units_may_be_empty(tmp_path: Path) -> None:
    assert read_ballots(written(tmp_path, BALLOTS)) == ()
    assert read_served(written(tmp_path, "unit")) == frozenset()


def test_a_unit_may_be_served_twice(tmp_path: Path) -> None:
    assert read_served(written(tmp_path, "unit\n3-501\n3-502\n3-501\n")) == {"3-501", "3-502"}


def test_five_thousand_rows_take_well_under_a_second(tmp_path: Path) -> None:
    path = written(tmp_path, ROLL + "".join(f"{n},o-{n},89.37,sold,B{n % 40}\n" for n in range(5_000)))
    start = perf_counter()
    assert len(read_roll(path)) == 5_000
    assert perf_counter() - start < 1


# --- cells


@pytest.mark.parametrize(("text", "found"), [
    ("0.01", 1), ("0.1", 10), ("1", 100), ("89.4", 8_940), ("89.40", 8_940), ("89.37", 8_937), ("999999999.99", 99_999_999_999),
    *((text, None) for text in (
        "0", "0.00", "0.001", "89.375", "1000000000", "-1", "+5", "1e3", "٣", "３", "89,37", "89.", ".5", "089.37", " 89.37",
        "89.37 ", "1_000", "0x10", "nan", "inf", "", "9" * 5_000, "1²", "89.37\n",
    )),
])  # fmt: skip
def test_an_area_is_a_whole_number_of_hundredths_r_vote_6(text: str, found: int | None) -> None:
    assert area(text) == found


@settings(deadline=None)
@given(st.integers(1, 99_999_999_999))
def test_every_area_of_two_decimals_is_read_as_written(hundredths: int) -> None:
    assert area(f"{hundredths // 100}.{hundredths % 100:02d}") == hundredths


@pytest.mark.parametrize("text", [
    "2026-11-20T09:30:00+08:00", "2026-11-20T09:30:00", "2026-11-20T09:30", "2026-11-20T01:30Z",
    "2026-11-20T09:30:00.000000000", "2026-11-20T09:30:00,0+08:00", "2026-11-19T22:00-03:30", "2026-11-20T01:30:00-00:00",
])  # fmt: skip
def test_one_instant_has_many_spellings_and_no_offset_is_shanghai(text: str) -> None:
    assert instant(text) == AT


@pytest.mark.parametrize(("earlier", "later"), [
    ("2026-11-20T09:30:00", "2026-11-20T09:30:00.000000001"),
    ("2026-11-20T09:30:00.1", "2026-11-20T09:30:00.10001"),
    ("2026-11-20T23:59:59.999", "2026-11-20T24:00"),
    ("2026-11-20T00:30+08:00", "2026-11-19T17:00Z"),
    ("0001-01-01T00:00", "1970-01-01T00:00Z"),
])  # fmt: skip
def test_times_keep_their_order_to_the_last_digit(earlier: str, later: str) -> None:
    one, other = instant(earlier), instant(later)
    assert one is not None
    assert other is not None
    assert one < other


def test_the_end_of_a_day_is_the_start_of_the_next() -> None:
    assert instant("2026-11-20T24:00:00") == instant("2026-11-21T00:00")


@pytest.mark.parametrize("text", [
    "", "yesterday", "1795138200", "2026-11-20", "2026-11-20 09:30", "2026-11-20t09:30", "2026-11-20T9:30", "2026-11-20T09",
    "2026-11-20T0930", "2026-11-20T09:30:60", "2026-11-20T25:00", "2026-11-20T24:00:01", "2026-11-20T24:00:00.1",
    "2026-02-29T09:30", "2026-13-01T09:30", "0000-01-01T00:00", "2026-W47-5T09:30", "２０２６-11-20T09:30",
    "2026-11-20T09:30+8", "2026-11-20T09:30+0800", "2026-11-20T09:30+24:00", "2026-11-20T09:30z", "2026-11-20T09:30Z\n",
    "2026-11-20T09:30:00.", "2026-11-20T09:30:00.0000000001",
])  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    assert instant(text) is None


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-23 * 60, 23 * 60))
def test_an_instant_is_what_the_calendar_says(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert instant(moment.isoformat()) == since // timedelta(microseconds=1) * 1_000


@pytest.mark.parametrize(("text", "found"), [
    ("1970-01-02", 86_400 * 10**9), ("2026-11-22", 1_795_305_600 * 10**9),
    ("20261122", None), ("2026-W47-7", None), ("2026-2-1", None), ("2026-02-30", None), ("", None),
])  # fmt: skip
def test_a_date_has_one_spelling(text: str, found: int | None) -> None:
    assert day(text) == found


# --- what is malformed


Reader = Callable[[Path], Collection[object]]
READERS: tuple[tuple[str, Reader], ...] = ((ROLL, read_roll), (BALLOTS, read_ballots), ("unit\n", read_served))


def refused(path: Path, read: Reader) -> tuple[int, str, str]:
    with pytest.raises(Unreadable) as why:
        read(path)
    said = str(why.value)
    assert said == f"{path}, line {why.value.line}, column {why.value.column}: expected {why.value.expected}"
    assert said.isprintable()
    assert why.value.file == str(path)
    return why.value.line, why.value.column, why.value.expected


HEADER = "the header unit,owners,area_m2,status,building"
OWNERS = 'nothing, or ids of owners joined by ";", each once, without spaces around them'
SOLD = "at least one owner, because the unit is sold"
SQUARE = "an area in m² above 0 and below 1000000000, with at most 2 decimals, such as 89.37"
UNIT = "the id of a unit, 1 to 60 characters without spaces around them"
PRINTABLE = "printable characters and plain spaces only, and LF or CRLF to end the line"
QUOTES = 'quotes around a whole cell, closed on the same line, and "" for one inside it'
MARKS = "one of agree, against, abstain, invalid"
TIME = "an ISO 8601 time such as 2026-11-20T09:30:00+08:00"


@pytest.mark.parametrize(("text", "line", "column", "expected"), [
    pytest.param("", 1, "unit", HEADER, id="empty"),
    pytest.param("\n" + ROLL, 1, "unit", HEADER, id="a blank line first"),
    pytest.param("Unit,owners,area_m2,status,building\n", 1, "unit", HEADER, id="another case"),
    pytest.param("unit,owner,area_m2,status,building\n", 1, "owners", HEADER, id="another name"),
    pytest.param("unit,owners,status,area_m2,building\n", 1, "area_m2", HEADER, id="another order"),
    pytest.param("unit,owners,area_m2,status\n", 1, "building", HEADER, id="a column short"),
    pytest.param("unit,owners,area_m2,status,building,phone\n", 1, "building", HEADER, id="a column more"),
    pytest.param("unit;owners;area_m2;status;building\n", 1, "unit", HEADER, id="semicolons"),
    pytest.param("\ufeff\ufeff" + ROLL, 1, "unit", PRINTABLE, id="a second BOM"),
    pytest.param(ROLL, 2, "unit", "at least one unit", id="no unit"),
    pytest.param(ROLL + GOOD + "\n" + GOOD, 3, "owners", "5 and not 1 cells", id="a blank line"),
    pytest.param(ROLL + GOOD + "\n", 3, "owners", "5 and not 1 cells", id="a blank line at the end"),
    pytest.param(ROLL + GOOD + "3-502,o-3,80\n", 3, "status", "5 and not 3 cells", id="missing cells"),
    pytest.param(ROLL + GOOD + "3-502,o-3,80,sold,B3,\n", 3, "building", "5 and not 6 cells", id="an extra cell"),
    pytest.param(ROLL + GOOD + GOOD, 3, "unit", "each unit once; 3-501 stands above already", id="a unit twice"),
    pytest.param(ROLL + ",o-1,80,sold,B3\n", 2, "unit", UNIT, id="no unit id"),
    pytest.param(ROLL + " 3-501,o-1,80,sold,B3\n", 2, "unit", UNIT, id="a space before"),
    pytest.param(ROLL + "9" * 61 + ",o-1,80,sold,B3\n", 2, "unit", UNIT, id="too long"),
    pytest.param(ROLL + "3-501,,80,sold,B3\n", 2, "owners", SOLD, id="sold to nobody"),
    pytest.param(ROLL + "3-501,o-1;,80,sold,B3\n", 2, "owners", OWNERS, id="an empty owner"),
    pytest.param(ROLL + "3-501,;,80,unsold,B3\n", 2, "owners", OWNERS, id="empty owners of an unsold unit"),
    pytest.param(ROLL + "3-501,o-1;o-1,80,sold,B3\n", 2, "owners", OWNERS, id="an owner twice"),
    pytest.param(ROLL + "3-501,o-1; o-2,80,sold,B3\n", 2, "owners", OWNERS, id="a space between owners"),
    pytest.param(ROLL + "3-501,o-1,0,sold,B3\n", 2, "area_m2", SQUARE, id="no area"),
    pytest.param(ROLL + "3-501,o-1,80.123,sold,B3\n", 2, "area_m2", SQUARE, id="three decimals"),
    pytest.param(ROLL + "3-501,o-1,٣,sold,B3\n", 2, "area_m2", SQUARE, id="a digit of another script"),
    pytest.param(ROLL + "3-501,o-1,80,Sold,B3\n", 2, "status", "one of sold, unsold, undelivered", id="a status unknown"),
    pytest.param(
        ROLL + "3-501,o-1,80,sold,B3 \n", 2, "building",
        "nothing, or the id of a building, at most 60 characters without spaces around them", id="a space after",
    ),
    pytest.param(ROLL + GOOD + '3-502,"o-3,80,sold,B3\n', 3, "owners", QUOTES, id="an unclosed quote"),
    pytest.param(ROLL + '3-502,"o-3\n",80,sold,B3\n', 2, "owners", QUOTES, id="a line break in quotes"),
    pytest.param(ROLL + '3-502,o-3,80,"sold"x,B3\n', 2, "status", QUOTES, id="text after a quote"),
    pytest.param(ROLL + '3-502,o-3,8"0,sold,B3\n', 2, "area_m2", QUOTES, id="a quote inside"),
    pytest.param(ROLL + '3-502,o-3,80,sold,B3,"\n', 2, "building", QUOTES, id="an unclosed quote in an extra cell"),
    pytest.param(ROLL + GOOD + "3-502,o\x00,80,sold,B3\n", 3, "owners", PRINTABLE, id="NUL"),
    pytest.param(ROLL + '3-502,"o,\x00",80,sold,B3\n', 2, "owners", PRINTABLE, id="NUL after a comma in quotes"),
    pytest.param(ROLL + "3-502,o\u202e1,80,sold,B3\n", 2, "owners", PRINTABLE, id="a change of direction"),
    pytest.param(ROLL + "3-502,o-1,80,sold,B\u200b3\n", 2, "building", PRINTABLE, id="a space without width"),
    pytest.param(ROLL + "3-502,o-1,80,sold,B3\u2028", 2, "building", PRINTABLE, id="a line separator"),
    pytest.param((ROLL + GOOD).replace("\n", "\r"), 1, "building", PRINTABLE, id="CR alone"),
    pytest.param((ROLL + GOOD).encode("utf-16"), 1, "unit", "UTF-8", id="UTF-16"),
    pytest.param(ROLL.encode() + GOOD.encode() + "3-502,张三,80,sold,B3\n".encode("gbk"), 3, "owners", "UTF-8", id="GBK"),
    pytest.param(("\ufeff" + ROLL).encode() + b'3-502,"o,1",80,sold,\xff\n', 2, "building", "UTF-8", id="not UTF-8 after BOM"),
    pytest.param(ROLL.encode() + b"3-502,o-1,80,sold,B3,a,\xff\n", 2, "building", "UTF-8", id="a stray byte in an extra cell"),
])  # fmt: skip
def test_a_malformed_roll_is_named_by_line_and_column(
    tmp_path: Path, text: str | bytes, line: int, column: str, expected: str
) -> None:
    assert refused(written(tmp_path, text), read_roll) == (line, column, expected)


@pytest.mark.parametrize(("text", "line", "column", "expected"), [
    pytest.param("voter,choice,at\n", 1, "channel", "the header voter,choice,channel,at", id="header"),
    pytest.param(BALLOTS + CAST + "3-502,yes,paper,2026-11-20T09:30\n", 3, "choice", MARKS, id="choice"),
    pytest.param(BALLOTS + "3-502,,paper,2026-11-20T09:30\n", 2, "choice", MARKS, id="no choice"),
    pytest.param(BALLOTS + "3-502,agree,phone,2026-11-20T09:30\n", 2, "channel", "one of paper, electronic", id="channel"),
    pytest.param(BALLOTS + "3-502,agree,paper,20/11/2026\n", 2, "at", TIME, id="time"),
    pytest.param(BALLOTS + "3-502,agree,paper\n", 2, "at", "4 and not 3 cells", id="no time"),
    pytest.param(BALLOTS + ",agree,paper,2026-11-20T09:30\n", 2, "voter", UNIT, id="no voter"),
])  # fmt: skip
def test_a_malformed_ballot_is_named_by_line_and_column(
    tmp_path: Path, text: str, line: int, column: str, expected: str
) -> None:
    assert refused(written(tmp_path, text), read_ballots) == (line, column, expected)


@pytest.mark.parametrize(("text", "line", "expected"), [
    pytest.param("units\n", 1, "the header unit", id="header"),
    pytest.param("unit\n3-501\n\n", 3, UNIT, id="blank"),
    pytest.param("unit\n3-501,x\n", 2, "1 and not 2 cells", id="extra"),
])  # fmt: skip
def test_a_malformed_list_of_served_units_is_named_by_line(tmp_path: Path, text: str, line: int, expected: str) -> None:
    assert refused(written(tmp_path, text), read_served) == (line, "unit", expected)


def test_a_file_that_is_missing_or_a_folder_cannot_be_read(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv", read_roll) == (1, "unit", "a file that can be read (No such file or directory)")
    assert refused(tmp_path, read_ballots) == (1, "voter", "a file that can be read (Is a directory)")


def test_a_refusal_is_one_line_whatever_the_file_is_called() -> None:
    assert str(Unreadable("a\nb\u202e.csv", 2, "unit", "a unit")) == "a\\nb\\u202e.csv, line 2, column unit: expected a unit"


@settings(deadline=None)
@given(data=st.binary(max_size=80))
def test_no_bytes_whatever_bring_the_reader_down(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    for start, reads in READERS:
        path.write_bytes(start.encode() + data)
        with suppress(Unreadable):
            assert len(reads(path)) <= data.count(b"\n") + 1
