"""The structure of image files: boxes, chunks, segments, directories."""
