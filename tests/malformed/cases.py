"""What a malformed file is, and what makes them: valid rows, packed files, spoilt bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEADER = ["Case", "Година", "Country", "Share"]
ROWS = [["A-1", "2014", "Албанија", "1,5"], ["A-2", "2015", "Crna Gora", "2,5"], ["A-3", "2016", "Shqipëri", "3,5"]]


@dataclass(frozen=True)
class Malformed:
    """One malformed file: its name, how it is made, what must be said.

    `outcome`: `refused` (a message), `kept` (read, with a note if there are words), `header` (read, and the search for
    the table says the words), `any` (either way, but no crash).
    """

    file: str
    make: Callable[[], bytes] | Callable[[Path], None]
    outcome: str
    words: str = ""


CASES: dict[str, Malformed] = {}


def case(name: str, file: str, make, outcome: str, words: str = "") -> None:
    assert name not in CASES, name
    CASES[name] = Malformed(file, make, outcome, words)


def text_of(rows=(), *, header=HEADER, delimiter=";", end="\n") -> str:
    return end.join(delimiter.join(row) for row in (header, *(rows or ROWS))) + end


VALID = text_of()


def zip_of(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def repack(data: bytes, changes: dict[str, bytes | None], *, method=zipfile.ZIP_DEFLATED) -> bytes:
    """Return a packed file with parts replaced, added, or (None) taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in dict.fromkeys([*old.namelist(), *changes]):
            content = changes[name] if name in changes else old.read(name)
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def spoil(data: bytes, seed: int, *, count: int = 12) -> bytes:
    rng = np.random.default_rng(seed)
    content = bytearray(data)
    for place in rng.integers(0, len(content), size=count):
        content[place] = int(rng.integers(0, 256))
    return bytes(content)
