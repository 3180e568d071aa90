"""A vote as people read it: its questions, how far it has come, the four ratios of each item, its flags and who signed what.

Figures of an item stand here only when they are certified; before that a vote shows how many heads have voted and no choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.calendar import SHANGHAI, day_of
from domain.counting import Weight
from domain.errors import Refused
from domain.flags import Flag, flags_of
from domain.polls import WITHDRAWN, Item, Poll, Ratio, Running, electorate_of, verdict
from domain.results import ANNOUNCE, Result, tally_of
from domain.roll import Roll
from domain.rulesets import ABSTAIN, AGAINST, AGREE
from domain.state import act_of
from projections.entries import Standing, standing_of
from projections.journal import Line
from projections.ledgers import Name, View
from projections.signers import Signer, signer_of
from projections.texts import texts_at
from projections.turnout import Lacking, lacking

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in Unix ms and as ISO 8601 in Asia/Shanghai."""

    ms: int
    iso: str


@dataclass(frozen=True, slots=True)
class Place:
    """An entry: its index and leaf hash in hex."""

    index: int
    leaf: str


@dataclass(frozen=True, slots=True)
class Heads:
    """How many heads, of how many."""

    heads: int
    of: int


@dataclass(frozen=True, slots=True)
class WeightFace:
    """Heads, and area in 0.01 m²."""

    heads: int
    area: int


@dataclass(frozen=True, slots=True)
class RatioFace:
    """One test in integers: `part / whole` against `share` by `op` (ge: at least, gt: more than)."""

    test: str
    basis: str
    part: int
    whole: int
    share: tuple[int, int]
    op: str
    met: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """What was returned on an item, before a silence policy deemed anything: figures, outcome and ratios."""

    participating: WeightFace
    agree: WeightFace
    against: WeightFace
    abstain: WeightFace
    quorate: bool | None
    passed: bool
    ratios: tuple[RatioFace, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One item's certified figures. `silent` heads are deemed to take part; `without` is null where no policy deems anybody."""

    law: str
    matter_class: str
    electorate: WeightFace
    participating: WeightFace
    agree: WeightFace
    against: WeightFace
    abstain: WeightFace
    channels: dict[str, int]
    conflicted: int
    invalid: int
    unclear: int
    unopened: int
    silent: WeightFace
    majority: str | None
    without: Returned | None


@dataclass(frozen=True, slots=True)
class ItemFace:
    """One question; its text is null where it cannot be shown, its outcome, ratios and figures stand here once certified.

    `electorate` are the heads that decide it; `lacking` says, while the vote is open, how many must still take part.
    """

    id: str
    matter: str
    scope: str
    question: str | None
    electorate: WeightFace
    lacking: Lacking | None
    quorate: bool | None
    passed: bool | None
    ratios: tuple[RatioFace, ...]
    figures: Figures | None


@dataclass(frozen=True, slots=True)
class PostingFace:
    """One place where the notice hung, as reported; `standing` as of an act that a witness confirms."""

    n: int
    place: str
    first: str
    last: str
    entry: Place
    standing: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The act that went on despite a flag, and the reason it gave."""

    entry: Place
    reason: str | None


@dataclass(frozen=True, slots=True)
class FlagFace:
    """A broken rule of a report: its rule, what it says in both languages, and who answered for it."""

    rule: str
    code: str
    sentence: Name
    detail: dict[str, Any]
    report: Place | None
    answered: Answer | None


@dataclass(frozen=True, slots=True)
class ActFace:
    """One act of the vote: its kind, when it was recorded, in which post it was signed, what became of it."""

    entry: Place
    kind: str
    recorded_at: Moment
    signer: Signer
    standing: Standing
    about: int | None


@dataclass(frozen=True, slots=True)
class ChangeFace:
    """What changed a vote's hours, its result or its standing, told what silence means, and the words given for it."""

    kind: str
    entry: Place
    done: Moment | None
    words: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PollSummary:
    """One line of the list of votes. `phase` adds the reader's clock to the stage; `due` is the day by which a result is announced."""

    poll: str
    title: str | None
    stage: str
    phase: str
    opens: Moment
    closes: Moment
    turnout: Heads
    outcomes: dict[str, bool]
    flags: int
    due: str | None
    overdue: bool
    ends: Moment


@dataclass(frozen=True, slots=True)
class PollFace:
    """One vote, whole."""

    poll: str
    title: str | None
    stage: str
    phase: str
    noticed: Moment | None
    opens: Moment
    closes: Moment
    opened: Moment | None
    closed: Moment | None
    certified: Moment | None
    announced: Moment | None
    due: str | None
    overdue: bool
    roll: str
    electorate: WeightFace
    ballots: str
    channels: tuple[str, ...]
    silence: str
    clause: str | None
    ruleset: str
    calendar: str
    turnout: Heads
    bound_late: int
    size: int | None
    items: tuple[ItemFace, ...]
    result: Place | None
    earlier: tuple[Place, ...]
    ends: Moment
    changes: tuple[ChangeFace, ...]
    postings: tuple[PostingFace, ...]
    flags: tuple[FlagFace, ...]
    acts: tuple[ActFace, ...]


def poll_names(seen: View) -> tuple[str, ...]:
    """The votes that were noticed, the newest notice first."""
    noticed = (line.matter for line in seen.journal.of_kind("poll-noticed/1"))
    return tuple(dict.fromkeys(name for name in reversed(tuple(noticed)) if name and ("poll", name) in seen.state))


def summaries(seen: View) -> list[PollSummary]:
    """Every vote of a ledger, the newest notice first."""
    return [summary(seen, name) for name in poll_names(seen)]


def summary(seen: View, name: str) -> PollSummary:
    """One vote in short."""
    poll: Poll = seen.state["poll", name]
    result: Result | None = seen.state.get(("result", name))
    outcomes = {item.id: result.items[item.id]["passed"] for item in poll.items} if result else {}
    due, overdue = _due(seen, name)
    return PollSummary(
        name, texts_of(seen, poll.notice).get("title"), stage_of(poll, result), phase_of(poll, result, seen.now), moment(poll.opens),
        moment(poll.closes), _turnout(seen, name, poll), outcomes, len(flags_of(seen.state, name)), due, overdue,
        moment(poll.ends),
    )  # fmt: skip


def wording_of(seen: View, name: str) -> Mapping[str, Any]:
    """The public texts of a vote's notice: `title`, `question/<item>`."""
    return texts_of(seen, seen.state["poll", name].notice)


def items_of(seen: View, name: str) -> tuple[str, ...]:
    """The ids of a vote's items in the order of its notice."""
    poll: Poll = seen.state["poll", name]
    return tuple(item.id for item in poll.items)


def flags_on(seen: View, name: str, leaf: bytes) -> tuple[FlagFace, ...]:
    """The flags of a vote that one report of it has raised."""
    return tuple(one for one in flags_in(seen, name) if one.report and one.report.leaf == leaf.hex())


def flags_in(seen: View, matter: str) -> tuple[FlagFace, ...]:
    """The flags of a matter, with what was answered."""
    return tuple(_flag(seen, matter, leaf, rule) for leaf, rule in flags_of(seen.state, matter))


def postings_of(seen: View, line: Line) -> tuple[PostingFace, ...]:
    """The posting that a line reports, if it reports one."""
    return (_posting(seen, line),) if line.kind == "notice-posted/1" else ()


def poll_face(seen: View, name: str) -> PollFace | None:
    """A vote, or None when no notice of that name has taken effect."""
    poll: Poll | None = seen.state.get(("poll", name))
    if poll is None:
        return None
    result: Result | None = seen.state.get(("result", name))
    roll: Roll = seen.state["roll", poll.roll]
    running: Running | None = seen.state.get(("running", name))
    notice, acts = texts_of(seen, poll.notice), seen.journal.about(name)
    due, overdue = _due(seen, name)
    return PollFace(
        poll=name, title=notice.get("title"), stage=stage_of(poll, result), phase=phase_of(poll, result, seen.now),
        noticed=done_at(seen, poll.notice), opens=moment(poll.opens), closes=moment(poll.closes), opened=done_at(seen, poll.opening),
        closed=done_at(seen, poll.closing), certified=moment(result.certified_at) if result else None,
        announced=done_at(seen, result.announced) if result else None, due=due, overdue=overdue, roll=poll.roll,
        electorate=weight_face(roll.total), ballots=poll.ballots, channels=poll.channels, silence=poll.silence, clause=poll.clause,
        ruleset=poll.edition.ruleset, calendar=poll.edition.calendar, turnout=_turnout(seen, name, poll),
        bound_late=running.late if running else 0, size=poll.size or None,
        items=tuple(_item(seen, name, item, notice, result) for item in poll.items),
        result=place_at(seen, result.leaf) if result else None,
        earlier=tuple(place_of(line) for leaf in (result.before if result else ()) if (line := seen.journal.line(leaf))),
        ends=moment(poll.ends), changes=tuple(_change(seen, line) for line in acts if _in_force(seen, line)),
        postings=tuple(_posting(seen, line) for line in acts if line.kind == "notice-posted/1"),
        flags=flags_in(seen, name),
        acts=act_faces(seen, acts),
    )  # fmt: skip


# --- how far it has come --------------------------------------------------------------------------------------------------------


def stage_of(poll: Poll, result: Result | None) -> str:
    """noticed, open, closed, certified, announced or withdrawn: what the log says."""
    return result.stage if result else poll.stage


def phase_of(poll: Poll, result: Result | None, now: int) -> str:
    """The stage with the reader's clock (Unix ms): upcoming, ready, lapsed, running, ended, counting, decided,
    withdrawn or annulled.
    """
    if result:
        return "annulled" if result.annulled else "decided"
    if poll.stage == WITHDRAWN:
        return WITHDRAWN
    if poll.stage == "noticed":
        return "upcoming" if now < poll.opens else "ready" if now <= poll.closes else "lapsed"
    return "counting" if poll.stage == "closed" else "running" if now <= poll.ends else "ended"


def moment(ms: int) -> Moment:
    """An instant of a rule-checked time, Unix ms."""
    at = (EPOCH + timedelta(milliseconds=ms)).astimezone(SHANGHAI)
    return Moment(ms, at.isoformat(timespec="milliseconds" if ms % 1000 else "seconds"))


def _due(seen: View, name: str) -> tuple[str | None, bool]:
    due: str | None = seen.state.get(("due", (name, ANNOUNCE)))
    return due, due is not None and day_of(seen.now) > due


def _turnout(seen: View, name: str, poll: Poll) -> Heads:
    running: Running | None = seen.state.get(("running", name))
    return Heads(running.voted if running else 0, seen.state["roll", poll.roll].total.heads)


def done_at(seen: View, leaf: bytes | None) -> Moment | None:
    """When an act took effect: at the entry that completed it."""
    line = seen.journal.line(leaf)
    return moment((seen.journal.answers(line.leaf) or (line,))[-1].recorded_at) if line else None


# --- items ----------------------------------------------------------------------------------------------------------------------


def _item(seen: View, name: str, item: Item, notice: Mapping[str, Any], result: Result | None) -> ItemFace:
    poll: Poll = seen.state["poll", name]
    question, total = notice.get(f"question/{item.id}"), electorate_of(seen.state, poll, item)
    asked = (item.id, item.matter, item.scope, question, weight_face(total))
    if result is None:
        return ItemFace(*asked, lacking(seen, name, item), None, None, (), None)
    certified = result.items[item.id]
    return ItemFace(*asked, None, certified["quorate"], certified["passed"], _ratios(poll, item, total, certified),
                    _figures(poll, item, total, certified))  # fmt: skip


def _ratios(poll: Poll, item: Item, total: Weight, certified: Mapping[str, Any]) -> tuple[RatioFace, ...]:
    found = verdict(tally_of(total, certified), item.matter, poll.law, poll.edition.laws)
    return tuple(map(ratio_face, found.ratios))


def _figures(poll: Poll, item: Item, total: Weight, certified: Mapping[str, Any]) -> Figures:
    taking_part, agree, against, abstain = _chosen(certified)
    conflicted, invalid, unclear, unopened = (certified[name] for name in ("conflicted", "invalid", "unclear", "unopened"))
    silent = WeightFace(**certified.get("silent", {"area": 0, "heads": 0}))
    without = _returned(poll, item, total, certified["without"]) if poll.deems else None
    return Figures(poll.law, certified["class"], weight_face(total), taking_part, agree, against, abstain, dict(certified["channels"]),
                   conflicted, invalid, unclear, unopened, silent, certified.get("majority"), without)  # fmt: skip


def _returned(poll: Poll, item: Item, total: Weight, plain: Mapping[str, Any]) -> Returned:
    return Returned(*_chosen(plain), plain["quorate"], plain["passed"], _ratios(poll, item, total, plain))


def _chosen(figures: Mapping[str, Any]) -> tuple[WeightFace, WeightFace, WeightFace, WeightFace]:
    taking_part, agree, against, abstain = (WeightFace(**figures[name]) for name in ("participating", AGREE, AGAINST, ABSTAIN))
    return taking_part, agree, against, abstain


def weight_face(weight: Weight) -> WeightFace:
    """Heads and area, as they are read."""
    return WeightFace(weight.heads, weight.area)


def ratio_face(ratio: Ratio) -> RatioFace:
    """One test, as it is read."""
    return RatioFace(ratio.test, ratio.basis, ratio.part, ratio.whole, ratio.share, ratio.op, ratio.met)


# --- what changed it ------------------------------------------------------------------------------------------------------------

CHANGES: Final = (
    "silence-warned/1",
    "poll-extended/1",
    "poll-withdrawn/1",
    "outage-recorded/1",
    "result-recounted/1",
    "poll-annulled/1",
)
TOLD: Final = ("by", "closes", "day", "from", "objection", "to")  # of their bodies, as a page says it


def _in_force(seen: View, line: Line) -> bool:
    return line.kind in CHANGES and standing_of(seen, line).name == "complete"


def _change(seen: View, line: Line) -> ChangeFace:
    body, texts = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body, texts_at(seen.door, line.index)
    detail = {name: body[name] for name in TOLD if name in body}
    return ChangeFace(line.kind, place_of(line), done_at(seen, line.leaf), texts.get("warning") or texts.get("reason"), detail)


# --- reports, flags, acts -------------------------------------------------------------------------------------------------------


def _posting(seen: View, line: Line) -> PostingFace:
    body = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body
    return PostingFace(body["n"], body["place"], body["from"], body["to"], place_of(line), standing_of(seen, line).name)


def _flag(seen: View, name: str, leaf: bytes, rule: str) -> FlagFace:
    flag: Flag = seen.state["flag", (name, leaf, rule)]
    said = Refused(flag.code, **flag.detail)
    answer = seen.journal.line(flag.answered)
    answered = Answer(place_of(answer), texts_at(seen.door, answer.index).get("reason")) if answer else None
    return FlagFace(
        rule, flag.code, Name(said.sentence("zh"), said.sentence("en")), dict(flag.detail), place_at(seen, leaf), answered
    )


def act_face(seen: View, line: Line) -> ActFace:
    """One act of the journal, as a row."""
    about = seen.journal.line(line.about)
    return ActFace(place_of(line), line.kind, moment(line.recorded_at), signer_of(seen, line), standing_of(seen, line),
                   about.index if about else None)  # fmt: skip


def act_faces(seen: View, lines: Iterable[Line]) -> tuple[ActFace, ...]:
    """Acts of the journal, as rows."""
    return tuple(act_face(seen, line) for line in lines)


def waiting_acts(seen: View) -> tuple[ActFace, ...]:
    """The acts that wait for a confirmation."""
    return act_faces(seen, (line for line in seen.journal.needing() if standing_of(seen, line).name == "waiting"))


def place_of(line: Line) -> Place:
    """Where an act stands."""
    return Place(line.index, line.leaf.hex())


def place_at(seen: View, leaf: bytes | None) -> Place | None:
    """Where the act of a leaf stands; None for a ballot or no leaf."""
    line = seen.journal.line(leaf)
    return place_of(line) if line else None


def texts_of(seen: View, leaf: bytes | None) -> Mapping[str, Any]:
    """The public texts of the act of a leaf, by name."""
    line = seen.journal.line(leaf)
    return texts_at(seen.door, line.index) if line else {}
