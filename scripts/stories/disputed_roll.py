"""荔苑: the roll is disputed and made anew, a vote is withdrawn, a misread form turns a result, another result is annulled by a court.

All people, figures and decisions are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from domain.roll import Unit
from scripts.stories import afterwards, estate
from scripts.stories.afterwards import noticed
from scripts.stories.assembly import agent, annulled, answered, escalated, new_roll, objection, recounted, withdrawn
from scripts.stories.player import Play, Step
from scripts.stories.small import Scene, flats, origin

CODE: Final = "440307-013"
ORIGIN: Final = origin(CODE)
START: Final = afterwards.START
NAME: Final = {"zh": "荔苑（演示）", "en": "Liyuan (demo)"}
UNITS: Final = flats("1", 4, (8900,) * 4)
DISPUTED, MENDED = afterwards.FIRST_ROLL, "2026-09"
TOO_SMALL, NEIGHBOUR, MARRIED = "1-0102", "1-0203", "1-0301"
MANAGER, TENANT = "manager", "tenant"
MISTAKEN, PIPES, GATE = "2026-pipes-wrong", "2026-pipes", "2026-gate"
ITEM: Final = ("use-maintenance-fund", "是否同意动用维修资金更换给水管（预算人民币38万元）？")
WRONG_ITEM: Final = ("use-maintenance-fund", "是否同意动用维修资金更换给水管（预算人民币380万元）？")
GATE_ITEM: Final = ("other-major", "是否同意改造小区大门？")
BY_PHONE: Final[Mapping[str, str]] = {  # with her who has an agent, six of twelve agree in truth: half, and not more
    **dict.fromkeys(("1-0101", "1-0103", "1-0104", "1-0201", "1-0301"), "agree"),
    **dict.fromkeys(("1-0102", "1-0203", "1-0204"), "against"),
}  # fmt: skip
BY_AGENT: Final = "1-0302"
ON_PAPER: Final[Mapping[str, str]] = {"1-0401": "against", "1-0402": "against", "1-0403": "against"}
MISREAD: Final = "1-0402"
PAGE, MENDING = f"{PIPES}-page-1", f"{PIPES}-mended-1"


def first_roll() -> tuple[Unit, ...]:
    """As it was posted: one area too small."""
    return tuple(replace(unit, area=8009) if unit.unit == TOO_SMALL else unit for unit in UNITS)


def mended_roll() -> tuple[Unit, ...]:
    """As it should be: the area of the survey, and both owners of a unit."""
    both = frozenset({f"owner-{MARRIED}", f"owner-{MARRIED}-b"})
    return tuple(replace(unit, owners=both) if unit.unit == MARRIED else unit for unit in UNITS)


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[Scene]:
    """The story in scenes: (中文, English, steps)."""
    afterwards.meet(play, UNITS, "owners-liyuan")
    play.meet(MANAGER, "enterprise-liyuan", "物业经理（示例）")
    play.meet(TENANT, None, "租户（示例）")
    yield "荔苑加入台账", "Liyuan joins the ledger", _joined(play, log_key)
    yield "名册公示，三位业主提出异议", "The roll is posted; three owners object", _objected(play)
    yield (
        "一项成立，一项驳回，一项无人答复：名册不能定稿",
        "One is upheld, one rejected, one unanswered: the roll is not frozen",
        _answered(),
    )
    yield "逾期未答复的异议提交监督单位", "The objection that nobody answered goes to the supervisors", _escalated()
    play.tags.clear()
    yield "说明理由，重做名册，公示，定稿", "A new roll, with its reason, is posted and frozen", _new_roll(play)
    yield "公告金额写错，表决撤回", "A notice names a wrong sum: the vote is withdrawn", _withdrawn()
    yield "重新公告；物业经理不能当受托人", "It is noticed again; the enterprise's manager is nobody's agent", _agents(play)
    yield "表决：一张纸质票两个人都看错了", "The vote: one form is misread by two people", _voted(play)
    yield "核定并公告：通过", "Certified and announced: passed", afterwards.decided(PIPES, "2026-10-12", "2026-10-13", openings)
    yield "业主凭存根查询，提出异议，异议成立", "An owner looks up her form and objects; she is right", _doubted(play)
    yield "在监票人面前更正", "It is corrected before the observer's eyes", _mended()
    yield ("重新计票，结果改变：未通过；再次公告", "Counted again, and the result changes: not passed; announced again",
           _recounted(openings))  # fmt: skip
    yield "同一年的另一次表决", "Another vote of the same year", _gate(play, openings)
    yield "一年后，法院撤销了那次决定", "A year later a court annuls that decision", _annulled(play)


def _joined(play: Play, log_key: str) -> Iterator[Step]:
    yield from afterwards.founded(play, log_key, NAME, UNITS)
    yield from estate.admit(play, "2026-08-06 10:00", "others", [MANAGER, TENANT])
    yield from afterwards.put_up(play, first_roll())


def _objection(play: Play, at: str, name: str, unit: str, text: str) -> Step:
    return objection(play, at, name, DISPUTED, unit, unit, f"roll-{DISPUTED}-1", "roll", text)


def _objected(play: Play) -> Iterator[Step]:
    yield _objection(play, "2026-08-10 09:00", "area", TOO_SMALL, "我家的面积少写了八点九一平方米（示例）")
    yield _objection(play, "2026-08-10 10:00", "stall", NEIGHBOUR, "我家的车位面积没有计入（示例）")
    yield _objection(play, "2026-08-10 11:00", "spouse", MARRIED, "房屋为夫妻共有，漏写一人（示例）")
    other = objection(
        play, "2026-08-10 12:00", "other", DISPUTED, TOO_SMALL, NEIGHBOUR, f"roll-{DISPUTED}-1", "roll", "替邻居提（示例）"
    )
    yield replace(other, refused="not-your-head")


def _answered() -> Iterator[Step]:
    yield answered("2026-08-12 09:00", "area", "street", "upheld", "已对照测绘报告，面积更正（示例）")
    yield answered("2026-08-12 10:00", "stall", "street", "rejected", "车位不计入投票面积，见议事规则第八条（示例）")
    attempt = next(afterwards.frozen(first_roll()))
    yield replace(attempt, confirm=(), refused="objection-open")
    yield escalated("2026-08-15 10:00", "spouse", MARRIED, refused="objection-not-due")


def _escalated() -> Iterator[Step]:
    yield escalated("2026-08-18 09:00", "spouse", MARRIED)
    yield answered("2026-08-19 09:00", "spouse", "bureau", "upheld", "已核对登记簿，补登共有人（示例）")


def _new_roll(play: Play) -> Iterator[Step]:
    yield new_roll("2026-08-20 09:00", MENDED, DISPUTED, "objection", "两项异议成立：更正一户面积，补登一名共有人（示例）")
    yield from afterwards.put_up(play, mended_roll(), "2026-08-20 10:00", MENDED)
    yield from estate.freeze("2026-08-28 09:00", MENDED, mended_roll(), ("2026-08-20", "2026-08-27"), 1)


def _notice(poll: str, item: str, asked: tuple[str, str], days: tuple[str, str, str]) -> Iterator[Step]:
    return noticed(
        poll, {item: asked}, days, "业主共同决定事项表决", roll=MENDED, clause="rules-12", channels=("electronic", "paper")
    )


def _withdrawn() -> Iterator[Step]:
    yield from _notice(MISTAKEN, "pipes", WRONG_ITEM, ("2026-08-31", "2026-09-21", "2026-10-12"))
    yield withdrawn("2026-09-02 09:00", MISTAKEN, "公告的金额多写了一个零（示例）")


def _agents(play: Play) -> Iterator[Step]:
    yield from _notice(PIPES, "pipes", ITEM, ("2026-09-03", "2026-09-21", "2026-10-12"))
    yield agent(play, "2026-09-10 09:00", PIPES, BY_AGENT, BY_AGENT, MANAGER, refused="agent-barred")
    yield agent(play, "2026-09-10 10:00", PIPES, BY_AGENT, BY_AGENT, TENANT)


def _filled(marks: Mapping[str, str]) -> Sequence[tuple[str, Mapping[str, str]]]:
    return [(unit, {"pipes": mark}) for unit, mark in marks.items()]


def _voted(play: Play) -> Iterator[Step]:
    yield from estate.open_poll("2026-09-21 09:00", PIPES)
    for unit, choice in BY_PHONE.items():
        yield estate.ballot(play, "2026-09-22 10:00", PIPES, unit, unit, {"pipes": choice})
    yield estate.ballot(play, "2026-09-22 11:00", PIPES, BY_AGENT, TENANT, {"pipes": "agree"})
    read_as = _filled({**ON_PAPER, MISREAD: "agree"})
    yield estate.paper_page("2026-09-23 18:00", PIPES, PAGE, read_as)
    yield estate.keyed("2026-09-23 19:00", PIPES, PAGE, read_as)


def _doubted(play: Play) -> Iterator[Step]:
    result = f"{PIPES}-result"
    yield objection(
        play, "2026-10-15 09:00", "form", MENDED, MISREAD, MISREAD, result, "counting", "我填的是不同意，台账记成了同意（示例）"
    )
    yield answered("2026-10-16 09:00", "form", "street", "upheld", "调阅原票，确系录入看错（示例）")


def _mended() -> Iterator[Step]:
    filled = _filled({MISREAD: ON_PAPER[MISREAD]})
    step = estate.correction(
        "2026-10-19 09:00", PIPES, MENDING, PAGE, [MISREAD], filled, "两次录入都看错一行，按原票更正（示例）"
    )
    yield replace(step, refused="observer-needed")
    step = estate.correction("2026-10-19 10:00", PIPES, MENDING, PAGE, [MISREAD], filled, "两次录入都看错一行，按原票更正（示例）",
                             observed=True)  # fmt: skip
    yield replace(step, confirm=("observer",))
    yield estate.keyed("2026-10-19 11:00", PIPES, MENDING, filled)


def _recounted(openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    for step in recounted("2026-10-19 14:00", PIPES, openings, "form"):
        yield replace(step, name=f"{PIPES}-recount")
    yield Step(
        "2026-10-20 09:00", "street", "result-announced/1", _announcement(PIPES, f"{PIPES}-result"), refused="result-unknown"
    )
    yield Step("2026-10-20 10:00", "street", "result-announced/1", _announcement(PIPES, f"{PIPES}-recount"))


def _announcement(poll: str, result: str, day: str = "2026-10-20") -> Callable[[Play], Mapping[str, Any]]:
    return lambda play: {"at": day, "place": "gate", "poll": poll, "result": play.leaves[result]}


def _gate(play: Play, openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield from _notice(GATE, "gate", GATE_ITEM, ("2026-10-21", "2026-11-09", "2026-11-16"))
    yield from estate.open_poll("2026-11-09 09:00", GATE)
    for unit in (*BY_PHONE, *ON_PAPER):
        yield estate.ballot(play, "2026-11-10 10:00", GATE, unit, unit, {"gate": "agree"})
    yield from afterwards.decided(GATE, "2026-11-16", "2026-11-17", openings)


def _annulled(play: Play) -> Iterator[Step]:
    yield objection(play, "2027-11-19 09:00", "late", MENDED, MISREAD, MISREAD, f"{GATE}-result", "procedure", "时间已过（示例）",
                    refused="objection-late")  # fmt: skip
    yield annulled("2027-11-22 09:00", GATE, "court", "2027-11-18", "未按议事规则征求意见，人民法院判决撤销（示例）")
    yield Step(
        "2027-11-22 10:00",
        "street",
        "result-announced/1",
        _announcement(GATE, f"{GATE}-result", "2027-11-22"),
        refused="matter-final",
    )
