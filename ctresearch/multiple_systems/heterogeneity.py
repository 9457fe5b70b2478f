"""Closed-population models in which persons differ, or change once caught: those of R Rcapture.

Lists that are alike (the same office on several days) show whether some persons are harder to find than others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.existence import SENTENCES, check_design
from ctresearch.multiple_systems.models import refuse_without_lists
from ctresearch.multiple_systems.poisson import deviance, log_likelihood

_SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Poisson2": lambda captures: 2.0**captures - 1,
    "Darroch": lambda captures: captures**2 / 2,
    "Gamma3.5": lambda captures: np.log(3.5) - np.log(3.5 + captures),
}
_LARGEST = 1e12
_LARGEST_LOG = 500.0
_LEAST_REST = 1e-9
_MOST_STEPS = 200
_IMPOSSIBLE = "The estimate is not a possible number of persons."


@dataclass(frozen=True, eq=False)
class _DesignFit:
    parameters: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray
    deviance: float


def compare_heterogeneity(table: pd.DataFrame, *, count: str | None, is_ordered: bool) -> pd.DataFrame:
    """Fit the closed-population models M0, Mt, Mh, Mth and, for lists in the order of time, Mb and Mbh.

    M0: one chance for all; Mt: a chance for each list; h: persons differ (Chao's lower bound, with negative parameters
    set to zero; Poisson2, Darroch and Gamma3.5 for ever longer tails); b: being caught changes the chance. Everything
    agrees with Rcapture 1.4-4 but the standard error of Mbh, whose formula there lacks a factor in the slope by the
    last parameter.

    Parameters
    ----------
    table, count
        See `read_captures`.
    is_ordered : bool
        Whether the lists stand in the order of time; only then is a change after the first capture a question.

    Returns
    -------
    pandas.DataFrame
        One row a model: `model`, `total`, `standard_error`, `deviance`, `degrees_n`, `aic`, `bic`, and `reason` where
        there are no numbers.

    Raises
    ------
    ValueError
        If the table cannot be read.

    References
    ----------
    Baillargeon, S. and Rivest, L.-P. (2007). Rcapture: loglinear models for capture-recapture in R. Journal of
    Statistical Software 19(5); Rivest, L.-P. and Baillargeon, S. (2007). Applications and extensions of Chao's
    moment estimator. Biometrics 63, 999-1006.

    Examples
    --------
    Independent lists are Mt: 30 * 20 / 10 more than the 60 seen.

    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [30, 20, 10]})
    >>> models = compare_heterogeneity(table, count="n", is_ordered=False)
    >>> models["model"].tolist(), round(float(models["total"].iloc[1]), 6)
    (['M0', 'Mt'], 120.0)
    """
    captures = read_captures(table, count=count)
    refusal = refuse_without_lists(captures)
    names = _name_models(len(captures.lists), is_ordered=is_ordered)
    rows = [{"model": name, **({"reason": refusal} if refusal else _fit(captures, name))} for name in names]
    columns = ["model", "total", "standard_error", "deviance", "degrees_n", "aic", "bic", "reason"]
    result = pd.DataFrame(rows).reindex(columns=columns).astype({"reason": "string"})
    return result.astype(dict.fromkeys(columns[1:-1], "Float64"))


def _name_models(lists: int, *, is_ordered: bool) -> list[str]:
    names = ["M0", "Mt"]
    if lists > 2:
        shapes = ["Chao", *_SHAPES]
        names += [f"{kind} {shape}" for kind in ("Mh", "Mth") for shape in shapes]
    return names + (["Mb"] + ["Mbh"] * (lists > 2) if is_ordered else [])


def _fit(captures: Captures, name: str) -> dict[str, object]:
    histories = np.arange(1, len(captures.counts))
    marks = (histories[:, None] >> np.arange(len(captures.lists))) & 1
    design, persons = _lay_out(marks.astype(float), name), captures.counts[1:]
    fit = _fit_design(persons, design)
    base = 2 if name.startswith("Mh") else len(captures.lists) + 1
    # A parameter of Chao's at minus infinity (nobody on so many lists) is one below zero: existence is asked after.
    while fit is not None and "Chao" in name and (fit.parameters[base:] < 0).any():
        first = base + int(np.argmax(fit.parameters[base:] < 0))
        design = np.delete(design, first, axis=1)
        fit = _fit_design(persons, design)
    status = check_design(design, persons > 0)
    if status or fit is None:
        return {"reason": SENTENCES[status] if status else "The fit did not settle; no number is given."}
    return _read_fit(captures, name, fit)


def _lay_out(marks: np.ndarray, name: str) -> np.ndarray:
    captures = marks.sum(axis=1)
    one = np.ones(len(marks))
    before = marks.argmax(axis=1)
    if name == "Mb":
        return np.column_stack([one, before, captures - 1])
    if name == "Mbh":
        return np.column_stack([one, 1 - marks[:, 0], before, captures - 1])
    kind, _, shape = name.partition(" ")
    design = np.column_stack([one, marks if "t" in kind else captures])
    if shape == "Chao":
        extra = [np.maximum(captures - times + 1, 0) for times in range(3, marks.shape[1] + 1)]
        return np.column_stack([design, *extra])
    return np.column_stack([design, _SHAPES[shape](captures)]) if shape else design


def _fit_design(persons: np.ndarray, design: np.ndarray) -> _DesignFit | None:
    """Iterate weighted least squares from the start and to the stop of R's glm, so that errors agree with it too."""
    fitted, old = persons + 0.1, np.inf
    for _ in range(_MOST_STEPS):
        weights = np.sqrt(fitted)
        target = np.log(fitted) + (persons - fitted) / fitted
        parameters, _, rank, _ = np.linalg.lstsq(design * weights[:, None], target * weights, rcond=1e-12)
        logs = design @ parameters
        if rank < design.shape[1] or np.abs(logs).max() > _LARGEST_LOG:
            return None
        fitted = np.exp(logs)
        new = float(deviance(persons, fitted))
        if abs(new - old) < 1e-8 * (new + 0.1):
            return _finish(parameters, design * weights[:, None], fitted, new)
        old = new
    return None


def _finish(parameters: np.ndarray, weighted: np.ndarray, fitted: np.ndarray, height: float) -> _DesignFit | None:
    triangle = np.linalg.qr(weighted, mode="r")
    scale = np.abs(np.diag(triangle))
    if scale.min() < 1e-10 * scale.max() or np.abs(parameters).max() > _LARGEST_LOG:
        return None
    inverse = np.linalg.solve(triangle, np.eye(len(triangle)))
    return _DesignFit(parameters, inverse @ inverse.T, fitted, height)


def _read_fit(captures: Captures, name: str, fit: _DesignFit) -> dict[str, object]:
    parameters = fit.parameters
    total = _find_total(parameters, captures, name)
    if not np.isfinite(total.real):
        return {"reason": _IMPOSSIBLE}
    directions = np.eye(len(parameters))
    slope = np.array([_find_total(parameters + 1e-30j * one, captures, name).imag for one in directions]) * 1e30
    hidden = total.real - captures.persons
    # Given those on a list only the hidden vary; for Mb and Mbh it is the variance of the whole less a Poisson's.
    variance = float(slope @ fit.covariance @ slope) + (hidden if name not in ("Mb", "Mbh") else -total.real)
    if not 0 <= hidden < _LARGEST or not variance >= 0:
        return {"reason": _IMPOSSIBLE}
    likelihood = float(log_likelihood(captures.counts[1:], fit.fitted))
    return {
        "total": total.real,
        "standard_error": float(np.sqrt(variance)),
        "deviance": fit.deviance,
        "degrees_n": len(captures.counts) - 1 - len(parameters),
        "aic": -2 * likelihood + 2 * len(parameters),
        "bic": -2 * likelihood + np.log(captures.persons) * len(parameters),
    }


def _find_total(parameters: np.ndarray, captures: Captures, name: str) -> complex:
    """Total population, not a number where the chances add up to one or more; complex parameters give its slope."""
    odds = np.exp(np.asarray(parameters, dtype=complex))
    lists = len(captures.lists)
    if name not in ("Mb", "Mbh"):
        return captures.persons + odds[0]
    before, after = odds[-2:]
    rest = 1 + after - before
    if rest.real < _LEAST_REST:
        return complex(np.nan)
    if name == "Mb":
        return odds[0] * (1 + after) ** lists / rest
    return odds[0] * (1 + after) ** (lists - 1) * (1 + odds[1] * before / rest)
