"""The Batch page, its table of results and its worker."""
