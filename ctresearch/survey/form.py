"""The form of the survey as sheets of an XLSForm, made from the framework and one table of translations."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pandas as pd

from ctresearch.survey.texts import FormTexts, make_group, make_row
from ctresearch.vocabulary import REGION

BACKGROUND = ("sector", "nrm_role", "level", "sex")
"""What is asked of the respondent beside where they work; each has a list of choices of its name."""

_SCALES = ("importance", "performance")
_REFUSED = "${consent} = 'no'"


def list_items(indicators: pd.DataFrame) -> pd.DataFrame:
    """List what is asked about: the core indicators, with the pillar and question of each.

    Examples
    --------
    >>> rows = pd.DataFrame({"indicator": ["A", "B"], "pillar": "data", "question": ["Is it?", "Was it?"],
    ...                      "is_core": [True, False]})
    >>> list_items(rows)["indicator"].tolist()
    ['A']
    """
    return indicators.loc[indicators["is_core"], ["indicator", "pillar", "question"]].reset_index(drop=True)


def lay_out_form(
    indicators: pd.DataFrame, translations: pd.DataFrame, *, jurisdictions: Mapping[str, str], form_id: str
) -> dict[str, pd.DataFrame]:
    """Lay out the survey as the sheets of an XLSForm.

    Consent comes first, and without it nothing is asked. Then follow where the respondent works, sector, role in the
    national referral mechanism, level and sex; for each core indicator importance and performance from 1 to 5 or
    "don't know"; what works well and what is needed in free text, with a warning to name nobody. No time, place,
    device or other mark of the respondent is recorded by the form.

    Parameters
    ----------
    indicators : pandas.DataFrame
        The framework table.
    translations : pandas.DataFrame
        The framework table: every text in every language.
    jurisdictions : mapping of str to str
        Codes and names of the jurisdictions of the study, which stand in every language as the study writes them.
    form_id : str
        Short name of the form.

    Returns
    -------
    dict of str to pandas.DataFrame
        `survey`, `choices` and `settings`; empty cells are empty text. Languages of which any text is a draft say so
        in their name. The version in `settings` changes with every text.

    Raises
    ------
    ValueError
        With every text that is missing in a language, and every question whose English no longer is the framework's.
    """
    items = list_items(indicators)
    texts = FormTexts(translations)
    survey = pd.DataFrame(_ask(items, texts)).fillna("")
    choices = pd.DataFrame(_offer(texts, jurisdictions)).fillna("")
    stale = _find_stale(items, translations)
    if texts.missing or stale:
        raise ValueError("; ".join([*texts.missing, *stale]))
    content = survey.to_csv(index=False) + choices.to_csv(index=False)
    version = hashlib.sha256(content.encode("utf-8")).hexdigest()[:12]
    settings = {"form_title": texts.say("survey_text", "title"), "form_id": form_id, "version": version}
    settings |= {"default_language": texts.headings[0], "style": "pages"}
    return {"survey": survey, "choices": choices, "settings": pd.DataFrame([settings])}


def _ask(items: pd.DataFrame, texts: FormTexts) -> list[dict[str, str]]:
    rows = [make_row("note", code, texts.show("survey_text", code)) for code in ("intro", "draft_notice", "warning")]
    rows.append(make_row("select_one yesno", "consent", texts.show("survey_text", "consent"), required="yes"))
    rows.append(make_row("note", "refused", texts.show("survey_text", "refused"), relevant=_REFUSED))
    rows += make_group("background", texts.show("survey_text", "background"), _ask_background(texts))
    for pillar in items["pillar"].unique():
        own = items.loc[items["pillar"].eq(pillar), "indicator"]
        inner = [row for indicator in own for row in _ask_item(indicator, texts)]
        rows += make_group(pillar, texts.show("pillar", pillar), inner, appearance="")
    warned = texts.show("survey_text", "warning", "hint")
    free = [
        make_row("text", code, texts.show("survey_text", code) | warned, appearance="multiline")
        for code in ("strengths", "comment")
    ]
    return rows + make_group("words", texts.show("survey_text", "words"), free)


def _ask_background(texts: FormTexts) -> list[dict[str, str]]:
    return [
        make_row(f"select_one {name}", name, texts.show("survey_text", name), required="yes")
        for name in ("jurisdiction", *BACKGROUND)
    ]


def _ask_item(indicator: str, texts: FormTexts) -> list[dict[str, str]]:
    suffix = indicator.replace("-", "_")
    asked = [
        make_row(f"select_one {scale}", f"{scale}_{suffix}", texts.show("survey_text", scale), required="yes")
        for scale in _SCALES
    ]
    return make_group(f"item_{suffix}", texts.show("indicator", indicator), asked, relevant="")


def _offer(texts: FormTexts, jurisdictions: Mapping[str, str]) -> list[dict[str, str]]:
    places = [{"list_name": "jurisdiction", "name": code, **texts.repeat(name)} for code, name in jurisdictions.items()]
    places.append({"list_name": "jurisdiction", "name": REGION, **texts.show("survey_text", "region")})
    return places + [
        {"list_name": name, "name": code, **texts.show(name, code)}
        for name in ("yesno", *BACKGROUND, *_SCALES)
        for code in texts.codes(name)
    ]


def _find_stale(items: pd.DataFrame, translations: pd.DataFrame) -> list[str]:
    """Find questions whose wording in the framework is not the one that was translated."""
    english = translations[translations["list"].eq("indicator") & translations["language"].eq("en")]
    translated = dict(zip(english["code"], english["text"], strict=True))
    return [
        f"indicator '{row.indicator}' was translated from another question than the framework's"
        for row in items.itertuples()
        if translated.get(row.indicator, row.question) != row.question
    ]
