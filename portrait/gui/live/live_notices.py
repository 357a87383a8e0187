"""Notices of the Live page that disappear when their reason is gone."""

from typing import Literal

from PySide6.QtCore import QObject, Slot

from portrait.core.render.look import NOT_LIVE
from portrait.errors import PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.gui.widgets.notify import Banner, NoticeKind
from portrait.language import tr
from portrait.live import LiveStats
from portrait.settings import Settings

_SLOW_LOST_FRACTION = 0.5

_Reason = Literal["camera-lost", "look-refused", "slow"]


class LiveNotices(QObject):
    """Shows a notice once in the page's banner, and removes it when its reason is gone or the session stops."""

    def __init__(self, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._banner = banner
        self._shown: _Reason | None = None
        self._refused: Settings | None = None
        self._is_slow_told = False
        banner.closed.connect(self._on_banner_closed)

    def clear(self) -> None:
        """Remove any notice; for the start and the end of a session."""
        self._refused = None
        self._is_slow_told = False
        self._banner.clear()

    def on_frame_shown(self) -> None:
        """Remove the notice of a lost camera, because a frame came."""
        if self._shown == "camera-lost":
            self.clear()

    def on_measured(self, stats: LiveStats, settings: Settings) -> None:
        """Say what is slow, if more than half of the frames are lost and the banner is free."""
        slow = _slow_choice(settings)
        if slow is None or stats.lost_fraction <= _SLOW_LOST_FRACTION:
            self._remove("slow")
        elif not self._is_slow_told and self._banner.kind is None:
            self._is_slow_told = True
            self._show("slow", "info", *slow)

    def on_look_refused(self, refused: Settings, error: PortraitError) -> None:
        """Say why a background or a subject is not shown, and what is shown instead."""
        if self._refused is None or not shows_the_same(refused, self._refused):  # else the user was told before
            self._refused = refused
            hint = f"{self._hint_for(refused.background, error)} {tr('Until then the room is blurred.')}"
            self._show("look-refused", "warning", error.message, hint)

    @Slot(object)
    def on_interrupted(self, error: PortraitError) -> None:
        """Say that a camera was lost."""
        hint = error.hint or tr("it is opened again as soon as it is back")
        self._show("camera-lost", "warning", error.message, hint)

    @Slot(object)
    def on_settings_changed(self, settings: Settings) -> None:
        """Remove notices that a change of background, subject or quality has resolved."""
        if self._refused is not None and not shows_the_same(self._refused, settings):
            self._refused = None
            self._remove("look-refused")
        if _slow_choice(settings) is None:
            self._is_slow_told = False
            self._remove("slow")

    def _hint_for(self, background: str, error: PortraitError) -> str:
        if BackgroundChoice.parse(background).kind in NOT_LIVE:  # the error's hint is for the command line
            return tr("Choose another background; a plain colour can be keyed out elsewhere.")
        return error.hint

    def _show(self, reason: _Reason, kind: NoticeKind, message: str, hint: str) -> None:
        self._banner.show_notice(kind, message, hint)
        self._shown = reason

    def _remove(self, reason: _Reason) -> None:
        if self._shown == reason:
            self._banner.clear()

    @Slot()
    def _on_banner_closed(self) -> None:
        self._shown = None


def shows_the_same(one: Settings, other: Settings) -> bool:
    """Whether background and subject of live pictures, which may be refused, are the same."""
    return (one.background, one.live_subject) == (other.background, other.live_subject)


def _slow_choice(settings: Settings) -> tuple[str, str] | None:
    """What is said of the choice that takes the most time, and what to do; None where nothing slow was chosen."""
    if settings.live_quality == "fine":
        return tr("Fine is made for photos"), tr("Fast shows more frames a second.")
    if settings.live_subject:
        return tr("Pets and things take longer to find"), tr("With people alone, more frames a second are shown.")
    return None
