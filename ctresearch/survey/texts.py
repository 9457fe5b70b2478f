"""The texts of a form in all languages, from one table of translations, and the rows of an XLSForm made of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

AGREED = "${consent} = 'yes'"
"""Condition of all that is asked behind consent."""

_DRAFT = "DRAFT"


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


class FormTexts:
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


def make_group(
    name: str,
    label: dict[str, str],
    rows: Sequence[dict[str, str]],
    *,
    relevant: str = AGREED,
    appearance="field-list",
) -> list[dict[str, str]]:
    """Return the rows of a group, shown behind consent unless told otherwise."""
    begin = make_row("begin_group", name, label, relevant=relevant, appearance=appearance)
    return [begin, *rows, {"type": "end_group", "name": ""}]


def make_row(kind: str, name: str, label: dict[str, str], **more: str) -> dict[str, str]:
    """Return one row of the form."""
    return {"type": kind, "name": name, **label, **more}
