"""The overlapping lists of a study, place by place: tidy rows into capture histories, and every result as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.multiple_systems.assumptions import assess_assumptions
from ctresearch.multiple_systems.captures import read_captures
from ctresearch.multiple_systems.estimate import Estimate, estimate_population, round_persons
from ctresearch.multiple_systems.graphs import GraphAverage, average_graphs
from ctresearch.multiple_systems.latent_classes import LatentClasses, average_classes
from ctresearch.multiple_systems.search import Search, rank_models
from ctresearch.multiple_systems.strata import estimate_strata

COUNT = "persons_n"
_PLACE = ["jurisdiction", "year"]
_ESTIMATE = [
    "sex",
    "method",
    "observed_n",
    "overlap_n",
    "total_persons",
    "low_persons",
    "high_persons",
    "model",
    "sentence",
]


def spread_lists(captures: pd.DataFrame) -> pd.DataFrame:
    """Turn the tidy table into capture histories: a column of 0 and 1 for each list that anybody is on.

    Parameters
    ----------
    captures : pandas.DataFrame
        `lists` (names joined by `;`), `sex`, `age_band`, `persons_n`, of one jurisdiction and year.

    Returns
    -------
    pandas.DataFrame
        One column a list in alphabetical order, `sex`, `age_band`, `persons_n`: what `ctresearch link` writes.

    Examples
    --------
    >>> rows = pd.DataFrame({"lists": ["ngo", "ngo;police"], "sex": "female", "age_band": "", "persons_n": [4, 2]})
    >>> spread_lists(rows).values.tolist()
    [[1, 0, 'female', '', 4], [1, 1, 'female', '', 2]]
    """
    marks = captures["lists"].str.get_dummies(";").astype(int)
    return pd.concat([marks, captures[["sex", "age_band", COUNT]]], axis=1).reset_index(drop=True)


def gather_lists(histories: pd.DataFrame, *, jurisdiction: str, year: int, source_id: str) -> pd.DataFrame:
    """Turn capture histories, as `ctresearch link` writes them, into rows of the study's table `captures`.

    Parameters
    ----------
    histories : pandas.DataFrame
        One column of 0 and 1 a list, `sex`, `age_band`, `persons_n`.
    jurisdiction, year, source_id
        What the rows are about and where they come from.

    Examples
    --------
    >>> histories = pd.DataFrame({"ngo": [1], "police": [1], "sex": [None], "age_band": ["9--17"], "persons_n": [3]})
    >>> rows = gather_lists(histories, jurisdiction="A", year=2024, source_id="s")
    >>> rows[["lists", "sex", "age_band"]].values.tolist()
    [['ngo;police', 'unknown', '9--17']]
    """
    names = [name for name in histories.columns if name not in ("sex", "age_band", COUNT)]
    lists = [";".join(name for name in names if row[name]) for _, row in histories.iterrows()]
    return pd.DataFrame(
        {
            "jurisdiction": jurisdiction,
            "year": year,
            "lists": lists,
            "sex": histories["sex"].astype("object").where(histories["sex"].notna(), "unknown"),
            "age_band": histories["age_band"].astype("object").where(histories["age_band"].notna(), ""),
            COUNT: histories[COUNT],
            "source_id": source_id,
            "note": "",
        }
    )


def list_places(captures: pd.DataFrame, *, jurisdictions: Sequence[str], least_overlap: int) -> pd.DataFrame:
    """Say for every jurisdiction what overlapping lists the study has, and whether they allow an estimate.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `year`, `lists_n`, `observed_n`, `overlap_n` (persons on two lists or more), `lists_standing`
        (`no_lists`, `too_little_overlap`, `enough_overlap`), `source_id`; a jurisdiction without lists has one row.
    """
    rows = []
    for place, table, source_id in _split(captures):
        found = read_captures(_pool(table), count=COUNT)
        enough = len(found.lists) > 1 and found.overlap >= least_overlap
        standing = "enough_overlap" if enough else "too_little_overlap"
        numbers = {"lists_n": len(found.lists), "observed_n": int(found.persons), "overlap_n": int(found.overlap)}
        rows.append({**place, **numbers, "lists_standing": standing, "source_id": source_id})
    have = {row["jurisdiction"] for row in rows}
    rows += [
        {"jurisdiction": code, "lists_standing": "no_lists", "source_id": ""}
        for code in jurisdictions
        if code not in have
    ]
    columns = [*_PLACE, "lists_n", "observed_n", "overlap_n", "lists_standing", "source_id"]
    integers = dict.fromkeys(["year", "lists_n", "observed_n", "overlap_n"], "Int64")
    order = {code: place for place, code in enumerate(jurisdictions)}
    listed = pd.DataFrame(rows, columns=columns).astype(integers)
    return listed.sort_values("jurisdiction", key=lambda codes: codes.map(order), kind="stable", ignore_index=True)


def count_histories(captures: pd.DataFrame) -> pd.DataFrame:
    """Count the persons on each combination of lists, all sexes and ages together.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `year`, `lists`, `lists_n`, `persons_n`, `source_id`; the fewest lists first.
    """
    summed = captures.groupby([*_PLACE, "lists", "source_id"], as_index=False)[COUNT].sum()
    counted = summed.assign(lists_n=summed["lists"].str.count(";") + 1)
    order = [*_PLACE, "lists_n", "lists"]
    return counted.sort_values(order, ignore_index=True)[[*order, COUNT, "source_id"]]


def assess_places(captures: pd.DataFrame, *, threshold: float, least_overlap: int) -> pd.DataFrame:
    """List the assumptions for the lists of every jurisdiction and year; see `assess_assumptions`."""
    panels = [
        assess_assumptions(_pool(table), count=COUNT, threshold=threshold, least_overlap=least_overlap).assign(
            **place, source_id=source_id
        )
        for place, table, source_id in _split(captures)
    ]
    columns = [*_PLACE, "assumption", "why", "evidence", "verdict", "source_id"]
    return pd.concat(panels, ignore_index=True)[columns] if panels else pd.DataFrame(columns=columns)


def estimate_places(
    captures: pd.DataFrame,
    *,
    searches: Mapping[str, Search],
    level: float,
    resamples: int,
    least_overlap: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimate everybody in every jurisdiction and year by each search.

    Parameters
    ----------
    captures : pandas.DataFrame
        The table `captures` of a study.
    searches : mapping of str to Search
        Name of the method and how it chooses the model.
    level, resamples, least_overlap, rng
        See `estimate_population`.

    Returns
    -------
    pandas.DataFrame
        One row a place and method: `jurisdiction`, `year`, `sex` (`total`), `method`, `observed_n`, `overlap_n`,
        `total_persons`, `low_persons`, `high_persons` (missing where refused), `model`, `sentence` (the answer or the
        refusal), `source_id`.
    """
    settings = {"level": level, "resamples": resamples, "least_overlap": least_overlap, "rng": rng}
    rows = [
        {
            **place,
            **_lay_out(estimate_population(_pool(table), count=COUNT, search=search, **settings)),
            "method": method,
            "sex": "total",
            "source_id": source_id,
        }
        for place, table, source_id in _split(captures)
        for method, search in searches.items()
    ]
    return _tabulate(rows)


def estimate_by_sex(
    captures: pd.DataFrame,
    *,
    search: Search,
    level: float,
    resamples: int,
    least_overlap: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimate each sex by itself, and the sum, in every jurisdiction and year; see `estimate_strata`.

    Returns
    -------
    pandas.DataFrame
        As from `estimate_places`, one row a place and sex; `sex` is `total` for the sum of the sexes.
    """
    rows = []
    for place, table, source_id in _split(captures):
        found = estimate_strata(
            table.drop(columns="age_band"),
            count=COUNT,
            strata=["sex"],
            search=search,
            level=level,
            resamples=resamples,
            least_overlap=least_overlap,
            rng=rng,
        )
        head = {**place, "method": "by_sex", "source_id": source_id}
        for row in found.strata.itertuples():
            numbers = {"observed_n": row.observed, "overlap_n": row.overlap, "total_persons": row.total}
            limits = {"low_persons": row.low, "high_persons": row.high, "model": row.model, "sentence": row.reason}
            rows.append({**head, "sex": row.sex, **numbers, **limits})
        low, high = found.interval.low, found.interval.high
        both = {"observed_n": found.pooled.observed, "overlap_n": found.pooled.overlap, "total_persons": found.total}
        rows.append(
            {
                **head,
                "sex": "total",
                **both,
                "low_persons": low,
                "high_persons": high,
                "model": "",
                "sentence": found.reason or found.interval.reason,
            }
        )
    return _tabulate(rows)


def spread_models(captures: pd.DataFrame, *, order: int, near_bic: float) -> pd.DataFrame:
    """List the models that describe the lists about as well as the best, and how many persons each gives.

    Parameters
    ----------
    order : int
        See `rank_models`.
    near_bic : float
        Models whose BIC is at most so far above the lowest.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `year`, `model`, `total_persons`, `bic_above_best`, `source_id`, the lowest BIC first.
    """
    parts = [
        rank_models(_pool(table), count=COUNT, order=order)
        .rename(columns={"total": "total_persons"})
        .assign(**place, source_id=source_id)
        for place, table, source_id in _split(captures)
    ]
    columns = [*_PLACE, "model", "total_persons", "bic_above_best", "source_id"]
    if not parts:
        return pd.DataFrame(columns=columns)
    ranked = pd.concat(parts, ignore_index=True)
    return ranked.loc[ranked["bic_above_best"].le(near_bic).fillna(False), columns].reset_index(drop=True)


def average_places(captures: pd.DataFrame, *, hidden_max: int, prior_persons: float, level: float) -> pd.DataFrame:
    """Average over decomposable graphs in every jurisdiction and year, with a prior of one over the total.

    Returns
    -------
    pandas.DataFrame
        As from `estimate_places`, `method` is `graphs`, `total_persons` is the median, `model` the most probable graph.
    """
    rows = []
    for place, table, source_id in _split(captures):
        pooled = _pool(table)
        found = average_graphs(
            pooled,
            count=COUNT,
            hidden=range(1, hidden_max + 1),
            prior_persons=prior_persons,
            log_prior=lambda total: -np.log(total),
            level=level,
        )
        model = found.models["model"].iloc[0] if len(found.models) else ""
        said = _lay_out_average("graphs", pooled, found, model, found.notes)
        rows.append({**place, "source_id": source_id, **said})
    return _tabulate(rows)


def average_places_by_classes(
    captures: pd.DataFrame, *, level: float, warm_up: int, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Average over latent classes of persons in every jurisdiction and year, with the priors of the examples of LCMCR.

    Parameters
    ----------
    captures : pandas.DataFrame
        The table `captures` of a study.
    level, warm_up, draws, rng
        See `average_classes`; 40 chains run beside each other.

    Returns
    -------
    pandas.DataFrame
        As from `estimate_places`, `method` is `latent_classes`, `total_persons` is the median, `model` the mean number
        of classes that hold persons.
    """
    settings = {"classes": 10, "prior_shape": 0.25, "prior_rate": 0.25, "chains": 40}
    rows = []
    for place, table, source_id in _split(captures):
        pooled = _pool(table)
        found = average_classes(pooled, count=COUNT, level=level, warm_up=warm_up, draws=draws, rng=rng, **settings)
        model = "" if found.classes is None else f"{found.classes:.1f} classes"
        said = _lay_out_average("latent_classes", pooled, found, model, (found.warning, *found.notes))
        rows.append({**place, "source_id": source_id, **said})
    return _tabulate(rows)


def join_estimates(*tables: pd.DataFrame) -> pd.DataFrame:
    """Put tables of estimates under each other, the methods of each jurisdiction and year together."""
    joined = pd.concat([table for table in tables if len(table)] or [tables[0]], ignore_index=True)
    return joined.sort_values(_PLACE, kind="stable", ignore_index=True)


def _split(captures: pd.DataFrame) -> Iterator[tuple[dict, pd.DataFrame, str]]:
    for (jurisdiction, year), rows in captures.groupby(_PLACE, sort=False):
        sources = ";".join(dict.fromkeys(rows["source_id"]))
        yield {"jurisdiction": jurisdiction, "year": int(year)}, spread_lists(rows), sources


def _pool(table: pd.DataFrame) -> pd.DataFrame:
    lists = [name for name in table.columns if name not in ("sex", "age_band", COUNT)]
    return table.groupby(lists, as_index=False)[COUNT].sum()


def _lay_out(found: Estimate) -> dict:
    numbers = {"observed_n": found.observed, "overlap_n": found.overlap, "total_persons": found.total}
    limits = {"low_persons": found.interval.low, "high_persons": found.interval.high}
    return {**numbers, **limits, "model": found.model, "sentence": found.sentence}


def _lay_out_average(
    method: str, pooled: pd.DataFrame, found: GraphAverage | LatentClasses, model: str, notes: Sequence[str]
) -> dict:
    numbers = {"observed_n": found.observed, "overlap_n": read_captures(pooled, count=COUNT).overlap}
    limits = {"total_persons": found.median, "low_persons": found.low, "high_persons": found.high}
    said = f"No estimate. {found.reason}"
    if found.median is not None:
        median, low, high = (round_persons(number) for number in limits.values())
        answer = f"About {median} persons in all ({found.level:.0%} credible interval {low} to {high}),"
        seen = f"of whom {found.observed:,.0f} are on a list; if the assumptions hold."
        said = " ".join(part for part in (answer, seen, *notes) if part)
    return {"sex": "total", "method": method, **numbers, **limits, "model": model, "sentence": said}


def _tabulate(rows: list[dict]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[*_PLACE, *_ESTIMATE, "source_id"])
    return table.astype(
        dict.fromkeys(["observed_n", "overlap_n", "total_persons", "low_persons", "high_persons"], "Float64")
    )
