"""A document as a Word file: real styles, a field of contents, captions, tables that can be edited (python-docx)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.shape import CT_Inline
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph
from lxml import etree

from ctresearch.documents.blocks import Document, Heading, Items, Paragraph, Picture, Run, Runs, Table, list_drawings
from ctresearch.documents.typeset import PICTURE_CM, draw_images, read_epoch
from ctresearch.site.items import name_bookmark

_NAMESPACES = nsdecls("w", "r")
_WIDTH = 9026
"""Width between the margins in twentieths of a point: A4 with 25.4 mm on both sides."""

_MARGINS = (
    '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="50" w:type="dxa"/><w:right w:w="50" w:type="dxa"/>'
    "</w:tblCellMar>"
)
_INK, _LINK, _WARNING = RGBColor(0x1F, 0x2D, 0x3D), "0B5FA5", RGBColor(0x9A, 0x3B, 0x00)
_STYLES = {"question": "Intense Quote", "note": "Note", "source": "Note", "synthetic": "Warning", "body": "Normal"}
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_BODY, _PLACE = "word/document.xml", "written"
_MARK = f"<!--{_PLACE}-->".encode()


def write_word(document: Document, file: Path, images: Iterable[bytes] | None = None) -> None:
    """Write a Word file; the same document makes the same bytes.

    Parameters
    ----------
    images : iterable of bytes, optional
        What `draw_images` made of its pictures, in their order; default: they are drawn now.
    """
    word = docx.Document()
    _set_up(word, document)
    writer = _Writer(word, document.list_places())
    word.add_paragraph(document.title, style="Title")
    for paragraph in document.front:
        writer.write_paragraph(paragraph)
    writer.write_contents([block for block in document.blocks if isinstance(block, Heading) and block.level < 3])
    left = iter(draw_images(list_drawings(document.blocks)) if images is None else images)
    for block in document.blocks:
        if isinstance(block, Heading):
            writer.write_heading(block)
        elif isinstance(block, Paragraph):
            writer.write_paragraph(block)
        elif isinstance(block, Items):
            writer.write_items(block)
        elif isinstance(block, Table):
            writer.write_table(block)
        else:
            writer.write_picture(block, next(left))
    word.element.body[-1].addprevious(etree.Comment(_PLACE))
    stream = io.BytesIO()
    word.save(stream)
    file.write_bytes(_finish(stream.getvalue(), writer.written))


def _set_up(word: WordDocument, document: Document) -> None:
    made = datetime.fromtimestamp(read_epoch(), UTC).replace(tzinfo=None)
    about = word.core_properties
    about.title, about.author, about.language, about.comments = document.title, "ctresearch", document.language, ""
    about.created = about.modified = made
    about.last_modified_by, about.revision = "ctresearch", 1
    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.54)
    section.header.paragraphs[0].text = document.running_head
    _add_field(section.footer.paragraphs[0], "PAGE", "1")
    normal = word.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10)
    normal.element.rPr.append(parse_xml(f'<w:lang {_NAMESPACES} w:val="{document.language}-GB"/>'))
    for name in ("Heading 1", "Heading 2", "Heading 3", "Title", "Caption"):
        word.styles[name].font.color.rgb = _INK
    for name, size, colour in (("Note", 8, None), ("Warning", 10, _WARNING)):
        style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size = normal, Pt(size)
        style.font.bold = colour is not None
        if colour is not None:
            style.font.color.rgb = colour
    word.styles["Heading 1"].paragraph_format.page_break_before = True
    word.styles["Caption"].paragraph_format.keep_with_next = True


def _add_field(paragraph: WordParagraph, code: str, shown: str) -> None:
    paragraph._p.append(
        parse_xml(f'<w:fldSimple {_NAMESPACES} w:instr=" {code} "><w:r><w:t>{escape(shown)}</w:t></w:r></w:fldSimple>')
    )


class _Writer:
    """Writes blocks one after another; bookmarks are numbered."""

    def __init__(self, word: WordDocument, known: frozenset[str]) -> None:
        self.word, self.known = word, known
        self.styles = {style.name: style.style_id for style in word.styles}
        self._written: list[str] = []
        self._bookmarks = self._pictures = 0
        self._addresses: dict[str, str] = {}

    @property
    def written(self) -> bytes:
        """All that was written so far."""
        return "".join(self._written).encode("utf-8")

    def write_contents(self, headings: Sequence[Heading]) -> None:
        """Add a field of contents that holds the headings already; Word fills in the pages when it opens the file."""
        self._write((Run("Contents"),), "Subtitle")
        lines = [_write_run(Run(f"{'    ' * (heading.level - 1)}{heading.text}")) for heading in headings] or [""]
        begin = (
            '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>'
            '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        )
        lines[0] = begin + lines[0]
        lines[-1] += '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        for line in lines:
            self._append(f"<w:p>{line}</w:p>")

    def write_heading(self, block: Heading) -> None:
        self._write((Run(block.text, place=block.place),), f"Heading {block.level}")

    def write_paragraph(self, block: Paragraph) -> None:
        if block.style == "caption":
            self._write_caption(block.runs[0].text, block.runs[0].place)
        else:
            self._write(block.runs, _STYLES[block.style])

    def write_items(self, block: Items) -> None:
        for item in block.items:
            self._write(item, "List Number" if block.is_ordered else "List Bullet")

    def write_table(self, block: Table) -> None:
        if block.caption:
            self._write_caption(block.caption, block.place)
        widths = [max(int(width * _WIDTH), 1) for width in block.widths]
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        head = self._write_row(block.header, widths, block.numeric, is_header=True) if any(block.header) else ""
        rows = "".join(self._write_row(row, widths, block.numeric) for row in block.rows)
        style = self.styles["Table Grid"]
        look = '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noVBand="1"/>'
        about = f"<w:tblCaption w:val={quoteattr(block.caption)}/>" if block.caption else ""
        properties = f'<w:tblStyle w:val="{style}"/><w:tblW w:w="{_WIDTH}" w:type="dxa"/>{_MARGINS}{look}{about}'
        self._append(
            f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>",
        )
        # Word joins two tables that stand next to each other.
        self._append("<w:p/>")

    def write_picture(self, block: Picture, image: bytes) -> None:
        self._write_caption(block.caption, block.place)
        self._pictures += 1
        relation, held = self.word.part.get_or_add_image(io.BytesIO(image))
        size = held.scaled_dimensions(width=Cm(PICTURE_CM))
        shape = CT_Inline.new_pic_inline(self._pictures, relation, f"{self._pictures}.png", *size)
        shape.docPr.set("descr", block.alt)
        shape.docPr.set("name", block.place)
        self._append(f"<w:p><w:r><w:drawing>{etree.tostring(shape, encoding='unicode')}</w:drawing></w:r></w:p>")

    def _write_caption(self, caption: str, place: str) -> None:
        """Write a caption whose number is a field that counts within the chapter."""
        label, _, words = caption.partition(". ")
        kind, _, number = label.partition(" ")
        chapter, _, count = number.partition(".")
        field = (
            f'<w:fldSimple w:instr=" SEQ {kind} \\* ARABIC \\s 1 "><w:r><w:t>{escape(count)}</w:t></w:r></w:fldSimple>'
        )
        start, end = self._mark(place)
        style = self.styles["Caption"]
        self._append(
            f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{start}'
            f"{_write_run(Run(f'{kind} {chapter}.'))}{field}{_write_run(Run(f'. {words}'))}{end}</w:p>",
        )

    def _write_row(
        self, cells: Sequence[Runs], widths: Sequence[int], numeric: Sequence[bool], *, is_header: bool = False
    ) -> str:
        written = []
        for cell, width, is_number in zip(cells, widths, numeric, strict=True):
            shade = '<w:shd w:val="clear" w:color="auto" w:fill="EEF3F8"/>' if is_header else ""
            align = '<w:pPr><w:jc w:val="right"/></w:pPr>' if is_number else ""
            body = "".join(self._write_runs(cell, size=15))
            written.append(
                f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr><w:p>{align}{body}</w:p></w:tc>'
            )
        kept = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" if is_header else "<w:trPr><w:cantSplit/></w:trPr>"
        return f"<w:tr>{kept}{''.join(written)}</w:tr>"

    def _write(self, runs: Runs, style: str) -> None:
        properties = f'<w:pPr><w:pStyle w:val="{self.styles[style]}"/></w:pPr>'
        self._append(f"<w:p>{properties}{''.join(self._write_runs(runs))}</w:p>")

    def _append(self, xml: str) -> None:
        self._written.append(xml)

    def _write_runs(self, runs: Iterable[Run], *, size: int = 0) -> Iterator[str]:
        for run in runs:
            start, end = self._mark(run.place)
            text = _write_run(run, size=size, is_link=bool(self._find(run.link)))
            if target := self._find(run.link):
                text = f"<w:hyperlink {target}>{text}</w:hyperlink>"
            yield f"{start}{text}{end}"

    def _find(self, link: str) -> str:
        if link.startswith("#"):
            return f'w:anchor="{name_bookmark(link[1:])}"' if link[1:] in self.known else ""
        if not link:
            return ""
        if link not in self._addresses:
            kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
            self._addresses[link] = self.word.part.relate_to(link, kind, is_external=True)
        return f'r:id="{self._addresses[link]}"'

    def _mark(self, place: str) -> tuple[str, str]:
        if not place:
            return "", ""
        self._bookmarks += 1
        number = f'w:id="{self._bookmarks}"'
        return f'<w:bookmarkStart {number} w:name="{name_bookmark(place)}"/>', f"<w:bookmarkEnd {number}/>"


def _write_run(run: Run, *, size: int = 0, is_link: bool = False) -> str:
    marks = ("<w:b/>" if run.is_strong else "") + (f'<w:color w:val="{_LINK}"/>' if is_link else "")
    marks += f'<w:sz w:val="{size}"/>' if size else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in run.text.split("\n"))
    return f"<w:r>{f'<w:rPr>{marks}</w:rPr>' if marks else ''}{lines}</w:r>"


def _finish(content: bytes, written: bytes) -> bytes:
    """Put what was written in its place, which costs less than to read it and write it again, and fix the dates."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = zipfile.ZipInfo(name, _FIRST_DAY)
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            kept = old.read(name)
            new.writestr(part, kept.replace(_MARK, written, 1) if name == _BODY else kept)
    return stream.getvalue()
