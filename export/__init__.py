"""Training and ONNX export of the person-segmentation networks. torch lives only here."""

import portrait.inference  # noqa: F401  switches off onnxruntime's telemetry, so before any import of it
