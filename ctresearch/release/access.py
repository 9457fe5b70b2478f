"""What bars people from a page who read by ear or by keyboard, as far as it can be told without a browser.

The rules are those of axe-core and of the success criteria of WCAG 2 of the same meaning; contrast and size need a
browser and are tested in one when the pages are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from lxml import html

from ctresearch.release.checks import Reason, gather
from ctresearch.site.packed import read_page

_PLACEHOLDER = "No description has been provided"
_NAMED_BY_CONTENT = "//a[@href] | //button | //summary | //h1 | //h2 | //h3 | //h4 | //h5 | //h6"
_FIELDS = "//input[not(@type='hidden')] | //select | //textarea"
_REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget")


def check_access(report: Path) -> list[Reason]:
    """Look through every page of a report."""
    found = [
        ("accessibility", violation, file.name)
        for file in sorted(report.glob("*.html"))
        for violation in find_violations(read_page(file))
    ]
    return gather(found)


def find_violations(text: str) -> list[str]:
    """Return what bars people from a page, each kind once.

    Examples
    --------
    >>> find_violations('<html lang="en"><title>A</title><h1>A</h1><a href="#x"></a><img src="a.png" alt=""></html>')
    ['image without a text in its place', 'a without a name']
    """
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    page = html.document_fromstring(text.encode() or b"<html></html>", parser=parser)
    found = [*([_PLACEHOLDER] if _PLACEHOLDER in text else []), *_look_at_page(page), *_look_at_elements(page)]
    return list(dict.fromkeys(found))


def _look_at_page(page: html.HtmlElement) -> Iterator[str]:
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1 | //h2 | //h3 | //h4 | //h5 | //h6")]
    holds = {
        "page without a language": not page.get("lang"),
        "page without a title": not page.xpath("normalize-space(//title)"),
        "image without a text in its place": any(not image.get("alt", "").strip() for image in page.iter("img")),
        "table without header cells": any(table.find(".//th") is None for table in page.iter("table")),
        "order of the keyboard differs from that of the page": any(
            value.strip().isdigit() and int(value) > 0 for value in page.xpath("//@tabindex")
        ),
        "level of heading left out": any(after > before + 1 for before, after in pairwise([0, *levels])),
    }
    yield from (violation for violation, is_there in holds.items() if is_there)
    counts = Counter(page.xpath("//@id"))
    yield from (f"identifier given twice: {name}" for name, count in counts.items() if count > 1)
    for name in _REFERENCES:
        parts = (part for value in page.xpath(f"//@{name}") for part in value.split())
        yield from (f"{name} leads nowhere: {part}" for part in parts if part not in counts)


def _look_at_elements(page: html.HtmlElement) -> Iterator[str]:
    names = {element.get("id"): element for element in page.xpath("//*[@id]")}
    for element in page.xpath(_NAMED_BY_CONTENT):
        if not _read_name(element, names):
            yield f"{element.tag} without a name"
    labelled = {label.get("for") for label in page.iter("label")}
    for element in page.xpath(_FIELDS):
        is_within = next(element.iterancestors("label"), None) is not None
        if not (is_within or element.get("id") in labelled or _read_given(element, names)):
            yield f"{element.tag} without a label"


def _read_name(element: html.HtmlElement, names: Mapping[str, html.HtmlElement]) -> str:
    """Return what a reader hears of an element: the name it was given, its text, or that of its images."""
    own = " ".join([*element.itertext(), *(image.get("alt", "") for image in element.iter("img"))])
    return _read_given(element, names) or own.strip()


def _read_given(element: html.HtmlElement, names: Mapping[str, html.HtmlElement]) -> str:
    given = [element.get("aria-label", ""), element.get("title", "")]
    given += [names[name].text_content() for name in element.get("aria-labelledby", "").split() if name in names]
    return " ".join(given).strip()
