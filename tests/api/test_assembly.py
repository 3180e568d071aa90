"""Elections, the committee, objections, requests, duties and what was joined, as JSON and as pages: the same facts, nobody's id."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import tests.moves
from api.app import create_app
from domain.acts import KINDS
from tests.acts import LAWFUL, Given, Move, given
from tests.api.conftest import BASE, CODE
from tests.api.test_pages import LINK
from tests.moves import board, counting, elections, rights
from tests.served import opened

C = f"/c/{CODE}"
assert tests.moves

Serve = Callable[[Given], TestClient]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """A client of the application over a ledger in memory."""
    return lambda world: TestClient(create_app({CODE: opened(world.door, tmp_path / "data")}, ("testserver",)))


def text_of(client: TestClient, path: str, lang: str = "zh") -> str:
    """A page's words as one line, without marks."""
    answer = client.get(path, params={"lang": lang})
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def named(move: Move, name: str, unit: str) -> Move:
    return move.sealing(profile={**elections.PROFILE, "name": name, "unit": unit})
