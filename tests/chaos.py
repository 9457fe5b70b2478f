"""Kill runs at random moments and check that the published report is always whole.

    python tests/chaos.py [--kills 40] [--seed 1] [--study western_balkans]

Each kill takes the whole run by SIGKILL. After it the published report must be complete and either the old or the
new one, no process may be left, and in the end a resumed run must give the bytes of an undisturbed one. Bounded in
number and time; it works in a temporary folder only.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ctresearch import places, plan

COMMAND = str(Path(sys.executable).with_name("ctresearch"))
MARK = "CTRESEARCH_CHAOS"


def read_all(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file but the manifest, which holds durations."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != plan.MANIFEST]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def start(study: Path, out: Path) -> subprocess.Popen:
    """Start a run whose processes can be told by a variable in their environment."""
    environment = {**os.environ, MARK: str(out)}
    return subprocess.Popen(
        [COMMAND, "run", str(study), "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def find_left(out: Path) -> list[int]:
    """Return the processes of runs that are still there."""
    wanted = f"{MARK}={out}".encode()
    left = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    left.append(int(entry.name))
            except OSError:
                continue
    return left


def wait_until_gone(out: Path) -> list[int]:
    """Wait up to ten seconds for the processes of a killed run to end."""
    deadline = time.monotonic() + 10
    while (left := find_left(out)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def edit(study: Path, number: int) -> None:
    """Change the study, so that the next run makes another report."""
    file = study / "study.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("short_title"))
    lines[place] = f'short_title = "Counter-trafficking, edition {number}"'
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Kill, check and report; ends with 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--study", default="western_balkans", help="a small study has time for more kills")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    bad: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ct-chaos-") as private:
        study, out, calm = (Path(private) / name for name in ("study", "out", "calm"))
        shutil.copytree(places.locate_study(asked.study), study)
        edit(study, 0)
        began = time.monotonic()
        start(study, out).wait()
        duration = time.monotonic() - began
        place = out / "study"
        published = read_all(place)
        edition = resumed = 0
        for number in range(1, asked.kills + 1):
            if edition == resumed:
                edition += 1
                edit(study, edition)
            run = start(study, out)
            try:
                run.wait(timeout=chance.uniform(0.05, 1.15) * duration)
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)
            run.wait()
            left = wait_until_gone(out)
            if left:
                bad.append(f"kill {number}: processes left: {left}")
            damaged = plan.find_damage(place, plan.read_manifest(place))
            present = read_all(place)
            if damaged or not plan.read_manifest(place):
                bad.append(f"kill {number}: the published report is damaged: {damaged[:3]}")
            is_new = f"edition {edition}".encode() in present["index.html"]
            if not is_new and present != published:
                bad.append(f"kill {number}: the published report is neither the old nor the new one")
            if is_new:
                published, resumed = present, edition
            print(f"kill {number:2d}: {'new' if is_new else 'old'} report, {len(left)} processes left", flush=True)
        start(study, out).wait()
        start(study, calm).wait()
        if read_all(place) != read_all(calm / "study"):
            bad.append("the resumed run differs from an undisturbed one")
        leftovers = [file.name for file in out.iterdir() if file.name not in ("study", ".study.lock", ".study.memo")]
        if leftovers:
            bad.append(f"left in the outputs folder: {leftovers}")
    print(
        "\n".join(bad) if bad else f"{asked.kills} kills: every report whole, resumed run equal to an undisturbed one"
    )
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
