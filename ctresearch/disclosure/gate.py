"""The gate: what is made from case records leaves it protected and audited, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.choices import DisclosureChoices
from ctresearch.disclosure.attack import find_intervals
from ctresearch.disclosure.cells import TOTAL, CaseTable, Hierarchies, Key, PublishedTable
from ctresearch.disclosure.released import SEAL, Release, Released, name_codes
from ctresearch.disclosure.room import UnprotectedError, name_cell
from ctresearch.disclosure.rules import find_unsafe_amounts, find_unsafe_counts
from ctresearch.disclosure.suppress import hide_cells
from ctresearch.disclosure.system import CHANGE, EARLIER, NOW, System, build_system, join_dimensions

_MOST_ROUNDS = 5
_NEAR = 1e-6


def protect_tables(
    tables: Sequence[CaseTable],
    *,
    choices: DisclosureChoices,
    hierarchies: Hierarchies,
    search: str,
    others: Sequence[PublishedTable] = (),
    earlier: Sequence[Released] = (),
    only_grows: bool = False,
    is_joint: bool = False,
) -> Release:
    """Hide cells of all tables of a build together, and audit the result.

    Unsafe are: cells that break a primary rule of `choices` (sums that a reader can form count as cells); cells that
    others masked or that an earlier build did not show; and changes of a few persons between the earlier build and
    this one. More cells are hidden until no combination of all that is shown, was shown earlier or was published by
    others narrows one of them too far. The audit calculates what a reader can calculate, from what is shown alone.

    Parameters
    ----------
    tables : sequence of CaseTable
        All tables of the build; a table that is shown but is not here is not protected.
    choices : DisclosureChoices
        Section `[disclosure]` of study.toml.
    hierarchies : mapping
        Dimension: code and the code that it is a part of.
    search : str
        `exact` or `stepwise`; see `hide_cells`.
    others : sequence of PublishedTable
        What others published about the same population. It stays as it is.
    earlier : sequence of Released
        What an earlier build showed of an earlier version of the data.
    only_grows : bool
        Whether readers may know that a later version can only hold more persons.
    is_joint : bool
        Whether readers may also use that all tables of a population count the same persons, so that one table of all
        dimensions together lies behind them. Stricter, and much slower where there are many dimensions.

    Returns
    -------
    Release

    Raises
    ------
    ValueError
        In a sentence: if no table was given, tables of one population do not agree (`DisagreementError`) or a cell
        cannot be protected (`UnprotectedError`). Nothing is released then.

    Examples
    --------
    The two men could be calculated from the women and the total; so two more cells than theirs are hidden.

    >>> import pandas as pd
    >>> from ctresearch.choices import DisclosureChoices
    >>> choices = DisclosureChoices(3, "safe", 2, 1, 75.0, 10.0, 5, 5, 2, 0.3)
    >>> rows = pd.DataFrame({"sex": ["female", "male"] * 2, "year": [2023, 2023, 2024, 2024]})
    >>> rows["persons_n"] = [9, 2, 7, 6]
    >>> table = CaseTable("by_sex", rows, by=("sex", "year"), value="persons_n", population="assisted")
    >>> release = protect_tables([table], choices=choices, hierarchies={}, search="exact")
    >>> release.tables["by_sex"].rows.pivot(index="sex", columns="year", values="persons_n").loc["male"].tolist()
    [nan, nan, 8.0]
    >>> release.unsafe_n, release.changed_n, release.audit["is_safe"].tolist()
    (1, 4, [True])
    """
    check_names(tables)
    if any(table.spread for table in earlier):
        raise ValueError(
            "An earlier build showed rounded or blurred numbers; a build that hides numbers cannot be checked against "
            "them. Round again, or start a new series."
        )
    system = build_system(
        tables,
        hierarchies=hierarchies,
        others=[*others, *join_dimensions(tables)] if is_joint else others,
        earlier=[table.publish() for table in earlier],
        only_grows=only_grows,
    )
    needs = _find_needs(system, tables, choices, hierarchies)
    hidden, audit = _hide_until_safe(system, needs, choices, search)
    released = {
        table.name: _release(table, grid.codes, system.values[place], hidden[place], system.is_shown[place])
        for table, grid, place in zip(tables, system.grids, system.places, strict=True)
    }
    unsafe_n = int((~np.isnan(needs).all(axis=1) & system.is_shown).sum())
    return Release(released, audit, int(system.is_shown.sum()), unsafe_n, int(hidden.sum()))


def check_names(tables: Sequence[CaseTable]) -> None:
    """Refuse no table at all, and two of one name."""
    names = [table.name for table in tables]
    if not names:
        raise ValueError("No table was given, so there is nothing to protect or to show.")
    if len(set(names)) < len(names):
        raise ValueError("Two tables have the same name; each needs its own.")


def _find_needs(
    system: System, tables: Sequence[CaseTable], choices: DisclosureChoices, hierarchies: Hierarchies
) -> np.ndarray:
    """Return by how much the attacker's interval must reach below and above each cell; missing where it is safe."""
    version = np.array([key[0] for key in system.keys])
    needs = np.where(system.is_count[:, None], find_unsafe_counts(system.values, choices=choices), np.nan)
    needs[(version == CHANGE) & (system.values == 0)] = np.nan
    needs[version == EARLIER] = np.nan
    place = {key: number for number, key in enumerate(system.keys)}
    for table in tables:
        if table.contributions is not None:
            _add_amounts(needs, place, table, choices, hierarchies)
    _ask_again(needs, place, system, float(choices.protection_n))
    needs[system.is_public] = np.nan
    return needs


def _ask_again(needs: np.ndarray, place: Mapping[Key, int], system: System, protection: float) -> None:
    """Keep hidden what others masked or an earlier build did not show, as far as it is hidden without this build."""
    masked = np.flatnonzero(system.is_masked & ~system.is_public)
    alone = find_intervals(system.view(np.ones_like(system.is_shown)), targets=masked)
    for number, (low, high) in zip(masked, alone, strict=True):
        twin = place.get((NOW, *system.keys[number][1:]), number)
        value = system.values[twin]
        if not np.isnan(value) and np.isnan(needs[twin]).all():
            room = np.array([min(value, value - low), high - value])
            needs[twin] = np.clip(room, 0, protection)


def _add_amounts(
    needs: np.ndarray, place: Mapping[Key, int], table: CaseTable, choices: DisclosureChoices, hierarchies: Hierarchies
) -> None:
    found = find_unsafe_amounts(
        table.contributions, by=table.by, value=table.value, choices=choices, hierarchies=hierarchies
    ).dropna(subset="protection")
    for row in found.to_dict("records"):
        codes = frozenset((name, str(row[name])) for name in table.by if row[name] != TOTAL)
        needs[place[NOW, table.population, codes]] = min(row["protection"], row["total"]), row["protection"]


def _hide_until_safe(
    system: System, needs: np.ndarray, choices: DisclosureChoices, search: str
) -> tuple[np.ndarray, pd.DataFrame]:
    """Hide, audit, and ask for more where whole numbers leave less room than fractions did."""
    asked = needs.copy()
    for _ in range(_MOST_ROUNDS):
        hidden = hide_cells(system, needs=asked, is_zero_safe=choices.zeros == "safe", search=search)
        audit = _audit(system, needs, hidden, choices)
        if audit["is_safe"].all():
            return hidden, audit.drop(columns="number")
        failed = audit.loc[~audit["is_safe"], "number"].to_numpy()
        asked[failed] += 1
        if np.isnan(asked[failed]).all():
            break
    raise UnprotectedError(
        f"{(~audit['is_safe']).sum()} cells fail the audit, first {name_cell(system, failed[0])}: what is shown, was "
        "shown earlier or was published by others tells too much about them. Leave a table out or show fewer codes."
    )


def _audit(system: System, needs: np.ndarray, hidden: np.ndarray, choices: DisclosureChoices) -> pd.DataFrame:
    is_unsafe = ~np.isnan(needs).all(axis=1)
    targets = np.flatnonzero(is_unsafe | (system.is_masked & ~system.is_public))
    found = find_intervals(system.view(hidden), targets=targets)
    low = system.values[targets] - needs[targets, 0]
    high = system.values[targets] + needs[targets, 1]
    is_safe = ~((found[:, 0] > low + _NEAR) | (found[:, 1] < high - _NEAR))
    foreign = ~is_unsafe[targets]
    if foreign.any():
        alone = find_intervals(system.view(np.ones_like(hidden)), targets=targets[foreign])
        least = np.minimum(alone[:, 1] - alone[:, 0], choices.protection_n)
        is_safe[foreign] = found[foreign, 1] - found[foreign, 0] >= least - _NEAR
    listed = list_cells(system, targets, found).replace([np.inf, -np.inf], np.nan)
    return listed.assign(is_safe=is_safe, number=targets)


def list_cells(system: System, targets: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    """Name cells and give the interval that a reader can calculate."""
    rows = [(system.keys[target][0], system.keys[target][1], name_codes(system.keys[target][2])) for target in targets]
    return pd.DataFrame(rows, columns=["version", "population", "cell"]).assign(low=found[:, 0], high=found[:, 1])


def _release(
    table: CaseTable, codes: pd.DataFrame, values: np.ndarray, hidden: np.ndarray, is_shown: np.ndarray
) -> Released:
    rows = codes.assign(
        **{table.value: np.where(hidden, np.nan, values), "status": np.where(hidden, "suppressed", "reported")}
    )
    rows = rows[is_shown].reset_index(drop=True)
    note = (
        f"{int(hidden[is_shown].sum())} of {len(rows)} numbers are not shown, so that nobody can be recognised, "
        "also not by calculation from the others. A number that is not shown may be small or large."
    )
    return Released(table.name, rows, tuple(table.by), table.value, table.population, note, table.source_id, seal=SEAL)
