"""The bytes of a text file: unpacked within bounds, turned into UTF-8, their separator found."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ctresearch.files.limits import Limits, print_size, refuse
from ctresearch.files.structure import find_cut
from ctresearch.schema.problems import Problem

DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_SAMPLE_BYTES = 2**18
_BLOCK_BYTES = 2**20
_HEAD_ROWS = 50


def open_text(path: Path, kind: str) -> BinaryIO:
    """Open a text file, unpacking it on the way where it is packed."""
    return gzip.open(path, "rb") if kind == "gzip" else path.open("rb")


def read_bounded(stream: BinaryIO, size: int, file: str) -> bytes:
    """Read at most `size` bytes of a stream that may be packed.

    Raises
    ------
    FileError
        If the packed file is cut off or damaged.
    """
    try:
        return stream.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise refuse(file, "a whole gzip file", "The file is cut off or damaged: fetch it again.") from None
    except OSError as error:
        raise refuse(file, "a file that can be read", f"The system says: {error.strerror}.") from None


def load_text(path: Path, kind: str, limits: Limits) -> bytes:
    """Return the whole file, unpacked.

    Raises
    ------
    FileError
        If it is longer than the limits allow, or damaged.
    """
    # As much as is asked for is set aside at once, also where the file is small.
    size = limits.text_bytes if kind == "gzip" else min(limits.text_bytes, path.stat().st_size)
    with open_text(path, kind) as stream:
        data = read_bounded(stream, size + 1, path.name)
    if len(data) > limits.text_bytes:
        expected = f"at most {print_size(limits.text_bytes)} of text"
        raise refuse(path.name, expected, "Read it in chunks (`read_chunks`), or split it.")
    return data


def find_encoding(sample: bytes, *, file: str, is_whole: bool) -> str:
    """Return the encoding of a text by its byte order mark, as UTF-8, or as charset-normalizer judges it.

    Raises
    ------
    FileError
        If the text is in no encoding that is known, or in more than one.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if sample[:2000].count(0) > len(sample[:2000]) // 5:
        return "utf-16-le" if sample[1:2000:2].count(0) > sample[:2000:2].count(0) else "utf-16-be"
    try:
        _check_utf8(sample, is_whole=is_whole)
    except UnicodeDecodeError:
        return _guess_encoding(sample, file)
    return "utf-8"


def _guess_encoding(sample: bytes, file: str) -> str:
    from charset_normalizer import from_bytes

    strange, plain = [], []
    for row, line in enumerate(sample.split(b"\n"), start=1):
        if not line.isascii():
            (plain if _is_utf8(line) else strange).append(row)
    if plain and strange[:-1]:
        remedy = (
            "Some rows are UTF-8 and these are not: save the parts in one encoding, best UTF-8, and join them again."
        )
        raise refuse(file, "one encoding", remedy, rows=tuple(strange))
    best = from_bytes(sample[:_SAMPLE_BYTES]).best()
    if best is None:
        remedy = "The encoding is not known: save it as UTF-8 (in Excel: CSV UTF-8)."
        raise refuse(file, "text", remedy, rows=tuple(strange))
    return best.encoding


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def recode(data: bytes, encoding: str, *, file: str) -> bytes:
    """Return a text as UTF-8 without byte order mark and with plain line ends.

    Raises
    ------
    FileError
        If bytes do not fit the encoding, or if there are NUL characters; naming the rows.
    """
    try:
        if encoding == "utf-8-sig":
            data = data.removeprefix(codecs.BOM_UTF8)
            _check_utf8(data)
        elif encoding != "utf-8":  # which was checked when it was found
            data = data.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        row = data[: getattr(error, "start", 0)].count(b"\n") + 1
        remedy = "Save the file again as UTF-8 (in Excel: CSV UTF-8)."
        raise refuse(file, f"text in {encoding}", remedy, rows=(row,)) from None
    _refuse_nul(data, file)
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _refuse_nul(data: bytes, file: str, offset: int = 0) -> None:
    if b"\x00" in data:
        rows = tuple(row for row, line in enumerate(data.split(b"\n"), start=1 + offset) if b"\x00" in line)
        remedy = "The file was damaged on its way or is not a table: export it again."
        raise refuse(file, "text without NUL characters", remedy, rows=rows)


def _check_utf8(data: bytes, *, is_whole: bool = True) -> None:
    """Raise `UnicodeDecodeError` if bytes are not UTF-8; decoded block by block, to need little memory."""
    if data.isascii():
        return
    start = 0
    while start < len(data):
        block = data[start : start + _BLOCK_BYTES]
        is_last = start + len(block) == len(data)
        try:
            used = codecs.utf_8_decode(block, "strict", is_last and is_whole)[1]
        except UnicodeDecodeError as error:
            place = start + error.start
            raise UnicodeDecodeError("utf-8", data, place, place + 1, error.reason) from None
        if is_last:
            return
        start += used


def give_pieces(path: Path, kind: str, *, chunk_bytes: int, limits: Limits) -> Iterator[bytes]:
    """Give a text of any length in pieces of whole rows, in UTF-8 with plain line ends.

    Raises
    ------
    FileError
        If the text is damaged, or if one row is longer than a piece may be.
    """
    with open_text(path, kind) as stream:
        block = read_bounded(stream, chunk_bytes, path.name)
        is_last = len(block) < chunk_bytes
        encoding = find_encoding(block, file=path.name, is_whole=is_last)
        decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
        rest, offset = b"", 0
        while block:
            rest += _decode_block(decoder, block, is_last=is_last, file=path.name, offset=offset + rest.count(b"\n"))
            cut = len(rest) if is_last else find_cut(rest)
            if not cut and len(rest) > limits.cell_characters + 4 * chunk_bytes:
                remedy = "A quotation mark opens there or later and never closes: close it, or write it twice."
                raise refuse(path.name, "closed quotation marks", remedy, rows=(offset + 1,))
            if cut:
                yield rest[:cut]
            offset += rest.count(b"\n", 0, cut)
            rest = rest[cut:]
            block = b"" if is_last else read_bounded(stream, chunk_bytes, path.name)
            is_last = len(block) < chunk_bytes
        if rest:
            yield rest


def _decode_block(decoder: codecs.IncrementalDecoder, block: bytes, *, is_last: bool, file: str, offset: int) -> bytes:
    try:
        data = decoder.decode(block, final=is_last).encode("utf-8")
    except UnicodeError as error:
        row = block[: getattr(error, "start", 0)].count(b"\n") + 1 + offset
        raise refuse(file, "one encoding", "Save the file again as UTF-8.", rows=(row,)) from None
    _refuse_nul(data, file, offset)
    return data


def note_encoding(encoding: str, *, file: str) -> tuple[Problem, ...]:
    """Say which encoding was judged, where it was not declared."""
    if encoding.startswith("utf"):
        return ()
    remedy = f"It was read as {encoding}: check names with special letters, or save it as UTF-8."
    return (Problem(file, "text in UTF-8", remedy),)


def find_delimiter(data: bytes) -> str:
    r"""Return the separator of a text: the one that splits most of the first rows alike, and into most cells.

    Examples
    --------
    >>> find_delimiter(b"year;share\n2014;1,5\n2015;2,5\n")
    ';'
    """
    # A separator inside quotation marks is part of what somebody wrote.
    head = _QUOTED.sub('""', data[:_SAMPLE_BYTES].decode("utf-8", "replace"))
    lines = [line for line in head.split("\n")[: _HEAD_ROWS + 1] if line.strip()]
    return max(DELIMITERS, key=lambda delimiter: _rate(lines, delimiter))


def _rate(lines: list[str], delimiter: str) -> tuple[bool, float, int]:
    if delimiter == ",":
        lines = [
            _DECIMAL_COMMA.sub("", line) if any(other in line for other in DELIMITERS[1:]) else line for line in lines
        ]
    try:
        widths = [len(row) for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter) if row]
    except csv.Error:
        widths = [line.count(delimiter) + 1 for line in lines]
    wide = Counter(width for width in widths if width > 1)
    if not wide:
        return False, 0.0, 0
    width, count = max(wide.items(), key=lambda item: (item[1], item[0]))
    return True, round(count / len(widths), 1), width
