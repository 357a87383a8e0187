"""The steps of a release, one command each; the release workflow runs them, and so can anybody.

python .ci/release.py stamp v0.2.0     the version of the tag goes into the source, the day into its changelog section
python .ci/release.py notes            that section, for the release page
python .ci/release.py wheels           sdist, the wheel without compiled passes, and the one of this system
python .ci/release.py smoke            installs each wheel into an empty environment and makes a portrait
python .ci/release.py sbom             what the app installs, as CycloneDX
python .ci/release.py sums             SHA-256 of all, signed if RELEASE_KEY names a key of gpg
python .ci/release.py all [TAG]        all of these in this order

Everything is left in build/artefacts.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ARTEFACTS = ROOT / "build" / "artefacts"
_VERSIONS = {
    "pyproject.toml": "version",
    "portrait/__init__.py": "__version__",
}
"""Where the version stands, and under which name."""

_METAINFO = "packaging/linux/io.github.portrait_app.Portrait.metainfo.xml"
_TAG = re.compile(r"v?(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
_BIN, _EXE = ("Scripts", ".exe") if sys.platform == "win32" else ("bin", "")
_CYCLONEDX = "cyclonedx-bom>=7"


def read_version(root: Path = ROOT) -> str:
    """The version in the source; stop where its two places differ."""
    found = {
        name: _search(_line(variable), (root / name).read_text(encoding="utf-8"))
        for name, variable in _VERSIONS.items()
    }
    if len({*found.values()}) != 1:
        raise SystemExit(f"error: the versions differ: {found}")
    return next(iter(found.values()))


def stamp(tag: str, root: Path = ROOT) -> str:
    """Write the version of a tag into the source, and the day into its section of the changelog, which must be there.

    The day is today's in UTC, or that of ``SOURCE_DATE_EPOCH``; a section that has one keeps it.
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        raise SystemExit(f"error: {tag} is no tag of a release; it must read like v1.2.3")
    version = found.group(1)
    _date(version, root)
    read_notes(version, root)
    for name, variable in _VERSIONS.items():
        _rewrite(root / name, _line(variable), f'{variable} = "{version}"')
    return version


def _date(version: str, root: Path) -> None:
    """Write today's date, where none stands, into the section of the changelog, and into what software centres read."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    day = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
    changelog = root / "CHANGELOG.md"
    _rewrite(changelog, rf"(?m)^(## {re.escape(version)} – )not released yet$", rf"\g<1>{day:%Y-%m-%d}")
    dated = re.search(rf"(?m)^## {re.escape(version)} – ([\d-]+)$", changelog.read_text(encoding="utf-8"))
    if dated is not None:
        release = f'<release version="{version}" date="{dated[1]}"/>'
        _rewrite(root / _METAINFO, r'<release version="[^"]*" date="[^"]*"/>', release)


def _rewrite(path: Path, pattern: str, text: str) -> None:
    """Replace the first match of a pattern in a file."""
    changed = re.sub(pattern, text, path.read_text(encoding="utf-8"), count=1)
    path.write_text(changed, encoding="utf-8", newline="\n")


def read_notes(version: str, root: Path = ROOT) -> str:
    """The changelog's section of a version; stop where there is none, or it is empty or has no date."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"(?ms)^## {re.escape(version)}(?P<date>[^\n]*)\n(?P<notes>.*?)(?=^## |\Z)", text)
    if section is None or not section["notes"].strip():
        raise SystemExit(f"error: CHANGELOG.md has no section for {version}")
    if not re.search(r"\d{4}-\d{2}-\d{2}", section["date"]):
        raise SystemExit(f"error: the changelog's section of {version} has no date: “## {version} – YYYY-MM-DD”")
    return section["notes"].strip() + "\n"


def build_wheels() -> list[Path]:
    """The sdist, a wheel for every system, and one with the native passes of this system."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    tools = _environment("release-tools", "build")
    _run(tools, "-m", "build", "--sdist", "--outdir", ARTEFACTS, ROOT)
    for native in ("off", "on"):
        environment = {**os.environ, "PORTRAIT_NATIVE": native}
        _run(tools, "-m", "build", "--wheel", "--outdir", ARTEFACTS, ROOT, env=environment)
    return sorted(ARTEFACTS.glob("portrait-*"))


def smoke(wheels: list[Path]) -> None:
    """Install each wheel with its requirements into an environment of its own, and make a portrait with it."""
    for wheel in wheels:
        python = _environment("smoke", fresh=True)
        _run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
        folder = python.parents[1] / "tried"
        folder.mkdir()
        portrait = python.with_name(f"portrait{_EXE}")
        said = subprocess.run([portrait, "--version"], check=True, capture_output=True, text=True, cwd=folder).stdout
        if read_version() not in said:
            raise SystemExit(f"error: {wheel.name} says {said}")
        _run(portrait, "photo", ROOT / "assets/samples/astronaut.jpg", "-o", folder / "out.jpg", cwd=folder)
        _run(portrait, "live", "--headless", "--source", "synthetic", "--seconds", "1", cwd=folder)
        print(f"{wheel.name}: installed, one portrait and a second of live made")


def write_sbom() -> Path:
    """A CycloneDX list of what the app and its requirements install, from the environment of `smoke`."""
    tools = _environment("release-tools", _CYCLONEDX)
    target = ARTEFACTS / f"portrait-{read_version()}.cdx.json"
    installed = ROOT / "build" / "smoke" / _BIN / f"python{_EXE}"
    project = ("--pyproject", ROOT / "pyproject.toml", "--output-reproducible", "--output-file", target)
    _run(tools, "-m", "cyclonedx_py", "environment", *project, installed)
    return target


def write_sums() -> Path:
    """SHA-256 of all artefacts in the form of sha256sum; with RELEASE_KEY a detached signature beside it."""
    target = ARTEFACTS / "SHA256SUMS"
    files = [path for path in sorted(ARTEFACTS.iterdir()) if path.is_file() and not path.name.startswith(target.name)]
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    target.write_text("".join(lines), encoding="utf-8", newline="\n")
    if key := os.environ.get("RELEASE_KEY"):
        _run("gpg", "--batch", "--yes", "--local-user", key, "--armor", "--detach-sign", target)
    return target


def _line(variable: str) -> str:
    return rf'(?m)^{variable} = "([^"]+)"$'


def _search(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return "" if found is None else found.group(1)


def _environment(name: str, *packages: str, fresh: bool = False) -> Path:
    """The Python of an environment in build, with these packages."""
    folder = ROOT / "build" / name
    python = folder / _BIN / f"python{_EXE}"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    if not python.exists():
        venv.create(folder, with_pip=True)
    if packages:
        _run(python, "-m", "pip", "install", "--quiet", *packages)
    return python


def _run(*words: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    subprocess.run([str(word) for word in words], check=True, env=env, cwd=cwd)


def main(step: str, *words: str) -> None:
    """Run one step, or all."""
    if words or step == "stamp":
        print(f"version {stamp(words[0])}")
    if step in ("notes", "all"):
        print(read_notes(read_version()))
    if step in ("wheels", "all"):
        build_wheels()
    if step in ("smoke", "all"):
        smoke(sorted(ARTEFACTS.glob(f"portrait-{read_version()}-*.whl")))
    if step in ("sbom", "all"):
        write_sbom()
    if step in ("sums", "all"):
        print(write_sums().read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:] or ["--help"]) if sys.argv[1:] else print(__doc__)
