"""Image files: the only place that decodes, encodes or replaces them."""
