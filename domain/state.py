"""One ledger's state, a table of small values: `decide`, `recheck` and `evolve` of any act.

Every fold (door, catch-up, audit, rebuild) runs decide, then evolve. Neither knows clock, chance, files or the vault, so the
answer is the same to everybody, for ever. State keys: docs/spec/state.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain import (
    ballots,
    committee,
    confirmations,
    decisions,
    elections,
    erasures,
    founding,
    joining,
    keysample,
    objections,
    paper,
    people,
    polls,
    proxies,
    requests,
    results,
    roll,
    scopes,
    service,
)  # fmt: skip
from domain.acts import KINDS, check_body, check_openings, engine_of
from domain.authority import may_sign, needs_of
from domain.calendar import DAY_MS
from domain.confirmations import (
    CONFIRMING,
    Pending,
    Stream,
    begun,
    completing,
    confirmed_by,
    ended,
    expired,
    freed,
    next_place,
    queued,
    waiting,
)  # fmt: skip
from domain.deadlines import listed
from domain.errors import Refused
from domain.finality import check_open, ending, swept
from domain.flags import raised
from domain.founding import LOG, used
from domain.lifecycle import (
    GONE,
    Act,
    Breach,
    Changes,
    Context,
    Found,
    Held,
    Layered,
    Openings,
    Read,
    Subject,
    Transition,
    apply,
    judge,
    nothing,
)  # fmt: skip
from domain.rulesets import LATEST
from tlog.entry import Entry, Statement
from tlog.merkle import leaf_hash

SUBJECTS: Final[tuple[Subject, ...]] = (
    founding.LEDGER, people.KEY_PAGES, people.KEYS, people.POSTS, roll.PAGES, roll.ROLLS, roll.BINDINGS,
    polls.POLLS, polls.POSTINGS, polls.ANSWERS, ballots.BALLOTS, ballots.OPENED, paper.PAGES, paper.KEYINGS, results.RESULTS,
    confirmations.CONFIRMATIONS, erasures.ERASURES,
    # --- subjects: assembly
    # owners' rights
    objections.OBJECTIONS, roll.REASONS, proxies.PROXIES, service.SERVICES, requests.REQUESTS, requests.SIGNATURES, requests.GROUPS,
    # counting
    scopes.SCOPES, polls.WARNINGS, polls.OUTAGES, results.ANNULMENTS, decisions.DECISIONS,
    # --- subjects: elections
    elections.ELECTION, elections.CANDIDATES, elections.LISTS, elections.DECLARATIONS, elections.OFFICERS, elections.FILINGS,
    elections.SEATS, elections.HANDOVERS,
    # --- subjects: committee
    committee.MEETINGS, committee.REQUESTS, committee.VOTES, committee.POSTINGS, committee.SEALS,
    # --- subjects: joining
    joining.CARRYING, joining.AREAS,
    keysample.CALLS,
)  # fmt: skip
STEPS: Final[Mapping[str, tuple[Subject, Transition]]] = {
    step.kind: (subject, step) for subject in SUBJECTS for step in subject.transitions
}
Flags = tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as the folds read it."""

    act: Act
    recorded_at: int
    suite: str
    signature: bytes
    statement: bytes


def act_of(entry: bytes) -> Recorded:
    """The act of an entry's bytes; raises tlog's Malformed."""
    outer = Entry.parse(entry)
    return recorded(leaf_hash(entry), outer, Statement.parse(outer.statement))


def recorded(leaf: bytes, outer: Entry, said: Statement) -> Recorded:
    """The act of an entry that is taken apart already."""
    act = Act(leaf, said.kind, said.ledger, said.stream, said.prev, said.about, said.by, said.at, said.until,
              said.seen, said.sealed, said.body)  # fmt: skip
    return Recorded(act, outer.recorded_at, outer.suite, outer.signature, outer.statement)


# --- decide ---------------------------------------------------------------------------------------------------------------------


def decide(read: Read, act: Act, context: Context) -> Flags:
    """The flags that this act earns now; raises Refused. Reads the act, the state and the entry's own context, nothing else."""
    check_body(act)  # 1. the kind's form: body, stream, number of openings
    check_ledger(read, act)  # 2. this ledger, and what it admits at its stage and under its edition
    check_open(read, act, context)  # 3. nothing is added to what is final
    check_place(read, act, context)  # 4. the stream's last entry, nothing pending there, in date, one view of the tree
    with_keys = _founders_keys(read, act, context)
    if breach := may_sign(with_keys, act, context):  # 5. an active key whose person holds a post of the kind's row
        raise breach.refuse()
    flags = _judge(with_keys, act, context)  # 6. the subject's life cycle and its guards
    if act.kind == "declined/1" and (breach := _stands(read, act, context)):
        raise breach.refuse()
    if act.kind not in CONFIRMING:
        return flags
    pending = confirmed_by(read, act, context)
    assert isinstance(pending, Pending)
    return _completed(read, pending, context) if pending.complete else ()  # 7. the act it completes is decided again


def check_ledger(read: Read, act: Act) -> None:
    """Founding comes first; until it is confirmed only confirmations are admitted."""
    log = read.get(LOG)
    if log is None:
        if act.kind != "ledger-founded/1":
            raise Refused("not-founded")
        return
    if act.ledger != log.ledger:
        raise Refused("wrong-ledger", expected=log.ledger)
    if log.edition.engine < KINDS[act.kind].engine:
        raise Refused("kind-not-offered", kind=act.kind, ruleset=log.edition.ruleset)
    if log.stage != "founded" and act.kind not in ("confirmed/1", "declined/1", "ledger-founded/1"):
        raise Refused("not-founded")


def check_place(read: Read, act: Act, context: Context) -> None:
    """`prev` is the stream's last entry, `until` is ahead but not far, `seen` is this log's own past."""
    stream: Stream | None = read.get(("stream", act.stream))
    if act.prev != (stream.leaf if stream else None):
        raise Refused("stream-moved", stream=act.stream)
    if stream and act.kind != "key-revoked/1" and waiting(read, stream.pending, context.recorded_at):
        raise Refused("pending-first", stream=act.stream)
    if context.recorded_at > act.until:
        raise Refused("out-of-date")
    log = read.get(LOG)
    days = (log.edition if log else LATEST).days("until_ahead")
    if act.until > context.recorded_at + days * DAY_MS:
        raise Refused("until-too-far", days=days)
    if act.seen and context.root_at(act.seen[0]) != act.seen[1]:
        raise Refused("forked-view", size=act.seen[0])


def _founders_keys(read: Read, act: Act, context: Context) -> Read:
    """Founding is signed with a key that stands in its own body."""
    return Layered(founding.admit_rows(read, act, context.index), read) if act.kind == "ledger-founded/1" else read


def _judge(read: Read, act: Act, context: Context) -> Flags:
    subject, step = STEPS[act.kind]
    return judge(subject, step, read, act, context)


def _completed(read: Read, pending: Pending, context: Context) -> Flags:
    """A pending act at the entry that completes it: its author may still sign it, and its life cycle admits it now."""
    again, late = _not_begun(read, pending.act), completing(pending, context)
    once = STEPS[pending.act.kind][1].by_entry
    if not once and (breach := may_sign(read, pending.act, late)):
        raise breach.refuse()
    return _judge(again, pending.act, late)


def _stands(read: Read, act: Act, context: Context) -> Breach | None:
    """Why the pending act cannot be declined, if it cannot."""
    pending: Pending = read["pending", act.about]
    return STEPS[pending.act.kind][1].stands(read, act, context)


def _not_begun(read: Read, act: Act) -> Read:
    """What an act has begun while it waited is no reason against it: its thing is judged as if it were not there yet."""
    subject, step = STEPS[act.kind]
    return read if step.begin is nothing else Layered({subject.key(act): GONE}, read)


# --- recheck --------------------------------------------------------------------------------------------------------------------


def recheck(read: Read, act: Act, openings: Openings) -> Found:
    """What only openings can show: their form, and the kind's own rules; at a completing confirmation, of the act it completes."""
    form = check_openings(act, openings)
    if not isinstance(form, Held):
        return form
    if act.kind in CONFIRMING:
        own = STEPS[act.kind][1].recheck(read, act, openings)
        pending: Pending = read["pending", act.about]
        if not isinstance(own, Held):
            return own
        return recheck(read, pending.act, openings) if len(pending.filled) + 1 == len(needs_of(pending.act)) else Held()
    return STEPS[act.kind][1].recheck(read, act, openings)


# --- evolve ---------------------------------------------------------------------------------------------------------------------


def evolve(read: Read, act: Act, context: Context, flags: Flags) -> Changes:
    """What the entry changes: {key: new value | GONE}; changes nothing by itself and judges nothing."""
    changes = swept(read, context.recorded_at)  # first: what is final is not there for this act
    changes |= expired(Layered(changes, read), context.recorded_at)
    changes |= used(read, engine_of(act))
    state = Layered(changes, read)
    old: Stream | None = state.get(("stream", act.stream))
    waits = bool(needs_of(act))
    changes["stream", act.stream] = Stream(act.leaf, next_place(state, act.stream), act.leaf if waits else None)
    if old and old.pending:
        changes.update(ended(state, old.pending))  # it expired: decide let this act into its stream
    if waits:
        changes.update(STEPS[act.kind][1].begin(state, act, context))
        lasts = STEPS[act.kind][1].lasts
        changes["pending", act.leaf] = begun(state, act, context, lasts=lasts)
        changes.update({} if lasts else queued(state, act.leaf))
        return changes | listed(read, changes)
    changes.update(_effect(state, act, context, flags if act.kind not in CONFIRMING else ()))
    if act.kind in CONFIRMING:
        changes.update(_completion(state, act, context, flags))
    if act.kind == "declined/1":
        declined: Act = read["pending", act.about].act
        changes.update(STEPS[declined.kind][1].undo(state, declined, context))  # what it had already changed while it waited
    if act.about is not None and changes.get(("pending", act.about)) is GONE:
        changes.update(ended(read, act.about, act.body["person"]))
    changes.update(listed(read, changes))
    return {key: value for key, value in changes.items() if value is not GONE or key in read}


def _effect(read: Read, act: Act, context: Context, flags: Flags) -> Changes:
    subject, step = STEPS[act.kind]
    changes = apply(subject, step, read, act, context) | raised(read, act, context, flags)
    return changes | ending(Layered(changes, read), act, context)


def _completion(read: Read, act: Act, context: Context, flags: Flags) -> Changes:
    pending: Pending = read["pending", act.about]
    if not pending.complete:
        return {}
    done = _effect(read, pending.act, completing(pending, context), flags)
    return {**done, ("pending", act.about): GONE, **freed(read, pending.act)}
