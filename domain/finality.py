"""When a matter is final: its inner keys leave the state and a small outcome stays (design §4).

Memory follows what is open, not what has happened. A vote is final with the first entry recorded after its objection window: a
period of the edition that its notice pinned, from the day of the announcement, or from the day by which one was due. An edition
without that period ends nothing. While an objection to the result waits for its answer the vote is not final (R-DIS-4); the first
entry after the answer ends it. What is still owed stays: an announcement that was not made, with its due day and its result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Final

from domain.acts import MAX_ANSWERS, MAX_POSTINGS, RESULT_KINDS
from domain.ballots import Ballot
from domain.calendar import day_of, days_after, due_day, midnight
from domain.confirmations import ANSWERING, Pending, ended
from domain.contestable import Contestable, Objection, objections_to, unanswered, upheld
from domain.deadlines import due
from domain.errors import Refused
from domain.flags import flags_of
from domain.lifecycle import GONE, Act, Changes, Context, Key, Read
from domain.polls import Poll
from domain.proxies import Proxy
from domain.results import ANNOUNCE, Result
from domain.roll import Roll

WINDOW: Final = "objection"  # the period's name
ENDINGS: Final[Key] = ("endings", "")
Ending = tuple[int, str]  # the first ms after a vote's window, the vote


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that the state keeps of a final vote: its certified result's leaf and time (ms), which items passed, what was objected."""

    result: bytes
    certified_at: int
    passed: Mapping[str, bool]
    objections: tuple[str, ...] = ()
    annulled: bytes | None = None  # the act that recorded its annulment
    stage: str = "final"


# --- what goes: whatever a vote leaves in the state is named here, and nowhere else ---------------------------------------------


def of_the_vote(_read: Read, name: str) -> Iterable[Key]:
    """The vote itself, its counters, what was told and reported of it, and their streams; its annulment is never gone."""
    yield from ((subject, name) for subject in ("poll", "running", "notice-day", "served-heads", "warned", "outage"))
    yield from (("stream", f"{subject}/{name}") for subject in ("poll", "announced", "warned", "outage"))


def of_its_objections(read: Read, name: str) -> Iterable[Key]:
    """The list of them, and the right to object. Each objection stays with its answer: its id is the ledger's, used once."""
    return ("objections", name), ("contestable", read["result", name].leaf)


def of_its_service(read: Read, name: str) -> Iterable[Key]:
    """Pages that say who was served."""
    yield "served-pages", name
    for page in read.get(("served-pages", name), ()):
        yield from (("served-page", (name, page)), ("stream", f"served/{name}/{page}"))


def of_its_pages(read: Read, name: str) -> Iterable[Key]:
    """Streams of its pages of paper. The pages' own rows stay: their ids are the ledger's, and none is used twice."""
    return ("pages", name), *(("stream", f"paper/{page}") for page in read.get(("pages", name), ()))


def of_the_result(read: Read, name: str) -> Iterable[Key]:
    """The result, unless it has still to be announced."""
    return () if due(read, name, ANNOUNCE) else (("result", name),)


def of_its_reports(_read: Read, name: str) -> Iterable[Key]:
    """Postings, and what was answered to flags."""
    for n in range(1, MAX_POSTINGS + 1):
        yield from (("posting", (name, n)), ("stream", f"posted/{name}/{n}"))
    for n in range(1, MAX_ANSWERS + 1):
        yield from (("answer", (name, n)), ("stream", f"answered/{name}/{n}"))


def of_its_flags(read: Read, name: str) -> Iterable[Key]:
    """Flags: those that count stay in the certified result."""
    return ("flags", name), *(("flag", (name, leaf, rule)) for leaf, rule in flags_of(read, name))


def of_its_heads(read: Read, name: str) -> Iterable[Key]:
    """What each head of the electorate left: its ballot and the ballot's stream."""
    poll: Poll | None = read.get(("poll", name))
    if poll is not None:
        roll: Roll = read["roll", poll.roll]
        for tag, _ in roll.tags:
            yield from (("ballot", (name, tag)), ("stream", f"ballot/{name}/{tag.hex()}"), ("paper", (name, tag)))
            yield from _opened(read, name, read.get(("ballot", (name, tag))))
            yield from _asked(read, name, tag)


def _asked(read: Read, name: str, tag: bytes) -> Iterable[Key]:
    """How the head was served, and who was its agent."""
    proxy: Proxy | None = read.get(("proxy", (name, tag)))
    yield from (("served", (name, tag)), ("proxy", (name, tag)), ("stream", f"proxy/{name}/{tag.hex()}"))
    yield from [("agents", (name, proxy.agent))] if proxy else []


def _opened(read: Read, name: str, ballot: Ballot | None) -> Iterable[Key]:
    """What an owner opened herself."""
    for one in (*ballot.earlier, ballot) if ballot else ():
        if ("opened", (name, one.leaf)) in read:
            yield from (("opened", (name, one.leaf)), ("stream", f"opened/{one.leaf.hex()}"))


INNER: Final[tuple[Callable[[Read, str], Iterable[Key]], ...]] = (
    of_the_vote, of_the_result, of_its_reports, of_its_flags, of_its_pages, of_its_heads, of_its_objections, of_its_service,
)  # fmt: skip
REMEMBERED: Final = frozenset((
    "poll", "running", "result", "posting", "answer", "flags", "flag", "ballot", "paper", "opened", "objections", "proxy", "served",
    "served-heads", "warned", "outage",
))  # fmt: skip
"""The subjects of those keys by which old votes are read again; streams and what waited in them are not."""


def matter_of_key(key: Key) -> str | None:
    """The vote that an inner key belongs to."""
    subject, ident = key
    return (ident[0] if isinstance(ident, tuple) else ident) if subject in REMEMBERED else None


# --- decide ---------------------------------------------------------------------------------------------------------------------


def endings(read: Read) -> tuple[Ending, ...]:
    """The votes whose window runs, the earliest end first."""
    ends: tuple[Ending, ...] = read.get(ENDINGS, ())
    return ends


def is_final(read: Read, name: str, now: int) -> bool:
    """The vote's window is over by this time and no objection waits, whether or not an entry has been recorded since."""
    return ("outcome", name) in read or any(one[1] == name for one in _over(read, now))


def _over(read: Read, now: int) -> tuple[Ending, ...]:
    """The votes that end with an entry of this time; the list is sorted, so that nothing is looked at while no window has ended."""
    return tuple(one for one in takewhile(lambda one: one[0] <= now, endings(read)) if not unanswered(read, one[1]))


def check_open(read: Read, act: Act, context: Context) -> None:
    """Nothing is added to a final vote, nor confirmed in it, but its annulment and an announcement still owed; raises Refused.

    This comes before the act's place in its stream: the stream is gone, and its first place is taken for ever.
    """
    pending: Pending | None = read.get(("pending", act.about)) if act.kind in ANSWERING else None
    meant = pending.act if pending else act
    name = meant.body.get("poll")
    if name is None or not is_final(read, name, context.recorded_at):
        return
    if meant.kind == "poll-annulled/1":
        return
    if meant.kind != "result-announced/1" or not due(read, name, ANNOUNCE):
        raise Refused("matter-final", matter=name)


# --- evolve ---------------------------------------------------------------------------------------------------------------------


def ending(read: Read, act: Act, context: Context) -> Changes:
    """When the window of a vote ends whose result was certified, announced or upheld against by this act, as things stand after it."""
    if act.kind == "objection-answered/1":
        return _time_to_recount(read, read["objection", act.body["id"]], context.now)
    if act.kind not in (*RESULT_KINDS, "result-announced/1"):
        return {}
    name: str = act.body["poll"]
    end = _end(read, name, context.now)
    others = (one for one in endings(read) if one[1] != name)
    return {} if end is None else {ENDINGS: tuple(sorted((*others, (end, name)))), **_open_to_objections(read, name, end)}


def _open_to_objections(read: Read, name: str, end: int) -> Changes:
    """Owners on the vote's roll may object to its result until its window ends, under rules that know of objections."""
    poll: Poll | None = read.get(("poll", name))
    if poll is None or poll.edition.engine < 3:
        return {}
    result: Result = read["result", name]
    gone: Changes = {("contestable", leaf): GONE for leaf in result.before if ("contestable", leaf) in read}
    return {**gone, ("contestable", result.leaf): Contestable(name, end, poll.roll)}


def _time_to_recount(read: Read, objection: Objection, now: int) -> Changes:
    """What was upheld against a result can still be acted upon when the answer came at the end of the window or after it."""
    name = objection.matter
    result: Result | None = read.get(("result", name))
    ends = {poll: end for end, poll in endings(read)}
    if result is None or name not in ends or not upheld(read, name, result.leaf) or objection.of != result.leaf:
        return {}
    edition = read["poll", name].edition
    last = due_day(day_of(now), edition.value("recount_days"), edition.calendar)
    ends[name] = max(ends[name], midnight(days_after(last, 1)))
    return {ENDINGS: tuple(sorted((end, poll) for poll, end in ends.items()))}


def _end(read: Read, name: str, now: int) -> int | None:
    poll: Poll | None = read.get(("poll", name))
    if poll is None:  # announced when everything else had gone: the result goes with the next entry
        return now
    days = poll.edition.period(WINDOW)
    start = due(read, name, ANNOUNCE) or day_of(now)
    return None if days is None else midnight(days_after(due_day(start, days, poll.edition.calendar), 1))


def swept(read: Read, now: int) -> Changes:
    """What leaves the state with an entry recorded at this time; nothing is looked at while no window has ended."""
    over = _over(read, now)
    if not over:
        return {}
    changes: Changes = {ENDINGS: tuple(one for one in endings(read) if one not in over) or GONE}
    for _, name in over:
        changes |= _closed(read, name)
    return changes


def _closed(read: Read, name: str) -> Changes:
    result: Result = read["result", name]
    keys = [key for key in chain.from_iterable(part(read, name) for part in INNER) if key in read]
    waiting = [read[key].pending for key in keys if key[0] == "stream" and read[key].pending]
    changes: Changes = dict.fromkeys(keys, GONE)
    for leaf in waiting:
        changes |= ended(read, leaf)
    passed = {item: figures["passed"] for item, figures in result.items.items()}
    before: Outcome | None = read.get(("outcome", name))  # there where an announcement was owed: the result leaves last
    objected = before.objections if before else objections_to(read, name)
    return {**changes, ("outcome", name): Outcome(result.leaf, result.certified_at, passed, objected, result.annulled)}
