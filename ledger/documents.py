"""Documents at rest: each in a file of its own, under a data key of its own (design §5; docs/decisions, documents in files).

DATA/<code>/documents/<name>      name = HMAC-SHA256(name key, sha256) in hex: who has the file and not the keys cannot confirm a guess
    file = nonce 12 bytes, then AES-256-GCM of the bytes; AAD = msgpack [ledger, "document", sha256]

Public and restricted ones lie there alike: who may read one follows from the acts that name it. What no act names expires.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.documents import Document, documents_in, sealed_documents
from domain.erasures import erased, erased_of
from domain.lifecycle import Act, Read
from domain.state import act_of
from ledger.files import sync_folder
from ledger.store import StoreFailed
from ledger.vault import NONCE_BYTES, DataKeys
from tlog.codec import pack

if TYPE_CHECKING:
    from ledger.door import Ledger

MOST: Final = 16 * 2**20  # bytes of one document
WAITING_MOST: Final = 256 * 2**20  # bytes that no act names yet
OF_A_PERSON: Final = 32 * 2**20  # of these, those that one person deposited
WAITING_S: Final = 86_400  # how long an upload waits for an act that names it
MEDIA: Final = ("application/pdf", "image/jpeg", "image/png", "image/webp", "text/csv", "text/plain")
NAME_KEY: Final = "documents"
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """The sizes of uploads that wait for an act that names them, and who deposited them."""

    sizes: Mapping[str, int]
    by: Mapping[str, bytes]

    def total(self, person: bytes | None = None) -> int:
        """The bytes that wait, all or this person's."""
        return sum(size for name, size in self.sizes.items() if person is None or self.by.get(name) == person)


class Documents:
    """The documents of one ledger. Raises StoreFailed."""

    def __init__(self, ledger: str, folder: Path, keys: DataKeys) -> None:
        self.ledger, self.folder, self.keys = ledger, folder, keys
        self._by: dict[str, bytes] = {}  # who deposited what still waits, as far as this process took it

    def put(self, raw: bytes, by: bytes = b"") -> bytes:
        """Keep a document that this person deposits; its hash. What is there already stays, and waits anew for an act that names it."""
        digest = sha256(raw).digest()
        name = self.name(digest)
        self._keep(name, digest, raw)
        if by:
            self._by[name] = by
        return digest

    def _keep(self, name: str, digest: bytes, raw: bytes) -> None:
        if self.get(digest) is not None:
            with _written(self.folder):
                os.utime(self.folder / name)
            return
        key = self.keys.ensure((_subject(name),))[_subject(name)]  # durable before anything is encrypted under it
        nonce = secrets.token_bytes(NONCE_BYTES)
        with _written(self.folder):
            self.folder.mkdir(exist_ok=True)
            self._place(name, nonce + AESGCM(key).encrypt(nonce, raw, self._aad(digest)))

    def get(self, digest: bytes) -> bytes | None:
        """A document's bytes; None when it is not there or was erased."""
        name = self.name(digest, make=False)
        key = self.keys.find(_subject(name)) if name else None
        try:
            sealed = (self.folder / name).read_bytes() if key else b""
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._aad(digest)) if key else None
        except FileNotFoundError:
            return None
        except (InvalidTag, ValueError) as why:
            raise StoreFailed(f"documents/{name}: the file was changed") from why
        except OSError as why:
            raise StoreFailed(f"documents/{name}: {why}") from why

    def name(self, digest: bytes, *, make: bool = True) -> str:
        """The name of a document's file; empty before the first document, unless it is to be made."""
        key = self.keys.ensure((NAME_KEY,))[NAME_KEY] if make else self.keys.find(NAME_KEY)
        return hmac.digest(key, digest, "sha256").hex() if key else ""

    def destroy(self, digests: Iterable[bytes]) -> None:
        """File and key go for good; done again it does no harm."""
        self._destroy([name for digest in digests if (name := self.name(digest, make=False))])

    def names(self) -> dict[str, os.stat_result]:
        """The files that are there; a draft that a crash left is none."""
        with _written(self.folder):
            found = ((path.name, path) for path in self.folder.glob("*") if len(path.name) == 64)
            return {name: path.stat() for name, path in found if path.exists()}

    def subjects(self) -> set[str]:
        """Whose data keys the documents lie under."""
        names = self.names()
        return {NAME_KEY, *map(_subject, names)} if names else set()

    def sweep(self, named: Collection[bytes], now: float | None = None, *, known: bool = True) -> Waiting:
        """Destroy uploads that no act named in time; what still waits. A file without its key is let lie.

        Where it is not known what all acts name, nothing goes, and all counts as waiting that is not known to be named.
        """
        held, limit = self.keys.subjects(), (time.time() if now is None else now) - WAITING_S
        kept = {self.name(digest, make=False) for digest in named}
        waiting = {name: told for name, told in self.names().items() if _subject(name) in held and name not in kept}
        late = [name for name, told in waiting.items() if told.st_mtime < limit] if known and NAME_KEY in held else []
        self._destroy(late)
        sizes = {name: told.st_size for name, told in waiting.items() if name not in late}
        for name in kept:
            self._by.pop(name, None)
        return Waiting(sizes, dict(self._by))

    def _destroy(self, names: list[str]) -> None:
        if not names:
            return
        with _written(self.folder):
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
            sync_folder(self.folder)
        self.keys.destroy(map(_subject, names))
        for name in names:
            self._by.pop(name, None)

    def _place(self, name: str, sealed: bytes) -> None:
        handle, draft = tempfile.mkstemp(prefix=".draft-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self.folder / name)
            sync_folder(self.folder)
        finally:
            Path(draft).unlink(missing_ok=True)

    def _aad(self, digest: bytes) -> bytes:
        return pack((self.ledger, "document", digest))


def _subject(name: str) -> str:
    return f"document/{name}"


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as why:
        raise StoreFailed(f"{folder.name}: {why}") from why


# --- which acts name them ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """Where a document is named: the act, its place, and the opening's name, None where it stands in the body."""

    index: int
    act: Act
    name: str | None
    document: Document


class Referrers:
    """The acts of one ledger that name documents, read from the log as it grows; disposable.

    What an entry's openings name is remembered once all of them could be opened, until one of them is erased.
    """

    def __init__(self) -> None:
        self._turn, self._seen = Lock(), 0
        self._public: dict[bytes, list[Named]] = {}
        self._sealed: list[tuple[int, Act, tuple[str, ...]]] = []
        self._remembered: dict[bytes, tuple[Named, ...]] = {}

    def publicly(self, door: Ledger, digest: bytes) -> list[Named]:
        """The bodies that name a document."""
        self._read(door)
        return list(self._public.get(digest, ()))

    def sealed(self, door: Ledger, digest: bytes) -> list[Named]:
        """The openings that name a document, as far as they can be opened."""
        self._read(door)
        return [one for found, _ in self._opened(door) for one in found if one.document.sha256 == digest]

    def named(self, door: Ledger) -> tuple[set[bytes], bool]:
        """Every document that is known to be named, and whether that is all: nobody can say what lost openings name."""
        self._read(door)
        opened = list(self._opened(door))
        sealed = {one.document.sha256 for found, _ in opened for one in found}
        return {*self._public, *sealed}, all(whole for _, whole in opened)

    def forget(self, leaves: Iterable[bytes]) -> None:
        """What the openings of these entries name is read anew: some of them were erased."""
        for leaf in leaves:
            self._remembered.pop(leaf, None)

    def _opened(self, door: Ledger) -> Iterator[tuple[tuple[Named, ...], bool]]:
        """What the openings of each entry name that may hold documents, and whether none of its openings is lost."""
        state = door.fold.state
        for index, act, names in tuple(self._sealed):
            known = self._remembered.get(act.leaf)
            found, whole = (known, True) if known is not None else self._look(door, index, act, names)
            yield _still(state, found), whole

    def _look(self, door: Ledger, index: int, act: Act, names: tuple[str, ...]) -> tuple[tuple[Named, ...], bool]:
        """Remembered first and looked at then, as openings are (ledger/door.py)."""
        found = tuple(Named(index, act, name, document)
                      for name in names for document in documents_in(door.opening(act.leaf, name)))  # fmt: skip
        whole = len(door.openings_of(index)) + len(erased_of(door.fold.state, act)) >= len(act.sealed)
        if whole:
            self._remembered[act.leaf] = found
            if _still(door.fold.state, found) != found:
                self._remembered.pop(act.leaf, None)
        return found, whole

    def _read(self, door: Ledger) -> None:
        with self._turn:
            while entries := door.shelf.entries(self._seen, CHUNK):
                for index, entry in enumerate(entries, self._seen):
                    self._note(index, act_of(entry).act)
                self._seen += len(entries)

    def _note(self, index: int, act: Act) -> None:
        for document in documents_in(act.body):
            self._public.setdefault(document.sha256, []).append(Named(index, act, None, document))
        if names := sealed_documents(act):
            self._sealed.append((index, act, names))


def _still(read: Read, found: tuple[Named, ...]) -> tuple[Named, ...]:
    """Those that stand in openings which were not erased since."""
    return tuple(one for one in found if one.name is None or not erased(read, one.act.leaf, one.name))
