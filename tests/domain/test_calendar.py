"""Days in Asia/Shanghai and periods of the Civil Code: R-TIME-1…4, worked examples T19–T24 as far as days reach."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import DAY_MS, day_of, days_after, days_between, due_day, is_off, midnight, years_after
from domain.holidays import CALENDARS

CALENDAR = "cn-2026-1"
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)


@pytest.mark.parametrize(("ms", "day"), [
    pytest.param(0, "1970-01-01", id="the epoch is eight in the morning"),
    pytest.param(1_767_196_799_999, "2025-12-31", id="the last ms of a year"),
    pytest.param(1_767_196_800_000, "2026-01-01", id="the first ms of a year"),
    pytest.param(1_785_340_800_000 - 1, "2026-07-29", id="just before midnight"),
    pytest.param(-1, "1970-01-01", id="a ms before the epoch"),
])  # fmt: skip
def test_an_instant_falls_on_a_day_in_shanghai_r_time_4(ms: int, day: str) -> None:
    assert day_of(ms) == day


@given(DAYS)
def test_a_day_begins_at_its_midnight_and_lasts_a_day(day: str) -> None:
    first = midnight(day)
    assert (day_of(first), day_of(first + DAY_MS - 1), day_of(first + DAY_MS)) == (day, day, days_after(day, 1))
    assert day_of(first - 1) == days_after(day, -1)


@given(DAYS, st.integers(-20_000, 20_000))
def test_days_between_undoes_days_after_r_time_1(day: str, days: int) -> None:
    assert days_between(day, days_after(day, days)) == days


@pytest.mark.parametrize(("start", "days", "last"), [
    pytest.param("2024-01-31", 30, "2024-03-01", id="T19 thirty days, leap year"),
    pytest.param("2024-09-30", 3, "2024-10-03", id="T20 three days, before any holiday moves it"),
    pytest.param("2024-06-16", -15, "2024-06-01", id="T21 notice, minimum reading"),
    pytest.param("2024-06-16", -16, "2024-05-31", id="T21 notice, strict reading"),
    pytest.param("2024-03-01", 60, "2024-04-30", id="T22 sixty days' notice of dismissal"),
    pytest.param("2024-12-31", -90, "2024-10-02", id="T23 ninety days before the contract ends"),
])  # fmt: skip
def test_the_day_that_starts_a_period_is_not_counted_r_time_1(start: str, days: int, last: str) -> None:
    assert days_after(start, days) == last
    assert days_between(start, last) == days


@pytest.mark.parametrize(("day", "off"), [
    ("2026-09-18", False), ("2026-09-19", True),
    pytest.param("2026-09-20", False, id="a Sunday on which everybody works"),
    ("2026-09-24", False), ("2026-09-25", True), ("2026-09-27", True), ("2026-09-28", False),
    ("2026-10-01", True), ("2026-10-07", True), ("2026-10-08", False),
    pytest.param("2026-10-10", False, id="a Saturday on which everybody works"),
    ("2026-10-11", True),
])  # fmt: skip
def test_holidays_and_weekends_are_off_unless_they_are_worked(day: str, off: bool) -> None:
    assert is_off(day, CALENDAR) is off


@pytest.mark.parametrize(("start", "days", "due"), [
    pytest.param("2026-09-16", 7, "2026-09-23", id="an ordinary day"),
    pytest.param("2026-09-18", 7, "2026-09-28", id="over Mid-Autumn"),
    pytest.param("2026-09-12", 7, "2026-09-20", id="a Saturday, to the working Sunday"),
    pytest.param("2026-09-24", 7, "2026-10-08", id="over the whole National Day week"),
    pytest.param("2026-09-13", 7, "2026-09-20", id="onto a working Sunday"),
    pytest.param("2026-09-20", 0, "2026-09-20", id="no days at all"),
])  # fmt: skip
def test_a_last_day_off_moves_behind_it_and_never_forward_r_time_1(start: str, days: int, due: str) -> None:
    assert due_day(start, days, CALENDAR) == due


@pytest.mark.parametrize("name", CALENDARS)
def test_a_calendar_is_in_order_and_says_where_it_comes_from(name: str) -> None:
    table = CALENDARS[name]
    spans = [day for span in table["off"] for day in span]
    assert spans == sorted(spans)
    assert list(table["work"]) == sorted(set(table["work"]))
    assert all(is_off(day, name) for first, last in table["off"] for day in _days(first, last))
    assert all(date.fromisoformat(day).weekday() >= 5 and not is_off(day, name) for day in table["work"])
    assert table["source"]
    assert table["confidence"]


def _days(first: str, last: str) -> list[str]:
    begin = date.fromisoformat(first)
    return [(begin + timedelta(days=n)).isoformat() for n in range(days_between(first, last) + 1)]


@pytest.mark.parametrize(("day", "years", "last"), [
    ("2026-09-18", 5, "2031-09-18"), ("2028-02-29", 4, "2032-02-29"), ("2028-02-29", 5, "2033-02-28"), ("2027-12-31", 1, "2028-12-31"),
])  # fmt: skip
def test_years_end_on_the_corresponding_day_r_time_1(day: str, years: int, last: str) -> None:
    assert years_after(day, years) == last
