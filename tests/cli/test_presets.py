"""--preset and the command presets, as a user types them."""

import json
from pathlib import Path

import numpy as np
import pytest

from portrait.files.image_io import load_photo
from portrait.settings.presets import BUILT_IN, presets_folder


@pytest.fixture
def photo(save_scene, tmp_path: Path) -> Path:
    return save_scene(tmp_path / "a.png")


def keep(name: str, **values: object) -> Path:
    path = presets_folder() / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({key.replace("_", "-"): value for key, value in values.items()}))
    return path


def test_a_preset_is_its_options_and_options_win(run, photo: Path, tmp_path: Path) -> None:
    def portrait(*words: object) -> np.ndarray:
        assert run("photo", photo, "-o", tmp_path / "out.png", *words).status == 0
        return load_photo(tmp_path / "out.png").image

    assert np.array_equal(portrait("--preset", "strong"), portrait("--f-number", 1.4))
    assert np.array_equal(portrait("--preset", "strong", "--f-number", 8), portrait("--f-number", 8))
    assert np.array_equal(portrait("--preset", "strong", "--strength", 0.3), portrait("--strength", 0.3))
    assert np.array_equal(portrait("--preset", "Stage", "--background", "mono"), portrait("--background", "mono"))


def test_own_presets_go_by_name_and_by_file(run, photo: Path, save_scene, tmp_path: Path) -> None:
    save_scene(presets_folder() / "wall.png")
    keep("Red wall", background="image:wall.png", depth="off")
    path = keep("key")
    path.write_text('{"blur.f_number": 5.6}')
    for words in (("--preset", "Red wall"), ("--preset", path)):
        assert run("photo", photo, "-o", tmp_path / "out.png", *words).status == 0
    assert run("batch", photo.parent, tmp_path / "out", "--preset", "Red wall", "--dry-run").status == 0
    outcome = run("presets", "--json")
    assert [row["name"] for row in outcome.rows] == [*(preset.name for preset in BUILT_IN), "Red wall", "key"]
    assert outcome.rows[-1] == {"name": "key", "path": str(path), "settings": {"blur.f_number": 5.6}}
    assert "--f-number 5.6" in run("presets").out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"f-number": 0.5}', "1.4..16"),
        ('{"sharpness": 1}', "no part of a look"),
        ('{"model": "other.onnx"}', "no part of a look"),
        ("[1]", "not a JSON object"),
        ("{", "not JSON"),
        (None, "cannot be read"),
    ],
)
def test_a_preset_that_cannot_be_used_is_one_error(run, photo: Path, tmp_path: Path, content, said: str) -> None:
    path = tmp_path / "own.json"
    if content is not None:
        path.write_text(content)
    outcome = run("photo", photo, "-o", tmp_path / "out.png", "--preset", path)
    assert outcome.status == 1
    assert outcome.err.count("error: ") == 1
    assert said in outcome.err


def test_a_name_that_is_none_names_those_there_are(run, photo: Path, tmp_path: Path) -> None:
    keep("mine", highlights=0.5)
    keep("damaged", highlights=7)
    outcome = run("photo", photo, "-o", tmp_path / "out.png", "--preset", "../mine")
    assert outcome.status == 1
    assert "natural, portrait, strong" in outcome.err
    assert "mine" in outcome.err.split("hint")[1]
    assert "damaged" not in outcome.err.split("hint")[1]
