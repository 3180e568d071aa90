"""What is doubtful about a ballot form before it is noticed: hints to whoever composes it, never a refusal (R-BAL-6, rulebook §8).

The words of a question are read by simple patterns of Chinese text. A hint may be wrong, and a form without hints may still be unfair.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.rulesets import CHOICES, ESTATE

NONE_OF_THESE: Final = "none-of-these"
SEVERAL: Final = re.compile(r"[?？].*[?？]|(?<![合兼吞])并(?!列|购|网|发|排|入|存|行|联|非|不)|以及是否")
A_PART: Final = re.compile(r"\d\s*(?:栋|幢|座|单元|号楼)")
BLANK: Final = re.compile(r"\W+")
KEYWORDS: Final[Mapping[str, tuple[str, ...]]] = {  # of a question's matter; a matter without any may be said in any words
    "make-rules": ("议事规则",),
    "amend-covenant": ("规约", "公约"),
    "elect-committee": ("选举", "业委会", "业主委员会", "委员", "罢免"),
    "hire-or-dismiss-provider": ("物业", "选聘", "续聘", "解聘", "管理人"),
    "use-maintenance-fund": ("维修资金", "维修基金"),
    "raise-maintenance-fund": ("筹集", "续筹", "补交", "交存"),
    "rebuild": ("改建", "重建", "加装", "改造"),
    "change-common-parts": ("共有", "公共", "共用", "用途", "经营", "改作", "改为"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One item of a form as its composer has it."""

    id: str
    matter: str
    scope: str
    text: str
    options: tuple[str, ...] = CHOICES


@dataclass(frozen=True, slots=True)
class Finding:
    """A hint: its code, the item that it is about, and what it says in 中文 and English."""

    code: str
    item: str
    zh: str
    en: str


HINTS: Final[Mapping[str, tuple[str, str]]] = {
    "no-way-to-reject": ("这一项不能全部否决：须同时提供同意、反对、弃权，或提供“以上都不同意”。",
                         "Nobody can reject everything here: offer agree, against and abstain, or none of these (R-BAL-6)."),
    "no-question": ("没有写明表决什么。", "It does not say what is asked."),
    "several-questions": ("这一项好像问了不止一件事：请分成几项，让业主逐项表决。",
                          "This seems to ask more than one thing: make each an item of its own, so that owners can answer each."),
    "asked-twice": ("两项的编号或文字相同。", "Two items have the same id or the same words."),
    "not-of-its-matter": ("文字里没有提到所选的事项类别：请核对类别，它决定通过的比例。",
                          "The words do not mention the matter that was chosen: check it, for it decides the share that is needed."),
    "scope-missing": ("文字只说到某栋或某单元，表决范围却是全体业主。",
                      "The words speak of one building or stack, and all owners are asked."),
    "scope-not-defined": ("名册上没有界定这一表决范围。", "This scope is not defined on the roll."),
}  # fmt: skip


def lint(questions: Sequence[Question], scopes: Collection[str] = ()) -> tuple[Finding, ...]:
    """The hints on a form, in the order of its items; `scopes` are those defined on its roll (R-BAL-6, R-ROLL-9)."""
    seen: set[str] = set()
    found: list[Finding] = []
    for one in questions:
        found += [Finding(code, one.id, *HINTS[code]) for code in _hints(one, seen, scopes)]
        seen |= {one.id, _bare(one.text)}
    return tuple(found)


def _bare(text: str) -> str:
    """A question's words without spaces and signs; no id looks so."""
    return "?" + BLANK.sub("", text)


def _hints(one: Question, seen: Collection[str], scopes: Collection[str]) -> Iterator[str]:
    words = KEYWORDS.get(one.matter, ())
    empty = _bare(one.text) == "?"
    rejects = NONE_OF_THESE in one.options or set(CHOICES) <= set(one.options)
    yield from (code for code, holds in (
        ("no-way-to-reject", not rejects),
        ("no-question", empty),
        ("several-questions", bool(SEVERAL.search(one.text))),
        ("asked-twice", one.id in seen or (not empty and _bare(one.text) in seen)),
        ("not-of-its-matter", not empty and bool(words) and not any(word in one.text for word in words)),
        ("scope-missing", one.scope == ESTATE and bool(A_PART.search(one.text))),
        ("scope-not-defined", one.scope != ESTATE and one.scope not in scopes),
    ) if holds)  # fmt: skip
