"""Dates as offices write them, with what they mean beside them."""

from datetime import date, timedelta

import pandas as pd
import pytest
import shipped
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean.dates import FIRST_YEAR, LAST_YEAR, parse_dates

READ = (
    # raw, ISO date
    ("2014-03-05", "2014-03-05"),
    ("2014-03-05 00:00:00", "2014-03-05"),
    ("2014-03-05T10:15:30.000+01:00", "2014-03-05"),
    ("2014-03-05T10:15Z", "2014-03-05"),
    ("20140305", "2014-03-05"),
    ("2014/3/5", "2014-03-05"),
    ("2014.03.05", "2014-03-05"),
    ("05.03.2014.", "2014-03-05"),
    ("5.3.2014", "2014-03-05"),
    ("5. 3. 2014.", "2014-03-05"),
    ("5 . 3 . 2014", "2014-03-05"),
    ("05.03.2014. u 14:30", "2014-03-05"),
    ("5.3.2014 14.30 h", "2014-03-05"),
    ("13/3/2014", "2014-03-13"),
    ("05-03-2014", "2014-03-05"),
    ("5.III.2014.", "2014-03-05"),
    ("5. XII 2014", "2014-12-05"),
    ("29.02.2016.", "2016-02-29"),
    ("\u200b5.\u00a03.\u00a02014.", "2014-03-05"),
    # spreadsheets' days: 41703 is 5 March 2014, 36526 is 1 January 2000
    ("41703", "2014-03-05"),
    ("41703.0", "2014-03-05"),
    ("41703.75", "2014-03-05"),
    ("36526", "2000-01-01"),
    ("10000", "1927-05-18"),
    # English
    ("5 March 2014", "2014-03-05"),
    ("March 5th, 2014", "2014-03-05"),
    ("Wednesday, 5 March 2014", "2014-03-05"),
    ("05-Mar-2014", "2014-03-05"),
    ("1st of Sept 2014", "2014-09-01"),
    # Albanian
    ("5 mars 2014", "2014-03-05"),
    ("datë 5 shtator 2014", "2014-09-05"),
    ("12 nëntor 2014", "2014-11-12"),
    ("12 nentor 2014", "2014-11-12"),
    ("7 dhjetor 2014", "2014-12-07"),
    ("1 korrik 2014", "2014-07-01"),
    # Bosnian, Montenegrin, Serbian: nominative and genitive
    ("5. mart 2014.", "2014-03-05"),
    ("5. marta 2014. godine", "2014-03-05"),
    ("5. марта 2014. године", "2014-03-05"),
    ("1. januara 2014. god.", "2014-01-01"),
    ("10. septembra 2014", "2014-09-10"),
    ("10. СЕПТЕМБРА 2014", "2014-09-10"),
    ("3. juna 2014", "2014-06-03"),
    ("3. juli 2014", "2014-07-03"),
    ("15. avgusta 2014.", "2014-08-15"),
    ("15. augusta 2014.", "2014-08-15"),
    ("srijeda, 5. marta 2014.", "2014-03-05"),
    # Croatian: other names of the months
    ("5. siječnja 2014.", "2014-01-05"),
    ("5. veljače 2014.", "2014-02-05"),
    ("5. ožujka 2014.", "2014-03-05"),
    ("5. travnja 2014.", "2014-04-05"),
    ("5. svibnja 2014.", "2014-05-05"),
    ("5. lipnja 2014.", "2014-06-05"),
    ("5. srpnja 2014.", "2014-07-05"),
    ("5. kolovoza 2014.", "2014-08-05"),
    ("5. rujna 2014.", "2014-09-05"),
    ("5. listopada 2014.", "2014-10-05"),
    ("5. studenoga 2014.", "2014-11-05"),
    ("5. studenog 2014.", "2014-11-05"),
    ("5. prosinca 2014.", "2014-12-05"),
    # Macedonian
    ("5 март 2014 г.", "2014-03-05"),
    ("5 септември 2014 година", "2014-09-05"),
    ("на 1 јануари 2014", "2014-01-01"),
    ("12 ноември 2014", "2014-11-12"),
    # other offices
    ("5. März 2014", "2014-03-05"),
    ("1er mars 2014", "2014-03-01"),
    ("5 marzo 2014", "2014-03-05"),
    ("5 de marzo de 2014", "2014-03-05"),
    ("5 марта 2014 г.", "2014-03-05"),
    ("5 Mart 2014", "2014-03-05"),
    ("5 юни 2014 г.", "2014-06-05"),
    ("5 Μαρτίου 2014", "2014-03-05"),
    # known in part
    ("2014-03", "2014-03"),
    ("03/2014", "2014-03"),
    ("3.2014.", "2014-03"),
    ("mart 2014", "2014-03"),
    ("srpanj 2014.", "2014-07"),
    ("shkurt 2014", "2014-02"),
    ("март 2014 година", "2014-03"),
    ("2014 maj", "2014-05"),
    ("XI 2014", "2014-11"),
    ("2014", "2014"),
    ("2014.", "2014"),
    ("2014.0", "2014"),
    ("2014. godina", "2014"),
    ("viti 2014", "2014"),
    ("2014 година", "2014"),
)
UNREAD = (
    "31.2.2014",
    "29.02.2015",
    "00.03.2014",
    "2014-13",
    "2014-00-10",
    "32. mart 2014",
    "5.3.14",
    "5. mart 14",
    "3/14",
    "1849",
    "2101",
    "9999",
    "99999",
    "0",
    "12",
    "201403",
    "2014 12:30",
    "5 mart april 2014",
    "mart",
    "5 2014",
    "2014 2015",
    "2014-03-05/2014-03-06",
    "oko 2014",
    "unknown",
    "-",
)


@pytest.fixture(scope="module")
def labels():
    return shipped.read_study().labels


@pytest.mark.parametrize(("raw", "expected"), READ)
def test_dates_are_read(raw, expected, labels):
    row = parse_dates(pd.Series([raw]), day_first=True, labels=labels).iloc[0]
    precision = {4: "year", 7: "month", 10: "day"}[len(expected)]
    assert (row["date"], row["precision"], row["is_ambiguous"]) == (expected, precision, raw == "05-03-2014")


def test_what_cannot_be_read_is_missing_in_every_column(labels):
    parsed = parse_dates(pd.Series([*UNREAD, None]), day_first=True, labels=labels)
    assert parsed.isna().all(axis=None), parsed.dropna()


def test_day_and_month_that_could_be_swapped_are_reported():
    raw = pd.Series(["3/5/2014", "5/5/2014", "13/5/2014", "3-5-2014", "3 5 2014", "3.5.2014", "2014-03-05"])
    day_first = parse_dates(raw, day_first=True)
    assert day_first["is_ambiguous"].tolist() == [True, False, False, True, True, False, False]
    assert day_first["date"].tolist()[:4] == ["2014-05-03", "2014-05-05", "2014-05-13", "2014-05-03"]
    month_first = parse_dates(raw, day_first=False)
    assert month_first["date"].tolist()[0] == "2014-03-05"
    assert pd.isna(month_first["date"][2]), "there is no month 13: it is not swapped unasked"
    assert month_first["date"][5] == "2014-05-03", "dots put the day first in every language"


def test_without_labels_declined_names_are_missing_and_never_wrong(labels):
    raw = pd.Series(["5. septembra 2014", "5. septembar 2014"])
    assert parse_dates(raw, day_first=True)["date"].isna().tolist() == [True, False]
    assert parse_dates(raw, day_first=True, labels=labels)["date"].tolist() == ["2014-09-05"] * 2


DAYS = st.dates(min_value=date(FIRST_YEAR, 1, 1), max_value=date(LAST_YEAR, 12, 31))


@given(st.lists(st.none() | DAYS))
def test_every_day_is_read_in_every_notation_and_order_is_kept(days):
    index = range(10, 10 + len(days))
    expected = [None if day is None else day.isoformat() for day in days]
    for pattern in ("{0:%Y-%m-%d}", "{0.day}.{0.month}.{0.year}.", "{0:%d/%m/%Y}", "{0.day} {0:%B} {0.year}"):
        raw = pd.Series([None if day is None else pattern.format(day) for day in days], index=index, dtype="str")
        before = raw.copy()
        parsed = parse_dates(raw, day_first=True)
        assert parsed["date"].astype(object).where(parsed["date"].notna(), None).tolist() == expected
        assert parsed.index.equals(raw.index)
        pd.testing.assert_series_equal(raw, before)


@given(st.integers(min_value=10_000, max_value=73_415))
def test_a_spreadsheet_day_counts_from_the_last_day_but_one_of_1899(serial):
    expected = date(1899, 12, 30) + timedelta(days=serial)
    assert parse_dates(pd.Series([str(serial)]), day_first=True)["date"][0] == expected.isoformat()


@pytest.mark.no_cover
@given(st.text(max_size=20))
def test_whatever_is_read_is_a_valid_partial_date(text):
    row = parse_dates(pd.Series([text], dtype="str"), day_first=True).iloc[0]
    if pd.notna(row["date"]):
        assert date.fromisoformat(row["date"] + "-01-01"[len(row["date"]) - 4 :]).isoformat().startswith(row["date"])


@given(
    st.integers(0, 33),
    st.integers(0, 14),
    st.integers(1845, 2105),
    st.sampled_from("-./ ,"),
    st.sampled_from(["", ".", ","]),
    st.booleans(),
)
def test_days_in_ten_characters_read_as_those_that_are_looked_at_one_by_one(day, month, year, mark, end, day_first):
    text = f"{day:02d}{mark}{month:02d}{mark}{year}{end}"
    parsed = parse_dates(pd.Series([text, f" {text}"]), day_first=day_first)
    assert parsed.loc[[0]].reset_index(drop=True).equals(parsed.loc[[1]].reset_index(drop=True))


def test_a_day_in_ten_characters_exists_in_the_calendar():
    written = ["29.02.2012.", "29.02.2013.", "31/04/2014", "12/31/2014", "00.01.2014", "01.01.1849", "31.12.2100"]
    expected = ["2012-02-29", None, None, None, None, None, "2100-12-31"]
    found = parse_dates(pd.Series(written), day_first=True)["date"]
    assert found.equals(pd.Series(expected, dtype="str", name="date"))
