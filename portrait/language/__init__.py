"""The texts of window, command line and errors in the user's language, from one catalogue for each language."""

from portrait.language.choice import (
    LANGUAGES,
    Language,
    best_language,
    current_language,
    environment_language,
    set_language,
)
from portrait.language.texts import mark, tr, tr_n

__all__ = [
    "LANGUAGES",
    "Language",
    "best_language",
    "current_language",
    "environment_language",
    "mark",
    "set_language",
    "tr",
    "tr_n",
]
