"""The other files as offices send them: a portal export, a survey export and a transcription sheet."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from demo_parts.counts import DIMENSIONS, INDICATORS, NAMES, PORTAL, SEXES, Planted, Year
from demo_parts.dice import Dice
from demo_parts.region import CODES, NOT_URGENT, OUTSIDE, SECTOR_GAP, URGENT
from demo_parts.sheets import CREATED
from demo_parts.slips import NO_BREAK, ZERO_WIDTH, swap_twin
from demo_parts.stakeholders import ROLES, SECTORS
from demo_parts.tables import SOURCES

PORTAL_HEADER = ["Iso3_code", "Country", "Region", "Subregion", "Indicator", "Dimension", "Category", "Sex", "Age"]
PORTAL_HEADER += ["Year", "Unit of measurement", "VALUE", "Source"]
PORTAL_FIRST_ROW = 4
_FORMS = {"sexual": "Sexual exploitation", "labour": "Forced labour", "other": "Other forms of exploitation"}
_SEXES = {"total": "Total", "female": "Female", "male": "Male"}
_PERSONS = {("female", "adult"): "women", ("male", "adult"): "men"}
_PERSONS |= {("female", "child"): "girls", ("male", "child"): "boys"}
_AGES = {"total": "Total", "adult": "18 years or over", "child": "0 to 17 years"}


def make_portal(victims: list[dict], justice: list[dict], flows: list[dict]) -> tuple[bytes, list[dict]]:
    """The portal's export that the tidy tables are read from, and the slips in it."""
    rows = [_print_row(row) for row in victims + justice if row["source_id"] == PORTAL]
    rows += [_print_flow(row) for row in flows if row["source_id"] == PORTAL and row["destination"] in OUTSIDE]
    slips = []
    for place, (kind, column, change) in enumerate(_PORTAL_SLIPS, start=1):
        number = place * len(rows) // (len(_PORTAL_SLIPS) + 1)
        position = PORTAL_HEADER.index(column)
        meant = rows[number][position]
        rows[number][position] = change(meant)
        slip = {"row": number + PORTAL_FIRST_ROW, "column": column, "kind": kind}
        slips.append(slip | {"written": rows[number][position], "meant": meant})
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": CREATED})
        sheet = workbook.add_worksheet("data_portal_1")
        sheet.write_string(0, 0, "SYNTHETIC DATA: Invented Statistics Portal, no real place")
        sheet.write_string(1, 0, "15/01/2025")
        sheet.write_row(2, 0, PORTAL_HEADER)
        for number, row in enumerate(rows, start=3):
            sheet.write_row(number, 0, row)
    return stream.getvalue(), slips


_PORTAL_SLIPS = (
    ("homoglyph", "Country", swap_twin),
    ("zero-width", "Category", lambda text: text[:2] + ZERO_WIDTH + text[2:]),
    ("no-break space", "Sex", lambda text: text + NO_BREAK),
    ("space before the bound", "VALUE", lambda text: text.replace("<5", "< 5") if text == "<5" else text + " "),
    ("case", "Age", str.upper),
    ("mojibake", "Source", lambda text: "DÃ©mo"),
)


def _print_row(row: dict) -> list:
    if row["form"] != "total":
        dimension, category = "form", _FORMS[row["form"]]
    elif row["citizenship"] != "total":
        dimension = "citizenship"
        category = "Nationals" if row["citizenship"] == "own" else NAMES[row["citizenship"]]
    else:
        dimension, category = "total", "Total"
    return _print_cells(
        row["jurisdiction"],
        INDICATORS[row["measure"]],
        DIMENSIONS[dimension],
        category,
        row,
        _SEXES[row["sex"]],
        _AGES[row["age_group"]],
    )


def _print_flow(row: dict) -> list:
    return _print_cells(
        row["destination"], INDICATORS["victims_detected"], DIMENSIONS["citizenship"], NAMES[row["origin"]], row
    )


def _print_cells(
    code: str, indicator: str, dimension: str, category: str, row: dict, sex: str = "Total", age: str = "Total"
) -> list:
    where = [code, NAMES[code], "Amber Coast", "Invented subregion"]
    return [*where, indicator, dimension, category, sex, age, row["year"], "Counts", row["printed"], "Demo"]


def make_narrative(years: list[Year], planted: Planted) -> tuple[bytes, list[dict]]:
    """A transcription sheet of an invented bulletin's narratives."""
    header = ["jurisdiction", "data_year", "report_year", "indicator", "victim_status", "breakdown", "category"]
    header += ["value", "note", "publisher", "publication"]
    conflicts = {(row["jurisdiction"], row["year"]): row["bulletin"] for row in planted.conflicts}
    rows = []
    for own in years:
        if own.year in (2013, 2014, 2023, 2024):
            total = conflicts.get((own.place.code, own.year), own.total)
            parts = [("total", "all", total)] + [("sex", sex, own.by_sex(sex)) for sex in SEXES]
            parts += [("sexage", _PERSONS[key], count) for key, count in own.persons.items()]
            rows += [
                [
                    *(own.place.code, str(own.year), str(own.year + 1), "victims identified", "identified"),
                    *(breakdown, category, str(value), "invented", "Invented Bulletin on Trafficking"),
                    SOURCES["demo-bulletin"][1],
                ]
                for breakdown, category, value in parts
            ]
    slips = []
    for number, column, kind, written in (
        (7, "jurisdiction", "zero-width", rows[7][0] + ZERO_WIDTH),
        (10, "value", "space", f" {rows[10][7]}"),
        (17, "data_year", "mistyped year", rows[17][1].replace("0", "O")),
        (22, "category", "case", rows[22][6].upper()),
    ):
        position = header.index(column)
        slip = {"row": number + 2, "column": column, "kind": kind, "written": written, "meant": rows[number][position]}
        slips.append(slip)
        rows[number][position] = written
    return _write_csv([header, *rows]).encode("utf-8"), slips


def make_survey(dice: Dice) -> tuple[bytes, dict]:
    """A KoboToolbox export: 60 answers, of which two without consent and one sent twice."""
    items = (*URGENT, *NOT_URGENT)
    header = ["start", "end", "consent", "background/sex", "background/sector", "background/jurisdiction"]
    header += ["background/nrm_role", "background/level"]
    header += ["background/topics", *(f"background/topics/{topic}" for topic in _TOPICS)]
    header += [f"ratings/{ask}_{item.replace('-', '_')}" for ask in ("importance", "performance") for item in items]
    header += ["comment", "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status"]
    header += ["_submitted_by", "__version__", "_tags", "_index"]
    rows = [_answer(dice, number, items, has_consent=number not in (17, 42)) for number in range(1, 61)]
    rows[54][header.index("_uuid")] = rows[53][header.index("_uuid")]
    for column in range(3, header.index("_id")):
        rows[54][column] = rows[53][column]
    slips = []
    for number, column, kind, change in (
        (4, "background/sex", "zero-width", lambda text: ZERO_WIDTH + text),
        (9, "ratings/importance_PROT_04", "mistyped code", lambda text: "55"),
        (20, "background/sector", "no-break space", lambda text: text + NO_BREAK),
    ):
        position = header.index(column)
        meant = rows[number][position]
        rows[number][position] = change(meant)
        slips.append({"row": number + 2, "column": column, "kind": kind, "written": change(meant), "meant": meant})
    truth = {"answers_n": 60, "no_consent_rows": [18, 43], "sent_twice": [{"row": 56, "of_row": 55}], "slips": slips}
    return ("\ufeff" + _write_csv([header, *rows], delimiter=";")).encode("utf-8"), truth


_REMARKS = (
    "More funding for shelters",
    "Train the staff",
    "Cooperation across borders",
    "Vozila za mobilne timove",
)
"""Free text, invented; the last holds no word of the codebook."""

_TOPICS = ("prevention", "protection", "prosecution", "partnership")


def _answer(dice: Dice, number: int, items: tuple[str, ...], *, has_consent: bool) -> list[str]:
    day, minute = dice.number(1, 28), dice.number(0, 29)
    start, end = (f"2025-03-{day:02d}T10:{minute + shift:02d}:00.000+01:00" for shift in (0, 24))
    topics = [topic for topic in _TOPICS if dice.is_lucky(0.5)]
    background = [dice.weigh({"female": 0.6, "male": 0.4}), dice.pick(SECTORS), dice.pick(CODES)]
    background += [dice.pick(ROLES[background[1]]), dice.weigh({"local": 0.4, "national": 0.6})]
    background += [" ".join(topics), *("1" if topic in topics else "0" for topic in _TOPICS)]
    importance = [_rate(dice, 4 if item in URGENT else 2) for item in items]
    # Planted: civil society rates one item lower than all others.
    low = 1 if background[1] == "ngo" else 3
    performance = [_rate(dice, 1 if item in URGENT else low if item == SECTOR_GAP else 3) for item in items]
    answers = [*background, *importance, *performance, dice.pick(_REMARKS)]
    if not has_consent:
        answers = [""] * len(answers)
    uuid = f"{dice.number(0, 16**8 - 1):08x}-0000-4000-8000-{number:012d}"
    ending = [str(900000 + number), uuid, f"2025-03-{day:02d}T10:{minute + 25:02d}:10", "", "", "submitted_via_web"]
    return [start, end, "yes" if has_consent else "no", *answers, *ending, "", "vDEMO1", "", str(number)]


def _rate(dice: Dice, least: int) -> str:
    """One of two neighbouring answers, or now and then that they do not know."""
    return "dk" if dice.is_lucky(0.06) else str(dice.number(least, least + 1))


def _write_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return stream.getvalue()
