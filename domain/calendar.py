"""Days in Asia/Shanghai: which day an instant falls on, days between dates, and a day that a holiday moves (R-TIME-1…4)."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from domain.holidays import CALENDARS

DAY_MS: Final = 86_400_000
SHANGHAI: Final = timezone(timedelta(hours=8))  # one offset, no summer time since 1991


def day_of(ms: int) -> str:
    """The ISO date in Asia/Shanghai of an instant in Unix ms."""
    return (datetime.fromtimestamp(ms // 1000, UTC).astimezone(SHANGHAI)).date().isoformat()


def midnight(day: str) -> int:
    """The first instant of a day in Asia/Shanghai, Unix ms."""
    return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI).timestamp()) * 1000


def days_between(earlier: str, later: str) -> int:
    """Whole days from one ISO date to another; the first day is not counted (Civil Code art. 201)."""
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def days_after(day: str, days: int) -> str:
    """The ISO date that many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def months_after(day: str, months: int) -> str:
    """The corresponding ISO date that many months later, or that month's last day where it has none (Civil Code art. 202)."""
    start = date.fromisoformat(day)
    count = start.year * 12 + start.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1])).isoformat()


def months_before(day: str, months: int) -> str:
    """The corresponding ISO date that many months earlier, or that month's last day (Civil Code art. 202)."""
    return months_after(day, -months)


def years_after(day: str, years: int) -> str:
    """The corresponding ISO date that many years later, the last day of a term (R-TIME-1); 29 February has the 28th."""
    return months_after(day, 12 * years)


def is_off(day: str, calendar: str) -> bool:
    """A statutory day off: a listed holiday, or a weekend that is not a listed working day."""
    table = CALENDARS[calendar]
    if any(first <= day <= last for first, last in table["off"]):
        return True
    return date.fromisoformat(day).weekday() >= 5 and day not in table["work"]


def posted_within(day: str, days: int, calendar: str) -> tuple[str, str]:
    """The last day of a posting within so many days: as it stands, and moved behind days off if art. 203 applies (R-COM-7)."""
    return days_after(day, days), due_day(day, days, calendar)


def calendar_covers(year: int, calendar: str) -> bool:
    """The calendar lists this year's holidays: its New Year's Day is there. Of any other year only weekends are off."""
    return any(first <= f"{year}-01-01" <= last for first, last in CALENDARS[calendar]["off"])


def due_day(start: str, days: int, calendar: str) -> str:
    """The last day of a period: `days` after the start, moved behind days off (Civil Code arts. 201, 203)."""
    day = days_after(start, days)
    while is_off(day, calendar):
        day = days_after(day, 1)
    return day
