"""Portraits of a folder tree: planned, run in parallel, resumable, with an event for each file."""
