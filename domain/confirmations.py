"""Acts that need others: pending until the last confirmation, until somebody declines, or until thirty days have passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.authority import Party, author_of, fills, needs_of
from domain.calendar import DAY_MS
from domain.fields import MS
from domain.founding import LOG, edition_of
from domain.lifecycle import GONE, Act, Breach, Changes, Context, Key, Read, Subject, Transition
from domain.seats import acts_for, counts_not_own


@dataclass(frozen=True, slots=True)
class Keyed:
    """The second keying of a page of paper: its leaf, the forms that one of the two did not find, and of each form that they read
    differently the items on either."""

    leaf: bytes
    missing: tuple[str, ...]
    differing: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Pending:
    """An act that waits: who stands behind it (author first) and which needs are filled. It ends when `expires` (ms) is past."""

    act: Act
    recorded_at: int
    index: int
    expires: int
    parties: tuple[Party, ...]
    proved: frozenset[bytes]
    filled: tuple[int, ...] = ()
    keyed: Keyed | None = None

    @property
    def complete(self) -> bool:
        return len(self.filled) == len(needs_of(self.act))


@dataclass(frozen=True, slots=True)
class Stream:
    """The last entry of a stream, how many it has, and the act that waits there, if any."""

    leaf: bytes
    place: int
    pending: bytes | None = None


def next_place(read: Read, stream: str) -> int:
    """The place of a stream's next entry, from 1."""
    last: Stream | None = read.get(("stream", stream))
    return last.place + 1 if last else 1


def waiting(read: Read, leaf: bytes | None, now: int) -> Pending | None:
    """The act of this leaf, while it waits."""
    pending: Pending | None = read.get(("pending", leaf))
    return pending if pending is not None and now <= pending.expires else None


def begun(read: Read, act: Act, context: Context, *, lasts: bool) -> Pending:
    """The row of an act that has just been recorded and needs others; what lasts waits until its matter is over."""
    author = author_of(read, act)
    days = edition_of(read).days("pending")
    expires = MS.most if lasts else context.recorded_at + days * DAY_MS
    party = (author.person, acts_for(read, author, context.recorded_at))
    return Pending(act, context.recorded_at, context.index, expires, (party,), context.proved)


ENDS: Final[Key] = ("expiring-ends", "")  # the first and the last number of the queue
CONFIRMING: Final = ("confirmed/1", "page-keyed/1")
ANSWERING: Final = (*CONFIRMING, "declined/1")


def confirmed_by(read: Read, act: Act, context: Context) -> Pending | Breach:
    """The pending act as it stands after this confirmation, or why the confirmation does not count."""
    pending = waiting(read, act.about, context.recorded_at)
    author = author_of(read, act)
    if pending is None:
        return Breach("nothing-pending")
    if pending.act.kind == "post-given/1" and pending.act.body["person"] == author.person:
        return Breach("same-person")
    by = act.kind if act.kind in CONFIRMING else None
    number = fills(read, pending.act, pending.parties, pending.filled, (author.person, author.org), context.recorded_at, by)
    if isinstance(number, Breach):
        return number
    return replace(pending, parties=(*pending.parties, (author.person, author.org)), filled=(*pending.filled, number))


def completing(pending: Pending, context: Context) -> Context:
    """The context in which a pending act is decided again: its own place, the completing entry's time."""
    return replace(context, recorded_at=pending.recorded_at, index=pending.index, done_at=context.recorded_at,
                   done_index=context.index, proved=pending.proved)  # fmt: skip


def ended(read: Read, leaf: bytes, *persons: bytes) -> Changes:
    """An act that waits no more: with it goes what these persons and all its confirmers said of it, and nobody can say it again.

    Whoever tries is told that nothing waits, before a place in their closed stream is asked for.
    """
    pending: Pending = read["pending", leaf]
    spoke = dict.fromkeys((*(person for person, _ in pending.parties[1:]), *persons))
    rows = ((("confirmation", (leaf, person)), ("stream", f"confirmation/{leaf.hex()}/{person.hex()}")) for person in spoke)
    return {("pending", leaf): GONE, **dict.fromkeys((key for pair in rows for key in pair), GONE)}


# --- what expires: a queue, because memory follows what is open -----------------------------------------------------------------


def queued(read: Read, leaf: bytes) -> Changes:
    """An act that waits stands behind those that wait already: all have the same days, so that the first expires first."""
    first, last = read.get(ENDS, (1, 0))
    return {("expiring", last + 1): leaf, ENDS: (first, last + 1)}


def expired(read: Read, now: int) -> Changes:
    """What leaves the state with an entry recorded at this time: acts whose days are over, and what was said of them."""
    first, last = read.get(ENDS, (1, 0))
    changes: Changes = {}
    while first <= last and waiting(read, read["expiring", first], now) is None:
        changes |= {**_over(read, read["expiring", first]), ("expiring", first): GONE}
        first += 1
    return {**changes, ENDS: (first, last) if first <= last else GONE} if changes else {}


def _over(read: Read, leaf: bytes) -> Changes:
    """Its stream waits for it no more; nothing where it was settled before."""
    pending: Pending | None = read.get(("pending", leaf))
    return {} if pending is None else {**ended(read, leaf), **freed(read, pending.act)}


# --- guards ---------------------------------------------------------------------------------------------------------------------


def own_person(read: Read, act: Act, _context: Context) -> Breach | None:
    """The person in the body is the one whose key signs."""
    author = author_of(read, act)
    return None if author.person == act.body["person"] else Breach("not-your-person")


def may_confirm(read: Read, act: Act, context: Context) -> Breach | None:
    """The person fills a need that is open, and has not spoken before."""
    found = confirmed_by(read, act, context)
    return found if isinstance(found, Breach) else None


def may_decline(read: Read, act: Act, context: Context) -> Breach | None:
    """Its author withdraws, or somebody declines whom the act's row admits."""
    pending = waiting(read, act.about, context.recorded_at)
    if pending is None:
        return Breach("nothing-pending")
    if pending.parties[0][0] == act.body["person"]:
        return None if act.body["reason"] == "withdrawn" else Breach("withdraw-only")
    return may_confirm(read, act, context)


# --- effects --------------------------------------------------------------------------------------------------------------------


def confirm(read: Read, act: Act, context: Context) -> Changes:
    """One more confirmation; the engine lets the act take effect when it was the last."""
    pending = confirmed_by(read, act, context)
    assert isinstance(pending, Pending)
    return {("pending", act.about): pending}


def decline(read: Read, act: Act, _context: Context) -> Changes:
    """The act keeps its place in the log and never had effect; its stream is free again."""
    pending: Pending = read["pending", act.about]
    changes: Changes = {("pending", act.about): GONE, **freed(read, pending.act)}
    if pending.act.kind == "ledger-founded/1":
        changes[LOG] = replace(read[LOG], stage="never-founded")
    return changes


def freed(read: Read, act: Act) -> Changes:
    """The act's stream without anything waiting in it."""
    stream: Stream = read["stream", act.stream]
    return {("stream", act.stream): replace(stream, pending=None)}


CONFIRMATIONS: Final = Subject("confirmation", lambda act: ("confirmation", (act.about, act.body["person"])), (
    Transition("confirmed/1", (None,), "confirmed", (own_person, may_confirm, counts_not_own), effect=confirm),
    Transition("declined/1", (None,), "declined", (own_person, may_decline, counts_not_own), effect=decline),
))  # fmt: skip
