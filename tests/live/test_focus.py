"""The lens follows the subject's distance, and the blur does not breathe."""

from typing import Any

import numpy as np
import pytest

from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.subject_distance import DistanceSmoother, focus_on
from portrait.core.lens.thin_lens import Lens
from portrait.core.render.look import Look, to_look
from portrait.live import LiveProcessor, live_processor


class Figure:
    """A matte of a head over a trunk, as large in the frame as the test says."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __call__(self, image: RgbImage) -> Any:
        height, width = image.shape[:2]
        y, x = np.mgrid[:height, :width] / float(height)
        x = x - width / height / 2.0
        head = (np.abs(x) < 0.09 * self.share) & (np.abs(y - 0.05 - 0.12 * self.share) < 0.12 * self.share)
        trunk = (np.abs(x) < 0.21 * self.share) & (np.abs(y - 0.05 - 0.55 * self.share) < 0.32 * self.share)
        return (head | trunk).astype(np.float32)


def lose_mask(image: RgbImage) -> Any:
    raise RuntimeError("no mask")


def radius_of(engine: Any, processor: LiveProcessor, picture: RgbImage, monkeypatch: pytest.MonkeyPatch) -> float:
    """Of the blur disk that the next frame is rendered with, in pixels."""
    seen: list[float] = []

    def render(image: RgbImage, matte: Any, options: BlurOptions | Look, **more: object) -> RgbImage:
        seen.append(focus_on(to_look(options).blur, matte).blur_radius_px(*matte.shape))
        return image

    with monkeypatch.context() as patch:
        patch.setattr(engine, "render_live", render, raising=False)
        processor.process(picture)
    return seen[0]


def test_the_first_frame_is_focused_at_its_subject(
    scripted_engine: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    radii = []
    for share in (0.5, 1.4):
        scripted_engine.replaced_matte = Figure(share)
        radii.append(radius_of(scripted_engine, live_processor(scripted_engine), picture, monkeypatch))
    assert radii[1] > 1.5 * radii[0], "near faces blur more"


def test_the_blur_glides_to_a_subject_that_came_near(
    scripted_engine: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = live_processor(scripted_engine)
    scripted_engine.replaced_matte = Figure(0.5)
    far = radius_of(scripted_engine, processor, picture, monkeypatch)
    scripted_engine.replaced_matte = Figure(1.4)
    path = [radius_of(scripted_engine, processor, picture, monkeypatch) for _ in range(80)]
    near = radius_of(scripted_engine, live_processor(scripted_engine), picture, monkeypatch)
    assert path == sorted(path)
    assert far <= path[0] < far + 0.15 * (near - far)
    assert path[-1] == pytest.approx(near, rel=0.02)


def test_a_flickering_size_does_not_flicker_in_the_blur(
    scripted_engine: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = live_processor(scripted_engine)
    shares = np.random.default_rng(3).uniform(0.6, 1.2, 60)
    shown, alone = [], []
    for share in shares:
        scripted_engine.replaced_matte = Figure(share)
        shown.append(radius_of(scripted_engine, processor, picture, monkeypatch))
        alone.append(radius_of(scripted_engine, live_processor(scripted_engine), picture, monkeypatch))
    assert np.abs(np.diff(shown[20:])).mean() < 0.15 * np.abs(np.diff(alone[20:])).mean()


def test_reset_forgets_the_distance(scripted_engine: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch) -> None:
    processor = live_processor(scripted_engine)
    scripted_engine.replaced_matte = Figure(0.5)
    radius_of(scripted_engine, processor, picture, monkeypatch)
    processor.reset()
    scripted_engine.replaced_matte = Figure(1.4)
    near = radius_of(scripted_engine, live_processor(scripted_engine), picture, monkeypatch)
    assert radius_of(scripted_engine, processor, picture, monkeypatch) == pytest.approx(near)


def test_losing_the_subject_for_a_frame_keeps_the_distance(
    scripted_engine: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = LiveProcessor(scripted_engine, BlurOptions(f_number=1.4, lens=Lens(135.0)))
    scripted_engine.replaced_matte = Figure(1.4)
    before = radius_of(scripted_engine, processor, picture, monkeypatch)
    scripted_engine.replaced_matte = lose_mask
    lost = radius_of(scripted_engine, processor, picture, monkeypatch)
    assert lost == pytest.approx(before), "nor does the cover of the room jump"
    scripted_engine.replaced_matte = Figure(1.4)
    assert radius_of(scripted_engine, processor, picture, monkeypatch) == pytest.approx(before)


@pytest.mark.parametrize(
    "options",
    [BlurOptions(blur_radius_fraction=0.03), BlurOptions(lens=Lens(focus_distance_m=2.0))],
    ids=["radius", "distance"],
)
def test_a_radius_or_a_distance_set_by_hand_wins(
    scripted_engine: Any, picture: RgbImage, monkeypatch: pytest.MonkeyPatch, options: BlurOptions
) -> None:
    processor = live_processor(scripted_engine)
    scripted_engine.replaced_matte = Figure(1.4)
    radius_of(scripted_engine, processor, picture, monkeypatch)
    processor.options = options
    expected = options.blur_radius_px(*picture.shape[:2])
    assert radius_of(scripted_engine, processor, picture, monkeypatch) == expected


def test_the_lens_stays_where_it_is_while_the_distance_hardly_changes() -> None:
    smoother = DistanceSmoother()
    rng = np.random.default_rng(4)
    shown = [smoother.smooth(2.0 * float(np.exp(rng.normal(0.0, 0.01)))) for _ in range(200)]
    assert len(set(shown)) <= 4
    moved = [smoother.smooth(3.0) for _ in range(200)]
    assert moved[-1] == pytest.approx(3.0, rel=0.006)
