"""Proof that new keys are in their holders' hands, computed before `decide`, which knows no cryptography."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.acts import row_key_id
from domain.founding import key_rows
from domain.lifecycle import Act
from keys.suites import BadSignature, ForeignKey, UnknownSuite, WeakKey, admissible, at_home, verify_possession
from tlog.errors import Malformed


def proved(act: Act) -> frozenset[bytes]:
    """The ids of those keys carried by an act that are admissible, of the ledger's site, and whose possession was proved."""
    return frozenset(row_key_id(row) for row in key_rows(act) if proves(act.ledger, row))


def fingerprint(key: bytes) -> tuple[str, ...]:
    """A key id as two people read it out to each other: eight groups of five digits, each two of its first sixteen bytes."""
    return tuple(f"{int.from_bytes(key[at : at + 2]):05}" for at in range(0, 16, 2))


def proves(ledger: str, row: Mapping[str, Any]) -> bool:
    """Whether a row's key is admissible on this ledger and its possession was proved."""
    suite, public, person, possession = row["suite"], row["public"], row["person"], row["possession"]
    try:
        admissible(suite, public)
        at_home(suite, public, ledger)
        verify_possession(ledger, person, suite, public, possession)
    except (BadSignature, ForeignKey, UnknownSuite, WeakKey, Malformed):
        return False
    return True
