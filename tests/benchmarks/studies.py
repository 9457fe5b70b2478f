"""Studies of fictitious jurisdictions for benchmarks: the shape of the shipped study, all sources synthetic."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

from ctresearch import places
from ctresearch.schema import STUDY, Table

ORIGINALS = ("ALB", "BIH", "XKX", "MKD", "MNE", "SRB")
WORDS = {
    **{"statement": "Invented statement.", "note": "", "locator": "Invented place.", "second_locator": ""},
    **{"rationale": "Invented rationale.", "looked_for": "Invented search."},
}
JURISDICTIONS = re.compile(r"\[\[jurisdictions\]\].*?(?=# Facts and figures)", re.DOTALL)


def make_study(folder: Path, count: int) -> Path:
    """Write a study of `count` invented jurisdictions, each with as many rows as one of the shipped study."""
    shipped = places.locate_study("western_balkans")
    folder.mkdir(parents=True)
    codes = [f"Q{number:03d}" for number in range(count)]
    shutil.copytree(places.locate_shipped("data") / "framework", folder / "framework")
    _write_settings(shipped, folder, codes)
    for table in (table for table in STUDY if (shipped / table.file).exists()):
        with (shipped / table.file).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        names = list(rows[0])
        if table.name == "sources":
            rows = [row | {"status": "wanted" if row["status"] == "wanted" else "synthetic"} for row in rows]
        elif table.scope or "jurisdiction" in names:
            rows = [row for number, code in enumerate(codes) for row in _multiply(rows, table, number, code, codes)]
        elif table.name == "instruments":
            rows = [row | {"use_evidence_ids": ""} for row in rows]
        with (folder / table.file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _multiply(rows: list[dict], table: Table, number: int, code: str, codes: list[str]) -> list[dict]:
    turn = number % len(ORIGINALS)
    order = ORIGINALS[turn:] + ORIGINALS[:turn]
    names = {original: codes[(number + shift) % len(codes)] for shift, original in enumerate(order)}
    made = []
    for row in rows:
        if row[(*table.scope, "jurisdiction")[0]] != ORIGINALS[turn]:
            continue
        copy = {column: WORDS.get(column, names.get(value, value)) for column, value in row.items()}
        if table.name == "evidence":
            copy["evidence_id"] = f"{code}-{row['evidence_id']}"
        if table.name == "ratings":
            copy["evidence_ids"] = ";".join(f"{code}-{name}" for name in row["evidence_ids"].split(";") if name)
        made.append(copy)
    return made


def _write_settings(shipped: Path, folder: Path, codes: list[str]) -> None:
    entries = "\n".join(
        f'[[jurisdictions]]\ncode = "{code}"\nnames = [{{ name = "Fiction {code}" }}]\n' for code in codes
    )
    text = (shipped / "study.toml").read_text(encoding="utf-8")
    text = JURISDICTIONS.sub(lambda _: entries + "\n", text)
    text = re.sub(r"^(short_)?title = .*$", r'\1title = "A fictitious region"', text, flags=re.MULTILINE)
    (folder / "study.toml").write_text(text, encoding="utf-8")
