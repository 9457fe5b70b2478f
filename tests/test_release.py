"""The gate of publication: every reason is found wherever it hides, and nobody on a list is in any file."""

import base64
import gzip
import io
import json
import shutil
import struct
import zipfile
import zlib
from datetime import date

import nbformat
import pandas as pd
import pytest
import shipped
import xlsxwriter
from click.testing import CliRunner

from ctresearch import digests, intake, plan, release, review, store
from ctresearch.cli import app
from ctresearch.places import locate_study
from ctresearch.release import Markup, access, checks, contents, edition
from ctresearch.release.identifiers import collect_persons, find_patterns

SECRETS = {
    "given_name": ["Ljerka", "Aba"],
    "family_name": ["Dundelić", "Kravimor"],
    "birth_date": ["24.03.1993.", "1998-12-05"],
    "document_number": ["K204817", "M998877"],
    "case_number": ["N-2024/0091", "P/77/24"],
    "left_out": ["lives behind the old mill", "yes"],
}
SHEET = pd.DataFrame(SECRETS)
PAGE = (
    '<html lang="en"><body><h1 id="top">A</h1><a href="#top">up</a><a href="b.html#there">b</a>'
    '<figure class="exhibit table" id="a-t"><figcaption>Table 1.1</figcaption><table><td>12</td></table>'
    '<p class="source">Source: <a href="annex.html#source-one">One</a></p></figure></body></html>'
)


@pytest.fixture
def persons():
    return collect_persons([SHEET], public=())


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "a.html").write_text(PAGE, encoding="utf-8")
    (folder / "b.html").write_text('<html lang="en"><p id="there">b</p></html>', encoding="utf-8")
    (folder / "annex.html").write_text('<html lang="en"><p id="source-one">One</p></html>', encoding="utf-8")
    return folder


def pages_of(report):
    return {file.name: Markup.read(file.read_text(encoding="utf-8")) for file in sorted(report.glob("*.html"))}


def found_in(report, persons):
    return {
        (reason.what, place)
        for reason in checks.check_identifiers(release.list_pieces(report), persons)
        for place in reason.places
    }


def write_zip(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def write_workbook(secret):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        workbook.set_properties({"author": secret})
        workbook.add_worksheet().write(0, 0, "nothing")
    return stream.getvalue()


def write_png(secret):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"tEXt", b"Author\0" + secret.encode()) + chunk(b"IEND", b"")


def write_notebook(secret):
    output = nbformat.v4.new_output("display_data", data={"text/html": f"<p>{secret}</p>"})
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])).encode()


def hold(content, kind="svg+xml"):
    return f'<img alt="1" src="data:image/{kind};base64,{base64.b64encode(content).decode()}">'.encode()


HIDING = {
    "text": ("x.html", lambda secret: f"<p>{secret}</p>".encode()),
    "alt text": ("x.html", lambda secret: f'<img alt="{secret}">'.encode()),
    "metadata": ("x.html", lambda secret: f'<meta name="author" content="{secret}">'.encode()),
    "character references": ("x.html", lambda secret: "".join(f"&#{ord(letter)};" for letter in secret).encode()),
    "a comment": ("x.html", lambda secret: f"<!-- {secret} -->".encode()),
    "a notebook": ("notebooks/x.ipynb", write_notebook),
    "escaped JSON": ("manifest.json", lambda secret: json.dumps({"note": secret}, ensure_ascii=True).encode()),
    "a table": ("tables/x.csv", lambda secret: f"a,b\n1,{secret}\n".encode()),
    "properties of a workbook": ("x.xlsx", write_workbook),
    "a packed workbook": (
        "x.zip",
        lambda secret: write_zip({"inner.zip": write_zip({"x.xlsx": write_workbook(secret)})}),
    ),
    "the name of a member": ("x.zip", lambda secret: write_zip({f"{secret}.txt": "nothing"})),
    "revision data": ("x.docx", lambda secret: write_zip({"word/comments.xml": f'<w:ins author="{secret}"/>'})),
    "an image": ("x.png", write_png),
    "a drawing in a page": ("x.html", lambda secret: hold(f"<svg><title>{secret}</title></svg>".encode())),
    "an image in a page": ("x.html", lambda secret: hold(write_png(secret), "png")),
    "a stream of a PDF": (
        "x.pdf",
        lambda secret: b"%PDF-1.7\n1 0 obj\nstream\n" + zlib.compress(secret.encode()) + b"\nendstream",
    ),
    "a compressed file": ("x.gz", lambda secret: gzip.compress(secret.encode())),
    "text of two bytes": ("x.bin", lambda secret: secret.encode("utf-16-le")),
}


@pytest.mark.parametrize("place", HIDING)
@pytest.mark.parametrize("secret", ["Dundelić", "KRAVIMOR", "k 204817", "24/03/1993", "N-2024/0091"])
def test_a_person_is_found_wherever_they_hide(place, secret, report, persons):
    name, write = HIDING[place]
    if place == "the name of a member":
        secret = secret.replace("/", "-")
    (report / name).parent.mkdir(exist_ok=True)
    (report / name).write_bytes(write(secret))
    assert {where.partition("!")[0] for _, where in found_in(report, persons)} == {name}


def test_a_person_is_found_in_a_path(report, persons):
    (report / "kravimor").mkdir()
    (report / "kravimor" / "x.txt").write_text("nothing", encoding="utf-8")
    assert found_in(report, persons) == {("a family name of a person on a list", "kravimor/x.txt")}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Aba Kravimor was here", {"a name of a person on a list", "a family name of a person on a list"}),
        ("Дунделић", {"a family name of a person on a list"}),
        ("she lives behind the old mill.", {"free text of a case sheet"}),
        ("born 1993-03-24", {"a birth date of a person on a list"}),
        ("1992-12-24, 03.1993", set()),
        ("Aba and Ljerka; yes; K 20481; Dundelićeva", set()),
    ],
)
def test_what_is_found_of_a_person(text, kinds, persons):
    assert persons.find(text) == kinds


def test_numbers_are_found_however_they_are_written_and_in_columns_that_are_left_out():
    rows = {"phone": ["+387 61 555-222", ""], "left_out": ["065/111-333", "2014-05-03"], "left_out.1": ["12", "200000"]}
    persons = collect_persons([pd.DataFrame(rows)], public=())
    assert persons.find("call 38761555222") == {"a phone of a person on a list"}
    assert persons.find("call +387 61 555 222") == {"a phone of a person on a list"}
    assert persons.find("065111333") == persons.find("065 111 333") == {"a number of a case sheet"}
    assert persons.find("on 2014-05-03, 12 of 200000") == set()


def test_a_family_name_that_is_a_public_word_is_looked_for_with_the_given_name_only():
    persons = collect_persons([SHEET], public=["Kravimor", "1998-12-05"])
    assert persons.find("Office of Kravimor, 5.12.1998") == set()
    assert persons.find("Kravimor, Aba") == {"a name of a person on a list"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to a.b@c.example now", "an e-mail address"),
        ("call +387 (33) 123-456", "a telephone number"),
        ("00381 11 2345678", "a telephone number"),
        ("069 123 456", "a telephone number"),
        ("number 0101006500006.", "a personal number"),
        ("H71220001V", "a personal number"),
        ("passport AB1234567", "a number of a document"),
        ("at 43.85643, 18.41312", "coordinates"),
        ("43° 51' N", "coordinates"),
        ("/home/someone/report", "a path on a machine"),
        (r"C:\Users\someone", "a path on a machine"),
    ],
)
def test_what_looks_like_an_identifier_is_found(text, kind):
    assert find_patterns(text) == {kind}


@pytest.mark.parametrize(
    "text",
    [
        "Law 108/2013 of 05.10.2014 to 2014-09-22/2014-09-26",
        "https://a.example/a@b.org/+38733123456?q=/home/a",
        "1,234,567 persons; 12.345 to 67.89; ETS No. 197; CM(2014)123456",
        "number 1234567890123",
        "CEDAW/C/MNE/CO/2, A/RES/55/25",
        "",
    ],
)
def test_what_a_report_is_full_of_is_no_identifier(text):
    assert find_patterns(text) == set()


@pytest.mark.parametrize("content", [b"PK\x03\x04 damaged", b"\x1f\x8b damaged"])
def test_what_cannot_be_unpacked_is_refused(content):
    with pytest.raises(release.UnpackError, match="cannot be unpacked"):
        list(release.unpack("a.bin", content))


def test_bombs_are_refused(monkeypatch):
    monkeypatch.setattr(contents, "MOST_BYTES", 1000)
    for content in (write_zip({"a": b"0" * 2000}), gzip.compress(b"0" * 2000)):
        with pytest.raises(release.UnpackError, match="unpacks to more than"):
            list(release.unpack("a.bin", content))
    nested = b"nothing"
    for _ in range(6):
        nested = gzip.compress(nested)
    with pytest.raises(release.UnpackError, match="packed more than 4 times"):
        list(release.unpack("a.bin", nested))


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ('<a href="mailto:vera%40office.example">write</a>', "an e-mail address"),
        ('<Relationship Target="MAILTO:vera@office.example"/>', "an e-mail address"),
        ('<a href="tel:+38733123456">call</a>', "a telephone number"),
    ],
)
def test_whom_a_link_writes_to_or_calls_is_found(link, kind, report, persons):
    (report / "c.html").write_text(link, encoding="utf-8")
    assert found_in(report, persons) == {(kind, "c.html")}


def test_comments_of_archives_and_plain_streams_are_read():
    stream = io.BytesIO(write_zip({"a.txt": "A"}))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = b"Kravimor"
    assert [piece.content for piece in release.unpack("a.zip", stream.getvalue())][1:] == [b"A", b"Kravimor"]
    plain = list(release.unpack("a.pdf", b"%PDF-1.7\nstream\nKravimor\nendstream"))
    assert plain[1].content == b"Kravimor"
    assert list(release.unpack("a.html", b'<img src="data:image/png;base64,AAAAA">'))[1].content == b"AAAAA"


def test_neighbouring_cells_of_the_data_in_a_notebook_are_read_apart():
    resource = {"name": "x", "schema": {}, "data": 'a,b\n43.85643,18.41312\n"43.85643, 18.41312",k\n'}
    texts = next(release.unpack("a.ipynb", json.dumps({"resources": [resource]}).encode())).texts
    assert [text for text in texts if find_patterns(text)] == ["43.85643, 18.41312"]


def test_of_a_pdf_only_what_describes_it_is_read_as_text():
    metadata = b"<x:xmpmeta><dc:creator>a@b.example</dc:creator></x:xmpmeta>"
    pieces = list(release.unpack("a.pdf", b"%PDF-1.7\n" + metadata + b"stream\n1.12345, 2.12345 Td\nendstream"))
    assert [find_patterns(text) for text in pieces[0].texts] == [{"an e-mail address"}]
    assert pieces[1].texts == ()


def test_invalid_json_is_read_as_text():
    assert next(release.unpack("a.json", b"{not json")).texts == ("{not json",)


@pytest.mark.parametrize(("status", "kind"), [("synthetic", "synthetic source"), ("restricted", "restricted source")])
def test_sources_that_may_not_be_published(status, kind, report, sources):
    register = sources.assign(source_id=["one", "two"], status=[status, "public"])
    assert [reason.kind for reason in checks.check_sources(register, pages_of(report))] == [kind]
    assert checks.check_sources(register.assign(status="public"), pages_of(report)) == []


def test_a_page_that_says_synthetic_is_refused_whatever_the_register_says(report, sources):
    (report / "b.html").write_text("<p>Contains SYNTHETIC DATA: x</p>", encoding="utf-8")
    reasons = checks.check_sources(sources, pages_of(report))
    assert [str(reason) for reason in reasons] == ["synthetic source: it says SYNTHETIC (b.html)"]


TERMS = pd.DataFrame({"term": ["illegal migrant", "promiscuous"], "instead": ["migrant in an irregular situation", ""]})


@pytest.mark.parametrize("text", ["Illegal  migrants came", "an illegal-migrant", "illegal\nmigrant"])
def test_a_term_is_found_in_any_form_and_another_is_proposed(text, report):
    (report / "b.html").write_text(f"<p>{text}</p>", encoding="utf-8")
    reasons = checks.check_terms(pages_of(report), TERMS, quoted=())
    assert [str(reason) for reason in reasons] == [
        "stigmatising term: 'illegal migrant'; write migrant in an irregular situation (b.html)"
    ]


def test_titles_of_others_are_quoted_and_other_words_left_alone(report):
    (report / "b.html").write_text("<p>Office for illegal migrants; illegal migration</p>", encoding="utf-8")
    assert checks.check_terms(pages_of(report), TERMS, quoted=["Office for illegal migrants"]) == []
    (report / "b.html").write_text('<img alt="A promiscuous office">', encoding="utf-8")
    assert checks.check_terms(pages_of(report), TERMS, quoted=())[0].what == "'promiscuous'; leave it out"
    assert checks.check_terms(pages_of(report), TERMS.iloc[:0], quoted=()) == []


def test_a_table_whose_numbers_lead_nowhere_is_found(report):
    assert checks.check_numbers(pages_of(report)) == []
    (report / "a.html").write_text(PAGE.replace("annex.html#source-one", "b.html"), encoding="utf-8")
    reasons = checks.check_numbers(pages_of(report))
    assert [str(reason) for reason in reasons] == ["number without source: nothing in 'a-t' leads to a source (a.html)"]
    card = '<button class="cite" popovertarget="card-1">One</button>'
    (report / "a.html").write_text(PAGE.replace("12", f"12 {card}").replace("#source-one", ""), encoding="utf-8")
    assert checks.check_numbers(pages_of(report)) == []
    assert [reason.what for reason in checks.check_links(report, pages_of(report))] == ["#card-1"]
    (report / "a.html").write_text(PAGE.replace("12", "ND").replace("#source-one", ""), encoding="utf-8")
    assert checks.check_numbers(pages_of(report)) == []


@pytest.mark.parametrize("link", ["c.html", "b.html#nowhere", "#nowhere", "../outside.html", "tables/x.csv"])
def test_a_link_that_leads_nowhere_is_found(link, report):
    (report.parent / "outside.html").write_text("x", encoding="utf-8")
    assert checks.check_links(report, pages_of(report)) == []
    (report / "b.html").write_text(f'<p id="there"><a href="{link}">x</a></p>', encoding="utf-8")
    assert [reason.what for reason in checks.check_links(report, pages_of(report))] == [link]


def test_links_to_hosts_and_images_in_the_page_are_no_links_to_files(report):
    (report / "b.html").write_text(
        '<p id="there"><a href="https://a.example/x">x</a><img src="data:,"></p>', encoding="utf-8"
    )
    assert checks.check_links(report, pages_of(report)) == []


SOUND = """<!DOCTYPE html><html lang="en"><head><title>Page</title></head><body><h1>Page</h1><h2 id="a">Part</h2>
<a href="#a">Part</a> <button popovertarget="c" aria-label="Open">+</button><div id="c">Card</div>
<a href="#c"><img src="data:," alt="A chart"></a> <label for="w">Words</label><input id="w" tabindex="0">
<label>More <input></label> <table><tr><th>Year</th></tr><tr><td>2014</td></tr></table></body></html>"""


def test_a_page_that_everybody_can_use_has_no_violation(report):
    assert access.find_violations(SOUND) == []
    (report / "b.html").write_text(SOUND.replace("A chart", " "), encoding="utf-8")
    assert "accessibility: image without a text in its place (b.html)" in map(str, access.check_access(report))


@pytest.mark.parametrize(
    ("sound", "broken", "violation"),
    [
        ('alt="A chart"', "", "image without a text in its place"),
        ("A chart", "No description has been provided for this image", "No description has been provided"),
        (' lang="en"', "", "page without a language"),
        ("<title>Page", "<title> ", "page without a title"),
        (' aria-label="Open">+', ">", "button without a name"),
        ('"#a">Part', '"#a">', "a without a name"),
        ('<h2 id="a">Part', '<h2 id="a">', "h2 without a name"),
        ('<label for="w">Words</label>', "", "input without a label"),
        ("<label>More <input></label>", "<input>", "input without a label"),
        ("<th>Year</th>", "<td>Year</td>", "table without header cells"),
        ('<div id="c">', '<div id="c"></div><div id="c">', "identifier given twice: c"),
        ('popovertarget="c"', 'popovertarget="d"', "popovertarget leads nowhere: d"),
        ('tabindex="0"', 'tabindex="3"', "order of the keyboard differs from that of the page"),
        ('<h2 id="a">Part</h2>', '<h3 id="a">Part</h3>', "level of heading left out"),
    ],
)
def test_what_bars_people_from_a_page_is_found(sound, broken, violation):
    assert sound in SOUND
    assert violation in access.find_violations(SOUND.replace(sound, broken))


@pytest.mark.parametrize("text", ["", "plain words", "<p>"])
def test_what_is_no_page_has_neither_language_nor_title(text):
    assert access.find_violations(text) == ["page without a language", "page without a title"]


def test_with_open_points_nothing_is_published():
    assert [reason.what for reason in checks.check_approval(["a comment", "a signature"])] == [
        "a comment",
        "a signature",
    ]
    assert checks.check_approval([]) == []


def test_many_places_are_counted():
    reason = release.Reason("kind", "what", tuple("abcde"))
    assert str(reason) == "kind: what (a, b, c and 2 more)"


def test_a_hidden_count_that_is_shown_or_used_is_found(tmp_path):
    data = shipped.read_study("demo")
    captures = data.captures[data.captures["lists"].ne("ngo;police;social")].copy()
    small = data.captures[data.captures["lists"].eq("ngo;police;social")].iloc[:1].assign(persons_n=2)
    data = pd.Series({"captures": pd.concat([captures, small]), "study": data.study})
    (tmp_path / "tables").mkdir()
    shown = tmp_path / "tables" / "hidden-lists-overlap.csv"
    shown.write_text("jurisdiction,year,lists,lists_n,persons_n\nLRQ,2024,ngo;police;social,3,\n", encoding="utf-8")
    assert edition.check_disclosure(data, tmp_path) == []
    shown.write_text("jurisdiction,year,lists,lists_n,persons_n\nLRQ,2024,ngo;police;social,3,2\n", encoding="utf-8")
    used = tmp_path / "tables" / "hidden-lists-estimates.csv"
    used.write_text("jurisdiction,year,total_persons\nLRQ,2024,639\n", encoding="utf-8")
    assert [str(reason) for reason in edition.check_disclosure(data, tmp_path)] == [
        "failed disclosure audit: a count that must be hidden is shown (tables/hidden-lists-estimates.csv, "
        "tables/hidden-lists-overlap.csv)"
    ]


def test_sheets_are_read_by_their_mapping_and_errors_name_the_file(tmp_path):
    received = locate_study("demo") / "received"
    rows = edition.read_sheet(received / "police_2024.xlsx", received / "police_2024.toml")
    assert rows[0]["family_name"].str.len().gt(2).mean() > 0.9
    (tmp_path / "a.toml").write_text("[columns]\nNobody = 'given_name'\n", encoding="utf-8")
    (tmp_path / "b.toml").write_text("[columns", encoding="utf-8")
    for mapping, message in (("a.toml", "ngo_2024.csv: expected the headers"), ("b.toml", "b.toml: found")):
        with pytest.raises(store.StudyError, match=message):
            edition.read_sheet(received / "ngo_2024.csv", tmp_path / mapping)


def list_planted():
    """Identifiers that stand in the three case sheets of the fictitious study."""
    received = locate_study("demo") / "received"
    sheets = [received / name for name in ("police_2024.xlsx", "ngo_2024.csv", "social_2024.sav")]
    rows = pd.concat([part for sheet in sheets for part in edition.read_sheet(sheet, sheet.with_suffix(".toml"))])
    columns = ["given_name", "family_name", "document_number", "case_number"]
    cells = pd.concat([rows[column].dropna().astype(str) for column in columns])
    return sorted({cell for cell in cells if len(cell) >= 5})


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_demo_is_refused_for_what_it_is_and_holds_nobody_of_its_case_sheets(built_demo):
    data, folder = shipped.read_study("demo"), locate_study("demo")
    reasons = release.list_reasons(built_demo, data, (), ["comments.csv: a reply"], folder)
    assert {reason.kind for reason in reasons} == {"synthetic source", "open point"}
    planted = list_planted()
    assert len(planted) > 500
    # What the run remembers beside the report is searched too.
    written = [*built_demo.rglob("*"), *built_demo.with_name(".demo.memo").rglob("*")]
    assert sum(".demo.memo" in file.parts for file in written) > 100
    raw = b"\x00".join(file.read_bytes() for file in written if file.is_file())
    assert [name for name in planted[:: len(planted) // 60] if name.encode() in raw] == []
    with_one = edition.collect_lists(folder, (), data).find(f"of {planted[-1]} and {planted[0]}")
    assert with_one != set()


def test_no_file_made_of_a_case_sheet_holds_an_identifier(tmp_path):
    data, received = shipped.read_study("demo"), locate_study("demo") / "received"
    planted = [name for name in list_planted() if not name.isdecimal()]
    for name in ("police_2024.xlsx", "ngo_2024.csv"):
        request = intake.Request("cases", data, mapping=(received / name).with_suffix(".toml"))
        intake.clean_file(received / name, request=request, out=tmp_path / name)
    texts = [piece.content for piece in release.list_pieces(tmp_path)]
    assert len(texts) >= 6
    written = b"\x00".join(texts)
    assert [name for name in planted if name.encode() in written] == []


@pytest.mark.notebooks
def test_real_study_is_published_once_it_is_approved(built_report, tmp_path, monkeypatch):
    out, to, day = built_report.parent, tmp_path / "public", date(2026, 1, 31)
    find, said = review.find_open_points, []

    def note_and_approve(*log, **how):
        said.extend(map(str, find(*log, **how)))
        return []

    monkeypatch.setattr(review, "find_open_points", note_and_approve)
    result = release.release_report("western_balkans", out=out, to=to, today=day)
    assert "a draft that was sent for comments" in " ".join(said)
    assert "the signature of" in " ".join(said)
    assert result.reasons == ()
    assert result.folder == to
    record = json.loads((to / "release.json").read_text(encoding="utf-8"))
    assert set(record["files"]) == {name for name in digests.digest_files(to) if name != "release.json"}
    again = CliRunner().invoke(app, ["release", "--verify", str(to)])
    assert (again.exit_code, "every file is as it was published" in again.output) == (0, True)


def test_verification_names_what_is_missing_changed_or_added(report):
    record = {"files": edition.hash_files(report) | {"gone.csv": "0"}}
    (report / "release.json").write_text(json.dumps(record), encoding="utf-8")
    (report / "b.html").write_text("changed", encoding="utf-8")
    (report / "new.html").write_text("new", encoding="utf-8")
    differences = release.verify_release(report)
    assert differences == ["gone.csv is missing", "b.html was changed", "new.html was added"]
    run = CliRunner().invoke(app, ["release", "--verify", str(report)])
    assert run.exit_code == 1
    assert "b.html was changed" in run.output
    (report / "release.json").write_text("[]", encoding="utf-8")
    assert release.verify_release(report) == ["release.json is missing or cannot be read"]


def test_a_report_that_was_not_built_is_refused(tmp_path):
    run = CliRunner().invoke(app, ["release", "--out", str(tmp_path)])
    assert run.exit_code == 1
    assert "Refused, for 1 reason:" in run.output
    assert "unfinished report: the report is not up to date" in run.output
    run = CliRunner().invoke(app, ["release", "nowhere", "--out", str(tmp_path)])
    assert run.exit_code == 2


def test_the_command_hands_over_what_it_was_given(monkeypatch, tmp_path):
    asked = {}

    def note(study, **options):
        asked.update(options, study=study)
        return release.Result(tmp_path, digest="abc")

    monkeypatch.setattr(release, "release_report", note)
    run = CliRunner().invoke(app, ["release", "demo", "--persons", "a.csv=a.toml"])
    assert run.exit_code == 0
    assert "abc" in run.output
    assert [(str(sheet), str(mapping)) for sheet, mapping in asked["sheets"]] == [("a.csv", "a.toml")]
    assert (asked["study"], asked["today"]) == ("demo", date.today())


def test_a_missing_part_and_an_unreadable_file_are_reasons(report, tmp_path):
    sections = [{"name": "srb", "error": "it failed"}]
    (report / plan.MANIFEST).write_text(json.dumps({"sections": sections}), encoding="utf-8")
    (report / "x.xlsx").write_bytes(b"PK\x03\x04 damaged")
    (report / "tables").mkdir()
    data = shipped.read_study()
    kinds = [reason.kind for reason in release.list_reasons(report, data, (), [], locate_study("western_balkans"))]
    assert kinds[:2] == ["missing part", "unreadable file"]
    assert set(kinds[2:]) == {"accessibility"}
    shutil.rmtree(report / "tables")
