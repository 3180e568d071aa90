"""Pages from templates and words: one environment for each language, every number and date in the reader's own spelling."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

import web
from api.negotiation import LANGUAGES, page_language
from domain.acts import KINDS
from domain.calendar import SHANGHAI

Words = Mapping[str, Mapping[str, str]]
NO_STORE: Final[Mapping[str, str]] = {"cache-control": "no-store"}  # what is one reader's, or of this moment only
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN_MS: Final = range(-62_135_596_800_000 + 86_400_000, 253_402_300_800_000 - 86_400_000)  # the years 1 to 9999


@dataclass(frozen=True, slots=True)
class Site:
    """The environments of the pages, by language."""

    environments: Mapping[str, Environment]


def read_words() -> Words:
    """The words of the pages: language → key → text."""
    words: Words = json.loads(web.WORDS.read_text("utf-8"))
    return words


def make_site(words: Words) -> Site:
    """The pages' environments."""
    return Site({lang: _environment(lang, words[lang]) for lang in LANGUAGES})


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """A page in the language of its address."""
    site: Site = request.app.state.site
    lang = page_language(request)
    text = site.environments[lang].get_template(template).render(path=request.url.path, **context)
    return HTMLResponse(
        text, status, {"cache-control": "no-cache", "content-language": {"zh": "zh-CN"}.get(lang, lang), **(headers or {})}
    )


def _environment(lang: str, words: Mapping[str, str]) -> Environment:
    made = Environment(loader=FileSystemLoader(web.TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, auto_reload=False)  # fmt: skip

    def t(key: str, **says: Any) -> str:
        return words[key].format(**says) if says else words[key]

    def word(prefix: str, name: str) -> str:
        """A word of a table, or the name itself where the table has none: ids that people chose."""
        return words.get(f"{prefix}.{name}", name)

    made.globals |= {
        "lang": lang, "t": t, "words": words.__getitem__,
        "words_of": lambda *tables: [(key, text) for key, text in words.items() if key.partition(".")[0] in tables],
        "word": word, "area": area, "number": number, "percent": percent, "link": _link(lang), "kind": _kind(lang),
        "day": lambda iso: _day(date.fromisoformat(iso), t), "when": lambda ms: _when(ms, t), "short": short, "tenths": tenths,
    }  # fmt: skip
    return made


def _kind(lang: str) -> Callable[[str], str]:
    return lambda name: KINDS[name].zh if lang == "zh" else KINDS[name].en


def _link(lang: str) -> Callable[[str], str]:
    """An address of ours in the page's own language."""
    return lambda path: path if lang == "zh" else f"{path}{'&' if '?' in path else '?'}lang={lang}"


def _day(one: date, t: Callable[..., str]) -> str:
    return t("day", year=one.year, month=t(f"month.{one.month}"), day=one.day)


def _when(ms: int, t: Callable[..., str]) -> str:
    """An instant in Asia/Shanghai to the minute; the bare number where no calendar reaches."""
    if ms not in SHOWN_MS:
        return str(ms)
    at = (EPOCH + timedelta(milliseconds=ms)).astimezone(SHANGHAI)
    return t("when", day=_day(at.date(), t), hour=f"{at.hour:02}", minute=f"{at.minute:02}")


def number(value: int) -> str:
    """An integer with thousands set apart."""
    return f"{value:,}"


def area(value: int) -> str:
    """An area of 0.01 m² in m²."""
    return f"{value // 100:,}.{value % 100:02}"


def percent(part: int, whole: int) -> str:
    """A share in hundredths of a percent, cut off and never rounded up to a threshold it does not reach."""
    if not whole:
        return "0.00"
    cut = part * 10_000 // whole
    return f"{cut // 100}.{cut % 100:02}"


def tenths(part: int, whole: int, width: int) -> str:
    """How far a bar of this width reaches for a share, in tenths of a unit: a length to draw, no figure to read."""
    reach = part * width * 10 // whole if whole else 0
    return f"{reach // 10}.{reach % 10}"


def short(digits: str) -> str:
    """The first twelve digits of a hash."""
    return digits[:12] + "…" if len(digits) > 14 else digits
