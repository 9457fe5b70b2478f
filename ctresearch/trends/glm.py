"""One way to fit generalised linear models: quiet about perfect fits, never about failures."""

from __future__ import annotations

import warnings

import numpy as np
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning


def fit_generalised(
    response: np.ndarray,
    design: np.ndarray,
    *,
    family: sm.families.Family,
    offset: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> sm.GLM:
    """Fit by iteratively reweighted least squares and return the results of statsmodels.

    A fit that meets every count is no fault in a yearly series (a constant one has it), so the warning about it is
    switched off; whether estimates exist is for the caller to check first.

    Parameters
    ----------
    response : array of float, shape (n,) or (n, 2)
        Counts, or events and non-events.
    design : array of float, shape (n, p)
    family : statsmodels family
    offset : array of float, shape (n,), optional
    start : array of float, shape (p,), optional
        Coefficients to start from.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        return sm.GLM(response, design, family=family, offset=offset).fit(start_params=start, tol=1e-9, rtol=1e-11)
