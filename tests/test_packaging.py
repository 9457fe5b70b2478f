"""What a user installs: versions agree everywhere, and a built wheel works on its own."""

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "typst": "typst-py"}


def test_environment_file_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    conda = {}
    for spec in environment["dependencies"]:
        name, _, versions = spec.partition(" ")
        conda[name] = versions
    expected = {}
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]:
        requirement = Requirement(text)
        expected[CONDA_NAMES.get(requirement.name, requirement.name)] = str(requirement.specifier)
    runtime = {Requirement(text).name for text in PROJECT["dependencies"]}
    assert {CONDA_NAMES.get(name, name) for name in runtime} | {"python", "pip", "pytest"} == set(conda)
    assert conda.pop("python") == PROJECT["requires-python"]
    conda.pop("pip")
    assert {name: expected[name] for name in conda} == conda


def test_constraints_pin_every_dependency_within_its_range():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {}
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line), line
        name, pinned = line.split("==")
        pins[canonicalize_name(name)] = pinned
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement.name


def test_every_dependency_has_a_reason():
    inside = False
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if re.match(r"(dependencies|test|cluster|linkage) = \[", line):
            inside = True
        elif line == "]":
            inside = False
        elif inside:
            assert re.search(r"# \w+", line), line


def test_readme_commands_are_those_that_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pip install -q -c constraints.txt -e ." in readme
    assert "--constraint constraints.txt --editable '.[test]'" in ci


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_wheel_holds_templates_data_and_notebooks(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "ctresearch/templates/page/index.html.j2",
        "ctresearch/templates/slides/reveal/reveal.js",
        "ctresearch/shipped/data/western_balkans/study.toml",
        "ctresearch/shipped/data/framework/indicators.csv",
        "ctresearch/shipped/notebooks/01_jurisdiction.ipynb",
    ):
        assert name in names, name
    assert not [name for name in names if name.startswith(("tests/", "outputs/"))]


def test_installed_wheel_checks_and_renders_outside_the_source(wheel, tmp_path):
    environment = tmp_path / "environment"
    venv.create(environment, system_site_packages=False, with_pip=False)
    site = next((environment / "lib").glob("python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    own = [path for path in sys.path if path.endswith("site-packages")]
    script = (
        "import ctresearch, pathlib;"
        "from ctresearch import places, store, report;"
        "assert 'site-packages' in ctresearch.__file__, ctresearch.__file__;"
        "data = store.read_study();"
        "assert store.check_study('demo') == [];"
        "html = report.render_cover(data.study, [], files=[], left_out=[], is_synthetic=False);"
        "assert '<h1>' in html and 'max-width' in html;"
        "print(places.locate_shipped('data'))"
    )
    python = environment / "bin" / "python"
    run = subprocess.run(
        [str(python), "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join([str(site), *own])},
    )
    assert run.returncode == 0, run.stderr
    assert str(site) in run.stdout
