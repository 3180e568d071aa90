"""Serving a vote's notice and ballot on each owner: by which method, on which day, and what counts as proof (R-BAL-3).

Whether silence may be counted with a majority rests on this; so a page of it is an effect, which a breach refuses. That an
owner would not sign for what was handed to her is a method of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.calendar import day_of
from domain.lifecycle import Act, Breach, Changes, Context, Read, Subject, Transition, at_stage
from domain.polls import VOTING, pinned_rules_know, poll_known, poll_of, provably_served


@dataclass(frozen=True, slots=True)
class Service:
    """How and on which day (ISO) a head was served, and the page that says so."""

    method: str
    day: str
    leaf: bytes
    stage: str = "served"


# --- guards ---------------------------------------------------------------------------------------------------------------------


def vote_goes_on(read: Read, act: Act, _context: Context) -> Breach | None:
    """The vote is neither closed nor withdrawn."""
    return at_stage(read, "poll", act.body["poll"], *VOTING)


def heads_served_once(read: Read, act: Act, _context: Context) -> Breach | None:
    """Each row is a head of the vote's roll that has not been provably served yet; a page names it once."""
    name, poll, tags = act.body["poll"], poll_of(read, act), [row[0] for row in act.body["rows"]]
    for tag in tags:
        if ("head", (poll.roll, tag)) not in read:
            return Breach("head-unknown", {"tag": tag.hex()})
        if tags.count(tag) > 1 or provably_served(read, name, tag):
            return Breach("served-already", {"tag": tag.hex()})
    return None


def days_possible(read: Read, act: Act, context: Context) -> Breach | None:
    """Nothing is served before the notice, nor after the page that tells of it."""
    first, last = read["notice-day", act.body["poll"]], day_of(context.recorded_at)
    wrong = next((day for _, _, day in act.body["rows"] if not first <= day <= last), None)
    return None if wrong is None else Breach("served-day-wrong", {"day": wrong, "first": first, "last": last})


# --- effects --------------------------------------------------------------------------------------------------------------------


def serve(_read: Read, act: Act, _context: Context) -> Changes:
    """These heads were served; a better proof takes the place of a weaker one."""
    name = act.body["poll"]
    return {("served", (name, tag)): Service(method, day, act.leaf) for tag, method, day in act.body["rows"]}


def listed(read: Read, act: Act, _context: Context) -> Changes:
    """The page is one of its vote's while it waits already: what was never confirmed leaves with the vote too."""
    name = act.body["poll"]
    pages = dict.fromkeys((*read.get(("served-pages", name), ()), act.body["page"]))
    return {("served-pages", name): tuple(pages)}


SERVICES: Final = Subject("page of service", lambda act: ("served-page", (act.body["poll"], act.body["page"])), (
    Transition("notice-served/1", (None,), "confirmed",
               (poll_known, pinned_rules_know, vote_goes_on, heads_served_once, days_possible), effect=serve, begin=listed),
))  # fmt: skip
