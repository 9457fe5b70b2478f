"""The data dictionary, written from the contracts so that the two cannot part."""

from __future__ import annotations

from collections.abc import Sequence

from ctresearch.schema.columns import Column, Table

_KINDS = {
    "text": "text",
    "id": "short name",
    "code": "code",
    "codes": "codes, joined by `;`",
    "year": "year",
    "integer": "whole number",
    "number": "number",
    "date": "date, may be partial",
    "yesno": "yes / no",
    "address": "web address",
}


def write_dictionary(tables: Sequence[Table], *, folder: str) -> str:
    """Return the data dictionary of some tables as Markdown.

    Examples
    --------
    >>> from ctresearch.schema.contracts import GLOSSARY
    >>> print(write_dictionary([GLOSSARY], folder="framework").splitlines()[0])
    ### `framework/glossary.csv`
    """
    return "\n".join(line for table in tables for line in _describe_table(table, folder))


def _describe_table(table: Table, folder: str) -> list[str]:
    return [
        f"### `{folder}/{table.file}`",
        "",
        f"A row is {table.row}. Key: {', '.join(f'`{name}`' for name in table.key)}."
        + (" The file may be absent." if table.is_optional else ""),
        "",
        "| column | type | unit | code list | may be empty | what it holds |",
        "|---|---|---|---|---|---|",
        *(_describe_column(column) for column in table.columns),
        "",
    ]


def _describe_column(column: Column) -> str:
    may_be_empty = "no" if column.required else "yes"
    codes = f"`{column.codes}`" if column.codes else ""
    return (
        f"| `{column.name}` | {_KINDS[column.kind]} | {column.unit} | {codes} | {may_be_empty} | {column.description} |"
    )
