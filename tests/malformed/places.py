"""What stands where a file should be."""

from __future__ import annotations

import os
from pathlib import Path

from malformed.cases import case

case("folder", "cases.csv", lambda path: path.mkdir(), "refused", "This is a folder")
case("no such file", "cases.csv", lambda path: None, "refused", "There is no such file")
case("pipe", "cases.csv", lambda path: os.mkfifo(path), "refused", "This is a device or a pipe")  # noqa: PLW0108
case("endless device", "cases.csv", lambda path: path.symlink_to("/dev/zero"), "refused", "This is a device or a pipe")
case("link to nothing", "cases.csv", lambda path: path.symlink_to("nothing"), "refused", "There is no such file")
case("link to itself", "cases.csv", lambda path: path.symlink_to(path.name), "refused", "The system says")
case("sparse file of 1 GiB", "cases.csv", lambda path: make_sparse(path, 2**30), "refused")
case("sparse workbook of 1 GiB", "cases.xlsx", lambda path: make_sparse(path, 2**30, start=b"PK"), "refused")


def make_sparse(path: Path, size: int, start: bytes = b"a;b\n") -> None:
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size)
