"""What commands have in common: options, and how they end when nothing can be done."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click

FILE = click.Path(path_type=Path)
"""A path as pathlib has it."""

study_argument = click.argument("study", default="western_balkans", metavar="[STUDY]")
"""Folder of a study, or the name of a shipped one."""

out_option = click.option("--out", type=FILE, default=Path("outputs"), help="Folder that holds the reports.")
jurisdiction_option = click.option(
    "--jurisdiction", "jurisdictions", multiple=True, help="Only this jurisdiction's chapter, as SRB; may be repeated."
)
source_option = click.option("--source", required=True, help="Id of the source in sources.csv that the rows will cite.")


def study_option(what: str) -> Callable[[Callable], Callable]:
    """Return the option that names a study, with what the command does with it."""
    return click.option("--study", default="western_balkans", help=f"Study {what}: its folder, or a shipped one.")


def refuses(
    bad_input: str = "Nothing was written.", system: str = "Nothing was written."
) -> Callable[[Callable], Callable]:
    """End a command with 2 on bad input, and with 1 where the system fails it; say what was written."""

    def decorate(command: Callable) -> Callable:
        @functools.wraps(command)
        def run(**options: object) -> None:
            from ctresearch.schema.problems import StudyError

            try:
                command(**options)
            except StudyError as error:
                stop(f"{bad_input} {error}".lstrip(), 2)
            except OSError as error:
                stop(f"{system} {error}".lstrip(), 1)

        return run

    return decorate


def stop(message: str, code: int) -> NoReturn:
    """End the command with a message and a status that is not 0."""
    click.echo(message, err=True)
    raise click.exceptions.Exit(code)


def split_pairs(pairs: tuple[str, ...]) -> list[tuple[Path, Path]]:
    """Split each SHEET=MAPPING.

    Examples
    --------
    >>> [(sheet.name, mapping.name) for sheet, mapping in split_pairs(("police.csv=police.toml",))]
    [('police.csv', 'police.toml')]
    """
    return [(Path(sheet), Path(mapping)) for sheet, _, mapping in (pair.partition("=") for pair in pairs)]
