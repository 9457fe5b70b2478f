"""Who is asked in the fictitious region: a register of roles, invitations, points and comparisons."""

from __future__ import annotations

import csv
import io
from itertools import combinations

import pandas as pd

from ctresearch import consensus
from ctresearch.clean.ballots import read_votes
from ctresearch.clean.survey import tidy_survey
from ctresearch.survey import code_texts
from demo_parts.dice import Dice
from demo_parts.region import CODES

SECTORS = ("government", "police", "prosecution", "ngo", "international")
"""Sectors that are invited; the quotas of the others stay empty, so that something is missing."""

ROLES = {
    "government": ("coordination", "policy"),
    "police": ("identification", "justice"),
    "prosecution": ("justice",),
    "ngo": ("services", "identification"),
    "international": ("policy", "none"),
}
INVITED = {"government": 24, "police": 24, "prosecution": 18, "ngo": 30, "international": 24}
"""Persons invited of each sector, in the whole region: three quarters women where the number allows."""

PILLAR_WEIGHTS = {"prevention": 15, "protection": 40, "prosecution": 20, "partnership": 15, "data": 10}
"""What the stakeholders have in mind, in points of 100; each of them differs from it a little."""

SOURCE = "demo-survey"


def make_register(dice: Dice) -> list[dict]:
    """Ten stakeholders a jurisdiction, as roles alone."""
    rows = []
    for number in range(10 * len(CODES)):
        sector = dice.pick(SECTORS)
        rows.append(
            {
                "stakeholder": f"S-{number + 1:03d}",
                "jurisdiction": CODES[number // 10],
                "sector": sector,
                "level": dice.weigh({"local": 0.4, "national": 0.5, "regional": 0.1}),
                "sex": dice.weigh({"female": 0.55, "male": 0.45}),
                "nrm_role": dice.pick(ROLES[sector]),
                "power": str(dice.number(1, 5)),
                "interest": str(dice.number(2, 5)),
                "source_id": SOURCE,
            }
        )
    return rows


def make_invitations() -> list[dict]:
    """Invited persons by sector, jurisdiction and sex."""
    return [
        {"jurisdiction": code, "sector": sector, "level": "", "sex": sex, "invited_n": str(number), "source_id": SOURCE}
        for sector, total in INVITED.items()
        for code in CODES
        for sex, number in (("female", total // 6 - total // 12), ("male", total // 12))
    ]


def make_budgets(dice: Dice, register: list[dict]) -> list[dict]:
    """Points that twelve of the stakeholders gave to the pillars."""
    rows = []
    for person in register[::5]:
        shift = dice.number(-8, 8)
        points = PILLAR_WEIGHTS | {
            "protection": PILLAR_WEIGHTS["protection"] - shift,
            "data": PILLAR_WEIGHTS["data"] + shift,
        }
        rows += [
            {"stakeholder": person["stakeholder"], "pillar": pillar, "points": str(given), "source_id": SOURCE}
            for pillar, given in points.items()
        ]
    return rows


def make_comparisons(register: list[dict]) -> list[dict]:
    """Pairs of pillars as three of the stakeholders compared them, on the scale of 1/9 to 9."""
    rows = []
    for person in register[:3]:
        for first, second in combinations(PILLAR_WEIGHTS, 2):
            ratio = PILLAR_WEIGHTS[first] / PILLAR_WEIGHTS[second]
            rounded = max(1, round(ratio)) if ratio >= 1 else round(1 / max(1, round(1 / ratio)), 4)
            rows.append(
                {
                    "stakeholder": person["stakeholder"],
                    "first": first,
                    "second": second,
                    "ratio": f"{rounded:g}",
                    "source_id": SOURCE,
                }
            )
    return rows


def read_answers(export: bytes, framework: dict[str, pd.DataFrame]) -> dict[str, list[dict]]:
    """The tidy tables of the survey, as the readers make them of the export."""
    rows = list(csv.reader(io.StringIO(export.decode("utf-8-sig")), delimiter=";"))
    sheet = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1), dtype="str")
    words = framework["translations"].rename(columns={"text": "label"})
    places = pd.DataFrame({"list": "country", "code": CODES, "language": "und", "label": CODES})
    labels = pd.concat([framework["labels"], words, places], ignore_index=True)
    indicators = framework["indicators"]["indicator"].tolist()
    known = {"file": "survey_export.csv", "source_id": SOURCE, "indicators": indicators, "labels": labels}
    cleaned = tidy_survey({"": sheet.replace("", None)}, **known)
    themes = code_texts(cleaned.tables["survey_texts"], framework["codebook"], source_id=SOURCE)
    return {
        "survey_answers": _to_text(cleaned.tables["survey_answers"]),
        "survey_themes": _to_text(themes),
    }


def count_ballots(
    sent: dict[str, bytes], voting_list: pd.DataFrame, framework: dict[str, pd.DataFrame], *, source_id: str
) -> tuple[list[dict], list[dict]]:
    """The votes that count and those that do not, as the readers make them of the files."""
    known = {consensus.name_question(name): name for name in voting_list["recommendation_id"]}
    parts = []
    for name, content in sent.items():
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))
        sheet = pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1), dtype="str").replace("", None)
        read = read_votes({"": sheet}, file=name, source_id=source_id, recommendations=known)
        parts.append(read.tables["votes"])
    votes = pd.concat(parts, ignore_index=True)
    votes["consent"] = votes["consent"].fillna("yes")
    lists = framework["codes"].groupby("list")["code"].agg(tuple)
    codes = {name: lists[name] for name in ("vote", "objection", "sector")}
    codes |= {"sex": lists["respondent_sex"], "jurisdiction": (*CODES, "REG")}
    checked = consensus.check_ballots(votes, voting_list, codes=codes, translations=framework["translations"])
    return _to_text(checked.counted), _to_text(checked.not_counted)


def _to_text(table: pd.DataFrame) -> list[dict]:
    flags = table.select_dtypes("bool").columns
    texts = table.assign(**{name: table[name].map({True: "yes", False: "no"}) for name in flags})
    return texts.astype("string").fillna("").to_dict("records")
