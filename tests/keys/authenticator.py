"""A phone's authenticator in software: what a browser and a passkey make together, and every part of it open to tampering."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.suites import possession_bytes, session_bytes
from keys.webauthn import WEBAUTHN
from tlog.codec import pack
from tlog.entry import key_id, signed_bytes


@dataclass(frozen=True, slots=True)
class Authenticator:
    """A passkey of one site; it signs as a `SigningKey` does, the same bytes at each run (RFC 6979)."""

    rp_id: str = "ledger.example.org"
    seed: int = 0x11
    origin: str = ""
    suite: str = field(default=WEBAUTHN, init=False)

    @property
    def public(self) -> bytes:
        return pack((self.rp_id, self.point))

    @property
    def point(self) -> bytes:
        return self._secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def id(self) -> bytes:
        return key_id(self.suite, self.public)

    @property
    def _secret(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.seed, ec.SECP256R1())

    def sign_statement(self, statement: bytes) -> bytes:
        return self.asserts(signed_bytes(statement))

    def possession(self, ledger: str, person: bytes) -> bytes:
        return self.asserts(possession_bytes(ledger, person, self.id))

    def session(self, ledger: str, host: str, challenge: bytes, expires: int) -> bytes:
        return self.asserts(session_bytes(ledger, host, challenge, expires))

    def asserts(self, message: bytes, *, data: bytes | None = None, client: bytes | None = None, **said: Any) -> bytes:
        """The suite's signature over signed bytes; `data` and `client` in place of those that are honest, `said` over members."""
        data = self.data() if data is None else data
        client = self.client(message, **said) if client is None else client
        return pack((data, client, self.rs(data, client)))

    def data(self, flags: int = 0x1D, rp_id: str | None = None) -> bytes:
        """authenticatorData: present, verified, synchronised to the holder's other devices, counter 7."""
        return sha256((self.rp_id if rp_id is None else rp_id).encode()).digest() + bytes((flags, 0, 0, 0, 7))

    def client(self, message: bytes, **said: Any) -> bytes:
        """clientDataJSON as Chromium spells it; a member that is `...` is left out."""
        challenge = urlsafe_b64encode(sha256(message).digest()).rstrip(b"=").decode()
        origin = self.origin or f"https://{self.rp_id}"
        honest = {"type": "webauthn.get", "challenge": challenge, "origin": origin, "crossOrigin": False}
        members = {name: value for name, value in {**honest, **said}.items() if value is not ...}
        return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()

    def rs(self, data: bytes, client: bytes) -> bytes:
        """r and s over what an authenticator signs, 32 bytes each."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        der = self._secret.sign(data + sha256(client).digest(), algorithm)
        return b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(der))
