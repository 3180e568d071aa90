"""锦绣里: an estate joins in the third year of its committee's term; what was before is attested, what comes after is checked.

All people, figures and decisions are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from scripts.stories import afterwards, estate
from scripts.stories.afterwards import FIRST_ROLL
from scripts.stories.assembly import decided_elsewhere, objection
from scripts.stories.elections import (
    Choices,
    area_classed,
    begun,
    called,
    carried_over,
    decisions_posted,
    meeting_asked,
    minuted,
    seal_used,
    voted,
)  # fmt: skip
from scripts.stories.player import Play, Step
from scripts.stories.small import Scene, flats, origin

CODE: Final = "440307-011"
ORIGIN: Final = origin(CODE)
START: Final = afterwards.START
NAME: Final = {"zh": "锦绣里（演示）", "en": "Jinxiuli (demo)"}
UNITS: Final = flats("1", 5, afterwards.AREAS)
MEMBERS: Final = ("1-0101", "1-0102", "1-0103", "1-0104", "1-0201")
CHAIR, ASKING, BY_HAND = MEMBERS[0], MEMBERS[1:3], MEMBERS[2:4]
TERM: Final = ("2024-07-01", "2027-06-30")
COMMITTEE: Final = "committee-2024"
SECRETARY, MANAGER, FORGER = "secretary", "manager", "forger"
PAPER: Final = (bytes(range(32)), 48_000, "application/pdf")
SCAN: Final = ((bytes(range(1, 33)), 96_000, "image/jpeg"),)

CARRIED: Final[Mapping[str, tuple[str, Mapping[str, Any], str]]] = {  # id -> subject, figures, note
    "rules-2019": ("rules", {"adopted": "2019-09-15", "digest": bytes(range(2, 34))}, "业主大会议事规则，备案件（示例）"),
    "covenant-2019": ("covenant", {"adopted": "2019-09-15", "digest": bytes(range(3, 35))}, "管理规约，备案件（示例）"),
    "contract-2025": ("contract", {"from": "2025-01-01", "to": "2027-12-31"}, "物业服务合同，三年（示例）"),
    "price-2025": ("price", {"cents": 280, "from": "2025-01-01"}, "物业费每平方米每月2.80元（示例）"),
    "account-2026": ("account", {"cents": 8_640_215, "on": "2026-07-31"}, "公共收益账户余额，附银行对账单（示例）"),
    "decision-2025": ("decision", {"day": "2025-03-20", "matter": "change-common-parts", "passed": False}, "架空层改车位，未通过（示例）"),
    "decision-2026": ("decision", {"day": "2026-01-18", "matter": "other-major", "passed": True}, "门岗改造，纸质表决（示例）"),
}  # fmt: skip
ON_PLATFORM: Final = {"electorate": (20, 166_420), "participating": (17, 141_400), "agree": (12, 99_800), "against": (3, 25_600),
                      "abstain": (2, 16_000)}  # fmt: skip
MISCOUNTED: Final = {**ON_PLATFORM, "against": (4, 25_600)}  # one head more than took part

MEETING: Final = "2026-lamps"
AGENDA: Final = {
    "lamps": ("spend-approved-budget", "更换一号楼楼道照明，在已批准的预算内"),
    "letter": ("answer-owners", "答复业主关于电动车停放的来信"),
}
FUND: Final = {"fund": ("use-maintenance-fund", "动用维修资金更换水泵")}
SPOKEN: Final[Mapping[str, Choices]] = {
    CHAIR: {"lamps": "agree", "letter": "agree"},
    MEMBERS[1]: {"lamps": "agree", "letter": "against"},
}
SIGNED_BY_HAND: Final[Mapping[str, Choices]] = {
    BY_HAND[0]: {"lamps": "agree", "letter": "against"}, BY_HAND[1]: {"lamps": "against", "letter": "against"},
}  # fmt: skip


def scenes(play: Play, log_key: str, _openings: Callable[[bytes, str], Any]) -> Iterator[Scene]:
    """The story in scenes: (中文, English, steps)."""
    afterwards.meet(play, UNITS, "owners-jinxiuli")
    play.meet(SECRETARY, None, "业委会秘书（示例）")
    play.meet(MANAGER, "enterprise-jinxiu", "物业经理（示例）")
    yield "锦绣里加入台账", "Jinxiuli joins the ledger", _joined(play, log_key)
    yield "过去的事：据备案材料登记，标明“登记”而非“核定”", "What was before is attested, and said to be attested", _carried()
    yield ("市电子投票平台上的两次表决，其中一次数字对不上", "Two votes counted on the city's platform; the figures of one do not add up",
           _elsewhere())  # fmt: skip
    yield (
        "名册上墙，业主的密钥与名册关联",
        "The roll goes up, and the owners' keys are bound to it",
        afterwards.put_up(play, UNITS),
    )
    asked = afterwards.sampled(play)
    yield ("抽样回访：有一位业主从未办过密钥，当即注销", "Holders are rung: one owner never asked for a key, which is revoked at once",
           _rung(play, asked))  # fmt: skip
    yield "她本人办了自己的密钥", "She has a key of her own admitted", _admitted(play, asked[0])
    yield "名册定稿", "The roll is frozen", afterwards.frozen(UNITS)
    yield "两名委员提议开会，主任发出通知", "Two members ask for a meeting; the chair calls it", _called(play)
    yield "委员表决：两人用密钥，两人在纸质记录上签字", "Members vote: two with their keys, two on paper", _met(play)
    yield "决定晚一天才公告", "The decisions are posted a day late", iter([_posted()])
    yield (
        "秘书由业委会任命，物业经理不行",
        "The committee names a secretary, and not the service enterprise's manager",
        _secretary(play),
    )
    yield "印章用了两次：一次有决定，一次没有", "The seal is used twice: on a decision, and on none", _sealed()
    yield "任期届满：不能再开会、表决、补选", "The term is over: no meeting, no vote, no by-election any more", _expired(play)
    yield "街道启动换届", "The street office begins the re-election", iter([_begun("re-election", 3)])


def _joined(play: Play, log_key: str) -> Iterator[Step]:
    yield from afterwards.founded(play, log_key, NAME, UNITS, MEMBERS)
    yield from estate.admit(play, "2026-08-06 10:00", "others", [SECRETARY, MANAGER])


def _carried() -> Iterator[Step]:
    yield area_classed("2026-08-06 11:00", "garden")
    yield carried_over("2026-08-06 11:10", COMMITTEE, "committee", _committee, "第二届业委会，备案件（示例）")
    for name, (subject, figures, note) in CARRIED.items():
        yield carried_over("2026-08-06 11:20", name, subject, figures, note)
    yield Step(
        "2026-08-06 11:30", "street", "carried-over/1", _another, {"note": "再登记一份合同（示例）"}, refused="carried-twice"
    )


def _committee(play: Play) -> Mapping[str, Any]:
    persons = tuple(sorted(play.people[name].person for name in MEMBERS))
    return {"chair": play.people[CHAIR].person, "end": TERM[1], "members": persons, "seats": len(MEMBERS), "start": TERM[0]}


def _another(_play: Play) -> Mapping[str, Any]:
    figures = {"from": "2026-01-01", "to": "2030-12-31"}
    return {"documents": (), "id": "contract-2026", "what": {"figures": figures, "subject": "contract"}}


def _elsewhere() -> Iterator[Step]:
    yield decided_elsewhere("2026-08-06 14:00", "pump-2025", "use-maintenance-fund", "2025-11-30", ON_PLATFORM,
                            "动用维修资金更换水泵（示例）", PAPER)  # fmt: skip
    yield decided_elsewhere("2026-08-06 14:10", "gate-2026", "other-major", "2026-04-12", MISCOUNTED, "改造大门（示例）", PAPER)


def _rung(play: Play, asked: tuple[str, ...]) -> Iterator[Step]:
    yield afterwards.rung(play, "2026-08-10 10:00", asked, asked[:1])
    yield afterwards.revoked(play, "2026-08-10 10:30", asked[0], "admitted-in-error", by="bureau")
    yield objection(play, "2026-08-10 11:00", "forged", FIRST_ROLL, asked[0], asked[0], f"roll-{FIRST_ROLL}-1", "roll",
                    "面积有误（示例）", refused="key-unknown")  # fmt: skip


def _admitted(play: Play, who: str) -> Iterator[Step]:
    afterwards.new_key(play, who, FORGER)
    yield from estate.admit(play, "2026-08-12 09:00", "her-own", [who], by="clerk")
    yield from estate.bind(play, "2026-08-12 10:00", FIRST_ROLL, "her-own", [(who, who)])


def _called(play: Play) -> Iterator[Step]:
    for who in ASKING:
        yield meeting_asked(play, "2026-08-17 09:00", "lamps", who, "楼道照明坏了两个月（示例）")
    yield called(play, "2026-08-19 09:00", MEETING, "2026-08-28 19:00", AGENDA, "street", refused="chair-first")
    yield called(play, "2026-08-20 09:00", MEETING, "2026-08-24 19:00", AGENDA, CHAIR, refused="agenda-too-late")
    yield called(play, "2026-08-20 09:10", MEETING, "2026-08-28 19:00", FUND, CHAIR, refused="reserved-to-owners")
    yield called(play, "2026-08-20 09:20", MEETING, "2026-08-28 19:00", AGENDA, CHAIR, ["observer"])


def _met(play: Play) -> Iterator[Step]:
    for who, choices in SPOKEN.items():
        yield voted(play, "2026-08-28 19:30", MEETING, who, choices)
    body = {"choices": SPOKEN[CHAIR], "meeting": MEETING, "person": play.people[MEMBERS[4]].person}
    yield Step("2026-08-28 19:40", CHAIR, "committee-voted/1", body, refused="no-proxy")
    yield minuted("2026-08-28 21:00", MEETING, "会议记录（示例）", confirm=MEMBERS[1], by_hand=SIGNED_BY_HAND, observers=["observer"],
                  scan=SCAN)  # fmt: skip


def _posted() -> Step:
    return decisions_posted("2026-09-01 09:00", MEETING, "2026-09-01", "gate")


def _secretary(play: Play) -> Iterator[Step]:
    term = ("2026-09-01", TERM[1])
    yield afterwards.given(play, "2026-09-01 10:00", "secretary", MANAGER, term, by=CHAIR, refused="post-barred")
    yield afterwards.given(play, "2026-09-01 10:10", "secretary", SECRETARY, term, by=CHAIR)


def _sealed() -> Iterator[Step]:
    decision = ("meeting", MEETING, "lamps", f"{MEETING}-minutes")
    yield seal_used("2026-09-02 10:00", 1, "2026-09-02", "contract", "照明更换合同（示例）", decision, SECRETARY)
    yield seal_used("2026-09-03 10:00", 2, "2026-09-03", "letter", "致物业服务企业的函（示例）", None, SECRETARY)


def _expired(play: Play) -> Iterator[Step]:
    late, starts = "2027-late", "2027-07-16 19:00"
    yield called(play, "2027-07-05 09:00", late, starts, AGENDA, CHAIR, refused="not-authorised")
    asked = meeting_asked(play, "2027-07-05 09:10", "late", ASKING[0], "还想再开一次会（示例）")
    yield replace(asked, refused="not-authorised")
    notice = next(afterwards.noticed(late, FUND, ("2027-07-05", "2027-07-26", "2027-08-02"), "更换水泵", clause="rules-12"))
    yield replace(notice, who=CHAIR, confirm=(), refused="not-authorised")
    yield called(play, "2027-07-05 10:00", late, starts, AGENDA, "street", refused="term-over")
    yield seal_used("2027-07-05 11:00", 3, "2027-07-05", "letter", "致住建局的函（示例）", None, "clerk")
    yield _begun("by-election", None, refused="term-over")


def _begun(kind: str, term: int | None, refused: str | None = None) -> Step:
    at = "2027-07-06 09:00"
    return begun(at, "committee-2027", FIRST_ROLL, "2027-07-20", kind=kind, seats=5 if term else 1, term=term, refused=refused)
