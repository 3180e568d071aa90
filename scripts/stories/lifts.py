"""听涛苑: one building of two decides on its lift, three questions with three outcomes; then a gate, where silence is counted.

The fund may be used, no money is raised, and the lobby lacks a quorum, since all owners of both buildings decide on it. The ledger
is out of reach on the last evening. All names, areas and ballots are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from domain.roll import Unit
from domain.rulesets import Edition
from scripts.stories import assembly, estate, small
from scripts.stories.player import Play, Step

CODE: Final = "440307-003"
ORIGIN: Final = small.origin(CODE)
START: Final = small.START
NAME: Final = {"zh": "听涛苑（演示）", "en": "Tingtao Court (demo)"}
ROLL: Final = small.ROLL
FOUNDED_UNDER: Final = Edition("cn-sz-2", "cn-2026-2")
AREAS: Final = {"1": (8937, 10480), "2": (7652, 12866)}  # 0.01 m², by building and door
OWNED: Final[Mapping[str, tuple[str, ...]]] = {
    "2-0801": ("owner-1-0801",),
    "1-0802": (),
}  # one owner has a flat in each building
SCOPE: Final = "building-2"

LIFT: Final = "2026-lift"
QUESTIONS: Final = {
    "fund": ("use-maintenance-fund", "是否同意使用本幢住宅专项维修资金更换2幢电梯（预算人民币38万元）？"),
    "levy": ("raise-maintenance-fund", "是否同意由2幢业主按面积补充筹集电梯更换费用（每平方米60元）？"),
    "lobby": ("change-common-parts", "是否同意将2幢首层电梯厅的一部分改作快递柜间？"),
}
OF_BUILDING: Final = {"fund": SCOPE, "levy": SCOPE}
LIFT_CLOSES: Final = "2026-04-20"
STAYED_AWAY: Final = ("2-0302", "2-0601", "2-0802")  # of building 2
NO_FUND: Final = ("2-0102", "2-0402", "2-0502")
UNSURE: Final = "2-0701"
NEIGHBOURS: Final = ("1-0101", "1-0202", "1-0401", "1-0502")  # of building 1, who answer the lobby alone
IN_GRACE: Final = "2-0702"  # could not get through on the last evening

GATE: Final = "2026-gate"
GATE_ITEMS: Final = {"gate": ("other-major", "是否同意将小区南门改为人车分流？")}
GATE_CLAUSE: Final = "rules-of-procedure-15"
SILENCE: Final = "silent-follows-majority"
GATE_AGREES: Final = (
    "1-0101",
    "1-0102",
    "1-0202",
    "1-0301",
    "1-0401",
    "1-0502",
    "2-0101",
    "2-0202",
    "2-0301",
    "2-0402",
    "2-0602",
)
GATE_AGAINST: Final = ("1-0302", "1-0601", "2-0102", "2-0501", "2-0702")
GATE_ABSTAINS: Final = ("1-0701", "2-0701")
NOT_SERVED: Final = ("2-0302",)  # nobody opened, and no other address is known
ANNOUNCED: Final = ("1-0402",)  # told by the loudspeaker alone: no proof


def units() -> tuple[Unit, ...]:
    """Thirty-two flats in two buildings."""
    return tuple(unit for building, areas in AREAS.items() for unit in small.flats(building, 8, areas, OWNED))


def building() -> tuple[Unit, ...]:
    """The flats whose lift it is."""
    return tuple(unit for unit in units() if unit.building == "2")


def head_of(unit: str) -> str:
    """The head that owns a flat, by its first flat."""
    return {"2-0801": "1-0801"}.get(unit, unit)


def lift_votes() -> dict[str, dict[str, str]]:
    """What each head chose on the lift: building 2 on all three questions, a few of building 1 on the lobby."""
    own = {head_of(unit.unit): _on_lift(unit.unit) for unit in building() if unit.unit not in STAYED_AWAY}
    return own | {unit: {"lobby": "agree"} for unit in NEIGHBOURS}


def _on_lift(unit: str) -> dict[str, str]:
    fund = "against" if unit in NO_FUND else "abstain" if unit == UNSURE else "agree"
    return {"fund": fund, "levy": fund, "lobby": "agree"}


def gate_votes() -> dict[str, str]:
    """What each head that returned something chose on the gate."""
    said = {"agree": GATE_AGREES, "against": GATE_AGAINST, "abstain": GATE_ABSTAINS}
    return {unit: choice for choice, own in said.items() for unit in own}


def served() -> list[tuple[str, str]]:
    """How each head was given the notice of the gate; the developer and one owner were not."""
    reached = (unit for unit in small.owned(units()) if unit not in NOT_SERVED)
    return [(unit, "announced" if unit in ANNOUNCED else "handed") for unit in reached]


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[tuple[str, str, Iterator[Step]]]:
    """The story in scenes: (中文, English, steps)."""
    yield from small.beginning(play, log_key, NAME, units(), owners="owners-tingtao", edition=FOUNDED_UNDER)
    yield "界定2幢业主的表决范围", "The owners of building 2 are defined as a part that decides by itself", _scope(play)
    yield (
        "公告电梯表决：两项由2幢业主决定，一项由全体业主决定",
        "The vote on the lift is noticed: building 2 decides two questions, all owners the third",
        _lift_notice(),
    )
    yield (
        "表决期间：1幢业主不能对2幢的事项投票",
        "Ballots come in; an owner of building 1 cannot vote on what building 2 decides",
        _lift_ballots(play),
    )
    yield (
        "最后一晚台账中断75分钟，截止相应顺延",
        "On the last evening the ledger is out of reach for 75 minutes, and takes ballots for as long afterwards",
        _outage(play),
    )
    yield (
        "三个问题，三种结果：通过、未达四分之三、参与不足三分之二",
        "Three questions, three outcomes: passed, short of three quarters, short of a quorum",
        _lift_counted(openings),
    )
    yield (
        "公告大门表决：议事规则规定，已送达而未表态的按多数意见计入",
        "The vote on the gate is noticed: by the rules of procedure silence follows the majority",
        _gate_notice(),
    )
    yield "逐户送达并登记", "The notice is served and recorded, head by head", _served(play)
    yield "大门表决开始", "The vote on the gate opens", _gate_opened(play)
    yield "因台风延期十天，重新张贴公告", "A typhoon: closing is put off by ten days, and a new notice hangs", _extended()
    yield "延期内继续投票", "Ballots come in until the new hour", _gate_rest(play)
    yield (
        "核定两套数字：不推定时参与不足，推定后通过",
        "Both tallies are certified: no quorum as returned, passed with silence counted",
        _gate_counted(openings),
    )


def _scope(play: Play) -> Iterator[Step]:
    yield from estate.scope(play, "2026-03-16 09:00", ROLL, SCOPE, building())


def _lift_notice() -> Iterator[Step]:
    yield from estate.notice("2026-03-17 09:00", LIFT, ROLL, QUESTIONS, "2026-04-07 09:00", f"{LIFT_CLOSES} 20:00",
                             "关于更换2幢电梯的表决", "rules-of-procedure-12", scopes=OF_BUILDING)  # fmt: skip
    yield from estate.posted("2026-03-17 10:00", LIFT, 1, "building-1-hall", "2026-03-17", LIFT_CLOSES)
    yield from estate.posted("2026-03-17 10:10", LIFT, 2, "building-2-hall", "2026-03-17", LIFT_CLOSES)


def _lift_ballots(play: Play) -> Iterator[Step]:
    yield from estate.open_poll("2026-04-07 09:00", LIFT)
    early = [one for one in lift_votes().items() if one[0] != IN_GRACE]
    for number, (unit, said) in enumerate(early):
        yield estate.ballot(play, f"2026-04-{8 + number // 3:02} 19:{number % 3}0", LIFT, unit, unit, said)
    outside = {"fund": "against", "lobby": "agree"}
    yield estate.ballot(play, "2026-04-14 10:00", LIFT, "1-0302", "1-0302", outside, refused="item-out-of-scope")


def _outage(play: Play) -> Iterator[Step]:
    said = lift_votes()[IN_GRACE]
    yield estate.ballot(play, f"{LIFT_CLOSES} 20:05", LIFT, IN_GRACE, IN_GRACE, said, refused="outside-window")
    yield assembly.outage(f"{LIFT_CLOSES} 20:10", LIFT, f"{LIFT_CLOSES} 18:30", f"{LIFT_CLOSES} 19:45")
    yield estate.ballot(play, f"{LIFT_CLOSES} 20:20", LIFT, IN_GRACE, IN_GRACE, said)
    yield estate.ballot(play, f"{LIFT_CLOSES} 21:16", LIFT, STAYED_AWAY[0], STAYED_AWAY[0], said, refused="outside-window")


def _lift_counted(openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield from estate.close(f"{LIFT_CLOSES} 21:30", LIFT)
    yield assembly.flags_answered("2026-04-21 09:00", LIFT, 1, [f"{LIFT}-outage"],
                                  "机房停电75分钟，已有供电部门记录；按规定相应顺延截止时间。")  # fmt: skip
    yield from estate.certify("2026-04-21 10:00", LIFT, openings, "result-certified/2")
    yield from estate.announce("2026-04-21 15:00", LIFT, "2026-04-21", "building-2-hall")


def _gate_notice() -> Iterator[Step]:
    yield from estate.notice("2026-05-06 09:00", GATE, ROLL, GATE_ITEMS, "2026-05-25 09:00", "2026-06-08 20:00",
                             "关于南门人车分流的表决", GATE_CLAUSE, silence=SILENCE)  # fmt: skip
    yield from estate.posted("2026-05-06 10:00", GATE, 1, "south-gate", "2026-05-06", "2026-06-08")
    yield assembly.warned("2026-05-07 09:00", GATE, "已送达而在截止前没有投票的，按已表态的多数意见计入。不同意的请务必投票。")


def _served(play: Play) -> Iterator[Step]:
    rows = [(unit, method, "2026-05-08") for unit, method in served()]
    yield assembly.served(play, "2026-05-09 09:00", GATE, "doors", rows)
    impossible = [(NOT_SERVED[0], "handed", "2026-05-20")]
    yield assembly.served(play, "2026-05-10 09:00", GATE, "ahead", impossible, refused="served-day-wrong")


def _gate_opened(play: Play) -> Iterator[Step]:
    yield from estate.open_poll("2026-05-25 09:00", GATE)
    for number, unit in enumerate(list(gate_votes())[:12]):
        yield _gate_ballot(play, f"2026-05-{26 + number // 4:02} 19:{number % 4}0", unit)


def _extended() -> Iterator[Step]:
    yield assembly.extended(
        "2026-06-05 10:00", GATE, "2026-06-28 20:00", "台风蓝色预警，业主无法集中领票。", refused="extension-too-long"
    )
    yield assembly.extended("2026-06-05 10:10", GATE, "2026-06-18 20:00", "台风蓝色预警，业主无法集中领票。")
    yield from estate.posted("2026-06-05 14:00", GATE, 2, "south-gate", "2026-06-05", "2026-06-20")


def _gate_rest(play: Play) -> Iterator[Step]:
    for number, unit in enumerate(list(gate_votes())[12:]):
        yield _gate_ballot(play, f"2026-06-{10 + number:02} 19:00", unit)


def _gate_ballot(play: Play, at: str, unit: str) -> Step:
    return estate.ballot(play, at, GATE, unit, unit, {"gate": gate_votes()[unit]})


def _gate_counted(openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield from estate.close("2026-06-18 20:30", GATE)
    yield assembly.flags_answered(
        "2026-06-19 09:00", GATE, 1, [f"{GATE}-posted-2"], "延期公告当天张贴；原公告一直张贴至原截止日。"
    )
    yield from estate.certify("2026-06-19 10:00", GATE, openings, "result-certified/2")
    yield from estate.announce("2026-06-19 15:00", GATE, "2026-06-19", "south-gate")
