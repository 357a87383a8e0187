"""Names that a portrait cannot be saved under, and photos that may not be read, are told."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent


@pytest.mark.parametrize("name", ["beach.png", "depth.png"])
def test_no_file_that_the_portrait_is_made_of_is_overwritten(
    under_test, photo_path: Path, portrait_scene, name: str
) -> None:
    beach, depth = photo_path.with_name("beach.png"), photo_path.with_name("depth.png")
    beach.write_bytes(photo_path.read_bytes())
    Image.fromarray((portrait_scene(96, 128)[1] * 255).astype(np.uint8)).save(depth)
    target, service = photo_path.with_name(name), under_test.shell.bridge.photo
    before = target.read_bytes()
    under_test.open_photos(photo_path)
    with under_test.qtbot.waitSignal(service.depth_opened, timeout=20_000):
        service.open_depth(depth)
    under_test.shell.model.set_value("background", f"image:{beach}")
    under_test.shell.model.set_value("quality", "fine")  # the depth map is known of another matte too
    page = under_test.window.photo_page
    page.save_to(target)
    under_test.wait(lambda: page.save_banner.kind is not None)
    assert page.save_banner.kind == "error"
    assert f"{name} would overwrite" in page.save_banner.text
    assert target.read_bytes() == before


@pytest.fixture
def locked_folder(photo_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that may not be entered, for whoever runs the tests."""
    folder = photo_path.with_name("locked")
    folder.mkdir()

    def refusing(original):
        def refuse(path, *arguments, **options):
            if isinstance(path, (str, Path)) and folder in Path(path).parents:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return original(path, *arguments, **options)

        return refuse

    for name in ("stat", "lstat", "open"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    return folder


def test_a_folder_that_may_not_be_entered_is_told(under_test, photo_path: Path, locked_folder: Path) -> None:
    under_test.open_photos(photo_path)
    page = under_test.window.photo_page
    page.save_to(locked_folder / "out.png")
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert page.save_banner.text.startswith(f"No permission to write in {locked_folder}")
    assert under_test.shell.reporter.dialog is None


def test_a_photo_dropped_from_a_folder_that_may_not_be_entered_is_told(under_test, locked_folder: Path) -> None:
    page = under_test.window.photo_page
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(locked_folder / "anna.png"))])
    action, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(10, 10), action, mime, button, modifier))
    under_test.wait(lambda: page.banner.kind == "error")
    assert "anna.png" in page.banner.text


def test_a_name_that_is_too_long_is_told(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    page = under_test.window.photo_page
    page.save_to(photo_path.with_name("y" * 300 + ".png"))
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert "too long" in page.save_banner.text
