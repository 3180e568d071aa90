"""Objections of owners: raised by a head, answered by a convener or a supervisor, escalated when the answer is overdue (R-DIS-4).

An objection is a stream of its own. It holds up what is final by this rule until it is answered, and never by being written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from domain.authority import author_of, must_hold
from domain.calendar import day_of
from domain.contestable import ANSWERED, ESCALATED, RAISED, WAITING, Contestable, Objection, objections_to
from domain.deadlines import done, last_day, owe
from domain.lifecycle import GONE, Act, Breach, Changes, Context, Read, Subject, Transition
from domain.polls import Poll
from domain.roll import heads_of_person, key_of_head
from domain.seats import at_stake

ANSWER: Final = "R-DIS-4"
ANSWER_DAYS: Final = "objection_answer_days"


def objection_of(read: Read, act: Act) -> Objection:
    """The objection that an act answers or takes further."""
    found: Objection = read["objection", act.body["id"]]
    return found


# --- guards ---------------------------------------------------------------------------------------------------------------------


def own_head(read: Read, act: Act, _context: Context) -> Breach | None:
    """The key is bound to the head of that snapshot for which it objects."""
    return key_of_head(read, (act.body["snapshot"], act.body["tag"]), act.by)


def may_be_contested(read: Read, act: Act, context: Context) -> Breach | None:
    """What is objected to concerns this head, and its time for objections is not over; the day of the record counts."""
    row: Contestable | None = read.get(("contestable", act.body["of"]))
    if row is None:
        return Breach("not-contestable")
    if row.until is not None and context.recorded_at >= row.until:
        return Breach("objection-late", {"last": day_of(row.until - 1)})
    return Breach("objection-other-roll") if row.snapshot not in (None, act.body["snapshot"]) else None


def said_once(read: Read, act: Act, _context: Context) -> Breach | None:
    """A head objects to an act once: whatever it has against it belongs into that objection."""
    body, matter = act.body, read["contestable", act.body["of"]].matter
    own = (read["objection", one] for one in objections_to(read, matter))
    twice = any((one.of, one.snapshot, one.tag) == (body["of"], body["snapshot"], body["tag"]) for one in own)
    return Breach("objection-twice") if twice else None


def not_by_the_objector(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nobody answers an objection of their own head, whatever post they hold."""
    objection = objection_of(read, act)
    heads = heads_of_person(read, author_of(read, act).person, objection.snapshot)
    return Breach("same-person") if (objection.snapshot, objection.tag) in heads else None


def not_at_stake(read: Read, act: Act, _context: Context) -> Breach | None:
    """Nobody answers in an election in which they stand, nor about a vote that elects or recalls them (R-SZ-7, R-DIS-4)."""
    matter, person = objection_of(read, act).matter, author_of(read, act).person
    kind, _, name = matter.partition("/")
    poll: Poll | None = read.get(("poll", matter))
    voted = poll is not None and person in at_stake(read, poll.items)
    stands = kind == "election" and ("nominee", (name, person)) in read
    return Breach("counter-is-candidate") if voted or stands else None


def high_enough(read: Read, act: Act, context: Context) -> Breach | None:
    """What was taken to the supervisors is answered by one of them."""
    return must_hold(read, act, ("supervisor",), context) if objection_of(read, act).stage == ESCALATED else None


def own_objection(read: Read, act: Act, _context: Context) -> Breach | None:
    """It is taken further by the head that raised it."""
    objection = objection_of(read, act)
    return key_of_head(read, (objection.snapshot, objection.tag), act.by)


def overdue(read: Read, act: Act, context: Context) -> Breach | None:
    """The day of the answer is over."""
    due = objection_of(read, act).due
    return Breach("objection-not-due", {"due": due}) if day_of(context.now) <= due else None


# --- effects --------------------------------------------------------------------------------------------------------------------


def raise_(read: Read, act: Act, context: Context) -> Changes:
    """It waits for its answer from here on."""
    last = last_day(read, day_of(context.now), ANSWER_DAYS)
    return {**_listed(read, act, last), **owe(f"objection/{act.body['id']}", ANSWER, last)}


def put_on_page(read: Read, act: Act, text: str) -> Changes:
    """An objection on paper keeps its time from the page on; its answer is due when the page has been keyed again."""
    return _listed(read, act, "", text, WAITING)


def keyed_again(read: Read, name: str, context: Context) -> Changes:
    """Two people read the same: it waits for its answer from here on."""
    last = last_day(read, day_of(context.now), ANSWER_DAYS)
    raised = replace(read["objection", name], due=last, stage=RAISED)
    return {("objection", name): raised, **owe(f"objection/{name}", ANSWER, last)}


def dropped(read: Read, name: str) -> Changes:
    """What two people read differently, or a page that was withdrawn, is no objection; its id is free again."""
    matter = read["objection", name].matter
    ids = tuple(one for one in objections_to(read, matter) if one != name)
    return {("objection", name): GONE, ("objections", matter): ids or GONE}


def _listed(read: Read, act: Act, due: str, text: str = "text", stage: str = RAISED) -> Changes:
    body, matter = act.body, read["contestable", act.body["of"]].matter
    objection = Objection(act.leaf, body["of"], matter, body["snapshot"], body["tag"], body["ground"], due, text, stage=stage)
    return {("objection", body["id"]): objection, ("objections", matter): (*objections_to(read, matter), body["id"])}


def answer(read: Read, act: Act, _context: Context) -> Changes:
    """The duty to answer is done; what the answer is stays."""
    objection = replace(objection_of(read, act), outcome=act.body["outcome"], answer=act.leaf)
    return {("objection", act.body["id"]): objection, **done(read, f"objection/{act.body['id']}", ANSWER)}


OBJECTIONS: Final = Subject("objection", lambda act: ("objection", act.body["id"]), (
    Transition("objection-raised/1", (None,), RAISED, (own_head, may_be_contested, said_once), effect=raise_),
    Transition("objection-answered/1", (RAISED, ESCALATED), ANSWERED, (not_by_the_objector, not_at_stake, high_enough), effect=answer),
    Transition("objection-escalated/1", (RAISED,), ESCALATED, (own_objection, overdue)),
))  # fmt: skip
