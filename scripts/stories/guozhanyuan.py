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
SIGNED: Final = 230  # heads that vote with a key of their own
ON_PAPER: Final = 560  # heads that hand in a form
BOUND_LATE: Final = 12
CONFLICTED: Final = 7  # this signer's form says something else than her ballot
LATE: Final = SIGNED + ON_PAPER  # this head's form is found in the box after closing
SET_ASIDE: Final[Mapping[int, str]] = {SIGNED + 31: "unsigned", SIGNED + 207: "several-marked", SIGNED + 444: "altered"}
UNCLEAR: Final = SIGNED + 118  # two people read this form differently
MISREAD: Final = SIGNED + 75  # both read this one wrongly; its owner sees it by her stub, and it is corrected
DAYS: Final = range(4, 18)  # of September, on which forms are recorded
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


def worth_a_look() -> Mapping[str, str]:
    """Forms with different fates, by what became of them: a unit of each head."""
    every = [unit for _, unit in heads(units())]
    fates = {"计入 counted": SIGNED + 1, "与手机投票不一致 differs from the ballot by phone": CONFLICTED, "录错后更正 corrected": MISREAD,
             "两次录入不一致 two keyings differ": UNCLEAR, "未签名 unsigned": SIGNED + 31, "逾期 late": LATE}  # fmt: skip
    return {word: every[number] for word, number in fates.items()}


def choices(number: int) -> Mapping[str, str]:
    """What the head of this number chose: most agree to use the fund, too few agree to pay more."""
    use = "abstain" if number % 11 == 3 else "against" if number % 4 == 1 else "agree"
    raise_ = "abstain" if number % 29 == 7 else "against" if number % 10 in (1, 4, 8) else "agree"
    return {"raise": raise_, "use": use} if number % 37 else {"use": use}


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[tuple[str, str, Iterator[Step]]]:
    """The story in scenes: (中文, English, steps)."""
    every = units()
    everybody = heads(every)
    voters = everybody[:SIGNED]
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
    yield (
        f"{SIGNED - BOUND_LATE}户登记密钥并与名册关联",
        f"{SIGNED - BOUND_LATE} heads get keys, bound to the roll",
        _keys(play, bound(on_time)),
    )
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
        f"{SIGNED}户用手机密封投票，{ON_PAPER}户交纸质票：经办人逐页录入，另一单位的人不看原录再录一遍",
        f"{SIGNED} heads vote sealed by phone, {ON_PAPER} on paper: recorded in pages, keyed again blind by somebody else",
        _ballots(play, [unit for _, unit in everybody]),
    )
    yield (
        "截止后票箱里又找到一张票：登记为逾期，不计入",
        "A form found in the box after closing: recorded as late, not counted",
        _late_form(everybody[LATE][1]),
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
                             "关于更换27部电梯及资金安排的表决", None, ("electronic", "paper"))  # fmt: skip
    yield from estate.posted("2026-08-17 10:00", POLL, 1, "east-gate", "2026-08-17", "2026-09-17")
    yield from estate.posted("2026-08-17 10:30", POLL, 2, "west-gate", "2026-08-17", "2026-09-17")
    yield from estate.posted("2026-08-25 10:00", POLL, 3, "building-7-hall", "2026-08-25", "2026-09-17")


def _ballots(play: Play, every: list[str]) -> Iterator[Step]:
    """Fifteen days: some sixteen heads a day by phone, forty forms a day on paper; the quorum is reached on the last evening."""
    phones, forms = every[:SIGNED], every[SIGNED : SIGNED + ON_PAPER]
    for day in range(3, 18):
        yield from _by_phone(play, day, phones)
        if day in DAYS:
            yield from _on_paper(day, forms[day - DAYS.start :: len(DAYS)], every)
    yield from _changed(play, phones)
    yield from _mended(every[MISREAD])
    yield estate.sealed_ballot(play, "2026-09-17 20:01", POLL, phones[5], phones[5], choices(5), refused="outside-window")


def _by_phone(play: Play, day: int, phones: list[str]) -> Iterator[Step]:
    """That day's voters; on the tenth day a stranger tries to vote for somebody."""
    for number in range(day - 3, SIGNED, 15):
        at = f"2026-09-{day:02} {10 + number // 60:02}:00"
        yield estate.sealed_ballot(play, at, POLL, phones[number], phones[number], choices(number))
    if day == 12:
        yield estate.sealed_ballot(play, "2026-09-12 14:00", POLL, phones[0], STRANGER, choices(0), refused="not-your-head")


def _on_paper(day: int, units: list[str], every: list[str]) -> Iterator[Step]:
    """A page a day, keyed again the same evening by a counter of the owners."""
    page, number = f"{POLL}-{day:02}", {unit: place for place, unit in enumerate(every)}
    first, second = ([(unit, _read(number[unit], by)) for unit in units] for by in ("clerk", "counter"))
    if day == DAYS.start:
        extra = (every[CONFLICTED], {"raise": "against", "use": "against"})
        first, second = [*first, extra], [*second, extra]
    yield estate.paper_page(f"2026-09-{day:02} 18:00", POLL, page, first)
    yield estate.keyed(f"2026-09-{day:02} 19:00", POLL, page, second)


def _read(number: int, by: str) -> Mapping[str, str]:
    """What this reader makes of a head's form."""
    marks = choices(number)
    if number in SET_ASIDE:
        return dict.fromkeys(marks, SET_ASIDE[number])
    if number == MISREAD or (number == UNCLEAR and by == "counter"):
        return dict.fromkeys(marks, "against")
    return marks


def _changed(play: Play, phones: list[str]) -> Iterator[Step]:
    """Every thirtieth signer changes her mind on the last evening."""
    for number, unit in enumerate(phones):
        if number % 30 == 29:
            yield estate.sealed_ballot(play, "2026-09-17 19:20", POLL, unit, unit, {"raise": "against", "use": "agree"})


def _mended(unit: str) -> Iterator[Step]:
    """An owner's stub showed her another choice than hers: the clerk corrects the form, and it is keyed again."""
    page = f"{POLL}-{DAYS.start + (MISREAD - SIGNED) % len(DAYS):02}"
    filled = [(unit, choices(MISREAD))]
    yield estate.correction("2026-09-17 19:30", POLL, f"{POLL}-mended-1", page, [unit], filled,
                            "业主凭存根查询，发现两次录入都看错了一行，现按原票更正。")  # fmt: skip
    yield estate.keyed("2026-09-17 19:40", POLL, f"{POLL}-mended-1", filled)


def _late_form(unit: str) -> Iterator[Step]:
    filled = [(unit, {"raise": "agree", "use": "agree"})]
    yield estate.paper_page("2026-09-17 20:10", POLL, f"{POLL}-late", filled)
    yield estate.keyed("2026-09-17 20:20", POLL, f"{POLL}-late", filled)


def _next() -> Iterator[Step]:
    yield from estate.notice("2026-09-28 09:00", NEXT_POLL, ROLL, NEXT_ITEMS, "2026-10-20 09:00", "2026-12-31 20:00",
                             "关于中心花园儿童活动场地的表决", "rules-of-procedure-12", ("electronic", "paper"))  # fmt: skip
    yield from estate.posted("2026-09-28 10:00", NEXT_POLL, 1, "east-gate", "2026-09-28", "2026-12-31")
    yield from estate.open_poll("2026-10-20 09:00", NEXT_POLL)
