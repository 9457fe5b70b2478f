"""The `ctresearch` command: parses arguments, nothing else."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="A research workbook for counter-trafficking needs assessments: from published evidence to a report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_StudyArgument = Annotated[
    str, typer.Argument(help="Folder of a study, or the name of a shipped one.", metavar="[STUDY]")
]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ctresearch {version('ctresearch')}")
        raise typer.Exit


@app.callback()
def main(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Build reports from the evidence of a study."""


@app.command()
def run(
    study: _StudyArgument = "western_balkans",
    out: Annotated[Path, typer.Option(help="Folder that receives the report.")] = Path("outputs"),
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="Only this jurisdiction's chapter, for example SRB; may be repeated.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks to execute at once; default: all cores.")] = None,
) -> None:
    """Check the inputs, build the whole report and say where it is.

    Ends with 0 if all went well, 1 if a section failed, 2 if the inputs have problems.
    """
    from rich.console import Console

    from ctresearch import batch, store
    from ctresearch.progress import RunProgress

    console = Console(stderr=True)
    try:
        settings = store.read_study(study).study
        chosen = tuple(jurisdiction or ())
        total = len(batch.list_sections(settings, study_parameter="", jurisdictions=chosen))
        with RunProgress(total, console) as progress:
            result = batch.run_study(study, out=out, jurisdictions=chosen, jobs=jobs, on_event=progress.report)
    except store.StudyError as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"Nothing was published; an earlier report is untouched. {error}", err=True)
        raise typer.Exit(1) from None
    if result.left_out:
        typer.echo(f"Left out: {', '.join(result.left_out)}.")
    for outcome in result.failed:
        typer.echo(f"Failed: {outcome.error}. See {result.folder / 'notebooks' / outcome.executed.name}", err=True)
    typer.echo(f"Report: {result.folder / 'index.html'}")
    if result.failed:
        raise typer.Exit(1)


@app.command()
def check(study: _StudyArgument = "western_balkans") -> None:
    """List every problem of every input file; ends with 2 if there is one."""
    from ctresearch import store

    problems = store.check_study(study)
    if problems:
        typer.echo(str(store.StudyError(problems)), err=True)
        raise typer.Exit(2)
    typer.echo(f"No problem found in {store.locate_study(study)}.")
