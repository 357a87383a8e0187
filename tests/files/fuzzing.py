"""Seeded mutations of image files through the loader, in a process with limits on time and memory.

python -m tests.files.fuzzing --files 20000      all seeds from --first on; exit status 1 where one was bad

A file is good if loader and thumbnail give a whole image or raise `ImageFileError`. What crashes, hangs, needs more
memory than the limit or raises anything else is bad, and is named by its seed; --first SEED --files 1 --keep DIR
writes it.
"""

import argparse
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from tests.files.dng import make_dng, patches

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "JPEG2000", "DNG")
SUFFIXES = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "HEIF": ".heic",
    "AVIF": ".avif",
    "TIFF": ".tif",
    "DNG": ".dng",
}
LIMIT_S = 20
LIMIT_BYTES = 2 * 2**30
"""Of address space that the loader may take beyond what its process has after the imports."""

_ROOT = Path(__file__).resolve().parents[2]
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Bad:
    """A file that was bad: its seed and format, and what happened."""

    seed: int
    image_format: str
    what: str


def originals() -> dict[str, list[bytes]]:
    """Small files of each format, of several kinds."""
    pillow_heif.register_heif_opener()
    y, x = np.mgrid[0:48, 0:64]
    colors = np.stack([4 * x, 5 * y, 255 - 2 * x - 2 * y], axis=-1).astype(np.uint8)
    image, deep = Image.fromarray(colors), Image.fromarray(colors[..., 0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Maker"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:01 00:00:00"
    carried = {
        "exif": exif.tobytes(),
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    }
    alpha = image.copy()
    alpha.putalpha(128)

    def saved(picture: Image.Image, image_format: str, **options: object) -> bytes:
        file = io.BytesIO()
        picture.save(file, image_format, **options)
        return file.getvalue()

    return {
        "JPEG": [
            saved(image, "JPEG", xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", **carried),
            saved(image, "JPEG", progressive=True, subsampling=0),
            saved(image.convert("CMYK"), "JPEG"),
            saved(image.convert("L"), "JPEG", comment=b"comment"),
        ],
        "PNG": [
            saved(image, "PNG", **carried),
            saved(deep, "PNG"),
            saved(image.quantize(16), "PNG"),
            saved(alpha, "PNG"),
        ],
        "WEBP": [saved(image, "WEBP", **carried), saved(alpha, "WEBP", lossless=True)],
        "HEIF": [saved(image, "HEIF", **carried), saved(alpha, "HEIF")],
        "AVIF": [saved(image, "AVIF", speed=10, **carried), saved(alpha, "AVIF", speed=10)],
        "TIFF": [
            *(saved(image, "TIFF", compression=name) for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg")),
            saved(deep, "TIFF", **carried),
            saved(image.convert("1"), "TIFF", compression="group4"),
        ],
        "JPEG2000": [saved(image, "JPEG2000"), saved(alpha, "JPEG2000", irreversible=True)],
        "DNG": [make_dng(patches(48, 64)), make_dng(patches(48, 64), 6, saved(image.resize((480, 360)), "JPEG"))],
    }


def mutated(seed: int, files: dict[str, list[bytes]]) -> tuple[str, bytes]:
    """Format and content of the file of a seed."""
    chance = np.random.default_rng(seed)
    image_format = FORMATS[seed % len(FORMATS)]
    kinds = files[image_format]
    data = bytearray(kinds[int(chance.integers(len(kinds)))])
    others = files[FORMATS[int(chance.integers(len(FORMATS)))]]
    other = others[int(chance.integers(len(others)))]
    steps: Sequence[Callable[[bytearray, np.random.Generator, bytes], None]] = (
        _flip, _flip, _set_number, _set_number, _cut_end, _remove, _repeat, _fill, _splice,
    )  # fmt: skip
    for _ in range(int(chance.integers(1, 4))):
        if data:
            steps[int(chance.integers(len(steps)))](data, chance, other)
    return image_format, bytes(data)


def _place(data: bytearray, chance: np.random.Generator) -> int:
    """A position: every second one in what is mostly the header."""
    end = len(data) if chance.random() < 0.5 else min(len(data), 256)
    return int(chance.integers(end))


def _flip(data: bytearray, chance: np.random.Generator, _: bytes) -> None:
    for _ in range(int(chance.integers(1, 9))):
        data[_place(data, chance)] ^= 1 << int(chance.integers(8))


def _set_number(data: bytearray, chance: np.random.Generator, _: bytes) -> None:
    number, size = _NUMBERS[int(chance.integers(len(_NUMBERS)))], int(chance.choice([1, 2, 4]))
    place = _place(data, chance)
    order = "big" if chance.random() < 0.5 else "little"
    data[place : place + size] = (number % 256**size).to_bytes(size, order)


def _cut_end(data: bytearray, chance: np.random.Generator, _: bytes) -> None:
    del data[_place(data, chance) :]


def _span(data: bytearray, chance: np.random.Generator) -> slice:
    place = _place(data, chance)
    return slice(place, place + int(chance.integers(1, 65)))


def _remove(data: bytearray, chance: np.random.Generator, _: bytes) -> None:
    del data[_span(data, chance)]


def _repeat(data: bytearray, chance: np.random.Generator, _: bytes) -> None:
    span = _span(data, chance)
    data[span.start : span.start] = data[span] * int(chance.integers(1, 20))


def _fill(data: bytearray, chance: np.random.Generator, _: bytes) -> None:
    span = _span(data, chance)
    data[span] = bytes([int(chance.choice([0, 0xFF]))]) * len(data[span])


def _splice(data: bytearray, chance: np.random.Generator, other: bytes) -> None:
    start = int(chance.integers(len(other)))
    data[_place(data, chance) :] = other[start:]


def _load_all(first: int, count: int, max_megapixels: float) -> None:
    """Body of the limited process: tell each seed before its file is loaded, and what was bad about it."""
    import resource  # not on Windows

    from portrait.core.arrays import require_rgb
    from portrait.errors import ImageFileError
    from portrait.files.image_io import load_photo
    from portrait.files.thumbnail import thumbnail_jpeg

    def stop(number: int, frame: FrameType | None) -> None:
        print(f"bad hangs in {frame and frame.f_code.co_name}", flush=True)
        os._exit(3)

    multiprocessing.current_process().daemon = True  # it develops raw files itself, as a worker of a batch does
    files = originals()
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + LIMIT_BYTES, taken + LIMIT_BYTES))
    signal.signal(signal.SIGALRM, stop)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            image_format, data = mutated(seed, files)
            path = Path(folder) / f"photo{SUFFIXES.get(image_format, '.jp2')}"
            path.write_bytes(data)
            print(f"seed {seed}", flush=True)
            signal.alarm(LIMIT_S)
            try:
                photo = load_photo(path, max_megapixels=max_megapixels, raw="develop")
                require_rgb(photo.image)
                thumbnail_jpeg(path, 32, max_megapixels=max_megapixels)
            except ImageFileError:
                pass
            except BaseException as exc:  # noqa: BLE001  all of it is a finding
                print(f"bad {type(exc).__name__}: {exc}".replace("\n", " "), flush=True)
            signal.alarm(0)


def find_bad(first: int, count: int, *, max_megapixels: float = 8.0) -> Iterator[Bad]:
    """Load the files of ``count`` seeds; a crash costs its own file only."""
    end = first + count
    while first < end:
        command = [sys.executable, "-m", "tests.files.fuzzing", "--child", "--first", str(first)]
        command += ["--files", str(end - first), "--max-megapixels", str(max_megapixels)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=_ROOT) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            seed = first - 1
            for line in child.stdout:
                kind, _, rest = line.strip().partition(" ")
                if kind == "seed":
                    seed = int(rest)
                elif kind == "bad":
                    yield Bad(seed, FORMATS[seed % len(FORMATS)], rest)
            said = child.stderr.read()
        if child.returncode in (0, 3):  # 3: it hung, which was told
            first = end if child.returncode == 0 else seed + 1
            continue
        if seed < first:
            raise RuntimeError(f"the loader did not start: {said[-2000:]}")
        yield Bad(seed, FORMATS[seed % len(FORMATS)], f"ended with {child.returncode}: {said[-300:]}")
        first = seed + 1


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--max-megapixels", type=float, default=8.0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child", action="store_true")
    given = parser.parse_args()
    if given.child:
        _load_all(given.first, given.files, given.max_megapixels)
        return 0
    count = 0
    for bad in find_bad(given.first, given.files, max_megapixels=given.max_megapixels):
        count += 1
        print(f"{bad.seed} {bad.image_format}: {bad.what}", flush=True)
        if given.keep:
            name = f"{bad.seed}{SUFFIXES.get(bad.image_format, '.jp2')}"
            (given.keep / name).write_bytes(mutated(bad.seed, originals())[1])
    print(f"{given.files} files, {count} bad")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
