"""The Photo page, its worker and what they say to each other."""
