"""Where cooperation is possible, by four rules; each opportunity names the rows that it rests on."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctresearch.cooperation.instruments import ACTIVE, NO_INSTRUMENT, PAIR_KINDS
from ctresearch.cooperation.subjects import collect_dates, judge_standing

OPPORTUNITY_COLUMNS = ("opportunity", "proposal", "shared_by", "indicator", "evidence_ids", "source_id")
"""What every opportunity has; the tables of the rules have more."""

_PROPOSALS = {
    "FLOW": "Agree between the two how victims are identified, referred and returned.",
    "USE": "Put the instrument to use, or publish what is done under it.",
    "NEED": "Meet together a need that is urgent in each.",
    "LEARN": "Exchange practice: what is strong in one is an urgent need in another.",
}


def find_unmet_flows(flows: pd.DataFrame, expected: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """List pairs with victims of one detected in the other for which no instrument of their own was found.

    Parameters
    ----------
    flows : pandas.DataFrame
        From `sum_flows`, between the jurisdictions.
    expected : pandas.DataFrame
        From `compare_with_expected`; may be empty.
    pairs : pandas.DataFrame
        From `pair_instruments`.

    Returns
    -------
    pandas.DataFrame
        `OPPORTUNITY_COLUMNS` and `value_low`, `value_high` (victims, both directions), `flow_reading` (`more` where a
        direction is more than expected, else `open`), `multilateral_n`; the largest first.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": ["A"], "destination": ["B"], "value_low": 3, "value_high": 5, "source_id": "s"})
    >>> pairs = pd.DataFrame({"first": ["A"], "second": ["B"], "reading": "not_found", "multilateral_n": 1})
    >>> found = find_unmet_flows(flows, pd.DataFrame(columns=["origin", "destination", "flow_reading"]), pairs)
    >>> found[["opportunity", "evidence_ids", "value_low", "flow_reading"]].values.tolist()
    [['OPP-FLOW-A-B', 'PAIR-A-B;FLOW-A-B', 3, 'open']]
    """
    between: dict[frozenset[str], list] = {}
    for flow in flows.itertuples():
        between.setdefault(frozenset((flow.origin, flow.destination)), []).append(flow)
    more = expected[expected["flow_reading"].eq("more")]
    is_more = set(map(frozenset, zip(more["origin"], more["destination"], strict=True)))
    rows = []
    for pair in pairs[pairs["reading"].eq("not_found")].itertuples():
        both = frozenset((pair.first, pair.second))
        own = between.get(both, [])
        if own:
            cited = [f"FLOW-{flow.origin}-{flow.destination}" for flow in own]
            rows.append(
                {
                    "opportunity": f"OPP-FLOW-{pair.first}-{pair.second}",
                    "shared_by": f"{pair.first};{pair.second}",
                    "indicator": "",
                    "evidence_ids": ";".join([f"PAIR-{pair.first}-{pair.second}", *cited]),
                    "source_id": _join([flow.source_id for flow in own]),
                    "value_low": sum(flow.value_low for flow in own),
                    "value_high": sum(flow.value_high for flow in own),
                    "flow_reading": "more" if both in is_more else "open",
                    "multilateral_n": pair.multilateral_n,
                }
            )
    listed = _lay_out(rows, "value_low", "value_high", "flow_reading", "multilateral_n")
    return listed.sort_values("value_low", ascending=False, kind="stable", ignore_index=True)


def find_unused_instruments(
    participation: pd.DataFrame, instruments: pd.DataFrame, *, jurisdictions: Sequence[str]
) -> pd.DataFrame:
    """List the instruments of pairs of which no fact of the desk review shows that they are used, by their parties.

    That no use was found does not mean that there is none.

    Parameters
    ----------
    participation, instruments : pandas.DataFrame
        The tables of these names; `use_evidence_ids` names the facts on use.
    jurisdictions : sequence of str
        Codes in the order of the report.

    Returns
    -------
    pandas.DataFrame
        `OPPORTUNITY_COLUMNS` and `instrument`, `subject`, `instrument_standing` (as in `lay_out_subjects`).
    """
    rows, dates = [], collect_dates(participation)
    active = participation[participation["status"].isin(ACTIVE)]
    own = instruments[instruments["kind"].isin(PAIR_KINDS) & instruments["use_evidence_ids"].eq("")]
    for row in own.itertuples():
        acts = active[active["instrument"].eq(row.instrument)]
        parties = [code for code in jurisdictions if acts["jurisdiction"].eq(code).any()]
        standing = judge_standing(row, dates, parties) if len(parties) > 1 else ""
        if standing:
            rows.append(
                {
                    "opportunity": f"OPP-USE-{row.instrument}",
                    "shared_by": ";".join(parties),
                    "indicator": "",
                    "evidence_ids": f"INST-{row.instrument}",
                    "source_id": _join([row.source_id, *acts["source_id"]]),
                    "instrument": row.instrument,
                    "subject": row.subject,
                    "instrument_standing": standing,
                }
            )
    return _lay_out(rows, "instrument", "subject", "instrument_standing")


def list_shared_needs(shared: pd.DataFrame, cited: pd.DataFrame) -> pd.DataFrame:
    """List needs that are urgent in several jurisdictions and could be met together.

    Parameters
    ----------
    shared : pandas.DataFrame
        From `needs.share_needs`: `indicator`, `shared_by`, `shared_n`, `always_n`, `read_n`, `source_id`.
    cited : pandas.DataFrame
        From `cite_cells`, of gaps.

    Returns
    -------
    pandas.DataFrame
        `OPPORTUNITY_COLUMNS` and `shared_n`, `always_n`, `read_n`.
    """
    facts = _group_facts(cited)
    rows = [
        {
            "opportunity": f"OPP-NEED-{row.indicator}",
            "shared_by": row.shared_by,
            "indicator": row.indicator,
            "evidence_ids": _cite(facts, row.indicator, row.shared_by.split(";")),
            "source_id": row.source_id,
            "shared_n": row.shared_n,
            "always_n": row.always_n,
            "read_n": row.read_n,
        }
        for row in shared.itertuples()
    ]
    return _lay_out(rows, "shared_n", "always_n", "read_n")


def match_strengths_to_needs(
    strengths: pd.DataFrame, needs: pd.DataFrame, cited: pd.DataFrame, *, least_share: float
) -> pd.DataFrame:
    """Pair what is strong in one jurisdiction with an urgent need on the same indicator in another.

    Parameters
    ----------
    strengths : pandas.DataFrame
        From `needs.list_strengths`: `jurisdiction`, `indicator`, `strength_kind`, `source_id`.
    needs : pandas.DataFrame
        `Urgency.needs`.
    cited : pandas.DataFrame
        From `cite_cells`, of gaps and strengths.
    least_share : float
        Share of the draws (0-1) in which a need must be urgent.

    Returns
    -------
    pandas.DataFrame
        `OPPORTUNITY_COLUMNS` and `strengths`, `gaps` (codes joined by `;`), `is_rated` (whether a strength and a need
        are both rated and not only read from facts), `urgent_share` (the largest); rated ones first, then the most
        urgent.
    """
    urgent = needs[needs["urgent_share"].ge(least_share)]
    rows, facts = [], _group_facts(cited)
    for indicator, weak in urgent.groupby("indicator", sort=True):
        strong = strengths[strengths["indicator"].eq(indicator) & ~strengths["jurisdiction"].isin(weak["jurisdiction"])]
        if len(strong):
            places = [*strong["jurisdiction"], *weak["jurisdiction"]]
            rows.append(
                {
                    "opportunity": f"OPP-LEARN-{indicator}",
                    "shared_by": ";".join(dict.fromkeys(places)),
                    "indicator": indicator,
                    "evidence_ids": _cite(facts, indicator, places),
                    "source_id": _join([*strong["source_id"], *weak["source_id"]]),
                    "strengths": ";".join(strong["jurisdiction"]),
                    "gaps": ";".join(weak["jurisdiction"]),
                    "is_rated": bool(strong["strength_kind"].ne("read").any() and weak["need_basis"].ne("read").any()),
                    "urgent_share": float(weak["urgent_share"].max()),
                }
            )
    listed = _lay_out(rows, "strengths", "gaps", "is_rated", "urgent_share")
    return listed.sort_values(["is_rated", "urgent_share"], ascending=False, kind="stable", ignore_index=True)


def cite_cells(
    levels: pd.DataFrame, evidence: pd.DataFrame, *, time_point: str, since: int, directions: Sequence[str]
) -> pd.DataFrame:
    """List the facts that each cell rests on: those that its level cites, and recent ones of some directions.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `indicator`, `evidence_id`, each once.

    Examples
    --------
    >>> levels = pd.DataFrame({"jurisdiction": ["A"], "indicator": "P-1", "time_point": "now", "status": "coded",
    ...                        "evidence_ids": "A-P-1-1"})
    >>> facts = pd.DataFrame({"evidence_id": ["A-P-1-2"], "jurisdiction": "A", "indicator": "P-1", "year": 2023,
    ...                       "direction": "gap"})
    >>> cite_cells(levels, facts, time_point="now", since=2022, directions=["gap"])["evidence_id"].tolist()
    ['A-P-1-1', 'A-P-1-2']
    """
    keys = ["jurisdiction", "indicator", "evidence_id"]
    rated = levels[levels["time_point"].eq(time_point) & levels["status"].eq("coded")]
    named = rated.assign(evidence_id=rated["evidence_ids"].str.split(";")).explode("evidence_id")
    recent = evidence[evidence["year"].ge(since) & evidence["direction"].isin(list(directions))]
    both = pd.concat([named[keys], recent[keys]])
    return both[both["evidence_id"].fillna("").ne("")].drop_duplicates(ignore_index=True)


def list_rested_on(
    opportunities: Sequence[pd.DataFrame],
    *,
    evidence: pd.DataFrame,
    flows: pd.DataFrame,
    instruments: pd.DataFrame,
    register_source_id: str,
) -> pd.DataFrame:
    """List every row that opportunities rest on, so that a reviewer can open it.

    Parameters
    ----------
    opportunities : sequence of pandas.DataFrame
        Tables with `evidence_ids`: facts, `FLOW-` with two codes, `PAIR-` with two codes, `INST-` with an instrument.
    evidence, instruments : pandas.DataFrame
        The tables of these names.
    flows : pandas.DataFrame
        From `sum_flows`.
    register_source_id : str
        Source of the register in which instruments were looked for.

    Returns
    -------
    pandas.DataFrame
        `evidence_id`, `shared_by` (codes joined by `;`), `years`, `statement`, `locator`, `source_id`.

    Raises
    ------
    ValueError
        If an id leads nowhere.
    """
    cited = dict.fromkeys(name for rows in opportunities for ids in rows["evidence_ids"] for name in ids.split(";"))
    known = _list_facts(evidence) | _list_flows(flows) | _list_instruments(instruments)
    missing = [name for name in cited if name not in known and not name.startswith("PAIR-")]
    if missing:
        raise ValueError(f"{len(missing)} evidence ids lead to no row, the first is {missing[0]!r}")
    rows = [known.get(name) or _describe_pair(name, register_source_id) for name in cited]
    table = pd.DataFrame(rows, columns=["shared_by", "years", "statement", "locator", "source_id"])
    table.insert(0, "evidence_id", list(cited))
    return table


def _list_facts(evidence: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    return {
        row.evidence_id: (row.jurisdiction, str(row.year), row.statement, row.locator, row.source_id)
        for row in evidence.itertuples()
    }


def _list_flows(flows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    rows = {}
    for row in flows.itertuples():
        number = f"{row.value_low:g}" if row.value_low == row.value_high else f"{row.value_low:g} to {row.value_high:g}"
        said = (
            f"Victims with the citizenship of the first detected in the second: {number}, in all years with a figure."
        )
        years = f"{row.first_year} to {row.last_year}"
        rows[f"FLOW-{row.origin}-{row.destination}"] = (
            *(f"{row.origin};{row.destination}", years, said),
            *("flows.csv, sum over the years", row.source_id),
        )
    return rows


def _list_instruments(instruments: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    return {
        f"INST-{row.instrument}": (
            *(row.expected_parties, row.adopted, f"{row.title}. {row.note}".strip()),
            *(row.locator, row.source_id),
        )
        for row in instruments.itertuples()
    }


def _describe_pair(name: str, source_id: str) -> tuple[str, ...]:
    _, first, second = name.split("-")
    return f"{first};{second}", "", NO_INSTRUMENT, "instruments.csv and participation.csv", source_id


def match_strengths_to_gaps(coverage: pd.DataFrame) -> pd.DataFrame:
    """Pair a strength in one jurisdiction with the same indicator's gap in others, from the reading of facts alone.

    Parameters
    ----------
    coverage : pandas.DataFrame
        From `score.count_coverage`.

    Returns
    -------
    pandas.DataFrame
        `indicator`, `strengths`, `gaps` (codes joined by `;`), only where both exist.

    Examples
    --------
    >>> rows = {"indicator": "P-1", "jurisdiction": ["A", "B", "C"], "reading": ["strength", "gap", "gap"]}
    >>> match_strengths_to_gaps(pd.DataFrame(rows)).values.tolist()
    [['P-1', 'A', 'B;C']]
    """
    rows = []
    for indicator, group in coverage.groupby("indicator", sort=False):
        strong = group.loc[group["reading"].eq("strength"), "jurisdiction"]
        weak = group.loc[group["reading"].eq("gap"), "jurisdiction"]
        if len(strong) and len(weak):
            rows.append({"indicator": indicator, "strengths": ";".join(strong), "gaps": ";".join(weak)})
    return pd.DataFrame(rows, columns=["indicator", "strengths", "gaps"])


def _lay_out(rows: Sequence[dict], *more: str) -> pd.DataFrame:
    told = [row | {"proposal": _PROPOSALS[row["opportunity"].split("-")[1]]} for row in rows]
    return pd.DataFrame(told, columns=[*OPPORTUNITY_COLUMNS, *more])


def _group_facts(cited: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in cited.itertuples():
        grouped.setdefault((row.indicator, row.jurisdiction), []).append(row.evidence_id)
    return grouped


def _cite(facts: dict[tuple[str, str], list[str]], indicator: str, places: Sequence[str]) -> str:
    return ";".join(name for place in dict.fromkeys(places) for name in facts.get((indicator, place), ()))


def _join(cells: Sequence[str]) -> str:
    return ";".join(dict.fromkeys(source for cell in cells for source in cell.split(";") if source))
