"""Writes tests/vectors/webauthn.json, the same bytes at each run: `python -m tests.keys.webauthn_vectors`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from keys.webauthn import MAX_CLIENT_DATA, N, P
from tests.keys.authenticator import Authenticator
from tlog.codec import pack
from tlog.entry import signed_bytes

FILE: Final = Path(__file__).parents[1] / "vectors" / "webauthn.json"
ABOUT: Final = (
    "webauthn-v1 (docs/spec/suites.md). A case of `signatures` is accepted or refused by the check of a signature, `message_hex` being "
    "the signed bytes; the same software authenticator made them all. A case of `keys` says whether a public key may be admitted at "
    "all, and whether on the ledger beside it."
)
SITE: Final = "ledger.example.org"
KEY: Final = Authenticator(SITE)
OTHER: Final = Authenticator(SITE, seed=0x22)
LOCAL: Final = Authenticator("localhost", origin="http://localhost:8000")
MESSAGE: Final = signed_bytes(b"\x81\xa4kind\xafballot-cast/1")
HONEST: Final = KEY.client(MESSAGE)
PARTS: Final = (KEY.data(), HONEST, KEY.rs(KEY.data(), HONEST))


def case(name: str, verdict: str, signature: bytes, *, key: Authenticator = KEY, public: bytes | None = None) -> dict[str, Any]:
    public = key.public if public is None else public
    return {
        "case": name,
        "public_key_hex": public.hex(),
        "message_hex": MESSAGE.hex(),
        "signature_hex": signature.hex(),
        "verdict": verdict,
    }


def accepted() -> Iterator[dict[str, Any]]:
    """What browsers and authenticators really send."""
    for name, signature in (
        ("as Chromium spells it", KEY.asserts(MESSAGE)),
        ("bound to one device", KEY.asserts(MESSAGE, data=KEY.data(0x05))),
        ("may be copied, is not yet", KEY.asserts(MESSAGE, data=KEY.data(0x0D))),
        ("a counter of zero", KEY.asserts(MESSAGE, data=KEY.data()[:33] + bytes(4))),
        ("the largest counter", KEY.asserts(MESSAGE, data=KEY.data()[:33] + b"\xff" * 4)),
        ("without crossOrigin", KEY.asserts(MESSAGE, crossOrigin=...)),
        ("a subdomain of the site", KEY.asserts(MESSAGE, origin=f"https://vote.{SITE}")),
        ("a subdomain of a subdomain", KEY.asserts(MESSAGE, origin=f"https://a.b-c.{SITE}")),
        ("another port", KEY.asserts(MESSAGE, origin=f"https://{SITE}:8443")),
        ("a further member, a text", KEY.asserts(MESSAGE, androidPackageName="com.android.chrome")),
        ("further members, true and null", KEY.asserts(MESSAGE, first=True, second=None)),
        ("a further member in Chinese", KEY.asserts(MESSAGE, 六尺="巷🏘")),
        ("slashes escaped, as Android spells it", client(HONEST.replace(b"/", b"\\/"))),
        ("a letter escaped in a name", client(HONEST.replace(b'"type"', b'"typ\\u0065"'))),
        ("space between the members", client(HONEST.replace(b",", b" ,\n\t").replace(b":", b" : ", 1) + b"\r\n ")),
        ("as long as it may be", client(padded(MAX_CLIENT_DATA))),
        ("s above n/2 and below", high_s()),
    ):
        yield case(name, "accept", signature)
    yield case("http on this machine", "accept", LOCAL.asserts(MESSAGE), key=LOCAL)
    yield case("https on this machine", "accept", LOCAL.asserts(MESSAGE, origin="https://localhost"), key=LOCAL)


def client(raw: bytes) -> bytes:
    return KEY.asserts(MESSAGE, client=raw)


def padded(size: int) -> bytes:
    """Honest client data with a further member, so many bytes long."""
    bare = KEY.client(MESSAGE, x="")
    return KEY.client(MESSAGE, x="x" * (size - len(bare)))


def high_s() -> bytes:
    """The other s for the same r: whichever of the two was made, this is its opposite."""
    s = N - int.from_bytes(PARTS[2][32:], "big")
    return pack((*PARTS[:2], PARTS[2][:32] + s.to_bytes(32, "big")))


def refused() -> Iterator[dict[str, Any]]:
    """One fault each; where the fault is in what is signed, the signature over it is good."""
    origins = {
        "another site": "https://example.com",
        "the site above": "https://example.org",
        "a look-alike at no dot": f"https://evil-{SITE}",
        "the site as a label of another": f"https://{SITE}.evil.org",
        "http": f"http://{SITE}",
        "a trailing dot": f"https://{SITE}.",
        "upper case": f"https://{SITE.upper()}",
        "a path": f"https://{SITE}/",
        "a user": f"https://{SITE}@evil.org",
        "the site as a user": f"https://evil.org:443@{SITE}",
        "port zero": f"https://{SITE}:0",
        "port with a leading zero": f"https://{SITE}:0443",
        "port that is none": f"https://{SITE}:44x",
        "an empty port": f"https://{SITE}:",
        "a query": f"https://{SITE}?",
        "a line break after it": f"https://{SITE}\n",
        "no scheme": SITE,
        "another scheme": f"ftp://{SITE}",
        "an app": "android:apk-key-hash:AAAA",
        "an empty label": f"https://.{SITE}",
        "two dots": f"https://a..{SITE}",
        "an address": "https://127.0.0.1",
        "empty": "",
        "a hyphen first": f"https://-a.{SITE}",
        "a long label": f"https://{'a' * 64}.{SITE}",
        "a long host": f"https://{'a.' * 118}{SITE}",
        "full-width letters": f"https://ｖ.{SITE}",
        "a space": f"https://{SITE} ",
        "null": None,
        "absent": ...,
        "a yes": True,
    }
    for name, origin in origins.items():
        yield case(f"origin: {name}", "refuse", KEY.asserts(MESSAGE, origin=origin))
    said: dict[str, dict[str, Any]] = {
        "type of a registration": {"type": "webauthn.create"},
        "type of a payment": {"type": "payment.get"},
        "type absent": {"type": ...},
        "type in capitals": {"type": "WebAuthn.get"},
        "crossOrigin true": {"crossOrigin": True},
        "crossOrigin null": {"crossOrigin": None},
        "crossOrigin a text": {"crossOrigin": "false"},
        "topOrigin": {"topOrigin": f"https://{SITE}"},
        "challenge absent": {"challenge": ...},
        "a number": {"x": 1},
        "a list": {"x": []},
        "an object": {"x": {}},
        "a further member that is long": {"x": "x" * MAX_CLIENT_DATA},
    }
    for name, members in said.items():
        yield case(name, "refuse", KEY.asserts(MESSAGE, **members))
    challenge = json.loads(HONEST)["challenge"]
    for name, spelled in {
        "of another statement": json.loads(KEY.client(signed_bytes(b"\x80")))["challenge"],
        "padded": challenge + "=",
        "in the other base64": challenge.replace("-", "+").replace("_", "/") if set("-_") & set(challenge) else challenge + "+",
        "cut short": challenge[:-1],
        "with other bits after its end": challenge[:-1] + chr(ord(challenge[-1]) + 1),
        "empty": "",
    }.items():
        yield case(f"challenge: {name}", "refuse", KEY.asserts(MESSAGE, challenge=spelled))
    inner = HONEST[1:-1]
    for name, raw in {
        "empty": b"",
        "a byte-order mark": b"\xef\xbb\xbf" + HONEST,
        "UTF-16": HONEST.decode().encode("utf-16-le"),
        "an array": b"[" + HONEST + b"]",
        "no UTF-8": KEY.client(MESSAGE, x="?").replace(b"?", b"\xff"),
        "an overlong byte": KEY.client(MESSAGE, x="?").replace(b"?", b"\xc0\xaf"),
        "a surrogate in UTF-8": KEY.client(MESSAGE, x="?").replace(b"?", b"\xed\xa0\x80"),
        "a surrogate escaped": KEY.client(MESSAGE, x="?").replace(b"?", b"\\ud800"),
        "a pair of surrogates": KEY.client(MESSAGE, x="?").replace(b"?", b"\\ud83c\\udfd8"),
        "a member twice": b"{" + inner + b"," + inner + b"}",
        "a type twice": b'{"type":"webauthn.create",' + inner + b"}",
        "a type twice, escaped": b'{"\\u0074ype":"webauthn.create",' + inner + b"}",
        "a type afterwards": b"{" + inner + b',"type":"webauthn.get"}',
        "a comma too many": b"{" + inner + b",}",
        "a byte after it": HONEST + b"x",
        "a NUL after it": HONEST + b"\0",
        "cut short": HONEST[:-1],
        "single quotes": HONEST.replace(b'"', b"'"),
        "a comment": b"/**/" + HONEST,
        "a control character": KEY.client(MESSAGE, x="?").replace(b"?", b"\x01"),
        "a form feed between": b"{\f" + inner + b"}",
        "an escape that is none": KEY.client(MESSAGE, x="?").replace(b"?", b"\\x41"),
        "a name without quotes": b"{x:true," + inner + b"}",
        "not a number": b'{"x":NaN,' + inner + b"}",
        "True": b'{"x":True,' + inner + b"}",
        "a member in other letters": HONEST.replace(b'"type"', b'"Type"'),
        "a byte too long": padded(MAX_CLIENT_DATA + 1),
        "a no-break space": b"\xc2\xa0" + HONEST,
    }.items():
        yield case(f"client data: {name}", "refuse", client(raw))
    for name, data in {
        "of another site": KEY.data(rp_id="example.org"),
        "nobody present": KEY.data(0x1C),
        "nobody verified": KEY.data(0x19),
        "no flag": KEY.data(0),
        "a reserved flag": KEY.data(0x1D | 0x02),
        "the other reserved flag": KEY.data(0x1D | 0x20),
        "an attested key promised": KEY.data(0x1D | 0x40),
        "extensions promised": KEY.data(0x1D | 0x80),
        "extensions given": KEY.data(0x1D | 0x80) + b"\xa0",
        "copied though it may not be": KEY.data(0x15),
        "a byte after it": KEY.data() + b"\0",
        "cut short": KEY.data()[:-1],
        "empty": b"",
    }.items():
        yield case(f"authenticator data: {name}", "refuse", KEY.asserts(MESSAGE, data=data))
    r, s = PARTS[2][:32], PARTS[2][32:]
    n, zero = N.to_bytes(32, "big"), bytes(32)
    for name, rs in {
        "r of zero": zero + s,
        "s of zero": r + zero,
        "both of zero": zero + zero,
        "r of n": n + s,
        "s of n": r + n,
        "r above n": b"\xff" * 32 + s,
        "s above n": r + b"\xff" * 32,
        "r and s exchanged": s + r,
        "a bit flipped": r[:-1] + bytes((r[-1] ^ 1,)) + s,
        "a byte after it": r + s + b"\0",
        "cut short": r + s[:-1],
        "empty": b"",
        "of another key": OTHER.rs(*PARTS[:2]),
        "over the client data only": OTHER.rs(b"", HONEST),
    }.items():
        yield case(f"r and s: {name}", "refuse", pack((*PARTS[:2], rs)))
    whole = pack(PARTS)
    for name, raw in {
        "empty": b"",
        "a byte after it": whole + b"\0",
        "cut short": whole[:-1],
        "two parts": pack(PARTS[:2]),
        "four parts": pack((*PARTS, b"")),
        "client data as text": pack((PARTS[0], HONEST.decode(), PARTS[2])),
        "a long spelling": b"\xdc\x00\x03" + whole[1:],
        "64 bytes": bytes(64),
        "a map": pack({"authenticatorData": PARTS[0]}),
        "nil": b"\xc0",
    }.items():
        yield case(f"form: {name}", "refuse", raw)
    yield case("signed by another key", "refuse", OTHER.asserts(MESSAGE))
    yield case("http on another machine's name", "refuse", LOCAL.asserts(MESSAGE, origin="http://x.localhost"), key=LOCAL)
    yield case("http on an address of this machine", "refuse", LOCAL.asserts(MESSAGE, origin="http://127.0.0.1"), key=LOCAL)
    for name, public in bad_keys():
        yield case(f"key: {name}", "refuse", whole, public=public)


def bad_keys() -> Iterator[tuple[str, bytes]]:
    """Public keys that are none."""
    x, y = KEY.point[1:33], KEY.point[33:]
    off = y[:-1] + bytes((y[-1] ^ 1,))
    large = (int.from_bytes(x, "big") % 2**31 + P).to_bytes(32, "big")
    points = {
        "off the curve": b"\4" + x + off,
        "the identity": b"\0",
        "the identity in 65 bytes": bytes(65),
        "compressed": bytes((2 + (y[-1] & 1),)) + x,
        "hybrid": bytes((6 + (y[-1] & 1),)) + x + y,
        "x above p": b"\4" + large + y,
        "y of p": b"\4" + x + P.to_bytes(32, "big"),
        "cut short": KEY.point[:-1],
        "a byte after it": KEY.point + b"\0",
        "origin of the plane": b"\4" + bytes(64),
        "empty": b"",
    }
    yield from ((name, pack((SITE, point))) for name, point in points.items())
    sites = (
        "",
        "org",
        "127.0.0.1",
        "[::1]",
        "1.2.3",
        "0x7f.1",
        "example.org.",
        ".example.org",
        "a..org",
        "Example.org",
        "example.org:443",
        "https://example.org",
        "-a.org",
        "a-.org",
        "a_b.org",
        "例.org",
        "a b.org",
        "local",
        "x" * 64 + ".org",
        "a." * 126 + "org",
        "example.org\n",
    )
    yield from ((f"site {site[:20]!r}", pack((site, KEY.point))) for site in sites)
    yield from {
        "empty": b"",
        "32 bytes": bytes(32),
        "the point alone": KEY.point,
        "a byte after it": KEY.public + b"\0",
        "three parts": pack((SITE, KEY.point, b"")),
        "site as bytes": pack((SITE.encode(), KEY.point)),
        "a long spelling": b"\xdc\x00\x02" + KEY.public[1:],
        "exchanged": pack((KEY.point, SITE)),
    }.items()


def keys() -> Iterator[dict[str, Any]]:
    """Which key may be admitted, and where."""
    for name, public in bad_keys():
        yield {"case": name, "public_key_hex": public.hex(), "ledger": f"{SITE}/log/1/1", "admissible": False, "at_home": False}
    for site, host, home in (
        (SITE, SITE, True),
        (SITE, f"{SITE}:8443", True),
        ("example.org", SITE, True),
        (SITE, f"demo.{SITE}", True),
        ("example.org", f"demo.{SITE}", True),
        (SITE, "example.org", False),
        ("r.example.org", SITE, False),
        ("example.com", SITE, False),
        (SITE, f"{SITE}.evil.org", False),
        ("localhost", SITE, False),
        ("localhost", f"demo.{SITE}", True),
        ("localhost", "demo.localhost", True),
        ("localhost", "x.localhost", True),
        ("localhost", "demos.example.org", False),
        ("xn--fiqs8s.cn", "xn--fiqs8s.cn", True),
        ("a.b.c.d.e", "x.a.b.c.d.e", True),
    ):
        key = Authenticator(site)
        yield {
            "case": f"{site} on {host}",
            "public_key_hex": key.public.hex(),
            "ledger": f"{host}/log/1/1",
            "admissible": True,
            "at_home": home,
        }


def vectors() -> str:
    told = {"about": ABOUT, "signatures": [*accepted(), *refused()], "keys": [*keys()]}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(vectors(), encoding="utf-8")
