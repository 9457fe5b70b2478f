"""The coder's sheet: written, filled in, and read back without loss; bad sheets say all at once."""

import zipfile

import pandas as pd
import pytest
import shipped
import xlsxwriter

from ctresearch import coding, files, intake
from ctresearch.ratings import SHEET_COLUMNS
from ctresearch.schema import StudyError


@pytest.fixture(scope="module")
def data():
    return shipped.read_study()


def write(data, out, **changes):
    chosen = {"coder": "coder_a", "language": "en", "is_core_only": True, "date": "2026-11-24", **changes}
    return coding.write_coding_sheet(data, out=out, **chosen)


def test_csv_and_workbook_hold_the_same_cells(data, tmp_path):
    # 24 core indicators x 2 time points x (5 jurisdictions + 4 parts of Bosnia and Herzegovina) = 432.
    assert write(data, tmp_path / "a.csv") == write(data, tmp_path / "a.xlsx") == 432
    from_csv = files.read_sheets(tmp_path / "a.csv")[""]
    from_workbook = files.read_sheets(tmp_path / "a.xlsx")["ratings"]
    assert from_csv.loc[1].tolist() == list(SHEET_COLUMNS)
    pd.testing.assert_frame_equal(from_csv, from_workbook, check_dtype=False)


def test_workbook_has_drop_downs_from_a_hidden_list(data, tmp_path):
    write(data, tmp_path / "a.xlsx", language="sr-Cyrl")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        assert 'name="lists" sheetId="2" state="hidden"' in parts.read("xl/workbook.xml").decode()
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        words = parts.read("xl/sharedStrings.xml").decode()
    assert sheet.count("<dataValidation ") == 7
    assert "<formula1>lists!$F$1:$F$3</formula1>" in sheet
    assert "нема података" in words


def test_same_study_makes_the_same_bytes(data, tmp_path):
    write(data, tmp_path / "a.xlsx")
    write(data, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_sheet_is_never_replaced_and_a_wrong_request_is_said_at_once(data, tmp_path):
    write(data, tmp_path / "a.csv")
    with pytest.raises(StudyError, match="a filled-in sheet is never replaced"):
        write(data, tmp_path / "a.csv")
    with pytest.raises(StudyError) as error:
        write(data, tmp_path / "a.ods", coder="Jane Doe", language="xx")
    assert [problem.file for problem in error.value.problems] == ["--coder", str(tmp_path / "a.ods"), "--language"]


def fill(sheet, row, **cells):
    for name, value in cells.items():
        sheet.loc[row, SHEET_COLUMNS.index(name)] = value


@pytest.mark.parametrize(
    ("nothing", "sure"),
    [("ND", "low"), ("pa të dhëna", "e ulët"), ("нема података", "ниска"), ("нема податоци", "Low")],
)
def test_a_filled_sheet_is_read_back_in_any_language(data, tmp_path, nothing, sure):
    write(data, tmp_path / "a.csv")
    sheet = files.read_sheets(tmp_path / "a.csv")[""]
    kept = sheet.loc[[1, 2, 3]].copy()
    fill(kept, 2, status=nothing, looked_for="reports")
    fill(kept, 3, status="coded", value="1.0", evidence_ids="ALB-PREV-07-9", rationale="why", confidence=sure)
    at = {"indicator": "PREV-11", "time_point": "update", "jurisdiction": "Shqipëria"}
    fill(kept, 3, **at, evidence_ids="ALB-PREV-11-3\n")
    kept.to_csv(tmp_path / "filled.csv", index=False, header=False)
    result = intake.clean_file(tmp_path / "filled.csv", request=intake.Request("ratings", data), out=tmp_path / "out")
    assert result.problems == ()
    ratings = pd.read_csv(tmp_path / "out" / "ratings.csv", dtype=str, keep_default_na=False)
    assert ratings[["jurisdiction", "status", "value", "evidence_ids", "confidence"]].values.tolist() == [
        ["ALB", "ND", "", "", ""],
        ["ALB", "coded", "1", "ALB-PREV-11-3", "low"],
    ]


def test_merged_cells_and_every_other_problem_come_in_one_list(data, tmp_path):
    header = [name for name in SHEET_COLUMNS if not name.startswith("anchor")]
    row = dict.fromkeys(header, "") | {
        **{"coder": "coder_a", "jurisdiction": "ALB", "indicator": "PREV-11", "time_point": "update", "value": "1"},
        **{"status": "coded", "evidence_ids": "ALB-PREV-11-3", "rationale": "why", "confidence": "low"},
        **{"date": "2026-11-24"},
    }
    rows = [
        row | {"indicator": "PREV-12", "time_point": "baseline", "evidence_ids": "ALB-PREV-12-1"},
        row | {"time_point": ""},  # lower half of a merged cell
        row | {"status": "perhaps"},
        row | {"evidence_ids": "no-such"},
        row | {"value": "2"},
        row | {"value": "two"},
        row,
    ]
    with xlsxwriter.Workbook(tmp_path / "bad.xlsx") as workbook:
        sheet = workbook.add_worksheet("ratings")
        sheet.write_row(0, 0, header)
        for number, cells in enumerate(rows, start=1):
            sheet.write_row(number, 0, cells.values())
        sheet.merge_range(1, header.index("time_point"), 2, header.index("time_point"), "baseline")
    request = intake.Request("ratings", data)
    said = [str(p) for p in intake.clean_file(tmp_path / "bad.xlsx", request=request, out=tmp_path / "out").problems]
    assert any("row 3, column 'time_point': expected a value in each row" in text for text in said)
    assert any("where cells were merged, undo that" in text for text in said)
    assert any("row 4, column 'status': found 'perhaps'" in text for text in said)
    assert any("row 7, column 'value': found 'two'" in text for text in said)
    assert any("rows 5, 6, 8" in text and "one row a key" in text for text in said)
    kept = pd.read_csv(tmp_path / "out" / "ratings.csv", dtype=str, keep_default_na=False)
    assert kept["indicator"].tolist() == ["PREV-12"]
