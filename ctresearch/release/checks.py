"""What keeps a report from being published, each question by itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd

from ctresearch.release.contents import Markup, Piece
from ctresearch.release.identifiers import Persons, decode_text, find_patterns
from ctresearch.vocabulary import SYNTHETIC_MARK

_PLACES_N = 3
_NUMBER = re.compile(r"\d")
_NOT_COUNTED = re.compile(r"[A-Z]{2,}-\d+|Data of \S+ [\d.]+")
"""Short names of indicators, and the name of the exhibit itself."""


@dataclass(frozen=True, order=True)
class Reason:
    """One reason not to publish: what kind, what was found, and where; never the identifier itself."""

    kind: str
    what: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in one line, with the first places."""
        shown = ", ".join(self.places[:_PLACES_N])
        more = f" and {len(self.places) - _PLACES_N} more" if len(self.places) > _PLACES_N else ""
        return f"{self.kind}: {self.what}" + (f" ({shown}{more})" if shown else "")


def gather(found: Iterable[tuple[str, str, str]]) -> list[Reason]:
    """Put findings of one kind and wording together, with all their places.

    Examples
    --------
    >>> [str(reason) for reason in gather([("broken link", "x.html", "a.html"), ("broken link", "x.html", "b.html")])]
    ['broken link: x.html (a.html, b.html)']
    """
    places: dict[tuple[str, str], dict[str, None]] = {}
    for kind, what, place in found:
        places.setdefault((kind, what), {})[place] = None
    return [Reason(kind, what, tuple(found)) for (kind, what), found in places.items()]


def check_sources(sources: pd.DataFrame, pages: Mapping[str, Markup]) -> list[Reason]:
    """Refuse sources that are invented, and restricted ones that a page cites.

    Parameters
    ----------
    sources : pandas.DataFrame
        The register of the study.
    pages : mapping
        Pages by file name.
    """
    invented = sources.loc[sources["status"].eq("synthetic"), "source_id"]
    restricted = set(sources.loc[sources["status"].eq("restricted"), "source_id"])
    found = [("synthetic source", "the study has sources that are invented", source_id) for source_id in invented]
    marked = SYNTHETIC_MARK
    for name, page in pages.items():
        found += [("synthetic source", "it says SYNTHETIC", name)] if any(marked in text for text in page.texts) else []
        cited = {link.partition("#source-")[2] for link in page.links} | {
            one.removeprefix("source-") for one in page.identifiers
        }
        found += [("restricted source", f"'{source_id}' is cited", name) for source_id in sorted(cited & restricted)]
    return gather(found)


def check_identifiers(pieces: Iterable[Piece], persons: Persons) -> list[Reason]:
    """Find persons on lists anywhere in the bytes, and what looks like somebody's number or address in the texts."""
    found = []
    # The same images and texts stand in pages, notebooks and tables; what is clean need not be read again.
    clean: set[str | bytes] = set()
    for piece in pieces:
        kinds = set()
        contents = () if piece.content in clean else decode_text(piece.content)
        for text in (piece.place, *contents) if persons.count else ():
            kinds |= persons.find(text)
        for text in (piece.place, *piece.texts):
            if text not in clean:
                here = find_patterns(text)
                kinds |= here
                clean |= set() if here else {text}
        clean |= set() if kinds else {piece.content}
        found += [("identifier", kind, piece.place) for kind in sorted(kinds)]
    return gather(found)


def check_terms(pages: Mapping[str, Markup], terms: pd.DataFrame, *, quoted: Collection[str]) -> list[Reason]:
    """Find words that hurt or judge people, outside titles and names that others chose.

    Parameters
    ----------
    terms : pandas.DataFrame
        The framework table `terms`: `term`, `instead`, `reason`.
    quoted : collection of str
        Titles of publications and treaties, and names of publishers.
    """
    patterns = {row.term: _compile_term(row.term) for row in terms.itertuples()}
    if not patterns:
        return []
    any_term = re.compile("|".join(pattern.pattern for pattern in patterns.values()), re.IGNORECASE)
    kept = sorted((text for text in quoted if any_term.search(text)), key=len, reverse=True)
    found = []
    for name, page in pages.items():
        for text in page.texts:
            if not any_term.search(text):
                continue
            for quotation in kept:
                text = text.replace(quotation, " ")  # noqa: PLW2901
            found += [("stigmatising term", f"'{term}'", name) for term, one in patterns.items() if one.search(text)]
    instead = dict(zip(terms["term"], terms["instead"], strict=True))
    reasons = gather(found)
    return [Reason(one.kind, _advise(one.what, instead[one.what.strip("'")]), one.places) for one in reasons]


def _compile_term(term: str) -> re.Pattern:
    words = [re.escape(word) for word in re.split(r"[\s-]+", term)]
    return re.compile(r"\b" + r"[\s-]+".join(words) + r"s?\b", re.IGNORECASE)


def _advise(what: str, instead: str) -> str:
    return f"{what}; write {instead}" if instead else f"{what}; leave it out"


def check_numbers(pages: Mapping[str, Markup]) -> list[Reason]:
    """Find tables and figures with numbers that lead to no source, and have no note that says what they are made of."""
    return gather(
        ("number without source", f"nothing in '{exhibit['id']}' leads to a source", name)
        for name, page in pages.items()
        for exhibit in page.exhibits
        if not exhibit["is_sourced"] and _NUMBER.search(_NOT_COUNTED.sub(" ", exhibit["text"]))
    )


def check_links(folder: Path, pages: Mapping[str, Markup]) -> list[Reason]:
    """Find links that lead to no file or place of the edition."""
    places = {name: set(page.identifiers) for name, page in pages.items()}
    return gather(("broken link", link, name) for name, link in _list_broken(folder, pages, places))


def _list_broken(
    folder: Path, pages: Mapping[str, Markup], places: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    @cache
    def find(target: Path) -> str | None:
        """Return the name of a file of the folder, if it is one."""
        whole = target.resolve()
        is_file = whole.is_relative_to(folder.resolve()) and whole.is_file()
        return whole.relative_to(folder.resolve()).as_posix() if is_file else None

    for name, page in pages.items():
        for link in dict.fromkeys(page.links):
            address = urlsplit(link)
            if address.scheme in ("http", "https", "data", "mailto"):
                continue
            linked = find((folder / name).parent / unquote(address.path) if address.path else folder / name)
            known = places.get(linked) if linked else None
            if linked is None or (address.fragment and known is not None and unquote(address.fragment) not in known):
                yield name, link


def check_approval(open_points: Sequence[str]) -> list[Reason]:
    """Refuse what was not sent for comments, has comments without a reply, or is not signed as it stands.

    Parameters
    ----------
    open_points : sequence of str
        As `review.find_open_points` finds them; empty: the report is approved.
    """
    return gather(("open point", point, "") for point in open_points)
