"""Widgets, dialogs and icons that several pages use."""
