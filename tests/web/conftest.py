"""One browser for each file of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.machine import browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as found:
        yield found
