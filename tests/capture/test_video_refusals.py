"""Files that are no video, told before anything is decoded. Each test runs with every decoder."""

from pathlib import Path

import pytest

from portrait.capture.video_file import VideoFile
from portrait.errors import CameraError

pytestmark = pytest.mark.usefixtures("decoder")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="does not exist"):
        VideoFile(tmp_path / "none.mp4").open()


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="folder"):
        VideoFile(tmp_path).open()


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(CameraError, match="empty"):
        VideoFile(path).open()


def test_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CameraError, match="Permission denied") as caught:
        VideoFile(tmp_path / "locked.mp4").open()
    assert isinstance(caught.value.__cause__, PermissionError)


@pytest.mark.parametrize("name", ["none.mp4", "."])
def test_hints_are_right_in_the_window_too(tmp_path: Path, name: str) -> None:
    with pytest.raises(CameraError) as caught:
        VideoFile(tmp_path / name).open()
    assert caught.value.hint
    assert "`" not in caught.value.hint, "no commands to type"
    assert not {"path", "number"} & set(caught.value.hint.split()), "nobody types them there"
