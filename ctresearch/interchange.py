"""Recommendations as JSON, by a schema that is published beside them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from importlib.resources import files

from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.study import Study
from ctresearch.vocabulary import REGION

SCHEMA_FILE = "recommendations.schema.json"

TEXTS = ("scope", "indicator", "action", "addressee", "level", "time_frame", "cost_class", "capacity", "gender_effect")
"""Fields of a recommendation that are one text or code."""

PRIORITY = {"low": "priority_low", "median": "priority_median", "high": "priority_high", "urgent_share": "urgent_share"}

FIELDS = (
    *("recommendation_id", *TEXTS, "bases", "shared_by", "evidence_ids", "source_id", "priority_basis"),
    *PRIORITY.values(),
)
"""Columns of the table of recommendations that are read."""


def read_schema() -> str:
    """Return the JSON Schema (draft 2020-12) of the file.

    Examples
    --------
    >>> json.loads(read_schema())["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    return (files("ctresearch") / "schema" / SCHEMA_FILE).read_text(encoding="utf-8")


def write_recommendations(tables: Mapping[str, Mapping], study: Study, *, is_synthetic: bool) -> str:
    """Return recommendations, the standards that they serve and the findings behind them as JSON.

    Parameters
    ----------
    tables : mapping of str to mapping
        Data of the exhibits of the section on recommendations, by name, as `report.collect_data` gives them:
        `all-recommendations`, `findings`, and `by-standard-` with a code for each standard.
    study : Study
    is_synthetic : bool
        Whether a source is synthetic; the file then says so.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    served = _invert_standards(tables)
    document = {
        "$schema": SCHEMA_FILE,
        "study": study.short_title,
        "synthetic": SYNTHETIC_NOTICE if is_synthetic else "",
        "scopes": {REGION: "Region", **{code: study.name(code) for code in study.codes}},
        "recommendations": [_describe(row, served) for row in _read(tables["all-recommendations"])],
        "findings": [_describe_finding(row) for row in _read(tables["findings"])],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _read(resource: Mapping) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(resource["data"])))


def _describe(row: Mapping[str, str], served: Mapping[str, list[dict]]) -> dict:
    is_known = row["priority_basis"] != "none"
    numbers = {name: float(row[column]) for name, column in PRIORITY.items()} if is_known else None
    return {
        "id": row["recommendation_id"],
        **{name: row[name] for name in TEXTS},
        "bases": _split(row["bases"]),
        "shared_by": _split(row["shared_by"]),
        "findings": _split(row["evidence_ids"]),
        "sources": _split(row["source_id"]),
        "standards": served.get(row["recommendation_id"], []),
        "priority": numbers,
        "priority_basis": row["priority_basis"],
    }


def _describe_finding(row: Mapping[str, str]) -> dict:
    return {
        "id": row["evidence_id"],
        **{name: row[name] for name in ("jurisdiction", "indicator", "basis")},
        "statement": row["finding"],
        "sources": _split(row["source_id"]),
    }


def _invert_standards(tables: Mapping[str, Mapping]) -> dict[str, list[dict]]:
    served: dict[str, list[dict]] = {}
    for name, resource in tables.items():
        for row in _read(resource) if name.startswith("by-standard-") else ():
            provision = {key: row[key] for key in ("standard", "provision", "citation_check")}
            provision["is_binding"] = row["is_binding"] == "True"
            for recommendation in _split(row["recommendation_ids"]):
                served.setdefault(recommendation, []).append(provision)
    return served


def _split(cell: str) -> list[str]:
    return [part for part in cell.split(";") if part]
