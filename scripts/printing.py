"""Sheets for a printer: one self-contained page of numbered forms, each with its stub to cut off."""

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


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form: its number, the units of its head and the building of the first, the code on its stub, and its items."""

    form: str
    building: str
    units: tuple[str, ...]
    code: str
    items: tuple[str, ...] | None = None  # those that the head decides; None: all


def forms_html(name: Mapping[str, str], base: str, notice: Mapping[str, Any], sheets: Sequence[Sheet]) -> str:
    """The sheets; `base` is the vote's address, `notice` has `ballots`, `closes` (ms), `items`, `texts`, and `warning` if
    silence counts for something.
    """
    made = Environment(
        loader=FileSystemLoader(web.TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    closes = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=notice["closes"])
    texts = notice["texts"]
    questions = [(number, item, texts.get(f"question/{item}", item)) for number, item in enumerate(notice["items"], 1)]
    forms = [(sheet, f"{base}/forms/{sheet.form}", _qr(f"{base}/forms/{sheet.form}#{sheet.code}")) for sheet in sheets]
    return made.get_template("paper-forms.html").render(
        name=name, title=texts.get("title", ""), questions=questions, forms=forms, base=base, code=_qr(base),
        sealed=notice["ballots"] == SEALED, warning=notice.get("warning"), closes=closes.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
    )  # fmt: skip


def _qr(url: str) -> str:
    return str(segno.make(url, error="m").svg_data_uri(scale=4, border=2))
