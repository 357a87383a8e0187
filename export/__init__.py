"""Training and ONNX export of the person-segmentation networks. torch lives only here."""
