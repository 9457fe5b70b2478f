"""How long a run takes, as ratios measured in one go; each figure is the median of several rounds.

    python tests/benchmarks/bench_run.py [--repeat 3]

Compared are: a cold run against a shell loop of the `papermill` and `jupyter nbconvert` commands over the same
notebooks and parameters; a cold run against one plain script that does the same work and the same conversions
serially, timed after its imports; a run with nothing changed; a run with one Serbian row changed.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ctresearch import places, plan

BIN = Path(sys.executable).parent
FLOOR = """
import json, sys, time, types
sys.modules.setdefault("rfc3987_syntax", None)
import nbformat, pandas, seaborn, statsmodels.formula.api, scipy.stats, pandera.pandas, ipywidgets
import matplotlib.figure, matplotlib.backends.backend_svg, papermill
from pathlib import Path
from ctresearch import digests, places, report, review, store
from ctresearch.exhibits import Exhibit, Exhibits
sections, notebooks, out = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
study = places.read_settings(places.locate_study("western_balkans"))[0]
import ast
(out / "notebooks").mkdir(parents=True)
start = time.perf_counter()
parts = []
for section in sections:
    notebook = nbformat.read(notebooks / (section["notebook"] + ".ipynb"), as_version=4)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        if "parameters" in cell.metadata.get("tags", []):
            names.update(section["parameters"])
        shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
        if isinstance(shown, Exhibit | Exhibits):
            bundle = shown._repr_mimebundle_()
            cell.outputs = [nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)]
    file = out / "notebooks" / (section["name"] + ".ipynb")
    nbformat.write(notebook, file)
    parts.append(report.Part(section["name"], section["title"], section["notebook"], file))
data = store.read_study("western_balkans")
content = digests.digest_content(places.locate_study("western_balkans"))
register = report.Register(data.sources, data.glossary, data.vocabulary)
state = review.describe_state(review.find_state(data.report_states), content=content)
with report.Site(out, study, [(p.name, p.title) for p in parts], register=register, state=state) as site:
    site.finish(parts, left_out=[])
print(time.perf_counter() - start)
"""


def timed(command: list[str], **options) -> float:
    """Return the wall time of a command in seconds."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.perf_counter() - start


def run_cold(study: str, out: Path) -> float:
    """Time a run into an empty folder."""
    shutil.rmtree(out, ignore_errors=True)
    return timed([str(BIN / "ctresearch"), "run", study, "--out", str(out)])


def run_loop(sections: list[plan.Section], notebooks: Path, folder: Path) -> float:
    """Time the commands that a user without this library would loop over."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    total = 0.0
    for section in sections:
        executed = str(folder / f"{section.name}.ipynb")
        parameters = [word for name, value in section.parameters.items() for word in ("-p", name, value)]
        source = str(notebooks / f"{section.notebook}.ipynb")
        total += timed([str(BIN / "papermill"), source, executed, *parameters], cwd=notebooks)
        kind = "slides" if section.name == "slides" else "html"
        total += timed([str(BIN / "jupyter"), "nbconvert", "--to", kind, "--no-input", executed], cwd=folder)
    return total


def run_floor(sections: list[plan.Section], notebooks: Path, out: Path) -> float:
    """Time the same work in one plain script, after its imports."""
    shutil.rmtree(out, ignore_errors=True)
    asked = json.dumps([vars(section) for section in sections])
    command = [sys.executable, "-c", FLOOR, asked, str(notebooks), str(out)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def change_row(study: Path, table: str, number: int) -> None:
    """Change the note of one Serbian row."""
    file = study / f"{table}.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    serbian = next(row for row in rows if row["jurisdiction"] == "SRB")
    serbian["note"] = f"benchmark {number}"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def list_executed(out: Path, study: Path, before: dict[str, dict]) -> list[str]:
    """Return the sections whose inputs differ from those recorded before."""
    manifest = plan.read_manifest(out / study.name)
    return [s["name"] for s in manifest["sections"] if s["inputs"] != before[s["name"]]]


def compare(rounds: list[dict[str, float]], name: str, other: str) -> float:
    """Return the median of the ratios of the rounds."""
    return statistics.median(times[name] / times[other] for times in rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    notebooks = places.locate_shipped("notebooks")
    folder = places.locate_study("western_balkans")
    settings = places.read_settings(folder)[0]
    sections = plan.list_sections(settings, study_parameter="western_balkans")
    with tempfile.TemporaryDirectory(prefix="ct-bench-") as private:
        work = Path(private)
        study = work / "western_balkans_copy"
        shutil.copytree(folder, study)
        out, command = work / "out", [str(BIN / "ctresearch"), "run", str(study), "--out", str(work / "out")]
        run_cold(str(study), out)
        rounds = []
        for number in range(repeat):
            # The speed of a machine changes within minutes: cold runs stand before, between and after the others.
            cold = [run_cold(str(study), out)]
            loop = run_loop(sections, notebooks, work / "loop")
            cold.append(run_cold(str(study), out))
            floor = run_floor(sections, notebooks, work / "floor")
            cold.append(run_cold(str(study), out))
            unchanged = timed(command)
            before = {s["name"]: s["inputs"] for s in plan.read_manifest(out / study.name)["sections"]}
            change_row(study, "victims", number)
            times = {"cold": statistics.mean(cold), "loop": loop, "floor": floor, "unchanged": unchanged}
            rounds.append({**times, "one row": timed(command)})
            executed = list_executed(out, study, before)
            print(", ".join(f"{name} {seconds:.2f} s" for name, seconds in rounds[-1].items()), flush=True)
    unchanged = statistics.median(times["unchanged"] for times in rounds)
    print(f"cold / shell loop            {compare(rounds, 'cold', 'loop'):.3f}")
    print(f"cold / floor                 {compare(rounds, 'cold', 'floor'):.3f}")
    print(f"nothing changed              {unchanged:.2f} s")
    print(f"one Serbian row / cold       {compare(rounds, 'one row', 'cold'):.3f}  executed: {', '.join(executed)}")


if __name__ == "__main__":
    main()
