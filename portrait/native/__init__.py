"""Passes over whole images in C, an optional shared library called by ctypes; without it NumPy does the same."""
