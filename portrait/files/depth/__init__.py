"""Depth maps and gain maps that phones store with a photo."""
