"""`webauthn-v1`: what a passkey signs, taken apart without any library for it (docs/spec/suites.md).

    public key = canonical msgpack [rp_id: str, P-256 point: bin65]
    signature  = canonical msgpack [authenticatorData: bin37, clientDataJSON: bin ≤ 896, r || s: bin64]
    challenge  = SHA-256(signed bytes), base64url without padding

The verdict reads nothing but these bytes: no configuration, no list of sites, no counter. Browsers differ in how they spell
clientDataJSON and parsers in what they let pass, so its form is a grammar of our own, the same pattern in every language.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tlog.codec import unpack
from tlog.errors import Malformed

WEBAUTHN: Final = "webauthn-v1"
LOCAL: Final = "localhost"
DEMO: Final = "demo."

# P-256 (FIPS 186-5): y² = x³ - 3x + b over p, of prime order n; so every point of the curve but the identity is of full strength.
P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B

MAX_CLIENT_DATA: Final = 896  # a signature then fits the 1,024 bytes that a key row has for it
MAX_HOST: Final = 253
PRESENT, VERIFIED, MAY_BE_COPIED, IS_COPIED = 0x01, 0x04, 0x08, 0x10  # UP, UV, BE, BS
NEEDED: Final = PRESENT | VERIFIED
KNOWN: Final = NEEDED | MAY_BE_COPIED | IS_COPIED

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# No address: its last label does not begin with a letter.
SITE: Final = re.compile(rf"localhost|(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
ORIGIN: Final = re.compile(rf"(https?)://({_LABEL}(?:\.{_LABEL})*)(?::[1-9][0-9]{{0,4}})?")

# A flat object: its values are texts, true, false or null. A text escapes no surrogate, which every parser reads differently.
_TEXT: Final = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})))*"'
_MEMBER: Final = rf"[ \t\n\r]*{_TEXT}[ \t\n\r]*:[ \t\n\r]*(?:{_TEXT}|true|false|null)[ \t\n\r]*"
FLAT: Final = re.compile(rf"[ \t\n\r]*\{{{_MEMBER}(?:,{_MEMBER})*\}}[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Passkey:
    """A public key: the site that its authenticator keeps it for, and its point."""

    rp_id: str
    point: bytes

    @classmethod
    def parse(cls, public: bytes) -> Self | None:
        """The key of canonical bytes; None for any others, a name that is no site's, or no point of the curve."""
        match _unpacked(public):
            case (str(rp_id), bytes(point)) if _is_site(rp_id) and _is_point(point):
                return cls(rp_id, point)
        return None


def admissible(public: bytes) -> bool:
    """Whether these bytes are a key of a site on the curve."""
    return Passkey.parse(public) is not None


def at_home(public: bytes, ledger: str) -> bool:
    """Whether a key's site is the host of the ledger's origin or above it; a demo's may also be this machine's own name.

    A demo says so in its origin and on every receipt, so `localhost`, which is everybody's, lets nobody into a real ledger.
    """
    key, host = Passkey.parse(public), ledger.partition("/")[0].partition(":")[0]
    return key is not None and (_is_below(host, key.rp_id) or (host.startswith(DEMO) and key.rp_id == LOCAL))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this key's authenticator asserted these signed bytes, for its site and after it knew its holder."""
    key = Passkey.parse(public)
    match _unpacked(signature):
        case (bytes(data), bytes(client), bytes(rs)) if key is not None:
            asserted = _is_of_site(data, key.rp_id) and _says(client, sha256(message).digest(), key.rp_id)
            return asserted and _verifies(key.point, data + sha256(client).digest(), rs)
    return False


def _unpacked(raw: bytes) -> Any:
    try:
        return unpack(raw)
    except Malformed:
        return None


def _is_site(rp_id: str) -> bool:
    return len(rp_id) <= MAX_HOST and SITE.fullmatch(rp_id) is not None


def _is_point(point: bytes) -> bool:
    if len(point) != 65 or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < P and y < P and (y * y - x * x * x + 3 * x - B) % P == 0


def _is_below(host: str, rp_id: str) -> bool:
    """At a dot: `evil-example.org` is not below `example.org`."""
    return host == rp_id or host.endswith("." + rp_id)


def _is_of_site(data: bytes, rp_id: str) -> bool:
    """authenticatorData without attested key or extensions, which nobody asked for: site, flags and a counter that is not read."""
    if len(data) != 37 or data[:32] != sha256(rp_id.encode()).digest():
        return False
    flags = data[32]
    copied_though_it_may_not = flags & IS_COPIED and not flags & MAY_BE_COPIED
    return flags & NEEDED == NEEDED and not flags & ~KNOWN and not copied_though_it_may_not


def _says(client: bytes, challenge: bytes, rp_id: str) -> bool:
    """Whether clientDataJSON is an assertion of this challenge on a page of this site, in no other site's frame."""
    said = _read(client)
    spelled = urlsafe_b64encode(challenge).rstrip(b"=").decode()
    asserts = (said.get("type"), said.get("challenge")) == ("webauthn.get", spelled)
    framed = said.get("crossOrigin", False) is not False or "topOrigin" in said
    return asserts and not framed and _is_page_of(said.get("origin"), rp_id)


def _read(client: bytes) -> Mapping[str, Any]:
    """The members of a flat object; none of what has another form, or names one twice."""
    try:
        text = client.decode() if len(client) <= MAX_CLIENT_DATA else ""
    except UnicodeDecodeError:
        return {}
    pairs: list[tuple[str, Any]] = json.loads(text, object_pairs_hook=list) if FLAT.fullmatch(text) else []
    members = dict(pairs)
    return members if len(members) == len(pairs) else {}


def _is_page_of(origin: Any, rp_id: str) -> bool:
    """https, or http on this machine; a host at or below the site; a port as every browser may show it."""
    found = ORIGIN.fullmatch(origin) if isinstance(origin, str) else None
    if found is None or len(found[2]) > MAX_HOST:
        return False
    return _is_below(found[2], rp_id) and (found[1] == "https" or found[2] == LOCAL)


def _verifies(point: bytes, message: bytes, rs: bytes) -> bool:
    """ECDSA over P-256 with SHA-256. s is not asked to be low: authenticators do not give it so, and no rule reads a signature."""
    r, s = int.from_bytes(rs[:32], "big"), int.from_bytes(rs[32:], "big")
    if len(rs) != 64 or not (0 < r < N and 0 < s < N):
        return False
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
