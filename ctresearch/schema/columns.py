"""What a table contract is made of: columns, and the table with its key and rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, id, code, codes (joined by ;), year, integer, number, date, yesno or address."""

    name: str
    kind: str
    description: str
    codes: str = ""
    unit: str = ""
    required: bool = True


@dataclass(frozen=True)
class Table:
    """One table: its file, what a row is, its columns, key and row rules.

    `scope` names the columns by which a row belongs to a jurisdiction; without one, all rows belong to all. A study
    may do without an optional table.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rules: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    is_optional: bool = False

    @property
    def file(self) -> str:
        """Name of the file that holds the table."""
        return f"{self.name}.csv"

    def column(self, name: str) -> Column:
        """Return one column by name."""
        return next(column for column in self.columns if column.name == name)


def text_column(name: str, description: str, *, required: bool = False) -> Column:
    """Return a column of free text, which may be empty unless it is required."""
    return Column(name, "text", description, required=required)


def code_column(name: str, description: str, codes: str, *, required: bool = True) -> Column:
    """Return a column of codes of one list."""
    return Column(name, "code", description, codes=codes, required=required)
