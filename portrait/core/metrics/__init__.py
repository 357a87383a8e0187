"""Metrics of mattes, rendered images, colours and motion."""
