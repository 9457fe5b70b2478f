"""Tables for people: labels for codes, numbers with their uncertainty, a note and the sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from ctresearch.clean.counts import BREAKDOWNS
from ctresearch.exhibits import Exhibit, Exhibits, Released, cite_row, cite_sources, mark_items, open_rows
from ctresearch.schema import FRAMEWORK, STUDY
from ctresearch.vocabulary import UNKNOWN, Vocabulary

_NUMBER = re.compile(r"[<+-]?\d[\d,.]*( to [+-]?\d[\d.]*)?|ND|<NA>|nan")
_MOST_ROWS = 500
"""Rows that are printed of a table without places to link to: more would be too much to read, and to open."""
NOTHING_FOUND = "ND: nothing was found in the sources of this study, which does not mean that there is nothing."

_LISTS = {column.name: column.codes for table in (*FRAMEWORK, *STUDY) for column in table.columns if column.codes}
_SAME = (
    *("reading", "verdict", "definition", "difference", "preference", "concept", "breakdown", "basis", "person"),
    *("lists_standing", "form_standing", "trend_model", "bounds", "detected", "time_point", "weighing", "agreement"),
    *("rating_status", "settled_by", "movement", "coefficient", "aspect", "agreement_reason"),
    *("need_basis", "strength_kind", "lens", "lens_reading", "flow_reading", "instrument_standing"),
    *("sex", "side", "priority_class", "panel_agreement", "priority_basis", "ground", "quadrant"),
)
"""Columns whose codes are those of the list of the same name."""
_LISTS |= dict(zip(_SAME, _SAME, strict=True)) | {
    "status": "value_status",
    "participation": "participation_status",
    "scope": "jurisdiction_or_region",
    "jurisdiction": "jurisdiction_or_region",
    "bases": "basis",
    "standards": "standard",
    "on": "applies_to",
    **dict.fromkeys(("first", "second", "missing_in", "strengths", "gaps"), "jurisdiction"),
    **dict.fromkeys(("pair", "inside", "outside", "unseen"), "jurisdiction"),
    "shared_by": "jurisdiction_or_region",
    "bilateral": "instrument",
    "multilateral": "instrument",
    "origin": "citizenship",
    "destination": "citizenship",
    "standing": "participation_status",
    "factor": "step",
    "method": "hidden_method",
    "later": "measure",
    "earlier": "measure",
    "indicators": "indicator",
}


def show_table(
    rows: pd.DataFrame | Released,
    *,
    name: str,
    caption: str,
    columns: Mapping[str, str],
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
    cite_rows: bool = False,
    anchor: str = "",
    items: Mapping[str, str] | None = None,
    empty: str = NOTHING_FOUND,
) -> Exhibit:
    """Show some columns of a tidy table.

    Parameters
    ----------
    rows : pandas.DataFrame or Released
        The tidy data; all columns travel with the table, `columns` decides what is seen. Of more than 500 rows the
        first are printed, unless links lead to rows. See `open_rows`.
    name : str
        Stable short name.
    caption : str
        What the table shows, where and when.
    columns : mapping of str to str
        Column and its heading, in order.
    vocabulary : Vocabulary
        Labels of codes; the column's name decides the list.
    sources : pandas.DataFrame
        The source register.
    note : str
        What the reader must know.
    cite_rows : bool
        Whether each row names its own sources instead of a line under the table.
    anchor : str
        Column whose values become targets of links, as `finding-<value>`.
    items : mapping of str to str, optional
        Shown column and the column of identifiers by which a reader can cite its rows; see `mark_items`.
    empty : str
        What is said if there is no row.
    """
    rows, note = open_rows(rows, note)
    cited, is_synthetic = cite_sources(rows, sources)
    if rows.empty:
        return Exhibit(name, "table", f"<p>{escape(empty)}</p>", caption, note=note, is_synthetic=is_synthetic)
    data = rows
    if not anchor and not items:
        rows, note = _cut(rows, note)
    shown = pd.DataFrame({heading: format_column(rows[column], vocabulary) for column, heading in columns.items()})
    shown = shown.map(_escape_lines)
    if anchor:
        is_first = ~rows[anchor].duplicated()
        cells = zip(shown[columns[anchor]], rows[anchor], is_first, strict=True)
        shown[columns[anchor]] = [f'<span id="finding-{escape(v)}">{s}</span>' if f else s for s, v, f in cells]
    for column, ids in (items or {}).items():
        shown[columns[column]] = mark_items(shown[columns[column]], rows[ids])
    if cite_rows:
        shown["Source"] = [cite_row(row, vocabulary) or UNKNOWN for row in rows.to_dict("records")]
    body = _to_html(shown, numeric=[h for c, h in columns.items() if _is_numeric(rows[c])])
    return Exhibit(name, "table", body, caption, data, () if cite_rows else cited, note, is_synthetic)


def show_each(
    parts: Mapping[str, pd.DataFrame],
    show: Callable[..., Exhibit],
    *,
    by: str,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    **options: object,
) -> Exhibits:
    """Show each part by one function; `{label}` in the caption becomes the label of the part's code.

    Parameters
    ----------
    parts : mapping of str to pandas.DataFrame
        Code of the part and its rows.
    show : callable
        `show_table` or `show_cards`; receives the other options.
    by : str
        What the codes are, for example `jurisdiction`.
    """
    return Exhibits(
        tuple(
            show(
                rows,
                name=f"{name}-{code.lower()}",
                caption=caption.format(label=vocabulary.label(_LISTS.get(by, by), code)),
                vocabulary=vocabulary,
                **options,
            )
            for code, rows in parts.items()
        )
    )


def show_cards(
    rows: pd.DataFrame,
    *,
    name: str,
    caption: str,
    title: tuple[str, str],
    columns: Mapping[str, str],
    findings: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Show one card a row: a title, terms with their values, and links to the findings behind it.

    Parameters
    ----------
    title : tuple of str
        Columns of the short name and of the sentence at the head of the card.
    columns : mapping of str to str
        Column and its term, in order.
    findings : str
        Column with the ids of findings, joined by `;`, which are linked to where they are listed.
    """
    _, is_synthetic = cite_sources(rows, sources)
    if rows.empty:
        return Exhibit(name, "table", f"<p>{NOTHING_FOUND}</p>", caption, note=note, is_synthetic=is_synthetic)
    shown = pd.DataFrame({term: format_column(rows[column], vocabulary) for column, term in columns.items()})
    cards = []
    for (_, row), (_, values) in zip(rows.iterrows(), shown.iterrows(), strict=True):
        terms = "".join(f"<div><dt>{escape(t)}</dt><dd>{_escape_lines(v)}</dd></div>" for t, v in values.items())
        links = ", ".join(f'<a href="#finding-{escape(i)}">{escape(i)}</a>' for i in row[findings].split(";"))
        cards.append(
            f'<article class="card" id="{escape(row[title[0]])}"><p class="head"><span>{escape(row[title[0]])}</span> '
            f"{escape(row[title[1]])}</p><dl>{terms}<div><dt>Findings</dt><dd>{links}</dd></div>"
            f"<div><dt>Sources</dt><dd>{cite_row(row, vocabulary) or UNKNOWN}</dd></div></dl></article>"
        )
    return Exhibit(name, "table", f'<div class="cards">{"".join(cards)}</div>', caption, rows, (), note, is_synthetic)


def show_matrix(
    rows: pd.DataFrame,
    *,
    index: str,
    columns: str,
    values: str,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
    symbols: Mapping[str, str] | None = None,
    missing: str = UNKNOWN,
) -> Exhibit:
    """Show a tidy table as a matrix; a pair without a row says ND.

    Parameters
    ----------
    rows : pandas.DataFrame
        Tidy data with one row a pair.
    index, columns, values : str
        Columns that become the rows, the columns and the cells of the matrix.
    symbols : mapping of str to str, optional
        What is printed for a value, instead of its label.
    missing : str
        What is printed for a missing value: `ND`, or `NA` where the question does not apply.
    """
    cited, is_synthetic = cite_sources(rows, sources)
    if rows.empty:
        return Exhibit(name, "table", f"<p>{NOTHING_FOUND}</p>", caption, note=note, is_synthetic=is_synthetic)
    cells = rows[values].map(symbols) if symbols else format_column(rows[values], vocabulary)
    cells = cells.mask(rows[values].isna() | cells.isna(), missing)
    wide = rows.assign(_cell=cells).pivot(index=index, columns=columns, values="_cell")
    wide = wide.loc[list(dict.fromkeys(rows[index])), list(dict.fromkeys(rows[columns]))].fillna(missing)
    wide, note = _cut(wide, note)
    labels = format_column(pd.Series(wide.columns, name=columns), vocabulary)
    table = wide.set_axis(labels, axis=1).reset_index(drop=True)
    first = format_column(pd.Series(wide.index, name=index), vocabulary)
    table.insert(0, index.replace("_", " ").capitalize(), first.to_numpy())
    return Exhibit(name, "table", _to_html(table.map(_escape_lines)), caption, rows, cited, note, is_synthetic)


def format_column(values: pd.Series, vocabulary: Vocabulary) -> pd.Series:
    """Format one column by its name: codes become labels, numbers get the digits of their unit.

    Missing values are printed as ND, never as a blank or a zero.

    Examples
    --------
    >>> format_column(pd.Series([0.123, None], name="met_share"), Vocabulary()).tolist()
    ['12 %', 'ND']
    >>> names = Vocabulary({"jurisdiction_or_region": {"ALB": "Albania"}})
    >>> format_column(pd.Series(["ALB;SRB"], name="shared_by"), names).tolist()
    ['Albania; SRB']
    """
    name = str(values.name)
    if name in _LISTS and not pd.api.types.is_numeric_dtype(values):
        return values.map(lambda cell: _label_codes(cell, _LISTS[name], vocabulary))
    return values.map(_formatter(name))


def format_interval(low: float, high: float, digits: int = 1) -> str:
    """Print an interval; one number where both limits are the same.

    Examples
    --------
    >>> format_interval(1.234, 5.678), format_interval(float("nan"), 1.0), format_interval(7, 7, 0)
    ('1.2 to 5.7', 'ND', '7')
    """
    if pd.isna(low) or pd.isna(high):
        return UNKNOWN
    upper = "no limit" if np.isinf(high) else f"{high:z,.{digits}f}"
    return upper if low == high else f"{low:z,.{digits}f} to {upper}"


def add_interval_column(rows: pd.DataFrame, *, low: str, high: str, to: str, digits: int = 1) -> pd.DataFrame:
    """Return the rows with an interval printed in one column."""
    intervals = [format_interval(a, b, digits) for a, b in zip(rows[low], rows[high], strict=True)]
    return rows.assign(**{to: intervals})


def label_columns(rows: pd.DataFrame, *, by: str, vocabulary: Vocabulary, first: Mapping[str, str]) -> dict[str, str]:
    """Return headings for `clean.spread_printed`: the first columns, then the categories in the order of their list."""
    order = list(vocabulary.codes(_LISTS.get(by, by)))
    rest = [column for column in rows.columns if column not in first and not column.endswith("source_id")]
    rest.sort(key=lambda column: order.index(column) if column in order else len(order))
    return {**first, **{column: vocabulary.label(_LISTS.get(by, by), column) for column in rest}}


def lay_out_conflicts(conflicts: pd.DataFrame, *, vocabulary: Vocabulary) -> pd.DataFrame:
    """Put each comparison of two figures into few columns of words.

    Parameters
    ----------
    conflicts : pandas.DataFrame
        From `clean.find_conflicts`.

    Returns
    -------
    pandas.DataFrame
        The rows with `when`, `who`, `figure` and `against` (number, measure, and the years if they are others), and a
        `source_id` that names the sources of both.
    """
    cells = conflicts[list(BREAKDOWNS)]
    words = cells.apply(lambda column: column.map(lambda code: vocabulary.label(_LISTS[column.name], code)))
    words = words.mask(cells.eq("total"), "")
    when, against_when = (_say_years(conflicts, prefix) for prefix in ("", "against_"))
    both = conflicts["source_id"] + ";" + conflicts["against_source_id"]
    is_one = conflicts["source_id"].eq(conflicts["against_source_id"])
    return conflicts.assign(
        when=when,
        who=[", ".join(word for word in row if word) or "All" for row in words.itertuples(index=False)],
        figure=_say_figures(conflicts["printed"], conflicts["measure"], vocabulary),
        against=_say_figures(conflicts["against_printed"], conflicts["against_measure"], vocabulary)
        + ("\n" + against_when).where(against_when.ne(when), ""),
        source_id=both.where(~is_one, conflicts["source_id"]),
    )


def _say_years(conflicts: pd.DataFrame, prefix: str) -> pd.Series:
    first, last = conflicts[f"{prefix}year"].astype(str), conflicts[f"{prefix}year_end"].astype(str)
    period = conflicts[f"{prefix}period"]
    return first.where(first.eq(last), first + " to " + last) + (", " + period).where(period.ne(""), "")


def _say_figures(printed: pd.Series, measures: pd.Series, vocabulary: Vocabulary) -> pd.Series:
    return printed + "\n" + measures.map(lambda cell: _label_codes(cell, "measure", vocabulary))


def show_sources(sources: pd.DataFrame, *, name: str, caption: str, vocabulary: Vocabulary) -> Exhibit:
    """Show the source register, each row an anchor that every citation links to."""
    if sources.empty:
        return Exhibit(name, "table", f"<p>{NOTHING_FOUND}</p>", caption)
    cells = [
        {
            "Source": f'<span id="source-{escape(row.source_id)}">{escape(row.source_id)}</span>',
            "Publisher": escape(row.publisher),
            "Title and year": escape(row.title) + ("" if pd.isna(row.year) else f" ({row.year})"),
            "Where": _link(row.address) + (f"<br>Copy read: {escape(row.via)}" if row.via else ""),
            "Terms": escape(row.terms),
            "Status": escape(vocabulary.label("source_status", row.status)),
            "Read on": escape(row.accessed or UNKNOWN),
            "Note": escape(row.note),
        }
        for row in sources.itertuples()
    ]
    is_synthetic = bool(sources["status"].eq("synthetic").any())
    return Exhibit(name, "table", _to_html(pd.DataFrame(cells)), caption, sources, is_synthetic=is_synthetic)


def _cut(rows: pd.DataFrame, note: str) -> tuple[pd.DataFrame, str]:
    if len(rows) <= _MOST_ROWS:
        return rows, note
    said = f"Printed are the first {_MOST_ROWS} of {len(rows):,} rows; the data of this table hold all."
    return rows.head(_MOST_ROWS), f"{note} {said}".strip()


def _formatter(name: str) -> Callable[[object], str]:
    digits = {"_persons": "{:,.0f}", "_share": "{:.0%}", "_pct": "{:z.1f}", "_per_100k": "{:.1f}", "ratio": "{:.2f}"}
    pattern = next((form for suffix, form in digits.items() if name.endswith(suffix)), None)

    def formatted(cell: object) -> str:
        if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)) or cell == "":
            return UNKNOWN
        if pattern:
            return pattern.format(float(cell)).replace("%", " %")
        if isinstance(cell, bool | np.bool_):
            return "yes" if cell else "no"
        if isinstance(cell, int | np.integer) and "year" in name:
            return str(cell)
        if isinstance(cell, float | int | np.number):
            return f"{cell:,.0f}" if float(cell).is_integer() else f"{cell:,.1f}"
        return str(cell)

    return formatted


def _label_codes(cell: object, codes: str, vocabulary: Vocabulary) -> str:
    if not isinstance(cell, str) or not cell:
        return UNKNOWN
    return "; ".join(vocabulary.label(codes, part) for part in cell.split(";"))


def _is_numeric(values: pd.Series) -> bool:
    return "year" not in str(values.name) and all(_NUMBER.fullmatch(str(value)) for value in values)


def _to_html(table: pd.DataFrame, numeric: Sequence[str] = ()) -> str:
    columns = [table.iloc[:, place].tolist() for place in range(table.shape[1])]
    kinds = ["number" if h in numeric else "short" if _is_short(c) else "" for h, c in zip(table, columns, strict=True)]
    opened = [f' class="{kind}">' if kind else ">" for kind in kinds]
    head = "".join(f'<th scope="col"{o}{escape(str(h))}</th>' for o, h in zip(opened, table.columns, strict=True))
    rows = ("".join(f"<td{o}{c}</td>" for o, c in zip(opened, row, strict=True)) for row in zip(*columns, strict=True))
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    html = f'<table class="data">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'
    return f'<div class="scroll" tabindex="0" role="region" aria-label="table">{html}</div>'


def _is_short(cells: Sequence[str]) -> bool:
    return all(len(str(cell)) <= 11 for cell in cells)


def _escape_lines(cell: object) -> str:
    return escape(str(cell)).replace("\n", "<br>")


def _link(address: str) -> str:
    return f'<a href="{escape(address)}">{escape(address)}</a>' if address else UNKNOWN
