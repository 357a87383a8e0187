"""PortraitEngine: find the matte, render the picture. Photo, live and batch share one.

Two steps on purpose: `find_matte` is slow and needed once a photo, `render` runs at every move of a slider.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from portrait.core.arrays import AlphaMatte, AnyRgbImage, DefocusMap, RgbImage, require_rgb
from portrait.core.boxes import Box
from portrait.core.layers.soft_layers import SoftLayers, estimate_layers
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.core.matting.label_map import LabelMap
from portrait.core.matting.refinement import Outline
from portrait.core.matting.subject import has_person
from portrait.core.people.person import Person, split_people
from portrait.core.render.live import render_live
from portrait.core.render.look import Look
from portrait.core.render.noise_estimation import Noise
from portrait.core.render.photo import render
from portrait.core.resize import ImagePyramid
from portrait.core.strips import StripMap, stay_in_calling_thread
from portrait.errors import ModelError
from portrait.files.system.assets import asset_path
from portrait.files.system.os_errors import file_version
from portrait.inference.depth_network import DepthNetwork
from portrait.inference.lazy import KeptNetworks
from portrait.inference.matte_finder import MatteFinder
from portrait.inference.model_library import depth_network_path, open_depth_network
from portrait.inference.model_store import Quality as Quality  # who uses the engine need not know of inference
from portrait.inference.networks import open_networks
from portrait.inference.second_opinion import FrameMemory as FrameMemory
from portrait.inference.segmenter import LabelSegmenter, PeopleSegmenter, Segmenter
from portrait.language import tr
from portrait.native.cells import CelledMatte

STRIP_WORKERS = 2  # threads that render a photo's strips; four are slower: they wait for the interpreter's lock


@dataclass(frozen=True, slots=True, eq=False)
class PortraitResult:
    """A finished picture.

    Attributes
    ----------
    generation
        Number of the request that it answers.
    image, matte
        uint8 (H, W, 3) and float32 (H, W).
    timings_ms
        Wall time by stage: ``matte``, ``render``.
    """

    generation: int
    image: RgbImage
    matte: AlphaMatte
    timings_ms: Mapping[str, float]

    @property
    def has_person(self) -> bool:
        """Whether a subject was found."""
        return has_person(self.matte)


class PortraitEngine:
    """Portraits by a segmentation network for each quality. Safe to use from several threads at once.

    Parameters
    ----------
    segmenter
        The network of ``fast``.
    fine_segmenter
        That of ``fine``; None: the same.
    strip_map
        Runs the strips that pictures are rendered in; `map` of an executor runs several at once.
    open_depth
        Opens a network for depth by its name in the library, or by its path.
    second_opinion
        A network of many classes that ``fine`` asks about what it found, see `portrait.inference.second_opinion`.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        fine_segmenter: Segmenter | None = None,
        *,
        strip_map: StripMap = map,
        open_depth: Callable[[str], DepthNetwork] = open_depth_network,
        second_opinion: LabelSegmenter | None = None,
    ) -> None:
        self._strip_map = strip_map
        self._depth_networks = KeptNetworks(open_depth)
        self._segmenters: Mapping[Quality, Segmenter] = {"fast": segmenter, "fine": fine_segmenter or segmenter}
        self._matte_finder = MatteFinder(self._segmenters, second_opinion, strip_map)

    @property
    def segmenter(self) -> Segmenter:
        """The network of ``fast``."""
        return self._segmenters["fast"]

    def segmenter_of(self, quality: Quality) -> Segmenter:
        """The network of a quality."""
        return self._segmenters[quality]

    def on_networks(self, fast: Segmenter, fine: Segmenter | None = None) -> "PortraitEngine":
        """An engine on other networks, as the constructor takes them, which shares the rest with this one."""
        return PortraitEngine(fast, fine, strip_map=self._strip_map, open_depth=self.depth_network)

    def find_matte(self, image: RgbImage, quality: Quality = "fast", frames: FrameMemory | None = None) -> AlphaMatte:
        """Opacity of the subject in every pixel; see `portrait.inference.matte_finder.MatteFinder.find_matte`.

        Parameters
        ----------
        image
            uint8 (H, W, 3), sRGB, 1 × 1 or larger.
        quality
            ``fast``: one look, and those of ``fine`` where that finds nobody. ``fine``: several, and finer edges.
        frames
            Of the video that the image is the next frame of, where ``fast`` looks once only; None: it is a photo.

        Returns
        -------
        float32 (H, W), 0 … 1. In a picture that is black all over there is nobody.
        """
        return self._matte_finder.find_matte(image, quality, frames)

    def find_outline(
        self, pyramid: ImagePyramid, *, region: Box | None = None, resolution: float = 1.0
    ) -> Outline | None:
        """What `find_matte` finds in a frame with ``fast``, for who applies it to the image; see `MatteFinder`."""
        return self._matte_finder.find_outline(pyramid, region=region, resolution=resolution)

    def can_see_regions(self, quality: Quality) -> bool:
        """Whether `find_outline` takes the place of `find_matte` with this quality, and takes regions."""
        return self._matte_finder.can_see_regions(quality)

    def find_people(
        self, image: RgbImage, quality: Quality = "fast", *, matte: AlphaMatte | None = None
    ) -> tuple[Person, ...]:
        """Instance segmentation: the people of an image one by one, see `portrait.core.people.person.split_people`.

        Parameters
        ----------
        image, quality
            As `find_matte` takes them.
        matte
            What `find_matte` found in this image, for who has it already.

        Returns
        -------
        The largest first; none where nobody is.
        """
        segmenter, centers = self._segmenters[quality], None
        if segmenter.spec.tells_people_apart and isinstance(segmenter, PeopleSegmenter):
            centers = segmenter.find_centers(image)
        return split_people(self.find_matte(image, quality) if matte is None else matte, centers)

    def find_labels(self, image: RgbImage, quality: Quality = "fast") -> LabelMap:
        """Class of every pixel, uint8 (H, W), in one pass; see `portrait.core.matting.label_map.to_label_map`.

        Raises
        ------
        ModelError
            The segmenter gives no labels, or failed.
        """
        require_rgb(image)
        segmenter = self._segmenters[quality]
        if not isinstance(segmenter, LabelSegmenter):
            raise ModelError(tr("{name} gives no labels", name=segmenter.spec.name), tr("choose another model"))
        return segmenter.find_labels(image)

    def depth_network(self, name_or_path: str) -> DepthNetwork:
        """A network for depth, of which the last one stays open; ModelError where it cannot be opened."""
        return self._depth_networks.open(name_or_path, self.depth_network_version(name_or_path))

    @staticmethod
    def depth_network_version(name_or_path: str) -> tuple[int, int]:
        """Size in bytes and time of the last change in ns of a depth network's file; -1 where there is none."""
        return file_version(depth_network_path(name_or_path))

    def find_depth(self, image: RgbImage, name_or_path: str) -> DepthMap:
        """Estimate the relative inverse depth of an image, uint8 (H, W, 3); ModelError as `depth_network`."""
        require_rgb(image)
        return self.depth_network(name_or_path).find_depth(image)

    def find_layers(self, image: RgbImage, matte: AlphaMatte) -> SoftLayers:
        """The subject's and the background's colours at soft edges, for pictures that are rendered several times."""
        return estimate_layers(image, matte, strip_map=self._strip_map)

    def render(
        self,
        image: AnyRgbImage,
        matte: AlphaMatte,
        options: BlurOptions | Look,
        defocus_map: DefocusMap | None = None,
        *,
        layers: SoftLayers | None = None,
        noise: Noise | None = None,
    ) -> AnyRgbImage:
        """A new picture with another background, out of focus by default; see `portrait.core.render.photo.render`."""
        return render(image, matte, options, defocus_map, layers=layers, noise=noise, strip_map=self._strip_map)

    def render_live(
        self,
        image: RgbImage,
        matte: AlphaMatte,
        options: BlurOptions | Look,
        *,
        layers: SoftLayers | None = None,
        celled: CelledMatte | None = None,
    ) -> RgbImage:
        """The same for video, without grain and in one thread, as the next matte is found at the same time."""
        return render_live(image, matte, options, layers=layers, celled=celled)

    def process(
        self, image: RgbImage, options: BlurOptions | Look, *, quality: Quality = "fast", generation: int = 0
    ) -> PortraitResult:
        """Both steps. A picture without a person comes back unchanged."""
        started_s = time.perf_counter()
        matte, found_s = self.find_matte(image, quality), time.perf_counter()
        portrait = self.render(image, matte, options) if has_person(matte) else image.copy()
        timings_ms = {"matte": 1e3 * (found_s - started_s), "render": 1e3 * (time.perf_counter() - found_s)}
        return PortraitResult(generation, portrait, matte, timings_ms)


def open_engine(
    model: str | Path | None = None, *, threads: int | None = None, provider: str = "auto", subject: Sequence[str] = ()
) -> PortraitEngine:
    """An engine on a model, with threads for the strips of its pictures, which all who render with it share.

    In this process OpenCV then works in the calling thread only.

    Parameters
    ----------
    model
        Name of a bundled model or path of an ``.onnx`` file, for every quality; or None: the bundled model of each
        quality (that of ``fine`` is opened when first used), and the one of many classes if the subject asks for it.
    threads
        Of the network, and of rendering `STRIP_WORKERS` at most; None takes the machine's cores, four at most.
    provider
        Short name of an execution provider, see `portrait.inference.providers`; the CPU where it cannot be used.
        ``auto``: the CPU, or a faster one, see `portrait.inference.provider_choice`.
    subject
        Names of classes that are kept sharp in place of people, such as ("person", "dog").

    Raises
    ------
    ModelError
        No such model, it cannot be opened, or does not know the subject.
    """
    stay_in_calling_thread()
    workers = min(STRIP_WORKERS, threads or os.cpu_count() or 1)
    strip_map = ThreadPoolExecutor(workers, "strips").map if workers > 1 else map
    opened = open_networks(asset_path("models"), model, subject, threads=threads, provider=provider)
    open_depth = partial(open_depth_network, threads=threads)
    second = opened.second_opinion
    return PortraitEngine(opened.fast, opened.fine, strip_map=strip_map, open_depth=open_depth, second_opinion=second)
