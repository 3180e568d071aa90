"""What a command leaves on the disk for one person."""

from __future__ import annotations

from pathlib import Path

from ledger.mirror import write_private
from scripts.shell import Blocked


def leave(path: Path, raw: bytes) -> None:
    """A file that its owner alone reads (mode 0600), whole or not at all. Raises Blocked."""
    try:
        write_private(path, raw)
    except OSError as why:
        raise Blocked(f"{path} cannot be written: {why.strerror}") from why
