"""The votes that come back: counted or listed, and what they make of the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from ctresearch import consensus, files
from ctresearch.clean.ballots import read_votes
from ctresearch.clean.result import Cleaned, join_changes
from ctresearch.intake.cleaning import write_parts
from ctresearch.intake.request import Intake
from ctresearch.intake.results import open_result
from ctresearch.schema import Problem, StudyError
from ctresearch.store import StudyData
from ctresearch.workshop.agenda import draw_up

FIELDS = ("sex", "sector")
"""Groups by which votes are counted."""


def read_ballots(received: Sequence[Path], *, data: StudyData, source_id: str, out: Path) -> Intake:
    """Read the ballots of a workshop, and write the votes, what does not count and why, and what was decided.

    Parameters
    ----------
    received : sequence of Path
        Exports of the ballot, and sheets typed from paper ballots; all together, for a ballot that votes in two of
        them votes twice.
    data : StudyData
        The study, with the `voting_list.csv` of the kit.
    source_id : str
        Source that the votes cite, registered in the study's sources.
    out : Path
        Folder for the results; an earlier result there is replaced unless its files were changed or others added.

    Returns
    -------
    Intake
        The folder holds `ballots` and `ballots_not_counted`, which may be copied into the study; `decisions` (each
        recommendation with its votes, status, old and new wording), `votes_by_group` and `final_list`.

    Raises
    ------
    StudyError
        If a file cannot be read, the list or the source is missing, or the folder holds other files; nothing is written
        then.
    """
    _refuse_request(data, source_id)
    parts, notes = [], []
    known = {consensus.name_question(name): name for name in data.voting_list["recommendation_id"]}
    for file in received:
        content = files.read_file(file)
        notes += content.notes
        parts.append(read_votes(dict(content.sheets), file=file.name, source_id=source_id, recommendations=known))
    problems = [problem for part in parts for problem in part.problems]
    if problems:
        raise StudyError(problems)
    cleaned = _decide(parts, data)
    with open_result(out) as folder:
        intake = write_parts([(cleaned, tuple(notes))], folder)
    return Intake(out, *intake)


def _refuse_request(data: StudyData, source_id: str) -> None:
    problems = []
    if data.voting_list.empty:
        remedy = "Copy voting_list.csv of the kit into the study: votes are on its words."
        problems.append(Problem("voting_list.csv", "the list that was put to the vote", remedy))
    if not data.sources["source_id"].eq(source_id).any():
        remedy = "Register the source in sources.csv first, with its terms and status."
        problems.append(Problem("--source", "a source of the study", remedy, found=source_id))
    if problems:
        raise StudyError(problems)


def _decide(parts: Iterable[Cleaned], data: StudyData) -> Cleaned:
    parts = list(parts)
    votes = pd.concat([part.tables["votes"] for part in parts], ignore_index=True)
    if "consent" in votes:
        # A ballot on paper has no such question: who hands it in consents.
        votes["consent"] = votes["consent"].fillna("yes")
    codes = {
        name: data.vocabulary.codes(listed)
        for name, listed in (
            ("vote", "vote"),
            ("objection", "objection"),
            ("sector", "sector"),
            ("sex", "respondent_sex"),
            ("jurisdiction", "jurisdiction_or_region"),
        )
    }
    checked = consensus.check_ballots(votes, data.voting_list, codes=codes, translations=data.translations)
    least = data.study.survey.least_group_n
    decided = consensus.decide(
        consensus.count_votes(checked.counted, data.voting_list, least_group_n=least), data.decision_rules
    )
    tables = {
        "ballots": checked.counted,
        "ballots_not_counted": checked.not_counted,
        "decisions": decided,
        "votes_by_group": consensus.group_votes(checked.counted, fields=FIELDS, least_group_n=least),
        "final_list": consensus.apply_decisions(draw_up(data).advice, decided),
    }
    changes = join_changes([*(part.changes for part in parts), checked.changes])
    return Cleaned(tables, changes, tuple(_list_problems(checked.not_counted, data)))


def _list_problems(not_counted: pd.DataFrame, data: StudyData) -> list[Problem]:
    """Say once for each file and reason which rows do not count."""
    remedy = "It is in ballots_not_counted.csv; correct it only as the voter meant it."
    single = not_counted.assign(reason=not_counted["problem"].str.split(";")).explode("reason")
    return [
        Problem(
            file,
            "a vote that counts",
            remedy,
            rows=tuple(int(row) for row in dict.fromkeys(rows["row"])),
            found=data.vocabulary.label("ballot_problem", reason),
        )
        for (file, reason), rows in single.groupby(["file", "reason"], sort=True)
    ]
