"""Days in Asia/Shanghai and periods of the Civil Code: R-TIME-1…4, worked examples T19–T24 as far as days reach."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import (
    DAY_MS,
    calendar_covers,
    day_of,
    days_after,
    days_between,
    due_day,
    is_off,
    midnight,
    months_after,
    months_before,
    posted_within,
    years_after,
)  # fmt: skip
from domain.holidays import CALENDARS
from domain.rulesets import LATEST

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


@pytest.mark.parametrize(("day", "months", "last"), [
    ("2024-01-31", 1, "2024-02-29"), ("2023-01-31", 1, "2023-02-28"), ("2024-01-30", 1, "2024-02-29"), ("2024-08-31", 1, "2024-09-30"),
    ("2024-11-15", 3, "2025-02-15"), ("2024-12-31", 12, "2025-12-31"), ("2024-02-29", 0, "2024-02-29"), ("2024-02-29", 1, "2024-03-29"),
    pytest.param("2025-02-28", -3, "2024-11-28", id="T24 three months before the term ends"),
    ("2024-01-15", -1, "2023-12-15"), ("2024-03-31", -1, "2024-02-29"), ("2024-03-31", -13, "2023-02-28"),
])  # fmt: skip
def test_months_end_on_the_corresponding_day_or_the_months_last_r_time_1(day: str, months: int, last: str) -> None:
    assert months_after(day, months) == months_before(day, -months) == last


@given(st.dates(date(1950, 1, 1), date(2150, 12, 31)).map(date.isoformat), st.integers(-600, 600))
def test_a_month_later_is_in_that_month_and_never_on_a_later_day_r_time_1(day: str, months: int) -> None:
    start, last = date.fromisoformat(day), date.fromisoformat(months_after(day, months))
    assert last.year * 12 + last.month == start.year * 12 + start.month + months
    assert last.day == start.day or (last.day < start.day and (last + timedelta(days=1)).day == 1)


# --- worked examples of the rulebook, section 10


def test_elected_at_the_end_of_january_is_filed_by_the_first_of_march_t19() -> None:
    assert due_day("2024-01-31", 30, LATEST.calendar) == "2024-03-01"
    assert not is_off("2024-03-01", LATEST.calendar)


def test_a_decision_on_the_eve_of_national_day_is_posted_on_the_third_and_both_readings_are_shown_t20() -> None:
    assert posted_within("2024-09-30", LATEST.value("decision_posting_days"), LATEST.calendar) == ("2024-10-03", "2024-10-08")


def test_a_notice_of_the_assembly_has_a_minimum_and_a_strict_last_day_t21() -> None:
    days = LATEST.days("notice")
    assert [days_after("2024-06-16", -n) for n in (days, days + 1)] == ["2024-06-01", "2024-05-31"]


def test_sixty_days_after_the_notice_of_dismissal_the_contract_ends_t22() -> None:
    assert days_after("2024-03-01", LATEST.value("dismissal_notice_days")) == "2024-04-30"


def test_a_provider_that_will_not_renew_says_so_ninety_days_before_t23() -> None:
    assert days_after("2024-12-31", -LATEST.value("renewal_notice_days")) == "2024-10-02"


def test_a_term_of_five_years_from_a_leap_day_ends_on_the_28th_and_is_followed_three_months_before_t24() -> None:
    assert (years_after("2020-02-29", 5), months_before(years_after("2020-02-29", 5), 3)) == ("2025-02-28", "2024-11-28")


# --- calendars of several years


@pytest.mark.parametrize(("day", "off"), [
    pytest.param("2020-01-31", True, id="the Spring Festival that was made longer"), ("2020-02-03", False), ("2020-02-02", True),
    ("2021-09-18", False), ("2021-09-21", True), ("2022-04-02", False), ("2022-12-31", True), ("2023-01-02", True), ("2023-01-03", False),
    ("2023-10-06", True), ("2023-10-08", False), ("2024-02-09", False), ("2024-02-17", True), ("2024-10-12", False),
    ("2025-01-26", False), ("2025-06-02", True), ("2025-10-08", True), ("2026-10-08", False),
])  # fmt: skip
def test_holidays_of_seven_years_r_time_1(day: str, off: bool) -> None:
    assert is_off(day, "cn-2026-2") is off


def test_both_calendars_say_the_same_of_the_year_that_both_cover_r_src_1() -> None:
    for day in _days("2026-01-01", "2026-12-31"):
        assert is_off(day, "cn-2026-1") is is_off(day, "cn-2026-2")


def test_a_calendar_knows_which_years_it_covers_and_of_others_only_weekends_are_off() -> None:
    covered = {name: [year for year in range(2015, 2035) if calendar_covers(year, name)] for name in ("cn-2026-1", "cn-2026-2")}
    assert covered == {"cn-2026-1": [2026], "cn-2026-2": list(range(2020, 2027))}
    assert [is_off(day, "cn-2026-2") for day in ("2027-10-01", "2027-10-02", "2019-10-01")] == [False, True, False]


def test_the_newest_calendar_is_the_one_in_use_r_src_1() -> None:
    assert (LATEST.calendar, list(CALENDARS)) == ("cn-2026-2", ["cn-2026-1", "cn-2026-2"])
