"""Sheets for a printer: self-contained pages of numbered forms, each with its stub to cut off, and of letters to owners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import web
from domain.calendar import SHANGHAI
from domain.polls import SEALED
from ledger.letters import Letter, spelled


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form: its number, the units of its head and the building of the first, the code on its stub, and its items."""

    form: str
    building: str
    units: tuple[str, ...]
    code: str
    items: tuple[str, ...] | None = None  # those that the head decides; None: all


def letters_html(name: Mapping[str, str], base: str, ring: str, written: Sequence[tuple[Letter, str]]) -> str:
    """The letters by which owners enrol, a page each; `base` is the page where they do, `ring` whom to ring."""
    letters = [(one, spelled(code), base, _qr(f"{base}#{one.number}")) for one, code in written]
    until = _minute(written[0][0].expires)
    return _environment().get_template("letters.html").render(name=name, letters=letters, ring=ring, until=until)


def forms_html(name: Mapping[str, str], base: str, notice: Mapping[str, Any], sheets: Sequence[Sheet]) -> str:
    """The sheets; `base` is the vote's address, `notice` has `ballots`, `closes` (ms), `items`, `texts`, and `warning` if
    silence counts for something.
    """
    texts = notice["texts"]
    questions = [(number, item, texts.get(f"question/{item}", item)) for number, item in enumerate(notice["items"], 1)]
    forms = [(sheet, f"{base}/forms/{sheet.form}", _qr(f"{base}/forms/{sheet.form}#{sheet.code}")) for sheet in sheets]
    return _environment().get_template("paper-forms.html").render(
        name=name, title=texts.get("title", ""), questions=questions, forms=forms, base=base, code=_qr(base),
        sealed=notice["ballots"] == SEALED, warning=notice.get("warning"), closes=_minute(notice["closes"]),
    )  # fmt: skip


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(web.TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _minute(ms: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _qr(url: str) -> str:
    return str(segno.make(url, error="m").svg_data_uri(scale=4, border=2))
