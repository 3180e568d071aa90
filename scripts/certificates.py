"""Certificates that say who an owner is: their kinds, their check digits, and the keyed digests that stand for them (R-PRIV-2).

A number is read here, becomes sixteen bytes of HMAC-SHA256 under a pepper that stays on this machine, and goes no further.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

from scripts.files import leave
from scripts.shell import Unfit, read_bytes

IDENTITY, LICENCE, PASSPORT, HK_MACAO, TAIWAN = "identity", "licence", "passport", "hk-macao", "taiwan"
KINDS: Final = {  # as people name them
    "居民身份证": IDENTITY, "身份证": IDENTITY, "二代身份证": IDENTITY, "一代身份证": IDENTITY, "港澳台居民居住证": IDENTITY,
    "统一社会信用代码": LICENCE, "统一社会信用代码证": LICENCE, "营业执照": LICENCE, "事业单位法人证书": LICENCE,
    "护照": PASSPORT, "港澳居民来往内地通行证": HK_MACAO, "港澳通行证": HK_MACAO, "回乡证": HK_MACAO,
    "台湾居民来往大陆通行证": TAIWAN, "台胞证": TAIWAN,
    IDENTITY: IDENTITY, LICENCE: LICENCE, PASSPORT: PASSPORT, HK_MACAO: HK_MACAO, TAIWAN: TAIWAN,
}  # fmt: skip
WEIGHTS: Final = tuple(2 ** (17 - place) % 11 for place in range(17))
CHECKS: Final = "10X98765432"
CODE: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of 统一社会信用代码 (GB 32100): no I, O, S, V, Z
CENTENARIANS: Final = ("996", "997", "998", "999")  # on a 15-digit card they mark who was born before 1900
PEPPER: Final = 32  # bytes


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate by kind and normalised number; `rules` are those by which it was normalised."""

    kind: str
    number: str
    rules: tuple[str, ...] = ()

    @property
    def born(self) -> date | None:
        """The day of birth that an identity number says."""
        return _day(self.number[6:14]) if self.kind == IDENTITY else None


class Uncertain(Exception):
    """A number is no certificate; the text says what was expected and never the number."""


def check_digit(body: str) -> str:
    """The eighteenth character of an identity number (GB 11643)."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def licence_digit(body: str) -> str:
    """The eighteenth character of a 统一社会信用代码 (GB 32100)."""
    return CODE[-sum(CODE.index(one) * pow(3, place, 31) for place, one in enumerate(body)) % 31]


def certificate(text: str, kind: str | None = None) -> Certificate:
    """The certificate of a number, its kind named or told from its form. Raises Uncertain."""
    wide = text.translate(WIDE)
    plain = re.sub(r"[\s\u200b\ufeff()·-]", "", wide).upper()
    rules = (("width",) if wide != text else ()) + (("certificate-form",) if plain != wide else ())
    readers = [READERS[kind]] if kind else [_identity, _licence, _hk_macao, _taiwan, _passport]
    for read in readers:
        found = read(plain)
        if found is not None:
            return Certificate(found.kind, found.number, rules + found.rules)
    raise Uncertain(_expected(plain, kind))


WIDE: Final = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}


def _expected(plain: str, kind: str | None) -> str:
    if re.fullmatch(r"[0-9.]+E\+?[0-9]+", plain):
        return "a certificate number as text; the spreadsheet has rounded it"
    if kind in (IDENTITY, LICENCE) or (kind is None and re.fullmatch(r"[0-9A-Z]{18}|[0-9]{15}", plain)):
        return "a certificate number with a true check digit and day of birth (18 characters, or 15 digits of an old card)"
    return "the number of an identity card, passport, travel permit or licence (统一社会信用代码)"


def _identity(plain: str) -> Certificate | None:
    if re.fullmatch(r"[0-9]{15}", plain):
        century = "18" if plain[12:] in CENTENARIANS else "19"
        body = plain[:6] + century + plain[6:]
        return Certificate(IDENTITY, body + check_digit(body), ("old-card",)) if _day(body[6:14]) else None
    held = re.fullmatch(r"[0-9]{17}[0-9X]", plain) and _day(plain[6:14]) and check_digit(plain[:17]) == plain[17]
    return Certificate(IDENTITY, plain) if held else None


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _licence(plain: str) -> Certificate | None:
    held = re.fullmatch(rf"[{CODE}]{{2}}[0-9]{{6}}[{CODE}]{{10}}", plain)
    return Certificate(LICENCE, plain) if held and licence_digit(plain[:17]) == plain[17] else None


def _hk_macao(plain: str) -> Certificate | None:
    found = re.fullmatch(r"([HM][0-9]{8})([0-9]{2})?", plain)
    return Certificate(HK_MACAO, found[1], ("permit-renewal",) if found[2] else ()) if found else None


def _taiwan(plain: str) -> Certificate | None:
    found = re.fullmatch(r"([0-9]{8})([0-9]{2})?", plain)
    return Certificate(TAIWAN, found[1], ("permit-renewal",) if found[2] else ()) if found else None


def _passport(plain: str) -> Certificate | None:
    return Certificate(PASSPORT, plain) if re.fullmatch(r"[A-Z]{1,2}[0-9]{6,8}", plain) else None


def _any_passport(plain: str) -> Certificate | None:
    return Certificate(PASSPORT, plain) if re.fullmatch(r"[A-Z0-9]{5,20}", plain) else None


READERS: Final = {IDENTITY: _identity, LICENCE: _licence, PASSPORT: _any_passport, HK_MACAO: _hk_macao, TAIWAN: _taiwan}


# --- digests --------------------------------------------------------------------------------------------------------------------


def digest(pepper: bytes, *parts: str) -> str:
    """The owner's id `p-…`: HMAC-SHA256 under the pepper over the parts with a zero byte between them, its first 16 bytes."""
    return "p-" + hmac.new(pepper, "\0".join(parts).encode(), sha256).digest()[:16].hex()


def read_pepper(path: Path) -> bytes:
    """The pepper in a file that its owner alone may read. Raises Unfit."""
    raw = read_bytes(path)
    if path.stat().st_mode & 0o077:
        raise Unfit(path, "the whole", "a file that its owner alone may read (chmod 600)")
    try:
        found = bytes.fromhex(raw.decode("ascii").strip())
    except ValueError:
        found = b""
    if len(found) != PEPPER:
        raise Unfit(path, "line 1", f"{2 * PEPPER} hexadecimal digits, as `liuchi roll import` writes them")
    return found


def make_pepper(path: Path) -> bytes:
    """A fresh pepper, kept with mode 0600. Raises Blocked."""
    found = secrets.token_bytes(PEPPER)
    leave(path, found.hex().encode() + b"\n")
    return found
