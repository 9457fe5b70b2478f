"""HTML that comes out of a notebook: only the elements that a report is made of, and none that can act (nh3)."""

from __future__ import annotations

import re

import nh3

_TAGS = {
    *("article", "aside", "blockquote", "details", "div", "figcaption", "figure", "hr", "p", "pre", "section"),
    *("a", "abbr", "b", "br", "cite", "code", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "small"),
    *("span", "strong", "sub", "summary", "sup", "time", "u", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("dd", "dl", "dt", "li", "ol", "ul", "caption", "col", "colgroup"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
_ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "role", "tabindex", "title"},
    "a": {"href", "download"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "reversed"},
    "td": {"colspan", "headers", "rowspan"},
    "th": {"abbr", "colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
}
_PREFIXES = {"aria-", "data-"}
_DROPPED_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "object"}
_IMAGE = re.compile(r"data:image/(svg\+xml|png);base64,[A-Za-z0-9+/]+={0,2}")


def clean_html(html: str) -> str:
    """Return HTML without anything that can act, load or be styled by whoever wrote the data.

    Scripts, styles, frames, forms, drawings, event handlers and addresses other than those of pages are dropped; an
    image may only be one that is held in the page. What is left open is closed, so that nothing can break out of its
    place. Text stays as it is.

    Parameters
    ----------
    html : str
        A fragment of a page.

    Examples
    --------
    >>> clean_html('<p onclick="go()">A <script>go()</script><a href="javascript:go()">link</a>')
    '<p>A <a>link</a></p>'
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        generic_attribute_prefixes=_PREFIXES,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attribute_filter=_keep_address,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


def _keep_address(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if _IMAGE.fullmatch(value) else None
    if attribute == "href":
        # Browsers leave out blanks and line breaks when they read the scheme.
        return None if re.sub(r"[\x00-\x20]", "", value).lower().startswith("data:") else value
    return value
