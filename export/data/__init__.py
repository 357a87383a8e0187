"""Data sets, their labels, and the augmentation that makes training samples of them."""
