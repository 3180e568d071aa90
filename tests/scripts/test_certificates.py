"""Certificates: one person is one number, a wrong check digit is seen, and nothing but a keyed digest leaves (R-PRIV-2)."""

from __future__ import annotations

import hmac
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.certificates import (
    CODE,
    HK_MACAO,
    IDENTITY,
    LICENCE,
    PASSPORT,
    TAIWAN,
    Uncertain,
    certificate,
    check_digit,
    digest,
    licence_digit,
    make_pepper,
    read_pepper,
)
from scripts.shell import Unfit

CARD = "11010519491231002X"  # the example of GB 11643
FIRM = "91350100M000100Y43"  # the example of GB 32100

days = st.integers(0, 36_000).map(lambda n: date(1900, 1, 1) + timedelta(n))
cards = st.builds(
    lambda region, born, number: f"{region:06}{born:%Y%m%d}{number:03}",
    st.integers(110_000, 829_999),
    days,
    st.integers(0, 995),
)


@pytest.mark.parametrize(("text", "kind", "number", "rules"), [
    (CARD, IDENTITY, CARD, ()),
    ("１１０１０５１９４９１２３１００２ｘ", IDENTITY, CARD, ("width", "certificate-form")),
    ("110105 19491231 002x", IDENTITY, CARD, ("certificate-form",)),
    ("110105491231002", IDENTITY, CARD, ("old-card",)),
    ("110105991231996", IDENTITY, "110105189912319965", ("old-card",)),
    (FIRM, LICENCE, FIRM, ()),
    ("E12345678", PASSPORT, "E12345678", ()),
    ("EA1234567", PASSPORT, "EA1234567", ()),
    ("H12345678", HK_MACAO, "H12345678", ()),
    ("H1234567801", HK_MACAO, "H12345678", ("permit-renewal",)),
    ("01234567", TAIWAN, "01234567", ()),
    ("0123456701", TAIWAN, "01234567", ("permit-renewal",)),
])  # fmt: skip
def test_a_number_has_one_spelling_and_one_kind(text: str, kind: str, number: str, rules: tuple[str, ...]) -> None:
    found = certificate(text)
    if number.startswith("1101051899"):
        number = number[:17] + check_digit(number[:17])
    assert (found.kind, found.number, found.rules) == (kind, number, rules)
    assert certificate(found.number).number == found.number


@pytest.mark.parametrize(("text", "kind", "expected"), [
    ("110105194912310021", None, "a true check digit"),
    ("110105194902300020", None, "a true check digit"),
    (FIRM[:-1] + "4", None, "a true check digit"),
    (FIRM, IDENTITY, "a true check digit"),
    ("110105491331002", None, "a true check digit"),
    ("4.40307E+17", None, "as text; the spreadsheet has rounded it"),
    ("张三", None, "the number of an identity card"),
    ("12", PASSPORT, "the number of an identity card"),
])  # fmt: skip
def test_what_is_no_certificate_is_refused_without_its_number(text: str, kind: str | None, expected: str) -> None:
    with pytest.raises(Uncertain) as why:
        certificate(text, kind)
    assert expected in str(why.value)
    assert text not in str(why.value)


def test_a_foreign_passport_is_read_where_its_kind_is_named() -> None:
    assert certificate("c01x0006h1", PASSPORT).number == "C01X0006H1"


@given(cards)
def test_an_old_card_and_its_successor_are_one_person(body: str) -> None:
    whole = body + check_digit(body)
    assert certificate(whole).number == whole
    if body[6:8] == "19":
        assert certificate(body[:6] + body[8:]).number == whole
    assert certificate(whole).born == date(int(body[6:10]), int(body[10:12]), int(body[12:14]))


@given(cards, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(body: str, place: int, by: int) -> None:
    whole = body + check_digit(body)
    wrong = whole[:place] + str((int(whole[place]) + by) % 10) + whole[place + 1 :]
    with pytest.raises(Uncertain):
        certificate(wrong, IDENTITY)


@given(st.text(CODE, min_size=9, max_size=9), st.sampled_from(["91", "12", "52"]), st.integers(100_000, 999_999))
def test_a_licence_is_read_by_its_own_check(tail: str, head: str, region: int) -> None:
    body = f"{head}{region}{tail}"
    assert certificate(body + licence_digit(body), LICENCE).number == body + licence_digit(body)


def test_an_id_is_the_first_sixteen_bytes_of_a_keyed_digest() -> None:
    whole = hmac.new(b"k" * 32, b"identity\x00" + CARD.encode(), sha256).hexdigest()
    assert digest(b"k" * 32, IDENTITY, CARD) == "p-" + whole[:32]
    assert digest(b"j" * 32, IDENTITY, CARD) != digest(b"k" * 32, IDENTITY, CARD)


def test_a_pepper_is_made_for_its_owner_alone_and_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "pepper"
    made = make_pepper(path)
    assert (len(made), path.stat().st_mode & 0o777, read_pepper(path)) == (32, 0o600, made)
    path.chmod(0o644)
    with pytest.raises(Unfit, match="its owner alone may read"):
        read_pepper(path)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(Unfit, match="64 hexadecimal digits"):
        read_pepper(path)
