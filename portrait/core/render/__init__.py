"""Rendering: photos and live frames with another background."""
