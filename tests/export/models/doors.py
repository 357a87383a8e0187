"""The doors of the app, one after the other, on one network: a photo, its X-ray, a folder, and live."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from portrait.batch.events import BatchSummary
from portrait.batch.plan import plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.matting.label_map import label_numbers
from portrait.engine import PortraitEngine
from portrait.inference.segmenter import OnnxSegmenter
from portrait.live import LiveProcessor
from portrait.live.subject import live_engine
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.session import find_photo_matte, open_photo
from portrait.photo.xray import make_xray

_BLUR = BlurOptions(blur_radius_fraction=0.05)
_FAST = FileOptions(blur=_BLUR, quality="fast")


class Balanced(nn.Module):
    """A network that was never trained, its logits balanced on an image: it shows every class, each somewhere else."""

    def __init__(self, network: nn.Module, image: RgbImage, spread: float = 12.0) -> None:
        super().__init__()
        self.network = network.eval()
        pixels = torch.from_numpy(image.astype(np.float32) / 127.5 - 1.0).permute(2, 0, 1)[None]
        with torch.inference_mode():
            logits = network(pixels)["out"]
        mean, own_spread = logits.mean(dim=(0, 2, 3), keepdim=True), logits.std(dim=(0, 2, 3), keepdim=True)
        self.mean, self.gain = nn.Parameter(mean.clone()), nn.Parameter((spread / own_spread).clone())

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"out": (self.network(image)["out"] - self.mean) * self.gain}


def draw_waves(height: int, width: int) -> RgbImage:
    """Waves of colours, uint8 (H, W, 3): every part of the image is another."""
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(rows / 9.0 + columns / (11.0 + 4 * channel) + channel) for channel in range(3)]
    texture = np.random.default_rng(0).normal(0.0, 12.0, (height, width, 1))
    return np.clip(127.5 + 110.0 * np.stack(waves, axis=2) + texture, 0.0, 255.0).astype(np.uint8)


def try_all_doors(segmenter: OnnxSegmenter, image: RgbImage, folder: Path, things: Collection[str]) -> None:
    """Assert that people stay sharp and the rest does not, and that labels and X-ray show the other classes."""
    engine = PortraitEngine(segmenter)
    photo = folder / "in" / "photo.png"
    photo.parent.mkdir()
    Image.fromarray(image).save(photo)
    # A photo, and the classes of its pixels.
    with_labels = replace(_FAST, save_labels_path=folder / "labels.png")
    report = make_portrait_file(engine, photo, folder / "portrait.png", with_labels)
    assert (report.status, report.warnings) == ("done", ())
    numbers = label_numbers(segmenter.spec)
    assert set(things) < set(report.classes)
    assert set(np.unique(Image.open(folder / "labels.png"))) == {numbers[name] for name in report.classes}
    # Its X-ray.
    found = find_photo_matte(engine, open_photo(photo, 1.0), "fast")
    portrait = np.asarray(Image.open(folder / "portrait.png"))
    _assert_people_stay_sharp(image, portrait, found.matte)
    assert set(things) <= {text for _, text in make_xray(engine, found).legend}
    # A folder.
    *_, summary = run_batch(plan_batch(photo.parent, folder / "out"), engine, BatchOptions(_FAST))
    assert isinstance(summary, BatchSummary)
    assert (summary.done, summary.failed) == (1, 0)
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "out" / "photo.png")), portrait)
    # Live.
    processor = LiveProcessor(live_engine(engine, ()), _BLUR)
    masked = processor.find_matte(image)
    assert masked.error is None
    assert masked.has_subject
    _assert_people_stay_sharp(image, processor.render(masked).image, masked.matte)


def _assert_people_stay_sharp(image: RgbImage, portrait: RgbImage, matte: np.ndarray) -> None:
    change = np.abs(portrait.astype(int) - image).mean(axis=2)
    low, high = np.quantile(matte, (0.1, 0.9))
    assert change[matte >= high].mean() < 0.5 * change[matte <= low].mean()
