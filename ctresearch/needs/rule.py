"""The rule of urgency as it is read from its table: points by criterion, and what an unsure level may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SEVERITY = "severity"
CRITERIA = (SEVERITY, "reach", "trend", "obligation", "stakeholders")
"""What makes a need urgent; the table also has rows of `confidence` and `total`."""

RATED = ("level_0", "level_1", "level_2", "level_3")
"""Levels of severity that a rating gives."""

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Scale:
    """One criterion.

    Attributes
    ----------
    points : dict of str to float
        Points of each level that has some.
    may_be : dict of str to tuple of str
        Levels with points that a level stands for, each as likely; itself where it has points.
    least : dict of str to float
        Smallest number that earns a level.
    makes, words : dict of str to str
        What a cell at a level is (need, strength or nothing), and what is said of it.
    """

    points: dict[str, float]
    may_be: dict[str, tuple[str, ...]]
    least: dict[str, float]
    makes: dict[str, str]
    words: dict[str, str]


@dataclass(frozen=True)
class Rule:
    """The rule: scales by criterion, and what decides between them.

    Attributes
    ----------
    scales : dict of str to Scale
    steps : dict of str to tuple of int
        Steps from the level that the stated confidence of one coder allows, each as likely.
    urgent_share : float
        Share of the points (0-1) from which a need is urgent.
    listed_share : float
        Share of the draws (0-1) in which a need must be urgent to be listed as one.
    """

    scales: dict[str, Scale]
    steps: dict[str, tuple[int, ...]]
    urgent_share: float
    listed_share: float


def read_rule(urgency: pd.DataFrame) -> Rule:
    """Read the table `urgency`, and refuse one that does not fit together.

    Parameters
    ----------
    urgency : pandas.DataFrame
        The framework table: `criterion`, `level`, `least`, `points`, `stands_for`, `makes`, `words`.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        With everything that is wrong, one a line.

    Examples
    --------
    >>> columns = ["criterion", "level", "least", "points", "stands_for", "makes", "words"]
    >>> rows = [("severity", level, None, 3 - n, "", "need", "w") for n, level in enumerate(RATED)]
    >>> rows += [("trend", "rising", None, 2, "", "", "w"), ("trend", "falling", None, 0, "", "", "w"),
    ...          ("trend", "unknown", None, None, "rising;falling", "", "w"),
    ...          ("confidence", "low", None, None, "-1;0;1", "", "w"), ("total", "urgent", 0.6, None, "", "", "w"),
    ...          ("total", "listed", 0.5, None, "", "", "w")]
    >>> rule = read_rule(pd.DataFrame(rows, columns=columns))
    >>> rule.scales["trend"].may_be["unknown"], rule.steps["low"], rule.urgent_share
    (('rising', 'falling'), (-1, 0, 1), 0.6)
    """
    problems = _find_problems(urgency)
    if problems:
        raise ValueError("\n".join(f"urgency.csv: {problem}" for problem in problems))
    scales = {name: _read_scale(urgency[urgency["criterion"].eq(name)]) for name in CRITERIA}
    steps = urgency[urgency["criterion"].eq("confidence")]
    total = urgency[urgency["criterion"].eq("total")].set_index("level")["least"]
    return Rule(
        scales={name: scale for name, scale in scales.items() if scale.points},
        steps={row.level: tuple(int(step) for step in row.stands_for.split(";")) for row in steps.itertuples()},
        urgent_share=float(total["urgent"]),
        listed_share=float(total["listed"]),
    )


def spread_chances(grades: pd.DataFrame, scale: Scale) -> np.ndarray:
    """Return the chance of each level with points, shape (rows, levels), in the order of `scale.points`.

    Parameters
    ----------
    grades : pandas.DataFrame
        Rows of one criterion: `may_be` (levels joined by `;`, each as likely, repeated ones more likely) and, of
        severity, `chance_0` to `chance_3`, which count before it.
    """
    names = list(scale.points)
    chances = np.zeros((len(grades), len(names)))
    for place, levels in enumerate(grades["may_be"]):
        for level in levels.split(";"):
            chances[place, names.index(level)] += 1 / len(levels.split(";"))
    columns = [f"chance_{name[-1]}" for name in RATED]
    if set(names) == set(RATED) and set(columns) <= set(grades.columns):
        rated = grades[columns].to_numpy(dtype=float, na_value=np.nan)
        is_known = ~np.isnan(rated).any(axis=1)
        chances[is_known] = rated[is_known][:, [int(name[-1]) for name in names]]
    return chances


def _read_scale(rows: pd.DataFrame) -> Scale:
    named = rows.set_index("level")
    points = named["points"].dropna().astype(float)
    stands_for = {level: tuple(text.split(";")) for level, text in named["stands_for"].items() if text}
    return Scale(
        points=points.to_dict(),
        may_be={level: (level,) for level in points.index} | stands_for,
        least=named["least"].dropna().astype(float).to_dict(),
        makes=named["makes"].to_dict(),
        words=named["words"].to_dict(),
    )


def _find_problems(urgency: pd.DataFrame) -> list[str]:
    problems = []
    for name in CRITERIA:
        rows = urgency[urgency["criterion"].eq(name)]
        scored = set(rows.loc[rows["points"].notna(), "level"])
        for row in rows[rows["points"].isna()].itertuples():
            strange = sorted(set(row.stands_for.split(";")) - scored)
            if strange:
                problems.append(f"{name}, {row.level}: expected points, or levels with points in stands_for")
        if rows["points"].lt(0).any() or (len(rows) and not rows["points"].gt(0).any()):
            problems.append(f"{name}: expected points of 0 or more, and more than 0 for one level")
        if name == SEVERITY and scored != set(RATED):
            problems.append(f"{name}: expected points for {', '.join(RATED)} and for no other level")
    steps = urgency.loc[urgency["criterion"].eq("confidence"), "stands_for"]
    if not steps.str.fullmatch(r"-?[0-9]+(;-?[0-9]+)*").all():
        problems.append("confidence: expected steps in stands_for, whole numbers joined by ;")
    total = urgency[urgency["criterion"].eq("total")]
    if sorted(total["level"]) != ["listed", "urgent"] or not total["least"].between(0, 1).all():
        problems.append("total: expected the rows urgent and listed, each with a share from 0 to 1 in least")
    return problems
