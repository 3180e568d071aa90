"""A vote that a part of the estate decides, one that counts silence, one that was put off, and what may come after a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from domain.rulesets import Edition
from scripts.stories import estate as e
from scripts.stories.player import Play, Step, moment
from tests.acts import CLOSES, ITEMS, OPENS, STAGES, UNITS, VOTES, Lawful, Move, Stage, first, learn, said
from tests.memory import MemoryDoor
from tests.moves.rights import object_, reply, serve

STACK: Final = tuple(
    unit for unit in UNITS if unit.unit in ("1-1", "1-2", "1-3", "1-4", "1-8")
)  # 5 heads, 440.00 m²; o9 with 40.00
LIFT: Final = {  # T15: three matters of one lift
    "fund": ("use-maintenance-fund", "动用维修资金更换1单元电梯?"),
    "levy": ("raise-maintenance-fund", "向1单元业主筹集电梯更换费用?"),
    "lobby": ("change-common-parts", "把电梯厅的一部分改作储物间?"),
}
OF_STACK: Final = {"fund": "stack", "levy": "stack"}
SILENT: Final = "silent-follows-majority"
LATER: Final = "2026-09-27 20:00"
SHORT_OUTAGE: Final = ("2026-09-17 18:00", "2026-09-17 20:30")
FIGURES: Final = {name: {"area": area, "heads": heads} for name, heads, area in (
    ("electorate", 300, 3_000_000), ("participating", 200, 2_000_000), ("agree", 101, 1_000_001), ("against", 60, 600_000),
    ("abstain", 39, 399_999))}  # fmt: skip


# --- moves


def define(units: Iterable[Any] = STACK, name: str = "stack", snapshot: str = "r1") -> Move:
    """These units are a part of the estate that decides by itself."""
    return first(lambda play: e.scope(play, "", snapshot, name, tuple(units)))


def scoped_notice(scopes: Mapping[str, str] = OF_STACK, silence: str = "none") -> Move:
    """A vote on a lift, of which a part of the estate decides two questions."""
    return first(
        lambda _: e.notice(
            "", "p", "r1", LIFT, OPENS, CLOSES, "关于1单元电梯的表决", "rules-12", silence=silence, scopes=scopes
        )
    )


def warn() -> Move:
    """Owners are told what it means to return nothing."""
    move = said("street", "silence-warned/1", lambda _: {"poll": "p"}, confirm=("bureau",))
    return move.sealing(warning="已送达而没有交回选票的,按多数意见计入(示例)")


def extend(closes: str = LATER) -> Move:
    """Closing is put off."""
    move = said("street", "poll-extended/1", lambda _: {"closes": moment(closes), "poll": "p"}, confirm=("bureau",))
    return move.sealing(reason="台风期间无法投票")


def withdraw() -> Move:
    """The vote is withdrawn before anybody knows how it goes."""
    return said("street", "poll-withdrawn/1", lambda _: {"poll": "p"}, confirm=("bureau",)).sealing(reason="公告的金额有误")


def outage(start: str = SHORT_OUTAGE[0], end: str = SHORT_OUTAGE[1]) -> Move:
    """The ledger was out of reach."""
    return said("operator", "outage-recorded/1", lambda _: {"from": moment(start), "poll": "p", "to": moment(end)},
                confirm=("bureau",)).named("outage")  # fmt: skip


def certify_both() -> Move:
    """The result with both tallies and each electorate."""
    return first(lambda play: e.certify("", "p", cast("MemoryDoor", play.door).opening, "result-certified/2"))


def recount(objection: str = "o-1") -> Move:
    """Counted again for an objection that was upheld."""
    return first(
        lambda play: e.certify("", "p", cast("MemoryDoor", play.door).opening, "result-recounted/1", objection=objection)
    )


def annul(by: str = "court") -> Move:
    """A court or an authority has annulled the result."""
    body = {"by": by, "day": "2026-09-20", "document": None, "poll": "p"}
    return said("bureau", "poll-annulled/1", lambda _: body, confirm=("party",)).sealing(reason="未依法公告")


def report(**other: Any) -> Move:
    """A decision that was counted on the city's platform."""
    body = {**FIGURES, "claimed": True, "day": "2026-08-02", "decision": "d-1", "document": (bytes(32), 1000, "application/pdf"),
            "matter": "use-maintenance-fund", "platform": "city-evoting", **other}  # fmt: skip
    move = said("street", "decision-reported/1", lambda _: body, confirm=("bureau",))
    return move.sealing(title="关于动用维修资金的决定(示例)")


def in_stack(who: str, **choices: str) -> Move:
    """A ballot on the lift: on everything that the head decides, unless told otherwise."""
    return Move(lambda play: _lift_ballot(play, "", who, choices))


# --- what stages are made of


def _lift_ballot(play: Play, at: str, who: str, choices: Mapping[str, str]) -> Step:
    unit = next(unit.unit for unit in UNITS if who in unit.owners)
    inside = unit in {one.unit for one in STACK}
    chosen = choices or {item: "agree" for item in LIFT if inside or item not in OF_STACK}
    return e.ballot(play, at, "p", unit, who, chosen)


def _opened(_play: Play) -> Iterable[Step]:
    return _begun(("electronic",))


def _opened_to_paper(_play: Play) -> Iterable[Step]:
    return _begun(("electronic", "paper"))


def _begun(channels: tuple[str, ...]) -> Iterable[Step]:
    yield from e.notice(
        "2026-08-17 10:00", "p", "r1", LIFT, OPENS, CLOSES, "关于1单元电梯的表决", "rules-12", channels, scopes=OF_STACK
    )
    yield from e.posted("2026-08-17 11:00", "p", 1, "gate", "2026-08-17", "2026-09-17")
    yield from e.open_poll("2026-09-03 09:00", "p")


def _lift_votes(play: Play) -> Iterable[Step]:
    """Of the stack all but o9 agree to the fund and the levy, o4 not to the levy; the lobby lacks the area of o6."""
    for who in ("o1", "o2", "o3", "o4"):
        yield _lift_ballot(
            play, "2026-09-04 10:00", who, {} if who != "o4" else {"fund": "agree", "levy": "against", "lobby": "agree"}
        )
    yield _lift_ballot(play, "2026-09-04 10:00", "o9", {"fund": "against", "levy": "against", "lobby": "agree"})
    for who, choice in (("o5", "agree"), ("o6", "against"), ("o7", "agree")):
        yield _lift_ballot(play, "2026-09-04 10:00", who, {"lobby": choice})


def _warned(_play: Play) -> Iterable[Step]:
    yield Step("2026-08-18 10:00", "street", "silence-warned/1", {"poll": "p"}, {"warning": "不交回选票的按多数意见计入(示例)"},
               confirm=("bureau",))  # fmt: skip


def silent_votes(policy: str, votes: Mapping[str, str]) -> Stage:
    """From a frozen roll to a vote with this policy in which these heads have chosen."""

    def steps(play: Play) -> Iterable[Step]:
        yield from e.notice("2026-08-17 10:00", "p", "r1", ITEMS, OPENS, CLOSES, "关于电梯的表决", "rules-12", ("electronic", "paper"),
                            silence=policy)  # fmt: skip
        yield from e.posted("2026-08-17 11:00", "p", 1, "gate", "2026-08-17", "2026-09-17")
        yield from _warned(play)
        yield from e.open_poll("2026-09-03 09:00", "p")
        for who, choice in votes.items():
            unit = next(unit.unit for unit in UNITS if who in unit.owners)
            yield e.ballot(play, "2026-09-04 10:00", "p", unit, who, {"use": choice, "levy": choice})

    return "roll frozen", steps


def handed(*units: str, method: str = "handed", page: str = "1") -> Move:
    """These heads were handed their ballots on the day after the notice."""
    return serve(*((unit, method, "2026-08-18") for unit in units), page=page)


def _served(play: Play) -> Iterable[Step]:
    for move in (handed("1-6", "1-7", "1-8"), handed("1-10", method="announced", page="2")):
        yield replace(move.make(play), at="2026-09-05 10:00", openings={})


def uphold(name: str = "o-1") -> tuple[Move, Move]:
    """An owner objects to the result, and the street office finds her right."""
    return object_(of="p-result", name=name, ground="counting"), reply(name=name, outcome="upheld")


def _upheld(play: Play) -> Iterable[Step]:
    for at, move in zip(("2026-09-19 09:00", "2026-09-19 09:30"), uphold(), strict=True):
        yield replace(move.make(play), at=at)


def _older(steps: Iterable[Step]) -> Iterable[Step]:
    """The same under the edition before this one."""
    for step in steps:
        body = cast("Mapping[str, Any]", step.body)
        yield replace(step, body={**body, "edition": OLDER.named()})


OLDER: Final = Edition("cn-sz-2", "cn-2026-1")

_FEW: Final = {who: VOTES[who] for who in ("o1", "o3", "o4", "o5")}
STORY: Final[dict[str, Stage]] = {
    "founded, older": ("empty", lambda play: _older(STAGES["founded"][1](play))),
    "staffed, older": ("founded, older", STAGES["staffed"][1]),
    "paged, older": ("staffed, older", STAGES["paged"][1]),
    "bound, older": ("paged, older", STAGES["bound"][1]),
    "roll frozen, older": ("bound, older", STAGES["roll frozen"][1]),
    "open, older": ("roll frozen, older", lambda _: _older_vote()),
    "scope defined": ("roll frozen", lambda play: e.scope(play, "2026-08-16 10:00", "r1", "stack", STACK)),
    "open, scoped": ("scope defined", _opened),
    "open, scoped paper": ("scope defined", _opened_to_paper),
    "voted, scoped": ("open, scoped", _lift_votes),
    "closed, scoped": ("voted, scoped", lambda _: e.close("2026-09-17 20:30", "p")),
    "certified, scoped": (
        "closed, scoped",
        lambda play: e.certify("2026-09-18 10:00", "p", cast("MemoryDoor", play.door).opening, "result-certified/2"),
    ),
    "noticed, silent": ("roll frozen", lambda _: _silent_notice()),
    "voted, silent": silent_votes(SILENT, _FEW),
    "served, silent": ("voted, silent", _served),
    "closed, silent": ("served, silent", lambda _: e.close("2026-09-17 20:30", "p")),
    "extended": ("open", lambda _: _extension()),
    "outage": ("voted", lambda _: _outage()),
    "upheld": ("certified", _upheld),
    "upheld, paper": ("certified, paper", _upheld),
}


def _silent_notice() -> Iterable[Step]:
    return e.notice("2026-08-17 10:00", "p", "r1", ITEMS, OPENS, CLOSES, "关于电梯的表决", "rules-12", silence=SILENT)


def _older_vote() -> Iterable[Step]:
    yield from _older(e.notice("2026-08-17 10:00", "p", "r1", ITEMS, OPENS, CLOSES, "关于电梯的表决", "rules-12"))
    yield from e.posted("2026-08-17 11:00", "p", 1, "gate", "2026-08-17", "2026-09-17")
    yield from e.open_poll("2026-09-03 09:00", "p")


def _extension() -> Iterable[Step]:
    yield Step("2026-09-15 10:00", "street", "poll-extended/1", {"closes": moment(LATER), "poll": "p"}, {"reason": "台风"},
               confirm=("bureau",), name="extension")  # fmt: skip


def _outage() -> Iterable[Step]:
    start, end = map(moment, SHORT_OUTAGE)
    yield Step("2026-09-17 20:40", "operator", "outage-recorded/1", {"from": start, "poll": "p", "to": end}, confirm=("bureau",),
               name="outage")  # fmt: skip


LAWFUL: Final[Lawful] = {
    "scope-defined/1": ("roll frozen", define(), "2026-08-16 10:00"),
    "silence-warned/1": ("noticed, silent", warn(), "2026-08-18 10:00"),
    "poll-extended/1": ("open", extend(), "2026-09-15 10:00"),
    "poll-withdrawn/1": ("open", withdraw(), "2026-09-15 10:00"),
    "outage-recorded/1": ("voted", outage(), "2026-09-17 20:40"),
    "result-certified/2": ("closed, scoped", certify_both(), "2026-09-18 10:00"),
    "result-recounted/1": ("upheld", recount(), "2026-09-20 10:00"),
    "poll-annulled/1": ("certified", annul(), "2026-09-21 10:00"),
    "decision-reported/1": ("staffed", report(), None),
}
learn(STORY, LAWFUL)
