"""What a mask's levels mean, in every data set."""

import numpy as np
from numpy.typing import NDArray

PERSON_LABEL = 255
VOID_LABEL = 128
"""Not judged: counts in no loss and no figure. Background is 0."""

LabelledImage = NDArray[np.uint8]
"""uint8 (H, W, 4): RGB and the label."""
