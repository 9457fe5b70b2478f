"""Comments as the pages of a report export them: one file in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from ctresearch.review import KINDS
from ctresearch.schema.problems import Problem

FORMAT = "ctresearch-comments"
MOST_BYTES = 5_000_000
"""Largest file that is read; a reviewer would have to write for years."""

LONGEST = {"id": 40, "item": 200, "title": 300, "quote": 1000, "kind": 20, "text": 5000, "organisation": 200}
"""Most characters of each value."""

_ID = re.compile(r"c-[0-9a-f]{16}")
_NO_LETTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_exported(file: Path, problems: list[Problem]) -> list[dict[str, str]]:
    """Return the comments of one file without names; add to the problems what is wrong with it."""
    remedy = "Ask for the file that the button 'Export all as a file' of a page makes."
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError(f"{file.stat().st_size:,} bytes")
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        if content["format"] != FORMAT or content["version"] != 1:
            raise ValueError(f"format {content['format']} {content['version']}"[:60])
        comments = list(content["comments"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        problems.append(
            Problem(file.name, f"a file of comments of at most {MOST_BYTES:,} bytes", remedy, found=str(error))
        )
        return []
    read = []
    for number, comment in enumerate(comments, start=1):
        wrong = _find_wrong(comment)
        if wrong:
            problems.append(Problem(file.name, wrong, remedy, rows=(number,), column=wrong.split("'")[1]))
        else:
            read.append(
                {
                    "comment_id": comment["id"],
                    "item_id": mend_text(comment["item"]),
                    "comment_kind": comment["kind"],
                    **{key: mend_text(comment[key]) for key in ("title", "quote", "text", "organisation")},
                    "file": file.name,
                }
            )
    return read


def mend_text(text: str) -> str:
    r"""Write every line break as one, and what is no letter as a mark, so that a table in CSV holds it.

    Examples
    --------
    >>> mend_text("one\r\ntwo\x00")
    'one\ntwo\ufffd'
    """
    return _NO_LETTER.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _find_wrong(comment: object) -> str:
    """Say what a comment should hold and does not; empty if all is well. Its words are not repeated."""
    if not isinstance(comment, Mapping):
        return "'comment' with named values"
    for name, longest in LONGEST.items():
        if not isinstance(comment.get(name), str) or len(comment[name]) > longest:
            return f"'{name}' as text of at most {longest} characters"
    if not _ID.fullmatch(comment["id"]):
        return "'id' as the page makes it"
    if comment["kind"] not in KINDS:
        return f"'kind' as one of {', '.join(KINDS)}"
    empty = next((name for name in ("item", "title", "text") if not comment[name].strip()), "")
    return f"'{empty}' that is not empty" if empty else ""
