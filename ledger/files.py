"""Files that are whole or not there, and files that may be exchanged behind an open handle."""

from __future__ import annotations

import os
from pathlib import Path

from ledger.points import REPLACED, STAGED, Reached, unwatched


def put(path: Path, raw: bytes, reached: Reached = unwatched) -> None:
    """Put these bytes in the place of a file, whole or not at all, flushed to disk. Raises OSError."""
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())  # the bytes are on disk before the name is
    reached(STAGED)
    draft.replace(path)
    reached(REPLACED)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path now, as device and inode; None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
