"""The CSV files that people bring, read strictly: UTF-8 (BOM allowed), LF or CRLF, an exact header, one record a line.

    roll.csv      unit,owners,area_m2,status,building    3-501,o-0117;o-0118,89.37,sold,B3
    ballots.csv   voter,choice,channel,at                3-501,agree,paper,2026-11-20T09:30:00+08:00
    served.csv    unit                                   3-501

Nothing is guessed: what is not exactly as expected is `Unreadable`, by file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NoReturn

from domain.roll import Unit
from domain.rulesets import CHOICES, SOLD, STATUSES

CHANNELS: Final = ("paper", "electronic")
INVALID: Final = "invalid"
MARKS: Final = (*CHOICES, INVALID)
DAY_NS: Final = 86_400 * 10**9


class Unreadable(Exception):
    """A file does not say what it must; the text is one line naming file, line, column and what was expected."""

    def __init__(self, file: str, line: int, column: str, expected: str) -> None:
        super().__init__(file, line, column, expected)
        self.file, self.line, self.column, self.expected = file, line, column, expected

    def __str__(self) -> str:
        words = f"{self.file}, line {self.line}, column {self.column}: expected {self.expected}"
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in words)


@dataclass(frozen=True, slots=True)
class Ballot:
    """One row of ballots.csv as it stands; `at` in Unix ns, so that no two times that differ are taken as equal."""

    voter: str
    choice: str  # agree | against | abstain | invalid
    channel: str  # paper | electronic
    at: int
    line: int


# --- cells --------------------------------------------------------------------------------------------------------------------
# A reader gives the cell's value, or None where the cell is not what its column expects.


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is read, and what its cells must be, in words."""

    read: Callable[[str], Any]
    expected: str


def word(text: str, most: int = 60) -> str | None:
    """An id as written: not empty, not longer than the ledger takes it, no space around it."""
    return text if 0 < len(text) <= most and text == text.strip(" ") else None


def word_or_nothing(text: str) -> str | None:
    """An id that may be left out."""
    return word(text) if text else ""


def owners(text: str) -> frozenset[str] | None:
    """Ids joined by ";", each once; an empty cell is nobody."""
    ids = text.split(";") if text else []
    return frozenset(ids) if all(word(one, 120) for one in ids) and len(set(ids)) == len(ids) else None


_AREA: Final = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?")  # [0-9] and not \d: ٣ is a digit to \d


def area(text: str) -> int | None:
    """An area in m² as a whole number of 0.01 m² (R-VOTE-6), never through a float."""
    found = _AREA.fullmatch(text)
    return (int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) or None) if found else None


_TIME: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<hour>[01][0-9]|2[0-4]):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):(?P<minutes>[0-5][0-9]))?"
)


def instant(text: str) -> int | None:
    """An ISO 8601 time in Unix ns; without offset it is Asia/Shanghai, and 24:00 is the end of its day."""
    found = _TIME.fullmatch(text)
    if not found or (midnight := day(found["day"])) is None:
        return None
    of_day = (int(found["hour"]) * 3600 + int(found["minute"]) * 60 + int(found["second"] or 0)) * 10**9
    of_day += int((found["fraction"] or "").ljust(9, "0"))
    return midnight + of_day - _offset(found) if of_day <= DAY_NS else None


def _offset(found: re.Match[str]) -> int:
    if found["utc"]:
        return 0
    sign, hours, minutes = found["sign"] or "+", found["hours"] or "08", found["minutes"] or "00"
    return int(sign + "1") * (int(hours) * 3600 + int(minutes) * 60) * 10**9


def day(text: str) -> int | None:
    """A date YYYY-MM-DD as its midnight in UTC, Unix ns."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return (found - date(1970, 1, 1)).days * DAY_NS if found.isoformat() == text else None


def _one_of(words: tuple[str, ...]) -> Column:
    return Column(lambda text: text if text in words else None, "one of " + ", ".join(words))


UNIT: Final = Column(word, "the id of a unit, 1 to 60 characters without spaces around them")
ROLL: Final[Mapping[str, Column]] = {
    "unit": UNIT,
    "owners": Column(owners, 'nothing, or ids of owners joined by ";", each once, without spaces around them'),
    "area_m2": Column(area, "an area in m² above 0 and below 1000000000, with at most 2 decimals, such as 89.37"),
    "status": _one_of(STATUSES),
    "building": Column(word_or_nothing, "nothing, or the id of a building, at most 60 characters without spaces around them"),
}
BALLOTS: Final[Mapping[str, Column]] = {
    "voter": UNIT,
    "choice": _one_of(MARKS),
    "channel": _one_of(CHANNELS),
    "at": Column(instant, "an ISO 8601 time such as 2026-11-20T09:30:00+08:00"),
}
SERVED: Final[Mapping[str, Column]] = {"unit": UNIT}


# --- files --------------------------------------------------------------------------------------------------------------------


def read_roll(path: Path) -> tuple[Unit, ...]:
    """The units of roll.csv in their order. Raises Unreadable; a unit stands once, a sold one has an owner."""
    units: dict[str, Unit] = {}
    table = _Table(str(path), ROLL)
    for line, (unit, holders, square, status, building) in table.records():
        if unit in units:
            table.refuse(line, 0, f"each unit once; {unit} stands above already")
        if status == SOLD and not holders:
            table.refuse(line, 1, "at least one owner, because the unit is sold")
        units[unit] = Unit(unit, building, holders, square, status)
    if not units:
        table.refuse(2, 0, "at least one unit")
    return tuple(units.values())


def read_ballots(path: Path) -> tuple[Ballot, ...]:
    """The rows of ballots.csv in their order. Raises Unreadable."""
    records = _Table(str(path), BALLOTS).records()
    return tuple(Ballot(voter, choice, channel, at, line) for line, (voter, choice, channel, at) in records)


def read_served(path: Path) -> frozenset[str]:
    """The units of served.csv. Raises Unreadable; a unit may be named again."""
    return frozenset(unit for _, (unit,) in _Table(str(path), SERVED).records())


def read_table(path: Path, columns: Mapping[str, Column]) -> Iterator[tuple[int, list[Any]]]:
    """Line number and values of each record of a file with exactly these columns. Raises Unreadable."""
    return _Table(str(path), columns).records()


@dataclass(frozen=True, slots=True)
class _Table:
    file: str
    columns: Mapping[str, Column]

    def refuse(self, line: int, place: int, expected: str) -> NoReturn:
        """Places beyond the last column are blamed on the last."""
        names = tuple(self.columns)
        raise Unreadable(self.file, line, names[min(place, len(names) - 1)], expected)

    def records(self) -> Iterator[tuple[int, list[Any]]]:
        """Line number and values of each record; the header is line 1."""
        head, *lines = self._text().replace("\r\n", "\n").split("\n")
        self._check_header(self._cells(1, head))
        if lines and not lines[-1]:
            lines.pop()  # the end of the last line, not a line of its own
        for line, text in enumerate(lines, 2):
            yield line, self._values(line, self._cells(line, text))

    def _text(self) -> str:
        try:
            return Path(self.file).read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as why:
            before = why.object[: why.start].decode().split("\n")
            self.refuse(len(before), _place(before[-1]), "UTF-8")
        except OSError as why:
            self.refuse(1, 0, f"a file that can be read ({why.strerror})")

    def _check_header(self, cells: list[str]) -> None:
        names = list(self.columns)
        if cells != names:
            same = [one == other for one, other in zip(cells, names, strict=False)]
            place = same.index(False) if False in same else len(same)
            self.refuse(1, place, "the header " + ",".join(names))

    def _cells(self, line: int, text: str) -> list[str]:
        cells, whole = split(text)
        if not text.isprintable():
            before = text[: next(n for n, c in enumerate(text) if not c.isprintable())]
            self.refuse(line, _place(before), "printable characters and plain spaces only, and LF or CRLF to end the line")
        if not whole:
            self.refuse(line, len(cells) - 1, 'quotes around a whole cell, closed on the same line, and "" for one inside it')
        return cells

    def _values(self, line: int, cells: list[str]) -> list[Any]:
        if len(cells) != len(self.columns):
            self.refuse(line, len(cells), f"{len(self.columns)} and not {len(cells)} cells")
        values = [column.read(cell) for column, cell in zip(self.columns.values(), cells, strict=True)]
        if None in values:
            place = values.index(None)
            self.refuse(line, place, tuple(self.columns.values())[place].expected)
        return values


_CELL: Final = re.compile(r'"((?:[^"]|"")*+)"(?=,|\Z)|([^",]*)(?=,|\Z)')


def split(text: str) -> tuple[list[str], bool]:
    """The cells of a line (RFC 4180), and whether its quotes are in order; if not, the last cell is the broken one."""
    if '"' not in text:
        return text.split(","), True
    cells: list[str] = []
    at = 0
    while found := _CELL.match(text, at):
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end() + 1
        if found.end() == len(text):
            return cells, True
    return [*cells, ""], False


def _place(before: str) -> int:
    """Which cell of a line follows this much of it."""
    return len(split(before)[0]) - 1
