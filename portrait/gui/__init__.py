"""The window. The only importer of PySide6; no pixel is computed on its thread."""
