"""Prints constraints that pin what the app needs to the lowest minor versions that pyproject.toml allows."""

import re
import tomllib
from pathlib import Path

_REQUIREMENT = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?>=(\d+)(?:\.(\d+))?")

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"]:
    if found := _REQUIREMENT.match(requirement):
        name, major, minor = found.groups(default="0")
        print(f"{name}=={major}.{minor}.*")
