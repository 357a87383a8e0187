"""Metrics: how good a matte and how near a rendered image is."""
