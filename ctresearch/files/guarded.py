"""Have a workbook, SPSS or Stata file read by a process of its own, with bounded memory and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ctresearch.files.limits import FileError, Limits, print_size, refuse
from ctresearch.schema.problems import Problem

_CHILD = Path(__file__).with_name("child.py")
_PATIENCE = 3
"""Times the processor time for which the clock may run: other programmes use the machine too."""
_NO_MEMORY = b"memory allocation", b"MemoryError", b"MemError"
"""How Rust's allocator, Python and the unpacking of an archive say that there is none."""

_FAILURES = {
    "password": ("a workbook without a password", "Open it, remove the password and save it again."),
    "columns": ("at most {columns:,} columns", "Keep the columns that matter, or turn the table on its side."),
    "cells": ("at most {cells:,} cells", "Save it as csv and read it in chunks."),
    "area": ("one block of cells", "A cell stands far below or beside the table: delete the rows and columns there."),
    "cell": ("cells of at most {cell_characters:,} characters", "Shorten the cell, or keep the text in a document."),
    "memory": ("a file that fits into {memory}", "Keep the rows and columns that matter, or save it as csv."),
    "damaged": ("a file that can be read", "It is damaged: open it in the programme that made it and save it again."),
    "time": ("a file that is read within {seconds} s", "Keep the rows and columns that matter, or save it as csv."),
}

_NOTES = {
    "formula_text": ("no text that looks like a formula", "It was kept as text: look at it before it is opened again."),
    "no_value": ("a stored value for each formula", "These cells are empty here: calculate and save the workbook."),
    "error": ("no error in a formula", "These cells are empty here: mend the formula and save the workbook."),
    "formulas": ("values", "{count:,} formulas: the values last stored for them are read."),
    "hidden": ("sheets that show", "The sheet is hidden; it was read like the others."),
    "declared_missing": (
        "values that count",
        "The owner of the file declared {count:,} values without a label as missing; these cells are empty here.",
    ),
}


def read_guarded(path: Path, kind: str, limits: Limits) -> tuple[dict[str, list[list]], list[Problem], dict[str, str]]:
    """Return the columns of each sheet, what is worth knowing, and the labels of the variables.

    Raises
    ------
    FileError
        If the file is damaged, or asks for more memory or time than the limits allow.
    """
    answer = _run(path, kind, limits)
    if "failure" in answer:
        failure = answer["failure"]
        raise _explain(path, limits, **failure)
    notes = [_word_note(path, **found) for found in answer["notes"]]
    return {sheet["name"]: sheet["columns"] for sheet in answer["sheets"]}, notes, answer["labels"]


def _run(path: Path, kind: str, limits: Limits) -> dict:
    request = {"path": os.fspath(path.absolute()), "kind": kind, **vars(limits)}
    command = [sys.executable, "-P", os.fspath(_CHILD), json.dumps(request)]
    own = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    # A reader in Rust that lacks memory would wait for ever for the memory that its backtrace needs.
    environment = {**os.environ, **own, "RUST_BACKTRACE": "0"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE * limits.seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise _explain(path, limits, kind="time", sheet=_last_sheet(late.stderr)) from None
    if done.returncode in {0, 3}:
        return json.loads(done.stdout)
    if b"ImportError" in done.stderr or b"ModuleNotFoundError" in done.stderr:
        raise ImportError(f"the library that reads a {kind} file is not installed: install ctresearch again")
    kind = {"SIGXCPU": "time", "SIGKILL": "time"}.get(_name_signal(done.returncode), "memory")
    if b"panicked" in done.stderr or done.returncode > 0:
        kind = "memory" if any(sign in done.stderr for sign in _NO_MEMORY) else "damaged"
    raise _explain(path, limits, kind=kind, sheet=_last_sheet(done.stderr))


def _name_signal(code: int) -> str:
    import signal

    return signal.Signals(-code).name if code < 0 else ""


def _last_sheet(stderr: bytes | None) -> str:
    """Return the sheet that was being read when the process ended."""
    lines = (stderr or b"").decode("utf-8", "replace").splitlines()
    sheets = [line.removeprefix("sheet:") for line in lines if line.startswith("sheet:")]
    return sheets[-1] if sheets else ""


def _explain(
    path: Path, limits: Limits, *, kind: str, sheet: str = "", rows: tuple[int, ...] = (), found: str = ""
) -> FileError:
    expected, remedy = _FAILURES[kind]
    words = expected.format(**vars(limits), memory=print_size(limits.memory_bytes))
    return refuse(_place(path, sheet), words, remedy, rows=tuple(rows), found=found)


def _word_note(path: Path, *, sheet: str, kind: str, rows: list[int], column: str, count: int) -> Problem:
    expected, remedy = _NOTES[kind]
    return Problem(_place(path, sheet), expected, remedy.format(count=count), rows=tuple(rows), column=column)


def _place(path: Path, sheet: str) -> str:
    return f"{path.name}, sheet '{sheet}'" if sheet else path.name
