"""What released tables and tables that others published tell together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.disclosure.attack import find_intervals
from ctresearch.disclosure.cells import Hierarchies, PublishedTable
from ctresearch.disclosure.gate import list_cells
from ctresearch.disclosure.released import Released
from ctresearch.disclosure.system import build_system

_NEAR = 1e-6


def check_combination(
    released: Sequence[Released], *, others: Sequence[PublishedTable], hierarchies: Hierarchies
) -> pd.DataFrame:
    """List cells about which released tables and what others published tell more together than apart.

    Parameters
    ----------
    released : sequence of Released
        Tables that passed the gate.
    others : sequence of PublishedTable
        What others published about the same population.
    hierarchies : mapping
        As in `protect_tables`.

    Returns
    -------
    pandas.DataFrame
        One row a cell that one side does not show and that the other side narrows: `population`, `cell`,
        `low_apart`, `high_apart`, `low`, `high` (missing: no limit) and `is_given_away`: whether one value remains.

    Examples
    --------
    >>> from ctresearch.disclosure import CaseTable, protect_tables
    >>> from ctresearch.study import DisclosureChoices
    >>> choices = DisclosureChoices(3, "safe", 2, 1, 75.0, 10.0, 5, 5, 2, 0.3)
    >>> rows = pd.DataFrame({"sex": ["female", "male"], "persons_n": [9, 2]})
    >>> table = CaseTable("by_sex", rows, by=("sex",), value="persons_n", population="assisted")
    >>> ours = protect_tables([table], choices=choices, hierarchies={}, search="exact").tables["by_sex"]
    >>> ours.rows["status"].tolist()
    ['suppressed', 'suppressed', 'reported']
    >>> theirs = PublishedTable(
    ...     "report", pd.DataFrame({"sex": ["female"], "value_low": [9], "value_high": [9]}), ("sex",), "assisted"
    ... )
    >>> found = check_combination([ours], others=[theirs], hierarchies={})
    >>> found[["cell", "low", "high", "is_given_away"]].values.tolist()
    [['sex male', 2.0, 2.0, True]]
    """
    public = [table.publish() for table in released]
    both = build_system([], hierarchies=hierarchies, others=[*public, *others], earlier=(), only_grows=False)
    nothing = np.zeros(len(both.keys), dtype=bool)
    targets = np.flatnonzero(~both.is_public)
    together = find_intervals(both.view(nothing), targets=targets)
    apart = np.column_stack([np.zeros(len(targets)), np.full(len(targets), np.inf)])
    place = {both.keys[target]: number for number, target in enumerate(targets)}
    for side in (public, others):
        one = build_system([], hierarchies=hierarchies, others=side, earlier=(), only_grows=False)
        cells = np.array([number for number, key in enumerate(one.keys) if key in place], dtype=int)
        rows = [place[one.keys[cell]] for cell in cells]
        found = find_intervals(one.view(np.zeros(len(one.keys), dtype=bool)), targets=cells)
        apart[rows, 0] = np.maximum(apart[rows, 0], found[:, 0])
        apart[rows, 1] = np.minimum(apart[rows, 1], found[:, 1])
    is_narrower = (together[:, 0] > apart[:, 0] + _NEAR) | (together[:, 1] < apart[:, 1] - _NEAR)
    listed = list_cells(both, targets, together).assign(low_apart=apart[:, 0], high_apart=apart[:, 1])
    listed = listed.assign(is_given_away=together[:, 1] - together[:, 0] < 1 - _NEAR)
    columns = ["population", "cell", "low_apart", "high_apart", "low", "high", "is_given_away"]
    return listed.loc[is_narrower, columns].replace([np.inf, -np.inf], np.nan).reset_index(drop=True)
