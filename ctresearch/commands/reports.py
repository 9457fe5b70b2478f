"""Commands on a study and its report: new, check, run, status, documents, release."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from ctresearch.commands.shared import (
    FILE,
    jurisdiction_option,
    out_option,
    refuses,
    split_pairs,
    stop,
    study_argument,
)


@click.command()
@study_argument
@out_option
@jurisdiction_option
@click.option("--force", is_flag=True, help="Redo everything, even what has not changed.")
@click.option("--jobs", type=click.IntRange(min=1), help="Notebooks to execute at once; default: all cores.")
@click.option("--timeout", type=click.IntRange(min=1), help="Seconds that a cell may take; default: no limit.")
@click.option("--fail-fast", is_flag=True, help="Start nothing more once a part has failed.")
@click.option("--cold", is_flag=True, help="Start an ordinary kernel for each notebook.")
@click.option("--wait", is_flag=True, help="Wait for another run of the same report.")
@click.option(
    "--scheduler", default="", show_default=False, help="Dask scheduler whose workers execute, as tcp://host:port."
)
@refuses(system="Nothing was published; an earlier report is untouched.")
def run(
    study: str, out: Path, jurisdictions: tuple[str, ...], *, force: bool, cold: bool, **options: bool | int | str
) -> None:
    """Check the inputs and bring the report up to date.

    Only what changed is done again. Ends with 0 if all went well, 1 if a part failed or nothing could be published,
    2 if the inputs have problems, 130 if it was interrupted.
    """
    from ctresearch import batch
    from ctresearch.progress import RunProgress

    asked = {"out": out, "jurisdictions": jurisdictions, "force": force}
    asked_how = batch.Options(is_cold=cold, **options)
    try:
        with RunProgress() as progress:
            result = batch.run_study(study, **asked, options=asked_how, on_event=progress.report)
            progress.summarise(result)
    except KeyboardInterrupt:
        stop("Interrupted. Finished parts are kept for the next run; an earlier report is untouched.", 130)
    if result.is_unchanged:
        click.echo("Nothing has changed; the report is up to date.")
    if result.left_out:
        click.echo(f"Left out: {', '.join(result.left_out)}.")
    for outcome in result.failed:
        kept = f" See {result.folder / 'notebooks' / outcome.section.name}.ipynb" if outcome.notebook else ""
        click.echo(f"Failed: {outcome.error}.{kept}", err=True)
    click.echo(f"Report: {result.folder / 'index.html'}")
    if result.failed:
        raise click.exceptions.Exit(1)


@click.command()
@study_argument
@out_option
@jurisdiction_option
@refuses("", "")
def status(study: str, out: Path, jurisdictions: tuple[str, ...]) -> None:
    """Say which parts of the report are stale, and why. Ends with 1 if a run would do something."""
    from ctresearch import plan

    planned = plan.make_plan(study, out=out, jurisdictions=jurisdictions)
    for section in planned.sections:
        reasons = planned.reasons.get(section.name)
        click.echo(f"{section.title}: {'stale (' + ', '.join(reasons) + ')' if reasons else 'up to date'}")
    if not planned.is_complete:
        click.echo("A run would bring the report up to date.")
        raise click.exceptions.Exit(1)
    click.echo("The report is up to date.")


@click.command()
@study_argument
@refuses("", "")
def check(study: str) -> None:
    """List every problem of every input file. Ends with 2 if there is one."""
    from ctresearch import digests, schema, store

    problems = store.check_study(study)
    if problems:
        stop(str(store.StudyError(problems)), 2)
    empty = store.list_empty_tables(study)
    place = store.locate_study(study)
    if len(empty) == sum(not table.is_optional for table in schema.STUDY):
        click.echo(f"Empty but valid: no problem found in {place}, and no table has a row yet.")
        return
    without = f" Without rows, and so ND in the report: {', '.join(empty)}." if empty else ""
    click.echo(f"No problem found in {place}.{without}")
    click.echo(f"Content, for report_states.csv and sign_offs.csv: {digests.digest_content(place)}")


@click.command()
@click.argument("folder", type=FILE)
@click.option("--title", default="", show_default=False, help="Title of the report.")
@click.option(
    "--jurisdiction", "jurisdictions", multiple=True, help="CODE=Name, in the order of the report; may be repeated."
)
@click.option(
    "--period", "periods", multiple=True, help="FIRST-LAST year of a time point, baseline first; give at least two."
)
@click.option("--language", "languages", multiple=True, help="Language of the report; may be repeated.")
@refuses()
def new(
    folder: Path, title: str, jurisdictions: tuple[str, ...], periods: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    """Start a study for another region in FOLDER. It gets settings, empty tables and instructions.

    What is not given is asked for in a terminal. Ends with 2 if an answer cannot be used; nothing is written then.
    """
    from ctresearch import start

    start.refuse_occupied(folder)
    if sys.stdin.isatty():
        title = title or click.prompt("Title of the report")
        jurisdictions = jurisdictions or _ask_several("Jurisdiction as CODE=Name, for example AVQ=Arvelia")
        periods = periods or _ask_several("Period as FIRST-LAST year, the baseline first, the update last")
        languages = languages or (click.prompt("Language of the report", default="en"),)
    asked = {"jurisdictions": jurisdictions, "periods": periods, "languages": languages or ("en",)}
    place = start.write_study(folder, start.parse_answers(title=title, **asked))
    click.echo(f"Study: {place}\nRead {place / 'README.md'} for what every column holds and what to do next.")


def _ask_several(question: str) -> tuple[str, ...]:
    answers = []
    while answer := click.prompt(f"{question} (empty: no more)", default="", show_default=False):
        answers.append(answer)
    return tuple(answers)


@click.command()
@study_argument
@out_option
@click.option("--hxl", "has_hxl", is_flag=True, help="Write the tables with a row of HXL hashtags too.")
@refuses(system="Not everything was written.")
def documents(study: str, out: Path, *, has_hxl: bool) -> None:
    """Write a finished report as a PDF and a Word file.

    Ends with 2 if the report is not up to date; nothing is written then.
    """
    from ctresearch import documents as making

    written = making.make_documents(study, out=out, has_hxl=has_hxl)
    for file in written[:2]:
        click.echo(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")
    if has_hxl:
        click.echo(f"{written[-1].parent}: {len(written) - 2} tables")


@click.command()
@study_argument
@out_option
@click.option("--to", type=FILE, help="Folder that receives the edition; default: STUDY-public.")
@click.option(
    "--persons", multiple=True, help="SHEET=MAPPING of a case sheet whose persons nobody may find; may be repeated."
)
@click.option("--verify", type=FILE, help="Only compare the files of this edition with release.json.")
@refuses("Nothing was published.", "Nothing was published.")
def release(study: str, out: Path, to: Path | None, persons: tuple[str, ...], verify: Path | None) -> None:
    """Build the public edition, or say why it is refused.

    Ends with 0 if the edition was built, or is whole; with 1 if it was refused, or is not as it was published; with 2
    if an input cannot be read.
    """
    from ctresearch import release as gate

    if verify is not None:
        _tell_verified(verify, gate.verify_release(verify))
        return
    result = gate.release_report(study, out=out, to=to, sheets=split_pairs(persons), today=date.today())
    if result.folder is None:
        reasons = "".join(f"\n  {number}. {reason}" for number, reason in enumerate(result.reasons, start=1))
        stop(f"Refused, for {len(result.reasons)} reason{'s' if len(result.reasons) != 1 else ''}:{reasons}", 1)
    click.echo(f"Public edition: {result.folder / 'index.html'}")
    click.echo(f"SHA-256 of release.json, to be published apart from the files: {result.digest}")


def _tell_verified(folder: Path, differences: list[str]) -> None:
    if differences:
        stop("\n  ".join([f"{folder} is not as it was published:", *differences]), 1)
    click.echo(f"{folder}: every file is as it was published.")
