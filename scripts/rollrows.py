"""The rows of a spreadsheet as units with their owners' names and certificates, every change by its rule (R-ROLL-2, R-ROLL-6, R-ROLL-7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from domain.rulesets import SOLD
from scripts import normalise
from scripts.certificates import KINDS, Certificate, Uncertain, certificate
from scripts.normalise import Change, Rule, names_of, normalised, numbers_of, shaped, stripped
from scripts.rollmap import Map, placed
from scripts.sheets import Cell, Odd, Sheet, letters
from scripts.tables import ROLL, Unreadable

HIDDEN: Final = "（不显示 not shown）"
UNSAID: Final = "unsaid"  # an area whose source nobody named
NOBODY: Final = ("无", "暂无", "不详", "没有", "-", "—", "N/A", "NA")  # in a cell of certificates: none
INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"  # spreadsheets are full of them; the rules take them out
PARKING: Final = ("车位", "车库", "停车")
ALONE: Final = ("单独", "独有", "sole")
AREAS: Final = {f"area_{source}": source for source in normalise.SOURCES}


@dataclass(frozen=True, slots=True)
class Changed:
    """One change, or one thing noted, by file, row and header."""

    file: str
    row: int
    column: str
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it will be counted; `owners` are names with their certificates, `ids` owners who have an id already."""

    file: str
    row: int
    unit: str
    building: str
    area: int
    source: str
    status: str
    owners: tuple[tuple[str, Certificate | None], ...] = ()
    ids: frozenset[str] = frozenset()
    sharing: str = ""
    guardians: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()


@dataclass(slots=True)
class Rows:
    """Reads the rows of one file; `changes` gathers what was changed, `parking` counts parking spaces (R-ROLL-6)."""

    sheet: Sheet
    map: Map
    parking_counts: bool = False
    changes: list[Changed] = field(default_factory=list)
    parking: int = 0
    places: Mapping[str, tuple[int, str]] = field(init=False)
    row: int = field(init=False, default=0)
    cells: Sequence[Cell] = field(init=False, default=())

    def lines(self) -> list[Line]:
        """Every row below the header. Raises Unreadable."""
        self.places = placed(self.sheet, self.map)
        found = []
        for row, cells in self.sheet.rows:
            self.row, self.cells = row, cells
            if row > self.map.header and not self._left_out():
                found.append(self._line())
        if not found:
            self._refuse_whole("at least one unit below the header")
        return found

    def _left_out(self) -> bool:
        """Whether the row is a parking space's and no clause lets it count (R-ROLL-6)."""
        if not self.cells:
            self._refuse_whole("no empty row between rows; delete it")
        name = next((one for one in ("use", "unit", "room") if any(word in self._stripped(one)[0] for word in PARKING)), None)
        self.parking += name is not None
        if name is None or self.parking_counts:
            return False
        self.note(name, [(self.text(name), "", "parking-left-out")])
        return True

    def _refuse_whole(self, expected: str) -> NoReturn:
        raise Unreadable(self.sheet.file, max(self.row, self.map.header), letters(0), expected)

    def refuse(self, name: str, expected: str) -> NoReturn:
        """Name the row and the column of a field."""
        place, head = self.places.get(name, (0, name))
        raise Unreadable(self.sheet.file, self.row, f"{letters(place)} {head}", expected)

    def text(self, name: str) -> str:
        """A field's cell, "" where the column or the cell is empty."""
        place = self.places.get(name, (len(self.cells), ""))[0]
        cell = self.cells[place] if place < len(self.cells) else ""
        if isinstance(cell, Odd):
            self.refuse(name, cell.expected)
        if cell.startswith(("=", "@")):
            self.refuse(name, "text and not a formula")
        if not (cell.isprintable() or all(one.isprintable() or one.isspace() or one in INVISIBLE for one in cell)):
            self.refuse(name, "printable characters only")
        return cell

    def note(self, name: str, changes: Sequence[Change]) -> None:
        """Report changes of a field."""
        column = self.places[name][1] if name in self.places else name
        self.changes += [Changed(self.sheet.file, self.row, column, *change) for change in changes]

    def plain(self, name: str, rules: Mapping[str, Rule]) -> str:
        """A field's cell after its rules, each change reported."""
        text, changes = normalised(self.text(name), rules)
        self.note(name, changes)
        return text

    # --- one row

    def _line(self) -> Line:
        unit, building = self._unit()
        area, source = self._area()
        status = self._one_of("status", normalise.STATUS, SOLD, ROLL["status"].expected)
        ids = self._ids()
        owners = self._owners() if status == SOLD and not ids else ()  # who has an id needs no other
        if status == SOLD and not owners and not ids:
            self.refuse("owner_ids" if "owner_ids" in self.places else "owners", "at least one owner, because the unit is sold")
        guardians, agents = self._names("guardian"), self._names("agent")
        sharing = self.plain("sharing", normalise.WORD)
        if sharing and len(owners) != 1 and any(word in sharing for word in ALONE):
            self.note("sharing", [(sharing, sharing, "noted-sharing")])
        return Line(self.sheet.file, self.row, unit, building, area, source, status, owners, ids, sharing, guardians, agents)

    def _unit(self) -> tuple[str, str]:
        building = self.plain("building", normalise.BUILDING)
        name = "unit" if "unit" in self.places else "room"
        whole, changes = self._stripped(name)
        unit, more = normalised(whole, normalise.UNIT)
        self.note(name, [*changes, *more])
        if name == "room":
            parts = [part for part in (building, self.plain("stair", normalise.BUILDING), unit) if part]
            if len(parts) > 1:
                self.note("unit", [(" | ".join(parts), "-".join(parts), "joined")])
            unit = "-".join(parts) if unit else ""
        found = shaped(unit, self.map.pattern) if normalise.UNIT_FORM.fullmatch(unit) else None
        if found is None or ROLL["unit"].read(found) is None:
            self.refuse(name, f"a unit such as {self.map.pattern or '3-1-501'}")
        if found != unit:
            self.note(name, [(unit, found, "pattern")])
        if not building and "-" not in unit:
            self.refuse(name, "its building too, such as 3-501, or a column for the building")
        if ROLL["building"].read(building) is None or ("building" in self.places and not building):
            self.refuse("building", "the id of a building, at most 60 characters")
        return found, building or unit.partition("-")[0]

    def _stripped(self, name: str) -> tuple[str, list[Change]]:
        return stripped(self.text(name).strip(), self.map.strip)

    def _area(self) -> tuple[int, str]:
        """The area by the first source that has one: registry, then survey, then contract (R-ROLL-2)."""
        name = next((one for one in AREAS if self.text(one)), "area")
        if name == "area" and "area" not in self.places:
            name = next(one for one in AREAS if one in self.places)
        found = ROLL["area_m2"].read(self.plain(name, normalise.AREA))
        if found is None:
            self.refuse(name, ROLL["area_m2"].expected)
        expected = f"one of {', '.join(normalise.SOURCES)} (登记、测绘、合同)"
        if name == "area" and not self.text("source"):
            return found, UNSAID
        return found, AREAS.get(name) or self._one_of("source", normalise.SOURCE, UNSAID, expected)

    def _one_of(self, name: str, words: Mapping[str, str], instead: str, expected: str) -> str:
        """The word of a cell; `instead` where there is no such column."""
        if name not in self.places:
            return instead
        text = self.plain(name, normalise.WORD)
        found = words.get(text)
        if found is None:
            self.refuse(name, expected)
        if found != text:
            self.note(name, [(text, found, "word")])
        return found

    def _ids(self) -> frozenset[str]:
        found: frozenset[str] | None = ROLL["owners"].read(self.text("owner_ids"))
        if found is None or not all(map(str.isprintable, found)):
            self.refuse("owner_ids", ROLL["owners"].expected)
        return found

    def _names(self, name: str) -> tuple[str, ...]:
        names, changes = names_of(self.text(name))
        self.note(name, changes)
        if any(normalise.UNPARTED.search(one) for one in names):
            self.refuse(name, "names separated by ；, because a blank may stand in one name or between two")
        if any(not one.isprintable() or len(one) > 120 or re.search("^-|[0-9]{6}", one) for one in names):
            self.refuse(name, "names of at most 120 printable characters, without numbers of certificates or telephones")
        return tuple(names)

    def _owners(self) -> tuple[tuple[str, Certificate | None], ...]:
        names = self._names("owners")
        numbers = numbers_of(self.text("certificates"))
        if numbers and len(numbers) != len(names):
            self.refuse("certificates", f"as many certificates as owners ({len(names)}), in their order; 无 for none")
        kinds = [self._kind(text) for text in numbers_of(self.text("certificate_kind"))] or [None]
        if len(kinds) not in (1, len(names)):
            self.refuse("certificate_kind", f"one kind for all owners, or one for each ({len(names)})")
        kinds = kinds * len(names) if len(kinds) == 1 else kinds
        held = [self._certificate(*both) for both in zip(numbers, kinds, strict=True)] if numbers else [None] * len(names)
        return tuple(zip(names, held, strict=True))

    def _kind(self, text: str) -> str | None:
        plain, _ = normalised(text, normalise.WORD)
        if plain not in KINDS and plain not in NOBODY:
            self.refuse("certificate_kind", f"one of {', '.join(one for one in KINDS if not one.isascii())}")
        return KINDS.get(plain)

    def _certificate(self, number: str, kind: str | None) -> Certificate | None:
        if number.strip().upper() in NOBODY:
            return None
        try:
            found = certificate(number, kind)
        except Uncertain as why:
            self.refuse("certificates", str(why))
        self.note("certificates", [(HIDDEN, HIDDEN, rule) for rule in found.rules])
        return found
