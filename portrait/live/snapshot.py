"""A photo of the live view, at the quality of photos."""

from datetime import datetime
from pathlib import Path

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.matting.subject import has_person
from portrait.core.render.look import NOT_LIVE, Backdrop, Background, GrainMode, Look
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.background import load_background
from portrait.files.background_choice import BackgroundChoice
from portrait.files.formats import SaveOptions
from portrait.files.image_io import save_photo
from portrait.files.system.atomic import write_considerately
from portrait.files.system.os_errors import is_there
from portrait.language import tr


def take_snapshot(
    engine: PortraitEngine,
    image: RgbImage,
    shown: RgbImage,
    blur: BlurOptions,
    background: str,
    grain: GrainMode,
    backdrop: Backdrop | None = None,
) -> RgbImage:
    """Make the portrait of a live frame as that of a photo, with the matte of quality fine.

    What live hides stays hidden: where no person is found, or the background cannot be shown, it is the live picture.

    Parameters
    ----------
    engine
        May be shared.
    image, shown
        uint8 (H, W, 3): the frame, and what live made of it.
    blur, background, grain, backdrop
        As in the settings.

    Returns
    -------
    uint8 (H, W, 3)

    Raises
    ------
    ModelError
        The network failed.
    """
    chosen = _find_background(background, backdrop)
    matte = None if chosen is None else engine.find_matte(image, "fine")
    if chosen is None or matte is None or not has_person(matte):
        return shown
    return engine.render(image, matte, Look(blur, chosen, grain))


def save_new_photo(path: Path, image: RgbImage, options: SaveOptions) -> None:
    """Save a photo under a name that is free.

    Raises
    ------
    ImageFileError
        It cannot be written.
    PortraitError
        The name is taken.
    """

    def refuse(taken: Path) -> None:
        raise PortraitError(tr("{path} is there already", path=taken), tr("Take another one."))

    def write(target: Path, data: bytes | memoryview) -> None:
        write_considerately(target, data, require_replaceable=refuse, on_finished=lambda _: None)

    save_photo(path, image, options=options, write=write)


def name_by_time(folder: Path, suffix: str, now: datetime) -> Path:
    """A free path in a folder, such as ``Portrait 2026-01-31 18.05.09.jpg``."""
    stem = f"Portrait {now:%Y-%m-%d %H.%M.%S}"
    path, number = folder / f"{stem}{suffix}", 2
    while is_there(path):
        path = folder / f"{stem} ({number}){suffix}"
        number += 1
    return path


def _find_background(text: str, backdrop: Backdrop | None) -> Background | None:
    """The background of this setting; None where it cannot be shown live."""
    if BackgroundChoice.parse(text).kind in NOT_LIVE:
        return None
    try:
        return load_background(text, backdrop=backdrop)
    except PortraitError:
        return None
