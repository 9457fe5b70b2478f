"""A process gives back the memory that it has freed, and a kernel does so after a cell."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from ctresearch import footprint

MEGABYTE = 1 << 20
NEEDS_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what a process holds")


HOLD_AND_FREE = """
from ctresearch import footprint
keeper, before = footprint.Keeper(), footprint._measure()
# Many small pieces below one that stays: the library of C keeps their place.
pieces = [bytearray(100_000) for _ in range(1500)]
last = bytearray(100_000)
pieces.clear()
held = footprint._measure() - before
keeper.give_back()
print(held, footprint._measure() - before)
"""


@NEEDS_LINUX
def test_freed_memory_goes_back_to_the_system():
    # In a process of its own, which holds nothing free that could be used again.
    told = subprocess.run([sys.executable, "-c", HOLD_AND_FREE], check=True, capture_output=True, text=True).stdout
    held, kept = map(int, told.split())
    assert held > 100 * MEGABYTE
    assert kept < 40 * MEGABYTE


@NEEDS_LINUX
def test_it_is_given_back_only_once_the_process_has_grown(monkeypatch):
    trimmed = []
    monkeypatch.setattr(footprint, "_trim", lambda: trimmed.append(True))
    keeper = footprint.Keeper()
    keeper.give_back()
    assert trimmed == []
    stays = np.ones(10 * MEGABYTE)
    keeper.give_back()
    keeper.give_back()
    assert trimmed == [True]
    assert stays.sum() == 10 * MEGABYTE


def test_nothing_is_done_where_the_system_does_not_say_what_is_held(monkeypatch, tmp_path):
    monkeypatch.setattr(footprint, "_SIZES", tmp_path / "missing")
    monkeypatch.setattr(footprint, "_trim", lambda: pytest.fail("was called"))
    keeper = footprint.Keeper()
    keeper.give_back()


def test_nothing_is_done_where_the_library_of_c_cannot(monkeypatch):
    monkeypatch.setattr(footprint.ctypes, "CDLL", lambda name: SimpleNamespace())
    footprint._trim()


def test_a_kernel_looks_after_each_cell(monkeypatch):
    registered = {}
    shell = SimpleNamespace(events=SimpleNamespace(register=registered.__setitem__))
    footprint.load_ipython_extension(shell)
    called = []
    monkeypatch.setattr(footprint, "_measure", lambda: called.append(True) or 0)
    registered["post_run_cell"](SimpleNamespace(success=True))
    assert called == [True]
