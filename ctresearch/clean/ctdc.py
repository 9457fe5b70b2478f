"""Releases of the Counter-Trafficking Data Collaborative: one row a case, and counts of cases.

The rows are cases of assistance or of hotlines, not victims in a population; those of the synthetic releases are no
persons at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import pandas as pd

from ctresearch.clean.countries import map_countries
from ctresearch.clean.distinct import map_distinct
from ctresearch.clean.headers import find_table
from ctresearch.clean.result import Cleaned, find_unmapped
from ctresearch.clean.text import tidy_text

COUNTRIES = ("citizenship", "CountryOfExploitation")
"""Columns of countries, which are also the roles in which a jurisdiction is counted."""

DIMENSIONS = ("gender", "ageBroad", "majorityStatus", "majorityStatusAtExploit", "traffickMonths", "yearOfRegistration")
"""Columns by which cases are counted."""

REDACTED = "redacted"
"""A citizenship that the publisher took out so that nobody can be found; not the same as not known."""

_FLAGS = r"(?:is|means|typeOf|recruiterRelation)[A-Z]\w*"
_ANSWERS = {"1": True, "1.0": True, "0": False, "0.0": False}
_UNKNOWN = "-99"
_REMEDY = "Look the rows up in the publisher's dictionary; a value is never guessed."


def tidy_ctdc(sheets: Mapping[str, pd.DataFrame], *, file: str, labels: pd.DataFrame) -> Cleaned:
    """Turn a synthetic or k-anonymised release into one row a case.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Raw cells as text; index: row number in the file.
    file : str
        Name of the file, for messages.
    labels : pandas.DataFrame
        The framework table `labels`.

    Returns
    -------
    Cleaned
        `cases`, in the publisher's columns; index: row number in the file. `yearOfRegistration` is a number; countries
        are alpha-3 (`NA` is Namibia; a citizenship `0` is `redacted`); the yes-no columns are `boolean`, where a blank
        or `-99` is missing and never "no". Problems give row numbers only.

    Examples
    --------
    >>> head = ["yearOfRegistration", "gender", "citizenship", "CountryOfExploitation", "isForcedLabour"]
    >>> rows = [["2016", "Female", "NA", "AL", "1"], ["2016", "-99", "0", "MK", None]]
    >>> cells = pd.DataFrame([head, *rows], index=[1, 2, 3])
    >>> labels = pd.DataFrame([("country", "ALB", "en", "Albania")], columns=["list", "code", "language", "label"])
    >>> tidy_ctdc({"": cells}, file="x.csv", labels=labels).tables["cases"].values.tolist()
    [[2016, 'Female', 'NAM', 'ALB', True], [2016, nan, 'redacted', 'MKD', <NA>]]
    """
    found = find_table(sheets, file=file, required=["yearOfRegistration", "gender", *COUNTRIES])
    if found.problems:
        return Cleaned({}, problems=found.problems)
    raw = found.frame.apply(tidy_text)
    raw = raw.mask(raw.eq(_UNKNOWN))
    cases, problems = raw.copy(), []
    for name in raw.columns:
        if name in COUNTRIES:
            cases[name] = map_countries(raw[name], labels, iso2=True)
            cases[name] = cases[name].mask(raw[name].isin(["0", "00"]), REDACTED)
            expected = "a country code, or 0 where the publisher took it out"
        elif name == "yearOfRegistration":
            cases[name] = map_distinct(raw[name], _read_year, dtype="Int64")
            expected = "a year"
        elif re.fullmatch(_FLAGS, name) and not name.endswith("Concatenated"):
            cases[name] = map_distinct(raw[name], _ANSWERS.get, dtype="boolean")
            expected = "1, 0, -99 or an empty cell"
        else:
            continue
        problems += find_unmapped(
            raw[name], cases[name], file=file, column=name, expected=expected, remedy=_REMEDY, show_value=False
        )
    return Cleaned({"cases": cases}, problems=tuple(problems))


def _read_year(text: str) -> int | None:
    number = text.removesuffix(".0")
    return int(number) if re.fullmatch(r"(?:19|20)[0-9]{2}", number) else None


def count_cases(
    cases: pd.DataFrame, *, role: str, jurisdictions: Collection[str], dimensions: Collection[str] = DIMENSIONS
) -> pd.DataFrame:
    """Count the cases of some jurisdictions: all, by single columns, and by each yes-no column.

    Parameters
    ----------
    cases : pandas.DataFrame
        The table of `tidy_ctdc`.
    role : str
        `citizenship` or `CountryOfExploitation`: in which role a jurisdiction is looked for.
    jurisdictions : collection of str
        Codes (alpha-3).
    dimensions : collection of str
        Columns to count by, where the release has them.

    Returns
    -------
    pandas.DataFrame
        `role`, `jurisdiction`, `dimension`, `category`, `n` (cases). A missing answer is in no category, so that
        categories need not add up to `total`. `is_yes` and `is_no` count the answers of each yes-no column.

    Raises
    ------
    ValueError
        If `role` is neither of the two.

    Examples
    --------
    >>> cases = pd.DataFrame({"citizenship": ["ALB", "ALB"], "gender": ["Female", None],
    ...     "isForcedLabour": pd.array([True, None], dtype="boolean")})
    >>> counts = count_cases(cases, role="citizenship", jurisdictions=["ALB"])
    >>> counts[["dimension", "category", "n"]].values.tolist()
    [['total', 'all', 2], ['gender', 'Female', 1], ['is_yes', 'isForcedLabour', 1], ['is_no', 'isForcedLabour', 0]]
    """
    if role not in COUNTRIES:
        raise ValueError(f"role is '{role}'; expected one of {', '.join(COUNTRIES)}")
    ours = cases[cases[role].isin(jurisdictions)]
    flags = [name for name in ours if isinstance(ours[name].dtype, pd.BooleanDtype)]
    groups = ours.groupby(role, observed=True)
    totals = groups.size().reindex(list(jurisdictions), fill_value=0)
    parts = [_lengthen(totals.to_frame("all"), "total")]
    for name in dimensions:
        if name in ours:
            parts.append(_lengthen(groups[name].value_counts().unstack(fill_value=0), name, keep_zeros=False))
    parts.append(_lengthen(groups[flags].sum(), "is_yes"))
    parts.append(_lengthen((~ours[flags]).groupby(ours[role], observed=True).sum(), "is_no"))
    counts = pd.concat(parts, ignore_index=True)
    counts.insert(0, "role", role)
    return counts.astype({"n": "Int64"})


def _lengthen(wide: pd.DataFrame, dimension: str, *, keep_zeros: bool = True) -> pd.DataFrame:
    long = wide.rename_axis(index="jurisdiction", columns="category").stack().rename("n").reset_index()
    long.insert(1, "dimension", dimension)
    long["category"] = long["category"].astype("str")
    return long if keep_zeros else long[long["n"].gt(0)]
