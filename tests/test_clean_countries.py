"""Names of countries in the languages, with the codes they stand for beside them."""

import os
import re
from pathlib import Path

import pandas as pd
import pytest
import shipped
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean import countries
from ctresearch.clean.countries import map_countries, read_names
from ctresearch.clean.labels import list_keys, map_codes
from ctresearch.clean.text import fold_value

PUBLISHED = Path(__file__).parents[1].parent / "shared" / "raw"
NAMES = (
    # raw, code
    ("Albania", "ALB"),
    ("ALBANIA", "ALB"),
    ("albanian", "ALB"),
    ("Albanie", "ALB"),
    ("97 albanian", "ALB"),
    ("Shqipëria", "ALB"),
    ("Shqiperi", "ALB"),
    ("shqiptare", "ALB"),
    ("Albanija", "ALB"),
    ("Албанија", "ALB"),
    ("državljanin Albanije", "ALB"),
    ("албанско државјанство", "ALB"),
    ("Albanien", "ALB"),
    ("Αλβανία", "ALB"),
    ("Arnavutluk", "ALB"),
    ("Албания", "ALB"),
    ("alb", "ALB"),
    ("Bosnia and Herzegovina", "BIH"),
    ("Bosnia & Herzegovina", "BIH"),
    ("Bosnia-Herzegovina", "BIH"),
    ("Bosnia And Herzegovina", "BIH"),
    ("BosniaandHerz", "BIH"),
    ("Bosnia i Herzegovinia", "BIH"),
    ("B & H", "BIH"),
    ("BiH", "BIH"),
    ("БиХ", "BIH"),
    ("Bosna i Hercegovina", "BIH"),
    ("Босна и Херцеговина", "BIH"),
    ("Bosnjë dhe Hercegovinë", "BIH"),
    ("Bosnja e Hercegovina", "BIH"),
    ("bosanskohercegovačko", "BIH"),
    ("državljanka BiH", "BIH"),
    ("Bosnien und Herzegowina", "BIH"),
    ("Bosna-Hersek", "BIH"),
    ("Kosovo", "XKX"),
    ("Kosovo*", "XKX"),
    ("Kosovo *", "XKX"),
    ("Kosovo (UNSCR 1244)", "XKX"),
    ("Kosovo (under UNSC res. 1244)", "XKX"),
    ("Kosovo under UNSCR 1244", "XKX"),
    ("Kosova", "XKX"),
    ("Kosovë", "XKX"),
    ("Republika e Kosovës", "XKX"),
    ("Косово", "XKX"),
    ("Косово и Метохија", "XKX"),
    ("Kosovar", "XKX"),
    ("kosovare", "XKX"),
    ("KOS", "XKX"),
    ("XKX", "XKX"),
    ("North Macedonia", "MKD"),
    ("Republic of North Macedonia", "MKD"),
    ("Macedonia", "MKD"),
    ("FYROM", "MKD"),
    ("The former Yugoslav Republic of Macedonia", "MKD"),
    ("Macedonia, the former Yugoslav Republic of", "MKD"),
    ("Maqedonia e Veriut", "MKD"),
    ("Maqedoni", "MKD"),
    ("Severna Makedonija", "MKD"),
    ("Sjeverna Makedonija", "MKD"),
    ("Makedonija", "MKD"),
    ("Северна Македонија", "MKD"),
    ("Македонија", "MKD"),
    ("македонско", "MKD"),
    ("Nordmazedonien", "MKD"),
    ("Macedonian", "MKD"),
    ("Montenegro", "MNE"),
    ("Monte Negro", "MNE"),
    ("Crna Gora", "MNE"),
    ("Црна Гора", "MNE"),
    ("Mali i Zi", "MNE"),
    ("crnogorsko državljanstvo", "MNE"),
    ("државјанин на Црна Гора", "MNE"),
    ("Karadağ", "MNE"),
    ("Serbia", "SRB"),
    ("Serbians", "SRB"),
    ("Republic of Serbia", "SRB"),
    ("Srbija", "SRB"),
    ("Србија", "SRB"),
    ("Serbi", "SRB"),
    ("Serbien", "SRB"),
    ("srpsko državljanstvo", "SRB"),
    ("држављанин Србије", "SRB"),
    ("S\u0435rbia", "SRB"),
    ("Serbia and Montenegro", "SCG"),
    ("Serbia And Montenegro", "SCG"),
    ("Srbija i Crna Gora", "SCG"),
    ("Србија и Црна Гора", "SCG"),
    ("Serbia dhe Mali i Zi", "SCG"),
    ("Federal Republic of Yugoslavia", "SCG"),
    ("Croatia", "HRV"),
    ("Hrvatska", "HRV"),
    ("Kroaci", "HRV"),
    ("Хрватска", "HRV"),
    ("Slovenija", "SVN"),
    ("Словенија", "SVN"),
    ("Bugarska", "BGR"),
    ("Бугарија", "BGR"),
    ("Bullgari", "BGR"),
    ("Rumunjska", "ROU"),
    ("Румунија", "ROU"),
    ("Mađarska", "HUN"),
    ("Унгарија", "HUN"),
    ("Grčka", "GRC"),
    ("Greqi", "GRC"),
    ("Italija", "ITA"),
    ("Njemačka", "DEU"),
    ("Nemačka", "DEU"),
    ("Немачка", "DEU"),
    ("Германија", "DEU"),
    ("Gjermania", "DEU"),
    ("Turska", "TUR"),
    ("TÃ¼rkiye", "TUR"),
    ("Turqia", "TUR"),
    ("Moldavija", "MDA"),
    ("Republic of Moldova", "MDA"),
    ("Ukrajina", "UKR"),
    ("The Ukraine", "UKR"),
    ("Rusija", "RUS"),
    ("SAD", "USA"),
    ("SHBA", "USA"),
    ("САД", "USA"),
    ("USA", "USA"),
    ("UK", "GBR"),
    ("Velika Britanija", "GBR"),
    ("Mbretëria e Bashkuar", "GBR"),
    ("Švicarska", "CHE"),
    ("Švajcarska", "CHE"),
    ("Zvicër", "CHE"),
    ("Congolese (DRC)", "COD"),
    ("Niger", "NER"),
    ("Nigeria", "NGA"),
    ("Nigerian", "NGA"),
    ("nigérien", "NER"),
    ("Guinea", "GIN"),
    ("Equatorial Guinea", "GNQ"),
    ("Namibia", "NAM"),
    ("NAM", "NAM"),
    ("C�te d�Ivoire", "CIV"),
)
UNMAPPED = (
    "",
    "NA",
    "N/A",
    "n/a",
    "RS",
    "BH",
    "AL",
    "0",
    "Yugoslavia",
    "Former Yugoslavia",
    "Jugoslavija",
    "YUG",
    "Congolese",
    "Korean",
    "Srpska",
    "Republika Srpska",
    "Bošnjak",
    "Srbin",
    "Serb",
    "Rom",
    "Balkan",
    "Serbia, Albania",
    "Atlantis",
    "own country",
    "Unknown",
    "ZZZ",
    "AAA",
    "SUN",
)


@pytest.fixture(scope="module")
def labels():
    return shipped.read_study().labels


@pytest.mark.parametrize(("raw", "expected"), NAMES)
def test_names_map_to_codes(labels, raw, expected):
    assert map_countries(pd.Series([raw]), labels).tolist() == [expected]


def test_what_names_no_one_country_is_missing(labels):
    mapped = map_countries(pd.Series([*UNMAPPED, None]), labels)
    assert mapped.isna().all(), mapped.dropna()


def test_two_letters_are_a_code_only_where_codes_are_expected(labels):
    raw = pd.Series(["NA", "RS", "BA", "XK", "ME", "BH", "Serbia", "0", "ZZ"])
    coded = map_countries(raw, labels, iso2=True)
    assert coded.tolist()[:7] == ["NAM", "SRB", "BIH", "XKX", "MNE", "BHR", "SRB"]
    assert coded[7:].isna().all()
    assert map_countries(raw, labels).tolist()[6] == "SRB"
    assert map_countries(raw, labels).notna().sum() == 1


def test_only_allowed_codes_come_back(labels):
    mapped = map_countries(pd.Series(["Serbia", "Germany"]), labels, allowed=["SRB", "XKX"])
    assert mapped.notna().tolist() == [True, False]


def test_labels_never_contradict_the_cldr_nor_its_languages_each_other(labels):
    near, far = read_names(countries.NEAR_LANGUAGES), read_names(countries.FAR_LANGUAGES)
    own = list_keys(labels, list="country")
    assert {name for name in own if near.get(name, own[name]) != own[name]} == set()
    assert {name for name in own if far.get(name, own[name]) != own[name]} == set()
    assert {name for name in near if far.get(name, near[name]) != near[name]} == set()
    codes = set(countries._alpha3().values())
    assert {name: near[name] for name in near if name.upper() in codes and near[name] != name.upper()} == {}


def test_what_is_listed_as_no_country_is_no_country(labels):
    none = {**list_keys(labels, list="not_a_country"), **list_keys(labels, list="citizenship")}
    raw = pd.Series(sorted(set(none) - {"total", "own", "foreign", "unknown"}))
    assert map_countries(raw, labels).isna().all()
    assert map_codes(
        pd.Series(["Former Yugoslavia", "Abroad", "Stateless"]), labels, list="not_a_country"
    ).tolist() == [
        "dissolved",
        "abroad",
        "stateless",
    ]


def test_every_code_of_the_study_is_found_by_its_own_name(labels):
    data = shipped.read_study()
    for jurisdiction in data.study.jurisdictions:
        names = [period.name for period in jurisdiction.names]
        assert set(map_countries(pd.Series(names), labels)) == {jurisdiction.code}
    listed = data.codes[data.codes["list"].eq("country") & data.codes["code"].str.fullmatch("[A-Z]{3}")]
    assert map_countries(listed["label"].str.partition(",")[0], labels).tolist() == listed["code"].tolist()


@pytest.mark.parametrize("edition", ["unodc_glotip_export_2023-05-30.xlsx", "unodc_glotip_export_2025-04-14.xlsx"])
def test_every_label_of_a_published_edition_is_placed(labels, edition):
    file = PUBLISHED / edition
    if not file.is_file():
        assert not os.environ.get("CI"), f"{edition} is wanted in CI"
        pytest.skip(f"{edition} is not here")
    sheet = pd.read_excel(file, header=2, dtype=str, keep_default_na=False, engine="calamine")
    reporting = sheet.drop_duplicates(["Iso3_code", "Country"]).query(
        "Iso3_code.str.fullmatch('[A-Z]{3}') and Country != ''"
    )
    assert map_countries(reporting["Country"], labels).tolist() == reporting["Iso3_code"].tolist()
    named = sheet.loc[sheet["Dimension"].isin(["by citizenship", "by country of repatriation"]), "Category"]
    named = pd.Series(named.unique())
    placed = map_countries(named, labels)
    for name in ("citizenship", "not_a_country"):
        placed = placed.fillna(map_codes(named, labels, list=name))
    left = [label for label in named[placed.isna()] if not re.fullmatch(r"Q6\.1_\d+s_\d{4}|\d*", label)]
    assert left == [], "what is left are question numbers and counts in the place of a label"


@given(
    st.lists(st.none() | st.sampled_from(["Kosovo*", "Црна Гора", "FYROM", "nowhere", "", "Serbia "])),
    st.randoms(use_true_random=False),
)
def test_rows_keep_their_place(cells, shuffle):
    labels = pd.DataFrame({"list": "country", "code": ["MKD"], "language": ["en"], "label": ["FYROM"]})
    expected = {"Kosovo*": "XKX", "Црна Гора": "MNE", "FYROM": "MKD", "Serbia ": "SRB"}
    raw = pd.Series(cells, index=range(4, 4 + len(cells)), dtype="str", name="country")
    before = raw.copy()
    codes = map_countries(raw, labels)
    assert codes.astype(object).where(codes.notna(), None).tolist() == [expected.get(cell) for cell in cells]
    assert codes.index.equals(raw.index)
    order = list(raw.index)
    shuffle.shuffle(order)
    pd.testing.assert_series_equal(map_countries(raw.loc[order], labels), codes.loc[order])
    pd.testing.assert_series_equal(raw, before)


def test_every_name_of_the_cldr_finds_its_country():
    from babel import Locale

    for language in ("en", "sq", "bs", "sr", "hr", "mk"):
        names = read_names([language])
        for two, three in countries._alpha3().items():
            assert names[fold_value(Locale.parse(language).territories[two])] == three, (language, two)
