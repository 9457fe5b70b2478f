"""The IPython extension of a kernel that remembers: pure functions that are called with the same again recall."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FunctionType, ModuleType

from numpy.random import Generator

from ctresearch import (
    agreement,
    clean,
    cooperation,
    crosswalk,
    figures,
    needs,
    ratings,
    recommendations,
    robustness,
    score,
    trends,
)
from ctresearch.memo.entries import Entries, make_key

REMEMBERED = (
    *(agreement, clean, cooperation, crosswalk, figures, needs),
    *(ratings, recommendations, robustness, score, trends),
)
"""Modules of pure functions on what is published or was released: a result of theirs shows no person.

Tables are not among them, for to look one up takes as long as to lay it out.
What notebooks call with case records, answers or ballots alone is not among them.
"""


def load_ipython_extension(shell) -> None:
    """Let the kernel remember in the folder that `--Memo.folder` names."""
    remember(REMEMBERED, Entries(Path(shell.config.Memo.folder)))


def remember(modules: Iterable[ModuleType], entries: Entries) -> None:
    """Put in the place of each public function of the modules one that recalls.

    Functions that were imported by name before are not touched.
    """
    for module in modules:
        for name, function in list(vars(module).items()):
            is_own = isinstance(function, FunctionType) and function.__module__.startswith(module.__name__)
            if is_own and not name.startswith("_"):
                setattr(module, name, recall(function, entries))


def recall(function: Callable, entries: Entries) -> Callable:
    """Return a function that computes only what it finds no entry of.

    A random generator is left in the state in which the computation would have left it.

    Parameters
    ----------
    function : callable
        A pure function: its result follows from its arguments alone, which it does not change.

    Examples
    --------
    >>> import tempfile
    >>> called = []
    >>> def double(number):
    ...     called.append(number)
    ...     return 2 * number
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     doubled = recall(double, Entries(Path(folder)))
    ...     doubled(4), doubled(4), called
    (8, 8, [4])
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def recalled(*args, **kwargs):
        key = None if entries.is_computing else make_key(name, args, kwargs)
        if key is None:
            return function(*args, **kwargs)
        generators = [value for value in (*args, *kwargs.values()) if isinstance(value, Generator)]
        found = entries.find(key)
        if found is None:
            with entries.computing():
                result = function(*args, **kwargs)
            entries.keep(key, (result, [generator.bit_generator.state for generator in generators]))
            return result
        result, states = found
        for generator, state in zip(generators, states, strict=True):
            generator.bit_generator.state = state
        return result

    return recalled
