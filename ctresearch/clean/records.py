"""Rows of a case sheet whose columns are known, to the tables `cases` and `identifiers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from ctresearch.clean.ages import band_between
from ctresearch.clean.countries import map_countries
from ctresearch.clean.dates import parse_dates
from ctresearch.clean.labels import list_keys, map_codes
from ctresearch.clean.mapping import CASE_FIELDS, LEFT_OUT, CaseMapping, list_codes
from ctresearch.clean.persons import AGE_BANDS, band_ages
from ctresearch.clean.result import CHANGE_COLUMNS, Cleaned, join_changes, no_changes
from ctresearch.clean.spreading import Distinct, find_distinct, find_several, spread
from ctresearch.clean.text import fold_text
from ctresearch.schema import CASES, Problem

IDENTIFIERS = (
    *("agency", "case_id", "given_name", "family_name", "full_name", "birth_date", "sex", "citizenship"),
    *("document_number", "phone", "email", "case_number"),
)
"""Columns of `identifiers`: what names a person, for linking records and for nothing else; never written."""

_RAW = ("given_name", "family_name", "full_name", "document_number", "phone", "email", "case_number")
_TICKED, _NOT_TICKED = frozenset({"1", "1 0", "x"}), frozenset({"0", "0 0"})


@dataclass(frozen=True)
class _Read:
    """A column as read: values by position, change log, problems."""

    values: pd.Series
    changes: pd.DataFrame
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class RecordReader:
    """How the columns of a case sheet are read.

    Attributes
    ----------
    mapping : CaseMapping
        Agency, source, order of day and month, and the office's own words.
    labels, codes : pandas.DataFrame
        The framework tables `labels` and `codes`.
    file : str
        Name of the file, for messages.
    remedy : str
        What to do about a word that is not known; `{field}` stands for the field.
    """

    mapping: CaseMapping
    labels: pd.DataFrame
    codes: pd.DataFrame
    file: str
    remedy: str

    @cached_property
    def _lists(self) -> dict[str, tuple[str, ...]]:
        return list_codes(self.codes)

    def tidy(self, rows: pd.DataFrame, targets: Sequence[str], headers: Sequence[str]) -> Cleaned:
        """Turn rows into tables.

        Parameters
        ----------
        rows : pandas.DataFrame
            Cells (text or categories), one column a header; index: row number in the file.
        targets : sequence of str
            Field of each column, `field/code` for a column of ticks, `left_out` or empty for what is not read.
        headers : sequence of str
            Header of each column, for messages.

        Returns
        -------
        Cleaned
            `cases` (coded columns as categories, missing where unknown) and `identifiers`. Rows without any value,
            and rows of persons who refused consent, are left out; the latter are in the change log. Changes of coded
            columns are logged once a distinct value, without a row.
        """
        read_columns = [(position, target) for position, target in enumerate(targets) if target and target != LEFT_OUT]
        columns = {target: rows.iloc[:, position] for position, target in read_columns}
        names = {target: headers[position] for position, target in read_columns}
        reads = {field: self._read(field, columns, names, rows.index) for field in _fields_of(columns)}
        birth = self._read_birth(columns, names, rows.index)
        reads["age_band"] = self._band(reads, birth, columns, names, rows.index)
        reads |= {"birth_date": birth} if birth else {}
        keep, left_out = _keep_rows(rows.index, columns, reads)
        kept = np.flatnonzero(keep)
        cases = self._make_cases(reads, rows.index[kept], kept)
        identifiers = self._make_identifiers(cases, reads, columns, kept)
        problems = [problem for read in reads.values() if read for problem in read.problems]
        problems += self._check_ids(cases, rows.index[kept]) if "case_id" in columns else []
        changes = join_changes([*(read.changes for read in reads.values() if read), left_out])
        return Cleaned({"cases": cases, "identifiers": identifiers}, changes, tuple(problems))

    def _read(self, field: str, columns: Mapping[str, pd.Series], names: Mapping[str, str], index: pd.Index) -> _Read:
        if field == "case_id":
            return _Read(pd.Series(_as_text(columns[field].array), copy=False), no_changes())
        if field == "recorded":
            return self._read_dates(columns[field], names[field], index)
        if field == "age_when_trafficked":
            return self._read_ages(columns[field], names[field], index)
        ticks = {target: values for target, values in columns.items() if target.startswith(f"{field}/")}
        whole = self._read_codes(field, columns[field], names[field], index) if field in columns else None
        return self._add_ticks(field, whole, ticks, names, index) if ticks else whole

    def _read_codes(self, field: str, cells: pd.Series, header: str, index: pd.Index) -> _Read:
        distinct = find_distinct(cells)
        given = distinct.values.dropna()
        if CASE_FIELDS[field].kind == "codes":
            found = find_several(given, lambda words: self._find(field, words))
            found = found.map(lambda codes: self._order(field, codes), na_action="ignore")
        else:
            found = self._find(field, given)
        answers = found.reindex(distinct.values.index)
        is_unmapped = (distinct.values.notna() & answers.isna()).to_numpy()
        listed = self._lists.get(CASE_FIELDS[field].codes)
        categories = listed if CASE_FIELDS[field].kind == "code" else None
        values = spread(distinct.places, answers.replace("", None), categories=categories)
        changes = _log_distinct(distinct, answers, header, f"{CASE_FIELDS[field].codes or 'ISO 3166-1'}")
        return _Read(values, changes, self._report(distinct, is_unmapped, field, header, index))

    def _find(self, field: str, words: pd.Series) -> pd.Series:
        """Find the code of each word: the office's own first, then the codes and labels of the standard."""
        own = self.mapping.values.get(field, {})
        keys = fold_text(words)
        answers = keys.map(own).astype("str")
        name = CASE_FIELDS[field].codes
        if not name:
            return answers.fillna(map_countries(words, self.labels, iso2=self.mapping.iso2).astype("str"))
        if name == "yesno":
            found = map_codes(words, self.labels, list="yesno").replace("unknown", "")
            found = found.mask(keys.isin(_TICKED), "yes").mask(keys.isin(_NOT_TICKED), "no")
            return answers.fillna(found.astype("str"))
        known = self.codes.loc[self.codes["list"].eq(name), ["list", "code", "label"]]
        return answers.fillna(keys.map(list_keys(known, list=name)).astype("str"))

    def _order(self, field: str, codes: str) -> str:
        order = self._lists.get(CASE_FIELDS[field].codes)
        parts = [part for part in codes.split(";") if part]
        return ";".join(sorted(parts, key=order.index) if order else parts)

    def _add_ticks(
        self,
        field: str,
        whole: _Read | None,
        ticks: Mapping[str, pd.Series],
        names: Mapping[str, str],
        index: pd.Index,
    ) -> _Read:
        """Join columns of ticks, and the column with all codes where an export has both, into one."""
        order = self._lists[CASE_FIELDS[field].codes]
        bits = {code: 1 << place for place, code in enumerate(order)}
        mask = np.zeros(len(index), dtype=np.int64)
        problems = list(whole.problems) if whole else []
        if whole is not None:
            texts = whole.values.cat.categories
            sums = np.array([*(sum(bits[code] for code in text.split(";")) for text in texts), 0], dtype=np.int64)
            mask |= sums[whole.values.cat.codes]
        for target, cells in ticks.items():
            distinct = find_distinct(cells)
            answers = self._find("consent", distinct.values)
            is_unmapped = (distinct.values.notna() & answers.isna()).to_numpy()
            problems += self._report(distinct, is_unmapped, field, names[target], index)
            mask[np.append(answers.eq("yes").to_numpy(), False)[distinct.places]] |= bits[target.partition("/")[2]]
        sums, places = np.unique(mask, return_inverse=True)
        answers = [";".join(code for code in order if bits[code] & total) or None for total in sums.tolist()]
        return _Read(spread(places, answers), whole.changes if whole else no_changes(), tuple(problems))

    def _read_dates(self, cells: pd.Series, header: str, index: pd.Index) -> _Read:
        distinct = find_distinct(cells)
        parsed = parse_dates(distinct.values, day_first=self.mapping.day_first, labels=self.labels)
        is_unmapped = (distinct.values.notna() & parsed["date"].isna()).to_numpy()
        remedy = "Write day, month and year, or what is known of them; check 'day_first' in the mapping."
        rows = distinct.rows_with(is_unmapped, index) if is_unmapped.any() else ()
        problems = (Problem(self.file, "a date that exists", remedy, rows=rows, column=header),) if rows else ()
        return _Read(spread(distinct.places, parsed["date"]), self._log_dates(distinct, parsed, header), problems)

    def _log_dates(self, distinct: Distinct, parsed: pd.DataFrame, header: str) -> pd.DataFrame:
        counts = pd.Series(distinct.counts)
        changed = counts[distinct.values.ne(parsed["date"]).fillna(True) & parsed["date"].notna()].sum()
        swapped = counts[parsed["is_ambiguous"].fillna(False).astype(bool)].sum()
        order = "day" if self.mapping.day_first else "month"
        logs = {
            "date to ISO 8601": changed,
            f"day and month could be swapped, the {order} was read first": swapped,
        }
        said = [_log(header, [""], [""], rule, [count]) for rule, count in logs.items() if count]
        return pd.concat([no_changes(), *said])

    def _read_ages(self, cells: pd.Series, header: str, index: pd.Index) -> _Read:
        distinct = find_distinct(cells)
        bands = band_ages(distinct.values)
        is_unmapped = (distinct.values.notna() & bands.isna()).to_numpy()
        rows = distinct.rows_with(is_unmapped, index) if is_unmapped.any() else ()
        remedy = "Correct it, or map the column to 'age_band' if it holds bands."
        problem = Problem(self.file, "completed years from 0 to 120", remedy, rows=rows, column=header)
        banded = int(distinct.counts[bands.notna().to_numpy()].sum())
        changes = pd.concat([no_changes(), _log(header, [""], [""], "age to age band", [banded])])
        return _Read(spread(distinct.places, bands, categories=list(AGE_BANDS)), changes, (problem,) if rows else ())

    def _read_birth(self, columns: Mapping[str, pd.Series], names: Mapping[str, str], index: pd.Index) -> _Read | None:
        reads = [self._read_dates(columns[name], names[name], index) for name in _BIRTH if name in columns]
        if len(reads) < 2:
            return reads[0] if reads else None
        values = reads[0].values.astype("str").fillna(reads[1].values.astype("str")).astype("category")
        return _Read(values, pd.concat([read.changes for read in reads]), reads[0].problems + reads[1].problems)

    def _band(
        self,
        reads: Mapping[str, _Read],
        birth: _Read | None,
        columns: Mapping[str, pd.Series],
        names: Mapping[str, str],
        index: pd.Index,
    ) -> _Read | None:
        """Band the age when recorded: as written, else from the age, else from birth where one band is possible."""
        given = [reads["age_band"]] if "age_band" in reads else []
        given += [self._read_ages(columns["age"], names["age"], index)] if "age" in columns else []
        if birth is not None and "recorded" in reads:
            bands, fits = band_between(birth.values, reads["recorded"].values)
            rows = tuple(int(row) for row in index[~fits])
            remedy = "Correct one of the two dates."
            problem = Problem(self.file, "a birth at most 120 years before the day of recording", remedy, rows=rows)
            given.append(_Read(bands, no_changes(), (problem,) if rows else ()))
        if not given:
            return None
        values, problems = given[0].values, [problem for read in given for problem in read.problems]
        for other in given[1:]:
            problems += self._report_contrary(values, other.values, index)
            values = values.where(values.notna(), other.values)
        return _Read(values, pd.concat([read.changes for read in given]), tuple(problems))

    def _report_contrary(self, values: pd.Series, others: pd.Series, index: pd.Index) -> list[Problem]:
        """Name rows in which two ways to know the age give two bands; the one that was written down first counts."""
        is_contrary = (values.notna() & others.notna() & values.astype("str").ne(others.astype("str"))).to_numpy()
        rows = tuple(int(row) for row in index[is_contrary])
        remedy = "Correct the age or the date; until then the band counts before the age, and the age before the birth."
        return [Problem(self.file, "an age that fits the birth date", remedy, rows=rows)] if rows else []

    def _make_cases(self, reads: Mapping[str, _Read | None], index: pd.Index, kept: np.ndarray) -> pd.DataFrame:
        own = {"agency": self.mapping.agency, "source_id": self.mapping.source_id}
        made = {name: _fill(len(index), value) for name, value in own.items()}
        is_named = "case_id" in reads
        made["case_id"] = reads["case_id"].values.array.take(kept) if is_named else _number(own["agency"], index)
        for name, read in reads.items():
            if read and name in _IN_CASES:
                made[_COLUMN.get(name, name)] = read.values.array.take(kept)
        for column in CASES.columns:
            if column.name not in made:
                categories = self._lists.get(column.codes, ()) if column.kind == "code" else ()
                made[column.name] = _fill(len(index), None, categories)
        return pd.DataFrame({column.name: made[column.name] for column in CASES.columns}, copy=False)

    def _make_identifiers(
        self,
        cases: pd.DataFrame,
        reads: Mapping[str, _Read | None],
        columns: Mapping[str, pd.Series],
        kept: np.ndarray,
    ) -> pd.DataFrame:
        made = {name: cases[name].array.copy() for name in ("agency", "case_id", "citizenship")}
        genders = cases["gender"]
        sexes = map_codes(pd.Series(genders.cat.categories), self.labels, list="sex")
        made["sex"] = spread(genders.cat.codes.to_numpy(), sexes).array
        for name in _RAW:
            if name in columns:
                made[name] = _as_text(columns[name].array.take(kept))
        if reads.get("birth_date"):
            made["birth_date"] = reads["birth_date"].values.array.take(kept)
        empty = pd.array([None], dtype="str").take(np.zeros(len(cases), dtype=np.intp))
        filled = {name: made[name] if name in made else empty.copy() for name in IDENTIFIERS}
        return pd.DataFrame(filled, copy=False)

    def _check_ids(self, cases: pd.DataFrame, index: pd.Index) -> list[Problem]:
        is_id = cases["case_id"].str.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*").fillna(False).astype(bool)
        is_repeated = cases["case_id"].duplicated(keep=False) & is_id
        checks = {"a short name of letters, digits, '.', '_' and '-'": ~is_id, "one row a case": is_repeated}
        remedy = "Correct the cell, or map the column to 'case_number'; a pseudonym is then made."
        return [
            Problem(self.file, expected, remedy, rows=tuple(int(row) for row in index[wrong]), column="case_id")
            for expected, wrong in checks.items()
            if wrong.any()
        ]

    def _report(
        self, distinct: Distinct, is_unmapped: np.ndarray, field: str, header: str, index: pd.Index
    ) -> tuple[Problem, ...]:
        if not is_unmapped.any():
            return ()
        expected = f"a word that stands for a code of '{field}'"
        remedy = self.remedy.format(field=field)
        return (Problem(self.file, expected, remedy, rows=distinct.rows_with(is_unmapped, index), column=header),)


_BIRTH = ("birth_date", "birth_year")
_COLUMN = {"age_when_trafficked": "age_band_when_trafficked"}
_IN_CASES = frozenset({*CASE_FIELDS, *_COLUMN}) - {"case_id"}


def _fields_of(columns: Mapping[str, pd.Series]) -> list[str]:
    named = dict.fromkeys(target.partition("/")[0] for target in columns)
    return [name for name in named if name in CASE_FIELDS or name in _COLUMN]


def _as_text(cells: ExtensionArray) -> ExtensionArray:
    """Return text for text or categories of text."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        # Many times faster than `astype`, which looks at each cell.
        words = cells.categories.astype("str").array
        return words.take(cells.codes, allow_fill=True)
    return cells.astype("str", copy=False)


def _fill(count: int, answer: str | None, categories: Sequence[str] | None = None) -> pd.Categorical:
    """Return as many rows of one answer."""
    one = spread(np.zeros(1, dtype=np.int8), [answer], categories=categories).array
    return pd.Categorical.from_codes(np.full(count, one.codes[0]), dtype=one.dtype, validate=False)


def _number(agency: str, rows: pd.Index) -> ExtensionArray:
    """Name each row by the agency and its number; put together of thousands and the rest, of which there are few."""
    thousands, rest = np.divmod(rows.to_numpy(), 1000)
    places, known = pd.factorize(thousands)
    starts = np.array([f"{agency}-{number or ''}" for number in known.tolist()], dtype=object)
    ends = np.array([*(f"{number:03d}" for number in range(1000)), *map(str, range(1000))], dtype=object)
    return pd.array(starts.take(places) + ends.take(np.where(thousands == 0, rest + 1000, rest)), dtype="str")


def _keep_rows(
    index: pd.Index, columns: Mapping[str, pd.Series], reads: Mapping[str, _Read | None]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Find rows with a value and without a refusal; the refusals are logged."""
    keep = np.zeros(len(index), dtype=bool)
    for name, cells in columns.items():
        if name != "case_number":
            keep |= cells.notna().to_numpy()
        if keep.all():
            break
    if not reads.get("consent"):
        return keep, no_changes()
    refused = reads["consent"].values.eq("no").fillna(False).to_numpy(dtype=bool) & keep
    log = pd.DataFrame({"row": index[refused].astype("Int64"), "column": "consent", "before": "no", "after": "",
                        "rule": "left out: no consent", "cells_n": 1}, columns=list(CHANGE_COLUMNS))  # fmt: skip
    return keep & ~refused, log


def _log_distinct(distinct: Distinct, answers: pd.Series, header: str, rule: str) -> pd.DataFrame:
    changed = answers.notna() & answers.ne(distinct.values)
    counts = distinct.counts[changed.to_numpy()]
    return _log(header, distinct.values[changed].tolist(), answers[changed].tolist(), f"to {rule}", counts.tolist())


def _log(column: str, before: list, after: list, rule: str, counts: list[int]) -> pd.DataFrame:
    log = pd.DataFrame({"column": column, "before": before, "after": after, "rule": rule}, dtype="str")
    log.insert(0, "row", pd.Series([pd.NA] * len(log), dtype="Int64"))
    return log.assign(cells_n=pd.array(counts, dtype="Int64"))
