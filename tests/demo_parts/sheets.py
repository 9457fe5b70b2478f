"""Three agencies' case sheets, in three formats and languages, each with its mapping to the case data standard."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyreadstat
import xlsxwriter

from demo_parts.dice import Dice
from demo_parts.people import Record
from demo_parts.region import CODES, PLACES
from demo_parts.slips import (
    NO_BREAK,
    SOFT_HYPHEN,
    ZERO_WIDTH,
    Sheet,
    count_days,
    drop_letter,
    drop_marks,
    misread,
    slip_in,
    swap_day_and_month,
    swap_twin,
    to_cyrillic,
)

CREATED = datetime(2026, 1, 15, tzinfo=UTC).replace(tzinfo=None)
_SAV_DATE = slice(92, 109)
"""Where SPSS files hold the day and time at which they were made (PSPP, System File Format: creation_date, _time)."""

NAMES = {place.code: place.name for place in PLACES}
CYRILLIC_NAMES = {
    "AVQ": "Арвелија",
    "BMQ": "Белмора",
    "CTQ": "Синтара",
    "LRQ": "Лурена",
    "OSQ": "Остмере",
    "TVQ": "Тавелунд",
}
ALBANIAN_NAMES = {
    "AVQ": "Arvelia",
    "BMQ": "Belmora",
    "CTQ": "Cintara",
    "LRQ": "Lurena",
    "OSQ": "Ostmerja",
    "TVQ": "Tavelundi",
}


@dataclass(frozen=True)
class Received:
    """A file as an agency sent it, its mapping, and what is true of its rows."""

    name: str
    content: bytes
    mapping: str
    truth: dict


def _read_truth(sheet: Sheet, records: list[Record]) -> dict:
    first = {}
    persons, duplicates = {}, []
    for number, record in enumerate(records):
        row = number + sheet.first_row
        persons[str(row)] = record.person.number
        if record.person.number in first:
            duplicates.append({"row": row, "of_row": first[record.person.number]})
        first.setdefault(record.person.number, row)
    slips = sorted((asdict(slip) for slip in sheet.slips), key=lambda slip: (slip["row"], slip["column"]))
    return {"persons": persons, "duplicates": duplicates, "slips": slips}


def make_police_sheet(dice: Dice, records: list[Record]) -> Received:
    """A workbook in Serbian Cyrillic: two rows above the header, and a second sheet."""
    header = ["Р. бр.", "Број предмета", "Име", "Презиме", "Датум рођења", "Пол", "Држављанство", "Број исправе"]
    header += ["Датум пријаве", "Облик експлоатације", "Статус", "Напомена"]
    genders = {"female": "женски", "male": "мушки"}
    forms = {"sexual": "сексуална експлоатација", "labour": "принудни рад", "other": "принудно просјачење"}
    statuses = {True: "утврђена жртва", False: "претпостављена жртва"}
    rows = [
        [
            str(number),
            record.case_number,
            to_cyrillic(record.given),
            to_cyrillic(record.family),
            _dot(record.born),
            genders[record.person.sex],
            CYRILLIC_NAMES[record.person.citizenship],
            record.person.document,
            _dot(record.recorded),
            forms[record.person.form],
            statuses[dice.is_lucky(0.7)],
            "измишљено",
        ]
        for number, record in enumerate(records, start=1)
    ]
    sheet = Sheet(header, rows, first_row=4)
    sheet.plant(dice, "Име", "homoglyph", swap_twin, 4)
    sheet.plant(dice, "Презиме", "homoglyph", swap_twin, 3)
    sheet.plant(dice, "Презиме", "zero-width", slip_in(ZERO_WIDTH), 4)
    sheet.plant(dice, "Датум рођења", "excel serial", lambda text: count_days(_undot(text)), 6)
    sheet.plant(dice, "Датум рођења", "day first", lambda text: _slash(_undot(text)), 5)
    sheet.plant(dice, "Држављанство", "homoglyph", swap_twin, 2)
    sheet.plant(dice, "Држављанство", "no-break space", lambda text: NO_BREAK + text, 3)
    sheet.plant(dice, "Облик експлоатације", "mistyped code", lambda text: "принудни раад", 2)
    sheet.plant(dice, "Име", "typo", drop_letter, 4)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": CREATED})
        page = workbook.add_worksheet("Предмети")
        page.write_string(0, 0, "ИЗМИШЉЕНИ ПОДАЦИ / SYNTHETIC DATA: no real place or person")
        page.write_string(1, 0, "Полиција, евиденција 2024")
        page.write_row(2, 0, header)
        for number, row in enumerate(sheet.rows, start=3):
            page.write_row(number, 0, row)
        workbook.add_worksheet("Упутство").write_string(0, 0, "Све је измишљено.")
    mapping = _write_mapping(
        {"agency": "police", "source_id": "demo-police", "language": "sr", "sheet": "Предмети"},
        dict(
            zip(
                header,
                (
                    *("left_out", "case_number", "given_name", "family_name", "birth_date", "gender", "citizenship"),
                    *("document_number", "recorded", "type_of_exploitation", "trafficking_status", "left_out"),
                ),
                strict=True,
            )
        ),
        {
            "gender": {"женски": "Feminine", "мушки": "Masculine"},
            "citizenship": {word: code for code, word in CYRILLIC_NAMES.items()},
            "type_of_exploitation": dict(zip(forms.values(), _EXPLOITATION, strict=True)),
            "trafficking_status": dict(zip(statuses.values(), _STATUS, strict=True)),
        },
    )
    return Received("police_2024.xlsx", stream.getvalue(), mapping, _read_truth(sheet, records))


_EXPLOITATION = ("SexualExploitation", "ForcedLabour", "ForcedBegging")
_STATUS = ("ActualVictimOfTrafficking", "PossibleVictimOfTrafficking")


def make_ngo_sheet(dice: Dice, records: list[Record]) -> Received:
    """A csv file in Albanian: semicolons, Windows-1250."""
    header = ["Nr. i rastit", "Emri", "Mbiemri", "Datëlindja", "Gjinia", "Shtetësia", "Nr. i dokumentit"]
    header += ["Data e pranimit", "Lloji i shfrytëzimit", "Strehim", "Vërejtje"]
    genders = {"female": "femër", "male": "mashkull"}
    forms = {"sexual": "shfrytëzim seksual", "labour": "punë e detyruar", "other": "lypje e detyruar"}
    rows = [
        [
            record.case_number,
            record.given if dice.is_lucky(0.7) else drop_marks(record.given),
            record.family if dice.is_lucky(0.7) else drop_marks(record.family),
            _dot(record.born),
            genders[record.person.sex],
            ALBANIAN_NAMES[record.person.citizenship],
            record.person.document if dice.is_lucky(0.5) else "",
            _dot(record.recorded),
            forms[record.person.form],
            "po" if dice.is_lucky(0.6) else "jo",
            "e trilluar",
        ]
        for record in records
    ]
    sheet = Sheet(header, rows, first_row=2)
    sheet.plant(dice, "Shtetësia", "soft hyphen", slip_in(SOFT_HYPHEN), 2)
    sheet.plant(dice, "Datëlindja", "partial date", lambda text: _undot(text)[:4], 6)
    sheet.plant(dice, "Datëlindja", "day first", lambda text: _slash(_undot(text)), 5)
    sheet.plant(dice, "Gjinia", "mistyped code", lambda text: "fmër", 2)
    sheet.plant(dice, "Mbiemri", "typo", drop_letter, 5)
    sheet.exchange(dice, "Emri", "Mbiemri", "names exchanged", 2)
    lines = [";".join(row) for row in [header, *sheet.rows]]
    mapping = _write_mapping(
        {"agency": "ngo", "source_id": "demo-ngo", "language": "sq"},
        dict(
            zip(
                header,
                (
                    *("case_number", "given_name", "family_name", "birth_date", "gender", "citizenship"),
                    *("document_number", "recorded", "type_of_exploitation", "left_out", "left_out"),
                ),
                strict=True,
            )
        ),
        {
            "gender": {"femër": "Feminine", "mashkull": "Masculine"},
            "citizenship": {word: code for code, word in ALBANIAN_NAMES.items()},
            "type_of_exploitation": dict(zip(forms.values(), _EXPLOITATION, strict=True)),
        },
    )
    return Received("ngo_2024.csv", "\r\n".join([*lines, ""]).encode("cp1250"), mapping, _read_truth(sheet, records))


def make_social_sheet(dice: Dice, records: list[Record]) -> Received:
    """An SPSS file in English: numbers with value labels."""
    header = ["case_no", "first_name", "last_name", "date_of_birth", "sex", "citizenship", "id_number"]
    header += ["date_registered", "exploitation", "status", "remark"]
    genders, forms = {"female": 1, "male": 2}, {"sexual": 1, "labour": 2, "other": 3}
    rows = [
        [
            record.case_number,
            record.given if dice.is_lucky(0.4) else drop_marks(record.given),
            record.family if dice.is_lucky(0.4) else drop_marks(record.family),
            record.born,
            genders[record.person.sex],
            CODES.index(record.person.citizenship) + 1,
            record.person.document if dice.is_lucky(0.7) else "",
            record.recorded,
            forms[record.person.form],
            1 if dice.is_lucky(0.5) else 2,
            "invented",
        ]
        for record in records
    ]
    sheet = Sheet(header, rows, first_row=2)
    sheet.plant(dice, "last_name", "homoglyph", swap_twin, 3)
    sheet.plant(dice, "first_name", "zero-width", slip_in(ZERO_WIDTH), 3)
    sheet.plant(dice, "first_name", "mojibake", misread, 3)
    sheet.plant(dice, "last_name", "mojibake", misread, 4)
    sheet.plant(dice, "date_of_birth", "day and month exchanged", swap_day_and_month, 3)
    sheet.plant(dice, "sex", "mistyped code", lambda code: 9, 2)
    sheet.plant(dice, "first_name", "typo", drop_letter, 4)
    sheet.exchange(dice, "first_name", "last_name", "names exchanged", 2)
    frame = pd.DataFrame(sheet.rows, columns=header)
    labels = {
        "sex": {1: "female", 2: "male"},
        "citizenship": {number: NAMES[code] for number, code in enumerate(CODES, start=1)},
        "exploitation": {1: "sexual exploitation", 2: "forced labour", 3: "forced begging"},
        "status": {1: "identified victim", 2: "presumed victim"},
    }
    mapping = _write_mapping(
        {"agency": "social", "source_id": "demo-social", "language": "en"},
        dict(
            zip(
                header,
                (
                    *("case_number", "given_name", "family_name", "birth_date", "gender", "citizenship"),
                    *("document_number", "recorded", "type_of_exploitation", "trafficking_status", "left_out"),
                ),
                strict=True,
            )
        ),
        {
            "gender": {"female": "Feminine", "male": "Masculine"},
            "citizenship": {name: code for code, name in NAMES.items()},
            "type_of_exploitation": dict(zip(labels["exploitation"].values(), _EXPLOITATION, strict=True)),
            "trafficking_status": dict(zip(labels["status"].values(), _STATUS, strict=True)),
        },
    )
    return Received("social_2024.sav", _write_sav(frame, labels), mapping, _read_truth(sheet, records))


def _write_sav(frame: pd.DataFrame, labels: dict[str, dict[int, str]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sheet.sav"
        pyreadstat.write_sav(frame, str(file), file_label="SYNTHETIC DATA", variable_value_labels=labels)
        content = bytearray(file.read_bytes())
    content[_SAV_DATE] = b"15 Jan 2600:00:00"
    return bytes(content)


def _write_mapping(settings: dict[str, str], columns: dict[str, str], values: dict[str, dict[str, str]]) -> str:
    def write(entries: dict[str, str]) -> list[str]:
        return [f"{_quote(key)} = {_quote(value)}" for key, value in entries.items()]

    lines = ["# SYNTHETIC: how the columns and words of an invented office stand for those of HTCDS 2.0."]
    lines += [f"{key} = {_quote(value)}" for key, value in settings.items()] + ["day_first = true", "", "[columns]"]
    lines += write(columns)
    for field, words in values.items():
        lines += ["", f"[values.{field}]", *write(words)]
    return "\n".join([*lines, ""])


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _dot(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}.{month}.{year}."


def _undot(text: str) -> str:
    day, month, year = text.strip(".").split(".")
    return f"{year}-{month}-{day}"


def _slash(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{int(day)}/{int(month)}/{year}"
