"""The workshop: the kit goes out, ballots come back, none is lost, and votes change the list as planted."""

import csv
import io
import json
import re
import shutil
import subprocess
import textwrap
from dataclasses import replace
from functools import partial
from itertools import combinations

import demo
import numpy as np
import pandas as pd
import pytest
import shipped
from bs4 import BeautifulSoup
from click.testing import CliRunner
from demo_parts.decisions import list_paths
from pptx import Presentation
from pyxform.xls2xform import convert

from ctresearch import consensus, digests, workshop
from ctresearch.clean.ballots import read_votes
from ctresearch.cli import app
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.schema import StudyError
from ctresearch.workshop import fitting
from ctresearch.workshop.presentation import settle_dates

TRUTH = json.loads(demo.TRUTH.read_text(encoding="utf-8"))["workshop"]
RECEIVED = [demo.DEMO / "received" / name for name in ("ballots_export.csv", "ballots_paper.csv")]
STATE = "Draft, sent for comments on 2025-06-02; comments are taken until 2025-07-15."
LANGUAGES_N = 8


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


def run_command(*arguments):
    return CliRunner().invoke(app, ["workshop", *map(str, arguments), "--study", "demo"])


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """The kit as the command makes it; making it takes seconds, so it is made once."""
    made, build = [], workshop.build_kit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workshop, "build_kit", lambda *args, **options: made.append(build(*args, **options)) or made[0])
        result = run_command("build", tmp_path_factory.mktemp("kit") / "kit")
    assert result.exit_code == 0, result.output
    assert f"List {made[0].list_version}, rule of consensus {made[0].rule_version}." in result.output
    assert "Copy voting_list.csv" not in result.output
    return made[0]


@pytest.fixture(scope="module")
def form(data):
    names = {code: data.study.name(code) for code in data.study.codes}
    return consensus.lay_out_ballot(data.voting_list, data.translations, jurisdictions=names, form_id="b")


@pytest.fixture(scope="module")
def results(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("votes") / "out"
    return workshop.read_ballots(RECEIVED, data=data, source_id="demo-workshop", out=out)


def read_table(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def page(kit, name):
    return BeautifulSoup((kit.folder / name).read_text(encoding="utf-8"), "html.parser")


def test_the_kit_has_a_part_for_every_place_and_pair(kit, data):
    codes = [code.lower() for code in data.study.codes]
    expected = {f"ballot_{code}.html" for code in ("reg", *codes)} | {f"handout_{code}.html" for code in codes}
    pairs = {f"handout_{first}-{second}.html" for first, second in combinations(codes, 2)}
    assert len(pairs) == 15
    own = {name for name in kit.files if name.startswith("own_")}
    assert len(own) == TRUTH["panel_n"] - TRUTH["left_by_round"]["3"]
    assert set(kit.files) == expected | pairs | own | {"ballot.xlsx", "slides.pptx", "voting_list.csv", "versions.csv"}
    versions = read_table(kit.folder, "versions").set_index("what")["version"]
    assert versions["list"] == kit.list_version == data.voting_list["list_version"][0]
    assert versions["rule of consensus"] == consensus.digest_rules(data.study.delphi)
    assert versions["content"] == digests.digest_content(demo.DEMO)
    assert not kit.is_new_list


def test_the_ballot_converts_without_a_warning_in_all_languages(kit):
    result = convert((kit.folder / "ballot.xlsx").read_bytes(), validate=False, file_type=".xlsx")
    assert result.warnings == []
    headings = re.findall(r'<translation lang="([^"]+)"', result.xform)
    assert len(headings) == LANGUAGES_N
    assert [heading for heading in headings if "DRAFT" not in heading] == ["English (en)"]


def test_the_ballot_asks_for_consent_first_and_for_nothing_that_tells_who_votes(form):
    rows = form["survey"]
    asked = rows[rows["type"].str.match("select_one|text")]["name"].tolist()
    assert asked[:5] == ["consent", "ballot", "jurisdiction", "sector", "sex"]
    assert not {"start", "end", "deviceid", "geopoint", "username", "today"} & set(rows["type"])
    groups = rows[rows["name"].str.startswith("scope_")].set_index("name")["relevant"]
    assert groups["scope_REG"] == "${consent} = 'yes'"
    assert groups["scope_AVQ"] == "${consent} = 'yes' and (${jurisdiction} = 'AVQ' or ${jurisdiction} = 'REG')"


def test_a_ballot_without_a_list_or_with_a_missing_text_is_refused(data, tmp_path):
    words = data.translations[~(data.translations["code"].eq("amend") & data.translations["language"].eq("mk"))]
    with pytest.raises(StudyError, match="vote 'amend' has no text in 'mk'"):
        workshop.build_kit(replace(data, translations=words), out=tmp_path / "kit", content="a")
    with pytest.raises(ValueError, match="no recommendation to vote on"):
        consensus.lay_out_ballot(data.voting_list.head(0), data.translations, jurisdictions={}, form_id="b")
    assert not (tmp_path / "kit").exists()


def test_every_page_says_where_it_stands_and_that_it_is_synthetic(kit):
    names = [name for name in kit.files if name.endswith(".html")]
    for name in names:
        soup = page(kit, name)
        assert soup.select_one("header .state").get_text() == STATE
        assert SYNTHETIC_NOTICE in soup.get_text()
        assert soup.find_all(["script", "img", "link"]) == []
        assert len(soup.find_all("h1")) == 1


def test_a_paper_ballot_has_every_recommendation_of_the_place_and_the_region(kit, data):
    listed = data.voting_list[data.voting_list["scope"].isin(["REG", "AVQ"])]
    soup = page(kit, "ballot_avq.html")
    assert [item["id"] for item in soup.select("section.item[id]")] == listed["recommendation_id"].tolist()
    assert kit.list_version in soup.select_one("footer").get_text()
    first = [tag.get_text() for tag in soup.select("section.item[id]")[0].select(".choice")]
    assert first[:3] == ["I agree", "I would write it differently", "I object"]
    assert len(page(kit, "ballot_reg.html").select("section.item[id]")) == listed["scope"].eq("REG").sum()


def test_a_hand_out_shows_its_recommendations_with_their_findings_and_sources(kit, data):
    soup = page(kit, "handout_avq.html")
    own = data.voting_list.loc[data.voting_list["scope"].eq("AVQ"), "recommendation_id"]
    assert set(own) <= {item["id"] for item in soup.select("section.item")}
    assert all(item.select(".facts li") for item in soup.select("section.item"))
    cited = {name for tag in soup.select(".ref") for name in re.split(r"[;,] ", tag.get_text().strip("[]"))[1:]}
    listed = {tag.get_text() for tag in soup.select(".sources strong")}
    assert cited
    assert cited <= listed


def test_a_hand_out_for_a_pair_tells_what_joins_the_two(kit):
    with_one, without = page(kit, "handout_avq-bmq.html"), page(kit, "handout_avq-tvq.html")
    assert "Invented Police Agreement of Arvelia and Belmora" in with_one.get_text()
    assert "Recommendations for Arvelia" not in with_one.get_text()
    table = without.find("table").get_text()
    assert "Agreement" not in table
    assert "Invented Network of Coordinators" in table
    flows = with_one.find_all("table")[1]
    places = {cell.get_text() for row in flows.find_all("tr")[1:] for cell in row.find_all("td")[:2]}
    assert places == {"Arvelia", "Belmora"}


def test_a_panellist_sees_the_own_answers_beside_the_groups_and_no_other(kit, data):
    last = data.delphi_ratings[data.delphi_ratings["round"].eq(3)]
    person = last["stakeholder"].iloc[0]
    soup = page(kit, f"own_{person.lower()}.html")
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in soup.find_all("tr")[1:]]
    given = last[last["stakeholder"].eq(person)]["rating"].astype(str)
    assert [row[1].removesuffix(" (outside)") for row in rows] == given.tolist()
    outside = [row[0].split()[0] for row in rows if row[1].endswith("(outside)")]
    assert TRUTH["dissent_on"] in outside
    assert [other for other in data.stakeholders["stakeholder"] if other in soup.get_text()] == [person]


def test_every_slide_has_a_title_and_every_table_and_chart_a_text(kit, data):
    slides = list(Presentation(kit.folder / "slides.pptx").slides)
    named = [data.vocabulary.label("jurisdiction_or_region", code) for code in ("REG", *data.study.codes)]
    listed = [slide.shapes.title.text_frame.text.split(": recommendation")[0] for slide in slides[5:-2]]
    assert list(dict.fromkeys(listed)) == named
    for slide in slides:
        assert slide.shapes.title.text_frame.text.strip()
        said = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert STATE in said
        assert SYNTHETIC_NOTICE in said
        for shape in slide.shapes:
            if shape.has_table or shape.has_chart:
                assert len(shape._element.xpath("./*/p:cNvPr")[0].get("descr")) > 40
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    assert len(set(titles)) == len(titles)


def read_tables(content):
    """Return each slide's title, its table's rows, and where it ends if letters are half as wide as high, in inches."""
    for slide in Presentation(io.BytesIO(content)).slides:
        foot = next(shape for shape in slide.shapes if shape.name == "Foot")
        for shape in slide.shapes:
            if shape.has_table:
                table, bottom = shape.table, shape.top.inches
                for row in table.rows:
                    size = row.cells[0].text_frame.paragraphs[0].runs[0].font.size.pt
                    letters = [int((column.width.inches - 0.2) * 72 / (0.52 * size)) for column in table.columns]
                    lines = [len(textwrap.wrap(cell.text, n)) for cell, n in zip(row.cells, letters, strict=True)]
                    bottom += max(row.height.inches, max(lines) * size * 1.2 / 72 + 0.1)
                rows = [[cell.text for cell in row.cells] for row in table.rows]
                yield slide.shapes.title.text_frame.text, rows, bottom, foot.top.inches


@pytest.mark.parametrize("words_n", [4, 25, 60, 150, 400])
def test_no_table_runs_into_the_foot_and_no_row_is_lost(data, words_n):
    agenda = workshop.draw_up(data)
    action = [f"{name} " + "improve services " * (words_n // 2) for name in agenda.voting_list["recommendation_id"]]
    longer = replace(agenda, voting_list=agenda.voting_list.assign(action=[text.strip() for text in action]))
    tables = list(read_tables(workshop.kit.write_slides(data, longer, state=STATE)))
    assert [title for title, _, bottom, foot in tables if bottom > foot] == []
    shown = [row for title, rows, _, _ in tables if re.search(r": recommendations? \d", title) for row in rows[1:]]
    first = longer.voting_list.groupby("scope", sort=False).head(8).set_index("recommendation_id")["action"]
    assert {row[0]: row[1] for row in shown} == first.to_dict()
    assert len(shown) == len(first)


def test_real_recommendations_stand_above_the_foot():
    data = shipped.read_study()
    tables = list(read_tables(workshop.kit.write_slides(data, workshop.draw_up(data), state="Draft.")))
    assert [title for title, _, bottom, foot in tables if bottom > foot] == []


def test_rows_are_spread_evenly_over_as_few_slides_as_hold_them():
    short, long, huge = ["one line"], ["word " * 20], ["word " * 300]
    split = partial(fitting.split_rows, ["Head"], widths=[5], room=5, size=18)
    assert split([short] * 8) == [8]
    assert split([long] * 5) == [3, 2]
    assert split([huge, short, short]) == [1, 2]
    assert split([short, huge, huge]) == [1, 1, 1]
    assert split([]) == []
    assert fitting.fit_size([["Head"], short], [5], room=5, size=18) == 18
    assert 2 < fitting.fit_size([["Head"], huge], [5], room=5, size=18) < 18
    assert fitting.fit_size([["Head"], ["word " * 90_000]], [5], room=5, size=18) == 1


def test_lines_are_counted_by_the_width_of_words():
    narrow, broad = "i" * 20 + " ", "W" * 20 + " "
    assert fitting.count_lines(narrow * 4, width=5, size=18) < fitting.count_lines(broad * 4, width=5, size=18)
    assert fitting.count_lines("", width=5, size=18) == 1
    assert fitting.count_lines("W" * 100, width=5, size=18) >= 100 * 18 * 0.9 / 72 / 5
    assert fitting.count_lines(broad * 4, width=5, size=18, is_bold=True) >= 4


def test_notes_of_names_stand_on_the_slides_that_use_them(tmp_path):
    data = shipped.read_study()
    agenda = workshop.draw_up(data)
    content = workshop.kit.write_slides(data, agenda, state="Draft.")
    for slide in Presentation(io.BytesIO(content)).slides:
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        texts += [
            cell.text for shape in slide.shapes if shape.has_table for row in shape.table.rows for cell in row.cells
        ]
        said = " ".join(texts)
        assert ("Kosovo" in said) == ("resolution 1244" in said)
        assert "SYNTHETIC" not in said
    assert agenda.voting_list["list_version"].nunique() == 1
    assert set(agenda.voting_list["recommendation_id"]) == set(agenda.advice["recommendation_id"])


def test_the_same_inputs_make_the_same_slides(kit, data):
    again = workshop.kit.write_slides(data, workshop.draw_up(data), state=STATE)
    assert again == (kit.folder / "slides.pptx").read_bytes()
    assert settle_dates(again) == again


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed; it is no part of the project"
)
def test_the_slides_open(kit, tmp_path):
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    ask = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*ask, str(kit.folder / "slides.pptx")], check=True, capture_output=True, timeout=300)
    pages = (tmp_path / "slides.pdf").read_bytes()
    count = len(Presentation(kit.folder / "slides.pptx").slides)
    assert len(re.findall(rb"/Type\s*/Page\b", pages)) == count


def test_a_kit_that_somebody_changed_is_not_overwritten(kit, tmp_path):
    copy = tmp_path / "kit"
    shutil.copytree(kit.folder, copy)
    (copy / "slides.pptx").write_bytes(b"my own")
    again = run_command("build", copy)
    assert again.exit_code == 2
    assert "would be lost" in again.output
    assert (copy / "slides.pptx").read_bytes() == b"my own"


def fill_ballots(form, voting_list, *, ballots_n, seed=5):
    """Rows of an export: every question that a voter sees is answered by chance, or left out."""
    generator, paths = np.random.default_rng(seed), list_paths(form)
    rows = []
    for number in range(ballots_n):
        row = dict.fromkeys(paths, "") | {"consent": "yes", "ballot": f"B-{number:03d}", "sector": "ngo"}
        row |= {"sex": str(generator.choice(["female", "male", "other", "unknown"])), "jurisdiction": "REG"}
        row["list_version"] = voting_list["list_version"].iloc[0]
        for name in map(consensus.name_question, voting_list["recommendation_id"]):
            vote = str(generator.choice(["agree", "amend", "object", ""]))
            words = f'Words "{number}"; with, marks\nand a line' if vote == "amend" else ""
            row |= {f"vote_{name}": vote, f"wording_{name}": words}
            row[f"objection_{name}"] = "means" if vote == "object" else ""
        rows.append(row)
    return list(paths.values()), rows


def write_export(file, header, rows):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *(list(row.values()) for row in rows)])
    file.write_text("\ufeff" + stream.getvalue(), encoding="utf-8")
    return file


def test_the_round_trip_loses_no_answer(data, form, tmp_path):
    header, rows = fill_ballots(form, data.voting_list, ballots_n=12)
    export = write_export(tmp_path / "e.csv", header, rows)
    result = workshop.read_ballots([export], data=data, source_id="demo-workshop", out=tmp_path / "out")
    assert result.problems == ()
    found = read_table(tmp_path / "out", "ballots").set_index(["ballot", "recommendation_id"])
    meant = {
        (row["ballot"], name): row
        for row in rows
        for name in data.voting_list["recommendation_id"]
        if row[f"vote_{consensus.name_question(name)}"]
    }
    assert set(found.index) == set(meant)
    for (ballot, name), row in meant.items():
        own, suffix = found.loc[(ballot, name)], consensus.name_question(name)
        assert [own["vote"], own["objection"]] == [row[f"vote_{suffix}"], row[f"objection_{suffix}"]]
        assert own["wording"].split() == row[f"wording_{suffix}"].split()
        assert [own[field] for field in ("sex", "sector", "jurisdiction")] == [row["sex"], "ngo", "REG"]


def test_the_readers_of_the_demo_give_its_tables(data, results):
    for name in ("ballots", "ballots_not_counted"):
        found = read_table(results.folder, name)
        assert found.equals(pd.read_csv(demo.DEMO / f"{name}.csv", dtype=str, keep_default_na=False)), name
    assert results.rows["ballots"] + results.rows["ballots_not_counted"] == TRUTH["votes_n"]


def test_every_planted_slip_is_listed_with_its_reason_and_not_counted(results):
    paper = read_table(results.folder, "ballots_not_counted").query("file == 'ballots_paper.csv'")
    assert dict(zip(paper["row"].astype(int), paper["problem"], strict=True)) == {
        slip["row"]: slip["problem"] for slip in TRUTH["not_counted"]
    }
    other = read_table(results.folder, "ballots_not_counted").query("file != 'ballots_paper.csv'")
    assert other["problem"].tolist() == ["double_vote"]
    assert len(results.problems) == len(TRUTH["not_counted"]) + 1
    assert str(results.problems[0]).startswith(
        "ballots_export.csv, row 2: found 'the ballot votes more than once on it'"
    )


def test_votes_change_the_list_as_planted(data, results):
    decided = read_table(results.folder, "decisions").set_index("recommendation_id")
    assert decided.loc[list(TRUTH["decisions"]), "decision"].to_dict() == TRUTH["decisions"]
    final = read_table(results.folder, "final_list").set_index("recommendation_id")
    amended = [name for name, status in TRUTH["decisions"].items() if status == "amended"]
    for name in amended:
        assert final.loc[name, "action"] == f"Invented new wording: {final.loc[name, 'old_action']}"
    rest = final.drop(index=amended)
    assert (rest["action"] == rest["old_action"]).all()
    assert final["decision"].isin(["accepted", "not_voted"]).sum() > len(final) / 2


def test_no_group_that_is_too_small_is_written(data, results):
    groups = pd.read_csv(results.folder / "votes_by_group.csv")
    shown = groups[~groups["is_hidden"]]
    assert shown["votes_n"].min() >= data.study.survey.least_group_n
    assert groups.loc[groups["is_hidden"], "votes_n"].isna().all()
    assert groups["is_hidden"].any()


def test_a_changed_result_is_not_overwritten_and_an_unchanged_one_is(data, results, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(results.folder, copy)
    ask = {"data": data, "source_id": "demo-workshop", "out": copy}
    workshop.read_ballots(RECEIVED[:1], **ask)
    with (copy / "ballots.csv").open("a", encoding="utf-8") as file:
        file.write("mine\n")
    with pytest.raises(StudyError, match=r"would be lost"):
        workshop.read_ballots(RECEIVED, **ask)


def test_a_ballot_that_was_sent_twice_counts_once(data, tmp_path):
    lines = RECEIVED[0].read_text(encoding="utf-8-sig").splitlines()
    file = tmp_path / "twice.csv"
    file.write_text("\n".join([*lines, lines[3]]), encoding="utf-8")
    result = workshop.read_ballots([file], data=data, source_id="demo-workshop", out=tmp_path / "out")
    assert result.problems == ()
    changes = read_table(tmp_path / "out", "changes")
    assert changes[["row", "rule"]].values.tolist() == [[str(len(lines) + 1), "left out: sent twice"]]


def test_consent_that_was_refused_is_respected(data, form, tmp_path):
    header, rows = fill_ballots(form, data.voting_list, ballots_n=2)
    rows[0]["consent"] = "no"
    export = write_export(tmp_path / "e.csv", header, rows)
    workshop.read_ballots([export], data=data, source_id="demo-workshop", out=tmp_path / "out")
    left = read_table(tmp_path / "out", "ballots_not_counted")
    assert set(left["problem"]) == {"no_consent"}
    assert set(read_table(tmp_path / "out", "ballots")["ballot"]) == {"B-001"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("ballot,list_version,sex", "a column 'vote'"),
        ("ballot,sex,vote_REG", "a column 'list_version'"),
        ("ballot,list_version,sex,vote_A,x/vote_A", "each question once"),
    ],
)
def test_a_file_that_is_no_export_of_the_ballot_is_refused(data, tmp_path, header, expected):
    file = tmp_path / "x.csv"
    file.write_text(f"{header}\n1,2,3,agree,agree\n", encoding="utf-8")
    with pytest.raises(StudyError, match=expected):
        workshop.read_ballots([file], data=data, source_id="demo-workshop", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_list_or_source_nothing_is_read(data, tmp_path):
    empty = replace(data, voting_list=data.voting_list.head(0))
    with pytest.raises(StudyError) as caught:
        workshop.read_ballots(RECEIVED, data=empty, source_id="nowhere", out=tmp_path / "out")
    assert [problem.file for problem in caught.value.problems] == ["voting_list.csv", "--source"]


def test_a_question_that_is_not_on_the_list_keeps_its_name():
    cells = pd.DataFrame(
        [["ballot", "list_version", "sex", "vote_GONE_1"], ["B-1", "v", "female", "agree"]], index=[1, 2], dtype="str"
    )
    votes = read_votes({"": cells}, file="b.csv", source_id="s", recommendations={}).tables["votes"]
    assert votes["recommendation_id"].tolist() == ["GONE_1"]


@pytest.mark.parametrize(
    "headers",
    [
        ["meta-instanceID", "background-ballot", "background-sex", "scope_REG-item_A_1-vote_A_1", "KEY"],
        ["meta/instanceID", "background/ballot", "background/sex", "scope_REG/item_A_1/vote_A_1", "_uuid"],
    ],
)
def test_exports_of_odk_central_and_kobotoolbox_carry_the_mark_of_a_sending_twice(headers):
    sent = [["u", "B-001", "female", "agree", "u", "v"]] * 2
    cells = pd.DataFrame([[*headers, "list_version"], *sent], index=[1, 2, 3], dtype="str")
    read = read_votes({"": cells}, file="b.csv", source_id="s", recommendations={"A_1": "A-1"})
    assert read.problems == ()
    votes = read.tables["votes"]
    assert votes[["ballot", "recommendation_id", "vote"]].values.tolist() == [["B-001", "A-1", "agree"]]
    assert read.changes["rule"].tolist() == ["left out: sent twice"]


def test_the_command_reads_and_says_what_does_not_count(tmp_path):
    done = run_command("read", *RECEIVED, "--source", "demo-workshop", "--out", tmp_path / "votes")
    assert done.exit_code == 1, done.output  # slips are planted
    assert "a label in some language in place of the code" in done.output
    assert run_command("read", *RECEIVED, "--source", "none").exit_code == 2


@pytest.mark.parametrize("command", ["build", "read"])
def test_a_disk_that_is_full_is_said_and_no_traceback_shown(monkeypatch, tmp_path, command):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workshop, "build_kit", fail)
    monkeypatch.setattr(workshop, "read_ballots", fail)
    asked = [tmp_path / "kit"] if command == "build" else [RECEIVED[0], "--source", "demo-workshop"]
    result = run_command(command, *asked)
    assert result.exit_code == 1
    assert "Nothing was written. [Errno 28] No space left on device" in result.output


def test_a_new_list_must_be_copied_into_the_study(monkeypatch, tmp_path, kit):
    monkeypatch.setattr(workshop, "build_kit", lambda *_, **__: replace(kit, is_new_list=True))
    assert "Copy voting_list.csv into the study before the first vote" in run_command("build", tmp_path / "k").output
