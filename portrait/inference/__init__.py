"""Running segmentation networks. The only importer of onnxruntime.

Its official builds report to their maker unless told otherwise before they are first imported. Portrait is offline.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
