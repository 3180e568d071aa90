"""Small rules by which cells become units, names, areas and words; each has an id, and each change is reported by it.

A rule is a function of a text. Rules are applied in the order of their table, and applying a table again changes nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from domain.rulesets import SOLD, UNDELIVERED, UNSOLD
from scripts.certificates import WIDE

Rule = Callable[[str], str]
Change = tuple[str, str, str]  # before, after, the rule's id

_DIGITS: Final = "零一二三四五六七八九"
_BLANKS: Final = r"[\s\u200b\u200c\u200d\u2060\ufeff]"
_CJK: Final = r"[\u3007\u3400-\u9fff·]"


def _numeral(words: str) -> str:
    """一 … 九十九 in digits."""
    tens, ten, ones = words.replace("〇", "零").partition("十")
    if not ten:
        return "".join(str(_DIGITS.index(one)) for one in tens)
    return str((_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0))


def _swap(pattern: str, to: str | Callable[[re.Match[str]], str]) -> Rule:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(to, text)


WIDTH: Final[tuple[str, Rule]] = ("width", lambda text: text.translate(WIDE))
BLANK: Final[tuple[str, Rule]] = ("blank", _swap(_BLANKS, ""))
NUMERALS: Final = _swap(
    r"第?([零〇一二三四五六七八九]?十[一二三四五六七八九]?|[零〇一二三四五六七八九]+)(?=号楼|栋|幢|座|单元|梯)",
    lambda found: _numeral(found[1]),
)
UNIT: Final[Mapping[str, Rule]] = dict((
    WIDTH, BLANK,
    ("numeral", NUMERALS),
    ("parking", _swap(r"^(?:地下|地上)?(?:机动车)?(?:停车位|车位|车库|停车库)(?:号|-)?", "P-")),
    ("ordinal", _swap(r"第(?=[0-9A-Za-z])", "")),
    ("dash", _swap(r"[‐‑‒–—―－~～_/#]+", "-")),
    ("part", _swap(r"(?:号楼|号栋|栋|幢|号|座|楼|单元|梯|层)(?=[0-9A-Za-z])", "-")),
    ("tail", _swap(r"(?:号楼|号房|房号|[栋幢号座楼室房户])$", "")),
    ("upper", str.upper),
    ("dashes", lambda text: re.sub(r"-{2,}", "-", text).strip("-")),
))  # fmt: skip
BUILDING: Final[Mapping[str, Rule]] = {name: rule for name, rule in UNIT.items() if name not in ("part", "tail")} | {
    "tail": _swap(r"(?:号楼|号栋|栋|幢|号|座|楼|单元|梯)$", ""),
}
NAME: Final[Mapping[str, Rule]] = dict((
    WIDTH,
    ("blank", lambda text: re.sub(_BLANKS + "+", " ", text).strip()),
    ("inner-blank", _swap(rf"(?<={_CJK}) (?={_CJK}(?: |$))|(?:(?<=^{_CJK})|(?<= {_CJK})) (?={_CJK})", "")),
    ("dot", _swap("[•‧∙・﹒]", "·")),
))  # fmt: skip
AREA: Final[Mapping[str, Rule]] = dict((
    WIDTH, BLANK,
    ("square", _swap(r"(?:㎡|m²|M²|m2|M2|平方米|平米)$", "")),
    ("thousands", lambda text: text.replace(",", "") if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", text) else text),
))  # fmt: skip
WORD: Final[Mapping[str, Rule]] = dict((WIDTH, BLANK))
UNIT_FORM: Final = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+){0,4}")
SEPARATORS: Final = re.compile(r"[;；、,，/／&＆|｜\n]|(?<!E)[＋+]")  # 4.4E+17 is a number that was rounded, not two
UNPARTED: Final = re.compile(rf"{_CJK} {_CJK}")  # 张三 李四: one name or two, nobody can say
TRAILING: Final[Mapping[str, re.Pattern[str]]] = {  # noted and left as they are
    "noted-others": re.compile(r"等(?:[0-9一二三四五六七八九十]+[人户位])?$"),
    "noted-title": re.compile(r"(?:先生|女士|小姐|太太|夫人)$"),
}

STATUS: Final[Mapping[str, str]] = {
    "sold": SOLD, "已售": SOLD, "已出售": SOLD, "已交付": SOLD, "已交房": SOLD, "已售已交付": SOLD, "已入住": SOLD, "已收楼": SOLD,
    "unsold": UNSOLD, "未售": UNSOLD, "未出售": UNSOLD, "待售": UNSOLD, "自持": UNSOLD, "undelivered": UNDELIVERED,
    "未交付": UNDELIVERED, "未交房": UNDELIVERED, "已售未交付": UNDELIVERED, "已售未交房": UNDELIVERED, "未收楼": UNDELIVERED,
}  # fmt: skip
SOURCES: Final = ("registry", "survey", "contract")  # in the order in which they are taken (R-ROLL-2)
SOURCE: Final[Mapping[str, str]] = {
    "registry": "registry", "登记": "registry", "不动产登记": "registry", "不动产登记簿": "registry", "登记簿": "registry",
    "不动产权证": "registry", "房产证": "registry", "产权证": "registry", "survey": "survey", "测绘": "survey", "实测": "survey",
    "测绘实测": "survey", "测绘报告": "survey", "contract": "contract", "合同": "contract", "买卖合同": "contract",
    "购房合同": "contract", "预售": "contract", "预测": "contract",
}  # fmt: skip


def normalised(text: str, rules: Mapping[str, Rule]) -> tuple[str, list[Change]]:
    """The text after every rule, and each change; the table is applied until nothing changes, so that it is idempotent."""
    changes: list[Change] = []
    while True:
        before = text
        for name, rule in rules.items():
            after = rule(text)
            if after != text:
                changes.append((text, after, name))
            text = after
        if text == before:
            return text, changes


def stripped(text: str, prefixes: Sequence[str]) -> tuple[str, list[Change]]:
    """The text without the first of these beginnings that it has (an estate's name or address)."""
    found = next((one for one in prefixes if one and text.startswith(one)), "")
    return text[len(found) :], [(text, text[len(found) :], "prefix")] if found else []


def names_of(text: str) -> tuple[list[str], list[Change]]:
    """The owners in a cell, each once, in their order, and what was changed or is to be noted."""
    pieces = [piece for piece in SEPARATORS.split(text) if piece.strip()]
    changes: list[Change] = [(text, ";".join(pieces), "split")] if SEPARATORS.search(text) else []
    names: list[str] = []
    for piece in pieces:
        name, made = normalised(piece, NAME)
        changes += made
        if name in names:
            changes.append((text, name, "named-twice"))
        names.append(name)
        changes += [(name, name, rule) for rule, found in TRAILING.items() if found.search(name)]
    return names, changes


def numbers_of(text: str) -> list[str]:
    """The certificate numbers in a cell, in their order."""
    return [piece for piece in SEPARATORS.split(text) if piece.strip()]


def shaped(unit: str, pattern: str | None) -> str | None:
    """The unit in the estate's own pattern, such as {building}-{room}; None where it lacks a part that the pattern names."""
    if pattern is None:
        return unit
    parts = unit.split("-")
    names = {1: ("room",), 2: ("building", "room"), 3: ("building", "stair", "room")}.get(len(parts), ())
    known = dict(zip(names, parts, strict=True)) if names else {}
    wanted = re.findall(r"\{(building|stair|room)\}", pattern)
    if not set(wanted) <= known.keys() or (len(parts) > len(wanted)):
        return None
    return re.sub(r"\{(building|stair|room)\}", lambda found: known[found[1]], pattern)


def stack_matches(unit: str, stack: str) -> bool:
    """Whether a unit is of a stack such as 3-*-01: part by part, * for any text, the last part the end of the unit's last."""
    ours, wanted = unit.split("-"), stack.split("-")
    wanted[-1] = "*" + wanted[-1]
    return len(ours) == len(wanted) and all(map(fnmatchcase, ours, wanted))
