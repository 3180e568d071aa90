"""Several `liuchi serve` on one ledger, in a file and in PostgreSQL: whoever is asked, each ballot has one place, and all say the same."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from keys.suites import check_note
from ledger.home import POSTGRES, write_home
from ledger.submission import prepare
from scripts.homes import close as closed
from scripts.homes import home_at, unlock
from tests.ledger.crowd import CODE, Crowd, built, cloned
from tests.ledger.invariants import check
from tests.scripts.test_serve import serving
from tlog.merkle import leaf_hash
from tlog.policy import Policy
from tlog.proof import Proof, verify_proof


@pytest.fixture(params=["sqlite", "postgres"])
def crowd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    """An estate with an open vote, as a home says where it lies."""
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    monkeypatch.setenv("LIUCHI_PASSPHRASE", "x")
    with built(tmp_path / "base", server) as base, cloned(base, tmp_path / "data") as clone:
        if clone.dsn is not None:
            clone.home = replace(clone.home, store=POSTGRES)
            write_home(clone.home)
            (clone.home.path / "ledger.sqlite").unlink(missing_ok=True)
            monkeypatch.setenv("LIUCHI_STORE", clone.dsn)
        yield clone


def post(url: str, raw: bytes) -> Any:
    request = Request(f"{url}/api/v1/ledgers/{CODE}/statements", raw, {"Content-Type": "application/msgpack"})
    try:
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except HTTPError as why:
        return json.load(why)


def asked(url: str, path: str) -> bytes:
    with urlopen(f"{url}{path}", timeout=60) as answer:
        found: bytes = answer.read()
        return found


def voted(urls: Sequence[str], raws: Sequence[bytes]) -> list[tuple[bytes, Any]]:
    """Each statement handed in at the servers in turn by as many hands at once as there are urls, and once more at the next server."""
    answers: list[tuple[bytes, Any]] = []

    def hand(number: int) -> None:
        for n, raw in enumerate(raws[number :: len(urls)]):
            asked_of = (number, number + n % 2)
            answers.extend((prepare(raw).hash, post(urls[server % len(urls)], raw)) for server in asked_of)

    hands = [threading.Thread(target=hand, args=(number,)) for number in range(len(urls))]
    for one in hands:
        one.start()
    for one in hands:
        one.join(120)
    return answers


@pytest.mark.timeout(240)
def test_servers_of_one_ledger_give_each_ballot_one_place_and_say_the_same(crowd: Crowd) -> None:
    raws, before = crowd.take(60), crowd.size()
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(crowd.home.path.parent, LIUCHI_PASSPHRASE="x"))[0] for _ in range(2)]
        answers = voted([*urls, *urls], raws)
        assert not [answer for _, answer in answers if "index" not in answer]
        places = {statement: answer["index"] for statement, answer in answers}
        assert all(
            places[statement] == answer["index"] for statement, answer in answers
        )  # whoever was asked, and however often
        assert sorted(places.values()) == list(range(before, before + 60))
        ends = [
            (asked(url, "/readyz"), asked(url, f"/log/{CODE}/1/checkpoint"), asked(url, f"/api/v1/ledgers/{CODE}/polls/p"))
            for url in urls
        ]
        assert ends[0] == ends[1]
        assert json.loads(ends[0][0])["ledgers"] == {CODE: before + 60}
    policy = Policy.parse(f"log {crowd.home.vkey}\nquorum none\n")
    for _, answer in answers:
        entry = b64decode(answer["entry"])
        assert answer["leaf"] == leaf_hash(entry).hex()
        assert verify_proof(entry, Proof.parse(answer["proof"]), policy, check_note).index == answer["index"]
    door = unlock(home_at(crowd.home.path.parent, CODE))
    check(door, crowd.home, crowd.dsn, places)
    closed(door)
