"""`liuchi roll`: puts a roll on the ledger: pages of heads under fresh random tags, their rows sealed (R-ROLL-3…8).

    liuchi roll roll.csv --ledger 440307-001 --snapshot 2026-08 --key clerk.key --dry-run

The file is described in `scripts/tables.py`; on a ledger each unit also names its building. Which tag is whose stands in
`roll-<snapshot>.tags.json`, for the clerk alone.
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.acts import KINDS, MAX_ROLL_ROWS
from domain.errors import Refused
from domain.fields import IDENT, Misfit
from domain.roll import Unit, heads_of, row_of
from domain.rulesets import STATUSES
from ledger.door import Ledger
from ledger.door import Receipt as Recorded
from ledger.submission import MAX_SUBMISSION
from scripts.act import Order, submission
from scripts.desk import Here
from scripts.files import leave
from scripts.homes import home_at, open_door, unlock
from scripts.shell import (
    Data,
    Json,
    Outside,
    Store,
    Unfit,
    end_refused,
    fits,
    metres,
    open_key,
    require,
    require_new,
    say,
)
from scripts.tables import Unreadable, read_roll

KIND = "roll-page/1"
LISTED = 20  # how many of a list are shown to people; --json has all
Own = tuple[Unit, ...]


# --- what the roll comes to -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Survey:
    """A roll as it will be counted, and what somebody should look at before it is posted; areas in 0.01 m²."""

    heads: tuple[Own, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        return tuple(unit for own in self.heads for unit in own)

    @property
    def area(self) -> int:
        return sum(unit.area for unit in self.units)

    def statuses(self) -> dict[str, dict[str, int]]:
        """Units and area by status."""
        by = {status: [unit for unit in self.units if unit.status == status] for status in STATUSES}
        return {status: {"units": len(units), "area": sum(unit.area for unit in units)} for status, units in by.items()}

    def several(self) -> list[list[str]]:
        """Heads with several units: one set of owners is one head (R-ROLL-5)."""
        return [[unit.unit for unit in own] for own in self.heads if len(own) > 1]

    def shared(self) -> dict[str, list[str]]:
        """Owners who stand in several heads, alone and with others: each set of owners has its own vote (R-ROLL-5)."""
        count = Counter(owner for own in self.heads for owner in own[0].head)
        return {
            owner: [own[0].unit for own in self.heads if owner in own[0].head] for owner, n in sorted(count.items()) if n > 1
        }

    def alike(self) -> list[list[str]]:
        """Ids of owners that differ only in case, width or punctuation: one person under two spellings would be two heads."""
        seen: dict[str, set[str]] = {}
        for owner in {owner for own in self.heads for owner in own[0].head}:
            seen.setdefault(_bare(owner), set()).add(owner)
        return sorted(sorted(same) for same in seen.values() if len(same) > 1)

    def document(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"heads": len(self.heads), "area": self.area, "units": len(self.units), "statuses": self.statuses(),
                "several": self.several(), "shared": self.shared(), "alike": self.alike()}  # fmt: skip


def _bare(owner: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", owner).casefold() if c.isalnum())


def survey(path: Path) -> Survey:
    """The roll in a file. Raises Unreadable, Unfit where a row would not fit a page."""
    units = read_roll(path)
    for line, unit in enumerate(units, 2):
        if not unit.building:
            raise Unreadable(str(path), line, "building", "the id of a building, because on a ledger each unit names its own")
    heads = tuple(heads_of(units).values())
    for own in heads:
        check_row(path, own)
    return Survey(heads)


def check_row(path: Path, own: Own) -> None:
    sealed = KINDS[KIND].opens({"tags": (bytes(16),)})[f"row/{bytes(16).hex()}"]
    try:
        sealed.of.check(row_of(own), "")
    except Misfit as why:
        raise Unfit(path, f"unit {own[0].unit}, {why.path} of its head", why.expected) from why


def survey_words(found: Survey) -> Iterator[str]:
    """The roll for people."""
    yield f"总人数 N = {len(found.heads)} heads · 总面积 A = {metres(found.area)} m² · {len(found.units)} 套 units"
    yield from (
        f"  {status:<12} {one['units']:>6} 套 units  {metres(one['area'])} m²" for status, one in found.statuses().items()
    )
    several, shared, alike = found.several(), found.shared(), found.alike()
    yield f"有多套的业主 heads with several units: {len(several)}"
    yield from few(" + ".join(units) for units in several)
    yield f"同时在多组业主中的人 owners in several heads （请核对，各组各计一人 each set counts once）：{len(shared)}"
    yield from few(f"{owner}: {', '.join(units)}" for owner, units in shared.items())
    yield f"写法相近的业主编号 owners' ids that look alike （是否同一人 the same person?）：{len(alike)}"
    yield from few(" ~ ".join(ids) for ids in alike)


def few(lines: Iterator[str]) -> Iterator[str]:
    every = list(lines)
    yield from (f"  {line[:200]}" for line in every[:LISTED])
    if len(every) > LISTED:
        yield f"  … {len(every) - LISTED} (--json)"


# --- pages ----------------------------------------------------------------------------------------------------------------------

Tagged = list[tuple[bytes, Own]]


def tagged(found: Survey) -> Tagged:
    """Every head under a fresh random tag, in the order of the tags, which says nothing about the roll's."""
    return sorted((secrets.token_bytes(16), own) for own in found.heads)


def pages(heads: Tagged, snapshot: str, size: int) -> Iterator[Order]:
    """The pages to sign, `size` heads each."""
    for number, start in enumerate(range(0, len(heads), size), 1):
        page = heads[start : start + size]
        body = {"area": sum(unit.area for _, own in page for unit in own), "heads": len(page), "page": str(number),
                "snapshot": snapshot, "tags": tuple(tag for tag, _ in page)}  # fmt: skip
        yield Order(KIND, body, {f"row/{tag.hex()}": row_of(own) for tag, own in page})


def tags_file(heads: Tagged, snapshot: str, ledger: str) -> bytes:
    """What the clerk keeps: which tag is whose."""
    rows = [{"tag": tag.hex(), "units": [unit.unit for unit in own]} for tag, own in heads]
    return json.dumps({"heads": rows, "ledger": ledger, "snapshot": snapshot}, ensure_ascii=False, indent=1).encode() + b"\n"


def require_unused(door: Ledger, snapshot: str) -> None:
    """A roll is recorded once, in one go. Raises Refused."""
    if ("roll", snapshot) in door.fold.state:
        raise Refused("roll-frozen")
    if ("roll-pages", snapshot) in door.fold.state:
        raise Refused("already-exists", subject="roll")


def record(door: Ledger, raws: Sequence[bytes], keep: Path) -> list[Recorded]:
    """All pages in one commit. Raises Refused; the tags' file goes again when its tags are certainly not on the ledger."""
    answers: list[Recorded | Refused] = door.submit_all(raws)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    if len(refused) == len(answers) and refused[0].row.status != 503:  # a store that failed may have kept them all the same
        keep.unlink()
    if refused:
        raise refused[0]
    return [answer for answer in answers if not isinstance(answer, Refused)]


# --- the command ----------------------------------------------------------------------------------------------------------------


def roll_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV: unit,owners,area_m2,status,building")],
    ledger: Annotated[str, typer.Option(metavar="CODE", help="the ledger's code, such as 440307-001")],
    snapshot: Annotated[str, typer.Option(metavar="ID", help="what this roll is called, such as 2026-08")],
    key: Annotated[Path | None, typer.Option(metavar="KEYFILE", help="the clerk's key")] = None,
    page_size: Annotated[int, typer.Option(min=1, max=MAX_ROLL_ROWS, help="heads on a page")] = MAX_ROLL_ROWS,
    tags: Annotated[Path | None, typer.Option(metavar="FILE", help="where tag ↔ units goes; roll-<snapshot>.tags.json")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what the roll comes to and record nothing")] = False,
    data: Data = Path("liuchi-data"),
    store: Store = None,
    anchor: Outside = None,
    json_: Json = False,
) -> None:
    """Record a roll: its pages carry random tags and totals, areas and owners are sealed."""
    require(fits(IDENT, snapshot), "--snapshot", IDENT.expected)
    found = survey(file)
    if dry_run:
        say(found.document(), survey_words(found), json_=json_)
        return
    keep = tags or Path(f"roll-{snapshot}.tags.json")
    require(key is not None, "--key", "the clerk's key file, or --dry-run")
    require_new(keep, "--tags")
    assert key is not None
    home = home_at(data, ledger, store, anchor)
    signing, heads = open_key(key), tagged(found)
    with open_door(unlock(home)) as door:
        raws = [submission(Here(door), page, signing) for page in pages(heads, snapshot, page_size)]
        require(
            max(map(len, raws)) <= MAX_SUBMISSION, "--page-size", f"fewer heads: a page would be above {MAX_SUBMISSION} bytes"
        )
        try:
            require_unused(door, snapshot)
            leave(keep, tags_file(heads, snapshot, home.origin))  # before the pages: nobody else could say whose tag is whose
            recorded = record(door, raws, keep)
        except Refused as why:
            end_refused(why, json_=json_)
    leaves = [one.leaf.hex() for one in recorded]
    freeze = {
        "area": found.area,
        "heads": len(heads),
        "pages": leaves,
        "posted": {"from": None, "to": None},
        "snapshot": snapshot,
    }
    document = found.document() | {"pages": [one.index for one in recorded], "tags": str(keep), "freeze": freeze}
    say(document, _recorded_words(found, recorded, keep, freeze), json_=json_)


def _recorded_words(found: Survey, recorded: Sequence[Recorded], keep: Path, freeze: Mapping[str, Any]) -> Iterator[str]:
    yield f"✓ 名册已登记 {len(recorded)} 页 pages recorded: {', '.join(f'第{one.index}条' for one in recorded)}"
    yield f"  N = {len(found.heads)} heads · A = {metres(found.area)} m²"
    yield f"  标识对照 tags: {keep} （仅供经办人，不得公开 for the clerk alone）"
    yield "还要做 What remains: 公示名册，期满后定稿 post the roll, then freeze it with roll-frozen/1 and this body, its days filled in:"
    yield "  " + json.dumps(freeze, ensure_ascii=False)
