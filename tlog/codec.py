"""Canonical MessagePack: one value, one spelling.

nil, bool, int (-2^63..2^64-1), str (UTF-8), bin, array and map with str keys ascending by their UTF-8 bytes, each in
its shortest form; no float, no extension, no duplicate key, nothing after the value, at most 16 open containers.

    {"a": 1, "b": [nil, -1]}  =  82 a1 61 01 a1 62 92 c0 ff
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from msgpack import OutOfData, Unpacker, packb, unpackb

from tlog.errors import Malformed

Value: TypeAlias = "bool | int | str | bytes | tuple[Value, ...] | dict[str, Value] | None"
Packable: TypeAlias = "bool | int | str | bytes | Sequence[Packable] | Mapping[str, Packable] | None"

MAX_DEPTH = 16

_LONG = 1024  # array length above which elements must be seen before a place is reserved for them
_SCALARS = frozenset({type(None), bool, int, str, bytes})
_TEXT = frozenset({str})


def pack(value: Packable) -> bytes:
    """The canonical bytes of a value; lists and tuples are arrays, keys may come in any order."""
    try:
        return _encode(value if _ascends(value) else _sorted(value))
    except (OverflowError, UnicodeEncodeError) as why:
        raise Malformed("msgpack", str(why)) from why


def unpack(raw: bytes) -> Value:
    """The value of canonical bytes; arrays are tuples. Any other spelling is Malformed."""
    try:
        value = _decode(raw)
    except (ValueError, OutOfData) as why:
        raise Malformed("msgpack", str(why) or "cut short") from why
    if not _ascends(value) or _encode(value) != raw:
        raise Malformed("msgpack", "not the canonical spelling")
    return value


def glance(raw: bytes) -> Value:
    """What `unpack` gives if it gives anything: for bytes that are unpacked elsewhere before anybody believes this; else ValueError."""
    value: Value = unpackb(raw, use_list=False, max_array_len=_LONG)
    return value


def _encode(value: Packable) -> bytes:
    encoded: bytes = packb(value)
    return encoded


def _decode(raw: bytes) -> Value:
    try:
        short: Value = unpackb(raw, use_list=False, max_array_len=_LONG)
    except ValueError:
        # A length reserves memory at once, nested lengths many times over; skipping reserves nothing and
        # shows that the elements are there.
        unpacker = Unpacker(max_buffer_size=len(raw))
        unpacker.feed(raw)
        unpacker.skip()
        long: Value = unpackb(raw, use_list=False)
        return long
    return short


def _ascends(value: object, room: int = MAX_DEPTH) -> bool:
    """Whether the keys of every map ascend; what has no canonical form is Malformed."""
    inner: Collection[object]
    ascends = True
    if type(value) is dict:
        if not _TEXT.issuperset(map(type, value)):
            raise Malformed("msgpack", "a map's key is not a str")
        # The order of code points is the order of UTF-8 bytes.
        ascends, inner = [*value] == sorted(value), value.values()
    elif type(value) is tuple or type(value) is list:
        inner = value
    elif type(value) in _SCALARS:
        return True
    else:
        raise Malformed("msgpack", f"no canonical form for {type(value).__name__}")
    if not room:
        raise Malformed("msgpack", f"more than {MAX_DEPTH} open containers")
    if not _SCALARS.issuperset(map(type, inner)):
        for item in inner:
            if type(item) not in _SCALARS and not _ascends(item, room - 1):
                ascends = False
    return ascends


def _sorted(value: Packable) -> Packable:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value
