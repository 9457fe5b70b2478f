"""Small fictitious fixtures shared by the tests of the core: jurisdictions AAA and BBB do not exist."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

from ctresearch.study import Study, parse_study
from ctresearch.vocabulary import Vocabulary

# As in a run: jsonschema, which nbformat loads, compiles grammars for seconds to check addresses; no test needs it.
sys.modules.setdefault("rfc3987_syntax", None)

# No deadline: the machine is shared, and time is measured in tests/benchmarks, never here.
hypothesis_settings.register_profile("ctresearch", deadline=None, max_examples=20)
hypothesis_settings.load_profile("ctresearch")

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>"\' =1+1 & "onmouseover="x'


@pytest.fixture
def golden():
    def read(name: str) -> dict:
        return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))

    return read


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(
        {
            "jurisdiction": {"AAA": "Arcadia", "BBB": "Borduria", "CCC": "Cockaigne"},
            "jurisdiction_or_region": {"AAA": "Arcadia", "BBB": "Borduria", "CCC": "Cockaigne", "REG": "Region"},
            "citizenship": {"total": "All citizenships", "AAA": "Arcadia", "BBB": "Borduria", "CCC": "Cockaigne"},
            "sex": {"total": "Both sexes", "female": "Women and girls", "male": "Men and boys"},
            "measure": {"victims_detected": "Detected victims", "persons_prosecuted": "Persons prosecuted"},
            "pillar": {"prevention": "Prevention", "protection": "Protection"},
            "indicator": {"PREV-01": "PREV-01 Risk knowledge", "PROT-01": "PROT-01 Shelter"},
            "reading": {"strength": "strength", "gap": "gap", "mixed": "strength and gap", "context": "context only"},
            "source": {"src-a": "Bureau A 2020", "src-b": "Bureau B 2021"},
            "source_status": {"public": "public", "synthetic": "synthetic"},
        }
    )


def _sources(status: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_id": ["src-a", "src-b"],
            "publisher": ["Bureau A", "Bureau B"],
            "title": ["Yearbook", "Survey"],
            "year": pd.Series([2020, None], dtype="Int64"),
            "address": ["https://a.example/yearbook", ""],
            "terms": ["free", "not stated"],
            "status": [status, "public"],
            "accessed": ["2021-01-02", ""],
            "via": ["", "a library"],
            "note": ["", "second edition"],
        }
    )


@pytest.fixture
def sources() -> pd.DataFrame:
    """Two public sources."""
    return _sources("public")


@pytest.fixture
def synthetic_sources() -> pd.DataFrame:
    """The same two, the first of them synthetic."""
    return _sources("synthetic")


def _settings() -> dict:
    return {
        "title": "Needs in Two Fictitious Places",
        "short_title": "Two places",
        "objective": "To see what is needed.",
        "project": {"Duration": "one year", "Region covered": "Arcadia and Borduria"},
        "jurisdictions": [
            {"code": "AAA", "names": [{"name": "Arcadia"}]},
            {"code": "BBB", "names": [{"name": "Borduria*"}], "note": "* A note on Borduria."},
        ],
        "time_points": [
            {"code": "baseline", "label": "first", "first_year": 2013, "last_year": 2014},
            {"code": "update", "label": "second", "first_year": 2022, "last_year": 2024},
        ],
        "thresholds": {
            "shared_gap_n": 2,
            "percentage_base_n": 20,
            "sparse_years_n": 5,
            "confidence_level": 0.95,
        },
        "scoring": {
            "adjudicator": "panel",
            "practice_rule": "lower_median",
            "coverage_share": 0.8,
            "interval_level": 0.9,
            "agreement_scale": "ordinal",
            "resamples_n": 50,
            "draws_n": 100,
            "base_n": 16,
            "weight_share": 0.5,
            "weight_copies_n": 2,
            "seed": 1,
        },
        "trends": {
            "model": "quasi_poisson",
            "years_min_n": 5,
            "events_min_n": 25,
            "alpha": 0.05,
            "change_min_pct": 0.0,
            "multiplicity": "holm",
            "long_years_n": 10,
            "side_years_n": 3,
            "joinpoints_max_n": 1,
            "joinpoint_transform": "log",
            "joinpoint_weights": "poisson",
            "joinpoint_zeros": "add_half",
            "joinpoint_choice": "permutation",
            "permutations_n": 999,
            "shares": "goodman",
            "pooling": "paule_mandel",
            "pooling_errors": "knapp_hartung",
        },
        "hidden_population": {
            "least_overlap_n": 20,
            "near_bic": 10.0,
            "pair_p_value": 0.02,
            "order": 2,
            "hidden_max_n": 20000,
            "prior_persons": 1.0,
        },
        "disclosure": {
            "least_n": 5,
            "zeros": "safe",
            "protection_n": 4,
            "dominance_n": 1,
            "dominance_pct": 75.0,
            "p_pct": 10.0,
            "rounding_base": 5,
            "k_n": 5,
            "l_n": 2,
            "t_max": 0.3,
        },
        "survey": {
            "least_group_n": 3,
            "quadrant_border": "mean",
            "false_discovery_rate": 0.05,
            "weigh_by": ["sector"],
            "budget_points": 100,
            "consistency_limit": 0.1,
        },
        "delphi": {
            "rounds_n": 3,
            "consensus": "ipras",
            "iqr_limit": 2.0,
            "least_ratings_n": 5,
            "stable_share": 0.15,
        },
        "review": {"comment_days_n": 28, "sign_off_roles": ["lead", "office"]},
        "preferences": {"victims": {"source_id": "src-a", "reason": "the longest series"}},
        "languages": ["en"],
        "treaties": ["treaty-x"],
    }


@pytest.fixture
def settings() -> dict:
    """What `tomllib.load` returns for a complete study."""
    return _settings()


@pytest.fixture
def study() -> Study:
    return parse_study(_settings())


def make_count(**changes: object) -> dict:
    """Return one row of `victims` with every column; a value sets its bounds and what was printed."""
    value = changes.get("value", 3.0)
    row = {
        "jurisdiction": "AAA",
        "year": 2014,
        "year_end": changes.get("year", 2014),
        "period": "",
        "measure": "victims_detected",
        "sex": "total",
        "age_group": "total",
        "form": "total",
        "citizenship": "total",
        "part": None,
        "value": value,
        "value_low": value,
        "value_high": value,
        "printed": "" if value is None else f"{value:g}",
        "status": "reported",
        "report_year": 2020,
        "source_id": "src-a",
        "locator": "table 1",
        "check": "publisher_file",
        "note": "",
    }
    return {**row, **changes}


def make_counts(*rows: dict) -> pd.DataFrame:
    """Return typed rows of `victims`, as the store would hand them over."""
    frame = pd.DataFrame([make_count(**row) for row in rows], columns=list(make_count()))
    integers = dict.fromkeys(("year", "year_end", "part", "report_year"), "Int64")
    numbers = dict.fromkeys(("value", "value_low", "value_high"), "Float64")
    return frame.astype({**integers, **numbers})


@pytest.fixture(scope="session")
def counts_of():
    """Return the builder of typed counts; it makes a new frame each time."""
    return make_counts


def pytest_collection_modifyitems(items):
    """Put the files that build reports first: none of them is left to run alone at the end."""
    slow = {item.path for item in items if {"notebooks", "browser"} & set(item.keywords)}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Measure no coverage of a test marked `no_cover`, nor of its fixtures: building a report would take half again.

    pytest-cov pauses the call alone, and in processes of pytest-xdist goes on with a second measurement of its own.
    """
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    stopped = stop_coverage()
    try:
        return (yield)
    finally:
        stop_coverage()
        for measurement in reversed(stopped):
            measurement.start()


def stop_coverage() -> list:
    """Stop every measurement of coverage; return them, the last started first."""
    from coverage import Coverage

    stopped = []
    while (measurement := Coverage.current()) is not None:
        measurement.stop()
        stopped.append(measurement)
    return stopped


def build_once(study: str, tmp_path_factory, out: Path | None = None) -> Path:
    """Build the report of a shipped study once for all tests that read it, also where several processes run them."""
    from ctresearch import batch

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with FileLock(shared / f"{study}.lock"):
        result = batch.run_study(study, out=out or shared / "built")
    assert result.failed == (), [outcome.error for outcome in result.failed]
    return result.folder


@pytest.fixture(scope="session")
def built_report(tmp_path_factory) -> Path:
    """Return the folder of the report of the shipped study; tests only read it."""
    given = os.environ.get("CTRESEARCH_OUTPUTS")
    return build_once("western_balkans", tmp_path_factory, Path(given) if given else None)


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory) -> Path:
    """Return the folder of the report of the fictitious study; tests only read it."""
    return build_once("demo", tmp_path_factory)


@pytest.fixture(scope="session")
def inert():
    """Return a check that HTML shows hostile text as text and holds no element or attribute made of it."""
    from bs4 import BeautifulSoup

    def check(html: str, *, times: int, text: str = HOSTILE) -> None:
        page = BeautifulSoup(html, "html.parser")
        attributes = [(tag.name, name) for tag in page.find_all() for name in tag.attrs]
        assert page.find_all("script") == []
        assert [place for place in attributes if place[1].startswith("on")] == []
        assert [image for image in page.find_all("img") if image.get("src") == "x"] == []
        assert page.get_text().count(text) == times

    return check


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium; without it the test is skipped, or fails in CI."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed; .ci/run installs it")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


NOTEBOOKS = (
    "01_jurisdiction",
    "02_regional",
    "03_recommendations",
    "04_annex",
    "05_workshop",
    "06_hidden_population",
    "07_participation",
)


def write_notebook(folder, name, source):
    import nbformat

    parameters = nbformat.v4.new_code_cell('study = ""\njurisdiction = ""', metadata={"tags": ["parameters"]})
    heading = nbformat.v4.new_markdown_cell("# A question?\n\n## A section")
    slide = {"slideshow": {"slide_type": "slide"}}
    cells = [heading, parameters, nbformat.v4.new_code_cell(source, metadata=slide)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / f"{name}.ipynb")


def write_small_notebooks(folder):
    """Write small notebooks under the names of the real ones, which need no library; return their folder."""
    folder.mkdir()
    for name in NOTEBOOKS:
        write_notebook(folder, name, "1 + 1")
    exhibits = (
        "import pandas as pd\nfrom ctresearch.exhibits import Exhibit, Exhibits\n"
        "from ctresearch.interchange import FIELDS\n"
        "rows = pd.DataFrame({**dict.fromkeys(FIELDS, 'x'), 'recommendation_id': ['REG-1'], 'action': ['=1+1'],"
        " 'priority_basis': 'none', 'evidence_id': 'E-1', 'jurisdiction': 'ALB', 'basis': 'x', 'finding': 'x'})\n"
        "Exhibits((Exhibit('all-recommendations', 'table', '<p>x</p>', 'All', rows),"
        " Exhibit('findings', 'table', '<p>y</p>', 'Findings', rows)))"
    )
    write_notebook(folder, "03_recommendations", exhibits)
    return folder


@pytest.fixture
def small_notebooks(tmp_path):
    return write_small_notebooks(tmp_path / "notebooks")
