from __future__ import annotations

import copy
import re
from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from ctresearch.study import NOT_CHOSEN, Limits, TimePoint, parse_study


def test_settings_become_a_study(settings):
    study = parse_study(settings)
    assert study.title == "Needs in Two Fictitious Places"
    assert study.short_title == "Two places"
    assert study.objective == "To see what is needed."
    assert study.project["Duration"] == "one year"
    assert study.codes == ("AAA", "BBB")
    assert study.thresholds.shared_gap_n == 2
    assert study.thresholds.percentage_base_n == 20
    assert study.thresholds.sparse_years_n == 5
    assert study.thresholds.confidence_level == 0.95
    assert study.preferences["victims"].source_id == "src-a"
    assert study.preferences["victims"].reason == "the longest series"
    assert study.languages == ("en",)
    assert study.treaties == ("treaty-x",)


def test_what_a_study_leaves_out_is_empty(settings):
    study = parse_study({**settings, "treaties": []})
    assert study.treaties == ()
    assert study.limits == Limits("", ())
    assert study.labels == {}
    assert study.preferences["justice"] is NOT_CHOSEN
    assert NOT_CHOSEN.source_id == ""


def test_limits_and_labels_of_a_study(settings):
    settings["limits"] = {"series": "Short.", "missing": ["Ages."]}
    settings["labels"] = {"country": {"DDD": "Dorado"}}
    study = parse_study(settings)
    assert study.limits == Limits("Short.", ("Ages.",))
    assert study.labels["country"]["DDD"] == "Dorado"
    words = study.list_country_words()
    assert set(words) == {
        *(("AAA", "Arcadia"), ("AAA", "AAA"), ("BBB", "Borduria"), ("BBB", "BBB"), ("DDD", "DDD"), ("DDD", "Dorado"))
    }
    assert len(words) == len(set(words))


def test_parsing_does_not_change_the_settings(settings):
    before = copy.deepcopy(settings)
    parse_study(settings)
    assert settings == before


def test_a_study_does_not_follow_later_changes_of_the_settings(settings):
    study = parse_study(settings)
    settings["project"]["Duration"] = "ten years"
    settings["languages"].append("fr")
    assert study.project["Duration"] == "one year"
    assert study.languages == ("en",)


def test_a_study_cannot_be_changed(study):
    with pytest.raises(FrozenInstanceError):
        study.title = "Another"


def test_time_points_are_in_order_with_both_ends(study):
    assert study.baseline() == TimePoint("baseline", "first", 2013, 2014)
    assert study.update() == TimePoint("update", "second", 2022, 2024)
    assert study.periods() == (("baseline", 2013, 2014), ("update", 2022, 2024))


def test_names_follow_the_period(settings):
    settings["jurisdictions"][0]["names"] = [{"name": "Old Arcadia", "until": date(2019, 2, 11)}, {"name": "Arcadia"}]
    study = parse_study(settings)
    assert study.name("AAA") == "Arcadia"
    assert study.name("AAA", 2014) == "Old Arcadia"
    assert study.name("AAA", date(2019, 2, 12)) == "Arcadia"


def test_an_unknown_jurisdiction_is_refused_with_the_codes_that_exist(study):
    with pytest.raises(KeyError, match="'ZZZ' is not a jurisdiction of this study; use one of AAA, BBB"):
        study.name("ZZZ")


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("Counts in Borduria and elsewhere", ("* A note on Borduria.",)),
        ("Counts in Borduria*", ("* A note on Borduria.",)),
        ("Counts in Arcadia", ()),
        ("Counts", ()),
    ],
)
def test_a_text_carries_the_notes_of_the_jurisdictions_that_it_names(study, text, notes):
    assert study.notes_for(text) == notes


def test_standards_name_an_instrument_each(settings):
    assert parse_study(settings).standards == {}
    assert parse_study({**settings, "standards": {"CETS 197": "x"}}).standards == {"CETS 197": "x"}
    with pytest.raises(ValueError, match="standards is not a table"):
        parse_study({**settings, "standards": {"CETS 197": ""}})


def test_an_old_name_carries_the_note_too(settings):
    settings["jurisdictions"][0] = {
        "code": "AAA",
        "names": [{"name": "Old Arcadia", "until": date(2019, 2, 11)}, {"name": "Newland"}],
        "note": "Renamed.",
    }
    assert parse_study(settings).notes_for("In Old Arcadia") == ("Renamed.",)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("title", "str"),
        ("short_title", "str"),
        ("objective", "str"),
        ("project", "dict"),
        ("jurisdictions", "list"),
        ("time_points", "list"),
        ("thresholds", "dict"),
        ("preferences", "dict"),
        ("languages", "list"),
        ("treaties", "list"),
    ],
)
def test_a_missing_setting_is_named_with_its_kind(settings, key, kind):
    del settings[key]
    with pytest.raises(ValueError, match=f"^{key} is missing \\(expected {kind}\\)$"):
        parse_study(settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.update(title=5), "title is int (expected str)"),
        (lambda s: s.update(title=""), "title is empty"),
        (lambda s: s.update(languages=[]), "languages is empty"),
        (lambda s: s.update(thresholds=[]), "thresholds is list (expected dict)"),
        (lambda s: s.update(preferences=1), "preferences is int (expected dict)"),
        (lambda s: s.update(time_points={}), "time_points is dict (expected list)"),
        (lambda s: s["thresholds"].pop("sparse_years_n"), "thresholds.sparse_years_n is missing (expected int)"),
        (lambda s: s["thresholds"].update(confidence_level="95 %"), "confidence_level is str (expected float)"),
        (lambda s: s["thresholds"].update(shared_gap_n=2.5), "thresholds.shared_gap_n is float (expected int)"),
        (lambda s: s["jurisdictions"][1].pop("code"), "jurisdictions[2].code is missing (expected str)"),
        (lambda s: s["jurisdictions"][0].update(names=[]), "jurisdictions[1].names is empty"),
        (lambda s: s["time_points"][1].update(last_year="2024"), "time_points[2].last_year is str (expected int)"),
        (lambda s: s["preferences"]["victims"].update(reason=""), "preferences.victims.reason is empty"),
        (lambda s: s.update(limits="none"), "limits is str (expected dict)"),
        (lambda s: s.update(limits={"missing": "ages"}), "limits.missing is str (expected list)"),
        (lambda s: s.update(limits={"missing": [3]}), "limits.missing is not a list of texts alone"),
        (lambda s: s.update(labels=[]), "labels is list (expected dict)"),
        (lambda s: s.update(labels={"country": "x"}), "labels.country is not a table of codes with a label each"),
        (lambda s: s.update(labels={"country": {"DDD": ""}}), "labels.country is not a table of codes"),
    ],
)
def test_an_ill_typed_or_empty_setting_is_named_by_its_place(settings, change, message):
    change(settings)
    with pytest.raises(ValueError, match="is ") as error:
        parse_study(settings)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_all_problems_are_reported_at_once_one_a_line(settings):
    del settings["title"]
    settings["languages"] = []
    settings["thresholds"]["shared_gap_n"] = "two"
    with pytest.raises(ValueError, match="title") as error:
        parse_study(settings)
    assert str(error.value).splitlines() == [
        "title is missing (expected str)",
        "languages is empty",
        "thresholds.shared_gap_n is str (expected int)",
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda s: s["jurisdictions"][0].update(names=[{"nam": "Arcadia"}]), "jurisdictions[1].names"),
        (lambda s: s["time_points"][0].update(lable="x"), "time_points[1].lable"),
        (lambda s: s["thresholds"].update(shared_gaps=3), "thresholds.shared_gaps"),
        (lambda s: s["preferences"]["victims"].update(why="x"), "preferences.victims.why"),
    ],
)
def test_a_misspelt_setting_within_a_section_is_a_sentence_and_not_a_traceback(settings, change, place):
    change(settings)
    with pytest.raises(ValueError, match="is ") as error:
        parse_study(settings)
    assert place in str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("least_n", 0, "disclosure.least_n is 0 (expected above 0)"),
        ("t_max", 1, "disclosure.t_max is int (expected float)"),
        ("zeros", "maybe", "disclosure.zeros is 'maybe' (expected one of safe, unsafe)"),
        ("least", 5, "disclosure.least is not a setting"),
    ],
)
def test_settings_of_the_gate_are_checked(settings, key, value, words):
    settings["disclosure"][key] = value
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_study(settings)


def test_a_study_says_how_persons_are_protected(settings, study):
    assert study.disclosure.least_n == 5
    del settings["disclosure"]
    with pytest.raises(ValueError, match="disclosure is missing"):
        parse_study(settings)
