"""Exports of the stakeholder survey: one row a respondent (KoboToolbox, ODK), or one row an answer (a plain sheet)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.clean.cases import find_header
from ctresearch.clean.exports import SUBMISSION, is_mark, keep_first_mark, list_names
from ctresearch.clean.labels import map_codes
from ctresearch.clean.result import Cleaned, join_changes, log_left_out
from ctresearch.clean.text import fold_text, fold_value, tidy_text
from ctresearch.schema import SURVEY_ANSWERS, Problem
from ctresearch.vocabulary import REGION

SCALE = (1, 5)
"""Lowest and highest answer for importance and performance."""

ASPECTS = ("importance", "performance", "dont_know", "comment")
"""What is asked about an item; in an export its column is `importance_PREV_01`, with groups before it."""

BACKGROUND = {"jurisdiction": "country", "sector": "sector", "nrm_role": "nrm_role", "level": "level", "sex": "sex"}
"""What is known of a respondent, and the list of labels by which it is read."""

RESPONDENT_FIELDS = ("respondent", "consent", *BACKGROUND, "comment", "strengths")
_NEEDED = ("consent", "sex", "sector")
_FREE = ("comment", "strengths")
_DONT_KNOW = frozenset({"dont know", "don t know", "do not know", "dk", "99"})
_ITEM = re.compile(rf"({'|'.join(dict.fromkeys((*ASPECTS, *_FREE)))})_(.+)")


def tidy_survey(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    source_id: str,
    indicators: Sequence[str],
    labels: pd.DataFrame,
) -> Cleaned:
    """Read the answers of a stakeholder survey.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells of the export, with names (not labels) of questions as headers: `consent`, `sex`, `sector`; for each
        item `importance_...`, `performance_...`, `dont_know_...`, `comment_...` ending in its indicator; `comment` and
        `strengths` for free text. A plain sheet has `indicator`, `importance`, `performance`, `dont_know` instead.
    file, source_id : str
        Name for messages; source that the rows cite.
    indicators : sequence of str
        Indicators of the framework.
    labels : pandas.DataFrame
        Words by list and code, as the framework table `labels`: `yesno`, `country`, `sector`, `nrm_role`, `level` and
        `sex`.

    Returns
    -------
    Cleaned
        `survey_answers` (contract of that name; an item without any answer has no row) and `survey_texts`
        (`respondent`, `indicator`, `question`, `text`: free text, never to be published raw). Rows without consent are
        left out and logged, and so is an answer that was sent twice. Values of answers are never in a message.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": ["sex", "sector", "yesno", "yesno"], "code": ["female", "ngo", "yes", "no"],
    ...                        "language": "en", "label": ["woman", "civil society", "yes", "no"]})
    >>> cells = pd.DataFrame([["consent", "sex", "sector", "a/importance_X_1", "a/dont_know_X_1"],
    ...                       ["yes", "woman", "ngo", "4", None], ["no", "woman", "ngo", "2", None]],
    ...                      index=[1, 2, 3], dtype="str")
    >>> cleaned = tidy_survey({"": cells}, file="s.csv", source_id="s", indicators=["X-1"], labels=labels)
    >>> cleaned.tables["survey_answers"][["respondent", "indicator", "importance"]].values.tolist()
    [[1, 'X-1', 4]]
    >>> cleaned.changes["rule"].tolist()
    ['left out: no consent']
    """
    known = {fold_value(code): code for code in indicators}
    columns = find_header(sheets, lambda headers: [_name_column(header, known) for header in headers])
    targets = keep_first_mark(columns.targets) if columns else []
    problems = _check_targets(targets, columns.headers if columns else (), file)
    if columns is None or problems:
        return Cleaned({}, problems=tuple(problems))
    rows = sheets[columns.sheet].loc[columns.first_row :]
    rows = rows.iloc[:, [place for place, target in enumerate(targets) if target]].apply(tidy_text)
    rows = rows.set_axis([target for target in targets if target], axis=1).dropna(how="all")
    consent = _read_yes(rows["consent"], labels)
    problems = _report(rows["consent"], consent, file, "consent", "yes or no")
    agreed = rows[consent.eq("yes").fillna(False).astype(bool)]
    kept = _drop_repeated(agreed)
    answers, texts, found = _read_answers(kept, known, file, labels)
    answers = answers.assign(source_id=source_id, consent=True)
    answers = answers[[column.name for column in SURVEY_ANSWERS.columns]].reset_index(drop=True)
    problems += found + _find_repeats(answers, file)
    return Cleaned(
        {"survey_answers": answers, "survey_texts": texts},
        join_changes(
            [
                log_left_out(rows, agreed, column="consent", reason="no consent"),
                log_left_out(agreed, kept, column="", reason="sent twice"),
            ]
        ),
        tuple(problems),
    )


def _name_column(header: str | None, known: Mapping[str, str]) -> str:
    """Return `aspect`, `aspect_INDICATOR` or a field of the respondent; empty for other columns."""
    if is_mark(header):
        return SUBMISSION
    for name in list_names(header):
        if name in (*RESPONDENT_FIELDS, *ASPECTS, "indicator"):
            return name
        item = _ITEM.fullmatch(name)
        indicator = known.get(fold_value(item[2])) if item else None
        if indicator:
            return f"{item[1]}_{indicator}"
    return ""


def _check_targets(targets: Sequence[str], headers: Sequence[str], file: str) -> list[Problem]:
    remedy = "Export with the names of the questions (XML values and headers), not their labels."
    needed = [*_NEEDED, "importance"]
    missing = [name for name in needed if not any(target.split("_")[0] == name for target in targets)]
    problems = [Problem(file, f"a column '{name}'", remedy, column=name) for name in missing]
    for place, target in enumerate(targets):
        if not target and any(map(_ITEM.fullmatch, list_names(headers[place]))):
            expected = "a name that ends in an indicator of the framework"
            problems.append(Problem(file, expected, "Correct the name of the question.", column=headers[place]))
        elif target and targets.index(target) != place:
            problems.append(Problem(file, "each question once", "Remove one of them.", column=headers[place]))
    return problems


def _read_answers(
    kept: pd.DataFrame, known: Mapping[str, str], file: str, labels: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    person, problems = _read_background(kept, labels, file)
    if "indicator" in kept:
        items = {"": kept["indicator"].map(lambda code: known.get(fold_value(code)), na_action="ignore")}
        problems += _report(kept["indicator"], items[""], file, "indicator", "an indicator of the framework")
        if kept["indicator"].isna().any():
            empty = tuple(int(row) for row in kept.index[kept["indicator"].isna()])
            problems.append(Problem(file, "an indicator", "Fill the cell.", rows=empty, column="indicator"))
    else:
        named = [item[2] for item in map(_ITEM.fullmatch, kept.columns) if item]
        items = {code: pd.Series(code, index=kept.index) for code in dict.fromkeys(named)}
    parts, texts = [], []
    for suffix, indicator in items.items():
        part, found = _read_item(kept, suffix, file, labels)
        problems += found
        parts.append(person.assign(indicator=indicator, **part)[part.notna().any(axis=1) & indicator.notna()])
        texts += _read_texts(kept, person, suffix, indicator)
    if "" not in items:
        texts += _read_texts(kept, person, "", pd.Series("", index=kept.index))
    answers = pd.concat(parts).sort_values(["respondent", "indicator"], kind="stable")
    answers["dont_know"] = answers["dont_know"].fillna(False).astype(bool)
    return answers, _join_texts(texts), problems


def _read_background(kept: pd.DataFrame, labels: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read who the respondents are; what the form did not ask is empty."""
    person = pd.DataFrame({"respondent": _number(kept)}, index=kept.index)
    problems: list[Problem] = []
    for field, name in BACKGROUND.items():
        if field not in kept:
            person[field] = ""
            continue
        codes = map_codes(kept[field], labels, list=name).astype("str")
        if field == "jurisdiction":
            codes = codes.mask(kept[field].eq(REGION), REGION)
        problems += _report(kept[field], codes, file, field, f"a code or label of the list '{name}'")
        person[field] = codes.fillna("")
    return person, problems


def _drop_repeated(agreed: pd.DataFrame) -> pd.DataFrame:
    """Keep the first of the rows that carry the mark of one submission."""
    if SUBMISSION not in agreed:
        return agreed
    return agreed[~(agreed[SUBMISSION].duplicated() & agreed[SUBMISSION].notna())]


def _read_item(kept: pd.DataFrame, suffix: str, file: str, labels: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Read importance, performance and "don't know" of one item; all missing where nothing was answered."""
    part = pd.DataFrame(index=kept.index)
    problems: list[Problem] = []
    unsure = pd.Series(False, index=kept.index)
    for aspect in ("importance", "performance"):
        name = f"{aspect}_{suffix}" if suffix else aspect
        cells = kept[name] if name in kept else pd.Series(np.full(len(kept), None), index=kept.index, dtype="str")
        says_unsure = fold_text(cells).isin(_DONT_KNOW) | map_codes(cells, labels, list="yesno").eq("unknown")
        numbers = pd.to_numeric(cells.str.extract(r"^(\d+)(?:\.0)?$")[0]).astype("Int64")
        numbers = numbers.where(numbers.between(*SCALE))
        unread = cells.where(~says_unsure.fillna(False).astype(bool))
        problems += _report(unread, numbers, file, name, f"a number from {SCALE[0]} to {SCALE[1]}, or don't know")
        part[aspect] = numbers.mask(says_unsure.fillna(False).astype(bool))
        unsure |= says_unsure.fillna(False).astype(bool)
    name = f"dont_know_{suffix}" if suffix else "dont_know"
    if name in kept:
        ticked = _read_yes(kept[name], labels)
        problems += _report(kept[name], ticked, file, name, "yes or no")
        unsure |= ticked.eq("yes").fillna(False).astype(bool)
    part["dont_know"] = unsure.astype("boolean").where(unsure, pd.NA)
    return part, problems


def _read_yes(cells: pd.Series, labels: pd.DataFrame) -> pd.Series:
    found = map_codes(cells, labels, list="yesno").astype("str")
    return found.mask(cells.isin(["1", "1.0"]), "yes").mask(cells.isin(["0", "0.0"]), "no")


def _number(kept: pd.DataFrame) -> np.ndarray:
    """Return running numbers of respondents in the order of the file; each row is one unless they are named."""
    if "respondent" not in kept:
        return np.arange(1, len(kept) + 1)
    return (
        pd.factorize(kept["respondent"].fillna("row " + pd.Series(kept.index.astype("str"), index=kept.index)))[0] + 1
    )


def _read_texts(kept: pd.DataFrame, person: pd.DataFrame, suffix: str, indicator: pd.Series) -> list[pd.DataFrame]:
    names = {question: f"{question}_{suffix}" if suffix else question for question in _FREE}
    return [
        pd.DataFrame({"respondent": person["respondent"], "indicator": indicator, "question": question,
                      "text": kept[name]}).dropna(subset="text")
        for question, name in names.items()
        if name in kept
    ]  # fmt: skip


def _join_texts(texts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    empty = {"respondent": "int64", "indicator": "str", "question": "str", "text": "str"}
    filled = [part for part in texts if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in empty.items()})
    return pd.concat(filled).astype(empty).sort_values(["respondent", "question"], kind="stable", ignore_index=True)


def _report(before: pd.Series, after: pd.Series, file: str, column: str, expected: str) -> list[Problem]:
    rows = tuple(int(row) for row in before.index[before.notna() & after.isna()])
    return [Problem(file, expected, "Correct the cell.", rows=rows, column=column)] if rows else []


def _find_repeats(answers: pd.DataFrame, file: str) -> list[Problem]:
    repeated = answers[answers.duplicated(["respondent", "indicator"])]
    if repeated.empty:
        return []
    who = ", ".join(str(number) for number in repeated["respondent"].unique()[:5])
    expected = "one answer a respondent and item"
    return [Problem(file, expected, f"Keep one answer of each (respondents {who}).", column="indicator")]
