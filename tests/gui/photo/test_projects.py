"""A project restores the photos with looks, changes by hand and depth; photos that moved are asked for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.core.matting.strokes import Stroke
from portrait.errors import ImageFileError
from portrait.photo.edits import PhotoEdits
from portrait.photo.project_file import load_project

DAB = Stroke("add", ((0.1, 0.1),), 0.05, 1.0)


def rest(under_test) -> None:
    service = under_test.shell.bridge.photo
    under_test.wait(lambda: not service.stages)


def save_project(under_test, target: Path) -> None:
    page = under_test.window.photo_page
    page.projects.save(target)
    under_test.wait(lambda: page.save_banner.kind == "done" and target.name in page.save_banner.text)


@pytest.fixture
def page(under_test, photo_path: Path):
    """Two photos: the first mended, both with looks of their own, the second shown."""
    other = photo_path.with_name("b.png")
    Image.open(photo_path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(other)
    under_test.open_photos(photo_path, other)
    rest(under_test)
    page = under_test.window.photo_page
    page.editing.history.push(PhotoEdits((DAB,), None), "dab")
    under_test.shell.model.set_value("blur.f_number", 4.0)
    page.photos.choose(1)
    rest(under_test)
    under_test.shell.model.set_value("background", "mono")
    rest(under_test)
    return page


def restart(under_test, page) -> None:
    """As after a new start: nothing is open, and nothing is known."""
    while page.photos.rowCount():
        page.close_photo()
    page.editing.history._stacks.clear()
    under_test.shell.model.set_values({"background": "blur", "blur.f_number": 2.0})
    assert not page.is_photo_shown


def test_a_project_restores_everything(under_test, page, photo_path: Path, tmp_path: Path, drag) -> None:
    project, before, after = tmp_path / "p.portrait", tmp_path / "before.png", tmp_path / "after.png"
    page.photos.choose(0)
    rest(under_test)
    page.save_to(before)
    rest(under_test)
    page.photos.choose(1)
    rest(under_test)
    save_project(under_test, project)
    restart(under_test, page)
    drag(page, project)
    under_test.wait(lambda: page.photos.rowCount() == 2 and page.is_photo_shown)
    rest(under_test)
    model = under_test.shell.model
    assert page.header.title == "b.png"
    assert (model.settings.background, model.settings.blur.f_number) == ("mono", 2.0)
    page.photos.choose(0)
    rest(under_test)
    assert page.editing.history.edits.mask == (DAB,)
    assert model.settings.blur.f_number == 4.0
    page.save_to(after)
    rest(under_test)
    assert np.array_equal(np.asarray(Image.open(before)), np.asarray(Image.open(after)))
    assert str(photo_path.parent).encode() in project.read_bytes()
    assert b"\x89PNG" not in project.read_bytes(), "no pixel is in it"


def test_photos_that_moved_are_asked_for_once(
    under_test, page, photo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, elsewhere = tmp_path / "p.portrait", tmp_path / "elsewhere"
    save_project(under_test, project)
    restart(under_test, page)
    elsewhere.mkdir()
    moved = photo_path.rename(elsewhere / "anna.png")
    photo_path.with_name("b.png").rename(elsewhere / "b.png")
    asked: list[str] = []
    monkeypatch.setattr(
        "portrait.gui.photo.projects.ask_for_picture", lambda parent, title, folder: asked.append(title) or moved
    )
    page.projects.open(project)
    under_test.wait(lambda: page.photos.rowCount() == 2)
    rest(under_test)
    assert asked == ["Where is anna.png?"]
    assert [entry.path.parent for entry in page.photos.entries] == [elsewhere] * 2
    restart(under_test, page)
    monkeypatch.setattr("portrait.gui.photo.projects.ask_for_picture", lambda *_: None)
    (elsewhere / "anna.png").write_bytes(b"another photo")
    (elsewhere / "b.png").rename(tmp_path / "b.png")
    page.projects.open(project)
    under_test.wait(lambda: page.save_banner.kind == "warning")
    assert "anna.png" in page.save_banner.text
    assert [entry.path for entry in page.photos.entries] == [tmp_path / "b.png"], "beside the project"


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"kind": "portrait project", "version": 2}', b'{"kind": "portrait project", "version": 1}',
     b'{"kind": "portrait project", "version": 1, "chosen": 0, "photos": [{"path": 3}]}',
     b'{"kind": "portrait project", "version": 1, "chosen": 0, "photos": 3}'],
)  # fmt: skip
def test_a_damaged_project_is_refused_with_a_hint(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.portrait"
    path.write_bytes(content)
    with pytest.raises(ImageFileError, match=r"p\.portrait") as caught:
        load_project(path)
    assert caught.value.hint


def test_what_cannot_be_read_or_written_is_told(under_test, page, tmp_path: Path) -> None:
    page.projects.open(tmp_path / "gone.portrait")
    under_test.wait(lambda: page.save_banner.kind == "error")
    assert "gone.portrait" in page.save_banner.text
    page.save_banner.clear()
    page.projects.save(tmp_path / "nowhere" / "p.portrait")
    under_test.wait(lambda: page.save_banner.kind == "error")
