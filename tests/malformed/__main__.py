"""Make every malformed file and read it; writes one JSON line a file.

Usage, in the folder of the tests: python -m malformed FOLDER
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from pathlib import Path

from malformed import CASES

REQUIRED = ["Case", "Country"]


def write_case(name: str, folder: Path) -> Path:
    """Make the file of one case in a folder of its own."""
    malformed = CASES[name]
    place = folder / f"{list(CASES).index(name):03d}"
    place.mkdir(parents=True)
    path = place / malformed.file
    if "path" in inspect.signature(malformed.make).parameters:
        malformed.make(path)
    else:
        path.write_bytes(malformed.make())
    return path


def read_case(name: str, path: Path) -> dict:
    """Read one file and find its table; return what was said and how long it took (s)."""
    from ctresearch import files
    from ctresearch.clean.headers import find_table

    start = time.monotonic()
    answer = {"name": name, "outcome": "kept", "message": "", "header": ""}
    try:
        content = files.read_file(path)
        answer["message"] = "\n".join(map(str, content.notes))
        found = find_table(content.sheets, file=path.name, required=REQUIRED)
        answer["header"] = "\n".join(map(str, found.problems))
        answer["rows"] = len(found.frame)
    except files.FileError as error:
        answer |= {"outcome": "refused", "message": str(error)}
    except Exception as error:
        answer |= {"outcome": "crashed", "message": f"{type(error).__name__}: {error}"}
    return answer | {"seconds": round(time.monotonic() - start, 3)}


def main() -> None:
    """Make and read every file; the last line tells the largest memory (KiB) of this process and of its children."""
    import resource

    folder = Path(sys.argv[1])
    for name in CASES:
        path = write_case(name, folder)
        print(json.dumps(read_case(name, path)), flush=True)
        if path.is_file() and path.stat().st_size > 10**6:
            path.unlink()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"own": own, "children": children}))


if __name__ == "__main__":
    main()
