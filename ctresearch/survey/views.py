"""What stakeholders of each jurisdiction say, as the ranking of needs takes it."""

from __future__ import annotations

import pandas as pd

from ctresearch.survey.priorities import ASPECTS
from ctresearch.vocabulary import REGION


def list_views(answers: pd.DataFrame, *, least_group_n: int) -> pd.DataFrame | None:
    """Average importance and performance of every indicator by jurisdiction.

    Everybody counts alike: groups within one jurisdiction are too small to be weighed. Who works in several
    jurisdictions is in none. So a chapter that reads its own answers alone comes to the same as the region.

    Parameters
    ----------
    answers : pandas.DataFrame
        Contract of `survey_answers`; may be empty.
    least_group_n : int
        An indicator that fewer rated for importance or for performance is left out.

    Returns
    -------
    pandas.DataFrame or None
        `jurisdiction`, `indicator`, `importance`, `performance` (1-5), `source_id`; None where there is nothing, so
        that nothing is counted.

    Examples
    --------
    >>> answers = pd.DataFrame({"jurisdiction": "AAA", "indicator": "P-1", "importance": [5, 4], "performance": [1, 2],
    ...                         "source_id": "s"})
    >>> list_views(answers, least_group_n=2)[["importance", "performance"]].values.tolist()
    [[4.5, 1.5]]
    """
    own = answers[answers["jurisdiction"].ne(REGION)]
    grouped = own.groupby(["jurisdiction", "indicator"], sort=True)
    rated = grouped[list(ASPECTS)]
    is_enough = rated.count().ge(least_group_n).all(axis=1)
    views = rated.mean().astype("float64").assign(source_id=grouped["source_id"].agg(_join))[is_enough]
    return views.reset_index() if len(views) else None


def _join(ids: pd.Series) -> str:
    return ";".join(dict.fromkeys(ids))
