"""Portraits of files: one, or a folder tree with progress, resume and errors by file."""
