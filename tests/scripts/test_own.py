"""`liuchi own` and `liuchi verify`: an owner's rows leave the operator's machine as a file that anybody can check."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from keys.custody import write_key
from scripts.stories.player import Play
from scripts.verify import CLAIMS, FAILURES
from tests.api.conftest import CODE, UNITS, play_story
from tests.scripts.conftest import WORD, liuchi, printed

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "own-rows.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Play]:
    data = tmp_path_factory.mktemp("own") / "data"
    return data, play_story(data)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.txt"
    path.write_text(VECTORS["policy"])
    return path


def own(played: tuple[Path, Play], out: Path, *words: object) -> Any:
    return printed("own", "lifts", "--ledger", CODE, "--data", played[0], "--out", out, *words)


def test_her_rows_by_unit_by_key_and_by_tag_are_the_same_file(played: tuple[Path, Play], tmp_path: Path, policy: Path) -> None:
    data, play = played
    write_key(tmp_path / "hers.key", play.people["head-01"].key, WORD, 2)
    ways = (("--unit", UNITS[0].unit), ("--key", tmp_path / "hers.key"), ("--tag", play.tag(UNITS[0].unit).hex()))
    files = []
    for n, way in enumerate(ways):
        said = own(played, tmp_path / f"{n}.json", *way)
        assert [(row["item"], row["zh"]) for row in said["rows"]] == [
            ("raise", "计为同意，80.01㎡"),
            ("use", "计为弃权，80.01㎡"),
        ]
        files.append((tmp_path / f"{n}.json").read_text())
    assert files[0] == files[1] == files[2]
    assert (tmp_path / "0.json").stat().st_mode & 0o777 == 0o600
    assert json.loads(files[0]) == VECTORS["accept"][0]["file"]
    checked = printed("verify", tmp_path / "0.json", "--policy", policy)
    assert (checked["verdict"], checked["anchored"], len(checked["rows"])) == ("ok", True, 2)
    assert not (data / CODE / "changes.sqlite-wal").exists()


@pytest.mark.parametrize(("words", "code", "said"), [
    ((), 2, "exactly one"),
    (("--unit", "x", "--tag", "00" * 16), 2, "exactly one"),
    (("--tag", "zz"), 2, "32 lower-case hex digits"),
    (("--tag", "00" * 16), 2, "on the roll"),
    (("--unit", "none-such"), 2, "on the roll"),
])  # fmt: skip
def test_who_is_nobody_on_the_roll_gets_nothing(
    played: tuple[Path, Play], tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    found = liuchi("own", "lifts", "--ledger", CODE, "--data", played[0], "--out", tmp_path / "x.json", *words)
    assert (found.exit_code, said in found.output) == (code, True), found.output
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(("poll", "said"), [("garden", "certified"), ("none-such", "lifts")])
def test_a_vote_without_a_result_has_no_rows(played: tuple[Path, Play], tmp_path: Path, poll: str, said: str) -> None:
    found = liuchi("own", poll, "--ledger", CODE, "--data", played[0], "--out", tmp_path / "x.json", "--unit", UNITS[0].unit)
    assert (found.exit_code, said in found.output) == (2, True), found.output


@pytest.mark.parametrize("lost", ["count-key", "row"])
def test_rows_that_were_lost_are_said_and_exit_1(tmp_path: Path, lost: str) -> None:
    data = tmp_path / "data"
    play = play_story(data)
    leaf = play.leaves["lifts-result" if lost == "count-key" else "roll-r-1"]
    with closing(sqlite3.connect(data / CODE / "ledger.sqlite", isolation_level=None)) as db:
        db.execute("DELETE FROM vault WHERE leaf = ?", (leaf,))
    for way in (("--unit", UNITS[0].unit), ("--tag", play.tag(UNITS[0].unit).hex())):
        found = liuchi("own", "lifts", "--ledger", CODE, "--data", data, "--out", tmp_path / "x.json", *way)
        assert found.exit_code == 1, found.output
        assert "已删除或遗失" in found.stderr
        assert "stay good" in found.stderr
    assert not (tmp_path / "x.json").exists()


# --- checked offline


@pytest.mark.parametrize("case", VECTORS["accept"], ids=lambda case: case["case"])
def test_rows_that_hold_are_said_in_words(tmp_path: Path, policy: Path, case: Any) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps(case["file"]))
    found = liuchi("verify", file, "--policy", policy)
    assert found.exit_code == 0, found.output
    for row in case["rows"]:
        assert f"{row['item']}：{row['zh']} · {row['en']}" in found.output
    assert "计票明细无误" in found.output
    unanchored = liuchi("verify", file)
    assert (unanchored.exit_code, "没有另外的人担保" in unanchored.output) == (0, True)


@pytest.mark.parametrize("case", VECTORS["refuse"], ids=lambda case: case["case"])
def test_rows_that_do_not_hold_are_exit_1_and_never_said(tmp_path: Path, policy: Path, case: Any) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps(case["file"]))
    found = liuchi("verify", file, "--policy", policy, "--json")
    assert found.exit_code == 1, found.output
    said = json.loads(found.stdout)
    assert case["failed"] in [step["step"] for step in said["checked"] if not step["held"]]
    words = liuchi("verify", file, "--policy", policy).output
    assert "✗ 计票明细有误" in words
    assert "▸" not in words


@pytest.mark.parametrize("case", VECTORS["malformed"], ids=lambda case: case["case"])
def test_what_is_no_rows_is_one_line_and_exit_3(tmp_path: Path, case: Any) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps({**VECTORS["accept"][0]["file"], "rows": case["rows"]}))
    found = liuchi("verify", file)
    assert (found.exit_code, found.stderr.count("\n")) == (3, 1), found.output


def test_an_owners_rows_name_no_document(tmp_path: Path, policy: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps(VECTORS["accept"][0]["file"]))
    assert liuchi("verify", file, "--document", policy).exit_code == 2


def test_claims_of_rows_have_their_failures() -> None:
    assert {name for name in CLAIMS if name.startswith("own-")} - set(FAILURES) == {"own-ballot", "own-head"}
