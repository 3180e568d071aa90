"""Where acts are handed in: the door of a ledger on this machine, or a server that answers at a URL."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from domain.acts import row_key_id
from domain.errors import REFUSALS, Refused
from domain.founding import key_rows
from domain.state import act_of
from keys.identity import SigningKey
from keys.suites import check_note
from ledger.door import Ledger
from ledger.home import CODE, ORIGIN
from ledger.submission import MAX_SUBMISSION
from scripts.homes import is_demo
from scripts.shell import Blocked, Denied, Problem, require
from tlog.checkpoint import open_checkpoint
from tlog.errors import Unsound
from tlog.merkle import TILE_WIDTH, leaf_hash
from tlog.note import Vkey
from tlog.spelling import unbase64
from tlog.tile import Level, bundle_reader, tile_path

TIMEOUT: Final = 30
MAX_ANSWER: Final = 16 * MAX_SUBMISSION + 512  # the largest bundle: 256 entries of 65,535 bytes
Receipt = dict[str, Any]  # docs/spec/mirror.md, Receipt
Seen = tuple[int, bytes]


class Desk(Protocol):
    """What somebody who signs needs to know of a ledger, and where the act goes."""

    @property
    def origin(self) -> str: ...

    def now(self) -> int:
        """The time to sign with, Unix ms."""

    def seen(self) -> Seen | None:
        """Size and root of the newest tree that was checked here; None before the first entry."""

    def leaf_at(self, index: int) -> bytes | None:
        """The leaf hash of an entry, or None when there is none."""

    def newest(self, stream: str) -> bytes | None:
        """The leaf of a stream's last entry."""

    def person_of(self, key: bytes) -> bytes | None:
        """The person whose key this is on this ledger."""

    def submit(self, raw: bytes) -> Receipt:
        """Hand in one submission. Raises Refused or Denied, Blocked."""


@dataclass(frozen=True, slots=True)
class Here:
    """The door of a ledger on this machine."""

    door: Ledger

    @property
    def origin(self) -> str:
        return self.door.origin

    def now(self) -> int:
        return self.door.clock()

    def seen(self) -> Seen | None:
        size, root, _ = self.door.checkpoint()
        return (size, root) if size else None

    def leaf_at(self, index: int) -> bytes | None:
        entries = self.door.shelf.entries(index, 1) if index < self.door.fold.head.size else []
        return leaf_hash(entries[0]) if entries else None

    def newest(self, stream: str) -> bytes | None:
        last = self.door.fold.state.get(("stream", stream))
        return last.leaf if last else None

    def person_of(self, key: bytes) -> bytes | None:
        row = self.door.fold.state.get(("key", key))
        return row.person if row else None

    def submit(self, raw: bytes) -> Receipt:
        got = self.door.submit(raw)
        return {"index": got.index, "leaf": got.leaf.hex(), "entry": b64encode(got.entry).decode(), "proof": got.proof,
                "status": "recorded"}  # fmt: skip


# --- a server -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class There:
    """A server's ledger as read entry by entry, each checked against the checkpoint that the log signed."""

    api: str
    origin: str
    tree: Seen | None
    last: int
    leaves: tuple[bytes, ...] = ()
    streams: Mapping[str, bytes] = field(default_factory=dict)
    persons: Mapping[bytes, bytes] = field(default_factory=dict)

    def now(self) -> int:
        # A demo's clock runs on from its last entry; nobody elsewhere knows how far.
        return self.last if is_demo(self.origin) else time.time_ns() // 1_000_000

    def seen(self) -> Seen | None:
        return self.tree

    def leaf_at(self, index: int) -> bytes | None:
        return self.leaves[index] if 0 <= index < len(self.leaves) else None

    def newest(self, stream: str) -> bytes | None:
        return self.streams.get(stream)

    def person_of(self, key: bytes) -> bytes | None:
        return self.persons.get(key)

    def submit(self, raw: bytes) -> Receipt:
        answer = _json(f"{self.api}/statements", _ask(f"{self.api}/statements", raw))
        if not {"index", "leaf", "entry", "proof", "status"} <= answer.keys():
            raise Blocked(f"{self.api}/statements answered, but not with a receipt")
        return answer


def reach(url: str, code: str) -> There:
    """Read a server's ledger from its tiles. Raises Blocked when it cannot be reached or its tree does not hold."""
    require(url.startswith(("http://", "https://")), "--url", "an address that begins with http:// or https://")
    require(CODE.fullmatch(code) is not None, "--ledger", f"a ledger's code such as 440307-001, not {code}")
    base = url.rstrip("/")
    api = f"{base}/api/v1/ledgers/{code}"
    about = _json(api, _ask(api))
    try:
        origin, vkey = about["origin"], Vkey.parse(about["vkey"])
        if not ORIGIN.fullmatch(origin) or vkey.name != origin:
            raise ValueError(f"key and origin differ: {origin}")
        return _read_log(api, f"{base}/{origin.split('/', 1)[1]}", vkey)
    except (Unsound, ValueError, TypeError, KeyError, AttributeError) as why:
        raise Blocked(f"{api}: the ledger there does not hold: {why}") from why


def _read_log(api: str, log: str, vkey: Vkey) -> There:
    raw = _ask(f"{log}/checkpoint", missing=True)
    if raw is None:
        return There(api, vkey.name, None, 0)
    head, _ = open_checkpoint(raw, (vkey,), check_note)

    def fetch(level: Level, number: int, width: int) -> bytes:
        return _ask(f"{log}/{tile_path(level, number, width)}") or b""

    read = bundle_reader(fetch, head.size, head.root)
    leaves, streams, persons, last = list[bytes](), dict[str, bytes](), dict[bytes, bytes](), 0
    for number in range(-(-head.size // TILE_WIDTH)):
        for entry in read(number):
            recorded = act_of(entry)
            act, last = recorded.act, recorded.recorded_at
            leaves.append(act.leaf)
            streams[act.stream] = act.leaf
            persons |= {row_key_id(row): row["person"] for row in key_rows(act)}
    return There(api, vkey.name, (head.size, head.root), last, tuple(leaves), streams, persons)


def open_session(there: There, key: SigningKey) -> dict[str, str]:
    """The header by which this key's session reads at a server. Raises Denied, Blocked."""
    api, host = f"{there.api}/sessions", urlsplit(there.api).netloc.rpartition("@")[2].lower()
    asked = _json(f"{api}/challenges", _ask(f"{api}/challenges", b""))
    try:
        drawn, expires = bytes.fromhex(asked["challenge"]), int(asked["expires"])
    except (KeyError, TypeError, ValueError) as why:
        raise Blocked(f"{api}/challenges answered, but not with a challenge") from why
    signed = key.session(there.origin, host, drawn, expires)  # the host is where we are, not what we are told
    said = {"challenge": drawn.hex(), "expires": expires, "key": key.id.hex(), "signature": signed.hex()}
    opened = _json(api, _ask(api, json.dumps(said).encode(), more={"Content-Type": "application/json"}))
    return {"Authorization": f"Bearer {opened.get('token')}"}


def sealed_there(there: There, index: int, session: Mapping[str, str]) -> tuple[bytes, list[dict[str, Any]]]:
    """An entry's bytes, checked against the tree, and what the server opens of it to this session. Raises Denied, Blocked."""
    path = f"{there.api}/entries/{index}"
    try:
        entry = unbase64(str(_json(path, _ask(path)).get("entry")), "entry")
        opened = json.loads(_ask(f"{path}/openings", more=session) or b"")
    except (Unsound, ValueError) as why:
        raise Blocked(f"{path} answered, but not with an entry and its openings: {why}") from why
    if leaf_hash(entry) != there.leaf_at(index) or not isinstance(opened, list):
        raise Blocked(f"{path} is not the entry in the tree that the log signed")
    return entry, opened


def put_there(there: There, named: str, raw: bytes, media: str, session: Mapping[str, str]) -> None:
    """Deposit a document at a server. Raises Denied, Blocked."""
    _ask(f"{there.api}/documents/{named}", raw, method="PUT", more={**session, "Content-Type": media})


def fetch_there(there: There, named: str, session: Mapping[str, str]) -> bytes:
    """A document's bytes as a server has them. Raises Denied, Blocked."""
    return _ask(f"{there.api}/documents/{named}", more=session) or b""


def _ask(url: str, body: bytes | None = None, *, missing: bool = False,
         method: str | None = None, more: Mapping[str, str] | None = None) -> bytes | None:  # fmt: skip
    """A server's answer; None where nothing is and that may be. Raises Denied for a refusal, Blocked for anything else."""
    headers = {
        "Accept": "application/json, */*",
        "Accept-Language": "zh, en;q=0.5",
        "Content-Type": "application/msgpack",
        **(more or {}),
    }
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310  # http(s) only: see reach
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            found: bytes = answer.read(MAX_ANSWER)
            return found
    except urllib.error.HTTPError as why:
        if missing and why.code in (404, 503):
            return None
        raise _denied(url, why.code, _rest(why)) from why
    except (OSError, ValueError, HTTPException) as why:
        raise Blocked(f"{url} cannot be reached: {why}") from why


def _rest(answer: urllib.error.HTTPError) -> bytes:
    try:
        return answer.read(MAX_ANSWER)
    except (OSError, HTTPException):
        return b""


def _denied(url: str, status: int, raw: bytes) -> Denied | Blocked:
    """The refusal in a server's problem+json; in our own words too where our table needs no detail for them."""
    try:
        problem = json.loads(raw)
        code, rule, zh, remedy = (str(problem[name]) for name in ("code", "rule", "detail", "remedy"))
    except (ValueError, KeyError, TypeError):
        return Blocked(f"{url} answered {status}")
    own = Problem.of(Refused(code)) if code in REFUSALS and "{" not in "".join(REFUSALS[code].sentence) else None
    english = ({"en": own.detail["en"]}, {"en": own.remedy["en"]}) if own else ({}, {})
    return Denied(Problem(code, rule, status, {"zh": zh} | english[0], {"zh": remedy} | english[1]))


def _json(url: str, raw: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(raw or b"")
    except ValueError as why:
        raise Blocked(f"{url} did not answer in JSON") from why
    if not isinstance(found, dict):
        raise Blocked(f"{url} did not answer with a JSON map")
    return found
