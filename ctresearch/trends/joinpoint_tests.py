"""Permutation tests for the number of joinpoints."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.trends.joinpoint_grid import Fit, Grid, measure_least

BLOCK = 1024
"""Permutations walked together: small enough for the cache of one core."""


def test_in_sequence(
    grid: Grid, best: tuple[Fit, ...], *, alpha: float, permutations_n: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, int]:
    r"""Choose the number of joinpoints by a sequence of permutation tests.

    Begin with none against the most; a rejected null goes up by one, else the alternative goes down by one. The level
    of a test of :math:`k_0` is :math:`\alpha / (k_{max} - k_0)`, which bounds the chance of too many joinpoints.

    Parameters
    ----------
    best : tuple of Fit
        Best fit for 0, 1, ... joinpoints.

    Returns
    -------
    tuple of pandas.DataFrame and int
        One row a test, and the number chosen.

    References
    ----------
    Kim, H.-J. et al. (2000). Statistics in Medicine 19, 335-351, section 3.
    National Cancer Institute. Joinpoint Help, Permutation Test Details (levels since version 3.0).
    """
    null, alternative = 0, len(best) - 1
    rows = []
    while null < alternative:
        p_value = _test(grid, best, null=null, alternative=alternative, permutations_n=permutations_n, rng=rng)
        level = alpha / (len(best) - 1 - null)
        row = {"null_n": null, "alternative_n": alternative, "p_value": p_value, "alpha": level}
        rows.append({**row, "is_rejected": p_value < level})
        null, alternative = (null + 1, alternative) if p_value < level else (null, alternative - 1)
    return pd.DataFrame(rows, columns=["null_n", "alternative_n", "p_value", "alpha", "is_rejected"]), null


def _test(
    grid: Grid, best: tuple[Fit, ...], *, null: int, alternative: int, permutations_n: int, rng: np.random.Generator
) -> float:
    """Permute the weighted residuals of the null; the p value counts the data as one of the permutations."""
    if best[null].sse <= grid.negligible:
        return 1.0
    fitted = grid.root * grid.solve(best[null].places)[2]
    residuals = grid.whitened - fitted
    observed = best[null].sse / max(best[alternative].sse, grid.negligible)
    reached = 0
    for start in range(0, permutations_n, BLOCK):
        many = np.tile(residuals, (min(BLOCK, permutations_n - start), 1))
        responses = fitted[:, None] + rng.permuted(many, axis=1).T
        least = np.maximum(measure_least(grid, responses, alternative), grid.negligible)
        reached += int((least[null] / least[alternative] >= observed * (1 - 1e-9)).sum())
    return (reached + 1) / (permutations_n + 1)
