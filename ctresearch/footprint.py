"""Memory that has been freed goes back to the system: a process would else hold on to what its largest step took."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

EXTENSION = "ctresearch.footprint"
"""The IPython extension that lets a kernel give back memory after cells that took much of it."""

_STEP = 64 << 20
_SIZES = Path("/proc/self/statm")


def load_ipython_extension(shell) -> None:
    """Look after each cell whether memory is to be given back."""
    shell.events.register("post_run_cell", Keeper().give_back)


class Keeper:
    """Gives back what is free whenever the process has grown by 64 megabytes; does nothing where it cannot.

    The library of C keeps freed memory for later (glibc; `malloc_trim` hands it over).
    """

    def __init__(self) -> None:
        self._size = _measure()

    def give_back(self, *event: object) -> None:
        """Give back free memory if the process has grown."""
        if _measure() < self._size + _STEP:
            return
        gc.collect()
        _trim()
        self._size = _measure()


def _measure() -> int:
    """Return the memory that the process holds in bytes; 0 where the system does not say."""
    if not _SIZES.exists():
        return 0
    return int(_SIZES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _trim() -> None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
