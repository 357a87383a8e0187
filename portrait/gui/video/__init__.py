"""The Video page, which makes the portrait of a video file, and its worker."""
