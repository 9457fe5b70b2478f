"""Ages and birth years into the bands of case data."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean.persons import AGE_BANDS, band_ages, band_birth_years, is_child

AGES = (
    # raw, band
    ("0", "0--8"),
    ("8", "0--8"),
    ("8.9", "0--8"),
    ("9", "9--17"),
    ("09", "9--17"),
    ("17", "9--17"),
    ("17.99", "9--17"),
    ("18", "18--20"),
    ("20", "18--20"),
    ("21", "21--23"),
    ("24.0", "24--26"),
    (" 27 ", "27--29"),
    ("30", "30--38"),
    ("38,5", "30--38"),
    ("39", "39--47"),
    ("47", "39--47"),
    ("48", "48+"),
    ("120", "48+"),
    ("120.5", None),
    ("121", None),
    ("-1", None),
    ("-99", None),
    ("1_0", None),
    ("1e1", None),
    ("nan", None),
    ("17-18", None),
    ("about 20", None),
    ("", None),
    (None, None),
)
BIRTH_YEARS = (
    # born, year, band: the ages are `year - born` and one less
    ("2000", "2016", "9--17"),  # 16 or 15
    ("2000", "2018", None),  # 18 or 17: two bands
    ("2000", "2019", "18--20"),  # 19 or 18
    ("1991", "2009", None),  # 18 or 17
    ("1966", "2014", None),  # 48 or 47
    ("1965", "2014", "48+"),  # 49 or 48
    ("2014", "2014", "0--8"),  # born in the year itself
    ("2005", "2014", None),  # 9 or 8
    ("2006", "2014", "0--8"),  # 8 or 7
    ("2015", "2014", None),  # not yet born
    ("1893", "2014", None),  # 121 or 120
    ("1894", "2014", "48+"),  # 120 or 119
    ("85", "2014", None),  # two digits
    ("1985.5", "2014", None),
    ("1985.0", "2014", "27--29"),  # 29 or 28
    (None, "2014", None),
    ("1985", None, None),
)


def none_for_missing(values: pd.Series) -> list:
    return values.astype(object).where(values.notna(), None).tolist()


@pytest.mark.parametrize(("raw", "expected"), AGES)
def test_ages_fall_into_bands(raw, expected):
    assert none_for_missing(band_ages(pd.Series([raw], dtype="str"))) == [expected]


def test_ages_may_be_numbers():
    assert none_for_missing(band_ages(pd.Series([8, 9, None, 121], dtype="Int64"))) == ["0--8", "9--17", None, None]
    assert none_for_missing(band_ages(pd.Series([17.5, 18.0, float("nan")]))) == ["9--17", "18--20", None]


@pytest.mark.parametrize(("born", "year", "expected"), BIRTH_YEARS)
def test_a_birth_year_gives_a_band_only_where_the_birthday_does_not_matter(born, year, expected):
    bands = band_birth_years(pd.Series([born], dtype="str", name="born"), pd.Series([year], dtype="str"))
    assert none_for_missing(bands) == [expected]
    assert bands.name == "born"


def test_rows_of_the_two_years_must_be_the_same():
    with pytest.raises(ValueError, match="the same rows: found 1 birth years and 2 years"):
        band_birth_years(pd.Series([1985]), pd.Series([2014, 2015]))


def test_bands_tell_children_from_adults():
    told = is_child(pd.Series([*AGE_BANDS, None], dtype="str"))
    assert told.dtype == "boolean"
    assert told.fillna(False).tolist() == [True, True, *[False] * 8]
    assert told.isna().tolist() == [False] * 9 + [True]


def test_what_is_no_band_is_refused_without_repeating_it():
    with pytest.raises(ValueError, match="found 1 other value, expected age bands: 0--8, 9--17") as error:
        is_child(pd.Series(["9--17", "Anna"]))
    assert "Anna" not in str(error.value)


@given(st.lists(st.none() | st.integers(-5, 130)), st.randoms(use_true_random=False))
def test_bands_keep_rows_and_bounds(ages, shuffle):
    raw = pd.Series(ages, index=range(2, 2 + len(ages)), dtype="Int64", name="age")
    before = raw.copy()
    bands = band_ages(raw)
    pd.testing.assert_series_equal(raw, before)
    assert bands.index.equals(raw.index)
    assert bands.name == "age"
    for age, band in zip(ages, none_for_missing(bands), strict=True):
        assert (band is None) == (age is None or not 0 <= age <= 120)
        assert band is None or AGE_BANDS[band][0] <= age <= AGE_BANDS[band][1]
    order = list(raw.index)
    shuffle.shuffle(order)
    pd.testing.assert_series_equal(band_ages(raw.loc[order]), bands.loc[order])


@given(st.integers(1900, 2020), st.integers(0, 120))
def test_both_ages_of_a_birth_year_lie_in_the_band(born, age):
    (band,) = none_for_missing(band_birth_years(pd.Series([born]), pd.Series([born + age])))
    possible = {none_for_missing(band_ages(pd.Series([years])))[0] for years in (max(age - 1, 0), age)}
    assert band == (possible.pop() if len(possible) == 1 else None)
