"""Nothing reports home: official builds of onnxruntime keep an identity and a queue of events in the home folder."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FIND_PEOPLE = """
import sys
from pathlib import Path
import numpy as np
from portrait.inference.segmenter import OnnxSegmenter
OnnxSegmenter(Path(sys.argv[1])).find_probability(np.zeros((8, 8, 3), np.uint8))
"""
OPEN_A_MODEL = "import sys, export, onnxruntime; onnxruntime.InferenceSession(sys.argv[1])"


@pytest.mark.parametrize("script", [FIND_PEOPLE, OPEN_A_MODEL], ids=["app", "export"])
def test_running_a_network_leaves_nothing_in_the_home_folder(
    script: str, write_model: Callable[..., Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    folders = {name: str(home) for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME")}
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", script, str(write_model())], env=environment | folders, check=True)
    assert not list(home.rglob("*"))
