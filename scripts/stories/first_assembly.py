"""溪畔小筑: 24 flats find five people to speak for them, from the first signature to the filed committee.

A request of a fifth of the owners, a preparatory group, a roll of its own, candidates, one vote on rules, covenant and each
candidate, the committee's first meeting and its seal. All names, areas and ballots are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from domain.roll import Unit
from scripts.stories import assembly, elections, estate, small
from scripts.stories.player import Play, Step

CODE: Final = "440307-002"
ORIGIN: Final = small.origin(CODE)
START: Final = small.START
NAME: Final = {"zh": "溪畔小筑（演示）", "en": "Xipan Court (demo)"}
AREAS: Final = (8810, 10240, 12650)  # 0.01 m², by door
BOUGHT: Final = ("1-0101", "1-0102")  # one buyer, two flats: one head
OWNED: Final[Mapping[str, tuple[str, ...]]] = {
    "1-0102": ("owner-1-0101",), "1-0403": ("owner-1-0403", "owner-1-0403-b"), "1-0802": (), "1-0803": (),
}  # fmt: skip
SOLD_ON: Final = "1-0603"
ROLL: Final = "2026-04"
ELECTION: Final = "committee-2026"
POLL: Final = "2026-first-assembly"
MEETING: Final = "2026-06"
STANDING: Final = {"c1": "1-0101", "c2": "1-0203", "c3": "1-0303", "c4": "1-0403", "c5": "1-0502", "c6": "1-0601", "c7": "1-0701",
                   "c8": "1-0703", "c9": "1-0801"}  # fmt: skip
BY_PARTY: Final = ("c7", "c8")
BY_OWNERS: Final = {"c6": "1-0501"}  # whose key nominates
LEFT: Final = "c9"  # withdraws before the list is posted
ON_LIST: Final = tuple(candidate for candidate in STANDING if candidate != LEFT)
CHAIR: Final = "1-0303"
NOT_ELECTED: Final = "1-0703"
ITEMS: Final = {
    "rules": ("make-rules", "是否同意《业主大会议事规则（草案）》？"),
    "covenant": ("amend-covenant", "是否同意《管理规约（草案）》？"),
    **{candidate: ("elect-committee", f"是否同意选举业主 {STANDING[candidate]}（示例）为业主委员会委员？") for candidate in ON_LIST},
}  # fmt: skip
AWAY: Final = ("1-0302", "1-0402", "1-0602")  # they return nothing, and the developer neither
ON_PAPER: Final = ("1-0202", "1-0301", "1-0401", "1-0503")
BY_AGENT: Final = "1-0702"
DISMISSES: Final = "1-0503"  # her agent, and hands in a form herself
OPENS_HER_OWN: Final = "1-0201"  # after closing, from what she kept
AGAINST: Final = {"c3": 0, "c7": 1, "c1": 2, "c2": 3, "c6": 4, "c4": 5, "c5": 6, "c8": 11, "covenant": 5, "rules": 3}
NOTICED: Final = "2026-04-27"
CLOSES: Final = "2026-05-28"
REFUSES: Final = "1-0402"  # to sign for the notice
AGENDA: Final = {
    "filing": ("use-seal", "在选举备案材料上使用业主委员会印章。"),
    "secretary": ("hire-secretary", "聘请一名兼职秘书。"),
}  # fmt: skip
SAID: Final = {  # by whom, on each item of the agenda
    "1-0303": {"filing": "agree", "secretary": "agree"}, "1-0701": {"filing": "agree", "secretary": "against"},
    "1-0101": {"filing": "agree", "secretary": "against"}, "1-0203": {"filing": "agree", "secretary": "abstain"},
    "1-0601": {"filing": "agree", "secretary": "recused"},
}  # fmt: skip


def units() -> tuple[Unit, ...]:
    """The 24 flats as they were when the owners asked for a group."""
    return small.flats("1", 8, AREAS, OWNED)


def units_sold_on() -> tuple[Unit, ...]:
    """The same flats after one was sold."""
    return small.flats("1", 8, AREAS, {**OWNED, SOLD_ON: (f"owner-{SOLD_ON}-new",)})


def voters() -> list[str]:
    """The heads that return something, in the roll's order."""
    return [unit for unit in small.owned(units_sold_on()) if unit not in AWAY]


def choices(unit: str) -> Mapping[str, str]:
    """What a voter chose: those who do not stand are hard to please, the first of them most; whoever stands agrees with herself."""
    every = voters()
    number = sorted(every, key=lambda one: one in STANDING.values()).index(unit)
    chosen = {item: "against" if number < AGAINST[item] and STANDING.get(item) != unit else "agree" for item in ITEMS}
    return chosen | ({"rules": "abstain"} if unit == every[-1] else {})


def key_of(unit: str) -> str:
    """Whose key votes for a head: its owner's, the buyer's, or the agent's."""
    return {BY_AGENT: "relative", SOLD_ON: "buyer"}.get(unit, unit)


def scenes(play: Play, log_key: str, openings: Callable[[bytes, str], Any]) -> Iterator[tuple[str, str, Iterator[Step]]]:
    """The story in scenes: (中文, English, steps)."""
    play.meet("building-head", "owners-xipan", "楼栋长（示例）")
    play.meet("relative", None, "受托人（示例）")
    play.meet("buyer", None, f"业主 {SOLD_ON}（示例）", f"owner-{SOLD_ON}-new")
    play.meet("stranger", None, "外来者（示例）")
    posts = (("building-head", "building-head"), ("party-branch", "party"))
    yield from small.beginning(play, log_key, NAME, units(), posts, owners="owners-xipan")
    yield (
        "业主联名请求成立筹备组，一人书面签名，一人撤回",
        "Owners ask for a preparatory group: one signs on paper, one takes her signature back",
        _request(play),
    )
    yield (
        "街道办核实联名：第一次不足两成，再有一户签名后达到",
        "The street office counts the signatures: first too few, then with one more enough",
        _verified(play, openings),
    )
    yield (
        "街道办牵头成立筹备组：住建局先退回补材料，业主代表过半",
        "The street office forms the group; the bureau first sends it back; owners are the majority",
        _group(play),
    )
    yield (
        "筹备组重新公示名册：一套已转让，一户提出异议并得到答复",
        "The group posts the roll anew: one flat was sold, one owner objects and is answered",
        _roll(play),
    )
    yield "启动首届业委会选举，设五个席位", "The election of a first committee of five begins", iter((_begun(),))
    yield (
        "九人成为候选人：自荐、业主推荐、党组织推荐两人",
        "Nine people stand: by themselves, by an owner, two by the Party branch",
        _nominations(play),
    )
    yield (
        "资格审查：一人因欠费未通过，异议成立后重新审查通过",
        "Candidates are checked: one is refused for unpaid fees, her appeal is upheld, she is checked again",
        _checks(play),
    )
    yield "候选人名单公示八天后确定", "The list of candidates is posted for eight days, then final", _list()
    yield (
        "公告表决：议事规则、管理规约和每一位候选人",
        "The vote is noticed: rules of procedure, covenant and each candidate",
        _notice(),
    )
    yield "逐户送达，一户拒绝签收", "The notice is served at every door; one owner refuses to sign", _service(play)
    yield (
        "十五天表决：手机、纸票，一户委托他人，一户撤回委托",
        "Fifteen days of voting: by phone, on paper, one agent stands, one is dismissed",
        _ballots(play),
    )
    yield (
        "截止；一户自行开示密封选票；计票人与监票人核定结果",
        "Closed; an owner opens her sealed ballot herself; counters and observer certify the result",
        _counted(play, openings),
    )
    yield (
        "公告结果，一户书面对计票提出异议，经核对不成立",
        "The result is announced; an objection on paper to the count is looked into and rejected",
        _objected(),
    )
    yield "宣布当选", "The five are declared elected", _declared()
    yield (
        "委员推选主任；党组织推荐而未当选的人不能担任",
        "The members elect a chair; somebody recommended but not elected cannot be",
        _officers(play),
    )
    yield "业委会召开首次会议", "The committee holds its first meeting", _meeting(play)
    yield (
        "凭会议决定用印，在三十天内向两个部门备案",
        "The seal is used on that decision, and the committee is filed with both authorities within thirty days",
        _filed(),
    )


def _request(play: Play) -> Iterator[Step]:
    text = "请求街道办事处组织成立首次业主大会会议筹备组。"
    yield assembly.request(play, "2026-03-16 10:00", "group", "prep-group", small.ROLL, BOUGHT[0], BOUGHT[0], text)
    yield assembly.signed(play, "2026-03-16 10:10", "group", BOUGHT[0], BOUGHT[0])
    yield assembly.signed(play, "2026-03-16 19:00", "group", "1-0203", "1-0203")
    yield assembly.signed(play, "2026-03-16 20:00", "group", "1-0301", "1-0301")
    yield assembly.signed(play, "2026-03-16 21:00", "group", "1-0503", "stranger", refused="key-unknown")
    yield assembly.signed(play, "2026-03-16 21:10", "group", "1-0503", "1-0501", refused="not-your-head")
    by_hand = [assembly.paper_signature("1-0303", "group")]
    yield assembly.sheet("2026-03-17 10:00", "signatures-1", by_hand)
    yield assembly.sheet_keyed("2026-03-17 11:00", "signatures-1", by_hand)
    yield assembly.unsigned(play, "2026-03-18 09:00", "group", "1-0301", "1-0301")


def _verified(play: Play, openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield assembly.verified("2026-03-18 10:00", "group", "area", openings, refused="request-below-threshold")
    yield assembly.signed(play, "2026-03-18 20:00", "group", "1-0403", "1-0403")
    yield assembly.verified("2026-03-19 10:00", "group", "area", openings)


def _group(play: Play) -> Iterator[Step]:
    owners = tuple((unit, "owner") for unit in (BOUGHT[0], "1-0203", "1-0303"))
    officials = (("street", "street"), ("clerk", "community"))
    purpose = ("first-assembly", "preparatory", "group")
    yield assembly.group(play, "2026-03-23 09:00", *purpose, (*owners, officials[0]), "2026-12-31", refused="group-even")
    yield assembly.group(play, "2026-03-23 10:00", *purpose, (owners[0], *officials), "2026-12-31", refused="group-owners-few")
    whole = assembly.group(play, "2026-03-23 11:00", *purpose, (*owners, *officials), "2026-12-31")
    yield replace(whole, confirm=(), name="group-at-first")
    yield estate.declined(play, "2026-03-23 15:00", "group-at-first", "bureau", "evidence-missing")
    yield replace(whole, at="2026-03-24 08:00")


def _roll(play: Play) -> Iterator[Step]:
    """A new snapshot has fresh tags; an objection to it is answered before it is frozen."""
    play.tags.clear()
    every = units_sold_on()
    heads = small.owned(every)
    yield assembly.new_roll("2026-03-24 09:00", ROLL, small.ROLL, "transfer", f"{SOLD_ON} 已于3月转让并办理登记。")
    yield from estate.roll_pages(play, "2026-03-24 10:00", ROLL, every)
    yield from estate.admit(play, "2026-03-25 09:00", "later", ["buyer", "relative"], by="clerk")
    bound = [(unit, "buyer" if unit == SOLD_ON else unit) for unit in heads]
    yield from estate.bind(play, "2026-03-26 09:00", ROLL, "owners-of-april", bound)
    yield assembly.objection(play, "2026-03-30 20:00", "area-1-0502", ROLL, "1-0502", "1-0502", f"roll-{ROLL}-1", "roll",
                             "名册上的面积比我的合同少0.12平方米。")  # fmt: skip
    freezing = list(estate.freeze("2026-04-02 09:00", ROLL, every, ("2026-03-24", "2026-04-01"), 1))
    yield from (replace(step, refused="objection-open") for step in freezing)
    yield assembly.answered(
        "2026-04-02 10:00", "area-1-0502", "street", "rejected", "经核对，名册面积与不动产登记一致，合同面积为预测面积。"
    )
    yield from (replace(step, at="2026-04-02 11:00") for step in freezing)


def _begun() -> Step:
    return elections.begun("2026-04-03 09:00", ELECTION, ROLL, "2026-04-12")


def _nominations(play: Play) -> Iterator[Step]:
    for number, (candidate, unit) in enumerate(STANDING.items()):
        shown = elections.profile(f"业主 {unit}（示例）", unit)
        at = f"2026-04-08 {10 + number}:00"
        if candidate in BY_PARTY:
            yield elections.nominated(play, at, ELECTION, candidate, unit, shown, by="party", author="party")
        elif candidate in BY_OWNERS:
            whose = BY_OWNERS[candidate]
            yield elections.nominated(play, at, ELECTION, candidate, unit, shown, by="owners", unit=whose, author=whose)
        else:
            yield elections.nominated(play, at, ELECTION, candidate, unit, shown, unit=unit)
    unasked = elections.profile("业主 1-0402（示例）", "1-0402", consent=False)
    yield elections.nominated(play, "2026-04-09 10:00", ELECTION, "c10", "1-0402", unasked, by="owners", unit="1-0501",
                              author="1-0501", refused="consent-missing")  # fmt: skip
    late = elections.profile("业主 1-0401（示例）", "1-0401")
    yield elections.nominated(
        play, "2026-04-13 08:00", ELECTION, "c11", "1-0401", late, unit="1-0401", refused="nomination-over"
    )


def _checks(play: Play) -> Iterator[Step]:
    yield elections.stands_no_more("2026-04-13 09:00", LEFT, STANDING[LEFT])
    for candidate in ON_LIST:
        if candidate == "c2":
            yield elections.checked("2026-04-13 10:00", candidate, ("fee-default",), "物业服务企业提供的欠费清单中有该业主。")
        else:
            yield elections.checked("2026-04-13 10:00", candidate)
    yield assembly.objection(play, "2026-04-13 20:00", "fees-1-0203", ROLL, "1-0203", "1-0203", "candidate-c2-check", "qualification",
                             "物业费已于2月缴清，附收据。")  # fmt: skip
    yield elections.checked("2026-04-14 10:00", "c2", refused="checked-already")
    yield assembly.answered(
        "2026-04-15 10:00", "fees-1-0203", "bureau", "upheld", "欠费清单有误：该业主已于2月缴清，有收据为证。"
    )
    yield elections.checked("2026-04-15 15:00", "c2")


def _list() -> Iterator[Step]:
    yield elections.candidates_posted("2026-04-16 09:00", ELECTION, 1, ON_LIST, "building-1-hall", "2026-04-16", "2026-04-24")
    yield elections.candidates_final("2026-04-20 09:00", ELECTION, ON_LIST, refused="candidates-not-posted")
    yield elections.candidates_final("2026-04-27 09:00", ELECTION, ON_LIST)


def _notice() -> Iterator[Step]:
    yield from estate.notice(f"{NOTICED} 10:00", POLL, ROLL, ITEMS, "2026-05-14 09:00", f"{CLOSES} 20:00", "首次业主大会会议表决",
                             None, ("electronic", "paper"))  # fmt: skip
    yield from estate.posted(f"{NOTICED} 11:00", POLL, 1, "building-1-hall", NOTICED, CLOSES)


def _service(play: Play) -> Iterator[Step]:
    """The building head goes from door to door; the clerk mails to those who live elsewhere."""
    every = small.owned(units_sold_on())
    rows = [(unit, "refused" if unit == REFUSES else "handed", "2026-04-28") for unit in every[:-3]]
    yield assembly.served(play, "2026-04-29 09:00", POLL, "doors", rows, who="building-head", confirm="clerk")
    mailed = [(unit, "posted-by-mail", "2026-04-29") for unit in every[-3:]]
    yield assembly.served(play, "2026-04-29 10:00", POLL, "mail", mailed)
    yield assembly.served(play, "2026-04-30 10:00", POLL, "again", mailed[:1], refused="served-already")


def _ballots(play: Play) -> Iterator[Step]:
    yield from estate.open_poll("2026-05-14 09:00", POLL)
    yield assembly.agent(play, "2026-05-14 10:00", POLL, BY_AGENT, BY_AGENT, STANDING["c1"], refused="agent-candidate")
    yield assembly.agent(play, "2026-05-14 10:10", POLL, BY_AGENT, BY_AGENT, "relative")
    by_hand = [assembly.paper_agent(DISMISSES, POLL, "relative")]
    yield assembly.sheet("2026-05-15 10:00", "agents-1", by_hand)
    yield assembly.sheet_keyed("2026-05-15 11:00", "agents-1", by_hand)
    yield assembly.agent_dismissed(play, "2026-05-20 10:00", POLL, DISMISSES, DISMISSES)
    filled = []
    for number, unit in enumerate(voters()):
        if unit in ON_PAPER:
            filled.append((unit, choices(unit)))
        else:
            at = f"2026-05-{15 + number // 3:02} 19:{number % 3}0"
            cast = estate.sealed_ballot(play, at, POLL, unit, key_of(unit), choices(unit))
            yield replace(cast, name="kept-ballot") if unit == OPENS_HER_OWN else cast
    yield estate.sealed_ballot(play, "2026-05-22 10:00", POLL, SOLD_ON, SOLD_ON, choices(SOLD_ON), refused="not-your-head")
    yield estate.paper_page("2026-05-26 18:00", POLL, f"{POLL}-1", filled)
    yield estate.keyed("2026-05-26 19:00", POLL, f"{POLL}-1", filled)


def _counted(play: Play, openings: Callable[[bytes, str], Any]) -> Iterator[Step]:
    yield from estate.close(f"{CLOSES} 20:30", POLL)
    yield estate.reopened(play, f"{CLOSES} 21:00", POLL, OPENS_HER_OWN, OPENS_HER_OWN, "kept-ballot")
    yield from estate.certify("2026-05-29 10:00", POLL, openings)


def _objected() -> Iterator[Step]:
    yield from estate.announce("2026-05-29 14:00", POLL, "2026-05-29", "building-1-hall")
    by_hand = [
        assembly.paper_objection("1-0401", "count-1-0401", ROLL, f"{POLL}-result", "counting", "我交的是纸票，怀疑没有计入。")
    ]
    yield assembly.sheet("2026-06-01 09:00", "objections-1", by_hand)
    yield assembly.sheet_keyed("2026-06-01 09:30", "objections-1", by_hand)
    yield elections.declared("2026-06-01 10:00", ELECTION, POLL, refused="objection-open")
    yield assembly.answered(
        "2026-06-02 10:00", "count-1-0401", "street", "rejected", "经当面核对存根与计票明细，该纸票已计入。"
    )


def _declared() -> Iterator[Step]:
    yield elections.declared(
        "2026-06-03 09:00", ELECTION, POLL, elected=("c8", "c3", "c7", "c1", "c2"), refused="declaration-differs"
    )
    yield elections.declared("2026-06-03 10:00", ELECTION, POLL)


def _officers(play: Play) -> Iterator[Step]:
    signing = (CHAIR, "1-0701", "1-0203")
    yield elections.officers(play, "2026-06-05 19:00", ELECTION, NOT_ELECTED, (), signing, refused="not-a-member")
    yield elections.officers(play, "2026-06-05 19:10", ELECTION, CHAIR, (BOUGHT[0],), signing[:2], refused="signers-too-few")
    yield elections.officers(play, "2026-06-05 19:20", ELECTION, CHAIR, (BOUGHT[0],), signing)


def _meeting(play: Play) -> Iterator[Step]:
    reserved = {"fund": ("use-maintenance-fund", "动用维修资金更换单元门。")}
    yield elections.called(play, "2026-06-08 09:00", MEETING, "2026-06-15 19:00", reserved, CHAIR, refused="reserved-to-owners")
    yield elections.called(play, "2026-06-08 09:10", MEETING, "2026-06-12 19:00", AGENDA, CHAIR, refused="agenda-too-late")
    yield elections.called(play, "2026-06-08 09:20", MEETING, "2026-06-15 19:00", AGENDA, CHAIR, observers=("party",))
    for number, (who, said) in enumerate(SAID.items()):
        yield elections.voted(play, f"2026-06-15 19:{number}0", MEETING, who, said)
    yield elections.voted(play, "2026-06-15 19:50", MEETING, NOT_ELECTED, SAID[CHAIR], refused="not-authorised")
    yield elections.minuted("2026-06-15 21:00", MEETING, "首次会议记录：五名委员到会，两项议题表决如下。", confirm=BOUGHT[0],
                            observers=("party",))  # fmt: skip
    yield elections.decisions_posted("2026-06-16 09:00", MEETING, "2026-06-16", "building-1-hall")


def _filed() -> Iterator[Step]:
    decision = ("meeting", MEETING, "filing", f"{MEETING}-minutes")
    yield elections.seal_used("2026-06-17 09:00", 1, "2026-06-17", "filing", "业主委员会备案申请表", decision, CHAIR)
    yield elections.filed("2026-06-18 10:00", ELECTION, CHAIR, "bureau-longgang", "2026-06-18")
    yield elections.filed("2026-06-18 15:00", ELECTION, CHAIR, "street-guojian", "2026-06-18")
