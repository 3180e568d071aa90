"""What owners ask for together, and the groups that follow: how many signed, what is lacking, who is represented; no names.

A signature shows a head only as one more in the count; its area is added up when the street office verifies the request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.requests import THRESHOLDS, Group, Request
from domain.roll import Roll
from domain.state import act_of
from projections.duties import DutyFace, duties_of
from projections.entries import standing_of
from projections.journal import Line
from projections.ledgers import View
from projections.polls import ActFace, Moment, Place, WeightFace, act_faces, done_at, place_at, place_of, texts_of
from projections.signers import Signer, signer_of


@dataclass(frozen=True, slots=True)
class Verified:
    """The verified count: heads and area (0.01 m²), and by which of them the threshold is met: heads, area or both."""

    figures: WeightFace
    limb: str
    signer: Signer
    done: Moment | None
    entry: Place


@dataclass(frozen=True, slots=True)
class GroupFace:
    """A preparatory or re-election group: how many of its members stand for whom, who leads it, until when."""

    group: str
    purpose: str
    request: str | None
    sides: dict[str, int]
    leader: str
    formed: Moment | None
    to: str
    entry: Place | None
    duties: tuple[DutyFace, ...]


@dataclass(frozen=True, slots=True)
class RequestFace:
    """One request. `needed` heads and area reach the share of the roll's `total`; `demanded` says which must: heads, area, both, either.

    `lacking` is how many heads are still lacking, null where heads decide nothing or the request is verified.
    """

    request: str
    purpose: str
    text: str | None
    stage: str
    opened: Moment | None
    entry: Place | None
    heads: int
    total: WeightFace
    share: tuple[int, int]
    demanded: str
    needed: WeightFace
    lacking: int | None
    verified: Verified | None
    group: GroupFace | None
    duties: tuple[DutyFace, ...]
    acts: tuple[ActFace, ...]


def requests(seen: View) -> list[RequestFace]:
    """Every request, the newest first."""
    names = [_body(seen, line)["request"] for line in seen.journal.of_kind("request-opened/1")]
    return [face for name in reversed(names) if (face := request_face(seen, name))]


def request_face(seen: View, name: str) -> RequestFace | None:
    """A request, or None when none of that name was opened."""
    request: Request | None = seen.state.get(("request", name))
    if request is None:
        return None
    roll: Roll = seen.state["roll", request.snapshot]
    rule = THRESHOLDS[request.purpose]
    share, demanded = request.edition.value(f"{rule}_share"), request.edition.value(f"{rule}_limbs")
    needed = WeightFace(*(-(-whole * share[0] // share[1]) for whole in (roll.total.heads, roll.total.area)))
    open_ = request.limb is None and demanded != "area"
    lines = _about(seen, name)
    return RequestFace(
        name, request.purpose, texts_of(seen, request.leaf).get("text"), request.stage, done_at(seen, request.leaf),
        place_at(seen, request.leaf), request.heads, WeightFace(roll.total.heads, roll.total.area), tuple(share), demanded, needed,
        max(0, needed.heads - request.heads) if open_ else None, _verified(seen, lines), _group_of(seen, name),
        duties_of(seen, (("request", name),)), act_faces(seen, lines),
    )  # fmt: skip


def groups(seen: View) -> list[GroupFace]:
    """Every group that was formed, the newest first."""
    lines = [line for line in seen.journal.of_kind("group-formed/1") if standing_of(seen, line).name == "complete"]
    return [_group(seen, line) for line in reversed(lines)]


def _body(seen: View, line: Line) -> Mapping[str, Any]:
    return act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body


def _about(seen: View, name: str) -> list[Line]:
    """Its opening, its verifications and its group, with their confirmations; no signature, of which there are thousands."""
    kinds = ("request-opened/1", "request-verified/1", "group-formed/1")
    own = [line for line in seen.journal.of_kind(*kinds) if _body(seen, line)["request"] == name]
    return sorted((*own, *(answer for line in own for answer in seen.journal.answers(line.leaf))), key=lambda line: line.index)


def _verified(seen: View, lines: list[Line]) -> Verified | None:
    line = next((one for one in lines if one.kind == "request-verified/1" and standing_of(seen, one).name == "complete"), None)
    if line is None:
        return None
    body = _body(seen, line)
    return Verified(
        WeightFace(body["heads"], body["area"]), body["limb"], signer_of(seen, line), done_at(seen, line.leaf), place_of(line)
    )


def _group_of(seen: View, name: str) -> GroupFace | None:
    return next((one for one in groups(seen) if one.request == name), None)


def _group(seen: View, line: Line) -> GroupFace:
    body = _body(seen, line)
    group: Group = seen.state["group", body["group"]]
    sides = Counter(one["side"] for one in body["members"])
    leader = next(one["side"] for one in body["members"] if one["person"] == group.leader)
    return GroupFace(body["group"], group.purpose, body["request"], dict(sides), leader, done_at(seen, line.leaf), group.to,
                     place_of(line), duties_of(seen, (("group", body["group"]),)))  # fmt: skip
