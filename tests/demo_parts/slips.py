"""Slips as real sheets have them, put into cells that are then listed in the truth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from demo_parts.dice import Dice
from demo_parts.people import Slip

_DIGRAPHS = {"Lj": "Љ", "lj": "љ", "Nj": "Њ", "nj": "њ"}
_CYRILLIC = str.maketrans(
    "abvgdđežzijklmnoprstćufhcčšABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠ", "абвгдђежзијклмнопрстћуфхцчшАБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШ"
)
_PLAIN = str.maketrans("čćšžČĆŠŽ", "ccszCCSZ")
_TWINS = {"а": "a", "е": "e", "о": "o", "р": "p", "М": "M", "К": "K", "Т": "T"}
_TWINS |= {latin: cyrillic for cyrillic, latin in _TWINS.items()}
ZERO_WIDTH, SOFT_HYPHEN, NO_BREAK = "\u200b", "\u00ad", "\u00a0"


def to_cyrillic(text: str) -> str:
    for latin, cyrillic in _DIGRAPHS.items():
        text = text.replace(latin, cyrillic)
    return text.translate(_CYRILLIC)


def drop_marks(text: str) -> str:
    return text.translate(_PLAIN)


def count_days(iso: str) -> int:
    """Day of a spreadsheet's 1900 system."""
    return (date.fromisoformat(iso) - date(1899, 12, 30)).days


def swap_twin(text: str) -> str:
    """Replace one letter by its twin of the other script."""
    place = next((place for place, letter in enumerate(text) if letter in _TWINS), None)
    return text if place is None else text[:place] + _TWINS[text[place]] + text[place + 1 :]


def slip_in(mark: str) -> Callable[[str], str]:
    return lambda text: text[:2] + mark + text[2:]


def misread(text: str) -> str:
    """UTF-8 that was taken for Windows-1252."""
    try:
        return text.encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return text


def drop_letter(text: str) -> str:
    return text[:3] + text[4:]


def swap_day_and_month(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 else iso


class Sheet:
    """Rows of text under a header, and the slips that were put into them."""

    def __init__(self, header: list[str], rows: list[list], first_row: int) -> None:
        self.header, self.rows, self.first_row = header, rows, first_row
        self.slips: list[Slip] = []
        self._touched: set[int] = set()

    def plant(self, dice: Dice, column: str, kind: str, change: Callable, times: int) -> None:
        """Change a column in some rows that have no slip yet and that the change does change."""
        place = self.header.index(column)
        fitting = [
            number
            for number, row in enumerate(self.rows)
            if number not in self._touched and row[place] and change(row[place]) != row[place]
        ]
        for number in dice.shuffle(fitting)[:times]:
            meant = self.rows[number][place]
            self.rows[number][place] = change(meant)
            self._note(number, column, kind, self.rows[number][place], meant)

    def exchange(self, dice: Dice, first: str, second: str, kind: str, times: int) -> None:
        """Exchange two columns in some rows."""
        here, there = self.header.index(first), self.header.index(second)
        free = [number for number in range(len(self.rows)) if number not in self._touched]
        for number in dice.shuffle(free)[:times]:
            row = self.rows[number]
            row[here], row[there] = row[there], row[here]
            self._note(number, first, kind, row[here], row[there])
            self._note(number, second, kind, row[there], row[here])

    def _note(self, number: int, column: str, kind: str, written: object, meant: object) -> None:
        self._touched.add(number)
        self.slips.append(Slip(number + self.first_row, column, kind, str(written), str(meant)))
