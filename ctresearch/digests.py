"""What a report depends on, as digests of content: files, code, packages, and rows of tables by jurisdiction."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ctresearch import places
from ctresearch.schema.contracts import STUDY, Table

PACKAGES = ("ctresearch", "pandas", "numpy", "scipy", "statsmodels", "seaborn", "matplotlib", "papermill", "nbconvert")
"""Packages whose versions a section depends on and a manifest records."""


STANDING = frozenset({"report_states", "sign_offs"})
"""Tables on where a report stands; they change nothing in it but the line at the head of its pages."""


@dataclass(frozen=True)
class TableDigests:
    """Digests of the tables of a study.

    Attributes
    ----------
    whole : mapping of table to digest
        Of all rows.
    scoped : mapping of table to mapping of code to digest
        Of the rows that belong to a jurisdiction; absent for a table whose rows belong to all.
    named : mapping of code to set
        The sources that the rows of a jurisdiction name; under the empty code, those that rows of all name.
    sources : tuple of (source id, digest of its row)
        The source register.
    """

    whole: Mapping[str, str]
    scoped: Mapping[str, Mapping[str, str]]
    named: Mapping[str, frozenset[str]]
    sources: tuple[tuple[str, str], ...]

    def select(self, code: str) -> dict[str, str]:
        """Return the digest of each table: of all rows, or of those that `store.read_study` gives a jurisdiction."""
        if not code:
            return dict(self.whole)
        rows = dict(self.whole) | {name: by_code.get(code, "none") for name, by_code in self.scoped.items()}
        named = self.named.get(code, frozenset()) | self.named[""]
        return rows | {"sources": digest(*(row.encode() for source_id, row in self.sources if source_id in named))}


def digest_tables(folder: Path) -> TableDigests:
    """Read the tables of a study row by row, so that memory does not grow with them."""
    settings = (folder / "study.toml").read_text(encoding="utf-8")
    whole: dict[str, str] = {}
    scoped: dict[str, dict[str, str]] = {}
    named: dict[str, set[str]] = {"": set()}
    for table in STUDY:
        if table.name != "sources":
            whole[table.name], by_code = _digest_rows(folder / table.file, table, named)
            if table.scope:
                scoped[table.name] = by_code
    register = list(_read_rows(folder / "sources.csv"))
    whole["sources"] = digest(*map(_join, register))
    sources = tuple((row[0], digest(_join(row))) for row in register)
    named[""] |= {source_id for source_id, _ in sources if f'"{source_id}"' in settings} | {
        row[0] for row in register[:1]
    }
    return TableDigests(whole, scoped, {code: frozenset(ids) for code, ids in named.items()}, sources)


def _digest_rows(file: Path, table: Table, named: dict[str, set[str]]) -> tuple[str, dict[str, str]]:
    """Digest all rows and the rows of each jurisdiction; note the sources that they name."""
    rows = iter(_read_rows(file))
    header = next(rows, [])
    owners = [header.index(column) for column in table.scope if column in header]
    citing = [number for number, column in enumerate(header) if column.endswith("source_id")]
    everything, by_code = hashlib.sha256(_join(header)), {}
    for row in rows:
        content = _join(row)
        everything.update(content)
        codes = {row[place] for place in owners if place < len(row)} if table.scope else {""}
        ids = {row[place] for place in citing if place < len(row)}
        for code in codes:
            if table.scope:
                by_code.setdefault(code, hashlib.sha256(_join(header))).update(content)
            named.setdefault(code, set()).update(ids)
    return everything.hexdigest(), {code: found.hexdigest() for code, found in by_code.items()}


def digest_inputs(folder: Path) -> str:
    """Return the digest of everything that a study is read from."""
    return _digest_files(_list_inputs(folder))


def digest_content(folder: Path) -> str:
    """Return the short digest of all that a report is made from: what roles sign, without the signatures themselves."""
    return _digest_files(file for file in _list_inputs(folder) if file.stem not in STANDING)[:12]


def _list_inputs(folder: Path) -> list[Path]:
    places_read = (folder, places.locate_framework(folder))
    return [file for place in places_read for file in [*place.glob("study.toml"), *sorted(place.glob("*.csv"))]]


def _digest_files(files: Iterable[Path]) -> str:
    return digest(*(part for file in files for part in (file.name.encode(), file.read_bytes())))


def list_versions() -> dict[str, str]:
    """Return the version of every package that a section depends on."""
    return {name: version(name) for name in PACKAGES}


def digest_files(folder: Path) -> dict[str, str]:
    """Return the digest of every file in a folder, by its path."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): digest_file(file) for file in files}


@cache
def digest_library() -> str:
    """Return the digest of the library's code."""
    package = Path(__file__).parent
    files = sorted(file for file in package.rglob("*.py") if "shipped" not in file.parts)
    return digest(*(file.read_bytes() for file in files))


@cache
def digest_template() -> str:
    """Return the digest of the templates and the code that pages are made with."""
    files = sorted(file for file in (Path(__file__).parent / "templates").rglob("*") if file.is_file())
    return digest(digest_library().encode(), *(file.read_bytes() for file in files))


def digest_file(file: Path) -> str:
    """Return the digest of a file, or `missing`."""
    if not file.is_file():
        return "missing"
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest(*parts: bytes) -> str:
    """Return the digest of several parts, each with its length, so that none can pass for another.

    Examples
    --------
    >>> digest(b"ab", b"c") == digest(b"a", b"bc")
    False
    """
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def _read_rows(file: Path) -> Iterable[list[str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            yield from (row for row in csv.reader(stream) if row)
    except (OSError, UnicodeDecodeError, csv.Error):
        # What is wrong with the file is said when it is checked; here it only must not look like the earlier one.
        yield [f"cannot be read: {digest_file(file)}"]


def _join(row: list[str]) -> bytes:
    return ("\x1f".join(row) + "\x1e").encode()
