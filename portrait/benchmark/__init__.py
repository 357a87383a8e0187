"""Composed scenes whose truth is known, what they are judged by, and this machine's speed."""
