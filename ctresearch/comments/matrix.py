"""Reviewers' comments from pages and Word files, merged into one matrix in which the team answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ctresearch.comments.exported import read_exported
from ctresearch.comments.word import read_word
from ctresearch.publication import write_whole
from ctresearch.review import KINDS, NOT_SAID, REPLIES
from ctresearch.schema.deliberation import COMMENTS
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.schema.validation import check_table

WHOLE = "report"
"""Item of a comment that stands before every other item."""

GONE = "not in the report any more: "
_COLUMNS = [column.name for column in COMMENTS.columns]
_WRITTEN = ("item_id", "comment_kind", "quote", "text", "organisation")
_FORMULA = re.compile(r"^(?=[=+\-@\t\r'])")


@dataclass(frozen=True)
class Merged:
    """A matrix after comments were read: all rows, and how many are new, without a reply, and about what is gone."""

    rows: pd.DataFrame
    new_n: int

    @property
    def open_n(self) -> int:
        """Comments without a reply."""
        return int(self.rows["reply"].eq("").sum())

    @property
    def gone_n(self) -> int:
        """Comments on items that the report no longer has."""
        return int(self.rows["title"].str.startswith(GONE).sum())


def merge_files(files: Sequence[Path], *, matrix: Path, report: Path, organisation: str = "") -> Merged:
    """Read files of comments and write them into a matrix; replies that it holds are kept.

    Parameters
    ----------
    files : sequence of Path
        Exports of the pages, and Word files of the report with comments. A comment that comes twice is one comment.
    matrix : Path
        CSV file by the contract of the table `comments`, which is made if it is not there. It holds no name.
    report : Path
        Folder of the report with `items.csv`: items are matched by their identifiers.
    organisation : str
        Office that commented in the Word files; never the name of a person.

    Raises
    ------
    StudyError
        With every problem of every file; the matrix is untouched then.
    """
    whole = pd.DataFrame({"item_id": [WHOLE], "title": ["The report as a whole"]})
    known = pd.concat([whole, _read_cells(report / "items.csv")], ignore_index=True)
    earlier = read_matrix(matrix)
    problems: list[Problem] = []
    read = []
    for file in files:
        if file.suffix.lower() == ".docx":
            read += read_word(file, problems, items=known["item_id"], organisation=organisation)
        else:
            read += read_exported(file, problems)
    if problems:
        raise StudyError(problems)
    received = pd.DataFrame(read, columns=[*_COLUMNS[:7], "file"]).drop_duplicates(["comment_id", *_WRITTEN])
    merged = merge_comments(earlier, received, known)
    rows = merged.rows.map(lambda cell: _FORMULA.sub("'", cell))
    matrix.parent.mkdir(parents=True, exist_ok=True)
    write_whole(matrix, rows.to_csv(index=False, lineterminator="\n"))
    return merged


def merge_comments(earlier: pd.DataFrame, received: pd.DataFrame, items: pd.DataFrame) -> Merged:
    """Add received comments to a matrix and match all to the items of the report, in whose order they stand.

    Examples
    --------
    >>> new = pd.DataFrame([["c-1", "SRB-PROT-03", "old title", "fact", "", "No.", "", "a.json"]],
    ...                    columns=[*_COLUMNS[:7], "file"])
    >>> items = pd.DataFrame({"item_id": ["SRB-PROT-03"], "title": ["SRB-PROT-03"]})
    >>> merged = merge_comments(pd.DataFrame(columns=_COLUMNS, dtype=str), new, items)
    >>> merged.rows[["item_id", "title", "reply"]].to_numpy().tolist(), merged.open_n
    ([['SRB-PROT-03', 'SRB-PROT-03', '']], 1)
    """
    _refuse_changed(earlier, received)
    added = received[~received["comment_id"].isin(earlier["comment_id"])]
    rows = pd.concat([earlier, added.reindex(columns=_COLUMNS)], ignore_index=True).fillna("")
    titles = dict(zip(items["item_id"], items["title"], strict=True))
    order = {item: place for place, item in enumerate(titles)}
    was = rows["title"].str.removeprefix(GONE)
    rows["title"] = [titles.get(item, GONE + old) for item, old in zip(rows["item_id"], was, strict=True)]
    places = rows["item_id"].map(lambda item: order.get(item, len(order)))
    rows = rows.assign(place=places).sort_values(["place", "comment_id"], ignore_index=True).drop(columns="place")
    return Merged(rows, len(added))


def read_matrix(matrix: Path) -> pd.DataFrame:
    """Return the rows of a matrix as text; none if the file is not there.

    Raises
    ------
    StudyError
        If it does not keep its contract.
    """
    if not matrix.exists():
        return pd.DataFrame(columns=_COLUMNS, dtype=str)
    rows = _read_cells(matrix)
    codes = {"comment_kind": (*KINDS, NOT_SAID), "reply": REPLIES}
    problems = check_table(COMMENTS, rows, codes, file=matrix.name, may_be_empty=True)
    if problems:
        raise StudyError(problems)
    return rows.map(lambda cell: cell.removeprefix("'") if _FORMULA.match(cell[1:]) else cell)


def _read_cells(file: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        remedy = "Name the folder of a finished report." if file.name == "items.csv" else "Save it as CSV in UTF-8."
        raise StudyError([Problem(file.name, "a table in CSV", remedy, found=type(error).__name__)]) from error


def _refuse_changed(earlier: pd.DataFrame, received: pd.DataFrame) -> None:
    """Refuse two texts under one identifier: a comment is never changed, it is written anew."""
    both = pd.concat([earlier.assign(file=COMMENTS.file), received], ignore_index=True)
    distinct = both.drop_duplicates(["comment_id", *_WRITTEN])
    twice = distinct[distinct["comment_id"].duplicated()]
    expected = "one text and organisation under one identifier"
    remedy = (
        "Ask which of the two is meant, and leave the other out; read a Word file with the --organisation of before."
    )
    problems = [
        Problem(row.file, expected, remedy, column="comment_id", found=row.comment_id) for row in twice.itertuples()
    ]
    if problems:
        raise StudyError(problems)
