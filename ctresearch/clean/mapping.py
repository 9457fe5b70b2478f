"""The mapping of an office's case sheet: its columns and words to the fields and codes of the case data standard."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from ctresearch.clean.text import fold_value
from ctresearch.schema import CASES, Problem

IDENTIFIER_FIELDS = ("case_number", "given_name", "family_name", "full_name", "document_number", "phone", "email")
"""Fields that name a person; they go to the table `identifiers` alone, as they were written."""

BIRTH_FIELDS = ("birth_date", "birth_year")
AGE_FIELDS = ("age", "age_when_trafficked")
LEFT_OUT = "left_out"
"""What a column is called that is not read: free text, addresses, names of case workers."""

TODO = "TODO"
"""Stands in a draft where a person must decide; a mapping that still has it is refused."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SETTINGS = {"agency": str, "source_id": str, "day_first": bool, "language": str, "sheet": str, "iso2": bool}
_REQUIRED = ("agency", "source_id", "day_first")
_FROM_SETTINGS = ("agency", "source_id")
CASE_FIELDS = {column.name: column for column in CASES.columns if column.name not in _FROM_SETTINGS}
FIELDS = (*CASE_FIELDS, *IDENTIFIER_FIELDS, *BIRTH_FIELDS, *AGE_FIELDS, LEFT_OUT)


@dataclass(frozen=True)
class CaseMapping:
    """A mapping as it is used.

    Attributes
    ----------
    agency, source_id : str
        Short names of the agency and of the source that the rows cite.
    day_first : bool
        Whether 3/5/2014 is the third of May.
    iso2 : bool
        Whether countries are written in ISO 3166-1 alpha-2, so that `NA` is Namibia.
    columns : mapping
        Target by folded header: a field, or `field/code` for a column of ticks.
    titles : mapping
        Header as the mapping writes it, by folded header.
    values : mapping
        By field: codes (joined by ;, or empty for "known to be unknown") by folded word.
    sheet : str
        Name of the sheet; any if empty.
    """

    agency: str
    source_id: str
    day_first: bool
    iso2: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sheet: str = ""

    def resolve(self, headers: Sequence[str | None]) -> list[str]:
        """Return the target of each header; empty where the mapping has none."""
        return [self.columns.get(fold_value(header), "") if header else "" for header in headers]


def parse_mapping(
    mapping: Mapping[str, object], *, codes: pd.DataFrame, file: str
) -> tuple[CaseMapping | None, tuple[Problem, ...]]:
    """Check a mapping as read from TOML, and fold its headers and words.

    Parameters
    ----------
    mapping : mapping
        `agency`, `source_id` and `day_first`; optionally `language`, `sheet`, `iso2`; tables `columns` (header to
        field) and `values.<field>` (word to code).
    codes : pandas.DataFrame
        The framework table `codes`: `list`, `code`, `label`.
    file : str
        Name of the mapping file, for messages.

    Returns
    -------
    tuple
        The mapping, or nothing and every problem.

    Examples
    --------
    >>> codes = pd.DataFrame({"list": ["htcds_gender"], "code": ["Feminine"], "label": ["Feminine"]})
    >>> given = {"agency": "a", "source_id": "s", "day_first": True, "columns": {"Pol": "gender"},
    ...          "values": {"gender": {"ž": "Feminine"}}}
    >>> parse_mapping(given, codes=codes, file="m.toml")[0].values["gender"]["z"]
    'Feminine'
    >>> print(parse_mapping({**given, "columns": {"Pol": "sex"}}, codes=codes, file="m.toml")[1][0].column)
    columns.Pol
    """
    lists = list_codes(codes)
    problems = [*_check_settings(mapping, file), *_check_columns(mapping, lists, file)]
    problems += _check_values(mapping, lists, file)
    if problems:
        return None, tuple(problems)
    columns = mapping["columns"]
    return CaseMapping(
        agency=str(mapping["agency"]),
        source_id=str(mapping["source_id"]),
        day_first=bool(mapping["day_first"]),
        iso2=bool(mapping.get("iso2", False)),
        columns=MappingProxyType({fold_value(header): target for header, target in columns.items()}),
        titles=MappingProxyType({fold_value(header): header for header in columns}),
        values={
            name: {fold_value(word): code for word, code in words.items()}
            for name, words in mapping.get("values", {}).items()
        },
        sheet=str(mapping.get("sheet", "")),
    ), ()


def list_codes(codes: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the codes of each list, in order."""
    return {str(name): tuple(rows) for name, rows in codes.groupby("list", sort=False)["code"]}


def takes_several(name: str) -> bool:
    """Say whether a field may hold several codes."""
    return name in CASE_FIELDS and CASE_FIELDS[name].kind == "codes"


def _check_settings(mapping: Mapping[str, object], file: str) -> list[Problem]:
    problems = [
        Problem(file, f"the setting '{name}'", "Add it at the top of the mapping.", column=name)
        for name in _REQUIRED
        if not mapping.get(name) and mapping.get(name) is not False
    ]
    if not isinstance(mapping.get("columns"), Mapping) or not mapping["columns"]:
        problems.append(Problem(file, "a table [columns]", "Name each header and its field there.", column="columns"))
    for name in ("agency", "source_id"):
        value = mapping.get(name)
        if isinstance(value, str) and (value == TODO or not _ID.fullmatch(value)):
            expected = "a short name of letters, digits, '.', '_' and '-'"
            problems.append(Problem(file, expected, "Correct the setting.", column=name, found=value))
    for name, value in mapping.items():
        if name in _SETTINGS and not isinstance(value, _SETTINGS[name]):
            kind = "true or false" if _SETTINGS[name] is bool else "text in quotation marks"
            problems.append(Problem(file, kind, "Correct the setting.", column=name, found=str(value)))
        elif name not in _SETTINGS and name not in ("columns", "values"):
            expected = f"one of {', '.join([*_SETTINGS, 'columns', 'values'])}"
            problems.append(Problem(file, expected, "Rename or remove it.", column=name, found=name))
    return problems


def _check_columns(mapping: Mapping[str, object], lists: Mapping[str, tuple[str, ...]], file: str) -> list[Problem]:
    columns = mapping.get("columns")
    problems: list[Problem] = []
    folded: dict[str, str] = {}
    for header, target in columns.items() if isinstance(columns, Mapping) else ():
        place = f"columns.{header}"
        name, _, option = str(target).partition("/")
        if name not in FIELDS:
            expected = f"a field: {', '.join(FIELDS)}"
            problems.append(Problem(file, expected, "Correct the field.", column=place, found=str(target)))
        elif option and not (takes_several(name) and option in lists.get(CASE_FIELDS[name].codes, ())):
            expected = "a field that takes several codes, and one of its codes"
            problems.append(Problem(file, expected, "Correct it, as in 'type_of_exploitation/ForcedLabour'.",
                                    column=place, found=str(target)))  # fmt: skip
        key = fold_value(str(header))
        if not key or key in folded:
            expected = "headers that differ by more than case, diacritics and punctuation"
            problems.append(Problem(file, expected, "Keep one of them.", column=place, found=folded.get(key, "")))
        folded[key] = str(header)
    return problems + _check_repeats(columns if isinstance(columns, Mapping) else {}, file)


def _check_repeats(columns: Mapping[str, object], file: str) -> list[Problem]:
    """Refuse two columns for one field; several may be left out."""
    targets = pd.Series({str(header): str(target) for header, target in columns.items()}, dtype="str")
    repeated = targets[targets.duplicated(keep=False) & ~targets.isin([LEFT_OUT])]
    return [
        Problem(file, "one column for each field", "Keep one, and map the others to 'left_out'.",
                column=", ".join(f"columns.{header}" for header in group.index), found=str(target))
        for target, group in repeated.groupby(repeated)
    ]  # fmt: skip


def _check_values(mapping: Mapping[str, object], lists: Mapping[str, tuple[str, ...]], file: str) -> list[Problem]:
    values = mapping.get("values", {})
    if not isinstance(values, Mapping) or not all(isinstance(words, Mapping) for words in values.values()):
        return [Problem(file, "tables [values.<field>]", "Write the words of each field in a table.", column="values")]
    problems = []
    for name, words in values.items():
        if name not in CASE_FIELDS or CASE_FIELDS[name].kind not in ("code", "codes"):
            expected = "a field with a code list"
            problems.append(Problem(file, expected, "Remove the table.", column=f"values.{name}", found=str(name)))
            continue
        known = lists.get(CASE_FIELDS[name].codes)
        for word, code in words.items():
            given = [part for part in str(code).split(";") if part] if isinstance(code, str) else [str(code)]
            is_known = all(part in known if known else _is_country(part) for part in given)
            if not isinstance(code, str) or not is_known or (len(given) > 1 and not takes_several(name)):
                expected = f"a code of {', '.join(known)}" if known else "a country code of ISO 3166-1 alpha-3"
                remedy = 'Correct the code, or write "" for a word that says that it is not known.'
                problems.append(Problem(file, expected, remedy, column=f"values.{name}.{word}", found=str(code)))
    return problems


def _is_country(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isupper()
