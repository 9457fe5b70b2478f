"""What kind of file lies at a path: told by its first bytes, never by its name alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ctresearch.files.limits import FileError, refuse

DELIMITED = frozenset({".csv", ".tsv", ".txt"})
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".ods"})
STATISTICAL = frozenset({".sav", ".zsav", ".dta"})
READABLE = "a csv, tsv or txt file (or one of these with .gz), a workbook (xlsx, xlsm, ods), SPSS (sav) or Stata (dta)"

_MARKS = {
    "gzip": (b"\x1f\x8b",),
    "workbook": (b"PK",),
    "compound": (b"\xd0\xcf\x11\xe0",),
    "statistical": (b"$FL2", b"$FL3", b"<stata_dta>", b"ENCRYPTEDSAV"),
    "pdf": (b"%PDF",),
}
_HEAD_BYTES = 4096
_OLD_STATA = range(102, 116)


def recognise(path: Path) -> str:
    """Return the kind of a file: `delimited`, `gzip`, `workbook` or `statistical`.

    Raises
    ------
    FileError
        If there is no such file, if it cannot be read, is empty, of another kind, or not of the kind that its name
        says.
    """
    head = _read_head(path)
    suffix = path.suffix.lower()
    inner = Path(path.stem).suffix.lower()
    if suffix not in DELIMITED | WORKBOOKS | STATISTICAL and not (suffix == ".gz" and inner in DELIMITED):
        raise refuse(path.name, READABLE, _advise(head), found=suffix or "no ending of the name")
    content = _look_at(head)
    kind = {".gz": "gzip"}.get(suffix) or _kind_of(suffix)
    if content != kind:
        raise _mismatch(path, suffix, content)
    return kind


def _read_head(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise refuse(path.name, "a file", "This is a folder: name a file in it.")
        if not stat.S_ISREG(mode):
            raise refuse(path.name, "an ordinary file", "This is a device or a pipe: copy what it holds into a file.")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise refuse(path.name, "a file", "There is no such file: check the path and the spelling.") from None
    except PermissionError:
        raise refuse(path.name, "a file that may be read", "Ask for the right to read it, or copy it.") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not a valid path"
        raise refuse(path.name, "a file that can be read", f"The system says: {reason}.") from None
    if not head:
        raise refuse(path.name, "a table", "The file is empty: export it again.")
    return head


def _kind_of(suffix: str) -> str:
    if suffix in WORKBOOKS:
        return "workbook"
    return "statistical" if suffix in STATISTICAL else "delimited"


def _look_at(head: bytes) -> str:
    for kind, marks in _MARKS.items():
        if head.startswith(marks):
            return kind
    if len(head) > 3 and head[0] in _OLD_STATA and head[1] in {1, 2} and head[2:4] == b"\x01\x00":
        return "statistical"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")) else "delimited"


def _advise(head: bytes) -> str:
    remedies = {
        "pdf": "A PDF holds no table: ask for the data, or transcribe it.",
        "compound": "Open it in a spreadsheet programme and save it as xlsx.",
        "html": "This is a web page: open it in a spreadsheet programme and save it as xlsx.",
    }
    return remedies.get(_look_at(head), "Save it as one of these.")


def _mismatch(path: Path, suffix: str, content: str) -> FileError:
    expected = f"what the ending {suffix} of its name says"
    remedies = {
        "compound": (
            "an older workbook or one that is protected by a password",
            "Open it, remove the password and save it as xlsx.",
        ),
        "workbook": ("a packed file such as a workbook", "Rename it to .xlsx or .ods, or unpack it."),
        "gzip": ("a gzip file", "Add .gz to its name, as in cases.csv.gz, or unpack it."),
        "html": ("a web page or XML", "Open it in a spreadsheet programme and save it as xlsx."),
        "pdf": ("a PDF", "A PDF holds no table: ask for the data, or transcribe it."),
        "statistical": ("an SPSS or Stata file", "Rename it to .sav or .dta."),
        "delimited": ("something else", "Perhaps it was cut off or saved under another name: fetch or save it again."),
    }
    found, remedy = remedies[content]
    return refuse(path.name, expected, remedy, found=found)
