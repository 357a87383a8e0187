"""Do two checkouts make the same portraits, bit for bit? A script, not a test: for changes that must change nothing.

    python tests/compare_trees.py record before.json --tree ../before --photos PHOTOS... --frames 100
    python tests/compare_trees.py check before.json --tree .

``record`` renders photos and drawn live frames with the checkout at ``--tree`` and writes the SHA-256 of every array,
and of the shipped networks, to a JSON file. ``check`` renders the same with another checkout, prints every key whose
digest differs, and exits with 1 if there is one. Networks and OpenCV must be the same builds in both runs.
"""

import argparse
import hashlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

LONG_SIDES_PX = (1600, *[720] * 9)
"""Photos are brought to these sizes in turn: most are quick, some fall into many strips."""

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
LIVE_SIZE = 640, 360
FRAMES_PER_LOOK = 8

Digests = Iterator[tuple[str, str]]


def main() -> int:
    """Record or check, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["record", "check"])
    parser.add_argument("file", type=Path, help="the JSON file that is written, or compared with")
    parser.add_argument("--tree", type=Path, default=Path.cwd(), help="root of the checkout to render with")
    parser.add_argument("--photos", type=Path, nargs="*", default=[], help="photos, or folders of photos")
    parser.add_argument("--most", type=int, default=40, help="so many photos, evenly from each folder")
    parser.add_argument("--frames", type=int, default=100, help="drawn live frames")
    options = parser.parse_args()
    sys.path.insert(0, str(options.tree.resolve()))
    if options.command == "record":
        photos = [str(path.resolve()) for path in choose_photos(options.photos, options.most)]
        record = {"photos": photos, "frames": options.frames}
        digests = dict(all_digests(options.tree, record))
        options.file.write_text(json.dumps({**record, "digests": digests}, indent=1))
        print(f"{len(digests)} digests of {len(photos)} photos and {options.frames} frames in {options.file}")
        return 0
    record = json.loads(options.file.read_text())
    return report(record["digests"], dict(all_digests(options.tree, record)))


def report(before: dict[str, str], after: dict[str, str]) -> int:
    """Print what differs; 1 if anything does."""
    differing = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
    for key in differing:
        print("differs:", key)
    print(f"{len(before.keys() | after.keys()) - len(differing)} equal, {len(differing)} different")
    return 1 if differing else 0


def choose_photos(places: list[Path], most: int) -> list[Path]:
    """Photos, evenly from each folder and spread over it."""
    chosen = []
    for place in places:
        found = sorted(path for path in place.rglob("*") if path.suffix.lower() in PHOTO_SUFFIXES)
        share = max(1, -(-most // len(places)))
        chosen += [place] if place.is_file() else found[:: max(1, len(found) // share)][:share]
    return chosen[:most]


def all_digests(tree: Path, record: dict[str, Any]) -> Digests:
    """Of the networks' files, every photo and every live frame."""
    import portrait

    if not Path(portrait.__file__).resolve().is_relative_to(tree.resolve()):
        raise SystemExit(f"error: portrait was imported from {portrait.__file__}, not from {tree}")
    for path in sorted((tree / "assets" / "models").glob("*.onnx")):
        yield f"models/{path.name}", hashlib.sha256(path.read_bytes()).hexdigest()
    engine = portrait.open_engine()
    for number, name in enumerate(record["photos"]):
        print(f"photo {number + 1} of {len(record['photos'])}", flush=True)
        image = read_image(Path(name), LONG_SIDES_PX[number % len(LONG_SIDES_PX)])
        for key, digest in photo_digests(engine, image, number):
            yield f"{name}: {key}", digest
    yield from live_digests(engine, tree, record["frames"])


def photo_digests(engine: Any, image: np.ndarray, number: int) -> Digests:
    """Mattes of both qualities and the portraits of all looks, with 8 and 16 bits, with and without depth."""
    mattes = {quality: engine.find_matte(image, quality) for quality in ("fast", "fine")}
    for quality, matte in mattes.items():
        yield f"matte {quality}", digest_of(matte)
    matte = mattes["fine" if number % 2 else "fast"]
    layers = engine.find_layers(image, matte)
    yield "layers", digest_of(layers.index, layers.foreground, layers.background)
    for name, look in looks(image).items():
        yield name, digest_of(engine.render(image, matte, look, layers=layers))
    import portrait

    by_depth = depth_looks()
    for map_name, defocus_map in defocus_maps(image, matte).items():
        for name, look in by_depth.items():
            yield f"{map_name}, {name}", digest_of(engine.render(image, matte, look, defocus_map, layers=layers))
    deep = with_16_bits(image)
    for name in ("blur", "mono", "transparent", "stage"):
        yield f"{name}, 16 bits", digest_of(engine.render(deep, matte, looks(image)[name]))
    defocus_map = defocus_maps(image, matte)["drawn depth"]
    yield "drawn depth, 16 bits", digest_of(engine.render(deep, matte, by_depth["smooth"], defocus_map, layers=layers))
    yield "opacity", digest_of(portrait.to_rgba(image, matte), portrait.to_rgba(deep, matte))


def live_digests(engine: Any, tree: Path, frames: int) -> Digests:
    """The frames of a live view whose look changes every now and then."""
    import portrait

    source = public_name("SyntheticSource", "capture")(*LIVE_SIZE, person=read_cutout(tree), paced=False)
    processor = portrait.live_processor(engine)
    chosen = list(live_looks(read_image(tree / "assets" / "samples" / "astronaut.jpg", 720)).items())
    for index in range(frames):
        name, processor.options = chosen[index // FRAMES_PER_LOOK % len(chosen)]
        image, _ = source.draw(index)
        result = processor.process(image)
        yield f"live frame {index}: {name}", digest_of(result.image, result.matte)


def looks(image: np.ndarray) -> dict[str, Any]:
    """Every background, and the blur of many lenses."""
    from portrait import Background, BlurOptions, Look

    far = BlurOptions(f_number=2.0)
    return {
        "blur": Look(blur=far),
        "blur without grain": Look(blur=far, grain="off"),
        "f/16": Look(blur=BlurOptions(f_number=16.0)),
        "highlights": Look(blur=BlurOptions(f_number=1.4, highlight_boost=0.8)),
        "small highlights": Look(blur=BlurOptions(blur_radius_fraction=0.004, highlight_boost=0.5)),
        "small hexagon": Look(blur=BlurOptions(blur_radius_fraction=0.005, aperture_shape="hexagon")),
        "between sizes": BlurOptions(blur_radius_fraction=0.0075),
        "cat's eye": Look(blur=BlurOptions(blur_radius_fraction=0.02, cats_eye=1.0, swirl=0.5, highlight_boost=0.3)),
        "round blades": BlurOptions(f_number=2.8, aperture_shape="pentagon", blade_curvature=0.5),
        "huge": BlurOptions(blur_radius_fraction=0.12),
        "mono": Look(background=Background("mono")),
        "colour": Look(background=Background("color", color=(20, 120, 70))),
        "image": Look(background=Background("image", picture=np.ascontiguousarray(image[::-1, ::2]))),
        "transparent": Look(background=Background("transparent")),
        "stage": Look(background=Background("stage")),
        "stage without grain": Look(background=Background("stage"), grain="off"),
    }


def depth_looks() -> dict[str, Any]:
    """Looks for blur by depth."""
    from portrait import BlurOptions, Look

    eye = {"cats_eye": 0.8, "highlight_boost": 0.6}
    return {
        "smooth": Look(blur=BlurOptions(blur_radius_fraction=0.012), grain="off"),
        "grain": Look(blur=BlurOptions(blur_radius_fraction=0.03)),
        "lights": Look(blur=BlurOptions(blur_radius_fraction=0.02, **eye)),
    }


def live_looks(picture: np.ndarray) -> dict[str, Any]:
    """What a live view can show, at radii on both sides of each threshold."""
    from portrait import Background, BlurOptions, Look

    diagonal_px = float(np.hypot(*LIVE_SIZE))
    radii_px = (2.0, 4.0, 6.8, 12.0, 26.0)
    return {
        **{f"radius {radius:g}": BlurOptions(blur_radius_fraction=radius / diagonal_px) for radius in radii_px},
        "default": BlurOptions(),
        "lights": BlurOptions(f_number=1.4, highlight_boost=0.7),
        "small lights": BlurOptions(blur_radius_fraction=0.01, highlight_boost=0.7, aperture_shape="octagon"),
        "mono": Look(background=Background("mono")),
        "image": Look(background=Background("image", picture=picture)),
        "colour": Look(background=Background("color", color=(0, 177, 64))),
        "stage": Look(background=Background("stage")),
    }


def defocus_maps(image: np.ndarray, matte: np.ndarray) -> dict[str, np.ndarray]:
    """From a drawn depth map with things before the subject and with holes, and from the floor where one is found."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:60, 0:80].astype(np.float32)
    nearness = 0.5 + 0.4 * np.sin(rows / 17.0) + 0.3 * (rows / 60.0) ** 2 + 0.1 * np.cos(columns / 9.0)
    subject = np.asarray(Image.fromarray(matte).resize((80, 60), Image.Resampling.BILINEAR)) > 0.5
    nearness[subject] = 0.9
    nearness[48:, 50:] = 1.6
    nearness[10:14, 20:30] = np.nan
    depth = public_name("DepthMap", "core")(nearness.astype(np.float32))
    found = {
        "measured depth": public_name("find_defocus", "core")(depth, image, matte),
        "floor": public_name("find_floor", "core")(matte),
        "drawn depth": np.broadcast_to(np.linspace(1.0, -0.7, height, dtype=np.float32)[:, None], (height, width)),
    }
    return {name: defocus_map for name, defocus_map in found.items() if defocus_map is not None}


def public_name(name: str, package: str) -> Any:
    """Whatever ``package`` defines under this name, in whichever module it lives in this checkout."""
    root = import_module(f"portrait.{package}")
    for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        found = getattr(import_module(module.name), name, None)
        if found is not None and getattr(found, "__module__", None) == module.name:
            return found
    raise SystemExit(f"error: portrait.{package} has no {name}")


def read_image(path: Path, long_side_px: int) -> np.ndarray:
    """uint8 (H, W, 3), ``long_side_px`` long."""
    image = Image.open(path).convert("RGB")
    scale = long_side_px / max(image.size)
    return np.ascontiguousarray(image.resize([max(1, round(side * scale)) for side in image.size]), np.uint8)


def read_cutout(tree: Path) -> tuple[np.ndarray, np.ndarray]:
    """Head and shoulders that a network takes for a person: colours and alpha."""
    rgba = np.asarray(Image.open(tree / "assets" / "samples" / "astronaut-cutout.webp").convert("RGBA"))
    return np.ascontiguousarray(rgba[..., :3]), rgba[..., 3].astype(np.float32) / np.float32(255.0)


def with_16_bits(image: np.ndarray) -> np.ndarray:
    """The image with 16 bits, of which the lower eight are not those of the upper."""
    low = np.arange(image.size, dtype=np.uint32).reshape(image.shape) * 37 % 256
    return (image.astype(np.uint32) * 256 + low).astype(np.uint16)


def digest_of(*arrays: np.ndarray) -> str:
    """SHA-256 of the arrays' types, shapes and bytes."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
