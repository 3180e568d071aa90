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
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Names that were given or taken in a folder outlast a power cut. Raises OSError."""
    folder = os.open(path, os.O_RDONLY)
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
