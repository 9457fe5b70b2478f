"""A process gives back the memory that it has freed, and a kernel does so after a cell."""

import gc
import subprocess
import sys
from types import SimpleNamespace

import pytest
from IPython.core.interactiveshell import InteractiveShell

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


USE_LARGE = """
import sys
from ctresearch import footprint
if sys.argv[1:]:
    footprint.Keeper()
before = footprint._measure()
first = b"x" * (30 << 20)
del first
pieces = [b"x" * (10 << 20) for _ in range(10)]
last = b"x" * 100_000
del pieces
print(footprint._measure() - before)
"""


@NEEDS_LINUX
def test_large_arrays_go_back_when_they_are_freed_whatever_was_seen_before():
    def hold(*asked: str) -> int:
        command = [sys.executable, "-c", USE_LARGE, *asked]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert hold() > 90 * MEGABYTE
    assert hold("with a keeper") < 10 * MEGABYTE


def test_what_is_loaded_is_left_out_of_the_search_for_garbage_for_a_while():
    counts = []

    def fail() -> None:
        with footprint.keep_loaded():
            counts.append(gc.get_freeze_count())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert counts[0] > 10_000
    assert gc.get_freeze_count() == 0


def test_memory_is_trimmed_after_little_growth_and_looked_for_after_much(monkeypatch):
    held, done = [100 * MEGABYTE], []
    monkeypatch.setattr(footprint, "_measure", lambda: held[0])
    monkeypatch.setattr(footprint, "_trim", lambda: done.append("trim"))
    keeper = footprint.Keeper(step=40 * MEGABYTE, collect=lambda: done.append("collect"))
    for grown, expected in ((109, []), (110, ["trim"]), (119, []), (140, ["trim", "collect", "trim"]), (149, [])):
        held[0] = grown * MEGABYTE
        done.clear()
        keeper.give_back()
        assert done == expected, grown


def test_nothing_is_done_where_the_system_does_not_say_what_is_held(monkeypatch, tmp_path):
    monkeypatch.setattr(footprint, "_SIZES", tmp_path / "missing")
    monkeypatch.setattr(footprint, "_trim", lambda: pytest.fail("was called"))
    keeper = footprint.Keeper()
    keeper.give_back()


def test_nothing_is_done_where_the_library_of_c_cannot(monkeypatch):
    monkeypatch.setattr(footprint.ctypes, "CDLL", lambda name: SimpleNamespace())
    footprint._trim()
    footprint.Keeper()


def test_a_kernel_that_has_grown_forgets_after_the_cell_what_others_showed(monkeypatch):
    held = [100 * MEGABYTE]
    monkeypatch.setattr(footprint, "_measure", lambda: held[0])
    shell = InteractiveShell()
    footprint.load_ipython_extension(shell)
    shell.run_cell("40 + 1")
    assert list(shell.user_ns["Out"].values()) == [41]
    held[0] *= 2
    shell.run_cell("a = 2")
    assert shell.user_ns["Out"] == {}
    assert shell.user_ns["a"] == 2
