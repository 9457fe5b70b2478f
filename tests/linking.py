"""What the tests of the linkage share: a fictitious person, the shipped tables, and short ways to link."""

import pandas as pd
import people

from ctresearch import places
from ctresearch.clean.linkage import LinkageSettings, encode_identifiers, link_records
from ctresearch.clean.linkage.encode import IDENTIFIER_COLUMNS
from ctresearch.clean.linkage.result import Linkage

FRAMEWORK = places.locate_shipped("data") / "framework"
LABELS = pd.read_csv(FRAMEWORK / "labels.csv", dtype="str", keep_default_na=False)
WEIGHTS = pd.read_csv(FRAMEWORK / "linkage_weights.csv")
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
SETTINGS = LinkageSettings(match=1.5, review=-4.0, margin=3.0, certain_recall=0.6, age_on="2020-06-30")
PERSON = {
    "given_name": "Đerila",
    "family_name": "Šukromek",
    "birth_date": "2001-02-03",
    "sex": "female",
    "citizenship": "AAA",
    "document_number": "K 1234567",
}
STRANGER = {
    "given_name": "Bovutra",
    "family_name": "Glandimor",
    "birth_date": "1970-11-30",
    "sex": "female",
    "citizenship": "BBB",
    "document_number": "Z9999999",
}


def make_records(*changes: dict, agency: tuple[str, ...] = ("ngo", "police", "social")) -> pd.DataFrame:
    """Return one record a change of PERSON, with the case ids r1, r2..., in rows 2, 3... of the file."""
    rows = [
        {"case_id": f"r{number + 1}", "agency": agency[number % len(agency)], **PERSON, **change}
        for number, change in enumerate(changes)
    ]
    return pd.DataFrame(rows, index=range(2, len(rows) + 2), columns=list(IDENTIFIER_COLUMNS))


def link(records: pd.DataFrame, *, weights: pd.DataFrame | None = WEIGHTS, key: bytes = KEY, **changes) -> Linkage:
    chosen = {name: changes.get(name, getattr(SETTINGS, name)) for name in SETTINGS.__dataclass_fields__}
    return link_records(records, key=key, labels=LABELS, settings=LinkageSettings(**chosen), weights=weights)


def pairs_of(table: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(table["case_id_a"], table["case_id_b"], strict=True))


def clusters_as_pairs(linkage: Linkage) -> set[tuple[str, str]]:
    return people.true_pairs(linkage.clusters.set_index("case_id")["person"])


def tables_of(linkage: Linkage) -> dict[str, pd.DataFrame]:
    return {name: getattr(linkage, name) for name in linkage.__dataclass_fields__}


def assert_same(first: Linkage, second: Linkage) -> None:
    for name, table in tables_of(first).items():
        pd.testing.assert_frame_equal(table, getattr(second, name))


def encode(records: pd.DataFrame, *, key: bytes = KEY) -> pd.DataFrame:
    return encode_identifiers(records, key=key, labels=LABELS, age_on=SETTINGS.age_on)
