"""Memory that has been freed goes back to the system: a process would else hold on to what its largest step took."""

from __future__ import annotations

import ctypes
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

EXTENSION = "ctresearch.footprint"
"""The IPython extension that lets a kernel give back memory after cells that took much of it."""

STEP = 64 << 20
"""Bytes that a process may grow by before it looks for memory."""

LARGE = 1 << 20
"""Bytes from which on memory goes back as soon as it is freed."""

_SIZES = Path("/proc/self/statm")
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of `mallopt` (glibc, malloc.h)."""


def load_ipython_extension(shell) -> None:
    """Look after each cell whether memory is to be given back.

    A kernel remembers what each cell showed, for `Out` and `_`; it forgets it when memory is to be found.
    """
    shell.events.register("post_run_cell", Keeper(collect=shell.displayhook.flush).give_back)


@contextmanager
def keep_loaded() -> Iterator[None]:
    """Leave what is loaded now out of the search for garbage, which would else take longer than to write a page."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class Keeper:
    """Gives back what is free whenever the process has grown; does nothing where it cannot.

    The library of C keeps freed memory for later (glibc; `malloc_trim` hands it over), and the more of it the larger
    the arrays that it has seen; from now on it hands over large ones at once.

    Parameters
    ----------
    step : int
        Bytes by which the process has to grow before memory is looked for; a quarter of it is enough to give back
        what is free anyway, which takes no time.
    collect : callable
        Looks for memory.
    """

    def __init__(self, *, step: int = STEP, collect: Callable[[], object] = gc.collect) -> None:
        self._step, self._collect = step, collect
        self._trimmed = self._collected = _measure()
        if self._trimmed:
            _hand_over_large()

    def give_back(self, *event: object) -> None:
        """Give back free memory if the process has grown."""
        if _measure() < self._trimmed + self._step // 4:
            return
        _trim()
        if _measure() >= self._collected + self._step:
            self._collect()
            _trim()
            self._collected = _measure()
        self._trimmed = _measure()


def _measure() -> int:
    """Return the memory that the process holds in bytes; 0 where the system does not say."""
    if not _SIZES.exists():
        return 0
    return int(_SIZES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _trim() -> None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _hand_over_large() -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_TRIM_THRESHOLD, 4 * LARGE)
