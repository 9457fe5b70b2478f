"""Controlled rounding: every count becomes a multiple of a base, and every sum stays a sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import scipy

from ctresearch.choices import DisclosureChoices
from ctresearch.disclosure.attack import find_intervals
from ctresearch.disclosure.cells import CaseTable, Hierarchies
from ctresearch.disclosure.gate import check_names, list_cells
from ctresearch.disclosure.released import SEAL, Release, Released
from ctresearch.disclosure.room import UnprotectedError
from ctresearch.disclosure.rules import find_unsafe_counts
from ctresearch.disclosure.system import System, build_system

_NEAR = 1e-6


def round_tables(tables: Sequence[CaseTable], *, choices: DisclosureChoices, hierarchies: Hierarchies) -> Release:
    r"""Round the counts of all tables of a build together, and audit the result.

    Zero-restricted controlled rounding (Cox, 1987, Journal of the American Statistical Association 82, 520-524): every
    count goes to the multiple of the base below or above it, multiples stay, every sum of rounded counts is the
    rounded sum, and :math:`\sum|r_i-x_i|` over all cells, margins included, is the smallest possible.

    Parameters
    ----------
    tables : sequence of CaseTable
        All tables of the build, of counts.
    choices : DisclosureChoices
        `rounding_base`, and the primary rules, whose cells the audit looks at.
    hierarchies : mapping
        As in `protect_tables`.

    Returns
    -------
    Release

    Raises
    ------
    ValueError
        In a sentence: for amounts; if no such rounding exists, which happens where many tables share cells; or if a
        reader could calculate too much about an unsafe cell all the same (`UnprotectedError`).

    Examples
    --------
    >>> choices = DisclosureChoices(3, "safe", 2, 1, 75.0, 10.0, 5, 5, 2, 0.3)
    >>> rows = pd.DataFrame({"sex": ["female", "male"], "persons_n": [9, 2]})
    >>> table = CaseTable("by_sex", rows, by=("sex",), value="persons_n", population="assisted")
    >>> round_tables([table], choices=choices, hierarchies={}).tables["by_sex"].rows["persons_n"].tolist()
    [10.0, 0.0, 10.0]
    """
    check_names(tables)
    if any(table.contributions is not None for table in tables):
        raise ValueError("Amounts are not rounded; protect them by hiding cells.")
    system = build_system(tables, hierarchies=hierarchies, others=(), earlier=(), only_grows=False)
    base = choices.rounding_base
    rounded = _round_together(system, base)
    audit = _audit(system, rounded, choices)
    if not audit["is_safe"].all():
        raise UnprotectedError(
            f"{(~audit['is_safe']).sum()} cells fail the audit: rounding to multiples of {base} leaves less doubt than "
            "protection_n asks for. Use a larger rounding_base."
        )
    released = {
        table.name: _release(table, grid.codes, rounded[place], system.is_shown[place], base)
        for table, grid, place in zip(tables, system.grids, system.places, strict=True)
    }
    changed_n = int((system.is_shown & (rounded != system.values)).sum())
    return Release(released, audit, int(system.is_shown.sum()), len(audit), changed_n)


def _round_together(system: System, base: int) -> np.ndarray:
    below = np.floor(system.values / base) * base
    rest = system.values - below
    result = scipy.optimize.milp(
        base - 2 * rest,
        constraints=scipy.optimize.LinearConstraint(
            system.equations, -(system.equations @ below) / base, -(system.equations @ below) / base
        ),
        integrality=np.ones(len(rest)),
        bounds=scipy.optimize.Bounds(0, (rest > 0).astype(float)),
        options={"mip_rel_gap": 0},
    )
    if result.x is None:
        raise ValueError(
            f"No rounding to multiples of {base} keeps every sum of these tables. Use another rounding_base, fewer "
            "linked tables, or hide cells instead."
        )
    return below + base * np.round(result.x)


def _audit(system: System, rounded: np.ndarray, choices: DisclosureChoices) -> pd.DataFrame:
    needs = find_unsafe_counts(system.values, choices=choices)
    targets = np.flatnonzero(~np.isnan(needs).all(axis=1))
    spread = choices.rounding_base - 1
    reader = replace(
        system.view(np.ones_like(system.is_shown)), low=np.maximum(rounded - spread, 0), high=rounded + spread
    )
    found = find_intervals(reader, targets=targets)
    # Rounding moves a count to either side: what must remain is the width of the doubt, not its place around the count.
    is_safe = found[:, 1] - found[:, 0] >= np.minimum(needs[targets].max(axis=1), spread) - _NEAR
    return list_cells(system, targets, found).assign(is_safe=is_safe)


def _release(table: CaseTable, codes: pd.DataFrame, rounded: np.ndarray, is_shown: np.ndarray, base: int) -> Released:
    rows = codes.assign(**{table.value: rounded, "status": "rounded"})[is_shown].reset_index(drop=True)
    note = (
        f"Every number is rounded to a multiple of {base}, so that nobody can be recognised: the true one is less than "
        f"{base} away, and 0 can stand for a few persons."
    )
    return Released(
        table.name, rows, tuple(table.by), table.value, table.population, note, table.source_id, base - 1, SEAL
    )
