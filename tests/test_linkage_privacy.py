"""Linkage: what may never leave it, what holds whatever the records are, and what it refuses."""

import base64
import hashlib
import pickle
import sys

import pandas as pd
import people
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from linking import KEY, OTHER_KEY, PERSON, WEIGHTS, assert_same, encode, link, make_records, pairs_of, tables_of

from ctresearch.clean.linkage import count_captures
from ctresearch.clean.linkage.result import Linkage
from ctresearch.clean.linkage.score import check_weights, open_linker
from ctresearch.clean.text import fold_text
from ctresearch.schema.problems import StudyError


def list_secrets(records: pd.DataFrame) -> set[str]:
    columns = ["given_name", "family_name", "document_number"]
    raw = pd.concat([records[name].astype("str") for name in columns]).dropna()
    dates = records["birth_date"].dropna().astype("str")
    dates = dates[dates.str.len() > 4]
    values = {*raw, *fold_text(raw).dropna(), *dates, *dates.str.replace("-", "")}
    return {value for value in values if len(value) > 4}


def list_forms(value: str) -> list[bytes]:
    plain = value.encode()
    hashed = [hashlib.new(name, plain).digest() for name in ("md5", "sha1", "sha256", "sha512")]
    shown = [
        form for digest in hashed for form in (digest[:16], digest.hex()[:24].encode(), base64.b64encode(digest)[:24])
    ]
    return [plain, value.encode("utf-16-le"), base64.b64encode(plain).rstrip(b"=")[:-1], plain.hex().encode(), *shown]


def write_everything(linkage: Linkage) -> bytes:
    tables = tables_of(linkage).values()
    written = "".join(table.to_csv() + repr(table) + repr(table.attrs) for table in tables)
    return (written + repr(linkage)).casefold().encode() + written.encode() + pickle.dumps(linkage)


@pytest.mark.parametrize("weights", [WEIGHTS, None], ids=["weighed", "exact"])
def test_no_identifier_or_hash_of_it_leaves(weights):
    records, _ = people.make_people(7, persons=80)
    linkage = link(records, weights=weights)
    everything = write_everything(linkage)
    assert len(linkage.links) > 5
    secrets = list_secrets(records)
    assert len(secrets) > 200
    assert [place for place, value in enumerate(secrets) for form in list_forms(value) if form in everything] == []
    encoded = encode(records)
    hashes = encoded.drop(columns=["case_id", "agency", "sex", "age_band"])
    assert not any(value.encode() in everything for value in hashes.melt()["value"].dropna().unique())
    assert KEY not in everything
    assert KEY.hex().encode() not in everything


def test_the_search_for_identifiers_would_find_one():
    records = make_records({}, {})
    linkage = link(records)
    for value in (PERSON["given_name"], hashlib.sha256(PERSON["family_name"].encode()).hexdigest()):
        leaking = Linkage(**{**tables_of(linkage), "review": linkage.review.reindex([0]).assign(reason=value)})
        everything = write_everything(leaking)
        assert any(form in everything for secret in list_secrets(records) for form in list_forms(secret))


def test_encoded_table_shows_no_identifier_and_no_unkeyed_hash():
    records, _ = people.make_people(8, persons=40)
    encoded = encode(records)
    everything = encoded.to_csv().encode() + pickle.dumps(encoded)
    assert not any(form in everything for value in list_secrets(records) for form in list_forms(value))


def test_another_key_gives_other_hashes_and_the_same_links():
    records, _ = people.make_people(9, persons=60)
    first, second = (encode(records, key=key) for key in (KEY, OTHER_KEY))
    plain = ["case_id", "agency", "sex", "age_band"]
    hashed = first.columns.drop(plain)
    pd.testing.assert_frame_equal(first[plain], second[plain])
    for column in hashed:
        assert not set(first[column].dropna()) & set(second[column].dropna()), column
    assert_same(link(records, weights=None), link(records, weights=None, key=OTHER_KEY))


def test_database_reaches_no_file(tmp_path):
    linker = open_linker(encode(make_records({}, {})), weights=WEIGHTS, prior=0.1)
    with pytest.raises(Exception, match="disabled by configuration"):
        linker._db_api.duckdb_con.execute(f"COPY records TO '{tmp_path / 'records.csv'}'")
    assert list(tmp_path.iterdir()) == []


def test_fields_do_not_share_hashes():
    same = dict.fromkeys(["given_name", "citizenship", "document_number"], "aaa")
    encoded = encode(make_records(same))
    assert encoded[["given_name", "citizenship", "document_number", "given_key"]].iloc[0].nunique() == 4


@pytest.mark.parametrize("weights", [WEIGHTS, None], ids=["weighed", "exact"])
def test_order_of_rows_is_irrelevant_and_the_input_stays(weights):
    records, _ = people.make_people(3, persons=150)
    before = records.copy(deep=True)
    first = link(records, weights=weights)
    assert_same(first, link(records.iloc[::-1], weights=weights))
    assert_same(first, link(records.sample(frac=1, random_state=8), weights=weights))
    pd.testing.assert_frame_equal(records, before)


@pytest.mark.no_cover
@hypothesis_settings(max_examples=10)
@given(st.integers(0, 1000), st.integers(0, 1000))
def test_order_of_rows_is_irrelevant_to_exact_rules(seed, order):
    records, _ = people.make_people(seed, persons=25)
    assert_same(link(records, weights=None), link(records.sample(frac=1, random_state=order), weights=None))


def test_linkage_is_symmetric():
    # Case ids turned round: who is a and who is b changes, who is linked does not.
    records, _ = people.make_people(11, persons=80)
    turned = {case: f"z{999999 - place:06d}" for place, case in enumerate(sorted(records["case_id"]))}
    first = link(records)
    second = link(records.assign(case_id=records["case_id"].map(turned)))
    mirrored = {tuple(sorted((turned[one], turned[other]))) for one, other in pairs_of(first.links)}
    assert mirrored == pairs_of(second.links)
    pd.testing.assert_frame_equal(first.captures, second.captures)


def test_records_of_known_persons_stay_as_they_are():
    # Idempotent: once every person has a single record left, nothing more is linked by rule.
    records, _ = people.make_people(12, persons=100)
    linkage = link(records, weights=None)
    singles = linkage.clusters.drop_duplicates("person")["case_id"]
    again = link(records[records["case_id"].isin(singles)], weights=None)
    assert again.links.empty
    assert again.captures["persons_n"].sum() == linkage.clusters["person"].nunique()


@hypothesis_settings(max_examples=10)
@given(st.integers(0, 1000))
def test_captures_count_every_person_once(seed):
    linkage = link(people.make_people(seed, persons=30)[0], weights=None)
    captures = linkage.captures
    agencies = [name for name in captures.columns if name not in ("sex", "age_band", "persons_n")]
    assert captures["persons_n"].sum() == linkage.clusters["person"].nunique()
    assert captures[agencies].isin([0, 1]).all(axis=None)
    assert captures[agencies].sum(axis=1).min() >= 1
    assert not captures.duplicated([*agencies, "sex", "age_band"]).any()
    on_list = captures[agencies].mul(captures["persons_n"], axis=0).sum()
    for agency in agencies:
        of_agency = linkage.clusters[linkage.clusters["agency"] == agency]
        assert on_list[agency] == of_agency["person"].nunique()


def test_covariates_on_which_the_records_are_evenly_split_are_missing():
    clusters = pd.DataFrame(
        {
            "case_id": list("abcde"),
            "agency": ["ngo", "police", "ngo", "police", "social"],
            "sex": ["female", "male", "female", "female", "male"],
            "age_band": "48+",
            "person": ["P1", "P1", "P2", "P2", "P2"],
        }
    )
    captures = count_captures(clusters)
    assert captures["sex"].isna().tolist() == [False, True]
    assert captures.loc[0, ["ngo", "police", "social", "sex", "persons_n"]].tolist() == [1, 1, 1, "female", 1]


def test_every_problem_at_once_in_row_numbers_only():
    records = make_records({}, {}, {}, {"birth_date": "3.2.2001"}, {"birth_date": "2001-13-01"})
    records["case_id"] = ["r1", "r1", None, "r4", "r5"]
    records["agency"] = ["ngo", "sex", "", "ngo", "ngo"]
    with pytest.raises(StudyError) as error:
        link(records)
    message = str(error.value)
    assert message.startswith("4 problems")
    for part in (
        "identifiers, row 4, column 'case_id': expected a case id in every row",
        "identifiers, rows 2, 3, column 'case_id': expected every case id once",
        "identifiers, rows 3, 4, column 'agency': expected a code of the agency, other than sex, age_band, persons_n",
        "identifiers, rows 5, 6, column 'birth_date': expected a date as YYYY, YYYY-MM or YYYY-MM-DD",
    ):
        assert part in message
    for value in ("r1", "3.2.2001", "2001-13", PERSON["given_name"]):
        assert value not in message


def test_missing_columns_are_named_together():
    with pytest.raises(StudyError, match="2 problems") as error:
        link(make_records({}).drop(columns=["sex", "document_number"]))
    assert "column 'sex'" in str(error.value)
    assert "column 'document_number'" in str(error.value)


@pytest.mark.parametrize("key", [b"", b"short", bytes(31), "x" * 32, None])
def test_key_must_be_long_enough(key):
    with pytest.raises(ValueError, match="at least 32 bytes") as error:
        link(make_records({}), key=key)
    assert "xxxx" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"review": 9.0}, "review is 9.0 and match is 1.5"),
        ({"margin": -1.0}, "margin is -1.0; give 0 or more bits"),
        ({"certain_recall": 0.0}, "certain_recall is 0.0"),
        ({"age_on": "30.6.2020"}, "age_on is '30.6.2020'; give the day"),
    ],
)
def test_settings_that_make_no_sense(change, message):
    with pytest.raises(ValueError, match=message):
        link(make_records({}), **change)


def test_weights_must_be_whole():
    check_weights(WEIGHTS)
    with pytest.raises(ValueError, match="weights of sex: expected the levels same, other, found same"):
        check_weights(WEIGHTS.drop(WEIGHTS[(WEIGHTS["field"] == "sex") & (WEIGHTS["level"] == "other")].index))
    with pytest.raises(ValueError, match="weights of given_name: m and u must lie between 0 and 1"):
        check_weights(WEIGHTS.assign(m=WEIGHTS["m"] * 2))


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    assert pairs_of(link(make_records({}, {}), weights=None).links) == {("r1", "r2")}
    with pytest.raises(ImportError, match="the extra 'linkage' of this project"):
        open_linker(pd.DataFrame(), weights=WEIGHTS, prior=0.1)


@pytest.mark.parametrize("weights", [WEIGHTS, None], ids=["weighed", "exact"])
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_link(weights, count):
    linkage = link(make_records({}, {}).iloc[:count], weights=weights)
    assert len(linkage.clusters) == count
    assert linkage.links.empty
    assert linkage.review.empty
    assert linkage.captures["persons_n"].sum() == count
