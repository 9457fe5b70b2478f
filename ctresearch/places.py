"""Where things are: shipped folders, a study's folder, its framework and settings."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ctresearch.schema.problems import Problem, StudyError
from ctresearch.study import Study, parse_study

DEFAULT_STUDY = "western_balkans"

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
    tried = " and ".join(str(folder) for folder in candidates)
    raise StudyError(
        [Problem(str(study), "a folder with a study.toml", f"Looked in {tried}. Give the path of a study folder.")]
    )


def locate_framework(folder: Path) -> Path:
    """Return the framework of a study: its own if it has one, else the shipped one."""
    own = folder / "framework"
    return own if own.is_dir() else locate_shipped("data") / "framework"


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
