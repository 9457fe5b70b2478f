"""A process gives back the memory that it has freed, and a kernel does so after a cell."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from ctresearch import footprint

MEGABYTE = 1 << 20
NEEDS_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what a process holds")


def hold_and_free(megabytes):
    """Free many small pieces below one that stays: the library of C keeps their place."""
    pieces = [bytearray(100_000) for _ in range(megabytes * 10)]
    last = bytearray(100_000)
    pieces.clear()
    return last


@NEEDS_LINUX
def test_freed_memory_goes_back_to_the_system():
    keeper = footprint.Keeper()
    before = footprint._measure()
    stays = hold_and_free(150)
    held = footprint._measure() - before
    keeper.give_back()
    assert held > 100 * MEGABYTE
    assert footprint._measure() - before < 40 * MEGABYTE
    assert len(stays) == 100_000


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
