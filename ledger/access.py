"""Who read what is restricted: records beside the vault, each bound to the one before it (R-PRIV-5; docs/spec/access.md).

    record = canonical {"at": int ms, "key": bin32|nil, "leaf": bin32, "n": int, "names": [str …], "person": bin16|nil,
                        "prev": bin32|nil, "role": str}
    prev   = SHA-256("liuchi/access/v1" 00 record before), nil in the first

A record is durable before anybody is shown what it is about. It is no entry of the log and names nobody but by key and person.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from domain.readers import PUBLIC, Reader
from ledger.store import Shelf, Store
from tlog.codec import pack, unpack
from tlog.errors import Malformed

PURPOSE: Final = b"liuchi/access/v1\0"
FIELDS: Final = ("at", "key", "leaf", "n", "names", "person", "prev", "role")
CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class Access:
    """One record as it is read; `key` and `person` are None for somebody at the ledger's own machine."""

    at: int
    key: bytes | None
    leaf: bytes
    n: int
    names: tuple[str, ...]
    person: bytes | None
    prev: bytes | None
    role: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What a check came to: how many records hold, the hash of the last of them, and what is wrong with the next, if anything."""

    size: int
    head: bytes | None
    torn: str | None = None


Reading = tuple[bytes, Mapping[str, str]]  # a leaf, and the role by which each name is read


def note(store: Store, reader: Reader | None, readings: Sequence[Reading]) -> None:
    """Record that this reader is about to be shown these openings; public ones leave no trace. Raises StoreFailed."""
    what = [(leaf, role, tuple(sorted(name for name, own in roles.items() if own == role)))
            for leaf, roles in readings for role in sorted({*roles.values()} - {PUBLIC})]  # fmt: skip
    if reader is None or not what:
        return
    at, who = time.time_ns() // 1_000_000, {"key": reader.key or None, "person": reader.person or None}

    def made(n: int, last: bytes | None) -> list[bytes]:
        records: list[bytes] = []
        for leaf, role, names in what:
            prev = sha256(PURPOSE + last).digest() if last is not None else None
            last = pack({"at": at, **who, "leaf": leaf, "n": n + len(records), "names": names, "prev": prev, "role": role})
            records.append(last)
        return records

    store.note(made)


def accesses(shelf: Shelf) -> Iterator[bytes]:
    """Every record, in order. Raises StoreFailed."""
    start = 0
    while records := shelf.accesses(start, CHUNK):
        yield from records
        start += CHUNK


def read_access(raw: bytes) -> Access:
    """A record taken apart; raises Malformed."""
    value: Any = unpack(raw)
    if not isinstance(value, dict) or tuple(value) != FIELDS:
        raise Malformed("access record", "a map with " + ", ".join(FIELDS))
    return Access(**value)


def check(records: Iterator[bytes], known: tuple[int, bytes] | None = None) -> Chain:
    """Whether each record is bound to the one before it, and whether the chain still holds what a reader noted of it earlier.

    known: a number of records and the hash of the last of them.
    """
    size, head = 0, None
    for raw in records:
        try:
            one = read_access(raw)
        except Malformed as why:
            return Chain(size, head, str(why))
        if (one.n, one.prev) != (size, head):
            return Chain(size, head, f"record {size} is not bound to the one before it")
        size, head = size + 1, sha256(PURPOSE + raw).digest()
        if known and known[0] == size and known[1] != head:
            return Chain(size, head, f"record {size - 1} is not the one that was noted")
    if known and known[0] > size:
        return Chain(size, head, f"{known[0]} records were noted, {size} are there")
    return Chain(size, head)
