"""The cell key method: the same persons always get the same small noise, in every table and every build."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import scipy

from ctresearch.disclosure.cells import TOTAL
from ctresearch.disclosure.released import SEAL, Released

_NEAR = 1e-5


def find_noise(*, most: int, variance: float) -> pd.DataFrame:
    r"""Find the chances with which each count is moved.

    For a count :math:`i` the noise :math:`v` takes whole values from :math:`\max(-i,-D)` to :math:`D` with the chances
    of largest entropy :math:`-\sum p_v\ln p_v` for which :math:`\sum p_v v=0`, :math:`\sum p_v v^2` is at most the
    variance, and chances do not rise with the distance from 0. Counts of `most` and above share the last law; 0
    stays 0 (Giessing, 2016, in Privacy in Statistical Databases, 46-58; Marley and Leaver, 2011).

    Parameters
    ----------
    most : int
        Largest noise :math:`D`, at least 1.
    variance : float
        Largest variance of the noise, above 0.

    Returns
    -------
    pandas.DataFrame
        `i`, `j` (count after the noise), `p`, `v`, and `from_key`, `to_key`: cell keys for which the noise is `v`.

    Raises
    ------
    ValueError
        If no such chances exist.

    Examples
    --------
    >>> noise = find_noise(most=2, variance=1.0)
    >>> noise.loc[noise["i"] == 2, "p"].round(4).tolist()
    [0.0638, 0.2447, 0.383, 0.2447, 0.0638]
    """
    if most < 1 or not 0 < variance < np.inf:
        raise ValueError("Noise needs a largest step of at least 1 and a variance above 0.")
    still = pd.DataFrame({"i": [0], "j": [0], "p": [1.0], "v": [0]})
    parts = [still] + [_solve_chances(count, most, variance) for count in range(1, most + 1)]
    noise = pd.concat(parts, ignore_index=True)
    upper = noise.groupby("i")["p"].cumsum().clip(upper=1.0)
    return noise.assign(from_key=upper - noise["p"], to_key=upper.mask(~noise["i"].duplicated(keep="last"), 1.0))


def _solve_chances(count: int, most: int, variance: float) -> pd.DataFrame:
    """Maximise the entropy through its dual, which is smooth and has a multiplier for each limit."""
    v = np.arange(-min(count, most), most + 1)
    fall = np.eye(len(v))[1:] - np.eye(len(v))[:-1]
    fall[v[:-1] >= 0] *= -1
    limits = np.vstack([v, -(v**2), fall])
    least = np.array([0.0, -variance, *[0.0] * len(fall)])

    def weigh(multipliers: np.ndarray) -> tuple[float, np.ndarray]:
        chances = scipy.special.softmax(multipliers @ limits)
        return scipy.special.logsumexp(multipliers @ limits) - multipliers @ least, limits @ chances - least

    bounds = [(None, None)] + [(0, None)] * (len(least) - 1)
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000, "maxfun": 50_000}
    result = scipy.optimize.minimize(
        weigh, np.zeros(len(least)), jac=True, bounds=bounds, method="L-BFGS-B", options=options
    )
    chances = scipy.special.softmax(result.x @ limits)
    if abs(chances @ v) > _NEAR or chances @ v**2 > variance + _NEAR:
        raise ValueError(f"No chances were found for a count of {count}, noise to {most} and variance {variance:g}.")
    return pd.DataFrame({"i": count, "j": count + v, "p": chances, "v": v})


def draw_record_keys(records_n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw a key in [0, 1) for each record; it is kept with the record for good, and never shown.

    Examples
    --------
    >>> draw_record_keys(3, rng=np.random.default_rng(1)).round(3).tolist()
    [0.512, 0.95, 0.144]
    """
    return rng.random(records_n)


def perturb_records(
    records: pd.DataFrame, *, name: str, by: Sequence[str], key: str, noise: pd.DataFrame, population: str
) -> Released:
    """Count records by some columns, with margins, and move each count by the noise of its cell key.

    The cell key is the sum of the keys of the records in the cell, without its whole part: the same records give the
    same noise wherever they are counted, so that asking twice does not help. Sums of moved counts need not be the
    moved sums.

    Parameters
    ----------
    records : pandas.DataFrame
        One row a person, with the columns of `by` and a key.
    name : str
        Name of the table.
    by : sequence of str
        Dimensions.
    key : str
        Column of the keys, from `draw_record_keys`.
    noise : pandas.DataFrame
        From `find_noise`.
    population : str
        Who is counted.

    Returns
    -------
    Released
        Combinations that do not occur are left out: they are 0 and stay 0.

    Raises
    ------
    ValueError
        If there is no record, a code is missing or a key lies outside [0, 1).

    Examples
    --------
    >>> records = pd.DataFrame({"sex": ["female"] * 3 + ["male"], "key": [0.5, 0.25, 0.5, 0.125]})
    >>> noise = find_noise(most=2, variance=1.0)
    >>> released = perturb_records(records, name="by_sex", by=["sex"], key="key", noise=noise, population="assisted")
    >>> released.rows[["sex", "persons_n"]].values.tolist()
    [['female', 2.0], ['male', 0.0], ['total', 4.0]]
    """
    keys = pd.to_numeric(records[key], errors="coerce")
    if records.empty or records[list(by)].isna().any(axis=None) or not keys.between(0, 1, inclusive="left").all():
        raise ValueError(
            f"Table '{name}' needs at least one record, no missing code, and a key from 0 to below 1 each."
        )
    cells = pd.concat(
        [_count(records, keys, by, kept) for size in range(len(by), -1, -1) for kept in combinations(by, size)]
    )
    most = int(noise["i"].max())
    moved = cells["persons_n"] + _look_up(noise, cells["persons_n"].clip(upper=most), cells["cell_key"])
    rows = cells[list(by)].assign(persons_n=moved.astype(float), status="perturbed").reset_index(drop=True)
    note = (
        f"Every number is moved at random by at most {most}, so that nobody can be recognised; numbers need not "
        "add up, and 0 can stand for a few persons."
    )
    return Released(name, rows, tuple(by), "persons_n", population, note, spread=float(most), seal=SEAL)


def _count(records: pd.DataFrame, keys: pd.Series, by: Sequence[str], kept: Sequence[str]) -> pd.DataFrame:
    codes = records[list(by)].astype(str).assign(**{column: TOTAL for column in by if column not in kept})
    cells = codes.assign(key=keys).groupby(list(by), sort=True)["key"].agg(["size", "sum"]).reset_index()
    return cells.assign(persons_n=cells["size"], cell_key=cells["sum"] % 1.0)


def _look_up(noise: pd.DataFrame, counts: pd.Series, keys: pd.Series) -> np.ndarray:
    laws = {count: (law["to_key"].to_numpy(), law["v"].to_numpy()) for count, law in noise.groupby("i")}
    return np.array(
        [laws[c][1][np.searchsorted(laws[c][0][:-1], k, side="right")] for c, k in zip(counts, keys, strict=True)]
    )
