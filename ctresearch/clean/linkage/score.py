"""Weigh how well two encoded records agree, by the model of Fellegi and Sunter as splink and DuckDB compute it.

The weight of a pair is log2 of the odds that it is one person: the odds before comparison, times m/u for the level that
each field reached (Fellegi and Sunter 1969, Journal of the American Statistical Association 64:1183). Where a name,
date or document is the same, its own frequency in the table stands for u, so that a rare name counts for more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.clean.linkage.result import FIELDS

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker
    from splink.internals.splink_dataframe import SplinkDataFrame

_BITS = ("given_bits", "family_bits", "document_bits")
_TF_FIELDS = ("given_name", "family_name", "birth_date")
_EARLIER_RECORDS = 500
WEIGHT_DECIMALS = 6
"""Weights are rounded, since the database adds in no fixed order."""


def _dice(left: str, right: str) -> str:
    left_bits, right_bits = f"{left}_bits_l", f"{right}_bits_r"
    return f"(2.0 * bit_count({left_bits} & {right_bits}) / (bit_count({left_bits}) + bit_count({right_bits})))"


def _sum(first: str, second: str) -> str:
    return f"coalesce({first}, 0) + coalesce({second}, 0)"


_STRAIGHT = {"given": _dice("given", "given"), "family": _dice("family", "family")}
_CROSSED = {"given": _dice("given", "family"), "family": _dice("family", "given")}
_IS_CROSSED = f"({_sum(*_CROSSED.values())}) > ({_sum(*_STRAIGHT.values())})"


def _name_levels(name: str) -> dict[str, str]:
    # Given and family name may have been written in each other's place: the better of the two readings is compared.
    likeness = f"CASE WHEN {_IS_CROSSED} THEN {_CROSSED[name]} ELSE {_STRAIGHT[name]} END"
    return {
        "same": f"{name}_name_l = {name}_name_r",
        "near": f"{likeness} >= 0.85",
        "alike": f"{likeness} >= 0.70",
        "akin": f"{likeness} >= 0.55",
        "other": "ELSE",
    }


def _same_or_missing(part: str) -> str:
    return f"coalesce({part}_l = {part}_r, true)"


_PARTS_EQUAL = " + ".join(f"(birth_{part}_l = birth_{part}_r)::int" for part in ("year", "month", "day"))
_BIRTH_LEVELS = {
    "same": "birth_date_l = birth_date_r",
    "same_as_far_as_known": (
        "birth_year_l = birth_year_r AND (birth_date_l IS NULL OR birth_date_r IS NULL)"
        f" AND {_same_or_missing('birth_month')} AND {_same_or_missing('birth_day')}"
    ),
    "one_part_differs": (
        f"({_PARTS_EQUAL}) = 2 OR (birth_year_l = birth_year_r AND birth_month_l = birth_day_r"
        " AND birth_day_l = birth_month_r)"
    ),
    "near_year": (
        "birth_year_l = birth_year_r OR birth_year_l = birth_year_next_r OR birth_year_next_l = birth_year_r"
    ),
    "other": "ELSE",
}
_EXACT = {"same": "{0}_l = {0}_r", "other": "ELSE"}
LEVELS: dict[str, dict[str, str]] = {
    "given_name": _name_levels("given"),
    "family_name": _name_levels("family"),
    "birth_date": _BIRTH_LEVELS,
    "sex": {level: sql.format("sex") for level, sql in _EXACT.items()},
    "citizenship": {level: sql.format("citizenship") for level, sql in _EXACT.items()},
    "document_number": {
        "same": "document_number_l = document_number_r",
        "near": f"{_dice('document', 'document')} >= 0.75",
        "other": "ELSE",
    },
}
"""SQL condition of every level of every field, best first."""

AGREEMENT = {"same": "agree", "same_as_far_as_known": "agree", "akin": "differ", "other": "differ"}
"""What a reviewer is told of a level; every other level is `close`."""

BLOCKING = (
    "l.document_number = r.document_number",
    "l.birth_date = r.birth_date",
    "l.names_key = r.names_key",
    "l.start_key = r.start_key",
    "l.family_key = r.family_key AND l.birth_year = r.birth_year",
    "l.given_key = r.given_key AND l.birth_year = r.birth_year",
    "l.family_key = r.given_key AND l.birth_year = r.birth_year",
    "l.given_key = r.family_key AND l.birth_year = r.birth_year",
)
"""A pair is compared if one of these holds."""


def check_weights(weights: pd.DataFrame) -> None:
    """Refuse a table of weights that does not give every level of every field its probabilities.

    Raises
    ------
    ValueError
        Naming what is missing, unknown, not a probability, or does not add up to 1.

    Examples
    --------
    >>> check_weights(pd.DataFrame({"field": [], "level": [], "m": [], "u": []}))
    Traceback (most recent call last):
    ValueError: weights of given_name: expected the levels same, near, alike, akin, other, found none
    """
    for field, levels in LEVELS.items():
        rows = weights[weights["field"] == field]
        if sorted(rows["level"]) != sorted(levels):
            found = ", ".join(rows["level"]) or "none"
            raise ValueError(f"weights of {field}: expected the levels {', '.join(levels)}, found {found}")
        shares = rows[["m", "u"]].astype(float)
        if not ((shares > 0) & (shares < 1)).all(axis=None) or not np.allclose(shares.sum(), 1, atol=1e-6):
            raise ValueError(f"weights of {field}: m and u must lie between 0 and 1 and each add up to 1")


def find_prior(records: int, exact: int, certain_recall: float) -> float:
    """Return the probability that two records drawn at random are one person.

    Pairs found by exact rules, divided by the share of all true pairs that these find, over all pairs of records. At
    least one pair is expected, and never more than even odds.

    Examples
    --------
    >>> find_prior(1000, 300, 0.6)  # 500 of 499,500 pairs
    0.001001001001001001
    """
    return min(max(exact, 1) / certain_recall / max(records * (records - 1) / 2, 1), 0.5)


def open_linker(encoded: pd.DataFrame, *, weights: pd.DataFrame, prior: float) -> Linker:
    """Return splink's linker on a private database in memory, with the given weights.

    Parameters
    ----------
    encoded : pandas.DataFrame
        From `encode_identifiers`.
    weights : pandas.DataFrame
        `field`, `level`, `m` and `u`: how often the level is reached by two records of one person, and of two persons.
    prior : float
        Probability that two records drawn at random are one person.

    Raises
    ------
    ImportError
        Without the optional extra `linkage`.
    """
    try:
        import duckdb
        from splink import DuckDBAPI, Linker, SettingsCreator
    except ImportError as error:
        raise ImportError(
            "weighing records needs splink, the extra 'linkage' of this project; weights=None is exact rules alone"
        ) from error
    check_weights(weights)
    database = duckdb.connect(":memory:", config={"enable_external_access": False})
    database.execute("SET enable_progress_bar = false")
    tables = DuckDBAPI(database)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="case_id",
        comparisons=[_describe_comparison(field, weights) for field in FIELDS],
        blocking_rules_to_generate_predictions=list(BLOCKING),
        probability_two_random_records_match=prior,
        retain_matching_columns=True,  # or the levels are not returned
    )
    linker = Linker(_register(tables, encoded, name="records"), settings, log_level="ERROR")
    _register_frequencies(linker, encoded, weights)
    return linker


def score_pairs(linker: Linker, *, least: float) -> pd.DataFrame:
    """Weigh every pair that shares a key.

    Parameters
    ----------
    linker : splink.Linker
        From `open_linker`.
    least : float
        Pairs of less weight (bits) are left out.

    Returns
    -------
    pandas.DataFrame
        `case_id_a` < `case_id_b`, `weight`, and one column a field: `agree`, `close`, `differ` or `missing`.
    """
    return _tidy(linker.inference.predict(threshold_match_weight=least, warning_mode="never"))


def score_groups(linker: Linker, encoded: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Weigh all pairs inside groups of records, whether or not they share a key.

    Parameters
    ----------
    groups : pandas.Series
        Group by case id.

    Returns
    -------
    pandas.DataFrame
        As from `score_pairs`.
    """
    members = encoded[encoded["case_id"].isin(groups.index)]
    members = members.assign(chain=members["case_id"].map(groups).astype("int64"))
    records = _register(linker._db_api, members, name="chained")
    pairs = linker.inference.predict_within(
        records, blocking_rules_to_generate_predictions=["l.chain = r.chain"], warning_mode="never"
    )
    return _tidy(pairs)


def _register(tables: DuckDBAPI, frame: pd.DataFrame, *, name: str) -> SplinkDataFrame:
    database = tables.duckdb_con
    database.register(f"{name}_text", frame.astype(object).where(frame.notna(), None))
    as_bits = ", ".join(f"CAST({column} AS BIT) AS {column}" for column in _BITS if column in frame)
    replaced = f"REPLACE ({as_bits})" * bool(as_bits)
    database.execute(f"CREATE TABLE {name} AS SELECT * {replaced} FROM {name}_text")
    return tables.register(database.table(name))


def _register_frequencies(linker: Linker, encoded: pd.DataFrame, weights: pd.DataFrame) -> None:
    # A small table says little of how common a name is, hence as if u had been seen in so many records before.
    usual = weights[weights["level"] == "same"].set_index("field")["u"].astype(float)
    for field in _TF_FIELDS:
        counts = encoded[field].value_counts().sort_index()
        shares = (counts + _EARLIER_RECORDS * usual[field]) / (counts.sum() + _EARLIER_RECORDS)
        lookup = pd.DataFrame({field: shares.index.astype(object), f"tf_{field}": shares.to_numpy(dtype=float)})
        table = _register(linker._db_api, lookup, name=f"frequencies_of_{field}")
        linker.table_management.register_term_frequency_lookup(table, field)


def _describe_comparison(field: str, weights: pd.DataFrame) -> dict[str, object]:
    of_field = weights[weights["field"] == field].set_index("level")[["m", "u"]].astype(float)
    known = "birth_year" if field == "birth_date" else field
    levels: list[dict[str, object]] = [
        {"sql_condition": f"{known}_l IS NULL OR {known}_r IS NULL", "is_null_level": True}
    ]
    for level, condition in LEVELS[field].items():
        described: dict[str, object] = {
            "sql_condition": condition,
            "m_probability": float(of_field.at[level, "m"]),
            "u_probability": float(of_field.at[level, "u"]),
        }
        if level == "same" and field in _TF_FIELDS:
            described |= {"tf_adjustment_column": field, "tf_adjustment_weight": 1.0}
        levels.append(described)
    return {"output_column_name": field, "comparison_levels": levels}


def _tidy(predicted: SplinkDataFrame) -> pd.DataFrame:
    kept = ", ".join(["case_id_l", "case_id_r", "match_weight", *(f"gamma_{field}" for field in FIELDS)])
    scored = predicted.as_duckdbpyrelation().project(kept).df()
    pairs = pd.DataFrame(
        {
            "case_id_a": np.minimum(scored["case_id_l"].astype(object), scored["case_id_r"].astype(object)),
            "case_id_b": np.maximum(scored["case_id_l"].astype(object), scored["case_id_r"].astype(object)),
            "weight": scored["match_weight"].astype(float).round(WEIGHT_DECIMALS),
        }
    ).astype({"case_id_a": "str", "case_id_b": "str"})
    for field in FIELDS:
        pairs[field] = scored[f"gamma_{field}"].map(_name_gammas(list(LEVELS[field]))).astype("str")
    return pairs.sort_values(["case_id_a", "case_id_b"], ignore_index=True)


def _name_gammas(levels: Sequence[str]) -> dict[int, str]:
    # splink numbers levels from the worst, 0, upwards; -1 is missing.
    words = [AGREEMENT.get(level, "close") for level in reversed(levels)]
    return {-1: "missing", **dict(enumerate(words))}
