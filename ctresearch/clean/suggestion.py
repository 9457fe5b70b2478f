"""A first draft of the mapping of a case sheet, for a person to complete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pandas as pd

from ctresearch.clean.cases import find_header
from ctresearch.clean.countries import map_countries
from ctresearch.clean.labels import list_keys, map_codes
from ctresearch.clean.mapping import CASE_FIELDS, LEFT_OUT, TODO
from ctresearch.clean.spreading import SEPARATORS, find_distinct, find_several
from ctresearch.clean.text import fold_text, fold_value

_MOST_UNKNOWN = 10
_MOST_CHARACTERS = 60
_HEAD = """# Draft of a mapping, made from the headers and words of the sheet. Check every line.
# {todo} stands where nothing was found: give a field or code, "left_out" for a column that is not to be read, or ""
# for a word that says that it is not known. Words of columns that name persons or hold free text are never listed.
agency = "{todo}"
source_id = "{todo}"
day_first = true  # whether 3/5/2014 is the third of May
iso2 = {iso2}  # whether countries are written as two letters"""


def suggest_mapping(sheets: Mapping[str, pd.DataFrame], *, labels: pd.DataFrame, codes: pd.DataFrame) -> str:
    r"""Draft the mapping of a case sheet from its headers and words, in any of the languages.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells as the file has them, without a header.
    labels, codes : pandas.DataFrame
        The framework tables `labels` (list `case_field`: headers; lists named like the fields: words) and `codes`.

    Returns
    -------
    str
        TOML. A header or word that is not known is marked `TODO`. Words are listed only for columns whose header is
        known and whose field has a code list.

    Raises
    ------
    ValueError
        If no row has a known header.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": ["case_field", "gender"], "code": ["gender", "Feminine"], "language": "sr",
    ...                        "label": ["pol", "žensko"]})
    >>> codes = pd.DataFrame({"list": ["htcds_gender"], "code": ["Feminine"], "label": ["Feminine"]})
    >>> sheet = pd.DataFrame([["Пол", "Beleška"], ["женско", "о њој"]], index=[1, 2], dtype="str")
    >>> print("\n".join(suggest_mapping({"": sheet}, labels=labels, codes=codes).splitlines()[8:]))
    [columns]
    "Пол" = "gender"
    "Beleška" = "TODO"
    <BLANKLINE>
    [values.gender]
    "женско" = "Feminine"
    """
    fields = list_keys(labels, list="case_field")
    columns = find_header(sheets, lambda headers: [fields.get(fold_value(header or ""), "") for header in headers])
    if columns is None:
        raise ValueError("no row of the file has a header that is known; add its words to the list 'case_field'")
    targets = _keep_first(columns.targets)
    rows = sheets[columns.sheet].loc[columns.first_row :]
    pairs = [
        (header, target, rows.iloc[:, place])
        for place, (header, target) in enumerate(zip(columns.headers, targets, strict=True))
        if header
    ]
    lines = [_HEAD.format(todo=TODO, iso2="true" if _has_alpha2(pairs) else "false")]
    lines += [f"sheet = {_quote(columns.sheet)}"] if columns.sheet else []
    lines += ["", "[columns]", *(f"{_quote(header)} = {_quote(target or TODO)}" for header, target, _ in pairs)]
    for _, target, cells in pairs:
        if target in CASE_FIELDS and CASE_FIELDS[target].kind in ("code", "codes"):
            lines += _suggest_words(target, cells, labels, codes, iso2=_has_alpha2(pairs))
    return "\n".join(lines) + "\n"


def _keep_first(targets: Sequence[str]) -> list[str]:
    """Keep the first column of each field; a person decides about the others."""
    return [
        "" if target and target != LEFT_OUT and targets.index(target) != place else target
        for place, target in enumerate(targets)
    ]


def _has_alpha2(pairs: Sequence[tuple[str, str, pd.Series]]) -> bool:
    """Say whether the countries of a sheet are two letters throughout."""
    cells = [cells.dropna().str.strip() for _, target, cells in pairs if _is_country(target)]
    words = pd.concat(cells) if cells else pd.Series(dtype="str")
    return bool(len(words)) and bool(words.str.fullmatch("[A-Z]{2}").all())


def _is_country(target: str) -> bool:
    return target in ("citizenship", "country_of_exploitation")


def _suggest_words(field: str, cells: pd.Series, labels: pd.DataFrame, codes: pd.DataFrame, *, iso2: bool) -> list[str]:
    words = find_distinct(cells).values.dropna()
    if CASE_FIELDS[field].kind == "codes":
        words = _split_unknown(words, _find(field, words, labels, codes, iso2=iso2))
    words = words.drop_duplicates().reset_index(drop=True)
    found = find_several(words, lambda some: _find(field, some, labels, codes, iso2=iso2))
    if _looks_free(words, found):
        return ["", f"# The words of '{field}' look like free text and are not listed; is its column to be left_out?"]
    # What needs no line: countries and yes or no, which are read in any language.
    needs_none = _is_country(field) or CASE_FIELDS[field].codes == "yesno"
    keyed = pd.DataFrame({"word": words, "key": fold_text(words), "code": found.fillna(TODO)})
    keyed = keyed[found.isna()] if needs_none else keyed
    keyed = keyed[keyed["key"].notna()].drop_duplicates("key")
    lines = [f"{_quote(word)} = {_quote(code)}" for word, code in zip(keyed["word"], keyed["code"], strict=True)]
    return ["", f"[values.{field}]", *lines] if lines else []


def _looks_free(words: pd.Series, found: pd.Series) -> bool:
    """Say whether words that are not known look like sentences or names rather than like a list."""
    unknown = words[found.isna()]
    are_many = len(unknown) > _MOST_UNKNOWN and 2 * len(unknown) > len(words)
    return are_many or bool(unknown.str.len().gt(_MOST_CHARACTERS).any())


def _split_unknown(words: pd.Series, found: pd.Series) -> pd.Series:
    """Split cells that are unknown as a whole by the marks that separate words, spaces not."""
    marks = "[" + "".join(mark for mark in SEPARATORS if mark != " ") + "]"
    parts = words[found.isna()].str.split(marks, regex=True).explode().str.strip()
    return pd.concat([words[found.notna()], parts[parts.ne("")]])


def _find(field: str, words: pd.Series, labels: pd.DataFrame, codes: pd.DataFrame, *, iso2: bool) -> pd.Series:
    name = CASE_FIELDS[field].codes
    if not name:
        return map_countries(words, labels, iso2=iso2).astype("str")
    if name == "yesno":
        return map_codes(words, labels, list="yesno").astype("str")
    own = labels[labels["list"].eq(name.removeprefix("htcds_"))]
    known = pd.concat([codes[codes["list"].eq(name)], own])[["code", "label"]].assign(list=name)
    return fold_text(words).map(list_keys(known, list=name)).astype("str")


def _quote(text: str) -> str:
    """Quote text for TOML, whose basic strings are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
