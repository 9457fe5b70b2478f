"""Which instruments bind whom: treaties, pairs, and what is open to more than two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from ctresearch.vocabulary import NOT_APPLICABLE, UNKNOWN

PAIR_KINDS = ("bilateral", "trilateral")
_PAIR_COLUMNS = (
    *("first", "second", "bilateral", "multilateral", "bilateral_n", "multilateral_n"),
    *("reading", "source_id"),
)
ACTIVE = ("found", "party_date_missing")
NO_INSTRUMENT = "No bilateral or trilateral instrument was found for this pair; that does not mean that there is none."

_ACTS_BY_WEIGHT = ["ratification", "accession", "succession", "party", "participation", "signature"]


def list_treaty_acts(
    participation: pd.DataFrame, instruments: pd.DataFrame, *, jurisdiction: str, treaties: Sequence[str]
) -> pd.DataFrame:
    """List each treaty with the dates of signature, of consent to be bound and of entry into force.

    Parameters
    ----------
    participation, instruments : pandas.DataFrame
        The tables of the same names.
    jurisdiction : str
        Code.
    treaties : sequence of str
        Instruments to list, in order; one without a row is listed as not found.

    Returns
    -------
    pandas.DataFrame
        `instrument`, `title`, `signature`, `bound`, `entry_into_force`, `participation` (status), `source_id`
        (all sources, joined by `;`).
    """
    acts = participation[participation["jurisdiction"].eq(jurisdiction)]
    rows = [_describe_treaty(acts[acts["instrument"].eq(treaty)], treaty) for treaty in treaties]
    titles = instruments.set_index("instrument")["title"]
    columns = ["instrument", "signature", "bound", "entry_into_force", "participation", "source_id"]
    listed = pd.DataFrame(rows, columns=columns)
    listed.insert(1, "title", listed["instrument"].map(titles).fillna(listed["instrument"]))
    return listed


def pair_instruments(
    participation: pd.DataFrame, instruments: pd.DataFrame, *, jurisdictions: Sequence[str]
) -> pd.DataFrame:
    """List every pair of jurisdictions with the instruments that both are parties to.

    Returns
    -------
    pandas.DataFrame
        One row a pair (15 for six): `first`, `second`, `bilateral` and `multilateral` (instrument ids joined by
        `;`), `bilateral_n`, `multilateral_n`, `reading` (`found`, or `not_found`, which does not mean none),
        `source_id`.

    Examples
    --------
    >>> acts = pd.DataFrame({"instrument": "two", "jurisdiction": ["A", "B"], "status": "found"})
    >>> listed = pd.DataFrame({"instrument": ["two"], "kind": "bilateral", "source_id": "s"})
    >>> pair_instruments(acts, listed, jurisdictions=["A", "B", "C"])["reading"].tolist()
    ['found', 'not_found', 'not_found']
    """
    active = participation[participation["status"].isin(ACTIVE)]
    members = active.groupby("instrument")["jurisdiction"].agg(set)
    kinds = instruments.set_index("instrument")["kind"]
    sources = instruments.set_index("instrument")["source_id"]
    rows = []
    for first, second in combinations(jurisdictions, 2):
        shared = [name for name in kinds.index if {first, second} <= members.get(name, set())]
        own = [name for name in shared if kinds[name] in PAIR_KINDS]
        wider = [name for name in shared if kinds[name] not in PAIR_KINDS and kinds[name] != "treaty"]
        rows.append(
            {
                "first": first,
                "second": second,
                "bilateral": ";".join(own),
                "multilateral": ";".join(wider),
                "bilateral_n": len(own),
                "multilateral_n": len(wider),
                "reading": "found" if own else "not_found",
                "source_id": ";".join(dict.fromkeys(sources[name] for name in own + wider)),
            }
        )
    return pd.DataFrame(rows, columns=list(_PAIR_COLUMNS))


def mirror_pairs(pairs: pd.DataFrame, *, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """Return each pair in both directions, in the order of the study, so that it makes a full matrix.

    Returns
    -------
    pandas.DataFrame
        `first`, `second`, `instruments` (how many were found; `ND` for none, `NA` for a jurisdiction with itself),
        `source_id`.

    Examples
    --------
    >>> pairs = pd.DataFrame({"first": ["A"], "second": ["B"], "bilateral_n": [2], "source_id": "s"})
    >>> mirror_pairs(pairs, jurisdictions=["A", "B"])["instruments"].tolist()
    ['NA', '2', '2', 'NA']
    """
    columns = ["first", "second", "bilateral_n", "source_id"]
    turned = pairs.rename(columns={"first": "second", "second": "first"})
    both = pd.concat([pairs[columns], turned[columns]])
    both["instruments"] = both.pop("bilateral_n").map(lambda count: str(count) if count else UNKNOWN)
    own = pd.DataFrame(
        {"first": jurisdictions, "second": jurisdictions, "instruments": NOT_APPLICABLE, "source_id": ""}
    )
    both = pd.concat([both, own])
    rank = {code: number for number, code in enumerate(jurisdictions)}
    return both.sort_values(["first", "second"], key=lambda codes: codes.map(rank), ignore_index=True)


def lay_out_participation(
    participation: pd.DataFrame, instruments: pd.DataFrame, *, jurisdictions: Sequence[str]
) -> pd.DataFrame:
    """Say for every instrument that is open to more than two how each jurisdiction stands to it.

    Returns
    -------
    pandas.DataFrame
        One row an instrument and jurisdiction: `instrument`, `jurisdiction`, `standing` (date of consent, signature
        or participation; the status where there is no date; `not_found` where there is no row), `source_id`.

    Examples
    --------
    >>> acts = pd.DataFrame({"instrument": ["t"], "jurisdiction": "A", "act": "ratification", "date": "2007",
    ...                      "status": "found", "source_id": "s"})
    >>> listed = pd.DataFrame({"instrument": ["t"], "kind": "treaty", "source_id": "s"})
    >>> lay_out_participation(acts, listed, jurisdictions=["A", "B"])["standing"].tolist()
    ['2007', 'not_found']
    """
    wide = instruments[~instruments["kind"].isin(PAIR_KINDS)]
    acts = dict(list(participation.groupby(["instrument", "jurisdiction"])))
    rows = []
    for instrument in wide.itertuples():
        for code in jurisdictions:
            own = acts.get((instrument.instrument, code), participation.iloc[:0])
            sources = ";".join(dict.fromkeys(own["source_id"])) or instrument.source_id
            standing = _summarise_acts(own) if len(own) else "not_found"
            rows.append((instrument.instrument, code, standing, sources))
    return pd.DataFrame(rows, columns=["instrument", "jurisdiction", "standing", "source_id"])


def _describe_treaty(acts: pd.DataFrame, treaty: str) -> dict:
    def date_of(*actions: str) -> str:
        return "; ".join(dict.fromkeys(acts.loc[acts["act"].isin(actions) & acts["date"].ne(""), "date"]))

    return {
        "instrument": treaty,
        "signature": date_of("signature"),
        "bound": date_of("ratification", "accession", "succession"),
        "entry_into_force": date_of("entry_into_force"),
        "participation": _find_surest(acts),
        "source_id": ";".join(dict.fromkeys(acts["source_id"])),
    }


def _find_surest(acts: pd.DataFrame) -> str:
    return next((status for status in (*ACTIVE, "not_party") if acts["status"].eq(status).any()), "not_found")


def _summarise_acts(acts: pd.DataFrame) -> str:
    active = acts[acts["status"].isin(ACTIVE)]
    dated = active[active["date"].ne("") & active["act"].isin(_ACTS_BY_WEIGHT)]
    if len(dated):
        return dated.sort_values("act", key=lambda acts: acts.map(_ACTS_BY_WEIGHT.index), kind="stable")["date"].iloc[0]
    return "party_date_missing" if len(active) else _find_surest(acts)
