"""The fictitious region and what is true in it: nothing here resembles a real place.

The codes are no codes of ISO 3166-1 and lie outside the ranges that it leaves to users (AAA-AAZ, QMA-QZZ, XAA-XZZ,
ZZA-ZZZ).
"""

from __future__ import annotations

from dataclasses import dataclass

from demo_parts.dice import Dice, grow

FIRST, LAST, SHEETS_YEAR = 2010, 2024, 2024
OUTSIDE = {"MVQ": "Morvind", "SNQ": "Sárennau", "ELQ": "Elquary"}
URGENT = ("PROT-04", "PROT-09", "PROS-08", "PART-09", "DATA-02")
"""Needs that are planted: no mechanism in five of the six, and named as most important in the survey."""

NOT_URGENT = ("PREV-02", "PREV-04", "PROT-01", "PROT-06", "PROS-02", "PART-11", "DATA-06")
"""Asked for in the survey beside the urgent ones."""


SECTOR_GAP = "PROT-06"
"""Rated lower by civil society than by all others."""


@dataclass(frozen=True)
class Place:
    """One jurisdiction: inhabitants, people in exploitation in 2010, their growth, and how many of them are seen."""

    code: str
    name: str
    adjective: str
    inhabitants_n: int
    hidden_n: int
    growth: float
    female_share: float
    detected_share: float

    @property
    def trend(self) -> str:
        return "rising" if self.growth > 0.01 else "falling" if self.growth < -0.01 else "flat"

    def hidden(self, year: int) -> dict[str, int]:
        total = grow(self.hidden_n, self.growth, year - FIRST)
        female = int(total * self.female_share + 0.5)
        return {"female": female, "male": total - female}


PLACES = (
    Place("AVQ", "Arvelia", "Arvelian", 3_120_000, 640, 0.08, 0.72, 0.09),
    Place("BMQ", "Belmora", "Belmoran", 5_450_000, 2600, -0.07, 0.66, 0.07),
    Place("CTQ", "Cintara", "Cintaran", 2_280_000, 1500, -0.06, 0.70, 0.08),
    Place("LRQ", "Lurenna", "Lurennan", 1_870_000, 600, 0.0, 0.65, 0.0),
    Place("OSQ", "Ostmere", "Ostmerian", 7_640_000, 900, 0.09, 0.60, 0.10),
    Place("TVQ", "Tavelund", "Tavelundish", 610_000, 62, 0.0, 0.71, 0.07),
)
SHEETS_PLACE = PLACES[3]
"""Whose three agencies sent their case sheets; it detects whom at least one of them saw."""

CAPTURE = {"police": 0.30, "ngo": 0.32, "social": 0.28}
"""Chance of a person to be on the list of an agency, each independent of the others."""

CODES = tuple(place.code for place in PLACES)


def seen_share(place: Place) -> float:
    """Chance of a person to be detected: by the three agencies together where they are modelled."""
    if place is not SHEETS_PLACE:
        return place.detected_share
    missed = 1.0
    for chance in CAPTURE.values():
        missed *= 1 - chance
    return 1 - missed


NOTHING_ELSE_N = 2
"""Jurisdictions in which any other mechanism is missing at most, so that the planted needs stand out."""


def draw_scores(dice: Dice, indicators: list[dict]) -> dict[str, dict[str, int]]:
    """True score 0-3 of every indicator and jurisdiction; an urgent need is 0 in all but one, no other in many."""
    scores = {}
    for indicator in indicators:
        own = {code: dice.weigh({0: 0.2, 1: 0.35, 2: 0.3, 3: 0.15}) for code in CODES}
        missing = [code for code, score in own.items() if score == 0]
        own |= dict.fromkeys(missing[NOTHING_ELSE_N:], 1)
        if indicator["indicator"] in URGENT:
            best = dice.pick(CODES)
            own = {code: 3 if code == best else 0 for code in CODES}
        scores[indicator["indicator"]] = own
    return scores
