"""When a paper came out, as far as its entry says: biblatex's `date`, or `year`, `month` and `day`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from headkb.catalog.bibtex.latex import plain, verbatim

_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WORDS = re.compile(r"[A-Za-z]+|[0-9]+")
_ISO = re.compile(r"([0-9]{4})(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?(?:[T ][0-9:.Z+-]*)?")
_PLAIN_YEAR = re.compile(r"([0-9]{4})[a-z]?")
_YEARS = range(1950, 2101)


@dataclass(frozen=True)
class Day:
    """A date as precise as the entry is (`2024`, `2024-06`, `2024-06-13`), or what the entry says instead; both empty if it is silent."""

    date: str = ""
    says: str = ""


def when(text: Callable[[str], str]) -> Day:
    """The date of an entry.

    Args:
        text: The TeX of a field of the entry, by its name; empty where there is none.

    Example:
        >>> when({"year": "2024", "month": "June 5"}.get)
        Day(date='2024-06-05', says='')
        >>> when({"year": "in press"}.get)
        Day(date='', says='in press')
    """
    date, year = (verbatim(text(name) or "").strip("{}").strip() for name in ("date", "year"))
    month, day = plain(text("month") or ""), plain(text("day") or "")
    if date:
        return _interval(date)
    if not year:
        return Day("", f"{month} without a year" if month else "")
    whole = _interval(year)
    if not whole.date or len(whole.date) > 4 or not month:
        return whole
    found = _month(month, day)
    if found is None:
        return Day("", f"{year}, month {month}")
    return _real(int(whole.date), *found, f"{year}, month {month}, day {day}" if day else f"{year}, month {month}")


def _interval(text: str) -> Day:
    """The beginning of an interval; a date that is marked as uncertain is none."""
    start, slash, _ = text.partition("/")
    start = start.strip().removeprefix("(").removesuffix(")")
    if slash and not start:
        return Day("", text)
    bare = _PLAIN_YEAR.fullmatch(start)
    if bare:
        return _real(int(bare[1]), 0, 0, text)
    iso = _ISO.fullmatch(start.replace("–", "-") if not slash else start)
    if iso:
        return _real(int(iso[1]), int(iso[2] or 0), int(iso[3] or 0), text)
    return Day("", text)


def _real(year: int, month: int, day: int, says: str) -> Day:
    """The date if there is such a day; biblatex's seasons, 21 to 24 as months, say the year alone."""
    if 21 <= month <= 24 and not day:
        month = 0
    try:
        datetime.date(year, month or 1, day or 1)
    except ValueError:
        return Day("", says)
    if year not in _YEARS:
        return Day("", says)
    return Day(f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if month and day else ""))


def _month(text: str, day: str) -> tuple[int, int] | None:
    """(month, day or 0); of several months the first. None if there is no month in it."""
    words = [word.casefold() for word in _WORDS.findall(text)]
    numbers = [int(word) for word in words if word.isdigit()]
    months = [number for word in words if (number := _named(word))]
    if any(word.isalpha() and not _named(word) and word not in ("and", "st", "nd", "rd", "th") for word in words):
        return None
    given = [int(word) for word in _WORDS.findall(day) if word.isdigit()]
    if months:
        days = given if day else numbers if len(months) == 1 else []
        return months[0], days[0] if len(days) == 1 and 1 <= days[0] <= 31 else 0
    if len(numbers) == 1 and 1 <= numbers[0] <= 12:
        return numbers[0], given[0] if len(given) == 1 else 0
    return None


def _named(word: str) -> int:
    """The number of a month by its English name or the first letters of it, from 1; 0 for other words."""
    if len(word) < 3:
        return 0
    return next((n for n, name in enumerate(_NAMES, start=1) if name.startswith(word)), 0)
