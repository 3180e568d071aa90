"""What a ledger keeps that tells of another history: bounded in number, whole or not there, never in the way of an answer.

evidence/<key>-<statement hash>.submission   a signed statement that saw another tree; few of each key
evidence/<digest>.history              database, memory and outside record as they stood when they parted:

{"at": 1756173600000, "database": {"note": "demo.example.org/log/…", "root": "9f…", "size": 8},
 "ledger": "demo.example.org/log/440307-001/1", "memory": {"root": "9f…", "size": 8},
 "outside": {"record": "9 00…", "root": "00…", "size": 9}, "root_at_outside_size": null}
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ledger.anchor import AnchorBroken, Outside
from ledger.files import put
from ledger.store import StoreFailed

MOST: Final = 1000  # of each sort
OF_A_KEY: Final = 8  # submissions: one shows what its author saw
LOG = logging.getLogger("liuchi.evidence")


def keep_submission(folder: Path | None, key: bytes, statement: bytes, raw: bytes) -> None:
    """Keep a statement of a key that is active, unless some of that key are there: nobody takes the room of others."""
    keep(folder, f"{key.hex()}-{statement.hex()}.submission", raw, f"{key.hex()}-*.submission", OF_A_KEY)


def keep(folder: Path | None, name: str, raw: bytes, alike: str = "", most: int = 0) -> None:
    """Keep these bytes under this name, unless they are there or too many others are, of its sort or alike.

    What the disk refuses is logged.
    """
    if folder is None:
        return
    path = folder / name
    try:
        folder.mkdir(exist_ok=True)
        limits = ((f"*{path.suffix}", MOST), *([(alike, most)] if alike else []))
        if not path.exists() and all(sum(1 for _ in folder.glob(one)) < limit for one, limit in limits):
            put(path, raw)
    except OSError:
        LOG.exception("%s could not be kept", path)


def keep_parting(folder: Path | None, at: int | None, facts: Mapping[str, Any]) -> None:
    """Keep the bundle of one parting of histories, once; `at` is when it was first seen (Unix ms), None by a suspect clock."""
    name = sha256(_spelled(facts)).hexdigest()[:32] + ".history"
    keep(folder, name, _spelled({"at": at, **facts}))


def parting(ledger: str, database: tuple[int, bytes, str], memory: tuple[int, bytes], anchor: Outside,
            root_at: Callable[[int], bytes | None]) -> dict[str, Any]:  # fmt: skip
    """What stands where: the database's newest checkpoint, a process's memory, the outside record, and our root at its size."""
    outside = _outside(anchor)
    replayed = root_at(outside["size"]) if "size" in outside else None
    return {"database": {**_head(*database[:2]), "note": database[2]}, "ledger": ledger, "memory": _head(*memory),
            "outside": outside, "root_at_outside_size": replayed.hex() if replayed else None}  # fmt: skip


def _head(size: int, root: bytes) -> dict[str, Any]:
    return {"root": root.hex(), "size": size}


def _outside(anchor: Outside) -> dict[str, Any]:
    raw = anchor.spelled()
    text = None if raw is None else raw.decode("ascii", "backslashreplace")
    try:
        return {"record": text, **_head(*anchor.read())}
    except (AnchorBroken, StoreFailed) as why:
        return {"record": text, "why": str(why)}


def _spelled(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, indent=1, sort_keys=True).encode("ascii") + b"\n"
