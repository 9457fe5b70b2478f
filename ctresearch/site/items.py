"""What a reader can cite or comment on: places with identifiers that survive a rerun."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from html import unescape

_ITEM = re.compile(
    r'<figure class="exhibit (?:table|figure)" id="(?P<exhibit>[^"]+)"><figcaption[^>]*>(?P<caption>.*?)</figcaption>'
    r'|<a class="item" id="(?P<row>[^"]+)"'
    r'|<article class="card" id="(?P<card>[^"]+)"><p class="head">(?P<head>.*?)</p>'
    r'|<h[23] id="(?P<section>[^"]+)">(?P<title>.*?)</h[23]>',
    re.DOTALL,
)


@dataclass(frozen=True)
class Item:
    """A place that can be cited: its identifier, the file that holds it, its kind and its title as printed now."""

    item_id: str
    file: str
    kind: str
    title: str


def list_items(html: str, *, file: str) -> list[Item]:
    """List the sections, tables, figures, findings and recommendations of a page, in their order.

    Sections are named with their page, since other pages have sections of the same name.

    Examples
    --------
    >>> page = '<h2 id="law">2.1 Law</h2><table><td><a class="item" id="SRB-PROT-03" href="#SRB-PROT-03">x</a></table>'
    >>> [(item.item_id, item.kind, item.title) for item in list_items(page, file="srb.html")]
    [('srb-section-law', 'section', '2.1 Law'), ('SRB-PROT-03', 'finding', 'SRB-PROT-03')]
    """
    found = []
    for match in _ITEM.finditer(html):
        if match["exhibit"]:
            title = _read(match["caption"])
            found.append(Item(unescape(match["exhibit"]), file, title.split(" ")[0].lower(), title))
        elif match["row"]:
            found.append(Item(unescape(match["row"]), file, "finding", unescape(match["row"])))
        elif match["card"]:
            found.append(Item(unescape(match["card"]), file, "recommendation", _read(match["head"])))
        else:
            name = name_section(file.removesuffix(".html"), unescape(match["section"]))
            found.append(Item(name, file, "section", _read(match["title"])))
    return found


def name_section(page: str, heading: str) -> str:
    """Return the identifier of a section, which is another one than that of a table of the same name.

    Examples
    --------
    >>> name_section("srb", "urgent-needs")
    'srb-section-urgent-needs'
    """
    return f"{page}-section-{heading}"


def name_heading(text: str) -> str:
    """Return the identifier of a heading on its page.

    Examples
    --------
    >>> name_heading("Law & practice")
    'law-practice'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def name_bookmark(item: str) -> str:
    """Return the name of an item's bookmark in the Word file: letters and digits, at most forty."""
    return f"p{hashlib.sha256(item.encode()).hexdigest()[:30]}"


def _read(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())
