"""`liuchi bench`: every figure can be measured and has its members; how large a figure is, no test asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scripts.bench import FIGURES, Part
from tests.scripts.conftest import liuchi

MEMBERS = {"value", "unit", "reference", "ratio", "reach", "met"}


def measured(*words: object) -> Any:
    """What it prints with --json; progress goes to standard error."""
    done = liuchi("bench", "--quick", "--json", *words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return measured("--dir", tmp_path_factory.mktemp("bench"))


@pytest.mark.parametrize("name", sorted(FIGURES.keys() - {"P2"}))
def test_a_figure_has_its_members_and_is_its_first_part(found: Any, name: str) -> None:
    figure = found[name]
    assert figure.keys() >= MEMBERS
    assert figure["quick"] is True
    assert [figure[member] for member in MEMBERS - {"met"}] == [figure["parts"][0][member] for member in MEMBERS - {"met"}]
    assert figure["met"] is all(part["met"] for part in figure["parts"])
    assert all(part["value"] > 0 and part["reference"] > 0 for part in figure["parts"])


def test_without_a_database_its_figure_is_not_measured_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIUCHI_PG_DSN", raising=False)
    figure = measured("--only", "P2")["P2"]
    assert {name: figure[name] for name in MEMBERS} == dict.fromkeys(MEMBERS)
    assert "LIUCHI_PG_DSN" in figure["why"]


def test_with_a_database_its_figure_is_measured_and_leaves_no_schema(database: str) -> None:
    figure = measured("--only", "P2", "--dsn", database)["P2"]
    assert figure["value"] > 0
    with psycopg.connect(database) as db:
        assert db.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ledger_%'").fetchall() == []


def test_people_read_lines_and_the_folder_is_left_empty(tmp_path: Path) -> None:
    done = liuchi("bench", "--only", "P6", "--quick", "--dir", tmp_path)
    assert (done.exit_code, "recount" in done.stdout, list(tmp_path.iterdir())) == (0, True, [])


def test_an_unknown_figure_is_a_usage_error() -> None:
    assert liuchi("bench", "--only", "P1,P99").exit_code == 2


@pytest.mark.parametrize(("value", "at_most", "met"), [
    (1.99, False, False), (2.0, False, True), (2.01, False, True), (1.99, True, True), (2.0, True, True), (2.01, True, False),
])  # fmt: skip
def test_the_edge_of_a_figure(value: float, at_most: bool, met: bool) -> None:
    assert Part("x", value, "s", 1.0, 2.0, at_most).met is met
