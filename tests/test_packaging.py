"""The files that make bundles and releases agree with the app, and refuse what must not be in them."""

import ast
import configparser
import importlib.util
import plistlib
import re
import shutil
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import portrait
from portrait.files import formats
from portrait.files.heif_library import heif_package

ROOT = Path(__file__).resolve().parents[1]
LINUX = ROOT / "packaging" / "linux"


def _load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem.replace("-", "_"), ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


identity, licences, trimming, appimage, release = (
    _load(path)
    for path in (
        *(f"packaging/{name}.py" for name in ("identity", "licences", "trimming", "appimage")),
        ".ci/release.py",
    )
)
OTHER_ID = "org.example_one.Portrait"


def _filled(name: str) -> str:
    text: str = identity.fill_template(LINUX / name, OTHER_ID)
    return text


def _desktop_entry() -> configparser.ConfigParser:
    entry = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    entry.optionxform = str  # type: ignore[assignment]  # keys are case-sensitive
    entry.read_string(_filled("portrait.desktop.in"))
    return entry


def test_desktop_entry_metadata_and_manifest_name_one_app() -> None:
    entry = _desktop_entry()["Desktop Entry"]
    metadata = ET.fromstring(_filled("portrait.metainfo.xml.in"))
    manifest = yaml.safe_load(_filled("flatpak.yml.in"))
    assert {entry["Icon"], metadata.findtext("id"), manifest["id"]} == {OTHER_ID}
    developer = metadata.find("developer")
    assert developer is not None
    assert developer.get("id") == "org.example_one"
    assert metadata.findtext("launchable") == f"{OTHER_ID}.desktop"
    assert {entry["Exec"].split()[0], metadata.findtext("provides/binary"), manifest["command"]} == {"portrait"}
    assert metadata.findtext("project_license") == "Apache-2.0"
    assert not any("network" in permission for permission in manifest["finish-args"])


def test_the_newest_release_of_the_metadata_is_this_version() -> None:
    newest = ET.fromstring(_filled("portrait.metainfo.xml.in")).find("releases/release")
    assert newest is not None
    assert newest.get("version") == portrait.__version__


def test_open_with_is_offered_for_formats_that_are_read() -> None:
    types = _desktop_entry()["Desktop Entry"]["MimeType"].rstrip(";").split(";")
    assert len(types) == len({*types})
    assert {"image/jpeg", "image/png", "image/heif", "image/avif", "image/tiff", "image/webp"} <= {*types}
    raw = {re.split("[-/]", name)[-1] for name in types if name.startswith("image/x-")}
    assert {f".{name}" for name in raw} <= formats.READABLE_SUFFIXES


@pytest.mark.parametrize(
    "path",
    [
        "linux/nautilus/Make portrait",
        "linux/dolphin/portrait.desktop.in",
        "macos/Make portrait.workflow/Contents/document.wflow",
        "windows/make-portrait.cmd",
    ],
)
def test_scripts_of_file_managers_end_the_options_before_the_photos(path: str) -> None:
    text = (ROOT / "packaging" / path).read_text(encoding="utf-8")
    assert re.search(r'photo -o "\S.*portraits/" -- ("\$@"|%\*)', text), "a photo may be named -x"
    if path.startswith("macos"):
        assert plistlib.loads(text.encode())["actions"]


def test_a_bundle_takes_modules_that_exist() -> None:
    tree = ast.parse((ROOT / "packaging/portrait.spec").read_text(encoding="utf-8"))
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "trimming"
    }
    assert {name for name in names if not hasattr(trimming, name)} == set()
    sources = [Path(source) for source, _ in (*trimming.data_files(ROOT), *trimming.native_libraries(ROOT))]
    assert all(path.exists() for path in sources)
    assert identity.read_version(ROOT) == portrait.__version__
    required = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    missing = {*trimming.METADATA} - {re.split("[>=<]", name)[0] for name in required} - {"portrait", "pi-heif"}
    assert not missing


def test_worker_processes_of_a_bundle_are_told_from_its_commands() -> None:
    tree = ast.parse((ROOT / "main.py").read_text(encoding="utf-8"))
    (guard,) = (node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(guard.body[0]) == "multiprocessing.freeze_support()"


@pytest.mark.parametrize(
    ("path", "is_needed"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so", True),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        ("PySide6/Qt/translations/qtbase_ko.qm", True),
        ("portrait/assets/models/portrait-live.onnx", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("PySide6\\Qt6Quick.dll", False),
        ("libQt6Qml.so.6", False),
    ],
)
def test_trimming_keeps_what_the_window_needs(path: str, is_needed: bool) -> None:
    assert trimming.is_needed(path) is is_needed


def test_libraries_of_plugins_that_were_left_out_go_with_them() -> None:
    entries = [("cv2/cv2.so", "cv2", "EXTENSION"), *((f"lib{name}.so.1", name, "BINARY") for name in "abc")]
    links = {"cv2": ["liba.so.1"], "a": [], "b": ["libc.so.1"], "c": []}
    assert [entry[1] for entry in trimming.drop_orphans(entries, links.__getitem__)] == ["cv2", "a"]


@pytest.mark.parametrize(
    ("licence", "is_forbidden"),
    [
        ("GPL-2.0-or-later", True),
        ("GNU General Public License v2 or later (GPLv2+)", True),
        ("AGPL-3.0-only", True),
        ("LGPL-3.0-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("Apache-2.0", False),
    ],
)
def test_the_gpl_is_told_from_the_lgpl(licence: str, is_forbidden: bool) -> None:
    assert licences.is_forbidden(licence) is is_forbidden


def test_a_bundle_with_x265_or_an_unknown_library_is_refused(tmp_path: Path) -> None:
    for name in ("libheif-7a3e919c.so.1.23.0", "libx265-4883ecb5.so.217", "libz.so.1", "libxcb-render.so.0"):
        (tmp_path / name).touch()
    found = licences.licences_of(tmp_path)
    assert found["libxcb-render"] == "MIT"
    assert licences.refused(found) == ["libx265"]


def test_heic_is_read_but_not_written_where_only_pi_heif_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heif_package() == "pillow-heif"
    monkeypatch.setattr(formats, "can_write_heic", lambda: False)
    assert formats.output_suffix(Path("a.HEIC"), "keep") == ".jpg"
    assert formats.output_suffix(Path("a.heic"), "keep", is_transparent=True) == ".png"
    assert "HEIF" not in formats.suffixes_by_format()
    with pytest.raises(formats.ImageFileError, match="HEIC cannot be written here"):
        formats.writable_format(Path("a.heic"))


def _checkout(folder: Path, section: str) -> Path:
    for name in ("pyproject.toml", "portrait/__init__.py", "packaging/linux/portrait.metainfo.xml.in"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "CHANGELOG.md").write_text(f"# Changelog\n\n{section}## 0.0.1 – 2020-01-01\n\n- Old.\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("date", ["2027-01-02", "not released yet"])
def test_the_version_of_a_tag_and_its_day_go_into_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798848000")  # 2027-01-02
    root = _checkout(tmp_path, f"## 2.3.4 – {date}\n\n- New.\n\n")
    assert release.stamp("v2.3.4", root) == release.read_version(root) == "2.3.4"
    assert release.read_notes("2.3.4", root) == "- New.\n"
    assert "## 2.3.4 – 2027-01-02\n" in (root / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = ET.parse(root / "packaging/linux/portrait.metainfo.xml.in").findall("releases/release")
    assert [dict(one.attrib) for one in releases] == [{"version": "2.3.4", "date": "2027-01-02"}]


def test_the_id_stands_in_one_place_and_goes_from_there_to_the_desktop(tmp_path: Path) -> None:
    named = [
        path.relative_to(ROOT).as_posix()
        for folder in ("portrait", "packaging", ".ci", ".github", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "adr" not in path.parts and portrait.APP_ID.encode() in path.read_bytes()
        if "__pycache__" not in path.parts
    ]
    assert named == ["portrait/__init__.py"]
    assert identity.read_app_id(ROOT) == portrait.APP_ID
    appimage.install(ROOT, tmp_path)
    entry, icon = f"applications/{portrait.APP_ID}.desktop", f"icons/hicolor/scalable/apps/{portrait.APP_ID}.svg"
    assert (tmp_path / "share" / icon).is_file()
    assert f"Icon={portrait.APP_ID}\n" in (tmp_path / "share" / entry).read_text(encoding="utf-8")
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"@APP_ID@" in path.read_bytes()]


def test_a_template_that_asks_for_what_is_not_known_is_refused(tmp_path: Path) -> None:
    template = tmp_path / "a.in"
    template.write_text("@APP_ID@ @HOMEPAGE@", encoding="utf-8")
    with pytest.raises(ValueError, match="HOMEPAGE"):
        identity.fill_template(template, OTHER_ID)


@pytest.mark.parametrize(
    ("app_id", "owner", "is_theirs"),
    [
        ("io.github.a_b.Portrait", "A-b", True),
        ("io.github.portrait_app.Portrait", "somebody", False),
        ("org.example.Portrait", "somebody", True),
    ],
)
def test_no_release_under_the_id_of_another_account(tmp_path: Path, app_id: str, owner: str, is_theirs: bool) -> None:
    (tmp_path / "portrait").mkdir()
    (tmp_path / "portrait/__init__.py").write_text(f'APP_ID = "{app_id}"  # why\n', encoding="utf-8")
    if is_theirs:
        release.check_owner(owner, tmp_path)
        return
    with pytest.raises(SystemExit, match=r"io\.github\.somebody\.Portrait"):
        release.check_owner(owner, tmp_path)


def test_sums_tell_a_file_that_was_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "ARTEFACTS", tmp_path)
    monkeypatch.delenv("RELEASE_KEY", raising=False)
    (tmp_path / "a.whl").write_bytes(b"a wheel")
    release.write_sums()
    release.check_sums()
    (tmp_path / "a.whl").write_bytes(b"another")
    with pytest.raises(SystemExit, match=r"a\.whl"):
        release.check_sums()


@pytest.mark.parametrize("section", ["", "## 2.3.4\n\n- New.\n\n", "## 2.3.4 – not released yet\n\n"])
def test_no_release_without_a_dated_section_of_the_changelog(tmp_path: Path, section: str) -> None:
    root = _checkout(tmp_path, section)
    with pytest.raises(SystemExit, match=r"2\.3\.4"):
        release.stamp("v2.3.4", root)
    assert release.read_version(root) == portrait.__version__


def test_every_variable_and_extra_stands_in_the_page_on_installing() -> None:
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    sources = [ROOT / "hatch_build.py", *(ROOT / "portrait").rglob("*.py"), *(ROOT / "packaging").rglob("*.py")]
    variables = {
        name for path in sources for name in re.findall(r'"(PORTRAIT_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert variables == {*re.findall(r"`(PORTRAIT_[A-Z_]+)`", page)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for_users = {*project["optional-dependencies"]} - {"dev", "dev-export", "docs", "benchmark"}
    assert for_users == {*re.findall(r"`\.\[(\w+)\]`", page)}


def test_the_list_of_what_is_installed_leaves_out_what_installs() -> None:
    def part(name: str) -> dict[str, str]:
        return {"bom-ref": f"{name}==1", "name": name}

    needs = {
        "root": ["numpy==1", "pillow==1"],
        "pillow==1": ["setuptools==1"],
        "setuptools==1": ["pip==1"],
        "pip==1": [],
    }
    listed = {
        "bomFormat": "CycloneDX",
        "components": [part(name) for name in ("numpy", "pip", "pillow", "setuptools")],
        "dependencies": [{"ref": ref, "dependsOn": those} for ref, those in needs.items()],
    }
    kept = release.without_installers(listed)
    assert [one["name"] for one in kept["components"]] == ["numpy", "pillow"]
    assert {one["ref"]: one["dependsOn"] for one in kept["dependencies"]} == {
        "root": ["numpy==1", "pillow==1"],
        "pillow==1": [],
    }
    assert kept["bomFormat"] == "CycloneDX"
