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
        r"^\| (\d{3}) \| \[(.*?)\]\((.*?)\) \| (.*?) \|$", (DECISIONS / "README.md").read_text(), re.MULTILINE
    )
    assert [name for _, _, name, _ in rows] == names
    assert [int(number) for number, *_ in rows] == list(range(1, len(names) + 1))
    for number, title, name, status in rows:
        text = (DECISIONS / name).read_text()
        assert text.startswith(f"# {number}: {title}\n\nStatus: {status}\n"), name


def test_a_decision_that_is_superseded_names_the_one_that_holds() -> None:
    for path in DECISIONS.glob("[0-9]*.md"):
        text = path.read_text()
        if "superseded" in text:
            assert _LINK.findall(text), path.name
        for target in _LINK.findall(text):
            assert (DECISIONS / target).is_file(), f"{path.name} → {target}"


def test_every_file_that_is_named_exists() -> None:
    for document in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *DECISIONS.glob("*.md")):
        for name in _PATH.findall(document.read_text()):
            places = (ROOT, ROOT / "portrait", ROOT / "portrait" / "core", ROOT / "portrait" / "gui")
            assert any((place / name).exists() for place in places), f"{document.name} names {name}"
