"""What is made of pages and waits for all of them, kept on disk so that memory does not grow with the report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


class Drafts(Mapping[str, str]):
    """Texts by the names of their pages, in a private folder that goes when they are closed.

    Parameters
    ----------
    within : Path
        Folder that receives the private one; what an interrupted run leaves there is removed with it.
    order : sequence of str
        Names of all pages; those that are kept come in this order, whenever they were put.

    Examples
    --------
    >>> drafts = Drafts(Path(), ["alb", "srb", "regional"])
    >>> drafts.put("srb", "<main></main>")
    >>> drafts.put("alb", "")
    >>> dict(drafts)
    {'alb': '', 'srb': '<main></main>'}
    >>> drafts.close()
    """

    def __init__(self, within: Path, order: Sequence[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=".drafts-", dir=within)
        self._files = {name: Path(self._folder.name) / f"{number}.txt" for number, name in enumerate(order)}
        self._kept: set[str] = set()

    def put(self, name: str, text: str) -> None:
        """Keep the text of a page."""
        self._files[name].write_text(text, encoding="utf-8")
        self._kept.add(name)

    def __getitem__(self, name: str) -> str:
        return self._files[name].read_text(encoding="utf-8")

    def __contains__(self, name: object) -> bool:
        return name in self._kept

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._files if name in self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()
