"""Checkpoints: round trip, damaged files, no code from files."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from export.errors import ExportError
from export.models.checkpoint import load_checkpoint, load_state_dict, read_checkpoint, save_checkpoint
from portrait.core.model_spec import ModelSpec


@pytest.fixture
def payload(red_finder: nn.Module, person_spec: ModelSpec) -> dict[str, Any]:
    averaged = {key: tensor + 1 for key, tensor in red_finder.state_dict().items()}
    return {
        "arch": "red_finder",
        "config": {"class_count": 1},
        "spec": person_spec.to_json(),
        "model": red_finder.state_dict(),
        "ema": averaged,
        "step": 7,
    }


def test_round_trip_gives_the_averaged_weights_in_eval_mode(
    tmp_path: Path, payload: dict[str, Any], person_spec: ModelSpec
) -> None:
    path = tmp_path / "run" / "checkpoint.pt"
    save_checkpoint(path, payload)
    network, spec = load_checkpoint(path)
    assert spec == person_spec
    assert not network.training
    assert all(torch.equal(tensor, payload["ema"][key]) for key, tensor in network.state_dict().items())
    assert read_checkpoint(path)["step"] == 7


def test_payload_without_weights_is_refused(tmp_path: Path, payload: dict[str, Any]) -> None:
    del payload["ema"]
    with pytest.raises(ValueError, match="lacks ema"):
        save_checkpoint(tmp_path / "checkpoint.pt", payload)
    assert not list(tmp_path.iterdir())


def test_failed_save_keeps_the_checkpoint_before(tmp_path: Path, payload: dict[str, Any]) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, payload)
    before = path.read_bytes()
    with pytest.raises(Exception, match="pickle"):
        save_checkpoint(path, {**payload, "step": lambda: None})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint.pt"]


class _Malicious:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("made-by-checkpoint",)


def test_code_in_a_checkpoint_is_not_run(
    tmp_path: Path, payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "checkpoint.pt"
    torch.save({"format": 1, **payload, "step": _Malicious()}, path)
    with pytest.raises(ExportError, match="cannot read"):
        load_checkpoint(path)
    assert not (tmp_path / "made-by-checkpoint").exists()


@pytest.mark.parametrize("content", [b"", b"hello\n", b"not a checkpoint", b"PK\x03\x04 half a zip"])
def test_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    with pytest.raises(ExportError, match=r"cannot read .*checkpoint\.pt"):
        load_checkpoint(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"there is no .*nowhere\.pt"):
        load_checkpoint(tmp_path / "nowhere.pt")


def test_state_dict_alone_is_no_checkpoint(tmp_path: Path, red_finder: nn.Module) -> None:
    path = tmp_path / "weights.pth"
    torch.save(red_finder.state_dict(), path)
    with pytest.raises(ExportError, match="not a checkpoint") as caught:
        load_checkpoint(path)
    assert "--arch" in caught.value.hint
    assert load_state_dict(path).keys() == red_finder.state_dict().keys()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", 99, "format 99"),
        ("arch", "unknown", "'unknown'"),
        ("spec", "{}", "version"),
        ("ema", {}, "does not fit"),
    ],
)
def test_wrong_content_is_explained(
    tmp_path: Path, payload: dict[str, Any], key: str, value: object, message: str
) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {**payload, key: value})
    with pytest.raises(ExportError, match=message):
        load_checkpoint(path)
