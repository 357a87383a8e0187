"""People one by one: instance labels from a mask, and the mattes of single people."""
