"""微澜里: twelve flats and four questions that fail by the least there is: by one head, and by 0.01 m².

Each limb by itself: two questions lack a quorum, two are not approved; what the other limb says would be enough. All invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from domain.roll import Unit
from domain.rulesets import SOLD
from scripts.stories import estate, small
from scripts.stories.player import Play, Step

CODE: Final = "440307-004"
ORIGIN: Final = small.origin(CODE)
START: Final = small.START
NAME: Final = {"zh": "微澜里（演示）", "en": "Weilan Lane (demo)"}
ROLL: Final = small.ROLL
AREAS: Final = (12000, 12000, 12000, 12000, 11999, 12001, 7999, 8000, 8000, 8000, 8000, 8001)  # 1,200.00 m² together
UNITS: Final = tuple(f"1-{number:02}" for number in range(1, 13))

HEADS: Final = "2026-heads"
AREA: Final = "2026-area"
ITEMS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    HEADS: {
        "bench": ("other-major", "是否同意在中庭增设长椅？"),
        "lamps": ("use-maintenance-fund", "是否同意使用维修资金更换路灯？"),
    },
    AREA: {
        "doors": ("other-major", "是否同意更换单元门？"),
        "roof": ("change-common-parts", "是否同意将屋顶的一部分改作晾晒场？"),
    },
}  # fmt: skip
Said = tuple[Sequence[int], Sequence[int]]  # the flats that agree and those that are against, by number from 1
SAID: Final[Mapping[str, Said]] = {
    "bench": ((1, 2, 3, 4, 5, 6, 8), ()),  # 7 of 12 heads, 8 are needed; their area is exactly two thirds
    "lamps": ((1, 2, 3, 4), (5, 8, 9, 10)),  # 4 of 8 heads agree, 5 are needed
    "doors": ((1, 2, 3, 4, 7, 8, 9, 10), ()),  # 799.99 of 1,200.00 m²; their heads are exactly two thirds
    "roof": ((1, 5, 7, 8, 9, 10, 11, 12), (2, 6)),  # 719.99 of 960.00 m² agree, three quarters are 720.00
}


def units() -> tuple[Unit, ...]:
    """Twelve flats of twelve owners."""
    return tuple(Unit(unit, "1", frozenset({small.owner(unit)}), area, SOLD) for unit, area in zip(UNITS, AREAS, strict=True))


def choices(poll: str, unit: str) -> Mapping[str, str]:
    """What a flat chose in a vote; a question that it leaves blank is not there."""
    number = UNITS.index(unit) + 1
    return {
        item: "agree" if number in SAID[item][0] else "against"
        for item in ITEMS[poll]
        if number in (*SAID[item][0], *SAID[item][1])
    }


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[tuple[str, str, Iterator[Step]]]:
    """The story in scenes: (中文, English, steps)."""
    yield from small.beginning(play, log_key, NAME, units(), owners="owners-weilan")
    yield (
        "长椅与路灯：一项少一户参与，一项少一户同意",
        "A bench and lamps: one head short of a quorum, one head short of a majority",
        _vote(play, HEADS, "04", openings, "关于长椅与路灯的表决"),
    )
    yield (
        "单元门与屋顶：一项参与面积少0.01平方米，一项同意面积少0.01平方米",
        "Doors and the roof: 0.01 m² short of a quorum, 0.01 m² short of three quarters",
        _vote(play, AREA, "06", openings, "关于单元门与屋顶的表决"),
    )


def _vote(play: Play, poll: str, month: str, openings: Callable[[bytes, str], Any], title: str) -> Iterator[Step]:
    """A vote from the first day of a month to its last week."""
    day = f"2026-{month}"
    yield from estate.notice(f"{day}-01 09:00", poll, ROLL, ITEMS[poll], f"{day}-18 09:00", f"{day}-27 20:00", title,
                             "rules-of-procedure-12")  # fmt: skip
    yield from estate.posted(f"{day}-01 10:00", poll, 1, "courtyard", f"{day}-01", f"{day}-27")
    yield from estate.open_poll(f"{day}-18 09:00", poll)
    for number, unit in enumerate(UNITS):
        if said := choices(poll, unit):
            yield estate.ballot(play, f"{day}-{19 + number // 2} 19:{number % 2}0", poll, unit, unit, said)
    yield from estate.close(f"{day}-27 20:30", poll)
    yield from estate.certify(f"{day}-28 10:00", poll, openings)
    yield from estate.announce(f"{day}-28 15:00", poll, f"{day}-28", "courtyard")
