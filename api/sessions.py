"""Sessions: who proved a key may read what its roles give now; nothing but a signature ever acts (docs/spec/sessions.md).

A session remembers a key and no right: each request asks the ledger again, so that a revoked key or an ended post is felt at once.
Sessions live in the memory of this process, shortly, and few at a time; who keeps several processes sends a reader to the same one.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from threading import Lock
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.bodies import body
from api.books import Book
from api.negotiation import JSON
from api.problems import Faulty
from domain.authority import KeyRow
from domain.fields import HASH, MS, Bytes, Field, Misfit, Record
from domain.readers import Reader, reader_of
from domain.roll import heads_of_person
from keys.suites import ED25519, BadSignature, UnknownSuite, verify_session
from projections.ledgers import Opened, view
from tlog.codec import pack

CHALLENGE_MS: Final = 120_000  # how long a challenge may be answered
SESSION_MS: Final = 1_800_000
OF_A_KEY: Final = 5  # sessions at a time; a further one ends the oldest
MOST: Final = 10_000
MAX_BODY: Final = 8192
# Any key (RFC 8032, 7.1): it opens nothing, and who names an unknown key waits as long as who names a known one.
NOBODY: Final = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
DEFAULT_PORT: Final = ":80"  # which no browser spells
ASKED: Final[Mapping[str, Field]] = {"challenge": HASH, "expires": MS, "key": HASH, "signature": Bytes(1, 1024)}
CLOSED: Final[Mapping[str, str]] = {"cache-control": "no-store", "vary": "Authorization, Cookie"}

router = APIRouter(prefix="/api/v1/ledgers", tags=["sessions"])


@dataclass(frozen=True, slots=True)
class Session:
    """One key's session on one ledger; `expires` in Unix ms."""

    origin: str
    key: bytes
    expires: int


@dataclass(frozen=True, slots=True)
class ChallengeFace:
    """What is to be signed, with the host where the reader believes to be; bytes in hex, `expires` in Unix ms."""

    challenge: str
    expires: int
    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class PostFace:
    """A post held now; `matter` is null for any."""

    post: str
    matter: str | None


@dataclass(frozen=True, slots=True)
class ReaderFace:
    """Who reads: key, person, organisation, posts now, and the heads that the key stands for, as [snapshot, tag]."""

    key: str
    person: str
    org: str | None
    posts: list[PostFace]
    heads: list[tuple[str, str]]
    expires: int


@dataclass(frozen=True, slots=True)
class SessionFace:
    """A session as it is handed out; `token` goes into `Authorization: Bearer …` and is not shown again."""

    token: str
    expires: int
    reader: ReaderFace


class Sessions:
    """The sessions of one application. Challenges are not kept: they carry their own seal, and only those answered are remembered."""

    def __init__(self, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._clock, self._secret, self._turn = clock, secrets.token_bytes(32), Lock()
        self._live: dict[bytes, Session] = {}
        self._spent: dict[bytes, int] = {}

    def challenge(self, origin: str, host: str) -> tuple[bytes, int]:
        """A fresh challenge and when it runs out."""
        nonce, expires = secrets.token_bytes(16), self._clock() + CHALLENGE_MS
        return nonce + self._seal(origin, host, nonce, expires), expires

    def ours(self, origin: str, host: str, challenge: bytes, expires: int) -> bool:
        """Whether this process gave the challenge, for this ledger and host, and it has not run out."""
        held = hmac.compare_digest(challenge[16:], self._seal(origin, host, challenge[:16], expires))
        return held and self._clock() <= expires

    def open(self, origin: str, key: bytes, challenge: bytes, expires: int) -> tuple[str, Session] | None:
        """A session for an answered challenge; None when it was answered before."""
        now, token = self._clock(), secrets.token_bytes(32)
        with self._turn:
            self._spent = {one: until for one, until in self._spent.items() if until >= now}
            self._live = {one: held for one, held in self._live.items() if held.expires >= now}
            if challenge in self._spent:
                return None
            self._spent[challenge] = expires
            own = [one for one, held in self._live.items() if (held.origin, held.key) == (origin, key)]
            for one in (*own[: max(0, len(own) - OF_A_KEY + 1)], *([*self._live][:1] if len(self._live) >= MOST else ())):
                self._live.pop(one, None)
            session = Session(origin, key, now + SESSION_MS)
            self._live[sha256(token).digest()] = session
        return token.hex(), session

    def find(self, origin: str, token: str) -> Session | None:
        """The session of a token on this ledger, while it lasts."""
        session = self._live.get(_name(token))
        return session if session and session.origin == origin and self._clock() <= session.expires else None

    def close(self, token: str) -> None:
        """The session ends now."""
        with self._turn:
            self._live.pop(_name(token), None)

    def _seal(self, origin: str, host: str, nonce: bytes, expires: int) -> bytes:
        return hmac.digest(self._secret, pack((origin, host, nonce, expires)), "sha256")[:16]


def _name(token: str) -> bytes:
    """What a token is found by: the token itself is not kept."""
    try:
        return sha256(bytes.fromhex(token)).digest()
    except ValueError:
        return b""


# --- who reads --------------------------------------------------------------------------------------------------------------------


def bearer(request: Request) -> str:
    """The token that a program sends; never sent by a browser of itself, so no other site can make it act."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def cookie(opened: Opened) -> str:
    """The cookie's name: a session is one ledger's."""
    return f"liuchi-{opened.home.code}"


def session(request: Request, opened: Book) -> Session | None:
    """The session of this request, from its header or its cookie. A token in the header that is no session's is Faulty."""
    sessions: Sessions = request.app.state.sessions
    if token := bearer(request):
        found = sessions.find(opened.home.origin, token)
        if found is None:
            raise Faulty("session-needed")
        return found
    return sessions.find(opened.home.origin, request.cookies.get(cookie(opened), ""))


Asking = Annotated[Session | None, Depends(session)]


def reader(opened: Book, asking: Asking) -> Reader | None:
    """Who reads, with the posts held now; None is anybody, also somebody whose key was revoked since."""
    if asking is None:
        return None
    seen = view(opened)
    return reader_of(seen.state, asking.key, seen.now)


def known_reader(found: Annotated[Reader | None, Depends(reader)]) -> Reader:
    """Who reads; Faulty `session-needed` for anybody without a session."""
    if found is None:
        raise Faulty("session-needed")
    return found


AnyReader = Annotated[Reader | None, Depends(reader)]
KnownReader = Annotated[Reader, Depends(known_reader)]


# --- routes -----------------------------------------------------------------------------------------------------------------------


@router.post("/{code}/sessions/challenges", status_code=201, summary="A challenge to sign")
def challenge(request: Request, response: Response, opened: Book) -> ChallengeFace:
    """The same for everybody: nothing is asked and nothing told about keys."""
    response.headers.update(CLOSED)
    host = _host(request, opened.home.origin)
    drawn, expires = request.app.state.sessions.challenge(opened.home.origin, host)
    return ChallengeFace(drawn.hex(), expires, host, opened.home.origin)


@router.post("/{code}/sessions", status_code=201, response_model=SessionFace, summary="Open a session",
             openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": Record(ASKED).schema()}}}})  # fmt: skip
def open_session(request: Request, opened: Book, raw: Annotated[bytes, Depends(body(JSON, MAX_BODY))]) -> Response:
    """A token for `Authorization: Bearer`, and the same as a cookie that no script reads and no other site sends."""
    asked, sessions, origin = _asked(raw), request.app.state.sessions, opened.home.origin
    seen, host = view(opened), _host(request, origin)
    row: KeyRow | None = seen.state.get(("key", asked["key"]))
    suite, public = (row.suite, row.public) if row is not None else (ED25519, NOBODY)
    signed = _signed(origin, host, asked, suite, public)
    found = reader_of(seen.state, asked["key"], seen.now)
    fresh = sessions.ours(origin, host, asked["challenge"], asked["expires"])
    made = sessions.open(origin, asked["key"], asked["challenge"], asked["expires"]) if signed and fresh and found else None
    if made is None or found is None:
        raise Faulty("session-refused")
    token, held = made
    face = SessionFace(token, held.expires, reader_face(opened, found, held))
    answer = JSONResponse(asdict(face), 201, dict(CLOSED))
    answer.set_cookie(cookie(opened), token, max_age=SESSION_MS // 1000, path="/", httponly=True, samesite="strict",
                      secure=request.url.scheme == "https")  # fmt: skip
    return answer


@router.get("/{code}/sessions", summary="Who this session is")
def whoami(response: Response, opened: Book, asking: Asking, found: KnownReader) -> ReaderFace:
    """Key, person, organisation, posts and heads as they are now."""
    assert asking is not None
    response.headers.update(CLOSED)
    return reader_face(opened, found, asking)


@router.delete("/{code}/sessions", status_code=204, summary="End this session")
def close_session(request: Request, response: Response, opened: Book) -> None:
    """Nothing is left of it."""
    name = cookie(opened)
    request.app.state.sessions.close(bearer(request) or request.cookies.get(name, ""))
    response.delete_cookie(name, path="/", httponly=True, samesite="strict")


def reader_face(opened: Opened, found: Reader, held: Session) -> ReaderFace:
    """A reader as JSON spells it."""
    own = [(snapshot, tag.hex()) for snapshot, tag in heads_of_person(view(opened).state, found.person)]
    posts = [PostFace(post, matter) for post, matter in found.posts]
    return ReaderFace(found.key.hex(), found.person.hex(), found.org, posts, own, held.expires)


def _host(request: Request, origin: str) -> str:
    """The host where the reader believes to be, if it is one of ours; Faulty `host-unknown`.

    For any other a site in the middle would get a challenge that a reader signs for that site in good faith.
    """
    host, port = request.headers.get("host", "").lower(), (request.scope.get("server") or ("", None))[1]
    here = {f"{name}:{port}".removesuffix(DEFAULT_PORT) for name in LOOPBACK}
    if host not in {origin.partition("/")[0], *request.app.state.hosts, *here}:
        raise Faulty("host-unknown", host=host[:255])
    return host


def _asked(raw: bytes) -> dict[str, Any]:
    try:
        asked: dict[str, Any] = Record(ASKED).from_json(json.loads(raw))
    except (ValueError, RecursionError) as why:  # Misfit is a ValueError
        raise Faulty("request-malformed", why=why if isinstance(why, Misfit) else "no JSON") from why
    return asked


def _signed(origin: str, host: str, asked: Mapping[str, Any], suite: str, public: bytes) -> bool:
    try:
        verify_session(origin, host, asked["challenge"], asked["expires"], suite, public, asked["signature"])
    except (BadSignature, UnknownSuite):
        return False
    return True
