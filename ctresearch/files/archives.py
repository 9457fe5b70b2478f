"""What a workbook holds, told by its table of contents before anything is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ctresearch.files.limits import MEBIBYTE, Limits, print_size, refuse
from ctresearch.schema.problems import Problem

_ENCRYPTED = 0x1
_MOST_PARTS = 5_000


def inspect_workbook(path: Path, limits: Limits) -> tuple[Problem, ...]:
    """Check a workbook's table of contents and return what a researcher should know of it.

    Raises
    ------
    FileError
        If the workbook is cut off, is protected by a password, is not a workbook, or would unpack to more than the
        limits allow.
    """
    parts = _list_parts(path)
    _check_sizes(path, parts, limits)
    names = {part.filename for part in parts}
    _check_kind(path, names)
    if any(name.endswith(("vbaProject.bin", "macrosheets/sheet1.xml")) or name.startswith("Basic/") for name in names):
        remedy = "Its macros were not run; only the values that were stored are read."
        return (Problem(path.name, "a workbook without macros", remedy),)
    return ()


def _list_parts(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError, EOFError):
        raise refuse(
            path.name, "a whole workbook", "The file is cut off or damaged: fetch it or save it again."
        ) from None


def _check_sizes(path: Path, parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(parts) > _MOST_PARTS:
        raise refuse(path.name, f"at most {_MOST_PARTS:,} parts", "Save the sheets that matter as a new workbook.")
    if path.stat().st_size > limits.packed_bytes:
        expected = f"a workbook of at most {print_size(limits.packed_bytes)}"
        raise refuse(path.name, expected, "Save its sheets as csv files.", found=print_size(path.stat().st_size))
    unpacked = sum(part.file_size for part in parts)
    worst = max(parts, key=lambda part: part.file_size / max(part.compress_size, 1), default=None)
    is_bomb = worst is not None and worst.file_size > 10 * MEBIBYTE
    is_bomb = is_bomb and worst.file_size / max(worst.compress_size, 1) > limits.ratio
    if unpacked > limits.unpacked_bytes or is_bomb:
        expected = f"a workbook that unpacks to at most {print_size(limits.unpacked_bytes)}, {limits.ratio} to 1"
        remedy = "It may have been made to exhaust the machine, and was not unpacked. Ask the sender for a csv file."
        raise refuse(path.name, expected, remedy, found=print_size(unpacked))
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise refuse(path.name, "a workbook without a password", "Open it, remove the password and save it again.")


def _check_kind(path: Path, names: set[str]) -> None:
    suffix = path.suffix.lower()
    is_ods = "content.xml" in names
    is_xlsx = "xl/workbook.xml" in names
    if (suffix == ".ods" and not is_ods) or (suffix != ".ods" and not is_xlsx):
        found = "an OpenDocument file" if is_ods else "an Excel workbook" if is_xlsx else "another packed file"
        if "word/document.xml" in names:
            found = "a Word document"
        if "xl/workbook.bin" in names:
            found = "a binary workbook (xlsb)"
        remedy = "Open it in a spreadsheet programme and save it as xlsx or ods."
        raise refuse(path.name, f"a workbook of the kind {suffix}", remedy, found=found)
