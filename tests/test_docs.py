"""The documents speak of files that exist, and the index of decisions is whole."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DECISIONS = ROOT / "docs" / "adr"

_PATH = re.compile(r"`((?:[\w.]+/)+[\w.]+\.(?:py|json|toml|md))`")
_LINK = re.compile(r"\]\((\d{3}-[\w-]+\.md)\)")


def test_the_index_names_every_decision_once_and_in_order() -> None:
    names = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    rows = re.findall(
        r"^\| (\d{3}) \| \[(.*?)\]\((.*?)\) \| (.*?) \|$",
        (DECISIONS / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert [name for _, _, name, _ in rows] == names
    numbers = [int(number) for number, *_ in rows]  # one may be missing: a decision is numbered before it is written
    assert numbers == sorted({*numbers})
    for number, title, name, status in rows:
        text = (DECISIONS / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {number}: {title}\n\nStatus: {status}\n"), name


def test_a_decision_that_is_superseded_names_the_one_that_holds() -> None:
    for path in DECISIONS.glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        if "superseded" in text:
            assert _LINK.findall(text), path.name
        for target in _LINK.findall(text):
            assert (DECISIONS / target).is_file(), f"{path.name} → {target}"


def test_every_file_that_is_named_exists() -> None:
    for document in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *DECISIONS.glob("*.md")):
        for name in _PATH.findall(document.read_text(encoding="utf-8")):
            places = (ROOT, ROOT / "portrait", ROOT / "portrait" / "core", ROOT / "portrait" / "gui")
            assert any((place / name).exists() for place in places), f"{document.name} names {name}"


def _section(title: str) -> str:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


def test_the_table_of_folders_names_modules_that_exist() -> None:
    rows = re.findall(r"^\| `((?:portrait|export)/(?:\w+/)*)` \| (.*?) \|", _section("Where things are"), re.MULTILINE)
    assert {folder for folder, _ in rows} >= {
        f"portrait/{path.name}/" for path in (ROOT / "portrait").iterdir() if (path / "__init__.py").exists()
    }
    for folder, text in rows:
        for name in re.findall(r"`([a-z_]+)/?`", text):
            modules = (ROOT / folder).rglob(f"{name}.py")
            assert (ROOT / folder / name).exists() or any(modules), f"{folder} has no {name}"


def test_the_drawing_shows_every_module_of_core_in_its_room() -> None:
    core = ROOT / "portrait" / "core"
    drawn = dict(re.findall(r'\w+\["(\w+)/?<br/>(.*?)"\]', _section("Rooms of core")))
    rooms = {path.name: _modules(path) for path in core.iterdir() if (path / "__init__.py").exists()}
    rooms["foundations"] = _modules(core)
    assert {room: set(re.findall(r"\w+", names)) for room, names in drawn.items()} == rooms


def test_the_words_are_those_of_the_code() -> None:
    folders = (ROOT / "portrait", ROOT / "export")
    code = "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    words = re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (.*?) \|", _section("Words"), re.MULTILINE)))
    assert len(words) > 30
    for word in words:
        assert re.search(rf"(?i)(?<![a-z]){word}", code), word
