"""Comments and tracked changes of reviewers in Word, matched to the report by the bookmarks of its Word file."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from lxml import etree

from ctresearch.comments.exported import LONGEST, mend_text
from ctresearch.comments.tracked import describe_change, read_changes
from ctresearch.review import KINDS, NOT_SAID
from ctresearch.schema.problems import Problem
from ctresearch.site.items import name_bookmark

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BETWEEN = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " "}
"""What stands for a break between words."""

_MOST_PART_BYTES = 200 * 2**20
_EXPECTED = "a Word file with comments or tracked changes"
_REMEDY = "Ask for the report's Word file with the comments, saved as .docx."


def read_word(
    file: Path, problems: list[Problem], *, items: Iterable[str], organisation: str = ""
) -> list[dict[str, str]]:
    """Return the comments and tracked changes of one Word file; add to the problems what is wrong with it.

    A comment belongs to the item whose bookmark stands last before the commented words; one on the cover to the report
    as a whole, `items` beginning with its identifier. Its kind is the word before a colon at its beginning, if that is
    one of `review.KINDS`. A paragraph with tracked changes is a comment on its wording: the quote says how it was, the
    text how it should be. Names and initials of authors stay in the file.

    Parameters
    ----------
    file : Path
        The Word file that `ctresearch documents` wrote, of this or an earlier run, with comments.
    items : iterable of str
        Identifiers of the report's items, the report as a whole first.
    organisation : str
        Office that commented.
    """
    try:
        body, said = _read_part(file, "word/document.xml"), _read_comments(file)
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error, RuntimeError, etree.XMLSyntaxError) as error:
        problems.append(Problem(file.name, _EXPECTED, _REMEDY, found=str(error)))
        return []
    except KeyError as error:
        problems.append(Problem(file.name, _EXPECTED, _REMEDY, found=str(error.args[0])))
        return []
    first, *others = items
    bookmarks = {name_bookmark(item): item for item in (first, *others)}
    places = _place_comments(body, bookmarks, first)
    read = [
        _read_comment(comment, *places.get(comment.get(f"{_W}id", ""), ("", "")))
        for comment in said.iter(f"{_W}comment")
    ]
    read += [
        _write_comment(item, before, "wording", describe_change(before, mend_text(after)))
        for item, before, after in read_changes(body, bookmarks=bookmarks, first=first)
    ]
    if not read:
        problems.append(Problem(file.name, _EXPECTED, _REMEDY, found="neither"))
    unread = tuple(number for number, one in enumerate(read, start=1) if not one)
    if unread:
        expected = f"a comment on words of the report, of 1 to {LONGEST['text']:,} characters"
        problems.append(Problem(file.name, expected, _REMEDY, rows=unread))
    return [one | {"organisation": organisation, "file": file.name} for one in read if one]


def _read_comments(file: Path) -> etree._Element:
    """Return the part that holds the comments; an empty one if nobody wrote any."""
    try:
        said = _read_part(file, "word/comments.xml")
    except KeyError:
        return etree.Element(f"{_W}comments")
    if said.tag != f"{_W}comments":
        raise ValueError("not as Word saves .docx unless told otherwise")
    return said


def _read_comment(comment: etree._Element, item: str, quote: str) -> dict[str, str]:
    """Return a comment without who wrote it; nothing if it is on no item, empty or too long."""
    kind, text = _split_kind(mend_text("\n".join(map(_read_words, comment.iter(f"{_W}p"))).strip()))
    return _write_comment(item, quote, kind, text, comment.get(f"{_W}date", ""))


def _write_comment(item: str, quote: str, kind: str, text: str, date: str = "") -> dict[str, str]:
    if not item or not text or len(text) > LONGEST["text"]:
        return {}
    written = "\x1f".join((item, quote, text, date))
    return {
        "comment_id": f"c-{hashlib.sha256(written.encode()).hexdigest()[:16]}",
        "item_id": item,
        "comment_kind": kind,
        "title": item,
        "quote": quote[: LONGEST["quote"]],
        "text": text,
    }


def _read_part(file: Path, name: str) -> etree._Element:
    """Read a part within bounds, without entities and the network."""
    with zipfile.ZipFile(file) as archive, archive.open(name) as stream:
        content = stream.read(_MOST_PART_BYTES + 1)
    if len(content) > _MOST_PART_BYTES:
        raise ValueError(f"{name} unpacks to more than {_MOST_PART_BYTES // 2**20} MiB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError(f"{name} declares entities, which Word never does")
    return root


def _place_comments(body: etree._Element, bookmarks: Mapping[str, str], first: str) -> dict[str, tuple[str, str]]:
    """Return the item and the commented words of each comment, by its number in the file."""
    current, open_words, placed = first, {}, {}
    for element in body.iter():
        if element.tag == f"{_W}bookmarkStart":
            current = bookmarks.get(element.get(f"{_W}name", ""), current)
        elif element.tag == f"{_W}commentRangeStart":
            open_words[element.get(f"{_W}id")] = (current, [])
        elif element.tag in (f"{_W}t", f"{_W}p", *_BETWEEN):
            for _, words in open_words.values():
                words.append(element.text or "" if element.tag == f"{_W}t" else " ")
        elif element.tag in (f"{_W}commentRangeEnd", f"{_W}commentReference"):
            number = element.get(f"{_W}id")
            item, words = open_words.pop(number, (current, []))
            placed.setdefault(number, (item, " ".join("".join(words).split())))
    return placed


def _read_words(paragraph: etree._Element) -> str:
    return "".join(_BETWEEN.get(word.tag) or word.text or "" for word in paragraph.iter(f"{_W}t", *_BETWEEN))


def _split_kind(text: str) -> tuple[str, str]:
    """Split off the kind that a comment begins with.

    Examples
    --------
    >>> _split_kind("Fact: the centre moved."), _split_kind("See: the law.")
    (('fact', 'the centre moved.'), ('not_said', 'See: the law.'))
    """
    kind, colon, rest = text.partition(":")
    is_said = colon and kind.strip().lower() in KINDS
    return (kind.strip().lower(), rest.strip()) if is_said else (NOT_SAID, text)
