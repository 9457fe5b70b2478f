"""Time and memory of reading and cleaning case sheets of invented people, against pandas' own reading of the file.

    python tests/benchmarks/bench_clean.py [--rows 1000000] [--chunked 10000000] [--dask]

Times are processor seconds of this process, so that other work on the machine does not count. Memory is traced by
Python (`tracemalloc`) in a second pass, and as resident memory for the chunked run.
"""

import argparse
import gc
import importlib
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.clean.cases import CaseColumns, find_case_columns, tidy_case_rows, tidy_cases
from ctresearch.clean.mapping import CaseMapping, parse_mapping
from ctresearch.files import read_chunks, read_sheets

FRAMEWORK = Path(__file__).parents[2] / "data" / "framework"
LABELS = pd.read_csv(FRAMEWORK / "labels.csv", dtype=str, keep_default_na=False)
CODES = pd.read_csv(FRAMEWORK / "codes.csv", dtype=str, keep_default_na=False)
WORDS = {
    "gender": {"ž": "Feminine", "m": "Masculine", "nepoznato": "NonSpecifiedUnknown"},
    "trafficking_status": {"žrtva": "ActualVictimOfTrafficking", "moguća žrtva": "PossibleVictimOfTrafficking"},
    "status_decision_org": {"MUP": "Police", "NVO": "NGO", "CSR": "NonPoliceGovernmentalOrganization"},
    "type_of_exploitation": {"seks": "SexualExploitation", "rad": "ForcedLabour", "prosjačenje": "ForcedBegging"},
    "methods_of_control": {"prijetnje": "PhysicalThreats", "nasilje": "PhysicalAbuse", "dug": "DebtBondage"},
    "method_of_recruitment": {"internet": "ThroughOnlineSocialNetworks", "porodica": "ThroughFamilyOrFamilyEvents"},
    "relationship_to_trafficker": {"porodica": "Familial", "poznanik": "Acquainted", "neznanac": "Unaquainted"},
}
FIELDS = {
    "Broj predmeta": "case_number",
    "Datum prijave": "recorded",
    "Ime": "given_name",
    "Prezime": "family_name",
    "Datum rođenja": "birth_date",
    "Pol": "gender",
    "Državljanstvo": "citizenship",
    "Država eksploatacije": "country_of_exploitation",
    "Status": "trafficking_status",
    "Identifikovao": "status_decision_org",
    "Vrsta eksploatacije": "type_of_exploitation",
    "Način kontrole": "methods_of_control",
    "Način vrbovanja": "method_of_recruitment",
    "Odnos": "relationship_to_trafficker",
    "Saglasnost": "consent",
}
MAPPING = {"agency": "bench", "source_id": "synthetic", "day_first": True, "columns": FIELDS, "values": WORDS}
CHOICES = {
    "Pol": ["ž", "m", "Ž", "M", "nepoznato"],
    "Državljanstvo": ["Srbija", "Albanija", "Crna Gora", "Косово*", "Bosna i Hercegovina"],
    "Država eksploatacije": ["Srbija", "Italija", "Njemačka", "Kosovo"],
    "Status": ["žrtva", "moguća žrtva"],
    "Identifikovao": ["MUP", "NVO", "CSR"],
    "Vrsta eksploatacije": ["seks", "rad", "seks; rad", "prosjačenje"],
    "Način kontrole": ["prijetnje", "nasilje; dug", "dug", ""],
    "Način vrbovanja": ["internet", "porodica", ""],
    "Odnos": ["porodica", "poznanik", "neznanac", ""],
    "Saglasnost": ["da"] * 19 + ["ne"],
}


def write_cases(path: Path, rows: int, rng: np.random.Generator) -> None:
    """Write a file of invented cases, a million rows at a time."""
    days = pd.date_range("2012-01-01", "2023-12-31").strftime("%d.%m.%Y.").to_numpy(dtype=object)
    births = pd.date_range("1950-01-01", "2011-12-31").strftime("%d.%m.%Y.").to_numpy(dtype=object)
    names = np.array([f"Ime{number}" for number in range(900)], dtype=object)
    surnames = np.array([f"Prezime{number}" for number in range(4000)], dtype=object)
    for first in range(0, rows, 1_000_000):
        count = min(1_000_000, rows - first)
        frame = pd.DataFrame({"Broj predmeta": [f"P-{first + number}" for number in range(count)]})
        pools = {"Datum prijave": days, "Ime": names, "Prezime": surnames, "Datum rođenja": births, **CHOICES}
        for name, pool in pools.items():
            frame[name] = np.asarray(pool, dtype=object)[rng.integers(0, len(pool), count)]
        frame[list(FIELDS)].to_csv(path, mode="a" if first else "w", header=not first, index=False)


def measure(work: Callable[[], object]) -> float:
    """Return the processor seconds of some work."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def clean_whole(path: Path):
    """Read and clean a file in one go."""
    cleaned = tidy_cases(
        read_sheets(path, as_categories=True), mapping=MAPPING, file=path.name, labels=LABELS, codes=CODES
    )
    if cleaned.problems:
        raise SystemExit("\n".join(map(str, cleaned.problems)))
    return cleaned


def clean_chunks(path: Path) -> int:
    """Read and clean a file in chunks, keep none of them, and return the number of cases."""
    mapping, _ = parse_mapping(MAPPING, codes=CODES, file="mapping")
    columns, count = None, 0
    for chunk in read_chunks(path):
        if columns is None:
            columns, problems = find_case_columns({"": chunk}, mapping=mapping, file=path.name)
            if problems:
                raise SystemExit("\n".join(map(str, problems)))
        count += len(clean_rows(chunk.loc[max(columns.first_row, chunk.index[0]) :], columns, mapping))
    return count


def clean_rows(rows: pd.DataFrame, columns: CaseColumns, mapping: CaseMapping) -> pd.DataFrame:
    """Return the cases of some rows."""
    known = {"columns": columns, "mapping": mapping, "file": "cases.csv", "labels": LABELS, "codes": CODES}
    return tidy_case_rows(rows, **known).tables["cases"]


def report_whole(path: Path, rows: int) -> None:
    """Print the ratios for a file that is read in one go."""
    base = min(measure(lambda: pd.read_csv(path)) for _ in range(2))
    # As with the command, which loads the study: text is then Python's own, also where pandas has just taken pyarrow's.
    importlib.import_module("ctresearch.store")
    reading = measure(lambda: read_sheets(path, as_categories=True))
    whole = measure(lambda: clean_whole(path))
    print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB: pandas {base:.2f} s, read_sheets {reading:.2f} s, "
          f"read and clean {whole:.2f} s = {whole / base:.2f} times pandas", flush=True)  # fmt: skip
    tracemalloc.start()
    cleaned = clean_whole(path)
    _, peak = tracemalloc.get_traced_memory()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"memory: peak {peak / 1e6:.0f} MB, result {kept / 1e6:.0f} MB = {peak / kept:.2f} times the result")
    print(f"{len(cleaned.tables['cases']):,} cases, {len(cleaned.changes):,} lines of changes", flush=True)


def report_chunks(path: Path, rows: int) -> None:
    """Print the rate and the peak of memory for a file that is read in chunks."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    count = clean_chunks(path)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{rows:,} rows by chunks: {count:,} cases, {seconds:.1f} s, {rows / seconds / 1e6:.2f} million a second, "
          f"peak of the process {peak / 1024:.0f} MB (before {before / 1024:.0f} MB)", flush=True)  # fmt: skip


def report_dask(path: Path) -> None:
    """Clean the partitions of a Dask frame with the same function."""
    import dask
    import dask.dataframe as dd

    dask.config.set({"dataframe.convert-string": False})
    mapping, _ = parse_mapping(MAPPING, codes=CODES, file="mapping")
    columns = CaseColumns(tuple(FIELDS), tuple(FIELDS.values()), 2)
    frame = dd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""], blocksize="32MB")
    meta = clean_rows(frame._meta, columns, mapping)
    cases = frame.map_partitions(clean_rows, columns, mapping, meta=meta)
    counts = cases["gender"].value_counts().compute(scheduler="threads")
    print(
        f"dask: {frame.npartitions} partitions, {int(counts.sum()):,} cases by gender: {counts.to_dict()}", flush=True
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--chunked", type=int, default=0)
    parser.add_argument("--dask", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ct-bench-") as private:
        path = Path(private) / "cases.csv"
        if options.chunked:
            write_cases(path, options.chunked, np.random.default_rng(1))
            report_chunks(path, options.chunked)
        if options.rows:
            write_cases(path, options.rows, np.random.default_rng(1))
            report_whole(path, options.rows)
            if options.dask:
                report_dask(path)


if __name__ == "__main__":
    main()
