"""One way to fit generalised linear models: quiet about perfect fits, never about failures."""

from __future__ import annotations

import warnings

import numpy as np
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import ModelWarning, PerfectSeparationWarning


class NoFitError(ValueError):
    """The algorithm found no estimates; the message is a sentence for the reader."""


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

    Raises
    ------
    NoFitError
        If the algorithm does not converge or meets a singular matrix.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        try:
            model = sm.GLM(response, design, family=family, offset=offset)
            return model.fit(start_params=start, tol=1e-9, rtol=1e-11)
        except (ModelWarning, RuntimeWarning, FloatingPointError, np.linalg.LinAlgError, ValueError) as error:
            raise NoFitError("The model has no finite estimates for these counts.") from error
