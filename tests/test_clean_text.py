"""What a reader of a cell would not see is mended; keys of one word meet."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ctresearch.clean import text
from ctresearch.clean.distinct import map_distinct, split_distinct
from ctresearch.clean.text import fold_text, fold_value, tidy_text, tidy_value, tidy_values

TIDY = (
    # raw, tidy
    ("Tirana", "Tirana"),
    ("  Tirana\t", "Tirana"),
    ("Novi \u00a0 Sad", "Novi Sad"),
    ("Novi\r\nSad", "Novi Sad"),
    ("Novi\u2028Sad", "Novi Sad"),
    ("\ufeffTirana", "Tirana"),
    ("Ti\u200bra\u200dna", "Tirana"),
    ("Ti\u00adrana", "Tirana"),
    ("Tirana\x00\x07", "Tirana"),
    ("\u202aTirana\u202c", "Tirana"),
    ("c\u030cas", "čas"),
    ("Shqipe\u0308ri", "Shqipëri"),
    ("TÃ¼rkiye", "Türkiye"),
    ("ShqipÃ«ri", "Shqipëri"),
    ("CÃ´te d'Ivoire", "Côte d'Ivoire"),
    ("KoÅ¡arka", "Košarka"),
    ("Р¦СЂРЅР° Р“РѕСЂР°", "Црна Гора"),
    # letters of the other script: a Cyrillic С, о, а, е in a Latin word, and the reverse
    ("Sarajev\u043e", "Sarajevo"),
    ("\u0421rna Gora", "Crna Gora"),
    ("\u0422ir\u0430na", "Tirana"),
    ("Бе\u006fград", "Београд"),
    ("Србиj\u0061", "Србија"),
    ("\u0053копје", "Ѕкопје"),
    ("Čačak и Užice", "Čačak и Užice"),
    ("Београд (Belgrade)", "Београд (Belgrade)"),
    ("ЖzЖz", "ЖzЖz"),
    ("", None),
    (" \u00a0\u200b ", None),
    (None, None),
    ("5 < 6 & 7", "5 < 6 & 7"),
    ("“quoted” – dash…", "“quoted” – dash…"),
)
FOLD = (
    # raw, key
    ("Kosovo*", "kosovo"),
    ("Косово*", "kosovo"),
    ("KOSOVË", "kosove"),
    ("Shqipëri", "shqiperi"),
    ("Çekia", "cekia"),
    ("Bosnë-Hercegovinë", "bosne hercegovine"),
    ("B & H", "b h"),
    ("Đaković", "dakovic"),
    ("Ђаковић", "dakovic"),
    ("ŽIVOT", "zivot"),
    ("Живот", "zivot"),
    ("Ljubav, Njegoš, Džep", "ljubav njegos dzep"),
    ("Љубав, Његош, Џеп", "ljubav njegos dzep"),
    ("ǈubav", "ljubav"),
    ("Ѓорѓи и Ќемал", "gorgi i kemal"),
    ("Ѕвезда", "dzvezda"),
    ("Straße", "strasse"),
    ("Łódź", "lodz"),
    ("Türkiye", "turkiye"),
    ("DIYARBAKIR", "diyarbakir"),
    ("Diyarbakır", "diyarbakir"),
    ("İzmir", "izmir"),
    ("Ελλάδα", "ελλαδα"),
    ("ＫＯＳＯＶＯ", "kosovo"),
    ("snake_case-and.dots", "snake case and dots"),
    ("Côte d’Ivoire", "cote d ivoire"),
    ("18–20", "18 20"),
    ("***", None),
    (None, None),
)
# Words spelt in both scripts of Serbian; the digraphs stand for one letter each.
LETTERS = {
    **dict(zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True)),
    **{"lj": "љ", "nj": "њ", "dž": "џ"},
}
LATIN_WORDS = st.lists(st.sampled_from(sorted(LETTERS)), min_size=1, max_size=12)
# Letters that break naive code: mojibake, marks, invisible characters, both scripts, look-alikes.
AWKWARD = st.text(
    st.sampled_from("aAcCeoxjŽžđčćëç'ÃÄÅ¼Å¡Â\u00a0\u00ad\u200b\u0301\u030c\x00\x85 \tаАсеохјЖђРСЂ±ѓ€™“ÑÐ·�1_*")
    | st.characters(),
    max_size=12,
)


def none_for_missing(values: pd.Series) -> list:
    return values.astype(object).where(values.notna(), None).tolist()


@pytest.mark.parametrize(("raw", "expected"), TIDY)
def test_text_is_tidied(raw, expected):
    assert none_for_missing(tidy_text(pd.Series([raw], dtype="str"))) == [expected]


@pytest.mark.parametrize(("raw", "expected"), FOLD)
def test_text_is_folded(raw, expected):
    assert none_for_missing(fold_text(pd.Series([raw], dtype="str"))) == [expected]


@given(LATIN_WORDS)
def test_both_scripts_of_serbian_fold_alike(letters):
    latin, cyrillic = "".join(letters), "".join(LETTERS[letter] for letter in letters)
    assert fold_value(cyrillic) == fold_value(latin)
    assert fold_value(cyrillic.upper()) == fold_value(latin)
    assert fold_value(latin).isascii()


@given(AWKWARD)
@example("Ã\u200b¼")
@example("е\u0301x")
@example("Ã\x85\u00ad")
def test_tidying_twice_changes_nothing_more(raw):
    once = tidy_value(raw)
    assert tidy_value(once) == once
    assert once == unicodedata.normalize("NFC", once)
    assert once == " ".join(once.split())


@given(AWKWARD)
def test_folding_sees_no_difference_that_tidying_removes(raw):
    assert fold_value(tidy_value(raw)) == fold_value(raw)
    assert fold_value(fold_value(raw)) == fold_value(raw)


@given(st.text(st.sampled_from("azAZ čćžšđČĆŽŠĐëçËÇ-'.") | st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
@example("Ç ë")
def test_plain_latin_cells_may_skip_the_mending(raw):
    assert text._PLAIN.fullmatch(raw)
    assert text._tidy_once(raw) == tidy_value(raw)


@given(st.text(st.sampled_from("абвгдђежзијклљмнњопрстћуфхцчџшѓќѕАБСРЂЈЉЋ .-1")))
@example("РђСѓ")
def test_plain_cyrillic_cells_may_skip_the_mending(raw):
    assert not text._PLAIN.fullmatch(raw) or text._tidy_once(raw) == tidy_value(raw)


@given(st.lists(st.none() | AWKWARD), st.randoms(use_true_random=False))
def test_rows_keep_their_place_and_the_input_its_text(cells, shuffle):
    raw = pd.Series(cells, index=range(7, 7 + len(cells)), dtype="str", name="cell")
    before = raw.copy()
    for change in (tidy_text, fold_text):
        changed = change(raw)
        assert changed.index.equals(raw.index)
        assert changed.name == "cell"
        assert changed[raw.isna()].isna().all()
        order = list(raw.index)
        shuffle.shuffle(order)
        pd.testing.assert_series_equal(change(raw.loc[order]), changed.loc[order])
    pd.testing.assert_series_equal(raw, before)


def test_each_distinct_value_is_looked_at_once():
    seen = []
    values = pd.Series(["b", None, "a", "b", "a"], index=list("vwxyz"))
    answers = map_distinct(values, lambda value: seen.append(value) or value.upper())
    assert seen == ["b", "a"]
    assert none_for_missing(answers) == ["B", None, "A", "B", "A"]
    assert list(answers.index) == list("vwxyz")


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string"])
def test_every_type_of_text_column_is_taken(dtype):
    values = pd.Series(["Ž", None, "ž", "Ž"], dtype=dtype)
    places, distinct = split_distinct(values)
    assert places.tolist() == [0, 2, 1, 0]
    assert list(distinct) == ["Ž", "ž"]
    assert none_for_missing(fold_text(values)) == ["z", None, "z", "z"]


def test_an_empty_column_stays_empty():
    assert fold_text(pd.Series([], dtype="str")).empty


@pytest.mark.parametrize(
    "texts",
    [["Ana", "Žena", "x|y"], ["Ana", "two  spaces"], ["Ana ", "b"], ["a", " b"], ["a", ""], ["a", "b\u200b"], []],
)
def test_many_texts_are_tidied_as_each_alone(texts):
    assert tidy_values(texts) == [tidy_value(text) or None for text in texts]
