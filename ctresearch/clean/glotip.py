"""UNODC's data-portal export on trafficking in persons (GLOTIP), of any edition, to victims, justice and flows."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from ctresearch.clean.countries import map_countries
from ctresearch.clean.counts import parse_printed_counts
from ctresearch.clean.headers import find_table
from ctresearch.clean.labels import map_codes
from ctresearch.clean.result import Cleaned, find_unmapped, join_changes, record_changes
from ctresearch.clean.text import tidy_text
from ctresearch.schema.contracts import FLOWS, JUSTICE, VICTIMS, Table
from ctresearch.schema.problems import Problem

_PRINTED = r"<\s*[1-9][0-9]*|[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+"
_EDITION = r"\b[0-3]?[0-9][/.][01]?[0-9][/.](20[0-9]{2})\b"
_SUB_FORM = "sub-form whose label the export does not carry"
_REPEATED = "printed more than once under one key"
_REPATRIATED = "own citizens brought back, by country where they were detected"
_LEFT_OUT = {
    "form": "left out: convictions by form double the total in many years and cannot be trusted",
    "citizenship": "left out: convictions by citizenship of the convicted are not part of the tables",
}
_REMEDY = "Correct the cell, or add the label to framework/labels.csv."


def tidy_glotip(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    source_id: str,
    jurisdictions: Collection[str],
    labels: pd.DataFrame,
    report_year: int | None = None,
) -> Cleaned:
    """Turn an export of UNODC's data portal into tidy counts for some jurisdictions.

    Whether zeros are printed is seen in the file: where there is one anywhere, `<5` is 1 to 4, else 0 to 4.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Raw cells as text; index: row number in the file.
    file : str
        Name of the file, for messages.
    source_id : str
        Source of the rows.
    jurisdictions : collection of str
        Codes to keep: as reporting country in all tables, as country of citizenship in `flows`.
    labels : pandas.DataFrame
        The framework table `labels`.
    report_year : int, optional
        Year of the edition; if not given, that of the date above the header, if there is one.

    Returns
    -------
    Cleaned
        `victims`, `justice` (persons or offences) and `flows` (persons), in their contracts. Rows printed under one
        key are numbered in `part`. Left out, and said in the changes: convictions by form and by citizenship.

    Examples
    --------
    >>> head = ["Iso3_code", "Country", "Indicator", "Dimension", "Category", "Sex", "Age", "Year", "txtVALUE"]
    >>> row = ["ALB", "Albania", "Persons convicted", "Total", "Total", "Total", "Total", "2019", "<5"]
    >>> lists = {"column": dict(zip(["iso3", "country", "indicator", "dimension", "category", "sex", "age", "year",
    ...     "printed"], head)), "measure": {"persons_convicted": "Persons convicted"}, "dimension": {"total": "Total"},
    ...     "form": {"total": "Total"}, "sex": {"total": "Total"}, "age": {"total": "Total"},
    ...     "citizenship": {"own": "Nationals"}, "repatriation": {"abroad": "Abroad"}, "group": {"g": "CAR"}}
    >>> labels = pd.DataFrame([("country", "ALB", "en", "Albanian"), *(("glotip_" + name, code, "en", label)
    ...     for name, codes in lists.items() for code, label in codes.items())],
    ...     columns=["list", "code", "language", "label"])
    >>> cleaned = tidy_glotip({"": pd.DataFrame([head, row], index=[1, 2])}, file="x.csv", source_id="s",
    ...     jurisdictions=["ALB"], labels=labels)
    >>> cleaned.tables["justice"][["jurisdiction", "year", "value_low", "value_high"]].values.tolist()
    [['ALB', 2019, 0.0, 4.0]]
    """
    found = find_table(sheets, file=file, required=_list_columns(labels))
    if found.problems:
        return Cleaned({}, problems=found.problems)
    raw = found.frame[list(_list_columns(labels))]
    printed = raw.apply(tidy_text)
    changes = [record_changes(raw[name], printed[name], column=name, rule="tidy text") for name in printed]
    year = report_year or _find_edition(sheets[found.sheet].loc[: found.header_row])
    coded = _code(printed, labels, report_year=year, source_id=source_id)
    is_ours = coded["reporter"].isin(jurisdictions)
    is_abroad = coded["origin"].isin(jurisdictions) & coded["dimension"].eq("citizenship") & ~is_ours
    is_abroad &= coded["measure"].eq("victims_detected")
    problems = [
        *_find_problems(printed, coded, is_ours, is_abroad, file),
        *_find_strangers(printed, coded, is_ours, labels, file),
    ]
    ours = coded[is_ours & coded["is_whole"]]
    is_left_out = ours["measure"].eq("persons_convicted") & ours["dimension"].isin(_LEFT_OUT)
    changes += [
        _say_left_out(printed, ours[is_left_out & ours["dimension"].eq(name)], rule) for name, rule in _LEFT_OUT.items()
    ]
    counts = _number_parts(ours[~is_left_out & ours["dimension"].ne("repatriation")])
    flows, doubles = _make_flows(coded[(is_ours | is_abroad) & coded["is_whole"]], file)
    is_victims = counts["measure"].eq("victims_detected")
    tables = {
        "victims": _shape(counts[is_victims], VICTIMS),
        "justice": _shape(counts[~is_victims], JUSTICE),
        "flows": _shape(flows, FLOWS),
    }
    return Cleaned(tables, join_changes(changes), (*problems, *doubles))


def _list_columns(labels: pd.DataFrame) -> dict[str, list[str]]:
    rows = labels[labels["list"].eq("glotip_column")]
    return {str(name): group.tolist() for name, group in rows.groupby("code", sort=False)["label"]}


def _find_edition(preamble: pd.DataFrame) -> int | None:
    text = preamble.iloc[:-1].stack().astype(str)
    years = text.str.extract(_EDITION)[0].dropna()
    return int(years.iloc[0]) if len(years) else None


def _code(printed: pd.DataFrame, labels: pd.DataFrame, *, report_year: int | None, source_id: str) -> pd.DataFrame:
    """Return the codes of every row; missing where a label is not known."""
    category = printed["category"]
    place = map_countries(category, labels)
    dimension = map_codes(printed["dimension"], labels, list="glotip_dimension")
    citizenship = map_codes(category, labels, list="glotip_citizenship").fillna(place)
    reporter = map_countries(printed["iso3"], labels).fillna(map_countries(printed["country"], labels))
    is_printed = printed["printed"].str.fullmatch(_PRINTED).fillna(False).astype(bool)
    values = printed["printed"].where(is_printed, "")
    counts = parse_printed_counts(values, zeros_are_printed=bool(values.eq("0").any()))
    coded = pd.DataFrame(
        {
            "reporter": reporter,
            "measure": map_codes(printed["indicator"], labels, list="glotip_measure"),
            "dimension": dimension,
            "sex": map_codes(printed["sex"], labels, list="glotip_sex"),
            "age_group": map_codes(printed["age"], labels, list="glotip_age"),
            "form": _only(map_codes(category, labels, list="glotip_form"), dimension.isin(["total", "form"])),
            "citizenship": _only(citizenship, dimension.eq("citizenship")),
            "refuge": _only(
                map_codes(category, labels, list="glotip_repatriation").fillna(place),
                dimension.eq("repatriation"),
                "none",
            ),
            "year": pd.to_numeric(printed["year"].where(printed["year"].str.fullmatch("[12][0-9]{3}"))).astype("Int64"),
            "printed": printed["printed"],
            "country": printed["country"].fillna(printed["iso3"]),
            "locator": printed["indicator"] + "; " + printed["dimension"],
        }
    )
    coded["origin"] = coded["citizenship"].mask(coded["citizenship"].eq("own"), reporter)
    keys = ["reporter", "measure", "dimension", "sex", "age_group", "form", "citizenship", "refuge", "year"]
    coded["is_whole"] = coded[keys].notna().all(axis=1) & is_printed
    edition = pd.array([report_year] * len(coded), dtype="Int64")
    return coded.join(counts).assign(report_year=edition, source_id=source_id)


def _only(codes: pd.Series, applies: pd.Series, otherwise: str = "total") -> pd.Series:
    return codes.where(applies, otherwise)


def _find_problems(
    printed: pd.DataFrame, coded: pd.DataFrame, is_ours: pd.Series, is_abroad: pd.Series, file: str
) -> list[Problem]:
    """Name what could not be read in the rows that the tables need."""
    needed = is_ours | is_abroad
    columns = {
        "indicator": ("measure", "an indicator of UNODC"),
        "dimension": ("dimension", "a dimension of UNODC"),
        "sex": ("sex", "a sex"),
        "age": ("age_group", "an age group"),
        "year": ("year", "a year"),
    }
    problems = []
    for column, (code, expected) in columns.items():
        shown = printed.loc[needed, column].fillna("(empty)")
        problems += find_unmapped(
            shown, coded.loc[needed, code], file=file, column=column, expected=expected, remedy=_REMEDY
        )
    category = coded["form"].notna() & coded["citizenship"].notna() & coded["refuge"].notna()
    shown = printed.loc[needed, "category"].fillna("(empty)")
    expected = "a form of exploitation, a citizenship or a country"
    mapped = category[needed].astype("boolean").where(lambda known: known)
    problems += find_unmapped(shown, mapped, file=file, column="category", expected=expected, remedy=_REMEDY)
    shown = printed.loc[needed, "printed"].fillna("(empty)")
    fits = shown.where(shown.str.fullmatch(_PRINTED))
    remedy = "Look the cell up at the publisher's; a number is never guessed."
    return problems + find_unmapped(
        shown, fits, file=file, column="printed", expected="a number or <number", remedy=remedy
    )


def _find_strangers(
    printed: pd.DataFrame, coded: pd.DataFrame, is_ours: pd.Series, labels: pd.DataFrame, file: str
) -> list[Problem]:
    """Name reporting countries that are not known, and citizenships in other countries' rows that could be ours."""
    country = printed["country"].fillna(printed["iso3"]).fillna("(empty)")
    is_group = map_codes(printed["iso3"], labels, list="glotip_group").notna()
    reporter = coded["reporter"].mask(is_group, "group")
    problems = find_unmapped(country, reporter, file=file, column="country", expected="a country", remedy=_REMEDY)
    unknown = (
        coded["dimension"].eq("citizenship") & coded["measure"].eq("victims_detected") & coded["citizenship"].isna()
    )
    rows = tuple(int(row) for row in coded.index[unknown & ~is_ours])
    if not rows:
        return problems
    count = printed.loc[list(rows), "category"].nunique()
    remedy = f"{count} citizenships printed by other countries are not known; these rows are not in flows. {_REMEDY}"
    return [*problems, Problem(file, "a citizenship", remedy, rows=rows, column="category")]


def _say_left_out(printed: pd.DataFrame, rows: pd.DataFrame, rule: str) -> pd.DataFrame:
    before = printed.loc[rows.index, "printed"]
    return record_changes(before, pd.Series("", index=before.index), column="printed", rule=rule)


def _number_parts(ours: pd.DataFrame) -> pd.DataFrame:
    """Give a number to rows that are printed under one key, in the order of the file."""
    keys = ["reporter", "measure", "sex", "age_group", "form", "citizenship", "year"]
    is_repeated = ours.duplicated(keys, keep=False)
    part = (ours.groupby(keys, sort=False).cumcount() + 1).where(is_repeated).astype("Int64")
    note = pd.Series("", index=ours.index, dtype="str").mask(is_repeated, _REPEATED)
    note = note.mask(is_repeated & ours["form"].eq("other"), _SUB_FORM)
    return ours.assign(
        jurisdiction=ours["reporter"], year_end=ours["year"], period="", part=part, check="publisher_file", note=note
    )


def _make_flows(rows: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Return victims by citizenship and country, and the rows that two labels put under one key."""
    detected = rows[rows["measure"].eq("victims_detected")]
    by_origin = detected[detected["dimension"].eq("citizenship") & detected["origin"].str.fullmatch("[A-Z]{3}")]
    home = detected[detected["dimension"].eq("repatriation")]
    flows = pd.concat(
        [
            by_origin.assign(destination=by_origin["reporter"], measure="victims_by_citizenship", note=""),
            home.assign(
                origin=home["reporter"], destination=home["refuge"], measure="victims_repatriated", note=_REPATRIATED
            ),
        ]
    )
    flows = flows.assign(
        year_end=flows["year"], locator=flows["country"] + "; " + rows["locator"].str.split("; ").str[1]
    )
    key = ["origin", "destination", "year", "measure"]
    is_double = flows.duplicated(key, keep=False)
    remedy = "Two labels mean one country; neither row is in flows, both are in victims. Decide by a correction."
    problems = [
        Problem(
            file,
            "one row for a citizenship, country and year",
            remedy,
            rows=tuple(int(row) for row in group.index),
            column="category",
        )
        for _, group in flows[is_double].groupby(key, sort=False)
    ]
    return flows[~is_double], problems


def _shape(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the rows in the columns and types of a contract."""
    types = {"year": "Int64", "integer": "Int64", "number": "Float64"}
    shaped = rows.reindex(columns=[column.name for column in table.columns])
    kinds = {column.name: types.get(column.kind, "str") for column in table.columns}
    return shaped.astype(kinds).reset_index(drop=True)
