"""Commands on those who are asked: survey, comments, workshop, weights-sheet."""

from __future__ import annotations

from pathlib import Path

import click

from ctresearch.commands.evidence import tell_intake
from ctresearch.commands.shared import FILE, refuses, source_option, stop, study_option


@click.group()
def survey() -> None:
    """Ask stakeholders: write the form, read the answers."""


@survey.command("build")
@click.argument("out", type=FILE)
@study_option("whose stakeholders are asked")
@refuses()
def build_survey(out: Path, study: str) -> None:
    """Write the survey as an XLSForm in all languages.

    OUT is .xlsx, for KoboToolbox or ODK. Ends with 2 if a text is missing or the form cannot be converted without a
    warning; nothing is written then.
    """
    from ctresearch import fieldwork, store

    built = fieldwork.build_survey(store.read_study(study), out=out)
    click.echo(f"{built.file}: {built.questions_n} questions in {len(built.languages)} languages.")
    if built.drafts:
        click.echo(f"Drafts that somebody who speaks the language must check first: {', '.join(built.drafts)}.")


@survey.command("read")
@click.argument("file", type=FILE)
@source_option
@study_option("whose stakeholders answered")
@click.option(
    "--out", type=FILE, default=Path("survey"), help="Folder that receives the tables; it holds personal answers."
)
@refuses()
def read_survey(file: Path, source: str, study: str, out: Path) -> None:
    """Read an export of the survey: the answers as tables of the study, and what they come to.

    FILE has names, not labels, of questions and choices. Ends as `clean` does. survey_answers.csv and
    survey_themes.csv may be copied into the study; survey_texts.csv holds what people wrote and is never published.
    """
    from ctresearch import fieldwork, intake, store

    request = intake.Request("survey", store.read_study(study), source)
    tell_intake(fieldwork.read_survey(file, request=request, out=out))


@click.group()
def comments() -> None:
    """Comments that reviewers write in the pages."""


@comments.command("read")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--report", type=FILE, default=Path("outputs/western_balkans"), help="Folder of the report.")
@click.option("--out", type=FILE, default=Path("comments.csv"), help="The matrix; replies in it are kept.")
@click.option("--organisation", default="", show_default=False, help="Office that commented in Word; never a person.")
@refuses()
def read_comments(files: tuple[Path, ...], report: Path, out: Path, organisation: str) -> None:
    """Merge comments into one matrix, matched to the items of the report. Names stay in the files.

    FILES are what reviewers exported from the pages, or the report's Word file with their comments. Ends with 2 if a
    file cannot be used; the matrix is untouched then.
    """
    from ctresearch import comments as received

    merged = received.merge_files(files, matrix=out, report=report, organisation=organisation)
    click.echo(f"{out}: {len(merged.rows):,} comments, {merged.new_n:,} new, {merged.open_n:,} without a reply.")
    if merged.gone_n:
        click.echo(f"{merged.gone_n:,} are about something that the report no longer has.")


@click.group()
def workshop() -> None:
    """Hold the workshop: make its kit, read its votes."""


@workshop.command("build")
@click.argument("out", type=FILE)
@study_option("whose recommendations are voted on")
@refuses()
def build_workshop(out: Path, study: str) -> None:
    """Make the kit in the folder OUT: the list, ballots, hand-outs and slides.

    Ballots are an XLSForm and pages to print; there is a hand-out for each jurisdiction and each pair.

    Ends with 2 if a text is missing or the ballot cannot be converted without a warning; nothing is written then.
    """
    from ctresearch import digests, store
    from ctresearch import workshop as kit

    content = digests.digest_content(store.locate_study(study))
    built = kit.build_kit(store.read_study(study), out=out, content=content)
    click.echo(f"{built.folder}: {len(built.files)} files on {built.recommendations_n} recommendations.")
    click.echo(f"List {built.list_version}, rule of consensus {built.rule_version}.")
    if built.is_new_list:
        click.echo("Copy voting_list.csv into the study before the first vote: votes are on its words.")


@workshop.command("read")
@click.argument("received", type=FILE, nargs=-1, required=True, metavar="FILES...")
@source_option
@study_option("whose recommendations were voted on")
@click.option("--out", type=FILE, default=Path("votes"), help="Folder that receives the tables.")
@refuses()
def read_workshop(received: tuple[Path, ...], source: str, study: str, out: Path) -> None:
    """Read the ballots and decide by the rule. FILES are all exports and typed sheets together.

    Says what counts, what does not and why, and the status of each recommendation.

    Ends as `clean` does. ballots.csv and ballots_not_counted.csv may be copied into the study.
    """
    from ctresearch import store
    from ctresearch import workshop as kit

    result = kit.read_ballots(list(received), data=store.read_study(study), source_id=source, out=out)
    for name, count in result.rows.items():
        click.echo(f"{out / name}.csv: {count:,} rows")
    if result.problems:
        stop("\n  ".join([f"Not counted, all in {out / 'problems.csv'}:", *map(str, result.problems)]), 1)


@click.command("weights-sheet")
@click.argument("out", type=FILE)
@click.option(
    "--stakeholder",
    "stakeholders",
    multiple=True,
    required=True,
    help="Running short name as in the register; may be repeated.",
)
@source_option
@study_option("whose pillars are weighed")
@refuses()
def weights_sheet(out: Path, stakeholders: tuple[str, ...], source: str, study: str) -> None:
    """Write the sheet in which stakeholders weigh the pillars.

    OUT is .xlsx. It has points to spread, and pairs to compare.
    """
    from ctresearch import store, weighing

    data = store.read_study(study)
    rows = weighing.write_weights_sheet(data, stakeholders=stakeholders, source_id=source, out=out)
    click.echo(f"{out}: {rows} rows to fill in; the first sheet says how.")
