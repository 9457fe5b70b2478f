"""Cards that open over a page without a script: the source of a number, the meaning of a term."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape, unescape

import pandas as pd

_CITATION = re.compile(
    r'<a href="annex\.html#source-(?P<id>[^"]*)"(?: data-locator="(?P<locator>[^"]*)")?>(?P<label>.*?)</a>'
)
_PARAGRAPH = re.compile(r'(?P<start><p(?: class="(?:note|question)")?>)(?P<body>.*?)(?P<end></p>)', re.DOTALL)
_TAG = re.compile(r"(<[^>]+>)")
_BETWEEN = '</button>; <button type="button" class="cite"'
_CLOSED = {"a", "button", "code", "span"}
"""Elements whose words are not explained: they lead somewhere already, or are names."""


class Cards:
    """The cards of one page, which may be given piece by piece.

    A citation becomes a button that opens the card over the page (the popover of HTML, which needs no script); a term
    is explained where it stands first. On paper the cards are the page's list of sources.

    Parameters
    ----------
    sources : pandas.DataFrame
        The source register.
    glossary : pandas.DataFrame
        `term`, `definition`, `source_note`.

    Examples
    --------
    >>> register = pd.DataFrame({"source_id": ["a"], "publisher": ["Bureau A"], "title": ["Yearbook"], "year": [2020],
    ...                          "address": ["https://a.example"], "terms": ["free"], "status": ["public"],
    ...                          "accessed": ["2021-01-02"], "via": [""], "note": [""]})
    >>> cards = Cards(sources=register, glossary=pd.DataFrame(columns=["term", "definition", "source_note"]))
    >>> cards.open('<p class="source"><a href="annex.html#source-a" data-locator="p. 3">A</a></p>')
    '<p class="source"><button type="button" class="cite" popovertarget="card-1">A</button></p>'
    >>> "<dt>Where in it</dt><dd>p. 3</dd>" in cards.render()
    True
    """

    def __init__(self, *, sources: pd.DataFrame, glossary: pd.DataFrame) -> None:
        self._sources = sources
        self._known = frozenset(sources["source_id"])
        self._terms = glossary.to_dict("records")
        self._cited: dict[tuple[str, str], int] = {}
        self._explained: dict[int, Mapping] = {}

    def open(self, html: str) -> str:
        """Return a piece of the page with buttons for what it cites and for the terms in its paragraphs."""
        return explain_terms(_open_citations(html, self._known, self._cited), self._terms, self._explained)

    def render(self) -> str:
        """Return the cards that the buttons open; empty if there are none."""
        cited = self._sources[self._sources["source_id"].isin({one for one, _ in self._cited})]
        register = {source["source_id"]: source for source in cited.to_dict("records")}
        shown = [_render_source(number, register[one], place) for (one, place), number in self._cited.items()]
        shown += [_render_term(number, row) for number, row in self._explained.items()]
        label = "Sources and terms of this page"
        return f'<aside class="cards" aria-label="{label}">{"".join(shown)}</aside>' if shown else ""


def add_cards(html: str, *, sources: pd.DataFrame, glossary: pd.DataFrame) -> str:
    """Give a rendered page its cards; they stand before its foot, `<footer class="report">`."""
    cards = Cards(sources=sources, glossary=glossary)
    html = cards.open(html)
    return html.replace('<footer class="report">', f'{cards.render()}<footer class="report">', 1)


def explain_terms(html: str, terms: Sequence[Mapping], explained: dict[int, Mapping]) -> str:
    """Make a button of the first mention of each term in the paragraphs; note the terms explained by their numbers.

    Examples
    --------
    >>> words, found = [{"term": "cap"}, {"term": "national mechanism (NM)"}], {}
    >>> page = explain_terms("<p>The NM has <a>a cap</a>, and caps. A cap.</p>", words, found)
    >>> print(page.replace('type="button" ', ""))
    <p>The <button class="term" popovertarget="term-1">NM</button> has <a>a cap</a>,
    and <button class="term" popovertarget="term-0">caps</button>. A cap.</p>
    >>> list(found)
    [1, 0]
    """
    names = {name: number for number, row in enumerate(terms) for name in _list_names(row["term"])}
    if not names:
        return html
    longest = sorted(names, key=len, reverse=True)
    anyone = re.compile(rf"\b({'|'.join(map(re.escape, longest))})(s?)\b", re.IGNORECASE)

    def explain(word: re.Match) -> str:
        number = names.get(word[1]) if word[1].isupper() else names.get(word[1].lower())
        if number is None or number in explained:
            return word[0]
        explained[number] = terms[number]
        return f'<button type="button" class="term" popovertarget="term-{number}">{word[0]}</button>'

    text, end, rest = html.partition("</main>")
    text = _PARAGRAPH.sub(lambda p: p["start"] + _explain_text(p["body"], anyone, explain) + p["end"], text)
    return text + end + rest


def _list_names(term: str) -> list[str]:
    """Return what a term is called: with its short form in brackets apart; only a short form keeps its capitals."""
    long, _, short = term.removesuffix(")").partition(" (")
    return [name if name.isupper() else name.lower() for name in (long, short) if name]


def _explain_text(body: str, anyone: re.Pattern, explain) -> str:
    parts, inside = _TAG.split(body), 0
    for place, part in enumerate(parts):
        if part.startswith("<"):
            name = part.strip("</>").split(" ")[0]
            inside += (-1 if part.startswith("</") else 1) if name in _CLOSED else 0
        elif not inside:
            parts[place] = anyone.sub(explain, part)
    return "".join(parts)


def _open_citations(html: str, known: Collection[str], cited: dict[tuple[str, str], int]) -> str:
    """Make buttons of the links to known sources; note them with their places by the number of their card."""

    def open_card(link: re.Match) -> str:
        source_id = unescape(link["id"])
        if source_id not in known:
            return link[0]
        number = cited.setdefault((source_id, unescape(link["locator"] or "")), len(cited) + 1)
        return f'<button type="button" class="cite" popovertarget="card-{number}">{link["label"]}</button>'

    # The mark between two citations stays with the first, or it could stand alone on a line.
    return _CITATION.sub(open_card, html).replace(_BETWEEN, f";{_BETWEEN.replace('; ', ' ')}")


def _render_source(number: int, source: Mapping, locator: str) -> str:
    source_id = escape(source["source_id"])
    year = "" if pd.isna(source["year"]) else str(source["year"])
    address = escape(source["address"])
    has_link = source["address"].startswith(("https://", "http://"))
    facts = {
        "Where in it": escape(locator),
        "Year": year,
        "Terms of use": escape(source["terms"]),
        "Address": f'<a href="{address}">{address}</a>' if has_link else address,
        "Copy read": escape(source["via"]),
        "Read on": escape(source["accessed"]),
        "Note": escape(source["note"]),
        "Register": f'<a href="annex.html#source-{source_id}">{source_id}</a>',
    }
    if source["status"] == "synthetic":
        facts = {"Status": "SYNTHETIC: invented for demonstration", **facts}
    listed = "".join(f"<dt>{term}</dt><dd>{value}</dd>" for term, value in facts.items() if value)
    head = f"<p><strong>{escape(source['publisher'])}</strong>: {escape(source['title'])}</p>"
    return _render_card(f"card-{number}", "source", "Source", f"{head}<dl>{listed}</dl>")


def _render_term(number: int, row: Mapping) -> str:
    note = f'<p class="ref">{escape(row["source_note"])}</p>' if row["source_note"] else ""
    body = f"<p><dfn>{escape(row['term'])}</dfn>: {escape(row['definition'])}</p>{note}"
    return _render_card(f"term-{number}", "term", "Meaning of a term", body)


def _render_card(name: str, kind: str, label: str, body: str) -> str:
    close = f'<button type="button" popovertarget="{name}" popovertargetaction="hide">Close</button>'
    return f'<div class="pop {kind}" id="{name}" popover role="group" aria-label="{label}">{body}{close}</div>'
