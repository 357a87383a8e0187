"""Texts for bug reports tell nothing of users, folders and photos."""

from pathlib import Path

import pytest

from portrait.files.system.private_paths import hide_private_paths, shorten_home


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("cannot read '/home/ann/Our wedding/kiss.jpg'", "cannot read '….jpg'"),
        ("cannot read /media/ann/My pics/a b.jpg: no permission", "cannot read ….jpg: no permission"),
        (r"C:\Users\Ann\Bilder\me.png is damaged", "….png is damaged"),
        (r"\\server\Ann\me.png is damaged", "….png is damaged"),
        ("/media/ann is a folder", "… is a folder"),
        (
            'File "/home/ann/.venv/lib/python3.11/site-packages/portrait/files/system/atomic.py", line 3',
            'File "portrait/files/system/atomic.py", line 3',
        ),
        ('File "/opt/Portrait/_internal/PySide6/x.py", line 3', 'File "PySide6/x.py", line 3'),
        ('File "/home/ann/work/tool.py", line 3', 'File "tool.py", line 3'),
        ("/home/ann/portrait/kiss.jpg: no permission", "….jpg: no permission"),
        ("f/2.0, 1/2 and https://example.org/page stay", "f/2.0, 1/2 and https://example.org/page stay"),
    ],
)
def test_paths_are_cut_down_to_what_tells_nothing_of_the_user(text: str, hidden: str) -> None:
    assert hide_private_paths(text) == hidden


def test_the_home_folder_is_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ann"))
    assert shorten_home("log in /home/ann/.local") == "log in ~/.local"
