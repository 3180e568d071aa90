"""The clerk's desk: what the person of a key may do now, what a page of paper needs, and where a stream stands.

All of it is public in the log. Whether an act would be taken is asked of the rules themselves, with an act that nobody has signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.acts import KINDS
from domain.authority import KeyRow, may_sign, needs_of
from domain.ballots import CORRECTED, MISSING, papers_of
from domain.confirmations import CONFIRMING, Pending, Stream, may_confirm, next_place
from domain.errors import Refused
from domain.fields import MS
from domain.lifecycle import Act, Breach, Context
from domain.paper import forms_of, no_count_waits, paper_is_offered, tag_of
from domain.polls import Item, Poll, outside_scope
from domain.readers import reader_of
from domain.roll import Roll
from domain.rulesets import ESTATE
from domain.seats import counts_not_own
from domain.state import act_of, decide
from projections.entries import standing_of
from projections.forms import CORRECTION, KEYING, PAGE
from projections.journal import Line
from projections.ledgers import Name, View
from projections.polls import Moment, Place, moment, phase_of, place_of, poll_names, wording_of
from projections.signers import Signer, signer_of
from projections.voting import HeldFace, RefusalFace

CONFIRM: Final = "confirmed/1"
POSTED: Final = "notice-posted/1"
# What a vote waits for from somebody, by the phase in which its time has come.
TURNS: Final[Mapping[str, tuple[str, ...]]] = {
    "upcoming": (POSTED,), "ready": (POSTED, "poll-opened/1"), "running": (PAGE, POSTED), "ended": ("poll-closed/1", PAGE),
    "counting": (PAGE,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StreamFace:
    """Where a stream stands: `prev` is its last leaf or null, `place` the place of its next entry; `now` is the ledger's time."""

    ledger: str
    stream: str
    prev: str | None
    place: int
    now: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class WaitsFace:
    """An act that waits for this person: `ways` are the kinds by which they may confirm it, none of what they signed themselves.

    `forms` counts those on a page of paper, whose rows are not shown to whoever keys them again; `refused` is what a confirmation,
    of an own act its withdrawal, would meet now, or null. `expires` is null for what does not.
    """

    index: int
    leaf: str
    kind: str
    recorded_at: Moment
    signer: Signer
    expires: Moment | None
    poll: str | None
    title: str | None
    forms: int | None
    ways: tuple[str, ...]
    refused: RefusalFace | None


@dataclass(frozen=True, slots=True)
class TurnFace:
    """An act of a vote whose time has come and that this person may sign; `n` is the number of the next posting."""

    kind: str
    poll: str
    title: str | None
    ends: Moment
    n: int | None
    refused: RefusalFace | None


@dataclass(frozen=True, slots=True)
class DeskFace:
    """What the person of a key may do now: `waiting` for their confirmation, `own` acts that wait for others, `turns` of votes."""

    ledger: str
    key: str
    active: bool
    person: str
    org: str | None
    posts: tuple[HeldFace, ...]
    now: int
    waiting: tuple[WaitsFace, ...]
    own: tuple[WaitsFace, ...]
    turns: tuple[TurnFace, ...]


@dataclass(frozen=True, slots=True)
class AnsweredFace:
    """One question of a form; `forms` are the numbers of the heads that decide it, null where all do."""

    id: str
    matter: str
    question: str | None
    forms: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class PaperFace:
    """What recording paper needs: the tag of the form of number n is `tags[n - 1]`; `taken` are the numbers that stand recorded.

    `ends` is until when forms are in time. `refused` is what a page would meet now, whatever is on it; with a key, also whether its
    person may record.
    """

    ledger: str
    poll: str
    title: str | None
    ballots: str
    opening: str | None
    opens: Moment
    ends: Moment
    phase: str
    now: int
    items: tuple[AnsweredFace, ...]
    tags: tuple[str, ...]
    taken: tuple[str, ...]
    refused: RefusalFace | None


@dataclass(frozen=True, slots=True)
class FormStanding:
    """A form of a page and what its recording there has come to: waiting, keyed, unclear, missing, corrected, or none.

    `correcting` says that a correction waits which names it.
    """

    form: str
    stage: str | None
    correcting: bool


@dataclass(frozen=True, slots=True)
class SheetFace:
    """A page of paper as whoever keys it again may see it: its forms and never what they say. `named` are those of a correction.

    `refused` is what keying it again would meet now by the key that asks.
    """

    index: int
    leaf: str
    kind: str
    recorded_at: Moment
    signer: Signer
    standing: str
    forms: tuple[FormStanding, ...]
    named: tuple[str, ...]
    observed: bool
    keyed: Place | None
    refused: RefusalFace | None


def stream_face(seen: View, name: str) -> StreamFace:
    """Where a stream stands now; one that nothing was ever added to stands at its first place."""
    last: Stream | None = seen.state.get(("stream", name))
    return StreamFace(seen.door.origin, name, last.leaf.hex() if last else None, next_place(seen.state, name), seen.now,
                      seen.door.checkpoint()[2])  # fmt: skip


def desk_face(seen: View, key: bytes) -> DeskFace | None:
    """What the person of a key may do now, or None for a key that was never admitted."""
    row: KeyRow | None = seen.state.get(("key", key))
    if row is None:
        return None
    reader, active = reader_of(seen.state, key, seen.now), row.stage == "active"
    waits = [(line, one) for line, one in _pending(seen)] if active else []
    return DeskFace(
        ledger=seen.door.origin, key=key.hex(), active=active, person=row.person.hex(), org=row.org,
        posts=tuple(HeldFace(post, matter) for post, matter in (reader.posts if reader else ())), now=seen.now,
        waiting=tuple(_waits(seen, line, one, key, ways) for line, one in waits if (ways := _ways(seen, one, key, row.person))),
        own=tuple(_waits(seen, line, one, key, ()) for line, one in waits if one.parties[0][0] == row.person),
        turns=tuple(_turns(seen, key)) if active else (),
    )  # fmt: skip


def paper_face(seen: View, name: str, key: bytes | None = None) -> PaperFace | None:
    """What recording forms of a vote needs, or None when no notice of that name has taken effect."""
    poll: Poll | None = seen.state.get(("poll", name))
    if poll is None:
        return None
    roll: Roll = seen.state["roll", poll.roll]
    asked = wording_of(seen, name)
    return PaperFace(
        ledger=seen.door.origin, poll=name, title=asked.get("title"), ballots=poll.ballots,
        opening=poll.opening.hex() if poll.opening else None, opens=moment(poll.opens), ends=moment(poll.ends),
        phase=phase_of(poll, seen.state.get(("result", name)), seen.now), now=seen.now,
        items=tuple(
            AnsweredFace(item.id, item.matter, asked.get(f"question/{item.id}"), _deciding(seen, poll, item, roll))
            for item in poll.items
        ),
        tags=tuple(tag.hex() for tag, _ in roll.tags), taken=tuple(_taken(seen, name, roll)),
        refused=_paper_refused(seen, name, key),
    )  # fmt: skip


def sheet_face(seen: View, name: str, leaf: bytes, key: bytes | None = None) -> SheetFace | None:
    """A page or correction of a vote, or None where this leaf is none."""
    line = seen.journal.line(leaf)
    if line is None or line.kind not in (PAGE, CORRECTION) or line.matter != name or ("poll", name) not in seen.state:
        return None
    body = act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body
    keyings = [answer for answer in seen.journal.answers(leaf) if answer.kind == KEYING]
    asked = {
        form for one, waits in _pending(seen) if (one.kind, one.about) == (CORRECTION, leaf) for form in waits.act.body["forms"]
    }
    return SheetFace(
        line.index, leaf.hex(), line.kind, moment(line.recorded_at), signer_of(seen, line), standing_of(seen, line).name,
        tuple(FormStanding(form, _stage(seen, name, form, leaf), form in asked) for form in forms_of(body["rows"])),
        body.get("forms", ()),
        body.get("observed", False), place_of(keyings[-1]) if keyings else None,
        _keying_refused(seen, name, leaf, key) if key is not None else None,
    )  # fmt: skip


# --- what waits -----------------------------------------------------------------------------------------------------------------


def _pending(seen: View) -> Iterator[tuple[Line, Pending]]:
    for line in seen.journal.needing():
        one: Pending | None = seen.state.get(("pending", line.leaf))
        if one is not None and seen.now <= one.expires:
            yield line, one


def _ways(seen: View, one: Pending, key: bytes, person: bytes) -> tuple[str, ...]:
    """The kinds by which this person fills a need of the act that is open."""
    asked = dict.fromkeys(need.by for number, need in enumerate(needs_of(one.act)) if number not in one.filled)
    acts = (_unsigned(seen, kind, key, _answer(kind, one.act, person), one.act.leaf) for kind in CONFIRMING if kind in asked)
    return tuple(act.kind for act in acts if may_confirm(seen.state, act, _context(seen)) is None)


def _answer(kind: str, act: Act, person: bytes) -> dict[str, Any]:
    return {"person": person, **({"poll": act.body["poll"], "rows": ()} if kind == KEYING else {})}


def _waits(seen: View, line: Line, one: Pending, key: bytes, ways: tuple[str, ...]) -> WaitsFace:
    row: KeyRow = seen.state["key", key]
    kind, more = (CONFIRM, {}) if ways else ("declined/1", {"reason": "withdrawn"})
    trial = _unsigned(seen, kind, key, {"person": row.person, **more}, line.leaf)
    known = line.matter is not None and ("poll", line.matter) in seen.state
    return WaitsFace(
        line.index, line.leaf.hex(), line.kind, moment(line.recorded_at), signer_of(seen, line),
        moment(one.expires) if one.expires < MS.most else None, line.matter if known else None,
        wording_of(seen, line.matter).get("title") if known and line.matter else None,
        len(forms_of(one.act.body["rows"])) if line.kind in (PAGE, CORRECTION) else None,
        ways, _decided(seen, trial) if CONFIRM in ways or not ways else None,
    )  # fmt: skip


# --- whose turn it is -----------------------------------------------------------------------------------------------------------


def _turns(seen: View, key: bytes) -> Iterator[TurnFace]:
    for name in poll_names(seen):
        poll: Poll = seen.state["poll", name]
        for kind in TURNS.get(phase_of(poll, seen.state.get(("result", name)), seen.now), ()):
            act = _unsigned(seen, kind, key, _body(seen, kind, name))
            if (kind != PAGE or "paper" in poll.channels) and may_sign(seen.state, act, _context(seen)) is None:
                yield TurnFace(kind, name, wording_of(seen, name).get("title"), moment(poll.ends),
                               act.body.get("n"), _turn_refused(seen, act))  # fmt: skip


def _body(seen: View, kind: str, name: str) -> dict[str, Any]:
    """What the act would say, as far as it is known before its author has spoken."""
    size, root, _ = seen.door.checkpoint()
    own: Mapping[str, dict[str, Any]] = {
        "poll-opened/1": {"despite": ()}, "poll-closed/1": {"root": root, "size": size}, PAGE: {"page": "", "rows": ()},
        POSTED: {"n": _next_posting(seen, name)},
    }  # fmt: skip
    return {"poll": name, **own[kind]}


def _next_posting(seen: View, name: str) -> int:
    reports = (line for line in seen.journal.about(name) if line.kind == POSTED)
    return max((act_of(seen.door.shelf.entries(line.index, 1)[0]).act.body["n"] for line in reports), default=0) + 1


def _turn_refused(seen: View, act: Act) -> RefusalFace | None:
    if act.kind == PAGE:
        return _paper_refused(seen, act.body["poll"], act.by)
    return None if act.kind == POSTED else _decided(seen, act)


# --- what the rules would say ---------------------------------------------------------------------------------------------------


def _unsigned(seen: View, kind: str, key: bytes, body: Mapping[str, Any], about: bytes | None = None) -> Act:
    """An act of this key as it would be made now; its openings are blanks."""
    blank = Act(b"", kind, seen.door.origin, "", None, about, key, seen.now, seen.now, None, (), body)
    stream = KINDS[kind].stream(blank)
    last: Stream | None = seen.state.get(("stream", stream))
    return replace(blank, stream=stream, prev=last.leaf if last else None)


def _context(seen: View) -> Context:
    size, root, _ = seen.door.checkpoint()
    return Context(seen.now, size, root_at=lambda asked: root if asked == size else None)


def _decided(seen: View, act: Act) -> RefusalFace | None:
    """What the ledger would answer, or None where it would take the act."""
    try:
        decide(seen.state, act, _context(seen))
    except Refused as why:
        return _told(why)
    return None


def _paper_refused(seen: View, name: str, key: bytes | None) -> RefusalFace | None:
    act = _unsigned(seen, PAGE, key or b"", {"page": "", "poll": name, "rows": ()})
    own = (may_sign, counts_not_own) if key is not None else ()
    guards = (*own, paper_is_offered, no_count_waits)
    breaches = (guard(seen.state, act, _context(seen)) for guard in guards)
    return _breach(next(filter(None, breaches), None))


def _keying_refused(seen: View, name: str, leaf: bytes, key: bytes) -> RefusalFace | None:
    act = _unsigned(seen, KEYING, key, {"person": _person(seen, key), "poll": name, "rows": ()}, leaf)
    breaches = (guard(seen.state, act, _context(seen)) for guard in (may_sign, may_confirm, counts_not_own))
    return _breach(next(filter(None, breaches), None))


def _person(seen: View, key: bytes) -> bytes:
    row: KeyRow | None = seen.state.get(("key", key))
    return row.person if row else b""


def _breach(found: Breach | None) -> RefusalFace | None:
    return _told(found.refuse()) if found else None


def _told(why: Refused) -> RefusalFace:
    return RefusalFace(
        why.code, why.rule, Name(why.sentence("zh"), why.sentence("en")), Name(why.remedy("zh"), why.remedy("en"))
    )


# --- forms ----------------------------------------------------------------------------------------------------------------------


def _deciding(seen: View, poll: Poll, item: Item, roll: Roll) -> tuple[int, ...] | None:
    """The numbers of the heads that decide an item, None where it is the whole estate's (R-ROLL-9)."""
    if item.scope == ESTATE:
        return None
    tags = enumerate((tag for tag, _ in roll.tags), 1)
    return tuple(number for number, tag in tags if outside_scope(seen.state, poll, tag, (item.id,)) is None)


def _taken(seen: View, name: str, roll: Roll) -> Iterator[str]:
    """The numbers of the forms that stand recorded, whatever they say."""
    for tag, _ in roll.tags:
        yield from dict.fromkeys(one.form for one in papers_of(seen.state, name, tag) if one.stage not in (CORRECTED, MISSING))


def _stage(seen: View, name: str, form: str, page: bytes) -> str | None:
    roll: Roll = seen.state["roll", seen.state["poll", name].roll]
    own = papers_of(seen.state, name, tag_of(roll, form) or b"")
    return next((one.stage for one in reversed(own) if (one.form, one.page) == (form, page)), None)
