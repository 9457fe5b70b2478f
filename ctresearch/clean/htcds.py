"""Case sheets in the Human Trafficking Case Data Standard 2.0: the intake workbook and exports of its XLSForm.

Source: IOM, Human Trafficking Case Data Standard 2.0 (CC BY 4.0), https://github.com/UNMigration/HTCDS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from ctresearch.clean.cases import CaseColumns, find_header
from ctresearch.clean.labels import list_keys
from ctresearch.clean.mapping import CASE_FIELDS, LEFT_OUT, CaseMapping, takes_several
from ctresearch.clean.records import RecordReader
from ctresearch.clean.result import Cleaned
from ctresearch.clean.text import fold_text, fold_value
from ctresearch.schema import Problem

_GROUP_MARKS = re.compile(r"[/.\-:]")
_LEAST_FIELDS = 3
_REMEDY = "Use a code or label of the standard for '{field}', or read the file as a case sheet with a mapping."


def tidy_htcds(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    source_id: str,
    agency: str,
    labels: pd.DataFrame,
    codes: pd.DataFrame,
    form: Mapping[str, pd.DataFrame] | None = None,
    day_first: bool = True,
) -> Cleaned:
    """Read a case sheet in the words of the standard.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells as the file has them, without a header; index: row number. Headers may be technical names, with groups
        before them (`group/prs_Gender`) or split by option (`vic_TypeOfExploitation/ForcedLabour`); in the intake
        workbook they stand over a second row with labels, which disagrees in places and is read only where the
        technical name is missing.
    file, source_id, agency : str
        Name for messages; source that the rows cite; short name of the agency.
    labels, codes : pandas.DataFrame
        The framework tables `labels` and `codes`.
    form : mapping of str to pandas.DataFrame, optional
        Sheets `survey` and `choices` of the XLSForm; needed where the export has labels instead of names, in the
        language of any `label` or `label::language` column. Taken from `sheets` where these hold a form.
    day_first : bool
        Whether 3/5/2014 is the third of May; exports and workbooks give ISO dates.

    Returns
    -------
    Cleaned
        `cases` and `identifiers`; see `cases.tidy_cases`. Alpha-2 codes of countries are read as such: `NA` is Namibia.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": ["case_field", "sex", "yesno"], "code": ["gender", "female", "yes"],
    ...                        "language": ["zxx", "en", "en"], "label": ["prs_Gender", "feminine", "yes"]})
    >>> codes = pd.DataFrame({"list": ["htcds_gender"], "code": ["Feminine"], "label": ["Feminine"]})
    >>> sheet = pd.DataFrame([["person/prs_Gender"], ["Feminine"]], index=[1, 2], dtype="str")
    >>> cleaned = tidy_htcds({"": sheet}, file="x.csv", source_id="s", agency="a", labels=labels, codes=codes)
    >>> [problem.expected for problem in cleaned.problems]
    ['a header row with at least 3 fields of the standard']
    """
    form = form or {name: sheets[name] for name in ("survey", "choices") if name in sheets}
    data = {name: sheet for name, sheet in sheets.items() if name not in form and name not in ("settings", "about")}
    names = _Names(labels, codes, form)
    columns = find_header(data, names.resolve)
    problems = _check_header(data, columns, names, file)
    if columns is None or problems:
        return Cleaned({}, problems=problems)
    mapping = CaseMapping(agency=agency, source_id=source_id, day_first=day_first, iso2=True, values=names.values)
    reader = RecordReader(mapping, labels, codes, file, _REMEDY)
    return reader.tidy(data[columns.sheet].loc[columns.first_row :], columns.targets, columns.headers)


class _Names:
    """Headers and words of the standard, and those of a form's labels."""

    def __init__(self, labels: pd.DataFrame, codes: pd.DataFrame, form: Mapping[str, pd.DataFrame]) -> None:
        technical = labels[labels["language"].isin(["zxx", "en"]) & labels["list"].eq("case_field")]
        self._fields = list_keys(technical, list="case_field")
        listed = codes[["list", "code", "label"]]
        self._options = {
            name: list_keys(listed, list=column.codes)
            for name, column in CASE_FIELDS.items()
            if takes_several(name) and codes["list"].eq(column.codes).any()
        }
        self._of_label, self.values = _read_form(form, self._fields)
        for name, words in self.values.items():
            self._options[name] = {**words, **self._options.get(name, {})}

    def resolve(self, headers: Sequence[str | None]) -> list[str]:
        """Return the field of each header, `field/code` for one option of it; empty where it is no field."""
        seen: dict[str, int] = {}
        targets = []
        for header in headers:
            if not header:
                targets.append("")
                continue
            key = fold_value(header)
            place = seen[key] = seen.get(key, -1) + 1
            of_label = self._of_label.get(key, [])
            targets.append(of_label[min(place, len(of_label) - 1)] if of_label else self._resolve(header))
        return targets

    def _resolve(self, header: str) -> str:
        if header.startswith("_"):
            return LEFT_OUT
        starts = [0, *(match.end() for match in _GROUP_MARKS.finditer(header))]
        for start in starts:
            if field := self._fields.get(fold_value(header[start:])):
                return field
        for start in starts:
            for mark in _GROUP_MARKS.finditer(header, start):
                field = self._find_field(header[start : mark.start()])
                option = self._options.get(field, {}).get(fold_value(header[mark.end() :]))
                if option:
                    return f"{field}/{option}"
        return ""

    def _find_field(self, header: str) -> str:
        key = fold_value(header)
        return self._of_label[key][0] if key in self._of_label else self._fields.get(key, "")


def _read_form(
    form: Mapping[str, pd.DataFrame], fields: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """Return the fields of each folded label, in the order of the form, and the codes of the labels of choices."""
    of_label: dict[str, list[str]] = {}
    values: dict[str, dict[str, str]] = {}
    if set(form) < {"survey", "choices"}:
        return of_label, values
    survey, choices = (_with_header(form[name]) for name in ("survey", "choices"))
    for column in _label_columns(survey):
        for label, name in zip(fold_text(survey[column]), fold_text(survey["name"]), strict=True):
            if isinstance(label, str) and isinstance(name, str):
                of_label.setdefault(label, []).append(fields.get(name, ""))
    kinds = survey["type"].str.split().str
    for name, list_name in zip(fold_text(survey["name"]), kinds[1], strict=True):
        field = fields.get(name, "")
        if field not in CASE_FIELDS or not isinstance(list_name, str):
            continue
        rows = choices[choices["list_name"].str.strip().eq(list_name)]
        for column in _label_columns(choices):
            pairs = zip(fold_text(rows[column]), rows["name"].str.strip(), strict=True)
            values.setdefault(field, {}).update({label: code for label, code in pairs if isinstance(label, str)})
    return of_label, {name: words for name, words in values.items() if CASE_FIELDS[name].codes.startswith("htcds_")}


def _with_header(sheet: pd.DataFrame) -> pd.DataFrame:
    header = sheet.iloc[0].fillna("")
    return sheet.iloc[1:].set_axis([str(name).strip() for name in header], axis=1)


def _label_columns(sheet: pd.DataFrame) -> list[str]:
    return [name for name in dict.fromkeys(sheet.columns) if name == "label" or name.startswith("label:")]


def _check_header(
    sheets: Mapping[str, pd.DataFrame], columns: CaseColumns | None, names: _Names, file: str
) -> tuple[Problem, ...]:
    count = len({target for target in columns.targets if target}) if columns else 0
    if columns is None or count < _LEAST_FIELDS:
        expected = f"a header row with at least {_LEAST_FIELDS} fields of the standard"
        remedy = "Export with the names of the form (XML values and headers), or read the file with a mapping."
        return (Problem(file, expected, remedy),)
    rows = sheets[columns.sheet].loc[columns.first_row :]
    problems = []
    for place, (header, target) in enumerate(zip(columns.headers, columns.targets, strict=True)):
        is_number = rows.iloc[:, place].dropna().str.fullmatch(r"[0-9]+(\.0)?").all()
        if not target and not (header == "" and is_number):
            remedy = "Remove the column, or read the file as a case sheet with a mapping."
            expected = f"a field of the standard in column {place + 1}"
            problems.append(Problem(file, expected, remedy, column=header))
        elif target and target != LEFT_OUT and columns.targets.index(target) != place and target != "phone":
            expected = f"one column for '{target}'"
            problems.append(Problem(file, expected, "Keep one of the columns.", column=header))
    return tuple(problems)
