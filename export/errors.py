"""Errors of training and export."""

from portrait.errors import PortraitError


class DataError(PortraitError):
    """A data set cannot be read."""


class ExportError(PortraitError):
    """A network cannot be exported, or its export does not compute the same."""
