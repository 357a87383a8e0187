"""One photo, from opening to saving."""
