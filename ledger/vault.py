"""Openings at rest: each encrypted under its subject's data key; the data keys live in a store of their own (verifiable log §14.5).

A row is (leaf, digest, index, subject, nonce, sealed): AES-256-GCM, fresh 96-bit nonce, AAD = msgpack [ledger, statement hash, digest].
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.lifecycle import Act
from ledger.files import identity
from ledger.points import DATA_KEYS, Reached, unwatched
from ledger.sqlite import forget_log
from ledger.store import StoreFailed, VaultRow
from tlog.codec import pack
from tlog.opening import Opening

NONCE_BYTES, KEY_BYTES = 12, 32
LOCK_TIMEOUT = 30  # s
MANY = 500  # subjects of one query
FRESH_S = 3600  # a key that is younger may belong to a transaction under way


def make_data_keys(path: Path) -> None:
    """A new, empty file of data keys, for its owner only. Raises OSError, also when there is one."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE data_keys (subject TEXT PRIMARY KEY, key BLOB NOT NULL, fresh INTEGER)")
    except sqlite3.Error as why:
        raise OSError(f"{path}: {why}") from why


class DataKeys:
    """One key per subject in a file of its own; keys are durable before anything is encrypted under them.

    `fresh` is when a key was last asked for (Unix s), until a sweep finds it in use. The file is never made here: a new one in the
    place of a lost one would hide the loss. Raises StoreFailed.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, Lock()
        self._own: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @property
    def _db(self) -> sqlite3.Connection:
        """The connection to the file that stands at the path now."""
        found = identity(self.path)
        if self._own is not None and self._file != found:
            self.close()
        if self._own is None:
            uri = f"{self.path.resolve().as_uri()}?mode=rw"
            self._own = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=LOCK_TIMEOUT)
            self._own.execute("PRAGMA synchronous=FULL")
            self._own.execute("PRAGMA secure_delete=ON")  # a destroyed key must not stand in a free page
            self._file = found
        return self._own

    @contextmanager
    def _asked(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as why:
                self.close()  # a transaction that failed half-way ends with its connection
                raise StoreFailed(f"{self.path.name}: {why}") from why

    def ensure(self, subjects: Iterable[str]) -> dict[str, bytes]:
        """The keys of these subjects, made where there are none; committed before it returns."""
        wanted = sorted(set(subjects))
        with self._asked() as db:
            now = int(time.time())
            made = [(subject, key, now) for subject, key in zip(wanted, _random(KEY_BYTES, len(wanted)), strict=True)]
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO data_keys VALUES (?, ?, ?) ON CONFLICT (subject) DO UPDATE SET fresh = excluded.fresh "
                           "WHERE fresh NOT NULL", made)  # fmt: skip
            db.execute("COMMIT")
            return _found(db, wanted)

    def lasting(self, subject: str) -> bytes:
        """A key that no row lies under and no sweep takes: made where there is none; committed before it returns."""
        with self._asked() as db:
            db.execute(
                "INSERT INTO data_keys VALUES (?, ?, NULL) ON CONFLICT (subject) DO NOTHING", (subject, secrets.token_bytes(32))
            )
            return _find(db, subject) or b""

    def find(self, subject: str) -> bytes | None:
        """A subject's key, or None when it was destroyed or the file is missing."""
        if not self.path.exists():
            return None
        with self._asked() as db:
            return _find(db, subject)

    def check(self) -> None:
        """Raises StoreFailed when the keys cannot be read: then what cannot be opened was not erased."""
        with self._asked() as db:
            db.execute("SELECT 1 FROM data_keys LIMIT 1")

    def sweep(self, used: Callable[[], Set[str]]) -> int:
        """Destroy the keys that were made for transactions which never committed; how many.

        `used` gives the subjects of all committed rows. The caller holds the ledger's turn and knows that the database is not behind.
        """
        limit = int(time.time()) - FRESH_S
        with self._asked() as db:
            old = {row[0] for row in db.execute("SELECT subject FROM data_keys WHERE fresh <= ?", (limit,))}
            kept = old & used() if old else old
            db.execute("BEGIN IMMEDIATE")
            db.executemany("UPDATE data_keys SET fresh = NULL WHERE subject = ?", [(subject,) for subject in kept])
            orphans = db.execute("DELETE FROM data_keys WHERE fresh <= ?", (limit,)).rowcount
            db.execute("COMMIT")
            return orphans

    def subjects(self) -> set[str]:
        """Whose keys are here."""
        with self._asked() as db:
            return {row[0] for row in db.execute("SELECT subject FROM data_keys")}

    def destroy(self, subjects: Iterable[str]) -> None:
        """These keys go for good; asked again when it fails, also where they are gone and a copy could not be removed."""
        with self._asked() as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("DELETE FROM data_keys WHERE subject = ?", [(subject,) for subject in subjects])
            db.execute("COMMIT")
            forget_log(db)

    def close(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None


def _find(db: sqlite3.Connection, subject: str) -> bytes | None:
    return _found(db, (subject,)).get(subject)


def _found(db: sqlite3.Connection, subjects: Sequence[str]) -> dict[str, bytes]:
    """The keys of those subjects that have one."""
    found: dict[str, bytes] = {}
    for start in range(0, len(subjects), MANY):
        some = subjects[start : start + MANY]
        query = "SELECT subject, key FROM data_keys WHERE subject IN (" + ", ".join("?" * len(some)) + ")"  # noqa: S608
        found.update(db.execute(query, some))
    return found


@dataclass(frozen=True, slots=True)
class Sealing:
    """An admitted act whose openings, checked, are to be kept in the order of its digests; `statement` is the statement's hash."""

    act: Act
    index: int
    statement: bytes
    openings: Sequence[bytes]


class Vault:
    """Seals and opens a ledger's openings."""

    def __init__(self, ledger: str, keys: DataKeys) -> None:
        self.ledger, self.keys = ledger, keys

    def seal(self, sealings: Iterable[Sealing], reached: Reached = unwatched) -> list[VaultRow]:
        """The rows of all openings of a commit, their data keys made durable together. Raises StoreFailed."""
        named = [(one, digest, subject_of(Opening.glance(raw).name, one.act.stream), raw)
                 for one in sealings for digest, raw in zip(one.act.sealed, one.openings, strict=True)]  # fmt: skip
        if not named:
            return []
        keys = self.keys.ensure(subject for _, _, subject, _ in named)
        reached(DATA_KEYS)
        nonces = _random(NONCE_BYTES, len(named))
        return [self._row(*one, keys[one[2]], nonce) for one, nonce in zip(named, nonces, strict=True)]

    def _row(self, one: Sealing, digest: bytes, subject: str, raw: bytes, key: bytes, nonce: bytes) -> VaultRow:
        sealed = AESGCM(key).encrypt(nonce, raw, self._aad(one.statement, digest))
        return VaultRow(one.act.leaf, digest, one.index, subject, nonce, sealed)

    def open(self, row: VaultRow, statement: bytes) -> bytes | None:
        """The opening's bytes, or None when the data key that it was sealed under is gone."""
        key = self.keys.find(row.subject)
        try:
            return AESGCM(key).decrypt(row.nonce, row.sealed, self._aad(statement, row.digest)) if key else None
        except InvalidTag:  # its subject has another key now: the file came back from an older copy
            return None

    def renewed(self, row: VaultRow, statement: bytes, subject: str) -> VaultRow | None:
        """The same opening under another subject's key, which is there; None when it cannot be opened."""
        raw, key = self.open(row, statement), self.keys.find(subject)
        if raw is None or key is None:
            return None
        nonce = secrets.token_bytes(NONCE_BYTES)
        return replace(
            row, subject=subject, nonce=nonce, sealed=AESGCM(key).encrypt(nonce, raw, self._aad(statement, row.digest))
        )

    def _aad(self, statement: bytes, digest: bytes) -> bytes:
        return pack((self.ledger, statement, digest))


def _random(size: int, count: int) -> list[bytes]:
    """So many random values, which the system is asked for once."""
    raw = secrets.token_bytes(size * count)
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def subject_of(name: str, stream: str) -> str:
    """Whose data key an opening lies under: the head's, the key holder's, else its stream's."""
    word, _, rest = name.partition("/")
    return f"{word}/{rest}" if word in ("row", "holder") else f"stream/{stream}"


def heir_of(base: str) -> str:
    """A new subject in the place of one whose key an erasure destroys: for the openings that lay under it and stay."""
    return f"{base}~{secrets.token_hex(8)}"


def base_of(subject: str) -> str:
    """The subject as `subject_of` gave it."""
    return subject.partition("~")[0]
