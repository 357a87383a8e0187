"""Build hook of hatchling: compiles the native passes when Portrait is installed, editable or not."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

_WANTED_BY = "PORTRAIT_NATIVE"
"""The environment variable that, set to ``off``, has nothing compiled and no compiler fetched."""


class NativePassesHook(BuildHookInterface):
    """Builds ``portrait/native/library``; where that cannot be done, Portrait runs on NumPy alone."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """The compiler of the package ziglang, where the system has none."""
        build = _load_build(self.root)
        return ["ziglang>=0.13"] if _is_wanted() and build.needs_ziglang() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and ship what was built: in a wheel for this system, or in place if ``version`` is ``editable``."""
        build = _load_build(self.root)
        built, said = build.try_build() if _is_wanted() else ([], f"left out: {_WANTED_BY} is off")
        self.app.display_info(f"native passes: {said}")
        if version != "editable" and built:
            build_data["artifacts"].append("/portrait/native/library/*")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{_platform_tag()}"


def _is_wanted() -> bool:
    return os.environ.get(_WANTED_BY, "").lower() not in ("off", "0", "no")


def _load_build(root: str) -> ModuleType:
    """``portrait/native/build.py``, without the package around it, whose requirements are not installed yet."""
    path = Path(root, "portrait", "native", "build.py")
    spec = importlib.util.spec_from_file_location("portrait_native_build", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _platform_tag() -> str:
    """This system's tag. A library that was linked here is promised to no other Linux: none of manylinux."""
    tags = (tag.platform for tag in sys_tags())
    return next(platform for platform in tags if not platform.startswith(("manylinux", "musllinux")))
