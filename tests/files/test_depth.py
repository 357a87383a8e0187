"""Depth from inside phone photos."""

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from portrait.core.lens.defocus_from_depth import DepthMap
from portrait.errors import ImageFileError
from portrait.files.depth import depth_map_file as depth_module
from portrait.files.depth.depth_map_file import read_photo_depth
from portrait.files.image_io import load_photo
from portrait.files.opened_image import OpenedImage
from portrait.files.pixels import turn_upright

SIZE = 48, 64


def find_photo_depth(path: Path, size: tuple[int, int]) -> DepthMap | None:
    with depth_module.open_picture(path, 100.0) as opened:
        return read_photo_depth(opened, size)


XMP, EXTENSION = b"http://ns.adobe.com/xap/1.0/\x00", b"http://ns.adobe.com/xmp/extension/\x00"
GUID = b"36BE52D449F3E6B9760D7602FF75168D"
RDF = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>%s</rdf:RDF></x:xmpmeta>'


def ramp(levels: int = 256, kind: type = np.uint8) -> NDArray[Any]:
    """(24, 32), without any symmetry."""
    y, x = np.mgrid[0:24, 0:32]
    return ((y * 32 + x) * (levels - 1) // (24 * 32 - 1)).astype(kind)


def encoded(values: NDArray[Any], file_format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, file_format)
    return buffer.getvalue()


def jpeg(segments: list[bytes], orientation: int = 1) -> bytes:
    """A JPEG of `SIZE` as stored, with these APP1 segments."""
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[Base.Orientation] = orientation
    Image.fromarray(np.full((*SIZE, 3), 120, np.uint8)).save(buffer, "JPEG", exif=exif.tobytes())
    content = buffer.getvalue()
    markers = b"".join(b"\xff\xe1" + (len(part) + 2).to_bytes(2, "big") + part for part in segments)
    return content[:2] + markers + content[2:]


def small(data: bytes, **properties: str) -> list[bytes]:
    text = "".join(f' GDepth:{name}="{value}"' for name, value in properties.items()).encode()
    return [XMP + RDF % (b"<rdf:Description" + text + b' GDepth:Data="' + base64.b64encode(data) + b'"/>')]


def extended(data: bytes, *, part_bytes: int = 700, **properties: str) -> list[bytes]:
    """The data in an extension of many parts, in the wrong order, among parts of another packet."""
    text = "".join(f' GDepth:{name}="{value}"' for name, value in properties.items()).encode()
    packet = RDF % (b"<rdf:Description" + text + b' xmpNote:HasExtendedXMP="' + GUID + b'"/>')
    whole = RDF % (b'<rdf:Description GDepth:Data="' + base64.b64encode(data) + b'"/>')
    starts = range(0, len(whole), part_bytes)
    head = EXTENSION + GUID + len(whole).to_bytes(4, "big")
    parts = [head + start.to_bytes(4, "big") + whole[start : start + part_bytes] for start in starts]
    stranger = EXTENSION + GUID[::-1] + len(whole).to_bytes(4, "big") + bytes(4) + b"GDepth:Data='nonsense'"
    return [stranger, *reversed(parts), XMP + packet]


def metric(values: NDArray[Any], near: float, far: float, white: float) -> NDArray[np.float32]:
    """Inverse depth by the formula of RangeInverse."""
    share = values / white
    depth = far * near / (far - share * (far - near))
    return (1.0 / depth).astype(np.float32)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write_bytes(content: bytes) -> Path:
        path = tmp_path / "photo.jpg"
        path.write_bytes(content)
        return path

    return write_bytes


@pytest.mark.parametrize("layout", [small, extended])
@pytest.mark.parametrize(("levels", "kind"), [(256, np.uint8), (65536, np.uint16)], ids=["8 bits", "16 bits"])
def test_google_depth_metadata(
    write: Callable[[bytes], Path], layout: Callable[..., list[bytes]], levels: int, kind: type
) -> None:
    values = ramp(levels, kind)
    path = write(jpeg(layout(encoded(values), Format="RangeInverse", Near="0.8", Far="12.5", Mime="image/png")))
    depth = find_photo_depth(path, SIZE)
    assert depth is not None
    assert depth.infinity == 0.0
    np.testing.assert_allclose(depth.nearness, metric(values, 0.8, 12.5, levels - 1), rtol=1e-4)
    assert load_photo(path).image.shape == (*SIZE, 3)


def test_linear_ranges(write: Callable[[bytes], Path]) -> None:
    path = write(jpeg(small(encoded(ramp()), Format="RangeLinear", Near="2", Far="6")))
    depth = find_photo_depth(path, SIZE)
    assert depth is not None
    np.testing.assert_allclose(1.0 / depth.nearness, 2.0 + 4.0 * ramp() / 255.0, rtol=1e-4)


@pytest.mark.parametrize(
    "limits", [{}, {"Near": "0", "Far": "255"}, {"Near": "5", "Far": "1"}, {"Near": "x", "Far": "y"}]
)
def test_without_a_scale_only_the_order_of_depths_is_taken(
    write: Callable[[bytes], Path], limits: dict[str, str]
) -> None:
    depth = find_photo_depth(write(jpeg(small(encoded(ramp()), **limits))), SIZE)
    assert depth is not None
    assert depth.infinity is None
    assert (np.diff(depth.nearness.ravel()) <= 0.0).all()


def test_properties_may_be_elements_and_lines_may_be_broken(write: Callable[[bytes], Path]) -> None:
    data = base64.encodebytes(encoded(ramp())).replace(b"\n", b"&#xA;")
    body = b"<GDepth:Near>1</GDepth:Near><GDepth:Far>9</GDepth:Far><GDepth:Data>%s</GDepth:Data>" % data
    depth = find_photo_depth(write(jpeg([XMP + RDF % body])), SIZE)
    assert depth is not None
    np.testing.assert_allclose(depth.nearness, metric(ramp(), 1.0, 9.0, 255.0), rtol=1e-4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_depth_is_turned_with_its_photo(write: Callable[[bytes], Path], orientation: int) -> None:
    path = write(jpeg(small(encoded(ramp()), Near="1", Far="9"), orientation))
    upright = load_photo(path).image.shape[:2]
    depth = find_photo_depth(path, upright)
    assert depth is not None
    np.testing.assert_allclose(depth.nearness, turn_upright(metric(ramp(), 1.0, 9.0, 255.0), orientation), rtol=1e-4)


@pytest.mark.parametrize("mark", [b'Item:DataURI="android/depthmap"', b'Item:Semantic="Depth"'])
def test_dynamic_depth(write: Callable[[bytes], Path], mark: bytes) -> None:
    image, later = encoded(ramp(), "PNG"), b"a model of the scene"
    items = (
        b'<Container:Item Item:Mime="image/jpeg"/><Container:Item Item:Mime="image/png" Item:Length="%d" %s/>'
        b'<Container:Item Item:Mime="model/x" Item:Length="%d"/>' % (len(image), mark, len(later))
    )
    params = b'<DepthMap:Description DepthMap:Format="RangeInverse" DepthMap:Near="0.5" DepthMap:Far="20" '
    params += b'DepthMap:DepthURI="android/depthmap"/>'
    path = write(jpeg([XMP + RDF % (params + items)]) + image + later)
    depth = find_photo_depth(path, SIZE)
    assert depth is not None
    np.testing.assert_allclose(depth.nearness, metric(ramp(), 0.5, 20.0, 255.0), rtol=1e-4)


@pytest.mark.parametrize(("length", "is_found"), [(b"99999999", True), (b"1" * 5000, False), (b"-5", False)])
def test_a_length_that_the_file_does_not_have(write: Callable[[bytes], Path], length: bytes, is_found: bool) -> None:
    item = b'<Container:Item Item:Mime="image/png" Item:Semantic="Depth" Item:Length="%s"/>' % length
    path = write(jpeg([XMP + RDF % item]) + encoded(ramp()))
    if is_found:
        with pytest.raises(ImageFileError, match="damaged"):
            find_photo_depth(path, SIZE)
    else:
        assert find_photo_depth(path, SIZE) is None


@pytest.mark.parametrize(
    "segments", [[], [XMP + RDF % b'<rdf:Description dc:title="x"/>'], [XMP + RDF % b'<a GDepth:Near="1"/>'], [XMP[:9]]]
)
def test_most_photos_have_no_depth(write: Callable[[bytes], Path], segments: list[bytes]) -> None:
    assert find_photo_depth(write(jpeg(segments)), SIZE) is None


@pytest.mark.parametrize("name", ["photo.png", "photo.webp", "photo.heic"])
def test_photos_of_other_formats_have_none(save_as: Callable[..., Path], name: str) -> None:
    assert find_photo_depth(save_as(name, np.full((*SIZE, 3), 90, np.uint8)), SIZE) is None


@pytest.mark.parametrize("data", [b"not an image", encoded(ramp())[:60], b""])
def test_damaged_depth_is_said_to_be_damaged(write: Callable[[bytes], Path], data: bytes) -> None:
    segments = [XMP + RDF % (b'<a GDepth:Data="' + (base64.b64encode(data) or b"A") + b'"/>')]
    with pytest.raises(ImageFileError, match=r"depth stored in .* is damaged") as caught:
        find_photo_depth(write(jpeg(segments)), SIZE)
    assert caught.value.hint


def test_depth_of_another_shape_is_refused(write: Callable[[bytes], Path]) -> None:
    with pytest.raises(ImageFileError, match="photo's shape"):
        find_photo_depth(write(jpeg(small(encoded(ramp()[:, :16]), Near="1", Far="9"))), SIZE)


class HeifDepth:
    """A depth image as pillow-heif hands it out; it cannot write one into a file."""

    def __init__(self, values: NDArray[np.uint8], kind: int | None) -> None:
        self.info = {"metadata": None if kind is None else {"representation_type": kind}}
        self.size = values.shape[::-1]
        self._values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._values.astype(dtype)


class DamagedHeifDepth(HeifDepth):
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        raise RuntimeError("Decoder plugin generated an error")


@pytest.fixture
def heic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Make every picture that is opened a HEIC photo with this depth image."""

    def make(depth: HeifDepth, size: tuple[int, int] = SIZE, orientation: int | None = None) -> Path:
        picture = Image.new("RGB", size[::-1])
        picture.format = "HEIF"
        picture.info = {"depth_images": [depth], "original_orientation": orientation}

        @contextmanager
        def open_picture(path: Path, max_megapixels: float) -> Iterator[OpenedImage]:
            with path.open("rb") as file:
                yield OpenedImage(path, file, picture)

        monkeypatch.setattr(depth_module, "open_picture", open_picture)
        path = tmp_path / "photo.heic"
        picture.save(path)
        return path

    return make


@pytest.mark.parametrize(("kind", "sign"), [(None, 1), (0, 1), (1, 1), (2, -1), (3, 1)])
def test_heic_depth_images(heic: Callable[..., Path], kind: int | None, sign: int) -> None:
    depth = find_photo_depth(heic(HeifDepth(ramp(), kind)), SIZE)
    assert depth is not None
    assert depth.infinity is None
    np.testing.assert_array_equal(depth.nearness, sign * ramp().astype(np.float32))


def test_heic_depth_that_lies_while_its_photo_stands_is_turned(heic: Callable[..., Path]) -> None:
    lying = find_photo_depth(heic(HeifDepth(ramp(), 1), (64, 48), 6), (64, 48))
    standing = find_photo_depth(heic(HeifDepth(turn_upright(ramp(), 6), 1), (64, 48), 6), (64, 48))
    assert lying is not None
    assert standing is not None
    np.testing.assert_array_equal(lying.nearness, turn_upright(ramp().astype(np.float32), 6))
    np.testing.assert_array_equal(standing.nearness, lying.nearness)


def test_heic_depth_that_cannot_be_decoded(heic: Callable[..., Path]) -> None:
    with pytest.raises(ImageFileError, match="damaged"):
        find_photo_depth(heic(DamagedHeifDepth(ramp(), 1)), SIZE)
