"""Case sheets of an office: raw rows and the expected record side by side; all people are invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch import schema
from ctresearch.clean import mapping as mappings
from ctresearch.clean import spreading
from ctresearch.clean.ages import band_between
from ctresearch.clean.cases import find_case_columns, tidy_case_rows, tidy_cases
from ctresearch.clean.persons import AGE_BANDS
from ctresearch.clean.spreading import find_distinct, look_up

FRAMEWORK = Path(__file__).parents[1] / "data" / "framework"
LABELS = pd.read_csv(FRAMEWORK / "labels.csv", dtype=str, keep_default_na=False)
CODES = pd.read_csv(FRAMEWORK / "codes.csv", dtype=str, keep_default_na=False)

HEADERS = ["Ime", "Pol", "Državljanstvo", "Vrsta eksploatacije", "Datum prijave", "Datum rođenja", "Saglasnost"]
MAPPING = {
    "agency": "ngo-a",
    "source_id": "src-a",
    "day_first": True,
    "columns": {
        "Ime": "given_name",
        "Pol": "gender",
        "Državljanstvo": "citizenship",
        "Vrsta eksploatacije": "type_of_exploitation",
        "Datum prijave": "recorded",
        "Datum rođenja": "birth_date",
        "Saglasnost": "consent",
    },
    "values": {
        "gender": {"ž": "Feminine", "m": "Masculine", "?": "NonSpecifiedUnknown"},
        "type_of_exploitation": {"rad": "ForcedLabour", "seks": "SexualExploitation", "nepoznato": ""},
    },
}


def sheet(*rows: list[str | None], headers: list[str] = HEADERS, first: int = 1) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame([headers, *rows], dtype="str")
    frame.index = pd.RangeIndex(first, first + len(frame))
    return {"": frame}


def tidy(sheets, *, mapping=MAPPING):
    return tidy_cases(sheets, mapping=mapping, file="a.csv", labels=LABELS, codes=CODES)


def row(**cells: str | None) -> list[str | None]:
    names = {"name": 0, "gender": 1, "citizenship": 2, "form": 3, "recorded": 4, "born": 5, "consent": 6}
    made: list[str | None] = ["Ana"] + [None] * 6
    for name, value in cells.items():
        made[names[name]] = value
    return made


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"gender": "Ž"}, "gender", "Feminine"),
        ({"gender": " ж "}, "gender", "Feminine"),
        ({"gender": "TransgenderFeminine"}, "gender", "TransgenderFeminine"),
        ({"citizenship": "Србија"}, "citizenship", "SRB"),
        ({"citizenship": "Kosovo*"}, "citizenship", "XKX"),
        ({"citizenship": "Srbija; Crna Gora"}, "citizenship", "SRB;MNE"),
        ({"citizenship": "Bosna i Hercegovina"}, "citizenship", "BIH"),
        ({"form": "seks, rad"}, "type_of_exploitation", "ForcedLabour;SexualExploitation"),
        ({"form": "rad/rad"}, "type_of_exploitation", "ForcedLabour"),
        ({"form": "Forced military (by non-state actors)"}, "type_of_exploitation", "ForcedMilitaryByNonStateActors"),
        ({"form": "nepoznato; rad"}, "type_of_exploitation", "ForcedLabour"),
        ({"recorded": "3.4.2017."}, "recorded", "2017-04-03"),
        ({"recorded": "april 2017"}, "recorded", "2017-04"),
        ({"recorded": "3.4.2017.", "born": "3.4.1999."}, "age_band", "18--20"),
        ({"recorded": "2.4.2017.", "born": "3.4.1999."}, "age_band", "9--17"),
        ({"consent": "da"}, "consent", "yes"),
    ],
)
def test_a_raw_cell_becomes_the_expected_code(cells, column, expected):
    cleaned = tidy(sheet(row(**cells)))
    assert cleaned.problems == ()
    assert cleaned.tables["cases"].loc[0, column] == expected


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"form": "nepoznato"}, "type_of_exploitation"),
        ({"form": "  "}, "type_of_exploitation"),
        ({"recorded": "2017", "born": "1999"}, "age_band"),
        ({"born": "1999"}, "age_band"),
        ({"consent": "ne znam"}, "consent"),
    ],
)
def test_what_is_not_known_stays_missing_and_is_no_problem(cells, column):
    cleaned = tidy(sheet(row(**cells)))
    assert cleaned.problems == ()
    assert pd.isna(cleaned.tables["cases"].loc[0, column])


@pytest.mark.parametrize(
    ("cells", "header"),
    [
        ({"gender": "zzz"}, "Pol"),
        ({"gender": "ž; m"}, "Pol"),
        ({"citizenship": "Jugoslavija"}, "Državljanstvo"),
        ({"form": "rad, zzz"}, "Vrsta eksploatacije"),
        ({"recorded": "31.2.2017."}, "Datum prijave"),
        ({"recorded": "3.4.17."}, "Datum prijave"),
        ({"consent": "zzz"}, "Saglasnost"),
    ],
)
def test_what_cannot_be_mapped_is_a_problem_with_row_and_without_value(cells, header):
    cleaned = tidy(sheet(row(gender="m"), row(**cells), row(gender="ž")))
    assert [(problem.column, problem.rows) for problem in cleaned.problems] == [(header, (3,))]
    for value in cells.values():
        assert value not in str(cleaned.problems[0])
        assert cleaned.problems[0].found == ""


def test_all_problems_come_at_once():
    cleaned = tidy(sheet(row(gender="zzz", citizenship="zzz"), row(form="zzz"), row(gender="zzz")))
    assert {problem.column: problem.rows for problem in cleaned.problems} == {
        "Pol": (2, 4),
        "Državljanstvo": (2,),
        "Vrsta eksploatacije": (3,),
    }


def test_a_birth_after_the_recording_is_a_problem():
    cleaned = tidy(sheet(row(recorded="1.1.2000.", born="1.1.2001.")))
    assert "at most 120 years before" in cleaned.problems[0].expected
    assert pd.isna(cleaned.tables["cases"].loc[0, "age_band"])


def test_the_table_keeps_its_contract_and_names_nobody():
    cleaned = tidy(sheet(row(gender="m", citizenship="SRB", form="rad", recorded="2017", consent="da"), row(name="B")))
    cases = cleaned.tables["cases"]
    allowed = {**mappings.list_codes(CODES), "source": ("src-a",)}
    assert schema.check_table(schema.CASES, cases.astype("str").fillna(""), allowed) == []
    assert cases["case_id"].tolist() == ["ngo-a-2", "ngo-a-3"]
    assert not cases.astype("str").isin(["Ana", "B"]).any().any()
    identifiers = cleaned.tables["identifiers"]
    assert identifiers["given_name"].tolist() == ["Ana", "B"]
    assert identifiers["sex"].iloc[0] == "male"
    assert identifiers["case_id"].tolist() == cases["case_id"].tolist()


def test_who_refused_is_left_out_and_logged_by_row():
    cleaned = tidy(sheet(row(consent="da"), row(consent="ne"), row()))
    assert cleaned.tables["cases"]["case_id"].tolist() == ["ngo-a-2", "ngo-a-4"]
    assert cleaned.tables["identifiers"]["case_id"].tolist() == ["ngo-a-2", "ngo-a-4"]
    log = cleaned.changes[cleaned.changes["rule"].eq("left out: no consent")]
    assert log["row"].tolist() == [3]


def test_changes_say_what_became_what_and_how_often_and_hold_no_name_or_date():
    cleaned = tidy(sheet(row(gender="ž", born="5/6/1999"), row(gender="Ž"), row(gender="ž")))
    logged = {(log.before, log.after): (log.rule, log.cells_n) for log in cleaned.changes.itertuples()}
    assert logged[("ž", "Feminine")] == ("to htcds_gender", 2)
    assert logged[("Ž", "Feminine")] == ("to htcds_gender", 1)
    text = cleaned.changes.to_csv()
    assert "Ana" not in text
    assert "1999" not in text
    assert "could be swapped" in text


def test_preamble_unnamed_blank_columns_and_a_second_header_row_are_passed_over():
    frame = sheet(
        ["Lista", *[None] * 7], [*HEADERS, None], [*HEADERS, None], [*row(gender="m"), None], headers=["x"] + [None] * 7
    )
    cleaned = tidy(frame)
    assert cleaned.problems == ()
    assert cleaned.tables["cases"]["case_id"].tolist() == ["ngo-a-5"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([*HEADERS, "Novo"], "a header that the mapping names"),
        ([*HEADERS, "POL"], "each header once"),
        ([*HEADERS, None], "a header over column 8"),
        ([*HEADERS[:6], "X"], "every header that the mapping names"),
        (["a", "b", "c", "d", "e", "f", "g"], "a header row with the headers of the mapping"),
    ],
)
def test_a_header_that_does_not_fit_is_explained_and_nothing_is_read(headers, expected):
    cleaned = tidy(sheet([*row(gender="m"), "x"][: len(headers)], headers=headers))
    assert cleaned.tables == {}
    assert any(expected in problem.expected for problem in cleaned.problems)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"agency": ""}, "agency"),
        ({"agency": "TODO"}, "agency"),
        ({"agency": "a b"}, "agency"),
        ({"day_first": "yes"}, "day_first"),
        ({"colums": {}}, "colums"),
        ({"columns": {"Pol": "sex"}}, "columns.Pol"),
        ({"columns": {"Pol": "gender/Feminine"}}, "columns.Pol"),
        ({"columns": {"A": "type_of_exploitation/Work"}}, "columns.A"),
        ({"columns": {"Pol": "gender", "POL": "age"}}, "columns.POL"),
        ({"columns": {"Pol": "gender", "Spol": "gender"}}, "columns.Pol, columns.Spol"),
        ({"values": {"gender": {"x": "TODO"}}}, "values.gender.x"),
        ({"values": {"gender": {"x": "Feminine;Masculine"}}}, "values.gender.x"),
        ({"values": {"citizenship": {"x": "Serbia"}}}, "values.citizenship.x"),
        ({"values": {"given_name": {"x": "y"}}}, "values.given_name"),
    ],
)
def test_a_mapping_that_is_wrong_is_explained_with_its_place(change, place):
    parsed, problems = mappings.parse_mapping({**MAPPING, **change}, codes=CODES, file="m.toml")
    assert parsed is None
    assert place in [problem.column for problem in problems]


def test_missing_settings_are_named_together():
    _, problems = mappings.parse_mapping({}, codes=CODES, file="m.toml")
    assert [problem.column for problem in problems] == ["agency", "source_id", "day_first", "columns"]


def test_columns_of_ticks_make_one_list_of_codes():
    columns = {"Rad": "type_of_exploitation/ForcedLabour", "Seks": "type_of_exploitation/SexualExploitation"}
    cleaned = tidy(
        sheet(["x", "DA"], ["1", "0"], [None, "ne"], ["?", "x"], headers=["Rad", "Seks"]),
        mapping={**MAPPING, "columns": columns, "values": {}},
    )
    cases = cleaned.tables["cases"]["type_of_exploitation"].astype("str")
    assert cases.fillna("").tolist() == ["ForcedLabour;SexualExploitation", "ForcedLabour", "", "SexualExploitation"]
    assert [(problem.column, problem.rows) for problem in cleaned.problems] == [("Rad", (5,))]


def test_a_pseudonym_of_the_office_is_kept_and_must_be_its_own():
    mapping = {**MAPPING, "columns": {"Šifra": "case_id", "Pol": "gender"}}
    cleaned = tidy(
        sheet(["k1", "m"], ["k2", "m"], ["k2", "m"], ["Ana B", "m"], headers=["Šifra", "Pol"]), mapping=mapping
    )
    assert cleaned.tables["cases"]["case_id"].tolist()[:2] == ["k1", "k2"]
    assert {problem.expected: problem.rows for problem in cleaned.problems} == {
        "a short name of letters, digits, '.', '_' and '-'": (5,),
        "one row a case": (3, 4),
    }


def test_two_letters_are_countries_only_where_the_mapping_says_so():
    letters = sheet(row(citizenship="NA"))
    assert tidy(letters, mapping={**MAPPING, "iso2": True}).tables["cases"].loc[0, "citizenship"] == "NAM"
    assert [problem.column for problem in tidy(letters).problems] == ["Državljanstvo"]


def test_chunks_give_what_the_whole_gives():
    whole = sheet(*[row(gender=g, citizenship=c) for g in "žm" for c in ("Srbija", "Albanija", "Kosovo")])
    parsed, _ = mappings.parse_mapping(MAPPING, codes=CODES, file="m.toml")
    columns, problems = find_case_columns(whole, mapping=parsed, file="a.csv")
    assert problems == ()
    known = {"columns": columns, "mapping": parsed, "file": "a.csv", "labels": LABELS, "codes": CODES}
    chunks = [tidy_case_rows(whole[""].loc[first : first + 1], **known).tables["cases"] for first in (2, 4, 6)]
    joined = pd.concat(chunks, ignore_index=True)
    pd.testing.assert_frame_equal(joined.astype("str"), tidy(whole).tables["cases"].astype("str"))


def test_categories_are_read_like_text():
    frame = sheet(row(gender="ž", recorded="2017"), row(gender="m"))
    as_categories = {"": frame[""].astype("category")}
    pd.testing.assert_frame_equal(tidy(as_categories).tables["cases"], tidy(frame).tables["cases"])


@given(st.lists(st.sampled_from(["b", " a", "", "c", None])), st.integers(1, 5))
def test_distinct_words_come_in_the_order_of_the_rows_for_text_and_categories(cells, first_rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spreading, "_FIRST_ROWS", first_rows)
        texts = pd.Series(cells, dtype="str")
        # Categories of a sheet have words of other rows too, in another order.
        words = pd.CategoricalDtype(pd.Index(["of the header", "c", "b", "", " a"], dtype="str"))
        for values in (texts, texts.astype(words)):
            found = find_distinct(values)
            expected = list(dict.fromkeys(cell for cell in cells if cell is not None))
            assert found.values.fillna("").tolist() == [cell.strip() for cell in expected]
            assert [-1 if cell is None else expected.index(cell) for cell in cells] == found.places.tolist()
            assert found.counts.tolist() == [cells.count(cell) for cell in expected]


@pytest.mark.parametrize("size", [1, 2, 128, 129, 1000])
@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int64])
def test_looking_up_takes_the_last_entry_for_no_place(size, kind):
    table = (np.arange(size) % 100).astype(np.int8)
    places = np.array([-1, 0, min(size - 1, 127), -1], dtype=kind)
    found = look_up(table, places)
    assert found.tolist() == [table[-1], table[0], table[min(size - 1, 127)], table[-1]]
    found[0] = 5  # it is nobody else's


def test_cases_without_an_id_are_named_by_their_row():
    rows = [1, 2, 999, 1000, 1001, 12_000, 12_001, 999_999, 1_000_000, 1_000_010, 7]
    frame = sheet(*[row(consent="ne" if number == 12_001 else None) for number in rows])[""].loc[2:]
    frame.index = pd.Index(rows)
    parsed, _ = mappings.parse_mapping(MAPPING, codes=CODES, file="m.toml")
    columns, _ = find_case_columns(sheet(row()), mapping=parsed, file="a.csv")
    known = {"columns": columns, "mapping": parsed, "file": "a.csv", "labels": LABELS, "codes": CODES}
    tables = tidy_case_rows(frame, **known).tables
    assert tables["cases"]["case_id"].tolist() == [f"ngo-a-{number}" for number in rows if number != 12_001]
    assert tables["identifiers"]["case_id"].tolist() == tables["cases"]["case_id"].tolist()


@pytest.mark.parametrize("as_categories", [False, True])
def test_no_table_shares_its_cells_with_another_or_with_the_input(as_categories):
    frame = sheet(row(gender="ž", citizenship="Srbija"), row(gender="m", citizenship="Srbija"))[""]
    frame = frame.astype("category") if as_categories else frame
    before = frame.copy(deep=True)
    tables = tidy({"": frame}).tables
    cases = tables["cases"].copy(deep=True)
    for column in ("case_id", "given_name", "full_name"):
        tables["identifiers"].loc[0, column] = "x"
    tables["identifiers"].loc[0, "sex"] = "male"
    assert tables["identifiers"]["phone"].isna().all()
    tables["identifiers"]["citizenship"] = None
    pd.testing.assert_frame_equal(tables["cases"], cases)
    tables["cases"].loc[0, "gender"] = tables["cases"].loc[1, "gender"]
    assert tables["cases"]["case_id"].tolist() == cases["case_id"].tolist()
    pd.testing.assert_frame_equal(frame, before)


def test_the_input_is_not_changed():
    frame = sheet(row(gender=" Ž", form="rad"), row(consent="ne"))
    before = frame[""].copy()
    tidy(frame)
    pd.testing.assert_frame_equal(frame[""], before)


@pytest.mark.parametrize("order", [(5, 4, 3, 2, 1, 0), (3, 0, 5, 1, 4, 2)])
def test_the_order_of_rows_does_not_matter(order):
    cells = [row(name=str(n), gender="žm"[n % 2], form=["rad", "seks", None][n % 3]) for n in range(6)]
    plain = tidy(sheet(*cells)).tables
    mixed = tidy(sheet(*[cells[place] for place in order])).tables
    for name in ("gender", "type_of_exploitation"):
        by_name = dict(zip(mixed["identifiers"]["given_name"], mixed["cases"][name].astype("str"), strict=True))
        expected = dict(zip(plain["identifiers"]["given_name"], plain["cases"][name].astype("str"), strict=True))
        assert {key: str(value) for key, value in by_name.items()} == {k: str(v) for k, v in expected.items()}


@given(st.dates(min_value=pd.Timestamp("1900-01-01").date()), st.dates(min_value=pd.Timestamp("1900-01-01").date()))
def test_a_band_holds_the_age_that_the_calendar_gives(born, recorded):
    bands, fits = band_between(*(pd.Series([day.isoformat()], dtype="category") for day in (born, recorded)))
    age = recorded.year - born.year - ((recorded.month, recorded.day) < (born.month, born.day))
    assert bool(fits[0]) == (0 <= age <= 120)
    if 0 <= age <= 120:
        low, high = AGE_BANDS[bands[0]]
        assert low <= age <= high
    else:
        assert pd.isna(bands[0])


def test_ages_become_bands_and_an_impossible_one_is_a_problem_of_its_row():
    mapping = {**MAPPING, "columns": {"Ime": "given_name", "Godine": "age"}}
    headers = ["Ime", "Godine"]
    cleaned = tidy(sheet(["Ana", "7"], ["Eva", "25"], ["Iva", "250"], ["Mia", None], headers=headers), mapping=mapping)
    assert cleaned.tables["cases"]["age_band"].astype("object").where(lambda band: band.notna(), None).tolist() == [
        *("0--8", "24--26"),
        *(None, None),
    ]
    (problem,) = cleaned.problems
    assert (problem.rows, problem.column) == ((4,), "Godine")
    assert problem.expected == "completed years from 0 to 120"
    log = cleaned.changes[cleaned.changes["rule"].eq("age to age band")]
    assert log["cells_n"].tolist() == [2]


def test_of_age_and_birth_date_the_age_that_was_recorded_wins():
    columns = {"Ime": "given_name", "Godine": "age", "Datum rođenja": "birth_date", "Datum prijave": "recorded"}
    headers = ["Ime", "Godine", "Datum rođenja", "Datum prijave"]
    rows = [["Ana", "7", "1.1.1990.", "1.1.2020."], ["Eva", None, "1.1.1990.", "1.1.2020."]]
    cleaned = tidy(sheet(*rows, headers=headers), mapping={**MAPPING, "columns": columns})
    assert cleaned.tables["cases"]["age_band"].astype("object").tolist() == ["0--8", "30--38"]
    contrary = [problem for problem in cleaned.problems if problem.expected == "an age that fits the birth date"]
    assert [problem.rows for problem in contrary] == [(2,)]
