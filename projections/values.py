"""Keys and values of the state as canonical bytes, and back: what the table of changes keeps.

value      nil, bool, int, str, bin: itself          map with str keys: a map of its values
           tuple [0, …]     set [1, …] ascending     any other map [2, key, value, …] ascending by key
           a value class [its name, its fields in their order …]
key        its subject and the parts of its id, one after another, so that those that begin alike stand together
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final

from msgpack import Unpacker

from domain.authority import KeyRow, Post
from domain.ballots import Ballot, Paper
from domain.committee import Decided, Meeting, Signed
from domain.confirmations import Keyed, Pending, Stream
from domain.contestable import Contestable, Objection
from domain.counting import Weight
from domain.decisions import Reported
from domain.elections import Filing
from domain.erasures import Erased
from domain.finality import Outcome
from domain.flags import Flag
from domain.founding import Log
from domain.joining import Area, Carried
from domain.keysample import Called
from domain.lifecycle import Act, Key, Thing
from domain.people import KeyPage
from domain.polls import Item, Outages, Poll, Running
from domain.proxies import Proxy
from domain.requests import Group, Request
from domain.results import Annulled, Result
from domain.roll import Head, Page, Replaced, Roll
from domain.rulesets import Edition
from domain.scopes import Scope
from domain.seats import Candidate, Committee, Election, Seat
from domain.service import Service
from tlog.codec import pack, unpack
from tlog.errors import Malformed

TYPES: Final[Mapping[str, type]] = {one.__name__: one for one in (
    Act, Annulled, Ballot, Called, Edition, Erased, Flag, Head, Item, Keyed, KeyPage, KeyRow, Log, Outages, Outcome, Page, Paper,
    Pending, Poll, Post, Reported, Result, Roll, Running, Scope, Stream, Thing, Weight,
    Contestable, Group, Objection, Proxy, Replaced, Request, Service,  # owners' rights
    Committee, Decided, Meeting, Signed,
    Area, Candidate, Carried, Election, Filing, Seat,  # elections and joining
)}  # fmt: skip
_FIELDS: Final = {one: tuple(field.name for field in fields(one)) for one in TYPES.values()}
SHAPE: Final = sha256(pack([[one.__name__, list(names)] for one, names in _FIELDS.items()])).digest()
"""Changes when a value class does: a table that was written in another shape is written anew."""

_SCALARS: Final = frozenset((type(None), bool, int, str, bytes))
_TUPLE, _SET, _MAP = 0, 1, 2


class Unspeakable(Exception):
    """A value that has no canonical bytes: of a type that no row of TYPES knows."""


def _reader(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda value: (read(value),)


_READ: Final = {one: _reader(names) for one, names in _FIELDS.items()}


def value_bytes(value: Any) -> bytes:
    """A value's bytes; raises Unspeakable."""
    try:
        return pack(_spelled(value))
    except Malformed as why:
        raise Unspeakable(str(why)) from why


def value_of(raw: bytes) -> Any:
    """The value of these bytes."""
    return _meant(unpack(raw))


def key_bytes(key: Key) -> bytes:
    """A key's bytes."""
    return prefix_bytes(key[0], *(key[1] if isinstance(key[1], tuple) else (key[1],)))


def prefix_bytes(subject: str, *parts: Any) -> bytes:
    """What the bytes of all keys begin with that have this subject and these first parts of an id."""
    return b"".join(map(pack, (subject, *parts)))


def key_of(raw: bytes) -> Key:
    """The key of these bytes; an id has one part or is a tuple of several."""
    reader = Unpacker(max_buffer_size=len(raw))
    reader.feed(raw)
    subject, *parts = reader
    return subject, parts[0] if len(parts) == 1 else tuple(parts)


def _spelled(value: Any) -> Any:
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind in _READ:
        return (kind.__name__, *map(_spelled, _READ[kind](value)))
    if kind is tuple:
        return (_TUPLE, *map(_spelled, value))
    if kind is frozenset:
        return (_SET, *sorted(map(_spelled, value), key=pack))
    if kind is dict:
        return _spelled_map(value)
    raise Unspeakable(f"{kind.__name__} is no value of the state that the table of changes knows")


def _spelled_map(value: Mapping[Any, Any]) -> Any:
    if all(type(key) is str for key in value):
        return {key: _spelled(one) for key, one in value.items()}
    pairs = sorted(((_spelled(key), _spelled(one)) for key, one in value.items()), key=lambda pair: pack(pair[0]))
    return (_MAP, *(part for pair in pairs for part in pair))


def _meant(value: Any) -> Any:
    if type(value) is dict:
        return {key: _meant(one) for key, one in value.items()}
    if type(value) is not tuple:
        return value
    form, *parts = value[0], *map(_meant, value[1:])
    if form == _TUPLE:
        return tuple(parts)
    if form == _SET:
        return frozenset(parts)
    if form == _MAP:
        return dict(zip(parts[::2], parts[1::2], strict=True))
    return TYPES[form](*parts)
