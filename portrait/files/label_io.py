"""Label maps as indexed PNG files, in the form in which PASCAL VOC gives them."""

from pathlib import Path

from portrait.core.matting.label_map import LabelMap, class_colors
from portrait.errors import ImageFileError
from portrait.files.encoding import encode_indexed
from portrait.files.system.atomic import Writer, write_atomically
from portrait.language import tr


def save_labels(path: Path, labels: LabelMap, *, write: Writer = write_atomically) -> None:
    """Save a label map as indexed PNG with VOC's palette, atomically.

    Parameters
    ----------
    path
        Must end in ``.png``.
    labels
        uint8 (H, W): class numbers.
    write
        What writes the file.

    Raises
    ------
    ImageFileError
        Another suffix, disk full, no permission, missing folder.
    """
    require_labels_path(path)
    write(path, encode_indexed(labels, class_colors()))


def require_labels_path(path: Path) -> None:
    """Raise `ImageFileError` unless a label map can be saved under this name."""
    if path.suffix.lower() != ".png":
        raise ImageFileError(
            tr("Labels are saved as indexed PNG, {path} does not end in .png", path=path), tr("Name it .png.")
        )
