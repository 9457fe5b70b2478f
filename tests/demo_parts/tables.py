"""The other tidy tables of the fictitious region."""

from __future__ import annotations

from itertools import combinations

from demo_parts.dice import Dice, grow
from demo_parts.region import CODES, FIRST, LAST, PLACES, SHEETS_PLACE, URGENT

TERMS = "invented for demonstration; may be used freely"
SOURCES = {
    "demo-portal": ("Invented Statistics Portal", "Detected victims and criminal justice in six invented places", 2025),
    "demo-bulletin": ("Invented Bulletin on Trafficking", "Identified victims in invented places", 2025),
    "demo-shelters": ("Invented League of Shelters", "Assisted persons by origin and destination", 2024),
    "demo-tiers": ("Invented Ratings Office", "Invented ratings in tiers", 2024),
    "demo-index": ("Invented Index Group", "Invented index of policies", 2024),
    "demo-register": ("Invented Treaty Depositary", "Register of invented instruments", 2025),
    "demo-monitors": ("Invented Group of Monitors", "Calendar of invented evaluation rounds", 2025),
    "demo-review": ("Invented Review Office", "Review of mechanisms in invented places", 2025),
    "demo-review-2": ("Invented Union of Charities", "Second reading of mechanisms in invented places", 2025),
    "demo-census": ("Invented Census Office", "Population of invented places by sex", 2025),
    "demo-economy": ("Invented Economic Observatory", "Work and income in invented places", 2025),
    "demo-police": (f"Invented Police of {SHEETS_PLACE.name}", "Case sheet, file of 2024", 2025),
    "demo-ngo": (f"Invented Shelter of {SHEETS_PLACE.name}", "Case sheet, file of 2024", 2025),
    "demo-social": (f"Invented Social Service of {SHEETS_PLACE.name}", "Case sheet, file of 2024", 2025),
    "demo-lists": ("Invented Linkage Office", "Lists of three agencies, linked", 2025),
    "demo-survey": ("Invented Assessment Team", "Survey of stakeholders, export of 2025", 2025),
    "demo-workshop": ("Invented Assessment Team", "Rounds of a panel and votes of a workshop", 2025),
}
USED = {"avq-ctq-referral": "AVQ-PART-09-2"}
INSTRUMENTS = {
    "amber-compact": ("treaty", "Invented Compact on Trafficking in Persons", "trafficking", "2004-03-01", CODES),
    "tide-convention": ("treaty", "Invented Convention on Fair Work", "labour", "1999-06-15", CODES),
    "lantern-protocol": ("treaty", "Invented Protocol on Children", "children", "2011-09-30", CODES[:5]),
    "harbour-network": ("network", "Invented Network of Coordinators", "coordination", "2015-05-04", CODES),
    "avq-bmq-police": ("bilateral", "Invented Police Agreement of Arvelia and Belmora", "police", "2012", CODES[:2]),
    "avq-ctq-referral": (
        "bilateral",
        "Invented Referral Protocol of Arvelia and Cintara",
        "referral;returnees",
        "2018-02-12",
        (CODES[0], CODES[2]),
    ),
    "ctq-lrq-osq-border": (
        "trilateral",
        "Invented Border Agreement of Cintara, Lurenna and Ostmere",
        "police",
        "2016-11-08",
        CODES[2:5],
    ),
}
TREATIES = ("amber-compact", "tide-convention", "lantern-protocol")
STAYED_OUT = (("tide-convention", "TVQ"), ("lantern-protocol", "BMQ"))
"""Planted: open to them, and no act was found."""

PUBLISHER_KINDS = {
    "demo-portal": "intergovernmental",
    "demo-bulletin": "authority",
    "demo-shelters": "civil_society",
    "demo-register": "intergovernmental",
    "demo-monitors": "monitoring",
    "demo-review": "research",
    "demo-review-2": "civil_society",
}
METHODS = (
    ("coder", "settled", "no", "0.5", "yes", "What was settled is what the report says."),
    ("coder", "each", "no", "0.5", "no", "One coder alone could have rated."),
    ("missing", "available", "no", "0.5", "yes", "Nothing is invented."),
    ("missing", "lowest", "no", "0.25", "no", "The worst that a missing level can hide."),
    ("missing", "highest", "no", "0.25", "no", "The best that a missing level can hide."),
    ("normalise", "goalposts", "no", "0.5", "yes", "The anchors are the same for all."),
    ("normalise", "minmax", "no", "0.25", "no", "Often used elsewhere."),
    ("normalise", "rank", "no", "0.25", "no", "Often used elsewhere."),
    ("weight", "equal", "no", "0.25", "yes", "No reason has been given for another weight."),
    ("weight", "each", "no", "0.75", "no", "Weights are not exactly known."),
    ("aggregate", "arithmetic", "no", "0.5", "yes", "The simplest."),
    ("aggregate", "geometric", "no", "0.25", "no", "A weakness should not be made up for in full."),
    ("aggregate", "median", "no", "0.25", "no", "One extreme should not decide."),
    ("left_out", "none", "no", "0.5", "yes", "The framework as it is."),
    ("left_out", "each", "no", "0.5", "no", "No indicator should decide alone."),
)
"""Step, method, whether an index is made by it, chance in the test of robustness, whether ranks are counted from it."""

_KINDS = {"law": "law", "institution": "institution", "practice": "practice", "outcome": "outcome"}


def make_breaks() -> list[dict]:
    """Three invented changes, of which one cuts a series in two."""
    what = {
        ("REG", 2020, "pandemic", "no"): "An invented fever closed offices in all six places.",
        ("AVQ", 2014, "law", "no"): "An invented law widened the offence.",
        ("TVQ", 2017, "definition", "yes"): "The portal counts presumed persons too from this invented year on.",
    }
    return [
        {
            "jurisdiction": code,
            "year": year,
            "measure": "victims_detected" if kind == "definition" else "",
            "kind": kind,
            "what": words,
            "is_cut": is_cut,
            "source_id": "demo-portal",
            "locator": "invented notes to the tables",
        }
        for (code, year, kind, is_cut), words in what.items()
    ]


def make_sources() -> list[dict]:
    return [
        {
            "source_id": source_id,
            "publisher": publisher,
            "title": title,
            "year": year,
            "terms": TERMS,
            "status": "synthetic",
            "accessed": "2026-01-15",
            "note": "SYNTHETIC: made by tests/demo.py",
        }
        for source_id, (publisher, title, year) in SOURCES.items()
    ]


def make_publishers() -> list[dict]:
    return [
        {"publisher": SOURCES[source_id][0], "publisher_kind": kind, "note": "invented"}
        for source_id, kind in PUBLISHER_KINDS.items()
    ]


def make_methods() -> list[dict]:
    names = ("step", "method", "is_on", "probability", "is_reference", "reason")
    return [dict(zip(names, row, strict=True)) for row in METHODS]


def make_population(dice: Dice) -> list[dict]:
    rows = []
    for place in PLACES:
        rate = (dice.share() - 0.5) / 50
        for year in range(FIRST, LAST + 1):
            total = grow(place.inhabitants_n, rate, year - FIRST)
            female = total * 51 // 100
            for sex, count in (("total", total), ("female", female), ("male", total - female)):
                row = {"jurisdiction": place.code, "year": year, "sex": sex, "population_n": count}
                rows.append(row | {"source_id": "demo-census"})
    return rows


def make_context(dice: Dice) -> list[dict]:
    rows = []
    for place in PLACES:
        jobless, income = 6 + dice.share() * 14, 3000 + dice.share() * 9000
        for year in range(FIRST, LAST + 1):
            for measure, value in (("unemployment_pct", f"{jobless:.1f}"), ("gdp_per_capita_usd", f"{income:.0f}")):
                row = {"jurisdiction": place.code, "year": year, "context_measure": measure, "sex": "total"}
                rows.append(row | {"value": value, "source_id": "demo-economy"})
            jobless, income = max(3, jobless + dice.share() * 2 - 1.1), income * (1.01 + dice.share() * 0.03)
    return rows


def make_benchmarks(dice: Dice) -> list[dict]:
    rows = []
    printed = {1: "1", 2: "2", 2.5: "2 Watch List", 3: "3"}
    for code in CODES:
        tier = dice.pick(list(printed))
        for year in range(FIRST, LAST + 1):
            tier = dice.pick(list(printed)) if dice.is_lucky(0.2) else tier
            rows.append(_make_rating(code, year, "tip_tier", "tier", tier, printed[tier], "demo-tiers"))
    for code in CODES:
        for year in (2012, 2013):
            parts = {item: dice.number(1, 5) for item in ("prosecution", "protection", "prevention")}
            parts["total"] = sum(parts.values())
            rows += [
                _make_rating(code, year, "index_3p", item, value, str(value), "demo-index")
                for item, value in parts.items()
            ]
    return rows


def _make_rating(code: str, year: int, benchmark: str, item: str, value: float, printed: str, source_id: str) -> dict:
    return {
        "jurisdiction": code,
        "year": year,
        "benchmark": benchmark,
        "item": item,
        "value": value,
        "printed": printed,
        "status": "reported",
        "source_id": source_id,
    }


def make_instruments() -> list[dict]:
    return [
        {
            "instrument": name,
            "kind": kind,
            "title": title,
            "subject": subject,
            "adopted": adopted,
            "is_binding": "no" if kind == "network" else "yes",
            "expected_parties": ";".join(parties),
            "use_evidence_ids": USED.get(name, ""),
            "source_id": "demo-register",
            "note": "invented",
        }
        for name, (kind, title, subject, adopted, parties) in INSTRUMENTS.items()
    ]


def make_participation(dice: Dice) -> list[dict]:
    rows = []
    for name, (kind, _, _, adopted, parties) in INSTRUMENTS.items():
        for code in parties:
            if (name, code) in STAYED_OUT:
                continue
            year = int(adopted[:4])
            acts = [("participation", adopted)] if kind == "network" else [("signature", adopted)]
            if kind == "treaty":
                acts.append(("ratification", f"{year + dice.number(1, 6)}-{dice.number(1, 12):02d}"))
            rows += [
                {
                    "instrument": name,
                    "jurisdiction": code,
                    "act": act,
                    "date": date,
                    "status": "found",
                    "source_id": "demo-register",
                }
                for act, date in acts
            ]
    return rows


def make_monitoring(dice: Dice) -> list[dict]:
    rows = []
    for code in CODES:
        for number, start in enumerate((2011, 2016, 2021), start=1):
            for event, shift in (("visit", 0), ("report_published", 1)):
                row = {"jurisdiction": code, "body": "Invented Group of Monitors", "round": number, "event": event}
                date = f"{start + shift}-{dice.number(1, 12):02d}"
                rows.append(row | {"date": date, "document": f"IGM-{code}-{number}", "source_id": "demo-monitors"})
    return rows


def make_evidence(dice: Dice, indicators: list[dict], scores: dict[str, dict[str, int]]) -> list[dict]:
    """One fact for two thirds of the scores, worded as the anchor that the true score stands for."""
    rows = []
    for indicator in indicators:
        name, measure_type = indicator["indicator"], indicator["measure_type"]
        for place in PLACES:
            score = scores[name][place.code]
            is_planted = name in URGENT
            if not (is_planted or dice.is_lucky(0.66)):
                continue
            direction = "gap" if score < 2 else "strength"
            row = {
                "evidence_id": f"{place.code}-{name}-1",
                "jurisdiction": place.code,
                "indicator": name,
                "year": dice.pick((2013, 2014, 2022, 2023, 2024)),
                "statement": f"Invented, {place.name}: {indicator[f'anchor_{score}'].rstrip('.')}.",
                "direction": direction,
                "evidence_kind": _KINDS[measure_type],
                "source_id": "demo-review",
                "locator": f"invented page {dice.number(1, 90)}",
                "check": "single_source",
            }
            if dice.is_lucky(0.3):
                row |= {"second_source_id": "demo-review-2", "second_locator": "invented", "check": "confirmed"}
            rows.append(row)
    rows.append(
        {
            "evidence_id": "REG-PART-11-1",
            "jurisdiction": "REG",
            "indicator": "PART-11",
            "year": 2015,
            "statement": "Invented: the coordinators of the six places meet twice a year in the Harbour Network.",
            "direction": "strength",
            "evidence_kind": "institution",
            "source_id": "demo-review",
            "locator": "invented page 1",
            "check": "single_source",
        }
    )
    return rows


def list_pairs_without_instrument() -> list[str]:
    """Pairs that share no bilateral or trilateral instrument."""
    shared = [set(parties) for kind, _, _, _, parties in INSTRUMENTS.values() if kind in ("bilateral", "trilateral")]
    pairs = combinations(CODES, 2)
    return [f"{first}-{second}" for first, second in pairs if not any({first, second} <= own for own in shared)]


def misplace_a_point(context: list[dict]) -> list[dict]:
    """Write one rate of unemployment ten times too large, and return the correction of it."""
    row = next(row for row in context if row["context_measure"] == "unemployment_pct")
    true = row["value"]
    row["value"] = f"{float(true) * 10:g}"
    keys = ("jurisdiction", "year", "context_measure", "sex", "source_id")
    return [
        {
            "table": "context",
            "where": ";".join(f"{key}={row[key]}" for key in keys),
            "column": "value",
            "expected_value": row["value"],
            "new_value": true,
            "reason": "invented: the decimal point was lost in copying",
            "source_id": row["source_id"],
            "who": "researcher",
            "date": "2025-06-30",
        }
    ]
