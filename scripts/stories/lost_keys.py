"""竹园: keys are lost and renewed, posts change hands, and the estate gets supervisors again after the last one has gone.

All people and organisations are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from scripts.stories import afterwards, estate
from scripts.stories.afterwards import FIRST_ROLL, noticed
from scripts.stories.player import Play, Step
from scripts.stories.small import Scene, flats, origin

CODE: Final = "440307-014"
ORIGIN: Final = origin(CODE)
START: Final = afterwards.START
NAME: Final = {"zh": "竹园（演示）", "en": "Zhuyuan (demo)"}
UNITS: Final = flats("1", 3, afterwards.AREAS)
LOSER, RENEWER, MOVED, NEIGHBOUR = "1-0101", "1-0102", "1-0304", "1-0203"
LOST, OLD = f"{LOSER} lost", f"{RENEWER} old"
NEXT_CLERK, NEXT_SUPERVISOR, SECOND_SUPERVISOR = "clerk-2", "housing", "audit"
SUPERVISORS: Final = ("party", "bureau", "street")
BINS: Final = "2026-bins"
ITEMS: Final = {"bins": ("other-major", "是否同意重新布置垃圾投放点？")}
ABSENT: Final = "1-0301"


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[Scene]:
    """The story in scenes: (中文, English, steps)."""
    afterwards.meet(play, UNITS, "owners-zhuyuan")
    play.meet(NEXT_CLERK, "community-guojian", "接任的经办人（示例）")
    play.meet(NEXT_SUPERVISOR, "bureau-longhua", "住建局工作人员乙（示例）")
    play.meet(SECOND_SUPERVISOR, "audit-zhuyuan", "审计机构工作人员（示例）")
    yield "竹园加入台账，名册定稿", "Zhuyuan joins, and its roll is frozen", _joined(play, log_key)
    yield "表决开始，第一批选票", "A vote is open; the first ballots", _voted(play)
    yield (
        "手机丢了：监督单位注销密钥；捡到的人投不了票",
        "A phone is lost: supervisors revoke its key; who finds it cannot vote",
        _lost(play),
    )
    afterwards.new_key(play, LOSER, LOST)
    yield (
        "换了新手机：新密钥，原来的票还在，可以改投",
        "A new phone, a new key; the ballot stands and may be changed",
        _found(play),
    )
    afterwards.new_key(play, RENEWER, OLD)
    yield "另一位业主自己更换密钥", "Another owner renews her key herself", _renewed(play)
    yield "经办人交接", "The clerk hands over", _handed_over(play)
    yield "截止、核定、公告", "Closed, certified, announced", _decided(openings)
    yield (
        "搬走的业主注销密钥后，台账不再保存她是谁",
        "An owner has moved away: her key ends, and who she was is forgotten",
        _moved(play),
    )
    yield (
        "监督人都在，上级单位不能单方任命",
        "While supervisors stand the parent authority names nobody by itself",
        _not_yet(play),
    )
    yield "监督人全部离任", "All supervisors leave", _gone(play)
    yield (
        "上级单位补任监督人，由运营单位复核",
        "The parent authority restores a supervisor; the operator confirms",
        _restored(play),
    )
    yield (
        "再补任一个：仅余的监督人有十五天可以反对",
        "And a second: the only supervisor has fifteen days to object",
        _second(play),
    )
    yield "补任生效，台账照常运行", "The second stands, and the ledger goes on", _again(play)


def _joined(play: Play, log_key: str) -> Iterator[Step]:
    yield from estate.found(play, START, log_key, NAME, demo=True)
    yield from estate.admit(play, "2026-08-03 14:00", "staff", [*estate.STAFF, NEXT_CLERK])
    yield from estate.give_posts(play, "2026-08-04 09:00", "2026-08-04", "2028-08-03")
    yield from estate.admit(play, "2026-08-06 09:00", "owners", [unit.unit for unit in UNITS if unit.unit != MOVED], by="clerk")
    yield from estate.admit(play, "2026-08-06 10:00", "moved", [MOVED], by="clerk")
    yield from afterwards.enrolled(play, UNITS)


def _ballot(play: Play, at: str, unit: str, who: str, choice: str = "agree", refused: str | None = None) -> Step:
    return estate.ballot(play, at, BINS, unit, who, {"bins": choice}, refused)


def _voted(play: Play) -> Iterator[Step]:
    yield from noticed(BINS, ITEMS, ("2026-08-17", "2026-09-03", "2026-10-12"), "关于垃圾投放点的表决", clause="rules-12")
    yield from estate.open_poll("2026-09-03 09:00", BINS)
    for unit in UNITS:
        if unit.unit not in (ABSENT, RENEWER):
            yield _ballot(play, "2026-09-04 10:00", unit.unit, unit.unit)


def _lost(play: Play) -> Iterator[Step]:
    yield afterwards.revoked(play, "2026-09-05 09:00", LOSER, "lost", by=NEIGHBOUR, refused="not-authorised")
    yield afterwards.revoked(play, "2026-09-05 10:00", LOSER, "lost", by="bureau")
    yield _ballot(play, "2026-09-05 11:00", LOSER, LOSER, "against", refused="key-unknown")


def _found(play: Play) -> Iterator[Step]:
    yield from estate.admit(play, "2026-09-07 09:00", "again", [LOSER], by="clerk")
    yield _ballot(play, "2026-09-07 10:00", LOSER, LOSER, "abstain", refused="not-your-head")
    yield from estate.bind(play, "2026-09-07 11:00", FIRST_ROLL, "again", [(LOSER, LOSER)])
    yield _ballot(play, "2026-09-07 12:00", LOSER, LOSER, "abstain")


def _renewed(play: Play) -> Iterator[Step]:
    yield afterwards.renewed(play, "2026-09-08 09:00", RENEWER, OLD)
    yield _ballot(play, "2026-09-08 10:00", RENEWER, OLD, "against", refused="key-unknown")
    yield _ballot(play, "2026-09-08 11:00", RENEWER, RENEWER)


def _handed_over(play: Play) -> Iterator[Step]:
    yield afterwards.post_ended(play, "2026-09-25 09:00", "clerk", "clerk", "2026-09-30")
    yield afterwards.given(play, "2026-09-25 10:00", "clerk", NEXT_CLERK, ("2026-10-01", "2028-08-03"))


def _decided(openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    closing = next(estate.close("2026-10-12 20:30", BINS))
    yield Step(closing.at, "clerk", closing.kind, closing.body, refused="not-authorised")
    yield Step("2026-10-12 20:40", NEXT_CLERK, closing.kind, closing.body, confirm=closing.confirm, name=closing.name)
    yield from estate.certify("2026-10-13 10:00", BINS, openings)
    yield from estate.announce("2026-10-13 11:00", BINS, "2026-10-13", "gate")


def _moved(play: Play) -> Iterator[Step]:
    yield afterwards.erased(
        play, "2026-10-20 09:00", "moved-1", "本人申请删除（示例）", refused="erasure-key-active", by=NEXT_CLERK
    )
    yield afterwards.revoked(play, "2026-10-20 10:00", MOVED, "holder-asked")
    yield afterwards.erased(play, "2026-10-20 11:00", "moved-1", "房屋已转让，本人申请删除（示例）", by=NEXT_CLERK)


def _not_yet(play: Play) -> Iterator[Step]:
    yield afterwards.restored(play, "2026-11-02 09:00", NEXT_SUPERVISOR, "too-early", refused="supervisors-stand")


def _gone(play: Play) -> Iterator[Step]:
    for who in SUPERVISORS:
        yield afterwards.revoked(play, "2026-11-10 09:00", who, "left-post")
    yield afterwards.given(
        play, "2026-11-10 10:00", "clerk", "clerk", ("2026-11-10", "2027-11-10"), by="street", refused="key-unknown"
    )


def _restored(play: Play) -> Iterator[Step]:
    yield afterwards.restored(play, "2026-11-12 09:00", NEXT_SUPERVISOR, "restored")


def _second(play: Play) -> Iterator[Step]:
    yield afterwards.restored(play, "2026-11-16 09:00", SECOND_SUPERVISOR, "second", confirm=())
    yield afterwards.confirmed(play, "2026-11-20 09:00", "operator", "second", refused="silence-not-over")
    yield afterwards.confirmed(play, "2026-12-01 09:00", "operator", "second")


def _again(play: Play) -> Iterator[Step]:
    play.meet("street-2", "street-guojian", "街道物管办接任人员（示例）")
    yield from estate.admit(play, "2026-12-02 09:00", "street", ["street-2"], confirm=NEXT_SUPERVISOR)
    yield afterwards.given(play, "2026-12-02 10:00", "street-office", "street-2", ("2026-12-02", "2028-12-01"), by=NEXT_SUPERVISOR,
                           confirm=SECOND_SUPERVISOR)  # fmt: skip
