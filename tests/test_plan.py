"""What is stale, and why: by content, never by time."""

import json
import os
import shutil

import pandas as pd
import pytest

from ctresearch import digests, places, plan


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(places.locate_study("western_balkans"), folder)
    shutil.copytree(places.locate_shipped("data") / "framework", folder / "framework")
    return folder


@pytest.fixture
def notebooks(tmp_path):
    folder = tmp_path / "notebooks"
    shutil.copytree(places.locate_shipped("notebooks"), folder)
    return folder


@pytest.fixture
def planned(study, notebooks, tmp_path):
    """Return a function that plans a run; `publish` records the present inputs as those of the published report."""

    def make(*, publish=False, **asked):
        made = plan.make_plan(study, out=tmp_path / "outputs", notebooks=notebooks, **asked)
        if publish:
            made.place.mkdir(parents=True, exist_ok=True)
            (made.place / "index.html").write_text("report", encoding="utf-8")
            sections = [{"name": s.name, "error": "", "inputs": made.inputs[s.name]} for s in made.sections]
            files = digests.digest_files(made.place)
            files.pop("manifest.json", None)
            manifest = {"sections": sections, "template": digests.digest_template(), "files": files}
            manifest["content"] = made.content
            (made.place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return made

    return make


def change(file, row, column, value):
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    rows.loc[row(rows) if callable(row) else row, column] = value
    rows.to_csv(file, index=False)


def test_sections_come_in_the_order_of_the_study():
    study = places.read_settings(places.locate_study("western_balkans"))[0]
    names = [section.name for section in plan.list_sections(study, study_parameter="x")]
    assert names == [
        "alb",
        "bih",
        "xkx",
        "mkd",
        "mne",
        "srb",
        "regional",
        "hidden",
        "recommendations",
        "participation",
        "annex",
        "slides",
    ]
    one = plan.list_sections(study, study_parameter="x", jurisdictions=["SRB"])
    assert [section.name for section in one] == ["srb", "annex"]
    assert one[0].parameters == {"study": "x", "jurisdiction": "SRB"}


@pytest.mark.parametrize(("most", "shares_memory", "alone"), [(30, True, 0), (5, False, 0), (5, True, 6)])
def test_parts_on_all_jurisdictions_are_alone_where_a_large_study_is_executed_on_one_machine(
    monkeypatch, most, shares_memory, alone
):
    monkeypatch.setattr(plan, "_MANY", most)
    study = places.read_settings(places.locate_study("western_balkans"))[0]
    sections, notebooks = plan.list_sections(study, study_parameter="x"), places.locate_shipped("notebooks")
    groups = plan.arrange_sections(sections, study, notebooks, shares_memory=shares_memory)
    assert [len(group) for group in groups] == [1] * alone + [12 - alone]
    assert {section.name for group in groups for section in group} == {section.name for section in sections}
    names = [section.name for group in groups[:alone] for section in group]
    assert not set(names) & {code.lower() for code in study.codes}
    sizes = [(notebooks / f"{section.notebook}.ipynb").stat().st_size for section in groups[-1]]
    assert sizes == sorted(sizes, reverse=True)


def test_everything_is_stale_before_the_first_run_and_nothing_after_it(planned):
    first = planned(publish=True)
    assert set(first.reasons.values()) == {("not built yet",)}
    assert not first.is_complete
    second = planned()
    assert second.reasons == {}
    assert second.is_complete
    assert second.stale == ()


def test_time_of_a_file_does_not_matter(planned, study):
    planned(publish=True)
    os.utime(study / "victims.csv", (1, 1))
    assert planned().is_complete


@pytest.mark.parametrize(
    ("table", "stale"),
    [
        ("victims", ["srb", "regional", "recommendations", "annex", "slides"]),
        ("evidence", ["srb", "regional", "recommendations", "annex", "slides"]),
        ("monitoring", ["srb"]),
        ("population", ["srb", "regional", "annex"]),
    ],
)
def test_row_of_one_jurisdiction_leaves_alone_what_does_not_read_it(planned, study, table, stale):
    planned(publish=True)
    change(study / f"{table}.csv", lambda rows: rows["jurisdiction"].eq("SRB").idxmax(), "note", "changed")
    made = planned()
    assert [section.name for section in made.stale] == stale
    assert made.reasons["srb"] == (f"{table} changed",)


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("data = store.read_study(study)\ndata.victims\ndata.study.codes", {"victims", "study"}),
        ("data = read_study()\n[row for row in data.flows]", {"flows"}),
        ("data = store.read_study(study)\nuse(data)\ndata.victims", None),
        ("data = store.read_study(study)\ndata = other\ndata.victims", None),
        ("data = store.read_study(study)\nuse(pillar='data', data=data.victims)", {"victims"}),
        ("data = store.read_study(study)\nmore = store.read_study(other)\ndata.victims", None),
        ("data = store.read_study(study)\nother = data\nother.victims", None),
        ("data = store.read_study(study)\ngetattr(data, 'victims')", None),
        ("data = store.read_study(study)\nx.data.flows\nuse(data)", None),
        ("store.read_study(study).victims", None),
        ("read = store.read_study\ndata = read(study)\ndata.victims", None),
        ("%load_ext x\ndata = store.read_study(study)\ndata.victims", None),
        ("1 + 1", None),
    ],
)
def test_a_notebook_depends_on_the_tables_that_its_code_names_and_on_all_if_that_cannot_be_told(tmp_path, code, read):
    file = tmp_path / "a.ipynb"
    cells = [{"cell_type": "markdown", "source": ["data.evidence"]}, {"cell_type": "code", "source": [code]}]
    file.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert plan.find_tables_read(file) == read
    assert plan.find_tables_read(tmp_path / "absent.ipynb") is None


def test_a_correction_may_change_any_table_so_that_all_is_stale(planned, study):
    planned(publish=True)
    with (study / "corrections.csv").open("a", encoding="utf-8") as file:
        file.write("x\n")
    assert len(planned().stale) == 12


def test_a_state_or_signature_changes_the_head_of_the_pages_and_the_chapter_that_tells_of_it_alone(planned, study):
    before = digests.digest_content(study)
    planned(publish=True)
    row = "report_state,date,deadline,content,note\ndraft,2025-01-10,,abc,\n"
    (study / "report_states.csv").write_text(row, encoding="utf-8")
    made = planned()
    assert made.reasons == {"participation": ("report_states changed",)}
    assert not made.is_complete
    assert digests.digest_content(study) == before
    planned(publish=True)
    (study / "sign_offs.csv").write_text("role,date,content,note\nlead,2025-01-10,abc,\n", encoding="utf-8")
    assert not planned(jurisdictions=["SRB"]).is_complete
    assert planned().reasons == {}
    assert digests.digest_content(study) == before
    (study / "comments.csv").write_text("comment_id\n", encoding="utf-8")
    assert digests.digest_content(study) != before


def test_flow_between_two_jurisdictions_belongs_to_both(planned, study):
    planned(publish=True)
    between = lambda rows: (rows["origin"].eq("SRB") & rows["destination"].eq("BIH")).idxmax()  # noqa: E731
    change(study / "flows.csv", between, "note", "changed")
    assert [section.name for section in planned().stale][:2] == ["bih", "srb"]


def test_source_that_only_one_chapter_names_is_stale_there_alone(planned, study):
    planned(publish=True)
    change(study / "sources.csv", lambda rows: rows["source_id"].eq("coe-greta-alb-2011").idxmax(), "note", "changed")
    assert [section.name for section in planned().stale][:2] == ["alb", "regional"]


def test_notebook_framework_and_settings_are_inputs(planned, study, notebooks):
    planned(publish=True)
    with (notebooks / "04_annex.ipynb").open("a", encoding="utf-8") as file:
        file.write(" ")
    assert planned().reasons == {"annex": ("notebook changed",)}
    planned(publish=True)
    change(study / "framework" / "glossary.csv", 0, "definition", "another")
    assert set(planned().reasons.values()) == {("framework changed",)}
    planned(publish=True)
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write("\n# a comment\n")
    assert set(planned().reasons.values()) == {("settings changed",)}


def test_library_and_package_versions_are_inputs(planned, monkeypatch):
    planned(publish=True)
    monkeypatch.setattr(digests, "digest_library", lambda: "edited")
    assert set(planned().reasons.values()) == {("library changed",)}
    monkeypatch.undo()
    monkeypatch.setattr(digests, "list_versions", lambda: {"pandas": "99"})
    assert set(planned().reasons.values()) == {("packages changed",)}


def test_template_makes_pages_stale_and_no_section(planned, monkeypatch):
    planned(publish=True)
    monkeypatch.setattr(digests, "digest_template", lambda: "another")
    made = planned()
    assert made.reasons == {}
    assert not made.is_complete


def test_failed_forced_and_damaged_sections_are_stale(planned):
    made = planned(publish=True)
    manifest = json.loads((made.place / "manifest.json").read_text(encoding="utf-8"))
    manifest["sections"][0]["error"] = "failed"
    manifest["files"]["notebooks/bih.ipynb"] = "digest of a file that is gone"
    (made.place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert planned().reasons == {"alb": ("failed before",), "bih": ("executed notebook is damaged",)}
    assert set(planned(force=True).reasons.values()) == {("forced",)}


def test_damaged_page_is_noticed(planned):
    made = planned(publish=True)
    (made.place / "index.html").write_text("cut", encoding="utf-8")
    assert plan.find_damage(made.place, plan.read_manifest(made.place)) == ["index.html"]
    assert not planned().is_complete


def test_unreadable_manifest_counts_as_none(planned):
    made = planned(publish=True)
    (made.place / "manifest.json").write_text("{", encoding="utf-8")
    assert len(planned().reasons) == 12


def test_file_that_cannot_be_read_is_not_taken_for_the_earlier_one(planned, study):
    planned(publish=True)
    (study / "population.csv").write_bytes(b"\xff\xfe")
    assert len(planned().reasons) == 8


def test_a_change_that_no_section_reads_is_checked_all_the_same(planned, study):
    planned(publish=True)
    change(study / "context.csv", 0, "note", "changed")
    made = planned()
    assert made.reasons == {}
    assert not made.is_complete


def test_settings_that_cannot_be_read_are_refused(planned, study):
    (study / "study.toml").write_text("title = 1", encoding="utf-8")
    with pytest.raises(plan.StudyError, match="title is int"):
        planned()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"study": "x", "place": "SRB"}, "column 'place': found 'place', expected one of study, jurisdiction"),
        ({"study": "x", "jurisdiction": 7}, "column 'jurisdiction': found '7', expected a value of type str"),
        ({"study; import os": "x"}, "found 'study; import os', expected one of study, jurisdiction"),
    ],
)
def test_parameter_that_the_notebook_does_not_declare_or_of_another_type_is_refused(notebooks, parameters, said):
    section = plan.Section("srb", "Serbia", "01_jurisdiction", parameters)
    (problem,) = plan.check_parameters(section, notebooks)
    assert said in str(problem)


def test_declared_parameters_pass_and_an_unreadable_notebook_is_left_to_the_run(notebooks):
    section = plan.Section("srb", "Serbia", "01_jurisdiction", {"study": "x", "jurisdiction": "SRB"})
    assert plan.check_parameters(section, notebooks) == []
    (notebooks / "01_jurisdiction.ipynb").write_text("{", encoding="utf-8")
    assert plan.check_parameters(section, notebooks) == []


def test_refused_parameter_stops_the_plan(planned, notebooks):
    file = notebooks / "04_annex.ipynb"
    file.write_text(file.read_text(encoding="utf-8").replace("study = ", "another = "), encoding="utf-8")
    with pytest.raises(
        plan.StudyError, match=r"04_annex\.ipynb, column 'study': found 'study', expected one of another"
    ):
        planned()


def test_a_correction_makes_every_part_stale(planned, study):
    planned(publish=True)
    header = "table,where,column,expected_value,new_value,reason,source_id,who,date\n"
    (study / "corrections.csv").write_text(header, encoding="utf-8")
    made = planned()
    assert set(made.reasons.values()) == {("corrections changed",)}
    assert len(made.stale) == len(made.sections)
    planned(publish=True)
    (study / "corrections.csv").unlink()
    assert set(planned().reasons.values()) == {("corrections changed",)}
