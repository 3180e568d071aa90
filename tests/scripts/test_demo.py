"""The demo: a whole vote and a first assembly are played, decided, mirrored and audited; what they leave can be used."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.cli import app
from scripts.demo import ballot_line, enrolment_lines, make_room


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


def report(data: Path, *more: object, code: str = "440307-001") -> Any:
    found = liuchi("audit", data / "mirror" / code, *more, "--json")
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
        "ballot-sealed/1",
        "paper-page/1",
        "page-keyed/1",
        "entered-in-error/1",
        "result-certified/1",
        "confirmed/1",
    }


def test_the_first_assembly_is_a_ledger_of_its_own_without_any_flag(played: tuple[Path, str]) -> None:
    data, said = played
    packs = [
        word for snapshot in ("2026-03", "2026-04") for word in ("--roll", data / f"packs/440307-002/roll-{snapshot}.pack")
    ]
    found = report(data, *packs, "--openings", data / "packs/440307-002/all.openings", code="440307-002")
    assert (found["verdict"], found["first_bad"], found["flags"]) == ("ok", None, [])
    assert [result["word"] for result in found["results"]] == ["recounted"]
    assert "http://127.0.0.1:8000/c/440307-002\n" in said


def test_two_ledgers_have_no_outside_checkpoint_in_one_file(tmp_path: Path) -> None:
    found = liuchi("demo", "--once", "--data", tmp_path / "data", "--anchor", tmp_path / "checkpoint")
    assert (found.exit_code, "--anchor" in found.stderr) == (2, True)
    assert not (tmp_path / "data/demo.passphrase").exists()


def test_a_demo_of_an_earlier_program_is_served_as_it_is(played: tuple[Path, str], tmp_path: Path) -> None:
    """It has the vote alone."""
    data = tmp_path / "data"
    shutil.copytree(played[0], data)
    shutil.copytree(played[0].with_name("data-anchor"), tmp_path / "data-anchor")
    shutil.rmtree(data / "440307-002")
    found = liuchi("demo", "--once", "--data", data)
    assert (found.exit_code, "440307-002" in found.output) == (0, False)


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
    (("poll-closed/1", "--poll", "none-such"), 2, "2026-playground"),
    (("poll-closed/1", "--poll", "2026-lifts"), 1, "matter-final"),
    (("post-given/1", "--poll", "2026-playground"), 2, "--poll"),
])  # fmt: skip
def test_what_cannot_be_filled_in_is_said(played: tuple[Path, str], words: tuple[str, ...], code: int, said: str) -> None:
    key = {"poll-closed/1": "clerk"}.get(words[0], "counter-1")
    found = liuchi("act", *words, "--key", played[0] / f"keys/{key}.key", "--ledger", "440307-001", "--data", played[0])
    assert (found.exit_code, said in found.output) == (code, True), found.output


@pytest.mark.usefixtures("passphrase")
@pytest.mark.parametrize(
    "words", [("record", "typed.csv"), ("key", "typed.csv"), ("correct", "--page", "1", "--reason", "x", "--remove", "1")]
)
def test_paper_of_a_vote_with_a_certified_result_is_over_and_that_is_said(
    played: tuple[Path, str], words: tuple[str, ...]
) -> None:
    found = liuchi("paper", *words, "--poll", "2026-lifts", "--key", played[0] / "keys/clerk.key", "--ledger", "440307-001",
                   "--data", played[0])  # fmt: skip
    assert (found.exit_code, "结果已核定" in found.stderr) == (2, True), found.output


def test_a_demo_that_is_there_is_not_played_again(played: tuple[Path, str]) -> None:
    found = liuchi("demo", "--once", "--data", played[0])
    assert found.exit_code == 0
    assert "--fresh" in found.output


def test_a_visitor_can_vote_by_the_line_that_the_demo_prints(played: tuple[Path, str], tmp_path: Path) -> None:
    (line,) = (line.strip() for line in played[1].splitlines() if line.startswith("  LIUCHI_PASSPHRASE="))
    line = line.replace("python3 run.py", f"{sys.executable} -m scripts.cli")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(line, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert liuchi("verify", tmp_path / "my-receipt.json", "--policy", played[0] / "mirror/440307-001/policy.txt").exit_code == 0


def test_commands_are_named_as_they_work_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "cat liuchi-data/demo.passphrase) liuchi act ballot-cast/1" in ballot_line(Path("liuchi-data"))
    (tmp_path / "run.py").touch()
    assert "cat liuchi-data/demo.passphrase) python3 run.py act ballot-cast/1" in ballot_line(Path("liuchi-data"))


def test_a_demo_that_is_not_served_says_how_to_serve_it(played: tuple[Path, str]) -> None:
    assert f" serve --host 127.0.0.1 --port 8000 --data {played[0]}\n" in played[1]


def test_the_line_names_no_folder_when_the_data_lies_where_it_always_does() -> None:
    assert ballot_line(Path("liuchi-data")) == (
        "LIUCHI_PASSPHRASE=$(cat liuchi-data/demo.passphrase) python3 run.py act ballot-cast/1 --ledger 440307-001 "
        "--poll 2026-playground --choice playground=agree --key liuchi-data/keys/1-0101.key --out my-receipt.json"
    )


def test_the_way_to_a_key_in_the_browser_begins_with_a_letter_that_can_be_written(
    played: tuple[Path, str], tmp_path: Path, passphrase: None
) -> None:
    lines = list(enrolment_lines(played[0], 8000))
    assert all(f"  {line}\n" in played[1] for line in lines)
    words = shlex.split(lines[0].removeprefix("python3 run.py "))
    letter = tmp_path / "letter.html"
    assert liuchi(*(letter if word == "my-letter.html" else word for word in words)).exit_code == 0
    assert "http://localhost:8000/c/440307-001/enrol" in letter.read_text("utf-8")
    for command in lines[4].split(" && "):
        found = liuchi(*shlex.split(command.removeprefix("python3 run.py ")))
        assert "没有等待" in found.output


def test_a_play_that_was_interrupted_makes_room_and_removes_only_its_own(
    played: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(played[0], data)
    (data / "precious.txt").write_text("keep")
    make_room(data, fresh=False)
    assert (data / "440307-001").is_dir()
    (data / "demo.played").unlink()
    make_room(data, fresh=False)
    assert capsys.readouterr().out.startswith("上次演示没有演完，重新开始。")
    assert sorted(path.name for path in data.rglob("*") if path.is_file()) == ["precious.txt"]


def test_what_the_ledger_had_to_refuse_is_said_so_and_scenes_have_their_days(played: tuple[Path, str]) -> None:
    vote, election = played[1].split("\n440307-002  ")
    assert vote.count("被拒绝（本应如此）refused, as it must be：") == 2
    assert election.count("被拒绝（本应如此）refused, as it must be：") == 20
    assert "  2026-08-03 – 2026-08-04  经办人、计票人、监票人" in played[1]


def test_a_taken_port_is_said_before_anything_is_played(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = liuchi("demo", "--data", tmp_path / "data", "--port", port)
    assert (found.exit_code, f"端口 {port} 已被占用。" in found.stderr) == (4, True)
    assert not (tmp_path / "data").exists()


def test_fresh_removes_a_demo_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/precious.txt").write_text("keep")
    assert liuchi("demo", "--once", "--fresh", "--data", tmp_path / "data").exit_code == 2
    assert (tmp_path / "data/precious.txt").read_text() == "keep"
