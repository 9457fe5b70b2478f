from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.disclosure import CaseTable, protect_tables
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.tables import (
    NOTHING_FOUND,
    add_interval_column,
    format_column,
    format_interval,
    label_columns,
    show_cards,
    show_each,
    show_matrix,
    show_sources,
    show_table,
)
from ctresearch.vocabulary import Vocabulary

ROWS = pd.DataFrame(
    {
        "jurisdiction": ["AAA", "BBB"],
        "year": [2014, 2015],
        "printed": ["1,204", "<5"],
        "text": ["one\ntwo", ""],
        "source_id": ["src-a", "src-a;src-b"],
    }
)
COLUMNS = {"jurisdiction": "Where", "year": "Year", "printed": "Printed", "text": "Text"}
CARDS = pd.DataFrame(
    {
        "recommendation_id": ["AAA-1", "BBB-1"],
        "action": ["Do this.", "Do that."],
        "shared_by": ["AAA;BBB", ""],
        "evidence_ids": ["E-1;E-2", "E-3"],
        "source_id": ["src-a", "src-b"],
    }
)
PAIRS = pd.DataFrame(
    {
        "first": ["BBB", "AAA", "BBB"],
        "second": ["AAA", "BBB", "CCC"],
        "bilateral_n": [1, 2, 0],
        "source_id": ["src-a", "src-a", "src-a"],
    }
)


@pytest.fixture
def show(vocabulary, sources):
    def shown(rows: pd.DataFrame, **options):
        given_options = {"columns": COLUMNS, "vocabulary": vocabulary, "sources": sources, **options}
        return show_table(rows, name="t", caption="Caption", **given_options)

    return shown


def cells(html: str) -> list[list[str]]:
    page = BeautifulSoup(html, "html.parser")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]


def test_a_table_shows_labels_printed_numbers_and_nd_under_its_headings(show):
    before = ROWS.copy()
    exhibit = show(ROWS)
    pd.testing.assert_frame_equal(ROWS, before)
    assert cells(exhibit.body) == [
        ["Where", "Year", "Printed", "Text"],
        ["Arcadia", "2014", "1,204", "onetwo"],
        ["Borduria", "2015", "<5", "ND"],
    ]
    assert "one<br>two" in exhibit.body
    assert [source_id for source_id, _ in exhibit.sources] == ["src-a", "src-b"]
    pd.testing.assert_frame_equal(exhibit.data, ROWS)
    assert (exhibit.name, exhibit.kind, exhibit.caption) == ("t", "table", "Caption")


def test_only_columns_of_numbers_are_set_as_numbers_and_years_are_not(show):
    page = BeautifulSoup(show(ROWS.assign(text="a text of some length")).body, "html.parser")
    kinds = [[cell.get("class") for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]
    assert kinds == [[["short"], ["short"], ["number"], None]] * 3
    assert {cell["scope"] for cell in page.find_all("th")} == {"col"}


@pytest.mark.parametrize(("text", "kind"), [("x" * 11, "short"), ("x" * 12, None)])
def test_cells_of_up_to_eleven_letters_are_short(show, text, kind):
    page = BeautifulSoup(show(ROWS.assign(text=text)).body, "html.parser")
    assert page.find_all("td")[3].get("class") == ([kind] if kind else None)


def test_long_tables_and_long_texts_are_not_cut(show):
    rows = pd.concat([ROWS.assign(text="long" * 200)] * 60, ignore_index=True)
    shown = cells(show(rows).body)
    assert len(shown) == 121
    assert shown[-1][3] == "long" * 200


def test_of_a_table_too_long_to_read_the_first_rows_are_printed_and_the_data_hold_all(show):
    rows = pd.concat([ROWS.assign(text="x")] * 251, ignore_index=True)
    exhibit = show(rows)
    assert len(cells(exhibit.body)) == 501
    assert len(exhibit.data) == 502
    assert exhibit.note.endswith("Printed are the first 500 of 502 rows; the data of this table hold all.")
    assert "Printed" not in show(rows.head(500)).note


def test_a_long_table_that_links_lead_to_is_printed_whole(show):
    rows = pd.concat([ROWS.assign(text=str(n)) for n in range(251)], ignore_index=True)
    exhibit = show(rows, anchor="text")
    assert len(cells(exhibit.body)) == 503
    assert "Printed" not in exhibit.note


def test_rows_may_name_their_own_sources(show, vocabulary):
    rows = pd.concat([ROWS, ROWS.iloc[:1].assign(source_id="")], ignore_index=True)
    exhibit = show(rows, cite_rows=True)
    assert [row[-1] for row in cells(exhibit.body)] == ["Source", "Bureau A 2020", "Bureau A 2020; Bureau B 2021", "ND"]
    assert exhibit.sources == ()
    links = BeautifulSoup(exhibit.body, "html.parser").find_all("a")
    assert [link["href"] for link in links] == [f"annex.html#source-{name}" for name in ("src-a", "src-a", "src-b")]


def test_the_first_row_of_each_value_becomes_the_target_of_links(show):
    rows = pd.concat([ROWS, ROWS.iloc[:1]], ignore_index=True)
    page = BeautifulSoup(show(rows, anchor="jurisdiction").body, "html.parser")
    assert [(span["id"], span.get_text()) for span in page.find_all("span")] == [
        ("finding-AAA", "Arcadia"),
        ("finding-BBB", "Borduria"),
    ]
    assert [row[0] for row in cells(str(page))][1:] == ["Arcadia", "Borduria", "Arcadia"]


def test_the_index_of_the_rows_does_not_matter(show):
    assert show(ROWS.set_axis([7, 7])).body == show(ROWS).body


def test_the_note_is_shown(show):
    assert '<p class="note">Mind this.</p>' in show(ROWS, note="Mind this.").to_html()


@pytest.fixture
def cards(vocabulary, sources):
    def shown(rows: pd.DataFrame, **options):
        defaults = {"columns": {"shared_by": "Shared by"}, "vocabulary": vocabulary, "sources": sources}
        return show_cards(
            rows,
            name="c",
            caption="Caption",
            title=("recommendation_id", "action"),
            findings="evidence_ids",
            **{**defaults, **options},
        )

    return shown


def test_a_card_has_its_title_its_terms_its_findings_and_its_sources(cards):
    exhibit = cards(CARDS)
    first, second = BeautifulSoup(exhibit.body, "html.parser").find_all("article")
    assert first["id"] == "AAA-1"
    assert first.find(class_="head").get_text() == "AAA-1 Do this."
    assert [dt.get_text() for dt in first.find_all("dt")] == ["Shared by", "Findings", "Sources"]
    assert [dd.get_text() for dd in first.find_all("dd")] == ["Arcadia; Borduria", "E-1, E-2", "Bureau A 2020"]
    assert [a["href"] for a in first.find_all("a")] == ["#finding-E-1", "#finding-E-2", "annex.html#source-src-a"]
    assert [dd.get_text() for dd in second.find_all("dd")] == ["ND", "E-3", "Bureau B 2021"]
    assert exhibit.sources == ()
    pd.testing.assert_frame_equal(exhibit.data, CARDS)


def test_a_findings_link_leads_to_the_anchor_that_a_table_sets(cards, show):
    rows = ROWS.assign(evidence_id=["E-1", "E-2"])
    table = show(rows, columns={"evidence_id": "Finding"}, anchor="evidence_id")
    targets = {span["id"] for span in BeautifulSoup(table.body, "html.parser").find_all("span")}
    links = BeautifulSoup(cards(CARDS.iloc[:1]).body, "html.parser").find_all("a")
    assert {link["href"][1:] for link in links if link["href"].startswith("#")} == targets


def test_parts_are_shown_one_by_one_with_the_label_in_the_caption(vocabulary, sources):
    shown = show_each(
        {"BBB": ROWS.iloc[1:], "AAA": ROWS.iloc[:1]},
        show_table,
        by="jurisdiction",
        name="part",
        caption="Facts on {label}",
        vocabulary=vocabulary,
        columns=COLUMNS,
        sources=sources,
    )
    assert [exhibit.name for exhibit in shown.exhibits] == ["part-bbb", "part-aaa"]
    assert [exhibit.caption for exhibit in shown.exhibits] == ["Facts on Borduria", "Facts on Arcadia"]
    assert [cells(exhibit.body)[1][0] for exhibit in shown.exhibits] == ["Borduria", "Arcadia"]


@pytest.fixture
def matrix(vocabulary, sources):
    def shown(rows: pd.DataFrame, **options):
        defaults = {"index": "first", "columns": "second", "values": "bilateral_n", "sources": sources}
        return show_matrix(rows, name="m", caption="Caption", **{**defaults, "vocabulary": vocabulary, **options})

    return shown


def test_a_matrix_keeps_the_order_of_first_use_and_says_nd_for_a_pair_without_a_row(matrix):
    before = PAIRS.copy()
    exhibit = matrix(PAIRS)
    pd.testing.assert_frame_equal(PAIRS, before)
    assert cells(exhibit.body) == [
        ["First", "Arcadia", "Borduria", "Cockaigne"],
        ["Borduria", "1", "ND", "0"],
        ["Arcadia", "ND", "2", "ND"],
    ]
    assert [source_id for source_id, _ in exhibit.sources] == ["src-a"]


def test_of_a_matrix_too_long_to_read_the_first_rows_are_printed(vocabulary, sources):
    rows = pd.DataFrame({"of": [f"r{n}" for n in range(502)], "in": "c", "text": "x"})
    words = {"index": "of", "columns": "in", "values": "text", "name": "m", "caption": "M"}
    exhibit = show_matrix(rows, **words, vocabulary=vocabulary, sources=sources)
    assert len(cells(exhibit.body)) == 501
    assert len(exhibit.data) == 502
    assert exhibit.note == "Printed are the first 500 of 502 rows; the data of this table hold all."


def test_symbols_stand_for_values_in_a_matrix(matrix):
    shown = cells(matrix(PAIRS, symbols={0: "–", 1: "+", 2: "++"}).body)
    assert shown[1:] == [["Borduria", "+", "ND", "–"], ["Arcadia", "ND", "++", "ND"]]


def test_the_register_is_an_anchor_for_every_citation(sources, vocabulary):
    exhibit = show_sources(sources, name="s", caption="Caption", vocabulary=vocabulary)
    page = BeautifulSoup(exhibit.body, "html.parser")
    assert [span["id"] for span in page.find_all("span")] == ["source-src-a", "source-src-b"]
    assert cells(exhibit.body)[1:] == [
        [
            "src-a",
            "Bureau A",
            "Yearbook (2020)",
            "https://a.example/yearbook",
            "free",
            "public",
            "2021-01-02",
            "",
        ],
        ["src-b", "Bureau B", "Survey", "NDCopy read: a library", "not stated", "public", "ND", "second edition"],
    ]
    assert [link["href"] for link in page.find_all("a")] == ["https://a.example/yearbook"]


def all_shows(rows: pd.DataFrame, card_rows: pd.DataFrame, pair_rows: pd.DataFrame, **shared):
    table = {"name": "t", "caption": "Caption", **shared}
    yield show_table(rows, columns=COLUMNS, **table)
    yield show_table(rows, columns=COLUMNS, cite_rows=True, **table)
    yield show_cards(
        card_rows,
        title=("recommendation_id", "action"),
        columns={"shared_by": "Shared by"},
        findings="evidence_ids",
        **table,
    )
    yield show_matrix(pair_rows, index="first", columns="second", values="bilateral_n", **table)


def test_a_synthetic_source_shows_on_the_face_of_every_table(vocabulary, sources, synthetic_sources):
    for real, invented in zip(
        all_shows(ROWS, CARDS, PAIRS, vocabulary=vocabulary, sources=sources),
        all_shows(ROWS, CARDS, PAIRS, vocabulary=vocabulary, sources=synthetic_sources),
        strict=True,
    ):
        assert SYNTHETIC_NOTICE in invented.to_html()
        assert SYNTHETIC_NOTICE not in real.to_html()


def test_a_register_with_a_synthetic_source_says_so(vocabulary, sources, synthetic_sources):
    shared = {"name": "s", "caption": "Caption", "vocabulary": vocabulary}
    assert SYNTHETIC_NOTICE in show_sources(synthetic_sources, **shared).to_html()
    assert SYNTHETIC_NOTICE not in show_sources(sources, **shared).to_html()


def test_the_same_input_twice_makes_the_same_bytes(vocabulary, sources):
    shared = {"vocabulary": vocabulary, "sources": sources}
    first = [exhibit.to_html() for exhibit in all_shows(ROWS, CARDS, PAIRS, **shared)]
    assert first == [exhibit.to_html() for exhibit in all_shows(ROWS.copy(), CARDS.copy(), PAIRS.copy(), **shared)]


def test_without_rows_every_table_says_nd_in_a_sentence_and_keeps_its_note(vocabulary, sources):
    shared = {"vocabulary": vocabulary, "sources": sources, "note": "Mind this."}
    assert NOTHING_FOUND.startswith("ND: nothing was found")
    for exhibit in all_shows(ROWS.iloc[:0], CARDS.iloc[:0], PAIRS.iloc[:0], **shared):
        assert exhibit.body == f"<p>{NOTHING_FOUND}</p>"
        assert exhibit.note == "Mind this."
        assert exhibit.caption == "Caption"


def test_an_empty_register_says_nd_in_a_sentence(vocabulary, sources):
    assert "ND" in show_sources(sources.iloc[:0], name="s", caption="Caption", vocabulary=vocabulary).body


def test_hostile_cells_headings_labels_and_anchors_of_a_table_are_shown_as_text(show, hostile, inert):
    rows = ROWS.iloc[:1].assign(text=hostile, printed=hostile, indicator=hostile, source_id=hostile)
    columns = {"text": hostile, "printed": "Printed", "indicator": "Indicator"}
    exhibit = show(rows, columns=columns, anchor="text", cite_rows=True)
    inert(exhibit.body, times=5)
    assert BeautifulSoup(exhibit.body, "html.parser").span["id"] == f"finding-{hostile}"


def test_hostile_labels_of_codes_are_shown_as_text(show, hostile, inert, sources):
    wicked = Vocabulary({"jurisdiction_or_region": {"AAA": hostile}, "source": {"src-a": hostile}})
    inert(show(ROWS.iloc[:1], vocabulary=wicked, cite_rows=True).body, times=2)


def test_hostile_cards_are_shown_as_text(cards, hostile, inert):
    row = CARDS.iloc[:1].assign(
        recommendation_id=hostile, action=hostile, shared_by=hostile, evidence_ids=hostile, source_id=hostile
    )
    inert(cards(row, columns={"shared_by": hostile}).body, times=6)


def test_hostile_matrices_are_shown_as_text(matrix, hostile, inert):
    rows = PAIRS.iloc[:1].assign(first=hostile, second=hostile, cell=hostile)
    inert(matrix(rows, values="cell").body, times=3)
    inert(matrix(PAIRS.iloc[:1], symbols={1: hostile}).body, times=1)


def test_a_hostile_register_is_shown_as_text(sources, vocabulary, hostile, inert):
    texts = ["source_id", "publisher", "title", "address", "terms", "status", "accessed", "via", "note"]
    wicked = sources.iloc[:1].assign(**dict.fromkeys(texts, hostile))
    exhibit = show_sources(wicked, name="s", caption="Caption", vocabulary=vocabulary)
    inert(exhibit.body, times=len(texts))


def test_what_looks_like_markup_of_a_table_cell_stays_text(show):
    text = '</td></tr><tr><th>x <td style="text-align: unset;">'
    assert cells(show(ROWS.iloc[:1].assign(text=text)).body)[1][3] == text


@pytest.mark.parametrize(
    ("name", "cell", "text"),
    [
        ("met_share", 0.126, "13 %"),
        ("women_pct", 12.345, "12.3"),
        ("rate_per_100k", 0.05, "0.1"),
        ("ratio", 1.005, "1.00"),
        ("n", 1204, "1,204"),
        ("n", 1204.0, "1,204"),
        ("n", 1204.56, "1,204.6"),
        ("year", 2014, "2014"),
        ("first_year", 2014, "2014"),
        ("is_core", True, "yes"),
        ("is_core", np.bool_(False), "no"),
        ("n", None, "ND"),
        ("n", float("nan"), "ND"),
        ("n", pd.NA, "ND"),
        ("n", "", "ND"),
        ("n", 0, "0"),
        ("printed", "<5", "<5"),
        ("shared_by", "AAA;ZZZ", "Arcadia; ZZZ"),
        ("shared_by", "", "ND"),
        ("shared_by", None, "ND"),
        ("jurisdiction", "REG", "Region"),
    ],
)
def test_a_cell_is_printed_by_the_name_of_its_column(vocabulary, name, cell, text):
    assert format_column(pd.Series([cell], name=name, dtype=object), vocabulary).tolist() == [text]


@pytest.mark.parametrize("values", [[-0.7, 3.0], ["-0.9 to -0.5", "ND"], ["+2.1", "<5"]])
def test_numbers_with_a_sign_and_their_intervals_are_set_as_numbers(show, values):
    exhibit = show(ROWS.assign(gap=[values[place % 2] for place in range(len(ROWS))]), columns={"gap": "Gap"})
    assert {tuple(cell["class"]) for cell in BeautifulSoup(exhibit.body, "html.parser").find_all("td")} == {("number",)}


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float"])
def test_missing_numbers_of_any_type_are_nd_and_zeros_are_zeros(vocabulary, dtype):
    assert format_column(pd.Series([0, None], name="n", dtype=dtype), vocabulary).tolist() == ["0", "ND"]


def test_numbers_in_a_column_that_is_named_like_a_code_list_are_numbers(vocabulary):
    assert format_column(pd.Series([3], name="gaps"), vocabulary).tolist() == ["3"]


def test_missing_years_do_not_turn_the_others_into_numbers(vocabulary):
    years = pd.Series([2014, None], name="year", dtype="Int64")
    assert format_column(years, vocabulary).tolist() == ["2014", "ND"]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=6))
def test_shares_keep_their_order_missing_stays_missing_and_input_is_unchanged(values):
    series = pd.Series(values, name="met_share", dtype="Float64")
    before = series.copy()
    texts = format_column(series, Vocabulary()).tolist()
    pd.testing.assert_series_equal(series, before)
    assert [text == "ND" for text in texts] == [value is None for value in values]
    for value, text in zip(values, texts, strict=True):
        if value is not None:
            assert abs(int(text.removesuffix(" %")) - 100 * value) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("low", "high", "digits", "text"),
    [
        (1.25, 5.678, 1, "1.2 to 5.7"),
        (1.234, 5.678, 2, "1.23 to 5.68"),
        (0.0, float("inf"), 2, "0.00 to no limit"),
        (float("nan"), 1.0, 1, "ND"),
        (1.0, pd.NA, 1, "ND"),
    ],
)
def test_intervals_are_printed_with_their_limit_or_nd(low, high, digits, text):
    assert format_interval(low, high, digits) == text


def test_an_interval_column_is_added_to_a_new_table():
    rows = pd.DataFrame({"low": [1.0, None], "high": [2.0, 3.0]})
    added = add_interval_column(rows, low="low", high="high", to="interval", digits=2)
    assert added["interval"].tolist() == ["1.00 to 2.00", "ND"]
    assert "interval" not in rows


def test_headings_put_categories_in_the_order_of_their_list_and_unknown_ones_last(vocabulary):
    rows = pd.DataFrame(columns=["year", "zzz", "male", "female", "source_id"])
    headings = label_columns(rows, by="sex", vocabulary=vocabulary, first={"year": "Year"})
    assert headings == {"year": "Year", "female": "Women and girls", "male": "Men and boys", "zzz": "zzz"}
    assert list(headings) == ["year", "female", "male", "zzz"]


def test_a_table_from_case_records_is_shown_only_when_it_has_passed_the_gate(show, study):
    persons = pd.DataFrame({"sex": ["female", "male"], "persons_n": [1204, 2]})
    table = CaseTable("assisted", persons, by=("sex",), value="persons_n", population="assisted", source_id="src-a")
    columns = {"sex": "Sex", "printed": "Persons"}
    with pytest.raises(TypeError, match="made from case records and may not be shown"):
        show(table, columns=columns)
    release = protect_tables([table], choices=study.disclosure, hierarchies={}, search="exact")
    exhibit = show(release.tables["assisted"], columns=columns, note="Persons.")
    assert exhibit.body.count("not shown") == 2
    assert "1,206" in exhibit.body
    assert exhibit.note.startswith("Persons. 2 of 3 numbers are not shown")
    assert exhibit.data["persons_n"].isna().tolist() == [True, True, False]
    assert [source_id for source_id, _ in exhibit.sources] == ["src-a"]
