"""Ballots of a workshop: one row a ballot (KoboToolbox, ODK), or one row a vote (typed from paper)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from ctresearch.clean.cases import find_header
from ctresearch.clean.exports import SUBMISSION, is_mark, keep_first_mark, list_names
from ctresearch.clean.result import Cleaned, log_left_out
from ctresearch.clean.text import tidy_text
from ctresearch.schema.problems import Problem

VOTER = ("ballot", "list_version", "jurisdiction", "sector", "sex", "consent")
"""Columns that say whose ballot it is; `consent` only where the form asked."""

ASPECTS = ("vote", "wording", "objection")
"""What is said of a recommendation; a form exports columns such as `vote_ALB_PREV_01a`, with groups before the name."""

RECEIVED_COLUMNS = ("file", "row", "recommendation_id", *ASPECTS, *VOTER, "source_id")

_NEEDED = ("ballot", "list_version", "sex")
_FIELDS = (*VOTER, *ASPECTS, "recommendation_id")
_ASPECT = re.compile(rf"({'|'.join(ASPECTS)})_(.+)")


def read_votes(
    sheets: Mapping[str, pd.DataFrame], *, file: str, source_id: str, recommendations: Mapping[str, str]
) -> Cleaned:
    """Read the votes of ballots as they were written; whether they count is for `consensus.check_ballots` to say.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells of the export with names (not labels) of questions as headers: `ballot`, `list_version`, `sex`, and
        `vote_...`, `wording_...`, `objection_...` for each recommendation; or, one row a vote, `recommendation_id`,
        `vote`, `wording`, `objection`. `jurisdiction`, `sector` and `consent` where they were asked.
    file, source_id : str
        Name for messages; source that the rows cite.
    recommendations : mapping of str to str
        The recommendation for the end of each question's name, from `consensus.form.name_question`.

    Returns
    -------
    Cleaned
        `votes`: `file`, `row` and the columns of the contract of `ballots`, as written, empty where nothing is; a
        recommendation on which nothing is said has no row, and one that is not known keeps the name that it has. A
        ballot that was sent twice, the same in every cell, is taken once and logged.

    Examples
    --------
    >>> cells = pd.DataFrame([["ballot", "list_version", "sex", "a/vote_AAA_1", "a/wording_AAA_1"],
    ...                       ["B-001", "v", "female", "amend", "Train all."]], index=[1, 2], dtype="str")
    >>> votes = read_votes({"": cells}, file="b.csv", source_id="s", recommendations={"AAA_1": "AAA-1"}).tables["votes"]
    >>> votes[["ballot", "recommendation_id", "vote", "wording"]].values.tolist()
    [['B-001', 'AAA-1', 'amend', 'Train all.']]
    """
    columns = find_header(sheets, lambda headers: [_name_column(header) for header in headers])
    targets = keep_first_mark(columns.targets) if columns else []
    problems = _check_targets(targets, columns.headers if columns else (), file)
    if problems:
        return Cleaned({}, problems=tuple(problems))
    rows = sheets[columns.sheet].loc[columns.first_row :]
    rows = rows.iloc[:, [place for place, target in enumerate(targets) if target]].apply(tidy_text)
    rows = rows.set_axis([target for target in targets if target], axis=1).dropna(how="all")
    kept = rows[~rows.duplicated()] if SUBMISSION in rows else rows
    votes = _melt(kept, recommendations).assign(file=file, source_id=source_id)
    present = [name for name in RECEIVED_COLUMNS if name in votes]
    return Cleaned(
        {"votes": votes[present].reset_index(drop=True)}, log_left_out(rows, kept, column="", reason="sent twice")
    )


def _name_column(header: str | None) -> str:
    if is_mark(header):
        return SUBMISSION
    return next((name for name in list_names(header) if name in _FIELDS or _ASPECT.fullmatch(name)), "")


def _check_targets(targets: Sequence[str], headers: Sequence[str], file: str) -> list[Problem]:
    remedy = "Export with the names of the questions (XML values and headers), not their labels."
    has_votes = any(target.startswith("vote_") for target in targets) or {"recommendation_id", "vote"} <= set(targets)
    missing = [name for name in _NEEDED if name not in targets] + ([] if has_votes else ["vote"])
    problems = [Problem(file, f"a column '{name}'", remedy, column=name) for name in missing]
    return problems + [
        Problem(file, "each question once", "Remove one of them.", column=headers[place])
        for place, target in enumerate(targets)
        if target and targets.index(target) != place
    ]


def _melt(kept: pd.DataFrame, recommendations: Mapping[str, str]) -> pd.DataFrame:
    """Return one row a vote, in the order of the file."""
    voter = kept[[name for name in VOTER if name in kept]]
    if "recommendation_id" in kept:
        votes = kept.reindex(columns=["recommendation_id", *ASPECTS])
    else:
        found = [match for match in map(_ASPECT.fullmatch, kept.columns) if match]
        names = dict.fromkeys(match[2] for match in found)
        parts = [_pick(kept, name).assign(recommendation_id=recommendations.get(name, name)) for name in names]
        votes = pd.concat([part.dropna(how="all", subset=list(ASPECTS)) for part in parts])
        votes = votes.sort_index(kind="stable")
    wanted = [name for name in RECEIVED_COLUMNS if name not in ("file", "row", "source_id")]
    if "consent" not in voter:
        wanted.remove("consent")
    cells = votes.join(voter).reindex(columns=wanted).astype("object")
    return cells.where(cells.notna(), "").astype("str").rename_axis("row").reset_index()


def _pick(kept: pd.DataFrame, name: str) -> pd.DataFrame:
    own = {f"{aspect}_{name}": aspect for aspect in ASPECTS}
    return kept.reindex(columns=list(own)).rename(columns=own)
