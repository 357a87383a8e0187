"""``portrait photo - -o -``: a photo from standard input, its portrait to standard output, and nothing else there."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait import app
from portrait.engine import PortraitEngine


@dataclass(frozen=True)
class Answer:
    status: int
    out: bytes
    err: str

    @property
    def picture(self) -> Image.Image:
        return Image.open(io.BytesIO(self.out))


@pytest.fixture
def pipe(engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path):
    """Run ``portrait photo`` with bytes on standard input; its temporary files lie in ``tmp_path / "temporary"``."""
    monkeypatch.setattr("portrait.engine.open_engine", lambda *_, **__: engine)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()

    def run(content: bytes, *words: str | Path) -> Answer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        capfdbinary.readouterr()
        status = app.main(["photo", *map(str, words)])
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        assert not list((tmp_path / "temporary").iterdir())
        return Answer(status, captured.out, captured.err.decode())

    return run


@pytest.fixture
def photo(save_scene: Callable[[Path], Path], tmp_path: Path) -> Path:
    return save_scene(tmp_path / "a.jpg")


def test_a_pipe_gives_the_same_bytes_as_files(pipe, photo: Path, tmp_path: Path) -> None:
    assert pipe(b"", photo, "-o", tmp_path / "b.jpg").status == 0
    assert pipe(b"", photo, "-o", "-").out == (tmp_path / "b.jpg").read_bytes()
    assert pipe(b"", photo, "-o", tmp_path / "c.jpg", "--record-settings", "off").status == 0
    through = pipe(photo.read_bytes(), "-", "-o", "-")
    assert (through.status, through.out) == (0, (tmp_path / "c.jpg").read_bytes())
    assert "- -> -" in through.err


@pytest.mark.parametrize(
    ("words", "name", "mode"),
    [
        ((), "PNG", "RGB"),
        (("--format", "jpg"), "JPEG", "RGB"),
        (("--format", "webp", "--background", "transparent"), "WEBP", "RGBA"),
        (("--background", "transparent"), "PNG", "RGBA"),
        (("--alpha-only",), "PNG", "I;16"),
    ],
)
def test_the_format_is_that_of_the_option_or_of_the_photo(pipe, photo: Path, words, name: str, mode: str) -> None:
    png = io.BytesIO()
    Image.open(photo).save(png, "PNG")
    answer = pipe(png.getvalue(), "-", "-o", "-", *words)
    assert answer.status == 0
    assert (answer.picture.format, answer.picture.mode) == (name, mode)


def test_a_matte_alone_is_the_matte_and_the_crop_holds_the_person(pipe, photo: Path, tmp_path: Path) -> None:
    assert pipe(b"", photo, "-o", tmp_path / "p.jpg", "--save-matte", tmp_path / "m.png").status == 0
    alone = pipe(photo.read_bytes(), "-", "-o", "-", "--alpha-only")
    matte = np.asarray(Image.open(tmp_path / "m.png"))
    np.testing.assert_array_equal(np.asarray(alone.picture), matte)
    cropped = pipe(photo.read_bytes(), "-", "-o", "-", "--alpha-only", "--crop-to-subject", "--crop-margin", "0")
    rows, columns = np.nonzero(matte >= 32_768)
    part = matte[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    np.testing.assert_array_equal(np.asarray(cropped.picture), part)
    wider = pipe(photo.read_bytes(), "-", "-o", "-", "--crop-to-subject", "--crop-margin", "0.1").picture.size
    margin_px = round(0.1 * max(part.shape))
    assert wider == (part.shape[1] + 2 * margin_px, min(96, part.shape[0] + 2 * margin_px))


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "standard input is empty"), (b"no picture at all", "standard input is not an image")]
)
def test_what_is_no_photo_is_an_error_and_nothing_is_written(pipe, content: bytes, reason: str) -> None:
    answer = pipe(content, "-", "-o", "-")
    assert (answer.status, answer.out) == (1, b"")
    assert reason in answer.err


def test_a_damaged_photo_is_named_standard_input(pipe, photo: Path) -> None:
    answer = pipe(photo.read_bytes()[:900], "-", "-o", "-")
    assert (answer.status, answer.out) == (1, b"")
    assert answer.err.startswith("error: standard input")
    assert "stdin" not in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-", "-", "-o", "out/"), "give - once"),
        (("-", "b.jpg", "-o", "-"), "one portrait fits"),
        (("-", "-o", "-", "--json"), "taken by the portrait"),
        (("-", "-o", "a.png", "--format", "jpg"), "not named as a file of this format"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(pipe, photo: Path, words, said: str) -> None:
    answer = pipe(photo.read_bytes(), *words)
    assert (answer.status, answer.out, said in answer.err) == (2, b"", True)


def test_a_terminal_is_neither_read_nor_written(pipe, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.cli.pipes.is_terminal", lambda _: True)
    for words, said in (((photo, "-o", "-"), "output is a terminal"), (("-", "-o", "b.jpg"), "input is a terminal")):
        answer = pipe(b"", *words)
        assert (answer.status, answer.out, said in answer.err) == (2, b"", True)


def test_json_calls_the_pipe_by_its_name(pipe, photo: Path, tmp_path: Path) -> None:
    answer = pipe(photo.read_bytes(), "-", "-o", tmp_path / "new.jpg", "--json")
    assert b'"input": "-"' in answer.out
    assert (tmp_path / "new.jpg").exists()
    failed = pipe(b"", tmp_path / "none.jpg", "-o", "-")
    assert (failed.status, failed.out) == (1, b"")
