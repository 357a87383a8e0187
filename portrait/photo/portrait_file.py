"""Processing of one image file to a portrait file: open, find the matte, render, save."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from portrait.core.lens.thin_lens import Lens
from portrait.core.matting.label_map import class_shares
from portrait.core.matting.subject import person_fraction
from portrait.core.render.look import BLURRED_KINDS, Look
from portrait.engine import PortraitEngine
from portrait.files.formats import writable_format
from portrait.files.image_io import copy_photo
from portrait.files.label_io import save_labels
from portrait.files.matte_io import load_matte
from portrait.language import mark, tr
from portrait.photo.defocus import DepthSource, PhotoDepth
from portrait.photo.enclosing import items_to_embed
from portrait.photo.mending import edit_matte
from portrait.photo.options import FileOptions, NoPerson
from portrait.photo.outputs import Outputs
from portrait.photo.record import portrait_record
from portrait.photo.report import FileReport, StageTimes
from portrait.photo.saving import (
    Destination,
    SavedPortrait,
    memory_shortage_told,
    save_portrait,
    write_matte,
    write_matte_alone,
    write_photo,
)
from portrait.photo.session import (
    FoundMatte,
    OpenedPhoto,
    find_photo_matte,
    load_look,
    open_photo,
    require_radius,
    with_depth_file,
)
from portrait.photo.things import engine_for

_NO_PERSON_TEXTS: Mapping[NoPerson, str] = {
    "copy": mark("no person was found: the picture was saved unchanged"),
    "skip": mark("no person was found: nothing was saved"),
}
_EMPTY_MATTE = mark("no person was found: the matte is as good as empty")
_UNUSED_TEXTS: Mapping[DepthSource, str] = {
    "file": mark(
        "the person is not nearer than what is behind in the depth map: it was not used; "
        "where dark is near, say so with --depth-near dark"
    ),
    "photo": mark("the person is not nearer than what is behind in the depth stored in the photo: it was not used"),
}


def make_portrait_file(
    engine: PortraitEngine, source: Path, target: Path, options: FileOptions, outputs: Outputs | None = None
) -> FileReport:
    """Make the portrait of one image file.

    Without a person in it the image is saved unchanged, byte by byte where the format stays the same, or not at all.

    Parameters
    ----------
    engine
        May be shared by threads.
    source
        Any readable image; never written to.
    target
        Written atomically; its suffix decides the format.
    options
        The look, the quality, mattes.
    outputs
        Writes the portrait and the matte, and knows what they may replace; None: nothing.

    Raises
    ------
    PortraitError
        The source or the image of the background cannot be read, the target cannot be written or cannot be
        transparent, the matte, the depth map or the blur radius does not fit, the portrait or the matte would replace a
        file that is read or one that is to stay, or the memory does not suffice. What can be known early is refused
        before the slow work.
    """
    inputs = {
        tr("the photo itself"): source,
        tr("the matte"): options.matte_path,
        tr("the depth map"): options.depth_path,
    }
    destination = Destination(
        target,
        outputs or Outputs(),
        options.save,
        options.background,
        inputs,
        options.save_matte_path,
        options.save_labels_path,
    )
    destination.refuse_early()
    depth = None if options.depth_path is None else (options.depth_path, options.depth_near_is_dark)
    destination = replace(destination, items=items_to_embed(source, target, options, depth))
    with memory_shortage_told(source):
        return _make_portrait_file(engine, source, options, destination)


def _make_portrait_file(
    engine: PortraitEngine, source: Path, options: FileOptions, destination: Destination
) -> FileReport:
    engine, times = engine_for(engine, options.subject), StageTimes()
    if options.depth_model and options.depth == "auto":
        engine.depth_network(options.depth_model)  # what cannot be opened is told before the slow work
    with times.stage("decode"):
        photo = _open(source, options)
        require_radius(options, photo.image)
        given = None if options.matte_path is None else load_matte(options.matte_path, photo.image.shape[:2])
    with times.stage("matte"):
        if given is None:
            found = find_photo_matte(engine, photo, options.quality, options.people, camera_matte=options.camera_matte)
        else:
            found = FoundMatte.of(engine, photo, options.quality, given, "file")
        if options.edits is not None:
            found = edit_matte(found, options.edits)
    found = found.with_depth_model(engine, options.depth_model)
    look = load_look(options, found)
    classes = _save_labels(engine, photo, options, destination, times)
    if found.has_person:
        destination = replace(destination, record=portrait_record(engine, options, source, options.edits))
        saved = save_portrait(engine, found, look, destination, times)
        of_depth = (*_depth_warnings(photo.depth, saved.followed), *_focus_warnings(options, saved.followed))
        own = (*of_depth, *_model_warnings(options, look, saved.followed), *_people_warnings(options))
        warnings = (*own, *photo.photo.warnings, *photo.photo.stored_matte.warnings, *saved.warnings)
    else:
        saved = _save_unchanged(source, found, options.no_person, destination, times)
        warnings = saved.warnings
    height, width = photo.image.shape[:2]
    return FileReport(
        input=source,
        output=destination.target,
        status="done" if found.has_person else "no-person",
        width=width,
        height=height,
        person_fraction=person_fraction(found.matte),
        timings_ms=times,
        warnings=warnings,
        lens=_lens_used(look) if found.has_person else None,
        depth=saved.followed,
        matte=found.source,
        people=found.people,
        classes=classes,
    )


def _open(source: Path, options: FileOptions) -> OpenedPhoto:
    """Open the photo and, for a blur that follows depth, its depth map: from a file, or stored in it by a phone."""
    follows_depth = options.background.kind in BLURRED_KINDS and options.depth != "off"
    photo = open_photo(
        source,
        options.max_megapixels,
        options.raw,
        with_depth=follows_depth and options.depth_path is None,
        with_matte=options.matte_path is None and options.camera_matte == "auto",
    )
    if options.depth_path is None:
        return photo
    if not follows_depth:
        warning = tr("{path} was not read: only a blurred background follows depth", path=options.depth_path)
        return replace(photo, depth=PhotoDepth(warnings=(warning,)))
    return with_depth_file(photo, options.depth_path, near_is_dark=options.depth_near_is_dark)


def _save_labels(
    engine: PortraitEngine, photo: OpenedPhoto, options: FileOptions, destination: Destination, times: StageTimes
) -> Mapping[str, float]:
    """Find and write the class of every pixel, where that is wanted; the share of the photo by class."""
    if destination.labels_target is None:
        return {}
    with times.stage("labels"):
        labels = engine.find_labels(photo.image, options.quality)
        save_labels(destination.labels_target, labels, write=destination.outputs.write)
        return class_shares(labels, engine.segmenter_of(options.quality).spec)


def _save_unchanged(
    source: Path, found: FoundMatte, no_person: NoPerson, destination: Destination, times: StageTimes
) -> SavedPortrait:
    photo = found.photo.photo
    said: tuple[str, ...] = (tr(_NO_PERSON_TEXTS[no_person]),)
    times["render"] = 0.0
    with times.stage("save"):
        if no_person == "copy":
            write_matte(found, destination)
            if destination.save.content == "matte":
                write_matte_alone(found.matte, destination)
                said = (tr(_EMPTY_MATTE),)
            elif destination.save.keeps_bytes and photo.metadata.source_format == writable_format(destination.target):
                copy_photo(source, destination.target, write=destination.outputs.write)
            else:
                said = (*said, *photo.warnings, *write_photo(photo, destination))
    return SavedPortrait(destination.target, (*said, *destination.outputs.warnings))


def _people_warnings(options: FileOptions) -> tuple[str, ...]:
    is_unused = options.matte_path is not None and options.people != FileOptions().people
    return (tr("a matte was given: the choice of people was not used"),) if is_unused else ()


def _focus_warnings(options: FileOptions, followed: DepthSource) -> tuple[str, ...]:
    is_unused = followed == "none" and (options.focus is not None or options.focal_range > 0.0)
    return (tr("no distances are known in it: focus and focal range were not used"),) if is_unused else ()


def _depth_warnings(depth: PhotoDepth, followed: DepthSource) -> tuple[str, ...]:
    is_unused = depth.map is not None and followed != depth.source
    return (*depth.warnings, tr(_UNUSED_TEXTS[depth.source])) if is_unused else depth.warnings


def _model_warnings(options: FileOptions, look: Look, followed: DepthSource) -> tuple[str, ...]:
    is_wanted = bool(options.depth_model) and look.depth == "auto" and look.background.kind == "blur"
    is_unused = is_wanted and followed in ("ground", "none")
    return (
        (tr("the network for depth does not see the person nearer than the rest: it was not used"),)
        if is_unused
        else ()
    )


def _lens_used(look: Look) -> Lens | None:
    is_blurred = look.background.is_blurred or look.background.backdrop.distance_m is not None
    is_used = is_blurred and look.blur.blur_radius_fraction is None
    return look.blur.lens if is_used else None
