"""Fictitious people in the lists of three agencies, with the truth known: names are syllables drawn at random.

No name was taken from a list of names; spelling, script and slips are those that case sheets show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

ONSETS = ["b", "br", "č", "ć", "d", "dr", "đ", "f", "g", "gl", "h", "j", "k", "kr", "l", "lj", "m", "n", "nj", "p", "r"]
ONSETS += ["s", "st", "š", "t", "tr", "v", "z", "ž"]
VOWELS = list("aeiou")
ENDINGS = {"female": ["ura", "ezna", "olja", "ifa", "ëza"], "male": ["un", "ord", "ev", "ask", "im"]}
FAMILY_ENDINGS = ["oruk", "avec", "eshti", "imor", "undel", "açi", "opar", "elkov"]
AGENCIES = {"police": 0.55, "ngo": 0.45, "social": 0.40}
CYRILLIC_SHARE = {"police": 0.5, "ngo": 0.1, "social": 0.3}

_DIGRAPHS = {"lj": "љ", "nj": "њ", "dž": "џ"}
_CYRILLIC = dict(zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True))
_PLAIN = str.maketrans("čćšžëç", "ccszec")


@dataclass(frozen=True)
class Person:
    """What is true of one fictitious person."""

    given: str
    family: str
    born: pd.Timestamp
    sex: str
    citizenship: str
    documents: tuple[str, ...]


def make_people(seed: int, *, persons: int = 3000, slips: float = 1.0) -> tuple[pd.DataFrame, pd.Series]:
    """Return the identifiers of all records, in random order, and the true person of each case id.

    `slips` multiplies the shares of misspelt, swapped and misdated entries; missing ones stay as they are.
    """
    rng = np.random.default_rng(seed)
    everyone = _draw_persons(rng, persons)
    rows, truth = [], {}
    for number, person in enumerate(everyone):
        for agency in _draw_agencies(rng):
            case_id = f"{agency}-{len(rows):06d}"
            rows.append({"case_id": case_id, "agency": agency, **_write_record(rng, person, agency, slips)})
            truth[case_id] = number
    records = pd.DataFrame(rows).sample(frac=1, random_state=rng).reset_index(drop=True)
    records.index += 2
    return records, pd.Series(truth, name="person")


def true_pairs(truth: pd.Series) -> set[tuple[str, str]]:
    """Return every pair of case ids that are one person, the lower id first."""
    pairs = set()
    for _, group in truth.groupby(truth):
        ids = sorted(group.index)
        pairs |= {(first, second) for place, first in enumerate(ids) for second in ids[place + 1 :]}
    return pairs


def _draw_persons(rng: np.random.Generator, persons: int) -> list[Person]:
    # Short lists hold fewer names, or the drawing of names would take longer than all else.
    given = {sex: _draw_names(rng, max(25, min(250, persons // 12)), ENDINGS[sex]) for sex in ENDINGS}
    family = _draw_names(rng, max(60, min(1200, persons * 2 // 5)), FAMILY_ENDINGS)
    everyone: list[Person] = []
    while len(everyone) < persons:
        kin = everyone[int(rng.integers(len(everyone)))] if everyone and rng.random() < 0.08 else None
        sex = str(rng.choice(["female", "male"], p=[0.7, 0.3]))
        everyone.append(
            Person(
                given=_pick(rng, given[sex]),
                family=kin.family if kin else _pick(rng, family),
                born=_draw_birth(rng, kin),
                sex=sex,
                citizenship=kin.citizenship if kin else str(rng.choice(["AAA", "BBB", "CCC"], p=[0.6, 0.25, 0.15])),
                documents=tuple(_draw_document(rng) for _ in range(int(rng.choice([0, 1, 2], p=[0.4, 0.5, 0.1])))),
            )
        )
    return everyone


def _draw_names(rng: np.random.Generator, count: int, endings: list[str]) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        syllables = "".join(str(rng.choice(ONSETS)) + str(rng.choice(VOWELS)) for _ in range(int(rng.integers(1, 3))))
        names[(syllables + str(rng.choice(ONSETS)) + str(rng.choice(endings))).capitalize()] = None
    return list(names)


def _pick(rng: np.random.Generator, names: list[str]) -> str:
    # A few names are common and most are rare: weights fall with the root of the rank.
    weights = 1 / np.sqrt(np.arange(1, len(names) + 1))
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def _draw_birth(rng: np.random.Generator, kin: Person | None) -> pd.Timestamp:
    if kin and rng.random() < 0.2:
        return kin.born
    if kin:
        return kin.born + pd.Timedelta(days=int(rng.integers(300, 1500)) * int(rng.choice([-1, 1])))
    years = 14 + rng.gamma(2.0, 6.0)
    return (pd.Timestamp("2020-01-01") - pd.Timedelta(days=int(365.25 * min(years, 80)))).normalize()


def _draw_document(rng: np.random.Generator) -> str:
    return f"{rng.choice(list('ABKPRT'))}{rng.integers(10**6, 10**8):08d}"


def _draw_agencies(rng: np.random.Generator) -> list[str]:
    seen = [agency for agency, share in AGENCIES.items() if rng.random() < share] or [str(rng.choice(list(AGENCIES)))]
    return seen + [agency for agency in seen if rng.random() < 0.04]


def _write_record(rng: np.random.Generator, person: Person, agency: str, slips: float) -> dict[str, object]:
    is_cyrillic = rng.random() < CYRILLIC_SHARE[agency]
    style = str(rng.choice(["marks", "plain", "digraphs"], p=[0.4, 0.4, 0.2]))
    given, family = (_write_name(rng, name, is_cyrillic, style, slips) for name in (person.given, person.family))
    if rng.random() < 0.04 * slips:
        given, family = family, given
    if rng.random() < 0.005:
        given = str(rng.choice(["N.N.", "unknown", "непозната"]))
    elsewhere = [code for code in ("AAA", "BBB", "CCC") if code != person.citizenship]
    return {
        "given_name": given,
        "family_name": family.upper() if rng.random() < 0.1 else family,
        "birth_date": _write_birth(rng, person.born, slips),
        "sex": _lose(rng, 0.02, person.sex if rng.random() > 0.005 else str(rng.choice(["female", "male"]))),
        "citizenship": _lose(rng, 0.1, person.citizenship if rng.random() > 0.03 else str(rng.choice(elsewhere))),
        "document_number": _write_document(rng, person.documents),
    }


def _write_name(rng: np.random.Generator, name: str, is_cyrillic: bool, style: str, slips: float) -> str:
    if rng.random() < 0.08 * slips:
        name = _add_definite_ending(name)
    if rng.random() < 0.08 * slips:
        name = _slip(rng, name)
    if is_cyrillic:
        return _to_cyrillic(name)
    if style == "plain":
        return name.lower().translate(_PLAIN).replace("đ", str(rng.choice(["d", "dj"]))).capitalize()
    if style == "digraphs":
        spelt = name.lower().replace("š", "sh").replace("č", "ch").replace("ž", "zh").replace("đ", "dj")
        return spelt.translate(_PLAIN).capitalize()
    return name


def _add_definite_ending(name: str) -> str:
    if name[-1] in "ëe":
        return name[:-1] + "a"
    return name if name[-1] in VOWELS else name + "i"


def _slip(rng: np.random.Generator, text: str) -> str:
    place = int(rng.integers(1, len(text) - 1))
    letter = str(rng.choice(list("aeioubdfgklmnprstvz")))
    kind = int(rng.integers(4))
    if kind == 0:
        return text[:place] + letter + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    if kind == 2:
        return text[:place] + letter + text[place:]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _to_cyrillic(name: str) -> str:
    lower = name.lower().replace("ë", "e").replace("ç", "ć")
    for digraph, letter in _DIGRAPHS.items():
        lower = lower.replace(digraph, letter)
    return "".join(_CYRILLIC.get(letter, letter) for letter in lower).capitalize()


def _write_birth(rng: np.random.Generator, born: pd.Timestamp, slips: float) -> str | None:
    if rng.random() < 0.10:
        return None
    year, month, day = born.year, born.month, born.day
    slip = rng.random() / max(slips, 1e-9)
    if slip < 0.02 and day <= 12:
        month, day = day, month
    elif slip < 0.04:
        year += int(rng.choice([-1, 1]))
    elif slip < 0.055:
        day = day % 28 + 1
    elif slip < 0.065:
        month = month % 12 + 1
        day = min(day, 28)
    elif slip < 0.085:
        month, day = 1, 1
    text = f"{year:04d}-{month:02d}-{day:02d}"
    return text[: int(rng.choice([4, 7, 10], p=[0.08, 0.02, 0.9]))]


def _write_document(rng: np.random.Generator, documents: tuple[str, ...]) -> str | None:
    if not documents or rng.random() < 0.4:
        return None
    number = str(rng.choice(list(documents)))
    if rng.random() < 0.04:
        place = int(rng.integers(1, len(number)))
        number = number[:place] + str(rng.integers(10)) + number[place + 1 :]
    return number if rng.random() < 0.8 else f"{number[0]} {number[1:]}"


def _lose(rng: np.random.Generator, share: float, value: str) -> str | None:
    return None if rng.random() < share else value
