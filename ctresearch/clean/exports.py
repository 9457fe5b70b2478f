"""Columns of the exports of forms (KoboToolbox, ODK): names of questions behind the names of their groups."""

from __future__ import annotations

from collections.abc import Sequence

SUBMISSION = "submission"
"""Field of the mark that every sending of a form carries, by which one that came twice is known."""

_MARKS = frozenset({"_uuid", "instanceID", "KEY"})


def list_names(header: str | None) -> tuple[str, ...]:
    """List what the name of a question may be: groups stand before `/`, `.` or `:`, in ODK Central before `-`.

    Examples
    --------
    >>> list_names("words/comment_PREV-01"), list_names("words-item_1-comment_PREV_01")
    (('comment_PREV-01', '01'), ('words-item_1-comment_PREV_01', 'comment_PREV_01'))
    """
    name = header or ""
    for mark in "/.:":
        name = name.rpartition(mark)[2]
    return tuple(dict.fromkeys((name, name.rpartition("-")[2])))


def is_mark(header: str | None) -> bool:
    """Tell whether a column holds the mark of a sending.

    Examples
    --------
    >>> [is_mark(header) for header in ("meta-instanceID", "_uuid", "ballot")]
    [True, True, False]
    """
    return not _MARKS.isdisjoint(list_names(header))


def keep_first_mark(targets: Sequence[str]) -> list[str]:
    """Name the first column with the mark of a sending alone: exports hold several that say the same.

    Examples
    --------
    >>> keep_first_mark(["submission", "sex", "submission"])
    ['submission', 'sex', '']
    """
    first = targets.index(SUBMISSION) if SUBMISSION in targets else -1
    return ["" if target == SUBMISSION and place != first else target for place, target in enumerate(targets)]
