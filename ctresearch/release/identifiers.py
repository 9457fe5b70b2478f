"""Whatever could lead to a person: those on known lists, and what looks like a number or address of somebody."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from itertools import pairwise

import pandas as pd

from ctresearch.clean.mapping import IDENTIFIER_FIELDS, LEFT_OUT
from ctresearch.clean.text import fold_value

_WORD = re.compile(r"[^\W\d_]+|\d+")
_HELD = re.compile(r"base64,[A-Za-z0-9+/=]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_FEWEST_LETTERS = 4
_FREE_WORDS_N = 4
_FEWEST_DIGITS = 7

_ADDRESS = re.compile(r"https?://[^\s<>\"']+|\bdoi:\S+")
_DATE = re.compile(r"\d{1,2}[./-] ?\d{1,2}[./-] ?\d{4}|\d{4}-\d{2}-\d{2}(/\d{4}-\d{2}-\d{2})?")
_TELLING = re.compile(r"[\d@/\\]")
_PHONE = (
    r"(?<![\w.,/-])(\+|00)\d(?:[ ()/.-]{0,2}\d){7,14}(?![\w-])"
    r"|(?<![\w.,/+-])0\d{2}[ /-]\d{3}[ -]?\d{3,4}(?!\w)"
)
_POINT = (
    r"(?<![\d.])-?\d{1,2}\.\d{4,} ?[,;] ?-?\d{1,3}\.\d{4,}(?!\d)"
    r"|\d{1,3} ?° ?\d{1,2} ?['\u2032\u2019]"
)
_PATTERNS = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),
    "a telephone number": re.compile(_PHONE),
    "a personal number": re.compile(r"(?<!\w)[A-T]\d{8}[A-W](?!\w)"),
    "a number of a document": re.compile(r"(?<![\w/.-])[A-Z]{1,2}\d{7,8}(?![\w/.-])"),
    "coordinates": re.compile(_POINT),
    "a path on a machine": re.compile(r"(?<![\w.])(/home/|/Users/|/root/|/tmp/|[A-Z]:\\\\?Users\\\\?)\w+"),
}
_THIRTEEN = re.compile(r"(?<!\d)\d{13}(?!\d)")
_WEIGHTS = (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True)
class Persons:
    """Identifiers of known persons, folded to words, so that case, accents and script do not matter.

    Attributes
    ----------
    dates : collection of (year, month, day)
        Birth dates.
    single : mapping
        Identifiers of one word, and what they are.
    phrases : mapping
        First two words of a longer identifier: the whole of each that starts so, and what it is.
    """

    dates: Collection[tuple[int, ...]] = field(repr=False)
    single: Mapping[str, str] = field(repr=False)
    phrases: Mapping[tuple[str, str], Mapping[tuple[str, ...], str]] = field(repr=False)

    @property
    def count(self) -> int:
        """Number of identifiers."""
        return len(self.dates) + len(self.single) + sum(len(found) for found in self.phrases.values())

    def find(self, text: str) -> set[str]:
        """Return what kinds of identifiers a text holds.

        Examples
        --------
        >>> rows = pd.DataFrame({"given_name": ["Aba"], "family_name": ["Dundelić"], "document_number": ["K123456"]})
        >>> persons = collect_persons([rows], public=())
        >>> sorted(persons.find("DUNDELIC, passport k-123456"))
        ['a document number of a person on a list', 'a family name of a person on a list']
        """
        words = _split(text)
        found = {self.single[word] for word in self.single.keys() & set(words)}
        if any(_read_date(match[0]) in self.dates for match in _DATE.finditer(text)):
            found.add("a birth date of a person on a list")
        if self.phrases.keys() & set(pairwise(words)):
            for place, pair in enumerate(pairwise(words)):
                for phrase, kind in self.phrases.get(pair, {}).items():
                    if tuple(words[place : place + len(phrase)]) == phrase:
                        found.add(kind)
        return found


def _read_date(text: str) -> tuple[int, ...]:
    """Return year, month and day of a date that begins with the year or with the day."""
    parts = [int(part) for part in re.findall(r"\d+", text)[:3]]
    return tuple(parts if parts[0] > 31 else reversed(parts))


def _split(text: str) -> list[str]:
    return list(map(_fold, _WORD.findall(text)))


@lru_cache(maxsize=1_000_000)
def _fold(word: str) -> str:
    return fold_value(word)


def collect_persons(lists: Iterable[pd.DataFrame], *, public: Collection[str]) -> Persons:
    """Collect what must not be found of the persons on lists.

    Parameters
    ----------
    lists : iterable of pandas.DataFrame
        Rows of case sheets as they were received; columns named by the fields of a mapping (`given_name`,
        `family_name`, `full_name`, `birth_date`, `document_number`, `case_number`, `phone`, `email`, `left_out`).
    public : collection of str
        Words and dates that the study has published in any case: a family name among them is looked for with the
        given name only, a birth date not at all.
    """
    lists = [rows.fillna("").astype(str) for rows in lists]
    known = {fold_value(word) for word in public} | {""}
    born = (cell for rows in lists if "birth_date" in rows for cell in rows["birth_date"].unique())
    dates = {_read_date(found[0]) for cell in born for found in _DATE.finditer(cell)}
    published = {_read_date(found[0]) for word in public for found in _DATE.finditer(word)}
    single: dict[str, str] = {}
    phrases: dict[tuple[str, str], dict[tuple[str, ...], str]] = {}
    for rows in lists:
        for text, kind in _list_identifiers(rows, known):
            match _split(fold_value(text)):
                case [word]:
                    single[word] = kind
                case [first, second, *rest]:
                    phrases.setdefault((first, second), {})[(first, second, *rest)] = kind
    return Persons(dates - published, single, phrases)


def _list_identifiers(rows: pd.DataFrame, public: set[str]) -> Iterator[tuple[str, str]]:
    given, family = (
        rows[name] if name in rows else pd.Series("", rows.index) for name in ("given_name", "family_name")
    )
    for first, last in zip(given, family, strict=True):
        if first and last:
            yield from (
                (f"{first} {last}", "a name of a person on a list"),
                (f"{last} {first}", "a name of a person on a list"),
            )
        if len(last) >= _FEWEST_LETTERS and fold_value(last) not in public:
            yield last, "a family name of a person on a list"
    for name in IDENTIFIER_FIELDS:
        if name in rows and name not in ("given_name", "family_name"):
            kind = f"a {name.replace('_', ' ')} of a person on a list"
            known = [cell for cell in rows[name] if len(cell) > 4]
            yield from ((cell, kind) for cell in known)
            yield from ((_join_digits(cell), kind) for cell in known if name == "phone" and _is_long_number(cell))
    for name in rows.columns[rows.columns.str.startswith(LEFT_OUT)]:
        counts = rows[name].value_counts()
        rare = counts.index[counts.eq(1)]
        yield from ((cell, "free text of a case sheet") for cell in rare if len(cell.split()) >= _FREE_WORDS_N)
        numbers = [cell for cell in rare if _is_long_number(cell)]
        yield from ((text, "a number of a case sheet") for cell in numbers for text in (cell, _join_digits(cell)))


def _join_digits(cell: str) -> str:
    """Write a number without blanks, as it may stand elsewhere."""
    return re.sub(r"\D", "", cell)


def _is_long_number(cell: str) -> bool:
    """Tell what may be a second telephone number or a number of a card from a date and from an amount."""
    return len(re.findall(r"\d", cell)) >= _FEWEST_DIGITS and not _DATE.search(cell)


def decode_text(content: bytes) -> Iterator[str]:
    r"""Yield bytes as text in the ways in which a name may be written in them; images held in a page are left out.

    Examples
    --------
    >>> list(decode_text(b"A&#268;i \\u010ci"))[-1]
    'AČi Či'
    """
    yield unescape(
        _ESCAPED.sub(lambda found: chr(int(found[1], 16)), _HELD.sub("", content.decode("utf-8", "replace")))
    )
    if content.count(b"\x00") * 4 > len(content):
        yield content.decode("utf-16-le", "replace")
        yield content.decode("utf-16-be", "replace")


def find_patterns(text: str) -> set[str]:
    """Return what in a text looks like the number or address of a person or place; addresses of pages are no matter.

    Examples
    --------
    >>> sorted(find_patterns("Call +387 33 123 456 or write to a@b.example, 43.85643, 18.41312"))
    ['a telephone number', 'an e-mail address', 'coordinates']
    >>> find_patterns("Law of 05.10.2014, https://a.example/+38733123456, 1.5 to 12.25, UN A/RES/55/25")
    set()
    """
    if not _TELLING.search(text):
        return set()
    undated = _DATE.sub(" ", _ADDRESS.sub(" ", text))
    found = {kind for kind, pattern in _PATTERNS.items() if pattern.search(undated)}
    return found | ({"a personal number"} if any(map(_is_personal, _THIRTEEN.findall(undated))) else set())


def _is_personal(number: str) -> bool:
    """Tell a unique master citizen number (JMBG) by its day, month and check digit: weighted sum modulo 11."""
    digits = [int(digit) for digit in number]
    rest = 11 - sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=False)) % 11
    is_day = 1 <= int(number[:2]) <= 31 and 1 <= int(number[2:4]) <= 12
    return is_day and digits[12] == (0 if rest > 9 else rest)
