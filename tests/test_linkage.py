"""Linkage: worked cases by hand, what may never leave it, and how well it finds fictitious people again."""

import base64
import hashlib
import math
import pickle

import numpy as np
import pandas as pd
import people
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ctresearch import places
from ctresearch.clean.linkage import (
    LinkageSettings,
    apply_decisions,
    count_captures,
    encode_identifiers,
    link_records,
)
from ctresearch.clean.linkage import link as link_module
from ctresearch.clean.linkage.encode import IDENTIFIER_COLUMNS
from ctresearch.clean.linkage.resolve import CHAIN_REASON, find_groups, split_chains
from ctresearch.clean.linkage.result import FIELDS, Linkage
from ctresearch.clean.linkage.score import check_weights, open_linker
from ctresearch.schema.problems import StudyError

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


# Names, dates and documents: written in two ways, and whether they are the same once encoded.


@pytest.mark.parametrize(
    ("column", "first", "second", "is_same"),
    [
        ("given_name", "Đerila", "Ђерила", True),
        ("given_name", "Đerila", "DJERILA", True),
        ("given_name", "Đerila", "  derila ", True),
        ("family_name", "Šukromek", "Shukromek", True),
        ("family_name", "Šukromek", "Шукромек", True),
        ("family_name", "Šukromek", "Sukromec", False),
        ("document_number", "K 1234567", "k-1234567", True),
        ("document_number", "K 1234567", "K 1234568", False),
        ("citizenship", "AAA", "aaa", True),
        ("birth_date", "2001-02-03", "2001-02-04", False),
    ],
)
def test_spellings_of_one_value_have_one_hash(column, first, second, is_same):
    encoded = encode_identifiers(
        make_records({column: first}, {column: second}), key=KEY, labels=LABELS, age_on="2020-06-30"
    )
    assert (encoded[column].nunique() == 1) is is_same


@pytest.mark.parametrize("name", ["N.N.", "unknown", "Непозната", "I panjohur", "", None])
def test_what_stands_for_no_name_is_no_name(name):
    encoded = encode_identifiers(make_records({"given_name": name}), key=KEY, labels=LABELS, age_on="2020-06-30")
    assert encoded[["given_name", "names", "given_key", "given_bits"]].isna().all(axis=None)
    assert encoded["family_name"].notna().all()


@pytest.mark.parametrize(
    ("birth_date", "band"),
    [
        ("2002-06-30", "18--20"),  # 18 on that very day
        ("2002-07-01", "9--17"),  # 17 until the next
        ("2002", None),  # 17 or 18
        ("2000-05", "18--20"),  # 19 or 20
        (None, None),
    ],
)
def test_age_band_on_the_day_of_the_study(birth_date, band):
    encoded = encode_identifiers(make_records({"birth_date": birth_date}), key=KEY, labels=LABELS, age_on="2020-06-30")
    assert encoded["age_band"].astype(object).where(encoded["age_band"].notna(), None).tolist() == [band]


def test_misspelt_names_stay_comparable():
    encoded = encode_identifiers(
        make_records({}, {"given_name": "Deriola"}, STRANGER), key=KEY, labels=LABELS, age_on="2020-06-30"
    )
    own, misspelt, other = (np.array([bit == "1" for bit in bits]) for bits in encoded["given_bits"])

    def likeness(first, second):
        return 2 * (first & second).sum() / (first.sum() + second.sum())

    # derila has 7 bigrams with its two ends, deriola 8; they share 6: Dice 2 * 6 / 15 = 0.8, and a little by chance.
    assert 0.8 <= likeness(own, misspelt) < 0.88
    assert likeness(own, other) < 0.4


# Who is linked: changes of the second record against the first.


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, "document and names"),
        ({"given_name": "Шукромек", "family_name": "Ђерила"}, "document and names"),
        ({"given_name": "Deril", "birth_date": "2001-02-03"}, "document and birth date"),
        ({"document_number": None}, "names and birth date"),
        ({"document_number": None, "given_name": "Derilla", "family_name": "Sukromeku"}, "weight"),
        ({"document_number": None, "given_name": "Sukromk", "family_name": "Derila"}, "weight"),
        ({"document_number": None, "birth_date": "2001-03-02"}, "weight"),
        ({"document_number": "K1234576", "birth_date": None}, "weight"),
    ],
)
def test_one_person_is_linked(change, rule):
    linkage = link(make_records({}, change, *[STRANGER] * 1))
    assert pairs_of(linkage.links) == {("r1", "r2")}
    assert linkage.links["rule"].tolist() == [rule]
    assert linkage.clusters["person"].tolist() == ["P1", "P1", "P2"]


@pytest.mark.parametrize(
    "change",
    [
        {"given_name": "Votruna", "document_number": None},  # a twin
        {"given_name": "Votruna", "birth_date": "2003-07-09", "document_number": None},  # a sister
        {"sex": "male", "given_name": "Votrun", "document_number": "T7654321"},  # a twin brother
        {"given_name": "Bovutra", "birth_date": "1978-05-06"},  # the mother, on whose passport she travels
        STRANGER,
    ],
)
def test_two_persons_are_not_linked_by_rule(change):
    linkage = link(make_records({}, change), weights=None)
    assert linkage.links.empty
    assert linkage.clusters["person"].nunique() == 2


def test_twin_is_not_linked_in_a_list_of_usual_length():
    records, truth = people.make_people(5, persons=300)
    pair = make_records({}, {"given_name": "Votruna", "document_number": None})
    linkage = link(pd.concat([records, pair.assign(case_id=["x1", "x2"])], ignore_index=True))
    persons = linkage.clusters.set_index("case_id")["person"]
    assert persons["x1"] != persons["x2"]
    assert len(truth) + 2 == len(persons)


def test_document_alone_goes_to_review_without_splink():
    linkage = link(make_records({}, {"given_name": "Bovutra", "birth_date": "1978-05-06"}), weights=None)
    assert pairs_of(linkage.review) == {("r1", "r2")}
    row = linkage.review.iloc[0]
    assert row["reason"] == link_module.DOUBT["document"]
    assert row[list(FIELDS)].tolist() == ["differ", "agree", "differ", "agree", "agree", "agree"]


def test_first_of_january_is_no_ground_for_an_exact_rule():
    default = {"birth_date": "2001-01-01", "document_number": None}
    assert link(make_records(default, default), weights=None).links.empty


def test_an_agency_that_lists_a_person_twice_counts_once():
    linkage = link(make_records({}, {}, {}, agency=("ngo", "ngo", "police")))
    assert linkage.clusters["person"].nunique() == 1
    assert linkage.captures.to_dict("list") == {
        "ngo": [1],
        "police": [1],
        "sex": ["female"],
        "age_band": ["18--20"],
        "persons_n": [1],
    }


def test_weight_is_the_sum_worked_by_hand():
    linkage = link(make_records({}, {"document_number": None}))
    # Two records: prior 1 / 0.6 / 1 pair, held at 1/2: 0 bits. Frequencies (2 + 500 u) / 502; no document to compare.
    shares = {"given_name": (0.74, 0.004), "family_name": (0.70, 0.0015), "birth_date": (0.69, 0.0002)}
    by_hand = sum(math.log2(m / ((2 + 500 * u) / 502)) for m, u in shares.values())
    by_hand += math.log2(0.985 / 0.57) + math.log2(0.94 / 0.40)
    assert linkage.links["weight"].tolist() == [pytest.approx(by_hand, abs=1e-6)]
    assert linkage.links.iloc[0][list(FIELDS)].tolist() == ["agree"] * 5 + ["missing"]


def test_a_rare_name_weighs_more_than_a_common_one():
    common = [{"case_id": f"c{n}", "family_name": "Sukromek", "given_name": f"Bo{chr(97 + n)}u"} for n in range(20)]
    rare = {"family_name": "Vrelimand", "document_number": None}
    records = make_records({"document_number": None}, {"document_number": None}, rare, rare, *common)
    records.loc[records.index[4:], "document_number"] = [f"Q{n:07d}" for n in range(20)]
    weights = link(records).links.set_index("case_id_a")["weight"]
    assert weights["r3"] > weights["r1"] + 2


# Chains.


def make_chain() -> pd.DataFrame:
    # r1-r2 share names and date, r2-r3 document and date, r1 and r3 the date alone.
    return make_records({"document_number": None}, {}, {"given_name": "Bovutra", "family_name": "Glandimor"})


def test_weaker_end_of_a_contradicting_chain_goes_to_review():
    linkage = link(make_chain())
    assert pairs_of(linkage.links) == {("r1", "r2")}
    assert pairs_of(linkage.review) == {("r2", "r3")}
    assert linkage.review["reason"].tolist() == [CHAIN_REASON]
    assert pairs_of(linkage.conflicts) == {("r1", "r3")}


def test_both_ends_of_an_even_chain_go_to_review():
    linkage = link(make_chain(), margin=100.0)
    assert linkage.links.empty
    assert pairs_of(linkage.review) == {("r1", "r2"), ("r2", "r3")}
    assert linkage.clusters["person"].tolist() == ["P1", "P2", "P3"]


@st.composite
def chains(draw):
    ids = list("abcdefg")
    every = [(first, second) for place, first in enumerate(ids) for second in ids[place + 1 :]]
    linked = draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    against = draw(st.lists(st.sampled_from([pair for pair in every if pair not in linked] or every[:0]), unique=True)
                   if len(linked) < len(every) else st.just([]))
    weights = draw(st.lists(st.floats(0, 30), min_size=len(linked), max_size=len(linked)))
    links = pd.DataFrame(linked, columns=["case_id_a", "case_id_b"]).assign(weight=weights, rule="weight")
    conflicts = pd.DataFrame(against, columns=["case_id_a", "case_id_b"], dtype="str")
    return ids, links, conflicts, draw(st.permutations(range(len(links))))


@given(chains())
def test_no_group_holds_a_contradiction_whatever_the_order(case):
    ids, links, conflicts, order = case
    believed = split_chains(ids, links, conflicts, margin=2)
    groups = find_groups(ids, links[believed])
    assert not (conflicts["case_id_a"].map(groups) == conflicts["case_id_b"].map(groups)).any()
    again = split_chains(ids, links.iloc[list(order)], conflicts, margin=2)
    assert again.sort_index().equals(believed)
    if conflicts.empty:
        assert believed.all()


# Decisions.


def test_decisions_join_and_part():
    linkage = link(make_chain())
    decisions = pd.DataFrame({"case_id_a": ["r3"], "case_id_b": ["r2"], "decision": ["same"]})
    joined = apply_decisions(linkage, decisions, margin=3)
    # The person's word for r2-r3 stands; r1-r2, which contradicts it, is now the doubtful one.
    assert joined.links[["case_id_a", "case_id_b", "rule"]].to_numpy().tolist() == [["r2", "r3", "decision"]]
    assert pairs_of(joined.review) == {("r1", "r2")}
    both = pd.DataFrame({"case_id_a": ["r2", "r1"], "case_id_b": ["r3", "r2"], "decision": "same"})
    whole = apply_decisions(linkage, both, margin=3)
    assert whole.clusters["person"].nunique() == 1
    assert whole.review.empty
    parted = apply_decisions(whole, both.iloc[[1]].assign(decision="different"), margin=3)
    assert parted.clusters["person"].tolist() == ["P1", "P2", "P2"]
    assert parted.review.empty
    assert parted.captures["persons_n"].sum() == 2


def test_the_same_decisions_twice_change_nothing():
    linkage = link(people.make_people(6, persons=150)[0])
    assert len(linkage.review) > 1
    words = np.where(np.arange(len(linkage.review)) % 2, "same", "different")
    decisions = linkage.review[["case_id_a", "case_id_b"]].assign(decision=words).iloc[:2]
    once = apply_decisions(linkage, decisions, margin=3)
    assert not pairs_of(once.review) & pairs_of(decisions)
    assert_same(once, apply_decisions(once, decisions, margin=3))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("r1", "nobody-9", "same")], "decisions, row 0, column 'case_id_b': expected a case id of the linked"),
        ([("r1", "r2", "perhaps")], "decisions, row 0, column 'decision': expected same or different"),
        ([("r1", "r1", "same")], "decisions, row 0, column 'case_id_b': expected two records"),
        ([("r1", "r2", "same"), ("r2", "r1", "different")], "rows 0, 1, column 'decision': expected decisions that"),
        ([("r1", "r2", "same"), ("r2", "r3", "same"), ("r1", "r3", "different")], "row 2, column 'decision'"),
    ],
)
def test_decisions_that_cannot_be_applied(rows, message):
    decisions = pd.DataFrame(rows, columns=["case_id_a", "case_id_b", "decision"])
    with pytest.raises(StudyError, match="1 problem") as error:
        apply_decisions(link(make_chain(), weights=None), decisions, margin=3)
    assert message in str(error.value)
    assert "nobody" not in str(error.value)


# Privacy.


def list_secrets(records: pd.DataFrame) -> set[str]:
    from ctresearch.clean.text import fold_text

    columns = ["given_name", "family_name", "document_number"]
    raw = pd.concat([records[name].astype("str") for name in columns]).dropna()
    dates = records["birth_date"].dropna().astype("str")
    dates = dates[dates.str.len() > 4]
    values = {*raw, *fold_text(raw).dropna(), *dates, *dates.str.replace("-", "")}
    return {value for value in values if len(value) > 4}


def list_forms(value: str) -> list[bytes]:
    plain = value.encode()
    hashed = [hashlib.new(name, plain).digest() for name in ("md5", "sha1", "sha256", "sha512")]
    shown = [form for digest in hashed for form in (digest[:16], digest.hex()[:24].encode(), base64.b64encode(digest)[:24])]
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
    encoded = encode_identifiers(records, key=KEY, labels=LABELS, age_on="2020-06-30")
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
    encoded = encode_identifiers(records, key=KEY, labels=LABELS, age_on="2020-06-30")
    everything = encoded.to_csv().encode() + pickle.dumps(encoded)
    assert not any(form in everything for value in list_secrets(records) for form in list_forms(value))


def test_another_key_gives_other_hashes_and_the_same_links():
    records, _ = people.make_people(9, persons=60)
    first, second = (
        encode_identifiers(records, key=key, labels=LABELS, age_on="2020-06-30") for key in (KEY, OTHER_KEY)
    )
    plain = ["case_id", "agency", "sex", "age_band"]
    hashed = first.columns.drop(plain)
    pd.testing.assert_frame_equal(first[plain], second[plain])
    for column in hashed:
        assert not set(first[column].dropna()) & set(second[column].dropna()), column
    assert_same(link(records, weights=None), link(records, weights=None, key=OTHER_KEY))


def test_fields_do_not_share_hashes():
    same = dict.fromkeys(["given_name", "citizenship", "document_number"], "aaa")
    encoded = encode_identifiers(make_records(same), key=KEY, labels=LABELS, age_on="2020-06-30")
    assert encoded[["given_name", "citizenship", "document_number", "given_key"]].iloc[0].nunique() == 4


# Properties.


@hypothesis_settings(max_examples=5)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_order_of_rows_is_irrelevant_and_the_input_stays(seed, random):
    records, _ = people.make_people(seed, persons=40)
    before = records.copy(deep=True)
    first = link(records)
    order = list(range(len(records)))
    random.shuffle(order)
    assert_same(first, link(records.iloc[order]))
    pd.testing.assert_frame_equal(records, before)


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


# Quality: seeds on which nothing was tuned.


@pytest.mark.parametrize("seed", [401, 402])
def test_fictitious_people_are_found_again(seed):
    records, truth = people.make_people(seed, persons=1500)
    linkage = link(records)
    found, true = clusters_as_pairs(linkage), people.true_pairs(truth)
    assert len(found & true) / len(found) >= 0.98
    assert len(found & true) / len(true) >= 0.95
    exact = linkage.links[linkage.links["rule"] != "weight"]
    assert len(pairs_of(exact) & true) / len(exact) >= 0.99
    assert not pairs_of(linkage.review) & found


# What is refused.


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
        ({"age_on": "30.6.2020"}, "30.6.2020"),
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
    monkeypatch.setitem(__import__("sys").modules, "splink", None)
    assert pairs_of(link(make_records({}, {}), weights=None).links) == {("r1", "r2")}
    with pytest.raises(ImportError, match=r"pip install 'ctresearch\[linkage\]'"):
        open_linker(pd.DataFrame(), weights=WEIGHTS, prior=0.1)


@pytest.mark.parametrize("weights", [WEIGHTS, None], ids=["weighed", "exact"])
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_link(weights, count):
    linkage = link(make_records({}, {}).iloc[:count], weights=weights)
    assert len(linkage.clusters) == count
    assert linkage.links.empty
    assert linkage.review.empty
    assert linkage.captures["persons_n"].sum() == count
