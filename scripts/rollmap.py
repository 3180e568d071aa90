"""Which column of a spreadsheet is what: proposed once from its headers, looked over by the clerk, kept beside the file, used again.

    {"header": 2, "sheet": null, "columns": {"房号": "room", "业主姓名": "owners"}, "strip": ["国展苑花园"], "pattern": null, "unsure": []}

`header` is the header's row, `strip` what units may begin with and lose, `pattern` the estate's way to write a unit, such as
{building}-{room}. While `unsure` names a column, nothing is imported: who has looked at it empties the list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from scripts.normalise import WORD, normalised
from scripts.sheets import MAX_ROWS, Odd, Sheet
from scripts.shell import Blocked, Unfit, read_json
from scripts.tables import Unreadable

LOOKED_AT: Final = 10  # rows among which the header is sought
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {  # field: headers that say it, in order of their claim
    "unit": ("房屋坐落", "坐落", "房屋地址", "房产地址", "房间全称", "单元号全称", "unit"),
    "building": ("楼栋", "栋", "楼号", "栋号", "幢号", "楼栋号", "楼幢号", "楼宇", "幢", "building"),
    "stair": ("单元", "单元号", "梯号"),
    "room": ("房号", "室号", "房间号", "门牌号", "房间"),
    "owners": (
        "业主",
        "业主姓名",
        "权利人",
        "产权人",
        "所有权人",
        "权利人姓名",
        "产权人姓名",
        "业主名称",
        "权利人名称",
        "姓名",
    ),
    "owner_ids": ("owners",),
    "certificates": (
        "证件号码",
        "证件号",
        "身份证号",
        "身份证号码",
        "业主证件号码",
        "权利人证件号",
        "权利人证件号码",
        "公民身份号码",
    ),
    "certificate_kind": ("证件类型", "证件种类", "证件名称"),
    "area": ("建筑面积", "专有面积", "专有部分面积", "房屋面积", "产权面积", "专有部分建筑面积", "area_m2"),
    "area_registry": ("登记面积", "不动产登记面积", "登记建筑面积"),
    "area_survey": ("实测面积", "测绘面积", "实测建筑面积"),
    "area_contract": ("合同面积", "预测面积", "预售面积", "合同建筑面积"),
    "source": ("面积来源", "面积依据"),
    "status": ("状态", "销售状态", "交付状态", "房屋状态", "售楼状态", "status"),
    "use": ("用途", "房屋用途", "规划用途", "房屋类型", "物业类型"),
    "sharing": ("共有情况", "共有方式", "共有类型"),
    "guardian": ("监护人", "法定代理人", "监护人姓名"),
    "agent": ("授权代表", "受托代表", "授权代理人", "委托代理人"),
    "note": ("备注", "说明"),
}
HINTS: Final[Mapping[str, str]] = {  # a header that only contains this is a guess
    "坐落": "unit", "地址": "unit", "栋": "building", "幢": "building", "单元": "stair", "房": "room", "业主": "owners",
    "权利人": "owners", "产权人": "owners", "证件": "certificates", "身份证": "certificates", "面积": "area", "状态": "status",
    "用途": "use",
    "共有": "sharing", "监护": "guardian", "代理": "guardian", "代表": "agent",
}  # fmt: skip
PATTERN: Final = re.compile(r"(?:[0-9A-Z-]|\{building\}|\{stair\}|\{room\})+")
PATTERN_WORDS: Final = "null, or {building}, {stair} and {room} among capitals, digits and -, such as {building}-{room}"
OTHERS: Final = ("序号", "编号", "联系电话", "电话", "手机", "手机号", "备注2")  # known, and never read
_KNOWN: Final = {name: one for one, names in FIELDS.items() for name in names}


@dataclass(frozen=True, slots=True)
class Map:
    """A file's columns by header, and what its units are to be like."""

    header: int = 1
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    strip: tuple[str, ...] = ()
    pattern: str | None = None
    unsure: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.columns.values())

    def raw(self) -> bytes:
        """The map as it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode() + b"\n"


def heading(text: str) -> str:
    """A header without width, blanks and the unit of measure in brackets."""
    plain, _ = normalised(text, WORD)
    return re.sub(r"\((?:㎡|m2|m²|平方米|平米|必填|选填)\)$", "", plain).rstrip(":*")


def headings(sheet: Sheet, row: int) -> list[str]:
    """The headers of a row, as they are matched. Raises Unreadable."""
    cells = next((cells for number, cells in sheet.rows if number == row), ())
    return ["" if isinstance(cell, Odd) else heading(cell) for cell in cells]


# --- proposing ------------------------------------------------------------------------------------------------------------------


def propose(sheet: Sheet, name: str | None = None) -> Map:
    """The map that the headers suggest; guesses and headers that claim one field twice are unsure."""
    rows = [number for number, _ in sheet.rows[:LOOKED_AT]]
    header = max(rows, key=lambda row: (len({_KNOWN[one] for one in headings(sheet, row) if one in _KNOWN}), -row), default=1)
    columns: dict[str, str] = {}
    unsure: list[str] = []
    heads = [one for one in headings(sheet, header) if one]
    for one in heads:
        known = _KNOWN.get(one)
        if known and known not in columns.values():
            columns[one] = known
        elif known:
            unsure.append(one)
    for one in heads:
        if one not in columns and one not in unsure and one not in OTHERS and (guess := _guess(one, columns)):
            columns[one] = guess
            unsure.append(one)
    if "room" in columns.values() and not {"building", "unit"} & set(columns.values()):
        columns = {one: "unit" if is_ == "room" else is_ for one, is_ in columns.items()}
    return Map(header, columns, name, (), None, tuple(unsure))


def _guess(head: str, taken: Mapping[str, str]) -> str | None:
    return next((one for hint, one in HINTS.items() if hint in head and one not in taken.values()), None)


def unmapped(sheet: Sheet, found: Map) -> list[str]:
    """Headers that no column of the map names: left out."""
    return [one for one in headings(sheet, found.header) if one and one not in found.columns]


def lacking(found: Map) -> Iterator[str]:
    """What a map has to name and does not."""
    if not {"unit", "room"} & found.fields:
        yield "unit"
    if not {"owners", "owner_ids"} & found.fields:
        yield "owners"
    if not {"area", "area_registry", "area_survey", "area_contract"} & found.fields:
        yield "area"


# --- keeping --------------------------------------------------------------------------------------------------------------------


def place(file: Path) -> Path:
    """Where a file's map lies: beside it."""
    return file.with_name(file.name + ".map.json")


def read_map(path: Path) -> Map:
    """The map in a file. Raises Unfit."""
    found = read_json(path)
    if not isinstance(found, dict) or set(found) - set(Map.__dataclass_fields__):
        raise Unfit(path, "the whole", f"a map with {', '.join(Map.__dataclass_fields__)}")
    _require(
        path, "columns", _columns(found.get("columns")), f"headers, each with one of: {', '.join(FIELDS)}; each field once"
    )
    _require(path, "header", type(found.get("header", 1)) is int and 0 < found.get("header", 1) <= MAX_ROWS, "a row's number")
    for name in ("strip", "unsure"):
        texts = found.get(name, [])
        _require(path, name, isinstance(texts, list) and all(isinstance(one, str) for one in texts), "a list of texts")
    pattern = found.get("pattern")
    _require(path, "pattern", pattern is None or (isinstance(pattern, str) and PATTERN.fullmatch(pattern)), PATTERN_WORDS)
    _require(path, "sheet", found.get("sheet") is None or isinstance(found["sheet"], str), "a text or null")
    return Map(found.get("header", 1), {heading(one): is_ for one, is_ in found["columns"].items()}, found.get("sheet"),
               tuple(found.get("strip", ())), found.get("pattern"), tuple(found.get("unsure", ())))  # fmt: skip


def _columns(found: Any) -> bool:
    if not isinstance(found, dict) or not all(isinstance(one, str) and one in FIELDS for one in found.values()):
        return False
    return len({*found.values()}) == len(found) == len({heading(one) for one in found})


def _require(path: Path, name: str, held: object, expected: str) -> None:
    if not held:
        raise Unfit(path, f"field {name}", expected)


def keep(path: Path, found: Map) -> None:
    """Write a map. Raises Blocked."""
    try:
        path.write_bytes(found.raw())
    except OSError as why:
        raise Blocked(f"{path} cannot be written: {why.strerror}") from why


def placed(sheet: Sheet, found: Map) -> dict[str, tuple[int, str]]:
    """The place and header of each field. Raises Unreadable where a header is missing, stands twice, or is merged."""
    for first, last, words in sheet.merged:
        if last >= found.header:
            raise Unreadable(
                sheet.file, max(first, found.header), words, "cells of their own; these are merged, so take them apart"
            )
    heads = headings(sheet, found.header)
    places: dict[str, tuple[int, str]] = {}
    for head, is_ in found.columns.items():
        if heads.count(head) != 1:
            raise Unreadable(sheet.file, found.header, head, f"one column with this header ({is_}), not {heads.count(head)}")
        places[is_] = (heads.index(head), head)
    for missing in lacking(found):
        names: Sequence[str] = FIELDS[missing]
        raise Unreadable(sheet.file, found.header, missing, f"a column for it, such as {names[0]} (or name one in the map)")
    return places
