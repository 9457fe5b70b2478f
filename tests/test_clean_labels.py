"""Words in the languages, with the codes they stand for beside them."""

import pandas as pd
import pytest
import shipped
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean.labels import list_keys, map_codes
from ctresearch.clean.text import fold_text

WORDS = {
    "yesno": (
        # raw, code
        ("Yes", "yes"),
        ("y", "yes"),
        ("po", "yes"),
        ("DA", "yes"),
        ("да", "yes"),
        ("No", "no"),
        ("jo", "no"),
        ("ne", "no"),
        ("НЕ", "no"),
        ("Don't know", "unknown"),
        ("don’t know", "unknown"),
        ("nuk e di", "unknown"),
        ("ne znam", "unknown"),
        ("не знам", "unknown"),
        ("maybe", None),
        ("", None),
        ("-", None),
    ),
    "sex": (
        ("F", "female"),
        ("Femër", "female"),
        ("femer", "female"),
        ("ŽENSKO", "female"),
        ("zenski", "female"),
        ("Ж", "female"),
        ("женско", "female"),
        ("Ž.", "female"),
        ("Male", "male"),
        ("Mashkull", "male"),
        ("muški", "male"),
        ("мушко", "male"),
        ("машки", "male"),
        ("М", "male"),
        ("dječak", "male"),
        ("дечак", "male"),
        ("Transgender/NonConforming", "other"),
        ("Total", "total"),
        ("unknown", "unknown"),
        ("непознато", "unknown"),
        ("nuk dihet", "unknown"),
        ("x", None),
    ),
    "gender": (
        ("Feminine", "Feminine"),
        ("TransgenderFeminine", "TransgenderFeminine"),
        ("muški", "Masculine"),
        ("grua", "Feminine"),
        ("жена", "Feminine"),
        ("nebinarna osoba", "NonConforming"),
        ("NonSpecifiedUnknown", "NonSpecifiedUnknown"),
        ("непознато", "NonSpecifiedUnknown"),
    ),
    "form": (
        ("Sexual exploitation", "sexual"),
        ("SexualExploitation", "sexual"),
        ("shfrytëzim seksual", "sexual"),
        ("Seksualna eksploatacija", "sexual"),
        ("сексуална експлоатација", "sexual"),
        ("seksualno iskorištavanje", "sexual"),
        ("prisilna prostitucija", "sexual"),
        ("Forced labor", "labour"),
        ("Labour exploitation", "labour"),
        ("punë e detyruar", "labour"),
        ("radna eksploatacija", "labour"),
        ("принудни рад", "labour"),
        ("трудова експлоатација", "labour"),
        ("Forced begging", "begging"),
        ("lypje e detyruar", "begging"),
        ("prosjačenje", "begging"),
        ("просјачење", "begging"),
        ("питачење", "begging"),
        ("vršenje krivičnih djela", "criminality"),
        ("вршење кривичних дела", "criminality"),
        ("kryerje e detyruar e veprave penale", "criminality"),
        ("domestic servitude", "servitude"),
        ("robëri shtëpiake", "servitude"),
        ("martesë e detyruar", "forced_marriage"),
        ("prisilni brak", "forced_marriage"),
        ("принудни брак", "forced_marriage"),
        ("присилен брак", "forced_marriage"),
        ("skllavëri", "slavery"),
        ("ропство", "slavery"),
        ("prodaja djece", "child_sale"),
        ("продажба на деца", "child_sale"),
        ("Other forms of exploitation", "other"),
        ("të tjera", "other"),
        ("други облици", "other"),
        ("više oblika", "multiple"),
        ("exploitation", None),
        ("organ removal", None),
    ),
    "type_of_exploitation": (
        ("ForcedLabour", "ForcedLabour"),
        ("Forced marriage", "ForcedMarriage"),
        ("organ removal", "OrganRemoval"),
        ("вадење органи", "OrganRemoval"),
        ("oduzimanje organa", "OrganRemoval"),
        ("heqje organesh", "OrganRemoval"),
        ("dječji rad", "ChildLabour"),
        ("puna e fëmijëve", "ChildLabour"),
        ("nezakonito usvojenje", "ForcedAdoption"),
        ("surogat majčinstvo", "Surrogacy"),
        ("ForcedMilitaryByNonStateActors", "ForcedMilitaryByNonStateActors"),
    ),
    "trafficking_status": (
        ("PossibleVictimOfTrafficking", "PossibleVictimOfTrafficking"),
        ("potential victim", "PossibleVictimOfTrafficking"),
        ("viktimë e mundshme", "PossibleVictimOfTrafficking"),
        ("potencijalna žrtva", "PossibleVictimOfTrafficking"),
        ("претпостављена жртва", "PossibleVictimOfTrafficking"),
        ("можна жртва", "PossibleVictimOfTrafficking"),
        ("identified victim", "ActualVictimOfTrafficking"),
        ("viktimë e trafikimit", "ActualVictimOfTrafficking"),
        ("žrtva trgovine ljudima", "ActualVictimOfTrafficking"),
        ("жртва на трговија со луѓе", "ActualVictimOfTrafficking"),
        ("nije žrtva", "NotAVictimOfTrafficking"),
        ("не е жртва", "NotAVictimOfTrafficking"),
        ("nuk është viktimë", "NotAVictimOfTrafficking"),
    ),
    "age_group": (
        ("0 to 17 years", "child"),
        ("18 years or over", "adult"),
        ("Minor", "child"),
        ("i mitur", "child"),
        ("maloljetnik", "child"),
        ("малолетник", "child"),
        ("дете", "child"),
        ("punoletno lice", "adult"),
        ("полнолетно лице", "adult"),
        ("i rritur", "adult"),
        ("17", None),
    ),
    "age_band": (
        ("0--8", "0--8"),
        ("0—8", "0--8"),
        ("09--17", "9--17"),
        ("9—17", "9--17"),
        ("39 to 47", "39--47"),
        ("48+", "48+"),
        ("8--9", None),
    ),
    "citizenship": (
        ("own country", "own"),
        ("Ciudadanos de su país", "own"),
        ("foreigners", "foreign"),
        ("strani državljani", "foreign"),
        ("Inconnue", "unknown"),
        ("Other Europe", "other_europe"),
    ),
}
ROWS = [(name, raw, code) for name, rows in WORDS.items() for raw, code in rows]
LANGUAGES = {"en", "sq", "bs", "hr", "cnr", "sr-Latn", "sr-Cyrl", "mk"}


@pytest.fixture(scope="module")
def data():
    return shipped.read_study()


@pytest.mark.parametrize(("name", "raw", "expected"), ROWS)
def test_words_map_to_codes(data, name, raw, expected):
    (code,) = map_codes(pd.Series([raw]), data.labels, list=name)
    assert (None if pd.isna(code) else code) == expected


def test_no_label_means_two_codes_in_one_list(data):
    keyed = data.labels.assign(key=fold_text(data.labels["label"])).drop_duplicates(["list", "key", "code"])
    across = keyed[keyed.duplicated(["list", "key"], keep=False)]
    assert across.empty, f"a label means two codes in two languages:\n{across}"


def test_every_label_is_tidy_and_leaves_a_key(data):
    assert fold_text(data.labels["label"]).notna().all()


def test_labels_of_our_lists_stand_for_our_codes(data):
    for name in ("sex", "age_group", "form", "citizenship"):
        named = set(data.labels.loc[data.labels["list"].eq(name), "code"])
        assert named <= set(data.codes.loc[data.codes["list"].eq(name), "code"]), name


@pytest.mark.parametrize("name", ["yesno", "sex", "form", "trafficking_status", "age_group", "country"])
def test_every_language_of_the_region_has_words(data, name):
    rows = data.labels[data.labels["list"].eq(name)]
    assert set(rows["language"]) >= LANGUAGES
    if name != "country":
        for code, words in rows.groupby("code"):
            assert set(words["language"]) >= LANGUAGES, code


def test_english_labels_of_the_code_lists_are_known(data):
    for name in ("sex", "age_group", "form"):
        ours = data.codes[data.codes["list"].eq(name) & ~data.codes["code"].isin(["mixed"])]
        mapped = map_codes(ours["code"], data.labels, list=name)
        assert mapped.tolist() == ours["code"].tolist(), name


TWO_LANGUAGES = pd.DataFrame(
    {
        "list": "answer",
        "code": ["yes", "no", "yes", "no"],
        "language": ["aa", "bb", "aa", "bb"],
        "label": ["ne", "NÉ", "da", "jo"],
    }
)


def test_a_label_that_means_two_codes_in_two_languages_is_refused():
    mapped = map_codes(pd.Series(["ne", "da", "jo"]), TWO_LANGUAGES, list="answer")
    assert mapped.isna().tolist() == [True, False, False]
    assert "ne" not in list_keys(TWO_LANGUAGES, list="answer")


def test_an_unknown_list_is_named_with_those_there_are(data):
    with pytest.raises(ValueError, match=r"no labels of the list 'colour'; expected one of .*sex, .*yesno, "):
        map_codes(pd.Series(["red"]), data.labels, list="colour")


@given(st.lists(st.none() | st.sampled_from(["Po", "ne", "да", "?", "", "yes "])), st.randoms(use_true_random=False))
def test_rows_keep_their_place(cells, shuffle):
    labels = pd.DataFrame(
        {"list": "yesno", "code": ["yes", "no", "yes"], "language": ["sq", "sr", "sr"], "label": ["po", "ne", "da"]}
    )
    raw = pd.Series(cells, index=range(3, 3 + len(cells)), dtype="str", name="q1")
    before, labels_before = raw.copy(), labels.copy()
    codes = map_codes(raw, labels, list="yesno")
    expected = {"Po": "yes", "ne": "no", "да": "yes", "yes ": "yes"}
    assert codes.astype(object).where(codes.notna(), None).tolist() == [expected.get(cell) for cell in cells]
    assert codes.index.equals(raw.index)
    order = list(raw.index)
    shuffle.shuffle(order)
    pd.testing.assert_series_equal(map_codes(raw.loc[order], labels, list="yesno"), codes.loc[order])
    pd.testing.assert_series_equal(raw, before)
    pd.testing.assert_frame_equal(labels, labels_before)
