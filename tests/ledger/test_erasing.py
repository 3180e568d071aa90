"""Erasure carried out: on both stores, through crashes, and in no file, backup, log or cache afterwards (R-PRIV-2)."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from domain.errors import Refused
from domain.lifecycle import UNOPENED
from ledger.door import Ledger
from ledger.erasing import POINTS
from ledger.mirror import export_openings, write_mirror
from ledger.store import StoreFailed, VaultRow
from scripts.audit import audit, document, words
from scripts.backup import write_backup
from scripts.sources import Folder
from scripts.stories import estate
from scripts.stories.player import Step
from tests.ledger.conftest import Small
from tlog.codec import pack
from tlog.opening import Opening

LEAVER = "已搬离者丁戊己"
TITLE = "表决"


class Crash(BaseException):
    """The process dies here."""


def last(small: Small) -> int:
    return small.door.fold.head.size - 1


def place(small: Small, index: int, name: str) -> VaultRow:
    """The vault row of an opening, by its name."""
    door = small.door
    leaf = door.receipt(index).leaf
    rows = {row.digest: row for row in door.shelf.vault(leaf)}
    return next(row for digest, raw in door._held(index) if Opening.parse(raw).name == name for row in [rows[digest]])


def erasure(index: int, named: Sequence[tuple[bytes, str]], about: str, basis: str = "purpose-ended") -> Step:
    body = {"basis": basis, "index": index, "keys_until": "2026-08-20", "openings": tuple(sorted(named))}
    return Step(
        "2026-08-04 12:00", "clerk", "openings-erased/1", body, {"reason": "本人申请(示例)"}, about=about, confirm=("bureau",)
    )


@pytest.fixture
def left(founded: Small) -> tuple[Small, int, str]:
    """Two people were admitted in one page; the key of one of them is revoked."""
    play = founded.play
    for name, known_as in (("leaver", LEAVER), ("stayer", "留下者(示例)")):
        play.meet(name, None, known_as)
    (page,) = estate.admit(play, "2026-08-04 11:00", "late", ["leaver", "stayer"], by="clerk")
    founded.run(iter([Step(page.at, page.who, page.kind, page.body, page.openings, confirm=page.confirm, name="page")]))
    index = last(founded) - 1
    key = play.people["leaver"].key.id
    revoked = {"key": key, "own": True, "reason": "left-post", "since": play.clock.at}
    founded.run(iter([Step("2026-08-04 11:30", "leaver", "key-revoked/1", revoked)]))
    return founded, index, f"holder/{key.hex()}"


def erased(small: Small, index: int, name: str) -> VaultRow:
    """The opening erased; the row that it had."""
    row = place(small, index, name)
    small.run(iter([erasure(index, [(row.digest, name)], "page")]))
    return row


def stored(small: Small, folder: Path) -> Iterator[tuple[str, bytes]]:
    """All that lies about: the home, what is beside it, exports and backups, and the database server's files."""
    if small.dsn is None:
        for with_keys in (False, True):
            write_backup(small.home, folder / f"backup-{with_keys}.zip", with_keys=with_keys)
            with zipfile.ZipFile(folder / f"backup-{with_keys}.zip") as bundle:
                yield from ((f"backup {name}", bundle.read(name)) for name in bundle.namelist())
    else:
        with psycopg.connect(small.dsn, autocommit=True) as db:
            db.execute("CHECKPOINT")
            row = db.execute("SHOW data_directory").fetchone()
        assert row is not None
        data = Path(str(row[0]))
        if not data.is_dir():
            pytest.fail("the server's files cannot be looked at here")
        yield from ((str(path), path.read_bytes()) for path in sorted(data.rglob("*")) if path.is_file())
    export_openings(small.door, folder / "openings.msgpack")
    write_mirror(small.door, small.home, folder / "mirror")
    yield from ((str(path), path.read_bytes()) for path in sorted(small.home.path.parent.parent.rglob("*")) if path.is_file())


def found(small: Small, folder: Path, secret: bytes) -> set[str]:
    folder.mkdir()
    return {name for name, raw in stored(small, folder) if secret in raw}


def test_what_was_erased_lies_nowhere_any_more(
    left: tuple[Small, int, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    small, index, name = left
    caplog.set_level(logging.DEBUG)
    row = place(small, index, name)
    raw, key = dict(small.door._held(index))[row.digest], small.door.vault.keys.find(row.subject)
    small.door.opening(row.leaf, name)  # into the cache
    assert key is not None
    traces = (LEAVER.encode(), raw, key, row.sealed)
    before = [found(small, tmp_path / f"before-{n}", trace) for n, trace in enumerate(traces)]
    assert {Path(path).name for path in before[0]} == {Path(path).name for path in before[1]} == {"openings.msgpack"}
    assert before[2]
    assert before[3]
    for folder in tmp_path.glob("before-*"):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
    erased(small, index, name)
    assert small.door.vault.keys.find(row.subject) is None
    assert LEAVER not in repr(small.door._opened)
    nowhere = traces if small.dsn is None else traces[:3]  # what a server's files still hold has lost its key
    for n, trace in enumerate(nowhere):
        assert found(small, tmp_path / f"after-{n}", trace) == set(), n
    assert not [one for one in small.behind("SELECT sealed FROM vault") if bytes(one[0]) == row.sealed]
    assert LEAVER not in caplog.text
    assert repr(raw) not in caplog.text


def test_neighbours_in_the_page_stay_and_the_digest_too(left: tuple[Small, int, str]) -> None:
    small, index, name = left
    row = erased(small, index, name)
    names = [Opening.parse(raw).name for raw in small.door.openings_of(index)]
    assert names == [f"holder/{small.play.people['stayer'].key.id.hex()}"]
    assert small.door.opening(row.leaf, name) is UNOPENED
    assert row.digest in small.door.act_at(index).sealed


def test_a_digest_is_erased_under_its_own_name_only(left: tuple[Small, int, str]) -> None:
    small, index, name = left
    other = f"holder/{small.play.people['stayer'].key.id.hex()}"
    row = place(small, index, other)
    play = small.play
    step = erasure(index, [(row.digest, name)], "page")
    refused = small.door.submit_all([play.submission(step)])[0]
    assert isinstance(refused, Refused)
    assert refused.code == "erasure-misnamed"


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("where", ["next opening", "another process"])
def test_a_crash_while_destroying_is_made_good(left: tuple[Small, int, str], point: str, where: str,
                                               opened_again: Callable[[Small], Ledger]) -> None:  # fmt: skip
    small, index, name = left
    other = opened_again(small) if where == "another process" else None
    row = place(small, index, name)
    key = small.door.vault.keys.find(row.subject)

    def die(reached: str) -> None:
        if reached == point:
            raise Crash

    small.door.reached = die
    with pytest.raises(Crash):
        erased(small, index, name)
    if other is None:
        other = opened_again(small)
    else:
        small.door.reached = lambda _: None
        assert other.opening(row.leaf, name) is UNOPENED or other.fold.head.size < small.door.fold.head.size
        small.play.clock.move_to(small.play.clock.at + 1)
        person = small.play.people["bureau"].person
        other.submit_all(
            [small.play.compose("bureau", "declined/1", {"person": person, "reason": "withdrawn"}, about=row.leaf)]
        )
    assert not [one for one in other.shelf.vault(row.leaf) if one.digest == row.digest]
    assert other.vault.keys.find(row.subject) is None
    assert other.opening(row.leaf, name) is UNOPENED
    assert len(other.openings_of(index)) == 1
    assert key is not None


@pytest.fixture
def decided(voting: Small) -> Small:
    """A vote that was certified."""
    voting.run(iter([voting.ballot(n) for n in range(1, 11)]))
    voting.run(estate.close("2026-09-17 20:30", "p"))
    voting.run(estate.certify("2026-09-18 10:00", "p", voting.door.opening))
    return voting


def test_what_lies_under_the_same_key_is_sealed_again_and_the_old_key_goes(decided: Small) -> None:
    door, play = decided.door, decided.play
    leaf = play.leaves["p-notice"]
    index = next(n for n in range(door.fold.head.size) if door.receipt(n).leaf == leaf)
    title, question = place(decided, index, "title"), place(decided, index, "question/use")
    assert title.subject == question.subject == "stream/poll/p"
    old = door.shelf.under(title.subject)
    step = erasure(index, [(title.digest, "title")], "p-notice", "unlawful")
    assert isinstance(step.body, Mapping)
    decided.run(iter([replace(step, at="2026-09-19 10:00", body={**step.body, "keys_until": "2026-10-01"})]))
    assert door.opening(leaf, "title") is UNOPENED
    assert door.opening(leaf, "question/use") == "用吗?"
    assert door.opening(play.leaves["p-result"], "count-key") is not UNOPENED
    assert door.vault.keys.find(title.subject) is None
    for row in old:  # a copy of the database from before opens nothing of it
        assert door.vault.open(row, door.shelf.statement(row.index) or b"") is None
    twin = decided.again()
    assert twin.opening(leaf, "question/use") == "用吗?"
    assert twin.vault.keys.sweep(twin.shelf.subjects) == 0
    twin.close()


def test_an_erasure_that_cannot_be_carried_out_now_is_tried_again(
    left: tuple[Small, int, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small, index, name = left

    def fails(*_: object) -> None:
        raise StoreFailed("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(small.door.store, "rewrite", fails)
        row = erased(small, index, name)
    assert "an erasure is not carried out yet: the disk is full" in caplog.text
    assert small.door.opening(row.leaf, name) is UNOPENED
    assert len(small.door.openings_of(index)) == 1
    assert [one for one in small.door.shelf.vault(row.leaf) if one.digest == row.digest]
    small.door.settle()
    assert not [one for one in small.door.shelf.vault(row.leaf) if one.digest == row.digest]


def test_an_audit_says_what_was_erased_and_calls_it_neither_checked_nor_withheld(
    left: tuple[Small, int, str], tmp_path: Path
) -> None:
    small, index, name = left
    erased(small, index, name)
    write_mirror(small.door, small.home, tmp_path / "mirror")
    export_openings(small.door, tmp_path / "all")
    seen = audit(Folder(tmp_path / "mirror"), None, {"all": (tmp_path / "all").read_bytes()})
    told = document(seen)
    assert told["verdict"] == "unopened"
    assert (told["broken"], told["unopened"]) == ([], [])
    assert [(one["index"], one["name"], one["by"], one["basis"]) for one in told["erased"]] == [
        (index, name, last(small) - 1, "purpose-ended")
    ]
    assert told["counts"]["erased"] == 2  # the page, and the confirmation that completed it
    said = words(seen)
    assert f"第{index}条 {name}：已由第{last(small) - 1}条依法删除" in said
    assert "部分密封内容已依法删除，任何人都无法再核对" in said.splitlines()[0]
    bare = document(audit(Folder(tmp_path / "mirror"), None, {}))
    assert {one["index"] for one in bare["unopened"]} >= {index}
    assert bare["erased"] == told["erased"]


@pytest.mark.parametrize("handed", ["both openings", "the one that is gone", "the one whose name was taken"])
def test_what_an_erasure_calls_a_digest_is_compared_where_it_was_handed_in_r_priv_2(
    left: tuple[Small, int, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handed: str
) -> None:
    small, index, name = left
    other = f"holder/{small.play.people['stayer'].key.id.hex()}"
    raws = {Opening.parse(raw).name: raw for raw in small.door.openings_of(index)}
    row, kept = place(small, index, other), {"the one that is gone": [other], "the one whose name was taken": [name]}
    monkeypatch.setattr(small.door, "_check_named", lambda _: None)  # a door that does not look
    small.run(iter([erasure(index, [(row.digest, name)], "page")]))
    write_mirror(small.door, small.home, tmp_path / "mirror")
    given = {row.leaf.hex(): tuple(raws[one] for one in kept.get(handed, raws))}
    told = document(audit(Folder(tmp_path / "mirror"), None, {"before": pack(given)}))
    assert (told["verdict"], {one["code"] for one in told["broken"]} >= {"erasure-misnamed"}) == ("bad", True)
    assert told["broken"][0]["index"] == last(small) - 1


def test_a_true_name_is_found_true_by_openings_from_before_the_erasure(left: tuple[Small, int, str], tmp_path: Path) -> None:
    small, index, name = left
    given = {small.door.act_at(index).leaf.hex(): tuple(small.door.openings_of(index))}
    erased(small, index, name)
    write_mirror(small.door, small.home, tmp_path / "mirror")
    assert document(audit(Folder(tmp_path / "mirror"), None, {"before": pack(given)}))["broken"] == []
