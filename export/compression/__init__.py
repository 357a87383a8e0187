"""Smaller files of a network: 8-bit layers, 16-bit weights, and whether they are good enough."""
