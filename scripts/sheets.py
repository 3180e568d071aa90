"""Spreadsheets that people bring: the cells of one sheet of an .xlsx or of a CSV file in UTF-8 or GB18030, read strictly and bounded.

Nothing is computed and nothing is fetched: a formula counts by the value stored with it, a link to another file is refused.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final
from warnings import catch_warnings, simplefilter

from scripts.tables import Unreadable

MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_FILE: Final = 32 * 2**20  # bytes as they lie on the disk
MAX_UNPACKED: Final = 128 * 2**20  # bytes of all parts of an .xlsx together
MAX_PARTS: Final = 1_000
EXACT: Final = 10**15  # a spreadsheet's number above this has lost digits
FAR: Final = 1_000  # columns that are looked at before a row is refused whatever stands in them
PART: Final = "_worksheet_path"  # openpyxl does not say of a sheet that it only reads which cells are merged; the part does
NOT_A_SHEET: Final = "an .xlsx workbook without a password, or a CSV file in UTF-8 or GB18030 (save an old .xls as .xlsx)"


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that has no text of its own; it matters only where its column is used."""

    expected: str


Cell = str | Odd
Row = tuple[int, tuple[Cell, ...]]  # the row's number as the spreadsheet shows it; empty cells are ""
DATE: Final = Odd("text; the spreadsheet has made a date of it")
TRUTH: Final = Odd("text and not a truth value")
FORMULA: Final = Odd("a value; this formula has none stored with it, so open the file, save it and try again")
WRONG: Final = Odd("a value; the spreadsheet shows an error here")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows down to the last that is not empty, and which cells are merged, as (first row, last row, words)."""

    file: str
    rows: tuple[Row, ...]
    merged: tuple[tuple[int, int, str], ...] = ()


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """The sheet of this name, or the only one. Raises Unreadable with row and column."""
    file = str(path)
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MAX_FILE else b""
    except OSError as why:
        raise Unreadable(file, 1, "A", f"a file that can be read ({why.strerror})") from why
    if size > MAX_FILE:
        raise Unreadable(file, 1, "A", f"a file of at most {MAX_FILE} bytes, not {size}")
    if raw.startswith(b"PK\x03\x04"):
        with catch_warnings():
            simplefilter("ignore")  # of what a workbook has beside its cells
            return _workbook(file, raw, name)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(file, 1, "A", NOT_A_SHEET)
    return Sheet(file, _ended(file, _records(file, _text(file, raw))))


def letters(place: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found


def _ended(file: str, rows: Iterator[Row]) -> tuple[Row, ...]:
    """The rows down to the last that is not empty, within the bounds."""
    found: list[Row] = []
    last = 0
    for number, cells in rows:
        width = max((place for place, cell in enumerate(cells, 1) if cell != ""), default=0)
        if width > MAX_COLUMNS:
            raise Unreadable(file, number, letters(width - 1), f"at most {MAX_COLUMNS} columns")
        if width and number > MAX_ROWS:
            raise Unreadable(file, number, "A", f"at most {MAX_ROWS} rows")
        if number <= MAX_ROWS:
            found.append((number, cells[:width]))
        last = len(found) if width else last
    return tuple(found[:last])


# --- CSV ------------------------------------------------------------------------------------------------------------------------


def _text(file: str, raw: bytes) -> str:
    """The text, UTF-8 before GB18030; neither, or a character that no text has, is named by line and byte."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError as why:
            line = raw[: why.start].count(10) + 1
            raise Unreadable(file, line, "A", f"UTF-8 or GB18030; byte {why.start + 1} of the file is neither") from why
    strange = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff]", text)
    if strange:
        line = text[: strange.start()].count("\n") + 1
        raise Unreadable(file, line, "A", f"text in UTF-8 or GB18030, not the character U+{ord(strange[0]):04X}")
    return text


def _records(file: str, text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            yield number, tuple(cell if cell.strip() else "" for cell in cells)
    except csv.Error as why:
        raise Unreadable(file, reader.line_num, "A", f"cells separated by commas, their quotes closed ({why})") from why


# --- .xlsx ----------------------------------------------------------------------------------------------------------------------


def _workbook(file: str, raw: bytes, name: str | None) -> Sheet:
    from openpyxl import load_workbook  # loaded where it is needed

    parts, label = _parts(file, raw), file if name is None else f"{file} [{name}]"
    try:
        values, formulas = (load_workbook(io.BytesIO(raw), read_only=True, data_only=only, keep_links=False)
                            for only in (True, False))  # fmt: skip
        title = _chosen(file, [sheet.title for sheet in values.worksheets], name)
        part = str(getattr(values[title], PART))
        for book in (values, formulas):
            book[title].reset_dimensions()  # what the file says of its size is not believed
        pairs = zip_longest(
            values[title].iter_rows(values_only=True), formulas[title].iter_rows(values_only=True), fillvalue=()
        )
        return Sheet(label, _ended(label, _rows(label, pairs)), tuple(_merged(parts.get(part.lstrip("/"), b""))))
    except Unreadable:
        raise
    except Exception as why:  # whatever a broken workbook does to its reader, it is one line
        raise Unreadable(file, 1, "A", f"{NOT_A_SHEET} ({type(why).__name__})") from why


def _parts(file: str, raw: bytes) -> dict[str, bytes]:
    """The XML parts of a workbook, unpacked within bounds: no declarations, no links to other files."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            listed = packed.infolist()
            whole = sum(one.file_size for one in listed)  # no more than this is ever unpacked
            if whole > MAX_UNPACKED or len(listed) > MAX_PARTS:
                raise Unreadable(
                    file, 1, "A", f"a workbook of at most {MAX_UNPACKED} bytes unpacked, in at most {MAX_PARTS} parts"
                )
            if len({one.filename for one in listed}) < len(listed):
                raise Unreadable(file, 1, "A", "a workbook that has each of its parts once")
            found = {one.filename: packed.read(one) for one in listed if one.filename.endswith((".xml", ".rels"))}
    # zipfile says NotImplementedError of a compression it lacks, RuntimeError of a password, the others of broken bytes
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as why:
        raise Unreadable(file, 1, "A", NOT_A_SHEET) from why
    if any(part.startswith("xl/externalLinks/") for part in found):
        raise Unreadable(
            file, 1, "A", "a workbook without links to other files (in the spreadsheet: Data, Edit Links, Break Link)"
        )
    if any(b"<!DOCTYPE" in part or part[:2] in (b"\xff\xfe", b"\xfe\xff") for part in found.values()):
        raise Unreadable(file, 1, "A", "a workbook without declarations of its own, in UTF-8")
    return found


def _chosen(file: str, titles: Sequence[str], name: str | None) -> str:
    found = titles[0] if name is None and len(titles) == 1 else name
    if found is None or found not in titles:
        raise Unreadable(file, 1, "A", f"--sheet with one of: {', '.join(titles)}")
    return found


_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})([0-9]{1,7})(?::([A-Z]{1,3})([0-9]{1,7}))?"')


def _merged(part: bytes) -> Iterator[tuple[int, int, str]]:
    for column, first, to, last in _MERGED.findall(part):
        yield int(first), int(last or first), f"{column.decode()}{first.decode()}:{to.decode()}{last.decode()}"


def _rows(file: str, pairs: Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> Iterator[Row]:
    for number, (values, formulas) in enumerate(pairs, 1):
        if len(values) > FAR:
            raise Unreadable(
                file, number, letters(len(values) - 1), f"at most {MAX_COLUMNS} columns; delete the empty ones beside them"
            )
        yield number, tuple(_cell(*both) for both in zip_longest(values, formulas))


def _cell(value: Any, formula: Any) -> Cell:
    """A cell's value as text; numbers by their shortest decimal, never rounded."""
    if value is None:
        return "" if formula is None else FORMULA
    if isinstance(value, str):
        return (WRONG if value.startswith("#") and value.endswith(("!", "?", "A")) else value) if value.strip() else ""
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, (datetime, date, time, timedelta)):
        return DATE
    return _number(value)


def _number(value: float) -> str:
    """The shortest decimal that is this number; one that has lost digits keeps its exponent, which no reader takes."""
    exact = Decimal(repr(value))
    if isinstance(value, int) or (abs(exact) < EXACT and exact == exact.to_integral_value()):
        return str(int(exact))
    return format(exact, "f") if exact.is_finite() and Decimal("0.0001") <= abs(exact) < EXACT else f"{value:E}"
