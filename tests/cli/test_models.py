"""``portrait models`` and ``--depth-model``, as a user types them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.mark.slow
def test_a_network_is_added_listed_used_and_removed(
    run, write_depth_model: Callable[..., Path], standing_scene, tmp_path: Path
) -> None:
    photo = tmp_path / "in" / "a.png"
    photo.parent.mkdir()
    Image.fromarray(standing_scene[0]).save(photo)
    outcome = run("models", "add", write_depth_model("midas"), "--as", "depth", "--name", "tiny")
    assert outcome.status == 0, outcome.err
    assert "--depth-model tiny" in outcome.err
    listed = {row["name"]: row["role"] for row in run("models", "--json").rows}
    roles = {"portrait-live": "fast", "portrait-photo": "fine", "portrait-classes": None, "tiny": "depth"}
    assert listed == roles
    shown = run("models").out
    assert "tiny" in shown
    assert "portrait-classes: --subject aeroplane,bicycle,bird" in shown
    for words in (("photo", photo, "-o", tmp_path / "a.png"), ("batch", photo.parent, tmp_path / "out")):
        outcome = run(*words, "--depth-model", "tiny", "--json")
        assert [row["depth"] for row in outcome.rows] == ["model"], outcome.err
    one, other = (np.asarray(Image.open(path)) for path in (tmp_path / "a.png", tmp_path / "out" / "a.png"))
    np.testing.assert_array_equal(one, other)
    assert run("models", "remove", "tiny").status == 0
    outcome = run("photo", photo, "-o", tmp_path / "b.png", "--depth-model", "gone")
    assert outcome.status == 1
    assert "portrait models add" in outcome.err


def test_wrong_words_are_usage_errors(run) -> None:
    for words, complaint in (
        (("add",), "say which model"),
        (("add", "a.onnx", "--rule", "x"), "midas-small"),
        (("a",), "remove"),
    ):
        outcome = run("models", *words)
        assert outcome.status == 2
        assert complaint in outcome.err
    assert run("models", "add", "https://127.0.0.1:1/a.onnx").status == 1
