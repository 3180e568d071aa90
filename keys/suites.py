"""Signature suites: whether a key may be admitted, and whether it signed these bytes (design §3).

A suite is one row of SUITES. Every suite is asked about the same *signed bytes*, which begin with their purpose
(`liuchi/statement/v1` 00 …, `liuchi/possession/v1` 00 …, `liuchi/session/v1` 00 …); a suite that signs a challenge instead
(`webauthn-v1`, keys/webauthn.py) hashes them itself.

`ed25519-v1` is checked by libsodium: canonical S, canonical A, R as recomputed, neither A nor R of small order. It accepts
nothing that a laxer verifier refuses, so whatever was admitted here verifies everywhere. All checks release the GIL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import BadSignatureError

from keys import webauthn
from keys.webauthn import WEBAUTHN
from tlog import note
from tlog.codec import pack
from tlog.entry import key_id, signed_bytes
from tlog.errors import Unproven

ED25519 = "ed25519-v1"
POSSESSION = b"liuchi/possession/v1\0"
SESSION = b"liuchi/session/v1\0"


class BadSignature(Unproven):
    """The signature was not made by this key over these bytes."""

    code = "bad-signature"


class WeakKey(Unproven):
    """A public key under which a signature proves nothing, or no public key at all."""

    code = "weak-key"


class UnknownSuite(Unproven):
    """A signature suite that this program does not know."""

    code = "unknown-suite"


class ForeignKey(Unproven):
    """A key that its authenticator keeps for another site than the ledger's."""

    code = "foreign-key"


@dataclass(frozen=True, slots=True)
class Suite:
    """How one sort of key is checked.

    `check_public(public)` says whether a key may be admitted anywhere, `check_home(public, ledger)` whether on this ledger, and
    `check_signature(public, signed bytes, signature)` whether it signed. All answer False to bytes of any length and form, and
    read nothing but their arguments.
    """

    name: str
    check_public: Callable[[bytes], bool]
    check_home: Callable[[bytes, str], bool]
    check_signature: Callable[[bytes, bytes, bytes], bool]


def _anywhere(_public: bytes, _ledger: str) -> bool:
    """A key that names no site."""
    return True


def _ed25519_admissible(public: bytes) -> bool:
    return len(public) == 32 and crypto_core_ed25519_is_valid_point(public)


def _ed25519_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    # libsodium reads 32 bytes at `public` however many there are, and splits after 64 bytes: a byte short in the
    # signature would be taken from the message.
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def _mldsa44_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (ValueError, InvalidSignature):
        return False
    return True


SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        ED25519: Suite(ED25519, _ed25519_admissible, _anywhere, _ed25519_signed),
        WEBAUTHN: Suite(WEBAUTHN, webauthn.admissible, webauthn.at_home, webauthn.signed),
    }
)

_NOTE_CHECKS: Mapping[int, Callable[[bytes, bytes, bytes], bool]] = MappingProxyType(
    {
        note.ED25519: _ed25519_signed,
        note.COSIGNATURE: _ed25519_signed,
        note.ML_DSA_44: _mldsa44_signed,
    }
)


def _named(suite: str) -> Suite:
    try:
        return SUITES[suite]
    except KeyError:
        raise UnknownSuite(f"suite {suite!r}", f"known are {', '.join(SUITES)}") from None


def _verify(suite: str, public: bytes, message: bytes, signature: bytes) -> None:
    if not _named(suite).check_signature(public, message, signature):
        raise BadSignature(f"signature under {suite} key {public.hex()}", "not made by this key over these bytes")


def admissible(suite: str, public: bytes) -> None:
    """Refuse a public key that may not enter the ledger: wrong length, not canonical, outside the prime-order group.

    Raises UnknownSuite, WeakKey.
    """
    if not _named(suite).check_public(public):
        raise WeakKey(f"{suite} key {public.hex()}", "not a public key of full strength in its one spelling")


def at_home(suite: str, public: bytes, ledger: str) -> None:
    """Refuse a public key that is kept for another site than this ledger's. Raises UnknownSuite, ForeignKey."""
    if not _named(suite).check_home(public, ledger):
        raise ForeignKey(f"{suite} key {public.hex()}", f"is of another site than {ledger}")


def verify_statement(suite: str, public: bytes, statement_raw: bytes, signature: bytes) -> None:
    """Refuse a statement that this key did not sign. Raises UnknownSuite, BadSignature."""
    _verify(suite, public, signed_bytes(statement_raw), signature)


def possession_bytes(ledger: str, person: bytes, key: bytes) -> bytes:
    """The signed bytes by which a new key (given by its id) says that it is `person`'s on `ledger`."""
    return POSSESSION + pack([ledger, person, key])


def verify_possession(ledger: str, person: bytes, suite: str, public: bytes, possession: bytes) -> None:
    """Refuse a key row whose key did not sign for this person and ledger.

    Says nothing about the key's strength: ask `admissible` too. Raises UnknownSuite, BadSignature.
    """
    _verify(suite, public, possession_bytes(ledger, person, key_id(suite, public)), possession)


def session_bytes(ledger: str, host: str, challenge: bytes, expires: int) -> bytes:
    """The signed bytes by which a key asks for a session: `host` is where its holder believes to be, `expires` in Unix ms."""
    return SESSION + pack([ledger, host, challenge, expires])


def verify_session(ledger: str, host: str, challenge: bytes, expires: int, suite: str, public: bytes, signature: bytes) -> None:
    """Refuse a session that this key did not ask for, of this ledger at this host. Raises UnknownSuite, BadSignature."""
    _verify(suite, public, session_bytes(ledger, host, challenge, expires), signature)


def check_note(note_type: int, public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a note key signed the message that the caller built for this type; False for types that we do not implement.

    `signature` is the bare signature, without key id and timestamp: 64 bytes for 0x01 and 0x04, 2,420 for 0x06.
    """
    check = _NOTE_CHECKS.get(note_type)
    return check is not None and check(public, message, signature)
