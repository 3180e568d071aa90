"""What owners ask for together: a preparatory group, an extraordinary meeting, a recall; and the group that is then formed.

Signatures are one of each head of a frozen roll, counted while they come in; their area is added up from the roll when the
street office verifies the request (R-SZ-2, R-MEET-1, R-COM-10). The thresholds are those of the edition in force at its opening.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.acts import EXTRAORDINARY, PREP_GROUP, PREPARATORY, RECALL
from domain.authority import Post, appointed, holds, organisation
from domain.calendar import day_of, due_day
from domain.confirmations import Stream, waiting
from domain.counting import Weight
from domain.deadlines import done, last_day, owe
from domain.founding import edition_of
from domain.lifecycle import (
    GONE,
    Act,
    Breach,
    Changes,
    Context,
    Found,
    Held,
    Key,
    Openings,
    Read,
    Subject,
    Thing,
    Transition,
    Unopened,
    at_stage,
)  # fmt: skip
from domain.roll import Roll, area_of, heads_of_person, key_of_head, opened_rows, roll_is_frozen
from domain.rulesets import Edition

FORMATION, FIRST_ASSEMBLY = "R-PREP-2", "R-PREP-5"
PREPARING: Final[Key] = ("preparing", "")  # the group that prepares the first assembly
OPEN, VERIFIED, MET = "open", "verified", "met"
MAX_OPENED: Final = 10  # requests that one head opens on one roll
GROUP_POSTS: Final[Mapping[str, str]] = {PREPARATORY: "preparatory-group", "re-election": "re-election-group"}
THRESHOLDS: Final[Mapping[str, str]] = {  # what the parameters of a purpose are called
    PREP_GROUP: "prep_group", EXTRAORDINARY: "extraordinary", RECALL: "recall",
}  # fmt: skip
LIMBS: Final[Mapping[str, frozenset[str | None]]] = {  # which findings satisfy a rule that demands this limb
    "area": frozenset(("area", "both")), "both": frozenset(("both",)), "either": frozenset(("area", "both", "heads")),
    "heads": frozenset(("both", "heads")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """A request of owners and how many heads have signed it. Stages: open, verified, met.

    `limb`: by which count it reached its threshold, heads, area or both, as verified.
    """

    leaf: bytes
    purpose: str
    snapshot: str
    day: str  # of its opening
    edition: Edition
    heads: int = 0
    limb: str | None = None
    stage: str = OPEN


@dataclass(frozen=True, slots=True)
class Group:
    """A preparatory or re-election group: its leader and members (persons), and the last day of its term."""

    leaf: bytes
    purpose: str
    leader: bytes
    members: tuple[bytes, ...]
    to: str
    stage: str = "formed"


def request_of(read: Read, act: Act) -> Request:
    """The request that an act belongs to."""
    found: Request = read["request", act.body["request"]]
    return found


def first_assembly_held(read: Read) -> Changes:
    """The first committee is elected: what the preparatory group was formed for is done (R-PREP-5)."""
    group: str | None = read.get(PREPARING)
    return {PREPARING: GONE, **done(read, f"group/{group}", FIRST_ASSEMBLY)} if group else {}


def signers(read: Read, name: str) -> tuple[tuple[bytes, bytes], ...]:
    """The heads whose signatures stand, each with the leaf of its page of the roll, ascending by tag."""
    roll: Roll = read["roll", read["request", name].snapshot]
    return tuple(pair for pair in roll.tags if _stands(read.get(("signed", (name, pair[0])))))


def _stands(signature: Thing | None) -> bool:
    return signature is not None and signature.stage == "signed"


def limb_met(count: Weight, total: Weight, share: tuple[int, int]) -> str | None:
    """By which count the share (以上, included) is reached: heads, area, both or neither (R-SZ-2, R-MEET-1)."""
    part, whole = share
    heads, area = count.heads * whole >= total.heads * part, count.area * whole >= total.area * part
    return "both" if heads and area else "heads" if heads else "area" if area else None


# --- guards ---------------------------------------------------------------------------------------------------------------------


def opened_by_owner(read: Read, act: Act, _context: Context) -> Breach | None:
    """A key of the head opens the request."""
    return key_of_head(read, (act.body["snapshot"], act.body["tag"]), act.by)


def few_opened(read: Read, act: Act, _context: Context) -> Breach | None:
    """A head opens few requests on one roll: each is published and stays, and others can open theirs (R-SZ-2)."""
    full = read.get(_opened_by(act), 0) >= MAX_OPENED
    return Breach("requests-too-many", {"most": MAX_OPENED}) if full else None


def _opened_by(act: Act) -> Key:
    return "requests-of", (act.body["snapshot"], act.body["tag"])


def request_is_open(read: Read, act: Act, _context: Context) -> Breach | None:
    """Signatures come and go until the request is verified."""
    return at_stage(read, "request", act.body["request"], OPEN)


def signed_by_owner(read: Read, act: Act, _context: Context) -> Breach | None:
    """A key of the head signs, and takes the signature back."""
    return key_of_head(read, (request_of(read, act).snapshot, act.body["tag"]), act.by)


def no_verification_waits(read: Read, act: Act, context: Context) -> Breach | None:
    """While a verification waits for its second signature its count stands still."""
    name = f"request/{act.body['request']}"
    stream: Stream | None = read.get(("stream", name))  # a request is always opened by an entry of its own
    waits = stream is not None and waiting(read, stream.pending, context.recorded_at) is not None
    return Breach("pending-first", {"stream": name}) if waits else None


def signatures_counted(read: Read, act: Act, _context: Context) -> Breach | None:
    """The heads are those whose signatures stand."""
    return None if act.body["heads"] == request_of(read, act).heads else Breach("totals-differ")


def threshold_reached(read: Read, act: Act, _context: Context) -> Breach | None:
    """The signatures reach the share of heads, of area, or of both that the purpose demands (R-SZ-2, R-MEET-1, R-COM-10)."""
    body, request = act.body, request_of(read, act)
    name, total = THRESHOLDS[request.purpose], read["roll", request.snapshot].total
    found = limb_met(Weight(body["heads"], body["area"]), total, request.edition.value(f"{name}_share"))
    demanded = request.edition.value(f"{name}_limbs")
    if found not in LIMBS[demanded]:
        return Breach("request-below-threshold", {"found": found or "–", "demanded": demanded})
    return None if body["limb"] == found else Breach("request-limb-differs", {"found": found})


def asked_for(read: Read, act: Act, _context: Context) -> Breach | None:
    """A preparatory group answers a verified request for one, each request once; a re-election needs none (R-PREP-2)."""
    name = act.body["request"]
    request: Request | None = read.get(("request", name)) if name is not None else None
    if act.body["purpose"] == PREPARATORY:
        fits = request is not None and (request.purpose, request.stage) == (PREP_GROUP, VERIFIED)
    else:
        fits = name is None
    return None if fits else Breach("group-request-wrong")


def composed(read: Read, act: Act, _context: Context) -> Breach | None:
    """An odd number of persons, each once and of the side that is named; owners are at least half (R-PREP-3)."""
    members = act.body["members"]
    if len({one["person"] for one in members}) < len(members):
        return Breach("group-member-twice")
    if stranger := next((one for one in members if not _of_side(read, one)), None):
        return Breach("group-side-wrong", {"person": stranger["person"].hex(), "side": stranger["side"]})
    if len(members) % 2 == 0:
        return Breach("group-even", {"members": len(members)})
    owners = sum(one["side"] == "owner" for one in members)
    return Breach("group-owners-few", {"owners": owners, "members": len(members)}) if 2 * owners < len(members) else None


def _of_side(read: Read, member: Mapping[str, Any]) -> bool:
    """An owner stands for a head; everybody else belongs to an organisation of that class."""
    if member["side"] == "owner":
        return bool(heads_of_person(read, member["person"]))
    side: str = member["side"]
    return organisation(read.get(("person", member["person"]))) == side


def led_by_the_street(read: Read, act: Act, context: Context) -> Breach | None:
    """The leader is the street office's member and holds its post (R-PREP-3); the term has not ended."""
    leader = act.body["leader"]
    sides = {one["person"]: one["side"] for one in act.body["members"]}
    if sides.get(leader) != "street" or holds(read, leader, ("street-office",), None, context.now) is None:
        return Breach("group-leader-wrong")
    return Breach("term-backwards") if act.body["to"] < day_of(context.now) else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def open_(read: Read, act: Act, context: Context) -> Changes:
    """It can be signed; opening it is no signature."""
    body = act.body
    request = Request(act.leaf, body["purpose"], body["snapshot"], day_of(context.now), edition_of(read))
    return {("request", body["request"]): request, _opened_by(act): read.get(_opened_by(act), 0) + 1}


def sign(read: Read, act: Act, _context: Context) -> Changes:
    """One head more."""
    return _counted(read, act, 1)


def withdraw(read: Read, act: Act, _context: Context) -> Changes:
    """One head less."""
    return _counted(read, act, -1)


def _counted(read: Read, act: Act, step: int) -> Changes:
    request = request_of(read, act)
    return {("request", act.body["request"]): replace(request, heads=request.heads + step)}


def verify(read: Read, act: Act, _context: Context) -> Changes:
    """The request stands with what it reached, and its signatures leave the state; a group is due from the request's opening."""
    name, request = act.body["request"], request_of(read, act)
    tags = [tag for tag, _ in read["roll", request.snapshot].tags]
    changes: Changes = {("signed", (name, tag)): GONE for tag in tags}
    changes |= {("stream", f"signed/{name}/{tag.hex()}"): GONE for tag in tags}
    if request.purpose == PREP_GROUP:
        days = request.edition.value("prep_group_days")
        changes |= owe(f"request/{name}", FORMATION, due_day(request.day, days, request.edition.calendar))
    return changes | {("request", name): replace(request, limb=act.body["limb"])}


def form(read: Read, act: Act, context: Context) -> Changes:
    """The leader convenes from here until the term ends; the first assembly is due."""
    body, day = act.body, day_of(context.now)
    term = Post(read["person", body["leader"]], day, body["to"])
    members = tuple(one["person"] for one in body["members"])
    changes = appointed(read, GROUP_POSTS[body["purpose"]], body["leader"], None, term)
    changes["group", body["group"]] = Group(act.leaf, body["purpose"], body["leader"], members, body["to"])
    if body["purpose"] == PREPARATORY:
        changes |= first_assembly_held(read)  # of a group before this one nothing is owed any more
        changes[PREPARING] = body["group"]
        last = last_day(read, day, "first_assembly_days")
        changes |= owe(f"group/{body['group']}", FIRST_ASSEMBLY, last) | done(read, f"request/{body['request']}", FORMATION)
        changes["request", body["request"]] = replace(request_of(read, act), stage=MET)
    return changes


# --- what needs openings --------------------------------------------------------------------------------------------------------


def recheck_area(read: Read, act: Act, openings: Openings) -> Found:
    """The area is that of the rows of all heads whose signatures stand."""
    rows = opened_rows(signers(read, act.body["request"]), openings)
    if isinstance(rows, Unopened):
        return rows
    return Held() if sum(map(area_of, rows.values())) == act.body["area"] else Breach("totals-differ")


REQUESTS: Final = Subject("request", lambda act: ("request", act.body["request"]), (
    Transition("request-opened/1", (None,), OPEN, (roll_is_frozen, opened_by_owner, few_opened), effect=open_),
    Transition("request-verified/1", (OPEN,), VERIFIED, (signatures_counted, threshold_reached), effect=verify,
               recheck=recheck_area),
))  # fmt: skip
SIGNATURES: Final = Subject("signature", lambda act: ("signed", (act.body["request"], act.body["tag"])), (
    Transition("request-signed/1", (None, "withdrawn"), "signed", (request_is_open, signed_by_owner, no_verification_waits),
               effect=sign),
    Transition("request-withdrawn/1", ("signed",), "withdrawn", (request_is_open, signed_by_owner, no_verification_waits),
               effect=withdraw),
))  # fmt: skip
GROUPS: Final = Subject("group", lambda act: ("group", act.body["group"]), (
    Transition("group-formed/1", (None,), "formed", (asked_for, composed, led_by_the_street), effect=form),
))  # fmt: skip
