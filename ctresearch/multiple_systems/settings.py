"""Settings of the estimates, or a sentence that says what was expected instead."""

from __future__ import annotations

from numbers import Real

import numpy as np


def is_number(given: object) -> bool:
    """Say whether a setting is one finite number.

    Examples
    --------
    >>> is_number(0.95), is_number("0.95"), is_number(float("nan")), is_number(True)
    (True, False, False, False)
    """
    return isinstance(given, Real) and not isinstance(given, bool) and bool(np.isfinite(float(given)))


def is_whole(given: object, *, least: int) -> bool:
    """Say whether a setting is one whole number and not below the least.

    Examples
    --------
    >>> is_whole(1000, least=50), is_whole(1000.5, least=50), is_whole(None, least=50)
    (True, False, False)
    """
    return is_number(given) and given >= least and given == int(given)


def check_level(level: float) -> None:
    """Refuse a level that is no share.

    Raises
    ------
    ValueError
        If it is no number between 0 and 1.

    Examples
    --------
    >>> check_level(95)
    Traceback (most recent call last):
    ValueError: level is 95; expected a number between 0 and 1, for example 0.95
    """
    if not (is_number(level) and 0 < level < 1):
        raise ValueError(f"level is {level!r}; expected a number between 0 and 1, for example 0.95")


def check_overlap(least_overlap: int) -> None:
    """Refuse a least overlap below one person.

    Raises
    ------
    ValueError
        If it is no number from 1.

    Examples
    --------
    >>> check_overlap(0)
    Traceback (most recent call last):
    ValueError: least_overlap is 0; expected 1 person or more: without overlap nothing is known
    """
    if not (is_number(least_overlap) and least_overlap >= 1):
        raise ValueError(
            f"least_overlap is {least_overlap!r}; expected 1 person or more: without overlap nothing is known"
        )


def check_generator(rng: np.random.Generator) -> None:
    """Refuse what draws no random numbers, for example a seed alone.

    Raises
    ------
    ValueError
        If it is no `numpy.random.Generator`.

    Examples
    --------
    >>> check_generator(1)
    Traceback (most recent call last):
    ValueError: rng is 1; expected a generator of random numbers, for example numpy.random.default_rng(1)
    """
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"rng is {rng!r}; expected a generator of random numbers, for example numpy.random.default_rng(1)"
        )
