"""`liuchi roll post`: the roll as a list for the notice board, by building, names masked, with its totals and how to object (R-ROLL-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import web
from domain.calendar import days_after, days_between
from domain.roll import Unit, heads_of
from domain.rulesets import LATEST, SOLD, UNDELIVERED, UNSOLD
from scripts.files import leave
from scripts.rollin import beside
from scripts.shell import Json, metres, natural, require, require_new, say
from scripts.tables import Column, read_roll, read_table, word

STATUS_WORDS: Final = {SOLD: "", UNSOLD: "未售 unsold", UNDELIVERED: "未交付 not handed over"}
DEVELOPER: Final = "建设单位"
HOW: Final = (
    "向经办人书面提出，写明房号、错误之处并附证明材料",
    "in writing to the clerk, naming the unit and the mistake, with proof",
)
OWNERS: Final[Mapping[str, Column]] = {
    "owner": Column(lambda text: word(text, 120), "the id of an owner, as roll.csv has it"),
    "name": Column(lambda text: word(text, 120), "the owner's name"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    unit: str
    owners: str
    area: str
    status: str


@dataclass(frozen=True, slots=True)
class Part:
    """One building's list."""

    building: str
    entries: tuple[Entry, ...]
    area: str


@dataclass(frozen=True, slots=True)
class Posting:
    """What a posting says beside the list: who, from when to when, how and where to object."""

    name: str
    start: str | None
    to: str | None
    contact: str


def masked(name: str) -> str:
    """A name as it may be posted: its first character, 张* (R-PRIV-1)."""
    return name[:1] + "*"


def parts(units: Sequence[Unit], names: Mapping[str, str]) -> list[Part]:
    """The list by building; an owner whose name is not known is counted."""
    by: dict[str, list[Unit]] = {}
    for unit in sorted(units, key=lambda one: natural(one.unit)):
        by.setdefault(unit.building, []).append(unit)
    return [Part(building, tuple(Entry(unit.unit, _owners(unit, names), metres(unit.area), STATUS_WORDS[unit.status]) for unit in own),
                 metres(sum(unit.area for unit in own)))
            for building, own in sorted(by.items(), key=lambda one: natural(one[0]))]  # fmt: skip


def _owners(unit: Unit, names: Mapping[str, str]) -> str:
    if unit.status != SOLD:
        return DEVELOPER
    known = sorted(masked(names[owner]) for owner in unit.owners if owner in names)
    unknown = len(unit.owners) - len(known)
    return "、".join([*known, *([f"{unknown} 位业主"] if unknown else [])])


def posting_html(said: Posting, units: Sequence[Unit], names: Mapping[str, str]) -> str:
    """The list as one self-contained page to print."""
    made = Environment(
        loader=FileSystemLoader(web.TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.get_template("roll-posting.html").render(
        said=said, parts=parts(units, names), heads=len(heads_of(units)), area=metres(sum(unit.area for unit in units)),
        units=len(units), how=HOW, blank="＿＿＿＿年＿＿月＿＿日", developer=DEVELOPER,
    )  # fmt: skip


def read_names(path: Path) -> dict[str, str]:
    """The names that go with a roll, by owner. Raises Unreadable."""
    return {owner: name for _, (owner, name) in read_table(path, OWNERS)}


def post_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV: unit,owners,area_m2,status,building")],
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="the list, ready to print")],
    name: Annotated[str, typer.Option(metavar="NAME", help="the estate's name")] = "本小区",
    owners: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="owner,name; what the import kept beside the roll")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="DAY", help="the first day of the posting")] = None,
    to: Annotated[str | None, typer.Option(metavar="DAY", help="the last day; as the edition demands, if not given")] = None,
    contact: Annotated[str, typer.Option(metavar="TEXT", help="where objections go")] = "",
    json_: Json = False,
) -> None:  # fmt: skip
    """Write the roll as a list for the notice board, by building, names masked."""
    require_new(out, "--out")
    start, last = _days(from_, to)
    units = read_roll(file)
    kept = owners or beside(file, "owners")
    names = read_names(kept) if owners or kept.exists() else {}
    page = posting_html(Posting(name, start, last, contact), units, names)
    leave(out, page.encode())
    unnamed = len({owner for unit in units if unit.status == SOLD for owner in unit.owners} - names.keys())
    document = {"area": sum(unit.area for unit in units), "file": str(out), "from": start, "heads": len(heads_of(units)), "to": last,
                "units": len(units), "unnamed": unnamed}  # fmt: skip
    say(document, [
        f"✓ {out}: N = {document['heads']} heads · A = {metres(sum(unit.area for unit in units))} m² · {len(units)} 套 units",
        *([f"  {unnamed} 位业主没有姓名（{kept}），只写人数 owners without a name: only counted"] if unnamed else []),
    ], json_=json_)  # fmt: skip


def _days(start: str | None, to: str | None) -> tuple[str | None, str | None]:
    """First and last day, the last from the edition's posting period where only the first is given (R-DIS-2)."""
    require(start is None or _is_day(start), "--from", "a date YYYY-MM-DD")
    require(to is None or (start is not None and _is_day(to)), "--to", "a date YYYY-MM-DD, beside --from")
    if start is None:
        return None, None
    needed = LATEST.days("roll_posting")
    last = to or days_after(start, needed)
    require(days_between(start, last) >= needed, "--to", f"a day at least {needed} days after --from")
    return start, last


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
