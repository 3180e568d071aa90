"""Where a ledger lives: made once, named strictly, opened only with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.custody import WrongPassphrase
from keys.identity import SigningKey
from ledger.clock import system_clock
from ledger.home import HomeBroken, anchor_path, find_homes, make_home, open_ledger, read_home

KEY = SigningKey.from_seed(bytes(32))


@pytest.mark.parametrize("origin", ["", "example.org", "example.org/log/A/1", "example.org/log/a/0", "example.org/log/a/01",
                                    "https://example.org/log/a/1", "example.org/log/a/1/", "example.org/log/../1"])  # fmt: skip
def test_an_origin_is_domain_log_code_generation(tmp_path: Path, origin: str) -> None:
    with pytest.raises(HomeBroken):
        make_home(tmp_path / "d", origin, "estate", KEY, "x", 2)
    assert not (tmp_path / "d").exists()


def test_a_home_is_made_once(tmp_path: Path) -> None:
    make_home(tmp_path, "example.org/log/a/1", "estate", KEY, "x", 2)
    with pytest.raises(HomeBroken):
        make_home(tmp_path, "example.org/log/a/1", "estate", KEY, "x", 2)


def test_a_home_is_read_as_it_was_made(tmp_path: Path) -> None:
    home = make_home(tmp_path, "example.org/log/a/1", "estate", KEY, "x", 2)
    assert find_homes(tmp_path) == [home]
    assert home.log_path == "/log/a/1"


def test_the_anchor_lies_beside_the_data_never_in_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert not anchor_path(data, "a").is_relative_to(data)


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    home = make_home(tmp_path, "example.org/log/a/1", "estate", KEY, "x", 2)
    with pytest.raises(WrongPassphrase):
        open_ledger(home, "y", system_clock())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"code": 1}', '{"code":"a","origin":"o","kind":"estate","vkey":"nonsense"}'])
def test_a_broken_home_says_what_is_missing(tmp_path: Path, text: str) -> None:
    (tmp_path / "ledger.json").write_text(text)
    with pytest.raises(HomeBroken, match=r"ledger\.json"):
        read_home(tmp_path)
