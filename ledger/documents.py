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
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.documents import Document, documents_in, sealed_documents
from domain.erasures import erased_of
from domain.lifecycle import Act
from domain.state import act_of
from ledger.files import sync_folder
from ledger.store import StoreFailed
from ledger.vault import NONCE_BYTES, DataKeys
from tlog.codec import pack

if TYPE_CHECKING:
    from ledger.door import Ledger

MOST: Final = 16 * 2**20  # bytes of one document
WAITING_MOST: Final = 256 * 2**20  # bytes that no act names yet
WAITING_S: Final = 86_400  # how long an upload waits for an act that names it
MEDIA: Final = ("application/pdf", "image/jpeg", "image/png", "image/webp", "text/csv", "text/plain")
NAME_KEY: Final = "documents"
CHUNK: Final = 500


class Documents:
    """The documents of one ledger. Raises StoreFailed."""

    def __init__(self, ledger: str, folder: Path, keys: DataKeys) -> None:
        self.ledger, self.folder, self.keys = ledger, folder, keys

    def put(self, raw: bytes) -> bytes:
        """Keep a document; its hash. What is there already stays, and waits anew for an act that names it."""
        digest = sha256(raw).digest()
        name = self.name(digest)
        if self.get(digest) is not None:
            with _written(self.folder):
                os.utime(self.folder / name)
            return digest
        key = self.keys.ensure((_subject(name),))[_subject(name)]  # durable before anything is encrypted under it
        nonce = secrets.token_bytes(NONCE_BYTES)
        with _written(self.folder):
            self.folder.mkdir(exist_ok=True)
            self._place(name, nonce + AESGCM(key).encrypt(nonce, raw, self._aad(digest)))
        return digest

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

    def sweep(self, named: Collection[bytes], now: float | None = None) -> int:
        """Destroy uploads that no act named in time; the bytes of those that still wait. A file without its key is let lie."""
        held, limit = self.keys.subjects(), (time.time() if now is None else now) - WAITING_S
        kept = {self.name(digest, make=False) for digest in named}
        waiting = {name: told for name, told in self.names().items() if _subject(name) in held and name not in kept}
        late = [name for name, told in waiting.items() if told.st_mtime < limit] if NAME_KEY in held else []
        self._destroy(late)
        return sum(told.st_size for name, told in waiting.items() if name not in late)

    def _destroy(self, names: list[str]) -> None:
        if not names:
            return
        with _written(self.folder):
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
            sync_folder(self.folder)
        self.keys.destroy(map(_subject, names))

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

    What is sealed is opened anew each time, so that nothing erased is remembered.
    """

    def __init__(self) -> None:
        self._turn, self._seen = Lock(), 0
        self._public: dict[bytes, list[Named]] = {}
        self._sealed: list[tuple[int, Act, str]] = []

    def publicly(self, door: Ledger, digest: bytes) -> list[Named]:
        """The bodies that name a document."""
        self._read(door)
        return list(self._public.get(digest, ()))

    def sealed(self, door: Ledger, digest: bytes) -> list[Named]:
        """The openings that name a document, as far as they can be opened."""
        self._read(door)
        return [one for one in self._opened(door) if one.document.sha256 == digest]

    def named(self, door: Ledger) -> set[bytes] | None:
        """Every document that is named; None where openings are lost, so that nobody can say what they name."""
        self._read(door)
        for index, act, _ in self._sealed:
            if len(door.openings_of(index)) + len(erased_of(door.fold.state, act)) < len(act.sealed):
                return None
        return {*self._public, *(one.document.sha256 for one in self._opened(door))}

    def _opened(self, door: Ledger) -> Iterator[Named]:
        for index, act, name in tuple(self._sealed):
            for document in documents_in(door.opening(act.leaf, name)):
                yield Named(index, act, name, document)

    def _read(self, door: Ledger) -> None:
        with self._turn:
            while entries := door.shelf.entries(self._seen, CHUNK):
                for index, entry in enumerate(entries, self._seen):
                    self._note(index, act_of(entry).act)
                self._seen += len(entries)

    def _note(self, index: int, act: Act) -> None:
        for document in documents_in(act.body):
            self._public.setdefault(document.sha256, []).append(Named(index, act, None, document))
        self._sealed += [(index, act, name) for name in sealed_documents(act)]
