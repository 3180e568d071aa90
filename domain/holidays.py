"""Statutory holidays as editions of data: a deadline's last day moves behind them (R-TIME-1, Civil Code art. 203)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

CALENDARS: Final[Mapping[str, Mapping[str, Any]]] = {
    "cn-2026-1": {
        "confidence": "K-high",
        "off": (
            ("2025-10-01", "2025-10-08"),
            ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
            ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
            ("2026-10-01", "2026-10-07"),
        ),
        "source": "State Council notices on holidays for 2025 and 2026; to be checked against the gazette",
        "work": ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    },
}  # fmt: skip
