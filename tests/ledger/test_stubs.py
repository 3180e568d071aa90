"""Codes on stubs: one for each form and vote, spelt so that they can be read aloud, gone with their key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.stubs import code_of, opens, subject_of
from ledger.vault import DataKeys, make_data_keys


@pytest.fixture
def keys(tmp_path: Path) -> DataKeys:
    make_data_keys(tmp_path / "datakeys.sqlite")
    return DataKeys(tmp_path / "datakeys.sqlite")


@given(key=st.binary(min_size=32, max_size=32), form=st.integers(1, 99999))
def test_a_code_has_ten_characters_that_are_not_mistaken_for_others(key: bytes, form: int) -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code_of(key, "p", str(form)))


def test_each_form_of_each_vote_has_its_own() -> None:
    codes = {code_of(bytes(32), poll, form) for poll in ("p", "q") for form in map(str, range(1, 1001))}
    assert len(codes) == 2000


def test_a_code_is_what_the_documentation_says() -> None:
    """First 50 bits of HMAC-SHA256(key, vote 00 form), by hand in another way."""
    import hmac

    raw = hmac.new(bytes(range(32)), b"2026-lifts\x00412", "sha256").digest()
    bits = "".join(f"{byte:08b}" for byte in raw)[:50]
    digits = ["0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[at : at + 5], 2)] for at in range(0, 50, 5)]
    assert code_of(bytes(range(32)), "2026-lifts", "412") == "".join(digits[:5]) + "-" + "".join(digits[5:])


def test_the_stub_key_is_made_once_and_no_sweep_takes_it(keys: DataKeys) -> None:
    key = keys.lasting(subject_of("p"))
    assert keys.lasting(subject_of("p")) == key
    keys.sweep(set)
    assert keys.find(subject_of("p")) == key


def test_before_anything_was_printed_no_code_opens(keys: DataKeys) -> None:
    assert not opens(keys, "p", "1", code_of(bytes(32), "p", "1"))


def test_the_code_of_a_form_opens_that_form_alone(keys: DataKeys) -> None:
    code = code_of(keys.lasting(subject_of("p")), "p", "1")
    assert opens(keys, "p", "1", code)
    assert opens(keys, "p", "1", code.lower().replace("-", " "))
    assert not any(opens(keys, poll, form, code) for poll, form in (("p", "2"), ("q", "1"), ("p", "1-2")))
    assert not opens(keys, "p", "1", code + "0")
