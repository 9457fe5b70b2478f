"""The sheet of stakeholders' weights: written, filled in, and read by the study's own tables."""

from __future__ import annotations

import pandas as pd
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from ctresearch import store
from ctresearch.cli import app
from ctresearch.schema import StudyError, check_table
from ctresearch.schema.stakeholders import BUDGET_ALLOCATIONS, PAIR_COMPARISONS
from ctresearch.stakeholders import weigh_pillars
from ctresearch.weighing import write_weights_sheet

WHO = ("S-001", "S-002")


@pytest.fixture(scope="module")
def data():
    return store.read_study("demo")


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
