"""The public edition of a finished report: built only if nothing speaks against it, and verified by anyone."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ctresearch import digests, disclosure, files, plan, publication, review, store
from ctresearch.clean.text import fold_value
from ctresearch.release import access, checks
from ctresearch.release.checks import Reason
from ctresearch.release.contents import Markup, UnpackError, list_pieces
from ctresearch.release.identifiers import Persons, collect_persons
from ctresearch.site.packed import read_page

RECORD = "release.json"
_RECEIVED = "received"


@dataclass(frozen=True)
class Result:
    """What became of a release: the folder of the edition, or every reason why there is none.

    Attributes
    ----------
    folder : Path or None
        Where the edition is; nothing if it was refused.
    reasons : tuple of Reason
        Everything that speaks against it.
    digest : str
        Digest of `release.json`, to be published apart from the files.
    """

    folder: Path | None
    reasons: tuple[Reason, ...] = ()
    digest: str = ""


def release_report(
    study: str | Path,
    *,
    out: Path,
    to: Path | None = None,
    sheets: Sequence[tuple[Path, Path]] = (),
    today: date,
) -> Result:
    """Build the public edition of a study's report, or say everything that speaks against it.

    Parameters
    ----------
    study : str or Path
        Folder of the study, or the name of a shipped one.
    out : Path
        Folder that holds the reports.
    to : Path, optional
        Folder that receives the edition; `<report>-public` beside the report if not given.
    sheets : sequence of (Path, Path)
        Case sheets with their mappings: nobody on them may be found in the edition. Those in the folder `received` of
        the study are taken in any case.
    today : datetime.date
        The day of the release: the deadline of comments must have passed.

    Raises
    ------
    StudyError
        If the study or a case sheet cannot be read.
    """
    planned = plan.make_plan(study, out=out)
    if not planned.is_complete:
        what = f"the report is not up to date or was changed by hand; run `ctresearch run {study}` first"
        return Result(None, (Reason("unfinished report", what, tuple(planned.reasons)),))
    data = store.read_study(planned.folder)
    content = digests.digest_content(planned.folder)
    log = (data.report_states, data.comments, data.sign_offs)
    points = review.find_open_points(*log, rules=data.study.review, content=content, today=today)
    reasons = list_reasons(planned.place, data, sheets, [str(point) for point in points], planned.folder)
    if reasons:
        return Result(None, tuple(reasons))
    target = (to or planned.place.with_name(f"{planned.place.name}-public")).resolve()
    with publication.lock_place(target, wait=False):
        return Result(target, digest=_publish(planned.place, target))


def list_reasons(
    report: Path,
    data: store.StudyData,
    sheets: Sequence[tuple[Path, Path]],
    open_points: Sequence[str],
    folder: Path,
) -> list[Reason]:
    """Return everything that speaks against the publication of a report, by kind.

    Parameters
    ----------
    report, folder : Path
        Folders of the report and of its study.
    open_points : sequence of str
        What the review has not closed.
    """
    pages = {file.name: Markup.read(read_page(file)) for file in sorted(report.glob("*.html"))}
    quoted = [*data.sources["title"], *data.sources["publisher"], *data.instruments["title"]]
    failed = [
        Reason("missing part", section["error"], (section["name"],))
        for section in plan.read_manifest(report).get("sections", [])
        if section["error"]
    ]
    return [
        *failed,
        *checks.check_sources(data.sources, pages),
        *check_disclosure(data, report),
        *_look_into(report, collect_lists(folder, sheets, data)),
        *checks.check_terms(pages, data.terms, quoted=quoted),
        *checks.check_numbers(pages),
        *checks.check_links(report, pages),
        *access.check_access(report),
        *checks.check_approval(open_points),
    ]


def _look_into(report: Path, persons: Persons) -> list[Reason]:
    try:
        return checks.check_identifiers(list_pieces(report), persons)
    except UnpackError as error:
        return [Reason("unreadable file", str(error))]


def check_disclosure(data: store.StudyData, report: Path) -> list[Reason]:
    """Audit the tables made from case records anew, and compare them with what the report shows of them."""
    lists = disclosure.protect_lists(data.captures, choices=data.study.disclosure)
    found = [
        ("failed disclosure audit", "a reader can calculate a hidden count", cell)
        for cell in lists.audit.loc[~lists.audit["is_safe"].astype(bool), "cell"]
    ]
    place = ["jurisdiction", "year"]
    hidden = lists.histories[lists.histories["status"].eq("suppressed")]
    closed = lists.totals.loc[~lists.totals["is_open"].astype(bool), place]
    tables = {file.name: pd.read_csv(file) for file in sorted((report / "tables").glob("hidden-lists-*.csv"))}
    for name, rows in tables.items():
        keys = [*place, "lists"] if "lists" in rows else place
        secret = hidden if "lists" in rows else closed
        numbers = [column for column in rows if column.endswith(("_n", "_persons")) and column != "lists_n"]
        if set(keys) <= set(rows) and len(secret):
            told = rows.merge(secret[keys].astype({"year": rows["year"].dtype}), on=keys)[numbers]
            if told.notna().to_numpy().any():
                found.append(("failed disclosure audit", "a count that must be hidden is shown", f"tables/{name}"))
    return checks.gather(found)


def collect_lists(folder: Path, sheets: Sequence[tuple[Path, Path]], data: store.StudyData) -> Persons:
    """Collect the persons on case sheets: those that were named, and those in the folder `received` of the study."""
    own = [(file, file.with_suffix(".toml")) for file in sorted((folder / _RECEIVED).glob("*"))]
    pairs = [*sheets, *(pair for pair in own if pair[1].is_file() and pair[0] != pair[1])]
    register, framework = data.sources[["publisher", "title"]], data.indicators[["theme", "question"]]
    texts = [*register.to_numpy().ravel(), *framework.to_numpy().ravel(), *data.glossary["definition"]]
    dated = (
        data.participation["date"],
        data.monitoring["date"],
        data.instruments["adopted"],
        data.instruments["in_force"],
    )
    public = {word for text in texts for word in fold_value(text).split()} | {day for days in dated for day in days}
    return collect_persons([rows for sheet, mapping in pairs for rows in read_sheet(sheet, mapping)], public=public)


def read_sheet(sheet: Path, mapping: Path) -> list[pd.DataFrame]:
    """Read a case sheet as it was received, its columns named by the fields of its mapping; `left_out.1` and so on.

    Raises
    ------
    StudyError
        If a file cannot be read, or no row holds a header of the mapping.
    """
    try:
        columns = tomllib.loads(mapping.read_text(encoding="utf-8")).get("columns", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise store.StudyError(
            [store.schema.Problem(mapping.name, "a mapping in TOML", "Name its mapping.", found=str(error))]
        ) from None
    targets = {fold_value(header): target for header, target in columns.items()}
    read = [_name_columns(cells, targets) for cells in files.read_sheets(sheet).values()]
    found = [rows for rows in read if rows is not None]
    if not found:
        remedy = "Correct the mapping, or name the mapping that belongs to the sheet."
        raise store.StudyError([store.schema.Problem(sheet.name, "the headers that its mapping names", remedy)])
    return found


def _name_columns(cells: pd.DataFrame, targets: Mapping[str, str]) -> pd.DataFrame | None:
    folded = cells.head(30).fillna("").astype(str).map(fold_value)
    matches = folded.isin(list(targets)).sum(axis=1)
    if not len(matches) or matches.max() < 2:
        return None
    header = matches.idxmax()
    names, seen = [], {}
    for cell in folded.loc[header]:
        name = targets.get(cell, "left_out")
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}.{seen[name] - 1}")
    return cells.loc[header + 1 :].set_axis(names, axis=1)


def _publish(report: Path, target: Path) -> str:
    building = target.with_name(f".{target.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(report, building)
    record = {"study": report.name, "hash": "SHA-256", "files": hash_files(building)}
    publication.write_whole(building / RECORD, json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    digest = hash_files(building)[RECORD]
    publication.publish(building, target)
    shutil.rmtree(building, ignore_errors=True)
    return digest


def hash_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file by its path, as `sha256sum` prints it."""
    found = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in found}


def verify_release(folder: Path) -> list[str]:
    """Compare the files of an edition with what `release.json` says of them.

    Returns
    -------
    list of str
        Each file that is missing, was changed or was added; empty if all are as they were published.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        expected = dict(record["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{RECORD} is missing or cannot be read"]
    present = {name: digest for name, digest in hash_files(folder).items() if name != RECORD}
    missing = [f"{name} is missing" for name in expected if name not in present]
    changed = [f"{name} was changed" for name in expected if name in present and present[name] != expected[name]]
    return missing + changed + [f"{name} was added" for name in present if name not in expected]
