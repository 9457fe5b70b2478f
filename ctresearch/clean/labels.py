"""Map words in any of the languages to the codes of a code list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from ctresearch.clean.distinct import map_distinct
from ctresearch.clean.text import fold_value


def map_codes(values: pd.Series, labels: pd.DataFrame, *, list: str) -> pd.Series:  # noqa: A002
    """Map labels in any language, or the codes themselves, to the codes of one list.

    Parameters
    ----------
    values : pandas.Series
        Labels as they were written; case, script, diacritics and punctuation do not matter.
    labels : pandas.DataFrame
        `list`, `code`, `language`, `label`: the framework table `labels`.
    list : str
        Name of the code list.

    Returns
    -------
    pandas.Series
        Codes, same index and name; missing where a label is unknown, or means two codes in two languages.

    Raises
    ------
    ValueError
        If no label of that list is given.

    Examples
    --------
    >>> labels = pd.DataFrame(
    ...     {"list": "yesno", "code": ["yes", "no"], "language": ["sq", "sr"], "label": ["po", "не"]}
    ... )
    >>> map_codes(pd.Series(["Po", "NE", "yes", "maybe"]), labels, list="yesno").tolist()
    ['yes', 'no', 'yes', nan]
    """
    keys = list_keys(labels, list=list)
    return map_distinct(values, lambda value: keys.get(fold_value(str(value))))


def list_keys(labels: pd.DataFrame, *, list: str) -> Mapping[str, str]:  # noqa: A002
    """Return the code of every folded label and code of one list, without the keys that mean two codes.

    Raises
    ------
    ValueError
        If no label of that list is given.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": "sex", "code": ["female"], "language": ["hr"], "label": ["žena"]})
    >>> list_keys(labels, list="sex")
    {'female': 'female', 'zena': 'female'}
    """
    rows = labels[labels["list"].eq(list)]
    if rows.empty:
        known = ", ".join(labels["list"].unique())
        raise ValueError(f"no labels of the list '{list}'; expected one of {known}")
    return dict(_read_keys(tuple(map(tuple, rows[["code", "label"]].to_numpy(dtype=object).tolist()))))


# Labels are the same few thousand in every call; cells of case records are never kept.
_fold_label = lru_cache(maxsize=None)(fold_value)


@lru_cache(maxsize=64)
def _read_keys(rows: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    meanings: dict[str, set[str]] = {}
    for code, label in rows:
        for word in (code, label):
            meanings.setdefault(_fold_label(word), set()).add(code)
    return {key: next(iter(codes)) for key, codes in meanings.items() if key and len(codes) == 1}
