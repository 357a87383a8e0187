"""The number format of a training step's convolutions."""

import torch


def computes_bfloat16(device_type: str) -> bool:
    """Whether a device multiplies bfloat16 in hardware; where it does not, float32 is many times faster.

    A processor without AVX-512 (x86-64) or the bf16 extension (arm64) would get torch's plain loops.

    Parameters
    ----------
    device_type
        ``cpu``, ``cuda`` or another of torch's; those that are not asked here are taken at their word.
    """
    if device_type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return device_type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
