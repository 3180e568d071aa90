"""Where a mirror is read from: a folder, a zip of one, or a URL; every file is only bytes until it is checked."""

from __future__ import annotations

import errno
import stat
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException
from lzma import LZMAError
from pathlib import Path
from typing import Protocol

MAX_FILE = 16 * 1024 * 1024 + 512  # the largest bundle: 256 entries of 65,535 bytes
TIMEOUT = 30
MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
# What the standard zipfile raises for a damaged archive, an encrypted one, or a compression that it lacks (both RuntimeError).
BROKEN_ZIP = (OSError, zipfile.BadZipFile, zlib.error, LZMAError, ValueError, RuntimeError, EOFError)


class Unreachable(Exception):
    """The source cannot be read at all; the message says what and why."""


class Source(Protocol):
    """A mirror's files by their path."""

    name: str

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None when there is none. Raises Unreachable."""

    def names(self, folder: str) -> Iterable[str] | None:
        """The names in a folder, or None when the source cannot list."""


class Folder:
    """A mirror in a folder."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)

    def read(self, path: str) -> bytes | None:
        place = self.path / path
        try:
            return place.read_bytes() if stat.S_ISREG(place.stat().st_mode) else None  # a pipe would be waited for
        except OSError as why:
            if why.errno in MISSING:
                return None
            raise _unreachable(place, why) from why

    def names(self, folder: str) -> Iterable[str]:
        place = self.path / folder
        try:
            return [one.name for one in place.iterdir()]
        except OSError as why:
            if why.errno in MISSING:
                return []
            raise _unreachable(place, why) from why


class Bundle:
    """A mirror in a zip file."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN_ZIP as why:
            raise Unreachable(f"{path}: not a readable zip file ({why})") from why

    def read(self, path: str) -> bytes | None:
        try:
            info = self._zip.getinfo(path)
            if info.file_size > MAX_FILE:
                raise Unreachable(f"{self.name}: {path} is larger than any file of a mirror")
            return self._zip.read(info)
        except KeyError:
            return None
        except BROKEN_ZIP as why:
            raise Unreachable(f"{self.name}: {path} cannot be read ({why})") from why

    def names(self, folder: str) -> Iterable[str]:
        return [name[len(folder) + 1 :] for name in self._zip.namelist() if name.startswith(f"{folder}/") and name[-1] != "/"]


class Web:
    """A mirror served over HTTP, under the log's own path."""

    def __init__(self, url: str) -> None:
        self.name = url.rstrip("/")

    def read(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{self.name}/{path}", timeout=TIMEOUT) as answer:  # noqa: S310  # http(s) only: see source()
                body: bytes = answer.read(MAX_FILE + 1)
                promised = int(answer.headers.get("Content-Length", len(body)))
        except urllib.error.HTTPError as why:
            why.close()
            if why.code in (404, 410):
                return None
            raise Unreachable(f"{self.name}/{path}: the server answered {why.code}") from why
        except (OSError, ValueError, HTTPException) as why:
            raise Unreachable(f"{self.name}/{path}: {why}") from why
        if len(body) > MAX_FILE:
            raise Unreachable(f"{self.name}/{path} is larger than any file of a mirror")
        if len(body) < promised:  # http.client does not say so; a broken connection must not look like a broken log
            raise Unreachable(f"{self.name}/{path}: the answer broke off after {len(body)} of {promised} bytes")
        return body

    def names(self, folder: str) -> None:  # noqa: ARG002  # static files have no listing
        return None


def source(where: str) -> Source:
    """The source that a word of the command line names. Raises Unreachable."""
    if where.startswith(("http://", "https://")):
        return Web(where)
    path = Path(where)
    with suppress(OSError, ValueError):  # a name that no file can have
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return Folder(path)
        if stat.S_ISREG(mode):
            return Bundle(path)
    raise Unreachable(f"{where}: no such folder, zip file or http(s) address")


def _unreachable(place: Path, why: OSError) -> Unreachable:
    return Unreachable(f"{place}: {why.strerror}")
