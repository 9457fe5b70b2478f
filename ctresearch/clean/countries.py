"""Map the names of countries, in any of the languages and periods, to ISO 3166-1 alpha-3 codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

import pandas as pd

from ctresearch.clean.distinct import map_distinct
from ctresearch.clean.labels import list_keys
from ctresearch.clean.text import fold_value

NEAR_LANGUAGES = ("en", "sq", "bs", "bs_Cyrl", "sr", "sr_Latn", "sr_Latn_ME", "hr", "mk")
"""Languages in which the offices of the region and international publishers write (CLDR identifiers)."""

FAR_LANGUAGES = ("sl", "de", "fr", "it", "es", "pt", "ru", "tr", "bg", "el", "ro", "hu")
"""Languages of other offices' files, looked at where the near ones know no such name."""

KOSOVO = {"XK": "XKX"}
"""Code in common use of a place that ISO 3166-1 does not list."""

_WITHDRAWN = frozenset({"BUR", "DDR", "FXX", "TMP", "YMD", "ZAR"})
_NO_COUNTRY = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "ZZ"})


def map_countries(
    values: pd.Series, labels: pd.DataFrame, *, allowed: Collection[str] | None = None, iso2: bool = False
) -> pd.Series:
    """Map names, adjectives and codes of countries to ISO 3166-1 alpha-3.

    Parameters
    ----------
    values : pandas.Series
        Names in any of the languages and scripts, adjectives of citizenship, or alpha-3 codes.
    labels : pandas.DataFrame
        The framework table `labels`: its list `country` holds what the Unicode CLDR does not know, and goes first.
    allowed : collection of str, optional
        Codes that may be returned; all if not given.
    iso2 : bool
        Whether the column holds alpha-2 codes. Only then is `NA` Namibia and `BH` Bahrain; elsewhere two letters
        stand for what is missing, or for a short form of a name (`BH`), and are unmapped unless listed in `labels`.

    Returns
    -------
    pandas.Series
        Codes, same index and name; missing where a name is unknown, not allowed, or means two countries. Kosovo in
        every spelling is `XKX`, the State Union of Serbia and Montenegro `SCG`; Yugoslavia is unmapped, because
        none of its parts can be told from it.

    Examples
    --------
    >>> labels = pd.DataFrame(
    ...     {"list": "country", "code": ["MKD"], "language": ["en"], "label": ["FYROM"]}
    ... )
    >>> map_countries(pd.Series(["FYROM", "Косово*", "Bosnjë-Hercegovinë", "NA", "Yugoslavia"]), labels).tolist()
    ['MKD', 'XKX', 'BIH', nan, nan]
    """
    own = list_keys(labels, list="country")
    permitted = None if allowed is None else frozenset(allowed)

    def find(value: object) -> str | None:
        key = fold_value(str(value))
        code = _codes_by_alpha2().get(key) if iso2 else None
        code = code or own.get(key) or _near_names().get(key) or _far_names().get(key)
        return code if permitted is None or code in permitted else None

    return map_distinct(values, find)


@lru_cache(maxsize=1)
def _alpha3() -> Mapping[str, str]:
    """Return alpha-3 by alpha-2 of every country and territory that ISO lists, and Kosovo."""
    from babel import Locale
    from babel.core import get_global

    named = Locale.parse("en").territories
    aliases = get_global("territory_aliases")
    pairs = {
        parts[0]: code
        for code, parts in aliases.items()
        if len(code) == 3 and code.isalpha() and len(parts) == 1 and code not in _WITHDRAWN
    }
    return {**{two: three for two, three in pairs.items() if two in named and two not in _NO_COUNTRY}, **KOSOVO}


@lru_cache(maxsize=1)
def _codes_by_alpha2() -> Mapping[str, str]:
    return {two.lower(): three for two, three in _alpha3().items()}


@lru_cache(maxsize=1)
def _near_names() -> Mapping[str, str]:
    return {**read_names(NEAR_LANGUAGES), **{three.lower(): three for three in _alpha3().values()}}


@lru_cache(maxsize=1)
def _far_names() -> Mapping[str, str]:
    return read_names(FAR_LANGUAGES)


def read_names(languages: Collection[str]) -> dict[str, str]:
    """Return the alpha-3 code of every folded country name of the Unicode CLDR in some languages.

    A name that means two countries is left out.

    Examples
    --------
    >>> read_names(["sq"])["mal i zi"]
    'MNE'
    """
    from babel import Locale

    found: dict[str, set[str]] = {}
    for language in languages:
        territories = Locale.parse(language).territories
        for two, three in _alpha3().items():
            if two in territories:
                found.setdefault(fold_value(territories[two]), set()).add(three)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}
