"""Blur: what a lens makes of everything but the subject."""
