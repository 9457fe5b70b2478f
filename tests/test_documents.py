"""The report as PDF and Word file: what a reader, a screen reader and a reviewer in Word need of them."""

import csv
import hashlib
import io
import json
import re
import zipfile

import docx
import hostile
import nbformat
import pandas as pd
import pikepdf
import pytest
from click.testing import CliRunner
from lxml import etree, html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from ctresearch import digests, documents, figures, plan, publication, tables, text
from ctresearch.cli import app
from ctresearch.documents import Document, Heading, Items, Paragraph, Picture, Reader, Run, Table
from ctresearch.documents.reading import read_runs
from ctresearch.exhibits import Exhibit

STATE = "Draft: nobody has been asked for comments yet."
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def notebook_of(*cells):
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell))
        else:
            output = nbformat.v4.new_output("display_data", data=cell._repr_mimebundle_())
            made.append(nbformat.v4.new_code_cell("secret_code()", outputs=[output]))
    return nbformat.v4.new_notebook(cells=made)


@pytest.fixture
def exhibits(vocabulary, sources):
    rows = pd.DataFrame({"year": [2013, 2014], "persons_n": [12, 7], "source_id": "src-a", "lists": ["a", "a;b"]})
    rows = rows.assign(jurisdiction="AAA", lists_n=[1, 2])
    options = {"vocabulary": vocabulary, "sources": sources}
    table = tables.show_table(
        rows,
        name="counts",
        caption="Counts",
        columns={"year": "Year", "persons_n": "Persons"},
        note="A note.",
        **options,
    )
    empty = tables.show_table(rows.iloc[:0], name="none", caption="Nothing", columns={"year": "Year"}, **options)
    register = tables.show_sources(sources, name="sources", caption="Sources", vocabulary=vocabulary)
    figure = figures.draw_overlaps(rows, name="overlaps", caption="Lists", **options)
    words = text.say("A sentence.", name="said", sources=sources)
    return words, table, empty, figure, register


@pytest.fixture
def document(exhibits):
    blocks = Reader(3, "aaa").read(
        notebook_of(
            "# What?\n\n## First\n\nSee [there](annex.html#source-src-a).\n\n- one\n- two", *exhibits, "### Detail"
        ),
        "Arcadia",
    )
    return Document("Needs", "Short", (Paragraph((Run("To see."),), "question"),), tuple(blocks))


@pytest.fixture
def pdf(document, tmp_path):
    documents.write_pdf(document, tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf") as opened:
        yield opened


@pytest.fixture
def word(document, tmp_path):
    documents.write_word(document, tmp_path / "a.docx")
    return docx.Document(tmp_path / "a.docx")


def test_a_notebook_becomes_blocks_without_its_code(document):
    blocks = document.blocks
    assert [block.text for block in blocks if isinstance(block, Heading)] == [
        *("3 Arcadia", "3.1 First", "3.1.1 Detail"),
    ]
    assert "secret_code" not in repr(blocks)
    assert Paragraph((Run("What?"),), "question") in blocks
    assert Items(((Run("one"),), (Run("two"),))) in blocks
    table = next(block for block in blocks if isinstance(block, Table))
    assert (table.caption, table.place) == ("Table 3.1. Counts", "aaa-counts")
    assert [[cell[0].text for cell in row] for row in table.rows] == [["2013", "12"], ["2014", "7"]]
    assert table.numeric == (False, True)
    assert sum(table.widths) == pytest.approx(1, abs=0.001)
    assert Paragraph((Run("Table 3.2. Nothing", place="aaa-none"),), "caption") in blocks
    assert Paragraph((Run("A note."),), "note") in blocks
    picture = next(block for block in blocks if isinstance(block, Picture))
    assert picture.caption == "Figure 3.1. Lists"
    assert "a and b 7" in picture.alt
    assert b"<svg" in picture.drawing
    assert {"source-src-a", "aaa-counts", "aaa-overlaps", "aaa-none"} <= document.list_places()


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>a <b>b</b></p>", [("a ", False), ("b", True)]),
        ("<td>a<br>b</td>", [("a", False), ("\n", False), ("b", False)]),
        ("<li><p>a</p><p>b</p></li>", [("a", False), ("\n", False), ("b", False)]),
        ("<p> \n </p>", []),
        ("<p>a\x01b</p>", [("a\ufffdb", False)]),
    ],
)
def test_text_is_read_in_runs(markup, expected):
    element = html.fragment_fromstring(markup) if not markup.startswith("<td") else html.fromstring(f"<table>{markup}")
    element = element.find(".//td") if markup.startswith("<td") else element
    assert [(run.text, run.is_strong) for run in read_runs(element)] == expected


def test_other_parts_of_pages_are_read_too():
    cards = (
        '<figure class="exhibit table" data-name="x"><figcaption>X</figcaption><div class="cards">'
        '<article class="card" id="R-1"><p class="head">R-1 Do</p>'
        "<dl><div><dt>Who</dt><dd>all</dd></div></dl></article></div>"
        '<details class="source"><summary>2 sources</summary><p>A; B.</p></details>'
        '<p class="data">CSV</p></figure>'
    )
    shown = Exhibit("x", "text", cards)
    drawn = '<figure><img src="data:image/png;base64,AAAA" alt="a"><figcaption>drawn</figcaption></figure>\n\n'
    found = list(
        Reader(1, "a").read(notebook_of(f"{drawn}> said\n\n1. one\n\n| a | b |\n|---|---|\n| c | d |", shown), "A")
    )
    texts = ["".join(run.text for run in block.runs) for block in found if isinstance(block, Paragraph)]
    assert texts == ["drawn", "said", "Table 1.1. X", "R-1 Do", "Who: all", "A; B."]
    assert Items(((Run("one"),),), is_ordered=True) in found
    markdown = next(block for block in found if isinstance(block, Table))
    assert markdown.caption == ""
    assert [cell[0].text for cell in markdown.rows[0]] == ["c", "d"]


def test_prose_is_read_as_the_pages_show_it():
    prose = (
        "# Q\n\n## A *b*\n\nA ~~b~~ https://a.example <b>c</b> [d](x.html#e)  \nf $g$ \\* &amp; <\n\n"
        "| h | i |\n|---|--:|\n| j | k |\n\nl\n: m\n\n- [x] n\n- o\n\n1. p\n\n> q\n\n`r`\n\n---\n\n"
        "<p class='note'>s</p>"
    )
    page = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(prose)
    read, shown = (list(Reader(1, "a").read(notebook_of(cell), "A")) for cell in (prose, Exhibit("x", "text", page)))
    assert read == shown
    assert {block.kind for block in read} == {"heading", "paragraph", "items", "table"}


def test_pdf_says_that_it_is_accessible_and_is_tagged(pdf):
    root = pdf.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en"
    assert root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Needs"
    assert all("/StructParents" in page.obj for page in pdf.pages)


def list_elements(node, found=None):
    found = [] if found is None else found
    if isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            found.append(node)
        children = node.get("/K", [])
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            list_elements(child, found)
    return found


def test_every_part_has_its_tag_and_every_figure_a_text(pdf):
    elements = list_elements(pdf.Root.StructTreeRoot)
    tags = {str(element["/S"]) for element in elements}
    assert {"/H1", "/H2", "/H3", "/P", "/Table", "/TH", "/TD", "/Figure", "/Link", "/L", "/TOC", "/Caption"} <= tags
    drawn = [element for element in elements if str(element["/S"]) == "/Figure" and "/Alt" in element]
    assert ["a and b 7" in str(element["/Alt"]) for element in drawn] == [True]


def test_pdf_has_bookmarks_running_heads_and_page_numbers(pdf):
    with pdf.open_outline() as outline:
        chapter = next(entry for entry in outline.root if entry.title == "3 Arcadia")
        assert [entry.title for entry in chapter.children] == ["3.1 First"]
        assert [entry.title for entry in chapter.children[0].children] == ["3.1.1 Detail"]
    artifacts = [page.Contents.read_bytes().count(b"/Artifact") for page in pdf.pages]
    assert min(artifacts[1:]) >= 2


def test_fonts_are_embedded_and_can_be_read_as_text(pdf):
    fonts = [font for page in pdf.pages for font in page.Resources.get("/Font", {}).values()]
    assert fonts
    assert all("/ToUnicode" in font for font in fonts)


def test_word_file_has_real_styles_and_a_field_of_contents(word):
    styles = [(paragraph.style.name, paragraph.text) for paragraph in word.paragraphs]
    for expected in (
        ("Title", "Needs"),
        ("Heading 1", "3 Arcadia"),
        ("Heading 2", "3.1 First"),
        ("Heading 3", "3.1.1 Detail"),
        ("List Bullet", "one"),
        ("Intense Quote", "What?"),
        ("Note", "A note."),
    ):
        assert expected in styles
    body = word.element.body
    assert any("TOC" in field.text for field in body.iter(f"{WORD}instrText"))
    assert word.core_properties.title == "Needs"
    assert word.sections[0].header.paragraphs[0].text == "Short"


def test_captions_count_within_the_chapter_as_the_text_says(word):
    captions = [paragraph for paragraph in word.paragraphs if paragraph.style.name == "Caption"]
    read = ["".join(node.text for node in caption._p.iter(f"{WORD}t")) for caption in captions]
    assert read == ["Table 3.1. Counts", "Table 3.2. Nothing", "Figure 3.1. Lists", "Table 3.3. Sources"]
    fields = [field.get(f"{WORD}instr").split()[:2] for field in word.element.body.iter(f"{WORD}fldSimple")]
    assert fields == [["SEQ", "Table"], ["SEQ", "Table"], ["SEQ", "Figure"], ["SEQ", "Table"]]


def test_tables_can_be_edited_and_repeat_their_header(word):
    table = word.tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Year", "Persons"],
        ["2013", "12"],
        ["2014", "7"],
    ]
    assert table.rows[0]._tr.find(f"{WORD}trPr/{WORD}tblHeader") is not None


def test_images_in_word_have_a_text_in_their_place(word):
    shapes = word.inline_shapes
    assert len(shapes) == 1
    assert "a and b 7" in shapes[0]._inline.docPr.get("descr")
    held = word.part.related_parts[shapes[0]._inline.graphic.graphicData.pic.blipFill.blip.embed]
    assert Image.open(io.BytesIO(held.blob)).width / shapes[0].width.inches >= 150


def test_links_lead_to_places_that_exist(word, pdf):
    body = word.element.body
    marks = {mark.get(f"{WORD}name") for mark in body.iter(f"{WORD}bookmarkStart")}
    anchors = {link.get(f"{WORD}anchor") for link in body.iter(f"{WORD}hyperlink")} - {None}
    assert anchors
    assert anchors <= marks
    assert any(
        link.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id")
        for link in body.iter(f"{WORD}hyperlink")
    )
    notes = [note for page in pdf.pages for note in page.get("/Annots", [])]
    within = [note for note in notes if str(note.get("/Dest", "")) == "source-src-a"]
    pages = [page.obj for page in pdf.pages]
    number = 1 + pages.index(pikepdf.NameTree(pdf.Root.Names.Dests)["source-src-a"][0])
    assert [str(note.Contents) for note in within] == [f"page {number}"] * 3
    assert [str(note.A.URI) for note in notes if "/A" in note] == ["https://a.example/yearbook"]


def test_places_of_the_pdf_can_be_linked_to_by_name_and_stand_in_the_order_of_the_document(pdf, document):
    places = dict(pikepdf.NameTree(pdf.Root.Names.Dests))
    assert set(places) == document.list_places()
    pages = [page.obj for page in pdf.pages]
    order = ["aaa-section-first", "aaa-counts", "aaa-none", "aaa-overlaps", "aaa-sources", "aaa-section-detail"]
    found = [(pages.index(places[name][0]), -places[name][3]) for name in order]
    assert found == sorted(found)
    assert len(set(found)) == len(order)
    assert all(0 < -above < pdf.pages[0].MediaBox[3] for _, above in found)
    with pdf.open_outline() as outline:
        section = next(entry for entry in outline.root if entry.title == "3 Arcadia").children[0]
    assert places["aaa-section-first"][0] == section.destination[0]
    assert [float(value) for value in places["aaa-section-first"][2:4]] == pytest.approx(
        [float(value) for value in section.destination[2:4]], abs=0.01
    )


def test_the_same_document_makes_the_same_bytes(document, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for write, name in ((documents.write_pdf, "pdf"), (documents.write_word, "docx")):
        hashes = set()
        for number in "12":
            write(document, tmp_path / f"{number}.{name}")
            hashes.add(hashlib.sha256((tmp_path / f"{number}.{name}").read_bytes()).hexdigest())
        assert len(hashes) == 1
    assert docx.Document(tmp_path / "1.docx").core_properties.created.year == 2023


def test_hostile_values_are_words_in_both_documents(tmp_path):
    cells = tuple((((Run(value.replace("\n", " "))),),) for value in hostile.VALUES)
    blocks = (Heading(1, hostile.VALUES[0]), Table("Table 1.1. T", "t", ((Run("H"),),), cells, (1.0,), (False,)))
    document = Document(hostile.VALUES[1], hostile.VALUES[2], (), blocks)
    documents.write_pdf(document, tmp_path / "a.pdf")
    documents.write_word(document, tmp_path / "a.docx")
    read = [row.cells[0].text for row in docx.Document(tmp_path / "a.docx").tables[0].rows[1:]]
    assert read == list(hostile.VALUES)
    with pikepdf.open(tmp_path / "a.pdf") as opened:
        assert "/JavaScript" not in repr(opened.Root.keys())
        assert str(opened.docinfo["/Title"]) == hostile.VALUES[1]
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False))


def test_a_document_without_headings_or_figures_is_written(tmp_path):
    document = Document("A", "A", (), (Table("", "", ((),), (((Run("b"),),),), (1.0,), (False,)),))
    documents.write_word(document, tmp_path / "a.docx")
    documents.write_pdf(document, tmp_path / "a.pdf")
    assert docx.Document(tmp_path / "a.docx").tables[0].rows[0].cells[0].text == "b"
    assert documents.draw_images([]) == []


def test_a_row_that_is_longer_than_a_page_goes_on_on_the_next(tmp_path):
    pages = []
    for words in (30, 6000):
        rows = tuple(((Run(text),),) for text in ("word " * words, "last"))
        table = Table("Table 1.1. T", "t", ((Run("H"),),), rows, (1.0,), (False,))
        documents.write_pdf(Document("A", "A", (), (Heading(1, "1 A"), table)), tmp_path / "a.pdf")
        with pikepdf.open(tmp_path / "a.pdf") as opened:
            pages.append(len(opened.pages))
    assert pages[0] == 3
    assert pages[1] >= 6


def test_tables_get_a_row_of_hashtags(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text(
        'jurisdiction,year,persons_n,"2 words"\nAAA,2014,3,x\n', encoding="utf-8"
    )
    written = documents.write_tagged(tmp_path / "tables", tmp_path / "tagged")
    rows = list(csv.reader(io.StringIO(written[0].read_text(encoding="utf-8"))))
    assert rows[1] == ["#country+code", "#date+year", "#indicator+persons_n+num", "#meta+c2_words"]
    assert rows[2] == ["AAA", "2014", "3", "x"]
    assert all(
        re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", documents.tag_column(name)) for name in ("Č", "%", "a b")
    )


@pytest.fixture
def finished(tmp_path, monkeypatch, study, exhibits):
    """A finished report of one chapter, the slides and a part that failed."""
    place = tmp_path / "outputs" / "two"
    (place / "notebooks").mkdir(parents=True)
    (place / "tables").mkdir()
    (place / "tables" / "a.csv").write_text("year\n2014\n", encoding="utf-8")
    for name in ("aaa", "slides"):
        nbformat.write(notebook_of("# Q?", exhibits[1]), place / "notebooks" / f"{name}.ipynb")
    sections = [
        {"name": name, "title": name.upper(), "notebook": notebook, "error": error}
        for name, notebook, error in (("bbb", "01", "failed"), ("aaa", "01", ""), ("slides", "05_workshop", ""))
    ]
    manifest = {"sections": sections, "state": STATE, "files": {"index.html": "?"}}
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (place / "index.html").write_text('<h2>Files</h2><ul class="files"><li>x</li></ul>', encoding="utf-8")
    planned = plan.Plan(tmp_path, study, tmp_path, place, (), (), {}, {}, is_complete=True)
    monkeypatch.setattr(plan, "make_plan", lambda *_, **__: planned)
    return place


def test_places_that_two_chapters_name_are_named_once(finished, study, exhibits):
    shown = notebook_of(exhibits[4], exhibits[3], "- [x](#y)")
    for name in ("aaa", "bbb"):
        nbformat.write(shown, finished / "notebooks" / f"{name}.ipynb")
    sections = [{"name": name, "title": name, "notebook": "01", "error": ""} for name in ("aaa", "bbb")]
    (finished / "manifest.json").write_text(json.dumps({"sections": sections, "state": STATE}), encoding="utf-8")
    document = documents.read_document(finished, study)
    places = [run.place for runs in document.list_runs() for run in runs if run.place]
    assert places.count("source-src-a") == 1
    documents.write_pdf(document, finished / "a.pdf")


def test_command_writes_the_documents_of_a_finished_report(finished):
    run = CliRunner().invoke(app, ["documents", "two", "--hxl"])
    assert run.exit_code == 0, run.output
    assert "report.pdf" in run.output
    assert "1 tables" in run.output
    written = docx.Document(finished / "report.docx")
    assert [p.text for p in written.paragraphs if p.style.name == "Heading 1"] == ["2 AAA"]
    assert any("A note on Borduria" in p.text for p in written.paragraphs)
    assert [p.text for p in written.paragraphs].index(STATE) < 4
    assert written.sections[0].header.paragraphs[0].text.endswith(STATE)
    assert (finished / "tables-hxl" / "a.csv").read_text(encoding="utf-8") == "year\n#date+year\n2014\n"
    assert not list(finished.glob(".*"))


def test_each_picture_of_the_word_file_stands_in_its_place(finished, study, exhibits, vocabulary, sources):
    rows = pd.DataFrame({"jurisdiction": "AAA", "lists": ["a", "b;c"], "lists_n": [1, 2], "persons_n": [3, 4]})
    rows = rows.assign(year=2014, source_id="src-a")
    other = figures.draw_overlaps(rows, name="other", caption="Others", vocabulary=vocabulary, sources=sources)
    sections = []
    for name, shown in (("aaa", (exhibits[3],)), ("bbb", ()), ("ccc", (other, exhibits[3]))):
        nbformat.write(notebook_of("# Q?", *shown), finished / "notebooks" / f"{name}.ipynb")
        sections.append({"name": name, "title": name, "notebook": "01", "error": ""})
    manifest = {"sections": sections, "state": STATE, "files": {"index.html": "?"}}
    (finished / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert CliRunner().invoke(app, ["documents", "two"]).exit_code == 0
    drawings = [b.drawing for b in documents.read_document(finished, study).blocks if isinstance(b, Picture)]
    word = docx.Document(finished / "report.docx")
    held = [shape._inline.graphic.graphicData.pic.blipFill.blip.embed for shape in word.inline_shapes]
    assert [word.part.related_parts[image].blob for image in held] == documents.draw_images(drawings)
    assert held[0] == held[2] != held[1]


def test_the_cover_offers_the_documents_once_and_the_manifest_knows_them(finished):
    for _ in range(2):
        assert CliRunner().invoke(app, ["documents", "two"]).exit_code == 0
    listed = html.fromstring((finished / "index.html").read_text(encoding="utf-8"))
    assert listed.xpath("//ul/li/a/@href") == ["report.pdf", "report.docx"]
    recorded = json.loads((finished / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert set(recorded) == {"index.html", "report.pdf", "report.docx"}
    for name, digest in recorded.items():
        assert digest == digests.digest_file(finished / name)


def test_documents_are_not_written_into_a_report_that_is_being_built(finished):
    with publication.lock_place(finished, wait=False):
        run = CliRunner().invoke(app, ["documents", "two"])
    assert run.exit_code == 1
    assert "another run" in run.output
    assert not (finished / "report.pdf").exists()


def test_a_document_of_invented_data_says_so_on_its_first_page(finished, study, synthetic_sources, vocabulary):
    rows = pd.DataFrame({"year": [2014], "source_id": "src-a"})
    options = {"vocabulary": vocabulary, "sources": synthetic_sources}
    shown = tables.show_table(rows, name="x", caption="X", columns={"year": "Year"}, **options)
    nbformat.write(notebook_of(shown), finished / "notebooks" / "aaa.ipynb")
    front = documents.read_document(finished, study).front
    assert front[0].style == "synthetic"
    assert "invented" in front[-3].runs[0].text


def test_documents_of_a_report_that_is_stale_are_refused(tmp_path):
    run = CliRunner().invoke(app, ["documents", "--out", str(tmp_path)])
    assert run.exit_code == 2
    assert "Run `ctresearch run western_balkans` first" in run.output


def test_what_cannot_be_written_is_said(finished):
    (finished / "report.pdf").mkdir()
    run = CliRunner().invoke(app, ["documents", "two"])
    assert run.exit_code == 1
    assert "Not everything was written" in run.output
