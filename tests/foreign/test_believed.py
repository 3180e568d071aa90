"""The audit's short way says of every copy, true or tampered, what the long way says, and believes nothing that nobody checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from keys.helpers import Helpers
from scripts import audit as command
from scripts import believed as short
from scripts.audit import UnreadableEvidence, audit, document, words
from scripts.believed import CHECK, believed
from scripts.sources import Folder
from tests.foreign.forging import Tampering
from tests.foreign.tamper import TABLE, openings_file, write_files
from tests.foreign.trial import Log, true_log
from tests.machine import listening

ODD_ROWS = ("key-row-without-person", "key-row-with-odd-possession", "key-rows-beside-others")  # nothing to ask about


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return true_log(tmp_path_factory.mktemp("trial"))


@pytest.fixture
def true(log: Log, tmp_path: Path) -> Folder:
    return Folder(write_files(log.files, tmp_path / "true"))


@pytest.fixture(scope="module")
def pair() -> Iterator[Helpers]:
    """Two helpers that all these audits share."""
    with listening(CHECK) as found:
        yield found


@pytest.fixture
def quickly(pair: Helpers, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Every log is large enough for the short way; whether it was gone to its end, audit by audit."""
    gone: list[bool] = []

    def quick(*given: Any) -> Any:
        both = first(*given)
        gone.append(both is not None)
        return both

    first = command._quick
    monkeypatch.setattr(command, "_quick", quick)
    monkeypatch.setattr(command, "Helpers", lambda *_: pair)
    monkeypatch.setattr(command, "closing", nullcontext)
    monkeypatch.setattr(short, "ENOUGH", 1)
    return gone


def said(mirror: Folder, jobs: int, **handed: bytes) -> tuple[dict[str, Any], str]:
    report = audit(mirror, None, handed, jobs)
    return document(report), words(report)


def test_a_true_log_is_audited_the_short_way_with_the_same_words(log: Log, true: Folder, quickly: list[bool]) -> None:
    for handed in ({}, {"all": openings_file(log.sealed)}):
        assert said(true, 2, **handed) == said(true, 1, **handed)
    assert quickly == [True, True, True, True]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in TABLE])
def test_a_tampered_log_is_named_as_the_long_way_names_it(
    row: Tampering, log: Log, tmp_path: Path, quickly: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = row.forge(log)
    mirror = Folder(write_files(copy.files, tmp_path / "copy"))
    handed = {"all": openings_file(copy.sealed)} if row.sealed else {}
    quick = said(mirror, 2, **handed)
    assert quickly == [row.level == 2 and row.code != "possession-unproved" and row.name not in ODD_ROWS]
    monkeypatch.setattr(short, "ENOUGH", 1 << 40)
    assert said(mirror, 2, **handed) == quick


def test_evidence_that_cannot_be_used_is_refused_on_both_ways(true: Folder, quickly: list[bool]) -> None:
    for jobs in (1, 2):
        with pytest.raises(UnreadableEvidence, match="all"):
            audit(true, None, {"all": b"\xc1"}, jobs)


def test_a_small_log_and_one_job_need_no_helpers(true: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = true.read("policy.txt")
    assert believed(true, policy, Helpers(CHECK, 2), None) is None
    monkeypatch.setattr(short, "ENOUGH", 1)
    assert believed(true, policy, Helpers(CHECK, 1), None) is None


def test_nothing_is_believed_when_the_helpers_never_answer(log: Log, true: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short, "ENOUGH", 1)
    found = believed(true, true.read("policy.txt"), helpers := Helpers("tests.foreign.test_believed:missing", 2), None)
    assert found is not None
    assert not found.holds()
    helpers.close()
    assert document(audit(true, None, {}, 2)) == document(audit(true, None, {}, 1))
