"""国展苑: 1,128 units and 27 old lifts. Using the maintenance fund and raising money for it: two items, two thresholds, two outcomes.

The seed reports that the Party branch of Guozhanyuan Garden brought everybody together and that the money for its 27 lifts was
found. All names, areas and ballots here are invented; what is true is the size of the question and the law it meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from domain.roll import HeadKey, Unit, heads_of
from domain.rulesets import SOLD, UNDELIVERED, UNSOLD
from scripts.stories import estate
from scripts.stories.player import Play, Step

CODE: Final = "440307-001"
ORIGIN: Final = f"demo.ledger.example.org/log/{CODE}/1"
START: Final = "2026-08-03 09:00"
NAME: Final = {"zh": "国展苑花园（演示）", "en": "Guozhanyuan Garden (demo)"}
ROLL: Final = "2026-08"
POLL: Final = "2026-lifts"
NEXT_POLL: Final = "2026-playground"
FLOORS: Final = {str(building): 21 if building < 9 else 20 for building in range(1, 10)}  # 8 × 126 + 120 = 1,128 units
AREAS: Final = (8937, 8937, 7652, 10480, 6215, 12866)  # 0.01 m², by door
VOTERS: Final = 812
BOUND_LATE: Final = 12
SEVERAL: Final = ("2-0101", "2-0102", "2-0103")  # one buyer, three units: one head
ITEMS: Final = {
    "use": ("use-maintenance-fund", "是否同意使用住宅专项维修资金更换小区27部电梯（预算人民币1,026万元）？"),
    "raise": ("raise-maintenance-fund", "现有维修资金不足部分，是否同意由全体业主按面积补充筹集（每平方米35元）？"),
}
NEXT_ITEMS: Final = {"playground": ("other-major", "是否同意将中心花园东侧空地改设儿童活动场地的方案提交设计？")}

# An attempt that the ledger must refuse is part of the story.
STRANGER: Final = "stranger"


def units() -> tuple[Unit, ...]:
    """The 1,128 units: sixteen still the developer's, one buyer of three, every fortieth owned by two."""
    found = []
    for building, floors in FLOORS.items():
        for floor in range(1, floors + 1):
            for door, area in enumerate(AREAS, 1):
                name = f"{building}-{floor:02}{door:02}"
                found.append(Unit(name, building, *_owned(name, building, floor, door, area)))
    return tuple(found)


def _owned(name: str, building: str, floor: int, door: int, area: int) -> tuple[frozenset[str], int, str]:
    if building == "9" and floor > 18:
        return frozenset(), area, UNSOLD if floor == 20 else UNDELIVERED
    if building == "9" and floor == 18 and door > 2:
        return frozenset(), area, UNSOLD
    owner = f"owner-{SEVERAL[0]}" if name in SEVERAL else f"owner-{name}"
    joint = {f"{owner}-b"} if (floor * 6 + door) % 40 == 0 else set()
    return frozenset({owner, *joint}), area, SOLD


def heads(estate_units: tuple[Unit, ...]) -> list[tuple[HeadKey, str]]:
    """Heads that may get a key, each by one of its units, in the roll's order."""
    return [(head, own[0].unit) for head, own in heads_of(estate_units).items() if head]


def choices(number: int) -> Mapping[str, str]:
    """What the head of this number chose: most agree to use the fund, too few agree to pay more."""
    use = "abstain" if number % 11 == 3 else "against" if number % 4 == 1 else "agree"
    raise_ = "abstain" if number % 29 == 7 else "against" if number % 10 in (1, 4, 8) else "agree"
    return {"raise": raise_, "use": use} if number % 37 else {"use": use}


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[tuple[str, str, Iterator[Step]]]:
    """The story in scenes: (中文, English, steps)."""
    every = units()
    voters = heads(every)[:VOTERS]
    names = {unit: f"业主 {unit}（示例）" for _, unit in voters}
    for head, unit in voters:
        play.meet(unit, None, names[unit], min(head))
    estate.meet_officials(play)
    play.meet(STRANGER, None, "外来者（示例）")
    on_time, late = voters[:-BOUND_LATE], voters[-BOUND_LATE:]

    def bound(which: list[tuple[HeadKey, str]]) -> list[tuple[str, str]]:
        return [(unit, unit) for _, unit in which]

    yield (
        "台账设立，两个监督单位确认",
        "The ledger is founded; two supervisors confirm",
        estate.found(play, START, log_key, NAME, demo=True),
    )
    yield "经办人、计票人、监票人登记密钥并任命", "Clerk, counters and observer get keys and posts", _staff(play)
    yield (
        "业主名册上台账（1,128套），公示八天",
        "The roll of 1,128 units, posted for eight days",
        estate.roll_pages(play, "2026-08-05 09:00", ROLL, every),
    )
    yield f"{VOTERS}户登记密钥并与名册关联", f"{VOTERS} heads get keys, bound to the roll", _keys(play, bound(on_time))
    yield "名册定稿", "The roll is frozen", estate.freeze("2026-08-14 09:00", ROLL, every, ("2026-08-05", "2026-08-13"), 3)
    yield (
        "表决公告：两个事项；张贴三处，其中一处迟了",
        "The notice: two items; posted in three places, one of them late",
        _notice(),
    )
    yield "定稿后补关联十二户", "Twelve heads bound after the freeze", _late(play, bound(late))
    yield (
        "街道说明理由、监督单位确认后开始表决",
        "Opened, with the reason for going on despite the late posting",
        estate.open_poll(
            "2026-09-03 09:00",
            POLL,
            [f"{POLL}-posted-3"],
            "七栋大堂张贴迟延，但小区东门、西门两处已按期张贴满十五日，七栋业主另逐户送达。",
        ),
    )
    yield (
        f"{VOTERS}户投票，有人改票，有人冒投被拒",
        f"{VOTERS} heads vote; some change their mind, an impostor is refused",
        _ballots(play, [unit for _, unit in voters]),
    )
    yield "截止，固定台账的根", "Closed: the tree is fixed", estate.close("2026-09-17 20:30", POLL)
    yield (
        "两名计票人、一名监票人核定结果",
        "Two counters and an observer certify",
        estate.certify("2026-09-18 10:00", POLL, openings),
    )
    yield "公告结果", "The result is announced", estate.announce("2026-09-20 09:00", POLL, "2026-09-20", "east-gate")
    yield "下一次表决已开始，等您来投", "The next vote is open: yours to cast", _next()


def _staff(play: Play) -> Iterator[Step]:
    yield from estate.admit(play, "2026-08-03 14:00", "staff", estate.STAFF)
    yield from estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2027-08-03")


def _keys(play: Play, voters: list[tuple[str, str]]) -> Iterator[Step]:
    yield from estate.admit(play, "2026-08-07 09:00", "owners", [name for _, name in voters], by="clerk")
    yield from estate.bind(play, "2026-08-10 09:00", ROLL, "owners", voters)


def _late(play: Play, voters: list[tuple[str, str]]) -> Iterator[Step]:
    yield from estate.admit(play, "2026-08-27 09:00", "late", [name for _, name in voters], by="clerk")
    yield from estate.bind(play, "2026-08-27 10:00", ROLL, "late", voters)
    yield from estate.admit(play, "2026-08-27 11:00", "stranger", [STRANGER])


def _notice() -> Iterator[Step]:
    yield from estate.notice("2026-08-17 09:00", POLL, ROLL, ITEMS, "2026-09-03 09:00", "2026-09-17 20:00",
                             "关于更换27部电梯及资金安排的表决", "rules-of-procedure-12")  # fmt: skip
    yield from estate.posted("2026-08-17 10:00", POLL, 1, "east-gate", "2026-08-17", "2026-09-17")
    yield from estate.posted("2026-08-17 10:30", POLL, 2, "west-gate", "2026-08-17", "2026-09-17")
    yield from estate.posted("2026-08-25 10:00", POLL, 3, "building-7-hall", "2026-08-25", "2026-09-17")


def _ballots(play: Play, voters: list[str]) -> Iterator[Step]:
    """Fifty-odd heads a day; every thirtieth changes its ballot the next day; a stranger and a latecomer are refused."""
    for number, unit in enumerate(voters):
        at = f"2026-09-{3 + number // 58:02} {10 + number % 58 // 8:02}:00"
        yield estate.ballot(play, at, POLL, unit, unit, choices(number))
        if number == 100:
            yield estate.ballot(play, at, POLL, voters[0], STRANGER, choices(0), refused="not-your-head")
    for number, unit in enumerate(voters):
        if number % 30 == 29:
            yield estate.ballot(play, "2026-09-17 19:00", POLL, unit, unit, {"raise": "against", "use": "agree"})
    yield estate.ballot(play, "2026-09-17 20:01", POLL, voters[5], voters[5], choices(5), refused="outside-window")


def _next() -> Iterator[Step]:
    yield from estate.notice("2026-09-28 09:00", NEXT_POLL, ROLL, NEXT_ITEMS, "2026-10-20 09:00", "2026-12-31 20:00",
                             "关于中心花园儿童活动场地的表决", "rules-of-procedure-12")  # fmt: skip
    yield from estate.posted("2026-09-28 10:00", NEXT_POLL, 1, "east-gate", "2026-09-28", "2026-12-31")
    yield from estate.open_poll("2026-10-20 09:00", NEXT_POLL)
