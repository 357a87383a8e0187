"""Training and ONNX export of the person-segmentation networks. torch lives only here."""

import portrait.inference  # noqa: F401  before onnxruntime, which it keeps from reporting
