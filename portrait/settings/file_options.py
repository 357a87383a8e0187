"""From the settings to what one portrait file, or the portrait of a video, is made with."""

from typing import TYPE_CHECKING

from portrait.settings.model import Settings
from portrait.settings.subject import split_subject

if TYPE_CHECKING:
    from portrait.photo.options import FileOptions
    from portrait.video.options import VideoOptions


def file_options(settings: Settings) -> "FileOptions":
    """The part of the settings that makes portrait files. Imports what makes them: the settings alone are light."""
    from portrait.core.lens.focus import parse_focus
    from portrait.core.people.people_choice import PeopleChoice
    from portrait.files.background_choice import BackgroundChoice
    from portrait.photo.options import FileOptions

    return FileOptions(
        blur=settings.blur,
        background=BackgroundChoice.parse(settings.background),
        backdrop=settings.backdrop,
        grain=settings.grain,
        ground=settings.ground,
        depth=settings.depth,
        depth_model=settings.depth_model,
        focus=parse_focus(settings.focus),
        focal_range=settings.focal_range,
        quality=settings.quality,
        camera_matte="off" if settings.model or settings.subject else settings.camera_matte,
        people=PeopleChoice("all" if settings.subject else settings.people),
        subject=split_subject(settings.subject),
        save=settings.save,
        max_megapixels=settings.max_megapixels,
        raw=settings.raw,
        no_person=settings.no_person,
    )


def video_options(settings: Settings, *, restart: bool = False) -> "VideoOptions":
    """The part of the settings that makes portraits of videos; ``restart``: anew where one could go on."""
    from portrait.files.background_choice import BackgroundChoice
    from portrait.video.options import VideoOptions

    return VideoOptions(
        settings.blur,
        background=BackgroundChoice.parse(settings.background),
        backdrop=settings.backdrop,
        quality=settings.live_quality,
        restart=restart,
    )
