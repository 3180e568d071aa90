"""Writes tests/vectors/composed.json: `python -m tests.keys.composed_vectors`. Statements as an author's program composes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from domain.acts import KINDS
from keys.authoring import compose, stream_of
from keys.identity import SigningKey
from tests.keys.authenticator import Authenticator

FILE: Final = Path(__file__).parents[1] / "vectors" / "composed.json"
ABOUT: Final = (
    "Statements with their openings and submissions, composed from the same parts by keys/authoring.py and web/static/js/author.js. "
    "Salts are 16 times the number of the opening, from 1; an opening without a value is a decoy. The key is the one of webauthn.json."
)
KEY: Final = Authenticator()
LEDGER: Final = "ledger.example.org/log/440307-001/1"
AT: Final = 1_756_173_600_000
TAG, LEAF, ROOT = bytes(range(16)), bytes(range(32)), bytes(range(32, 64))


def tagged(value: Any) -> Any:
    """A value as the vectors spell it (README.md)."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, bytes):
        return {"bin": value.hex()}
    if isinstance(value, Mapping):
        return {"map": [[name, tagged(inner)] for name, inner in sorted(value.items())]}
    return [tagged(inner) for inner in value]


def _parts() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]]:
    ballot = {"items": ("lift", "roof"), "poll": "2026-fee", "tag": TAG}
    choices = {"choices": {"lift": "agree", "roof": "abstain"}}
    yield "a sealed ballot", "ballot-sealed/1", ballot, choices, {"about": LEAF, "seen": (412, ROOT)}
    yield (
        "a sealed ballot that replaces one",
        "ballot-sealed/1",
        ballot,
        choices,
        {"about": LEAF, "prev": ROOT, "until": AT + 1},
    )
    cast_ = {"choices": {"lift": "against", "roof": "agree"}, "poll": "2026-fee", "tag": TAG}
    yield "an open ballot", "ballot-cast/1", cast_, {}, {"about": LEAF}
    yield "a confirmation", "confirmed/1", {"person": TAG}, {}, {"about": LEAF}
    yield "an opening left out", "poll-opened/1", {"despite": (LEAF,), "poll": "2026-fee"}, {}, {}
    noticed = {"ballots": "sealed", "channels": ("electronic", "paper"), "clause": None, "closes": AT + 2**32, "edition": {},
               "items": ({"id": "lift", "matter": "other-major", "scope": "all"},), "opens": AT, "poll": "p", "roll": "r",
               "silence": "none"}  # fmt: skip
    texts = {"question/lift": "是否更换电梯？", "title": "2026 年电梯更换 🛗"}
    yield "texts that a person types", "poll-noticed/1", noticed, texts, {}


def _case(name: str, kind: str, body: dict[str, Any], openings: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    drawn = iter(range(1, 100))
    made = compose(kind, body, cast("SigningKey", KEY), ledger=LEDGER, at=AT, openings=openings, **place,
                   salt=lambda size: bytes((next(drawn),)) * size)  # fmt: skip
    sealed = [{"name": one, **({"value": tagged(openings[one])} if one in openings else {})} for one in KINDS[kind].opens(body)]
    return {
        "case": name, "kind": kind, "body": tagged(body), "openings": sealed, "ledger": LEDGER,
        "stream": stream_of(kind, body, place.get("about")), "about": tagged(place.get("about")), "prev": tagged(place.get("prev")),
        "seen": tagged(place.get("seen")), "until": tagged(place.get("until")), "at": tagged(AT), "by": tagged(KEY.id),
        "statement_hex": made.statement.hex(), "openings_hex": [raw.hex() for raw in made.openings],
        "signature_hex": made.signature.hex(), "submission_hex": made.raw().hex(),
    }  # fmt: skip


def vectors() -> str:
    return json.dumps({"about": ABOUT, "cases": [_case(*parts) for parts in _parts()]}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(vectors(), encoding="utf-8")
