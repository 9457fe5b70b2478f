"""Three invented coders and a panel: what they say of the true scores, and the facts that they cite."""

from __future__ import annotations

import io

import xlsxwriter

from demo_parts.dice import Dice
from demo_parts.region import PLACES, URGENT, Place
from demo_parts.sheets import CREATED

CODERS = ("coder_a", "coder_b", "coder_c")
UNRELIABLE = "coder_c"
PANEL = "panel"
SPARSE = "TVQ"
"""Planted: too few facts for an average."""

PARTS = {"OSQ": ("coast", "hills", "plain")}
WINDOWS = {"baseline": (2013, 2014), "update": (2023, 2024)}
DAYS = {"coder_a": "2025-03-03", "coder_b": "2025-03-10", "coder_c": "2025-03-12", PANEL: "2025-04-02"}

_PLAIN = {"high": 0.4, "medium": 0.4, "low": 0.2}
"""How plain the evidence of a cell is, which is the same for all who read it and the confidence that they state."""

_PLANTED = "planted"
_STATED = {_PLANTED: "high"}
"""Whether there is anything at all, as with the planted needs, is plainer than how much there is."""

_EXACT = {_PLANTED: 0.85, "high": 0.7, "medium": 0.6, "low": 0.5}
"""Chance of no slip. The two careful coders reach an alpha of about 0.7: between 0.667, below which Krippendorff (2004)
draws not even tentative conclusions, and the 0.8 that he asks for, so that intervals have something to tell."""

_TWO_STEPS = 0.2
"""Slips of two steps: of a question misread rather than a grade misjudged."""

_PANEL_GAIN, _UNRELIABLE_EXACT = 0.1, 0.15
"""The panel reads what the coders read, so that it is somewhat more exact than one of them, and no oracle."""

_SAMPLE = 0.2
"""Cells that the third coder rates: agreement is commonly checked on a sample."""

_LOOKED_FOR = "Invented: the review, the register and the calendar of monitors were read."


def draw_ratings(
    dice: Dice, indicators: list[dict], scores: dict[str, dict[str, int]], evidence: list[dict]
) -> tuple[list[dict], list[dict], dict]:
    """Return further facts, ratings, and what is true of every rated cell."""
    has_fact = {(row["jurisdiction"], row["indicator"]) for row in evidence}
    facts, ratings, truth = [], [], []
    for point in WINDOWS:
        asked = indicators if point == "update" else [row for row in indicators if row["is_core"] == "yes"]
        for indicator in asked:
            for place in PLACES:
                name = indicator["indicator"]
                true = scores[name][place.code]
                true = _draw_earlier(dice, true) if point == "baseline" else true
                is_known = (place.code, name) in has_fact or dice.is_lucky(0.1 if place.code == SPARSE else 0.62)
                cell = {"jurisdiction": place.code, "indicator": name, "time_point": point}
                if not is_known:
                    ratings += _leave_open(dice, cell, indicator)
                    continue
                fact = _make_fact(dice, place, indicator, true, point)
                facts.append(fact)
                has_fact.add((place.code, name))
                for part, level in _draw_parts(dice, place, indicator, true).items():
                    own = cell | {"jurisdiction_part": part, "evidence_ids": fact["evidence_id"]}
                    ratings += _rate(dice, own, level)
                    truth.append({**cell, "jurisdiction_part": part, "level": level})
    order = {coder: place for place, coder in enumerate((*CODERS, PANEL))}
    return facts, sorted(ratings, key=lambda row: order[row["coder"]]), {"cells": truth, "unreliable": UNRELIABLE}


def _draw_earlier(dice: Dice, true: int) -> int:
    """The level of the baseline: on the same side of the middle, so that facts of both years read alike."""
    low = 0 if true < 2 else 2
    return true if dice.is_lucky(0.6) else low


def _draw_parts(dice: Dice, place: Place, indicator: dict, true: int) -> dict[str, int]:
    """Levels of the parts of which the rule makes the true one: the minimum for law, else the lower median."""
    names = PARTS.get(place.code, ())
    if not names or indicator["is_core"] != "yes":
        return {"": true}
    above = [min(3, true + dice.number(0, 1)) for _ in names[1:]]
    if indicator["measure_type"] != "law":
        above[0] = max(0, true - dice.number(0, 1))
    return dict(zip(names, dice.shuffle([true, *above]), strict=True))


def _make_fact(dice: Dice, place: Place, indicator: dict, true: int, point: str) -> dict:
    return {
        "evidence_id": f"{place.code}-{indicator['indicator']}-{'2' if point == 'update' else '3'}",
        "jurisdiction": place.code,
        "indicator": indicator["indicator"],
        "year": dice.pick(WINDOWS[point]),
        "statement": f"Invented, {place.name}: {indicator[f'anchor_{true}'].rstrip('.')}.",
        "direction": "gap" if true < 2 else "strength",
        "evidence_kind": indicator["measure_type"],
        "source_id": "demo-review",
        "locator": f"invented page {dice.number(1, 90)}",
        "second_source_id": "demo-review-2",
        "second_locator": f"invented page {dice.number(1, 60)}",
        "check": "confirmed",
    }


def _leave_open(dice: Dice, cell: dict, indicator: dict) -> list[dict]:
    is_na = bool(indicator["not_applicable_when"]) and dice.is_lucky(0.4)
    status = "NA" if is_na else "ND"
    why = {"rationale": "Invented: the question does not apply here."} if is_na else {"looked_for": _LOOKED_FOR}
    return [{**cell, "coder": coder, "status": status, "date": DAYS[coder], **why} for coder in CODERS]


def _rate(dice: Dice, cell: dict, true: int) -> list[dict]:
    """What the coders say of a cell and, where they differ, what the panel decides; a few stay open."""
    plain = _PLANTED if cell["indicator"] in URGENT else dice.weigh(_PLAIN)
    asked = CODERS if dice.is_lucky(_SAMPLE) else [coder for coder in CODERS if coder != UNRELIABLE]
    rows = [_judge(dice, cell, coder, true, plain) for coder in asked]
    said = {row.get("value", "ND") for row in rows}
    if len(said) > 1 and dice.is_lucky(0.95):
        level = true if dice.is_lucky(_EXACT[plain] + _PANEL_GAIN) else _slip(dice, true)
        words = " and ".join(f"{row['coder']} {row.get('value', 'ND')}" for row in rows)
        reason = f"Invented: the panel read {cell['evidence_ids']} again beside {words}, and found level {level}."
        rows.append(_fill(cell, PANEL, level, _STATED.get(plain, plain), reason))
    return rows


def _judge(dice: Dice, cell: dict, coder: str, true: int, plain: str) -> dict:
    if dice.is_lucky(0.03):
        return {
            **cell,
            "coder": coder,
            "status": "ND",
            "looked_for": _LOOKED_FOR,
            "date": DAYS[coder],
            "evidence_ids": "",
        }
    exact = _UNRELIABLE_EXACT if coder == UNRELIABLE else _EXACT[plain]
    level = true
    if not dice.is_lucky(exact):
        level = dice.pick([0, 1, 2, 3]) if coder == UNRELIABLE else _slip(dice, true)
    stated = _STATED.get(plain, plain)
    return _fill(cell, coder, level, stated, f"Invented: {cell['evidence_ids']} fits the anchor of level {level}.")


def _slip(dice: Dice, true: int) -> int:
    """One step up or down alike, at times two; beyond the end of the scale there is only its end."""
    steps = 2 if dice.is_lucky(_TWO_STEPS) else 1
    return min(3, max(0, true + dice.pick([-steps, steps])))


def _fill(cell: dict, coder: str, level: int, confidence: str, rationale: str) -> dict:
    said = {"coder": coder, "value": level, "status": "coded", "confidence": confidence, "rationale": rationale}
    return {**cell, **said, "date": DAYS[coder]}


HEADER = ["coder", "jurisdiction", "jurisdiction_part", "indicator", "time_point", "value", "status", "evidence_ids"]
HEADER += ["rationale", "looked_for", "confidence", "date"]
_KEY = ("coder", "jurisdiction", "jurisdiction_part", "indicator", "time_point")
_FIRST_ROW = 2
_SLIPS = {
    "wrong code": ("indicator", "PROX-99"),
    "unknown evidence": ("evidence_ids", "no-such-fact"),
    "merged cell": ("time_point", ""),
    "unknown word": ("status", "perhaps"),
    "level out of range": ("value", 4),
}
_TRANSLATED = {"status": {"coded": "kodirano", "ND": "nema podataka", "NA": "nije primjenjivo"}}
_TRANSLATED |= {"confidence": {"low": "niska", "medium": "srednja", "high": "visoka"}}


def make_coder_sheet(ratings: list[dict]) -> tuple[bytes, dict]:
    """A coder's workbook with the words of another language in its drop-downs, and slips that must all be named."""
    own = [row for row in ratings if row["coder"] == CODERS[0] and row["time_point"] == "update"][:24]
    rows = [{name: row.get(name, "") for name in HEADER} for row in own]
    for name, words in _TRANSLATED.items():
        for row in rows:
            row[name] = words.get(row[name], row[name])
    coded = [number for number, row in enumerate(rows) if row["status"] == "kodirano"]
    slips = []
    for number, (kind, (column, written)) in zip(coded[1::2], _SLIPS.items(), strict=False):
        slip = {"row": number + _FIRST_ROW, "column": column, "kind": kind}
        slips.append(slip | {"written": str(written), "meant": str(rows[number][column])})
        rows[number][column] = written
    twice = coded[0]
    rows.append({**rows[twice], "rationale": "Invented: rated a second time."})
    merged = next(slip["row"] for slip in slips if slip["kind"] == "merged cell")
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": CREATED})
        sheet = workbook.add_worksheet("ratings")
        for number, cells in enumerate([HEADER, *([row[name] for name in HEADER] for row in rows)]):
            sheet.write_row(number, 0, cells)
        column = HEADER.index("time_point")
        sheet.merge_range(merged - 2, column, merged - 1, column, "update")
    problems = [{"column": slip["column"], "rows": [slip["row"]]} for slip in slips]
    problems.append({"column": ", ".join(_KEY), "rows": [twice + _FIRST_ROW, len(rows) + _FIRST_ROW - 1]})
    return stream.getvalue(), {"slips": slips, "problems": problems, "rows_n": len(rows)}
