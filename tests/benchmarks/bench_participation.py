"""Read, score and write 5,000 answers of a survey and the votes on 200 recommendations: seconds and memory.

`python tests/benchmarks/bench_participation.py` prints one line a job. A wall clock on a busy machine says little, so
processor seconds stand beside it; the limit is 5 s for both jobs together.
"""

from __future__ import annotations

import csv
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch import consensus, fieldwork, intake, store, workshop

ANSWERS_N, RECOMMENDATIONS_N, BALLOTS_N, LIMIT_S = 5000, 200, 60, 5.0
SOURCE = "demo-survey"


def write_survey(data: store.StudyData, file: Path, generator: np.random.Generator) -> int:
    """Write an export with 5,000 answers on the core indicators; return how many persons gave them."""
    core = data.indicators.loc[data.indicators["is_core"], "indicator"].str.replace("-", "_").tolist()
    people_n = -(-ANSWERS_N // len(core))
    names = [f"{aspect}_{code}" for code in core for aspect in ("importance", "performance")]
    header = ["consent", "jurisdiction", "sector", "sex", *names, "strengths", "comment"]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for _ in range(people_n):
            who = ["yes", generator.choice(data.study.codes), generator.choice(["ngo", "police"])]
            answers = generator.integers(1, 6, len(names)).tolist()
            writer.writerow([*who, generator.choice(["female", "male"]), *answers, "Invented staff", "Invented money"])
    return people_n


def write_ballots(voting_list: pd.DataFrame, file: Path, generator: np.random.Generator) -> int:
    """Write an export in which each ballot votes on every recommendation; return the number of votes."""
    names = [consensus.name_question(name) for name in voting_list["recommendation_id"]]
    header = ["consent", "ballot", "list_version", "jurisdiction", "sector", "sex"]
    header += [f"{aspect}_{name}" for name in names for aspect in ("vote", "wording", "objection")]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for number in range(BALLOTS_N):
            row = ["yes", f"B-{number:03d}", voting_list["list_version"].iloc[0], "REG", "ngo"]
            row.append(generator.choice(["female", "male"]))
            for vote in generator.choice(["agree", "amend", "object"], len(names), p=[0.7, 0.2, 0.1]):
                row += [vote, "Invented words" if vote == "amend" else "", "means" if vote == "object" else ""]
            writer.writerow(row)
    return BALLOTS_N * len(names)


def measure(name: str, job) -> float:
    """Run a job; print and return its processor seconds."""
    wall, spent = time.perf_counter(), time.process_time()
    done = job()
    spent, wall = time.process_time() - spent, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:40} {done:>8,} {spent:6.2f} s processor {wall:6.2f} s wall {peak:6.0f} MB peak")
    return spent


def main() -> int:
    """Make the inputs, measure both jobs, and end with 1 if they took longer than the limit."""
    generator = np.random.default_rng(7)
    data = replace(store.read_study("demo"), invitations=store.read_study("demo").invitations.head(0))
    listed = data.voting_list.head(RECOMMENDATIONS_N)
    data = replace(data, voting_list=consensus.fix_list(listed))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_survey(data, folder / "survey.csv", generator)
        votes_n = write_ballots(data.voting_list, folder / "ballots.csv", generator)

        def read_survey() -> int:
            request = intake.Request("survey", data, SOURCE)
            return fieldwork.read_survey(folder / "survey.csv", request=request, out=folder / "s").rows[
                "survey_answers"
            ]

        def read_ballots() -> int:
            ask = {"data": data, "source_id": SOURCE, "out": folder / "v"}
            return workshop.read_ballots([folder / "ballots.csv"], **ask).rows["ballots"]

        spent = measure("answers read, scored and written", read_survey)
        spent += measure(f"votes on {len(data.voting_list)} recommendations", read_ballots)
        print(f"{votes_n:,} votes were cast; both together {spent:.2f} s of at most {LIMIT_S:g} s")
    return int(spent > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
