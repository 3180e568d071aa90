"""What the door asks of a store; SQLite and PostgreSQL keep the same promises (tests/ledger/test_contract.py).

A commit is all or nothing: the library's rows, the dense leaf index, tiles, vault rows and the signed checkpoint. The leaf index
is written first: its uniqueness is the compare-and-swap. Inside the transaction the checkpoint kept outside must be a prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Protocol

from ledger.points import Reached
from tlog.merkle import EMPTY, Head, Tiles

LARGEST = 2**63 - 1


class Diverged(Exception):
    """The database and the checkpoint recorded outside it tell two histories: refuse to write."""


class StoreFailed(Exception):
    """The store cannot be reached, read or written; nothing is known to be wrong with what it holds."""


def first_line(why: Exception) -> str:
    """What a driver says, without the lines in which it draws."""
    return str(why).partition("\n")[0]


@dataclass(frozen=True, slots=True)
class VaultRow:
    """One encrypted opening, as the store keeps it beside its entry."""

    leaf: bytes
    digest: bytes
    index: int
    subject: str
    nonce: bytes
    sealed: bytes


columns = attrgetter(*(field.name for field in fields(VaultRow)))  # a row as the stores insert it


@dataclass(frozen=True, slots=True)
class Append:
    """What one commit adds beside the library's rows."""

    base: Head
    head: Head
    note: str
    statements: Sequence[bytes]
    tiles: Tiles
    vault: Sequence[VaultRow]
    outside: Callable[[], tuple[int, bytes]]
    reached: Reached

    def check_prefix(self, past: Callable[[tuple[int, int]], Mapping[int, bytes]]) -> None:
        """Raises Diverged unless the outside record and our base are both checkpoints of this database.

        `past` gives the roots of the sizes that are; the outside record is read once, because others advance it meanwhile.
        """
        size, root = self.outside()
        roots = {0: EMPTY, **past((size, self.base.size))}
        if size > self.base.size or (roots.get(size), roots.get(self.base.size)) != (root, self.base.root):
            raise Diverged(f"recorded outside: {size} {root.hex()}; appended to: {self.base.size} {self.base.root.hex()}")


class Shelf(Protocol):
    """What is committed, read on connections of its own so that readers never wait for a writer. Raises StoreFailed."""

    def close(self) -> None:
        """Close this thread's connection."""

    def checkpoint(self, most: int = LARGEST) -> tuple[int, bytes, str] | None:
        """Size, root and note of the newest committed checkpoint that is no larger than this."""

    def root_at(self, size: int) -> bytes | None:
        """The root of a size that was a commit's, if it was."""

    def places(self, statements: Sequence[bytes]) -> dict[bytes, int]:
        """The places of those statements that are recorded, by their hash."""

    def statement(self, index: int) -> bytes | None:
        """The statement hash at a place."""

    def entries(self, start: int, count: int) -> list[bytes]:
        """Entries from a place on."""

    def tile(self, level: int, number: int) -> bytes | None:
        """A hash tile as wide as it is now."""

    def vault(self, leaf: bytes) -> list[VaultRow]:
        """The encrypted openings of an entry."""

    def subjects(self) -> set[str]:
        """Whose data keys the vault's rows lie under."""

    def under(self, subject: str) -> list[VaultRow]:
        """The rows that lie under one subject's data key."""

    def accesses(self, start: int, count: int) -> list[bytes]:
        """Access records from a number on."""


class Store(Protocol):
    """One ledger's database: what the library needs to know of it, its shelf, and its writers' queue."""

    shelf: Shelf
    failures: tuple[type[Exception], ...]
    """What a failed append raises: the library's errors, and its driver's where the library does not wrap them."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The library's settings."""

    def turn(self) -> AbstractContextManager[Any]:
        """The ledger's turn: a queue of writers, so that they wait instead of racing; correctness never rests on it.

        Raises StoreFailed after the store's lock timeout: a process may stand still with the turn in its hands.
        """

    def rewrite(self, gone: Sequence[tuple[bytes, bytes]], anew: Sequence[VaultRow]) -> None:
        """The vault's rows of these (leaf, digest) go for good, and those others take the place of their own; all or nothing.

        Raises StoreFailed, also when the rows are gone and an old copy of them could not be removed: then it is asked again.
        """

    def note(self, made: Callable[[int, bytes | None], Sequence[bytes]]) -> None:
        """More access records, durable when this returns; `made` gives them from the first's number and the record before it.

        Raises StoreFailed.
        """

    def close(self) -> None:
        """Let go of everything."""
