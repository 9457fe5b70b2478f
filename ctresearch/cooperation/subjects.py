"""On what pairs and bodies cooperate: instruments by subject, with what is known of their standing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import pandas as pd

from ctresearch.cooperation.instruments import ACTIVE, PAIR_KINDS
from ctresearch.vocabulary import UNKNOWN

SUBJECTS = (
    *("trafficking", "referral", "protection", "children", "returnees"),
    *("police", "joint_teams", "data_exchange"),
)
"""Subjects of cooperation against trafficking, in the order of the matrix; the first is trafficking in general."""

STANDINGS = ("in_force", "agreed", "named")
"""What can be known of an instrument between its parties, the surest first."""

_AGREED_BY = ("signature", "ratification", "accession", "succession", "participation")


def lay_out_subjects(
    participation: pd.DataFrame,
    instruments: pd.DataFrame,
    *,
    jurisdictions: Sequence[str],
    subjects: Sequence[str] = SUBJECTS,
) -> pd.DataFrame:
    """Say for every pair and subject which instrument between the two was found, and how it stands.

    Parameters
    ----------
    participation, instruments : pandas.DataFrame
        The tables of these names.
    jurisdictions : sequence of str
        Codes in the order of the report.
    subjects : sequence of str
        Subjects in order.

    Returns
    -------
    pandas.DataFrame
        One row a pair and subject: `first`, `second`, `pair` (codes joined by `;`), `subject`, `bilateral`
        (instruments joined by `;`), `instrument_standing` (the surest of them: one of `STANDINGS` and the date, joined
        by `;`; `ND` where nothing was found, which does not mean none), `source_id`.

    Examples
    --------
    >>> acts = pd.DataFrame({"instrument": "two", "jurisdiction": ["A", "B"], "act": "signature", "date": "2014-12",
    ...                      "status": "found", "source_id": "s"})
    >>> listed = pd.DataFrame({"instrument": ["two"], "kind": "bilateral", "subject": "police;children",
    ...                        "in_force": "", "source_id": "s"})
    >>> laid = lay_out_subjects(acts, listed, jurisdictions=["A", "B"], subjects=["police", "returnees"])
    >>> laid[["pair", "subject", "instrument_standing"]].values.tolist()
    [['A;B', 'police', 'agreed;2014-12'], ['A;B', 'returnees', 'ND']]
    """
    between = list(instruments[instruments["kind"].isin(PAIR_KINDS)].itertuples())
    dates = collect_dates(participation)
    rows = []
    for pair in combinations(jurisdictions, 2):
        found = [(row, judge_standing(row, dates, pair)) for row in between]
        for subject in subjects:
            own = [(row, how) for row, how in found if how and subject in row.subject.split(";")]
            own = sorted(own, key=lambda one: STANDINGS.index(one[1].split(";")[0]))
            rows.append(
                (
                    *(*pair, ";".join(pair), subject, ";".join(row.instrument for row, _ in own)),
                    *(own[0][1] if own else UNKNOWN, ";".join(dict.fromkeys(row.source_id for row, _ in own))),
                )
            )
    columns = ["first", "second", "pair", "subject", "bilateral", "instrument_standing", "source_id"]
    return pd.DataFrame(rows, columns=columns)


def list_bodies(
    participation: pd.DataFrame, instruments: pd.DataFrame, *, jurisdictions: Sequence[str]
) -> pd.DataFrame:
    """List what is open to more than two, with who is in it, who is outside and of whom nothing was found.

    Parameters
    ----------
    participation, instruments, jurisdictions
        As for `lay_out_subjects`.

    Returns
    -------
    pandas.DataFrame
        One row an instrument that is no pair's own: `instrument`, `subject`, `adopted`, `in_force` (dates), `inside`,
        `outside` (listed as no party) and `unseen` (codes joined by `;`), `source_id`.

    Examples
    --------
    >>> acts = pd.DataFrame({"instrument": "net", "jurisdiction": ["A", "B"], "status": ["found", "not_party"],
    ...                      "source_id": "s"})
    >>> listed = pd.DataFrame({"instrument": ["net"], "kind": "network", "subject": "police", "adopted": "2010",
    ...                        "in_force": "", "source_id": "s"})
    >>> list_bodies(acts, listed, jurisdictions=["A", "B", "C"])[["inside", "outside", "unseen"]].values.tolist()
    [['A', 'B', 'C']]
    """
    known = _collect_statuses(participation)
    rows = []
    for row in instruments[~instruments["kind"].isin(PAIR_KINDS)].itertuples():
        own = {code: known.get((row.instrument, code), ({}, {})) for code in jurisdictions}
        inside = [code for code in jurisdictions if own[code][0].keys() & set(ACTIVE)]
        outside = [code for code in jurisdictions if "not_party" in own[code][0] and code not in inside]
        unseen = [code for code in jurisdictions if code not in {*inside, *outside}]
        cited = [source for _, sources in own.values() for source in sources]
        rows.append(
            {
                "instrument": row.instrument,
                "subject": row.subject,
                "adopted": row.adopted,
                "in_force": row.in_force,
                **{"inside": ";".join(inside), "outside": ";".join(outside), "unseen": ";".join(unseen)},
                "source_id": ";".join(dict.fromkeys([row.source_id, *cited])),
            }
        )
    columns = ["instrument", "subject", "adopted", "in_force", "inside", "outside", "unseen", "source_id"]
    return pd.DataFrame(rows, columns=columns)


def _collect_statuses(participation: pd.DataFrame) -> dict[tuple[str, str], tuple[dict, dict]]:
    """Return statuses and sources of every jurisdiction under every instrument, as ordered sets."""
    known: dict[tuple[str, str], tuple[dict, dict]] = {}
    for row in participation.itertuples():
        statuses, sources = known.setdefault((row.instrument, row.jurisdiction), ({}, {}))
        statuses[row.status] = sources[row.source_id] = None
    return known


def collect_dates(participation: pd.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the last dates of entry into force and of consent of every party of an instrument, empty if not found."""
    dates: dict[tuple[str, str], tuple[str, str]] = {}
    for row in participation[participation["status"].isin(ACTIVE)].itertuples():
        begun, agreed = dates.get((row.instrument, row.jurisdiction), ("", ""))
        begun = max(begun, row.date) if row.act == "entry_into_force" else begun
        agreed = max(agreed, row.date) if row.act in _AGREED_BY else agreed
        dates[row.instrument, row.jurisdiction] = (begun, agreed)
    return dates


def judge_standing(instrument, dates: Mapping[tuple[str, str], tuple[str, str]], parties: Sequence[str]) -> str:
    """Return standing and date of an instrument between parties; empty where one of them is not found to be one.

    Parameters
    ----------
    instrument : namedtuple
        A row of `instruments`.
    dates : mapping
        From `collect_dates`.
    parties : sequence of str
        Codes.
    """
    own = [dates.get((instrument.instrument, code)) for code in parties]
    if None in own:
        return ""
    begun, agreed = ([one[place] for one in own] for place in (0, 1))
    if all(begun) or instrument.in_force:
        return f"in_force;{max(begun) if all(begun) else instrument.in_force}"
    return f"agreed;{max(agreed)}" if all(agreed) else "named"
