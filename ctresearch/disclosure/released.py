"""What has passed the gate: the only form in which a table made from case records may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field

import pandas as pd

from ctresearch.disclosure.cells import PublishedTable

NOT_SHOWN = "not shown"
"""What stands in place of a number that would give a person away."""

SEAL = object()
"""What the functions of the gate have, and nothing else."""


@dataclass(frozen=True, eq=False)
class Released:
    """A table made from case records that may be shown; the gate alone makes it.

    Attributes
    ----------
    name : str
        Name of the table.
    table : pandas.DataFrame
        Dimensions, value (missing where it is not shown) and `status`. Read it through `rows`.
    by : tuple of str
        Dimensions.
    value : str
        Column of the value.
    population : str
        Who is counted.
    note : str
        What a reader must know about what was done to the table.
    source_id : str
        Sources of the records, joined by `;`; a column of `rows` if there are any.
    spread : float
        By how much a number that is shown can differ from the true one.
    seal : object
        What only the gate has.

    Raises
    ------
    TypeError
        If anything else makes one.

    Examples
    --------
    >>> Released("x", pd.DataFrame({"persons_n": [1]}), (), "persons_n", "assisted", "")
    Traceback (most recent call last):
    TypeError: A released table is made by the gate alone: call disclosure.protect_tables, round_tables or
    perturb_records.
    """

    name: str
    table: pd.DataFrame = field(repr=False)
    by: tuple[str, ...]
    value: str
    population: str
    note: str
    source_id: str = ""
    spread: float = 0.0
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError(
                "A released table is made by the gate alone: call disclosure.protect_tables, round_tables or "
                "perturb_records."
            )
        object.__setattr__(self, "table", self.table.copy())

    @property
    def rows(self) -> pd.DataFrame:
        """A copy of the table, with its sources."""
        return self.table.assign(source_id=self.source_id) if self.source_id else self.table.copy()

    def publish(self) -> PublishedTable:
        """Return what any reader has of this table, so that it can be laid beside others."""
        value = self.table[self.value].astype(float)
        limits = {"value_low": (value - self.spread).clip(lower=0).fillna(0.0), "value_high": value + self.spread}
        return PublishedTable(self.name, self.table[list(self.by)].assign(**limits), self.by, self.population)


@dataclass(frozen=True, eq=False)
class Release:
    """All tables of a build, protected together.

    Attributes
    ----------
    tables : mapping of str to Released
        The tables by name.
    audit : pandas.DataFrame
        One row an unsafe cell: `version`, `population`, `cell`, `low` and `high` (what a reader can calculate at best;
        missing: no limit) and `is_safe`. The true value is not in it.
    shown_n, unsafe_n, changed_n : int
        Cells of the tables; those that are unsafe by themselves; those that are hidden or rounded to another number.
    """

    tables: Mapping[str, Released]
    audit: pd.DataFrame = field(repr=False)
    shown_n: int
    unsafe_n: int
    changed_n: int


def name_codes(codes: Iterable[tuple[str, str]]) -> str:
    """Name a cell by its codes.

    Examples
    --------
    >>> name_codes([("sex", "male"), ("age", "minor")])
    'age minor, sex male'
    """
    return ", ".join(f"{name} {code}" for name, code in sorted(codes)) or "all together"
