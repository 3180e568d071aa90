"""`liuchi roll import`: a developer's or an enterprise's spreadsheet as roll.csv; every change is listed, every doubt is asked.

    liuchi roll map owners.xlsx                     # proposes owners.xlsx.map.json: which column is what
    liuchi roll import owners.xlsx --dry-run        # N, A, and what is to be looked at; writes nothing
    liuchi roll import owners.xlsx --out roll.csv   # beside it: owners, areas, representatives, questions, changes, pepper

Certificate numbers become keyed digests here and are in no output. What lies beside roll.csv is for the clerk alone.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.calendar import SHANGHAI
from domain.fields import IDENT
from domain.roll import Unit, heads_of
from scripts import rollmap, rollpeople
from scripts.certificates import LICENCE, PEPPER, Certificate, make_pepper, read_pepper
from scripts.files import leave
from scripts.normalise import SOURCES
from scripts.roll import Survey, check_row, few, survey_words
from scripts.rollmap import FIELDS, Map, propose
from scripts.rollpeople import People, Question, read_answers, unanswered
from scripts.rollrows import UNSAID, Changed, Line, Rows
from scripts.sheets import Sheet, letters, read_sheet
from scripts.shell import CHECK_FAILED, Json, fits, metres, natural, require, require_new, say
from scripts.tables import ROLL, Unreadable

OF_AGE: Final = 18
NOTED: Final = ("noted-others", "noted-title", "noted-sharing", "named-twice")
BESIDE: Final = ("owners", "areas", "representatives", "questions", "changes")


# --- what was read --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """Files as one roll: its units, and all that somebody should look at before it is used; areas in 0.01 m²."""

    lines: tuple[Line, ...]
    units: tuple[Unit, ...]
    names: dict[str, str]
    questions: tuple[Question, ...]
    changes: tuple[Changed, ...]
    parking: int
    clause: str | None
    on: date

    @property
    def waiting(self) -> list[Question]:
        return list(unanswered(self.questions))

    @property
    def survey(self) -> Survey:
        return Survey(tuple(heads_of(self.units).values()))

    def buildings(self) -> dict[str, dict[str, int]]:
        """Units, heads with a unit there, and area, by building."""
        by: dict[str, list[Unit]] = {}
        for unit in self.units:
            by.setdefault(unit.building, []).append(unit)
        return {name: {"units": len(own), "heads": len(heads_of(own)), "area": sum(unit.area for unit in own)}
                for name, own in sorted(by.items(), key=lambda one: natural(one[0]))}  # fmt: skip

    def sources(self) -> dict[str, dict[str, int]]:
        """Units and area by where the area comes from (R-ROLL-2)."""
        by = {source: [line.area for line in self.lines if line.source == source] for source in (*SOURCES, UNSAID)}
        return {source: {"units": len(areas), "area": sum(areas)} for source, areas in by.items()}

    def minors(self) -> list[str]:
        """Units of an owner below eighteen for whom no guardian is named (R-ROLL-7)."""
        return [line.unit for line in self.lines if not line.guardians and any(map(self._minor, line.owners))]

    def _minor(self, owner: tuple[str, Certificate | None]) -> bool:
        born = owner[1].born if owner[1] else None
        return born is not None and not _of_age(born, self.on)

    def legal_persons(self) -> list[str]:
        """Units of a legal person for whom no authorised representative is named (R-ROLL-7)."""
        return [line.unit for line in self.lines
                if not line.agents and any(held and held.kind == LICENCE for _, held in line.owners)]  # fmt: skip

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        rules = Counter(change.rule for change in self.changes)
        return self.survey.document() | {
            "buildings": self.buildings(), "sources": self.sources(), "changes": dict(sorted(rules.items())),
            "co_owned": sum(len(unit.owners) > 1 for unit in self.units), "duplicates": rules["named-twice"],
            "legal_persons": self.legal_persons(), "minors": self.minors(), "parking": self.parking, "parking_clause": self.clause,
            "questions": len(self.questions), "unanswered": len(self.waiting),
            "represented": sum(bool(line.guardians or line.agents) for line in self.lines),
        }  # fmt: skip


def _of_age(born: date, on: date) -> bool:
    return (on.year - born.year, on.month, on.day) >= (OF_AGE, born.month, born.day)


def imported_words(found: Imported) -> Iterator[str]:
    """The roll for people: what `liuchi roll` says of it, and what only an import knows."""
    said = found.document()
    yield from survey_words(found.survey)
    yield "各栋 by building："
    yield from (f"  {name:<8} {one['units']:>6} 套 units  {one['heads']:>6} 人 heads  {metres(one['area'])} m²"
                for name, one in found.buildings().items())  # fmt: skip
    yield "面积来源 by source of the area："
    yield from (f"  {name:<12} {one['units']:>6} 套 units  {metres(one['area'])} m²" for name, one in found.sources().items())
    yield f"共有 co-owned: {said['co_owned']} · 同格重复 named twice: {said['duplicates']} · 有代表人 represented: {said['represented']}"
    yield f"车位 parking: {found.parking} " + (
        f"（按条款 {found.clause} 计入 counted by this clause）" if found.clause else "（不计入 not counted）"
    )
    yield f"未成年人而未写监护人 minors without a guardian: {len(said['minors'])}"
    yield from few(said["minors"])
    yield f"单位业主而未写授权代表 legal persons without a representative: {len(said['legal_persons'])}"
    yield from few(said["legal_persons"])
    noted = [change for change in found.changes if change.rule in NOTED]
    yield f"改动 changes: {sum(said['changes'].values()) - len(noted)} · 请核对 to look at: {len(noted)}"
    yield from few(f"{change.row} {change.column}: {change.before} ({change.rule})" for change in noted)
    yield f"待确认的问题 questions: {said['questions']}，未回答 unanswered: {said['unanswered']}"


# --- importing ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was told."""

    files: tuple[Path, ...]
    map: Path | None
    sheets: tuple[str, ...]
    clause: str | None
    source: str
    on: date

    def read(self, path: Path, *, keep: bool) -> Iterator[Rows]:
        """One file's rows, sheet by sheet, by its map; a proposal that is sure is kept beside the file and used."""
        named = self.map or rollmap.place(path)
        kept = rollmap.read_map(named) if self.map or named.exists() else None
        names = self.sheets or (kept.sheet if kept else None,)
        sheets = [read_sheet(path, name) for name in names]
        found = kept or propose(sheets[0], names[0] if len(names) == 1 else None)
        if kept is None and keep:
            rollmap.keep(named, found)
            typer.echo(f"{path}: {named}（列的对应关系已保存 the columns' map was written）", err=True)
        if found.unsure:
            typer.echo(f"{path}: {named}, unsure: expected nothing; look at {', '.join(found.unsure)} and empty this list"
                       "（请核对这些列，再清空 unsure）", err=True)  # fmt: skip
            raise typer.Exit(CHECK_FAILED)
        yield from (Rows(sheet, found, parking_counts=self.clause is not None) for sheet in sheets)


def import_rolls(asked: Asked, pepper: bytes, answers: dict[str, str], file: Path, *, keep: bool) -> Imported:
    """All files as one roll. Raises Unreadable by file, row and column; Unfit."""
    lines: list[Line] = []
    changes: list[Changed] = []
    parking = 0
    for rows in (rows for path in asked.files for rows in asked.read(path, keep=keep)):
        lines += rows.lines()
        changes += rows.changes
        parking += rows.parking
    seen: dict[str, Line] = {}
    for line in lines:
        if line.unit in seen:
            first = seen[line.unit]
            raise Unreadable(line.file, line.row, "unit", f"each unit once; {line.unit} stands in {first.file}, line {first.row} already"
                             " (co-owners go into one row, separated by ；)")  # fmt: skip
        seen[line.unit] = line
    people = People(pepper, answers, file)
    people.resolve(lines)
    units = tuple(Unit(line.unit, line.building, people.owners(line), line.area, line.status) for line in lines)
    lines = [replace(line, source=asked.source) if line.source == UNSAID else line for line in lines]
    return Imported(tuple(lines), units, people.names, tuple(people.questions), tuple(changes), parking, asked.clause, asked.on)


# --- files ----------------------------------------------------------------------------------------------------------------------


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, for_people: bool = False) -> bytes:
    """A CSV file in UTF-8; one that people open in a spreadsheet begins with a BOM, and none of its cells is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_inert(cell) for cell in row] if for_people else row for row in rows)
    return out.getvalue().encode("utf-8-sig" if for_people else "utf-8")


def _inert(cell: str) -> str:
    return "'" + cell if cell[:1] in tuple("=+-@\t\r") else cell


def roll_table(units: Iterable[Unit]) -> bytes:
    """The units as roll.csv."""
    return table(tuple(ROLL), (
        (unit.unit, ";".join(sorted(unit.owners)), metres(unit.area), unit.status, unit.building) for unit in units))  # fmt: skip


def beside(out: Path, what: str) -> Path:
    """Where a file that goes with a roll lies: roll.csv, roll.owners.csv."""
    return out.with_name(f"{out.stem}.{what}.csv")


def _tables(found: Imported, out: Path) -> Iterator[tuple[Path, bytes]]:
    """What is written when every question is answered, roll.csv last."""
    yield beside(out, "owners"), table(("owner", "name"), sorted(found.names.items()), for_people=True)
    yield beside(out, "areas"), table(("unit", "area_m2", "source", "sharing"), (
        (line.unit, metres(line.area), line.source, line.sharing) for line in found.lines), for_people=True)  # fmt: skip
    yield beside(out, "representatives"), table(("unit", "kind", "name"), (
        (line.unit, kind, name) for line in found.lines
        for kind, names in (("guardian", line.guardians), ("agent", line.agents)) for name in names), for_people=True)  # fmt: skip
    yield out, roll_table(found.units)


def _report_tables(found: Imported, report: Path, questions: Path, *, several: bool) -> Iterator[tuple[Path, bytes]]:
    """What is written in any case: every change, every question."""
    header = ("file", "row", "column", "before", "after", "rule")
    rows = ((Path(one.file).name, str(one.row), one.column, one.before, one.after, one.rule) for one in found.changes)
    yield report, table(header, rows, for_people=True)
    if found.questions:
        yield questions, table(rollpeople.COLUMNS, (one.cells(several=several) for one in found.questions), for_people=True)


def _write(files: Iterable[tuple[Path, bytes]]) -> None:
    for path, raw in files:
        leave(path, raw)


# --- the commands ---------------------------------------------------------------------------------------------------------------


def import_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=".xlsx, or CSV in UTF-8 or GB18030")],
    map_: Annotated[Path | None, typer.Option("--map", metavar="FILE.json", help="which column is what; FILE.map.json")] = None,
    sheet: Annotated[list[str] | None, typer.Option(metavar="NAME", help="which sheet, where there are several; again for more")] = None,
    pepper: Annotated[Path | None, typer.Option(metavar="FILE", help="the secret of the owners' ids; liuchi.pepper beside --out")] = None,
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="the roll")] = Path("roll.csv"),
    report: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="every change, by row, column and rule")] = None,
    questions: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="what is asked, and answered, about owners")] = None,
    area_source: Annotated[str, typer.Option(metavar="SOURCE", help="where the file does not say it: " + " ".join(SOURCES))] = UNSAID,
    parking_clause: Annotated[str | None, typer.Option(metavar="ID", help="the clause by which parking spaces count")] = None,
    on: Annotated[str | None, typer.Option(metavar="DAY", help="the day by which owners are of age; today")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what the roll comes to and write nothing")] = False,
    json_: Json = False,
) -> None:  # fmt: skip
    """Make roll.csv from spreadsheets: units and names normalised, owners by keyed digests, doubts asked."""
    require(parking_clause is None or fits(IDENT, parking_clause), "--parking-clause", IDENT.expected)
    require(area_source in (*SOURCES, UNSAID), "--area-source", "one of " + ", ".join(SOURCES))
    secret, asking = pepper or out.with_name("liuchi.pepper"), questions or beside(out, "questions")
    changed = report or beside(out, "changes")
    if not dry_run:
        require_new(out, "--out")
        made = {path.resolve() for path in (out, secret, asking, changed, *(beside(out, what) for what in BESIDE))}
        require(made.isdisjoint({path.resolve() for path in files}), "--out", "files other than those that are imported")
    asked = Asked(tuple(files), map_, tuple(sheet or ()), parking_clause, area_source, _day(on))
    answers = read_answers(asking)
    drawn = read_pepper(secret) if secret.exists() else secrets.token_bytes(PEPPER) if dry_run else make_pepper(secret)
    found = import_rolls(asked, drawn, answers, asking, keep=not dry_run)
    for own in found.survey.heads:
        check_row(out, own)
    if not dry_run:
        _write(_report_tables(found, changed, asking, several=len({line.file for line in found.lines}) > 1))
        if not found.waiting:
            _write(_tables(found, out))
    written = None if dry_run or found.waiting else str(out)
    say(
        found.document() | {"roll": written},
        (*imported_words(found), *_ending(found, out, asking, dry_run=dry_run)),
        json_=json_,
    )
    if found.waiting:
        raise typer.Exit(CHECK_FAILED)


def _day(on: str | None) -> date:
    try:
        return date.fromisoformat(on) if on else datetime.now(SHANGHAI).date()
    except ValueError:
        raise typer.BadParameter("expected a date YYYY-MM-DD", param_hint="--on") from None


def _ending(found: Imported, out: Path, asking: Path, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield "试算，没有写任何文件 A dry run: nothing was written"
    elif found.waiting:
        yield f"✗ 请在 {asking} 的 answer 列填写 same（同一人）或 different（不同人），再运行一次；名册尚未生成"
        yield f"  Fill in the column answer of {asking} and run again; no roll was written"
    else:
        yield f"✓ {out} 已生成 written · 旁边的文件仅供经办人 what lies beside it is for the clerk alone"


def map_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".xlsx, or CSV in UTF-8 or GB18030")],
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="which sheet, where there are several")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.json", help="where the map goes; FILE.map.json")] = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Propose which column of a spreadsheet is what, and say of which it is unsure."""
    kept = out or rollmap.place(file)
    require_new(kept, "--out")
    read = read_sheet(file, sheet)
    found = propose(read, sheet)
    rollmap.keep(kept, found)
    left, missing = rollmap.unmapped(read, found), list(rollmap.lacking(found))
    document = json.loads(found.raw()) | {"left_out": left, "missing": missing, "file": str(kept)}
    say(document, _map_words(read, found, kept, left, missing), json_=json_)
    if found.unsure or missing:
        raise typer.Exit(CHECK_FAILED)


def _map_words(sheet: Sheet, found: Map, kept: Path, left: Sequence[str], missing: Sequence[str]) -> Iterator[str]:
    heads = rollmap.headings(sheet, found.header)
    yield f"{kept}（表头在第 {found.header} 行 the header is row {found.header}）"
    for head, is_ in found.columns.items():
        doubt = "  ？请核对 unsure" if head in found.unsure else ""
        yield f"  {letters(heads.index(head))}  {head} → {is_}{doubt}"
    yield from (f"  {letters(heads.index(head))}  {head} ？两列都像同一项，请核对 claims a field twice" for head in found.unsure
                if head not in found.columns)  # fmt: skip
    yield f"不用的列 left out: {', '.join(left) or '-'}"
    yield from (f"✗ 缺少 missing: {one}（{'、'.join(FIELDS[one][:3])}…）" for one in missing)
