"""The pages about elections, the committee and what is due in a real browser: each fits, none breaks, none goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from tests.api.assembled import PAGES, assembled
from tests.api.conftest import CODE
from tests.machine import serving
from tests.served import opened
from tests.web.test_pages import Served, page_at


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data: Path = tmp_path_factory.mktemp("assembled") / "data"
    application = create_app({CODE: opened(assembled().door, data)})
    with serving(application) as url:
        yield Served(data, url)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [360, 390, 700, 1280])
def test_each_page_fits_and_nothing_breaks(chromium: Any, served: Served, width: int, lang: str) -> None:
    with page_at(chromium, served, {"width": width, "height": 900}) as page:
        for path in PAGES:
            assert page.goto(f"{served.url}/c/{CODE}{path}?lang={lang}").status == 200, path
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{path} is {wide}px too wide"


def test_links_are_told_apart_and_large_enough_to_touch(chromium: Any, served: Served) -> None:
    """WCAG 2.2 target size: no card or button is smaller than 24 px."""
    with page_at(chromium, served, {"width": 390, "height": 900}) as page:
        for path in PAGES:
            page.goto(f"{served.url}/c/{CODE}{path}")
            small = page.evaluate(
                "[...document.querySelectorAll('a.card, a.button, button, summary')]"
                ".filter(one => one.getClientRects().length && one.getBoundingClientRect().height < 24).length"
            )
            assert small == 0, path
