"""Turn identifiers into keyed hashes that can be compared and not read.

Exact values become HMAC-SHA256 under a key of the caller. So that misspelt names can still be compared, names and
document numbers become Bloom filters of their bigrams as well (Schnell, Bachteler and Reiher 2009, BMC Medical
Informatics and Decision Making 9:41). The positions of a bigram are cut from its keyed hash, not from two hashes added
up, which can be undone (Niedermeyer, Steinmetzer, Kroll and Schnell 2014, Journal of Privacy and Confidentiality 6:2).
Bloom filters of names remain open to attack by frequency (Christen, Ranbaduge and Schnell 2020, Linking Sensitive
Data, ch. 9): encoded tables are for the machine that links, not for publication.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable

import pandas as pd

from ctresearch.clean.distinct import map_distinct
from ctresearch.clean.persons import band_ages, band_birth_years
from ctresearch.clean.text import fold_text
from ctresearch.schema.problems import Problem, StudyError

IDENTIFIER_COLUMNS = (
    "case_id",
    "agency",
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "citizenship",
    "document_number",
)
RESERVED_AGENCIES = ("sex", "age_band", "persons_n")
KEY_BYTES = 32
"""Least length of the key: that of the hash, below which HMAC is weakened (RFC 2104, section 3)."""

FILTER_BITS, HASHES = 512, 10
"""Length of a filter and positions set by a bigram: a name of 8 letters fills a sixth of it."""

_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")
_FILE = "identifiers"


def encode_identifiers(
    identifiers: pd.DataFrame, *, key: bytes, labels: pd.DataFrame, age_on: str, start: int = 3
) -> pd.DataFrame:
    """Replace everything that names a person by keyed hashes.

    Parameters
    ----------
    identifiers : pandas.DataFrame
        One row a record: `case_id` (unique), `agency`, `given_name`, `family_name`, `birth_date` (YYYY, YYYY-MM or
        YYYY-MM-DD), `sex`, `citizenship`, `document_number`; the index is the row number in the file.
    key : bytes
        The secret that the agencies share, at least 32 bytes; the same key gives the same hashes. It is not kept.
    labels : pandas.DataFrame
        `list`, `code`, `label`: list `name_spelling` says how letters are read (label "dj" as code "d"), list
        `name_unknown` what stands for no name.
    age_on : str
        Date on which the age is counted.
    start : int
        Letters of the beginning of a name that make its coarsest key.

    Returns
    -------
    pandas.DataFrame
        `case_id`, `agency`, `sex`, `age_band`, and hashes: exact values, keys by which candidates are found, and
        filters (`*_bits`, text of 0 and 1). Sorted by `case_id`.

    Raises
    ------
    StudyError
        With every problem: missing columns, case ids missing or given twice, agencies missing, dates not ISO. Names
        row numbers, never values.
    ValueError
        If the key is empty or too short.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": ["name_spelling"], "code": ["d"], "label": ["dj"]})
    >>> rows = pd.DataFrame({"case_id": ["a", "b"], "agency": ["x", "y"], "given_name": ["Đela", "Djela"],
    ...     "family_name": ["Тора", "Tora"], "birth_date": ["2001", "2001-02-03"], "sex": "female",
    ...     "citizenship": "AAA", "document_number": None})
    >>> encoded = encode_identifiers(rows, key=bytes(range(32)), labels=labels, age_on="2020-06-30")
    >>> encoded["names"].nunique(), encoded["age_band"].tolist(), len(encoded["given_bits"][0])
    (1, ['18--20', '18--20'], 512)
    """
    _check_key(key)
    identifiers = identifiers.mask(identifiers.eq(""))
    _check_identifiers(identifiers)
    records = identifiers.loc[:, list(IDENTIFIER_COLUMNS)].astype("str").sort_values("case_id", ignore_index=True)
    given = _read_names(records["given_name"], labels)
    family = _read_names(records["family_name"], labels)
    document = fold_text(records["document_number"]).str.replace(" ", "")
    parts = _split_dates(records["birth_date"])
    encoded = {
        "case_id": records["case_id"],
        "agency": records["agency"],
        "sex": records["sex"],
        "age_band": _band(parts, age_on),
        **_encode_names(key, given, family, start=start),
        **_encode_dates(key, records["birth_date"], parts),
        "citizenship": _hash(key, "citizenship", fold_text(records["citizenship"])),
        "document_number": _hash(key, "document", document),
        "document_bits": _filter(key, "document", document),
    }
    return pd.DataFrame(encoded)


def _encode_names(key: bytes, given: pd.Series, family: pd.Series, *, start: int) -> dict[str, pd.Series]:
    given_key, family_key = _skeleton(given), _skeleton(family)
    return {
        "given_name": _hash(key, "name", given),
        "family_name": _hash(key, "name", family),
        "names": _hash(key, "names", _join_sorted(given, family)),
        "given_key": _hash(key, "skeleton", given_key),
        "family_key": _hash(key, "skeleton", family_key),
        "names_key": _hash(key, "skeletons", _join_sorted(given_key, family_key)),
        "start_key": _hash(key, "starts", _join_sorted(given.str[:start], family.str[:start])),
        "given_bits": _filter(key, "name", given),
        "family_bits": _filter(key, "name", family),
    }


def _encode_dates(key: bytes, dates: pd.Series, parts: pd.DataFrame) -> dict[str, pd.Series]:
    full = dates.where(parts["day"].notna())
    next_year = map_distinct(parts["year"], lambda year: str(int(year) + 1))
    return {
        "birth_date": _hash(key, "date", full),
        # The first of January is what offices write when they know the year alone: no exact rule may rest on it.
        "sure_birth_date": _hash(key, "date", full.mask(full.str.endswith("-01-01"))),
        "birth_year": _hash(key, "year", parts["year"]),
        "birth_year_next": _hash(key, "year", next_year),
        # Month and day share a domain, so that the two swapped can be seen.
        "birth_month": _hash(key, "part", parts["month"]),
        "birth_day": _hash(key, "part", parts["day"]),
    }


def _hash(key: bytes, domain: str, values: pd.Series) -> pd.Series:
    return map_distinct(values, lambda value: _digest(key, domain, value)[:16].hex())


def _digest(key: bytes, domain: str, value: object) -> bytes:
    return hmac.digest(key, f"{domain}\x1f{value}".encode(), "sha256")


def _filter(key: bytes, domain: str, values: pd.Series) -> pd.Series:
    positions: dict[str, list[int]] = {}

    def place(bigram: str) -> list[int]:
        if bigram not in positions:
            digest = _digest(key, f"{domain} bigram", bigram)
            positions[bigram] = [int.from_bytes(digest[2 * i : 2 * i + 2]) % FILTER_BITS for i in range(HASHES)]
        return positions[bigram]

    return map_distinct(values, lambda value: _set_bits(_cut_bigrams(str(value)), place))


def _cut_bigrams(text: str) -> list[str]:
    padded = f" {text} "
    return [padded[i : i + 2] for i in range(len(padded) - 1)]


def _set_bits(bigrams: list[str], place: Callable[[str], list[int]]) -> str:
    bits = bytearray(b"0" * FILTER_BITS)
    for bigram in bigrams:
        for position in place(bigram):
            bits[position] = 49  # the digit 1
    return bits.decode("ascii")


def _read_names(names: pd.Series, labels: pd.DataFrame) -> pd.Series:
    spellings = labels[labels["list"] == "name_spelling"]
    reading = dict(zip(spellings["label"], spellings["code"], strict=True))
    longest_first = sorted(reading, key=lambda written: (-len(written), written))
    pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    unknown = set(fold_text(labels.loc[labels["list"] == "name_unknown", "label"]))

    def read(folded: str) -> str | None:
        if folded in unknown:
            return None
        return re.sub(r"(.)\1+", r"\1", pattern.sub(lambda found: reading[found.group()], folded))

    return map_distinct(fold_text(names), read)


def _skeleton(names: pd.Series) -> pd.Series:
    # Vowels are what transliteration, definite endings and hearing change most.
    return map_distinct(names, lambda name: name[0] + re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouj ]", "", name[1:])))


def _join_sorted(first: pd.Series, second: pd.Series) -> pd.Series:
    return (first.where(first <= second, second) + "\x1f" + second.where(first <= second, first)).where(
        first.notna() & second.notna()
    )


def _split_dates(dates: pd.Series) -> pd.DataFrame:
    return dates.str.extract(f"^{_DATE.pattern}$").set_axis(["year", "month", "day"], axis=1)


def _band(parts: pd.DataFrame, age_on: str) -> pd.Series:
    year, _, month_day = age_on.partition("-")
    has_birthday_ahead = (parts["month"] + "-" + parts["day"]) > month_day
    age = int(year) - parts["year"].astype("Float64") - has_birthday_ahead.fillna(False).astype(int)
    by_year = band_birth_years(parts["year"], pd.Series(year, index=parts.index))
    return band_ages(age).where(parts["day"].notna(), by_year)


def _check_key(key: bytes) -> None:
    if not isinstance(key, bytes) or len(key) < KEY_BYTES:
        raise ValueError(
            f"the key of the linkage must be at least {KEY_BYTES} bytes; make one with secrets.token_bytes(32), "
            "share it among the agencies alone and keep it apart from the data"
        )


def _check_identifiers(identifiers: pd.DataFrame) -> None:
    missing = [name for name in IDENTIFIER_COLUMNS if name not in identifiers.columns]
    if missing:
        remedy = "Add the column; leave its cells empty where the agency does not record it."
        raise StudyError([Problem(_FILE, "every column of identifiers", remedy, column=name) for name in missing])
    found = [
        *_check_ids(identifiers),
        *_check_agencies(identifiers["agency"]),
        *_check_dates(identifiers["birth_date"]),
    ]
    if found:
        raise StudyError(found)


def _check_ids(identifiers: pd.DataFrame) -> list[Problem]:
    ids = identifiers["case_id"]
    checks = (
        (ids.isna(), "a case id in every row", "Give every record an id without meaning."),
        (ids.notna() & ids.duplicated(keep=False), "every case id once", "Put the agency before its own numbers."),
    )
    return [
        Problem(_FILE, expected, remedy, _rows(wrong), "case_id") for wrong, expected, remedy in checks if wrong.any()
    ]


def _check_agencies(agencies: pd.Series) -> list[Problem]:
    is_wrong = agencies.isna() | agencies.isin(RESERVED_AGENCIES)
    expected = f"a code of the agency, other than {', '.join(RESERVED_AGENCIES)}"
    return [Problem(_FILE, expected, "Name the agency in every row.", _rows(is_wrong), "agency")] * bool(is_wrong.any())


def _check_dates(dates: pd.Series) -> list[Problem]:
    is_wrong = dates.notna() & ~dates.astype("str").str.fullmatch(_DATE).fillna(True)
    remedy = "Read the dates with clean.dates.parse_dates; leave unknown ones empty."
    return [Problem(_FILE, "a date as YYYY, YYYY-MM or YYYY-MM-DD", remedy, _rows(is_wrong), "birth_date")] * bool(
        is_wrong.any()
    )


def _rows(is_wrong: pd.Series) -> tuple[int, ...]:
    return tuple(int(row) for row in is_wrong.index[is_wrong])
