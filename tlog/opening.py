"""Openings: what a statement's sealed digests stand for.

    opening = [salt: bin16, name: str, value]      decoy = [salt, "", nil]
    context = SHA-256(ledger 00 stream 00 p), p = the 32 bytes of prev, or "-" when it is nil
    digest  = SHA-256("liuchi/opening/v1" 00 context opening)

The digest binds an opening to its place: copied into another ledger, stream or position it opens nothing there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, cast

from tlog.codec import Value, glance, pack, unpack
from tlog.errors import Malformed, Unproven

PURPOSE = b"liuchi/opening/v1\0"
SALT_SIZE = 16

MALFORMED = "opening-malformed"
NAME = "opening-name"
NOT_OPENED = "sealed-not-opened"
COUNT = "sealed-count"
ORDER = "sealed-order"


@dataclass(frozen=True, slots=True)
class Opening:
    """A salted name and value; the empty name is a decoy's."""

    salt: bytes
    name: str
    value: Value

    @classmethod
    def parse(cls, raw: bytes) -> Opening:
        """The opening of canonical bytes, else Malformed with code opening-malformed."""
        try:
            value = unpack(raw)
        except Malformed as why:
            raise Malformed("opening", why.why, MALFORMED) from why
        match value:
            case (bytes(salt), str(name), inner) if len(salt) == SALT_SIZE and (name or inner is None):
                return cls(salt, name, inner)
        raise Malformed("opening", "[salt of 16 bytes, name, value], without value if the name is empty", MALFORMED)

    @classmethod
    def glance(cls, raw: bytes) -> Opening:
        """What `parse` gives if it gives anything: for bytes that are parsed elsewhere; else ValueError or TypeError."""
        return cls(*cast("Any", glance(raw)))

    def raw(self) -> bytes:
        """The bytes that are hashed and kept; the salt is 16 fresh random bytes."""
        return pack((self.salt, self.name, self.value))


def decoy(salt: bytes) -> bytes:
    """An opening that stands for an absent field."""
    return Opening(salt, "", None).raw()


def context(ledger: str, stream: str, prev: bytes | None) -> bytes:
    """The place to which digests are bound."""
    return sha256(b"\0".join((ledger.encode(), stream.encode(), b"-" if prev is None else prev))).digest()


def digest(context: bytes, raw: bytes) -> bytes:
    """What stands in `sealed` for an opening's bytes."""
    return sha256(PURPOSE + context + raw).digest()


def seal(
    openings: Iterable[bytes], ledger: str, stream: str, prev: bytes | None
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The ascending digests of these openings, and the openings in that order: `sealed` and what is sent beside it."""
    place = context(ledger, stream, prev)
    pairs = sorted((digest(place, raw), raw) for raw in openings)
    return tuple(each for each, _ in pairs), tuple(raw for _, raw in pairs)


def check(sealed: Sequence[bytes], openings: Sequence[bytes], ledger: str, stream: str, prev: bytes | None) -> dict[str, Value]:
    """The door's check: opening i hashes to digest i, none is missing, none says what another says; name -> value.

    Malformed or Unproven with code sealed-order, sealed-not-opened, opening-malformed or opening-name.
    """
    if not sealed and not openings:
        return {}
    if any(left >= right for left, right in pairwise(sealed)):
        raise Malformed("sealed", "digests ascend strictly", ORDER)
    place = context(ledger, stream, prev)
    if tuple(digest(place, raw) for raw in openings) != tuple(sealed):
        raise Unproven("sealed", "every digest is opened, in the same order", NOT_OPENED)
    return _named(openings)


def reveal(
    sealed: Collection[bytes], openings: Iterable[bytes], ledger: str, stream: str, prev: bytes | None
) -> dict[str, Value]:
    """A reader's check of the openings it holds: each is one of the digests; name -> value. Errors as in `check`."""
    place, known, held = context(ledger, stream, prev), frozenset(sealed), tuple(openings)
    if any(digest(place, raw) not in known for raw in held):
        raise Unproven("opening", "opens no digest of this statement", NOT_OPENED)
    return _named(held)


def check_names(
    found: Mapping[str, Value],
    sealed: Sequence[bytes],
    required: Collection[str],
    optional: Collection[str] = (),
    count: int | None = None,
) -> None:
    """That the names are those which a kind demands and allows, under `count` digests (as many as names, if None)."""
    if not set(required) <= found.keys() <= {*required, *optional}:
        raise Malformed("openings", f"required: {sorted(required)}, allowed besides: {sorted(optional)}", NAME)
    if len(sealed) != (len(found) if count is None else count):
        raise Malformed("sealed", "another number of digests than the kind has", COUNT)


def _named(openings: Iterable[bytes]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for opening in map(Opening.parse, openings):
        if opening.name in found:
            raise Malformed("openings", f"{opening.name} is opened twice", NAME)
        if opening.name:
            found[opening.name] = opening.value
    return found
