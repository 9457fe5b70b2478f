"""Which choice matters: Sobol indices of scores and ranks, through SALib."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.robustness.choices import FACTORS
from ctresearch.robustness.engine import Setting, evaluate_draws, pick_options, prepare_setting
from ctresearch.robustness.simulation import count_failures, rank_draws

RANK_SHIFT = "rank_shift"
"""Output: mean over the jurisdictions of how many ranks they move from the reference."""

_COLUMNS = ["output", "factor", "first", "first_low", "first_high", "total", "total_low", "total_high", "reason"]


def estimate_sobol(
    evaluate: Callable[[np.ndarray], np.ndarray],
    *,
    names: Sequence[str],
    outputs: Sequence[str],
    base_n: int,
    resamples: int,
    level: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimate first-order and total Sobol indices of a function of independent numbers between 0 and 1.

    Parameters
    ----------
    evaluate : callable
        Takes an array of shape (n, k) of numbers between 0 and 1, returns one of shape (n, m).
    names : sequence of str, length k
        Factors.
    outputs : sequence of str, length m
        What is returned.
    base_n : int
        Size of the base sample, a power of 2; the function is evaluated at base_n * (k + 2) points.
    resamples : int
        Bootstrap resamples of the intervals.
    level : float
        Confidence level of the intervals.
    rng : numpy.random.Generator
        Seeds the sample and the resamples.

    Returns
    -------
    pandas.DataFrame
        `output`, `factor`, `first`, `total` (shares of the variance) with intervals, and `reason` where the output
        does not vary.

    Raises
    ------
    ValueError
        If `base_n` is no power of 2, or an output is not finite everywhere.

    References
    ----------
    Sobol, I. M. (2001). Math. Comput. Simul. 55, 271-280.
    Saltelli, A. et al. (2010). Comput. Phys. Commun. 181, 259-270.

    Examples
    --------
    >>> found = estimate_sobol(
    ...     lambda x: x[:, :1], names=["a", "b"], outputs=["y"], base_n=256, resamples=50, level=0.95,
    ...     rng=np.random.default_rng(1),
    ... )
    >>> found["total"].round(2).abs().tolist()
    [1.0, 0.0]
    """
    from SALib.sample import sobol as sampling

    if base_n < 2 or base_n & (base_n - 1):
        raise ValueError(f"base_n is {base_n}; expected a power of 2, for example 1024")
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    points = sampling.sample(problem, base_n, calc_second_order=False, seed=int(rng.integers(2**31)))
    found = np.asarray(evaluate(points), dtype=float)
    if not np.isfinite(found).all():
        lost = int((~np.isfinite(found)).any(axis=1).sum())
        raise ValueError(f"Sobol indices need every combination: {lost} of {len(found)} could not be calculated")
    seed = int(rng.integers(2**31))
    tables = [
        _analyse(problem, found[:, place], output, resamples=resamples, level=level, seed=seed)
        for place, output in enumerate(outputs)
    ]
    return pd.concat(tables, ignore_index=True)


def measure_influence(
    scores: Mapping[str, pd.DataFrame],
    structure: pd.DataFrame,
    *,
    weights: pd.DataFrame,
    choices: pd.DataFrame,
    scale: tuple[float, float],
    constant: str,
    reference: Mapping[str, str],
    base_n: int,
    resamples: int,
    level: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Measure how much of the movement in ranks and scores is due to each choice.

    Parameters
    ----------
    scores, structure, weights, choices, scale, constant
        As in `simulate_choices`; every combination of options must be calculable.
    reference : mapping
        The option of every factor from which rank shifts are counted.
    base_n, resamples, level, rng
        As in `estimate_sobol`.

    Returns
    -------
    pandas.DataFrame
        As `estimate_sobol`, for the outputs `rank_shift` and, of every jurisdiction, `rank CODE` and `score CODE`
        (no scores if z-scores, which have no common scale, are one of several options). Factors with one option are
        not listed.

    Raises
    ------
    ValueError
        As `simulate_choices`; if no factor has two options; or saying how many combinations cannot be calculated and
        why: leave out the option that cannot be combined.

    Examples
    --------
    >>> from ctresearch.composite import describe_structure, weight_equal
    >>> from ctresearch.robustness import describe_choices
    >>> indicators = pd.DataFrame({"indicator": ["P-1", "P-2"], "pillar": ["protection", "protection"]})
    >>> structure = describe_structure(indicators, top="index", goalposts=(0, 3))
    >>> options = {"coder": ["A"], "missing": ["lowest", "highest"], "normalise": ["goalposts"], "weight": ["equal"],
    ...            "aggregate": ["arithmetic"], "left_out": ["none"]}
    >>> found = measure_influence(
    ...     {"A": pd.DataFrame({"P-1": [3.0, 0.0], "P-2": [None, 0.0]}, index=["ALB", "SRB"])}, structure,
    ...     weights=weight_equal(structure).to_frame("equal"), choices=describe_choices(options), scale=(0, 100),
    ...     constant="middle", reference={name: options[name][0] for name in options}, base_n=64, resamples=10,
    ...     level=0.95, rng=np.random.default_rng(1),
    ... )
    >>> found.loc[found["output"].eq("score ALB"), ["factor", "total"]].round(1).values.tolist()
    [['missing', 1.0]]
    """
    setting = prepare_setting(scores, structure, weights=weights, choices=choices, scale=scale, constant=constant)
    varied = [name for name in FACTORS if np.count_nonzero(setting.probabilities[name]) > 1]
    if not varied:
        raise ValueError("no factor has two options with a probability above 0, so no choice can matter")
    start = _find_reference(setting, reference)
    has_scores = "zscore" not in setting.options["normalise"] or len(setting.options["normalise"]) == 1
    outputs = [RANK_SHIFT, *(f"rank {code}" for code in setting.units)]
    outputs += [f"score {code}" for code in setting.units] if has_scores else []

    def evaluate(points: np.ndarray) -> np.ndarray:
        uniforms = np.zeros((len(points), len(FACTORS)))
        uniforms[:, [FACTORS.index(name) for name in varied]] = points
        evaluated = evaluate_draws(setting, pick_options(setting, uniforms))
        failures = count_failures(evaluated)
        if len(failures):
            lost = int(failures["draws_n"].sum())
            raise ValueError(
                f"Sobol indices need every combination: {lost} of {len(points)} could not be calculated, "
                f"most often because: {failures['reason'].iloc[0]}"
            )
        ranks = rank_draws(evaluated.scores)
        shift = np.abs(ranks - start).mean(axis=1, keepdims=True)
        return np.hstack([shift, ranks, evaluated.scores] if has_scores else [shift, ranks])

    return estimate_sobol(
        evaluate, names=varied, outputs=outputs, base_n=base_n, resamples=resamples, level=level, rng=rng
    )


def _find_reference(setting: Setting, reference: Mapping[str, str]) -> np.ndarray:
    absent = [name for name in FACTORS if reference.get(name) not in setting.options[name]]
    if absent:
        raise ValueError(f"reference needs one of the chosen options for {', '.join(absent)}")
    picks = np.array([[setting.options[name].index(reference[name]) for name in FACTORS]])
    evaluated = evaluate_draws(setting, picks)
    if evaluated.reasons[0]:
        raise ValueError(f"the reference cannot be calculated: {evaluated.reasons[0]}")
    return rank_draws(evaluated.scores)


def _analyse(
    problem: dict[str, object], found: np.ndarray, output: str, *, resamples: int, level: float, seed: int
) -> pd.DataFrame:
    from SALib.analyze import sobol as analysis

    table = pd.DataFrame({"output": output, "factor": problem["names"], "reason": ""})
    if np.ptp(found) <= 1e-9 * max(1.0, float(np.abs(found).max())):
        blank = dict.fromkeys([name for name in _COLUMNS if name not in table], np.nan)
        return table.assign(**blank, reason="the same whatever is chosen")[_COLUMNS]
    indices = analysis.analyze(
        problem, found, calc_second_order=False, num_resamples=resamples, conf_level=level, seed=seed
    )
    for name, key in (("first", "S1"), ("total", "ST")):
        values, half = np.asarray(indices[key]), np.asarray(indices[f"{key}_conf"])
        table = table.assign(**{name: values, f"{name}_low": values - half, f"{name}_high": values + half})
    return table[_COLUMNS]
