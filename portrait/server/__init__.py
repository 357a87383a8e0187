"""Portraits over HTTP, for other programs on this machine: POST a photo, get its portrait or its matte."""
