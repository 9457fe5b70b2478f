"""Read dates as offices of the region write them; what is known in part stays in part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from ctresearch.clean.distinct import split_distinct
from ctresearch.clean.labels import list_keys
from ctresearch.clean.text import fold_value, tidy_value

NEAR = ("en", "sq", "bs", "sr", "sr_Latn_ME", "hr", "mk")
FAR = ("sl", "de", "fr", "it", "es", "pt", "ru", "tr", "bg", "el")
LANGUAGES = NEAR + FAR
"""Languages whose month names are read (CLDR identifiers)."""

FIRST_YEAR, LAST_YEAR = 1850, 2100
"""Years outside are slips of the pen."""

_SERIAL_DAY_ZERO = date(1899, 12, 30)
"""Day 0 of spreadsheets' 1900 system for all days after its 29 February 1900, which did not exist."""

_WRITTEN = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})(?:\.0+)?",
        r"(?P<year>\d{4})([-./])(?P<month>\d{1,2})(?:\2(?P<day>\d{1,2}))?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<month>\d{1,2})[-./](?P<year>\d{4})",
    )
)
_DAY_OR_MONTH_FIRST = re.compile(r"(\d{1,2})([-./ ])(\d{1,2})\2(\d{4})", re.ASCII)
_DIGITS, _MARKS, _POINT = [0, 1, 3, 4, 6, 7, 8, 9], [ord(mark) for mark in "-./ "], ord(".")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_SPACED_MARK = re.compile(r" ?([-./]) ?")
_TIME = re.compile(
    r"(T|,? +(u +|at +)?)(\d{1,2}:\d\d(:\d\d([.,]\d+)?)?|\d{1,2}\.\d\d(?= ?h))( ?[ap]m)?( ?h)?( ?(Z|[+-]\d\d:?\d\d))?$",
    re.ASCII | re.IGNORECASE,
)
_ORDINAL = re.compile(r"\b(\d{1,2}) ?(?:st|nd|rd|th|er)\b", re.ASCII)
_ROMAN_NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_ROMAN = {numeral: month for month, numeral in enumerate(_ROMAN_NUMERALS, start=1)}


class _Parsed(NamedTuple):
    date: str | None = None
    precision: str | None = None
    is_ambiguous: bool | None = None


@dataclass(frozen=True)
class _Words:
    months: Mapping[str, int]
    fillers: frozenset[str]


_UNREAD = _Parsed()
_NO_WORDS = _Words({}, frozenset())


def parse_dates(values: pd.Series, *, day_first: bool, labels: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read dates in numbers, words, ISO 8601 or as serial numbers of a spreadsheet.

    Parameters
    ----------
    values : pandas.Series
        Dates as they were written: `5.3.2014.`, `2014-03-05T10:00`, `5. III 2014`, `5. mart 2014`, `03/2014`,
        `2014`, `41703` (days of the 1900 system, five digits). A time of day is left off.
    day_first : bool
        Whether 3/5/2014 is the third of May. A date with dots has the day first in any case: no language writes
        3.5.2014 for the fifth of March.
    labels : pandas.DataFrame, optional
        The framework table `labels`. Its lists `month` and `date_word` hold what the Unicode CLDR lacks, such as
        the declined `marta` and `godine`.

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
    places, distinct = split_distinct(values)
    texts = [str(value) for value in distinct]
    # The last answer is that of a missing value.
    answers = {name: np.full(len(texts) + 1, None, dtype=object) for name in _Parsed._fields}
    is_read, dates, is_ambiguous = _read_days(texts, day_first=day_first)
    found = np.flatnonzero(is_read)
    answers["date"][found], answers["precision"][found], answers["is_ambiguous"][found] = dates, "day", is_ambiguous
    others = np.flatnonzero(~is_read)
    # The names of the months of all languages take a while to load, and most sheets write their dates in digits.
    words = _list_words(labels) if len(others) else _NO_WORDS
    for place in others:
        for name, answer in _parse(tidy_value(texts[place]), day_first, words)._asdict().items():
            answers[name][place] = answer
    columns = zip(answers.items(), ("str", "str", "boolean"), strict=True)
    return pd.DataFrame(
        {name: pd.array(column, dtype=dtype).take(places) for (name, column), dtype in columns}, index=values.index
    )


def _read_days(texts: list[str], *, day_first: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read days in ten characters, as in 05.03.2014 or 05/03/2014, all at once: sheets have tens of thousands.

    Returns
    -------
    tuple of numpy.ndarray
        For each text whether it was read; for each that was, its date, and whether day and month could be swapped.
    """
    letters = np.array(texts, dtype="U12").view(np.uint32).reshape(-1, 12)
    marks, digits = letters[:, 2], letters[:, _DIGITS] - ord("0")
    is_read = (digits < 10).all(axis=1) & np.isin(marks, _MARKS) & (marks == letters[:, 5])
    is_read &= np.isin(letters[:, 10], (0, _POINT)) & (letters[:, 11] == 0)
    marks, digits = marks[is_read], digits[is_read].astype(np.int64)
    first, second, year = digits[:, :2] @ [10, 1], digits[:, 2:4] @ [10, 1], digits[:, 4:] @ [1000, 100, 10, 1]
    is_day_first = day_first | (marks == _POINT)
    day, month = np.where(is_day_first, first, second), np.where(is_day_first, second, first)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    dates = months.astype("datetime64[D]") + (day - 1)
    exists = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    exists &= dates.astype("datetime64[M]") == months
    is_read[is_read] = exists
    is_ambiguous = (marks != _POINT) & (np.maximum(first, second) <= 12) & (first != second)
    return is_read, np.datetime_as_string(dates[exists]).astype(object), is_ambiguous[exists].astype(object)


def _parse(value: str, day_first: bool, words: _Words) -> _Parsed:
    # The commonest way of writing goes first.
    if match := _DAY_OR_MONTH_FIRST.fullmatch(value.strip(" .,")):
        return _order(int(match[1]), match[2], int(match[3]), int(match[4]), day_first)
    dated = _TIME.sub("", value)
    parsed = _parse_day(_SPACED_MARK.sub(r"\1", dated).strip(" .,"), day_first, words)
    # A time belongs to a day: with a month or a year it was something else.
    return _UNREAD if dated != value and parsed.precision != "day" else parsed


def _parse_day(text: str, day_first: bool, words: _Words) -> _Parsed:
    for pattern in _WRITTEN:
        if match := pattern.fullmatch(text):
            return _make(**{name: int(part) for name, part in match.groupdict().items() if part})
    if match := _DAY_OR_MONTH_FIRST.fullmatch(text):
        return _order(int(match[1]), match[2], int(match[3]), int(match[4]), day_first)
    if match := _SERIAL.fullmatch(text):
        return _make(*(_SERIAL_DAY_ZERO + timedelta(days=int(match[1]))).timetuple()[:3])
    return _parse_words(text, words)


def _order(first: int, mark: str, second: int, year: int, day_first: bool) -> _Parsed:
    day, month = (first, second) if day_first or mark == "." else (second, first)
    parsed = _make(year, month, day)
    is_ambiguous = mark != "." and max(first, second) <= 12 and first != second
    return parsed._replace(is_ambiguous=True) if is_ambiguous and parsed is not _UNREAD else parsed


def _make(year: int, month: int | None = None, day: int | None = None) -> _Parsed:
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return _UNREAD
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return _UNREAD
    if month is None:
        return _Parsed(f"{year:04d}", "year", False)
    if day is None:
        return _Parsed(f"{year:04d}-{month:02d}", "month", False)
    return _Parsed(f"{year:04d}-{month:02d}-{day:02d}", "day", False)


def _parse_words(text: str, words: _Words) -> _Parsed:
    parts = [part for part in _ORDINAL.sub(r"\1", fold_value(text)).split() if part not in words.fillers]
    named = [part for part in parts if part in words.months]
    years = [int(part) for part in parts if part.isdecimal() and len(part) == 4]
    days = [int(part) for part in parts if part.isdecimal() and len(part) <= 2]
    is_whole = len(named) + len(years) + len(days) == len(parts)
    if not is_whole or len(years) != 1 or len(named) > 1 or len(days) > len(named):
        return _UNREAD
    return _make(years[0], words.months[named[0]] if named else None, days[0] if days else None)


def _list_words(labels: pd.DataFrame | None) -> _Words:
    months, fillers = {**_ROMAN, **_cldr_months()}, _cldr_fillers()
    known = set() if labels is None else set(labels["list"].unique())
    if "month" in known:
        months |= {key: int(code) for key, code in list_keys(labels, list="month").items() if key.isalpha()}
    if "date_word" in known:
        fillers |= {word for key in list_keys(labels, list="date_word") for word in key.split()}
    return _Words(months, fillers - months.keys())


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
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1 and name.isalpha()}


@lru_cache(maxsize=1)
def _cldr_fillers() -> frozenset[str]:
    """Return the words that stand in a written date without telling it: `de`, `г.`, `year`."""
    from babel import Locale
    from babel.units import format_unit

    found: set[str] = set()
    for language in LANGUAGES:
        locale = Locale.parse(language)
        patterns = [locale.date_formats[width].pattern for width in ("long", "full")]
        literals = [literal for pattern in patterns for literal in re.findall(r"'([^']+)'", pattern)]
        # One, few and many years: the languages decline the word.
        counted = [format_unit(n, "duration-year", locale=locale) for n in (1, 2, 5)]
        days = locale.days["format"]["wide"].values()
        texts = (*literals, *counted, *days)
        found |= {word for text in texts for word in fold_value(text).split() if word.isalpha()}
    return frozenset(found)
