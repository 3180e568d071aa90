"""Keys and posts: admission in pages, revocation, rotation, and who is given which post (design §6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from domain.acts import row_key_id
from domain.authority import BARRED, GIVERS, KeyRow, Post, appointed, author_of, holds, must_hold, organisation
from domain.ballots import set_aside
from domain.calendar import day_of, days_between
from domain.founding import (
    admit_rows,
    edition_of,
    holders_of,
    key_rows,
    keys_proved,
    no_second_key,
    one_organisation,
    recheck_holders,
)
from domain.lifecycle import Act, Breach, Changes, Context, Read, Subject, Transition
from domain.seats import CHAIR, members_of

ENDLESS: Final = ("supervisor",)  # posts without a term; every other names its last day


@dataclass(frozen=True, slots=True)
class KeyPage:
    """A page of keys: whose organisation admitted them, and the entry that completed it, with which they began to sign."""

    leaf: bytes
    keys: tuple[bytes, ...]
    org: str | None
    index: int
    stage: str = "admitted"


# --- guards ---------------------------------------------------------------------------------------------------------------------


def holder_or_supervisor(read: Read, act: Act, context: Context) -> Breach | None:
    """A key is revoked by its holder, or by a supervisor with one of another organisation; only the holder rotates it."""
    key: KeyRow = read["key", act.body["key"]]
    author = author_of(read, act)
    own = author.person == key.person
    if act.kind == "key-revoked/1" and not act.body["own"]:
        own = not own and holds(read, author.person, ("supervisor",), None, context.now) is not None
    return None if own else Breach("not-authorised", {"kind": act.kind, "posts": "holder/supervisor"})


def same_holder(read: Read, act: Act, _context: Context) -> Breach | None:
    """A rotated key stays with its person and organisation."""
    old: KeyRow = read["key", act.body["key"]]
    row = act.body["row"]
    return None if (row["person"], row["org"]) == (old.person, old.org) else Breach("rotation-changes-person")


def giver(read: Read, act: Act, context: Context) -> Breach | None:
    """Each post has those who may give it; nobody gives one to themselves."""
    if author_of(read, act).person == act.body["person"]:
        return Breach("same-person")
    return must_hold(read, act, GIVERS[act.body["post"]], context, act.body["matter"])


def given_by_nobody(read: Read, act: Act, _context: Context) -> Breach | None:
    """Who convenes for the committee is elected by its members, or was carried over; no act but those gives or ends it (R-COM-1, M09).

    What an act gave before engine 3 to somebody who sits on no committee is ended as any other post.
    """
    body = act.body
    given_once = act.kind == "post-ended/1" and body["person"] not in members_of(read)
    elected = body["post"] == CHAIR and edition_of(read).engine >= 3 and not given_once
    return Breach("seat-by-election-only") if elected else None


def known_person(read: Read, act: Act, _context: Context) -> Breach | None:
    """The person has an admitted key, and the post is held for the organisation of that key."""
    if read.get(("person", act.body["person"]), "") != act.body["org"]:
        return Breach("person-org-differs", {"person": act.body["person"].hex()})
    return None


def not_barred(_read: Read, act: Act, _context: Context) -> Breach | None:
    """The enterprise and the developer never run, issue, collect, count or observe (design §6)."""
    return Breach("post-barred") if organisation(act.body["org"]) in BARRED else None


def has_term(_read: Read, act: Act, _context: Context) -> Breach | None:
    """A post is given for a term, its first day not after its last."""
    start, last = act.body["from"], act.body["to"]
    if last is None:
        return None if act.body["post"] in ENDLESS else Breach("term-missing")
    return Breach("term-backwards") if last < start else None


def ender(read: Read, act: Act, context: Context) -> Breach | None:
    """A post that somebody may give is ended by whoever may give it, or given back by its holder."""
    givers = GIVERS[act.body["post"]]
    own = author_of(read, act).person == act.body["person"] and bool(givers)
    return None if own else must_hold(read, act, givers, context, act.body["matter"])


def term_shorter(read: Read, act: Act, _context: Context) -> Breach | None:
    """The new last day lies within the term."""
    body = act.body
    term: Post = read["post", (body["post"], body["person"], body["matter"])]
    if body["to"] < term.start:
        return Breach("term-backwards")
    return Breach("term-not-shorter", {"to": term.to}) if term.to is not None and body["to"] >= term.to else None


def row_is_hers(_read: Read, act: Act, _context: Context) -> Breach | None:
    """The key that comes with a post is that of the person who holds it, for the same organisation."""
    body, row = act.body, act.body["row"]
    same = (row["person"], row["org"]) == (body["person"], body["org"])
    return None if same else Breach("person-org-differs", {"person": body["person"].hex()})


def another_house(read: Read, act: Act, _context: Context) -> Breach | None:
    """Who is restored belongs neither to the parent authority that signs nor to the ledger's operator."""
    own = act.body["org"] == author_of(read, act).org or organisation(act.body["org"]) == "operator"
    return Breach("same-organisation") if own else None


def supervisors_gone(read: Read, _act: Act, context: Context) -> Breach | None:
    """No two organisations supervise any more; while one still does, it has had its days to decline (design §6)."""
    orgs = supervising(read, context.now)
    if len(orgs) > 1:
        return Breach("supervisors-stand", {"orgs": len(orgs)})
    if not orgs or context.done_at is None:
        return None
    days = days_between(day_of(context.recorded_at), day_of(context.done_at))
    needed = edition_of(read).value("supervisor_silence")
    return None if days >= needed else Breach("silence-not-over", {"days": days, "needed": needed})


def supervising(read: Read, now: int) -> frozenset[str | None]:
    """The organisations whose supervisors are in office at that time (Unix ms) with an active key."""
    active = {person for key, _, person in holders_of(read) if read["key", key].stage == "active"}
    return frozenset(read["person", person] for person in active if holds(read, person, ("supervisor",), None, now) is not None)


# --- effects --------------------------------------------------------------------------------------------------------------------


def admit(read: Read, act: Act, context: Context) -> Changes:
    """The page's keys sign from its completion."""
    keys = tuple(row_key_id(row) for row in key_rows(act))
    page = KeyPage(act.leaf, keys, author_of(read, act).org, context.place)
    return admit_rows(read, act, context.place) | {("key-page", act.body["page"]): page}


def revoke(read: Read, act: Act, context: Context) -> Changes:
    """The key signs nothing recorded after this index, and is never admitted again; what it signed before stays (R-SIG-6).

    Where two organisations say that it never was its owner's, its ballots in votes that still run are set aside (R-SIG-5).
    """
    key: KeyRow = read["key", act.body["key"]]
    never_hers = act.kind == "key-revoked/1" and not act.body["own"] and act.body["reason"] == "admitted-in-error"
    ballots = set_aside(read, act.body["key"], context.now) if never_hers else {}
    return {("key", act.body["key"]): replace(key, until=context.place), **ballots}


def rotate(read: Read, act: Act, context: Context) -> Changes:
    """The new key takes the old one's place, also for the heads that the old one stood for."""
    new = row_key_id(act.body["row"])
    changes = revoke(read, act, context) | admit_rows(read, act, context.place)
    return changes | {("key", new): replace(changes["key", new], replaces=act.body["key"])}


def give(read: Read, act: Act, _context: Context) -> Changes:
    """The person holds the post for its term; a renewal for the same matter replaces it, and no other."""
    body = act.body
    term = Post(body["org"], body["from"], body["to"])
    return appointed(read, body["post"], body["person"], body["matter"], term)


def end(read: Read, act: Act, _context: Context) -> Changes:
    """The post is held until its new last day; what was signed in it stays as it is."""
    place = ("post", (act.body["post"], act.body["person"], act.body["matter"]))
    return {place: replace(read[place], to=act.body["to"])}


def restore(read: Read, act: Act, context: Context) -> Changes:
    """The new supervisor's key signs from here, and the post is held."""
    body = act.body
    changes = admit_rows(read, act, context.place)
    return changes | appointed(read, body["post"], body["person"], None, Post(body["org"], body["from"], body["to"]))


KEY_PAGES: Final = Subject("key-page", lambda act: ("key-page", act.body["page"]), (
    Transition("keys-admitted/1", (None,), "admitted", (keys_proved, one_organisation, no_second_key), effect=admit,
               recheck=recheck_holders),
))  # fmt: skip
KEYS: Final = Subject("key", lambda act: ("key", act.body["key"]), (
    Transition("key-revoked/1", ("active",), "revoked", (holder_or_supervisor,), effect=revoke),
    Transition("key-rotated/1", ("active",), "revoked", (holder_or_supervisor, same_holder, keys_proved, one_organisation),
               recheck=recheck_holders, effect=rotate),
))  # fmt: skip
POSTS: Final = Subject("post", lambda act: ("post", (act.body["post"], act.body["person"], act.body.get("matter"))), (
    Transition("post-given/1", (None, "given", "ended"), "given",
               (given_by_nobody, giver, known_person, not_barred, has_term), effect=give),
    Transition("post-ended/1", ("given", "ended"), "ended", (given_by_nobody, ender, term_shorter), effect=end),
    Transition("supervisor-restored/1", (None, "given", "ended"), "given",
               (supervisors_gone, row_is_hers, not_barred, another_house, has_term, keys_proved, one_organisation, no_second_key),
               effect=restore, recheck=recheck_holders),
))  # fmt: skip
