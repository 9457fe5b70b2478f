"""The `ctresearch` command: parses arguments, nothing else."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ctresearch import commands

if TYPE_CHECKING:
    from ctresearch.intake import Intake

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


_OutOption = Annotated[Path, typer.Option(help="Folder that receives the report.")]
_JurisdictionOption = Annotated[
    list[str] | None, typer.Option(help="Only this jurisdiction's chapter, for example SRB; may be repeated.")
]


@app.command()
def run(
    study: _StudyArgument = "western_balkans",
    out: _OutOption = Path("outputs"),
    jurisdiction: _JurisdictionOption = None,
    force: Annotated[bool, typer.Option("--force", help="Redo everything, even what has not changed.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks to execute at once; default: all cores.")] = None,
    timeout: Annotated[int | None, typer.Option(min=1, help="Seconds that a cell may take; default: no limit.")] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Start nothing more once a part has failed.")] = False,
    cold: Annotated[bool, typer.Option("--cold", help="Start an ordinary kernel for each notebook.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for another run of the same report.")] = False,
    scheduler: Annotated[str, typer.Option(help="Dask scheduler whose workers execute, as tcp://host:port.")] = "",
) -> None:
    """Check the inputs and bring the report up to date.

    Only what changed is done again. Ends with 0 if all went well, 1 if a part failed or nothing could be published,
    2 if the inputs have problems, 130 if it was interrupted.
    """
    from rich.console import Console

    from ctresearch import batch, publication
    from ctresearch.progress import RunProgress, summarise
    from ctresearch.schema.problems import StudyError

    console = Console(stderr=True)
    options = batch.Options(jobs, timeout, cold, fail_fast, wait, scheduler)
    asked = {"out": out, "jurisdictions": tuple(jurisdiction or ()), "force": force}
    try:
        with RunProgress(console) as progress:
            result = batch.run_study(study, **asked, options=options, on_event=progress.report)
    except StudyError as error:
        _stop(f"Nothing was written. {error}", 2)
    except (OSError, publication.BusyError) as error:
        _stop(f"Nothing was published; an earlier report is untouched. {error}", 1)
    except KeyboardInterrupt:
        _stop("Interrupted. Finished parts are kept for the next run; an earlier report is untouched.", 130)
    if result.is_unchanged:
        typer.echo("Nothing has changed; the report is up to date.")
    if result.left_out:
        typer.echo(f"Left out: {', '.join(result.left_out)}.")
    summarise(result, console)
    for outcome in result.failed:
        kept = f" See {result.folder / 'notebooks' / outcome.section.name}.ipynb" if outcome.notebook else ""
        typer.echo(f"Failed: {outcome.error}.{kept}", err=True)
    typer.echo(f"Report: {result.folder / 'index.html'}")
    if result.failed:
        raise typer.Exit(1)


@app.command()
def status(
    study: _StudyArgument = "western_balkans",
    out: _OutOption = Path("outputs"),
    jurisdiction: _JurisdictionOption = None,
) -> None:
    """Say which parts of the report are stale, and why. Ends with 1 if a run would do something."""
    from ctresearch import plan
    from ctresearch.schema.problems import StudyError

    try:
        planned = plan.make_plan(study, out=out, jurisdictions=tuple(jurisdiction or ()))
    except StudyError as error:
        _stop(str(error), 2)
    for section in planned.sections:
        reasons = planned.reasons.get(section.name)
        typer.echo(f"{section.title}: {'stale (' + ', '.join(reasons) + ')' if reasons else 'up to date'}")
    if planned.is_complete:
        typer.echo("The report is up to date.")
        return
    typer.echo("A run would bring the report up to date.")
    raise typer.Exit(1)


@app.command()
def check(study: _StudyArgument = "western_balkans") -> None:
    """List every problem of every input file. Ends with 2 if there is one."""
    from ctresearch import digests, store

    problems = store.check_study(study)
    if problems:
        _stop(str(store.StudyError(problems)), 2)
    empty = store.list_empty_tables(study)
    place = store.locate_study(study)
    if len(empty) == sum(not table.is_optional for table in store.schema.STUDY):
        typer.echo(f"Empty but valid: no problem found in {place}, and no table has a row yet.")
        return
    without = f" Without rows, and so ND in the report: {', '.join(empty)}." if empty else ""
    typer.echo(f"No problem found in {place}.{without}")
    typer.echo(f"Content, for report_states.csv and sign_offs.csv: {digests.digest_content(place)}")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder that is made; it must not hold anything.")],
    title: Annotated[str, typer.Option(help="Title of the report.")] = "",
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="CODE=Name of a jurisdiction, in the order of the report; repeat it.")
    ] = None,
    period: Annotated[
        list[str] | None, typer.Option(help="FIRST-LAST year of a time point, baseline first; give at least two.")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="Language of the report; may be repeated.")] = None,
) -> None:
    """Start a study for another region. It gets settings, empty tables and instructions.

    What is not given is asked for in a terminal. Ends with 2 if an answer cannot be used; nothing is written then.
    """
    import sys

    from ctresearch import start
    from ctresearch.schema.problems import StudyError

    jurisdictions, periods = jurisdiction or [], period or []
    try:
        start.refuse_occupied(folder)
        if sys.stdin.isatty():
            title = title or typer.prompt("Title of the report")
            jurisdictions = jurisdictions or _ask_several("Jurisdiction as CODE=Name, for example AVQ=Arvelia")
            periods = periods or _ask_several("Period as FIRST-LAST year, the baseline first, the update last")
            language = language or [typer.prompt("Language of the report", default="en")]
        asked = {"jurisdictions": jurisdictions, "periods": periods, "languages": language or ["en"]}
        place = start.write_study(folder, start.parse_answers(title=title, **asked))
    except StudyError as error:
        _stop(f"Nothing was written. {error}", 2)
    typer.echo(f"Study: {place}\nRead {place / 'README.md'} for what every column holds and what to do next.")


def _ask_several(question: str) -> list[str]:
    answers = []
    while answer := typer.prompt(f"{question} (empty: no more)", default="", show_default=False):
        answers.append(answer)
    return answers


@app.command()
def clean(
    file: Annotated[Path, typer.Argument(help="The file as it was received.")],
    kind: Annotated[
        str,
        typer.Option("--as", help="glotip, gsi, ctdc, htcds, cases, survey, tip_narrative or ratings.", metavar="KIND"),
    ] = "cases",
    study: Annotated[str, typer.Option(help="Study that the file is for.")] = "western_balkans",
    out: Annotated[Path, typer.Option(help="Folder that receives tables, changes and problems.")] = Path("cleaned"),
    source: Annotated[str, typer.Option(help="Id of the source in sources.csv that the rows will cite.")] = "",
    agency: Annotated[str, typer.Option(help="Short name of the agency that recorded the cases.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="Mapping of a case sheet, in TOML.")] = None,
    form: Annotated[Path | None, typer.Option(help="XLSForm that the export was made with.")] = None,
    year: Annotated[int | None, typer.Option(help="Year of the rating (gsi) or of the publication (glotip).")] = None,
    month_first: Annotated[bool, typer.Option("--month-first", help="3/5/2014 is the fifth of March.")] = False,
    suggest: Annotated[bool, typer.Option("--suggest", help="Print a draft of the mapping; write nothing.")] = False,
) -> None:
    """Turn a received file into the study's tables. Every change and every problem is written beside them.

    Ends with 0 if everything could be read and mapped, 1 if rows or cells were left out (they are listed), 2 if the
    file or the request cannot be used; nothing is written then.
    """
    from ctresearch import intake, store
    from ctresearch.schema.problems import StudyError

    try:
        data = store.read_study(study)
        if suggest:
            typer.echo(intake.suggest_mapping(file, data=data))
            return
        options = (source, agency, mapping, form, year, not month_first)
        result = intake.clean_file(file, request=intake.Request(kind, data, *options), out=out)
    except StudyError as error:
        _stop(f"Nothing was written. {error}", 2)
    except OSError as error:
        _stop(f"Nothing was written. {error}", 1)
    _tell_intake(result)


@app.command()
def link(
    sheets: Annotated[list[str], typer.Argument(help="SHEET=MAPPING of each agency.", metavar="SHEET=MAPPING...")],
    key_file: Annotated[Path, typer.Option(help="File with a secret of at least 32 bytes; names are hashed with it.")],
    age_on: Annotated[str, typer.Option(help="Day on which ages are counted, as YYYY-MM-DD.")],
    study: Annotated[str, typer.Option(help="Study that the sheets are for.")] = "western_balkans",
    out: Annotated[Path, typer.Option(help="Folder that receives the lists; no name is in them.")] = Path("linked"),
    match: Annotated[float, typer.Option(help="Least weight of a link, in bits (0 is even odds).")] = 1.5,
    review: Annotated[float, typer.Option(help="Least weight of a pair that a person should look at.")] = -5.0,
    margin: Annotated[float, typer.Option(help="Bits by which one of two contrary links must outweigh.")] = 5.0,
    certain_recall: Annotated[float, typer.Option(help="Share of true pairs that exact rules find.")] = 0.5,
    decisions: Annotated[
        Path | None, typer.Option(help="Copy of review.csv with a column decision: same or different.")
    ] = None,
) -> None:
    """Find the same persons in several agencies' case sheets.

    Writes the overlapping lists, and doubtful pairs for a person to review. What was decided on them comes back with
    --decisions.
    """
    from ctresearch import intake, store
    from ctresearch.clean.linkage import LinkageSettings
    from ctresearch.schema.problems import StudyError

    pairs = [(Path(sheet), Path(mapping)) for sheet, _, mapping in (pair.partition("=") for pair in sheets)]
    try:
        settings = LinkageSettings(match, review, margin, certain_recall, age_on)
        data = store.read_study(study)
        chosen = {"key": key_file.read_bytes(), "settings": settings, "decisions": decisions}
        written = intake.link_sheets(pairs, data=data, out=out, **chosen)
    except (StudyError, ValueError) as error:
        _stop(f"Nothing was written. {error}", 2)
    except OSError as error:
        _stop(f"Nothing was written. {error}", 1)
    typer.echo(f"A link weighs at least {match:g} bits, a pair to review {review:g}; ages are counted on {age_on}.")
    for name, count in written.items():
        typer.echo(f"{out / name}.csv: {count:,} rows")


@app.command("coding-sheet")
def coding_sheet(
    out: Annotated[Path, typer.Argument(help="New file: .xlsx with drop-downs, or .csv.")],
    coder: Annotated[str, typer.Option(help="Role of the coder, never a name.")],
    study: Annotated[str, typer.Option(help="Study that is rated.")] = "western_balkans",
    language: Annotated[str, typer.Option(help="Language of the drop-downs: en, sq, bs, hr, sr ...")] = "en",
    every: Annotated[bool, typer.Option("--all", help="Ask all indicators, not only the core set.")] = False,
) -> None:
    """Write the empty sheet that a coder fills in.

    It asks for every indicator, jurisdiction and time point.
    """
    from ctresearch import coding, store
    from ctresearch.schema.problems import StudyError

    try:
        rows = coding.write_coding_sheet(
            store.read_study(study), coder=coder, out=out, language=language, is_core_only=not every
        )
    except StudyError as error:
        _stop(f"Nothing was written. {error}", 2)
    except OSError as error:
        _stop(f"Nothing was written. {error}", 1)
    typer.echo(f"{out}: {rows:,} rows. Read it back with: ctresearch clean {out} --as ratings")


app.command("weights-sheet")(commands.weights_sheet)
app.command("documents")(commands.documents)
app.command("release")(commands.release)
app.add_typer(commands.workshop_app, name="workshop")

survey_app = typer.Typer(help="Ask stakeholders: write the form, read the answers.", no_args_is_help=True)
app.add_typer(survey_app, name="survey")


@survey_app.command("build")
def build_survey(
    out: Annotated[Path, typer.Argument(help="New file, .xlsx, for KoboToolbox or ODK.")],
    study: Annotated[str, typer.Option(help="Study whose stakeholders are asked.")] = "western_balkans",
) -> None:
    """Write the survey as an XLSForm in all languages of the translations.

    Ends with 2 if a text is missing or the form cannot be converted without a warning; nothing is written then.
    """
    from ctresearch import fieldwork, store
    from ctresearch.schema.problems import StudyError

    try:
        built = fieldwork.build_survey(store.read_study(study), out=out)
    except StudyError as error:
        _stop(f"Nothing was written. {error}", 2)
    except OSError as error:
        _stop(f"Nothing was written. {error}", 1)
    typer.echo(f"{built.file}: {built.questions_n} questions in {len(built.languages)} languages.")
    if built.drafts:
        typer.echo(f"Drafts that somebody who speaks the language must check first: {', '.join(built.drafts)}.")


@survey_app.command("read")
def read_survey(
    file: Annotated[Path, typer.Argument(help="The export, with names (not labels) of questions and choices.")],
    source: Annotated[str, typer.Option(help="Id of the source in sources.csv that the rows will cite.")],
    study: Annotated[str, typer.Option(help="Study whose stakeholders answered.")] = "western_balkans",
    out: Annotated[Path, typer.Option(help="Folder that receives the tables; it holds personal answers.")] = Path(
        "survey"
    ),
) -> None:
    """Read an export of the survey: the answers as tables of the study, and what they come to.

    Ends as `clean` does. survey_answers.csv and survey_themes.csv may be copied into the study; survey_texts.csv holds
    what people wrote and is never published.
    """
    from ctresearch import fieldwork, intake, store
    from ctresearch.schema.problems import StudyError

    try:
        request = intake.Request("survey", store.read_study(study), source)
        result = fieldwork.read_survey(file, request=request, out=out)
    except StudyError as error:
        _stop(f"Nothing was written. {error}", 2)
    except OSError as error:
        _stop(f"Nothing was written. {error}", 1)
    _tell_intake(result)


comments_app = typer.Typer(help="Comments that reviewers write in the pages.", no_args_is_help=True)
app.add_typer(comments_app, name="comments")


@comments_app.command("read")
def read_comments(
    files: Annotated[list[Path], typer.Argument(help="Files that reviewers exported from the pages.")],
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("outputs/western_balkans"),
    out: Annotated[Path, typer.Option(help="The matrix; replies in it are kept.")] = Path("comments.csv"),
) -> None:
    """Merge comments into one matrix, matched to the items of the report. Names stay in the files.

    Ends with 2 if a file cannot be used; the matrix is untouched then.
    """
    from ctresearch import comments
    from ctresearch.schema.problems import StudyError

    try:
        merged = comments.merge_files(files, matrix=out, report=report)
    except StudyError as error:
        _stop(f"Nothing was written. {error}", 2)
    except OSError as error:
        _stop(f"Nothing was written. {error}", 1)
    typer.echo(f"{out}: {len(merged.rows):,} comments, {merged.new_n:,} new, {merged.open_n:,} without a reply.")
    if merged.gone_n:
        typer.echo(f"{merged.gone_n:,} are about something that the report no longer has.")


def _tell_intake(result: Intake) -> None:
    for note in result.notes:
        typer.echo(f"Note: {note}")
    for name, count in result.rows.items():
        typer.echo(f"{result.folder / name}.csv: {count:,} rows")
    typer.echo(f"{result.folder / 'changes.csv'}: {result.changes_n:,} changed cells")
    if result.problems:
        listed = "\n".join(f"  {problem}" for problem in result.problems[:20])
        more = f"\n  and {len(result.problems) - 20} more" if len(result.problems) > 20 else ""
        count = len(result.problems)
        _stop(
            f"{count} problem{'s' if count != 1 else ''}, all in {result.folder / 'problems.csv'}:\n{listed}{more}", 1
        )


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
