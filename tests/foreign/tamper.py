"""Tampered copies of a true log, as a table: what an attacker did, on which level it shows, and which entry must be named.

    python -m tests.foreign.tamper DIR      DIR/table.json, DIR/true, DIR/<row> and, where only openings show it, DIR/<row>.openings

Level 1: bytes, signatures, chains; any verifier names the same entry. Level 2: every byte and signature is right and a rule is
broken. "Resigned": the attacker owns the log's key, builds the tree anew and signs it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.foreign.broken_entries import ENTRIES
from tests.foreign.broken_files import WHOLE_FILES
from tests.foreign.broken_rules import LEVEL_2
from tests.foreign.forging import Sealed, Tampering
from tests.foreign.trial import Log, true_log
from tlog.codec import pack

TABLE: Final[tuple[Tampering, ...]] = (*WHOLE_FILES, *ENTRIES, *LEVEL_2)


def write_files(files: Mapping[str, bytes], folder: Path) -> Path:
    """These files below a new folder."""
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    return folder


def openings_file(sealed: Sealed) -> bytes:
    """Everything that a log sealed, as an openings file (docs/spec/mirror.md)."""
    return pack({leaf.hex(): raws for leaf, raws in sealed.items() if raws})


def described(row: Tampering, log: Log) -> dict[str, Any]:
    """A row as JSON."""
    return {"name": row.name, "did": row.did, "level": row.level, "resigned": row.resigned, "first_bad": row.first_bad(log),
            "code": row.code, "sealed": row.sealed}  # fmt: skip


def main(folder: Path) -> None:
    """Write the true mirror, every tampered copy, and the table."""
    with tempfile.TemporaryDirectory() as place:
        log = true_log(Path(place))
    write_files(log.files, folder / "true")
    for row in TABLE:
        copy = row.forge(log)
        write_files(copy.files, folder / row.name)
        if row.sealed:
            (folder / f"{row.name}.openings").write_bytes(openings_file(copy.sealed))
    table = [described(row, log) for row in TABLE]
    (folder / "table.json").write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
