"""The last checkpoint kept outside the database, so that a restored backup cannot sign a second history (design §5).

One small file beside the data folder, never in it: `<size> <root in hex>` and a newline; replaced, never edited; flushed to disk.
Where several hosts write, a row in another database keeps the same promises (`ledger/anchor_postgres.py`).
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ledger.files import put
from ledger.points import Reached, unwatched
from tlog.merkle import EMPTY

RECORD = re.compile(r"(0|[1-9][0-9]{0,18}) ([0-9a-f]{64})\n", re.ASCII)


class AnchorBroken(Exception):
    """The outside record cannot be read: refuse to write rather than guess."""


class Outside(Protocol):
    """The outside record of one ledger; monotone, shared by every process that writes the ledger."""

    @property
    def name(self) -> str:
        """What it is called in a message; nothing secret."""

    def read(self) -> tuple[int, bytes]:
        """Size and root; size 0 before the first commit. Raises AnchorBroken, StoreFailed when it cannot be reached."""

    def advance(self, size: int, root: bytes, reached: Reached = unwatched) -> None:
        """Move forward to this checkpoint, durably, or leave one that is further on.

        Raises AnchorBroken; OSError or StoreFailed when the record cannot be written.
        """

    def spelled(self) -> bytes | None:
        """The record as it stands, for evidence; None when there is none to be had."""

    def forget(self) -> None:
        """Take the record away: only for a founding that failed, or a demo that is played again."""

    def close(self) -> None:
        """Let go of what is open."""


class Anchor:
    """The outside record in a file."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name

    def read(self) -> tuple[int, bytes]:
        """Size and root; size 0 before the first commit. Raises AnchorBroken."""
        try:
            text = self.path.read_text("ascii")
        except FileNotFoundError:
            return 0, EMPTY
        except (OSError, UnicodeDecodeError) as why:
            raise AnchorBroken(f"{self.path.name} cannot be read: {why}") from why
        match = RECORD.fullmatch(text)
        if match is None:
            raise AnchorBroken(f"{self.path.name} is not '<size> <root in hex>' and a newline")
        return int(match[1]), bytes.fromhex(match[2])

    def advance(self, size: int, root: bytes, reached: Reached = unwatched) -> None:
        """Move forward to this checkpoint; another process that is further on has done it for us.

        Raises AnchorBroken, and OSError when the record cannot be written.
        """
        with self._turn():
            if size > self.read()[0]:
                put(self.path, f"{size} {root.hex()}\n".encode("ascii"), reached)

    def spelled(self) -> bytes | None:
        try:
            return self.path.read_bytes()[:1024]
        except OSError:
            return None

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing stays open."""

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
