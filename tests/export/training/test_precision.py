from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from export.training import train
from export.training.config import TrainConfig
from export.training.precision import computes_bfloat16
from export.training.train import run_training


@pytest.mark.parametrize(("computes", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_step_convolves_in_bfloat16_only_where_the_device_does(
    tmp_path: Path,
    red_finder: nn.Module,
    make_data_set: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    computes: bool,
    dtype: torch.dtype,
) -> None:
    monkeypatch.setattr(train, "computes_bfloat16", lambda device_type: computes)
    folder = make_data_set("people", count=2)
    config = TrainConfig(
        train_dirs=(folder,),
        val_dirs=(folder,),
        out_dir=tmp_path / "run",
        arch="red_finder",
        input_size_px=32,
        epochs=1,
        minibatch_size=2,
        device="cpu",
        threads=1,
        workers=0,
    )
    dtypes = []

    def note(module: nn.Module, _: Any, output: Tensor) -> None:
        if isinstance(module, nn.Conv2d) and module.training:
            dtypes.append(output.dtype)

    hook = nn.modules.module.register_module_forward_hook(note)
    try:
        run_training(config)
    finally:
        hook.remove()
    assert set(dtypes) == {dtype}


def test_a_device_that_cannot_be_asked_is_taken_at_its_word() -> None:
    assert computes_bfloat16("xpu")
