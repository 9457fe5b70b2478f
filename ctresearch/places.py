"""Where things are: shipped folders, a study's folder, its framework and settings."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from ctresearch.schema.problems import Problem, StudyError
from ctresearch.study import Study, parse_study

DEFAULT_STUDY = "western_balkans"

_NEARLY = 0.9
"""Likeness of two names (0-1, difflib's ratio) from which one is taken for a slip of the other."""

CHECKED = "CTRESEARCH_CHECKED"
"""Environment variable by which a run tells its notebooks the digest of the inputs that it has checked."""


def locate_shipped(part: str) -> Path:
    """Return the shipped folder `data` or `notebooks`: beside the library, or inside an installed wheel."""
    inside = Path(__file__).parent / "shipped" / part
    return inside if inside.is_dir() else Path(__file__).parents[1] / part


def locate_study(study: str | Path) -> Path:
    """Return the folder of a study given as a path or as the name of a shipped study.

    Raises
    ------
    StudyError
        If there is no such folder.
    """
    candidates = [Path(study), locate_shipped("data") / str(study)]
    for folder in candidates:
        if (folder / "study.toml").is_file():
            return folder.resolve()
    tried = " and ".join(dict.fromkeys(str(folder) for folder in candidates))
    shipped = " or ".join(sorted(file.parent.name for file in locate_shipped("data").glob("*/study.toml")))
    around = Path(study).parent
    meant = f" ({around} is one)" if Path(study).is_file() and (around / "study.toml").is_file() else ""
    remedy = f"Give the path of a study folder{meant}, or the name of a shipped study: {shipped}."
    raise StudyError([Problem(str(study), "a folder with a study.toml", f"Looked in {tried}. {remedy}")])


def locate_framework(folder: Path) -> Path:
    """Return the framework of a study: its own if it has one, else the shipped one."""
    own = folder / "framework"
    return own if own.is_dir() else locate_shipped("data") / "framework"


def find_misnamed(folder: Path, files: Iterable[str]) -> list[Problem]:
    """Return a problem for each csv file whose name is nearly that of a table; it would be passed over in silence.

    Parameters
    ----------
    files : iterable of str
        Names of the files of a study's tables.

    Examples
    --------
    >>> find_misnamed(locate_shipped("data") / "demo", ["comments.csv", "evidence.csv"])
    []
    """
    names = {Path(file).stem: file for file in files}
    problems = []
    for file in sorted(folder.glob("[A-Za-z]*.csv")):
        near = get_close_matches(file.stem.lower(), names, n=1, cutoff=_NEARLY)
        if near and file.stem not in names:
            expected = f"the name of a table, perhaps {names[near[0]]}"
            problems.append(Problem(f"{folder.name}/{file.name}", expected, "Rename the file, or move it elsewhere."))
    return problems


def name_study(folder: Path) -> str:
    """Return what a notebook is told: the name of a shipped study, else the path of its folder."""
    is_shipped = folder == (locate_shipped("data") / folder.name).resolve()
    return folder.name if is_shipped else str(folder)


def read_settings(folder: Path) -> tuple[Study | None, list[Problem]]:
    """Read study.toml; without a study there is at least one problem."""
    file = f"{folder.name}/study.toml"
    try:
        return parse_study(tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))), []
    except UnicodeDecodeError as error:
        return None, [Problem(file, "text in UTF-8", "Save the file as UTF-8.", found=f"byte {error.start}")]
    except tomllib.TOMLDecodeError as error:
        return None, [Problem(file, "a TOML file", "Correct the line that is named.", found=str(error))]
    except ValueError as error:
        return None, [
            Problem(file, "the settings of a study", f"Correct this: {message}.") for message in str(error).splitlines()
        ]
