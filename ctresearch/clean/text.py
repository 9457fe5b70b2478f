"""Mend the spelling of cells without changing their words, and fold them to keys for looking them up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import pandas as pd

from ctresearch.clean.distinct import map_distinct

# Letters that look alike in the two scripts, so that a keyboard left in the other layout writes them unseen.
_CYRILLIC_TWINS = "АВЕЅЈКМНОРСТХІаеѕјорсухі"
_LATIN_TWINS = "ABESJKMHOPCTXIaesjopcyxi"
_TO_LATIN = str.maketrans(_CYRILLIC_TWINS, _LATIN_TWINS)
_TO_CYRILLIC = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)

# Marks come off first, so that й, ѓ, ќ and ё need no line of their own.
_TRANSLITERATION = str.maketrans(
    {
        **dict(zip("абвгґдђежзијіклмнопрстћуфхцчшэыъ", "abvggddezzijiklmnoprstcufhccseya", strict=True)),
        **{"љ": "lj", "њ": "nj", "џ": "dz", "ѕ": "dz", "щ": "st", "ю": "ju", "я": "ja", "є": "e", "ь": ""},
        # Letters that Unicode does not decompose into a plain letter and a mark.
        **dict(zip("đðłøħıŧə", "ddlohite", strict=True)),
        **{"æ": "ae", "œ": "oe", "þ": "th"},
    }
)

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_BREAKS = re.compile(r"[\t-\r\x85\u2028\u2029]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")

# Most cells: one script, in letters that text read in the wrong encoding does not consist of. They need no mending.
_PLAIN_LATIN = r"[ -~čćšžđČĆŠŽĐëçËÇ]*"
_PLAIN = re.compile(_PLAIN_LATIN + r"|(?:(?![РС][ЂЃЉЊЌЋЏЈЅђѓљњќћџјѕ])[ -@\[-`{-~А-Яа-яЂЃЉЊЌЋЏЈЅђѓљњќћџјѕ])*")
_LATIN_CELLS = re.compile(_PLAIN_LATIN)
_MOST_ROUNDS = 8


def tidy_text(values: pd.Series) -> pd.Series:
    r"""Mend what a reader of the cell would not see, and leave its words alone.

    Composes letters and marks (NFC), mends text read in the wrong encoding (where ftfy is
    sure of it), removes zero-width and control
    characters, makes every run of spaces one space, strips, and unifies letters of the other script that look
    alike inside a word. A blank cell becomes missing.

    Parameters
    ----------
    values : pandas.Series
        Text; other values are taken as printed.

    Returns
    -------
    pandas.Series
        Text, same index and name. Tidying twice changes nothing more.

    Examples
    --------
    >>> tidy_text(pd.Series(["  TÃ¼rkiye ", "Kosovo\u200b", " \u00a0"])).tolist()
    ['Türkiye', 'Kosovo', nan]
    """
    return map_distinct(values, lambda value: tidy_value(str(value)) or None)


def fold_text(values: pd.Series) -> pd.Series:
    """Fold text to a key by which spellings of one word meet: case, script, diacritics and punctuation off.

    Parameters
    ----------
    values : pandas.Series
        Text; tidied first.

    Returns
    -------
    pandas.Series
        Keys of lower-case letters, digits and single spaces; missing where nothing is left.

    Examples
    --------
    >>> fold_text(pd.Series(["Косово*", "KOSOVO", "Đaković", "Ђаковић", "***"])).tolist()
    ['kosovo', 'kosovo', 'dakovic', 'dakovic', nan]
    """
    return map_distinct(values, lambda value: fold_value(str(value)) or None)


def tidy_value(text: str) -> str:
    r"""Return one text tidied; see `tidy_text`.

    Examples
    --------
    >>> tidy_value("a\u00a0 b")
    'a b'
    """
    if _PLAIN.fullmatch(text):
        return " ".join(text.split())
    # Taking a character out can bring two halves of a mis-encoded letter together, hence until nothing changes.
    for _ in range(_MOST_ROUNDS):
        before, text = text, _tidy_once(text)
        if text == before:
            break
    return text


def tidy_values(texts: Iterable[str]) -> list[str | None]:
    """Return many texts tidied, `None` for a blank one; see `tidy_text`.

    Examples
    --------
    >>> tidy_values(["a", " b ", " "])
    ['a', 'b', None]
    """
    texts = list(texts)
    joined = f"|{'|'.join(texts)}|"
    # Most columns need no mending, and to see that in all of their cells at once is far quicker.
    if _LATIN_CELLS.fullmatch(joined) and not any(blank in joined for blank in ("  ", "| ", " |", "||")):
        return texts
    return [tidy_value(text) or None for text in texts]


def fold_value(text: str) -> str:
    """Return the key of one text; see `fold_text`.

    Examples
    --------
    >>> fold_value("B & H"), fold_value("Црна Гора")
    ('b h', 'crna gora')
    """
    plain = tidy_value(text).casefold()
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain)
        letters = "".join(letter for letter in parts if not unicodedata.combining(letter))
        plain = letters.casefold().translate(_TRANSLITERATION)
    return _BETWEEN_WORDS.sub(" ", plain).strip()


@lru_cache(maxsize=1)
def _mend_encoding():
    from ftfy import fix_encoding

    return fix_encoding


def _tidy_once(text: str) -> str:
    mended = _BREAKS.sub(" ", _mend_encoding()(unicodedata.normalize("NFC", text)))
    visible = mended if mended.isprintable() else "".join(filter(_is_visible, mended))
    return unicodedata.normalize("NFC", _WORD.sub(_unify_script, " ".join(visible.split())))


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs")


def _unify_script(match: re.Match[str]) -> str:
    word = match.group()
    latin, cyrillic = _LATIN.findall(word), _CYRILLIC.findall(word)
    if not latin or not cyrillic:
        return word
    cyrillic_fits = all(letter in _CYRILLIC_TWINS for letter in cyrillic)
    latin_fits = all(letter in _LATIN_TWINS for letter in latin)
    if cyrillic_fits and latin_fits:
        cyrillic_fits, latin_fits = len(latin) > len(cyrillic), len(cyrillic) > len(latin)
    if cyrillic_fits:
        return word.translate(_TO_LATIN)
    return word.translate(_TO_CYRILLIC) if latin_fits else word
