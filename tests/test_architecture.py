"""The rings of the house: a module imports only from earlier lines of its ring and from the rings before it."""

import ast
from pathlib import Path

import pytest

import ctresearch

PACKAGE = Path(ctresearch.__file__).parent
RINGS = (
    ("vocabulary", "choices", "study", "schema"),
    (
        *("ratings", "clean", "score", "crosswalk", "agreement", "composite", "robustness", "stakeholders", "survey"),
        *("consensus", "review"),
        *("trends", "multiple_systems", "cooperation", "needs", "disclosure"),
        "recommendations",
    ),
    ("exhibits", "tables", "readability", "messages", "text", "figures", "consultation", "deliberation", "explorer"),
    (
        *("places", "start", "digests", "files", "store", "coding", "weighing", "plan", "kernels", "footprint"),
        *("memo", "engine", "publication", "intake", "search", "fieldwork", "workshop", "markup", "datafiles"),
        *("site", "comments", "interchange", "report", "batch", "progress", "documents", "release", "commands"),
        "cli",
    ),
)
ORDER = [name for ring in RINGS for name in ring]
PURE_RINGS = RINGS[0] + RINGS[1] + RINGS[2]
FORBIDDEN_IN_PURE = {"os", "pathlib", "subprocess", "socket", "time", "random", "requests", "tempfile", "shutil"}


def module_files() -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).parts
        if parts[0] == "shipped" or file == PACKAGE / "__init__.py":
            continue
        files.setdefault(parts[0].removesuffix(".py"), []).append(file)
    return files


def imports_of(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module == "ctresearch"
                else {node.module}
            )
    return found


def own_modules(imports: set[str]) -> set[str]:
    return {name.split(".")[1] for name in imports if name.startswith("ctresearch.")}


def test_every_module_has_a_place_in_the_house():
    assert set(module_files()) == set(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_no_import_points_back(name):
    allowed = set(ORDER[: ORDER.index(name) + 1])
    for file in module_files()[name]:
        assert own_modules(imports_of(file)) <= allowed, f"{file.name} imports from a later line"


@pytest.mark.parametrize("name", PURE_RINGS)
def test_pure_modules_know_no_files_clock_or_network(name):
    for file in module_files()[name]:
        roots = {imported.split(".")[0] for imported in imports_of(file)}
        assert not roots & FORBIDDEN_IN_PURE, f"{file.name} imports {roots & FORBIDDEN_IN_PURE}"
        assert "open(" not in file.read_text(encoding="utf-8").replace("pd.read", "")


@pytest.mark.parametrize("name", [name for name in ORDER if name != "schema"])
def test_pandera_lives_in_schema_alone(name):
    for file in module_files()[name]:
        assert not any(imported.startswith("pandera") for imported in imports_of(file))


def test_an_arrow_back_is_found(tmp_path):
    file = tmp_path / "vocabulary.py"
    file.write_text("from ctresearch.store import read_study\nfrom ctresearch import cli\n", encoding="utf-8")
    assert own_modules(imports_of(file)) == {"store", "cli"}


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.name)
def test_no_file_is_longer_than_400_lines(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400


def test_public_functions_have_docstrings():
    for files in module_files().values():
        for file in files:
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                    assert ast.get_docstring(node), f"{file.name}: {node.name}"
