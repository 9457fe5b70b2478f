"""Primary rules: which cells are unsafe by themselves, and how much doubt about them must remain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.disclosure.cells import TOTAL, Hierarchies
from ctresearch.study import DisclosureChoices


def find_unsafe_counts(counts: np.ndarray, *, choices: DisclosureChoices) -> np.ndarray:
    """Find counts under the threshold.

    Parameters
    ----------
    counts : array of float, shape (cells,)
        Counts of persons; a negative one is a change between two versions of the data and is judged by its size.
    choices : DisclosureChoices
        `least_n`: smallest count that is shown; `zeros`: `safe` or `unsafe`; `protection_n`: doubt that must remain.

    Returns
    -------
    numpy.ndarray, shape (cells, 2)
        By how much the attacker's interval must reach below and above the count; missing where the count is safe. It
        need not reach below zero.

    Examples
    --------
    >>> from ctresearch.study import DisclosureChoices
    >>> choices = DisclosureChoices(3, "safe", 2, 1, 75.0, 10.0, 5, 5, 2, 0.3)
    >>> find_unsafe_counts(np.array([0.0, 1.0, 3.0]), choices=choices).tolist()
    [[nan, nan], [1.0, 2.0], [nan, nan]]
    """
    size = np.abs(counts)
    is_unsafe = (size < choices.least_n) & ((size > 0) | (choices.zeros == "unsafe"))
    protection = float(choices.protection_n)
    needs = np.column_stack(
        [np.where(counts < 0, protection, np.minimum(size, protection)), np.full(len(size), protection)]
    )
    return np.where(is_unsafe[:, None], needs, np.nan)


def find_unsafe_amounts(
    contributions: pd.DataFrame, *, by: Sequence[str], value: str, choices: DisclosureChoices, hierarchies: Hierarchies
) -> pd.DataFrame:
    r"""Find amounts of which one contributor can learn too much about another.

    With contributions :math:`x_1\ge x_2\ge\dots` to the total :math:`X`, a cell is unsafe if fewer than `least_n`
    contribute; by dominance (n, k) if :math:`x_1+\dots+x_n > kX/100`, and must then be protected by
    :math:`100(x_1+\dots+x_n)/k - X`; by the p% rule if :math:`X-x_1-x_2 < px_1/100`, and must then be protected by
    :math:`px_1/100-(X-x_1-x_2)` (Hundepool and others, 2012, Statistical Disclosure Control, chapter 4). A cell of
    too few contributors that neither of the two rules catches is protected by p% of its value.

    Parameters
    ----------
    contributions : pandas.DataFrame
        `contributor`, the columns of `by`, and the value: one row a contributor and cell.
    by : sequence of str
        Dimensions.
    value : str
        Column of the amount, not below zero.
    choices : DisclosureChoices
        `least_n`, `dominance_n`, `dominance_pct`, `p_pct`.
    hierarchies : mapping
        See `Hierarchies`.

    Returns
    -------
    pandas.DataFrame
        One row a cell, margins included: `by` (with `total`), `contributors_n`, `total`, `rules` (those that were
        broken, joined by `;`) and `protection`, missing where the cell is safe.

    Examples
    --------
    One of three contributors gives 80 of 100: more than 75%, and the other two can tell its share to within 10%.

    >>> from ctresearch.study import DisclosureChoices
    >>> choices = DisclosureChoices(3, "safe", 2, 1, 75.0, 10.0, 5, 5, 2, 0.3)
    >>> paid = pd.DataFrame({"contributor": list("abc"), "year": "2020", "amount": [80.0, 15, 5]})
    >>> found = find_unsafe_amounts(paid, by=["year"], value="amount", choices=choices, hierarchies={})
    >>> found[["year", "rules"]].values.tolist()
    [['2020', 'dominance;p'], ['total', 'dominance;p']]
    >>> found["protection"].round(2).tolist()
    [6.67, 6.67]
    """
    whole = contributions.assign(**{name: _list_sums(contributions[name], hierarchies.get(name, {})) for name in by})
    for name in by:
        whole = whole.explode(name)
    each = whole.groupby([*by, "contributor"])[value].sum().reset_index()
    rows = [
        dict(zip(by, key, strict=True)) | _judge(cell[value].to_numpy(dtype=float), choices)
        for key, cell in each.groupby(list(by))
    ]
    return pd.DataFrame(rows)


def _list_sums(codes: pd.Series, parents: Mapping[str, str]) -> list[list[str]]:
    paths = {}
    for code in codes.unique():
        path = [code]
        while path[-1] in parents:
            path.append(parents[path[-1]])
        paths[code] = [*path, TOTAL]
    return [paths[code] for code in codes]


def _judge(amounts: np.ndarray, choices: DisclosureChoices) -> dict[str, object]:
    amounts = np.sort(amounts[amounts > 0])[::-1]
    total = amounts.sum()
    top, first, second = amounts[: choices.dominance_n].sum(), amounts[:1].sum(), amounts[1:2].sum()
    gaps = {
        "threshold": choices.p_pct / 100 * total if 0 < len(amounts) < choices.least_n else 0.0,
        "dominance": 100 / choices.dominance_pct * top - total,
        "p": choices.p_pct / 100 * first - (total - first - second),
    }
    broken = {rule: gap for rule, gap in gaps.items() if gap > 0}
    strict = {rule: gap for rule, gap in broken.items() if rule != "threshold"} or broken
    return {
        "contributors_n": len(amounts),
        "total": total,
        "rules": ";".join(broken),
        "protection": max(strict.values(), default=np.nan),
    }
