"""The study's settings: study.toml as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, get_type_hints

from ctresearch.choices import (
    CONSENSUS_RULES,
    QUADRANT_BORDERS,
    SECTIONS,
    ZEROS,
    DelphiRules,
    DisclosureChoices,
    HiddenChoices,
    ReviewRules,
    Scoring,
    SurveyRules,
    Thresholds,
    TrendChoices,
)
from ctresearch.vocabulary import Jurisdiction, NamePeriod


@dataclass(frozen=True)
class TimePoint:
    """A named period for which mechanisms are assessed, both ends included."""

    code: str
    label: str
    first_year: int
    last_year: int


@dataclass(frozen=True)
class Preference:
    """Which source a series is drawn from where sources differ, and why."""

    source_id: str
    reason: str


ROLES = ("victims", "justice", "population_total", "population_sex", "assisted_flows", "register")
"""What a study chooses a source for."""

NOT_CHOSEN = Preference("", "No source has been chosen for this in study.toml.")
"""Stands for a choice that a study has not made; it matches no row."""


@dataclass(frozen=True)
class Limits:
    """What a reader of this study must know: limits of its series, and what was looked for and not found."""

    series: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    """One needs assessment: what, where, when, by and for whom."""

    title: str
    short_title: str
    objective: str
    project: Mapping[str, str]
    jurisdictions: tuple[Jurisdiction, ...]
    time_points: tuple[TimePoint, ...]
    thresholds: Thresholds
    scoring: Scoring
    trends: TrendChoices
    hidden_population: HiddenChoices
    disclosure: DisclosureChoices
    survey: SurveyRules
    delphi: DelphiRules
    review: ReviewRules
    preferences: Mapping[str, Preference]
    languages: tuple[str, ...]
    treaties: tuple[str, ...]
    limits: Limits = Limits()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Codes that the study adds to a code list of the framework, or names in its own way, by list."""
    standards: Mapping[str, str] = field(default_factory=dict)
    """Instrument of the study for the beginning of the framework's standards, such as `CETS 197`."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the jurisdictions in the order of the report."""
        return tuple(jurisdiction.code for jurisdiction in self.jurisdictions)

    def name(self, code: str, on: date | int | None = None) -> str:
        """Return the name of a jurisdiction, now or on a day or in a year."""
        return self._find(code).name(on)

    def notes_for(self, text: str) -> tuple[str, ...]:
        """Return the notes of all jurisdictions that a text names."""
        named = (j for j in self.jurisdictions if any(p.name.strip("*") in text for p in j.names))
        return tuple(j.note for j in named if j.note)

    def list_country_words(self) -> tuple[tuple[str, str], ...]:
        """Return code and word of every jurisdiction, in all its names, and of every country that the study adds.

        Readers of files need them beside the framework's labels, which know real countries alone.
        """
        own = [(j.code, period.name.strip("*")) for j in self.jurisdictions for period in j.names]
        named = {**dict.fromkeys(self.codes, ""), **self.labels.get("country", {})}
        added = [pair for code, label in named.items() for pair in ((code, code), (code, label)) if pair[1]]
        return tuple(dict.fromkeys([*own, *added]))

    def parts(self) -> dict[str, tuple[str, ...]]:
        """Return the codes of the parts of each jurisdiction that is rated by parts."""
        return {place.code: tuple(place.parts) for place in self.jurisdictions if place.parts}

    def baseline(self) -> TimePoint:
        """Return the first time point of the study."""
        return self.time_points[0]

    def update(self) -> TimePoint:
        """Return the last time point of the study."""
        return self.time_points[-1]

    def periods(self) -> tuple[tuple[str, int, int], ...]:
        """Return code, first and last year of the time points."""
        return tuple((point.code, point.first_year, point.last_year) for point in self.time_points)

    def _find(self, code: str) -> Jurisdiction:
        for jurisdiction in self.jurisdictions:
            if jurisdiction.code == code:
                return jurisdiction
        raise KeyError(f"'{code}' is not a jurisdiction of this study; use one of {', '.join(self.codes)}")


def parse_study(settings: Mapping[str, Any]) -> Study:
    """Turn the content of study.toml into a `Study`.

    Parameters
    ----------
    settings : mapping
        What `tomllib.load` returns.

    Raises
    ------
    ValueError
        With every missing or ill-typed setting, one a line.
    """
    problems = _find_problems(settings)
    if problems:
        raise ValueError("\n".join(problems))
    return Study(
        title=settings["title"],
        short_title=settings["short_title"],
        objective=settings["objective"],
        project=dict(settings["project"]),
        jurisdictions=tuple(_parse_jurisdiction(entry) for entry in settings["jurisdictions"]),
        time_points=tuple(TimePoint(**entry) for entry in settings["time_points"]),
        **{name: choices(**settings[name]) for name, choices in SECTIONS.items()},
        preferences=dict.fromkeys(ROLES, NOT_CHOSEN)
        | {name: Preference(**entry) for name, entry in settings["preferences"].items()},
        languages=tuple(settings["languages"]),
        treaties=tuple(settings["treaties"]),
        limits=_parse_limits(settings.get("limits", {})),
        labels={name: dict(codes) for name, codes in settings.get("labels", {}).items()},
        standards=dict(settings.get("standards", {})),
    )


def _parse_jurisdiction(entry: Mapping[str, Any]) -> Jurisdiction:
    names = tuple(NamePeriod(period["name"], period.get("until")) for period in entry["names"])
    tile = tuple(entry["tile"]) if "tile" in entry else None
    return Jurisdiction(entry["code"], names, entry.get("note", ""), dict(entry.get("parts", {})), tile)


def _parse_limits(entry: Mapping[str, Any]) -> Limits:
    return Limits(entry.get("series", ""), tuple(entry.get("missing", ())))


_REQUIRED: dict[str, type] = {
    "title": str,
    "short_title": str,
    "objective": str,
    "project": dict,
    "jurisdictions": list,
    "time_points": list,
    **dict.fromkeys(SECTIONS, dict),
    "preferences": dict,
    "languages": list,
    "treaties": list,
}
_REQUIRED_WITHIN: dict[str, dict[str, type]] = {
    **{name: get_type_hints(choices) for name, choices in SECTIONS.items()},
    "jurisdictions": {"code": str, "names": list},
    "time_points": {"code": str, "label": str, "first_year": int, "last_year": int},
    "preferences": {"source_id": str, "reason": str},
}
_OPTIONAL_WITHIN = {"jurisdictions": {"note", "parts", "tile"}}
_MAY_BE_EMPTY = {"treaties", "weigh_by"}
_WORDS = {
    "model": ("quasi_poisson", "negative_binomial"),
    "multiplicity": ("holm", "benjamini_hochberg"),
    "shares": ("goodman", "sison_glaz"),
    "pooling": ("dersimonian_laird", "paule_mandel"),
    "pooling_errors": ("normal", "knapp_hartung"),
    "joinpoint_transform": ("log", "linear"),
    "joinpoint_weights": ("constant", "poisson"),
    "joinpoint_zeros": ("refuse", "add_half"),
    "joinpoint_choice": ("permutation", "bic"),
}
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,3}")
_TAKEN = {"REG", "CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}
_WEIGH_BY = ("jurisdiction", "sector", "level", "sex")


def _find_problems(settings: Mapping[str, Any]) -> list[str]:
    problems = _missing(settings, _REQUIRED, "")
    problems += _check_limits(settings.get("limits", {}))
    problems += _check_disclosure(settings.get("disclosure"))
    problems += _check_labels(settings.get("labels", {}))
    problems += _check_words(settings.get("standards", {}), "standards")
    problems += _check_methods(settings.get("trends"))
    problems += _check_survey(settings.get("survey", {}))
    problems += _check_delphi(settings.get("delphi", {}))
    problems += _check_tiles(settings.get("jurisdictions"))
    for name, required in _REQUIRED_WITHIN.items():
        for place, entry in _entries(name, settings.get(name)):
            problems += _missing(entry, required, place)
            problems += _unknown(entry, set(required) | _OPTIONAL_WITHIN.get(name, set()), place)
            if name == "jurisdictions":
                problems += _check_code(entry, place) + _check_names(entry, place)
                problems += _check_words(entry.get("parts", {}), f"{place}parts")
    return problems


def _entries(name: str, section: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if name in SECTIONS and isinstance(section, dict):
        return [(f"{name}.", section)]
    if isinstance(section, dict):
        return [(f"{name}.{key}.", entry) for key, entry in section.items()]
    if isinstance(section, list):
        return [(f"{name}[{number}].", entry) for number, entry in enumerate(section, start=1)]
    return []


def _check_code(entry: Mapping[str, Any], place: str) -> list[str]:
    """Refuse a code that could not be the name of a page on every system, or is the name of another page."""
    code = entry.get("code")
    if not isinstance(code, str) or (_CODE.fullmatch(code) and code not in _TAKEN):
        return []
    return [f"{place}code is '{code}', but must be two to four capital letters or digits, as in ISO 3166-1 alpha-3"]


def _check_names(entry: Mapping[str, Any], place: str) -> list[str]:
    names = entry.get("names")
    problems = []
    for period in names if isinstance(names, list) else []:
        problems += _missing(period, {"name": str}, f"{place}names.")
        problems += _unknown(period, {"name", "until"}, f"{place}names.")
    return problems


def _check_tiles(jurisdictions: Any) -> list[str]:
    """Refuse a tile that is no place in a grid, and two on one place."""
    entries = [entry for entry in jurisdictions if isinstance(entry, dict)] if isinstance(jurisdictions, list) else []
    tiles = [entry["tile"] for entry in entries if "tile" in entry]
    wrong = [tile for tile in tiles if not _is_place(tile)]
    twice = [tile for number, tile in enumerate(tiles) if tile in tiles[:number]]
    return [f"jurisdictions: tile {tile!r} (expected row and column, whole numbers from 1)" for tile in wrong] + [
        f"jurisdictions: tile {tile!r} is given twice (expected a place for each)" for tile in twice
    ]


def _is_place(tile: Any) -> bool:
    return isinstance(tile, list) and len(tile) == 2 and all(type(part) is int and part > 0 for part in tile)


def _check_disclosure(section: Any) -> list[str]:
    if not isinstance(section, dict):
        return []
    problems = [
        f"disclosure.{key} is {value} (expected above 0)"
        for key, value in section.items()
        if isinstance(value, int | float) and value <= 0
    ]
    zeros = section.get("zeros")
    if isinstance(zeros, str) and zeros not in ZEROS:
        problems.append(f"disclosure.zeros is '{zeros}' (expected one of {', '.join(ZEROS)})")
    return problems


def _check_survey(survey: Any) -> list[str]:
    if not isinstance(survey, dict):
        return []
    known = ", ".join(QUADRANT_BORDERS)
    border, columns = survey.get("quadrant_border", QUADRANT_BORDERS[0]), survey.get("weigh_by", [])
    problems = [] if border in QUADRANT_BORDERS else [f"survey.quadrant_border is {border!r} (expected one of {known})"]
    if isinstance(columns, list) and not set(columns) <= set(_WEIGH_BY):
        problems.append(f"survey.weigh_by is {columns!r} (expected some of {', '.join(_WEIGH_BY)})")
    return problems


def _check_delphi(delphi: Any) -> list[str]:
    if not isinstance(delphi, dict) or delphi.get("consensus", CONSENSUS_RULES[0]) in CONSENSUS_RULES:
        return []
    return [f"delphi.consensus is {delphi['consensus']!r} (expected one of {', '.join(CONSENSUS_RULES)})"]


def _check_limits(limits: Any) -> list[str]:
    if not isinstance(limits, dict):
        return [f"limits is {type(limits).__name__} (expected dict)"]
    present = {key: kind for key, kind in {"series": str, "missing": list}.items() if key in limits}
    problems = _missing(limits, present, "limits.") + _unknown(limits, {"series", "missing"}, "limits.")
    points = limits.get("missing", [])
    if isinstance(points, list) and not all(isinstance(point, str) for point in points):
        problems.append("limits.missing is not a list of texts alone")
    return problems


def _check_labels(labels: Any) -> list[str]:
    if not isinstance(labels, dict):
        return [f"labels is {type(labels).__name__} (expected dict)"]
    return [problem for name, codes in labels.items() for problem in _check_words(codes, f"labels.{name}")]


def _check_methods(trends: Any) -> list[str]:
    chosen = trends if isinstance(trends, dict) else {}
    return [
        f"trends.{name} is '{chosen[name]}' (expected one of {', '.join(words)})"
        for name, words in _WORDS.items()
        if isinstance(chosen.get(name), str) and chosen[name] not in words
    ]


def _check_words(codes: Any, place: str) -> list[str]:
    if isinstance(codes, dict) and all(isinstance(label, str) and label for label in codes.values()):
        return []
    return [f"{place} is not a table of codes with a label each"]


def _unknown(section: Mapping[str, Any], known: set[str], place: str) -> list[str]:
    expected = ", ".join(sorted(known))
    return [f"{place}{key} is not a setting (expected one of {expected})" for key in section if key not in known]


def _missing(section: Mapping[str, Any], required: Mapping[str, type], place: str) -> list[str]:
    problems = []
    for key, kind in required.items():
        if key not in section:
            problems.append(f"{place}{key} is missing (expected {kind.__name__})")
        elif not isinstance(section[key], kind):
            found = type(section[key]).__name__
            problems.append(f"{place}{key} is {found} (expected {kind.__name__})")
        elif not section[key] and kind in (str, list) and key not in _MAY_BE_EMPTY:
            problems.append(f"{place}{key} is empty")
    return problems
