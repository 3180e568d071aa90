"""The golden vectors, read."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "vectors"


def load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return data


def each(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    """One test a case, named after it."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.get("case") or case["name"]) for case in cases])


def value(tagged: Any) -> Any:
    """The value that a vector shows: {"int": "5"}, {"bin": "00ff"}, {"map": [[key, value], ...]}."""
    match tagged:
        case {"int": digits}:
            return int(digits)
        case {"bin": digits}:
            return bytes.fromhex(digits)
        case {"map": pairs}:
            return {key: value(inner) for key, inner in pairs}
        case list():
            return tuple(map(value, tagged))
    return tagged


def unhex(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, texts))


def un64(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(map(b64decode, texts))
