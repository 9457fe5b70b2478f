"""The form of the survey as sheets of an XLSForm, made from the framework and one table of translations."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd

from ctresearch.vocabulary import REGION

BACKGROUND = ("sector", "nrm_role", "level", "sex")
"""What is asked of the respondent beside where they work; each has a list of choices of its name."""

_SCALES = ("importance", "performance")
_AGREED = "${consent} = 'yes'"
_REFUSED = "${consent} = 'no'"
_DRAFT = "DRAFT"


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


def list_languages(translations: pd.DataFrame) -> pd.DataFrame:
    """Count the texts of each language and how many of them are drafts.

    Returns
    -------
    pandas.DataFrame
        `language`, `name` (in the language itself), `texts_n`, `drafts_n`, in the order of the table.

    Examples
    --------
    >>> rows = [("survey_text", "language", "en", "English", "checked"), ("yesno", "yes", "en", "Yes", "draft")]
    >>> list_languages(pd.DataFrame(rows, columns=["list", "code", "language", "text", "state"])).values.tolist()
    [['en', 'English', 2, 1]]
    """
    own = translations[translations["list"].eq("survey_text") & translations["code"].eq("language")]
    names = dict(zip(own["language"], own["text"], strict=True))
    by = translations.groupby("language", sort=False)["state"]
    counted = by.agg(texts_n="size", drafts_n=lambda states: int(states.eq("draft").sum())).reset_index()
    counted.insert(1, "name", [names.get(language, language) for language in counted["language"]])
    return counted


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
    texts = _Texts(translations)
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


class _Texts:
    """The table of translations as columns of a form; remembers what it was asked for and did not hold."""

    def __init__(self, translations: pd.DataFrame) -> None:
        self._texts = translations.set_index(["list", "code", "language"])["text"].to_dict()
        languages = list_languages(translations)
        self._languages = languages["language"].tolist()
        self.headings = [
            f"{row.name}{f' - {_DRAFT}' if row.drafts_n else ''} ({row.language.partition('-')[0]})"
            for row in languages.itertuples(index=False)
        ]
        self.missing: list[str] = []

    def show(self, name: str, code: str, column: str = "label") -> dict[str, str]:
        """Return the cells of a text in all languages."""
        cells = {}
        for language, heading in zip(self._languages, self.headings, strict=True):
            text = self._texts.get((name, code, language), "")
            cells[f"{column}::{heading}"] = text
            if not text:
                self.missing.append(f"{name} '{code}' has no text in '{language}'")
        return cells

    def repeat(self, text: str) -> dict[str, str]:
        """Return the cells of a name that is the same in all languages."""
        return {f"label::{heading}": text for heading in self.headings}

    def codes(self, name: str) -> list[str]:
        """Return the codes of a list in the order of the table."""
        return list(dict.fromkeys(code for found, code, _ in self._texts if found == name))

    def say(self, name: str, code: str) -> str:
        """Return a text in the first language."""
        return self._texts.get((name, code, self._languages[0]), "")


def _ask(items: pd.DataFrame, texts: _Texts) -> list[dict[str, str]]:
    rows = [_row("note", code, texts.show("survey_text", code)) for code in ("intro", "draft_notice", "warning")]
    rows.append(_row("select_one yesno", "consent", texts.show("survey_text", "consent"), required="yes"))
    rows.append(_row("note", "refused", texts.show("survey_text", "refused"), relevant=_REFUSED))
    rows += _group("background", texts.show("survey_text", "background"), _ask_background(texts))
    for pillar in items["pillar"].unique():
        own = items.loc[items["pillar"].eq(pillar), "indicator"]
        inner = [row for indicator in own for row in _ask_item(indicator, texts)]
        rows += _group(pillar, texts.show("pillar", pillar), inner, appearance="")
    warned = texts.show("survey_text", "warning", "hint")
    free = [
        _row("text", code, texts.show("survey_text", code) | warned, appearance="multiline")
        for code in ("strengths", "comment")
    ]
    return rows + _group("words", texts.show("survey_text", "words"), free)


def _ask_background(texts: _Texts) -> list[dict[str, str]]:
    return [
        _row(f"select_one {name}", name, texts.show("survey_text", name), required="yes")
        for name in ("jurisdiction", *BACKGROUND)
    ]


def _ask_item(indicator: str, texts: _Texts) -> list[dict[str, str]]:
    suffix = indicator.replace("-", "_")
    asked = [
        _row(f"select_one {scale}", f"{scale}_{suffix}", texts.show("survey_text", scale), required="yes")
        for scale in _SCALES
    ]
    return _group(f"item_{suffix}", texts.show("indicator", indicator), asked, relevant="")


def _group(
    name: str,
    label: dict[str, str],
    rows: Sequence[dict[str, str]],
    *,
    relevant: str = _AGREED,
    appearance="field-list",
) -> list[dict[str, str]]:
    begin = _row("begin_group", name, label, relevant=relevant, appearance=appearance)
    return [begin, *rows, {"type": "end_group", "name": ""}]


def _row(kind: str, name: str, label: dict[str, str], **more: str) -> dict[str, str]:
    return {"type": kind, "name": name, **label, **more}


def _offer(texts: _Texts, jurisdictions: Mapping[str, str]) -> list[dict[str, str]]:
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
