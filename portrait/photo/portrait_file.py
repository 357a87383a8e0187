"""The one way from a picture file to its portrait file: load, find the matte, render, save."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from portrait.batch.photo_render import DepthSource, PhotoDefocus, PhotoDepth, find_depth, focus_photo, render_photo
from portrait.batch.targets import require_other_files
from portrait.core.arrays import AlphaMatte
from portrait.core.lens.blur_options import BLUR_RADIUS_FRACTION_MAX, BlurOptions, radius_px_to_fraction
from portrait.core.lens.thin_lens import Lens
from portrait.core.render.look import AutoOrOff, GrainMode, Look
from portrait.engine import PortraitEngine, Quality, has_person, person_fraction
from portrait.errors import PortraitError
from portrait.files.atomic import require_writable
from portrait.files.background import load_background
from portrait.files.background_choice import BackgroundChoice
from portrait.files.depth import load_depth
from portrait.files.formats import require_transparency, writable_format
from portrait.files.image_io import (
    DEFAULT_MAX_MEGAPIXELS,
    Photo,
    SaveOptions,
    copy_photo,
    load_photo,
    save_photo,
)
from portrait.files.matte_io import load_matte, require_matte_path, save_matte
from portrait.photo.outputs import Outputs

NoPerson = Literal["copy", "skip"]

_NO_PERSON_TEXTS: Mapping[NoPerson, str] = {
    "copy": "no person was found: the picture was saved unchanged",
    "skip": "no person was found: nothing was saved",
}

_DEPTH_IS_FOR = "only a blurred background follows depth"
_NOT_NEARER = "the person is not nearer than what is behind in the depth"
_UNUSED_TEXTS: Mapping[DepthSource, str] = {
    "file": f"{_NOT_NEARER} map: it was not used; where dark is near, say so with --depth-near dark",
    "photo": f"{_NOT_NEARER} stored in the photo: it was not used",
}


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a picture file becomes a portrait file.

    Attributes
    ----------
    blur
        The lens.
    blur_radius_px
        Radius of the blur disk in pixels of the input; overrides the f-number.
    background
        What stands behind the subject.
    grain, ground, depth
        As in `portrait.core.render.look.Look`.
    depth_path
        Grey picture used as the photo's depth in place of what a phone stored in it.
    depth_near_is_dark
        Whether dark is near in that; else bright is.
    quality
        Of the matte: ``fast`` or ``fine``.
    save
        How the portrait is written.
    max_megapixels
        Hard cap on the input.
    matte_path
        Grey picture used as alpha instead of the model's; in a batch a folder of them.
    save_matte_path
        Where the alpha is written as 16-bit PNG; in a batch a folder.
    no_person
        What becomes of a picture without a person: ``copy`` saves it unchanged, ``skip`` saves nothing.
    """

    blur: BlurOptions = field(default_factory=BlurOptions)
    blur_radius_px: float | None = None
    background: BackgroundChoice = field(default_factory=BackgroundChoice)
    grain: GrainMode = "match"
    ground: AutoOrOff = "auto"
    depth: AutoOrOff = "auto"
    depth_path: Path | None = None
    depth_near_is_dark: bool = False
    quality: Quality = "fast"
    save: SaveOptions = field(default_factory=SaveOptions)
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS
    matte_path: Path | None = None
    save_matte_path: Path | None = None
    no_person: NoPerson = "copy"

    def __post_init__(self) -> None:
        if self.blur_radius_px is not None and not self.blur_radius_px >= 0.0:
            raise ValueError(f"blur_radius_px must be 0 or more, got {self.blur_radius_px!r}")
        if not self.max_megapixels > 0.0:
            raise ValueError(f"max_megapixels must be positive, got {self.max_megapixels!r}")


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was done with one file.

    ``timings_ms`` has the stages decode, matte, render and save. ``lens`` is the one that made the blur; None where the
    picture has no blur, or one of a radius that was given.
    ``depth`` says what the blur follows.
    """

    input: Path
    output: Path
    status: Literal["done", "no-person"]
    width: int
    height: int
    person_fraction: float
    timings_ms: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    lens: Lens | None = None
    depth: DepthSource = "none"

    def to_json_dict(self) -> dict[str, Any]:
        """The report in types that JSON knows."""
        focal_length_mm = None if self.lens is None else self.lens.focal_length_mm
        distance_m = None if self.lens is None else self.lens.focus_distance_m
        return {
            "input": str(self.input),
            "output": str(self.output),
            "status": self.status,
            "width": self.width,
            "height": self.height,
            "person_fraction": round(self.person_fraction, 4),
            "focal_length_mm": None if focal_length_mm is None else round(focal_length_mm, 1),
            "subject_distance_m": None if distance_m is None else round(distance_m, 2),
            "depth": self.depth,
            "timings_ms": {stage: round(time_ms, 1) for stage, time_ms in self.timings_ms.items()},
            "warnings": list(self.warnings),
        }


def make_portrait_file(
    engine: PortraitEngine, source: Path, target: Path, options: FileOptions, outputs: Outputs | None = None
) -> FileReport:
    """Make the portrait of one picture file.

    Without a person in it the picture is saved unchanged, byte by byte where the format stays the same, or not at all.

    Parameters
    ----------
    engine
        May be shared by threads.
    source
        Any readable picture; never written to.
    target
        Written atomically; its suffix decides the format.
    options
        The look, the quality, mattes.
    outputs
        Writes the portrait and the matte, and knows what they may replace; None: nothing.

    Raises
    ------
    PortraitError
        The source or the picture of the background cannot be read, the target cannot be written or cannot be
        transparent, the matte, the depth map or the blur radius does not fit, the portrait or the matte would replace a
        file that is read or one that is to stay, or the memory does not suffice. What can be known early is refused
        before the slow work.
    """
    outputs = outputs or Outputs()
    _refuse_early(source, target, options, outputs)
    try:
        return _make_portrait_file(engine, source, target, options, outputs)
    except MemoryError as exc:
        hint = "Close other programs, work on fewer photos at once, or scale it down."
        raise PortraitError(f"Not enough memory for a portrait of {source}", hint) from exc


def _make_portrait_file(
    engine: PortraitEngine, source: Path, target: Path, options: FileOptions, outputs: Outputs
) -> FileReport:
    timings_ms: dict[str, float] = {}
    with _timed(timings_ms, "decode"):
        photo = load_photo(source, max_megapixels=options.max_megapixels)
        look = _look(options, photo)
        given = None if options.matte_path is None else load_matte(options.matte_path, photo.image.shape[:2])
        depth = _load_depth(source, photo, look, options)
    with _timed(timings_ms, "matte"):
        matte = engine.find_matte(photo.image, options.quality) if given is None else given
    is_found = has_person(matte)
    with _timed(timings_ms, "render"):
        look = replace(look, blur=focus_photo(look.blur, photo.metadata, matte))
        portrait, followed, depth_warnings = (
            _render(engine, photo, matte, look, depth) if is_found else (photo, "none", ())
        )
    with _timed(timings_ms, "save"):
        if options.save_matte_path is not None and (is_found or options.no_person == "copy"):
            save_matte(options.save_matte_path, matte, write=outputs.write)
        save = _save_portrait if is_found else _save_unchanged
        warnings = save(source, target, portrait, options, outputs)
    height, width = photo.image.shape[:2]
    return FileReport(
        input=source,
        output=target,
        status="done" if is_found else "no-person",
        width=width,
        height=height,
        person_fraction=person_fraction(matte),
        timings_ms=timings_ms,
        warnings=(*depth_warnings, *warnings, *outputs.warnings),
        lens=_lens_used(look) if is_found else None,
        depth=followed,
    )


def _refuse_early(source: Path, target: Path, options: FileOptions, outputs: Outputs) -> None:
    writable_format(target)
    require_background(target, options.background)
    written = [target]
    if options.save_matte_path is not None:
        require_matte_path(options.save_matte_path)
        written.append(options.save_matte_path)
    inputs = {
        "the photo itself": source,
        "the matte": options.matte_path,
        "the depth map": options.depth_path,
        "the picture of the background": options.background.path,
    }
    require_other_files(written, inputs)
    for path in written:
        require_writable(path)
    outputs.refuse_strangers(written)


def require_background(target: Path, background: BackgroundChoice) -> None:
    """Raise `ImageFileError` where a portrait on this background cannot be made, or not be saved as ``target``."""
    if background.kind == "transparent":
        require_transparency(target)
    load_background(background)


def _blur_in_fractions(options: FileOptions, photo: Photo) -> BlurOptions:
    if options.blur_radius_px is None:
        return options.blur
    height, width = photo.image.shape[:2]
    fraction = radius_px_to_fraction(options.blur_radius_px, height, width)
    if fraction > BLUR_RADIUS_FRACTION_MAX:
        largest_px = int(BLUR_RADIUS_FRACTION_MAX / radius_px_to_fraction(1.0, height, width))
        message = f"A blur radius of {options.blur_radius_px:g} pixels is too large for {width} × {height}"
        raise PortraitError(message, f"Use {largest_px} or less.")
    return replace(options.blur, blur_radius_fraction=fraction)


def _look(options: FileOptions, photo: Photo) -> Look:
    background = load_background(options.background, photo.metadata.icc_profile)
    return Look(_blur_in_fractions(options, photo), background, options.grain, options.ground, options.depth)


def _load_depth(source: Path, photo: Photo, look: Look, options: FileOptions) -> PhotoDepth:
    if look.background.kind != "blur" or look.depth == "off":
        unread = () if options.depth_path is None else (f"{options.depth_path} was not read: {_DEPTH_IS_FOR}",)
        return PhotoDepth(warnings=unread)
    height, width = photo.image.shape[:2]
    if options.depth_path is None:
        return find_depth(source, (height, width))
    near_is_dark = options.depth_near_is_dark
    return PhotoDepth(load_depth(options.depth_path, (height, width), near_is_dark=near_is_dark), "file")


def _render(
    engine: PortraitEngine, photo: Photo, matte: AlphaMatte, look: Look, depth: PhotoDepth
) -> tuple[Photo, DepthSource, tuple[str, ...]]:
    """The portrait, what its blur follows, and what is to be said of the depth."""
    defocus_map, followed = PhotoDefocus(photo.image, matte, depth).choose(look)
    is_unused = depth.map is not None and followed != depth.source
    warnings = (*depth.warnings, _UNUSED_TEXTS[depth.source]) if is_unused else depth.warnings
    return render_photo(engine, photo, matte, look, defocus_map), followed, warnings


def _lens_used(look: Look) -> Lens | None:
    is_used = look.background.kind == "blur" and look.blur.blur_radius_fraction is None
    return look.blur.lens if is_used else None


def _save_portrait(
    source: Path, target: Path, portrait: Photo, options: FileOptions, outputs: Outputs
) -> tuple[str, ...]:
    lost = save_photo(target, portrait.colors, portrait.metadata, options.save, write=outputs.write)
    return portrait.warnings + lost


def _save_unchanged(
    source: Path, target: Path, photo: Photo, options: FileOptions, outputs: Outputs
) -> tuple[str, ...]:
    said = _NO_PERSON_TEXTS[options.no_person]
    if options.no_person == "skip":
        return (said,)
    if photo.metadata.source_format == writable_format(target):
        copy_photo(source, target, write=outputs.write)
        return (said,)
    return (said, *_save_portrait(source, target, photo, options, outputs))


@contextmanager
def _timed(timings_ms: dict[str, float], stage: str) -> Iterator[None]:
    started_s = time.perf_counter()
    yield
    timings_ms[stage] = 1000.0 * (time.perf_counter() - started_s)
