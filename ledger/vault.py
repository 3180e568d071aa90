"""Openings at rest: each encrypted under its subject's data key; the data keys live in a store of their own (verifiable log §14.5).

A row is (leaf, digest, index, subject, nonce, sealed): AES-256-GCM, fresh 96-bit nonce, AAD = msgpack [ledger, statement hash, digest].
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.lifecycle import Act
from tlog.codec import pack
from tlog.opening import Opening

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class VaultRow:
    """One encrypted opening, as the store keeps it beside its entry."""

    leaf: bytes
    digest: bytes
    index: int
    subject: str
    nonce: bytes
    sealed: bytes


columns = attrgetter(*(field.name for field in fields(VaultRow)))  # a row as the stores insert it


@dataclass(frozen=True, slots=True)
class Sealing:
    """An admitted act whose openings are to be kept; `statement` is the statement's hash, `openings` stand in digest order."""

    act: Act
    index: int
    statement: bytes
    openings: Sequence[bytes]


class DataKeys:
    """One key per subject in a file of its own; keys are durable before anything is encrypted under them."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE IF NOT EXISTS data_keys (subject TEXT PRIMARY KEY, key BLOB NOT NULL)")
        self._lock = Lock()

    def ensure(self, subjects: Iterable[str]) -> dict[str, bytes]:
        """The keys of these subjects, made where there are none; committed before it returns."""
        wanted = sorted(set(subjects))
        with self._lock:
            fresh = [(subject, secrets.token_bytes(32)) for subject in wanted]
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO data_keys VALUES (?, ?) ON CONFLICT DO NOTHING", fresh)
            self._db.execute("COMMIT")
            return {subject: self._find(subject) or b"" for subject in wanted}

    def find(self, subject: str) -> bytes | None:
        """A subject's key, or None when it was destroyed."""
        with self._lock:
            return self._find(subject)

    def _find(self, subject: str) -> bytes | None:
        row = self._db.execute("SELECT key FROM data_keys WHERE subject = ?", (subject,)).fetchone()
        return bytes(row[0]) if row else None

    def close(self) -> None:
        self._db.close()


class Vault:
    """Seals and opens a ledger's openings."""

    def __init__(self, ledger: str, keys: DataKeys) -> None:
        self.ledger, self.keys = ledger, keys

    def seal(self, sealings: Iterable[Sealing]) -> list[VaultRow]:
        """The rows of all openings of a commit, their data keys made durable together."""
        named = [(one, digest, subject_of(Opening.parse(raw).name, one.act.stream), raw)
                 for one in sealings for digest, raw in zip(one.act.sealed, one.openings, strict=True)]  # fmt: skip
        keys = self.keys.ensure(subject for _, _, subject, _ in named) if named else {}
        return [self._row(one, digest, subject, raw, keys[subject]) for one, digest, subject, raw in named]

    def _row(self, one: Sealing, digest: bytes, subject: str, raw: bytes, key: bytes) -> VaultRow:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, raw, self._aad(one.statement, digest))
        return VaultRow(one.act.leaf, digest, one.index, subject, nonce, sealed)

    def open(self, row: VaultRow, statement: bytes) -> bytes | None:
        """The opening's bytes, or None when its data key was destroyed."""
        key = self.keys.find(row.subject)
        return AESGCM(key).decrypt(row.nonce, row.sealed, self._aad(statement, row.digest)) if key else None

    def _aad(self, statement: bytes, digest: bytes) -> bytes:
        return pack((self.ledger, statement, digest))


def subject_of(name: str, stream: str) -> str:
    """Whose data key an opening lies under: the head's, the key holder's, else its stream's."""
    word, _, rest = name.partition("/")
    return f"{word}/{rest}" if word in ("row", "holder") else f"stream/{stream}"
