"""Camera raw files: the camera's own picture inside, or one that LibRaw develops."""
