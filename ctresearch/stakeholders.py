"""Who should be heard: a register of roles without persons, quotas, and the weights that stakeholders give."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.clean.text import fold_value
from ctresearch.composite import weight_ahp, weight_budget
from ctresearch.schema import Problem

WEIGHT_COLUMNS = ("pillar", "weighing", "weight_share", "lowest_share", "highest_share", "stakeholders_n", "source_id")

NOWHERE, EVERYWHERE = "nowhere", "everywhere"
"""Where a quota is filled in every jurisdiction, and where in none."""

_NAMING = re.compile(
    r"((first|last|given|family|full|sur)_?)?names?|person|contact|e?_?mail|(tele)?phone|mobile(_phone)?|tel|street"
    r"|address|ime(_i_prezime)?|prezime|telefoni?|mobitel|adres[ae]|emri|mbiemri|emer|mbiemer"
)
_MAIL = re.compile(r"\S+@\S+")
_PHONE = re.compile(r"[+(]?\d[\d ()/.-]{6,}\d")
_RUNNING = re.compile(r"[A-Za-z]{1,4}-?\d{1,6}")


def find_personal_data(rows: pd.DataFrame, *, file: str) -> list[Problem]:
    """Find columns and values that look as if they named a person or led to one.

    Parameters
    ----------
    rows : pandas.DataFrame
        A table of stakeholders as it was read, all columns text; `stakeholder` is a running short name.
    file : str
        Name for messages.

    Returns
    -------
    list of Problem
        A column named like one of names, e-mail addresses, telephone numbers or addresses; cells with such a value; a
        `stakeholder` that is no running short name. The values themselves are in no message.

    Examples
    --------
    >>> rows = pd.DataFrame({"stakeholder": ["S-001", "Ana"], "note": ["ana@example.org", ""]})
    >>> for problem in find_personal_data(rows, file="stakeholders.csv"):
    ...     print(problem)
    stakeholders.csv, row 3, column 'stakeholder': expected a running short name such as S-001. Take personal data out of the file.
    stakeholders.csv, row 2, column 'note': expected no e-mail address. Take personal data out of the file.
    """  # noqa: E501
    remedy = "Take personal data out of the file."
    named = [name for name in rows.columns if _NAMING.fullmatch(fold_value(str(name)).replace(" ", "_"))]
    problems = [Problem(file, "no column of names or addresses of persons", remedy, column=name) for name in named]
    for name in rows.columns.difference(named, sort=False):
        cells = rows[name].fillna("").astype(str)
        is_mail, is_phone = cells.str.contains(_MAIL), cells.str.fullmatch(_PHONE)
        problems += _report(cells[is_mail], file, name, "no e-mail address", remedy)
        problems += _report(cells[is_phone & ~is_mail], file, name, "no telephone number", remedy)
        if name == "stakeholder":
            is_wrong = ~cells.str.fullmatch(_RUNNING) & ~is_mail & ~is_phone
            problems += _report(cells[is_wrong], file, name, "a running short name such as S-001", remedy)
    return problems


def _report(cells: pd.Series, file: str, column: str, expected: str, remedy: str) -> list[Problem]:
    rows = tuple(int(row) + 2 for row in cells.index)
    return [Problem(file, expected, remedy, rows, column)] if rows else []


def count_quotas(stakeholders: pd.DataFrame, quotas: pd.DataFrame, *, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """Count who is in the register against who should be heard.

    Parameters
    ----------
    stakeholders : pandas.DataFrame
        The register; may be empty.
    quotas : pandas.DataFrame
        `field`, `code`, `least_n` (persons in each jurisdiction).
    jurisdictions : sequence of str
        Codes in the order of the report.

    Returns
    -------
    pandas.DataFrame
        One row a jurisdiction and quota: `jurisdiction`, `field`, `group`, `least_n`, `registered_n`, `missing_n`
        (never below 0), `reason`.

    Examples
    --------
    >>> people = pd.DataFrame({"jurisdiction": ["AAA"], "sex": ["female"]})
    >>> quotas = pd.DataFrame({"field": ["sex"], "code": ["female"], "least_n": [3], "reason": ["parity"]})
    >>> count_quotas(people, quotas, jurisdictions=["AAA"])[["registered_n", "missing_n"]].values.tolist()
    [[1, 2]]
    """
    counted = [
        people.groupby([people["jurisdiction"].astype(str), people[field].astype(str)]).size()
        for people, field in ((stakeholders, field) for field in quotas["field"].unique())
    ]
    have = {
        (place, field, code): int(number)
        for field, counts in zip(quotas["field"].unique(), counted, strict=True)
        for (place, code), number in counts.items()
    }
    rows = pd.DataFrame({"jurisdiction": list(jurisdictions)}).merge(quotas.rename(columns={"code": "group"}), "cross")
    keys = zip(rows["jurisdiction"], rows["field"], rows["group"], strict=True)
    rows["registered_n"] = pd.Series([have.get(key, 0) for key in keys], index=rows.index, dtype="Int64")
    rows["missing_n"] = (rows["least_n"].astype("Int64") - rows["registered_n"]).clip(lower=0)
    order = ["jurisdiction", "field", "group", "least_n", "registered_n", "missing_n", "reason"]
    return rows[order]


def sum_missing(counted: pd.DataFrame) -> pd.DataFrame:
    """Sum over the jurisdictions what the quotas ask for and what is missing.

    Parameters
    ----------
    counted : pandas.DataFrame
        From `count_quotas`.

    Returns
    -------
    pandas.DataFrame
        One row a quota: `field`, `group`, `least_n` (in one jurisdiction), `registered_n` and `missing_n` (in all),
        `missing_in` (codes of jurisdictions, joined by `;`, or
        `nowhere` or `everywhere`), `reason`.

    Examples
    --------
    >>> people = pd.DataFrame({"jurisdiction": ["AAA"], "sex": ["female"]})
    >>> quotas = pd.DataFrame({"field": ["sex"], "code": ["female"], "least_n": [1], "reason": ["parity"]})
    >>> sum_missing(count_quotas(people, quotas, jurisdictions=["AAA", "BBB"]))["missing_in"].tolist()
    ['BBB']
    """
    by = counted.groupby(["field", "group"], sort=False)
    summed = by.agg(
        least_n=("least_n", "first"),
        registered_n=("registered_n", "sum"),
        missing_n=("missing_n", "sum"),
        reason=("reason", "first"),
    )
    missing = counted[counted["missing_n"].gt(0)].groupby(["field", "group"], sort=False)["jurisdiction"].agg(";".join)
    everywhere = ";".join(counted["jurisdiction"].unique())
    missing = missing.reindex(summed.index).fillna(NOWHERE).replace(everywhere, EVERYWHERE)
    summed.insert(3, "missing_in", missing)
    return summed.reset_index()


def describe_sectors(stakeholders: pd.DataFrame) -> pd.DataFrame:
    """Describe the register by sector: how many, and their mean power and interest as the team judges them.

    Returns
    -------
    pandas.DataFrame
        One row a sector, the most powerful first: `sector`, `stakeholders_n`, `power_mean`, `interest_mean` (1 to 5),
        `source_id`.

    Examples
    --------
    >>> people = pd.DataFrame({"sector": ["ngo", "ngo"], "power": [1, 2], "interest": [5, 5], "source_id": "s"})
    >>> describe_sectors(people)[["stakeholders_n", "power_mean", "interest_mean"]].values.tolist()
    [[2.0, 1.5, 5.0]]
    """
    by = stakeholders.astype({"power": "float64", "interest": "float64"}).groupby("sector", sort=False)
    described = by.agg(
        stakeholders_n=("sector", "size"),
        power_mean=("power", "mean"),
        interest_mean=("interest", "mean"),
        source_id=("source_id", lambda ids: ";".join(dict.fromkeys(ids))),
    )
    return described.reset_index().sort_values("power_mean", ascending=False, kind="stable", ignore_index=True)


def weigh_pillars(
    allocations: pd.DataFrame, comparisons: pd.DataFrame, *, budget_points: float, consistency_limit: float
) -> pd.DataFrame:
    """Weigh the pillars by the budgets that stakeholders spread and by their comparisons of pairs.

    Parameters
    ----------
    allocations : pandas.DataFrame
        `stakeholder`, `pillar`, `points`, `source_id`; may be empty.
    comparisons : pandas.DataFrame
        `stakeholder`, `first`, `second`, `ratio`, `source_id`; may be empty.
    budget_points, consistency_limit : float
        From `study.SurveyRules`.

    Returns
    -------
    pandas.DataFrame
        One row a pillar and method (`budget`, `pairs`): `weight_share` (0-1), the lowest and highest share that a
        single stakeholder gave, `stakeholders_n`, `source_id`. A method without a sheet has no row.

    Raises
    ------
    ValueError
        As `composite.weight_budget` and `composite.weight_ahp`.

    Examples
    --------
    >>> rows = [("S-1", "data", 60, "s"), ("S-1", "protection", 40, "s")]
    >>> points = pd.DataFrame(rows, columns=["stakeholder", "pillar", "points", "source_id"])
    >>> pairs = pd.DataFrame(columns=["stakeholder", "first", "second", "ratio", "source_id"])
    >>> weigh_pillars(points, pairs, budget_points=100, consistency_limit=0.1)["weight_share"].tolist()
    [0.6, 0.4]
    """
    parts = []
    if len(allocations):
        named = allocations.rename(columns={"stakeholder": "expert", "pillar": "code"}).astype({"points": "float64"})
        shares = named.pivot_table(index="expert", columns="code", values="points", fill_value=0.0) / budget_points
        parts.append(_tabulate(weight_budget(named, points=budget_points), shares, "budget", allocations))
    if len(comparisons):
        named = comparisons.rename(columns={"stakeholder": "expert"}).astype({"ratio": "float64"})
        joint = weight_ahp(named, consistency_limit=consistency_limit).weights
        own = [weight_ahp(rows, consistency_limit=np.inf).weights for _, rows in named.groupby("expert")]
        parts.append(_tabulate(joint, pd.DataFrame(own), "pairs", comparisons))
    rows = pd.concat(parts) if parts else pd.DataFrame()
    return rows.reindex(columns=list(WEIGHT_COLUMNS)).reset_index(drop=True)


def _tabulate(weights: pd.Series, shares: pd.DataFrame, method: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the joint weights with the lowest and highest share of a stakeholder (a row of `shares`)."""
    return pd.DataFrame(
        {
            "pillar": weights.index.astype(str),
            "weighing": method,
            "weight_share": weights.to_numpy(),
            "lowest_share": shares.min().reindex(weights.index).to_numpy(),
            "highest_share": shares.max().reindex(weights.index).to_numpy(),
            "stakeholders_n": rows["stakeholder"].nunique(),
            "source_id": ";".join(dict.fromkeys(rows["source_id"])),
        }
    )
