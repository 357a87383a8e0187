"""Lists the licence of every part of a bundle, and refuses parts under the GPL or AGPL, and parts that nobody knows.

python packaging/licences.py build/bundle/portrait [THIRD_PARTY_LICENCES.txt]

Python packages are read from their metadata in the bundle, shared libraries from the table below.
"""

import re
import sys
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

LIBRARIES = {
    "python3": "PSF-2.0", "Qt6": "LGPL-3.0-only", "pyside6": "LGPL-3.0-only", "shiboken6": "LGPL-3.0-only",
    "avcodec": "LGPL-2.1-or-later", "avformat": "LGPL-2.1-or-later", "avutil": "LGPL-2.1-or-later",
    "swresample": "LGPL-2.1-or-later", "swscale": "LGPL-2.1-or-later", "vpx": "BSD-3-Clause", "aom": "BSD-2-Clause",
    "avif": "BSD-2-Clause", "heif": "LGPL-3.0-or-later", "de265": "LGPL-3.0-or-later", "sharpyuv": "BSD-3-Clause",
    "webp": "BSD-3-Clause", "webpdemux": "BSD-3-Clause", "webpmux": "BSD-3-Clause", "jpeg": "IJG", "tiff": "libtiff",
    "openjp2": "BSD-2-Clause", "lcms2": "MIT", "png16": "libpng-2.0", "freetype": "FTL",
    "harfbuzz": "MIT-Modern-Variant", "brotlicommon": "MIT", "brotlidec": "MIT",
    "graphite2": "LGPL-2.1-or-later OR MPL-2.0", "fribidi": "LGPL-2.1-or-later", "z": "Zlib", "zstd": "BSD-3-Clause",
    "lzma": "0BSD", "lz4": "BSD-2-Clause", "bz2": "bzip2-1.0.6", "expat": "MIT", "ffi": "MIT", "uuid": "BSD-3-Clause",
    "crypto": "OpenSSL", "ssl": "OpenSSL", "openblas": "BSD-3-Clause", "openblasp": "BSD-3-Clause",
    "scipy_openblas64_": "BSD-3-Clause", "gfortran": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "quadmath": "LGPL-2.1-or-later", "icudata": "Unicode-3.0", "icui18n": "Unicode-3.0", "icuuc": "Unicode-3.0",
    "glib-2.0": "LGPL-2.1-or-later", "gthread-2.0": "LGPL-2.1-or-later", "gobject-2.0": "LGPL-2.1-or-later",
    "gio-2.0": "LGPL-2.1-or-later", "gmodule-2.0": "LGPL-2.1-or-later", "pcre2-8": "BSD-3-Clause", "xkbcommon": "MIT",
    "xkbcommon-x11": "MIT", "Xau": "MIT", "Xdmcp": "MIT", "Xext": "MIT", "Xrender": "MIT", "X11": "MIT",
    "X11-xcb": "MIT", "xcb": "MIT", "bsd": "BSD-3-Clause", "md": "BSD-3-Clause", "wayland": "MIT", "drm": "MIT",
    "onnxruntime_providers_shared": "MIT",
}  # fmt: skip
"""Shared libraries by their name without ``lib`` and version: SPDX expressions, as their projects state them."""

FORBIDDEN = re.compile(r"(?<![L])(?:A?GPL|General Public License)", re.IGNORECASE)
ALLOWED = re.compile(r"LGPL|Lesser General Public|WITH GCC-exception|GPL-3\.0-only OR|OR (GPL|LGPL)", re.IGNORECASE)
_NAME = re.compile(r"(?:lib)?([A-Za-z0-9_.+-]+?)(?:-[0-9a-f]{8})*(?:\.so(?:\.[\d.]+)?|\.dylib|\.dll)$")


def licences_of(bundle: Path) -> dict[str, str]:
    """Licence of each part of a bundle, by name; an empty text where none is known."""
    return dict(
        sorted({**dict(_packages(bundle)), **dict(_libraries(bundle))}.items(), key=lambda item: item[0].lower())
    )


def refused(licences: dict[str, str]) -> list[str]:
    """The parts that must not be in a bundle, or whose licence nobody has looked up."""
    return [name for name, licence in licences.items() if not licence or is_forbidden(licence)]


def is_forbidden(licence: str) -> bool:
    """Whether it is the GPL or AGPL without an exception or a choice."""
    return bool(FORBIDDEN.search(licence)) and not ALLOWED.search(licence)


def library_name(file_name: str) -> str:
    """Name of a shared library without ``lib``, version and digest: ``xcb-render`` of ``libxcb-render.so.0``."""
    found = _NAME.match(file_name)
    return "" if found is None else found.group(1)


def _packages(bundle: Path) -> Iterator[tuple[str, str]]:
    for path in bundle.rglob("*.dist-info/METADATA"):
        headers = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        classifiers = [line for line in headers.get_all("Classifier", []) if line.startswith("License ::")]
        named = headers["License-Expression"] or " / ".join(line.split(" :: ")[-1] for line in classifiers)
        yield f"{headers['Name']} {headers['Version']}", named or (headers["License"] or "").split("\n")[0]


def _libraries(bundle: Path) -> Iterator[tuple[str, str]]:
    """Shared libraries that others load; modules of packages have the licence of their package."""
    for path in bundle.rglob("*"):
        name = library_name(path.name)
        if not name or path.is_symlink() or _is_module(path):
            continue
        yield f"lib{name}", next((LIBRARIES[key] for key in _keys(name) if key in LIBRARIES), "")


def _is_module(path: Path) -> bool:
    """A compiled module of Python, a plug-in of Qt, or the app's own passes."""
    own = ("plugins", "library", "lib-dynload")
    return ".cpython-" in path.name or ".abi3." in path.name or any(part in own for part in path.parts[-4:-1])


def _keys(name: str) -> tuple[str, ...]:
    family = re.match(r"Qt6|xcb|wayland|python3|openblas", name)
    return (name, *([family.group()] if family else []))


def main() -> None:
    """Write the list, and end with status 1 where a part is refused."""
    licences = licences_of(Path(sys.argv[1]))
    text = "".join(f"{name}: {licence or 'UNKNOWN'}\n" for name, licence in licences.items())
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    if bad := refused(licences):
        raise SystemExit(f"error: GPL, AGPL or an unknown licence: {', '.join(bad)}")


if __name__ == "__main__":
    main()
