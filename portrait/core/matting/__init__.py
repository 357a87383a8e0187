"""Matting: from a network's output to the alpha of the image, frame by frame where there are several."""
