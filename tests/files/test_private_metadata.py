"""``strip_private`` on files as cameras, phones, photo managers and agencies write them: no byte tells a secret."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from portrait.core.arrays import RgbImage
from portrait.files.image_io import SaveOptions, load_photo, save_photo
from portrait.files.metadata.photo_metadata import PhotoMetadata
from portrait.files.metadata.private_metadata import strip_private

SECRET = "GEHEIM"
STRIP = SaveOptions(private="strip")


def camera_block() -> bytes:
    """An EXIF block with everything private that EXIF 3.0 and Adobe have a tag for, and what is to stay."""
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model], exif[Base.ImageDescription] = "Kamera", "K-1", "Hochzeit"
    exif[Base.Copyright], exif[Base.DateTime] = "(c) 2024", "2024:05:06 07:08:09"
    exif[Base.Artist], exif[Base.HostComputer], exif[Base.DocumentName] = SECRET, SECRET, SECRET
    exif[Base.XPAuthor] = SECRET.encode("utf-16-le")
    exif[0xC62F], exif[0xFDE8], exif[0xFDE9] = SECRET, SECRET, SECRET  # serial number of DNG, owner, serial of Adobe
    exif[IFD.Exif] = {
        Base.DateTimeOriginal: "2024:05:06 07:08:09",
        Base.LensModel: "50 mm",
        Base.CameraOwnerName: SECRET,
        Base.BodySerialNumber: SECRET,
        Base.LensSerialNumber: SECRET,
        Base.ImageUniqueID: SECRET,
        0xA437: SECRET,
        Base.MakerNote: b"Nikon\0\2" + SECRET.encode(),
    }
    exif[IFD.GPSInfo] = {
        GPS.GPSLatitudeRef: "N",
        GPS.GPSLatitude: (52.0, 31.0, 12.0),
        GPS.GPSAreaInformation: b"GEHEIM",
    }
    return exif.tobytes()


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ps="http://ns.adobe.com/photoshop/1.0/"
 xmlns:mm="http://ns.adobe.com/xap/1.0/mm/" xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/"
 xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 exif:GPSLatitude="GEHEIM" exif:FNumber="2/1" aux:SerialNumber="GEHEIM" aux:Lens="50 mm" tiff:Artist="GEHEIM"
 drone-dji:GpsLatitude="GEHEIM" ps:City="GEHEIM" ps:Headline="Ein Fest" mm:DocumentID="GEHEIM">
<dc:creator><rdf:Seq><rdf:li>GEHEIM</rdf:li></rdf:Seq></dc:creator>
<dc:subject><rdf:Bag><rdf:li>Hochzeit</rdf:li></rdf:Bag></dc:subject>
<core:CreatorContactInfo core:CiEmailWork="GEHEIM"/><core:Location>GEHEIM</core:Location>
<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:Name>GEHEIM</mwg-rs:Name></mwg-rs:Regions>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def data_set(number: int, text: bytes) -> bytes:
    return b"\x1c" + struct.pack(">BBH", 2, number, len(text)) + text


def resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)


DATA_SETS = data_set(120, b"Hochzeit") + data_set(116, b"(c) 2024") + data_set(25, b"Fest")
PRIVATE_DATA_SETS = b"".join(data_set(number, b"GEHEIM") for number in (26, 80, 90, 92, 101, 110, 115, 118, 122))
IPTC = resource(1028, PRIVATE_DATA_SETS + DATA_SETS) + resource(1035, b"http://GEHEIM") + resource(1034, b"\1")


def whole_metadata() -> PhotoMetadata:
    texts = (("Author", SECRET), ("Source", SECRET), ("exif:GPSLatitude", SECRET), ("Title", "Hochzeit"))
    return PhotoMetadata(
        "JPEG", exif=camera_block(), has_thumbnail=True, xmp=XMP, iptc=IPTC, dpi=(300, 300), texts=texts
    )


def holds_secret(content: bytes) -> bool:
    """In plain bytes, in UTF-16, or in the hexadecimal digits of PNG's raw profiles."""
    plain = SECRET.encode()
    return any(form in content for form in (plain, SECRET.encode("utf-16-le"), plain.hex().encode()))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".heic", ".avif"])
def test_no_byte_of_a_saved_file_tells_a_secret_and_the_description_stays(
    gradient: RgbImage, tmp_path: Path, suffix: str
) -> None:
    open_path, path = tmp_path / f"open{suffix}", tmp_path / f"a{suffix}"
    save_photo(open_path, gradient, whole_metadata())
    save_photo(path, gradient, whole_metadata(), STRIP)
    assert holds_secret(open_path.read_bytes())
    assert not holds_secret(path.read_bytes())
    kept = load_photo(path).metadata
    exif = Image.Exif()
    exif.load(kept.exif)
    assert (exif[Base.Model], exif[Base.ImageDescription], exif[Base.Copyright]) == ("K-1", "Hochzeit", "(c) 2024")
    assert exif.get_ifd(IFD.Exif)[Base.LensModel] == "50 mm"
    assert not exif.get_ifd(IFD.GPSInfo)
    assert not exif.get_ifd(IFD.IFD1)
    for word in (b"Hochzeit", b"Ein Fest", b'FNumber="2/1"', b'Lens="50 mm"'):
        assert word in (kept.xmp or b"")
    if suffix in (".jpg", ".png", ".tif"):
        assert DATA_SETS in (kept.iptc or b"")


def test_a_camera_file_loses_its_thumbnail_and_place_from_disk_to_disk(
    camera_exif: Callable[..., bytes], save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path
) -> None:
    source = save_as("in.jpg", gradient, exif=camera_exif(6))
    photo = load_photo(source)
    save_photo(tmp_path / "out.jpg", photo.image, photo.metadata, STRIP)
    content = (tmp_path / "out.jpg").read_bytes()
    assert b"Kamera" in content
    assert b"maker\x00note" not in content
    assert content.count(b"\xff\xd8\xff") == 1  # the picture itself, and no thumbnail
    with Image.open(tmp_path / "out.jpg") as out:
        assert not out.getexif().get_ifd(IFD.GPSInfo)
        assert out.size == photo.image.shape[1::-1]


def test_texts_of_a_png_file_are_kept_only_where_they_are_harmless(tmp_path: Path, gradient: RgbImage) -> None:
    texts = PngImagePlugin.PngInfo()
    for key, text in (("Author", SECRET), ("Camera Owner", SECRET), ("Title", "Fest"), ("Copyright", "(c)")):
        texts.add_text(key, text)
    Image.fromarray(gradient).save(tmp_path / "a.png", pnginfo=texts)
    photo = load_photo(tmp_path / "a.png")
    save_photo(tmp_path / "b.png", photo.image, photo.metadata, STRIP)
    with Image.open(tmp_path / "b.png") as saved:
        assert saved.info.get("Title") == "Fest"
        assert saved.info.get("Copyright") == "(c)"
    assert not holds_secret((tmp_path / "b.png").read_bytes())


@pytest.mark.parametrize("prefix", [b"exif", b"a", b"x-y.z"])
def test_properties_are_known_by_their_namespace_whatever_its_prefix(prefix: bytes) -> None:
    packet = re.sub(rb"\bexif(?=[:=])", prefix, XMP)
    stripped = strip_private(PhotoMetadata(xmp=packet)).xmp or b""
    assert b"GPS" not in stripped
    assert prefix + b':FNumber="2/1"' in stripped


def test_a_prefix_without_a_namespace_and_a_packet_that_is_cut_off_keep_nothing() -> None:
    loose = b'<x:xmpmeta><rdf:RDF><rdf:Description who:Name="GEHEIM"/></rdf:RDF></x:xmpmeta>'
    cut = XMP[: XMP.index(b"</dc:creator>")]
    assert strip_private(PhotoMetadata(xmp=loose)).xmp is None
    assert strip_private(PhotoMetadata(xmp=cut)).xmp is None


def test_only_private_metadata_leaves_nothing() -> None:
    exif = Image.Exif()
    exif[Base.Artist] = SECRET
    exif[IFD.GPSInfo] = {GPS.GPSAreaInformation: b"GEHEIM"}
    iptc = resource(1028, PRIVATE_DATA_SETS)
    stripped = strip_private(PhotoMetadata(exif=exif.tobytes(), iptc=iptc))
    assert stripped.iptc is None
    assert not holds_secret(stripped.exif or b"")
    assert strip_private(PhotoMetadata(exif=b"Exif\0\0II*\0")).exif is None


def test_stripping_nothing_changes_nothing(gradient: RgbImage, tmp_path: Path) -> None:
    save_photo(tmp_path / "a.jpg", gradient, PhotoMetadata(), STRIP)
    save_photo(tmp_path / "b.jpg", gradient, PhotoMetadata())
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_quality_keep_writes_the_tables_of_the_jpeg_it_came_from(
    save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path
) -> None:
    for quality, subsampling in ((35, 2), (97, 0)):
        source = save_as(f"{quality}.jpg", gradient, quality=quality, subsampling=subsampling)
        photo = load_photo(source)
        save_photo(tmp_path / "out.jpg", photo.image, photo.metadata, SaveOptions(quality=None))
        with Image.open(source) as before, Image.open(tmp_path / "out.jpg") as after:
            assert after.quantization == before.quantization
            assert np.abs(np.asarray(after, int) - np.asarray(before, int)).mean() < 2.0


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_quality_keep_without_such_tables_is_the_usual_quality(
    save_as: Callable[..., Path], gradient: RgbImage, tmp_path: Path, suffix: str
) -> None:
    photo = load_photo(save_as(f"a{suffix}", gradient))
    for name, quality in (("keep", None), ("usual", 92)):
        save_photo(tmp_path / f"{name}.jpg", photo.image, photo.metadata, SaveOptions(quality=quality))
    assert (tmp_path / "keep.jpg").read_bytes() == (tmp_path / "usual.jpg").read_bytes()
