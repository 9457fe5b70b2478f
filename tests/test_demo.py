"""The fictitious study: the same bytes each time, nothing real in it, and its planted truth found again."""

import csv
import io
import json
import re
from pathlib import Path

import demo
import pandas as pd
import pyreadstat
import pytest
import shipped
from demo_parts.people import count_truth, draw_people
from demo_parts.region import CODES, OUTSIDE, URGENT
from lxml import html
from python_calamine import CalamineWorkbook

from ctresearch import clean, cooperation, recommendations, score, store, trends
from ctresearch.site.packed import read_page
from ctresearch.vocabulary import SYNTHETIC_MARK, SYNTHETIC_NOTICE

TRUTH = json.loads(demo.TRUTH.read_text(encoding="utf-8"))
REAL = r"Balkan|Kosov|Serbi|Albani|Bosni|Montenegr|Macedoni|UNODC|Walk Free|IOM Mission"
SHEETS = ("police_2024.xlsx", "ngo_2024.csv", "social_2024.sav")


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


@pytest.fixture(scope="module")
def victims(data):
    return clean.select_series(data.victims, measure="victims_detected", source_id="demo-portal")


@pytest.fixture(scope="module")
def coverage(data):
    return score.count_coverage(data.evidence, data.indicators, jurisdictions=data.study.codes)


def read_cells(name):
    """Cells of a received file as text, by row number and column number from 1 and 0."""
    file = demo.DEMO / "received" / name
    if name.endswith(".xlsx"):
        rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python(skip_empty_area=False)
        return [[f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    if name.endswith(".sav"):
        frame, _ = pyreadstat.read_sav(str(file))
        cells = frame.astype(object).map(lambda cell: f"{cell:g}" if isinstance(cell, float) else str(cell))
        return [list(frame.columns), *cells.values.tolist()]
    encoding = "cp1250" if name.startswith("ngo") else "utf-8-sig"
    text = file.read_bytes().decode(encoding)
    return list(csv.reader(io.StringIO(text), delimiter="," if name.startswith("narrative") else ";"))


@pytest.mark.no_cover
def test_generator_makes_the_stored_files_byte_for_byte():
    files, truth = demo.make_demo()
    stored = {file.relative_to(demo.DEMO).as_posix(): file for file in demo.DEMO.rglob("*") if file.is_file()}
    assert set(files) == set(stored)
    assert [name for name, content in files.items() if stored[name].read_bytes() != content] == []
    assert truth == demo.TRUTH.read_text(encoding="utf-8")


@pytest.mark.no_cover
def test_another_seed_makes_another_region():
    files, truth = demo.make_demo(1)
    assert files["victims.csv"] != (demo.DEMO / "victims.csv").read_bytes()
    assert files["study.toml"] == (demo.DEMO / "study.toml").read_bytes()
    assert json.loads(truth)["seed"] == 1


def test_it_is_small():
    assert sum(file.stat().st_size for file in demo.DEMO.rglob("*") if file.is_file()) < 1_500_000


def test_it_has_no_problem_and_every_source_is_synthetic(data):
    assert store.check_study("demo") == []
    assert set(data.sources["status"]) == {"synthetic"}
    assert store.list_empty_tables("demo") == []


def test_codes_are_none_of_iso_3166(data):
    real = set(pd.read_csv(demo.ROOT / "data" / "framework" / "codes.csv", keep_default_na=False)["code"])
    for code in (*CODES, *OUTSIDE):
        assert re.fullmatch("[A-Z]{3}", code)
        assert code not in real
        assert not re.match("AA|X|ZZ|Q[M-Z]", code)
    assert data.study.codes == CODES


@pytest.mark.parametrize("file", sorted(demo.DEMO.rglob("*.*")), ids=lambda file: file.name)
def test_no_real_place_or_office_is_named(file):
    text = str(read_cells(file.name)) if file.parent.name == "received" and file.suffix != ".toml" else ""
    text = text or file.read_text(encoding="utf-8")
    assert not re.search(REAL, text)
    countries = pd.read_csv(demo.ROOT / "data" / "framework" / "codes.csv", keep_default_na=False)
    names = countries.loc[countries["list"].eq("country") & ~countries["code"].isin(["abroad", "unknown"]), "label"]
    assert [name for name in names if name in text] == []


def test_trends_are_the_true_ones(victims):
    change = trends.compare_periods(victims, first=(2013, 2014), last=(2023, 2024), level=0.95)
    found = dict(zip(change["jurisdiction"], change["verdict"], strict=True))
    words = {"rising": "rising", "falling": "falling", "flat": "no_clear_change"}
    assert found == {code: words[place["trend"]] for code, place in TRUTH["jurisdictions"].items()}
    assert set(found.values()) == set(words.values())


def test_printed_values_allow_the_true_ones(victims):
    for row in victims.itertuples():
        true = TRUTH["jurisdictions"][row.jurisdiction]["detected"][str(row.year)]
        assert row.value_low <= true <= row.value_high
    assert victims["status"].eq("suppressed").any()


def test_detected_are_a_part_of_the_hidden(victims):
    for place in TRUTH["jurisdictions"].values():
        for year, detected in place["detected"].items():
            hidden = sum(place["hidden_population"][year].values())
            # Six standard deviations around what the chance of being seen gives.
            spread = 6 * (hidden * place["seen_share"] * (1 - place["seen_share"])) ** 0.5
            assert abs(detected - hidden * place["seen_share"]) < spread


def test_those_on_a_list_are_the_detected_of_that_year(victims):
    lists = TRUTH["lists"]
    seen = sum(sum(by_sex.values()) for name, by_sex in lists["seen_by"].items() if name != "nobody")
    row = victims[victims["jurisdiction"].eq(lists["jurisdiction"]) & victims["year"].eq(lists["year"])].iloc[0]
    assert row["value"] == seen
    hidden = TRUTH["jurisdictions"][lists["jurisdiction"]]["hidden_population"][str(lists["year"])]
    assert sum(hidden.values()) == seen + sum(lists["seen_by"]["nobody"].values())


def test_planted_conflicts_and_sums_are_found_and_no_others(data):
    conflicts = clean.find_conflicts(data.victims, data.sources, preferred_source_id="demo-portal")
    differ = conflicts[conflicts["verdict"].eq("differ")]
    found = zip(differ["jurisdiction"], differ["year"], differ["preferred_printed"], differ["printed"], strict=True)
    planted = [(row["jurisdiction"], row["year"], row["portal"], row["bulletin"]) for row in TRUTH["conflicts"]]
    assert {(a, int(b), int(c), int(d)) for a, b, c, d in found} == set(planted)
    sums = clean.add_up_parts(data.victims)
    gaps = sums[sums["verdict"].isin(["exceeds", "falls_short"])]
    found = [(row.jurisdiction, row.year, row.breakdown) for row in gaps.itertuples()]
    assert found == [(row["jurisdiction"], row["year"], row["breakdown"]) for row in TRUTH["sums_that_do_not_fit"]]
    assert int(gaps["total_printed"].iloc[0]) - gaps["parts_high"].iloc[0] == 10


def test_the_misplaced_point_is_put_right_when_the_study_is_read(data):
    (correction,) = TRUTH["corrections"]
    stored = pd.read_csv(demo.DEMO / "context.csv", dtype=str, keep_default_na=False)
    wrong = stored["value"].eq(correction["expected_value"])
    assert wrong.sum() == 1
    row = data.context[wrong.to_numpy()].iloc[0]
    assert row["value"] == float(correction["new_value"])
    assert row["note"].startswith("corrected 2025-06-30: value from '105' to '10.5'")


def test_facts_read_as_the_true_scores(coverage):
    known = coverage[coverage["facts_n"].gt(0)]
    assert 0.5 < len(known) / len(coverage) < 0.9
    for row in known[known["jurisdiction"].ne("REG")].itertuples():
        expected = "gap" if TRUTH["scores"][row.indicator][row.jurisdiction] < 2 else "strength"
        assert row.reading == expected


def test_urgent_needs_are_shared_gaps(data, coverage):
    shared = score.find_shared_gaps(coverage, shared_gap_n=5)
    assert set(TRUTH["urgent_needs"]) == set(URGENT) <= set(shared["indicator"])
    for need in URGENT:
        assert sorted(TRUTH["scores"][need].values()) == [0, 0, 0, 0, 0, 3]


def test_missing_instruments_are_the_planted_ones(data):
    pairs = cooperation.pair_instruments(data.participation, data.instruments, jurisdictions=CODES)
    missing = pairs[pairs["reading"].eq("not_found")]
    found = (missing["first"] + "-" + missing["second"]).tolist()
    assert found == TRUTH["pairs_without_instrument"]
    assert 0 < len(found) < len(pairs)
    gaps = recommendations.find_treaty_gaps(
        data.participation,
        data.instruments,
        treaties=data.study.treaties,
        indicator="PART-14",
        jurisdictions=CODES,
        source_id="demo-register",
    )
    assert set(gaps["evidence_id"].str.removeprefix("TREATY-")) == set(TRUTH["treaty_gaps"])


@pytest.mark.parametrize("name", TRUTH["received"])
def test_slips_stand_where_the_truth_says(name):
    cells, truth = read_cells(name), TRUTH["received"][name]
    kinds = {slip["kind"] for slip in truth["slips"]}
    assert len(kinds) >= 3
    for slip in truth["slips"]:
        header = next(row for row in cells if slip["column"] in row)
        assert cells[slip["row"] - 1][header.index(slip["column"])] == slip["written"]
        assert slip["written"] != slip["meant"]


def test_every_kind_of_slip_is_there():
    kinds = {slip["kind"] for file in TRUTH["received"].values() for slip in file["slips"]}
    assert kinds >= {
        "homoglyph",
        "zero-width",
        "day first",
        "excel serial",
        "mojibake",
        "mistyped code",
        "partial date",
    }
    assert sum(len(TRUTH["received"][name]["slips"]) for name in SHEETS) > 60


@pytest.mark.parametrize("name", SHEETS)
def test_rows_are_persons_and_duplicates_are_one_person(name):
    truth = TRUTH["received"][name]
    numbers = [int(row) for row in truth["persons"]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(read_cells(name)) == numbers[-1]
    assert len(truth["duplicates"]) >= 3
    for pair in truth["duplicates"]:
        assert truth["persons"][str(pair["row"])] == truth["persons"][str(pair["of_row"])]
    assert len(set(truth["persons"].values())) == len(numbers) - len(truth["duplicates"])


def test_lists_overlap_as_the_truth_says():
    on = {name.split("_")[0]: set(TRUTH["received"][name]["persons"].values()) for name in SHEETS}
    seen_by = {name: sum(by_sex.values()) for name, by_sex in TRUTH["lists"]["seen_by"].items()}
    assert len(on["police"] & on["ngo"] & on["social"]) == seen_by["police+ngo+social"]
    assert len((on["police"] & on["ngo"]) - on["social"]) == seen_by["police+ngo"]
    assert len(on["social"] - on["police"] - on["ngo"]) == seen_by["social"]
    assert count_truth(draw_people(demo.Dice(demo.SEED))) == TRUTH["lists"]["seen_by"]


def test_survey_puts_the_urgent_needs_first():
    rows = read_cells("survey_export.csv")
    answers = pd.DataFrame(rows[1:], columns=rows[0])
    assert len(answers) == TRUTH["received"]["survey_export.csv"]["answers_n"] == 60
    asked = [column for column in answers.columns if column.startswith("ratings/importance_")]
    rated = answers[asked].apply(pd.to_numeric, errors="coerce")
    means = rated.where(rated.le(5)).mean().sort_values(ascending=False)
    first = {name.removeprefix("ratings/importance_").replace("_", "-") for name in means.index[: len(URGENT)]}
    assert first == set(URGENT)


@pytest.fixture(scope="module")
def pages(built_demo):
    return {file.name: html.document_fromstring(read_page(file)) for file in built_demo.glob("*.html")}


def of_class(name):
    return f"[contains(concat(' ', @class, ' '), ' {name} ')]"


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_every_page_says_synthetic_at_its_head(pages, built_demo):
    assert len(pages) == 2 * len(CODES) + 10
    closed = html.parse(built_demo / "whole.html").getroot()
    assert closed.xpath(f"//main/p{of_class('synthetic')}")[0].text_content() == SYNTHETIC_NOTICE
    for name, page in pages.items():
        if name != "slides.html":
            head = page.xpath(f"(//main//h1/following::*{of_class('synthetic')})[1]")[0]
            assert head.text_content() == SYNTHETIC_NOTICE, name
            assert not head.xpath("preceding::h2"), name


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_every_exhibit_says_synthetic(pages):
    shown = 0
    for name, page in pages.items():
        for exhibit in page.xpath(f"//*{of_class('exhibit')}"):
            # The glossary is the framework's and not synthetic.
            if not exhibit.xpath(f".//dl{of_class('glossary')}"):
                assert exhibit.xpath(f".//*{of_class('synthetic')}"), (name, exhibit.text_content()[:80])
                shown += 1
    assert shown > 200


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_every_slide_says_synthetic(pages):
    slides = pages["slides.html"].xpath(f"//*{of_class('slides')}//section")
    assert len(slides) > 20
    assert [one.text_content()[:40] for one in slides if not one.xpath(f".//*{of_class('synthetic')}")] == []


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_every_download_says_synthetic(built_demo):
    files = [*sorted((built_demo / "tables").glob("*.csv")), built_demo / "recommendations.csv"]
    assert len(files) > 100
    for file in files:
        if file.name != "annex-glossary.csv":
            rows = pd.read_csv(file, dtype=str, keep_default_na=False)
            assert set(rows["synthetic"]) == {SYNTHETIC_MARK}, file.name
    for sheet in CalamineWorkbook.from_path(built_demo / "recommendations.xlsx").sheet_names:
        rows = CalamineWorkbook.from_path(built_demo / "recommendations.xlsx").get_sheet_by_name(sheet).to_python()
        assert {row[rows[0].index("synthetic")] for row in rows[1:]} == {SYNTHETIC_MARK}


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_report_names_no_real_place(pages):
    # The one-page edition holds what the chapters hold.
    for name, page in ((name, page) for name, page in pages.items() if name != "whole.html"):
        # The glossary explains words of the framework, such as the name of UNODC's collection.
        left_out = (
            f"ancestor::script or ancestor::style or ancestor::*{of_class('glossary')} or ancestor::*{of_class('term')}"
        )
        texts = page.xpath(f"//text()[not({left_out})] | //@alt")
        assert len(texts) > 20
        assert [text for text in texts if re.search(REAL, text)] == [], name


def test_folder_of_the_demo_is_found_by_name():
    assert Path(store.locate_study("demo")) == demo.DEMO.resolve()
