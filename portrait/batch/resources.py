"""How many photos this machine's cores and memory allow to be processed at once."""

import os

_ASSUMED_MEMORY_BYTES = 8 * 2**30
_MEMORY_SHARE = 0.5
_BYTES_PER_PIXEL = 32
"""Peak memory of one photo, from decoding to saving. JPEG needs less than 20; transparency and HEIC need more."""

_TYPICAL_PHOTO_PX = 12_000_000
_MAX_WORKERS = 8


def pixel_budget() -> int:
    """Most pixels to process at once, by the machine's memory; a larger photo is processed alone."""
    return int(_memory_bytes() * _MEMORY_SHARE / _BYTES_PER_PIXEL)


def worker_count(requested: int) -> int:
    """Number of workers: the requested one, or for 0 as many as cores and memory allow."""
    if requested > 0:
        return requested
    return max(1, min(_core_count(), pixel_budget() // _TYPICAL_PHOTO_PX, _MAX_WORKERS))


def _core_count() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_bytes() -> int:
    """Physical memory, or an assumed amount where the system does not tell."""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _ASSUMED_MEMORY_BYTES
