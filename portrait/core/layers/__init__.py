"""Layers: the colours of subject and background in soft pixels, and compositing."""
