"""The kit of a workshop in one folder: the list, the ballots, the hand-outs and the slides."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ctresearch import consensus, review
from ctresearch.fieldwork import refuse_warnings, write_form
from ctresearch.intake.results import append_rows, open_result
from ctresearch.schema import Problem, StudyError
from ctresearch.store import StudyData
from ctresearch.workshop.agenda import draw_up
from ctresearch.workshop.pages import write_own_pages, write_pages
from ctresearch.workshop.presentation import write_slides


@dataclass(frozen=True)
class BuiltKit:
    """A kit that was made: where, of how many recommendations, and the versions that are fixed with it."""

    folder: Path
    files: tuple[str, ...]
    recommendations_n: int
    list_version: str
    rule_version: str
    is_new_list: bool


def build_kit(data: StudyData, *, out: Path, content: str) -> BuiltKit:
    """Make the kit of a workshop.

    Parameters
    ----------
    data : StudyData
        The study. Where it has a `voting_list.csv`, that list is put to the vote, and else the list of today.
    out : Path
        Folder for the kit; an earlier kit there is replaced unless its files were changed or others added.
    content : str
        Content hash of what the study's report is made from.

    Returns
    -------
    BuiltKit
        The folder holds `voting_list.csv` (copy it into the study before the first vote), `ballot.xlsx` for
        KoboToolbox or ODK, a ballot on paper for each place of work, a hand-out for each jurisdiction and each pair,
        `slides.pptx`, `versions.csv`, and, where a panel has rated, a page for each panellist of the last round with
        the own answers beside the group's.

    Raises
    ------
    StudyError
        If the folder holds anything else, there is nothing to vote on, a translation is missing, or pyxform has
        anything to say of the ballot; nothing is written then.
    """
    state = review.describe_state(review.find_state(data.report_states), content=content)
    with open_result(out) as folder:
        agenda = draw_up(data)
        (folder / "ballot.xlsx").write_bytes(_write_ballot(data, agenda.voting_list))
        (folder / "slides.pptx").write_bytes(write_slides(data, agenda, state=state))
        pages = write_pages(data, agenda, state=state) | write_own_pages(data, agenda, state=state)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
        append_rows(agenda.voting_list, folder / "voting_list.csv")
        version = agenda.voting_list["list_version"].iloc[0]
        rule = consensus.digest_rules(data.study.delphi)
        _write_versions({"list": version, "rule of consensus": rule, "content": content}, folder / "versions.csv")
        files = tuple(sorted(file.name for file in folder.iterdir()))
    return BuiltKit(out, files, len(agenda.voting_list), version, rule, is_new_list=data.voting_list.empty)


def _write_ballot(data: StudyData, voting_list: pd.DataFrame) -> bytes:
    names = {code: data.study.name(code) for code in data.study.codes}
    try:
        sheets = consensus.lay_out_ballot(
            voting_list, data.translations, jurisdictions=names, form_id=f"ballot_{data.name}"
        )
    except ValueError as error:
        expected = "a list to vote on, and every text in every language"
        remedy = "Complete the table; a text that nobody has checked is a 'draft'."
        raise StudyError([Problem("framework/translations.csv", expected, remedy, found=str(error))]) from None
    content = write_form(sheets)
    refuse_warnings(content, Path("ballot.xlsx"))
    return content


def _write_versions(versions: Mapping[str, str], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([("what", "version"), *versions.items()])
