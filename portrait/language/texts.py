"""Translates texts to the language that was set; English without one.

The process has one language: it is set at the start, before any text is shown, and read by all threads.
"""

from portrait.language.catalog import Catalog


class _Current:
    """The catalogue in use; None for English."""

    catalog: Catalog | None = None


def use_catalog(catalog: Catalog | None) -> None:
    """Translate by a catalogue from now on; None: show the English texts."""
    _Current.catalog = catalog


def mark(text: str) -> str:
    """Mark an English text for the catalogue and return it as it is; `tr` translates it where it is shown."""
    return text


def tr(text: str, /, **values: object) -> str:
    """Translate a text and insert values.

    Parameters
    ----------
    text
        English text, the key in the catalogue. With values it is a format string with named fields.
    **values
        Values of the fields, by name.

    Returns
    -------
    str
        The translation, or the English text where there is none.
    """
    catalog = _Current.catalog
    translated = text if catalog is None else catalog.messages.get(text, (text,))[0]
    return translated.format(**values) if values else translated


def tr_n(one: str, many: str, n: int, /, **values: object) -> str:
    """Translate a text that depends on a number, which its field ``{n}`` shows.

    Parameters
    ----------
    one, many
        English texts for one and for several; ``one`` is the key in the catalogue.
    n
        The number.
    **values
        Values of further fields, by name.
    """
    catalog = _Current.catalog
    forms = None if catalog is None else catalog.messages.get(one)
    if catalog is None or forms is None:
        text = one if n == 1 else many
    else:
        text = forms[min(catalog.plural_form(n), len(forms) - 1)]
    return text.format(n=n, **values)
