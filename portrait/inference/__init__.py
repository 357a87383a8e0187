"""Running segmentation networks. The only importer of onnxruntime."""
