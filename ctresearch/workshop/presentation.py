"""The slides of the workshop as PPTX, with titles that are titles, and a text for every table and chart."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.text import PP_ALIGN
from pptx.slide import Slide
from pptx.util import Inches, Pt

from ctresearch.cooperation import mirror_pairs
from ctresearch.deliberation import print_limits
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.store import StudyData
from ctresearch.tables import format_column
from ctresearch.vocabulary import REGION
from ctresearch.workshop import fitting
from ctresearch.workshop.agenda import Agenda
from ctresearch.workshop.pages import is_synthetic

_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_LEFT, _INNER = Inches(0.6), Inches(12.1)
_TITLE_SLIDE, _TEXT_SLIDE, _TITLE_ONLY = 0, 1, 5
_INK, _SOFT = RGBColor(0x1F, 0x2D, 0x3D), RGBColor(0x52, 0x60, 0x6D)
_TOP, _FOOT = 1.5, 6.55
_ROOM = _FOOT - _TOP - 0.15
"""Inches for a table: it ends above the foot."""
_TWO_LINES = 1.06
"""Inches for a title: the height of its place."""
_SHOWN = 8
_MOST_ADDRESSEES = 10
_QUESTIONS = (
    "Which aspects of counter-trafficking efforts need to be addressed urgently?",
    "Where is regional cooperation possible?",
    "Today you correct the findings, change the recommendations and say what comes first.",
)
_READING = (
    "Counts are what was detected, not how much there is.",
    "ND means that nothing was found in published sources; it says nothing about you.",
    "A law in force is no evidence that it is applied.",
    "Ratings of others stand beside and never enter ours.",
)
_VOTING = (
    "You get a card with a number. It is not noted who has which, and each number votes once.",
    "On each recommendation: agree, write it differently, or object and say why. Leave out what you cannot judge.",
    "You vote on the region and on where you work; who works in several places sees all.",
    "Votes are reported by groups that are large enough and never for one person.",
)


class _Deck:
    """Slides under one foot, which says where the report stands and carries notices and notes."""

    def __init__(self, data: StudyData, state: str) -> None:
        self._study, self._state = data.study, state
        self._notice = SYNTHETIC_NOTICE if is_synthetic(data) else ""
        self.file = Presentation()
        self.file.slide_width, self.file.slide_height = _WIDTH, _HEIGHT

    def add(self, layout: int, title: str) -> Slide:
        """Add a slide with its title in the title's place."""
        slide = self.file.slides.add_slide(self.file.slide_layouts[layout])
        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = _LEFT, Inches(0.35), _INNER, Inches(1.0)
        size = fitting.fit_size([[title]], [_INNER.inches], room=_TWO_LINES, size=28)
        _write(shape.text_frame, [title], size=size, is_bold=True)
        shape.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        return slide

    def add_points(self, title: str, points: Sequence[str]) -> None:
        """Add a slide of points."""
        slide = self.add(_TEXT_SLIDE, title)
        body = slide.placeholders[1]
        body.left, body.top, body.width, body.height = _LEFT, Inches(1.6), _INNER, Inches(4.6)
        _write(body.text_frame, points, size=22)
        self.close(slide)

    def add_table(
        self, title: str, rows: Sequence[Sequence[str]], widths: Sequence[float], *, alt: str, size: int = 13
    ) -> None:
        """Add a slide with a table, its first row the header; widths in inches, greatest size of letters in points."""
        slide = self.add(_TITLE_ONLY, title)
        size = fitting.fit_size(rows, widths, room=_ROOM, size=size)
        # Rows of one line; those with more grow, and only they.
        height = Inches(fitting.estimate_height([[""]], [1], size=size) * len(rows))
        frame = slide.shapes.add_table(len(rows), len(widths), _LEFT, Inches(_TOP), _INNER, height)
        describe(frame, alt)
        for place, width in enumerate(widths):
            frame.table.columns[place].width = Inches(width)
        for number, row in enumerate(rows):
            for place, text in enumerate(row):
                _write(frame.table.cell(number, place).text_frame, [text], size=size, is_bold=number == 0, color=None)
        self.close(slide)

    def close(self, slide: Slide) -> None:
        """Write the foot, with the notes of the jurisdictions that the slide names."""
        said = " ".join(_list_texts(slide))
        lines = [" ".join(part for part in (self._notice, self._state) if part), *self._study.notes_for(said)]
        box = slide.shapes.add_textbox(_LEFT, Inches(_FOOT), _INNER, Inches(0.8))
        box.name = "Foot"
        box.text_frame.word_wrap = True
        _write(box.text_frame, [line for line in lines if line], size=10, color=_SOFT)


def write_slides(data: StudyData, agenda: Agenda, *, state: str) -> bytes:
    """Return the slides of the workshop, the same bytes for the same inputs.

    Parameters
    ----------
    data : StudyData
    agenda : Agenda
        From `draw_up`.
    state : str
        Where the report stands; every slide says it.
    """
    deck = _Deck(data, state)
    opening = deck.add(_TITLE_SLIDE, data.study.title)
    opening.shapes.title.top, opening.shapes.title.height = Inches(1.6), Inches(2.2)
    below = opening.placeholders[1]
    below.left, below.top, below.width, below.height = _LEFT, Inches(4.1), _INNER, Inches(1.2)
    _write(below.text_frame, ["For discussion at the validation workshop."], size=22)
    below.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    deck.close(opening)
    deck.add_points("The two questions", _QUESTIONS)
    deck.add_points("How to read the evidence", _READING)
    _add_chart(deck, data, agenda)
    _add_pairs(deck, data, agenda)
    for code in (REGION, *data.study.codes):
        _add_recommendations(deck, data, agenda, code)
    deck.add_points("How you vote", _VOTING)
    _add_rules(deck, data)
    stream = io.BytesIO()
    deck.file.save(stream)
    return settle_dates(stream.getvalue())


def describe(frame, text: str) -> None:
    """Give a table, chart or picture the text that a screen reader says in its place."""
    frame._element.xpath("./*/p:cNvPr")[0].set("descr", text)


def settle_dates(content: bytes) -> bytes:
    """Date an Office file by SOURCE_DATE_EPOCH, else 1980, so that the same content has the same bytes."""
    day = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), UTC)
    stamp = day.strftime("%Y-%m-%dT%H:%M:%SZ").encode("ascii")
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            part = old.read(name)
            if name.endswith(".xlsx"):
                part = settle_dates(part)
            elif name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, part)
            info = zipfile.ZipInfo(name, day.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return stream.getvalue()


def _write(frame, lines: Sequence[str], *, size: int, is_bold: bool = False, color: RGBColor | None = _INK) -> None:
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.bold = Pt(size), is_bold
        if color is not None:
            run.font.color.rgb = color


def _list_texts(slide: Slide) -> list[str]:
    texts = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            texts.append(shape.text_frame.text)
        if shape.has_table:
            texts += [cell.text_frame.text for row in shape.table.rows for cell in row.cells]
        if shape.has_chart:
            texts += list(shape.chart.plots[0].categories)
    return texts


def _add_chart(deck: _Deck, data: StudyData, agenda: Agenda) -> None:
    """Show who is to act; places are not counted against each other."""
    counts = agenda.advice["addressee"].value_counts().head(_MOST_ADDRESSEES)
    names = format_column(pd.Series(counts.index, name="addressee"), data.vocabulary).tolist()
    numbers = counts.astype(int).tolist()
    slide = deck.add(_TITLE_ONLY, "Who is to act: recommendations by addressee")
    chart = CategoryChartData()
    chart.categories = names
    chart.add_series("Recommendations", numbers)
    place = (_LEFT, Inches(_TOP), _INNER, Inches(4.9))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, chart)
    frame.chart.has_legend = False
    frame.chart.has_title = False
    frame.chart.plots[0].has_data_labels = True
    frame.chart.category_axis.reverse_order = True
    frame.chart.value_axis.visible = False
    frame.chart.value_axis.has_major_gridlines = False
    listed = "; ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True))
    describe(frame, f"Bars: recommendations by addressee, the most frequent first. {listed}.")
    deck.close(slide)


def _add_pairs(deck: _Deck, data: StudyData, agenda: Agenda) -> None:
    codes = data.study.codes
    mirrored = mirror_pairs(agenda.pairs, jurisdictions=codes)
    cells = {(row.first, row.second): row.instruments for row in mirrored.itertuples()}
    names = [data.study.name(code) for code in codes]
    rows = [
        ["", *names],
        *([name, *(cells[code, other] for other in codes)] for code, name in zip(codes, names, strict=True)),
    ]
    none_n = int(agenda.pairs["reading"].eq("not_found").sum())
    alt = (
        f"Table: bilateral and trilateral instruments found for each of {len(agenda.pairs)} pairs; for {none_n} none "
        "was found, which does not mean that there is none."
    )
    widths = [2.5] + [9.6 / len(codes)] * len(codes)
    # The longest word of a name stands on one line, in the widest font that a machine may have instead.
    longest = max(len(word) for name in names for word in name.split())
    size = max(8, min(16, int((widths[1] - 0.2) * 72 / (0.7 * longest))))
    deck.add_table("Who has an instrument with whom (ND: none was found)", rows, widths, alt=alt, size=size)


def _add_recommendations(deck: _Deck, data: StudyData, agenda: Agenda, code: str) -> None:
    listed = agenda.voting_list[agenda.voting_list["scope"].eq(code)]
    known = agenda.advice.drop_duplicates("recommendation_id").set_index("recommendation_id")
    addressee = format_column(known["addressee"], data.vocabulary)
    shown = listed.head(_SHOWN)
    name = data.vocabulary.label("jurisdiction_or_region", code)
    head, widths = ["Id", "Recommendation", "To"], [2.3, 7.1, 2.7]
    rows = [[r.recommendation_id, r.action, addressee.get(r.recommendation_id, "ND")] for r in shown.itertuples()]
    start = 0
    for count in fitting.split_rows(head, rows, widths, room=_ROOM, size=18):
        span = f"recommendations {start + 1} to {start + count}" if count > 1 else f"recommendation {start + 1}"
        alt = f"Table: {span} of {len(listed)} for {name}, with addressee."
        deck.add_table(
            f"{name}: {span} of {len(listed)}", [head, *rows[start : start + count]], widths, alt=alt, size=18
        )
        start += count


def _add_rules(deck: _Deck, data: StudyData) -> None:
    shown = pd.DataFrame(
        {
            name: format_column(data.decision_rules[name], data.vocabulary)
            for name in ("decision", "quantity", "comparison")
        }
    )
    limits = print_limits(data.decision_rules)["limit_printed"]
    rows = [["Status", "If", "Because"]]
    rows += [
        [row.decision, f"{row.quantity}: {row.comparison} {limit}", reason]
        for row, limit, reason in zip(shown.itertuples(), limits, data.decision_rules["reason"], strict=True)
    ]
    alt = "Table: the conditions of each status; the first status of which all conditions hold is given."
    deck.add_table("How votes decide: the first status whose conditions all hold", rows, [2.6, 4.7, 4.8], alt=alt)
