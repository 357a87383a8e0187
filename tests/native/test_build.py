"""How the library is compiled and found, and what happens where that fails: Portrait runs on NumPy alone."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from portrait.cli.doctor import check_native
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.render.live import render_live
from portrait.native import build, shared_library

SUFFIX = build.library_suffix()
FAILING = [sys.executable, "-c", "import sys; sys.exit('no such instruction')"]


@pytest.fixture
def loaded_anew() -> Iterator[None]:
    """What is loaded within the test is forgotten after it."""
    shared_library.load.cache_clear()
    yield
    shared_library.load.cache_clear()


def move_library(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Let the library be looked for beside a copy of the sources; the folder in which it is looked for."""
    shutil.copytree(build.SOURCE_FOLDER, folder / "source")
    monkeypatch.setattr(shared_library, "files", lambda package: folder)
    (folder / "library").mkdir()
    return folder / "library"


def test_the_best_build_for_this_processor_is_used() -> None:
    found = shared_library.find_library()
    assert found is not None
    assert found.build in ({"v2", "v3"} if build.is_x86_64() else {"plain"})
    assert "clang" in found.compiler or "gcc" in found.compiler


@pytest.fixture(autouse=True)
def _no_chosen_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)


@pytest.mark.usefixtures("loaded_anew")
@pytest.mark.parametrize("name", sorted(path.stem for path in build.LIBRARY_FOLDER.glob(f"*{SUFFIX}")))
def test_every_build_that_this_processor_runs_gives_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    image, alpha = rng.integers(0, 256, (45, 77, 3), np.uint8), rng.random((45, 77), np.float32)
    best = render_live(image, alpha, BlurOptions())
    shutil.copy(build.LIBRARY_FOLDER / f"{name}{SUFFIX}", move_library(monkeypatch, tmp_path))
    shared_library.load.cache_clear()
    found = shared_library.find_library()
    if found is not None:  # of a level that this processor does not have, there is none
        assert found.build == name
        assert np.abs(render_live(image, alpha, BlurOptions()).astype(int) - best).max() <= 1


@pytest.mark.usefixtures("loaded_anew")
@pytest.mark.parametrize("damage", ["missing", "no library", "of other sources"])
def test_a_library_that_does_not_fit_is_not_used(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = move_library(monkeypatch, tmp_path)
    if damage == "no library":
        (folder / f"v2{SUFFIX}").write_bytes(b"\x7fELF")
        (folder / f"plain{SUFFIX}").write_bytes(b"")
    elif damage == "of other sources":
        shutil.copytree(build.LIBRARY_FOLDER, folder, dirs_exist_ok=True)
        with (tmp_path / "source" / "native.h").open("a") as header:
            header.write("\n")
    shared_library.load.cache_clear()
    assert shared_library.find_library() is None
    image = np.full((20, 30, 3), 80, np.uint8)
    assert render_live(image, np.zeros((20, 30), np.float32), BlurOptions()).shape == image.shape
    (finding,) = check_native()
    assert finding.state == "limit"
    assert "NumPy" in finding.text
    assert "build.py" in finding.hint


def test_doctor_names_the_build() -> None:
    (finding,) = check_native()
    found = shared_library.find_library()
    assert found is not None
    assert finding.state == "ok"
    assert found.build in finding.text
    assert found.compiler in finding.text


def test_a_compiler_that_fails_leaves_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "v2.so").write_bytes(b"before")
    with pytest.raises(build.subprocess.CalledProcessError):
        build.build(FAILING, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["v2.so"]
    monkeypatch.setattr(build, "find_compiler", lambda: FAILING)
    built, said = build.try_build()
    assert not built
    assert "no such instruction" in said


def test_without_any_compiler_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)
    assert build.find_compiler() is None
    assert build.try_build() == ([], "no C compiler was found: Portrait runs on NumPy alone, more slowly")


def test_ziglang_serves_where_the_system_has_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.sys, "platform", "linux")
    monkeypatch.setattr(build.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: object())
    assert build.find_compiler() == [sys.executable, "-m", "ziglang", "cc"]
    assert build.needs_ziglang()
    monkeypatch.setattr(build.platform, "machine", lambda: "riscv64")
    assert not build.needs_ziglang()  # the package has no compiler there
    monkeypatch.setattr(build.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert build.find_compiler() == ["/usr/bin/clang"]
    monkeypatch.setenv("CC", "ccache gcc-14")
    assert build.find_compiler() == ["ccache", "gcc-14"]


@pytest.mark.parametrize(("answer", "expected"), [(0, ["/usr/bin/clang"]), (2, None), (None, None)])
def test_on_macos_clang_counts_only_with_its_tools(
    answer: int | None, expected: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them /usr/bin/clang is there too, and opens a dialog."""

    def run(command: list[str], **options: object) -> object:
        if answer is None:
            raise FileNotFoundError(command[0])
        return build.subprocess.CompletedProcess(command, answer)

    monkeypatch.setattr(build.sys, "platform", "darwin")
    monkeypatch.setattr(build.subprocess, "run", run)
    monkeypatch.setattr(build.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)
    assert build.find_compiler() == expected
