"""Exhibits: a table, a figure or a paragraph with its caption, sources and data, ready for a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

import numpy as np
import pandas as pd
from pandas.io.json import build_table_schema

from ctresearch.disclosure import NOT_SHOWN, CaseTable, Released
from ctresearch.vocabulary import SYNTHETIC_MARK, SYNTHETIC_NOTICE, Vocabulary

DATA_MIME = "application/vnd.dataresource+json"
"""Media type under which the data behind an exhibit travels with it (Frictionless data resources, inline CSV)."""

_DECIMALS = 10
_MOST_FULL_LABELS = 4
_MOST_SHOWN = 12
_MOST_PLACES = 6


@dataclass(frozen=True)
class Exhibit:
    """What one cell of a notebook shows.

    Attributes
    ----------
    name : str
        Stable short name; the section and the name identify the exhibit across runs.
    kind : str
        `table`, `figure` or `text`.
    body : str
        HTML of the exhibit itself, already escaped.
    caption : str
        Caption; empty for text.
    data : pandas.DataFrame
        The tidy data behind it.
    sources : tuple of (source id, label)
        What it was made from.
    note : str
        What the reader must know to read it.
    is_synthetic : bool
        Whether a source is synthetic; then the exhibit says so on its face.
    """

    name: str
    kind: str
    body: str
    caption: str = ""
    data: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False, compare=False)
    sources: tuple[tuple[str, str], ...] = ()
    note: str = ""
    is_synthetic: bool = False

    def to_html(self) -> str:
        """Return the exhibit as HTML."""
        banner = f'<p class="synthetic" role="note">{SYNTHETIC_NOTICE}</p>' if self.is_synthetic else ""
        if self.kind == "text":
            return f'<div class="exhibit text">{banner}{self.body}{self._foot()}</div>'
        caption = f"<figcaption>{escape(self.caption)}</figcaption>"
        return (
            f'<figure class="exhibit {self.kind}" data-name="{escape(self.name)}">'
            f"{caption}{banner}{self.body}{self._foot()}</figure>"
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        bundle = {"text/html": self.to_html(), "text/plain": self.caption or self.name}
        if not self.data.empty:
            bundle[DATA_MIME] = {"resources": [self._to_resource()]}
        return bundle

    def _to_resource(self) -> dict:
        # A file of its own must say it too, and each row that is copied out of it; in few letters, for there are many.
        data = self.data.assign(synthetic=SYNTHETIC_MARK) if self.is_synthetic else self.data
        # As text it is a fraction of the size, and is neither copied nor checked cell by cell on its way.
        text = data.round(_DECIMALS).replace([np.inf, -np.inf], pd.NA).to_csv(index=False, lineterminator="\n")
        fields = [{"name": f["name"], "type": f["type"]} for f in build_table_schema(data, index=False)["fields"]]
        return {"name": self.name, "format": "csv", "schema": {"fields": fields}, "data": text}

    def _foot(self) -> str:
        lines = [f'<p class="note">{escape(self.note)}</p>'] if self.note else []
        if self.sources:
            links = "; ".join(link_source(one, label, self._locate(one)) for one, label in self.sources)
            count = len(self.sources)
            if count > _MOST_SHOWN:
                lines.append(f'<details class="source"><summary>{count} sources</summary><p>{links}.</p></details>')
            else:
                lines.append(f'<p class="source">Source{"s" if count > 1 else ""}: {links}.</p>')
        return "".join(lines)

    def _locate(self, source_id: str) -> str:
        """Say where in a source the rows are found."""
        if not {"source_id", "locator"} <= set(self.data.columns):
            return ""
        found = self.data.loc[self.data["source_id"].eq(source_id), "locator"]
        places = list(dict.fromkeys(place for place in found if isinstance(place, str) and place))
        rest = f"; {len(places) - _MOST_PLACES} more in the data file" if len(places) > _MOST_PLACES else ""
        return "; ".join(places[:_MOST_PLACES]) + rest


@dataclass(frozen=True)
class Exhibits:
    """Several exhibits shown under each other, or one to a slide."""

    exhibits: tuple[Exhibit, ...]

    def to_html(self) -> str:
        """Return all exhibits as HTML."""
        return f'<div class="exhibits">{"".join(exhibit.to_html() for exhibit in self.exhibits)}</div>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        captions = "; ".join(exhibit.caption for exhibit in self.exhibits)
        resources = [exhibit._to_resource() for exhibit in self.exhibits if not exhibit.data.empty]
        return {"text/html": self.to_html(), "text/plain": captions, DATA_MIME: {"resources": resources}}


def link_source(source_id: str, label: str, locator: str = "") -> str:
    """Return a link to the source's row in the annex; it carries the place within the source if that is known.

    Examples
    --------
    >>> link_source("unodc-2025", "UNODC 2025")
    '<a href="annex.html#source-unodc-2025">UNODC 2025</a>'
    >>> link_source("unodc-2025", "UNODC 2025", "table 3")
    '<a href="annex.html#source-unodc-2025" data-locator="table 3">UNODC 2025</a>'
    """
    place = f' data-locator="{escape(locator)}"' if locator else ""
    return f'<a href="annex.html#source-{escape(source_id)}"{place}>{escape(label)}</a>'


def cite_row(row: Mapping[str, object], vocabulary: Vocabulary) -> str:
    """Return links to the sources that a row names, each with its locator; a row with two sources has two of them.

    Examples
    --------
    >>> names = Vocabulary({"source": {"a": "Bureau A", "b": "Bureau B"}})
    >>> row = {"source_id": "a", "locator": "p. 3", "second_source_id": "b", "second_locator": float("nan")}
    >>> cite_row(row, names).count("data-locator"), cite_row(row, names).count("<a ")
    (1, 2)
    """
    links = []
    for prefix in ("", "second_"):
        cell, locator = row.get(f"{prefix}source_id"), row.get(f"{prefix}locator")
        ids = [part for part in cell.split(";") if part] if isinstance(cell, str) else []
        # A locator belongs to one source; of several it would not say in which.
        place = locator if isinstance(locator, str) and len(ids) == 1 else ""
        links += [link_source(part, vocabulary.label("source", part), place) for part in ids]
    return "; ".join(links)


def mark_items(shown: pd.Series, ids: pd.Series) -> list[str]:
    """Add to cells the identifier by which a reader can cite the row, as a link to itself; to its first row alone.

    Parameters
    ----------
    shown : pandas.Series
        Cells, already escaped.
    ids : pandas.Series
        Identifiers; a row without one stays as it is.

    Examples
    --------
    >>> mark_items(pd.Series(["Shelter", "Shelter"]), pd.Series(["SRB-PROT-03", "SRB-PROT-03"]))
    ['Shelter <a class="item" id="SRB-PROT-03" href="#SRB-PROT-03">SRB-PROT-03</a>', 'Shelter']
    """
    marked = ids.ne("") & ids.notna() & ~ids.duplicated()
    links = [f'<a class="item" id="{escape(str(i))}" href="#{escape(str(i))}">{escape(str(i))}</a>' for i in ids]
    cells = zip(shown, ids.map(lambda i: escape(str(i))), links, marked, strict=True)
    return [text if not is_first else link if text == own else f"{text} {link}" for text, own, link, is_first in cells]


def open_rows(rows: pd.DataFrame | Released, note: str) -> tuple[pd.DataFrame, str]:
    """Return the rows that may be shown, and what a reader must know of them.

    Parameters
    ----------
    rows : pandas.DataFrame or Released
        Published statistics, or a table made from case records that passed the gate. Of the latter a column `printed`
        says the number, or that it is not shown.
    note : str
        Note of the exhibit, to which that of a released table is added.

    Raises
    ------
    TypeError
        For a table made from case records that did not pass the gate.
    """
    if isinstance(rows, CaseTable):
        raise TypeError(
            f"Table '{rows.name}' is made from case records and may not be shown as it is: pass it through "
            "disclosure.protect_tables and show what is released."
        )
    if not isinstance(rows, Released):
        return rows, note
    shown = rows.rows
    printed = [NOT_SHOWN if pd.isna(value) else f"{value:,.0f}" for value in shown[rows.value]]
    return shown.assign(printed=printed), f"{note} {rows.note}".strip()


def cite_sources(rows: pd.DataFrame, sources: pd.DataFrame) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Collect the sources that rows name in any `*source_id` column.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of an exhibit; a cell may name several sources, joined by `;`.
    sources : pandas.DataFrame
        The source register.

    Returns
    -------
    tuple
        Pairs of source id and label, in order of first use, and whether one of them is synthetic. Rows that name no
        source may rest on any: then one synthetic source in the register is enough.
    """
    columns = [column for column in rows.columns if column.endswith("source_id")]
    named = _split(value for column in columns for value in rows[column])
    register = {source_id: place for place, source_id in enumerate(sources["source_id"])}
    known = [source_id for source_id in named if source_id in register]
    found = sources.iloc[[register[source_id] for source_id in known]] if known else sources
    is_synthetic = bool(found["status"].eq("synthetic").any())
    if not known:
        return (), is_synthetic
    cells = zip(found["publisher"], found["year"], found["title"], strict=True)
    has_titles = len(known) <= _MOST_FULL_LABELS
    labels = [_label_source(*source, has_title=has_titles) for source in cells]
    return tuple(zip(known, labels, strict=True)), is_synthetic


def _label_source(publisher: str, year: object, title: str, *, has_title: bool) -> str:
    shown = "" if pd.isna(year) else f" ({year})"
    return f"{publisher}{shown}" + (f", {title}" if has_title else "")


def _split(values: Iterable[object]) -> list[str]:
    distinct = dict.fromkeys(value for value in values if isinstance(value, str))
    parts = (part for value in distinct for part in value.split(";"))
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))
