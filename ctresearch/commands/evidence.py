"""Commands that turn received files into tables: clean, link, coding-sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ctresearch.commands.shared import FILE, refuses, split_pairs, stop, study_option

if TYPE_CHECKING:
    from ctresearch.intake import Intake

_SHOWN = 20


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--as",
    "kind",
    default="cases",
    metavar="KIND",
    help="glotip, gsi, ctdc, htcds, cases, survey, tip_narrative, ratings or weights.",
)
@study_option("that the file is for")
@click.option("--out", type=FILE, default=Path("cleaned"), help="Folder that receives tables, changes and problems.")
@click.option(
    "--source",
    "source_id",
    default="",
    show_default=False,
    help="Id of the source in sources.csv that the rows will cite.",
)
@click.option("--agency", default="", show_default=False, help="Short name of the agency that recorded the cases.")
@click.option("--mapping", type=FILE, help="Mapping of a case sheet, in TOML.")
@click.option("--form", type=FILE, help="XLSForm that the export was made with.")
@click.option("--year", type=int, help="Year of the rating (gsi) or of the publication (glotip).")
@click.option("--month-first", is_flag=True, help="3/5/2014 is the fifth of March.")
@click.option("--suggest", is_flag=True, help="Print a draft of the mapping; write nothing.")
@refuses()
def clean(
    file: Path,
    kind: str,
    study: str,
    out: Path,
    *,
    month_first: bool,
    suggest: bool,
    **options: str | int | Path | None,
) -> None:
    """Turn a received FILE into the study's tables. Every change and every problem is written beside them.

    Ends with 0 if everything could be read and mapped, 1 if rows or cells were left out (they are listed), 2 if the
    file or the request cannot be used; nothing is written then.
    """
    from ctresearch import intake, store

    data = store.read_study(study)
    if suggest:
        click.echo(intake.suggest_mapping(file, data=data))
        return
    request = intake.Request(kind, data, **options, day_first=not month_first)
    tell_intake(intake.clean_file(file, request=request, out=out))


def tell_intake(result: Intake) -> None:
    """Say what was read; end with 1 if something was left out."""
    for note in result.notes:
        click.echo(f"Note: {note}")
    for name, count in result.rows.items():
        click.echo(f"{result.folder / name}.csv: {count:,} rows")
    click.echo(f"{result.folder / 'changes.csv'}: {result.changes_n:,} changed cells")
    if result.problems:
        count = len(result.problems)
        listed = "".join(f"\n  {problem}" for problem in result.problems[:_SHOWN])
        more = f"\n  and {count - _SHOWN} more" if count > _SHOWN else ""
        said = f"{count} problem{'s' if count != 1 else ''}, all in {result.folder / 'problems.csv'}"
        stop(f"{said}:{listed}{more}", 1)


@click.command()
@click.argument("sheets", nargs=-1, required=True, metavar="SHEET=MAPPING...")
@click.option(
    "--key-file",
    type=FILE,
    required=True,
    help="File with a secret of at least 32 bytes; names are hashed with it.",
)
@click.option("--age-on", required=True, help="Day on which ages are counted, as YYYY-MM-DD.")
@study_option("that the sheets are for")
@click.option("--out", type=FILE, default=Path("linked"), help="Folder that receives the lists; no name is in them.")
@click.option("--match", default=1.5, help="Least weight of a link, in bits (0 is even odds).")
@click.option("--review", default=-5.0, help="Least weight of a pair that a person should look at.")
@click.option("--margin", default=5.0, help="Bits by which one of two contrary links must outweigh.")
@click.option("--certain-recall", default=0.5, help="Share of true pairs that exact rules find.")
@click.option("--decisions", type=FILE, help="Copy of review.csv with a column decision: same or different.")
@refuses()
def link(
    sheets: tuple[str, ...],
    key_file: Path,
    study: str,
    out: Path,
    decisions: Path | None,
    *,
    match: float,
    review: float,
    margin: float,
    certain_recall: float,
    age_on: str,
) -> None:
    """Find the same persons in several agencies' case sheets.

    Writes the overlapping lists, and doubtful pairs for a person to review. What was decided on them comes back with
    --decisions.
    """
    from ctresearch import intake, store
    from ctresearch.clean.linkage import LinkageSettings

    try:
        settings = LinkageSettings(match, review, margin, certain_recall, age_on)
        chosen = {"key": key_file.read_bytes(), "settings": settings, "decisions": decisions}
        written = intake.link_sheets(split_pairs(sheets), data=store.read_study(study), out=out, **chosen)
    except ValueError as error:
        stop(f"Nothing was written. {error}", 2)
    click.echo(f"A link weighs at least {match:g} bits, a pair to review {review:g}; ages are counted on {age_on}.")
    for name, count in written.items():
        click.echo(f"{out / name}.csv: {count:,} rows")


@click.command("coding-sheet")
@click.argument("out", type=FILE)
@click.option("--coder", required=True, help="Role of the coder, never a name.")
@study_option("that is rated")
@click.option("--language", default="en", help="Language of the drop-downs: en, sq, bs, hr, sr ...")
@click.option("--all", "every", is_flag=True, help="Ask all indicators, not only the core set.")
@refuses()
def coding_sheet(out: Path, coder: str, study: str, language: str, *, every: bool) -> None:
    """Write the empty sheet that a coder fills in.

    OUT is .xlsx, with drop-downs, or .csv. It asks for every indicator, jurisdiction and time point.
    """
    from ctresearch import coding, store

    data = store.read_study(study)
    rows = coding.write_coding_sheet(data, coder=coder, out=out, language=language, is_core_only=not every)
    click.echo(f"{out}: {rows:,} rows. Read it back with: ctresearch clean {out} --as ratings")
