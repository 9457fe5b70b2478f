"""Survey exports: raw rows and expected answers side by side; all respondents are invented."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ctresearch import schema
from ctresearch.clean.survey import tidy_survey

FRAMEWORK = Path(__file__).parents[1] / "data" / "framework"
WORDS = [
    pd.read_csv(FRAMEWORK / f"{name}.csv", dtype=str, keep_default_na=False).rename(columns={"text": "label"})
    for name in ("labels", "translations")
]
LABELS = pd.concat(WORDS, ignore_index=True)
INDICATORS = pd.read_csv(FRAMEWORK / "indicators.csv", dtype=str)["indicator"].tolist()
HEADERS = ["consent", "sex", "sector", "g/importance_PREV_01", "g/performance_PREV_01", "importance_PROT_02", "comment"]


def frame(*rows: list[str | None]) -> dict[str, pd.DataFrame]:
    made = pd.DataFrame(list(rows), dtype="str")
    made.index = pd.RangeIndex(1, 1 + len(made))
    return {"": made}


def tidy(sheets):
    return tidy_survey(sheets, file="s.csv", source_id="src-a", indicators=INDICATORS, labels=LABELS)


def answers_of(*rows: list[str | None], headers: list[str] = HEADERS):
    cleaned = tidy(frame(headers, *rows))
    assert cleaned.problems == ()
    columns = ["respondent", "indicator", "importance", "performance", "dont_know"]
    return cleaned.tables["survey_answers"][columns].astype(object).where(lambda t: t.notna(), None).values.tolist()


@pytest.mark.parametrize(
    ("importance", "performance", "expected"),
    [
        ("5", "2", [[1, "PREV-01", 5, 2, False]]),
        ("5.0", None, [[1, "PREV-01", 5, None, False]]),
        ("4", "dont_know", [[1, "PREV-01", 4, None, True]]),
        ("ne znam", "не знам", [[1, "PREV-01", None, None, True]]),
        (None, None, []),
    ],
)
def test_an_item_becomes_the_expected_answer(importance, performance, expected):
    assert answers_of(["yes", "female", "ngo", importance, performance, None, None]) == expected


def test_each_answered_item_has_a_row_and_who_did_not_consent_has_none():
    rows = [
        ["yes", "žensko", "ngo", "5", "1", "3", None],
        ["no", "muško", "police", "1", "1", "1", "secret"],
        [None, "muško", "police", "1", "1", "1", "secret"],
        ["da", "mashkull", "police", None, None, "2", None],
    ]
    assert answers_of(*rows) == [
        [1, "PREV-01", 5, 1, False],
        [1, "PROT-02", 3, None, False],
        [2, "PROT-02", 2, None, False],
    ]
    cleaned = tidy(frame(HEADERS, *rows))
    assert cleaned.changes[["row", "rule"]].values.tolist() == [
        [3, "left out: no consent"],
        [4, "left out: no consent"],
    ]
    assert "secret" not in "".join(table.to_csv() for table in cleaned.tables.values())


def test_free_text_is_kept_apart():
    headers = [*HEADERS, "comment_PREV-01", "strengths"]
    cleaned = tidy(frame(headers, ["yes", "female", "ngo", "5", None, None, "one", "two", "three"]))
    texts = cleaned.tables["survey_texts"]
    assert sorted(map(tuple, texts[["indicator", "question", "text"]].values)) == [
        ("", "comment", "one"),
        ("", "strengths", "three"),
        ("PREV-01", "comment", "two"),
    ]
    assert "one" not in cleaned.tables["survey_answers"].to_csv()


def test_a_sheet_with_one_row_an_answer_is_read_too():
    headers = ["respondent", "consent", "sex", "sector", "indicator", "importance", "performance", "dont_know"]
    rows = [
        ["b", "yes", "female", "ngo", "PREV-01", "5", "1", "0"],
        ["a", "yes", "male", "ngo", "PREV-01", None, None, "1"],
        ["b", "yes", "female", "ngo", "PROT-01", "3", None, None],
    ]
    assert answers_of(*rows, headers=headers) == [
        [1, "PREV-01", 5, 1, False],
        [1, "PROT-01", 3, None, False],
        [2, "PREV-01", None, None, True],
    ]


def test_the_answers_keep_their_contract():
    answers = tidy(frame(HEADERS, ["yes", "female", "ngo", "5", "dk", "1", None])).tables["survey_answers"]
    text = answers.assign(**{name: answers[name].map({True: "yes", False: "no"}) for name in ("dont_know", "consent")})
    text = text.astype("str").fillna("").replace("<NA>", "")
    allowed = {"indicator": INDICATORS, "sex": ("female", "male"), "source": ("src-a",)}
    assert schema.check_table(schema.SURVEY_ANSWERS, text, allowed) == []


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (["maybe", "female", "ngo", "5", "1", None, None], "consent"),
        (["yes", "zzz", "ngo", "5", "1", None, None], "sex"),
        (["yes", "female", "ngo", "6", "1", None, None], "importance_PREV-01"),
        (["yes", "female", "ngo", "0", "1", None, None], "importance_PREV-01"),
        (["yes", "female", "ngo", "5", "very", None, None], "performance_PREV-01"),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_problem_by_row_alone(cells, column):
    cleaned = tidy(frame(HEADERS, cells))
    assert [(problem.column, problem.rows, problem.found) for problem in cleaned.problems] == [(column, (2,), "")]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["sex", "sector", "importance_PREV_01"], "a column 'consent'"),
        (["consent", "sex", "sector"], "a column 'importance'"),
        (["consent", "sex", "sector", "importance_PREV_01", "importance_ZZZ_99"], "a name that ends in an indicator"),
        (["consent", "sex", "sector", "importance_PREV_01", "g:importance_ZZZ_99"], "a name that ends in an indicator"),
        (["consent", "sex", "sector", "importance_PREV_01", "g-strengths_ZZZ_99"], "a name that ends in an indicator"),
        (["consent", "sex", "sector", "importance_PREV_01", "b/importance_PREV-01"], "each question once"),
    ],
)
def test_a_header_that_does_not_fit_is_explained(headers, expected):
    cleaned = tidy(frame(headers, ["yes"] * len(headers)))
    assert cleaned.tables == {}
    assert any(expected in problem.expected for problem in cleaned.problems)


def test_an_item_that_was_not_asked_for_importance_keeps_its_other_answers():
    headers = ["consent", "sex", "sector", "importance_PREV_01", "performance_PROT_02", "comment_PROT_01"]
    row = ["yes", "female", "ngo", "5", "2", "words"]
    assert answers_of(row, headers=headers) == [[1, "PREV-01", 5, None, False], [1, "PROT-02", None, 2, False]]
    assert tidy(frame(headers, row)).tables["survey_texts"]["indicator"].tolist() == ["PROT-01"]


def test_an_export_of_odk_central_is_read_with_dashes_behind_groups_and_two_marks_of_a_sending():
    headers = ["SubmissionDate", "meta-instanceID", "consent", "background-sex", "background-sector"]
    headers += ["prevention-item_PREV_01-importance_PREV_01", "words-strengths", "KEY", "SubmitterID"]
    row = ["2025", "uuid:1", "yes", "female", "ngo", "5", "words", "uuid:1", "7"]
    assert answers_of(row, row, headers=headers) == [[1, "PREV-01", 5, None, False]]
    assert tidy(frame(headers, row)).tables["survey_texts"]["question"].tolist() == ["strengths"]


def test_two_answers_on_one_item_are_a_problem():
    headers = ["respondent", "consent", "sex", "sector", "indicator", "importance"]
    twice = ["b", "yes", "female", "ngo", "PREV-01", "5"]
    assert "one answer a respondent and item" in tidy(frame(headers, twice, twice)).problems[0].expected
