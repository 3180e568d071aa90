"""Destroying what an erasure names, once its act is committed (verifiable log §14.5).

Each step leaves a state from which the whole is done again: a crash, here or in another process, is made good at the next opening
or append. Nothing is undone by a copy of the database: the key that it was sealed under is gone, and what lay under the same key
and stays is sealed again under another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.lifecycle import Act
from ledger.points import Reached, unwatched
from ledger.store import Store, VaultRow
from ledger.vault import Vault, base_of, heir_of, subject_of

DOCUMENTS_GONE: Final = "9 documents"  # the documents are gone, the openings that name them are not: found again by them
HEIRS: Final = "9a heirs"  # new keys that no row uses yet: destroyed with the old ones when it is done again
GONE: Final = "9b rows"  # the openings are gone, their key is not: destroyed when it is done again
DESTROYED: Final = "9c keys"  # all is done
POINTS: Final = (DOCUMENTS_GONE, HEIRS, GONE, DESTROYED)
Due = tuple[Act, bytes, str]  # the entry's act, the digest, the name
Place = tuple[bytes, bytes]  # leaf, digest


def destroy(store: Store, vault: Vault, due: Iterable[Due], reached: Reached = unwatched) -> None:
    """Destroy these openings and the keys they lie under. The caller holds the ledger's turn. Raises StoreFailed."""
    by_base = dict[str, set[Place]]()
    for act, digest, name in due:
        by_base.setdefault(subject_of(name, act.stream), set()).add((act.leaf, digest))
    named = {subject for subject in store.shelf.subjects() if base_of(subject) in by_base}
    rows = {subject: store.shelf.under(subject) for subject in named}
    doomed = {subject for subject, own in rows.items() if any(_place(row) in by_base[base_of(subject)] for row in own)}
    anew = [
        row for subject in sorted(doomed) for row in _renewed(store, vault, subject, rows[subject], by_base[base_of(subject)])
    ]
    reached(HEIRS)
    store.rewrite([place for places in by_base.values() for place in sorted(places)], anew)
    reached(GONE)
    used = store.shelf.subjects() - doomed
    vault.keys.destroy(subject for subject in vault.keys.subjects() - used if base_of(subject) in by_base)
    reached(DESTROYED)


def _place(row: VaultRow) -> Place:
    return row.leaf, row.digest


def _renewed(store: Store, vault: Vault, subject: str, rows: list[VaultRow], gone: set[Place]) -> list[VaultRow]:
    """What lies under a doomed key and stays, under a fresh one; what cannot be opened anyhow stays as it is."""
    staying = [row for row in rows if _place(row) not in gone]
    if not staying:
        return []
    heir = heir_of(base_of(subject))
    vault.keys.ensure((heir,))
    renewed = (vault.renewed(row, store.shelf.statement(row.index) or b"", heir) for row in staying)
    return [row for row in renewed if row is not None]
