"""The ballot as the sheets of an XLSForm: a vote on each recommendation, other words or a reason where needed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pandas as pd

from ctresearch.survey import FormTexts
from ctresearch.survey.texts import AGREED, make_group, make_row
from ctresearch.vocabulary import REGION

BACKGROUND = ("jurisdiction", "sector", "sex")
"""What is asked of the voter; no more, so that nobody can be told by it."""

_LISTS = ("yesno", "sector", "sex", "vote", "objection")
_NUMBER = "regex(., '^[A-Z]-[0-9]{3,6}$')"


def name_question(recommendation_id: str) -> str:
    """Return the end of the names of the questions on a recommendation.

    Examples
    --------
    >>> name_question("ALB-PREV-01a")
    'ALB_PREV_01a'
    """
    return recommendation_id.replace("-", "_").replace(".", "_")


def lay_out_ballot(
    voting_list: pd.DataFrame, translations: pd.DataFrame, *, jurisdictions: Mapping[str, str], form_id: str
) -> dict[str, pd.DataFrame]:
    """Lay out the ballot as the sheets of an XLSForm.

    Consent comes first, and without it nothing is asked. Then the number of the ballot, where the voter works, sector
    and sex; a vote on each recommendation for the region and for where the voter works (who works in several sees
    all), with proposed words if it is to be amended and a reason if there is an objection. The version of the list
    travels with the answers. The recommendations stand in English in every language.

    Parameters
    ----------
    voting_list : pandas.DataFrame
        Contract of that name.
    translations : pandas.DataFrame
        The framework table.
    jurisdictions : mapping of str to str
        Codes and names of the jurisdictions of the study.
    form_id : str
        Short name of the form.

    Returns
    -------
    dict of str to pandas.DataFrame
        `survey`, `choices` and `settings`, as `survey.lay_out_form` returns them.

    Raises
    ------
    ValueError
        If the list is empty, or with every text that is missing in a language.
    """
    if voting_list.empty:
        raise ValueError("there is no recommendation to vote on")
    texts = FormTexts(translations)
    rows = pd.DataFrame(_ask(voting_list, texts, jurisdictions)).fillna("")
    choices = pd.DataFrame(_offer(texts, jurisdictions)).fillna("")
    if texts.missing:
        raise ValueError("; ".join(texts.missing))
    content = rows.to_csv(index=False) + choices.to_csv(index=False)
    version = hashlib.sha256(content.encode("utf-8")).hexdigest()[:12]
    settings = {"form_title": texts.say("ballot_text", "title"), "form_id": form_id, "version": version}
    settings |= {"default_language": texts.headings[0], "style": "pages"}
    return {"survey": rows, "choices": choices, "settings": pd.DataFrame([settings])}


def _ask(voting_list: pd.DataFrame, texts: FormTexts, jurisdictions: Mapping[str, str]) -> list[dict[str, str]]:
    version = voting_list["list_version"].iloc[0]
    rows = [{"type": "calculate", "name": "list_version", "calculation": f"'{version}'"}]
    rows.append(make_row("note", "intro", texts.show("ballot_text", "intro")))
    rows += [make_row("note", code, texts.show("survey_text", code)) for code in ("draft_notice", "warning")]
    rows.append(make_row("select_one yesno", "consent", texts.show("survey_text", "consent"), required="yes"))
    number = make_row("text", "ballot", texts.show("ballot_text", "ballot"), required="yes", constraint=_NUMBER)
    asked = [
        make_row(f"select_one {name}", name, texts.show("survey_text", name), required="yes") for name in BACKGROUND
    ]
    rows += make_group("background", texts.show("survey_text", "background"), [number, *asked])
    for scope, listed in voting_list.groupby("scope", sort=False):
        inner = [row for item in listed.itertuples() for row in _ask_item(item, texts)]
        seen = AGREED if scope == REGION else f"{AGREED} and (${{jurisdiction}} = '{scope}' or {_works_in_several()})"
        label = texts.show("survey_text", "region") if scope == REGION else texts.repeat(jurisdictions[scope])
        rows += make_group(f"scope_{scope}", label, inner, relevant=seen, appearance="")
    return rows


def _works_in_several() -> str:
    return f"${{jurisdiction}} = '{REGION}'"


def _ask_item(item, texts: FormTexts) -> list[dict[str, str]]:
    name = name_question(item.recommendation_id)
    vote = f"${{vote_{name}}}"
    asked = [
        make_row("select_one vote", f"vote_{name}", texts.show("ballot_text", "vote")),
        make_row(
            "text",
            f"wording_{name}",
            texts.show("ballot_text", "wording"),
            relevant=f"{vote} = 'amend'",
            required="yes",
            appearance="multiline",
        ),
        make_row(
            "select_one objection",
            f"objection_{name}",
            texts.show("ballot_text", "objection"),
            relevant=f"{vote} = 'object'",
        ),
    ]
    return make_group(f"item_{name}", texts.repeat(f"{item.recommendation_id}: {item.action}"), asked, relevant="")


def _offer(texts: FormTexts, jurisdictions: Mapping[str, str]) -> list[dict[str, str]]:
    places = [{"list_name": "jurisdiction", "name": code, **texts.repeat(name)} for code, name in jurisdictions.items()]
    places.append({"list_name": "jurisdiction", "name": REGION, **texts.show("survey_text", "region")})
    return places + [
        {"list_name": name, "name": code, **texts.show(name, code)} for name in _LISTS for code in texts.codes(name)
    ]
