"""Agents: an owner lets somebody cast her head's ballot in one vote, and takes that back (R-BAL-9; Civil Code arts. 165, 169)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from domain.authority import BARRED, KeyRow, organisation, stands_for
from domain.lifecycle import GONE, Act, Breach, Changes, Context, Read, Subject, Transition
from domain.polls import VOTING, Poll, pinned_rules_know, poll_of
from domain.roll import ON_PAPER, Head, key_of_head
from domain.seats import at_stake

GIVEN, ENDED = "given", "ended"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Who casts a head's ballot in a vote: a person, by which act. Stages: given, ended.

    late: a key named the agent that was bound to the head after the freeze.
    """

    agent: bytes
    leaf: bytes
    late: bool = False
    stage: str = GIVEN


def agents_of(read: Read, poll: str, person: bytes) -> int:
    """For how many heads a person stands in a vote."""
    count: int = read.get(("agents", (poll, person)), 0)
    return count


def votes_for(read: Read, poll: str, tag: bytes, key: bytes) -> bool:
    """The key's person is the head's agent in this vote, and no more than the agent: an agent names no other (R-BAL-9)."""
    proxy: Proxy | None = read.get(("proxy", (poll, tag)))
    row: KeyRow = read["key", key]
    return proxy is not None and proxy.stage == GIVEN and proxy.agent == row.person


# --- guards ---------------------------------------------------------------------------------------------------------------------


def before_closing(read: Read, act: Act, context: Context) -> Breach | None:
    """An agent is named or dismissed for a vote that was noticed and whose closing time has not passed."""
    poll: Poll | None = read.get(("poll", act.body["poll"]))
    if poll is None:
        return Breach("unknown-matter", {"subject": "poll"})
    return Breach("proxy-late") if poll.stage not in VOTING or context.recorded_at > poll.ends else None


def owner_signs(read: Read, act: Act, _context: Context) -> Breach | None:
    """Only a key of the head names or dismisses its agent; the agent's does not (R-BAL-9)."""
    return key_of_head(read, (poll_of(read, act).roll, act.body["tag"]), act.by)


def agent_may_stand(read: Read, act: Act, _context: Context) -> Breach | None:
    """The agent is admitted here, belongs neither to enterprise nor developer, is neither elected nor recalled, is no key of the head."""
    agent, poll = act.body["agent"], poll_of(read, act)
    if ("person", agent) not in read:
        return Breach("agent-unknown", {"person": agent.hex()})
    if organisation(read["person", agent]) in BARRED:
        return Breach("agent-barred")
    if agent in at_stake(read, poll.items):
        return Breach("agent-candidate")
    head: Head = read["head", (poll.roll, act.body["tag"])]
    return Breach("agent-is-owner") if any(read["key", key].person == agent for key in head.keys) else None


def agent_has_room(read: Read, act: Act, _context: Context) -> Breach | None:
    """One agent stands for few heads of a vote (R-BAL-9)."""
    most = poll_of(read, act).edition.value("proxies_per_agent")
    full = agents_of(read, act.body["poll"], act.body["agent"]) >= most
    return Breach("agent-full", {"most": most}) if full else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def give(read: Read, act: Act, _context: Context) -> Changes:
    """The agent's key casts this head's ballot from here."""
    name, agent = act.body["poll"], act.body["agent"]
    head: Head = read["head", (poll_of(read, act).roll, act.body["tag"])]
    late = act.by != ON_PAPER and stands_for(read, act.by, head.late)
    return {("proxy", (name, act.body["tag"])): Proxy(agent, act.leaf, late),
            ("agents", (name, agent)): agents_of(read, name, agent) + 1}  # fmt: skip


def end(read: Read, act: Act, _context: Context) -> Changes:
    """From here it does not; what was cast stands until the owner votes again."""
    place = ("proxy", (act.body["poll"], act.body["tag"]))
    proxy: Proxy = read[place]
    count = agents_of(read, act.body["poll"], proxy.agent) - 1
    return {place: replace(proxy, leaf=act.leaf), ("agents", (act.body["poll"], proxy.agent)): count or GONE}


PROXIES: Final = Subject("proxy", lambda act: ("proxy", (act.body["poll"], act.body["tag"])), (
    Transition("proxy-given/1", (None, ENDED), GIVEN,
               (before_closing, pinned_rules_know, owner_signs, agent_may_stand, agent_has_room), effect=give),
    Transition("proxy-ended/1", (GIVEN,), ENDED, (before_closing, owner_signs), effect=end),
))  # fmt: skip
