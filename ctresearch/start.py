"""Start a study for another region: settings, empty tables and instructions, written all at once."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from string import Template

from ctresearch import places, schema
from ctresearch.schema import Problem, StudyError
from ctresearch.study import parse_study
from ctresearch.vocabulary import NOT_APPLICABLE, REGION, UNKNOWN

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")
_PERIOD = re.compile(r"(?P<first>(?:19|20)[0-9]{2})(?:-(?P<last>(?:19|20)[0-9]{2}))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TAKEN = (REGION, NOT_APPLICABLE, UNKNOWN, "ANNEX", "REGIONAL", "SLIDES", "INDEX")
_TEMPLATES = Path(__file__).parent / "templates" / "study"


@dataclass(frozen=True)
class NewStudy:
    """What is known of a study before there is any evidence.

    Attributes
    ----------
    title : str
        Title of the report.
    jurisdictions : tuple of (code, name)
        In the order of the report.
    periods : tuple of (first year, last year)
        The time points to compare, the baseline first, the update last; both ends included.
    languages : tuple of str
        Codes of the languages of the report, as in BCP 47.
    """

    title: str
    jurisdictions: tuple[tuple[str, str], ...]
    periods: tuple[tuple[int, int], ...]
    languages: tuple[str, ...] = ("en",)


def parse_answers(
    *, title: str, jurisdictions: Sequence[str], periods: Sequence[str], languages: Sequence[str]
) -> NewStudy:
    """Read answers as they are typed: `CODE=Name`, `2019-2020` and `en`.

    Raises
    ------
    StudyError
        With everything that is wrong with the answers.

    Examples
    --------
    >>> answers = {"jurisdictions": ["AV=Arvelia"], "periods": ["2019-2020", "2024"], "languages": ["en"]}
    >>> parse_answers(title="Needs", **answers).periods
    ((2019, 2020), (2024, 2024))
    """
    pairs = [_split_jurisdiction(text) for text in jurisdictions]
    spans = [_PERIOD.fullmatch(text.strip()) for text in periods]
    problems = [
        *_check_title(title),
        *_check_jurisdictions(pairs, jurisdictions),
        *_check_periods(spans, periods),
        *_check_languages(languages),
    ]
    if problems:
        raise StudyError(problems)
    years = tuple((int(span["first"]), int(span["last"] or span["first"])) for span in spans)
    return NewStudy(title.strip(), tuple(pairs), years, tuple(languages))


def write_study(folder: Path, answers: NewStudy) -> Path:
    """Write a new study: `study.toml`, every table with its header and no row, and a README.

    The folder appears whole or not at all: it is made aside and renamed.

    Returns
    -------
    Path
        The folder of the study.

    Raises
    ------
    StudyError
        If there is something in the folder already, or it cannot be written.
    """
    folder = folder.absolute()
    refuse_occupied(folder)
    files = _make_files(folder.name, answers)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise StudyError([_unwritable(folder, error)]) from error
    try:
        for name, text in files.items():
            (aside / name).write_text(text, encoding="utf-8", newline="\n")
        aside.chmod(0o755)
        with suppress(FileNotFoundError):
            folder.rmdir()
        aside.rename(folder)
    except OSError as error:
        raise StudyError([_occupied(folder) if folder.exists() else _unwritable(folder, error)]) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def refuse_occupied(folder: Path) -> None:
    """Refuse a place where there is something already.

    Raises
    ------
    StudyError
        Unless there is nothing, or an empty folder.
    """
    is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if folder.is_symlink() or not is_free:
        raise StudyError([_occupied(folder)])


def _make_files(name: str, answers: NewStudy) -> dict[str, str]:
    settings = _write_settings(answers)
    parse_study(tomllib.loads(settings))
    tables = {table.file: _write_header(table) for table in schema.STUDY}
    return {"study.toml": settings, **tables, "README.md": _write_readme(name, answers)}


def _write_settings(answers: NewStudy) -> str:
    entries = [
        f"[[jurisdictions]]\ncode = {_quote(code)}\nnames = [{{ name = {_quote(name)} }}]\n"
        for code, name in answers.jurisdictions
    ]
    points = [
        f"[[time_points]]\ncode = {_quote(code)}\nlabel = {_quote(_print_span(span))}\n"
        f"first_year = {span[0]}\nlast_year = {span[1]}\n"
        for code, span in zip(_name_periods(len(answers.periods)), answers.periods, strict=True)
    ]
    return Template((_TEMPLATES / "study.toml").read_text(encoding="utf-8")).substitute(
        title=_quote(answers.title),
        languages=json.dumps(list(answers.languages)),
        region=_quote(", ".join(name for _, name in answers.jurisdictions)),
        jurisdictions="\n".join(entries),
        time_points="\n".join(points),
        shared_gap_n=max(2, len(answers.jurisdictions) // 2 + 1),
    )


def _write_header(table: schema.Table) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(column.name for column in table.columns)
    return stream.getvalue()


def _write_readme(name: str, answers: NewStudy) -> str:
    return Template((_TEMPLATES / "README.md").read_text(encoding="utf-8")).substitute(
        title=answers.title,
        folder=name,
        dictionary=schema.write_dictionary(schema.STUDY, folder=name),
        code_lists=_describe_codes(answers),
    )


def _describe_codes(answers: NewStudy) -> str:
    file = places.locate_shipped("data") / "framework" / "codes.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        lists: dict[str, list[str]] = {}
        for row in csv.DictReader(stream):
            lists.setdefault(row["list"], []).append(f"`{row['code']}` {row['label']}")
    used = {column.codes for table in schema.STUDY for column in table.columns}
    own = {"jurisdiction": [f"`{code}` {label}" for code, label in answers.jurisdictions]}
    shown = own | {name: codes for name, codes in lists.items() if name in used and name != "country"}
    return "\n".join(f"- `{name}`: {'; '.join(codes)}." for name, codes in shown.items())


def _split_jurisdiction(text: str) -> tuple[str, str]:
    code, _, name = text.partition("=")
    return code.strip(), name.strip()


def _check_title(title: str) -> list[Problem]:
    if title.strip() and title.isprintable():
        return []
    return [Problem("--title", "one line of text", "Give the title of the report.", found=title)]


def _check_jurisdictions(pairs: Sequence[tuple[str, str]], texts: Sequence[str]) -> list[Problem]:
    place = "--jurisdiction"
    if not pairs:
        return [Problem(place, "at least one CODE=Name", "Name the jurisdictions of the study, one option each.")]
    problems = []
    for (code, name), text in zip(pairs, texts, strict=True):
        if not _CODE.fullmatch(code) or not name or not name.isprintable():
            expected = "CODE=Name, the code of 2 to 8 capital letters and digits"
            problems.append(Problem(place, expected, "For example AVQ=Arvelia.", found=text))
        elif code in _TAKEN:
            problems.append(Problem(place, "another code", "This one has a meaning of its own.", found=code))
    for part, words in ((0, "a code of its own"), (1, "a name of its own")):
        values = [pair[part] for pair in pairs]
        repeated = dict.fromkeys(value for value in values if values.count(value) > 1 and value)
        problems += [Problem(place, words, "Name each jurisdiction once.", found=value) for value in repeated]
    return problems


def _check_periods(spans: Sequence[re.Match | None], texts: Sequence[str]) -> list[Problem]:
    place, remedy = "--period", "For example --period 2019-2020 --period 2023-2024."
    if len(spans) < 2:
        return [Problem(place, "two periods, the baseline and the update", remedy)]
    problems = [
        Problem(place, "a year or FIRST-LAST, in order", remedy, found=text)
        for span, text in zip(spans, texts, strict=True)
        if span is None or int(span["first"]) > int(span["last"] or span["first"])
    ]
    known = [(int(span["first"]), int(span["last"] or span["first"])) for span in spans if span]
    if not problems and any(earlier[1] >= later[0] for earlier, later in pairwise(known)):
        problems.append(Problem(place, "periods in order that share no year", remedy, found=", ".join(texts)))
    return problems


def _check_languages(languages: Sequence[str]) -> list[Problem]:
    place, remedy = "--language", "For example --language en."
    if not languages:
        return [Problem(place, "at least one language", remedy)]
    wrong = [text for text in languages if not _LANGUAGE.fullmatch(text)]
    return [Problem(place, "a language code such as en or pt-BR", remedy, found=text) for text in wrong]


def _name_periods(count: int) -> list[str]:
    return ["baseline", *(f"between-{number}" for number in range(1, count - 1)), "update"]


def _print_span(span: Sequence[int]) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"


def _quote(text: str) -> str:
    # A JSON string of printable characters is a basic string of TOML too.
    return json.dumps(text, ensure_ascii=False)


def _occupied(folder: Path) -> Problem:
    return Problem(
        str(folder), "a folder that does not exist or is empty", "Choose another folder; nothing was written."
    )


def _unwritable(folder: Path, error: OSError) -> Problem:
    reason = error.strerror or str(error)
    return Problem(str(folder), "a place where a folder can be written", "Choose another place.", found=reason)
