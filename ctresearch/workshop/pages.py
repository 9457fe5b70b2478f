"""Pages that are handed out and printed: ballots on paper, hand-outs for jurisdictions and pairs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup

from ctresearch import consensus
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.store import StudyData
from ctresearch.tables import format_column, format_interval
from ctresearch.text import DETECTED_NOT_EXISTING
from ctresearch.vocabulary import REGION, UNKNOWN
from ctresearch.workshop.agenda import Agenda, select_votes_of

_TEMPLATES = Path(__file__).parents[1] / "templates" / "workshop"
_CARD = ("addressee", "level", "time_frame", "capacity", "gender_effect")
_CARD_WORDS = dict(
    zip(_CARD, ("To", "Level", "Time", "Capacity to develop", "Women, men, girls and boys"), strict=True)
)
_MOST_FLOWS = 12
_NO_LIST = "ND: none was found, which does not mean that there is none."


def write_pages(data: StudyData, agenda: Agenda, *, state: str) -> dict[str, str]:
    """Write every page by its file name: a ballot for each place of work, a hand-out for each jurisdiction and pair."""
    codes = data.study.codes
    pages = {f"ballot_{code.lower()}.html": _write_ballot(data, agenda, code, state) for code in (REGION, *codes)}
    pages |= {f"handout_{code.lower()}.html": _write_handout(data, agenda, (code,), state) for code in codes}
    for pair in combinations(codes, 2):
        pages[f"handout_{'-'.join(pair).lower()}.html"] = _write_handout(data, agenda, pair, state)
    return pages


def write_own_pages(data: StudyData, agenda: Agenda, *, state: str) -> dict[str, str]:
    """Write a page for each panellist of the last round, with the own answers beside the group's; for no other eyes."""
    ratings = data.delphi_ratings
    if ratings.empty:
        return {}
    number = int(ratings["round"].max())
    scored = consensus.score_ratings(ratings, rules=data.study.delphi)
    actions = agenda.voting_list.set_index("recommendation_id")["action"]
    people = ratings.loc[ratings["round"].eq(number), "stakeholder"].unique()
    pages = {}
    for person in people:
        own = consensus.compare_own(ratings, scored, stakeholder=person, number=number)
        rows = [
            {
                "recommendation_id": row.recommendation_id,
                "action": actions.get(row.recommendation_id, ""),
                "own": UNKNOWN if pd.isna(row.own_rating) else row.own_rating,
                "is_far": not pd.isna(row.is_outside) and row.is_outside,
                "median": f"{row.median:g}",
                "half": f"{row.q1:g} to {row.q3:g}",
                "ratings_n": row.ratings_n,
            }
            for row in own.itertuples(index=False)
        ]
        title = f"Round {number}: your answers"
        content = {"stakeholder": person, "number": number, "rows": rows}
        pages[f"own_{person.lower()}.html"] = _render("own.html.j2", data, state, title=title, **content)
    return pages


def is_synthetic(data: StudyData) -> bool:
    """Return whether a source of the study is synthetic."""
    return bool(data.sources["status"].eq("synthetic").any())


def _write_ballot(data: StudyData, agenda: Agenda, code: str, state: str) -> str:
    listed = select_votes_of(agenda.voting_list, code)
    place = data.vocabulary.label("jurisdiction_or_region", code)
    words = data.translations[data.translations["language"].eq("en")].set_index(["list", "code"])["text"]
    choices = {name: _list_choices(words, name) for name in ("vote", "objection", "sector", "sex")}
    groups = [
        (data.vocabulary.label("jurisdiction_or_region", scope), rows.to_dict("records"))
        for scope, rows in listed.groupby("scope", sort=False)
    ]
    content = {"groups": groups, "words": words.to_dict(), "choices": choices, "place": place}
    version = listed["list_version"].iloc[0] if len(listed) else ""
    return _render("ballot.html.j2", data, state, title=f"Ballot: {place}", version=version, **content)


def _list_choices(words: pd.Series, name: str) -> list[tuple[str, str]]:
    return [(code, text) for (found, code), text in words.items() if found == name]


def _write_handout(data: StudyData, agenda: Agenda, codes: tuple[str, ...], state: str) -> str:
    names = [data.study.name(code) for code in codes]
    is_pair = len(codes) == 2
    own = agenda.advice[agenda.advice["scope"].isin(codes)] if not is_pair else agenda.advice.head(0)
    shared = agenda.advice[agenda.advice["scope"].eq(REGION)]
    holds = shared["shared_by"].str.split(";").map(lambda sharing: set(codes) <= set(sharing))
    shared = shared[holds.astype(bool)]
    advice = pd.concat([own, shared])
    content = {
        "is_pair": is_pair,
        "names": names,
        "own": _list_cards(data, agenda, own),
        "shared": _list_cards(data, agenda, shared),
        "instruments": _list_instruments(data, agenda, codes),
        "flows": _list_flows(data, agenda, codes),
        "matches": _list_matches(data, agenda, codes),
        "detected": DETECTED_NOT_EXISTING,
        "nothing": _NO_LIST,
        "sources": _list_sources(data, [*advice["source_id"], *_cite_pair(agenda, codes)]),
    }
    return _render("handout.html.j2", data, state, title=" and ".join(names), **content)


def _list_cards(data: StudyData, agenda: Agenda, advice: pd.DataFrame) -> list[dict]:
    shown = pd.DataFrame({name: format_column(advice[name], data.vocabulary) for name in _CARD})
    voted = agenda.voting_list.set_index("recommendation_id")["action"]
    findings = agenda.findings.drop_duplicates("evidence_id").set_index("evidence_id")
    cards = []
    for row, terms in zip(advice.itertuples(), shown.to_dict("records"), strict=True):
        behind = findings.reindex(row.evidence_ids.split(";"))
        facts = [
            {"evidence_id": name, "text": fact.finding, "source_id": fact.source_id.replace(";", ", ")}
            for name, fact in zip(behind.index, behind.itertuples(), strict=True)
        ]
        action = voted.get(row.recommendation_id, row.action)
        terms = {_CARD_WORDS[name]: value for name, value in terms.items()}  # noqa: PLW2901
        cards.append({"name": row.recommendation_id, "action": action, "terms": terms, "facts": facts})
    return cards


def _find_pair(agenda: Agenda, codes: tuple[str, ...]) -> pd.DataFrame:
    pairs = agenda.pairs
    if len(codes) == 2:
        return pairs[pairs["first"].isin(codes) & pairs["second"].isin(codes)]
    return pairs[pairs["first"].isin(codes) | pairs["second"].isin(codes)]


def _list_instruments(data: StudyData, agenda: Agenda, codes: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Return each pair with the titles of its bilateral instruments; of a single pair also the multilateral ones."""
    kinds = ("bilateral", "multilateral") if len(codes) == 2 else ("bilateral",)
    listed = []
    for row in _find_pair(agenda, codes).itertuples():
        names = [name for kind in kinds for name in getattr(row, kind).split(";") if name]
        pair = f"{data.study.name(row.first)} and {data.study.name(row.second)}"
        listed.append((pair, [data.vocabulary.label("instrument", name) for name in names]))
    return listed


def _cite_pair(agenda: Agenda, codes: tuple[str, ...]) -> list[str]:
    flows = _select_flows(agenda, codes)
    return [*_find_pair(agenda, codes)["source_id"], *flows["source_id"]]


def _select_flows(agenda: Agenda, codes: tuple[str, ...]) -> pd.DataFrame:
    flows = agenda.flows[agenda.flows["origin"].ne(agenda.flows["destination"])]
    if len(codes) == 2:
        return flows[flows["origin"].isin(codes) & flows["destination"].isin(codes)]
    return flows[flows["origin"].isin(codes) | flows["destination"].isin(codes)]


def _list_flows(data: StudyData, agenda: Agenda, codes: tuple[str, ...]) -> list[dict]:
    flows = _select_flows(agenda, codes)
    named = {name: format_column(flows[name], data.vocabulary) for name in ("origin", "destination")}
    bounds = zip(flows["value_low"], flows["value_high"], strict=True)
    counts = [format_interval(low, float("inf") if pd.isna(high) else high, 0) for low, high in bounds]
    return flows.assign(**named, count=counts).head(_MOST_FLOWS).to_dict("records")


def _list_matches(data: StudyData, agenda: Agenda, codes: tuple[str, ...]) -> list[dict]:
    """Return what one has and another lacks: of a pair between the two, else in both directions for the one."""
    found = []
    for row in agenda.matches.itertuples():
        strong, weak = row.strengths.split(";"), row.gaps.split(";")
        if len(codes) == 2:
            strong, weak = [code for code in strong if code in codes], [code for code in weak if code in codes]
        elif codes[0] not in weak:
            continue
        else:
            weak = list(codes)
        if strong and weak:
            names = {"strong": _join(data, strong), "weak": _join(data, weak)}
            found.append({"indicator": data.vocabulary.label("indicator", row.indicator), **names})
    return found


def _join(data: StudyData, codes: list[str]) -> str:
    return ", ".join(data.study.name(code) for code in codes)


def _list_sources(data: StudyData, cited: Iterable[str]) -> list[dict]:
    named = {part for cell in cited if isinstance(cell, str) for part in cell.split(";")}
    rows = data.sources[data.sources["source_id"].isin(named)]
    return rows.assign(year=rows["year"].astype("string").fillna("")).to_dict("records")


@cache
def _load(name: str) -> Template:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True)
    return environment.get_template(name)


def _render(name: str, data: StudyData, state: str, **content: object) -> str:
    style = Markup((_TEMPLATES / "print.css").read_text(encoding="utf-8"))
    notice = SYNTHETIC_NOTICE if is_synthetic(data) else ""
    html = _load(name).render(study=data.study, state=state, synthetic=notice, style=style, notes=(), **content)
    notes = data.study.notes_for(html)
    if not notes:
        return html
    return _load(name).render(study=data.study, state=state, synthetic=notice, style=style, notes=notes, **content)
