"""The window. Only this package imports PySide6; images are computed on worker threads, never on the GUI thread."""
