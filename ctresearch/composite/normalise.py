"""Normalisation: every indicator on a comparable scale, more being better; missing values stay missing.

Every function takes one row a jurisdiction (index) and one column an indicator, and `directions` (1: more is better,
-1: less is better, for every indicator), and returns a new table of the same shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.composite.structure import align_values

Numbers = pd.Series | Mapping[str, float]

CONSTANT = ("refuse", "middle")
"""An indicator on which all are alike is refused, or puts all in the middle of the scale: it tells nobody apart."""


def normalise_goalposts(
    scores: pd.DataFrame, *, directions: Numbers, lows: Numbers, highs: Numbers, scale: tuple[float, float]
) -> pd.DataFrame:
    r"""Place values between fixed goalposts: :math:`(x-l)/(h-l)`, turned round where less is better.

    Parameters
    ----------
    scores, directions
        As in all normalisations.
    lows, highs : mapping
        Goalposts of every indicator, in its own unit; values beyond them are refused, not cut.
    scale : tuple of float
        Result at the worse and at the better goalpost, for example (0, 100).

    Raises
    ------
    ValueError
        Naming the indicator whose goalposts do not ascend or whose values lie beyond them.

    Examples
    --------
    >>> scores = pd.DataFrame({"P-1": [0.0, 3.0, None]})
    >>> normalise_goalposts(scores, directions={"P-1": 1}, lows={"P-1": 0}, highs={"P-1": 3}, scale=(0, 100))[
    ...     "P-1"
    ... ].tolist()
    [0.0, 100.0, nan]
    """
    sign = _align_directions(directions, scores)
    low, high = (align_values(ends, scores.columns, what=what) for ends, what in ((lows, "lows"), (highs, "highs")))
    _refuse_columns(scores, low >= high, "needs a low goalpost below the high one")
    values = scores.to_numpy(dtype=float)
    _refuse_columns(scores, ((values < low) | (values > high)).any(axis=0), "has values beyond its goalposts")
    share = (values - low) / (high - low)
    return _spread(scores, np.where(sign > 0, share, 1 - share), scale)


def normalise_minmax(
    scores: pd.DataFrame, *, directions: Numbers, scale: tuple[float, float], constant: str
) -> pd.DataFrame:
    r"""Place values between the lowest and the highest found: :math:`(x-\min)/(\max-\min)` (Handbook, section 5).

    Parameters
    ----------
    scores, directions
        As in all normalisations.
    scale : tuple of float
        Result of the worst and the best.
    constant : str
        One of `CONSTANT`.

    Raises
    ------
    ValueError
        Naming the indicators that are constant, if those are refused.

    Examples
    --------
    >>> scores = pd.DataFrame({"P-1": [1.0, 2.0, 3.0]})
    >>> normalise_minmax(scores, directions={"P-1": -1}, scale=(0, 1), constant="refuse")["P-1"].tolist()
    [1.0, 0.5, 0.0]
    """
    values = scores.to_numpy(dtype=float) * _align_directions(directions, scores)
    low, high = _reduce(np.fmin, values), _reduce(np.fmax, values)
    is_flat = _find_constant(scores, low, high, constant)
    share = (values - low) / np.where(is_flat, 1.0, high - low)
    return _spread(scores, np.where(is_flat & ~np.isnan(values), 0.5, share), scale)


def normalise_zscore(scores: pd.DataFrame, *, directions: Numbers, constant: str) -> pd.DataFrame:
    r"""Standardise: :math:`(x-\bar x)/s` with the sample standard deviation (n-1) (Handbook, section 5).

    Parameters
    ----------
    scores, directions
        As in all normalisations.
    constant : str
        One of `CONSTANT`; the middle is 0.

    Raises
    ------
    ValueError
        Naming the indicators that are constant, if those are refused.

    Examples
    --------
    >>> normalise_zscore(pd.DataFrame({"P-1": [1.0, 2.0, 3.0]}), directions={"P-1": 1}, constant="refuse")[
    ...     "P-1"
    ... ].tolist()
    [-1.0, 0.0, 1.0]
    """
    values = scores.to_numpy(dtype=float) * _align_directions(directions, scores)
    is_flat = _find_constant(scores, _reduce(np.fmin, values), _reduce(np.fmax, values), constant)
    frame = pd.DataFrame(values)
    deviation = np.where(is_flat, 1.0, frame.std(ddof=1).to_numpy())
    centred = values - frame.mean().to_numpy()
    return _frame(scores, np.where(is_flat & ~np.isnan(values), 0.0, centred / deviation))


def normalise_rank(scores: pd.DataFrame, *, directions: Numbers, ties: str) -> pd.DataFrame:
    """Rank: the worst is 1, the best has the highest number (Handbook, section 5).

    Parameters
    ----------
    scores, directions
        As in all normalisations.
    ties : str
        `min`, `max` or `average`: the rank that equal values share.

    Raises
    ------
    ValueError
        If `ties` is another word.

    Examples
    --------
    >>> normalise_rank(pd.DataFrame({"P-1": [1.0, 2.0, 2.0]}), directions={"P-1": 1}, ties="min")["P-1"].tolist()
    [1.0, 2.0, 2.0]
    """
    if ties not in ("min", "max", "average"):
        raise ValueError(f"ties is {ties!r}; expected min, max or average")
    turned = scores.astype("float64") * _align_directions(directions, scores)
    return turned.rank(method=ties)


def normalise_percentile(scores: pd.DataFrame, *, directions: Numbers) -> pd.DataFrame:
    """Rank as a percentage of those that have a value, equal values sharing the lower rank.

    Parameters
    ----------
    scores, directions
        As in all normalisations.

    Examples
    --------
    >>> normalise_percentile(pd.DataFrame({"P-1": [1.0, 2.0, 2.0, 5.0]}), directions={"P-1": 1})["P-1"].tolist()
    [25.0, 50.0, 50.0, 100.0]
    """
    return normalise_rank(scores, directions=directions, ties="min") / scores.notna().sum() * 100


def normalise_bands(
    scores: pd.DataFrame, *, directions: Numbers, cuts: Sequence[float], codes: Sequence[float]
) -> pd.DataFrame:
    """Give every band of percentiles a code: the categorical scale of the Handbook, section 5.

    Parameters
    ----------
    scores, directions
        As in all normalisations.
    cuts : sequence of float
        Percentiles between the bands, ascending; one that equals a cut belongs to the higher band.
    codes : sequence of float
        Code of each band, one more than there are cuts.

    Raises
    ------
    ValueError
        If cuts do not ascend or the codes do not fit.

    Examples
    --------
    >>> scores = pd.DataFrame({"P-1": [1.0, 2.0, 3.0, None]})
    >>> normalise_bands(scores, directions={"P-1": 1}, cuts=[50], codes=[0, 100])["P-1"].tolist()
    [0.0, 100.0, 100.0, nan]
    """
    if len(codes) != len(cuts) + 1 or not np.all(np.diff(cuts) > 0):
        raise ValueError(f"{len(cuts)} cuts and {len(codes)} codes; expected ascending cuts and one code more")
    percentiles = normalise_percentile(scores, directions=directions).to_numpy(dtype=float)
    coded = np.asarray(codes, dtype=float)[np.searchsorted(cuts, percentiles, side="right").clip(max=len(cuts))]
    return _frame(scores, np.where(np.isnan(percentiles), np.nan, coded))


def normalise_distance(
    scores: pd.DataFrame, *, directions: Numbers, reference: str | Numbers, measure: str
) -> pd.DataFrame:
    r"""Distance to a reference: :math:`x/r`, or :math:`(x-r)/r` (Handbook, section 5).

    Where less is better the ratio is :math:`r/x` and the difference :math:`(r-x)/r`.

    Parameters
    ----------
    scores, directions
        As in all normalisations; values must be 0 or above.
    reference : str or mapping
        `mean`, `best` or `worst` of the indicator, or a value for every indicator.
    measure : str
        `ratio` or `difference`.

    Raises
    ------
    ValueError
        If a choice is unknown, or naming the indicators whose reference (or, for :math:`r/x`, a value) is not above 0.

    Examples
    --------
    >>> scores = pd.DataFrame({"P-1": [1.0, 2.0]})
    >>> normalise_distance(scores, directions={"P-1": 1}, reference="best", measure="ratio")["P-1"].tolist()
    [0.5, 1.0]
    """
    if measure not in ("ratio", "difference"):
        raise ValueError(f"measure is {measure!r}; expected ratio or difference")
    sign = _align_directions(directions, scores)
    values = scores.to_numpy(dtype=float)
    at = _find_reference(scores, sign, reference)
    _refuse_columns(scores, ~(at > 0), "needs a reference above 0 for a distance")
    if measure == "difference":
        return _frame(scores, sign * (values - at) / at)
    _refuse_columns(scores, (sign < 0) & (values <= 0).any(axis=0), "has a value that is not above 0")
    return _frame(scores, np.where(sign > 0, values / at, at / np.where(sign > 0, 1.0, values)))


def normalise_margin(scores: pd.DataFrame, *, directions: Numbers, margin: float) -> pd.DataFrame:
    """Say who is above (1), around (0) or below (-1) the mean by more than a margin (Handbook, section 5).

    Parameters
    ----------
    scores, directions
        As in all normalisations.
    margin : float
        Share of the mean, for example 0.2.

    Raises
    ------
    ValueError
        Naming the indicators whose mean is not above 0.

    Examples
    --------
    >>> normalise_margin(pd.DataFrame({"P-1": [1.0, 10.0, 10.0, 19.0]}), directions={"P-1": 1}, margin=0.2)[
    ...     "P-1"
    ... ].tolist()
    [-1.0, 0.0, 0.0, 1.0]
    """
    away = normalise_distance(scores, directions=directions, reference="mean", measure="difference")
    return np.sign(away).where(away.abs().gt(margin) | away.isna(), 0.0)


def _align_directions(directions: Numbers, scores: pd.DataFrame) -> np.ndarray:
    sign = align_values(directions, scores.columns, what="directions")
    _refuse_columns(scores, ~np.isin(sign, (-1, 1)), "needs the direction 1 (more is better) or -1")
    return sign


def _find_reference(scores: pd.DataFrame, sign: np.ndarray, reference: str | Numbers) -> np.ndarray:
    if not isinstance(reference, str):
        return align_values(reference, scores.columns, what="reference")
    if reference not in ("mean", "best", "worst"):
        raise ValueError(f"reference is {reference!r}; expected mean, best, worst or a value for every indicator")
    if reference == "mean":
        return scores.mean().to_numpy()
    return np.where((sign > 0) == (reference == "best"), scores.max().to_numpy(), scores.min().to_numpy())


def _find_constant(scores: pd.DataFrame, low: np.ndarray, high: np.ndarray, constant: str) -> np.ndarray:
    if constant not in CONSTANT:
        raise ValueError(f"constant is {constant!r}; expected {' or '.join(CONSTANT)}")
    is_flat = ~(high > low)
    if constant == "refuse":
        _refuse_columns(scores, is_flat, "has the same value (or none) everywhere and tells nobody apart")
    return is_flat


def _refuse_columns(scores: pd.DataFrame, is_bad: np.ndarray, why: str) -> None:
    bad = [str(name) for name in scores.columns[np.asarray(is_bad, dtype=bool)]]
    if bad:
        raise ValueError(f"{', '.join(bad[:5])} ({len(bad)} in all) {why}")


def _reduce(keep: np.ufunc, values: np.ndarray) -> np.ndarray:
    return keep.reduce(values, axis=0) if len(values) else np.full(values.shape[1], np.nan)


def _spread(scores: pd.DataFrame, share: np.ndarray, scale: tuple[float, float]) -> pd.DataFrame:
    low, high = scale
    if not low < high:
        raise ValueError(f"scale is {scale}; expected two ascending numbers, for example (0, 100)")
    return _frame(scores, low + share * (high - low))


def _frame(scores: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, index=scores.index, columns=scores.columns)
