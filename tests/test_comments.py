"""Comments of reviewers: read, checked, merged with what was answered, matched to the report."""

import json
import zipfile
from pathlib import Path

import docx
import pandas as pd
import pytest
from click.testing import CliRunner
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from ctresearch import comments
from ctresearch.cli import app
from ctresearch.documents import Document, Heading, Paragraph, Run, Table, write_word
from ctresearch.schema.problems import StudyError

ENTITY = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
FIRST, SECOND = "c-0000000000000001", "c-0000000000000002"


def comment(**changes):
    row = {
        "id": FIRST,
        "item": "SRB-PROT-03",
        "title": "Finding SRB-PROT-03",
        "page": "srb",
        "written": "2026-11-01T10:00:00Z",
        "quote": "",
        "kind": "fact",
        "text": "The centre moved.",
        "name": "Vera Example",
        "organisation": "Ministry",
    }
    return row | changes


@pytest.fixture
def folder(tmp_path):
    items = (
        "item_id,file,kind,title\nsrb-acts,srb.html,table,Table 6.1. Acts\nSRB-PROT-03,srb.html,finding,SRB-PROT-03\n"
    )
    (tmp_path / "items.csv").write_text(items, encoding="utf-8")
    return tmp_path


@pytest.fixture
def export(folder):
    def write(*rows, name="a.json", **changes):
        content = {"format": "ctresearch-comments", "version": 1, "report": "x", "comments": list(rows)} | changes
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
        return folder / name

    return write


def merge(folder, *files):
    return comments.merge_files(files, matrix=folder / "comments.csv", report=folder)


def test_comments_stand_in_the_order_of_the_report_without_names(folder, export):
    file = export(comment(), comment(id=SECOND, item="srb-acts", title="old"))
    merged = merge(folder, file)
    assert merged.rows["item_id"].tolist() == ["srb-acts", "SRB-PROT-03"]
    assert merged.rows["title"].tolist() == ["Table 6.1. Acts", "SRB-PROT-03"]
    assert (merged.new_n, merged.open_n, merged.gone_n) == (2, 2, 0)
    assert "Vera" not in (folder / "comments.csv").read_text(encoding="utf-8")
    pd.testing.assert_frame_equal(comments.read_matrix(folder / "comments.csv"), merged.rows, check_dtype=False)


def test_replies_survive_another_reading_and_a_comment_that_comes_twice_is_one(folder, export):
    merge(folder, export(comment()))
    rows = comments.read_matrix(folder / "comments.csv").assign(reply="accepted", reply_reason="Changed.")
    rows.to_csv(folder / "comments.csv", index=False)
    merged = merge(folder, export(comment()), export(comment(), comment(id=SECOND), name="b.json"))
    assert (len(merged.rows), merged.new_n, merged.open_n) == (2, 1, 1)
    assert merged.rows.loc[0, ["reply", "reply_reason"]].tolist() == ["accepted", "Changed."]


def test_after_a_rerun_a_comment_follows_its_item_or_says_that_it_is_gone(folder, export):
    merge(folder, export(comment(), comment(id=SECOND, item="srb-acts")))
    (folder / "items.csv").write_text("item_id,file,kind,title\nsrb-acts,srb.html,table,Table 6.2. Acts\n")
    for _ in range(2):
        merged = merge(folder)
        assert merged.rows["title"].tolist() == ["Table 6.2. Acts", f"{comments.GONE}SRB-PROT-03"]
        assert merged.gone_n == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "../x"}, "'id' as the page makes it"),
        ({"kind": "praise"}, "'kind' as one of fact, wording, missing, disagree"),
        ({"text": " "}, "'text' that is not empty"),
        ({"text": "x" * 5001}, "'text' as text of at most 5000 characters"),
        ({"organisation": 5}, "'organisation' as text of at most 200 characters"),
    ],
)
def test_a_comment_that_no_page_can_have_written_is_refused_with_its_place(folder, export, change, said):
    file = export(comment(id=SECOND), comment(**change))
    with pytest.raises(StudyError, match=r"a\.json, row 2") as error:
        merge(folder, file)
    assert said in str(error.value)
    assert not (folder / "comments.csv").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "other", "version": 1}', "[" * 100_000])
def test_a_file_of_another_kind_is_refused(folder, content):
    (folder / "a.json").write_text(content, encoding="utf-8")
    with pytest.raises(StudyError, match=r"a\.json: .*expected a file of comments"):
        merge(folder, folder / "a.json")


def test_problems_of_all_files_are_said_at_once(folder, export):
    (folder / "large.json").write_text(" " * (comments.MOST_BYTES + 1))
    files = [folder / "large.json", folder / "none.json", export("x"), export(version=2, name="b.json")]
    with pytest.raises(StudyError, match="4 problems") as error:
        merge(folder, *files)
    for name in ("large.json", "none.json", "a.json, row 1", "b.json"):
        assert name in str(error.value)


def test_two_texts_under_one_identifier_are_refused(folder, export):
    merge(folder, export(comment()))
    with pytest.raises(StudyError, match=f"found '{FIRST}', expected one text and organisation under one identifier"):
        merge(folder, export(comment(text="Another.")))


@pytest.mark.parametrize("text", ["=1+1", "-1", "@x", "'quoted", "+1", "plain"])
def test_what_looks_like_a_formula_is_text_in_the_matrix_and_comes_back_as_it_was(folder, export, text):
    merged = merge(folder, export(comment(text=text)))
    cells = pd.read_csv(folder / "comments.csv", dtype=str)["text"]
    assert not cells.str.match(r"[=+\-@]").any()
    assert merged.rows["text"].tolist() == comments.read_matrix(folder / "comments.csv")["text"].tolist() == [text]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("one\rtwo", "one\ntwo"), ("one\r\ntwo", "one\ntwo"), ("a\x00b\x07", "a\ufffdb\ufffd"), ("\ud800!", "\ufffd!")],
)
def test_letters_that_would_break_the_matrix_are_mended_and_nothing_is_lost(folder, export, written, kept):
    merge(folder, export(comment(text=written)))
    merged = merge(folder, export(comment(text=written), comment(id=SECOND, item="srb-acts")))
    assert merged.rows["text"].tolist() == ["The centre moved.", kept]
    assert comments.read_matrix(folder / "comments.csv")["text"].tolist() == ["The centre moved.", kept]


def test_a_file_that_an_editor_saved_with_a_byte_order_mark_is_read(folder, export):
    file = export(comment())
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert merge(folder, file).new_n == 1


def test_a_disk_that_is_full_leaves_the_matrix_as_it_was(folder, export, monkeypatch):
    merge(folder, export(comment()))
    before = (folder / "comments.csv").read_bytes()
    more = export(comment(id=SECOND))

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OSError, match="space"):
        merge(folder, more)
    assert (folder / "comments.csv").read_bytes() == before


def test_a_matrix_with_an_unknown_reply_is_refused(folder, export):
    merge(folder, export(comment()))
    comments.read_matrix(folder / "comments.csv").assign(reply="maybe").to_csv(folder / "comments.csv", index=False)
    with pytest.raises(StudyError, match=r"column 'reply': found 'maybe'"):
        merge(folder)


def test_the_command_merges_and_says_how_many_are_open_or_gone(folder, export):
    file = export(comment(), comment(id=SECOND, item="x"))
    asked = ["comments", "read", str(file), "--report", str(folder), "--out", str(folder / "new" / "comments.csv")]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    assert "comments.csv: 2 comments, 2 new, 2 without a reply." in result.output
    assert "1 are about something that the report no longer has." in result.output


@pytest.mark.parametrize(("report", "code"), [("elsewhere", 2), ("", 1)])
def test_the_command_says_what_it_could_not_use_and_writes_nothing(folder, export, report, code):
    out = folder if code == 1 else folder / "c.csv"
    asked = ["comments", "read", str(export(comment())), "--report", str(folder / report), "--out", str(out)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code in (code, 2)
    assert "Nothing was written." in result.output


@pytest.fixture
def reviewed(folder):
    """Write the report's Word file as a reviewer sends it back: what is commented, and with which words."""
    cell = (Run("SRB-PROT-03", place="SRB-PROT-03"),)
    acts = Table("Table 6.1. Acts", "srb-acts", ((Run("Act"),),), ((cell,),), (1.0,), (False,))
    blocks = (
        Heading(2, "6.1 Law", "srb-section-law"),
        Paragraph((Run("In force since 2014."),)),
        acts,
        Paragraph((Run("A note."),), "note"),
    )
    items = (folder / "items.csv").read_text(encoding="utf-8")
    (folder / "items.csv").write_text(f"{items}srb-section-law,srb.html,section,6.1 Law\n", encoding="utf-8")
    write_word(Document("Needs", "Head", (), blocks), folder / "report.docx")

    def write(said, name="sent.docx"):
        word = docx.Document(folder / "report.docx")
        cells = [paragraph for row in word.tables[0].rows for cell in row.cells for paragraph in cell.paragraphs]
        for words, text in said:
            paragraph = next(one for one in [*word.paragraphs, *cells] if words in one.text)
            word.add_comment(paragraph.runs, text=text, author="Vera Example", initials="VE")
        word.save(folder / name)
        return folder / name

    return write


def test_comments_from_word_are_matched_by_the_bookmark_before_them_and_name_nobody(folder, reviewed, export):
    said = [("Needs", "Good."), ("since 2014", "Fact: it was 2013."), ("SRB-PROT-03", "disagree: it is in force.")]
    asked = {"matrix": folder / "c.csv", "report": folder, "organisation": "Ministry of Justice"}
    merged = comments.merge_files([reviewed(said), export(comment())], **asked)
    read = merged.rows[["item_id", "comment_kind", "quote", "text", "organisation"]].to_numpy().tolist()
    assert read == [
        ["report", "not_said", "Needs", "Good.", "Ministry of Justice"],
        ["SRB-PROT-03", "fact", "", "The centre moved.", "Ministry"],
        ["SRB-PROT-03", "disagree", "SRB-PROT-03", "it is in force.", "Ministry of Justice"],
        ["srb-section-law", "fact", "In force since 2014.", "it was 2013.", "Ministry of Justice"],
    ]
    assert merged.rows["title"].tolist()[-1] == "6.1 Law"
    assert "Vera" not in (folder / "c.csv").read_text(encoding="utf-8")
    again = comments.merge_files([folder / "sent.docx"], **asked)
    assert (again.new_n, len(again.rows)) == (0, 4)


def test_words_of_several_lines_and_paragraphs_are_not_run_together(folder, reviewed):
    word = docx.Document(reviewed([("Needs", "One.\nTwo.\tThree.")]))
    first, last = (next(p for p in word.paragraphs if words in p.text) for words in ("since 2014", "A note."))
    word.add_comment([first.runs[0], last.runs[-1]], text="All of it.", author="Vera Example", initials="VE")
    word.save(folder / "both.docx")
    merged = merge(folder, folder / "both.docx")
    assert merged.rows["text"].tolist() == ["One.\nTwo. Three.", "All of it."]
    assert merged.rows["quote"].tolist()[1] == "In force since 2014. Table 6.1. Acts Act SRB-PROT-03 A note."


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.docx", b"no archive", "not a zip file"),
        ("b.docx", {"word/document.xml": "<a/>"}, "neither"),
        (
            "e.docx",
            {"word/document.xml": "<a/>", "word/comments.xml": '<comments xmlns="strict"/>'},
            "not as Word saves",
        ),
        ("c.docx", {"word/document.xml": "<a", "word/comments.xml": "<a/>"}, "found"),
        (
            "d.docx",
            {"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "word/comments.xml": "<a/>"},
            "entities",
        ),
    ],
)
def test_a_word_file_that_cannot_be_used_is_refused_with_the_others_that_cannot(folder, name, content, found):
    if isinstance(content, bytes):
        (folder / name).write_bytes(content)
    else:
        with zipfile.ZipFile(folder / name, "w") as archive:
            for part, text in content.items():
                archive.writestr(part, text)
    with pytest.raises(StudyError) as error:
        merge(folder, folder / name, folder / "missing.docx")
    assert f"{name}: found" in str(error.value)
    assert found in str(error.value)
    assert "missing.docx" in str(error.value)
    assert not (folder / "comments.csv").exists()


def track(paragraph, kind, words):
    """Track some words of a paragraph, at its end, as Word does."""
    change = OxmlElement(f"w:{kind}")
    change.set(qn("w:author"), "Vera Example")
    run, text = OxmlElement("w:r"), OxmlElement("w:delText" if kind == "del" else "w:t")
    text.text = words
    run.append(text)
    change.append(run)
    paragraph._p.append(change)


def test_tracked_changes_from_word_are_comments_on_the_wording(folder, reviewed):
    word = docx.Document(reviewed([("since 2014", "fact: it was 2013.")]))
    law, note = (next(p for p in word.paragraphs if words in p.text) for words in ("since 2014", "A note."))
    for kind, words in (("del", " Gone."), ("ins", " Amended"), ("moveFrom", " moved"), ("moveTo", " in 2020.")):
        track(law, kind, words)
    track(word.tables[0].rows[1].cells[0].paragraphs[0], "ins", ", both parts")
    added = docx.text.paragraph.Paragraph(OxmlElement("w:p"), note._parent)
    note._p.addprevious(added._p)
    track(added, "ins", "A line more.")
    track(note, "moveFrom", " kept")
    track(note, "moveTo", " kept")
    contents = word.add_paragraph(style=word.styles.add_style("TOC 1", 1))
    track(contents, "ins", "6.1 Law")
    note._p.remove(note._p.r_lst[0])
    word.save(folder / "sent.docx")
    merged = merge(folder, folder / "sent.docx")
    read = merged.rows[["item_id", "comment_kind", "quote", "text"]].to_numpy().tolist()
    assert sorted(read) == [
        ["SRB-PROT-03", "wording", "", "To add: A line more."],
        ["SRB-PROT-03", "wording", "SRB-PROT-03", "To read: SRB-PROT-03, both parts"],
        ["srb-section-law", "fact", "In force since 2014.", "it was 2013."],
        [
            "srb-section-law",
            "wording",
            "In force since 2014. Gone. moved",
            "To read: In force since 2014. Amended in 2020.",
        ],
    ]
    assert "Vera" not in (folder / "comments.csv").read_text(encoding="utf-8")


def test_a_word_file_with_tracked_changes_alone_is_read_and_one_without_any_is_refused(folder, reviewed):
    word = docx.Document(folder / "report.docx")
    note = next(p for p in word.paragraphs if "A note." in p.text)
    for run in list(note._p.r_lst):
        note._p.remove(run)
    track(note, "del", "A note.")
    word.save(folder / "sent.docx")
    assert merge(folder, folder / "sent.docx").rows["text"].tolist() == ["To delete."]
    with pytest.raises(StudyError, match="found 'neither', expected a Word file with comments or tracked changes"):
        merge(folder, folder / "report.docx")


def test_a_comment_without_words_is_listed(folder, reviewed):
    file = reviewed([("A note", ""), ("since 2014", "fact:")])
    with pytest.raises(StudyError, match=r"sent.docx, rows 1, 2: .*1 to 5,000 characters"):
        merge(folder, file)


def test_a_part_that_unpacks_to_too_much_is_refused(folder, reviewed, monkeypatch):
    monkeypatch.setattr("ctresearch.comments.word._MOST_PART_BYTES", 2**20)
    file = reviewed([("since 2014", "fact: " + "A" * 2**21)])
    with pytest.raises(StudyError, match="unpacks to more than 1 MiB"):
        merge(folder, file)
