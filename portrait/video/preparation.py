"""What a conversion checks and settles before the first frame: refusals, the look, and the key of its work folder."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from portrait.core.render.look import NOT_LIVE, Look
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.extras import how_to_get
from portrait.files.background import load_background
from portrait.files.system.os_errors import file_version
from portrait.language import tr
from portrait.photo.options import with_blur_radius
from portrait.photo.outputs import Outputs
from portrait.photo.targets import require_other_files
from portrait.video.options import VideoOptions

if TYPE_CHECKING:
    from portrait.capture.timed_video import VideoFacts

_VERSION = 1
"""Of the way in which frames are made; raised when the same settings give other frames."""


def require_pyav() -> None:
    """Raise `PortraitError` where PyAV cannot be loaded."""
    try:
        import av  # noqa: F401 - installed and loadable are two things
    except ImportError as exc:
        raise PortraitError(tr("Converting videos needs PyAV, which is not installed"), how_to_get("video")) from exc


def refuse_early(source: Path, target: Path, options: VideoOptions, outputs: Outputs) -> None:
    """Raise `PortraitError` for what no look into the video is needed for."""
    if options.background.kind in NOT_LIVE:
        hint = tr("Choose another background: one of a plain colour, color:#00B140 say, can be keyed out elsewhere.")
        raise PortraitError(tr("A video cannot be transparent"), hint)
    require_other_files(
        [target], {tr("the video itself"): source, tr("the picture of the background"): options.background.path}
    )
    outputs.refuse_strangers([target])


def load_look(options: VideoOptions, facts: "VideoFacts") -> Look:
    """The look, without grain: measured frame by frame it would flicker."""
    blur = with_blur_radius(options.blur, options.blur_radius_px, *facts.shown_size_px)
    background = load_background(options.background, backdrop=options.backdrop)
    return Look(blur, background, grain="off", ground="off")


def find_fingerprint(engine: PortraitEngine, source: Path, options: VideoOptions, encoder: str) -> str:
    """Hash of all that the frames depend on; ``encoder`` is from `portrait.video.encoders.encoder_version`."""
    wanted = [
        _VERSION,
        str(source.resolve()),
        file_version(source),
        asdict(replace(options, codec=encoder, restart=False)),
        None if options.background.path is None else file_version(options.background.path),
        engine.segmenter_of(options.quality).spec.to_json(),
    ]
    return hashlib.sha256(json.dumps(wanted, default=str, sort_keys=True).encode()).hexdigest()[:16]
