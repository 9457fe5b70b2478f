"""Build aside, publish at once: a lock, a private folder that outlives a kill, and an exchange of folders."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class BusyError(BlockingIOError):
    """Another run of the same report is at work."""


@contextmanager
def lock_place(place: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock of a report's place; the system frees it when its holder dies.

    Raises
    ------
    BusyError
        If another run holds it and `wait` is false.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place.with_name(f".{place.name}.lock"))
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        message = f"another run is building {place}; wait for it, or use --wait"
        raise BusyError(message) from None
    try:
        yield
    finally:
        lock.release()


class Workshop:
    """The private folder of a report: finished sections are kept here until the report is published."""

    def __init__(self, place: Path) -> None:
        self.folder = place.with_name(f".{place.name}.building")
        self.report = self.folder / "report"
        shutil.rmtree(self.report, ignore_errors=True)
        (self.report / "notebooks").mkdir(parents=True)

    def locate(self, name: str) -> Path:
        """Return where the report holds the executed notebook of a section."""
        return self.report / "notebooks" / f"{name}.ipynb"

    def keep(self, name: str, record: Mapping[str, object]) -> None:
        """Keep the executed notebook that the report holds, with the record of what it was made from."""
        kept = self._locate_kept(name)
        # A notebook without a record counts as none: what is cut off here is executed again.
        kept.with_suffix(".json").unlink(missing_ok=True)
        shutil.copyfile(self.locate(name), kept)
        write_whole(kept.with_suffix(".json"), json.dumps(record))

    def take_up(self, name: str, inputs: Mapping[str, str]) -> dict | None:
        """Put a kept section that was made from the same inputs into the report, and return its record."""
        kept = self._locate_kept(name)
        try:
            record = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if record.get("inputs") != inputs or not kept.is_file():
            return None
        shutil.copyfile(kept, self.locate(name))
        return record

    def _locate_kept(self, name: str) -> Path:
        return self.folder / f"{name}.ipynb"

    def clear(self) -> None:
        """Remove the folder; what could be used again has been published."""
        shutil.rmtree(self.folder, ignore_errors=True)


def write_whole(file: Path, text: str) -> None:
    """Write a file so that a reader finds all of it or what was there before."""
    private = file.with_name(f".{file.name}.part")
    private.write_text(text, encoding="utf-8")
    private.replace(file)


def publish(report: Path, place: Path) -> None:
    """Put a finished report in its place in one step where the system can exchange two folders.

    Elsewhere the earlier report is moved aside first, and moved back if the new one cannot take its place.
    """
    if not place.exists():
        report.rename(place)
        return
    if _exchange(report, place):
        return
    aside = place.with_name(f".{place.name}.previous")
    shutil.rmtree(aside, ignore_errors=True)
    place.rename(aside)
    try:
        report.rename(place)
    except OSError:
        aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def restore(place: Path) -> None:
    """Move back an earlier report that an interrupted run without exchange has left aside."""
    aside = place.with_name(f".{place.name}.previous")
    if aside.exists() and not place.exists():
        aside.rename(place)


def _exchange(first: Path, second: Path) -> bool:
    with suppress(AttributeError, OSError):
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        code = rename(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
        return code == 0
    return False
