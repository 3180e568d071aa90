"""`liuchi roll`: everything that is done with a roll before a vote; without a verb it records one on a ledger.

liuchi roll map owners.xlsx                         # scripts/rollmap.py
liuchi roll import owners.xlsx --out roll.csv       # scripts/rollin.py
liuchi roll diff old.csv new.csv                    # what changed, head by head
liuchi roll scope roll.csv --stack 3-*-01           # a building or a stack of units
liuchi roll post roll.csv --out posting.html        # scripts/posting.py
liuchi roll [record] roll.csv --ledger 440307-001 --snapshot 2026-08 --key clerk.key     # scripts/roll.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from domain.fields import IDENT, TAG, Misfit
from domain.roll import HeadKey, Unit, heads_of
from domain.rulesets import ESTATE, SOLD
from scripts.normalise import stack_matches
from scripts.posting import post_command
from scripts.roll import few, roll_command
from scripts.rollin import import_command, map_command
from scripts.shell import Json, Unfit, fits, metres, read_json, require, say
from scripts.tables import read_roll

RECORD: Final = "record"
Csv = Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV: unit,owners,area_m2,status,building")]


class Rolls(TyperGroup):
    """A group whose first word may be left out: `liuchi roll roll.csv …` records."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] in ("--help", "-h"))
        return super().parse_args(ctx, args if named or not args else [RECORD, *args])


app = typer.Typer(cls=Rolls, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def roll() -> None:
    """Make a roll from spreadsheets, compare and post it, and record it on a ledger."""


app.command(RECORD, short_help="Record a roll from roll.csv; the word may be left out.")(roll_command)
app.command("import", short_help="Make roll.csv from .xlsx or CSV files.")(import_command)
app.command("map", short_help="Propose which column of a spreadsheet is what.")(map_command)
app.command("post", short_help="Write the list for the notice board.")(post_command)


# --- two rolls ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Diff:
    """What is different between two rolls; areas in 0.01 m²."""

    old: Mapping[str, Unit]
    new: Mapping[str, Unit]

    @property
    def both(self) -> list[tuple[Unit, Unit]]:
        """The units of both rolls, as they were and as they are."""
        return [(unit, self.new[name]) for name, unit in self.old.items() if name in self.new]

    def transfers(self) -> list[dict[str, Any]]:
        """Units that belong to another head than before: sold, handed over, or changed among co-owners."""
        return [{"unit": was.unit, "before": sorted(was.head), "after": sorted(now.head)}
                for was, now in self.both if was.head != now.head]  # fmt: skip

    def fields(self, name: str) -> list[dict[str, Any]]:
        """Units of which this is different."""
        return [{"unit": was.unit, "before": getattr(was, name), "after": getattr(now, name)}
                for was, now in self.both if getattr(was, name) != getattr(now, name)]  # fmt: skip

    def regrouped(self, *, merged: bool) -> list[list[list[str]]]:
        """Heads of one roll whose units, as far as both have them, belong to several heads of the other; by those heads' units.

        Merged: one head now, several before. Split: one head before, several now.
        """
        pairs = [(now, was) if merged else (was, now) for was, now in self.both]
        groups: dict[HeadKey, dict[HeadKey, list[str]]] = {}
        for one, other in pairs:
            groups.setdefault(one.head, {}).setdefault(other.head, []).append(one.unit)
        return [list(parts.values()) for parts in groups.values() if len(parts) > 1]

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "before": _totals(self.old), "after": _totals(self.new),
            "new": [name for name in self.new if name not in self.old],
            "removed": [name for name in self.old if name not in self.new],
            "transfers": self.transfers(), "areas": self.fields("area"), "statuses": self.fields("status"),
            "buildings": self.fields("building"),
            "merged": self.regrouped(merged=True), "split": self.regrouped(merged=False),
        }  # fmt: skip


def _totals(units: Mapping[str, Unit]) -> dict[str, int]:
    return {"heads": len(heads_of(units.values())), "area": sum(unit.area for unit in units.values()), "units": len(units)}


def diff_words(found: Mapping[str, Any]) -> Iterator[str]:
    """What changed, for people."""
    for when, word in (("before", "之前"), ("after", "之后")):
        one = found[when]
        yield f"{word} {when}: N = {one['heads']} heads · A = {metres(one['area'])} m² · {one['units']} 套 units"
    yield f"新增 new units: {len(found['new'])}"
    yield from few(found["new"])
    yield f"减少 removed units: {len(found['removed'])}"
    yield from few(found["removed"])
    yield f"业主变更 transfers: {len(found['transfers'])}"
    yield from few(f"{one['unit']}: {_owners(one['before'])} → {_owners(one['after'])}" for one in found["transfers"])
    yield f"面积变更 areas: {len(found['areas'])}"
    yield from few(f"{one['unit']}: {metres(one['before'])} → {metres(one['after'])} m²" for one in found["areas"])
    for name, words in (("statuses", "状态变更 statuses"), ("buildings", "楼栋变更 buildings")):
        yield f"{words}: {len(found[name])}"
        yield from few(f"{one['unit']}: {one['before'] or '-'} → {one['after'] or '-'}" for one in found[name])
    for name, words in (("merged", "合并为一人 heads merged"), ("split", "分为多人 heads split")):
        yield f"{words}: {len(found[name])}"
        yield from few(" | ".join(" + ".join(units) for units in parts) for parts in found[name])


def _owners(ids: Sequence[str]) -> str:
    return ";".join(ids) or "建设单位 developer"


@app.command("diff", short_help="Say what changed from one roll to another.")
def diff_command(
    old: Annotated[Path, typer.Argument(metavar="OLD.csv", help="the roll before")],
    new: Annotated[Path, typer.Argument(metavar="NEW.csv", help="the roll after")],
    json_: Json = False,
) -> None:
    """Compare two rolls: transfers, areas, units, heads merged or split, N and A; the reasons of a new snapshot (R-ROLL-8)."""
    before, after = ({unit.unit: unit for unit in read_roll(path)} for path in (old, new))
    found = Diff(before, after).document()
    say(found, diff_words(found), json_=json_)


# --- a part of a roll -----------------------------------------------------------------------------------------------------------


@app.command("scope", short_help="Print a building or a stack of units as a scope.")
def scope_command(
    file: Csv,
    building: Annotated[str | None, typer.Option(metavar="ID", help="the units of this building")] = None,
    stack: Annotated[str | None, typer.Option(metavar="3-*-01", help="the units one above the other")] = None,
    tags: Annotated[Path | None, typer.Option(metavar="FILE.json", help="the tags that `liuchi roll` kept")] = None,
    scope: Annotated[str | None, typer.Option(metavar="ID", help="what the scope is called; building-3, stack-3-x-01")] = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Print units, heads and area of a part of a roll, with body and opening of `scope-defined/1` (R-ROLL-9)."""
    require((building is None) != (stack is None), "--building", "either --building or --stack")
    whole = read_roll(file)
    chosen = [unit for unit in whole if (unit.building == building if stack is None else stack_matches(unit.unit, stack))]
    require(bool(chosen), "--building" if stack is None else "--stack", "one that has units on this roll")
    name = scope or (f"building-{building}" if stack is None else f"stack-{stack.replace('*', 'x')}").lower()
    require(fits(IDENT, name) and name != ESTATE, "--scope", f"{IDENT.expected}, and not {ESTATE}")
    snapshot, known = _kept(tags, whole, file) if tags else (None, {})
    units, heads = sorted(unit.unit for unit in chosen), len(heads_of(chosen))
    found = sorted({known[unit] for unit in units}) if tags else []
    area = sum(unit.area for unit in chosen)
    body = {"area": area, "heads": heads, "scope": name, "snapshot": snapshot, "tags": found}
    document = {"body": body, "openings": {"units": units}, "units": [
        {"unit": unit.unit, "building": unit.building, "area": unit.area, "status": unit.status} for unit in chosen]}  # fmt: skip
    say(document, _scope_words(chosen, body), json_=json_)


def _scope_words(units: Sequence[Unit], body: Mapping[str, Any]) -> Iterator[str]:
    yield f"{body['scope']}: {body['heads']} 人 heads · {metres(body['area'])} m² · {len(units)} 套 units"
    yield from (
        f"  {unit.unit:<12} {metres(unit.area):>10} m²  {unit.status if unit.status != SOLD else ''}".rstrip() for unit in units
    )
    if not body["tags"]:
        yield "没有标识：请加 --tags roll-<snapshot>.tags.json No tags: name the file that `liuchi roll` kept with --tags"


def _kept(path: Path, units: Sequence[Unit], file: Path) -> tuple[str, dict[str, str]]:
    """Snapshot, and tag by unit, of a file that `liuchi roll` kept for this roll. Raises Unfit."""
    found = read_json(path)
    try:
        kept = {frozenset(map(str, head["units"])): head["tag"] for head in found["heads"]}
        for tag in kept.values():
            TAG.check(bytes.fromhex(tag), "tag")
        IDENT.check(found["snapshot"], "snapshot")
    except (TypeError, KeyError, ValueError, Misfit) as why:
        raise Unfit(path, "the whole", "tags by unit, as `liuchi roll` keeps them") from why
    own = {frozenset(unit.unit for unit in head) for head in heads_of(units).values()}
    other = sorted(unit for head in own ^ kept.keys() for unit in head)
    if other:
        raise Unfit(
            path, "field heads", f"the heads of {file}, because both are one roll; the head of unit {other[0]} is another"
        )
    return found["snapshot"], {unit: tag for head, tag in kept.items() for unit in head}
