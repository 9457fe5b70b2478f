"""Turn links between records into persons, without letting a chain join two records that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ctresearch.clean.linkage.result import FIELDS, LINK_COLUMNS, PAIR, REVIEW_COLUMNS

DECISION = "decision"
CHAIN_REASON = "joined through another record, but the two ends contradict each other"
_BEYOND_WEIGHTS = 1e6


def find_groups(case_ids: Iterable[str], links: pd.DataFrame) -> pd.Series:
    """Give the records that hang together by links a common number.

    Returns
    -------
    pandas.Series
        Group by case id, numbered from 0 in the order of the lowest case id.

    Examples
    --------
    >>> find_groups(["a", "b", "c"], pd.DataFrame({"case_id_a": ["a"], "case_id_b": ["c"]})).to_dict()
    {'a': 0, 'b': 1, 'c': 0}
    """
    ids = pd.Index(sorted(case_ids), name="case_id")
    ends = [ids.get_indexer(links[name]) for name in PAIR]
    graph = coo_array((np.ones(len(links)), tuple(ends)), shape=(len(ids), len(ids)))
    _, group = connected_components(graph, directed=False)
    return pd.Series(pd.factorize(group)[0], index=ids, name="group")


def split_chains(case_ids: Iterable[str], links: pd.DataFrame, conflicts: pd.DataFrame, *, margin: float) -> pd.Series:
    """Tell which links can be believed together.

    Links are taken from the strongest to the weakest (decisions, then exact rules, then by weight); one that would
    bring two contradicting records together is refused. Where a-b and b-c are of about the same strength and a
    contradicts c, neither is believed.

    Parameters
    ----------
    case_ids : iterable of str
        All records.
    links : pandas.DataFrame
        `case_id_a`, `case_id_b`, `weight`, `rule`.
    conflicts : pandas.DataFrame
        Pairs that are not one person: `case_id_a`, `case_id_b`.
    margin : float
        Bits by which a link must outweigh a refused one to be kept.

    Returns
    -------
    pandas.Series
        Whether each link is believed, indexed like `links`.

    Examples
    --------
    >>> links = pd.DataFrame({"case_id_a": ["a", "b"], "case_id_b": ["b", "c"], "weight": [9.0, 5.0], "rule": "weight"})
    >>> ends = pd.DataFrame({"case_id_a": ["a"], "case_id_b": ["c"]})
    >>> split_chains("abc", links, ends, margin=3).tolist(), split_chains("abc", links, ends, margin=5).tolist()
    ([True, False], [False, False])
    """
    believed = pd.Series(True, index=links.index)
    groups = find_groups(case_ids, links)
    inside = conflicts[conflicts["case_id_a"].map(groups) == conflicts["case_id_b"].map(groups)]
    torn = links[links["case_id_a"].map(groups).isin(inside["case_id_a"].map(groups))]
    if torn.empty:
        return believed
    believed[_refuse(_by_strength(torn), _list_foes(inside), margin=margin)] = False
    return believed


def _by_strength(links: pd.DataFrame) -> pd.DataFrame:
    exact = links["rule"].ne("weight") * _BEYOND_WEIGHTS + links["rule"].eq(DECISION) * _BEYOND_WEIGHTS
    strength = links["weight"].fillna(0.0).mask(links["rule"].eq(DECISION), 0.0) + exact
    return links.assign(strength=strength).sort_values(["strength", *PAIR], ascending=[False, True, True])[
        [*PAIR, "strength"]
    ]


def _list_foes(conflicts: pd.DataFrame) -> dict[str, set[str]]:
    foes: dict[str, set[str]] = {}
    for first, second in conflicts[list(PAIR)].itertuples(index=False):
        foes.setdefault(first, set()).add(second)
        foes.setdefault(second, set()).add(first)
    return foes


def _refuse(links: pd.DataFrame, foes: dict[str, set[str]], *, margin: float) -> list[object]:
    # Few links ever come here: those of groups with a contradiction.
    members = {case: {case} for case in pd.unique(links[list(PAIR)].to_numpy().ravel())}
    kept: dict[str, list[tuple[object, str, float]]] = {case: [] for case in members}
    refused: list[object] = []
    for label, first, second, strength in links.itertuples():
        ours, theirs = members[first], members[second]
        if ours is theirs or not any(foes.get(case, set()) & theirs for case in ours):
            if ours is not theirs:
                ours |= theirs
                members.update(dict.fromkeys(theirs, ours))
            kept[first].append((label, second, strength))
            kept[second].append((label, first, strength))
            continue
        refused.append(label)
        for near, far in ((first, second), (second, first)):
            refused += [
                rival
                for rival, end, rival_strength in kept[near]
                if end in foes.get(far, set()) and rival_strength - strength < margin
            ]
    return refused


def settle(
    clusters: pd.DataFrame, links: pd.DataFrame, doubtful: pd.DataFrame, conflicts: pd.DataFrame, *, margin: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Join records to persons and list what a person must look at.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `case_id`, `agency`, `sex`, `age_band`, one row a record.
    links, doubtful, conflicts : pandas.DataFrame
        Pairs that are one person, that may be, and that are not.
    margin : float
        See `split_chains`.

    Returns
    -------
    tuple of pandas.DataFrame
        The links believed, the clusters with `person`, and the pairs for review.
    """
    believed = split_chains(clusters["case_id"], links, conflicts, margin=margin)
    groups = find_groups(clusters["case_id"], links[believed])
    numbers = groups.reindex(clusters["case_id"]).astype("int64") + 1
    joined = clusters.assign(person=("P" + numbers.astype("str")).to_numpy())
    refused = links[~believed].assign(reason=CHAIN_REASON)
    review = pd.concat([refused[list(REVIEW_COLUMNS)], doubtful[list(REVIEW_COLUMNS)]], ignore_index=True)
    is_open = review["case_id_a"].map(groups) != review["case_id_b"].map(groups)
    kept = links.loc[believed, list(LINK_COLUMNS)].sort_values(list(PAIR), ignore_index=True)
    return kept, joined, review[is_open].drop_duplicates(list(PAIR)).sort_values(list(PAIR), ignore_index=True)


def count_captures(clusters: pd.DataFrame) -> pd.DataFrame:
    """Count persons by the lists that they are on, sex and age band: the input of a multiple-systems estimate.

    Parameters
    ----------
    clusters : pandas.DataFrame
        `case_id`, `agency`, `sex`, `age_band`, `person`.

    Returns
    -------
    pandas.DataFrame
        One column an agency (1: on its list, however often), `sex`, `age_band` (the value that most records of the
        person give; missing where none or the records are evenly split) and `persons_n`.

    Examples
    --------
    >>> clusters = pd.DataFrame({"case_id": ["a", "b", "c"], "agency": ["ngo", "police", "ngo"], "sex": "female",
    ...     "age_band": ["9--17", None, "48+"], "person": ["P1", "P1", "P2"]})
    >>> count_captures(clusters)
       ngo  police     sex age_band  persons_n
    0    1       1  female    9--17          1
    1    1       0  female      48+          1
    """
    lists = pd.crosstab(clusters["person"], clusters["agency"]).clip(upper=1)
    lists.columns = pd.Index(list(lists.columns))
    agencies = list(lists.columns)
    persons = lists.assign(**{name: _agree(clusters, name).reindex(lists.index) for name in ("sex", "age_band")})
    columns = [*agencies, "sex", "age_band"]
    counts = persons.groupby(columns, dropna=False, sort=False).size().rename("persons_n").reset_index()
    order = [False] * len(agencies) + [True, True]
    return counts.sort_values(columns, ascending=order, ignore_index=True)


def _agree(clusters: pd.DataFrame, column: str) -> pd.Series:
    counts = clusters.groupby(["person", column], observed=True).size().rename("n").reset_index()
    most = counts[counts["n"] == counts.groupby("person")["n"].transform("max")]
    return most.drop_duplicates("person", keep=False).set_index("person")[column].astype("str")


def empty_pairs() -> pd.DataFrame:
    """Return a table of pairs without a row, with the columns of links and of the review."""
    columns = dict.fromkeys([*PAIR, "rule", "reason", *FIELDS], "str") | {"weight": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
