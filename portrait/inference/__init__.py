"""Running segmentation networks. The only importer of onnxruntime.

The official builds of onnxruntime send telemetry unless an environment variable, set before the first import, forbids
it. Portrait is offline.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
