"""Changes that reviewers tracked in Word: the words of a paragraph as they were, and as they should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NEW = {f"{_W}ins", f"{_W}moveTo"}
_GONE = {f"{_W}del", f"{_W}moveFrom"}
_WORDS = (f"{_W}t", f"{_W}delText")
_BREAKS = (f"{_W}br", f"{_W}cr", f"{_W}tab")


def read_changes(body: etree._Element, *, bookmarks: Mapping[str, str], first: str) -> Iterator[tuple[str, str, str]]:
    """Yield of each paragraph in which words were changed: its item, and its words before and after.

    Parameters
    ----------
    body : etree._Element
        The text of a Word file, with tracked changes that nobody has accepted or rejected yet.
    bookmarks : mapping
        Bookmark to item. A change belongs to the item whose bookmark stands last before it.
    first : str
        Item of what stands before any bookmark.
    """
    current, changed = first, {}
    for element in body.iter(f"{_W}bookmarkStart", *_NEW, *_GONE):
        if element.tag == f"{_W}bookmarkStart":
            current = bookmarks.get(element.get(f"{_W}name", ""), current)
            continue
        paragraph = next(element.iterancestors(f"{_W}p"), None)
        if paragraph is not None and not _is_contents(paragraph):
            changed.setdefault(paragraph, current)
    for paragraph, item in changed.items():
        before, after = _read_without(paragraph, _NEW), _read_without(paragraph, _GONE)
        if before != after:
            yield item, before, after


def describe_change(before: str, after: str) -> str:
    """Say what a reviewer wants of some words.

    Examples
    --------
    >>> describe_change("In force since 2014.", "In force since 2013.")
    'To read: In force since 2013.'
    >>> describe_change("", "It was amended."), describe_change("In force.", "")
    ('To add: It was amended.', 'To delete.')
    """
    if not after:
        return "To delete."
    return f"To {'read' if before else 'add'}: {after}"


def _is_contents(paragraph: etree._Element) -> bool:
    """Whether Word writes the paragraph itself: the table of contents, which it tracks as if somebody had."""
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return style is not None and style.get(f"{_W}val", "").upper().startswith("TOC")


def _read_without(paragraph: etree._Element, left_out: set[str]) -> str:
    words = [
        " " if element.tag in _BREAKS else element.text or ""
        for element in paragraph.iter(*_WORDS, *_BREAKS)
        if not any(parent.tag in left_out for parent in element.iterancestors())
    ]
    return " ".join("".join(words).split())
