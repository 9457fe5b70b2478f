"""Words of a study: code lists with labels, jurisdictions and their names by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

REGION = "REG"
"""Code of evidence about the region as a whole."""

UNKNOWN = "ND"
"""Printed where nothing is known (no data); never a blank and never a zero."""

NOT_APPLICABLE = "NA"
"""Printed where a question does not apply."""

SYNTHETIC_MARK = "SYNTHETIC DATA"
"""Stands in each row of data that was made from a synthetic source."""

SYNTHETIC_NOTICE = f"Contains {SYNTHETIC_MARK}: invented for demonstration, about no real place or person."
"""Stands on the face of whatever was made from a synthetic source."""


@dataclass(frozen=True)
class NamePeriod:
    """A name and the last day on which it was used (`None`: still in use)."""

    name: str
    until: date | None = None


@dataclass(frozen=True)
class Jurisdiction:
    """A jurisdiction of the study: code, names by period, the note its name carries, its parts by code, and its tile.

    The tile is a row and a column from 1 in the grid that stands for a map.
    """

    code: str
    names: tuple[NamePeriod, ...]
    note: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    tile: tuple[int, int] | None = None

    def name(self, on: date | int | None = None) -> str:
        """Return the name used on a day or, for a whole year, at the end of it.

        Parameters
        ----------
        on : datetime.date, int or None
            A day, a year, or `None` for the name in use now.

        Examples
        --------
        >>> country = Jurisdiction("AAA", (NamePeriod("Old", date(2019, 2, 11)), NamePeriod("New")))
        >>> country.name(), country.name(2014), country.name(2019)
        ('New', 'Old', 'New')
        """
        if on is None:
            return self.names[-1].name
        day = date(on, 12, 31) if isinstance(on, int) else on
        fitting = [period.name for period in self.names if period.until is None or day <= period.until]
        return fitting[0] if fitting else self.names[-1].name


@dataclass(frozen=True)
class Vocabulary:
    """Code lists by name; each maps a code to its English label, in the order of the list."""

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def codes(self, name: str) -> tuple[str, ...]:
        """Return the codes of one list in order; empty if the list is not loaded."""
        return tuple(self.lists.get(name, {}))

    def label(self, name: str, code: str) -> str:
        """Return the label of a code, or the code itself where it has none.

        Examples
        --------
        >>> Vocabulary({"sex": {"female": "Women and girls"}}).label("sex", "female")
        'Women and girls'
        """
        return self.lists.get(name, {}).get(code, code)

    def extend(self, **lists: Mapping[str, str]) -> Vocabulary:
        """Return a new vocabulary with more lists."""
        return Vocabulary({**self.lists, **lists})
