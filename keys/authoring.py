"""Making a statement: body and openings become a signed submission; what an author's own program does, never the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from domain.acts import KINDS
from domain.calendar import DAY_MS
from domain.lifecycle import Act
from keys.identity import SigningKey
from tlog.entry import Statement, Submission
from tlog.opening import Opening, decoy, seal

SALT_BYTES = 16
Salt = Callable[[int], bytes]


def compose(kind: str, body: Mapping[str, Any], key: SigningKey, *, ledger: str, at: int, prev: bytes | None = None,
            about: bytes | None = None, seen: tuple[int, bytes] | None = None, until: int | None = None,
            openings: Mapping[str, Any] | None = None, salt: Salt = secrets.token_bytes) -> Submission:  # fmt: skip
    """The submission of one act by one key; times in Unix ms, `until` a day after `at` unless given.

    Names that the kind allows and `openings` does not give become decoys, so that their absence does not show.
    Raises KeyError for an unknown kind.
    """
    stream = stream_of(kind, body, about)
    raw = _openings(kind, body, openings or {}, salt)
    sealed, opened = seal(raw, ledger, stream, prev)
    until = at + DAY_MS if until is None else until
    statement = Statement(about, at, dict(body), key.id, kind, ledger, prev, tuple(sealed), seen, stream, until).raw()
    return Submission(tuple(opened), key.sign_statement(statement), statement, key.suite)


def stream_of(kind: str, body: Mapping[str, Any], about: bytes | None = None) -> str:
    """The stream that follows from a kind and its body."""
    blank = Act(b"", kind, "", "", None, about, b"", 0, 0, None, (), body)
    return KINDS[kind].stream(blank)


def _openings(kind: str, body: Mapping[str, Any], values: Mapping[str, Any], salt: Salt) -> list[bytes]:
    names = KINDS[kind].opens(body)
    if strangers := values.keys() - names.keys():
        raise KeyError(f"{kind} seals no {', '.join(sorted(strangers))}")
    return [
        Opening(salt(SALT_BYTES), name, values[name]).raw() if name in values else decoy(salt(SALT_BYTES)) for name in names
    ]
