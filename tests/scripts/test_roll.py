"""`liuchi roll`: a roll is looked at before it is recorded, recorded in one go, and which tag is whose is the clerk's alone."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.conftest import Estate, liuchi, printed

ROLL = """unit,owners,area_m2,status,building
1-101,o-1,89.37,sold,B1
1-102,o-2;o-3,100.00,sold,B1
1-103,o-3;o-2,50.5,sold,B1
1-104,O1,80,sold,B1
1-105,o-2,70,sold,B1
P-1,,30,unsold,P
P-2,o-9,20,undelivered,P
"""
CROWD = ";".join(f"o-{n}" for n in range(201))


def roll(estate: Estate, *words: object, text: str = ROLL, snapshot: str = "2026-08") -> Any:
    path = estate.path / "roll.csv"
    path.write_text(text, "utf-8")
    return liuchi("roll", path, "--snapshot", snapshot, "--tags", tags(estate), *estate.here(), *words)


def tags(estate: Estate) -> Path:
    return estate.path / "tags.json"


def test_a_dry_run_says_what_the_roll_comes_to_and_records_nothing(estate: Estate) -> None:
    before = estate.files()
    found = json.loads(roll(estate, "--dry-run", "--json").stdout)
    assert estate.files() == before | {"roll.csv"}
    assert (found["heads"], found["area"], found["units"]) == (5, 43_987, 7)
    assert found["statuses"] == {
        "sold": {"units": 5, "area": 38_987}, "unsold": {"units": 1, "area": 3_000}, "undelivered": {"units": 1, "area": 2_000},
    }  # fmt: skip
    assert found["several"] == [["1-102", "1-103"], ["P-1", "P-2"]]
    assert found["shared"] == {"o-2": ["1-102", "1-105"]}
    assert found["alike"] == [["O1", "o-1"]]


def test_a_dry_run_needs_neither_key_nor_ledger_and_speaks_to_people_too(tmp_path: Path) -> None:
    (tmp_path / "roll.csv").write_text(ROLL + "".join(f"2-{n},o-2;x-{n},1,sold,B2\n" for n in range(25)), "utf-8")
    found = liuchi("roll", tmp_path / "roll.csv", "--snapshot", "r", "--ledger", "none", "--dry-run")
    assert found.exit_code == 0
    assert "总人数 N = 30 heads · 总面积 A = 464.87 m² · 32 套 units" in found.stdout
    assert "O1 ~ o-1" in found.stdout


def test_a_roll_is_recorded_in_pages_under_random_tags_that_the_clerk_keeps(estate: Estate) -> None:
    found = json.loads(roll(estate, "--key", estate.key("clerk"), "--page-size", 2, "--json").stdout)
    assert found["pages"] == [7, 8, 9]
    kept = json.loads(tags(estate).read_text())
    assert stat.S_IMODE(tags(estate).stat().st_mode) == 0o600
    assert [one["tag"] for one in kept["heads"]] == sorted({one["tag"] for one in kept["heads"]})
    units = sorted(line.split(",")[0] for line in ROLL.splitlines()[1:])
    assert sorted(unit for one in kept["heads"] for unit in one["units"]) == units
    pages = [estate.acted("--read", index) for index in found["pages"]]
    sealed = {name: row["units"] for page in pages for name, row in page["openings"].items()}
    assert sealed == {f"row/{one['tag']}": one["units"] for one in kept["heads"]}
    assert "o-1" not in json.dumps([page["body"] for page in pages])
    assert found["freeze"]["pages"] == [page["leaf"] for page in pages]
    assert (found["freeze"]["heads"], found["freeze"]["area"]) == (5, 43_987)


def test_what_roll_prints_is_the_freezes_body_and_the_posting_runs_from_the_pages_own_day(estate: Estate) -> None:
    done = roll(estate, "--key", estate.key("clerk"))
    assert done.exit_code == 0
    body = json.loads(done.stdout.splitlines()[-1])
    body["posted"] = {"from": "2026-01-05", "to": "2026-01-20"}
    refused = estate.act("roll-frozen/1", "--body", estate.write("freeze.json", body), by="clerk")
    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (1, "✗ R-DIS-2 · posting-too-short")  # the pages fit


def test_two_rolls_of_the_same_people_share_no_tag(estate: Estate) -> None:
    kept = []
    for snapshot in ("r-1", "r-2"):
        assert roll(estate, "--key", estate.key("clerk"), snapshot=snapshot).exit_code == 0
        kept.append({one["tag"] for one in json.loads(tags(estate).read_text())["heads"]})
        tags(estate).unlink()
    assert kept[0].isdisjoint(kept[1])


def test_a_snapshot_is_recorded_once_and_a_refused_one_leaves_no_tags(estate: Estate) -> None:
    assert roll(estate, "--key", estate.key("clerk"), "--page-size", 3).exit_code == 0
    first = tags(estate).read_bytes()
    assert roll(estate, "--key", estate.key("clerk"), "--page-size", 1).exit_code == 2
    assert tags(estate).read_bytes() == first
    again = roll(estate, "--key", estate.key("clerk"), "--page-size", 1, "--tags", estate.path / "other.json")
    assert (again.exit_code, (estate.path / "other.json").exists()) == (1, False)
    assert again.stderr.startswith("✗ R-ACT-STAGE · already-exists\n")


def test_only_the_clerk_records_a_roll(estate: Estate) -> None:
    found = roll(estate, "--key", estate.key("street"))
    assert (found.exit_code, found.stdout, tags(estate).exists()) == (1, "", False)
    assert found.stderr.startswith("✗ R-ACT-AUTHORITY · not-authorised\n")


@pytest.mark.parametrize(("text", "expected"), [
    (ROLL.replace("sold,B1\n1-105", "sold,\n1-105"), "line 5, column building: expected the id of a building, because on"),
    (ROLL.replace("89.37", "89.375"), "roll.csv, line 2, column area_m2: expected an area"),
    (ROLL + ROLL.split("\n", 1)[1], "roll.csv, line 9, column unit: expected each unit once"),
    (f"{ROLL.splitlines()[0]}\n1,{CROWD},1,sold,B\n", "unit 1, owners of its head: expected a list of 0 to"),
])  # fmt: skip
def test_a_roll_that_a_page_cannot_hold_is_one_line_and_exit_3(estate: Estate, text: str, expected: str) -> None:
    for words in (("--dry-run",), ("--key", estate.key("clerk"))):
        found = roll(estate, *words, text=text)
        assert (found.exit_code, found.stdout, found.stderr.count("\n"), tags(estate).exists()) == (3, "", 1, False)
        assert expected in found.stderr


@pytest.mark.parametrize(("words", "option"), [
    ((), "--key"),
    (("--snapshot", "2026 08", "--dry-run"), "--snapshot"),
    (("--page-size", 0, "--dry-run"), "--page-size"),
    (("--page-size", 401, "--dry-run"), "--page-size"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_usage_error(estate: Estate, words: tuple[object, ...], option: str) -> None:
    found = roll(estate, *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert option in found.stderr


def test_the_roll_pack_opens_every_row_to_an_auditor(estate: Estate) -> None:
    assert roll(estate, "--key", estate.key("clerk"), "--page-size", 2).exit_code == 0
    mirror, pack, everything = estate.path / "mirror", estate.path / "roll.pack", estate.path / "all.openings"
    printed(
        "export", "440307-001", "--mirror", mirror, "--roll", "2026-08", pack, "--openings", everything, "--data", estate.data
    )
    rolls = {"kind": "roll-page/1", "word": "held", "entries": 3}
    assert rolls not in printed("audit", mirror)["checks"]
    assert rolls in printed("audit", mirror, "--roll", pack)["checks"]
    assert printed("audit", mirror, "--openings", everything)["verdict"] == "ok"
