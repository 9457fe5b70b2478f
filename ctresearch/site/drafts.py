"""Rendered pages that still lack their cards, kept on disk so that memory does not grow with the report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path


class Drafts(Mapping[str, str]):
    """Pages by their names, in a private folder that goes with the end of the `with` block.

    Parameters
    ----------
    within : Path
        Folder that receives the private one; what an interrupted run leaves there is removed with it.

    Examples
    --------
    >>> with Drafts(Path()) as drafts:
    ...     drafts.put("srb", "<main></main>")
    ...     dict(drafts)
    {'srb': '<main></main>'}
    """

    def __init__(self, within: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=".drafts-", dir=within)
        self._files: dict[str, Path] = {}

    def put(self, name: str, html: str) -> None:
        """Keep a page."""
        self._files[name] = Path(self._folder.name) / f"{len(self._files)}.html"
        self._files[name].write_text(html, encoding="utf-8")

    def __getitem__(self, name: str) -> str:
        return self._files[name].read_text(encoding="utf-8")

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __enter__(self) -> Drafts:
        return self

    def __exit__(self, *problem: object) -> None:
        self._folder.cleanup()
