"""Signature mathematics for these tests; the package itself knows none."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys.suites import check_note, verify_statement
from tlog import note
from tlog.checkpoint import Sign
from tlog.note import Vkey

__all__ = ["check_note", "key", "signer", "verify_statement"]


def signer(seed: bytes) -> Sign:
    """Signs as the Ed25519 key of a seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign


def key(name: str, seed: bytes, key_type: int = note.ED25519) -> Vkey:
    """The Ed25519 key of a seed under a name."""
    return Vkey(name, key_type, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


def keys_of(vector: dict[str, Any]) -> dict[str, tuple[Vkey, Sign]]:
    """The keys that a vector file lists, by vkey; the Ed25519 ones can sign."""
    return {each["vkey"]: (Vkey.parse(each["vkey"]), signer(bytes.fromhex(each["seed_hex"]))) for each in vector["keys"]}
