"""`liuchi practice`: an estate's shape with invented owners, a vote to rehearse, and never a real ledger beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import Opened, create_app
from domain.roll import Unit, heads_of
from scripts.homes import close, home_at, look
from scripts.stories.practice import invented, voters
from tests.scripts.conftest import Estate, liuchi, printed

ROLL = "unit,owners,area_m2,status,building\n" + "".join(
    f"1-1-{n:03},p-{n // 2:03}{';p-partner' if n % 5 == 0 else ''},{80 + n}.25,{'unsold' if n > 28 else 'sold'},1\n"
    for n in range(1, 31)
)
HERE = ("--ledger", "practice")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    path = tmp_path_factory.mktemp("practice")
    (path / "roll.csv").write_text(ROLL)
    found = liuchi("practice", "--data", path / "data", "--from", path / "roll.csv", "--name", "国展苑", "--keys", 5, "--json")
    assert found.exit_code == 0, found.output
    return path, json.loads(found.stdout)


@pytest.fixture
def practice(made: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the rehearsal, its passphrase spoken."""
    shutil.copytree(made[0], tmp_path / "own")
    monkeypatch.setenv("LIUCHI_PASSPHRASE", (tmp_path / "own/data/demo.passphrase").read_text().strip())
    return tmp_path / "own"


def test_it_has_the_estates_shape_and_no_owner_of_it(made: tuple[Path, Any]) -> None:
    path, said = made
    assert (said["units"], said["poll"], len(said["owners"]), said["mark"]) == (30, "rehearsal", 5, "演练 REHEARSAL")
    assert (path / "data/practice/ledger.json").read_text().count("demo.practice.example.org") >= 1
    everything = printed(
        "export",
        "practice",
        "--openings",
        path / "all.openings",
        "--roll",
        "2026-08",
        path / "roll.pack",
        "--data",
        path / "data",
    )
    assert everything
    for file in (path / "all.openings", path / "roll.pack", *(path / "data").rglob("*")):
        assert not file.is_file() or b"p-partner" not in file.read_bytes()
    assert "业主001（示例）".encode() in (path / "roll.pack").read_bytes()


def test_invented_owners_keep_heads_areas_and_statuses() -> None:
    units = [Unit("1", "1", frozenset("ab"), 1, "sold"), Unit("2", "1", frozenset("b"), 2, "sold"),
             Unit("3", "1", frozenset("ab"), 3, "sold"),
             Unit("4", "1", frozenset(), 4, "unsold")]  # fmt: skip
    other = invented(units)
    assert [[unit.unit for unit in own] for own in heads_of(other).values()] == [["1", "3"], ["2"], ["4"]]
    assert [(unit.area, unit.status) for unit in other] == [(unit.area, unit.status) for unit in units]
    assert voters(other, 9) == [("业主001（示例）", "1"), ("业主002（示例）", "2")]


def test_a_whole_vote_can_be_rehearsed(practice: Path, made: tuple[Path, Any]) -> None:
    data = ("--data", practice / "data")
    keys = practice / "data/keys"
    owner = made[1]["owners"][0]
    cast = printed("act", "ballot-sealed/1", *HERE, *data, "--poll", "rehearsal", "--choice", "garden=agree", "--choice", "lifts=against",
                   "--key", practice / "data" / owner["key"])  # fmt: skip
    assert cast["status"] == "recorded"
    forms = practice / "forms.html"
    assert (
        printed("paper", "forms", *HERE, *data, "--poll", "rehearsal", "--url", "http://127.0.0.1:8000", "--out", forms)[
            "forms"
        ]
        > 10
    )
    assert "演练" in forms.read_text("utf-8")
    (practice / "typed.csv").write_text("form,garden,lifts\n2,agree,agree\n")
    printed("paper", "record", practice / "typed.csv", *HERE, *data, "--poll", "rehearsal", "--key", keys / "clerk.key")
    printed("paper", "key", practice / "typed.csv", *HERE, *data, "--poll", "rehearsal", "--key", keys / "counter-2.key")
    found = liuchi("practice", *data, "--close")
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("演练 REHEARSAL\n")
    assert "not passed" in found.stdout
    again = liuchi("practice", *data, "--close")
    assert (again.exit_code, again.stderr.startswith("✗ R-ACT-STAGE · already-exists")) == (1, True)


def test_a_folder_that_holds_anything_is_left_alone(estate: Estate) -> None:
    (estate.path / "roll.csv").write_text(ROLL)
    before = estate.files()
    found = liuchi("practice", "--data", estate.data, "--from", estate.path / "roll.csv")
    assert (found.exit_code, "不是空文件夹" in found.stderr, estate.files()) == (2, True, before)
    ended = liuchi("practice", "--data", estate.data, "--close")
    assert (ended.exit_code, "里没有演练" in ended.stderr, estate.files()) == (2, True, before)


def test_another_ledgers_outside_checkpoint_is_not_taken(practice: Path) -> None:
    shutil.rmtree(practice / "data")
    found = liuchi("practice", "--data", practice / "data", "--from", practice / "roll.csv")
    assert (found.exit_code, "An outside checkpoint of practice stands in" in found.stderr, (practice / "data").exists()) == (
        4,
        True,
        False,
    )


def test_no_real_ledger_is_founded_beside_a_rehearsal(estate: Estate) -> None:
    (estate.path / "roll.csv").write_text(ROLL)
    data = estate.path / "other"
    assert liuchi("practice", "--data", data, "--from", estate.path / "roll.csv").exit_code == 0
    found = estate.found(data=data, origin="ledger.example.org/log/440307-002/1")
    assert (found.exit_code, "a rehearsal's" in " ".join(found.stderr.split()), (data / "440307-002").exists()) == (
        2,
        True,
        False,
    )
    assert liuchi("demo", "--once", "--data", data).exit_code == 2


def test_every_page_says_that_it_is_a_rehearsal(practice: Path) -> None:
    home = home_at(practice / "data", "practice")
    door = look(home)
    with TestClient(create_app({"practice": Opened(home, door)}, ("testserver",))) as client:
        for path in ("", "/c/practice", "/c/practice/polls/rehearsal", "/c/practice/entries", "/c/practice/entries/3",
                     "/c/practice/polls/rehearsal/forms/3"):  # fmt: skip
            page = client.get(path)
            assert (page.status_code, "演练" in page.text, "演示" in page.text) == (200, True, False), path
    close(door)


@pytest.mark.parametrize(("words", "option"), [
    ((), "--from"), (("--from", "roll.csv", "--close"), "--from"), (("--from", "roll.csv", "--keys", 0), "--keys"),
    (("--from", "roll.csv", "--name", "国" * 121), "--name"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roll.csv").write_text(ROLL)
    found = liuchi("practice", "--data", "data", *words)
    assert (found.exit_code, option in found.stderr, (tmp_path / "data").exists()) == (2, True, False)


def test_a_roll_that_cannot_be_read_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "roll.csv").write_text(ROLL.replace("sold,1\n1-1-002", "sold,\n1-1-002"))
    found = liuchi("practice", "--data", tmp_path / "data", "--from", tmp_path / "roll.csv")
    assert (found.exit_code, (tmp_path / "data").exists()) == (3, False)
