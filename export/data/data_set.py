"""Data sets of photos with person masks, and a cache of their decoded, downsampled images.

A data set is a folder with ``images/*`` and ``masks/*.png`` of the same names: 0 background, 255 person, 128 not
judged, and no other level. ``alpha/*.png`` gives 8-bit alpha; a picture that has both is labelled by its alpha. Without
either folder the pictures show nobody. ``instances/*.png`` numbers the people from 1 on, 255 where that is not known;
without it people are told apart as the app tells them. EXIF orientation is applied to both, as viewers and the app do.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from export.atomic import replacing
from export.data.image_files import ALPHA_FOLDER, read_label, read_upright
from export.data.instances import find_instances, read_instances
from export.data.label_meaning import LabelMeaning, meaning_of
from export.data.labels import LabelledImage, from_opacity
from export.errors import DataError

INSTANCE_FOLDER = "instances"

LABEL_FOLDERS = (ALPHA_FOLDER, "masks")
"""Folders of labels; for each image the first that has its file is used."""

_CACHE_MEANING = "upright, masks of three levels, instances"
"""What is promised of the pictures in a cache; those that were written under another promise are not taken."""

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class DataItem:
    """One image and, where people are labelled, its mask or alpha.

    Attributes
    ----------
    image_path, mask_path
        Files of the image and of its mask or alpha.
    frame
        Aspect ratio, width / height, to which both are cropped; None: no crop.
    meaning
        What its label shows.
    instances_path
        Which pixel belongs to whom, where that is labelled.
    """

    image_path: Path
    mask_path: Path | None
    frame: float | None = field(default=None, repr=False)
    meaning: LabelMeaning = field(default=LabelMeaning.BOTH, repr=False)
    instances_path: Path | None = None

    @property
    def has_alpha(self) -> bool:
        """Whether the label is an alpha matte and not a mask."""
        return self.mask_path is not None and self.mask_path.parent.name == ALPHA_FOLDER


@dataclass(frozen=True, slots=True)
class DataSet:
    """The images of one folder."""

    name: str
    items: tuple[DataItem, ...]

    @property
    def has_people(self) -> bool:
        """Whether the images come with person masks."""
        return any(item.mask_path is not None for item in self.items)


def find_data_set(folder: Path, frame: float | None = None) -> DataSet:
    """List the images of a data set by name.

    Parameters
    ----------
    folder
        The data set.
    frame
        Aspect ratio, width / height, to which the images are cropped; None: no crop.

    Raises
    ------
    DataError
        There are no images, an image has no mask, or the first label is not a valid one. Only the first is read here.
    """
    images_dir = folder / "images"
    paths = sorted(p for p in images_dir.glob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise DataError(f"no pictures in {images_dir}", "a data set is a folder with images/ and masks/")
    label_dirs = [folder / name for name in LABEL_FOLDERS if (folder / name).is_dir()]
    name = _set_name(folder)
    instance_dirs = [folder / INSTANCE_FOLDER]
    items = tuple(
        DataItem(path, _find_label(path, label_dirs), frame, meaning_of(name), _find_label(path, instance_dirs))
        for path in paths
    )
    missing = [item.image_path.name for item in items if item.mask_path is None]
    if label_dirs and missing:
        raise DataError(f"{folder}: {len(missing)} pictures without mask, the first {missing[0]}", "add or remove them")
    if items[0].mask_path is not None:
        read_label(items[0].mask_path)
    return DataSet(name, items)


def _find_label(image_path: Path, label_dirs: Sequence[Path]) -> Path | None:
    paths = (folder / f"{image_path.stem}.png" for folder in label_dirs)
    return next((path for path in paths if path.is_file()), None)


def _set_name(folder: Path) -> str:
    resolved = folder.resolve()
    return resolved.parent.name if resolved.name in {"train", "val"} else resolved.name


def load_labelled(item: DataItem, long_side_px: int | None = None) -> LabelledImage:
    """Decode an image and its label, downsampled so that the long side is at most ``long_side_px``.

    Raises
    ------
    DataError
        A file cannot be read, image and label differ in size, or a mask has other levels than the three.
    """
    # Decode both upright; without a label all is background.
    image = read_upright(item.image_path).convert("RGB")
    mask = Image.new("L", image.size) if item.mask_path is None else read_label(item.mask_path)
    if mask.size != image.size:
        raise DataError(f"{item.image_path.name}: picture {image.size} but mask {mask.size}", "make them equal")
    instances = None if item.instances_path is None else read_instances(item.instances_path, image.size)
    if item.frame is not None:
        box = _box_of_frame(image.size, item.frame)
        image, mask = image.crop(box), mask.crop(box)
        instances = None if instances is None else instances.crop(box)
    scale = 1.0 if long_side_px is None else min(1.0, long_side_px / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    opacity = np.asarray(mask.resize(size, Image.Resampling.BOX if item.has_alpha else Image.Resampling.NEAREST))
    label = from_opacity(opacity) if item.has_alpha else opacity
    if instances is None:
        numbers = find_instances(label)
    else:
        numbers = np.asarray(instances.resize(size, Image.Resampling.NEAREST))
    return np.dstack([np.asarray(image.resize(size, Image.Resampling.BOX)), label, numbers])


def _box_of_frame(size: tuple[int, int], frame: float) -> tuple[int, int, int, int]:
    """Largest crop of this aspect ratio in an image of (W, H): centred, but with a third of the cut rows above it."""
    width, height = min(size[0], round(size[1] * frame)), min(size[1], round(size[0] / frame))
    left, top = (size[0] - width) // 2, (size[1] - height) // 3
    return left, top, left + max(1, width), top + max(1, height)


class ImageCache:
    """Cache of labelled images: decoded once into ``.npy`` files, then memory-mapped."""

    def __init__(self, folder: Path, long_side_px: int = 512) -> None:
        self._folder = folder
        self._long_side_px = long_side_px
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, item: DataItem) -> LabelledImage:
        """The labelled image of an item; written to the cache when it is not there."""
        path = self._folder / f"{self._key(item)}.npy"
        if not path.exists():
            with replacing(path) as partial:
                np.save(partial, load_labelled(item, self._long_side_px))
        mapped: LabelledImage = np.load(path, mmap_mode="r")
        return mapped

    def _key(self, item: DataItem) -> str:
        stats = [p.stat() for p in (item.image_path, item.mask_path, item.instances_path) if p is not None]
        meaning = _CACHE_MEANING + ("alpha" if item.has_alpha else "") + ("" if item.frame is None else f"{item.frame}")
        facts = f"{item}{self._long_side_px}{[(s.st_size, s.st_mtime_ns) for s in stats]}{meaning}"
        return hashlib.sha256(facts.encode()).hexdigest()[:24]
