"""One way to fit generalised linear models: quiet about perfect fits, never about failures."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ModelWarning, PerfectSeparationWarning

_NO_FIT = "The model has no finite estimates for these counts."
_ROUNDS_N, _STEP = 100, 1e-10


class NoFitError(ValueError):
    """The algorithm found no estimates; the message is a sentence for the reader."""


@dataclass(frozen=True)
class LogLine:
    """A log-linear Poisson line: slope, its Poisson standard error, and Pearson's statistic."""

    slope: float
    error: float
    pearson: float


def fit_log_line(counts: np.ndarray, x: np.ndarray, *, offset: np.ndarray) -> LogLine:
    """Fit a Poisson line in logarithms, as `fit_generalised` would and thirty times as fast.

    Masked years make dozens of scenarios of one series, so this one model has a solver of its own.

    Parameters
    ----------
    counts, x, offset : array of float, shape (n,)

    Raises
    ------
    NoFitError
        If the algorithm does not converge.

    Examples
    --------
    >>> x = np.arange(4.0)
    >>> round(fit_log_line(8 * 0.5**x, x, offset=np.zeros(4)).slope, 6)  # minus the logarithm of 2
    -0.693147
    """
    means, old = (counts + counts.mean()) / 2, np.full(len(counts), np.inf)
    with np.errstate(all="raise", under="ignore"):
        try:
            for _ in range(_ROUNDS_N):
                target = np.log(means) - offset + (counts - means) / means
                centred = x - means @ x / means.sum()
                spread = means @ centred**2
                slope, level = float(means * centred @ target / spread), float(means @ target / means.sum())
                means = np.exp(level + slope * centred + offset)
                now = np.log(means)
                if np.abs(now - old).max() <= _STEP:
                    centred = x - means @ x / means.sum()
                    pearson = float(((counts - means) ** 2 / means).sum())
                    return LogLine(slope, float((means @ centred**2) ** -0.5), pearson)
                old = now
        except FloatingPointError as error:
            raise NoFitError(_NO_FIT) from error
    raise NoFitError(_NO_FIT)


def fit_generalised(
    response: np.ndarray,
    design: np.ndarray,
    *,
    family: families.Family,
    offset: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> GLM:
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
            model = GLM(response, design, family=family, offset=offset)
            return model.fit(start_params=start, tol=1e-9, rtol=1e-11)
        except (ModelWarning, RuntimeWarning, FloatingPointError, np.linalg.LinAlgError, ValueError) as error:
            raise NoFitError(_NO_FIT) from error
