"""Overlapping lists of persons: which of their counts may be shown, and from which may be calculated."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ctresearch.choices import DisclosureChoices
from ctresearch.disclosure.cells import TOTAL, CaseTable
from ctresearch.disclosure.gate import protect_tables
from ctresearch.disclosure.released import NOT_SHOWN, Release
from ctresearch.disclosure.room import UnprotectedError

ONE, SEVERAL = "1 list", "2 lists or more"
"""Codes above the combinations of lists; no list can be called so."""

WITHHELD = "withheld"
_COUNT = "persons_n"
_PLACE = ["jurisdiction", "year"]


@dataclass(frozen=True, eq=False)
class ProtectedLists:
    """What may be shown of overlapping lists.

    Attributes
    ----------
    histories : pandas.DataFrame
        Persons on each combination of lists: `jurisdiction`, `year`, `lists`, `lists_n`, `persons_n` (missing where it
        is not shown), `status` (`reported` or `suppressed`), `source_id`; the fewest lists first. No row of a place
        of which nothing may be shown.
    captures : pandas.DataFrame
        Rows of the places of which every count may be shown: estimates may be made from these alone, because a hidden
        count can be solved for where an estimate made from it is known.
    totals : pandas.DataFrame
        `jurisdiction`, `year`, `observed_n` and `overlap_n` (missing where not shown), `is_open`.
    audit : pandas.DataFrame
        Audits of all places, as `Release.audit`.
    """

    histories: pd.DataFrame = field(repr=False)
    captures: pd.DataFrame = field(repr=False)
    totals: pd.DataFrame
    audit: pd.DataFrame = field(repr=False)

    def mask_places(self, places: pd.DataFrame) -> pd.DataFrame:
        """Put what may be shown in the place of the numbers of `multiple_systems.list_places`.

        A place with a hidden count gets the standing `withheld`; `observed` and `overlap` print the numbers, or that
        they are not shown.
        """
        rows = places.drop(columns=["observed_n", "overlap_n"]).merge(self.totals, on=_PLACE, how="left")
        is_hidden = rows["is_open"].eq(False).fillna(False).astype(bool)
        printed = {
            name: rows[f"{name}_n"].astype("object").mask(is_hidden & rows[f"{name}_n"].isna(), NOT_SHOWN)
            for name in ("observed", "overlap")
        }
        standing = rows["lists_standing"].mask(is_hidden, WITHHELD)
        return rows.assign(lists_standing=standing, **printed)[[*places.columns, *printed]]


def protect_lists(captures: pd.DataFrame, *, choices: DisclosureChoices) -> ProtectedLists:
    """Pass the counts of overlapping lists through the gate: by combination of lists, and by sex.

    Parameters
    ----------
    captures : pandas.DataFrame
        The table `captures` of a study.
    choices : DisclosureChoices
        Section `[disclosure]` of study.toml.

    Examples
    --------
    Two persons are on both lists. With the total they could be calculated, and so that is hidden too.

    >>> rows = {"lists": ["ngo", "police", "ngo;police"], "persons_n": [40, 30, 2], "jurisdiction": "AAA", "year": 2024}
    >>> captures = pd.DataFrame({**rows, "sex": "female", "source_id": "s"})
    >>> choices = DisclosureChoices(5, "safe", 4, 1, 75.0, 10.0, 5, 5, 2, 0.3)
    >>> lists = protect_lists(captures, choices=choices)
    >>> lists.histories[["lists", "persons_n", "status"]].fillna(-1).values.tolist()
    [['ngo', 40, 'reported'], ['police', 30, 'reported'], ['ngo;police', -1, 'suppressed']]
    >>> lists.totals[["observed_n", "is_open"]].values.tolist(), len(lists.captures)
    ([[<NA>, False]], 0)
    """
    histories, totals, audits, is_open = [], [], [], []
    for (jurisdiction, year), rows in captures.groupby(_PLACE, sort=False):
        place = {"jurisdiction": jurisdiction, "year": year}
        release = _protect(rows, choices)
        table = None if release is None else release.tables["lists"].rows.set_index("lists")
        opened = release is not None and release.changed_n == 0
        is_open.append(rows.index if opened else rows.index[:0])
        totals.append({**place, **_read_totals(table), "is_open": opened})
        if release is not None:
            audits.append(release.audit)
            histories.append(_read_histories(rows, table).assign(**place))
    columns = [*_PLACE, "lists", "lists_n", _COUNT, "status", "source_id"]
    shown = pd.concat(histories) if histories else pd.DataFrame(columns=columns)
    kept = captures.loc[[label for labels in is_open for label in labels]]
    named = [*_PLACE, "observed_n", "overlap_n", "is_open"]
    integers = {"year": "Int64", "observed_n": "Int64", "overlap_n": "Int64"}
    return ProtectedLists(
        shown[columns].sort_values([*_PLACE, "lists_n", "lists"], ignore_index=True),
        kept.sort_index(),
        pd.DataFrame(totals, columns=named).astype(integers),
        pd.concat(audits, ignore_index=True) if audits else pd.DataFrame(columns=["cell", "low", "high", "is_safe"]),
    )


def _protect(rows: pd.DataFrame, choices: DisclosureChoices) -> Release | None:
    """Protect the tables of one place together; nothing if they cannot be."""
    above = {lists: SEVERAL if ";" in lists else ONE for lists in rows["lists"].unique()}
    by_sex = rows.assign(lists=rows["lists"].map(above))
    tables = [
        CaseTable(name, _add_up(part, by), by=by, value=_COUNT, population="persons on a list")
        for name, part, by in (("lists", rows, ["lists"]), ("sex", by_sex, ["sex", "lists"]))
    ]
    try:
        return protect_tables(tables, choices=choices, hierarchies={"lists": above}, search="exact")
    except UnprotectedError:
        return None


def _add_up(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return rows.astype(dict.fromkeys(by, "str")).groupby(by, as_index=False)[_COUNT].sum()


def _read_totals(table: pd.DataFrame | None) -> dict[str, object]:
    if table is None:
        return {"observed_n": None, "overlap_n": None}
    counts = table[_COUNT].astype("Float64").round()
    return {"observed_n": counts[TOTAL], "overlap_n": counts.get(SEVERAL, 0)}


def _read_histories(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    shown = table.drop(index=[TOTAL, ONE, SEVERAL], errors="ignore").reset_index()
    counted = shown.assign(
        lists_n=shown["lists"].str.count(";") + 1, source_id=";".join(dict.fromkeys(rows["source_id"]))
    )
    return counted.astype({_COUNT: "Int64"})
