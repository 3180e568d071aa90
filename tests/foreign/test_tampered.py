"""Every tampered copy is red with its entry named; on level 1 the foreign program says the same of it, to the index."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.audit import Report, audit, document
from scripts.sources import Folder
from tests.foreign.forging import Copy, Tampering
from tests.foreign.tamper import TABLE, described, main, openings_file, write_files
from tests.foreign.test_foreign import run
from tests.foreign.test_foreign import verifier as verifier  # noqa: PLC0414  # the fixture
from tests.foreign.trial import Log, true_log

ROWS = [pytest.param(row, id=row.name) for row in TABLE]
BROKEN_BYTES = [pytest.param(row, id=row.name) for row in TABLE if row.level == 1]
BROKEN_RULES = [pytest.param(row, id=row.name) for row in TABLE if row.level == 2]
Placed = Callable[[Tampering], tuple[Copy, Folder]]
Foreign = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return true_log(tmp_path_factory.mktemp("trial"))


@pytest.fixture(scope="session")
def placed(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Placed:
    """A row's copy in a folder; made once."""
    place, made = tmp_path_factory.mktemp("tampered"), dict[str, Copy]()

    def make(row: Tampering) -> tuple[Copy, Folder]:
        if row.name not in made:
            made[row.name] = row.forge(log)
            write_files(made[row.name].files, place / row.name)
        return made[row.name], Folder(place / row.name)

    return make


@pytest.fixture(scope="module")
def foreign(verifier: str) -> Foreign:
    """What the foreign program says of a mirror."""

    def ask(mirror: Path) -> dict[str, Any]:
        done = run(verifier, "mirror", str(mirror))
        assert done.returncode in (0, 1), done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        assert (said["verdict"] == "ok") == (done.returncode == 0)
        return said

    return ask


def shown(report: Report) -> tuple[str, int, int | None]:
    """Verdict, level and first bad entry, as programs read them."""
    said = document(report)
    return said["verdict"], said["level"], said["first_bad"]


# --- the table


def test_the_table_is_large_and_each_row_says_its_level_and_whether_it_was_signed_again() -> None:
    assert len(TABLE) >= 40
    assert sum(row.resigned for row in TABLE) >= 10
    assert sum(row.level == 1 for row in TABLE) >= 25
    assert {row.level for row in TABLE} == {1, 2}
    assert len({row.name for row in TABLE}) == len({row.did for row in TABLE}) == len(TABLE)
    assert {(row.level, row.code is None, row.sealed and row.level == 1) for row in TABLE} == {
        (1, True, False),
        (2, False, False),
    }


def test_the_true_log_has_a_full_tile_a_partial_one_and_one_above(log: Log) -> None:
    assert {"tile/0/000", f"tile/0/001.p/{log.size - 256}", "tile/1/000.p/1"} <= log.files.keys()


def test_no_copy_is_the_true_one(log: Log, placed: Placed) -> None:
    assert [row.name for row in TABLE if placed(row)[0].files == log.files] == []


def test_the_program_writes_every_copy_and_the_table(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (TABLE[0], next(row for row in TABLE if row.sealed))
    monkeypatch.setattr("tests.foreign.tamper.TABLE", rows)
    main(tmp_path)
    assert json.loads((tmp_path / "table.json").read_text("utf-8")) == [described(row, log) for row in rows]
    assert {path.name for path in tmp_path.iterdir()} == {
        "table.json", "true", rows[0].name, rows[1].name, f"{rows[1].name}.openings"}  # fmt: skip
    report = audit(Folder(tmp_path / rows[1].name), None, {"all": (tmp_path / f"{rows[1].name}.openings").read_bytes()})
    assert shown(report) == ("bad", 2, rows[1].first_bad(log))


# --- the true mirror


def test_the_true_mirror_is_ok_with_every_opening_and_unopened_without(log: Log, tmp_path: Path) -> None:
    mirror = Folder(write_files(log.files, tmp_path / "true"))
    assert shown(audit(mirror, None, {})) == ("unopened", 2, None)
    assert shown(audit(mirror, None, {"all": openings_file(log.sealed)})) == ("ok", 2, None)


def test_the_true_mirror_is_ok_to_the_foreign_program(log: Log, tmp_path: Path, foreign: Foreign) -> None:
    said = foreign(write_files(log.files, tmp_path / "true"))
    assert (said["level"], said["verdict"], said["first_bad"]) == (1, "ok", None)


# --- the copies


@pytest.mark.parametrize("row", BROKEN_BYTES)
def test_broken_bytes_are_red_on_level_1_with_the_entry_named(row: Tampering, log: Log, placed: Placed) -> None:
    report = audit(placed(row)[1], None, {})
    assert (report.one.verdict, report.one.first_bad) == ("bad", row.first_bad(log)), report.one.why
    assert shown(report) == ("bad", 1, row.first_bad(log))
    assert report.exit_code == 1


@pytest.mark.parametrize("row", BROKEN_RULES)
def test_a_broken_rule_is_red_on_level_2_with_entry_and_code(row: Tampering, log: Log, placed: Placed) -> None:
    copy, mirror = placed(row)
    blind = audit(mirror, None, {})
    assert (blind.one.verdict, blind.one.first_bad) == ("ok", None), blind.one.why
    if row.sealed:  # who was given no openings cannot know, and is told so
        assert shown(blind) == ("unopened", 2, None)
        assert {result["word"] for result in document(blind)["results"]} <= {"attested"}
    report = audit(mirror, None, {"all": openings_file(copy.sealed)}) if row.sealed else blind
    assert shown(report) == ("bad", 2, row.first_bad(log))
    assert (document(report)["broken"][0]["code"], report.exit_code) == (row.code, 1)


@pytest.mark.parametrize("row", ROWS)
def test_the_foreign_program_says_the_same_on_level_1(row: Tampering, log: Log, placed: Placed, foreign: Foreign) -> None:
    said = foreign(placed(row)[1].path)
    expected = ("bad", row.first_bad(log)) if row.level == 1 else ("ok", None)
    assert (said["level"], said["verdict"], said["first_bad"]) == (1, *expected), said["why"]


# --- what no copy shows by itself


def test_a_log_cut_short_and_signed_again_is_another_history_that_looks_true(log: Log, tmp_path: Path) -> None:
    copy = Copy(log)
    copy.retree(log.entries[: log.marks["certified"]])
    report = audit(Folder(write_files(copy.files, tmp_path / "cut")), None, {})
    assert shown(report) == ("unopened", 2, None)
    assert document(report)["anchored"] is False
