"""The steps of a release, one command each; the release workflow runs them, and so can anybody.

python .ci/release.py stamp v0.2.0     the version of the tag goes into the source, the day into its changelog section
python .ci/release.py notes            that section, for the release page
python .ci/release.py wheels           sdist, the wheel without compiled passes, and the one of this system
python .ci/release.py smoke            installs each wheel into an empty environment, and tries it there
python .ci/release.py sbom             what the app installs, as CycloneDX
python .ci/release.py sums             SHA-256 of all, signed if RELEASE_KEY names a key of gpg
python .ci/release.py check            the sums and their signature, as who downloads the release would
python .ci/release.py all [TAG]        all of these in this order

python .ci/release.py owner NAME       whether the application's id belongs to this account of GitHub

Everything is left in build/artefacts.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ARTEFACTS = ROOT / "build" / "artefacts"
_VERSIONS = {
    "pyproject.toml": "version",
    "portrait/__init__.py": "__version__",
}
"""Where the version stands, and under which name."""

_APP_ID = re.compile(r'(?m)^APP_ID = "([^"]+)"')
_METAINFO = "packaging/linux/portrait.metainfo.xml.in"
_TAG = re.compile(r"v?(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
_BIN, _EXE = ("Scripts", ".exe") if sys.platform == "win32" else ("bin", "")
_CYCLONEDX = "cyclonedx-bom>=7"
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})


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


def check_owner(owner: str, root: Path = ROOT) -> None:
    """Stop where the application's id is that of another account of GitHub; ids of own domains are not judged.

    An account ``a-b`` owns the ids that begin with ``io.github.a_b``, in either case.
    """
    app_id = _search(_APP_ID.pattern, (root / "portrait/__init__.py").read_text(encoding="utf-8"))
    account = re.match(r"io\.github\.([^.]+)\.", app_id)
    if account is not None and account[1].lower() != owner.replace("-", "_").lower():
        raise SystemExit(
            f"error: the application's id {app_id} belongs to another account than {owner}\n"
            f"hint: set APP_ID in portrait/__init__.py to io.github.{owner.replace('-', '_')}.Portrait (docs/adr/115)"
        )


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
    """Install each wheel with its requirements into an environment of its own, and try it there."""
    for wheel in wheels:
        python = _environment("smoke", fresh=True)
        _run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
        folder = python.parents[1] / "tried"
        folder.mkdir()
        _try(python.with_name(f"portrait{_EXE}"), folder, has_passes=not wheel.name.endswith("-any.whl"))
        print(f"{wheel.name}: installed; doctor, models, one portrait and a second of live are as they must be")


def _try(portrait: Path, folder: Path, *, has_passes: bool) -> None:
    """Version, ``doctor`` and ``models`` of an installed program, a portrait, and a second of live."""
    expected = {
        "--version": (read_version(),),
        "doctor": ("Portraits can be made here.",),
        "models": tuple(sorted(path.stem for path in (ROOT / "assets/models").glob("*.onnx"))),
    }
    said = {command: _ask(portrait, command, cwd=folder) for command in expected}
    for command, texts in expected.items():
        if missing := [text for text in texts if text not in said[command]]:
            raise SystemExit(f"error: portrait {command} does not say {missing}:\n{said[command]}")
    if ("passes in C: build" in said["doctor"]) is not has_passes:
        raise SystemExit(f"error: compiled passes should {'' if has_passes else 'not '}be there:\n{said['doctor']}")
    _run(portrait, "photo", ROOT / "assets/samples/astronaut.jpg", "-o", folder / "out.jpg", cwd=folder)
    _run(portrait, "live", "--headless", "--source", "synthetic", "--seconds", "1", cwd=folder)


def write_sbom() -> Path:
    """A CycloneDX list of what the app and its requirements install, from the environment of `smoke`."""
    tools = _environment("release-tools", _CYCLONEDX)
    target = ARTEFACTS / f"portrait-{read_version()}.cdx.json"
    installed = ROOT / "build" / "smoke" / _BIN / f"python{_EXE}"
    project = ("--pyproject", ROOT / "pyproject.toml", "--output-reproducible", "--output-file", target)
    _run(tools, "-m", "cyclonedx_py", "environment", *project, installed)
    listed = without_installers(json.loads(target.read_text(encoding="utf-8")))
    target.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8", newline="\n")
    return target


def without_installers(listed: dict[str, Any]) -> dict[str, Any]:
    """A CycloneDX list without what an environment is made with; other packages name it for their own tests only."""
    left_out = {part["bom-ref"] for part in listed["components"] if part["name"].lower() in _INSTALLERS}
    needed = [
        {
            key: [ref for ref in value if ref not in left_out] if key == "dependsOn" else value
            for key, value in one.items()
        }
        for one in listed["dependencies"]
        if one["ref"] not in left_out
    ]
    kept = [part for part in listed["components"] if part["bom-ref"] not in left_out]
    return {**listed, "components": kept, "dependencies": needed}


def write_sums() -> Path:
    """SHA-256 of all artefacts in the form of sha256sum; with RELEASE_KEY a detached signature beside it."""
    target = ARTEFACTS / "SHA256SUMS"
    files = [path for path in sorted(ARTEFACTS.iterdir()) if path.is_file() and not path.name.startswith(target.name)]
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    target.write_text("".join(lines), encoding="utf-8", newline="\n")
    if key := os.environ.get("RELEASE_KEY"):
        _run("gpg", "--batch", "--yes", "--local-user", key, "--armor", "--detach-sign", target)
    return target


def check_sums() -> None:
    """Check all sums, and the signature where there is one."""
    sums = ARTEFACTS / "SHA256SUMS"
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, name = line.split("  ", 1)
        if hashlib.sha256((ARTEFACTS / name).read_bytes()).hexdigest() != expected:
            raise SystemExit(f"error: {name} is not the file that was summed")
    signature = sums.with_name(f"{sums.name}.asc")
    if signature.exists():
        _run("gpg", "--batch", "--verify", signature, sums)
    print(f"sums right, {'and signed' if signature.exists() else 'not signed'}")


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


def _ask(*words: str | Path, cwd: Path) -> str:
    """What a program says in English."""
    english = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(words, check=True, capture_output=True, encoding="utf-8", cwd=cwd, env=english).stdout


def _run(*words: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    subprocess.run([str(word) for word in words], check=True, env=env, cwd=cwd)


STEPS: dict[str, Callable[[], object]] = {
    "notes": lambda: print(read_notes(read_version())),
    "wheels": build_wheels,
    "smoke": lambda: smoke(sorted(ARTEFACTS.glob(f"portrait-{read_version()}-*.whl"))),
    "sbom": write_sbom,
    "sums": lambda: print(write_sums().read_text(encoding="utf-8")),
    "check": check_sums,
}
"""In the order of a release; before them comes ``stamp``."""


def main(step: str = "", *words: str) -> None:
    """Run one step, or all."""
    if step == "owner" and words:
        check_owner(words[0])
    elif step == "stamp" and words:
        print(f"version {stamp(words[0])}")
    elif step in ("all", *STEPS):
        if words:
            print(f"version {stamp(words[0])}")
        for name in STEPS if step == "all" else (step,):
            STEPS[name]()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
