"""Build the shared library: ``python portrait/native/build.py [--sanitize]``; installing Portrait does it too.

Loads nothing of Portrait, so that it runs before anything is installed.
"""

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

SOURCE_FOLDER = Path(__file__).parent / "source"
LIBRARY_FOLDER = Path(__file__).parent / "library"

_FLAGS = (
    *("-std=gnu11", "-O3", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra"),
    # Nothing reads errno or floating-point exceptions, and products and sums may be fused; NaN and infinity keep their
    # rules.
    *("-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"),
)

_X86_64_BUILDS: Mapping[str, tuple[str, ...]] = {
    "v2": ("-msse4.2", "-mpopcnt"),
    "v3": ("-mavx2", "-mfma"),
}
"""Builds by level of x86-64 and their instructions: no more than `cpu_level` in ``source/cpu.c`` asks for."""

_SANITIZERS = ("-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
"""Flags of a library that ends the process at any access out of bounds and any undefined behaviour, for tests."""

_ZIG_MACHINES = ("x86_64", "amd64", "arm64", "aarch64")
"""Processors for whose systems the package ziglang has a compiler: Linux, macOS and Windows."""

_TIMEOUT_S = 300


def is_x86_64() -> bool:
    """Whether this interpreter runs on x86-64."""
    return platform.machine().lower() in ("x86_64", "amd64") and sys.maxsize > 2**32


def find_compiler() -> list[str] | None:
    """The command of a C compiler: $CC, the system's clang or gcc, or that of the package ziglang; None without any."""
    found = _find_system_compiler()
    if found:
        return found
    return [sys.executable, "-m", "ziglang", "cc"] if importlib.util.find_spec("ziglang") else None


def needs_ziglang() -> bool:
    """Whether the package ziglang would help: the system has no compiler, and there is one for it."""
    is_supported = sys.platform in ("linux", "darwin", "win32") and platform.machine().lower() in _ZIG_MACHINES
    return is_supported and _find_system_compiler() is None


def _find_system_compiler() -> list[str] | None:
    if os.environ.get("CC"):
        return shlex.split(os.environ["CC"])
    if sys.platform == "darwin" and not _has_command_line_tools():
        return None
    names = ("clang",) if sys.platform == "win32" else ("clang", "gcc")  # MinGW's gcc misaligns AVX's locals
    return next(([path] for path in map(shutil.which, names) if path), None)


def _has_command_line_tools() -> bool:
    """Whether macOS has its compiler; without it the command clang opens a dialog that offers to install it."""
    try:
        return subprocess.run(["xcode-select", "-p"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def digest_sources() -> str:
    """Digest of all sources, which the library tells, so that no library of other sources is used."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE_FOLDER.glob("*.[ch]")):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def library_suffix() -> str:
    """How a shared library's name ends on this system."""
    return {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def build(compiler: Sequence[str], folder: Path = LIBRARY_FOLDER, more_flags: Sequence[str] = ()) -> list[Path]:
    """Compile every build for this processor's kind, then put them into a folder, in place of what is there.

    Raises
    ------
    OSError, subprocess.SubprocessError
        The compiler cannot be run, or failed; the folder is then as it was.
    """
    builds = _X86_64_BUILDS if is_x86_64() else {"plain": ()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        names = [f"{name}{library_suffix()}" for name in builds]
        for name, flags in zip(names, builds.values(), strict=True):
            compile_library(compiler, (*flags, *more_flags), Path(scratch, name))
        return [Path(scratch, name).replace(folder / name) for name in names]


def compile_library(compiler: Sequence[str], flags: Sequence[str], target: Path) -> None:
    """Compile one build; errors as for `build`."""
    position = () if sys.platform == "win32" else ("-fPIC",)
    libraries = () if sys.platform == "win32" else ("-lm",)
    sources = map(str, sorted(SOURCE_FOLDER.glob("*.c")))
    define = f'-DSOURCE_DIGEST="{digest_sources()}"'
    command = [*compiler, *_FLAGS, *position, *flags, define, *sources, "-o", str(target), *libraries]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S)


def try_build(more_flags: Sequence[str] = ()) -> tuple[list[Path], str]:
    """Build, and say what came of it: a compiler that is missing or fails leaves Portrait to NumPy."""
    compiler = find_compiler()
    if compiler is None:
        return [], "no C compiler was found: Portrait runs on NumPy alone, more slowly"
    command = " ".join(compiler)
    try:
        built = build(compiler, more_flags=more_flags)
    except (OSError, subprocess.SubprocessError) as exc:
        said = str(getattr(exc, "stderr", None) or exc).strip()
        return [], f"{command} failed, Portrait runs on NumPy alone, more slowly:\n{said[-2000:]}"
    return built, f"built {', '.join(path.name for path in built)} with {command}"


if __name__ == "__main__":
    made, message = try_build(_SANITIZERS if sys.argv[1:] == ["--sanitize"] else ())
    sys.stdout.write(f"native passes: {message}\n")
    sys.exit(not made)
