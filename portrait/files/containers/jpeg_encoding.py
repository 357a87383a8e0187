"""How a JPEG was encoded: its chroma subsampling and quantisation tables."""

from PIL import Image, JpegImagePlugin

_JPEG_FORMATS = ("JPEG", "MPO")
_MOST_TABLES = 2  # of brightness and colours; Pillow writes them in this order


def read_jpeg_subsampling(picture: Image.Image) -> int | None:
    """Chroma subsampling of a JPEG; none for another format or an unusual pattern."""
    try:
        subsampling = JpegImagePlugin.get_sampling(picture)
    except LookupError:  # the header names more components than it describes
        return None
    return subsampling if subsampling >= 0 else None


def read_jpeg_tables(picture: Image.Image) -> tuple[tuple[int, ...], ...]:
    """Quantisation tables of a JPEG as baseline files can hold them; empty for another format."""
    found = getattr(picture, "quantization", None) if picture.format in _JPEG_FORMATS else None
    if not isinstance(found, dict):
        return ()
    tables = tuple(tuple(found[number]) for number in sorted(found))[:_MOST_TABLES]
    is_baseline = all(len(table) == 64 and all(1 <= step <= 255 for step in table) for table in tables)
    return tables if is_baseline else ()
