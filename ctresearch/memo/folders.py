"""Where results are kept: beside the report, by what they were computed with, a folder for each section."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EXTENSION = "ctresearch.memo.kernel"
"""The IPython extension that lets a kernel remember."""


def prepare_memo(place: Path, *, computed_with: str, force: bool = False) -> Path:
    """Return the folder of a report's results; of results computed with other code or packages nothing is kept.

    Parameters
    ----------
    place : Path
        Where the report is published; its results are beside it.
    computed_with : str
        Digest of the library's code and the versions of packages.
    force : bool
        Forget everything.
    """
    memo = place.with_name(f".{place.name}.memo")
    for folder in memo.glob("*"):
        if force or folder.name != computed_with:
            shutil.rmtree(folder, ignore_errors=True)
    return memo / computed_with


@contextmanager
def turn_memo(memo: Path) -> Iterator[None]:
    """Forget, once a section has been executed, what this execution did not ask for.

    Within, results of earlier executions lie beside the folder; after an error they stay.
    """
    earlier = memo.with_name(f"{memo.name}.earlier")
    if memo.exists() and not earlier.exists():
        memo.rename(earlier)
    memo.mkdir(parents=True, exist_ok=True)
    yield
    shutil.rmtree(earlier, ignore_errors=True)


def ask_kernel(memo: Path) -> list[str]:
    """Return the arguments with which a kernel remembers in a folder."""
    return [f"--ext={EXTENSION}", f"--Memo.folder={memo}"]
