"""The Korean tutorial and how-tos have the commands, options and pictures of the English ones."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAIRS = [(DOCS / "tutorial.md", DOCS / "ko" / "tutorial.md")] + [
    (DOCS / "how-to" / path.name, path)
    for path in sorted((DOCS / "ko").glob("*.md"))
    if path.stem not in ("index", "tutorial")
]


@pytest.mark.parametrize(("english", "korean"), PAIRS, ids=lambda path: path.stem)
def test_a_korean_page_tells_nothing_that_the_english_one_no_longer_tells(english: Path, korean: Path) -> None:
    """It may lack what is new; a command, option or picture that is gone must go from both."""
    texts = [path.read_text(encoding="utf-8") for path in (english, korean)]
    for pattern in (r"(?m)^    (\S.*)$", r"pictures/[\w-]+\.webp", r"--[a-z][a-z-]+"):
        known, told = ({*re.findall(pattern, text)} for text in texts)
        assert told <= known


def test_most_how_tos_are_there_in_korean() -> None:
    assert len(PAIRS) >= 6
    index = (DOCS / "ko" / "index.md").read_text(encoding="utf-8")
    assert all(f"({korean.name})" in index for _, korean in PAIRS)
