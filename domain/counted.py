"""How a counted row of a certified result is said to its owner, in 中文 and English; the browser has the same (verify-own.js)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "agree": ("计为同意，{area}㎡", "counted as agree, {area} m²"),
    "against": ("计为反对，{area}㎡", "counted as against, {area} m²"),
    "abstain": ("计为弃权，{area}㎡", "counted as abstain, {area} m²"),
    "blank": ("投了票，但没有选这一项", "your ballot does not answer this item"),
    "conflicted": ("电子票与纸质票不一致，没有计入", "not counted: ballots on paper and by key differ"),
    "invalid": ("无效票，没有计入", "not counted: the ballot is invalid"),
    "unclear": ("纸质票录入不一致，没有计入", "not counted: the paper was read in two ways"),
    "unopened": ("密封的选择没有开示，没有计入", "not counted: the sealed choice could not be opened"),
    "late": ("逾期，没有计入", "not counted: it came late"),
    "none": ("没有以您的名义登记的选票", "no ballot is recorded in your name"),
}  # fmt: skip


def counted_words(counted_as: str, area: int | None) -> tuple[str, str]:
    """How a row was counted, in Chinese and English; area in 0.01 m², None where it may not or cannot be said."""
    zh, en = COUNTED[counted_as]
    if area is None:
        return zh.partition("，{")[0], en.partition(", {")[0]
    metres = f"{area // 100}.{area % 100:02}"
    return zh.format(area=metres), en.format(area=metres)
