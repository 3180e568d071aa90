"""Where two histories part, or the record outside cannot be read: what stands where is kept, once, and bounded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ledger.evidence
from domain.errors import Refused
from ledger.evidence import keep
from tests.ledger.crowd import AT, Crowd
from tlog.checkpoint import Checkpoint

SQLITE = pytest.mark.parametrize("estate_of_many", ["sqlite"], indirect=True)


def bundles(crowd: Crowd) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("ascii")) for path in sorted((crowd.home.path / "evidence").iterdir())]


def ahead(size: int, root: str) -> tuple[str, dict[str, Any], bool]:
    return f"{size + 1} {root}\n", {"record": f"{size + 1} {root}\n", "root": root, "size": size + 1}, False


def other_root(size: int, _root: str) -> tuple[str, dict[str, Any], bool]:
    return f"{size} {'11' * 32}\n", {"record": f"{size} {'11' * 32}\n", "root": "11" * 32, "size": size}, True


def unreadable(_size: int, _root: str) -> tuple[str, dict[str, Any], bool]:
    why = "440307-001.checkpoint is not '<size> <root in hex>' and a newline"
    return "seven\n", {"record": "seven\n", "why": why}, False


@pytest.mark.parametrize("record", [ahead, other_root, unreadable])
@pytest.mark.parametrize("when", ["opening", "writing"])
def test_what_stands_where_is_kept_when_the_record_outside_tells_another_history(
    crowd: Crowd, record: Callable[[int, str], tuple[str, dict[str, Any], bool]], when: str
) -> None:
    with crowd.opened() as door:
        size, root, note = door.checkpoint()
        text, outside, replayed = record(size, root.hex())
        if when == "writing":
            door.anchor.path.write_text(text)
            assert [str(one) for one in door.submit_all(crowd.take(1))] == [str(Refused("store-behind"))]
    door.anchor.path.write_text(text)
    with crowd.opened() as door:
        assert bundles(crowd) == [
            {
                "at": AT,
                "database": {"note": note, "root": root.hex(), "size": size},
                "ledger": door.origin,
                "memory": {"root": root.hex(), "size": size},
                "outside": outside,
                "root_at_outside_size": root.hex() if replayed else None,
            }
        ]
        assert Checkpoint.parse(note.split("\n\n")[0] + "\n") == Checkpoint(door.origin, size, root)
        assert (door.anchor.path.read_text(), crowd.size()) == (text, size)  # neither is made to fit the other


@SQLITE
def test_a_suspect_clock_gives_a_bundle_no_time(crowd: Crowd) -> None:
    def suspect() -> int:
        raise Refused("clock-suspect")

    with crowd.opened() as door:
        door.clock = suspect
        door.anchor.path.write_text("seven\n")
        door.submit_all(crowd.take(1))
        assert [bundle["at"] for bundle in bundles(crowd)] == [None]


@SQLITE
def test_where_no_evidence_can_be_kept_the_refusal_is_the_same(crowd: Crowd) -> None:
    (crowd.home.path / "evidence").write_text("a file in the folder's place")
    with crowd.opened() as door:
        door.anchor.path.write_text("seven\n")
        with pytest.raises(Refused, match="store-behind"):
            door.submit(crowd.take(1)[0])


@pytest.mark.parametrize(("kept", "also"), [(1, True), (2, True), (3, False)])
def test_evidence_of_each_sort_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int, *, also: bool) -> None:
    monkeypatch.setattr(ledger.evidence, "MOST", 3)
    folder = tmp_path / "evidence"
    for n in range(kept):
        keep(folder, f"{n}.submission", b"x")
    keep(folder, "one more.submission", b"y")
    keep(folder, "another sort.history", b"z")
    assert (folder / "one more.submission").exists() is also
    assert (folder / "another sort.history").read_bytes() == b"z"  # whoever sends many submissions cannot hide a fork


def test_what_is_kept_stays_as_it_was_and_whole(tmp_path: Path) -> None:
    keep(tmp_path, "a.history", b"first")
    keep(tmp_path, "a.history", b"second")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.history": b"first"}
