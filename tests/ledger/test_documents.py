"""Documents at rest: each encrypted under its own key, whole or not there, and known to nobody without the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.documents import WAITING_S, Documents
from ledger.store import StoreFailed
from ledger.vault import DataKeys, make_data_keys

RAW = "机密扫描件".encode() * 40


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Documents]:
    make_data_keys(tmp_path / "keys.sqlite")
    keys = DataKeys(tmp_path / "keys.sqlite")
    yield Documents("demo.example.org/log/x/1", tmp_path / "documents", keys)
    keys.close()


def test_a_document_is_kept_under_its_hash_and_lies_there_encrypted(kept: Documents) -> None:
    digest = kept.put(RAW)
    assert (digest, kept.get(digest), kept.get(bytes(32))) == (sha256(RAW).digest(), RAW, None)
    (path,) = kept.folder.iterdir()
    assert RAW[:30] not in path.read_bytes()
    assert digest.hex() not in path.name
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()
    assert kept.put(RAW) == digest
    assert path.read_bytes() == before


def test_before_the_first_document_there_is_nothing(kept: Documents) -> None:
    assert (kept.get(bytes(32)), kept.names(), kept.subjects(), kept.sweep(()).total()) == (None, {}, set(), 0)
    kept.destroy([bytes(32)])


def test_a_destroyed_document_is_gone_with_its_key_and_may_come_back(kept: Documents) -> None:
    digest, other = kept.put(RAW), kept.put(b"other")
    (old,) = (path.read_bytes() for path in kept.folder.iterdir() if path.name == kept.name(digest))
    kept.destroy([digest])
    kept.destroy([digest])
    assert (kept.get(digest), kept.get(other)) == (None, b"other")
    (kept.folder / kept.name(digest)).write_bytes(old)  # from a backup: its key is gone
    assert kept.get(digest) is None
    kept.put(RAW)
    assert kept.get(digest) == RAW


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-1], lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), lambda _: b""])
def test_a_file_that_was_changed_is_not_served(kept: Documents, spoil: Callable[[bytes], bytes]) -> None:
    digest = kept.put(RAW)
    path = kept.folder / kept.name(digest)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(StoreFailed, match="the file was changed"):
        kept.get(digest)


def test_a_document_does_not_pass_for_another(kept: Documents) -> None:
    one, two = kept.put(b"one"), kept.put(b"two")
    (kept.folder / kept.name(two)).write_bytes((kept.folder / kept.name(one)).read_bytes())
    with pytest.raises(StoreFailed):
        kept.get(two)


def test_the_sweep_takes_what_nobody_named_in_time(kept: Documents) -> None:
    named, waiting = kept.put(b"named"), kept.put(b"waiting")
    now = max(told.st_mtime for told in kept.names().values())
    assert kept.sweep([named], now + WAITING_S - 5).total() > len(b"waiting")
    assert kept.get(waiting) == b"waiting"
    assert kept.sweep([named], now + WAITING_S + 5).total() == 0
    assert (kept.get(named), kept.get(waiting)) == (b"named", None)
    assert kept.subjects() == {"documents", f"document/{kept.name(named)}"}


def test_a_folder_that_cannot_be_written_is_a_failed_store(kept: Documents) -> None:
    kept.folder.write_bytes(b"a file in its place")
    with pytest.raises(StoreFailed):
        kept.put(RAW)


def test_a_document_that_cannot_be_read_is_a_failed_store(kept: Documents) -> None:
    path = kept.folder / kept.name(kept.put(RAW))
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreFailed):
        kept.get(sha256(RAW).digest())
