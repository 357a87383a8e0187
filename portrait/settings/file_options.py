"""From the settings to what one portrait file is made with."""

from typing import TYPE_CHECKING

from portrait.settings.model import Settings

if TYPE_CHECKING:
    from portrait.photo.options import FileOptions


def file_options(settings: Settings) -> "FileOptions":
    """The part of the settings that makes portrait files. Imports what makes them: the settings alone are light."""
    from portrait.core.lens.focus import parse_focus
    from portrait.core.people.people_choice import PeopleChoice
    from portrait.files.background_choice import BackgroundChoice
    from portrait.photo.options import FileOptions

    return FileOptions(
        blur=settings.blur,
        background=BackgroundChoice.parse(settings.background),
        grain=settings.grain,
        ground=settings.ground,
        depth=settings.depth,
        focus=parse_focus(settings.focus),
        focal_range=settings.focal_range,
        quality=settings.quality,
        people=PeopleChoice(settings.people),
        save=settings.save,
        max_megapixels=settings.max_megapixels,
        no_person=settings.no_person,
    )
