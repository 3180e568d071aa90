"""The demo: a whole vote is played, decided, mirrored and audited; what it leaves can be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.cli import app


def liuchi(*words: object) -> Result:
    found = CliRunner().invoke(app, list(map(str, words)))
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    data = tmp_path_factory.mktemp("demo") / "data"
    found = liuchi("demo", "--once", "--data", data)
    assert found.exit_code == 0, found.output
    return data, found.output


@pytest.fixture
def passphrase(played: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUCHI_PASSPHRASE", (played[0] / "demo.passphrase").read_text().strip())


def report(data: Path, *more: object) -> Any:
    found = liuchi("audit", data / "mirror" / "440307-001", *more, "--json")
    return json.loads(found.stdout)


def test_two_items_two_thresholds_two_outcomes(played: tuple[Path, str]) -> None:
    """T15, R-VOTE-1…3, R-VOTE-8: four ratios for each item, in integers."""
    _, said = played
    use, raise_ = said.split("use-maintenance-fund")[1].split("raise-maintenance-fund")
    assert "通过 passed" in use.splitlines()[0]
    assert "未通过 not passed" in raise_.splitlines()[0]
    assert [sum(mark in line for line in part.splitlines()[1:5]) for part in (use, raise_) for mark in "✓✗"] == [4, 0, 2, 2]


def test_what_the_ledger_refused_is_part_of_the_story(played: tuple[Path, str]) -> None:
    assert "not-your-head" in played[1]
    assert "outside-window" in played[1]


def test_with_all_openings_every_entry_holds_and_the_result_is_recounted(played: tuple[Path, str]) -> None:
    data, _ = played
    found = report(data, "--roll", data / "packs/roll-2026-08.pack", "--openings", data / "packs/all.openings")
    assert (found["verdict"], found["first_bad"], found["anchored"]) == ("ok", None, False)
    assert [result["word"] for result in found["results"]] == ["recounted"]


def test_without_openings_the_result_is_attested_and_never_verified(played: tuple[Path, str]) -> None:
    found = report(played[0])
    assert found["verdict"] == "unopened"
    assert [result["word"] for result in found["results"]] == ["attested"]


def test_the_roll_pack_alone_opens_the_roll_but_not_the_count_key(played: tuple[Path, str]) -> None:
    data, _ = played
    found = report(data, "--roll", data / "packs/roll-2026-08.pack")
    assert [result["word"] for result in found["results"]] == ["attested"]
    assert {one["kind"] for one in found["unopened"]} == {
        "ledger-founded/1",
        "keys-admitted/1",
        "heads-bound/1",
        "result-certified/1",
        "confirmed/1",
    }


def test_the_late_posting_is_flagged_and_answered(played: tuple[Path, str]) -> None:
    """R-MEET-2: the flag names its days, and the opening that went on despite it."""
    (flag,) = report(played[0])["flags"]
    assert (flag["rule"], flag["answered"] is not None) == ("R-MEET-2", True)


def test_the_first_ballots_receipt_verifies(played: tuple[Path, str]) -> None:
    data, _ = played
    found = liuchi("verify", data / "receipts/first-ballot.json", "--policy", data / "mirror/440307-001/policy.txt")
    assert found.exit_code == 0, found.output


@pytest.mark.usefixtures("passphrase")
def test_a_visitor_can_vote_in_the_vote_that_is_open(played: tuple[Path, str]) -> None:
    data, _ = played
    key = data / "keys/1-0101.key"
    found = liuchi("act", "ballot-cast/1", "--poll", "2026-playground", "--choice", "playground=agree", "--key", key,
                   "--ledger", "440307-001", "--data", data)  # fmt: skip
    assert found.exit_code == 0, found.output


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize(("words", "code", "said"), [
    (("poll-closed/1", "--poll", "2026-playground"), 1, "poll-still-open"),
    (("result-certified/1", "--poll", "2026-playground"), 1, "wrong-stage"),
    (("ballot-cast/1", "--poll", "2026-playground", "--choice", "playground=agree"), 1, "not-your-head"),
    (("ballot-cast/1", "--poll", "2026-playground"), 2, "--choice"),
    (("ballot-cast/1", "--poll", "2026-playground", "--choice", "playground"), 2, "--choice"),
    (("poll-closed/1", "--poll", "none-such"), 2, "2026-lifts"),
    (("post-given/1", "--poll", "2026-playground"), 2, "--poll"),
])  # fmt: skip
def test_what_cannot_be_filled_in_is_said(played: tuple[Path, str], words: tuple[str, ...], code: int, said: str) -> None:
    key = {"poll-closed/1": "clerk"}.get(words[0], "counter-1")
    found = liuchi("act", *words, "--key", played[0] / f"keys/{key}.key", "--ledger", "440307-001", "--data", played[0])
    assert (found.exit_code, said in found.output) == (code, True), found.output


def test_a_demo_that_is_there_is_not_played_again(played: tuple[Path, str]) -> None:
    found = liuchi("demo", "--once", "--data", played[0])
    assert found.exit_code == 0
    assert "--fresh" in found.output


def test_fresh_removes_a_demo_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/precious.txt").write_text("keep")
    assert liuchi("demo", "--once", "--fresh", "--data", tmp_path / "data").exit_code == 2
    assert (tmp_path / "data/precious.txt").read_text() == "keep"
