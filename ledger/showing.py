"""Handing out what entries seal: by the one rule of reading, and never before its access record is durable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.documents import Document
from domain.lifecycle import UNOPENED, Act
from domain.readers import PUBLIC, Reader, readable
from ledger.access import Reading, note
from ledger.door import Ledger
from tlog.opening import Opening


def shown(door: Ledger, index: int, act: Act, reader: Reader | None) -> list[bytes]:
    """The openings of an entry that this reader may read, as submitted; None is anybody. Raises StoreFailed."""
    raws, reading = _shown(door, index, act, reader)
    note(door.store, reader, [reading] if raws else [])
    return raws


def all_shown(door: Ledger, wanted: Sequence[tuple[int, Act]], reader: Reader | None) -> dict[bytes, list[bytes]]:
    """The same of many entries, by leaf; their access records are written together."""
    found = {act.leaf: _shown(door, index, act, reader) for index, act in wanted}
    note(door.store, reader, [reading for raws, reading in found.values() if raws])
    return {leaf: raws for leaf, (raws, _) in found.items() if raws}


class Looking:
    """A lookup of openings for somebody whose right was found otherwise: a stub's holder, an owner asking for her own row.

    `keep` puts what was looked up on record; it comes before the answer. Raises StoreFailed.
    """

    def __init__(self, door: Ledger, reader: Reader, role: str) -> None:
        self._door, self._reader, self._role = door, reader, role
        self._read: dict[bytes, dict[str, str]] = {}

    def __call__(self, leaf: bytes, name: str) -> Any:
        value = self._door.opening(leaf, name)
        if value is not UNOPENED:
            self._read.setdefault(leaf, {})[name] = self._role
        return value

    def keep(self) -> None:
        note(self._door.store, self._reader, [*self._read.items()])
        self._read.clear()


def document_shown(door: Ledger, wanted: bytes, reader: Reader | None) -> tuple[Document, bytes, bool] | None:
    """A document that this reader may read, its bytes, and whether everybody may; None when it is not there for this reader.

    What an act names otherwise than it is, by size, it does not name. Raises StoreFailed.
    """
    sealed = door.referrers.sealed(door, wanted) if reader else []  # for anybody nothing is opened
    for one in (*door.referrers.publicly(door, wanted), *sealed):
        role = PUBLIC if one.name is None else readable(door.fold.state, one.act, reader).get(one.name)
        raw = door.documents.get(wanted) if role else None
        if role and raw is not None and len(raw) == one.document.size:
            note(door.store, reader, [(one.act.leaf, {f"{one.name}@{door.documents.name(wanted)[:16]}": role})])
            return one.document, raw, role == PUBLIC
    return None


def _shown(door: Ledger, index: int, act: Act, reader: Reader | None) -> tuple[list[bytes], Reading]:
    """Decoys are handed out only where everything else is, and never to everybody."""
    roles = readable(door.fold.state, act, reader)
    if not roles:
        return [], (act.leaf, {})
    names = {raw: Opening.parse(raw).name for raw in door.openings_of(index)}
    whole = reader is not None and not {name for name in names.values() if name} - roles.keys()
    raws = [raw for raw, name in names.items() if name in roles or (whole and not name)]
    return raws, (act.leaf, {name: roles[name] for name in names.values() if name in roles})
