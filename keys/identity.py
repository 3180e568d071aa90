"""Signing keys: what a person, a service or a log signs with."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from keys.suites import ED25519, possession_bytes, session_bytes
from tlog.entry import key_id, signed_bytes

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An `ed25519-v1` key pair; made by `generate` or `from_seed`.

    The secret lives in two closures, so that neither repr, comparison, `asdict` nor pickle can carry it away. A key signs
    either statements or notes in its life, never both: each log and each log witness has a note key of its own.
    """

    suite: str
    public: bytes
    id: bytes
    _sign: Callable[[bytes], bytes] = field(repr=False, compare=False)
    _lend: Callable[[Callable[[bytes], bytes]], bytes] = field(repr=False, compare=False)

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's randomness."""
        return cls.from_seed(secrets.token_bytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The key of this 32-byte seed (RFC 8032). Raises ValueError."""
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
        public, secret = crypto_sign_seed_keypair(seed)

        def sign(message: bytes) -> bytes:
            return crypto_sign(message, secret)[:64]

        def lend(seal: Callable[[bytes], bytes]) -> bytes:
            return seal(seed)

        return cls(ED25519, public, key_id(ED25519, public), sign, lend)

    def sign_statement(self, statement_raw: bytes) -> bytes:
        """The signature over a statement's signed bytes, 64 bytes."""
        return self._sign(signed_bytes(statement_raw))

    def possession(self, ledger: str, person: bytes) -> bytes:
        """The proof, for a key row, that this key is in the hands of `person` on `ledger`."""
        return self._sign(possession_bytes(ledger, person, self.id))

    def session(self, ledger: str, host: str, challenge: bytes, expires: int) -> bytes:
        """The signature that asks for a session on `ledger` at `host`, before `expires` (Unix ms)."""
        return self._sign(session_bytes(ledger, host, challenge, expires))

    def sign_note(self, message: bytes) -> bytes:
        """The signature over a note's text or a cosignature's message (types 0x01, 0x04). Raises ValueError."""
        # The signed bytes of statements, possessions and sessions all hold a NUL, notes never: no note is ever one of those.
        if 0 in message:
            raise ValueError("a note is text: it holds no NUL byte")
        return self._sign(message)

    def sealed(self, seal: Callable[[bytes], bytes]) -> bytes:
        """What `seal` makes of the seed: its only way out, for `keys.custody`."""
        return self._lend(seal)
