"""For readers with little time: the region on two pages, and each jurisdiction on one, from the report's own tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from ctresearch.datafiles import read_rows
from ctresearch.exhibits import SYNTHETIC_NOTICE, cite_row, cite_sources, link_source
from ctresearch.messages import NOTHING, Message, Tables, say_messages
from ctresearch.readability import measure_lix
from ctresearch.site import shell
from ctresearch.site.items import Item
from ctresearch.study import Study
from ctresearch.vocabulary import Vocabulary

REGIONAL = (
    *("trends-verdicts", "convictions-verdicts", "shared-gaps", "urgent-shared", "pairs", "complementary"),
    "coverage",
)
"""Exhibits whose data the summary is made of."""

CHAPTER = (
    "victims-rates",
    "victims-verdict",
    "justice-verdict",
    "treaties",
    "urgent-needs",
    "strengths",
    "gaps",
    "missing",
)
"""Exhibits of a chapter whose data its profile is made of."""

MOST = 3
"""Needs, strengths, gaps and recommendations that a profile shows."""

_VERDICTS = {"rising": "rising", "falling": "falling", "no_clear_change": "no clear change"}


@dataclass(frozen=True)
class Context:
    """What all short pages are made with: the study, the register, the labels, and the items by identifier."""

    study: Study
    sources: pd.DataFrame
    vocabulary: Vocabulary
    items: Mapping[str, Item]
    is_synthetic: bool = False

    def link(self, page: str, name: str) -> str:
        """Return a link to an exhibit by its number, empty if the report has none such."""
        item = self.items.get(f"{page}-{name}")
        if item is None:
            return ""
        label = item.title.split(". ")[0]
        return f'<a href="{escape(item.file)}#{escape(item.item_id)}">{escape(label)}</a>'


@dataclass(frozen=True)
class Line:
    """One line of a profile: what, the answer in words, links to the evidence, and citations."""

    term: str
    value: str
    evidence: str = ""
    sources: str = ""


@dataclass(frozen=True)
class Profile:
    """What the page of one jurisdiction shows: lines at a glance, and lists under headings."""

    lines: list[Line] = field(default_factory=list)
    lists: dict[str, list[Line]] = field(default_factory=dict)


def render_summary(tables: Tables, advice: pd.DataFrame, context: Context) -> str:
    """Render `summary.html`: the five messages of the region with their evidence, and what is recommended first."""
    study, vocabulary = context.study, context.vocabulary
    said = say_messages(tables, jurisdictions=study.codes, vocabulary=vocabulary)
    shown = [(message, Markup(_list_evidence(message, context))) for message in said]
    firsts = [
        (row["recommendation_id"], row["action"], vocabulary.label("addressee", row["addressee"]))
        for row in advice.head(5).to_dict("records")
    ]
    lix = measure_lix(" ".join(message.text for message in said))
    has_page = any(item.file == "recommendations.html" for item in context.items.values())
    return _render("summary.html.j2", context, messages=shown, advice=firsts, lix=lix, has_page=has_page)


def render_profile(code: str, tables: Tables, advice: pd.DataFrame, context: Context) -> str:
    """Render the page of one jurisdiction."""
    profile = make_profile(code, tables, advice, context)
    return _render(
        "profile.html.j2", context, name=context.study.name(code), chapter=f"{code.lower()}.html", profile=profile
    )


def make_profile(code: str, tables: Tables, advice: pd.DataFrame, context: Context) -> Profile:
    """Choose from the tables of a chapter what stands on one page."""
    page, vocabulary = code.lower(), context.vocabulary
    lines = [
        _say_victims(tables, page, context),
        _say_verdict("Detected victims over the years", tables, "victims-verdict", page, context),
        _say_verdict("Persons convicted over the years", tables, "justice-verdict", page, context),
        _say_treaties(tables, page, context),
        _say_silence(tables, page, context),
    ]
    needs = [
        Line(
            vocabulary.label("indicator", row["indicator"]),
            f"urgent under {row['urgent_share']:.0%} of the choices that were tried",
            "",
            cite_row(row, vocabulary),
        )
        for row in _first(tables, "urgent-needs")
    ]
    lists = {"Most urgent needs": needs}
    for heading, name in (("Strengths, the latest first", "strengths"), ("Gaps, the latest first", "gaps")):
        lists[heading] = [
            Line(row["evidence_id"], row["statement"], "", cite_row(row, vocabulary))
            for row in _first(tables, name, by="year")
        ]
    lists["Recommended first"] = [
        Line(
            row["recommendation_id"],
            row["action"],
            f'<a href="recommendations.html#{escape(row["recommendation_id"])}">findings</a>',
        )
        for row in advice.head(MOST).to_dict("records")
    ]
    return Profile(lines, lists)


def _say_victims(tables: Tables, page: str, context: Context) -> Line:
    rows = tables.get("victims-rates", pd.DataFrame())
    if rows.empty:
        return Line("Detected victims", NOTHING)
    last = rows.sort_values("year", kind="stable").iloc[-1]
    rate = "" if pd.isna(last["rate_per_100k"]) else f", {last['rate_per_100k']:.1f} per 100,000 inhabitants"
    return Line(
        "Detected victims",
        f"{last['printed']} in {last['year']}{rate}",
        context.link(page, "victims-rates"),
        cite_row(last, context.vocabulary),
    )


def _say_verdict(term: str, tables: Tables, name: str, page: str, context: Context) -> Line:
    rows = tables.get(name, pd.DataFrame(columns=["measure"]))
    rows = rows[rows["measure"].isin(["victims_detected", "persons_convicted"])]
    if rows.empty:
        return Line(term, NOTHING)
    row = rows.iloc[0]
    said = _VERDICTS.get(row["verdict"])
    turn = f", but {row['turn']}" if "turn" in row and pd.notna(row["turn"]) and row["turn"] else ""
    value = f"{said}, {row['span']}{turn}" if said else "too few years to say"
    return Line(term, value, context.link(page, name), cite_row(row, context.vocabulary))


def _say_treaties(tables: Tables, page: str, context: Context) -> Line:
    rows = tables.get("treaties", pd.DataFrame())
    if rows.empty:
        return Line("Main treaties", NOTHING)
    bound = int((rows["bound"].notna() & rows["bound"].ne("")).sum())
    return Line("Main treaties", f"date of joining found for {bound} of {len(rows)}", context.link(page, "treaties"))


def _say_silence(tables: Tables, page: str, context: Context) -> Line:
    rows = tables.get("missing", pd.DataFrame())
    if rows.empty:
        return Line("Questions without a fact", "none is listed")
    core = int(rows["is_core"].sum())
    return Line(
        "Questions without a fact", f"{len(rows)}, of which {core} are core questions", context.link(page, "missing")
    )


def _first(tables: Tables, name: str, *, by: str = "") -> list[dict]:
    rows = tables.get(name, pd.DataFrame())
    if by and len(rows):
        rows = rows.sort_values(by, ascending=False, kind="stable")
    return rows.head(MOST).to_dict("records")


def _list_evidence(message: Message, context: Context) -> str:
    """Link the exhibits of a message, and its sources."""
    links = list(filter(None, (context.link("regional", name) for name in message.evidence)))
    cited = cite_sources(message.rows, context.sources)[0] if len(message.rows) else ()
    shown = [link_source(one, unescape(label)) for one, label in cited[:MOST]]
    more = [f"{len(cited) - MOST} more under the table"] if len(cited) > MOST else []
    parts = [f"Evidence: {', '.join(links)}"] if links else []
    return ". ".join([*parts, *([f"Sources: {'; '.join([*shown, *more])}"] if shown else [])])


def _render(template: str, context: Context, **values: object) -> str:
    notice = SYNTHETIC_NOTICE if context.is_synthetic else ""
    return shell.render(template, context.study, synthetic_notice=notice, nothing=NOTHING, **values)


def pick_tables(data: Mapping[str, Mapping], page: str) -> Tables:
    """Return as frames the data behind the exhibits of a page that short pages are made of."""
    wanted = {"regional": REGIONAL, "recommendations": ("regional", *(n for n in data if n.startswith("advice-")))}
    return {name: pd.DataFrame(read_rows(data[name])) for name in wanted.get(page, CHAPTER) if name in data}


def write_short_pages(
    folder: Path, kept: Mapping[str, Tables], context: Context, finish: Callable[[str], str]
) -> dict[str, str]:
    """Write the summary and the profiles for which the report has what they are made of; return their labels by file.

    Parameters
    ----------
    kept : mapping of str to Tables
        Data behind the exhibits of each page, by its name.
    finish : callable
        Gives a page its cards.
    """
    written, advice = {}, kept.get("recommendations", {})
    if "regional" in kept:
        html = render_summary(kept["regional"], advice.get("regional", pd.DataFrame()), context)
        (folder / "summary.html").write_text(finish(html), encoding="utf-8")
        written["summary.html"] = "Summary: the region in five messages"
    for code in context.study.codes:
        page = code.lower()
        if page in kept:
            html = render_profile(code, kept[page], advice.get(f"advice-{page}", pd.DataFrame()), context)
            (folder / f"profile-{page}.html").write_text(finish(html), encoding="utf-8")
            written[f"profile-{page}.html"] = "On one page"
    return written
