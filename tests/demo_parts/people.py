"""Invented people on the lists of three agencies. Names are syllables put together by chance and belong to nobody."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from ctresearch.clean.persons import AGE_BANDS
from demo_parts.counts import AGES, FORMS, PERSONS, SEXES, Year, draw_justice
from demo_parts.dice import Dice
from demo_parts.region import CAPTURE, CODES, SHEETS_PLACE, SHEETS_YEAR

_ONSETS = ("b", "br", "č", "d", "dr", "f", "g", "k", "kr", "l", "lj", "m", "n", "nj", "p", "r", "s", "š", "t", "v", "z")
_ONSETS += ("ž", "ć", "gl", "st", "tr", "h", "j")
_VOWELS = ("a", "e", "i", "o", "u")
_GIVEN = {"female": ("ura", "ezna", "olja", "ifa", "ilu"), "male": ("un", "ord", "ev", "ask", "im")}
_FAMILY = ("oruk", "avec", "imor", "undel", "opar", "elkov", "iruš", "anoć")
_AGENCIES = tuple(CAPTURE)


@dataclass(frozen=True)
class Person:
    """What is true of one invented person."""

    number: int
    sex: str
    age_group: str
    given: str
    family: str
    born: str
    citizenship: str
    form: str
    document: str
    agencies: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One row of one agency: what is true, and what was written instead in some columns."""

    person: Person
    case_number: str
    recorded: str
    given: str
    family: str
    born: str
    is_copy: bool = False


@dataclass(frozen=True)
class Slip:
    """One planted slip: `row` counts from 1 at the top of the file, `column` is the header as it stands there."""

    row: int
    column: str
    kind: str
    written: str
    meant: str


def draw_people(dice: Dice) -> list[Person]:
    """Everyone who was in exploitation in the year of the sheets, whether an agency saw them or not."""
    people: list[Person] = []
    for sex, count in SHEETS_PLACE.hidden(SHEETS_YEAR).items():
        for _ in range(count):
            age_group = dice.weigh(AGES)
            # Kin share a family name and a citizenship, so that these alone do not tell who is who.
            kin = dice.pick(people) if people and dice.is_lucky(0.08) else None
            year = dice.number(1966, 2004) if age_group == "adult" else dice.number(2008, 2016)
            people.append(
                Person(
                    number=len(people) + 1,
                    sex=sex,
                    age_group=age_group,
                    given=_make_name(dice, _GIVEN[sex], parts=1),
                    family=kin.family if kin else _make_name(dice, _FAMILY, parts=2),
                    born=f"{year}-{dice.number(1, 12):02d}-{dice.number(1, 28):02d}",
                    citizenship=kin.citizenship if kin else _draw_citizenship(dice),
                    form=dice.weigh(FORMS),
                    document=f"{dice.pick('KLMR')}{dice.number(100000, 999999)}" if dice.is_lucky(0.6) else "",
                    agencies=tuple(agency for agency in _AGENCIES if dice.is_lucky(CAPTURE[agency])),
                )
            )
    return people


def _draw_citizenship(dice: Dice) -> str:
    others = {code: 0.08 for code in CODES if code != SHEETS_PLACE.code}
    return dice.weigh({SHEETS_PLACE.code: 0.6, **others})


def _make_name(dice: Dice, endings: tuple[str, ...], *, parts: int) -> str:
    syllables = "".join(dice.pick(_ONSETS) + dice.pick(_VOWELS) for _ in range(parts))
    return (syllables + dice.pick(_ONSETS) + dice.pick(endings)).capitalize()


def count_people(dice: Dice, people: list[Person]) -> Year:
    """The published counts of the year of the sheets: everyone whom an agency saw."""
    seen = [person for person in people if person.agencies]
    return Year(
        SHEETS_PLACE,
        SHEETS_YEAR,
        {key: sum((person.sex, person.age_group) == key for person in seen) for key in PERSONS},
        {form: sum(person.form == form for person in seen) for form in FORMS},
        {code: sum(person.citizenship == code for person in seen) for code in CODES},
        draw_justice(dice, len(seen)),
    )


def list_records(dice: Dice, people: list[Person], agency: str, *, copies: int) -> list[Record]:
    """Rows of one agency in an order of chance; a copy is the same person entered twice under another number."""
    seen = dice.shuffle([person for person in people if agency in person.agencies])
    records = [_write_record(dice, person, agency, number) for number, person in enumerate(seen, start=1)]
    for number in range(copies):
        original = dice.pick([record for record in records if not record.is_copy])
        copy = _write_record(dice, original.person, agency, len(seen) + number + 1)
        records.insert(dice.number(1, len(records)), replace(copy, is_copy=True))
    return records


def _write_record(dice: Dice, person: Person, agency: str, number: int) -> Record:
    recorded = f"{SHEETS_YEAR}-{dice.number(1, 12):02d}-{dice.number(1, 28):02d}"
    case_number = f"{agency[:1].upper()}-{SHEETS_YEAR}/{number:04d}"
    return Record(person, case_number, recorded, person.given, person.family, person.born)


def make_captures(people: list[Person]) -> list[dict]:
    """Rows of `captures`: whoever is on the same lists, by sex and age band; what the linkage of the sheets finds."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for person in people:
        if person.agencies:
            age = SHEETS_YEAR - int(person.born[:4])
            band = next(name for name, (first, last) in AGE_BANDS.items() if first <= age <= last)
            counts[";".join(sorted(person.agencies)), person.sex, band] += 1
    return [
        {
            "jurisdiction": SHEETS_PLACE.code,
            "year": SHEETS_YEAR,
            "lists": lists,
            "sex": sex,
            "age_band": band,
            "persons_n": count,
            "source_id": "demo-lists",
        }
        for (lists, sex, band), count in sorted(counts.items())
    ]


def count_truth(people: list[Person]) -> dict:
    """True lists: how many each combination of agencies saw, and how many nobody saw, by sex."""
    patterns = {}
    for person in people:
        name = "+".join(person.agencies) or "nobody"
        own = patterns.setdefault(name, dict.fromkeys(SEXES, 0))
        own[person.sex] += 1
    return dict(sorted(patterns.items()))
