"""The kinds of files that can be cleaned: the reader of each, and what it must be told."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ctresearch import files
from ctresearch.clean.result import Cleaned
from ctresearch.intake.request import Request
from ctresearch.ratings import classify_sources
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.stakeholders import find_personal_data
from ctresearch.store import StudyData


def read_mapping(request: Request) -> dict:
    """Read the mapping that a request names."""
    file = request.mapping
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = "Correct it; `ctresearch clean FILE --suggest` drafts one."
        raise StudyError([Problem(file.name, "a mapping in TOML", remedy, found=str(error))]) from None


@dataclass(frozen=True)
class _Kind:
    """A kind of file: its reader, and the options without which it cannot be read."""

    tidy: Callable[[dict[str, pd.DataFrame], str, Request], Cleaned]
    options: tuple[str, ...] = ()


def _tidy_glotip(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.glotip import tidy_glotip

    return tidy_glotip(sheets, report_year=request.year, **_known(file, request), **_own(request))


def _tidy_gsi(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.gsi import tidy_gsi

    return tidy_gsi(sheets, year=request.year, **_known(file, request), **_own(request))


def _tidy_ctdc(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.ctdc import tidy_ctdc

    return tidy_ctdc(sheets, **_known(file, request))


def _tidy_htcds(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.htcds import tidy_htcds

    form = files.read_sheets(request.form) if request.form else None
    named = {"source_id": request.source_id, "agency": request.agency, "codes": request.data.codes}
    return tidy_htcds(sheets, form=form, day_first=request.day_first, **_known(file, request), **named)


def _tidy_cases(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.cases import tidy_cases

    named = {"mapping": read_mapping(request), "mapping_file": request.mapping.name, "codes": request.data.codes}
    return tidy_cases(sheets, **_known(file, request), **named)


def _tidy_survey(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.survey import tidy_survey

    data = request.data
    words = data.translations.rename(columns={"text": "label"})[["list", "code", "language", "label"]]
    labels = pd.concat([extend_labels(data), words], ignore_index=True)
    known = {"indicators": tuple(data.indicators["indicator"]), "labels": labels}
    return tidy_survey(sheets, file=file, source_id=request.source_id, **known)


def _tidy_narrative(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.tip_narrative import tidy_tip_narrative

    sources = request.data.sources
    source_ids = request.source_id or dict(zip(sources["title"], sources["source_id"], strict=True))
    if request.mapping:
        source_ids = read_mapping(request).get("sources", {})
    return tidy_tip_narrative(sheets, source_ids=source_ids, **_known(file, request))


def _tidy_ratings(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.ratings_sheet import tidy_ratings

    data = request.data
    return tidy_ratings(
        sheets,
        evidence=data.evidence,
        indicators=data.indicators,
        sources=classify_sources(data.sources, data.publishers),
        periods=data.study.periods(),
        codes=data.vocabulary.lists,
        parts=data.study.parts(),
        **_known(file, request),
    )


def _tidy_weights(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.weights_sheet import tidy_weights

    data = request.data
    budget_points = data.study.survey.budget_points
    known = {"codes": data.vocabulary.lists, "find_persons": find_personal_data}
    return tidy_weights(sheets, file=file, budget_points=budget_points, **known)


def _known(file: str, request: Request) -> dict:
    return {"file": file, "labels": extend_labels(request.data)}


def extend_labels(data: StudyData) -> pd.DataFrame:
    """Add the names that a study gives its jurisdictions and countries to the words of the framework."""
    words = pd.DataFrame(data.study.list_country_words(), columns=["code", "label"])
    own = words.assign(list="country", language="study")
    return pd.concat([data.labels, own[~own["label"].isin(data.labels["label"])]], ignore_index=True)


def _own(request: Request) -> dict:
    return {"source_id": request.source_id, "jurisdictions": request.data.study.codes}


KINDS = {
    "glotip": _Kind(_tidy_glotip, ("source_id",)),
    "gsi": _Kind(_tidy_gsi, ("source_id", "year")),
    "ctdc": _Kind(_tidy_ctdc),
    "htcds": _Kind(_tidy_htcds, ("source_id", "agency")),
    "cases": _Kind(_tidy_cases, ("mapping",)),
    "survey": _Kind(_tidy_survey, ("source_id",)),
    "tip_narrative": _Kind(_tidy_narrative),
    "ratings": _Kind(_tidy_ratings),
    "weights": _Kind(_tidy_weights),
}
"""Kinds of files that can be cleaned."""
