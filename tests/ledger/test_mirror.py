"""The mirror: what stands there is replaced only by its own continuation, and nothing that is sealed is in it."""

from __future__ import annotations

import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from domain.acts import KINDS
from domain.readers import CUSTODIAN, MACHINE, readable
from domain.state import act_of
from keys.identity import SigningKey
from ledger.mirror import (
    MirrorForked,
    MirrorRefused,
    export_openings,
    export_roll,
    handed_out,
    roll_pack,
    write_mirror,
)
from scripts.audit import audit
from scripts.sources import Folder
from scripts.stories import estate
from tests.ledger.conftest import HEADS, SECRET, Small
from tlog.checkpoint import Checkpoint, sign_checkpoint
from tlog.codec import unpack
from tlog.note import Vkey
from tlog.opening import Opening
from tlog.tile import tile_path


@pytest.fixture
def dsn() -> None:
    """A mirror is read through the shelf, whose contract both stores keep: one of them is enough here."""


def mirrored(small: Small, folder: Path) -> Path:
    write_mirror(small.door, small.home, folder)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def many(small: Small, count: int) -> None:
    """That many entries more: owners who change their minds, a dozen in a commit."""
    for done in range(0, count, HEADS):
        choice = ("agree", "against")[done // HEADS % 2]
        small.run(iter([small.ballot(n + 1, choice) for n in range(min(HEADS, count - done))]))


@pytest.mark.parametrize("more", [0, 1])
def test_a_mirror_holds_what_a_stranger_needs_and_audits(voting: Small, tmp_path: Path, more: int) -> None:
    many(voting, more)
    found = audit(Folder(mirrored(voting, tmp_path / "m")), None, {})
    assert (found.verdict, found.one.verdict, found.anchored) == ("unopened", "ok", False)


def test_with_all_openings_every_entry_holds_again(voting: Small, tmp_path: Path) -> None:
    folder = mirrored(voting, tmp_path / "m")
    export_openings(voting.door, tmp_path / "all")
    assert audit(Folder(folder), None, {"all": (tmp_path / "all").read_bytes()}).verdict == "ok"


def test_only_public_openings_are_published_and_none_is_left_out(voting: Small, tmp_path: Path) -> None:
    files = content(mirrored(voting, tmp_path / "m"))
    assert SECRET.encode() not in b"".join(files.values())
    published = {
        name.split("/")[1]: cast("tuple[bytes, ...]", unpack(raw))
        for name, raw in files.items()
        if name.startswith("openings/")
    }
    expected = {}
    for entry in voting.door.shelf.entries(0, 10_000):
        act = act_of(entry).act
        if names := {name for name, sealed in KINDS[act.kind].opens(act.body).items() if sealed.audience == "public"}:
            expected[act.leaf.hex()] = names
    assert {leaf: {Opening.parse(raw).name for raw in raws} for leaf, raws in published.items()} == expected
    assert len(expected) == 2  # the ledger's name; the vote's title and question


def test_a_later_mirror_takes_the_place_of_an_earlier_and_keeps_its_partial_tiles(voting: Small, tmp_path: Path) -> None:
    first = content(mirrored(voting, tmp_path / "m"))
    many(voting, 3)
    second = content(mirrored(voting, tmp_path / "m"))
    assert {name: raw for name, raw in first.items() if second.get(name) != raw}.keys() == {"checkpoint"}
    assert content(mirrored(voting, tmp_path / "m")) == second
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("data", "data-anchor")] == ["m"]


def test_partial_tiles_go_when_the_full_tile_has_come(voting: Small, tmp_path: Path) -> None:
    mirrored(voting, tmp_path / "m")
    many(voting, 256 - voting.door.fold.head.size)
    assert {name for name in content(mirrored(voting, tmp_path / "m")) if name.startswith("tile/")} == {
        tile_path(0, 0), tile_path(1, 0, 1), tile_path("entries", 0)
    }  # fmt: skip
    many(voting, 1)
    found = audit(Folder(mirrored(voting, tmp_path / "m")), None, {})
    assert found.one.verdict == "ok"
    assert {tile_path(0, 1, 1), tile_path("entries", 1, 1)} < content(tmp_path / "m").keys()


@pytest.mark.parametrize(("name", "why"), [
    ("notes.txt", "holds notes.txt, which is no part of a mirror and would be lost"),
    (".git", "holds .git, which is no part of a mirror and would be lost"),
    ("policy.txt", "is not empty and holds no checkpoint: no mirror"),
    ("checkpoint", "is no mirror of"),
    ("tile/0/note", "is not empty and holds no checkpoint: no mirror"),
])  # fmt: skip
def test_a_folder_that_is_no_mirror_of_this_log_is_left_alone(founded: Small, tmp_path: Path, name: str, why: str) -> None:
    folder = tmp_path / "m"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("precious")
    with pytest.raises(MirrorRefused, match=why):
        mirrored(founded, folder)
    assert content(folder) == {name: b"precious"}


def test_a_stray_file_among_the_tiles_is_not_lost(founded: Small, tmp_path: Path) -> None:
    folder = mirrored(founded, tmp_path / "m")
    (folder / "tile" / "0" / "note.txt").write_text("precious")
    with pytest.raises(MirrorRefused, match=r"note\.txt is no part of a mirror"):
        mirrored(founded, folder)


def test_an_empty_folder_is_filled_and_a_file_is_refused(founded: Small, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    assert "checkpoint" in content(mirrored(founded, tmp_path / "m"))
    (tmp_path / "file").write_text("")
    with pytest.raises(MirrorRefused, match="is no folder"):
        mirrored(founded, tmp_path / "file")


def test_a_mirror_reached_by_a_link_is_replaced_where_it_is(founded: Small, tmp_path: Path) -> None:
    mirrored(founded, tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    mirrored(founded, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert "checkpoint" in content(tmp_path / "real")


def test_an_empty_ledger_has_nothing_to_publish(fresh: Small, tmp_path: Path) -> None:
    with pytest.raises(MirrorRefused, match="no entry yet"):
        mirrored(fresh, tmp_path / "m")
    assert not (tmp_path / "m").exists()


def forged(folder: Path, size: int, root: bytes, origin: str, key: SigningKey) -> None:
    checkpoint = Checkpoint(origin, size, root)
    (folder / "checkpoint").write_text(sign_checkpoint(checkpoint, key.sign_note, Vkey(origin, 1, key.public)), "utf-8")


@pytest.mark.parametrize("ahead", [0, 1, 1000])
def test_a_mirror_of_another_history_of_the_same_log_is_kept_as_evidence(founded: Small, tmp_path: Path, ahead: int) -> None:
    folder = mirrored(founded, tmp_path / "m")
    key = SigningKey.from_seed(bytes(32))  # the log's own key signed the other history
    forged(folder, founded.door.fold.head.size + ahead, b"\1" * 32, founded.home.origin, key)
    before = content(folder)
    with pytest.raises(MirrorForked, match="which this ledger never had"):
        mirrored(founded, folder)
    assert content(folder) == before


def test_a_mirror_of_another_log_is_left_alone(founded: Small, tmp_path: Path) -> None:
    folder = mirrored(founded, tmp_path / "m")
    key = SigningKey.from_seed(b"\1" * 32)
    forged(folder, 1, b"\1" * 32, "demo.example.org/log/other/1", key)
    with pytest.raises(MirrorRefused, match=r"is no mirror of demo\.example\.org/log/440307-001/1"):
        mirrored(founded, folder)


def test_a_folder_that_cannot_be_made_leaves_no_draft(founded: Small, tmp_path: Path) -> None:
    folder = mirrored(founded, tmp_path / "m")
    before = content(folder)
    shutil.rmtree(founded.home.path.parent.with_name("data-anchor"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        mirrored(founded, tmp_path / "file" / "m")
    assert content(folder) == before


# --- what is handed out


def test_a_roll_pack_holds_the_rows_of_its_snapshot_and_only_them(voting: Small, tmp_path: Path) -> None:
    export_roll(voting.door, "r", tmp_path / "pack")
    assert stat.S_IMODE((tmp_path / "pack").stat().st_mode) == 0o600
    pack = unpack((tmp_path / "pack").read_bytes())
    assert pack == {leaf: tuple(raws) for leaf, raws in roll_pack(voting.door, "r").items()}
    names = [Opening.parse(raw).name for raws in roll_pack(voting.door, "r").values() for raw in raws]
    assert sorted(names) == sorted(f"row/{voting.play.tag(f'1-{n:02}').hex()}" for n in range(1, 13))
    assert roll_pack(voting.door, "other") == {}


def test_a_pack_takes_the_place_of_an_earlier_one_whole(voting: Small, tmp_path: Path) -> None:
    export_openings(voting.door, tmp_path / "all")
    export_openings(voting.door, tmp_path / "all")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".draft-")]
    with pytest.raises(OSError, match="directory"):
        export_openings(voting.door, tmp_path / "data")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".draft-")]


def test_what_is_for_counters_is_shown_only_from_closing_on(voting: Small) -> None:
    counters = replace(act_of(voting.door.shelf.entries(0, 1)[0]).act, kind="result-certified/1", body={"poll": "p"})
    assert not readable(voting.door.fold.state, counters, MACHINE)
    voting.run(estate.close("2026-09-17 20:30", "p"))
    assert readable(voting.door.fold.state, counters, MACHINE) == {"count-key": CUSTODIAN}


def test_what_was_erased_is_handed_out_no_more(voting: Small) -> None:
    before = handed_out(voting.door)
    subject = f"row/{voting.play.tag('1-01').hex()}"
    voting.door.vault.keys._db.execute("DELETE FROM data_keys WHERE subject = ?", (subject,))
    after = handed_out(voting.door)
    gone = {raw for raws in before.values() for raw in raws} - {raw for raws in after.values() for raw in raws}
    assert [Opening.parse(raw).name for raw in gone] == [subject]
