"""How much a file may ask of the machine, and the error that says what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from ctresearch.schema.problems import Problem, StudyError

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """How much one file may ask of the machine.

    Attributes
    ----------
    text_bytes : int
        Largest text file, unpacked, that is read at once; larger ones are read with `read_chunks`.
    packed_bytes : int
        Largest workbook, SPSS or Stata file as it lies on the disk.
    unpacked_bytes : int
        Largest sum of a workbook's parts once unpacked.
    ratio : int
        Largest ratio of unpacked to packed size of a part that unpacks to more than 10 MiB.
    cells : int
        Most cells of a workbook, SPSS or Stata file.
    columns : int
        Most columns of a sheet.
    cell_characters : int
        Longest cell.
    seconds : int
        Most processor time for a workbook, SPSS or Stata file (s).
    memory_bytes : int
        Most memory for reading one.
    """

    text_bytes: int = 256 * MEBIBYTE
    packed_bytes: int = 100 * MEBIBYTE
    unpacked_bytes: int = 512 * MEBIBYTE
    ratio: int = 200
    cells: int = 4_000_000
    columns: int = 2_000
    cell_characters: int = 100_000
    seconds: int = 10
    memory_bytes: int = 1024 * MEBIBYTE


class FileError(StudyError):
    """Everything that keeps a file from being read, as one message."""


def refuse(file: str, expected: str, remedy: str, *, rows: tuple[int, ...] = (), found: str = "") -> FileError:
    """Return the error for one problem of one file.

    Examples
    --------
    >>> str(refuse("a.csv", "rows", "Export it again.")).splitlines()[-1]
    '  1. a.csv: expected rows. Export it again.'
    """
    return FileError([Problem(file, expected, remedy, rows=rows, found=found)])


def print_size(size: int) -> str:
    """Return a size in mebibytes, or in bytes where it is small.

    Examples
    --------
    >>> print_size(3 * 2**20), print_size(12)
    ('3 MiB', '12 bytes')
    """
    return f"{size // MEBIBYTE:,} MiB" if size >= MEBIBYTE else f"{size:,} bytes"
