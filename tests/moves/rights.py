"""What owners do beside voting: objections, agents, service, requests, the groups that follow, and all of it on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from domain.acts import PREP_GROUP, PREPARATORY
from domain.requests import signers
from domain.roll import area_of
from scripts.stories.player import Play, Step
from tests.acts import DECOY, HOME, Lawful, Move, Stage, learn, said

Rows = tuple[tuple[str, str, Mapping[str, Any]], ...]  # unit, kind, and what its body says beside the head's tag


def head(play: Play, unit: str, **more: Any) -> dict[str, Any]:
    return {**more, "tag": play.tag(unit)}


# --- objections


def object_(who: str = "o2", of: str = "roll-r1-1", name: str = "x", ground: str = "roll", unit: str | None = None) -> Move:
    """An objection of the owner's head to the act called so."""

    def body(play: Play) -> dict[str, Any]:
        return head(play, unit or HOME[who], ground=ground, id=name, of=play.leaves[of], snapshot="r1")

    return said(who, "objection-raised/1", body, sealed=lambda _: {"text": "面积有误(示例)"}).named(f"objection-{name}")


def reply(who: str = "street", name: str = "x", outcome: str = "rejected") -> Move:
    return said(
        who, "objection-answered/1", lambda _: {"id": name, "outcome": outcome}, sealed=lambda _: {"answer": "已核对(示例)"}
    )


def escalate(who: str = "o2", name: str = "x") -> Move:
    return said(who, "objection-escalated/1", lambda _: {"id": name})


# --- a new roll


def replace_roll(new: str = "r2", old: str = "r1", reason: str = "transfer") -> Move:
    body = {"reason": reason, "replaces": old, "snapshot": new}
    return said("clerk", "roll-replaced/1", lambda _: body, sealed=lambda _: {"reason": "1-2已转让(示例)"})


# --- agents


def name_agent(who: str = "o2", agent: str = "tenant", unit: str | None = None) -> Move:
    def body(play: Play) -> dict[str, Any]:
        return head(play, unit or HOME[who], agent=play.people[agent].person, poll="p")

    return said(who, "proxy-given/1", body).sealing(authority=DECOY)


def dismiss_agent(who: str = "o2", unit: str | None = None) -> Move:
    return said(who, "proxy-ended/1", lambda play: head(play, unit or HOME[who], poll="p"))


# --- service


def serve(*rows: tuple[str, str, str], page: str = "1", who: str = "clerk", confirm: tuple[str, ...] = ("witness",)) -> Move:
    """A page that says who was served: (unit, method, day) each."""

    def body(play: Play) -> dict[str, Any]:
        return {"page": page, "poll": "p", "rows": tuple((play.tag(unit), method, day) for unit, method, day in rows)}

    return said(who, "notice-served/1", body, confirm=confirm).sealing(proof=DECOY)


# --- requests


def request(who: str = "o1", purpose: str = PREP_GROUP, name: str = "q", unit: str | None = None) -> Move:
    def body(play: Play) -> dict[str, Any]:
        return head(play, unit or HOME[who], purpose=purpose, request=name, snapshot="r1")

    return said(who, "request-opened/1", body, sealed=lambda _: {"text": "请求成立筹备组(示例)"})


def sign(who: str, name: str = "q", unit: str | None = None) -> Move:
    return said(who, "request-signed/1", lambda play: head(play, unit or HOME[who], request=name))


def unsign(who: str, name: str = "q") -> Move:
    return said(who, "request-withdrawn/1", lambda play: head(play, HOME[who], request=name))


def counted(play: Play, name: str = "q") -> tuple[int, int]:
    """The heads and the area of all signatures that stand, counted from nothing."""
    door: Any = play.door
    rows = [door.opening(leaf, f"row/{tag.hex()}") for tag, leaf in signers(door.fold.state, name)]
    return len(rows), sum(map(area_of, rows))


def verify(limb: str = "heads", name: str = "q", who: str = "street", confirm: tuple[str, ...] = ("bureau",)) -> Move:
    def body(play: Play) -> dict[str, Any]:
        heads, area = counted(play, name)
        return {"area": area, "heads": heads, "limb": limb, "request": name}

    return said(who, "request-verified/1", body, confirm=confirm)


MEMBERS: Final = (("o1", "owner"), ("o3", "owner"), ("o4", "owner"), ("street", "street"), ("clerk", "community"))


def form(*members: tuple[str, str], purpose: str = PREPARATORY, request: str | None = "q", leader: str = "street",
         to: str = "2027-08-01") -> Move:  # fmt: skip
    def body(play: Play) -> dict[str, Any]:
        own = tuple({"person": play.people[who].person, "side": side} for who, side in members or MEMBERS)
        return {
            "group": "g",
            "leader": play.people[leader].person,
            "members": own,
            "purpose": purpose,
            "request": request,
            "to": to,
        }

    return said("street", "group-formed/1", body, confirm=("bureau",))


# --- on paper


def row(play: Play, number: int, unit: str, kind: str, more: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value(play) if callable(value) else value for name, value in more.items()}
    return {"body": head(play, unit, **values), "for": play.tag(unit), "form": str(number), "kind": kind}


def rows(play: Play, filled: Rows) -> tuple[dict[str, Any], ...]:
    return tuple(row(play, number, *one) for number, one in enumerate(filled, 1))


def sheet(*filled: tuple[str, str, Mapping[str, Any]], page: str = "sheet-1") -> Move:
    """A page of other acts than ballots: (unit, kind, the rest of its body) each; it waits."""

    def sealed(_play: Play) -> dict[str, Any]:
        return {f"text/{n}": "纸质异议(示例)" for n, one in enumerate(filled, 1) if one[1] == "objection-raised/1"}

    move = said("clerk", "paper-page/1", lambda play: {"page": page, "poll": None, "rows": rows(play, filled)}, sealed=sealed)
    return move.sealing(scan=DECOY).named(page)


def sheet_again(*filled: tuple[str, str, Mapping[str, Any]], page: str = "sheet-1", who: str = "counter-2") -> Move:
    """The second keying of that page."""

    def body(play: Play) -> dict[str, Any]:
        return {"person": play.people[who].person, "poll": None, "rows": rows(play, filled)}

    return said(who, "page-keyed/1", body, about=page)


def paper_objection(unit: str = "1-2", name: str = "x", of: str = "roll-r1-1", ground: str = "roll") -> tuple[str, str, Any]:
    more = {"ground": ground, "id": name, "of": lambda play: play.leaves[of], "snapshot": "r1"}
    return unit, "objection-raised/1", more


def paper_signature(unit: str, name: str = "q") -> tuple[str, str, Any]:
    return unit, "request-signed/1", {"request": name}


def paper_agent(unit: str, agent: str = "tenant") -> tuple[str, str, Any]:
    return unit, "proxy-given/1", {"agent": lambda play: play.people[agent].person, "poll": "p"}


def paper_dismissal(unit: str) -> tuple[str, str, Any]:
    return unit, "proxy-ended/1", {"poll": "p"}


# --- stages


def _steps(*moves: tuple[str, Move]) -> Any:
    """These acts, (time, move) each, as the way to a stage."""

    def steps(play: Play) -> Iterable[Step]:
        for at, move in moves:
            step = move.make(play)
            yield replace(step, at=at, name=move.name or step.name)

    return steps


STAGES: Final[dict[str, Stage]] = {
    "objected": ("bound", _steps(("2026-08-10 10:00", object_()))),
    "escalated": ("objected", _steps(("2026-08-18 10:00", escalate()))),
    "result objected": ("announced", _steps(("2026-09-20 10:00", object_(of="p-result", ground="counting")))),
    "second roll": ("roll frozen", _steps(("2026-08-16 10:00", replace_roll()))),
    "agent named": ("open", _steps(("2026-09-03 10:00", name_agent()))),
    "request opened": ("roll frozen", _steps(("2026-08-16 10:00", request()))),
    "request signed": ("request opened", _steps(("2026-08-16 11:00", sign("o1")), ("2026-08-16 11:00", sign("o3")))),
    "request verified": ("request signed", _steps(("2026-08-17 10:00", verify()))),
    "sheet waits": ("bound", _steps(("2026-08-10 10:00", sheet(paper_objection())))),
}

LAWFUL: Final[Lawful] = {
    "objection-raised/1": ("bound", object_(), None),
    "objection-answered/1": ("objected", reply(), None),
    "objection-escalated/1": ("objected", escalate(), "2026-08-18 10:00"),
    "roll-replaced/1": ("roll frozen", replace_roll(), None),
    "proxy-given/1": ("open", name_agent(), None),
    "proxy-ended/1": ("agent named", dismiss_agent(), None),
    "notice-served/1": ("noticed", serve(("1-2", "handed", "2026-08-17")), None),
    "request-opened/1": ("roll frozen", request(), None),
    "request-signed/1": ("request opened", sign("o1"), None),
    "request-withdrawn/1": ("request signed", unsign("o1"), None),
    "request-verified/1": ("request signed", verify(), None),
    "group-formed/1": ("request verified", form(), None),
}

learn(STAGES, LAWFUL)
