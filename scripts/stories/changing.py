"""桂园: a committee is elected anew, with a tie at the last seat; then a member resigns, one is recalled, and too few are left.

All people, figures and decisions are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from domain.acts import RE_ELECTION, RECALL
from domain.seats import ELECTING
from scripts.stories import afterwards, estate
from scripts.stories.afterwards import FIRST_ROLL, noticed
from scripts.stories.assembly import group, request, signed, verified
from scripts.stories.elections import (
    alternate_seated,
    begun,
    candidates_final,
    candidates_posted,
    carried_over,
    checked,
    declared,
    filed,
    handed_over,
    meeting_asked,
    nominated,
    officers,
    profile,
    seat_ended,
)  # fmt: skip
from scripts.stories.player import Play, Step
from scripts.stories.small import Scene, flats, origin

CODE: Final = "440307-012"
ORIGIN: Final = origin(CODE)
START: Final = afterwards.START
NAME: Final = {"zh": "桂园（演示）", "en": "Guiyuan (demo)"}
UNITS: Final = flats("1", 5, afterwards.AREAS)
VOTERS: Final = tuple(unit.unit for unit in UNITS)
OLD: Final = ("1-0401", "1-0402", "1-0403", "1-0404", "1-0501")
OLD_CHAIR: Final = OLD[0]
ELECTION, NEXT = "committee-2026", "committee-2027"
VOTE, RUN_OFF, RECALL_VOTE, RECALL_REQUEST = "vote-2026", "run-off-2026", "recall-2027", "recall-request"
STANDING: Final = {f"c{number}": f"1-{floor}" for number, floor in enumerate(
    ("0101", "0102", "0103", "0104", "0201", "0202", "0203", "0301"), 1)}  # fmt: skip
DEBTOR: Final = ("c9", "1-0303")
AGAINST: Final[Mapping[str, str]] = {  # candidate -> the last digits of the units against
    "c1": "", "c2": "0503", "c3": "0502 0503", "c4": "0501 0502 0503", "c5": "0501 0502 0503 0504", "c6": "0401 0402 0403 0404",
    "c7": "0301 0302 0303 0304 0401", "c8": "0101 0102 0103 0104 0201 0202 0203 0204 0301 0302 0303",
}  # fmt: skip
TIED: Final = ("c5", "c6")
IN_RUN_OFF: Final = {"c5": "0501", "c6": "0501 0502"}
RECALLED, RESIGNED = STANDING["c2"], STANDING["c3"]
SIGNING: Final = ("1-0501", "1-0502", "1-0503", "1-0504")  # a floor of five: exactly a fifth of the area


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[Scene]:
    """The story in scenes: (中文, English, steps)."""
    afterwards.meet(play, UNITS, "owners-guiyuan")
    yield "桂园加入台账，名册定稿，登记现任业委会", "Guiyuan joins with its roll and its committee", _joined(play, log_key)
    yield ("成立换届小组；原主任不能主持自己的换届", "A re-election group is formed; the old chair cannot run it himself",
           _begun(play))  # fmt: skip
    yield "提名、审查、公示候选人", "Candidates are nominated, checked and posted", _standing(play)
    yield "选举公告：全部合格候选人，一个不少", "The vote is noticed with all who qualified and nobody left out", _asked()
    yield (
        "二十户密封投票，公告结果",
        "Twenty heads vote, sealed; the result is announced",
        _voted(play, VOTE, AGAINST, openings),
    )
    yield "最后一席并列，须再选一轮", "The last seat is tied: a run-off", _tied()
    yield "再选", "The run-off", _again(play, openings)
    yield "宣布当选，推选主任", "The elected are declared, and choose a chair", _seated(play)
    yield "原业委会迟迟才移交；新一届备案", "The old committee hands over late; the new one is filed", _handed(play)
    yield "一名委员辞职，候补委员按顺序递补", "A member resigns; the alternates move up in their order", _resigned(play)
    yield "五分之一的业主提请罢免一名委员", "A fifth of the owners ask to recall a member", _petition(play, openings)
    yield "罢免表决通过", "The recall passes", _recall(play, openings)
    yield "被罢免的人还想行使职权", "The recalled member goes on as if nothing had happened", _recalled(play)
    yield "委员不足半数：须重新选举", "Fewer than half of the members are left: a new election is due", _too_few(play)


def _joined(play: Play, log_key: str) -> Iterator[Step]:
    yield from afterwards.founded(play, log_key, NAME, UNITS)
    yield from afterwards.enrolled(play, UNITS)
    yield carried_over("2026-08-16 10:00", "committee-2021", "committee", _old_committee, "第一届业委会，备案件（示例）")


def _old_committee(play: Play) -> Mapping[str, Any]:
    persons = tuple(sorted(play.people[name].person for name in OLD))
    return {"chair": play.people[OLD_CHAIR].person, "end": "2026-12-31", "members": persons, "seats": 5, "start": "2022-01-01"}


def _begun(play: Play) -> Iterator[Step]:
    members = (("1-0502", "owner"), ("1-0503", "owner"), ("1-0504", "owner"), ("clerk", "community"), ("street", "street"))
    yield group(play, "2026-08-17 09:00", "group-2026", RE_ELECTION, None, members, "2027-03-31")
    body = {"alternates": 2, "election": ELECTION, "kind": "re-election", "nominate_to": "2026-08-20", "roll": FIRST_ROLL,
            "seats": 5, "term": 3}  # fmt: skip
    yield Step("2026-08-17 10:00", OLD_CHAIR, "election-begun/1", body, refused="not-authorised")
    yield begun("2026-08-17 11:00", ELECTION, FIRST_ROLL, "2026-08-20", kind="re-election", term=3)


def _standing(play: Play) -> Iterator[Step]:
    for name, unit in (*STANDING.items(), DEBTOR):
        shown = profile(f"业主 {unit}（示例）", unit)
        yield nominated(play, "2026-08-18 09:00", ELECTION, name, unit, shown, unit=unit)
    unit = STANDING["c1"]
    yield nominated(
        play, "2026-08-18 10:00", ELECTION, "c10", unit, profile("业主（示例）", unit), unit=unit, refused="nominated-twice"
    )
    for name in STANDING:
        yield checked("2026-08-21 09:00", name)
    yield checked("2026-08-21 09:00", DEBTOR[0], ("fee-default",), "欠缴物业费一年，已核实（示例）")
    yield candidates_posted("2026-08-22 09:00", ELECTION, 1, tuple(STANDING), "gate", "2026-08-22", "2026-08-30")
    yield candidates_final("2026-08-31 09:00", ELECTION, (*STANDING, DEBTOR[0]), refused="candidates-differ")
    yield candidates_final("2026-08-31 10:00", ELECTION, tuple(STANDING))


def _items(names: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    return {name: (ELECTING, f"是否同意 {STANDING[name]} 业主（示例）担任委员？") for name in names}


def _asked() -> Iterator[Step]:
    days = ("2026-09-01", "2026-09-18", "2026-09-28")
    without = next(noticed(VOTE, _items([*STANDING][1:]), days, "选举业主委员会"))
    yield Step(without.at, without.who, without.kind, without.body, without.openings, refused="candidates-differ")
    yield from noticed(VOTE, _items([*STANDING]), days, "选举业主委员会")
    yield from estate.open_poll("2026-09-18 09:00", VOTE)


def _ballots(play: Play, at: str, poll: str, against: Mapping[str, str]) -> Iterator[Step]:
    for unit in VOTERS:
        choices = {name: "against" if unit[2:] in units.split() else "agree" for name, units in against.items()}
        yield estate.sealed_ballot(play, at, poll, unit, unit, choices)


def _voted(play: Play, poll: str, against: Mapping[str, str], openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield from _ballots(play, "2026-09-19 10:00", poll, against)
    yield from afterwards.decided(poll, "2026-09-28", "2026-09-29", openings)


def _tied() -> Iterator[Step]:
    yield declared(
        "2026-09-30 09:00", ELECTION, VOTE, refused="declaration-differs", elected=["c1", "c2", "c3", "c4", "c5"], tied=[]
    )
    yield declared("2026-09-30 10:00", ELECTION, VOTE)


def _again(play: Play, openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield from noticed(RUN_OFF, _items(TIED), ("2026-10-09", "2026-10-26", "2026-11-02"), "最后一席的再次选举")
    yield from estate.open_poll("2026-10-26 09:00", RUN_OFF)
    yield from _ballots(play, "2026-10-27 10:00", RUN_OFF, IN_RUN_OFF)
    yield from afterwards.decided(RUN_OFF, "2026-11-02", "2026-11-03", openings)


def _seated(play: Play) -> Iterator[Step]:
    yield declared("2026-11-04 09:00", ELECTION, RUN_OFF)
    signing = [STANDING[name] for name in ("c1", "c2", "c3")]
    yield officers(play, "2026-11-06 09:00", ELECTION, OLD_CHAIR, [], signing, refused="not-a-member")
    yield officers(play, "2026-11-06 10:00", ELECTION, STANDING["c1"], [STANDING["c2"]], signing)


def _handed(play: Play) -> Iterator[Step]:
    chair = STANDING["c1"]
    yield handed_over(play, "2026-11-20 10:00", 1, ELECTION, "2026-11-20", ["archives", "seal"])
    yield handed_over(play, "2026-11-25 10:00", 2, ELECTION, "2026-11-25", ["accounts", "property", "rolls"])
    yield filed("2026-11-26 09:00", ELECTION, chair, "bureau-longgang", "2026-11-26")
    yield filed("2026-11-26 10:00", ELECTION, chair, "street-guojian", "2026-11-26")


def _resigned(play: Play) -> Iterator[Step]:
    yield seat_ended(play, "2026-12-01 09:00", RESIGNED, "resigned", "2026-12-01")
    yield handed_over(play, "2026-12-03 09:00", 3, ELECTION, "2026-12-03", who=RESIGNED)
    yield alternate_seated(play, "2026-12-04 09:00", STANDING["c7"], refused="not-next-alternate")
    yield alternate_seated(play, "2026-12-04 10:00", STANDING["c6"])


def _petition(play: Play, openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield request(
        play, "2026-12-10 09:00", RECALL_REQUEST, RECALL, FIRST_ROLL, SIGNING[0], SIGNING[0], "请求罢免一名委员（示例）"
    )
    for unit in SIGNING[:-1]:
        yield signed(play, "2026-12-10 10:00", RECALL_REQUEST, unit, unit)
    yield verified("2026-12-11 09:00", RECALL_REQUEST, "heads", openings, refused="request-below-threshold")
    yield signed(play, "2026-12-12 09:00", RECALL_REQUEST, SIGNING[-1], SIGNING[0], refused="not-your-head")
    yield signed(play, "2026-12-12 10:00", RECALL_REQUEST, SIGNING[-1], SIGNING[-1])
    yield verified("2026-12-14 09:00", RECALL_REQUEST, "both", openings)


def _recall(play: Play, openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    items = {"recall-c2": (ELECTING, f"是否同意罢免 {RECALLED} 业主（示例）的委员职务？")}
    yield from noticed(RECALL_VOTE, items, ("2027-01-05", "2027-01-22", "2027-02-01"), "罢免一名委员")
    yield from estate.open_poll("2027-01-22 09:00", RECALL_VOTE)
    yield from _ballots(play, "2027-01-23 10:00", RECALL_VOTE, {"recall-c2": "0101 0102 0103"})
    yield _recall_recorded(play, "2027-02-01 19:00", refused="recall-unfounded")
    yield from afterwards.decided(RECALL_VOTE, "2027-02-01", "2027-02-02", openings)
    yield _recall_recorded(play, "2027-02-03 09:00")


def _recall_recorded(play: Play, at: str, refused: str | None = None) -> Step:
    body = {"day": at[:10], "person": play.people[RECALLED].person, "reason": "recalled", "vote": RECALL_VOTE}
    return Step(at, "street", "seat-ended/1", body, confirm=() if refused else ("bureau",), refused=refused)


def _recalled(play: Play) -> Iterator[Step]:
    asked = meeting_asked(play, "2027-02-04 09:00", "again", RECALLED, "讨论罢免一事（示例）")
    yield Step(asked.at, asked.who, asked.kind, asked.body, asked.openings, refused="not-authorised")
    body = {"authority": "bureau-longgang", "day": "2027-02-04", "document": None, "election": ELECTION}
    yield Step("2027-02-04 10:00", RECALLED, "committee-filed/1", body, refused="not-authorised")


def _too_few(play: Play) -> Iterator[Step]:
    yield seat_ended(play, "2027-02-10 09:00", STANDING["c7"], "resigned", "2027-02-10")
    for name in ("c4", "c5"):
        yield seat_ended(play, "2027-02-10 10:00", STANDING[name], "resigned", "2027-02-10")
    yield alternate_seated(play, "2027-02-11 09:00", STANDING["c7"], refused="wrong-stage")
    yield begun("2027-02-12 09:00", NEXT, FIRST_ROLL, "2027-02-26", kind="re-election", term=3)
