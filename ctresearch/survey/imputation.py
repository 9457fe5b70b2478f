"""Estimates from several completed copies of one data set made one, by Rubin's rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy


def pool_imputations(
    estimates: pd.DataFrame, variances: pd.DataFrame, *, complete_df: float, level: float
) -> pd.DataFrame:
    r"""Pool what was estimated in each completed data set, with what the missing answers add to the variance.

    The variance is :math:`T = \bar U + (1 + 1/m) B`, with the mean :math:`\bar U` of the variances and the variance
    :math:`B` of the estimates between the :math:`m` data sets; the degrees of freedom are those of Barnard and Rubin.

    Parameters
    ----------
    estimates, variances : pandas.DataFrame
        One row a term, one column a completed data set; a variance is a squared standard error.
    complete_df : float
        Degrees of freedom if nothing had been missing (rows less coefficients; `inf` for a large sample).
    level : float
        Confidence level (0-1).

    Returns
    -------
    pandas.DataFrame
        One row a term: `estimate`, `standard_error`, `df`, `low`, `high`, `p_value` (against 0), and `missing_share`,
        the part of the variance that is due to what is missing (lambda, 0-1).

    Raises
    ------
    ValueError
        If there are fewer than two data sets, the two tables differ in shape, or a number is missing or a variance not
        above 0.

    References
    ----------
    Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Barnard, J., Rubin, D. B. (1999). Biometrika
    86, 948-955.

    Examples
    --------
    >>> estimates = pd.DataFrame([[1.0, 3.0]], index=["mean"])
    >>> pooled = pool_imputations(estimates, estimates * 0 + 1, complete_df=np.inf, level=0.95)
    >>> pooled[["estimate", "standard_error", "missing_share"]].round(2).values.tolist()
    [[2.0, 2.0, 0.75]]
    """
    copies_n = estimates.shape[1]
    if copies_n < 2 or estimates.shape != variances.shape:
        raise ValueError(
            f"estimates have shape {estimates.shape}, variances {variances.shape}; "
            "expected the same, with a column for each of two or more completed data sets"
        )
    if not (np.isfinite(estimates.to_numpy(dtype=float)).all() and variances.gt(0).all(axis=None)):
        raise ValueError("estimates or variances are missing, or a variance is not above 0; impute or leave out first")
    within, between = variances.mean(axis=1), (1 + 1 / copies_n) * estimates.var(axis=1, ddof=1)
    total = within + between
    share = between / total
    df = _adjust_df(share.to_numpy(), copies_n, complete_df)
    middle, error = estimates.mean(axis=1), np.sqrt(total)
    reach = scipy.stats.t.ppf((1 + level) / 2, df) * error
    return pd.DataFrame(
        {
            "estimate": middle,
            "standard_error": error,
            "df": df,
            "low": middle - reach,
            "high": middle + reach,
            "p_value": 2 * scipy.stats.t.sf(np.abs(middle / error), df),
            "missing_share": share,
        }
    )


def _adjust_df(share: np.ndarray, copies_n: int, complete_df: float) -> np.ndarray:
    """Return Barnard and Rubin's degrees of freedom; those of the complete data where nothing differs."""
    with np.errstate(divide="ignore"):
        between_df = (copies_n - 1) / share**2
    seen_share = 1.0 if np.isinf(complete_df) else (complete_df + 1) / (complete_df + 3)
    with np.errstate(divide="ignore"):
        return 1 / (1 / between_df + 1 / (seen_share * complete_df * (1 - share)))
