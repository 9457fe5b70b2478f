"""The sheet of stakeholders' weights: written, filled in, and read by the study's own tables."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
import shipped
import xlsxwriter
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from ctresearch import intake, store
from ctresearch.clean.weights_sheet import tidy_weights
from ctresearch.cli import app
from ctresearch.files import read_sheets
from ctresearch.places import locate_study
from ctresearch.schema import StudyError, check_table
from ctresearch.schema.stakeholders import BUDGET_ALLOCATIONS, PAIR_COMPARISONS
from ctresearch.stakeholders import find_personal_data, weigh_pillars
from ctresearch.weighing import write_weights_sheet

WHO = ("S-001", "S-002")


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


@pytest.fixture(scope="module")
def sheet(data, tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "new" / "weights.xlsx"
    rows_n = write_weights_sheet(data, stakeholders=WHO, source_id="demo-survey", out=file)
    return file, rows_n


def read(file, table) -> pd.DataFrame:
    cells = CalamineWorkbook.from_path(file).get_sheet_by_name(table.name).to_python()
    names = [column.name for column in table.columns]
    return pd.DataFrame(cells[1:], columns=cells[0])[names]


def test_every_stakeholder_gets_every_pillar_and_every_pair(data, sheet):
    file, rows_n = sheet
    pillars_n = data.indicators["pillar"].nunique()
    budgets, pairs = read(file, BUDGET_ALLOCATIONS), read(file, PAIR_COMPARISONS)
    assert budgets.groupby("stakeholder").size().to_dict() == dict.fromkeys(WHO, pillars_n)
    assert pairs.groupby("stakeholder").size().to_dict() == dict.fromkeys(WHO, pillars_n * (pillars_n - 1) // 2)
    assert rows_n == len(budgets) + len(pairs)
    assert set(budgets["points"]) == set(pairs["ratio"]) == {""}
    how = CalamineWorkbook.from_path(file).get_sheet_by_name("how_to").to_python()
    assert f"spread {data.study.survey.budget_points:g} points" in how[1][0]


def test_a_filled_in_sheet_keeps_the_contracts_and_gives_the_weights_that_were_meant(data, sheet):
    file, _ = sheet
    budgets, pairs = read(file, BUDGET_ALLOCATIONS), read(file, PAIR_COMPARISONS)
    meant = dict(zip(data.indicators["pillar"].unique(), (40, 30, 15, 10, 5), strict=True))
    budgets["points"] = budgets["pillar"].map(meant)
    ratios = [meant[a] / meant[b] for a, b in zip(pairs["first"], pairs["second"], strict=True)]
    pairs["ratio"] = ratios
    for table, rows in ((BUDGET_ALLOCATIONS, budgets), (PAIR_COMPARISONS, pairs)):
        assert check_table(table, rows.astype("str"), data.vocabulary.lists) == []
    weights = weigh_pillars(budgets, pairs, budget_points=100, consistency_limit=0.1)
    for way in ("budget", "pairs"):
        own = weights[weights["weighing"].eq(way)].set_index("pillar")["weight_share"]
        assert own.round(6).to_dict() == {pillar: points / 100 for pillar, points in meant.items()}


def fill(file, data, *, leave_out=()):
    """Return the sheets as a stakeholder fills them in: points 40, 30 ... and every comparison as its ratio."""
    sheets = read_sheets(file)
    meant = dict(zip(data.indicators["pillar"].unique(), (40, 30, 15, 10, 5), strict=True))
    for name, keys in (("budget_allocations", ["pillar"]), ("pair_comparisons", ["first", "second"])):
        cells = sheets[name]
        header = cells.iloc[0].tolist()
        number = header.index("points" if name == "budget_allocations" else "ratio")
        for row in cells.index[1:]:
            amounts = [meant[cells.loc[row, header.index(key)]] for key in keys]
            cells.loc[row, number] = f"{amounts[0] / amounts[-1]:.4f}" if len(keys) == 2 else str(amounts[0])
    return {name: cells for name, cells in sheets.items() if name not in leave_out}, meant


def tidy(sheets, data):
    known = {"codes": data.vocabulary.lists, "find_persons": find_personal_data}
    return tidy_weights(sheets, file="w.xlsx", budget_points=100, **known)


def test_a_filled_in_workbook_is_read_into_the_tables_and_gives_the_weights_that_were_meant(data, sheet, tmp_path):
    sheets, meant = fill(sheet[0], data)
    sheets["pair_comparisons"].loc[2, 3] = "1,3333"
    with xlsxwriter.Workbook(tmp_path / "filled.xlsx") as workbook:
        for name, cells in sheets.items():
            page = workbook.add_worksheet(name)
            for row, values in cells.iterrows():
                page.write_row(row - 1, 0, ["" if pd.isna(value) else value for value in values])
    request = intake.Request("weights", data)
    result = intake.clean_file(tmp_path / "filled.xlsx", request=request, out=tmp_path / "out")
    assert result.problems == ()
    assert result.changes_n >= 1
    budgets, pairs = (pd.read_csv(tmp_path / "out" / table.file) for table in (BUDGET_ALLOCATIONS, PAIR_COMPARISONS))
    weights = weigh_pillars(budgets, pairs, budget_points=100, consistency_limit=0.1)
    own = weights.pivot(index="pillar", columns="weighing", values="weight_share")
    for pillar, points in meant.items():
        assert own.loc[pillar].round(3).tolist() == [points / 100] * 2


def test_a_ratio_with_many_digits_is_no_telephone_number(tmp_path):
    study = tmp_path / "demo"
    shutil.copytree(locate_study("demo"), study)
    pairs = pd.read_csv(study / "pair_comparisons.csv", dtype=str)
    pairs.loc[0, "ratio"] = "0.3333333333"
    pairs.to_csv(study / "pair_comparisons.csv", index=False)
    assert [problem for problem in store.check_study(study) if "telephone" in problem.expected] == []


def test_one_way_alone_is_enough_and_an_empty_stakeholder_is_no_problem(data, sheet):
    sheets, _ = fill(sheet[0], data, leave_out=("pair_comparisons",))
    cells = sheets["budget_allocations"]
    cells.loc[cells[0].eq("S-002"), 2] = None
    cleaned = tidy(sheets, data)
    assert cleaned.problems == ()
    assert list(cleaned.tables) == ["budget_allocations"]
    assert set(cleaned.tables["budget_allocations"]["stakeholder"]) == {"S-001"}


def test_everything_that_is_wrong_with_a_filled_in_sheet_is_listed_and_its_stakeholder_left_out(data, sheet):
    sheets, _ = fill(sheet[0], data)
    points, pairs = sheets["budget_allocations"], sheets["pair_comparisons"]
    points.loc[2, 2] = "45"
    points.loc[8, 2] = None
    pairs.loc[2, 3] = "much"
    pairs.loc[3, 3] = "12"
    pairs.loc[4, 1] = "nothing"
    pairs.loc[len(pairs), 0] = "Ana"
    cleaned = tidy(sheets, data)
    said = [str(problem) for problem in cleaned.problems]
    for part in (
        "rows 2, 3, 4, 5, 6, column 'points': found '105', expected 100 points in all",
        "row 8, column 'points': expected a number in each row of a stakeholder",
        "row 2, column 'ratio': found 'much', expected a number",
        "row 3, column 'ratio': expected a number from 0.1111 to 9",
        "row 4, column 'first': found 'nothing'",
        f"row {len(pairs)}, column 'stakeholder': expected a running short name",
    ):
        assert any(part in text for text in said), (part, said)
    assert not any("Ana" in text for text in said)
    assert cleaned.tables["budget_allocations"].empty
    assert set(cleaned.tables["pair_comparisons"]["stakeholder"]) <= {"S-002"}


def test_a_file_without_either_table_is_refused_with_what_was_expected(data):
    cleaned = tidy({"": pd.DataFrame([["a", "b"], ["1", "2"]], index=[1, 2], dtype="str")}, data)
    assert cleaned.tables == {}
    assert any("points" in str(problem) for problem in cleaned.problems)
    assert any("ratio" in str(problem) for problem in cleaned.problems)


def test_the_same_request_makes_the_same_bytes(data, sheet, tmp_path):
    write_weights_sheet(data, stakeholders=WHO, source_id="demo-survey", out=tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == sheet[0].read_bytes()


def test_everything_that_is_wrong_with_a_request_is_said_at_once(data, tmp_path):
    with pytest.raises(StudyError) as error:
        write_weights_sheet(data, stakeholders=["Ana", "S-1", "S-1"], source_id="nobody", out=tmp_path / "w.csv")
    said = str(error.value)
    for part in ("running short name such as S-001", "each once", "a source registered", "ends in .xlsx"):
        assert part in said
    assert "Ana" not in said
    with pytest.raises(StudyError, match="one or more"):
        write_weights_sheet(data, stakeholders=[], source_id="demo-survey", out=tmp_path / "w.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_once_and_never_over_a_filled_in_sheet(tmp_path):
    file = tmp_path / "w.xlsx"
    asked = ["weights-sheet", str(file), "--stakeholder", "S-001", "--source", "demo-survey", "--study", "demo"]
    first, again = CliRunner().invoke(app, asked), CliRunner().invoke(app, asked)
    assert first.exit_code == 0
    assert "15 rows to fill in" in first.output
    assert again.exit_code == 2
    assert "never replaced" in again.output
