"""How hard a text is to read."""

from __future__ import annotations

import re

LONG_WORD = 6
"""A word of more letters than this counts as long."""

PLAIN = 50.0
"""Highest LIX of a text that most adults read with ease; Björnsson puts newspapers between 40 and 50."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END = re.compile(r"[.!?:](?=\s|$)")


def measure_lix(text: str) -> float:
    """Return the readability index LIX: mean length of a sentence in words, plus the percentage of long words.

    It needs no list of words or syllables and so works in all languages of a study.

    Parameters
    ----------
    text : str
        At least one word.

    Raises
    ------
    ValueError
        If there is no word.

    References
    ----------
    C. H. Björnsson (1968), Läsbarhet; J. Anderson (1983), Journal of Reading 26(6), 490-496.

    Examples
    --------
    >>> measure_lix("The cat sat. It purred contentedly.")
    19.666666666666668
    """
    words = _WORD.findall(text)
    if not words:
        raise ValueError("A text without a word has no readability.")
    sentences = max(len(_END.findall(text)), 1)
    long = sum(len(word) > LONG_WORD for word in words)
    return len(words) / sentences + 100 * long / len(words)
