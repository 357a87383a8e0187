"""Portraits of whole video files: full quality, smoothed over time in both directions, sound copied, resumable."""
