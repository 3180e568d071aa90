"""Letters by which owners enrol their keys, and the waiting room for what they send: a file beside the ledger, never a part of it.

    DATA/<code>/enrolment.sqlite     letters     number, digest of its code, what it says (encrypted), expiry, wrong tries, voided
                                     requests    key id, letter, key row and how it came (encrypted), time
                                     misses      digest of an address, time of a wrong try

A code is drawn at random, printed once and never kept: the file has HMAC-SHA256(key, number 00 code). The key lies among the data keys,
as does the one that encrypts: whoever has a copy of the file alone can read and guess nothing. Nothing here decides anything; what is
admitted stands on the log.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.store import StoreFailed
from ledger.vault import DataKeys
from tlog.codec import pack, unpack

FILE: Final = "enrolment.sqlite"
SUBJECT: Final = "enrolment"  # under which its keys lie among the data keys
ALPHABET: Final = "123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0, I, L, O, U; a prime number of them
LENGTH: Final = 12  # eleven drawn, one that checks them: 54 bits
GROUP: Final = 4
ALIKE: Final = str.maketrans("IL", "11", "- ·")
WRONG_TRIES: Final = 5  # of a letter, then it is locked
MISSES: Final = 20  # from one address
WITHIN_MS: Final = 3_600_000  # in this time
KEPT_MS: Final = 30 * 86_400_000  # after its expiry a letter is forgotten
LOCK_TIMEOUT: Final = 30  # s
NONCE_BYTES: Final = 12

TABLES: Final = (
    """CREATE TABLE letters (number INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL, sealed BLOB NOT NULL,
       expires INTEGER NOT NULL, wrong INTEGER NOT NULL DEFAULT 0, voided INTEGER NOT NULL DEFAULT 0)""",
    "CREATE TABLE requests (key BLOB PRIMARY KEY, letter INTEGER NOT NULL UNIQUE, sealed BLOB NOT NULL, at INTEGER NOT NULL)",
    "CREATE TABLE misses (address BLOB NOT NULL, at INTEGER NOT NULL)",
)


class LetterRefused(Exception):  # named for the fact, as refusals are
    """A letter opens nothing; `code` says why: letter-wrong, letter-locked, letter-over, letter-used, too-many-tries."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Letter:
    """One person's letter: who she is on the roll and on the ledger, the heads that she is an owner of, until when it is good (Unix ms)."""

    number: int
    owner: str
    person: bytes
    snapshot: str
    heads: tuple[tuple[bytes, tuple[str, ...]], ...]  # tag, units
    expires: int
    wrong: int = 0
    voided: bool = False

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(unit for _, units in self.heads for unit in units)


@dataclass(frozen=True, slots=True)
class Request:
    """A key that waits: its row, the letter it came with, when (Unix ms), from which kind of device, and a digest of the address."""

    key: bytes
    letter: Letter
    row: Mapping[str, Any]
    at: int
    device: str
    address: bytes


# --- codes ----------------------------------------------------------------------------------------------------------------------


def draw_code() -> str:
    """A new code."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + _check(drawn)


def _check(drawn: str) -> str:
    """The last digit: any one digit mistyped, and any two neighbours exchanged, give another."""
    total = sum(place * ALPHABET.index(digit) for place, digit in enumerate(drawn, 1))
    return ALPHABET[total % len(ALPHABET)]


def spelled(code: str) -> str:
    """A code as it is printed: K7PQ-M2XW-9TA3."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def bare(typed: str) -> str | None:
    """The code that was typed, whatever case, hyphens and look-alikes; None when it cannot be one: that costs no try."""
    code = typed.upper().translate(ALIKE)
    held = len(code) == LENGTH and all(digit in ALPHABET for digit in code)
    return code if held and _check(code[:-1]) == code[-1] else None


def masked(unit: str) -> str:
    """A unit as it is shown to whoever has opened a letter: enough to know one's own door by."""
    return unit[:1] + "*" * max(1, len(unit) - 2) + unit[-1:] if len(unit) > 1 else "*"


# --- the file -------------------------------------------------------------------------------------------------------------------


def make_box(path: Path) -> None:
    """A new, empty file, for its owner only; one that is there stays. Raises OSError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        for table in TABLES:
            db.execute(table)


class Box:
    """The letters and requests of one ledger. Raises StoreFailed."""

    def __init__(self, home: Path, keys: DataKeys, ledger: str) -> None:
        self.path, self.ledger, self._keys, self._root = home / FILE, ledger, keys, b""

    @contextmanager
    def _asked(self) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            raise LetterRefused("letter-wrong")  # no letter was ever written here
        try:
            with closing(sqlite3.connect(self.path, isolation_level=None, timeout=LOCK_TIMEOUT)) as db:
                db.execute("PRAGMA secure_delete=ON")
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
        except sqlite3.Error as why:
            raise StoreFailed(f"{self.path.name}: {why}") from why

    # letters

    def issue(self, people: Sequence[Letter], now: int) -> list[tuple[Letter, str]]:
        """A letter for each of these, under new numbers, with its code: told here and never again. Older letters of theirs are void."""
        drawn = [draw_code() for _ in people]
        with self._asked() as db:
            db.execute("DELETE FROM requests WHERE letter IN (SELECT number FROM letters WHERE expires < ?)", (now - KEPT_MS,))
            db.execute("DELETE FROM letters WHERE expires < ?", (now - KEPT_MS,))
            self._void(db, {one.owner for one in people})
            return [(self._written(db, one, code), code) for one, code in zip(people, drawn, strict=True)]

    def _void(self, db: sqlite3.Connection, owners: set[str]) -> None:
        dead = [(one.number,) for one in self._letters(db) if one.owner in owners]
        db.executemany("UPDATE letters SET voided = 1 WHERE number = ?", dead)

    def _written(self, db: sqlite3.Connection, one: Letter, code: str) -> Letter:
        number = db.execute("INSERT INTO letters (digest, sealed, expires) VALUES (x'', x'', ?)", (one.expires,)).lastrowid
        assert number is not None
        said = {"heads": [[tag, list(units)] for tag, units in one.heads], "owner": one.owner, "person": one.person,
                "snapshot": one.snapshot}  # fmt: skip
        db.execute("UPDATE letters SET digest = ?, sealed = ? WHERE number = ?",
                   (self._digest(number, code), self._seal(f"letter/{number}", said), number))  # fmt: skip
        return replace(one, number=number)

    def letters(self) -> list[Letter]:
        """Every letter that is kept, in the order of their numbers; none where none was ever written."""
        if not self.path.exists():
            return []
        with self._asked() as db:
            return self._letters(db)

    def _letters(self, db: sqlite3.Connection) -> list[Letter]:
        rows = db.execute("SELECT number, sealed, expires, wrong, voided FROM letters ORDER BY number").fetchall()
        return [self._letter(*row) for row in rows]

    def _letter(self, number: int, sealed: bytes, expires: int, wrong: int, voided: int) -> Letter:
        said = self._open(f"letter/{number}", sealed)
        heads = tuple((tag, tuple(units)) for tag, units in said["heads"])
        return Letter(number, said["owner"], said["person"], said["snapshot"], heads, expires, wrong, bool(voided))

    def opened(self, number: int, typed: str, address: str, now: int) -> Letter:
        """The letter that number and code open; a wrong code costs the letter a try, and its sender too. Raises LetterRefused."""
        origin, code, refused = self._name(address), bare(typed), None
        with self._asked() as db:
            db.execute("DELETE FROM misses WHERE at < ?", (now - WITHIN_MS,))
            if db.execute("SELECT count(*) FROM misses WHERE address = ?", (origin,)).fetchone()[0] >= MISSES:
                raise LetterRefused("too-many-tries")
            row = db.execute(
                "SELECT number, sealed, expires, wrong, voided, digest FROM letters WHERE number = ?", (number,)
            ).fetchone()
            refused = self._refusal(row, number, code, now)
            if refused == "letter-wrong" and code is not None:
                db.execute("INSERT INTO misses VALUES (?, ?)", (origin, now))
                db.execute("UPDATE letters SET wrong = wrong + 1 WHERE number = ?", (number,))
        if refused:
            raise LetterRefused(refused)
        return self._letter(*row[:5])

    def _refusal(self, row: Sequence[Any] | None, number: int, code: str | None, now: int) -> str | None:
        if row is None:
            return "letter-wrong"
        _, _, expires, wrong, voided, digest = row
        if wrong >= WRONG_TRIES:
            return "letter-locked"
        if code is None or not hmac.compare_digest(digest, self._digest(number, code)):
            return "letter-wrong"
        return "letter-over" if voided or expires < now else None

    # requests

    def enrol(self, letter: Letter, key: bytes, row: Mapping[str, Any], device: str, address: str, now: int) -> None:
        """A key that came with a letter waits here; the same again changes nothing. LetterRefused when the letter brought another."""
        said = {"address": self._name(address), "device": device, "row": dict(row)}
        with self._asked() as db:
            known = db.execute("SELECT key FROM requests WHERE letter = ? OR key = ?", (letter.number, key)).fetchall()
            if any(one != (key,) for one in known):
                raise LetterRefused("letter-used")
            db.execute("INSERT INTO requests VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                       (key, letter.number, self._seal(f"request/{key.hex()}", said), now))  # fmt: skip

    def requests(self) -> list[Request]:
        """Every key that came, in the order in which they came."""
        if not self.path.exists():
            return []
        with self._asked() as db:
            letters = {one.number: one for one in self._letters(db)}
            rows = db.execute("SELECT key, letter, sealed, at FROM requests ORDER BY at, letter").fetchall()
        return [self._request(key, letters[number], sealed, at) for key, number, sealed, at in rows]

    def _request(self, key: bytes, letter: Letter, sealed: bytes, at: int) -> Request:
        said = self._open(f"request/{key.hex()}", sealed)
        return Request(key, letter, said["row"], at, said["device"], said["address"])

    def has(self, key: bytes) -> bool:
        """Whether this key waits here."""
        if not self.path.exists():
            return False
        with self._asked() as db:
            return db.execute("SELECT 1 FROM requests WHERE key = ?", (key,)).fetchone() is not None

    def key_of(self, number: int) -> bytes | None:
        """The key that came with a letter, if one did."""
        with self._asked() as db:
            found = db.execute("SELECT key FROM requests WHERE letter = ?", (number,)).fetchone()
        return found[0] if found else None

    def drop(self, keys: Iterable[bytes]) -> int:
        """These keys wait no more, and their letters bring nothing else; how many there were."""
        with self._asked() as db:
            gone = [db.execute("SELECT letter FROM requests WHERE key = ?", (key,)).fetchone() for key in keys]
            found = [letter for letter in gone if letter]
            db.executemany("UPDATE letters SET voided = 1 WHERE number = ?", found)
            db.executemany("DELETE FROM requests WHERE letter = ?", found)
            return len(found)

    # bytes

    def _key(self, purpose: str) -> bytes:
        self._root = self._root or self._keys.lasting(SUBJECT)
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def _digest(self, number: int, code: str) -> bytes:
        return hmac.digest(self._key("code"), f"{number}\0{code}".encode(), "sha256")

    def _name(self, address: str) -> bytes:
        """An address as it is kept: the same for the same, and nobody can tell whose."""
        return hmac.digest(self._key("address"), address.encode(), "sha256")[:16]

    def _seal(self, name: str, said: Mapping[str, Any]) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key("seal")).encrypt(nonce, pack(dict(said)), pack((self.ledger, name)))

    def _open(self, name: str, sealed: bytes) -> Mapping[str, Any]:
        try:
            raw = AESGCM(self._key("seal")).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], pack((self.ledger, name)))
        except InvalidTag as why:
            raise StoreFailed(f"{self.path.name}: {name} was sealed under another key") from why
        found: Any = unpack(raw)
        return dict(found)
