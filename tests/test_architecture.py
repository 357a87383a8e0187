"""What the tools hold is held here too, so that a plain pytest run tells a newcomer."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import grimp
import pytest
from packaging.requirements import Requirement

import portrait
from portrait.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _run_python(code: str, environment: Mapping[str, str] = MappingProxyType({})) -> subprocess.CompletedProcess[str]:
    words, variables = [sys.executable, "-c", code], {**os.environ, **environment}
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, env=variables)


def _modules_after(code: str, environment: Mapping[str, str] = MappingProxyType({})) -> set[str]:
    result = _run_python(
        f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)", environment
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stderr.splitlines()[-1]))


def test_core_loads_numpy_and_cv2_only() -> None:
    paths = sorted(path for path in (ROOT / "portrait" / "core").rglob("*.py") if path.stem != "__init__")
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    assert len(names) > 30
    loaded = _modules_after("\n".join(f"import {name}" for name in names))
    assert {"numpy", "cv2"} <= loaded
    assert not loaded & {"PIL", "pillow_heif", "onnxruntime", "PySide6", "typer", "rich", "platformdirs", "torch"}


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["photo", "--help"], ["live", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    loaded = _modules_after(f"from portrait.app import main\nassert main({words}) == 0")
    assert "typer" in loaded
    assert not loaded & {"numpy", "cv2", "PIL", "pillow_heif", "onnxruntime", "PySide6", "torch"}


def test_a_command_imports_no_other_command() -> None:
    loaded = _modules_after("from portrait.app import main\nassert main(['photo', '--help']) == 0")
    commands = {module for module, _ in COMMANDS.values()}
    assert loaded & commands == {"portrait.cli.photo"}


def test_the_window_is_painted_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    """The engine is opened after the first painting: what was loaded until then is looked at in its place."""
    environment = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    loaded = _modules_after(
        """
from portrait.app import main
from portrait.gui.bridge import Bridge

def close(bridge):
    from PySide6.QtWidgets import QApplication
    (window,) = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    window.close()

Bridge.open_engine = close
assert main([]) == 0
""",
        {**environment, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert "PySide6" in loaded
    assert not loaded & {"numpy", "cv2", "PIL", "pillow_heif", "onnxruntime", "typer", "rich", "pydantic", "av"}
    assert not loaded & {"ssl", "email", "http", "xml", "asyncio", "multiprocessing"}, "of the standard library"
    assert not loaded & {f"portrait.gui.{page}" for page in ("live", "batch", "video")}, "pages that are not shown"


def test_layers_are_kept() -> None:
    result = _run_python("from importlinter.cli import lint_imports; raise SystemExit(lint_imports())")
    assert result.returncode == 0, result.stdout
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", result.stdout)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("portrait", exclude_type_checking_imports=False)
    circles = {
        tuple(sorted((module, imported)))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if graph.chain_exists(imported, module)
    }
    assert not circles


def test_one_version() -> None:
    assert portrait.__version__ == PROJECT["version"] == version("portrait")
    assert f"## {portrait.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def _pinned_versions() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_constraints_pin_every_requirement_within_its_range() -> None:
    pinned = _pinned_versions()
    extras = PROJECT["optional-dependencies"]
    for text in (*PROJECT["dependencies"], *extras["export"], *extras["dev"]):
        requirement = Requirement(text)
        if requirement.name != PROJECT["name"]:
            assert requirement.specifier.contains(pinned[requirement.name.lower()]), text


def test_makefile_installs_the_pinned_torch() -> None:
    assert f"torch=={_pinned_versions()['torch']}" in (ROOT / "Makefile").read_text(encoding="utf-8")
