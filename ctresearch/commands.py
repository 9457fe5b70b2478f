"""Commands on a finished report, a workshop, and weights. They parse arguments; `cli` takes them in."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

_Study = Annotated[str, typer.Argument(help="Folder of a study, or the name of a shipped one.", metavar="[STUDY]")]
_Out = Annotated[Path, typer.Option(help="Folder that holds the report.")]


def documents(
    study: _Study = "western_balkans",
    out: _Out = Path("outputs"),
    hxl: Annotated[bool, typer.Option("--hxl", help="Write the tables with a row of HXL hashtags too.")] = False,
) -> None:
    """Write a finished report as a PDF and a Word file.

    Ends with 2 if the report is not up to date; nothing is written then.
    """
    from ctresearch import documents as making
    from ctresearch.schema.problems import StudyError

    try:
        written = making.make_documents(study, out=out, has_hxl=hxl)
    except StudyError as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"Not everything was written. {error}", err=True)
        raise typer.Exit(1) from None
    for file in written[:2]:
        typer.echo(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")
    if hxl:
        typer.echo(f"{written[-1].parent}: {len(written) - 2} tables")


def release(
    study: _Study = "western_balkans",
    out: _Out = Path("outputs"),
    to: Annotated[Path | None, typer.Option(help="Folder that receives the edition; default: STUDY-public.")] = None,
    persons: Annotated[
        list[str] | None,
        typer.Option(help="SHEET=MAPPING of a case sheet whose persons nobody may find; may be repeated."),
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Only compare the files of this edition with release.json.")
    ] = None,
) -> None:
    """Build the public edition, or say why it is refused.

    Ends with 0 if the edition was built, or is whole; with 1 if it was refused, or is not as it was published; with 2
    if an input cannot be read.
    """
    from ctresearch import publication
    from ctresearch import release as gate
    from ctresearch.schema.problems import StudyError

    if verify is not None:
        _tell_verified(verify, gate.verify_release(verify))
        return
    pairs = [(Path(sheet), Path(mapping)) for sheet, _, mapping in (pair.partition("=") for pair in persons or ())]
    try:
        result = gate.release_report(study, out=out, to=to, sheets=pairs, today=date.today())
    except StudyError as error:
        typer.echo(f"Nothing was published. {error}", err=True)
        raise typer.Exit(2) from None
    except (OSError, publication.BusyError) as error:
        typer.echo(f"Nothing was published. {error}", err=True)
        raise typer.Exit(1) from None
    if result.folder is None:
        typer.echo(f"Refused, for {len(result.reasons)} reason{'s' if len(result.reasons) != 1 else ''}:", err=True)
        for number, reason in enumerate(result.reasons, start=1):
            typer.echo(f"  {number}. {reason}", err=True)
        raise typer.Exit(1)
    typer.echo(f"Public edition: {result.folder / 'index.html'}")
    typer.echo(f"SHA-256 of release.json, to be published apart from the files: {result.digest}")


def _tell_verified(folder: Path, differences: list[str]) -> None:
    if not differences:
        typer.echo(f"{folder}: every file is as it was published.")
        return
    typer.echo(f"{folder} is not as it was published:", err=True)
    for difference in differences:
        typer.echo(f"  {difference}", err=True)
    raise typer.Exit(1)


workshop_app = typer.Typer(help="Hold the workshop: make its kit, read its votes.", no_args_is_help=True)


@workshop_app.command("build")
def build_workshop(
    out: Annotated[Path, typer.Argument(help="Folder that receives the kit.")],
    study: Annotated[str, typer.Option(help="Study whose recommendations are voted on.")] = "western_balkans",
) -> None:
    """Make the kit: the list, ballots, hand-outs and slides.

    Ballots are an XLSForm and pages to print; there is a hand-out for each jurisdiction and each pair.

    Ends with 2 if a text is missing or the ballot cannot be converted without a warning; nothing is written then.
    """
    from ctresearch import digests, store, workshop
    from ctresearch.schema.problems import StudyError

    try:
        content = digests.digest_content(store.locate_study(study))
        built = workshop.build_kit(store.read_study(study), out=out, content=content)
    except StudyError as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{built.folder}: {len(built.files)} files on {built.recommendations_n} recommendations.")
    typer.echo(f"List {built.list_version}, rule of consensus {built.rule_version}.")
    if built.is_new_list:
        typer.echo("Copy voting_list.csv into the study before the first vote: votes are on its words.")


@workshop_app.command("read")
def read_workshop(
    received: Annotated[list[Path], typer.Argument(help="All exports and typed sheets together.", metavar="FILES...")],
    source: Annotated[str, typer.Option(help="Id of the source in sources.csv that the votes will cite.")],
    study: Annotated[str, typer.Option(help="Study whose recommendations were voted on.")] = "western_balkans",
    out: Annotated[Path, typer.Option(help="Folder that receives the tables.")] = Path("votes"),
) -> None:
    """Read the ballots and decide by the rule.

    Says what counts, what does not and why, and the status of each recommendation.

    Ends as `clean` does. ballots.csv and ballots_not_counted.csv may be copied into the study.
    """
    from ctresearch import store, workshop
    from ctresearch.schema.problems import StudyError

    try:
        result = workshop.read_ballots(received, data=store.read_study(study), source_id=source, out=out)
    except StudyError as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(1) from None
    for name, count in result.rows.items():
        typer.echo(f"{out / name}.csv: {count:,} rows")
    if result.problems:
        typer.echo(f"Not counted, all in {out / 'problems.csv'}:", err=True)
        for problem in result.problems:
            typer.echo(f"  {problem}", err=True)
        raise typer.Exit(1)


def weights_sheet(
    out: Annotated[Path, typer.Argument(help="New file, .xlsx.")],
    stakeholder: Annotated[list[str], typer.Option(help="Running short name as in the register; may be repeated.")],
    source: Annotated[str, typer.Option(help="Id of the source in sources.csv that the rows will cite.")],
    study: Annotated[str, typer.Option(help="Study whose pillars are weighed.")] = "western_balkans",
) -> None:
    """Write the sheet in which stakeholders weigh the pillars.

    It has points to spread, and pairs to compare.
    """
    from ctresearch import store, weighing
    from ctresearch.schema.problems import StudyError

    try:
        data = store.read_study(study)
        rows = weighing.write_weights_sheet(data, stakeholders=stakeholder, source_id=source, out=out)
    except (StudyError, OSError) as error:
        typer.echo(f"Nothing was written. {error}", err=True)
        raise typer.Exit(2 if isinstance(error, StudyError) else 1) from None
    typer.echo(f"{out}: {rows} rows to fill in; the first sheet says how.")
