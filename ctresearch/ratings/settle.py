"""From ratings to one level a cell: parts rolled up, coders settled, time points compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

HIGHEST = 3
"""Highest level of the written anchors."""

_CONFIDENCE = ("low", "medium", "high")
CELL = ["jurisdiction", "jurisdiction_part", "indicator", "time_point"]
"""Columns that name what is rated."""


def _take_lower_median(levels: Sequence[int]) -> int:
    return sorted(levels)[(len(levels) - 1) // 2]


ROLL_UP_RULES: Mapping[str, Callable[[Sequence[int]], int]] = {"minimum": min, "lower_median": _take_lower_median}
"""How the levels of parts become one: the lowest, or the highest that more than half of the parts reach."""


def roll_up_parts(
    ratings: pd.DataFrame,
    indicators: pd.DataFrame,
    *,
    parts: Mapping[str, Sequence[str]],
    practice_rule: str,
) -> pd.DataFrame:
    """Make one level a jurisdiction from the levels of its parts.

    On indicators of law the lowest level counts, because everybody lives in some part and a right that lacks in one is
    not guaranteed. On all others (institution, practice, outcome) `practice_rule` counts. Parts that are NA drop out. A
    part that is ND, or has no row, may hold any level: the rule is applied with 0 and with 3 in its place, and the cell
    is coded only if both give the same.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Checked and typed ratings. A cell that is rated as a whole passes as it is.
    indicators : pandas.DataFrame
        `indicator`, `measure_type`.
    parts : mapping of str to sequence of str
        All parts of each jurisdiction that is rated by parts.
    practice_rule : str
        A key of `ROLL_UP_RULES`.

    Returns
    -------
    pandas.DataFrame
        `coder`, `jurisdiction`, `indicator`, `time_point`, `value`, `value_low`, `value_high`, `status`, `rule`
        (`whole`, `minimum` or `lower_median`), `parts_n`, `rated_n`, `confidence` (the lowest of the parts),
        `evidence_ids`, `rationale` (level of each part).

    Raises
    ------
    ValueError
        If there is no such rule.

    Examples
    --------
    >>> cell = {"coder": "a", "jurisdiction": "AAA", "indicator": "PROS-01", "time_point": "update", "rationale": "r",
    ...         "evidence_ids": "f", "confidence": "low", "status": "coded"}
    >>> ratings = pd.DataFrame([{**cell, "jurisdiction_part": "north", "value": 3},
    ...                         {**cell, "jurisdiction_part": "south", "value": 1}])
    >>> indicators = pd.DataFrame({"indicator": ["PROS-01"], "measure_type": ["law"]})
    >>> rolled = roll_up_parts(ratings, indicators, parts={"AAA": ["north", "south"]}, practice_rule="lower_median")
    >>> rolled[["value", "rule", "rationale"]].values.tolist()
    [[1, 'minimum', 'north 3; south 1']]
    """
    if practice_rule not in ROLL_UP_RULES:
        raise ValueError(f"no rule '{practice_rule}' for parts; expected one of {', '.join(ROLL_UP_RULES)}")
    types = dict(zip(indicators["indicator"], indicators["measure_type"], strict=True))
    keys = ["coder", "jurisdiction", "indicator", "time_point"]
    rolled = []
    for cell, rows in _group(ratings, keys).items():
        by_part = [row for row in rows if row.jurisdiction_part]
        rule = "minimum" if types.get(cell[2]) == "law" else practice_rule
        settled = _roll_up(by_part, parts.get(cell[1], ()), rule) if by_part else _pass_whole(rows[0])
        rolled.append({**dict(zip(keys, cell, strict=True)), **settled})
    return _type(pd.DataFrame(rolled, columns=[*keys, *_ROLLED]))


def _group(rows: pd.DataFrame, keys: Sequence[str]) -> dict[tuple, list]:
    """Return the rows of each cell in the order of the table; a frame for each would take ten times as long."""
    cells: dict[tuple, list] = {}
    for cell, row in zip(rows[list(keys)].itertuples(index=False, name=None), rows.itertuples(), strict=True):
        cells.setdefault(cell, []).append(row)
    return cells


_ROLLED = ("value", "value_low", "value_high", "status", "rule", "parts_n", "rated_n", "confidence", "evidence_ids",
           "rationale")  # fmt: skip


def _pass_whole(row) -> dict:
    low, high = _span([row.value], row.status)
    is_rated = int(row.status == "coded")
    kept = {name: getattr(row, name) for name in ("value", "status", "confidence", "evidence_ids", "rationale")}
    return {**kept, "value_low": low, "value_high": high, "rule": "whole", "parts_n": 1, "rated_n": is_rated}


def _span(levels: Sequence[int], status: str) -> tuple:
    """Return the lowest and highest level that a cell may have; nothing where it does not apply."""
    if status == "coded":
        return min(levels), max(levels)
    return (0, HIGHEST) if status == "ND" else (pd.NA, pd.NA)


def _roll_up(rows: Sequence, expected: Sequence[str], rule: str) -> dict:
    said = dict.fromkeys(expected, "ND") | {row.jurisdiction_part: _print_level(row) for row in rows}
    levels = [int(row.value) for row in rows if row.status == "coded"]
    unknown_n = sum(level == "ND" for level in said.values())
    low, high, value, settled = pd.NA, pd.NA, pd.NA, "NA"
    if levels or unknown_n:
        take = ROLL_UP_RULES[rule]
        low, high = take(levels + [0] * unknown_n), take(levels + [HIGHEST] * unknown_n)
        value, settled = (low, "coded") if low == high else (pd.NA, "ND")
    return {
        **{"value": value, "value_low": low, "value_high": high, "status": settled, "rule": rule},
        **{"parts_n": len(said), "rated_n": len(levels)},
        "rationale": "; ".join(f"{name} {level}" for name, level in said.items()),
        "confidence": _take_lowest(row.confidence for row in rows if row.status == "coded"),
        "evidence_ids": _join_ids(row.evidence_ids for row in rows),
    }


def _take_lowest(confidence: Iterable[str]) -> str:
    given = set(confidence)
    return next((word for word in _CONFIDENCE if word in given), "")


def _join_ids(ids: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(name for cell in ids for name in cell.split(";") if name))


def _type(rows: pd.DataFrame) -> pd.DataFrame:
    numbers = [
        name for name in rows.columns if name.startswith("value") or name.endswith("_n") or name in ("change", "spread")
    ]
    return rows.astype(dict.fromkeys(numbers, "Int64"))


def compare_time_points(ratings: pd.DataFrame, *, before: str, after: str) -> pd.DataFrame:
    """Set two time points side by side, one row a cell, with what changed in words.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Typed ratings, of one level a cell: `value`, `status`, `evidence_ids`, `rationale`, and the keys.
    before, after : str
        Codes of the time points.

    Returns
    -------
    pandas.DataFrame
        The keys; `value_before`, `value_after`, `change` (missing where either is not coded), `direction` (`up`,
        `down`, `same` or `unknown`), `what_changed`, `evidence_ids_before`, `evidence_ids_after`.

    Raises
    ------
    ValueError
        If a cell has two ratings at one time point.

    Examples
    --------
    >>> cell = {"jurisdiction": "AAA", "indicator": "PART-02", "status": "coded", "evidence_ids": "f"}
    >>> ratings = pd.DataFrame([{**cell, "time_point": "then", "value": 1, "rationale": "A draft."},
    ...                         {**cell, "time_point": "now", "value": 2, "rationale": "A plan in force."}])
    >>> compared = compare_time_points(ratings, before="then", after="now")
    >>> compared[["change", "direction", "what_changed"]].values.tolist()
    [[1, 'up', 'From 1 to 2. Before: A draft. After: A plan in force.']]
    """
    keys = [name for name in ("coder", "jurisdiction", "jurisdiction_part", "indicator") if name in ratings.columns]
    ends = {"before": before, "after": after}
    rated = ratings[ratings["time_point"].isin(ends.values())]
    twice = rated[rated.duplicated([*keys, "time_point"])]
    if len(twice):
        raise ValueError(f"two ratings of one cell ({', '.join(twice.iloc[0][keys])}); settle the coders first")
    cells = pd.MultiIndex.from_frame(rated[keys].drop_duplicates(ignore_index=True))
    sides = [_take_side(rated[rated["time_point"].eq(point)], keys, cells, end) for end, point in ends.items()]
    both = _type(pd.concat(sides, axis=1).reset_index())
    change = both["value_after"] - both["value_before"]
    direction = change.map({0: "same"}).mask(change.gt(0).fillna(False).astype(bool), "up")
    direction = direction.mask(change.lt(0).fillna(False).astype(bool), "down").fillna("unknown")
    said = pd.Series([_say_change(row) for row in both.itertuples()], index=both.index, dtype="str")
    compared = both.assign(change=change, direction=direction.astype("str"), what_changed=said)
    found = ["value_before", "value_after", "change", "direction", "what_changed"]
    return compared[[*keys, *found, "evidence_ids_before", "evidence_ids_after"]]


def _take_side(rows: pd.DataFrame, keys: list[str], cells: pd.MultiIndex, end: str) -> pd.DataFrame:
    """Return the ratings of one time point for all cells; a cell without one is ND."""
    side = rows.set_index(keys)[["value", "status", "evidence_ids", "rationale"]].reindex(cells)
    given = side.fillna({"status": "ND", "evidence_ids": "", "rationale": ""})
    return given.add_suffix(f"_{end}")


def _say_change(row) -> str:
    levels = [
        str(value) if state == "coded" else state
        for value, state in ((row.value_before, row.status_before), (row.value_after, row.status_after))
    ]
    opening = f"{levels[0]} at both." if levels[0] == levels[1] else f"From {levels[0]} to {levels[1]}."
    sides = (("Before", row.rationale_before), ("After", row.rationale_after))
    return " ".join([opening, *(f"{name}: {reason}" for name, reason in sides if reason)])


def list_disagreements(ratings: pd.DataFrame, *, adjudicator: str) -> pd.DataFrame:
    """List the cells on which coders differ, the widest first, with what was decided: the sheet of who settles them.

    A cell that one coder rated and another left without a level is listed too: no evidence found is a finding.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Typed ratings of all coders.
    adjudicator : str
        Role of the person who settles; own rows are not compared.

    Returns
    -------
    pandas.DataFrame
        The cell; `levels` and `reasons` by coder, in words; `spread` (steps between the highest and the lowest level,
        missing where fewer than two coders gave one); `is_settled`, `decision` and `decision_reason` (empty where it
        is not); `evidence_ids` of all rows. Empty if all agree.

    Examples
    --------
    >>> cell = {"jurisdiction": "AAA", "jurisdiction_part": "", "indicator": "PROT-01", "time_point": "now",
    ...         "status": "coded", "evidence_ids": "f", "confidence": "low"}
    >>> ratings = pd.DataFrame([{**cell, "coder": "a", "value": 1, "rationale": "No limit."},
    ...                         {**cell, "coder": "b", "value": 2, "rationale": "Binding."}])
    >>> list_disagreements(ratings, adjudicator="panel")[["levels", "spread", "reasons"]].values.tolist()
    [['a 1; b 2', 1, 'a: No limit. b: Binding.']]
    """
    rows = []
    for cell, given in _group(ratings, CELL).items():
        coders = [row for row in given if row.coder != adjudicator]
        decided = [row for row in given if row.coder == adjudicator]
        if len({_print_level(row) for row in coders}) > 1:
            rows.append({**dict(zip(CELL, cell, strict=True)), **_describe_difference(coders, decided)})
    listed = _type(pd.DataFrame(rows, columns=[*CELL, *_DIFFERENCE]))
    return listed.sort_values("spread", ascending=False, kind="stable", na_position="last", ignore_index=True)


_DIFFERENCE = ("levels", "reasons", "spread", "is_settled", "decision", "decision_reason", "evidence_ids")


def _describe_difference(coders: Sequence, decided: Sequence) -> dict[str, object]:
    coded = [int(row.value) for row in coders if row.status == "coded"]
    return {
        "levels": "; ".join(f"{row.coder} {_print_level(row)}" for row in coders),
        "reasons": " ".join(f"{row.coder}: {row.rationale}" for row in coders if row.rationale),
        "spread": max(coded) - min(coded) if len(coded) > 1 else pd.NA,
        "is_settled": len(decided) > 0,
        "decision": "".join(_print_level(row) for row in decided),
        "decision_reason": "".join(row.rationale for row in decided),
        "evidence_ids": _join_ids(row.evidence_ids for row in [*coders, *decided]),
    }


def adjudicate(ratings: pd.DataFrame, *, adjudicator: str) -> pd.DataFrame:
    """Settle one level a cell: what the adjudicator decided with a reason, else what all coders agree on.

    Coders who differ and are not settled leave the cell open: no level, with the span of theirs. Nothing is averaged.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Checked and typed ratings of all coders and of the adjudicator.
    adjudicator : str
        Role under which the decisions stand.

    Returns
    -------
    pandas.DataFrame
        One row a cell: `value`, `value_low`, `value_high`, `status`, `basis` (`adjudicated`, `agreed`,
        `single_coder` or `open`), `coders_n`, `confidence` (the lowest), `evidence_ids`, `rationale`.

    Examples
    --------
    >>> cell = {"jurisdiction": "AAA", "jurisdiction_part": "", "indicator": "PROT-01", "time_point": "now",
    ...         "status": "coded", "evidence_ids": "f", "confidence": "low"}
    >>> ratings = pd.DataFrame([{**cell, "coder": "a", "value": 1, "rationale": "No limit."},
    ...                         {**cell, "coder": "b", "value": 2, "rationale": "Binding."}])
    >>> adjudicate(ratings, adjudicator="panel")[["status", "basis", "value_low", "value_high"]].values.tolist()
    [['ND', 'open', 1, 2]]
    """
    settled = []
    for cell, rows in _group(ratings, CELL).items():
        decided = [row for row in rows if row.coder == adjudicator]
        coders = [row for row in rows if row.coder != adjudicator]
        chosen = decided or coders
        is_open = len({_print_level(row) for row in chosen}) > 1
        basis = "single_coder" if len(coders) == 1 else "agreed"
        basis = "adjudicated" if decided else "open" if is_open else basis
        settled.append(
            {
                **dict(zip(CELL, cell, strict=True)),
                **_settle(chosen, is_open),
                **{"basis": basis, "coders_n": len(coders)},
            }
        )
    columns = [*CELL, "value", "value_low", "value_high", "status", "basis", "coders_n", "confidence", "evidence_ids",
               "rationale"]  # fmt: skip
    return _type(pd.DataFrame(settled, columns=columns))


def _settle(rows: Sequence, is_open: bool) -> dict:
    first = rows[0]
    ends = [end for row in rows for end in _span([row.value], row.status) if not pd.isna(end)]
    rationale = " ".join(f"{row.coder}: {row.rationale}" for row in rows if row.rationale)
    return {
        "value": pd.NA if is_open else first.value,
        "value_low": min(ends, default=pd.NA),
        "value_high": max(ends, default=pd.NA),
        "status": "ND" if is_open else first.status,
        "confidence": _take_lowest(row.confidence for row in rows),
        "evidence_ids": _join_ids(row.evidence_ids for row in rows),
        "rationale": first.rationale if len(rows) == 1 else rationale,
    }


def _print_level(row) -> str:
    return str(row.value) if row.status == "coded" else row.status
