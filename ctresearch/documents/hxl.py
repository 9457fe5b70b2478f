"""Tables with a row of hashtags of the Humanitarian Exchange Language (HXL 1.1), which many tools of agencies read."""

from __future__ import annotations

import csv
import re
from pathlib import Path

_TAGS = {
    "jurisdiction": "#country+code",
    "origin": "#country+code+origin",
    "destination": "#country+code+destination",
    "year": "#date+year",
    "year_end": "#date+year+end",
    "report_year": "#date+year+published",
    "date": "#date",
    "source_id": "#meta+source+id",
    "note": "#meta+description",
    "indicator": "#indicator+code",
    "measure": "#indicator+name",
    "value": "#indicator+value+num",
    "value_low": "#indicator+value+min",
    "value_high": "#indicator+value+max",
    "pillar": "#sector",
    "population_n": "#population+num",
    "action": "#activity+description",
}
_UNITS = {"_n": "num", "_share": "share", "_pct": "pct", "_per_100k": "rate", "_low": "min", "_high": "max"}


def tag_column(name: str) -> str:
    """Return the hashtag of a column; one without a core hashtag is an indicator by its unit, or metadata.

    Examples
    --------
    >>> [tag_column(name) for name in ("jurisdiction", "met_share", "What was found")]
    ['#country+code', '#indicator+met_share+share', '#meta+what_was_found']
    """
    if name in _TAGS:
        return _TAGS[name]
    attribute = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "column"
    attribute = attribute if attribute[0].isalpha() else f"c{attribute}"
    unit = next((word for suffix, word in _UNITS.items() if name.endswith(suffix)), "")
    return f"#indicator+{attribute}+{unit}" if unit else f"#meta+{attribute}"


def write_tagged(tables: Path, folder: Path) -> list[Path]:
    """Write each table of a folder again, with hashtags below its header, and return the new files."""
    folder.mkdir(exist_ok=True)
    written = []
    for file in sorted(tables.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        with (folder / file.name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, [tag_column(name) for name in header], *rows])
        written.append(folder / file.name)
    return written
