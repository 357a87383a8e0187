"""Makes the bundle of this system in ``build/artefacts``: what `make bundle` and the release workflow run.

python packaging/bundle.py           environment, PyInstaller, licences, and the file to give away
python packaging/bundle.py pack      the last step again

Linux: AppImage (with a runtime, see ``appimage.py``) and ``.tar.xz``; Windows: ``.zip``, and an installer where Inno
Setup is installed; macOS: ``.dmg``.
"""

import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import appimage
import identity
import licences

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
ENVIRONMENT, FOLDER, ARTEFACTS = BUILD / "bundle-venv", BUILD / "bundle" / "portrait", BUILD / "artefacts"
_BIN = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin")
_EXTRAS = "server,watch,models"
_TOOLS = ("pyinstaller", "pi-heif")
_SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}


def make_environment() -> None:
    """Install the app with the extras that are small and free.

    pi-heif takes the place of pillow-heif, whose wheels hold x265 (GPL).
    """
    if not (_BIN / "python").exists() and not (_BIN / "python.exe").exists():
        venv.create(ENVIRONMENT, with_pip=True)
    pip = [str(_BIN / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "install", "--constraint", str(ROOT / "constraints.txt"), f"{ROOT}[{_EXTRAS}]", *_TOOLS)
    _run(*pip, "uninstall", "--yes", "pillow-heif")
    compiled = next(ENVIRONMENT.rglob("portrait/native/library"), None)  # for this system, by the installation
    if compiled is not None:
        shutil.copytree(compiled, ROOT / "portrait" / "native" / "library", dirs_exist_ok=True)


def freeze() -> None:
    """Run PyInstaller, take debug symbols out of Python's library, and list the licences of what is inside."""
    paths = ["--distpath", str(FOLDER.parent), "--workpath", str(BUILD / "pyinstaller")]
    spec = str(ROOT / "packaging" / "portrait.spec")
    _run(str(_BIN / "python"), "-m", "PyInstaller", "-y", "--log-level", "WARN", *paths, spec)
    if sys.platform == "linux":
        for path in FOLDER.glob("_internal/libpython*"):
            _run("strip", "--strip-unneeded", str(path))
    parts = licences.licences_of(FOLDER)
    listed = "".join(f"{name}: {licence}\n" for name, licence in parts.items())
    (FOLDER / "_internal" / "THIRD_PARTY_LICENCES.txt").write_text(listed, encoding="utf-8")
    if bad := licences.refused(parts):
        raise SystemExit(f"error: GPL, AGPL or an unknown licence: {', '.join(bad)}")


def pack() -> list[Path]:
    """Write the files to give away; return them."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    name = f"Portrait-{identity.read_version(ROOT)}-{_SYSTEMS[sys.platform]}-{platform.machine().lower()}"
    if sys.platform == "darwin":
        return [_pack_macos(ARTEFACTS / f"{name}.dmg")]
    if sys.platform == "win32":
        archive = shutil.make_archive(str(ARTEFACTS / f"{name}-portable"), "zip", FOLDER.parent, FOLDER.name)
        return [Path(archive), *_make_installer()]
    image = appimage.make(ROOT, FOLDER, ARTEFACTS / f"{name}.AppImage")
    if image is not None:
        return [image]
    archive = ARTEFACTS / f"{name}.tar.xz"
    _run("tar", "-C", str(FOLDER.parent), "-cJf", str(archive), FOLDER.name, env={"XZ_OPT": "-3 -T0"})
    return [archive]


def _pack_macos(target: Path) -> Path:
    """The app, signed for this machine alone unless the workflow signs it, in a disk image."""
    app = FOLDER.parent / "Portrait.app"
    shutil.copytree(ROOT / "packaging/macos", FOLDER.parent / "extras", dirs_exist_ok=True)
    source = BUILD / "dmg"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    _run("ditto", str(app), str(source / app.name))
    _run("ditto", str(FOLDER.parent / "extras"), str(source / "Quick Action"))
    (source / "Applications").symlink_to("/Applications")
    _run("hdiutil", "create", "-volname", "Portrait", "-srcfolder", str(source), "-ov", "-format", "ULMO", str(target))
    return target


def _make_installer() -> list[Path]:
    compiler = shutil.which("iscc")
    if compiler is None:
        print("No installer: Inno Setup (iscc) is not on the PATH.")
        return []
    version = identity.read_version(ROOT)
    _run(compiler, "/Qp", f"/DVersion={version}", str(ROOT / "packaging" / "windows" / "portrait.iss"))
    return [ARTEFACTS / f"Portrait-{version}-windows-x64-setup.exe"]


def _run(*words: str, env: dict[str, str] | None = None) -> None:
    subprocess.run(words, check=True, cwd=ROOT, env={**os.environ, **(env or {})})


def main() -> None:
    """Run the steps, and tell the sizes."""
    if "pack" not in sys.argv[1:]:
        make_environment()
        freeze()
    for path in pack():
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
