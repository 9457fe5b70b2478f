"""Make the fictitious study `data/demo` and what is true of it, byte for byte the same each time.

`python tests/demo.py` writes `data/demo` anew and the truth to `tests/data/demo_truth.json`.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tomllib
from pathlib import Path

import pandas as pd
from demo_parts import coders, counts, decisions, people, received, region, sheets, stakeholders, tables
from demo_parts.dice import Dice

from ctresearch import consensus
from ctresearch.schema import STUDY
from ctresearch.study import parse_study

ROOT = Path(__file__).parents[1]
DEMO, TRUTH = ROOT / "data" / "demo", ROOT / "tests" / "data" / "demo_truth.json"
SEED = 20260115


def make_demo(seed: int = SEED) -> tuple[dict[str, bytes], str]:
    """Return the content of every file of `data/demo` by its path, and the truth as JSON."""
    framework = ROOT / "data" / "framework" / "indicators.csv"
    with framework.open(encoding="utf-8", newline="") as stream:
        indicators = list(csv.DictReader(stream))
    dice, planted = Dice(seed), counts.Planted()
    everyone = people.draw_people(dice)
    years = counts.draw_years(dice, people.count_people(dice, everyone))
    scores = region.draw_scores(dice, indicators)
    rows = {
        "sources": tables.make_sources(),
        "victims": counts.make_victims(years, planted),
        "justice": counts.make_justice(years),
        "flows": counts.make_flows(dice, years),
        "benchmarks": tables.make_benchmarks(dice),
        "instruments": tables.make_instruments(),
        "participation": tables.make_participation(dice),
        "monitoring": tables.make_monitoring(dice),
        "evidence": tables.make_evidence(dice, indicators, scores),
        "population": tables.make_population(dice),
        "context": tables.make_context(dice),
        "breaks": tables.make_breaks(),
        "captures": people.make_captures(everyone),
    }
    # Dice of its own, so that the other tables stay as they are.
    facts, ratings, rated = coders.draw_ratings(Dice(seed + 1), indicators, scores, rows["evidence"])
    rows |= {"evidence": rows["evidence"] + facts, "ratings": ratings, "publishers": tables.make_publishers()}
    rows["methods"] = tables.make_methods()
    rows["corrections"] = tables.misplace_a_point(rows["context"])
    files = {"study.toml": (Path(__file__).parent / "demo_parts" / "settings.toml").read_bytes()}
    sent = {
        "police": sheets.make_police_sheet(dice, people.list_records(dice, everyone, "police", copies=4)),
        "ngo": sheets.make_ngo_sheet(dice, people.list_records(dice, everyone, "ngo", copies=3)),
        "social": sheets.make_social_sheet(dice, people.list_records(dice, everyone, "social", copies=3)),
    }
    for file in sent.values():
        files[f"received/{file.name}"] = file.content
        files[f"received/{Path(file.name).stem}.toml"] = file.mapping.encode("utf-8")
    files["received/portal_export.xlsx"], portal_slips = received.make_portal(
        rows["victims"], rows["justice"], rows["flows"]
    )
    files["received/narrative_sheet.csv"], narrative_slips = received.make_narrative(years, planted)
    files["received/survey_export.csv"], survey = received.make_survey(dice)
    files["received/coder_sheet.xlsx"], coder_sheet = coders.make_coder_sheet(ratings)
    rows["stakeholders"] = stakeholders.make_register(dice)
    rows["invitations"] = stakeholders.make_invitations()
    rows["budget_allocations"] = stakeholders.make_budgets(dice, rows["stakeholders"])
    rows["pair_comparisons"] = stakeholders.make_comparisons(rows["stakeholders"])
    rows |= stakeholders.read_answers(files["received/survey_export.csv"], _read_framework())
    voted, decided = _hold_workshop(Dice(seed + 2), rows, files)
    rows |= voted
    files |= {table.file: _write_table(table, rows[table.name]) for table in STUDY if table.name in rows}
    truth = {
        "notice": "SYNTHETIC: a fictitious region; what is true of data/demo, made by tests/demo.py",
        "seed": seed,
        "jurisdictions": {
            place.code: {
                "name": place.name,
                "trend": place.trend,
                "growth_a_year": place.growth,
                "seen_share": round(region.seen_share(place), 4),
                "hidden_population": {str(year): place.hidden(year) for year in range(region.FIRST, region.LAST + 1)},
                "detected": {str(own.year): own.total for own in years if own.place is place},
            }
            for place in region.PLACES
        },
        "scores": scores,
        "rated": rated,
        "corrections": rows["corrections"],
        "urgent_needs": list(region.URGENT),
        "rated_lower_by_ngo": region.SECTOR_GAP,
        "pillar_weights": stakeholders.PILLAR_WEIGHTS,
        "invited": stakeholders.INVITED,
        "pairs_without_instrument": tables.list_pairs_without_instrument(),
        "treaty_gaps": [f"{treaty}-{code}" for treaty, code in tables.STAYED_OUT],
        "sums_that_do_not_fit": planted.sums,
        "conflicts": planted.conflicts,
        "lists": {
            "jurisdiction": region.SHEETS_PLACE.code,
            "year": region.SHEETS_YEAR,
            "capture_chance": region.CAPTURE,
            "seen_by": people.count_truth(everyone),
        },
        "received": {
            **{file.name: file.truth for file in sent.values()},
            "portal_export.xlsx": {"slips": portal_slips},
            "narrative_sheet.csv": {"slips": narrative_slips},
            "survey_export.csv": survey,
            "coder_sheet.xlsx": coder_sheet,
        },
        "workshop": decided,
    }
    return files, json.dumps(truth, ensure_ascii=False, indent=1) + "\n"


def _hold_workshop(dice: Dice, rows: dict, files: dict[str, bytes]) -> tuple[dict[str, list[dict]], dict]:
    """Tables of the panel, the vote and the comments; the ballots as they were received go to the files."""
    settings, framework = parse_study(tomllib.loads(files["study.toml"].decode("utf-8"))), _read_framework()
    listed = decisions.list_recommendations(settings, rows, framework)
    names = {code: settings.name(code) for code in settings.codes}
    form = consensus.lay_out_ballot(listed, framework["translations"], jurisdictions=names, form_id="ballot_demo")
    votes = decisions.cast_votes(dice, listed)
    paper, slips = decisions.write_paper(listed, votes[0])
    sent = {"ballots_export.csv": decisions.write_export(votes, listed, form), "ballots_paper.csv": paper}
    files |= {f"received/{name}": content for name, content in sent.items()}
    counted, left = stakeholders.count_ballots(sent, listed, framework, source_id=decisions.SOURCE)
    regional = listed.loc[listed["scope"].eq("REG"), "recommendation_id"].tolist()
    made = {
        "voting_list": listed.to_dict("records"),
        "delphi_rounds": decisions.open_rounds(listed, consensus.digest_rules(settings.delphi)),
        "delphi_ratings": decisions.rate_rounds(dice, listed, rows["stakeholders"]),
        "ballots": counted,
        "ballots_not_counted": left,
        **decisions.make_review(),
    }
    truth = {
        "votes_n": len(votes) + len(slips),
        "decisions": {regional[place]: status for place, status in decisions.PLANTED.items()},
        "not_counted": slips,
        "panel_n": decisions.PANEL_N,
        "left_by_round": decisions.DROPOUTS,
        "without_consensus": [regional[decisions.SPLIT]],
        "dissent_on": regional[decisions.DISSENT],
    }
    return made, truth


def write_demo() -> None:
    """Write `data/demo` and the truth; what was there before goes."""
    files, truth = make_demo()
    shutil.rmtree(DEMO, ignore_errors=True)
    for name, content in files.items():
        (DEMO / name).parent.mkdir(parents=True, exist_ok=True)
        (DEMO / name).write_bytes(content)
    TRUTH.parent.mkdir(exist_ok=True)
    TRUTH.write_text(truth, encoding="utf-8", newline="\n")


def _read_framework() -> dict[str, pd.DataFrame]:
    folder = ROOT / "data" / "framework"
    return {
        name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("indicators", "labels", "translations", "codebook", "measures", "gsi_items", "codes")
    }


def _write_table(table, rows: list[dict]) -> bytes:
    stream = io.StringIO()
    names = [column.name for column in table.columns]
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8")


if __name__ == "__main__":
    write_demo()
