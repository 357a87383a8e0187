"""Viewport: which part of an image is shown at which magnification. Geometry only, without Qt."""

from dataclasses import dataclass, replace

MOST_ZOOM = 8.0
"""Screen pixels to one pixel of the image, at most."""

_STEP = 1.25
_FITS = 1.001


@dataclass(frozen=True, slots=True)
class Viewport:
    """Zoom and place of an image in a room, both in screen pixels.

    Attributes
    ----------
    image
        Width and height of the image.
    room
        Left, top, width and height in which it is fitted; a magnified image may reach beyond.
    zoom
        Screen pixels to one pixel of the image; None: fitted, and never enlarged.
    center
        Share of the image's width and height that stands in the middle of the room.
    """

    image: tuple[int, int] = (1, 1)
    room: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    zoom: float | None = None
    center: tuple[float, float] = (0.5, 0.5)

    @property
    def fit(self) -> float:
        """The zoom at which the whole image is in the room, 1 at most."""
        return min(1.0, self.room[2] / self.image[0], self.room[3] / self.image[1])

    @property
    def scale(self) -> float:
        """The zoom, be it fitted or chosen."""
        return self.fit if self.zoom is None else self.zoom

    @property
    def is_fitted(self) -> bool:
        """Whether all of the image is in the room: there is nothing to pan."""
        return self.scale <= self.fit * _FITS

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the whole image."""
        width, height = self.image[0] * self.scale, self.image[1] * self.scale
        left = self.room[0] + 0.5 * self.room[2] - self.center[0] * width
        top = self.room[1] + 0.5 * self.room[3] - self.center[1] * height
        return left, top, width, height

    def to_share(self, x: float, y: float) -> tuple[float, float]:
        """The place of a screen pixel in the image, as shares of its sides; outside 0 … 1 beside it."""
        left, top, width, height = self.rect
        return (x - left) / width, (y - top) / height

    def to_screen(self, share: tuple[float, float]) -> tuple[float, float]:
        """The reverse of `to_share`."""
        left, top, width, height = self.rect
        return left + share[0] * width, top + share[1] * height

    def fitted(self) -> "Viewport":
        """The whole image."""
        return replace(self, zoom=None, center=(0.5, 0.5))

    def zoomed_to(self, zoom: float, x: float, y: float) -> "Viewport":
        """Another zoom, at which the same place of the image stays under a screen pixel; fitted at the least."""
        zoom = min(zoom, max(MOST_ZOOM, self.fit))
        if zoom <= self.fit * _FITS:
            return self.fitted()
        share = self.to_share(x, y)
        middle_x, middle_y = self.room[0] + 0.5 * self.room[2], self.room[1] + 0.5 * self.room[3]
        center = (
            share[0] - (x - middle_x) / (self.image[0] * zoom),
            share[1] - (y - middle_y) / (self.image[1] * zoom),
        )
        return replace(self, zoom=zoom, center=center)._clamped()

    def stepped(self, steps: float, x: float, y: float) -> "Viewport":
        """Zoom in by some steps, or out, as `zoomed_to`; 1:1 is never stepped over."""
        zoom = self.scale * _STEP**steps
        if (self.scale - 1.0) * (zoom - 1.0) < -1e-6:
            zoom = 1.0
        return self.zoomed_to(zoom, x, y)

    def panned(self, dx: float, dy: float) -> "Viewport":
        """The image moved by screen pixels, as far as it fills the room."""
        _, _, width, height = self.rect
        return replace(self, center=(self.center[0] - dx / width, self.center[1] - dy / height))._clamped()

    def in_room(self, image: tuple[int, int], room: tuple[float, float, float, float]) -> "Viewport":
        """The same place of an image in a room of another size, or of another image."""
        moved = replace(self, image=image, room=(room[0], room[1], max(1.0, room[2]), max(1.0, room[3])))
        return moved.fitted() if moved.is_fitted else moved._clamped()

    def _clamped(self) -> "Viewport":
        """No gap at a side while the other side is cut off; a side that fits is centred."""
        center = []
        for share, length, room in zip(self.center, self.image, self.room[2:], strict=True):
            half = 0.5 * room / (length * self.scale)
            center.append(0.5 if half >= 0.5 else min(max(share, half), 1.0 - half))
        return replace(self, center=(center[0], center[1]))
