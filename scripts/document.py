"""`liuchi document`: deposit a document that an act names, or fetch one.

    liuchi document scan.pdf --ledger 440307-001                                # prints the reference that goes into the act's JSON
    liuchi document scan.pdf --ledger 440307-001 --url https://… --key clerk.key
    liuchi document --get 5f0c… --out scan.pdf --ledger 440307-001 [--url https://…] [--key bureau.key]

A reference is `[sha256, size, media type]`. A document that no act names within a day is removed again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.errors import Refused
from ledger.documents import MEDIA, MOST
from ledger.home import Home
from ledger.showing import document_shown
from scripts.act import reading
from scripts.desk import fetch_there, open_session, put_there, reach
from scripts.homes import home_at, look, open_door
from scripts.shell import (
    Blocked,
    Data,
    Denied,
    Json,
    Outside,
    Store,
    die,
    end_refused,
    open_key,
    public_key,
    read_bytes,
    require,
    require_new,
    say,
)

SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
ENDINGS: Final = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
                  ".csv": "text/csv", ".txt": "text/plain"}  # fmt: skip


def document_command(
    ledger: Annotated[str, typer.Option(metavar="CODE", help="the ledger's code, such as 440307-001")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="the document to deposit")] = None,
    media: Annotated[str | None, typer.Option(help="its media type, where the name's ending does not say it")] = None,
    get: Annotated[str | None, typer.Option(metavar="SHA256", help="fetch this document instead")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="with --get: where it goes")] = None,
    key: Annotated[Path | None, typer.Option(metavar="KEYFILE", help="whose rights are used; at a server always")] = None,
    url: Annotated[str | None, typer.Option(help="a server, in place of the ledger on this machine")] = None,
    store: Store = None,
    anchor: Outside = None,
    data: Data = Path("liuchi-data"),
    json_: Json = False,
) -> None:
    """Deposit a document and print its reference, or fetch one."""
    require((file is None) != (get is None), "FILE", "a document to deposit, or --get with a hash")
    require(url is None or key is not None, "--key", "the key file of the person who asks, because a server is asked")
    if key is not None:
        public_key(key)
    here = (ledger, key, url, lambda: home_at(data, ledger, store, anchor))
    try:
        done = _deposited(file, media, *here) if file is not None else _fetched(get or "", out, *here)
    except (Refused, Denied) as why:
        end_refused(why, json_=json_)
    say(done, json.dumps(done["reference"]) if file is not None else f"✓ {done['file']}", json_=json_)


def _deposited(
    file: Path, media: str | None, code: str, key: Path | None, url: str | None, home: Callable[[], Home]
) -> dict[str, Any]:
    raw, kind = document_in(file, media, "--media", "FILE")
    named = sha256(raw).hexdigest()
    if url is not None and key is not None:
        there = reach(url, code)
        put_there(there, named, raw, kind, open_session(there, open_key(key)))
    else:
        with open_door(look(home())) as door:
            door.documents.put(raw)
    return {"reference": [named, len(raw), kind]}


def document_in(file: Path, media: str | None, kind_option: str, file_option: str) -> tuple[bytes, str]:
    """A file's bytes and media type, if it can be deposited; else a usage error of the option that says so."""
    kind = media or ENDINGS.get(file.suffix.lower(), "")
    require(kind in MEDIA, kind_option, "one of " + ", ".join(MEDIA))
    raw = read_bytes(file)
    require(0 < len(raw) <= MOST, file_option, f"a document of 1 to {MOST} bytes, not {len(raw)}")
    return raw, kind


def _fetched(
    wanted: str, out: Path | None, code: str, key: Path | None, url: str | None, home: Callable[[], Home]
) -> dict[str, Any]:
    require(SHA256.fullmatch(wanted) is not None, "--get", "the document's SHA-256, 64 lower-case hex digits")
    require(out is not None, "--out", "a path where the document goes")
    assert out is not None
    require_new(out, "--out")
    if url is not None and key is not None:
        there = reach(url, code)
        raw = fetch_there(there, wanted, open_session(there, open_key(key)))
    else:
        raw = _here(wanted, key, home)
    if sha256(raw).hexdigest() != wanted:
        raise Blocked(f"what was answered does not hash to {wanted}")
    try:
        with out.open("xb") as target:
            target.write(raw)
    except OSError as why:
        raise Blocked(f"{out} cannot be written: {why}") from why
    return {"file": str(out), "size": len(raw)}


def _here(wanted: str, key: Path | None, home: Callable[[], Home]) -> bytes:
    place = home()
    signing = open_key(key) if key is not None else None
    with open_door(look(place)) as door:
        found = document_shown(door, bytes.fromhex(wanted), reading(door, signing))
    if found is None:
        die(1, f"✗ 没有这个文件，或者它不供您查阅 there is no document {wanted}, or it is not yours to read")
    return found[1]
