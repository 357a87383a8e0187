"""Build the shared library: ``python portrait/native/build.py`` in a checkout; installing Portrait does it too.

Loads nothing of Portrait, so that it runs before anything is installed.
"""

import hashlib
import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SOURCE_FOLDER = Path(__file__).parent / "source"
LIBRARY_FOLDER = Path(__file__).parent / "library"

_FLAGS = (
    *("-std=gnu11", "-O3", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra"),
    # Nothing reads errno or floating-point exceptions; products and sums may be fused. NaN and infinity keep their rules.
    *("-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"),
)

_X86_64_BUILDS: Mapping[str, tuple[str, ...]] = {
    "v2": ("-msse4.2", "-mpopcnt"),
    "v3": ("-mavx2", "-mfma"),
    "v4": ("-mavx2", "-mfma", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512"),
}
"""Builds by level of x86-64 and their instructions: no more than `cpu_level` in ``source/cpu.c`` asks for."""

_TIMEOUT_S = 300


def is_x86_64() -> bool:
    """Whether this interpreter runs on x86-64."""
    return platform.machine().lower() in ("x86_64", "amd64") and sys.maxsize > 2**32


def find_compiler() -> list[str] | None:
    """The command of a C compiler: the system's clang or gcc, else that of the package ziglang; None without any."""
    names = ("clang",) if sys.platform == "win32" else ("clang", "gcc")  # MinGW's gcc misaligns AVX's locals
    found = next(filter(None, map(shutil.which, names)), None)
    if found:
        return [found]
    return [sys.executable, "-m", "ziglang", "cc"] if importlib.util.find_spec("ziglang") else None


def digest_sources() -> str:
    """Digest of all sources, which the library tells, so that no library of other sources is used."""
    digest = hashlib.sha256()
    for path in sorted(SOURCE_FOLDER.glob("*.[ch]")):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def library_suffix() -> str:
    """How a shared library's name ends on this system."""
    return {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def build(compiler: Sequence[str], folder: Path = LIBRARY_FOLDER) -> list[Path]:
    """Compile every build for this processor's kind into a folder, in place of what is there.

    Raises
    ------
    OSError, subprocess.SubprocessError
        The compiler cannot be run, or failed; the folder then holds no library.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    builds = _X86_64_BUILDS if is_x86_64() else {"plain": ()}
    try:
        return [_compile(compiler, flags, folder / f"{name}{library_suffix()}") for name, flags in builds.items()]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _compile(compiler: Sequence[str], flags: Sequence[str], target: Path) -> Path:
    sources = map(str, sorted(SOURCE_FOLDER.glob("*.c")))
    position = () if sys.platform == "win32" else ("-fPIC",)
    libraries = () if sys.platform == "win32" else ("-lm", "-s") if sys.platform == "linux" else ("-lm",)
    define = f'-DSOURCE_DIGEST="{digest_sources()}"'
    command = [*compiler, *_FLAGS, *position, *flags, define, *sources, "-o", str(target), *libraries]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S)
    for other in target.parent.iterdir():  # the debug symbols and import libraries that some linkers add
        if other.suffix != target.suffix:
            other.unlink()
    return target


def try_build() -> str:
    """Build, and say what came of it: a compiler that is missing or fails leaves Portrait to NumPy."""
    compiler = find_compiler()
    if compiler is None:
        shutil.rmtree(LIBRARY_FOLDER, ignore_errors=True)
        return "no C compiler was found: Portrait will run on NumPy alone, more slowly"
    try:
        built = build(compiler)
    except (OSError, subprocess.SubprocessError) as exc:
        said = str(getattr(exc, "stderr", None) or exc).strip()
        return f"{' '.join(compiler)} failed, Portrait will run on NumPy alone, more slowly:\n{said[-2000:]}"
    return f"built {', '.join(path.name for path in built)} with {' '.join(compiler)}"


if __name__ == "__main__":
    sys.stdout.write(f"native passes: {try_build()}\n")
