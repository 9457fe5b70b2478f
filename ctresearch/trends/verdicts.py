"""From estimates to words: many tests told as many, and a verdict from a rule in a table."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from ctresearch.trends.annual import AnnualTrend

VERDICTS = ("rising", "falling", "no_clear_change", "too_few_to_say")
MULTIPLICITY = {
    "holm": "Holm's method keeps the chance of even one false change among them at {alpha:.0%} or less",
    "benjamini_hochberg": "the method of Benjamini and Hochberg keeps the expected share of false changes among those "
    "told at {alpha:.0%} or less where the series are independent or rise and fall together",
}
_METHODS = {"holm": "holm", "benjamini_hochberg": "fdr_bh"}
_LAST = ("last_course", "last_bend", "last_detail")
_RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_WORDS = {
    "rising": "The yearly count rose",
    "falling": "The yearly count fell",
    "no_clear_change": "The yearly count shows no clear change",
    "too_few_to_say": "There is too little to say whether the yearly count changed",
}


def adjust_p_values(tests: pd.DataFrame, *, method: str, alpha: float) -> pd.DataFrame:
    """Adjust p values for their number and say so in words.

    Parameters
    ----------
    tests : pandas.DataFrame
        With `p_value`; missing ones stay missing and do not count.
    method : {"holm", "benjamini_hochberg"}
    alpha : float
        Level at which a change is told; it enters the words.

    Returns
    -------
    pandas.DataFrame
        `tests` with `p_adjusted` and `multiplicity` (a sentence).

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.
    Benjamini, Y. and Hochberg, Y. (1995). Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> adjust_p_values(pd.DataFrame({"p_value": [0.01, 0.04, 0.03]}), method="holm", alpha=0.05)["p_adjusted"].tolist()
    [0.03, 0.06, 0.06]
    """
    if method not in _METHODS:
        raise ValueError(f"method is '{method}'; use one of {', '.join(_METHODS)}")
    p_values = tests["p_value"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(p_values)
    if ((p_values[known] < 0) | (p_values[known] > 1)).any():
        raise ValueError("a p value is not between 0 and 1")
    adjusted = np.full(len(p_values), np.nan)
    if known.any():
        adjusted[known] = multipletests(p_values[known], alpha=alpha, method=_METHODS[method])[1]
    words = f"p values of {int(known.sum())} series were adjusted: {MULTIPLICITY[method].format(alpha=alpha)}."
    return tests.assign(p_adjusted=adjusted, multiplicity=words)


def make_trend_rule(*, years_min: int, events_min: float, alpha: float, change_pct_min: float) -> pd.DataFrame:
    """Lay out the rule of verdicts as a table; the first row that holds decides, the last holds always.

    Parameters
    ----------
    years_min : int
        Fewer years are too few to say.
    events_min : float
        Fewer persons, at the low bounds of masked years, are too few to say.
    alpha : float
        Largest adjusted p value of a change.
    change_pct_min : float
        Change in per cent a year beyond which the whole interval must lie; 0 for any change.

    Returns
    -------
    pandas.DataFrame
        `verdict`, `measure`, `relation`, `threshold`.
    """
    rows = [
        ("too_few_to_say", "years_n", "<", years_min),
        ("too_few_to_say", "events_low", "<", events_min),
        ("no_clear_change", "p_adjusted", ">", alpha),
        ("rising", "change_pct_low", ">", change_pct_min),
        ("falling", "change_pct_high", "<", -change_pct_min),
        ("no_clear_change", "", "", np.nan),
    ]
    return pd.DataFrame(rows, columns=["verdict", "measure", "relation", "threshold"])


def tabulate_trends(trends: Mapping[str, AnnualTrend]) -> pd.DataFrame:
    """Put trends into a table, one row a series, for `adjust_p_values` and `judge_trends`."""
    names = ("change_pct", "change_pct_low", "change_pct_high", "p_value", "years_n", "masked_n", "events_low")
    names = (*names, "events_high", "span", "reason")
    rows = [{"series": key, **{name: getattr(trend, name) for name in names}} for key, trend in trends.items()]
    numbers = dict.fromkeys(names[:4], "Float64")
    return pd.DataFrame(rows, columns=["series", *names]).astype(numbers)


def judge_trends(trends: pd.DataFrame, rule: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """Give every series a verdict by a rule in a table, and a sentence with its uncertainty.

    Parameters
    ----------
    trends : pandas.DataFrame
        From `tabulate_trends` and `adjust_p_values`. A row with a `reason` is too few to say.
    rule : pandas.DataFrame
        From `make_trend_rule`, or rows of your own in that form; the first that holds decides. A row without a
        measure holds always. A measure that is missing makes the series too few to say.
    level : float
        Confidence level of the intervals, for the words.

    Returns
    -------
    pandas.DataFrame
        `trends` with `verdict` and `sentence`.

    Raises
    ------
    ValueError
        If the rule has an unknown verdict, relation or measure, or no row that holds always.
    """
    _check_rule(trends, rule)
    verdicts = [_judge(row, rule) for _, row in trends.iterrows()]
    sentences = [_say(row, verdict, level) for (_, row), verdict in zip(trends.iterrows(), verdicts, strict=True)]
    return trends.assign(verdict=verdicts, sentence=sentences)


def make_turn_rule() -> pd.DataFrame:
    """Lay out what is said where the last stretch of a series goes another way than its verdict.

    Returns
    -------
    pandas.DataFrame
        `verdict`, `last_course` (from `find_turns`), `turn` (short) and `words`, with the year of the bend to be filled
        in. A pair that has no row is not spoken of.
    """
    up, down = (
        ("rising since {year}", "it has risen since {year}"),
        ("falling since {year}", "it has fallen since {year}"),
    )
    open_end = ("no clear change since {year}", "since {year} it shows no clear change")
    rows = [
        ("falling", "rising", *up),
        ("falling", "no_clear_change", *open_end),
        ("rising", "falling", *down),
        ("rising", "no_clear_change", *open_end),
        ("no_clear_change", "rising", *up),
        ("no_clear_change", "falling", *down),
    ]
    return pd.DataFrame(rows, columns=["verdict", "last_course", "turn", "words"])


def add_turns(judged: pd.DataFrame, turns: pd.DataFrame, *, by: Sequence[str], rule: pd.DataFrame) -> pd.DataFrame:
    """Say beside a verdict, which is about all years together, that the last years go another way.

    Parameters
    ----------
    judged : pandas.DataFrame
        From `judge_series`.
    turns : pandas.DataFrame
        From `find_turns`, of the same series.
    by : sequence of str
        Columns that tell series apart; the same series has the same `span` too.
    rule : pandas.DataFrame
        From `make_turn_rule`, or rows of your own in that form.

    Returns
    -------
    pandas.DataFrame
        `judged` with `turn` (empty where there is none), and its words at the end of `sentence`. The verdict stays.

    Examples
    --------
    >>> keys = {"sex": ["female"], "span": ["2007 to 2023"]}
    >>> judged = pd.DataFrame(keys | {"verdict": ["falling"], "sentence": ["Fell."]})
    >>> last = {"last_course": ["rising"], "last_bend": [2019], "last_detail": ["+3.1 to +22.0 per cent a year"]}
    >>> turns = pd.DataFrame(keys | last)
    >>> add_turns(judged, turns, by=["sex"], rule=make_turn_rule())["sentence"].item()
    'Fell. The course turned: it has risen since 2019 (+3.1 to +22.0 per cent a year).'
    """
    keys = [*by, "span"]
    last = turns[[*keys, *_LAST]].drop_duplicates(keys)
    found = judged[[*keys, "verdict"]].merge(last, on=keys, how="left", validate="many_to_one")
    told = found.merge(rule, on=["verdict", "last_course"], how="left", validate="many_to_one")
    pairs = list(zip(told["turn"], told["words"], told["last_bend"], told["last_detail"], strict=True))
    short = ["" if pd.isna(turn) else turn.format(year=int(year)) for turn, _, year, _ in pairs]
    clauses = [
        "" if pd.isna(words) else f" The course turned: {words.format(year=int(year))} ({detail})."
        for _, words, year, detail in pairs
    ]
    return judged.assign(
        turn=short, sentence=judged["sentence"].to_numpy(dtype=object) + np.array(clauses, dtype=object)
    )


def _judge(row: pd.Series, rule: pd.DataFrame) -> str:
    if row.get("reason"):
        return "too_few_to_say"
    for step in rule.itertuples():
        if not step.measure:
            return step.verdict
        if pd.isna(row[step.measure]):
            return "too_few_to_say"
        if _RELATIONS[step.relation](row[step.measure], step.threshold):
            return step.verdict
    raise AssertionError("the rule was checked to end with a row that holds always")


def _say(row: pd.Series, verdict: str, level: float) -> str:
    words = f"{_WORDS[verdict]}, {row['span']}"
    if row["reason"]:
        return f"{words}. {row['reason']}"
    if verdict == "too_few_to_say":
        return f"{words} ({int(row['years_n'])} years, {_range(row['events_low'], row['events_high'])} persons)."
    middle = "" if pd.isna(row["change_pct"]) else f"{row['change_pct']:+.1f} per cent a year on average, "
    masked = f"; spans all bounds of {int(row['masked_n'])} masked year(s)" if row["masked_n"] else ""
    limits = f"{row['change_pct_low']:+.1f} to {row['change_pct_high']:+.1f} per cent a year"
    interval = f"{level:.0%} interval of this series alone {limits}"
    chance = (
        f"; adjusted p {_print_p(row['p_adjusted'])}" if "p_adjusted" in row and pd.notna(row["p_adjusted"]) else ""
    )
    return f"{words} ({middle}{interval}{masked}{chance})."


def _range(low: float, high: float) -> str:
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def _print_p(p_value: float) -> str:
    return "below 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _check_rule(trends: pd.DataFrame, rule: pd.DataFrame) -> None:
    named = rule[rule["measure"].ne("")]
    for column, values, allowed in (
        ("verdict", rule["verdict"], VERDICTS),
        ("relation", named["relation"], tuple(_RELATIONS)),
        ("measure", named["measure"], tuple(trends.columns)),
    ):
        unknown = sorted(set(values) - set(allowed))
        if unknown:
            raise ValueError(f"the rule has the {column} {', '.join(unknown)}; use one of {', '.join(allowed)}")
    if rule.empty or rule["measure"].iloc[-1]:
        raise ValueError("the last row of the rule must hold always: leave its measure empty")
    if named["threshold"].isna().any():
        raise ValueError("a row of the rule has a measure and no threshold")
