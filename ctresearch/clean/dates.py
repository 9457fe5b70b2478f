"""Read dates as offices of the region write them; what is known in part stays in part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from ctresearch.clean.distinct import map_distinct
from ctresearch.clean.labels import list_keys
from ctresearch.clean.text import fold_value

LANGUAGES = (
    "en",
    "sq",
    "bs",
    "sr",
    "sr_Latn_ME",
    "hr",
    "mk",
    "sl",
    "de",
    "fr",
    "it",
    "es",
    "pt",
    "ru",
    "tr",
    "bg",
    "el",
)
"""Languages whose month names are read (CLDR identifiers)."""

FIRST_YEAR, LAST_YEAR = 1850, 2100

_SERIAL_DAY_ZERO = date(1899, 12, 30)
_ISO = re.compile(r"(\d{4})[-./](\d{1,2})(?:[-./](\d{1,2}))?")
_NUMERIC = re.compile(r"(\d{1,2})([-./ ]) ?(\d{1,2})\2 ?(\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-./] ?(\d{4})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_YEAR = re.compile(r"(\d{4})(?:\.0)?")
_TIME = re.compile(
    r"[T ,]+\d{1,2}[:.]\d\d([:.]\d\d(\.\d+)?)?( ?[ap]m)?( ?(z|utc|gmt|[+-]\d\d:?\d\d))?( ?h)?$", re.IGNORECASE
)
_TWO_DIGIT_YEAR = re.compile(r"\d{1,2}[-./ ] ?\d{1,2}[-./ ] ?'?\d\d\.?")
_ORDINAL = re.compile(r"\b(\d{1,2}) ?(?:st|nd|rd|th|er)\b")


class _Parsed(NamedTuple):
    date: str | None = None
    precision: str | None = None
    is_ambiguous: bool | None = None


_UNREAD = _Parsed()


def parse_dates(values: pd.Series, *, day_first: bool, labels: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read dates in numbers, words, ISO 8601 or as serial numbers of a spreadsheet.

    Parameters
    ----------
    values : pandas.Series
        Dates as they were written: `5.3.2014.`, `2014-03-05`, `5. марта 2014. године`, `03/2014`, `2014`, `41703`.
    day_first : bool
        Whether 3/5/2014 is the third of May. A dotted date has the day first in any case: no language writes 5.3.2014
        for May.
    labels : pandas.DataFrame, optional
        The framework table `labels`, whose list `month` knows names that the Unicode CLDR does not.

    Returns
    -------
    pandas.DataFrame
        Same index: `date` (ISO 8601: 2014-03-05, 2014-03 or 2014), `precision` (day, month, year), `is_ambiguous`
        (day and month could be swapped). All missing for a date that cannot be read, that does not exist, or whose
        year has two digits.

    Examples
    --------
    >>> parse_dates(pd.Series(["5/3/2014", "mart 2014", "31.2.2014", "5.3.14"]), day_first=True)
             date precision is_ambiguous
    0  2014-03-05       day         True
    1     2014-03     month        False
    2         NaN       NaN         <NA>
    3         NaN       NaN         <NA>
    """
    months = _cldr_months() if labels is None else {**_cldr_months(), **_listed_months(labels)}
    read = {value: _parse(str(value), day_first, months) for value in values.dropna().unique()}
    return pd.DataFrame(
        {
            "date": map_distinct(values, lambda value: read[value].date),
            "precision": map_distinct(values, lambda value: read[value].precision),
            "is_ambiguous": map_distinct(values, lambda value: read[value].is_ambiguous, dtype="boolean"),
        },
        index=values.index,
    )


def _parse(value: str, day_first: bool, months: Mapping[str, int]) -> _Parsed:
    text = _TIME.sub("", " ".join(value.split())).strip(" .,")
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _make(*(int(part) if part else None for part in match.groups()))
    if match := _NUMERIC.fullmatch(text):
        first, mark, second, year = match.groups()
        return _order(int(first), mark, int(second), int(year), day_first)
    if match := _MONTH_YEAR.fullmatch(text):
        return _make(int(match[2]), int(match[1]))
    if match := _SERIAL.fullmatch(text):
        return _make(*(_SERIAL_DAY_ZERO + timedelta(days=int(match[1]))).timetuple()[:3])
    if match := _YEAR.fullmatch(text):
        return _make(int(match[1]))
    return _parse_words(text, months)


def _order(first: int, mark: str, second: int, year: int, day_first: bool) -> _Parsed:
    day, month = (first, second) if day_first or mark == "." else (second, first)
    parsed = _make(year, month, day)
    if parsed is _UNREAD:
        return _UNREAD
    return parsed._replace(is_ambiguous=mark != "." and max(first, second) <= 12 and first != second)


def _make(year: int, month: int | None = None, day: int | None = None) -> _Parsed:
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return _UNREAD
    if not FIRST_YEAR <= year <= LAST_YEAR or month == 0 or day == 0:
        return _UNREAD
    if month is None:
        return _Parsed(f"{year:04d}", "year", False)
    if day is None:
        return _Parsed(f"{year:04d}-{month:02d}", "month", False)
    return _Parsed(f"{year:04d}-{month:02d}-{day:02d}", "day", False)


def _parse_words(text: str, months: Mapping[str, int]) -> _Parsed:
    words = [word for word in _ORDINAL.sub(r"\1", fold_value(text)).split() if word not in _fillers()]
    named = [word for word in words if word in months]
    numbers = [word for word in words if word.isdecimal()]
    if len(named) > 1 or len(named) + len(numbers) != len(words):
        return _UNREAD
    years = [int(number) for number in numbers if len(number) == 4]
    days = [int(number) for number in numbers if len(number) <= 2]
    if len(years) != 1 or len(days) > 1 or len(years) + len(days) != len(numbers) or (days and not named):
        return _UNREAD
    return _make(years[0], months[named[0]] if named else None, days[0] if days else None)


def _listed_months(labels: pd.DataFrame) -> dict[str, int]:
    if not labels["list"].eq("month").any():
        return {}
    return {key: int(code) for key, code in list_keys(labels, list="month").items() if not key.isdecimal()}


@lru_cache(maxsize=1)
def _cldr_months() -> dict[str, int]:
    from babel import Locale

    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        months = Locale.parse(language).months
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[form][width].items():
                    found.setdefault(fold_value(name), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and not name[0].isdecimal()}


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    """Return the words that stand in a written date without saying which: `de`, `год.`, `godine`."""
    from babel import Locale
    from babel.units import format_unit

    found: set[str] = set()
    for language in LANGUAGES:
        locale = Locale.parse(language)
        patterns = (locale.date_formats[width].pattern for width in ("long", "full"))
        literals = [literal for pattern in patterns for literal in re.findall(r"'([^']+)'", pattern)]
        # One, few and many years: the languages decline the word.
        counted = [
            format_unit(n, "duration-year", length=length, locale=locale)
            for n in (1, 2, 5)
            for length in ("long", "short")
        ]
        found |= {word for text in (*literals, *counted) for word in fold_value(text).split() if word.isalpha()}
    return frozenset(found)
