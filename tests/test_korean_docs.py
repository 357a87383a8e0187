"""The Korean tutorial and how-tos have the commands, keys and pictures of the English ones."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAIRS = [(DOCS / "tutorial.md", DOCS / "ko" / "tutorial.md")] + [
    (DOCS / "how-to" / path.name, path)
    for path in sorted((DOCS / "ko").glob("*.md"))
    if path.stem not in ("index", "tutorial")
]


def _commands(text: str) -> list[str]:
    return re.findall(r"^    (\S.*)$", text, re.MULTILINE)


@pytest.mark.parametrize(("english", "korean"), PAIRS, ids=lambda path: path.stem)
def test_a_page_has_the_same_commands_and_pictures_in_both_languages(english: Path, korean: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (english, korean)]
    commands, their_commands = map(_commands, texts)
    assert their_commands == commands
    pictures, their_pictures = (re.findall(r"pictures/[\w-]+\.webp", text) for text in texts)
    assert their_pictures == pictures
    options, their_options = ({*re.findall(r"--[a-z][a-z-]+", text)} for text in texts)
    assert their_options == options


def test_most_how_tos_are_there_in_korean() -> None:
    assert len(PAIRS) >= 6
    index = (DOCS / "ko" / "index.md").read_text(encoding="utf-8")
    assert all(f"({korean.name})" in index for _, korean in PAIRS)
