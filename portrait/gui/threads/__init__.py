"""Worker threads, and the one way from them into Qt."""
