"""The Live page and the threads behind it."""
