"""What the people of the fictitious region decide: rounds of a panel, votes of a workshop, comments on the draft."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pandas as pd

from ctresearch import consensus, schema
from ctresearch.workshop.agenda import draw_up
from demo_parts.dice import Dice
from demo_parts.region import CODES
from demo_parts.stakeholders import SECTORS

SOURCE = "demo-workshop"
VOTERS_N = 36
OWN_N = 4
"""Recommendations for the own jurisdiction that a voter votes on; the others are left out."""

PLANTED = {
    0: "accepted",
    1: "amended",
    2: "contested",
    3: "rejected",
    4: "needs_evidence",
    5: "contested",
    6: "contested",
}
"""Status of the first recommendations for the region: 5 is contested since women object, 6 since two wordings tie."""

NEW_WORDING = "Invented new wording: {action}"
OLD_LIST = "0000000aaaaa"
PANEL_N, RATED_N, ROUNDS = 16, 12, (1, 2, 3)
DROPOUTS = {2: 1, 3: 3}
"""Panellists that are gone in a round."""
SPLIT, DISSENT = 2, 0
"""Place of the recommendation on which the panel stays divided, and of the one on which one panellist dissents."""
REASON = "Invented: the money is needed for shelters first."


def list_recommendations(settings: SimpleNamespace, rows: dict[str, list[dict]], framework: dict) -> pd.DataFrame:
    """The list that is put to the vote, from the tables that are being made."""
    tables = {table.name: table for table in (*schema.FRAMEWORK, *schema.STUDY)}
    made = {name: pd.DataFrame(part, dtype=object).fillna("").astype("str") for name, part in rows.items() if part}
    made |= {name: framework[name] for name in ("indicators", "measures", "gsi_items")}
    typed = {}
    for name, part in made.items():
        columns = [column.name for column in tables[name].columns]
        typed[name] = schema.convert_table(tables[name], part.reindex(columns=columns, fill_value=""))
    return draw_up(SimpleNamespace(study=settings, voting_list=pd.DataFrame(), **typed)).voting_list


def cast_votes(dice: Dice, voting_list: pd.DataFrame) -> list[dict]:
    """A row a vote, as the voters mean it: 36 on all for the region and some for where they work."""
    regional = voting_list[voting_list["scope"].eq("REG")]
    votes = []
    for number in range(VOTERS_N):
        code, sex = CODES[number % len(CODES)], "female" if number % 9 < 5 else "male"
        voter = {"ballot": f"B-{number + 1:03d}", "jurisdiction": code, "sector": dice.pick(SECTORS), "sex": sex}
        own = voting_list[voting_list["scope"].eq(code)].head(OWN_N)
        for place, row in enumerate(regional.itertuples()):
            votes.append(voter | _vote(dice, place, number, sex, row.action) | {"recommendation_id": row[1]})
        for row in own.itertuples():
            votes.append(voter | _vote(dice, len(PLANTED), number, sex, row.action) | {"recommendation_id": row[1]})
    return votes


def _vote(dice: Dice, place: int, number: int, sex: str, action: str) -> dict:
    """What a voter says: as planted on the first recommendations, and mostly yes on the others."""
    new = NEW_WORDING.format(action=action)
    share = number / VOTERS_N
    said = {
        0: ("agree", "", ""),
        1: ("agree", "", "") if share < 0.4 else ("amend", new, "") if share < 0.9 else ("object", "", "means"),
        2: ("agree", "", "") if share < 0.6 else ("object", "", "addressee"),
        3: ("object", "", "rights") if share < 0.7 else ("agree", "", ""),
        4: ("agree", "", "") if share < 0.7 else ("object", "", "evidence"),
        5: ("object", "", "rights") if sex == "female" and number % 9 < 3 else ("agree", "", ""),
        6: ("agree", "", "") if share < 0.5 else ("amend", f"{new} First.", "") if number % 2 else ("amend", new, ""),
    }.get(place)
    if said is None:
        said = ("agree", "", "") if dice.is_lucky(0.95) else ("object", "", "means")
    return dict(zip(("vote", "wording", "objection"), said, strict=True))


def list_paths(form: dict[str, pd.DataFrame]) -> dict[str, str]:
    """The questions of a form, with the groups before each as an export names them."""
    path, paths = [], {}
    for row in form["survey"].itertuples():
        if row.type == "begin_group":
            path.append(row.name)
        elif row.type == "end_group":
            path.pop()
        elif row.type != "note":
            paths[row.name] = "/".join([*path, row.name])
    return paths


def write_export(votes: list[dict], voting_list: pd.DataFrame, form: dict[str, pd.DataFrame]) -> bytes:
    """The export of the form: one row a ballot, with the paths of the questions as headers."""
    paths = list_paths(form)
    ballots: dict[str, dict] = {}
    for vote in votes:
        known = {name: vote[name] for name in ("ballot", "jurisdiction", "sector", "sex")}
        ballot = ballots.setdefault(vote["ballot"], known | {"consent": "yes"})
        ballot["list_version"] = voting_list["list_version"].iloc[0]
        name = consensus.name_question(vote["recommendation_id"])
        ballot |= {f"{aspect}_{name}": vote[aspect] for aspect in ("vote", "wording", "objection")}
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    writer.writerow([*paths.values(), "_uuid"])
    for number, ballot in enumerate(ballots.values()):
        writer.writerow([*(ballot.get(name, "") for name in paths), f"uuid-{number}"])
    return ("\ufeff" + stream.getvalue()).encode("utf-8")


def write_paper(voting_list: pd.DataFrame, first: dict) -> tuple[bytes, list[dict]]:
    """A sheet typed from paper ballots in which every vote is wrong in one way, and what is wrong with each."""
    names = voting_list.loc[voting_list["scope"].eq("REG"), "recommendation_id"].tolist()
    header = ("ballot", "list_version", "recommendation_id", "vote", "wording", "objection")
    header += ("jurisdiction", "sector", "sex")
    good = dict.fromkeys(header, "") | {"list_version": voting_list["list_version"].iloc[0], "vote": "agree"}
    good |= {"sex": "female", "sector": "ngo", "jurisdiction": CODES[0], "recommendation_id": names[0]}
    slips = {
        "double_vote": {name: first[name] for name in ("ballot", "recommendation_id", "sex")} | {"vote": "object"},
        "unknown_recommendation": {"ballot": "B-101", "recommendation_id": "REG-NONE-99z"},
        "old_list": {"ballot": "B-102", "list_version": OLD_LIST},
        "other_language": {"ballot": "B-103", "vote": "Jam dakord"},
        "no_sex": {"ballot": "B-104", "sex": ""},
        "no_ballot": {"ballot": ""},
        "no_wording": {"ballot": "B-105", "vote": "amend"},
        "unknown_code": {"ballot": "B-106", "vote": "perhaps"},
    }
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows([good | slip for slip in slips.values()])
    found = [{"row": number, "problem": problem} for number, problem in enumerate(slips, start=2)]
    return stream.getvalue().encode("utf-8"), found


def rate_rounds(dice: Dice, voting_list: pd.DataFrame, register: list[dict]) -> list[dict]:
    """Ratings that draw together from round to round, but for one recommendation and one panellist."""
    names = voting_list.loc[voting_list["scope"].eq("REG"), "recommendation_id"].tolist()[:RATED_N]
    people = [person["stakeholder"] for person in register[:: len(register) // PANEL_N][:PANEL_N]]
    rows, before = [], {}
    for number in ROUNDS:
        present = people[: PANEL_N - DROPOUTS.get(number, 0)]
        for place, name in enumerate(names):
            centre = 8 if place < RATED_N // 2 else 5
            for seat, person in enumerate(present):
                rating = centre + round((dice.share() - 0.5) * (6 - 1.8 * min(number, 2)))
                if number == ROUNDS[-1] and not dice.is_lucky(0.1):
                    rating = before[person, name]
                if place == SPLIT:
                    rating = 1 if seat % 2 else 9
                elif place == DISSENT and seat == 0:
                    rating = 2
                reason = REASON if place == DISSENT and seat == 0 and number == ROUNDS[-1] else ""
                before[person, name] = rating
                row = {"round": str(number), "stakeholder": person, "recommendation_id": name}
                rows.append(row | {"rating": str(min(9, max(1, rating))), "reason": reason, "source_id": SOURCE})
    return rows


def open_rounds(voting_list: pd.DataFrame, rule_version: str) -> list[dict]:
    days = (("2025-03-03", "2025-03-14"), ("2025-03-24", "2025-04-04"), ("2025-04-14", "2025-04-25"))
    version = voting_list["list_version"].iloc[0]
    fixed = {"rule_version": rule_version, "list_version": version, "source_id": SOURCE}
    return [
        {"round": str(number), "opened": first, "closed": last} | fixed
        for number, (first, last) in zip(ROUNDS, days, strict=True)
    ]


def make_review() -> dict[str, list[dict]]:
    """A draft that is out for comments, with three replies and one comment that is still open."""
    states = (("draft", "2025-05-05", ""), ("sent_for_comments", "2025-06-02", "2025-07-15"))
    comments = (
        (
            "arv",
            "Arvelia",
            "fact",
            "the shelter has opened since",
            "Office of Arvelia",
            "accepted",
            "The fact was added.",
        ),
        (
            "recommendations",
            "Recommendations",
            "missing",
            "costs are missing",
            "League of Shelters",
            "partly",
            "By class.",
        ),
        (
            "annex",
            "Annex",
            "disagree",
            "leave out one source",
            "Office of Belmora",
            "rejected",
            "Both are shown.",
        ),
        ("tav", "Tavelund", "wording", "another year", "Office of Tavelund", "", ""),
    )
    names = ("item_id", "title", "comment_kind", "text", "organisation", "reply", "reply_reason")
    return {
        "report_states": [
            {"report_state": state, "date": day, "deadline": deadline, "content": "0123456789ab", "note": "invented"}
            for state, day, deadline in states
        ],
        "comments": [
            dict(zip(names, row, strict=True))
            | {"comment_id": f"C-{number:03d}", "quote": ""}
            | {"organisation": f"Invented {row[4]}", "text": f"Invented: {row[3]}."}
            for number, row in enumerate(comments, start=1)
        ],
    }
