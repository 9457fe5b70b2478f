"""Counts of the fictitious region: what was detected, what was printed, and what was planted wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from demo_parts.dice import Dice
from demo_parts.region import CODES, FIRST, LAST, OUTSIDE, PLACES, SHEETS_PLACE, SHEETS_YEAR, Place, seen_share

PORTAL, BULLETIN, SHELTERS = "demo-portal", "demo-bulletin", "demo-shelters"
AGES = {"adult": 0.72, "child": 0.28}
FORMS = {"sexual": 0.5, "labour": 0.35, "other": 0.15}
SEXES = ("female", "male")
INDICATORS = {
    "victims_detected": "Detected trafficking victims",
    "persons_in_contact": "Persons brought into formal contact",
    "persons_prosecuted": "Persons prosecuted",
    "persons_convicted": "Persons convicted",
}
DIMENSIONS = {"total": "Total", "form": "by form of exploitation", "citizenship": "by citizenship"}
NAMES = {place.code: place.name for place in PLACES} | OUTSIDE
PERSONS = tuple((sex, age) for sex in SEXES for age in AGES)


@dataclass(frozen=True)
class Year:
    """True counts of one jurisdiction and year."""

    place: Place
    year: int
    persons: dict[tuple[str, str], int]
    forms: dict[str, int]
    origins: dict[str, int]
    justice: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.persons.values())

    def by_sex(self, sex: str) -> int:
        return sum(self.persons[sex, age] for age in AGES)

    def by_age(self, age: str) -> int:
        return sum(self.persons[sex, age] for sex in SEXES)


@dataclass
class Planted:
    """What was planted into the published figures."""

    sums: list[dict] = field(default_factory=list)
    conflicts: list[dict] = field(default_factory=list)


def draw_years(dice: Dice, sheets: Year) -> list[Year]:
    """Draw every jurisdiction and year; the year of the case sheets is the one that they give."""
    return [
        sheets if (place is SHEETS_PLACE and year == SHEETS_YEAR) else _draw_year(dice, place, year)
        for place in PLACES
        for year in range(FIRST, LAST + 1)
    ]


def _draw_year(dice: Dice, place: Place, year: int) -> Year:
    hidden = place.hidden(year)
    found = {sex: dice.count(hidden[sex], seen_share(place)) for sex in SEXES}
    persons = dict.fromkeys(PERSONS, 0)
    for sex, count in found.items():
        for age, part in dice.split(count, AGES).items():
            persons[sex, age] = part
    total = sum(found.values())
    return Year(
        place, year, persons, dice.split(total, FORMS), draw_origins(dice, place, total), draw_justice(dice, total)
    )


def draw_origins(dice: Dice, place: Place, total: int) -> dict[str, int]:
    others = {code: 0.4 / 8 for code in (*CODES, *OUTSIDE) if code != place.code}
    return {code: count for code, count in dice.split(total, {place.code: 0.6, **others}).items() if count}


def draw_justice(dice: Dice, total: int) -> dict[str, int]:
    contact = dice.count(total, 0.45)
    prosecuted = dice.count(contact, 0.6)
    return {
        "persons_in_contact": contact,
        "persons_prosecuted": prosecuted,
        "persons_convicted": dice.count(prosecuted, 0.5),
    }


def print_count(count: int) -> dict[str, object]:
    """Mask 1 to 4 as the portal does; zeros are printed."""
    if 0 < count < 5:
        return {"value": "", "value_low": 1, "value_high": 4, "printed": "<5", "status": "suppressed"}
    return {"value": count, "value_low": count, "value_high": count, "printed": f"{count:,}", "status": "reported"}


def make_victims(years: list[Year], planted: Planted) -> list[dict]:
    """Rows of `victims`: the portal's, then a bulletin's on the same years, of which some differ."""
    rows = []
    for own in years:
        parts = [({}, own.total)]
        parts += [({"sex": sex}, own.by_sex(sex)) for sex in SEXES]
        parts += [({"age_group": age}, own.by_age(age)) for age in AGES]
        parts += [({"sex": sex, "age_group": age}, count) for (sex, age), count in own.persons.items()]
        parts += [({"form": form}, count) for form, count in own.forms.items()]
        parts += [
            ({"citizenship": "own" if code == own.place.code else code}, count) for code, count in own.origins.items()
        ]
        if (own.place.code, own.year) == ("BMQ", 2016):
            # Planted: ten men fewer than the total needs.
            parts[2] = ({"sex": "male"}, own.by_sex("male") - 10)
            planted.sums.append({"jurisdiction": "BMQ", "year": 2016, "breakdown": "sex", "missing_n": 10})
        rows += [make_count(own, "victims_detected", count, **keys) for keys, count in parts]
    for own in years:
        if own.year in (2013, 2014, 2023, 2024):
            differs = own.place.code in ("AVQ", "CTQ") and own.year in (2014, 2023)
            value = own.total + (17 if differs else 0)
            if differs:
                planted.conflicts.append(
                    {"jurisdiction": own.place.code, "year": own.year, "portal": own.total, "bulletin": value}
                )
            row = make_count(own, "victims_identified", value, source_id=BULLETIN, check="one_transcription")
            rows.append(row | print_plain(value))
    return rows


def print_plain(value: int) -> dict[str, object]:
    return {"value": value, "value_low": value, "value_high": value, "printed": str(value), "status": "reported"}


def make_justice(years: list[Year]) -> list[dict]:
    return [make_count(own, measure, count) for own in years for measure, count in own.justice.items()]


def make_count(own: Year, measure: str, count: int, **keys: str) -> dict:
    return {
        "jurisdiction": own.place.code,
        "year": own.year,
        "year_end": own.year,
        "measure": measure,
        **dict.fromkeys(("sex", "age_group", "form", "citizenship"), "total"),
        **print_count(count),
        "report_year": 2025,
        "source_id": PORTAL,
        "locator": f"{INDICATORS.get(measure, 'narrative')}; {DIMENSIONS[_find_dimension(keys)]}",
        "check": "publisher_file",
        **keys,
    }


def _find_dimension(keys: dict[str, str]) -> str:
    return next((name for name in ("form", "citizenship") if name in keys), "total")


def make_flows(dice: Dice, years: list[Year]) -> list[dict]:
    """Rows of `flows`: citizenship of the detected, own citizens seen outside the region, and assisted persons."""
    rows = []
    for own in years:
        rows += [
            _make_flow(origin, own.place.code, own.year, "victims_by_citizenship", count, PORTAL)
            for origin, count in own.origins.items()
        ]
    for place in PLACES:
        for outside in OUTSIDE:
            for year in (2022, 2023, 2024):
                count = dice.number(0, 40 if outside == "MVQ" else 12)
                rows.append(_make_flow(place.code, outside, year, "victims_by_citizenship", count, PORTAL))
    for origin in CODES:
        destination = dice.pick([code for code in (*CODES, *OUTSIDE) if code != origin])
        rows.append(_make_flow(origin, destination, 2023, "victims_assisted", dice.number(11, 90), SHELTERS))
    return rows


def _make_flow(origin: str, destination: str, year: int, measure: str, count: int, source_id: str) -> dict:
    return {
        "origin": origin,
        "destination": destination,
        "year": year,
        "year_end": year,
        "measure": measure,
        **print_count(count),
        "source_id": source_id,
        "locator": f"{NAMES[destination]}; by citizenship" if source_id == PORTAL else "invented table",
    }
