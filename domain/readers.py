"""Who may read what an entry seals: a reader's posts and heads now, held against the audience of each opening (R-PRIV-1, R-PRIV-3).

This is the only rule of reading: pages, routes, commands and exports ask it, each with its own reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.acts import KINDS
from domain.authority import KeyRow, Post, matter_of, posts_of
from domain.calendar import day_of
from domain.lifecycle import Act, Read
from domain.polls import Poll
from domain.roll import heads_of_person, votes_on

PUBLIC: Final = "public"
CUSTODIAN: Final = "custodian"  # whoever works on the machine of the ledger, without a key
STUB: Final = "stub"  # whoever holds the stub of a form, and no key


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who proved that a key is theirs; `posts` are held now, each with its matter, None for any."""

    key: bytes
    person: bytes
    org: str | None
    posts: tuple[tuple[str, str | None], ...] = ()


MACHINE: Final = Reader(b"", b"", None, ((CUSTODIAN, None),))
NAMELESS: Final = Reader(b"", b"", None)  # somebody known by what they hold, not by a key: the stub of a form


def reader_of(read: Read, key: bytes, now: int) -> Reader | None:
    """The person of an active key with the posts held at that time (Unix ms); None for a key that is unknown or revoked."""
    row: KeyRow | None = read.get(("key", key))
    if row is None or row.stage != "active":
        return None
    return Reader(key, row.person, row.org, tuple(_posts(read, row.person, day_of(now))))


def _posts(read: Read, person: bytes, day: str) -> Iterator[tuple[str, str | None]]:
    for name, matter in posts_of(read, person):
        post: Post = read["post", (name, person, matter)]
        if post.on(day):
            yield name, matter


def readable(read: Read, act: Act, reader: Reader | None) -> dict[str, str]:
    """The names of an act's openings that this reader may read, each with the role that gives the right; None is anybody."""
    names = KINDS[act.kind].opens(act.body)
    roles = {audience: AUDIENCES[audience](read, act, reader) for audience in {sealed.audience for sealed in names.values()}}
    return {name: role for name, sealed in names.items() if (role := roles[sealed.audience])}


def votes_of(act: Act) -> set[str]:
    """The votes that an act belongs to: its matter, and what stands under `poll` in its body at any depth, because pages hold rows."""
    return {name for name in (matter_of(act), *_polls_in(act.body)) if name is not None}


def _polls_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (one for name, one in value.items() if name == "poll" and isinstance(one, str))
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ():
        yield from _polls_in(inner)


# --- one rule for each audience: the role that gives the right, or None -----------------------------------------------------------


def _anybody(_read: Read, _act: Act, _reader: Reader | None) -> str | None:
    return PUBLIC


def _supervisor(_read: Read, _act: Act, reader: Reader | None) -> str | None:
    return _held(reader, "supervisor", CUSTODIAN)


def _owners(read: Read, act: Act, reader: Reader | None) -> str | None:
    """Who stands for a head of that snapshot, those who count votes on it, and supervisors."""
    if reader is None:
        return None
    snapshots = _snapshots(read, act)
    votes = {name for snapshot in snapshots for name in votes_on(read, snapshot)}
    owns = any(heads_of_person(read, reader.person, snapshot) for snapshot in snapshots)
    return _held(reader, "supervisor", CUSTODIAN) or _held(reader, "counter", matters=votes) or ("owner" if owns else None)


def _person(read: Read, act: Act, reader: Reader | None) -> str | None:
    """Who signed it, whom it names, and who stands for the head that it names."""
    if reader is None or not reader.key:
        return None
    author: KeyRow | None = read.get(("key", act.by))
    if author is not None and author.person == reader.person:
        return "author"
    tags = {(snapshot, act.body.get("tag")) for snapshot in _snapshots(read, act)}
    concerned = act.body.get("person") == reader.person or bool(tags & {*heads_of_person(read, reader.person)})
    return "concerned" if concerned else None


def _counters(read: Read, act: Act, reader: Reader | None) -> str | None:
    """Those who count this vote, once it is closed."""
    names = votes_of(act)
    if not names or not all(_closed(read, name) for name in names):
        return None
    return _held(reader, "counter", CUSTODIAN, matters=names)


def _closed(read: Read, name: str) -> bool:
    poll: Poll | None = read.get(("poll", name))
    return ("outcome", name) in read or (poll is not None and poll.closing is not None)


def _held(reader: Reader | None, *posts: str, matters: set[str] | frozenset[str] = frozenset()) -> str | None:
    """The first of these posts that the reader holds for any matter, or for one of these."""
    held = ((post, matter) for post, matter in (reader.posts if reader else ()) if post in posts)
    return next((post for post, matter in held if matter is None or matter in matters), None)


def _snapshots(read: Read, act: Act) -> set[str]:
    """The rolls that an act is about: its own, or those of its votes."""
    own = act.body.get("snapshot")
    polls = (read.get(("poll", name)) for name in votes_of(act))
    return {own} if isinstance(own, str) else {poll.roll for poll in polls if poll is not None}


AUDIENCES: Final[Mapping[str, Callable[[Read, Act, Reader | None], str | None]]] = {
    "public": _anybody, "owners": _owners, "person": _person, "counters": _counters, "supervisor": _supervisor,
}  # fmt: skip
