"""Files as such: atomic writing, locks, errors of the system, bundled assets."""
